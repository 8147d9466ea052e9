"""TEI management as the cases name it (Q.921 5.3.6): messages to send and to expect, and the steps."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from trunkbench.conform.q921.steps import (
    LINE,
    TimerName,
    duration,
    hush,
    patience,
    understood,
)
from trunkbench.conform.q921.units import BROADCAST, MANAGEMENT, Fr
from trunkbench.conform.tester import Arrival, Failed, Inconclusive, Tester
from trunkbench.conform.upper import NotPossible
from trunkwire.ticks import Tick, seconds

ENTITY = 0x0F
"""The layer management entity identifier of TEI management (5.3.6.2)."""
AUTOMATIC = range(64, 127)
"""TEIs that are given out; those below are fixed (3.3.4.2)."""
ALL = 127
_LENGTH = 5


class Mgt(enum.IntEnum):
    """Message types (5.3.6.4)."""

    REQUEST = 1
    ASSIGNED = 2
    DENIED = 3
    CHECK_REQUEST = 4
    CHECK_RESPONSE = 5
    REMOVE = 6
    VERIFY = 7

    @property
    def title(self) -> str:
        """Its name."""
        return "identity " + self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Message:
    """One message that has come."""

    kind: int
    reference: int
    tei: int

    def __str__(self) -> str:
        name = Mgt(self.kind).title if self.kind in set(Mgt) else f"management message {self.kind}"
        return f"{name} Ri={self.reference:04x} Ai={self.tei}"


def message_in(frame: Fr | None) -> Message | None:
    """The message of TEI management in a frame, None if it is none: SAPI 63, TEI 127, a UI command."""
    if frame is None or (frame.kind, frame.sapi, frame.tei) != ("UI", MANAGEMENT, BROADCAST):
        return None
    info = frame.info or b""
    if len(info) < _LENGTH or info[0] != ENTITY or not frame.is_command or frame.pf:
        return None
    return Message(info[3], int.from_bytes(info[1:3], "big"), info[4] // 2)


def told(tester: Tester, arrival: Arrival) -> str:
    """What has come, as text."""
    message = message_in(understood(tester, arrival))
    return str(message or understood(tester, arrival) or arrival.data.hex(" "))


def octets_of(kind: int, reference: int, tei: int, entity: int = ENTITY) -> bytes:
    """A message, its action indicator the only one (5.3.6)."""
    return bytes((entity, *reference.to_bytes(2, "big"), kind, tei * 2 + 1))


@dataclass(frozen=True, slots=True)
class Say:
    """Send a message. Without `reference`, Ri is that of the implementation's latest request, plus `off`."""

    kind: int
    tei: int | None = None
    """None: the TEI under test."""
    reference: int | None = None
    off: int = 0
    entity: int = ENTITY
    cut: int = 0
    """How many octets are missing at the end."""

    def run(self, tester: Tester) -> None:
        """Send it."""
        ri = (tester.requested_ri + self.off) % 0x10000 if self.reference is None else self.reference
        data = octets_of(self.kind, ri, tester.tei if self.tei is None else self.tei, self.entity)
        unit = Fr("UI", info=data[: len(data) - self.cut], tei=BROADCAST, sapi=MANAGEMENT)
        tester.send_frame(unit.octets(tester.station.side, BROADCAST, 0))

    def __str__(self) -> str:
        name = Mgt(self.kind).title if self.kind in set(Mgt) else f"management message {self.kind}"
        ai = "the TEI" if self.tei is None else str(self.tei)
        ri = "of the request" + (f" + {self.off}" if self.off else "")
        ri = ri if self.reference is None else f"{self.reference:04x}"
        extra = f", entity {self.entity:#04x}" if self.entity != ENTITY else ""
        return f"send {name} Ri={ri} Ai={ai}{extra}" + (f", {self.cut} octets short" if self.cut else "")


