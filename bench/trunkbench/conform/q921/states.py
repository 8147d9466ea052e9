"""How a data link is taken to each state of Q.921 Annex B, numbered as the layer 2 tests of ETSI number them.

4.0 TEI assigned; 5.0, 5.1, 5.2 awaiting establishment (asked for, re-establishment, release pending); 6.0
awaiting release; 7.0 to 7.7 multiple frame established, 8.0 to 8.7 timer recovery: plus 1 with a REJ
exception, plus 2 with the implementation's own receiver busy (7.2, 7.3, 7.6, 7.7), plus 4 with the tester's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkbench.conform.case import Step
from trunkbench.conform.q921.steps import (
    Do,
    Expires,
    Rx,
    Tx,
    duration,
    next_frame,
    patience,
    send,
    told,
)
from trunkbench.conform.q921.units import Fr, command, response
from trunkbench.conform.tester import Failed, Inconclusive, Tester
from trunkbench.conform.upper import NotPossible
from trunkwire.ticks import MILLISECOND, Tick

SETTLING: Tick = 100 * MILLISECOND
"""How long after the establishment the implementation's layer 3 may send something of its own."""

_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Idle:
    """Take the link to state 4: DISC, answered by UA or DM, and nothing after that."""

    def run(self, tester: Tester) -> None:
        """Raises Inconclusive when the implementation keeps asking for the link."""
        for _ in range(_ATTEMPTS):
            send(tester, Fr("DISC", pf=True))
            until = tester.now + patience(tester)
            while (found := next_frame(tester, until)) is not None:
                if found[1] is not None and found[1].kind in ("UA", "DM") and found[1].pf:
                    self._rests(tester)
                    return
        raise Failed("DISC got no answer")

    def _rests(self, tester: Tester) -> None:
        found = next_frame(tester, tester.now + duration(tester, "t200") * 6 // 5)
        if found is not None:
            raise Inconclusive(f"the IUT does not rest without a link: {told(*found)}", found[0].frame)
        tester.mark = tester.now

    def __str__(self) -> str:
        return "DISC P=1, UA or DM F=1: no link"


@dataclass(frozen=True, slots=True)
class Established:
    """Take the link to state 7 with SABME, and see by an enquiry that it is there.

    A SABME of the implementation is answered, so that it is not left in state 5, and its I frames are too.
    """

    def run(self, tester: Tester) -> None:
        """Raises Failed without an answer."""
        for _ in range(_ATTEMPTS):
            tester.numbered_from = 0
            send(tester, Fr("SABME", pf=True))
            if self._answered(tester, ("UA",), patience(tester)) is None:
                continue
            while self._answered(tester, ("UA", "I"), SETTLING) is not None:
                pass
            send(tester, command("RR", p=True))
            at = self._answered(tester, ("RR", "RNR"), patience(tester))
            if at is not None:
                tester.mark = at
                return
        raise Failed("SABME and an enquiry got no answer")

    def _answered(self, tester: Tester, kinds: tuple[str, ...], within: Tick) -> Tick | None:
        """When one of these has come, None if none has."""
        until = tester.now + within
        while (found := next_frame(tester, until)) is not None:
            arrival, frame = found
            if frame is None:
                raise Failed(f"got {told(arrival, frame)}", arrival.frame)
            if frame.kind == "SABME":
                tester.numbered_from = 0
                send(tester, Fr("UA", pf=frame.pf))
            elif frame.kind == "I":
                tester.numbered_from += 1
                send(tester, response("RR"))
            if frame.kind in kinds and (frame.pf or frame.kind == "I"):
                return arrival.at
        return None

    def __str__(self) -> str:
        return "SABME P=1, UA F=1, an enquiry: the link is established"


@dataclass(frozen=True, slots=True)
class Asked:
    """Take the link to state 5.0: the implementation sends SABME, by its user's wish or by itself."""

    def run(self, tester: Tester) -> None:
        """Raises Inconclusive without SABME."""
        Established().run(tester)  # so that the SABME that will come is the first
        send(tester, Fr("DISC", pf=True))
        Rx(Fr("UA", pf=True)).run(tester)
        waits = patience(tester)
        try:
            tester.upper.establish_link()
        except NotPossible:
            waits = tester.pixit.patience
        until = tester.now + waits
        while (found := next_frame(tester, until)) is not None:
            arrival, frame = found
            if frame is not None and frame.kind == "SABME" and frame.pf and frame.is_command:
                tester.mark = tester.repeated_at = arrival.at
                return
        raise Inconclusive("the IUT does not ask for the data link (SABME)")

    def __str__(self) -> str:
        return "the link is established and released, and the IUT asks for it: SABME P=1"


@dataclass(frozen=True, slots=True)
class Note:
    """Remember when the frame came that is now repeated each T200."""

    def run(self, tester: Tester) -> None:
        """Note it."""
        tester.repeated_at = tester.mark

    def __str__(self) -> str:
        return "(it is repeated from here on)"


@dataclass(frozen=True, slots=True)
class Enquired:
    """Wait for the enquiry with which timer recovery begins: at T203, or at T200 when the tester is busy."""

    kind: str
    timer_is_t200: bool

    def run(self, tester: Tester) -> None:
        """Raises Failed."""
        Expires("t200" if self.timer_is_t200 else "t203", command(self.kind, p=True)).run(tester)

    def __str__(self) -> str:
        return f"expect {command(self.kind, p=True)} when {'T200' if self.timer_is_t200 else 'T203'} expires"


ESTABLISHED = (Established(),)
SABME = Fr("SABME", pf=True)
UA = Fr("UA", pf=True)
DM = Fr("DM", pf=True)


@dataclass(frozen=True, slots=True)
class Conditions:
    """The exception conditions of one of the states 7.0 to 7.7 and 8.0 to 8.7."""

    reject: bool
    own_busy: bool
    peer_busy: bool

    @property
    def number(self) -> int:
        """The digit behind the dot."""
        return self.reject + 2 * self.own_busy + 4 * self.peer_busy

    @property
    def status(self) -> str:
        """The supervisory frame that says whether the implementation can take I frames."""
        return "RNR" if self.own_busy else "RR"

    def steps(self) -> tuple[Step, ...]:
        """From nothing to 7.x; the numbers of the tester stay at zero, the implementation's V(R) too."""
        found: tuple[Step, ...] = ESTABLISHED
        if self.reject:
            found += (Tx(Fr("I", ns=1)), Rx(response("REJ")))
        if self.own_busy:
            found += (Do("busy"), Rx(response("RNR")))
        if self.peer_busy:
            found += (Tx(response("RNR")),)
        return found

    def recovery(self) -> tuple[Step, ...]:
        """From nothing to 8.x."""
        return (*self.steps(), Enquired(self.status, self.peer_busy))

    def told(self) -> str:
        """For the purpose of a case."""
        parts = []
        if self.reject:
            parts.append("a REJ exception")
        if self.own_busy:
            parts.append("its own receiver busy")
        if self.peer_busy:
            parts.append("the tester's receiver busy")
        return " and ".join(parts)


CONDITIONS = tuple(
    sorted(
        (Conditions(r, o, p) for r in (False, True) for o in (False, True) for p in (False, True)),
        key=lambda conditions: conditions.number,
    )
)
NORMAL = CONDITIONS[0]

PREAMBLES: Mapping[str, tuple[Step, ...]] = {
    "4.0": (Idle(),),
    "5.0": (Asked(),),
    "5.1": (*ESTABLISHED, Tx(Fr("FRMR", info=bytes(5))), Rx(SABME), Note()),
    "5.2": (Asked(), Do("release_link")),
    "6.0": (*ESTABLISHED, Do("release_link"), Rx(Fr("DISC", pf=True)), Note()),
    **{f"7.{each.number}": each.steps() for each in CONDITIONS},
    **{f"8.{each.number}": each.recovery() for each in CONDITIONS},
}

NO_LINK: tuple[Step, ...] = (Tx(Fr("DISC", pf=True)), Rx(DM))
"""What shows that there is no link: DISC is answered by DM (5.5.4)."""


def in_operation(status: str = "RR", *, nr: int = 0) -> tuple[Step, ...]:
    """What shows that the link is up, and V(R): an enquiry is answered (5.1.2, 5.6.3)."""
    return (Tx(command("RR", p=True)), Rx(response(status, f=True, nr=nr)))
