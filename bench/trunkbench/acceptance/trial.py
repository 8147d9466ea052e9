"""One row being measured: the calls that are placed for it, the telephones that take them, and what held.

A trial hides where it runs. On the loopback the near exchange follows the services of the plan and the
premises are telephones and a trunk's far end; on a carrier's trunk calls leave and come back; in front of a
device under test its own plan answers.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from trunkbench.acceptance.desk import desk_hears
from trunkbench.acceptance.promise import OUTSIDE, callers_of, stranger
from trunkbench.acceptance.result import LEFT_OVER, CheckResult, PlaceResult, RowResult, Verdict
from trunkbench.acceptance.row import Aspect
from trunkbench.acceptance.tables import Plan
from trunkbench.access.calls import Caller
from trunkbench.conditions import When, all_of
from trunkbench.errors import CallFailed, NotOnThisBench
from trunkbench.hearing import listened, misheard
from trunkbench.outcome import Heard
from trunkbench.pairing import other_half
from trunkbench.scenarios.stage import call_row
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SECOND, Duration, Tick, seconds

if TYPE_CHECKING:
    from trunkbench.acceptance.row import Row
    from trunkbench.bench import Bench
    from trunkbench.call import Call

CONNECTS: Duration = "30s"
"""How long a call may take until it is answered or refused, beyond what its telephone waits."""

_AT_BOTH_ENDS: Duration = "200ms"
"""When one end has connected a call, the other has by then."""

LISTENS: Duration = "1s"
"""How long parties are listened to."""


_TOLD: Duration = "3s"
"""Busy tone is known by its cadence."""

_LONG_ENOUGH: Tick = 2 * SECOND
"""After so long on a line that hears nothing there is nothing to hear."""


class Trial:
    """A row on a bench."""

    def __init__(self, bench: Bench, row: Row) -> None:
        self.bench = bench
        self.row = row
        self.config = bench.config
        self.plan = Plan(bench.config)
        self.lines = self.plan.lines_behind(row.digits)
        self.trunks = self.plan.trunks_behind(row.digits)
        ours = {name for trunk in self.trunks for name in trunk.spans}
        self.outside = [span.name for span in self.config.spans if self.carrier and span.name not in ours]
        """The spans of a carrier's bench that are not the number's own: to call it from."""
        callers = callers_of(self.config, row.digits)
        self.caller: Caller = next((each for each in callers if each.area == row.subject), callers[0])
        """Who calls: somebody of the area that the row is about, or anybody."""
        if row.aspect is Aspect.AREA:
            self.caller = stranger(self.config, row.digits) or self.caller
        self.checks: list[CheckResult] = []
        self.figures: dict[str, Any] = {}
        self.places: list[PlaceResult] = []
        self.notes: list[str] = []
        self.measured = ""
        self._began = bench.now
        self._wall = time.perf_counter()

    # -- the record ---------------------------------------------------------------------------------------

    def check(self, held: bool, text: str, detail: str = "") -> bool:
        """State what had to hold; whether it did."""
        self.checks.append(CheckResult(text, held, "" if held else detail))
        return held

    def note(self, text: str) -> None:
        """Say what is no verdict, once."""
        if text not in self.notes:
            self.notes.append(text)

    def result(self) -> RowResult:
        """The row's result; everybody has to have hung up, and nothing may be left."""
        calls = [call_row(call, self.bench.timeline.epoch) for call in self.bench.near.calls]
        left = self.bench.audit()
        self.check(not left, LEFT_OVER, "; ".join(left))
        failed = [check for check in self.checks if not check.held]
        verdict: Verdict = "failed" if failed else "held"
        reason = ""
        if failed:
            first = failed[0]
            reason = f"{first.text}: {first.detail}" if first.detail else first.text
            reason += f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        row = self.row
        return RowResult(
            row=row.title,
            number=row.number,
            service=row.service,
            aspect=row.aspect.value,
            promise=row.promise,
            verdict=verdict,
            measured=self.measured,
            reason=reason,
            checks=tuple(self.checks),
            figures=self.figures,
            places=tuple(self.places),
            calls=tuple(calls),
            notes=(*self.notes, *self.bench.reservations()),
            line_time_s=seconds(self.bench.now - self._began),
            wall_s=round(time.perf_counter() - self._wall, 4),
        )

    # -- the premises -------------------------------------------------------------------------------------

    @property
    def carrier(self) -> bool:
        """Whether calls leave by the customer's own trunk and are brought back on it."""
        return self.config.bench.topology == "carrier"

    def premises(self) -> list[str]:
        """The numbers under which calls come in at the premises: of lines, and of trunks. Those that a call
        centre answers have no telephone of their own.
        """
        numbers = [*(line.number for line in self.lines), *(trunk.number for trunk in self.trunks)]
        centre = self.config.call_centre
        desk = () if centre is None else centre.answered(self.config.access)
        return [number for number in numbers if number not in desk]

    def answers(
        self,
        *,
        after: Duration = "1s",
        numbers: Sequence[str] | None = None,
        everybody: bool = False,
        engaged: str = "",
    ) -> None:
        """Every telephone behind the number (or of those numbers) rings, and is answered that long after.

        Of lines that ring together for one call one is answered, the first that is not `engaged`; with
        `everybody` all are, since each rings for a call of its own.
        """
        resting: set[str] = set()
        for pool in [] if everybody or numbers is not None else self.plan.pools():
            able = [line.number for line in pool.lines if line.takes and line.number != engaged]
            resting.update(able[1:])
        for number in self.premises() if numbers is None else numbers:
            phone = self.bench.far.number(number)
            if number in resting:
                phone.never_answers()
            else:
                phone.answers(after=after)

    def never_answers(self, numbers: Sequence[str]) -> None:
        """Nobody goes to these telephones."""
        for number in numbers:
            self.bench.far.number(number).never_answers()

    # -- calls --------------------------------------------------------------------------------------------

    def dial(
        self,
        number: str | None = None,
        *,
        shown: str | None = None,
        mobile: bool = False,
        itself: bool = False,
        withheld: bool = False,
    ) -> Call:
        """A call from outside to the row's number, or another. `shown` is the caller's own number; `itself`
        has the trunk call even where there is another line to call from.
        """
        called, near = self.row.digits if number is None else number, self.bench.near
        if near.switch is not None:
            return near.dial(called, caller=shown, area=self.caller.area, mobile=mobile, withheld=withheld)
        span = self._free_outside() if self.outside and not itself else None
        if span is None and self.carrier and self.trunks:
            span = self.trunks[0].spans[0]
        return near.dial(called, caller=shown or self.own_number(span), span=span)

    def _free_outside(self) -> str:
        """The first span to call from that has a channel left, or the last one."""
        ends = [end for end in self.bench.near.spans if end.config.name in self.outside]
        free = [end.config.name for end in ends if end.control.channels.pick() is not None]
        return free[0] if free else self.outside[-1]

    def own_number(self, span: str | None) -> str | None:
        """The number of the trunk that a span belongs to, which its calls may show; None if none is known."""
        return next((trunk.number for trunk in self.plan.trunks if span in trunk.spans), None)

    def set_time_of_day(self, at: Tick) -> None:
        """Let the exchange's clock say that time, ticks after midnight.

        Raises NotOnThisBench where the exchange is not the bench's own.
        """
        network = self.bench.network
        if network is None or self.bench.near.switch is None:
            raise NotOnThisBench("the exchange is not the bench's own: its clock cannot be set")
        network.midnight = self.bench.pump.now - at

    def place_from(self, source: str, *, shown: str | None = None) -> Call:
        """A call from one of the lines, or from the trunk with that number, to somebody outside.

        Raises NotOnThisBench where the premises are not the bench's own.
        """
        far = self.bench.far
        trunk = next((each for each in self.trunks if each.number == source), None)
        if trunk is None:
            return far.dial(OUTSIDE, line=source)
        return far.dial(OUTSIDE, span=trunk.spans[0], caller=shown or source)

    def same(self, number: str, wanted: str) -> bool:
        """Whether a number that is shown is the one meant, with or without the area code."""
        area = self.plan.area
        return bool(number) and number.removeprefix(area) == wanted.removeprefix(area)

    def settled(self, calls: Iterable[Call], within: Duration = CONNECTS) -> bool:
        """Run until each of the calls is connected or over, at both ends; whether that came about in time."""
        waited = list(calls)

        def since() -> Tick | None:
            """When the last of them came to something; asked after every step, for thirty calls at once."""
            came = [call.ended_at if call.active_at is None else call.active_at for call in waited]
            return None if None in came else max((at for at in came if at is not None), default=0)

        settled = When(f"{len(waited)} calls connected or over", since, lambda: None)
        try:
            self.bench.run_until(settled, within=within)
        except CallFailed:
            return False
        self.bench.run_for(_AT_BOTH_ENDS)
        return True

    def hears_out(self, call: Call) -> None:
        """Stay on a line that was refused until its tone can be told."""
        self.settled([call])
        if call.active_at is None:
            self.bench.run_for(_TOLD)

    def talking(self, calls: Iterable[Call]) -> list[Call]:
        """Those that are connected now."""
        return [call for call in calls if call.active_at is not None and call.ended_at is None]

    def arrived(self) -> list[Call]:
        """The calls that have come in at the premises so far."""
        return [call for call in self.bench.far.calls if not call.outgoing]

    def half(self, call: Call) -> Call | None:
        """The other party's handle on a call from outside, if it has one."""
        if self.bench.near.beyond is not None:
            up = self.talking(self.arrived())
            return up[0] if len(up) == 1 else other_half(call)
        where = place(call)
        halves = [
            each for each in self.arrived() if place(each) == where and each.active_at is not None and where
        ]
        return halves[-1] if halves else None

    @property
    def able(self) -> int:
        """How many calls this bench can have up to the row's number."""
        if self.outside:
            return sum(len(span.slots) for span in self.config.spans if span.name in self.outside)
        return self.bench.near.capacity

    def limit(self, promised: int) -> int:
        """How many calls are placed of those that are promised."""
        if not self.carrier or self.able >= promised:
            return promised
        if self.outside:
            self.note(f"{self.able} of {promised}: there are no more channels to call from")
        else:
            why = "a call that the carrier brings back takes two channels of the trunk"
            self.note(f"{self.able} of {promised}: {why}")
        return self.able

    def end(self, calls: Iterable[Call]) -> None:
        """The callers hang up, and the trunk is idle again."""
        calls = list(calls)
        for call in calls:
            call.hang_up()
        self.bench.run_until(all_of(call.cleared for call in calls), within="60s")
        self.bench.run_for("1s")

    # -- listening ----------------------------------------------------------------------------------------

    def hear_each_other(self, calls: Sequence[Call]) -> int:
        """Listen to the parties of calls that are connected, both ways; how many hear the right one."""
        start = self.bench.pump.now
        self.bench.run_for(LISTENS)
        if not self.bench.far.ours:
            self.note("audio was not judged: the device's parties speak no identification tone")
            return 0
        stories = []
        well = 0
        at_desk = desk_hears(self, calls)
        for call in calls:
            half = self.half(call)
            hears = at_desk.get(call, "") if call in at_desk else self._hears(call, start)
            there = "nobody is known there" if half is None else self._hears(half, start)
            well += (not hears) + (not there)
            stories += [text for text in (hears, there) if text]
            self.places.append(
                PlaceResult(
                    place=place(half or call) or "?",
                    caller=call.caller,
                    caller_hears=hears or "its party",
                    premises_hears=there or "its party",
                    held=not hears and not there,
                )
            )
        if at_desk:
            self.note("the call centre answers: callers hear its agents, or its announcement")
        self.check(not stories, "caller and called hear each other, each on its own line", "; ".join(stories))
        return well

    def _hears(self, call: Call, start: Tick) -> str:
        return "; ".join(misheard([call], start, self.bench.pump.now))