@dataclass(frozen=True, slots=True)
class Hear:
    """Expect a message; `tei` None: any of 64 to 126, which is then the TEI under test."""

    kind: int
    tei: int | None = None
    of_test: bool = False
    """Whether it has to be about the TEI under test."""
    reference: int | None = None
    """The Ri that it has to bear; None: any, and an identity request's is kept."""
    timer: TimerName | None = None
    """When: as a response at once, or when this timer expires."""
    new_reference: bool = False
    """Whether Ri has to differ from the latest request's."""
    other: bool = False
    """Whether it has to be about another TEI than the one under test."""

    def run(self, tester: Tester) -> None:
        """Wait for it. Raises Failed."""
        until = tester.now + patience(tester)
        if self.timer is not None:
            value = duration(tester, self.timer)
            margin = round(value * tester.pixit.tolerance) + LINE
            silent(tester, tester.mark + value - margin)
            until = tester.mark + value + margin
        arrival = tester.next_frame(until)
        while arrival is not None and self.kind == Mgt.ASSIGNED and clears_all(tester, arrival):
            arrival = tester.next_frame(until)  # before it gives out the first TEI, a network may do that
        if arrival is None:
            last = len(tester.station.records) - 1
            raise Failed(f"{self}; nothing came by {seconds(until - tester.mark):.2f} s", last)
        message = message_in(understood(tester, arrival))
        if message is None or not self._fits(tester, message):
            raise Failed(f"{self}; got {told(tester, arrival)}", arrival.frame)
        tester.mark = arrival.at
        if self.kind == Mgt.REQUEST:
            tester.requested_ri = message.reference
        elif self.tei is None and not self.of_test:
            tester.tei, tester.other_tei = message.tei, tester.tei

    def _fits(self, tester: Tester, message: Message) -> bool:
        if message.kind != self.kind or self.reference not in (None, message.reference):
            return False
        if self.new_reference and message.reference == tester.requested_ri:
            return False
        if self.of_test:
            to_all = message.kind == Mgt.CHECK_REQUEST and message.tei == ALL  # every terminal is asked then
            return to_all or message.tei == tester.tei
        if self.other and message.tei == tester.tei:
            return False
        return message.tei in AUTOMATIC if self.tei is None else message.tei == self.tei

    def __str__(self) -> str:
        ai = "Ai=64 to 126" if self.tei is None else f"Ai={self.tei}"
        ai = "Ai=the TEI" if self.of_test else ai
        ai += " but the one before" if self.other else ""
        ri = "" if self.reference is None else f" Ri={self.reference:04x}"
        ri = " with a new Ri" if self.new_reference else ri
        when = "" if self.timer is None else f" when {self.timer.upper()} expires"
        return f"expect {Mgt(self.kind).title} {ai}{ri}{when}"


def clears_all(tester: Tester, arrival: Arrival) -> bool:
    """Whether it is identity remove for all TEIs, which does nothing to a terminal without one (5.3.4)."""
    message = message_in(understood(tester, arrival))
    return message is not None and (message.kind, message.tei) == (Mgt.REMOVE, ALL)


def silent(tester: Tester, until: Tick) -> None:
    """Nothing at all comes. Raises Failed."""
    arrival = tester.next_frame(until)
    if arrival is not None:
        raise Failed(f"expected no frame; got {told(tester, arrival)}", arrival.frame)


@dataclass(frozen=True, slots=True)
class Still:
    """Expect no frame at all, of TEI management either."""

    timer: TimerName | None = None
    times: float = 1.0
    but: int | None = None
    """A message of TEI management that may come all the same."""

    def run(self, tester: Tester) -> None:
        """Listen. Raises Failed."""
        span = hush(tester) if self.timer is None else round(duration(tester, self.timer) * self.times)
        until = tester.now + span
        while (arrival := tester.next_frame(until)) is not None:
            message = message_in(understood(tester, arrival))
            if message is None or message.kind != self.but:
                raise Failed(f"expected no frame; got {told(tester, arrival)}", arrival.frame)

    def __str__(self) -> str:
        return "expect no frame" + (
            "" if self.timer is None else f" for {self.times:g} x {self.timer.upper()}"
        )


