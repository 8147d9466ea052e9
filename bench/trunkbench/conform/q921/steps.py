"""The steps of Q.921 cases: send a frame, expect one, expect silence, wait for a timer, ask the user.

`Tester.mark` is when the latest frame was sent or came: timers are measured from there. Frames of TEI
management are no part of a case about a data link: a TEI may be checked at any time (5.3.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trunkbench.conform.q921.units import MANAGEMENT, Fr, either, read, same
from trunkbench.conform.q921.upper import LinkUpper
from trunkbench.conform.tester import Arrival, Failed, Inconclusive, Tester
from trunkbench.conform.upper import NotPossible
from trunkwire.ticks import MILLISECOND, Tick, seconds

TimerName = Literal["t200", "t201", "t202", "t203"]

LINE: Tick = 30 * MILLISECOND
"""How long frames may be on a line of 16 kbit/s, in addition to a timer's tolerance."""


def duration(tester: Tester, timer: TimerName) -> Tick:
    """The value of a timer of the implementation (`[timers]`, by default those of Q.921 5.9)."""
    value: Tick = getattr(tester.station.settings, timer)
    return value


def patience(tester: Tester) -> Tick:
    """How long a response may take: it has to be there before the tester's own T200 would expire (5.9.1)."""
    return min(tester.pixit.wait, duration(tester, "t200") * 9 // 10)


def hush(tester: Tester) -> Tick:
    """How long silence is listened to: shorter than T200, which the implementation may have running."""
    return min(tester.pixit.wait, duration(tester, "t200")) // 2


def understood(tester: Tester, arrival: Arrival) -> Fr | None:
    """The frame that has come."""
    return read(arrival.data, tester.role, tester.numbered_from)


def next_frame(tester: Tester, until: Tick) -> tuple[Arrival, Fr | None] | None:
    """The next frame that is not one of TEI management."""
    while (arrival := tester.next_frame(until)) is not None:
        frame = understood(tester, arrival)
        if frame is None or frame.sapi != MANAGEMENT:
            return arrival, frame
    return None


def told(arrival: Arrival, frame: Fr | None) -> str:
    """What has come, as text."""
    return f"octets that are no frame ({arrival.data.hex(' ')})" if frame is None else str(frame)


def send(tester: Tester, frame: Fr) -> None:
    """Put a frame on the line."""
    tester.send_frame(frame.octets(tester.station.side, tester.tei, tester.numbered_from))


def expect(tester: Tester, wanted: tuple[Fr, ...], until: Tick) -> None:
    """One of them is the next frame. Raises Failed."""
    waited = seconds(until - tester.now)
    found = next_frame(tester, until)
    if found is None:
        last = len(tester.station.records) - 1
        raise Failed(f"expected {either(wanted)}; nothing came in {waited:g} s", last)
    arrival, frame = found
    if frame is None or not any(same(each, frame, tester.tei) for each in wanted):
        raise Failed(f"expected {either(wanted)}; got {told(arrival, frame)}", arrival.frame)
    tester.mark = arrival.at


@dataclass(frozen=True, slots=True)
class Tx:
    """Send a frame."""

    frame: Fr

    def run(self, tester: Tester) -> None:
        """Send it."""
        send(tester, self.frame)

    def __str__(self) -> str:
        return f"send {self.frame}"


@dataclass(frozen=True, slots=True)
class Octets:
    """Send octets that need not be a frame, behind the address of the TEI under test."""

    data: bytes
    says: str
    is_command: bool = True

    def run(self, tester: Tester) -> None:
        """Send them."""
        head = Fr("DISC", command=self.is_command).octets(tester.station.side, tester.tei, 0)[:2]
        tester.send_frame(head + self.data)

    def __str__(self) -> str:
        return f"send {self.says} ({self.data.hex(' ')})"


@dataclass(frozen=True, slots=True, init=False)
class Rx:
    """Expect one of these frames, and no other before it."""

    wanted: tuple[Fr, ...]

    def __init__(self, *wanted: Fr) -> None:
        object.__setattr__(self, "wanted", wanted)

    def run(self, tester: Tester) -> None:
        """Wait for it. Raises Failed."""
        expect(tester, self.wanted, tester.now + patience(tester))

    def __str__(self) -> str:
        return f"expect {either(self.wanted)}"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Expect no frame. Without `timer` for half of T200, else for `times` of the timer."""

    timer: TimerName | None = None
    times: float = 1.0

    def run(self, tester: Tester) -> None:
        """Listen. Raises Failed."""
        span = hush(tester) if self.timer is None else round(duration(tester, self.timer) * self.times)
        found = next_frame(tester, tester.now + span)
        if found is not None:
            raise Failed(f"expected no frame; got {told(*found)}", found[0].frame)

    def __str__(self) -> str:
        return "expect no frame" + (
            "" if self.timer is None else f" for {self.times:g} x {self.timer.upper()}"
        )


@dataclass(frozen=True, slots=True, init=False)
class Expires:
    """Expect one of these frames when a timer of the implementation expires, within its tolerance."""

    timer: TimerName
    wanted: tuple[Fr, ...]

    def __init__(self, timer: TimerName, *wanted: Fr) -> None:
        object.__setattr__(self, "timer", timer)
        object.__setattr__(self, "wanted", wanted)

    def run(self, tester: Tester) -> None:
        """Wait from the mark on. Raises Failed."""
        value = duration(tester, self.timer)
        margin = round(value * tester.pixit.tolerance) + LINE
        self._not_before(tester, value - margin)
        expect(tester, self.wanted, tester.mark + value + margin)

    def _not_before(self, tester: Tester, after: Tick) -> None:
        found = next_frame(tester, tester.mark + after)
        if found is not None:
            at = seconds(found[0].at - tester.mark)
            raise Failed(
                f"expected {either(self.wanted)} when {self.timer.upper()} expires; "
                f"got {told(*found)} after {at:.2f} s",
                found[0].frame,
            )

    def __str__(self) -> str:
        return f"expect {either(self.wanted)} when {self.timer.upper()} expires"


Verb = Literal[
    "establish_link",
    "release_link",
    "send_data",
    "busy",
    "ready",
    "send_unit",
    "check_tei",
    "remove_tei",
    "verify_tei",
]


@dataclass(frozen=True, slots=True)
class Do:
    """Ask the implementation's user for a primitive."""

    verb: Verb
    data: bytes = b"\x55from the IUT"

    def run(self, tester: Tester) -> None:
        """Ask. Raises NotPossible."""
        upper = tester.upper
        tester.mark = tester.now
        if self.verb == "establish_link":
            upper.establish_link()
        elif self.verb == "release_link":
            upper.release_link()
        elif isinstance(upper, LinkUpper):
            self._ask(upper, tester.tei)
        else:
            raise NotPossible(f"needs {self._title()} at the IUT, which nobody can ask it for")

    def _ask(self, upper: LinkUpper, tei: int) -> None:
        match self.verb:
            case "send_data":
                upper.send_data(self.data)
            case "busy" | "ready":
                upper.set_busy(self.verb == "busy")
            case "send_unit":
                upper.send_unit(self.data)
            case "check_tei":
                upper.check_tei(tei)
            case "remove_tei":
                upper.remove_tei(tei)
            case _:
                upper.verify_tei()

    def _title(self) -> str:
        titles = {
            "establish_link": "DL-ESTABLISH request",
            "release_link": "DL-RELEASE request",
            "send_data": "DL-DATA request",
            "busy": "own receiver busy",
            "ready": "own receiver ready",
            "send_unit": "DL-UNIT DATA request",
            "check_tei": "check of the TEI",
            "remove_tei": "removal of the TEI",
            "verify_tei": "identity verify",
        }
        return titles[self.verb]

    def __str__(self) -> str:
        return f"IUT's user: {self._title()}"


@dataclass(frozen=True, slots=True)
class Perhaps:
    """What is left to the implementation: this frame or none."""

    frame: Fr

    def run(self, tester: Tester) -> None:
        """Raises Failed for another frame."""
        found = next_frame(tester, tester.now + hush(tester))
        if found is None or (found[1] is not None and same(self.frame, found[1], tester.tei)):
            return
        raise Failed(f"expected {self.frame} or nothing; got {told(*found)}", found[0].frame)

    def __str__(self) -> str:
        return f"expect {self.frame}, or no frame"


@dataclass(frozen=True, slots=True)
class Ended:
    """The data link procedure is over: the frame that was repeated each T200 comes no more.

    Its user may ask for the link again at once, which says nothing of the procedure: no verdict then.
    """

    repeated: str

    def run(self, tester: Tester) -> None:
        """Listen for one and a half T200 from the latest of those frames on. Raises Failed, Inconclusive."""
        t200 = duration(tester, "t200")
        margin = round(t200 * tester.pixit.tolerance) + LINE
        since = tester.repeated_at
        found = next_frame(tester, max(since + t200 * 3 // 2, tester.now + hush(tester)))
        if found is None:
            return
        arrival, frame = found
        if frame is not None and frame.kind == "SABME" and abs(arrival.at - since - t200) > margin:
            raise Inconclusive("the IUT's layer 3 asks for the data link again by itself", arrival.frame)
        raise Failed(f"expected no more {self.repeated}; got {told(arrival, frame)}", arrival.frame)

    def __str__(self) -> str:
        return f"expect no more {self.repeated}"


@dataclass(frozen=True, slots=True, init=False)
class Repeats:
    """Expect a frame again each time that T200 expires, as often as N200 says, and then no more."""

    frames: tuple[Fr, ...]
    """Any of them."""
    less: int
    """By how many fewer: what came before counts."""
    ends_in: tuple[Fr, ...]
    """What comes when T200 expires the last time."""

    def __init__(self, *frames: Fr, less: int = 0, ends_in: tuple[Fr, ...] = ()) -> None:
        object.__setattr__(self, "frames", frames)
        object.__setattr__(self, "less", less)
        object.__setattr__(self, "ends_in", ends_in)

    def run(self, tester: Tester) -> None:
        """Wait for all of them. Raises Failed."""
        for _ in range(int(tester.station.settings.n200) - self.less):
            Expires("t200", *self.frames).run(tester)
        tester.repeated_at = tester.mark
        if self.ends_in:
            Expires("t200", *self.ends_in).run(tester)
        else:
            Ended(self.frames[0].kind).run(tester)

    def __str__(self) -> str:
        less = f" less {self.less}" if self.less else ""
        last = f", then {either(self.ends_in)}" if self.ends_in else ", then no more"
        return f"expect {either(self.frames)} N200{less} times, at each T200{last}"
