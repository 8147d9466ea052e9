"""Switch variants: each field of a declaration is observed on the octets that are sent, and on no others."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from variant_talk import (
    ALL,
    CUG,
    DATE,
    DISPLAY,
    HLC,
    NETWORK,
    NORTH_AMERICAN,
    NSF,
    SIGNAL,
    TNS,
    USER,
    UUI,
    incoming,
    machine,
    outputs,
    sent,
    setup,
)

from trunkwire.q931.callcontrol import (
    CallControlSettings,
    ChannelChoice,
    SetupRequest,
)
from trunkwire.q931.causes import Cause
from trunkwire.q931.dialect import Dialect
from trunkwire.q931.errors import NotInVariant
from trunkwire.q931.ies import (
    CalledNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    ChannelStatus,
    KeypadIE,
    RawIE,
    ShiftIE,
)
from trunkwire.q931.maintenance import Maintenance
from trunkwire.q931.message import Element, Message, build, parse
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.variants import (
    ATT_4ESS,
    ATT_5ESS,
    DMS100,
    EUROISDN,
    NI2,
    Q931,
    QSIG,
    VARIANTS,
    Variant,
)
from trunkwire.side import Side

# what the data says


def test_the_variants_and_where_they_come_from() -> None:
    assert list(VARIANTS) == ["q931", "euroisdn", "ni2", "4ess", "5ess", "dms100", "qsig"]
    assert all(name == variant.name for name, variant in VARIANTS.items())
    assert len({variant.title for variant in ALL}) == len({variant.source for variant in ALL}) == len(ALL)
    for part in ("300 102", "SR-NWT-002343", "TR 41459", "235-900-342", "NIS-A211-1", "ECMA-143"):
        assert sum(part in variant.source for variant in ALL) == 1, part


def test_any_two_variants_differ_in_more_than_their_names() -> None:
    named = ("name", "title", "source")
    seen = []
    for variant in ALL:
        values = {
            f.name: getattr(variant, f.name) for f in dataclasses.fields(variant) if f.name not in named
        }
        assert values not in seen, variant.name
        seen.append(values)


def test_the_recommendation_itself_restricts_nothing() -> None:
    default = CallControlSettings()
    assert default.variant is Q931
    assert default.interface is None
    plain = Variant(name="q931", title=Q931.title, source=Q931.source)
    assert plain == Q931


def test_maintenance_messages_of_each() -> None:
    assert {variant.name: variant.maintenance for variant in ALL if variant.maintenance} == {
        "ni2": Maintenance.NATIONAL,
        "4ess": Maintenance.ATT,
        "5ess": Maintenance.ATT,
    }
    assert [variant.name for variant in ALL if variant.restart_at_start] == ["dms100"]
    for variant in ALL:
        assert CallControlSettings(variant=variant).maintenance is variant.maintenance
        chosen = CallControlSettings(variant=variant, maintenance=Maintenance.ATT)
        assert chosen.maintenance is Maintenance.ATT


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
def test_a_channel_is_taken_out_of_service_in_the_messages_of_the_variant(variant: Variant) -> None:
    control = machine(variant, NETWORK)
    if variant.maintenance is None:
        with pytest.raises(ValueError, match="no maintenance protocol"):
            control.service([3], ChannelStatus.OUT_OF_SERVICE, 0)
        return
    control.service([3], ChannelStatus.OUT_OF_SERVICE, 0)
    (data,) = sent(control)
    head = {"ni2": "4302000007", "4ess": "030200000f", "5ess": "030200000f"}[variant.name]
    assert data.hex() == head + "0101c21803a98383"


# SETUP

PLAIN = "04038090a3" + "1803a98381" + "6c0581" + b"2000".hex() + "700481" + b"300".hex()
NATIONAL = "04038090a3" + "1803a98381" + "6c05a1" + b"2000".hex() + "7004a1" + b"300".hex()
PRIVATE = "04038090a3" + "1803a98381" + "6c0589" + b"2000".hex() + "700489" + b"300".hex()


@pytest.mark.parametrize(
    ("variant", "elements"),
    [
        (Q931, PLAIN + "a1"),
        (EUROISDN, PLAIN + "a1"),
        (NI2, NATIONAL),
        (ATT_4ESS, NATIONAL),
        (ATT_5ESS, PLAIN),
        (DMS100, NATIONAL),
        (QSIG, PRIVATE + "a1"),
    ],
    ids=lambda value: value.name if isinstance(value, Variant) else None,
)
@pytest.mark.parametrize("side", [USER, NETWORK])
def test_setup_octet_by_octet(variant: Variant, elements: str, side: Side) -> None:
    assert setup(variant, side, called="300", calling="2000", sending_complete=True) == elements


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
def test_a_number_given_whole_is_sent_as_it_is(variant: Variant) -> None:
    number = CalledNumberIE(kind=4, plan=3, digits="7")
    assert "7002c337" in setup(variant, called=number)


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
@pytest.mark.parametrize("choice", [ChannelChoice.PREFERRED, ChannelChoice.ANY])
def test_only_some_negotiate_the_channel(variant: Variant, choice: ChannelChoice) -> None:
    elements = setup(variant, called="3", choice=choice)
    asked = {ChannelChoice.PREFERRED: "1803a18381", ChannelChoice.ANY: "1801a3"}[choice]
    assert ("1803a98381" if variant is DMS100 else asked) in elements


@pytest.mark.parametrize("variant", [Q931, *NORTH_AMERICAN], ids=lambda variant: variant.name)
def test_the_interface_can_be_named(variant: Variant) -> None:
    assert "1804e9828381" in setup(variant, called="3", interface=2)
    assert "1802e382" in setup(Q931, called="3", interface=2, choice=ChannelChoice.ANY)
    control = machine(variant, NETWORK, interface=2)
    named = named_channel(2, 5)
    call = incoming(control, channel=named)
    assert call.channel == 5
    control.proceeding(call, 0)
    assert [data[5:].hex() for data in sent(control)] == ["1804e9828385"]
    control.restart([7], 0)
    (data,) = sent(control)
    assert data.hex() == "080200004618 04e9828387 790180".replace(" ", "")


def named_channel(interface: int, number: int) -> ChannelIdentificationIE:
    """One channel of an interface that is named."""
    implicit = ChannelIdentificationIE.of(number)
    return ChannelIdentificationIE(
        interface_given=True,
        interface=(interface,),
        exclusive=True,
        coding=implicit.coding,
        is_map=False,
        channel_type=implicit.channel_type,
        numbers=(number,),
    )


def test_an_interface_that_is_named_already_stays() -> None:
    named = named_channel(3, 5)
    assert Dialect(NI2, 2).elements(MessageType.RESTART, (named,)) == (named,)
    (ours,) = Dialect(NI2, 2).elements(MessageType.RESTART, (ChannelIdentificationIE.of(5),))
    assert ours == named_channel(2, 5)


def test_a_channel_of_another_interface_is_none_of_ours() -> None:
    control = machine(NI2, NETWORK, interface=2)
    other = machine(Q931, USER, interface=3)
    other.setup(SetupRequest(called="300"), 0)
    control.receive(sent(other)[0], 0)
    answers = [parse(data) for data in sent(control)]
    assert [(m.type, m.get(CauseIE).value) for m in answers] == [  # type: ignore[union-attr]
        (MessageType.RELEASE_COMPLETE, Cause.CHANNEL_DOES_NOT_EXIST)
    ]


@pytest.mark.parametrize("variant", [EUROISDN, QSIG], ids=lambda variant: variant.name)
def test_where_the_interface_is_implicit_it_cannot_be_named(variant: Variant) -> None:
    with pytest.raises(ValueError, match=f"interface 2: {variant.title} leaves the interface implicit"):
        machine(variant, interface=2)


# elements

EVERY_ELEMENT = (SIGNAL, HLC, UUI, NSF, TNS, DATE, CUG, DISPLAY, KeypadIE(keys="5"))


@pytest.mark.parametrize(
    ("variant", "lacking"),
    [
        (Q931, set()),
        (EUROISDN, {"signal", "network specific facilities", "transit network selection"}),
        (NI2, {"signal", "date time", "closed user group", "keypad facility"}),
        (ATT_4ESS, {"signal", "date time", "closed user group", "keypad facility"}),
        (ATT_5ESS, {"signal", "date time", "closed user group", "keypad facility"}),
        (DMS100, {"signal", "date time", "closed user group", "keypad facility", "user user"}),
        (
            QSIG,
            {
                "signal",
                "date time",
                "closed user group",
                "keypad facility",
                "user user",
                "display",
                "network specific facilities",
                "transit network selection",
            },
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Variant) else None,
)
def test_what_a_variant_lacks_is_refused_and_changes_nothing(variant: Variant, lacking: set[str]) -> None:
    for element in EVERY_ELEMENT:
        control = machine(variant, NETWORK)
        request = SetupRequest(called="3", ies=(element,))
        title = Id(element.identifier).title
        if title not in lacking:
            control.setup(request, 0)
            assert element.identifier in sent(control)[0]
            continue
        told = f"{variant.title} has no {title} in SETUP: leave it out, or choose another switch variant"
        with pytest.raises(NotInVariant) as caught:
            control.setup(request, 0)
        assert str(caught.value) == told
        assert (caught.value.message, caught.value.element) == ("SETUP", title)
        assert control.audit() == []
        assert sent(control) == []


STIMULUS = (0x34, 0x36, 0x38, 0x39, 0x32, 0x3A, 0x3B)


@pytest.mark.parametrize("variant", ALL[1:], ids=lambda variant: variant.name)
@pytest.mark.parametrize("identifier", STIMULUS)
def test_stimulus_elements_are_the_recommendation_s_only(variant: Variant, identifier: int) -> None:
    element = RawIE(0, identifier, b"\x80")
    setup(Q931, called="3", ies=(element,))
    with pytest.raises(NotInVariant):
        setup(variant, called="3", ies=(element,))


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
def test_elements_of_another_codeset_are_nobody_s_business(variant: Variant) -> None:
    foreign = (ShiftIE(non_locking=True, codeset=6), RawIE(6, Id.SIGNAL, b"\x01"))
    assert setup(variant, called="3", ies=foreign).endswith("9e340101")


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
@pytest.mark.parametrize("element", [HLC, RawIE(0, Id.BEARER_CAPABILITY, b"\x80\x90\xa3")])
def test_the_answers_of_qsig_carry_no_compatibility(variant: Variant, element: Element) -> None:
    control = machine(variant, NETWORK)
    call = incoming(control)
    asks: dict[str, Callable[[], None]] = {
        "CALL PROCEEDING": lambda: control.proceeding(call, 0, ies=(element,)),
        "PROGRESS": lambda: control.progress(call, 0, ies=(element,)),
        "ALERTING": lambda: control.alerting(call, 0, ies=(element,)),
        "CONNECT": lambda: control.connect(call, 0, ies=(element,)),
    }
    for message, ask in asks.items():
        if message == "PROGRESS" and variant is QSIG:
            control.proceeding(call, 0)
        if variant is QSIG:
            with pytest.raises(NotInVariant, match=f"QSIG basic call has no .* in {message}"):
                ask()
        else:
            ask()
            assert element.identifier in sent(control)[-1][5:]


@pytest.mark.parametrize("variant", [v for v in ALL if v is not QSIG], ids=lambda variant: variant.name)
def test_the_text_of_a_display(variant: Variant) -> None:
    typed = variant in (NI2, DMS100)
    elements = setup(variant, NETWORK, called="3", ies=(DISPLAY,))
    assert ("2804b1" if typed else "2803") + b"Eve".hex() in elements


# messages


@pytest.mark.parametrize("variant", NORTH_AMERICAN, ids=lambda variant: variant.name)
def test_en_bloc_variants_ask_for_no_digits(variant: Variant) -> None:
    assert not variant.overlap
    control = machine(variant, NETWORK)
    arrived = incoming(control)
    state = arrived.state
    with pytest.raises(NotInVariant) as caught:
        control.more_info(arrived, 0)
    assert str(caught.value) == (
        f"{variant.title} has no SETUP ACKNOWLEDGE messages: leave it out, or choose another switch variant"
    )
    assert (caught.value.message, caught.value.element) == ("SETUP ACKNOWLEDGE", None)
    assert (arrived.state, arrived.timers) == (state, ())
    control = machine(variant)
    call = control.setup(SetupRequest(called="30"), 0)
    for kind in (MessageType.CALL_PROCEEDING, MessageType.ALERTING):
        control.receive(build(Message(1, kind, (ChannelIdentificationIE.of(1),), True)), 0)
    with pytest.raises(NotInVariant, match="has no INFORMATION messages"):
        control.information(call, "0", 0)


@pytest.mark.parametrize("variant", [Q931, EUROISDN, QSIG], ids=lambda variant: variant.name)
def test_the_others_do(variant: Variant) -> None:
    assert variant.overlap
    control = machine(variant, NETWORK)
    call = incoming(control)
    control.more_info(call, 0)
    assert sent(control)[0][4] == MessageType.SETUP_ACKNOWLEDGE
    digit = "89" if variant is QSIG else "81"
    control = machine(variant)
    call = control.setup(SetupRequest(called="30"), 0)
    acknowledge = Message(1, MessageType.SETUP_ACKNOWLEDGE, (ChannelIdentificationIE.of(1),), True)
    control.receive(build(acknowledge), 0)
    outputs(control)
    control.information(call, "0", 0)
    assert sent(control)[0].hex().endswith(f"7b7002{digit}30")


HOLDING = {0x24, 0x28, 0x30, 0x31, 0x33, 0x37}
SUSPENDING = {0x21, 0x22, 0x25, 0x26, 0x2D, 0x2E}
OVERLAP = {0x0D, 0x7B}


@pytest.mark.parametrize("variant", ALL, ids=lambda variant: variant.name)
def test_messages_that_a_variant_does_not_send(variant: Variant) -> None:
    lacking = set()
    dialect = Dialect(variant)
    for message in MessageType:
        try:
            assert dialect.elements(message, ()) == ()
        except NotInVariant:
            lacking.add(int(message))
    expected: dict[str, set[int]] = {"q931": set(), "euroisdn": set(), "qsig": HOLDING | SUSPENDING}
    assert lacking == expected.get(variant.name, HOLDING | SUSPENDING | OVERLAP)


@pytest.mark.parametrize("variant", [EUROISDN, NI2, QSIG], ids=lambda variant: variant.name)
def test_a_call_is_held_where_the_variant_has_that(variant: Variant) -> None:
    control = machine(variant, USER)
    call = incoming(control)
    control.connect(call, 0)
    control.receive(build(Message(1, MessageType.CONNECT_ACKNOWLEDGE)), 0)
    outputs(control)
    if variant is EUROISDN:
        control.hold(call, 0)
        assert [data[4] for data in sent(control)] == [MessageType.HOLD]
    else:
        with pytest.raises(NotInVariant, match=f"{variant.title} has no HOLD messages"):
            control.hold(call, 0)
        assert sent(control) == []
        assert call.timers == ()