@dataclass(frozen=True, slots=True)
class Use:
    """From here on this TEI is under test."""

    tei: int

    def run(self, tester: Tester) -> None:
        """Take it."""
        tester.tei = self.tei

    def __str__(self) -> str:
        return f"(TEI {self.tei} from here on)"


@dataclass(frozen=True, slots=True)
class TheOther:
    """From here on the TEI that was under test before is it again."""

    def run(self, tester: Tester) -> None:
        """Change the two."""
        tester.tei, tester.other_tei = tester.other_tei, tester.tei

    def __str__(self) -> str:
        return "(the other TEI from here on)"


@dataclass(frozen=True, slots=True)
class Calm:
    """Let the implementation say what it says first of all: it may remove all TEIs, or check them."""

    def run(self, tester: Tester) -> None:
        """Hear it."""
        while tester.next_frame(tester.now + hush(tester)) is not None:
            pass

    def __str__(self) -> str:
        return "let the IUT say what it says at its start"


@dataclass(frozen=True, slots=True)
class Wants:
    """The terminal is made to want a TEI, or wants one by itself: identity request for any TEI."""

    def run(self, tester: Tester) -> None:
        """Raises Inconclusive without a request."""
        until = tester.now + patience(tester)
        try:
            tester.upper.establish_link()
        except NotPossible:
            until = tester.now + tester.pixit.patience
        while (arrival := tester.next_frame(until)) is not None:
            message = message_in(understood(tester, arrival))
            if message is not None and message.kind == Mgt.REQUEST and message.tei == ALL:
                tester.requested_ri, tester.mark = message.reference, arrival.at
                return
        raise Inconclusive("the IUT asks for no TEI")

    def __str__(self) -> str:
        return "the IUT asks for a TEI: identity request Ai=127"


@dataclass(frozen=True, slots=True)
class Defends:
    """Identity verify for the TEI under test, or the TEI is given up: nobody answers under it."""

    def run(self, tester: Tester) -> None:
        """Raises Failed."""
        arrival = tester.next_frame(tester.now + hush(tester))
        if arrival is None:
            tester.send_frame(Fr("SABME", pf=True).octets(tester.station.side, tester.tei, 0))
            arrival = tester.next_frame(tester.now + hush(tester))
            if arrival is None:
                return
        message = message_in(understood(tester, arrival))
        asks = (Mgt.VERIFY, tester.tei), (Mgt.REQUEST, ALL)  # the latter for another TEI
        if message is None or (message.kind, message.tei) not in asks:
            raise Failed(f"expected identity verify, or no TEI; got {told(tester, arrival)}", arrival.frame)

    def __str__(self) -> str:
        return "expect identity verify Ai=the TEI, or that the TEI is given up"


@dataclass(frozen=True, slots=True)
class Fill:
    """Ask for TEIs under ever new Ri until all of 64 to 126 are given out; there is none for the next."""

    def run(self, tester: Tester) -> None:
        """Raises Failed."""
        given: set[int] = set()
        for ri in range(1, len(AUTOMATIC) + 1):
            Say(Mgt.REQUEST, ALL, ri).run(tester)
            Hear(Mgt.ASSIGNED, reference=ri).run(tester)
            if tester.tei in given:
                raise Failed(f"TEI {tester.tei} was given out twice", len(tester.station.records) - 1)
            given.add(tester.tei)
        Say(Mgt.REQUEST, ALL, 0x7FFF).run(tester)
        arrival = tester.next_frame(tester.now + patience(tester))
        if arrival is None:
            return
        message = message_in(understood(tester, arrival))
        if message is None or message.kind not in (Mgt.DENIED, Mgt.CHECK_REQUEST) or message.tei != ALL:
            raise Failed(
                f"expected identity denied or identity check request; got {told(tester, arrival)}",
                arrival.frame,
            )

    def __str__(self) -> str:
        return "63 identity requests, each assigned another TEI; the 64th is denied, or all TEIs are checked"
