"""Ways around the guard below the data link, and again and again: frames, ceilings, and who ends a call."""

from __future__ import annotations

import pytest
from attacker import (
    ALLOWED,
    SAFETY,
    Attacker,
    CountingLine,
    Line,
    M,
    called,
    en_bloc,
    ended,
    information,
    refused,
    setup,
    unnumbered,
)

from trunkbench.config import SafetyConfig
from trunkbench.device import Frame, Gone, Mode
from trunkbench.errors import PortError
from trunkbench.ports.guard import GRACE, DialRefused, Guard
from trunkbench.ports.guarded import CountingGuardedPort, GuardedPort, guarded
from trunkwire.lapd import frames
from trunkwire.lapd.frames import SupervisoryFrame, SupervisoryFunction
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    Location,
    RestartClass,
    RestartIndicatorIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SECOND


@pytest.fixture
def attacker() -> Attacker:
    return Attacker()


# -- below the data link -----------------------------------------------------------------------------------


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
