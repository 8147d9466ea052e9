"""Somebody who sends whatever he likes through a guarded port, and what leaves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trunkbench.config import SafetyConfig
from trunkbench.device import Caps, Event, Fds, Frame, LineFault, Mode, Source, TimeBase
from trunkbench.ports.guard import DialRefused, Guard
from trunkbench.ports.guarded import guarded
from trunkwire.lapd import frames
from trunkwire.lapd.frames import InformationFrame, UnnumberedFrame
from trunkwire.q931.call import SPEECH_A_LAW
from trunkwire.q931.causes import Cause
from trunkwire.q931.elements import in_order
from trunkwire.q931.ies import (
    CalledNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    Location,
    NumberingPlan,
    NumberType,
    SendingCompleteIE,
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


def refused(attacker: Attacker, *messages: Message, match: str | None = None) -> None:
    """The last of the messages is refused, and does not leave the port; those before it do."""
    before = len(attacker.line.sent)
    for message in messages[:-1]:
        attacker.send(message)
    with pytest.raises(DialRefused, match=match):
        attacker.send(messages[-1])
    assert len(attacker.line.sent) == before + len(messages) - 1


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
