"""Ways around a public port's guard, each tried: nothing that the allowlist does not name leaves the port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.config import SafetyConfig
from trunkbench.device import Caps, Event, Fds, Frame, Gone, LineFault, Mode, Source, TimeBase
from trunkbench.emergency import EMERGENCY_NUMBERS, emergency_in
from trunkbench.errors import ConfigError, PortError
from trunkbench.ports.guard import GRACE, DialRefused, Guard
from trunkbench.ports.guarded import CountingGuardedPort, GuardedPort, guarded
from trunkwire.lapd import frames
from trunkwire.lapd.frames import InformationFrame, SupervisoryFrame, SupervisoryFunction, UnnumberedFrame
from trunkwire.q931.call import SPEECH_A_LAW
from trunkwire.q931.causes import Cause
from trunkwire.q931.elements import in_order
from trunkwire.q931.ies import (
    CalledNumberIE,
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    KeypadIE,
    Location,
    NumberingPlan,
    NumberType,
    RawIE,
    RestartClass,
    RestartIndicatorIE,
    SendingCompleteIE,
    ShiftIE,
)
from trunkwire.q931.message import Element, Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SECOND

ALLOWED = "01062301234"
SAFETY = SafetyConfig(allow=(ALLOWED, "300"), max_calls=2, calls_per_minute=3, max_call=60 * SECOND)
M = MessageType


class Line:
    """A port that notes what leaves it."""

    caps = Caps(frozenset(Mode), tuple(range(1, 32)), frozenset(), frozenset(), TimeBase.HOST)

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.opened: list[tuple[int, Mode]] = []
        self.played: list[int] = []
        self.events: list[Event] = []
        self.closed = 0

    def fds(self) -> Fds:
        return ()

    def open(self, slot: int, mode: Mode) -> None:
        self.opened.append((slot, mode))

    def send(self, slot: int, frame: bytes) -> None:
        self.sent.append(frame)

    def play(self, slot: int, source: Source | None, start: int) -> None:
        self.played.append(slot)

    def cas(self, slot: int, abcd: int) -> None:
        self.sent.append(bytes((slot, abcd)))

    def insert(self, fault: LineFault) -> None: ...

    def horizon(self, slot: int) -> int:
        return 0

    def heard(self, slot: int, first: int, n: int) -> bytes:
        return bytes(n)

    def next_deadline(self) -> int | None:
        return None

    def poll(self, now: int) -> Iterator[Event]:
        events, self.events = self.events, []
        return iter(events)

    def close(self) -> None:
        self.closed += 1


class CountingLine(Line):
    def counted(self) -> int:
        return 77

    def lost(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        return [(first, n)]


class Attacker:
    """Sends whatever it likes through a guarded port; `now` is moved on by polling."""

    def __init__(self, safety: SafetyConfig = SAFETY) -> None:
        self.line = Line()
        self.port = guarded(self.line, Guard(safety, "trunk"), 16)
        self.ns = 0
        self.nr = 0

    def wait(self, until: int, *received: Message, nr: int | None = None) -> list[Event]:
        for message in received:
            self.line.events.append(Frame(until, 16, self.i_frame(build(message), nr=nr)))
        return list(self.port.poll(until))

    def i_frame(
        self, octets: bytes, *, ns: int = 0, nr: int | None = None, sapi: int = 0, tei: int = 0
    ) -> bytes:
        nr = self.ns if nr is None else nr
        return frames.build(
            InformationFrame(sapi=sapi, cr=True, tei=tei, ns=ns, nr=nr, pf=False, information=octets)
        )

    def send(self, message: Message) -> None:
        self.raw(build(message))

    def raw(self, octets: bytes) -> None:
        self.port.send(16, self.i_frame(octets, ns=self.ns, nr=0))
        self.ns = (self.ns + 1) % 128


def called(
    digits: str, kind: NumberType = NumberType.UNKNOWN, plan: NumberingPlan = NumberingPlan.E164
) -> Element:
    return CalledNumberIE(kind=kind, plan=plan, digits=digits)


def setup(*ies: Element, reference: int = 1, channel: int = 1, to_originator: bool = False) -> Message:
    elements = (SPEECH_A_LAW, ChannelIdentificationIE.of(channel), *ies)
    return Message(reference, M.SETUP, in_order(elements), to_originator=to_originator)


def en_bloc(digits: str, **keys: int) -> Message:
    return setup(called(digits), SendingCompleteIE(), **keys)  # type: ignore[arg-type]


def information(*ies: Element, reference: int = 1) -> Message:
    return Message(reference, M.INFORMATION, ies)


def ended(kind: MessageType, reference: int = 1) -> Message:
    cause = CauseIE(location=Location.USER, value=Cause.NORMAL_CLEARING)
    return Message(reference, kind, (cause,), to_originator=True)


@pytest.fixture
def attacker() -> Attacker:
    return Attacker()


def refused(attacker: Attacker, *messages: Message, match: str | None = None) -> None:
    """The last of the messages is refused, and does not leave the port; those before it do."""
    before = len(attacker.line.sent)
    for message in messages[:-1]:
        attacker.send(message)
    with pytest.raises(DialRefused, match=match):
        attacker.send(messages[-1])
    assert len(attacker.line.sent) == before + len(messages) - 1


def test_what_the_allowlist_names_goes_out(attacker: Attacker) -> None:
    attacker.send(en_bloc(ALLOWED))
    attacker.send(setup(called("300"), reference=2))
    assert len(attacker.line.sent) == 2


@pytest.mark.parametrize(
    "number", ["", "30", "3000", "301", "0300", "30*", "30#", "300#", "*300", "#31#300", "3 00"]
)
def test_other_numbers_do_not(attacker: Attacker, number: str) -> None:
    refused(attacker, en_bloc(number), match="not on its allowlist")


@pytest.mark.parametrize("number", sorted(EMERGENCY_NUMBERS))
@pytest.mark.parametrize("prefix", ["", "0", "9", "*31#", "#31#", "*", "**21*"])
def test_emergency_numbers_are_never_dialled(number: str, prefix: str) -> None:
    attacker = Attacker()
    refused(attacker, en_bloc(prefix + number), match="may reach the emergency number")
    with pytest.raises(ConfigError, match="may reach"):
        Guard(SafetyConfig(allow=(prefix + number,)), "trunk")
    assert emergency_in(prefix + number) is not None


@pytest.mark.parametrize(
    "number", ["10086", "95588", ALLOWED, "300", "01134960000", "2110", "#31#10086", "", "*#"]
)
def test_ordinary_numbers_are_no_emergencies(number: str) -> None:
    assert emergency_in(number) is None


@pytest.mark.parametrize("number", ["110", "112", "120"])
def test_emergency_digits_one_by_one(attacker: Attacker, number: str) -> None:
    """The first that leads nowhere is refused: the number is never complete."""
    attacker.send(setup())
    for digit in number:
        try:
            attacker.send(information(called(digit)))
        except DialRefused:
            break
    else:
        pytest.fail("all digits went out")
    assert len(attacker.line.sent) == 1


def test_overlap_digits_may_lead_to_an_allowed_number_only(attacker: Attacker) -> None:
    attacker.send(setup(called("0106")))
    for digit in "230123":
        attacker.send(information(called(digit)))
    refused(attacker, information(called("5")))
    refused(attacker, information(called("4")), information(called("5")))


def test_sending_complete_makes_a_part_of_a_number_a_number(attacker: Attacker) -> None:
    refused(attacker, setup(called("0106")), information(called("2"), SendingCompleteIE()))
    refused(attacker, en_bloc("0106", reference=2))


@pytest.mark.parametrize(
    "ies",
    [
        (called("300"), KeypadIE(keys="1")),
        (KeypadIE(keys="30"), called("0")),
        (called("300"), called("110")),
        (KeypadIE(keys="110"),),
        (KeypadIE(keys="*21*110#"),),
        (called("300"), ShiftIE(non_locking=False, codeset=6), RawIE(6, 0x70, b"\x81110")),
        (called("300"), ShiftIE(non_locking=True, codeset=5), RawIE(5, 0x2C, b"110")),
        (RawIE(0, 0x1C, b"\x91\xa1\x07\x02\x01\x01\x02\x01\x0d\x80"), called("300")),
        (called("300"), RawIE(0, 0x71, b"\x80\x50110")),
        (called("300", NumberType.INTERNATIONAL),),
        (called("300", NumberType.SUBSCRIBER, NumberingPlan.PRIVATE),),
        (RawIE(0, 0x70, b""),),
    ],
    ids=lambda ies: "+".join(type(ie).__name__ for ie in ies),
)
def test_numbers_hidden_in_setup(attacker: Attacker, ies: Sequence[Element]) -> None:
    refused(attacker, setup(*ies))


@pytest.mark.parametrize(
    "message",
    [
        Message(1, M.FACILITY, (RawIE(0, 0x1C, b"\x91\xa1\x00"),)),
        Message(1, M.REGISTER, ()),
        Message(1, M.HOLD, ()),
        Message(1, M.SEGMENT, (RawIE(0, 0x00, b"\x80\x05"),)),
        Message(1, M.USER_INFORMATION, ()),
        Message(1, 0x55, ()),
        Message(1, M.ESCAPE, ()),
        Message(1, M.ALERTING, (KeypadIE(keys="110"),)),
        Message(1, M.NOTIFY, (called("110"),)),
        Message(1, M.INFORMATION, (KeypadIE(keys="110"),), to_originator=True),
        Message(9, M.INFORMATION, (called("0"),)),
        Message(0, M.SETUP, (SPEECH_A_LAW, ChannelIdentificationIE.of(1), called("110"))),
        Message(0, M.INFORMATION, (called("300"),)),
        setup(called("300"), to_originator=True),
    ],
    ids=lambda message: f"{message.type!r}/{message.reference}",
)
def test_other_messages(attacker: Attacker, message: Message) -> None:
    attacker.send(en_bloc("300"))
    refused(attacker, message)


def test_octets_that_are_no_q931(attacker: Attacker) -> None:
    good = build(en_bloc("300"))
    for octets in (
        b"\x43" + good[1:],
        b"\x08\x00" + good[4:],
        b"\x08\x03\x00\x00\x01" + good[4:],
        b"",
        b"\x08",
        good[:-3],
    ):
        with pytest.raises(DialRefused):
            attacker.raw(octets)
    assert attacker.line.sent == []


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60))
def test_no_octets_at_all_dial_what_is_not_allowed(octets: bytes) -> None:
    attacker = Attacker(SafetyConfig(allow=()))
    with pytest.raises(DialRefused):
        attacker.raw(
            octets if len(octets) < 4 or octets[3:4] != b"\x05" else b"\x08\x02\x00\x01\x05" + octets
        )


# -- below the data link -----------------------------------------------------------------------------------


def unnumbered(high: int, low: int, information: bytes = b"", sapi: int = 0, tei: int = 0) -> bytes:
    return frames.build(
        UnnumberedFrame(
            sapi=sapi,
            cr=True,
            tei=tei,
            modifier_high=high,
            pf=False,
            modifier_low=low,
            information=information,
        )
    )


@pytest.mark.parametrize(
    "frame",
    [
        unnumbered(0, 0, build(en_bloc("300"))),  # UI
        unnumbered(0, 0, build(en_bloc("110")), tei=127),
        unnumbered(5, 3, build(en_bloc("110"))),  # XID
        unnumbered(7, 3, build(en_bloc("110"))),  # nothing known
        unnumbered(3, 3, build(en_bloc("110"))),  # SABME with information
        unnumbered(0, 0, b"\x0f\x00\x00\x01\xff", sapi=63, tei=127),
        Attacker().i_frame(build(en_bloc("110")), sapi=16),
        Attacker().i_frame(build(en_bloc("300")), tei=1),
        Attacker().i_frame(b""),
        frames.build(
            SupervisoryFrame(
                sapi=0,
                cr=True,
                tei=0,
                function=SupervisoryFunction.RR,
                nr=0,
                pf=False,
                surplus=build(en_bloc("110")),
            )
        ),
        b"\x03\x01\x00\x00" + build(en_bloc("300")),  # an address of one octet
        b"\x00",
        b"",
    ],
    ids=str,
)
def test_frames_past_the_data_link(attacker: Attacker, frame: bytes) -> None:
    with pytest.raises(DialRefused):
        attacker.port.send(16, frame)
    assert attacker.line.sent == []


def test_the_data_link_itself_works(attacker: Attacker) -> None:
    for high, low in ((3, 3), (3, 0), (2, 0), (0, 3)):
        attacker.port.send(16, unnumbered(high, low))
    attacker.port.send(
        16,
        frames.build(
            SupervisoryFrame(sapi=0, cr=True, tei=0, function=SupervisoryFunction.RR, nr=0, pf=True)
        ),
    )
    assert len(attacker.line.sent) == 5


def test_frames_on_another_timeslot_are_read_too(attacker: Attacker) -> None:
    with pytest.raises(DialRefused):
        attacker.port.send(1, attacker.i_frame(build(en_bloc("110"))))
    assert attacker.line.sent == []


def test_octets_and_signalling_bits_do_not_reach_the_line(attacker: Attacker) -> None:
    for mode in (Mode.OCTETS, Mode.BITS, Mode.CAS):
        with pytest.raises(PortError, match="public port"):
            attacker.port.open(16, mode)
    with pytest.raises(PortError, match="unread"):
        attacker.port.open(3, Mode.CAS)
    attacker.port.open(16, Mode.FRAMES)
    attacker.port.open(3, Mode.OCTETS)
    with pytest.raises(PortError, match="frames only"):
        attacker.port.play(16, lambda first, n: bytes(n), 0)
    with pytest.raises(PortError, match="unread"):
        attacker.port.cas(3, 0b0001)
    attacker.port.play(3, None, 0)
    assert (attacker.line.opened, attacker.line.sent, attacker.line.played) == (
        [(16, Mode.FRAMES), (3, Mode.OCTETS)],
        [],
        [3],
    )


def test_the_port_behind_the_guard_is_nobodys(attacker: Attacker) -> None:
    assert not hasattr(attacker.port, "port")


# -- again and again ---------------------------------------------------------------------------------------


def test_a_frame_that_is_sent_again_counts_once(attacker: Attacker) -> None:
    attacker.send(setup(called("30")))
    digit = attacker.i_frame(build(information(called("0"))), ns=1, nr=0)
    for _ in range(3):
        attacker.port.send(16, digit)
    assert len(attacker.line.sent) == 4
    attacker.wait(1, nr=2)
    attacker.line.events.append(Frame(2, 16, attacker.i_frame(build(ended(M.STATUS)), nr=2)))
    list(attacker.port.poll(2))  # N(R) 2 has confirmed it: the same number is a new frame now
    with pytest.raises(DialRefused, match="3000"):
        attacker.port.send(16, digit)


def test_confirmation_is_by_sequence_number(attacker: Attacker) -> None:
    attacker.send(setup(called("0106")))
    for digit in "23":
        attacker.send(information(called(digit)))
    attacker.line.events.append(
        Frame(
            1,
            16,
            frames.build(
                SupervisoryFrame(sapi=0, cr=False, tei=0, function=SupervisoryFunction.RR, nr=2, pf=False)
            ),
        )
    )
    list(attacker.port.poll(1))
    attacker.port.send(16, attacker.i_frame(build(information(called("3"))), ns=2, nr=0))  # not confirmed yet
    with pytest.raises(DialRefused):
        attacker.port.send(16, attacker.i_frame(build(information(called("2"))), ns=1, nr=0))


def test_setup_again_by_t303_is_the_same_call(attacker: Attacker) -> None:
    for _ in range(5):
        attacker.send(en_bloc("300"))
    assert len(attacker.line.sent) == 5


def test_a_call_reference_in_use_takes_no_other_setup(attacker: Attacker) -> None:
    refused(attacker, en_bloc("300"), en_bloc("300", channel=2), match="call reference 1 is in use")
    refused(attacker, en_bloc(ALLOWED), match="in use")
    refused(attacker, Message(1, M.SETUP, en_bloc(ALLOWED).ies, reference_length=1), match="in use")


def test_calls_at_the_same_time(attacker: Attacker) -> None:
    refused(
        attacker,
        en_bloc("300"),
        en_bloc("300", reference=2),
        en_bloc("300", reference=3),
        match="2 calls are up",
    )


@pytest.mark.parametrize("kind", [M.RELEASE, M.RELEASE_COMPLETE, M.DISCONNECT])
def test_only_the_network_ends_a_call(attacker: Attacker, kind: MessageType) -> None:
    """The port may say that a call is over while the network, or a lost frame, knows better."""
    attacker.send(en_bloc("300"))
    attacker.send(en_bloc("300", reference=2))
    cause = CauseIE(location=Location.USER, value=Cause.NORMAL_CLEARING)
    refused(attacker, Message(1, kind, (cause,)), en_bloc("300", reference=3), match="2 calls are up")


@pytest.mark.parametrize(
    "message",
    [
        ended(M.RELEASE),
        ended(M.RELEASE_COMPLETE),
        Message(1, M.STATUS, (ended(M.STATUS).ies[0], CallStateIE(state=0)), to_originator=True),
        Message(0, M.RESTART_ACKNOWLEDGE, (RestartIndicatorIE(restart_class=RestartClass.SINGLE_INTERFACE),)),
        Message(0, M.RESTART, (ChannelIdentificationIE.of(1), RestartIndicatorIE(restart_class=0))),
    ],
    ids=lambda message: f"{message.type!r}/{message.reference}",
)
def test_when_the_network_says_so_it_is_over(message: Message) -> None:
    attacker = Attacker(SafetyConfig(allow=("300",), max_calls=1))
    attacker.send(en_bloc("300"))
    attacker.wait(1, message)
    attacker.send(en_bloc("300", reference=2, channel=2))
    assert len(attacker.line.sent) == 2


@pytest.mark.parametrize(
    "message",
    [
        Message(1, M.RELEASE, ended(M.RELEASE).ies),  # of a call of the network's own
        ended(M.RELEASE, reference=2),
        ended(M.DISCONNECT),
        Message(1, M.STATUS, (ended(M.STATUS).ies[0], CallStateIE(state=10)), to_originator=True),
        Message(0, M.RESTART, (ChannelIdentificationIE.of(9), RestartIndicatorIE(restart_class=0))),
    ],
    ids=lambda message: f"{message.type!r}/{message.reference}",
)
def test_other_messages_do_not_end_it(message: Message) -> None:
    attacker = Attacker(SafetyConfig(allow=("300",), max_calls=1))
    attacker.send(en_bloc("300"))
    attacker.wait(1, message)
    refused(attacker, en_bloc("300", reference=2), match="1 call is up")


def test_calls_a_minute(attacker: Attacker) -> None:
    for reference in (1, 2, 3):
        attacker.wait(reference * SECOND)
        attacker.send(en_bloc("300", reference=reference))
        attacker.wait(reference * SECOND, ended(M.RELEASE_COMPLETE, reference))
    refused(attacker, en_bloc("300", reference=4), match="3 calls were placed within a minute.* in 58 s")
    attacker.wait(61 * SECOND)
    attacker.send(en_bloc("300", reference=4))
    refused(attacker, en_bloc("300", reference=5), match="within a minute")


def test_a_call_that_nobody_clears_costs_the_line(attacker: Attacker) -> None:
    attacker.send(en_bloc("300"))
    limit = SAFETY.max_call + GRACE
    assert attacker.port.next_deadline() == limit
    assert attacker.wait(limit - 1) == []
    (event,) = attacker.wait(limit)
    assert isinstance(event, Gone)
    assert "longer than [safety] max_call" in event.reason
    assert (attacker.line.closed, attacker.wait(limit + 1), attacker.port.next_deadline()) == (1, [], None)


def test_a_guarded_port_is_the_port_otherwise() -> None:
    guard = Guard(SAFETY, "trunk")
    assert isinstance(guarded(Line(), guard, 16), GuardedPort)
    assert not hasattr(guarded(Line(), guard, 16), "counted")
    counting = guarded(CountingLine(), guard, 16)
    assert isinstance(counting, CountingGuardedPort)
    assert (counting.counted(), counting.lost(1, 2, 3), counting.stats()) == (77, [(2, 3)], {})
    assert (counting.caps, counting.heard(1, 0, 2), counting.horizon(1)) == (Line.caps, bytes(2), 0)