def place(call: Call) -> str:
    """The line or the channel of a call: "line 11111111", "E1 channel 3"; "" while it has none."""
    if call.span is None:
        return ""
    if call.line is not None:
        return call.span.label
    return "" if call.channel is None else f"{call.span.label} channel {call.channel}"


def place_name(call: Call) -> str:
    """The line's number or the span's name: what the plan calls the place."""
    if call.line is not None:
        return call.line
    return "" if call.span is None else call.span.label


def is_at(call: Call | None, target: Sequence[str]) -> bool:
    """Whether a call was taken at one of the places of the plan: lines, or trunks by their spans."""
    return call is not None and any(place_name(call) in each.split(", ") for each in target)


def fate(call: Call) -> str:
    """What became of a call, and what its caller heard, in one line."""
    outcome = call.outcome
    if outcome.result == "answered":
        return "connected"
    cause = outcome.cause
    said = "" if cause is None else f", cause {int(cause)}"
    if isinstance(cause, Cause):
        said += f" ({cause.meaning})"
    heard = sounds(outcome.heard)
    if not heard and call.ended_at is not None and listened(call) < _LONG_ENOUGH:
        return f"{outcome.result}{said}"  # too soon to say what it hears
    return f"{outcome.result}{said}, hears {heard or 'nothing'}"


def sounds(heard: Iterable[Heard]) -> str:
    """What was heard, with its figures."""
    return ", ".join(_sound(each) for each in heard)


def _sound(sound: Heard) -> str:
    text = str(sound).rpartition(" (")[0]
    return text if sound.level_dbm0 is None else f"{text} {sound.level_dbm0:.0f} dBm0"


__all__ = ["CONNECTS", "Trial", "fate", "is_at", "place", "place_name", "sounds"]
