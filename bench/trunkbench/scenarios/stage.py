"""What a scenario works with, and what comes of it: checks, calls, a verdict and an exit code.

A scenario plays on one bench and states checks as it goes. A check that does not hold is recorded and the
scenario goes on where that makes sense; a wait that fails ends it. The verdict says the worst of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from trunkbench.errors import CallFailed, MediaFailed, TargetNotReached
from trunkbench.hearing import misheard
from trunkbench.latency import Latency
from trunkbench.outcome import Heard
from trunkwire.ticks import Duration, Tick, seconds

if TYPE_CHECKING:
    from trunkbench.bench import Bench
    from trunkbench.call import Call
    from trunkbench.spankind import KindName
    from trunkwire.tones import ToneKind

Verdict = Literal["passed", "failed", "skipped"]
Kind = Literal["call", "target", "media"]

_EXIT_CODES: dict[Kind, int] = {
    "call": CallFailed.exit_code,
    "target": TargetNotReached.exit_code,
    "media": MediaFailed.exit_code,
}


class Skip(Exception):
    """The bench lacks what the scenario needs; the message says what."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that had to hold. `kind` decides the exit code if it did not."""

    text: str
    held: bool
    kind: Kind
    detail: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named play: what it shows, and how it is played."""

    name: str
    summary: str
    play: Callable[[Stage], None]
    kind: KindName | None = None
    """The kind of span that it is about, if it is about one. On a loopback bench without such a span it is
    played on the packaged bench of that kind; on hardware without one it is skipped.
    """
    facing: bool = False
    """Whether it needs both ends of every span to be ours, with nothing but the line between them."""
    maintenance: bool = False
    """Whether the switch of that span has to have SERVICE messages; the packaged bench is given one that has.
    """


class Stage:
    """A bench to play on, and the record of what held."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.checks: list[Check] = []
        self.notes: list[str] = []
        self.judgements: list[Callable[[], None]] = []
        self.progress: Callable[[str, int, int], None] | None = None
        """Told (what is going on, how many of them have got there, how many there are)."""

    def check(self, held: bool, text: str, *, kind: Kind = "call", detail: str = "") -> bool:
        """State that something had to hold; whether it did."""
        self.checks.append(Check(text, held, kind, "" if held else detail))
        return held

    def hears(self, call: Call, tone: ToneKind, which: str, *, within: Duration) -> bool:
        """The caller has to hear that tone; whether it did. What it heard instead is the reason."""
        heard = True
        detail = ""
        try:
            self.bench.run_until(call.hears(tone), within=within)
        except CallFailed as failure:
            heard = False
            detail = str(failure).partition("\n")[0]
            findings = call.outcome.findings
            if findings:
                detail += "; " + "; ".join(findings)
        return self.check(heard, f"{which}: the caller hears {tone.value} tone", kind="media", detail=detail)

    def judge_later(self, judgement: Callable[[], None]) -> None:
        """Judge something when the play is over: listening through many lines takes time that a card, which
        wants its octets, does not give while calls are up.
        """
        self.judgements.append(judgement)

    def hear_each_other(
        self, which: str, parties: list[Call], start: Tick, end: Tick, *, what: str = ""
    ) -> None:
        """Between these ticks each line has to hear the party on its own channel, all the time, and nobody
        else; judged when the play is over.
        """
        what = what or f"{which}: each of {len(parties)} parties hears the other on its channel"

        def judge() -> None:
            if not self.bench.far.ours:
                self.note(
                    f"{which}: audio was not judged: the far end's parties speak no identification tone"
                )
                return
            wrong = misheard(parties, start, end)
            self.check(not wrong, what, kind="media", detail="; ".join(wrong))

        self.judge_later(judge)

    def note(self, text: str) -> None:
        """Say something about the run that is no verdict."""
        self.notes.append(text)

    def show(self, what: str, done: int, total: int) -> None:
        """Tell whoever watches how far it has got."""
        if self.progress is not None:
            self.progress(what, done, total)

    def check_idle(self) -> None:
        """Everybody hangs up, and nothing at all is left."""
        left = self.bench.audit()
        self.check(not left, "every channel idle, nothing left behind", detail="; ".join(left))


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one scenario."""

    scenario: str
    verdict: Verdict
    reason: str
    depth: str
    seed: int
    line_time: Tick
    wall_s: float
    digest: str
    exit_code: int
    checks: tuple[Check, ...] = ()
    calls: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    """What limits the verdict: what was not played, and audio that was lost on the way."""
    artifacts: tuple[str, ...] = field(default=())
    latency: Latency = field(default_factory=Latency)
    """By the line's own time; empty on the software loopback, whose time is exact."""

    def to_json(self) -> dict[str, Any]:
        """The object that `trunkbench run --json` prints."""
        return {
            "scenario": self.scenario,
            "verdict": self.verdict,
            "reason": self.reason,
            "depth": self.depth,
            "seed": self.seed,
            "line_time_s": seconds(self.line_time),
            "wall_s": round(self.wall_s, 3),
            "digest": self.digest,
            "checks": [
                {"check": check.text, "held": check.held, "detail": check.detail} for check in self.checks
            ],
            "notes": list(self.notes),
            "latency": self.latency.to_json(),
            "calls": list(self.calls),
        }


def judge(checks: list[Check]) -> tuple[Verdict, str, int]:
    """The verdict on checks, its reason, and the exit code: the first one that did not hold decides."""
    failed = [check for check in checks if not check.held]
    if not failed:
        return "passed", "", 0
    first = failed[0]
    reason = f"{first.text}: {first.detail}" if first.detail else first.text
    if len(failed) > 1:
        reason += f" (and {len(failed) - 1} more)"
    return "failed", reason, _EXIT_CODES[first.kind]


def call_row(call: Call, epoch: Tick) -> dict[str, Any]:
    """One call as a row of the report, from the side that dialled it."""

    def at(tick: Tick | None) -> float | None:
        return None if tick is None else seconds(tick - epoch)

    def after_ms(tick: Tick | None) -> float | None:
        return None if tick is None else round(seconds(tick - call.dialled_at) * 1000, 3)

    outcome = call.outcome
    audible = [tick for tick in (call.alerting_at, call.progress_at, call.active_at, call.ended_at) if tick]
    return {
        "caller": call.caller,
        "called": call.called,
        "from": call.end,
        "span": call.span.label if call.span is not None else None,
        "channel": call.channel,
        "active_from_s": at(call.active_at),
        "active_to_s": at(call.ended_at if call.active_at is not None else None),
        "outcome": outcome.result,
        "cause": None if outcome.cause is None else int(outcome.cause),
        "decided_by": outcome.decided_by,
        "heard": [_heard_row(sound) for sound in outcome.heard],
        "t_first_response_ms": after_ms(call.first_response_at),
        "pdd_ms": after_ms(min(audible) if audible else None),
        "t_connect_ms": after_ms(call.active_at),
        "cleared_by": outcome.cleared_by,
        "findings": list(outcome.findings),
    }


def _heard_row(sound: Heard) -> dict[str, Any]:
    def rounded(value: float | None) -> float | None:
        return None if value is None else round(value, 1)

    return {
        "kind": sound.kind,
        "freq_hz": rounded(sound.freq_hz),
        "on_ms": rounded(sound.on_ms),
        "off_ms": rounded(sound.off_ms),
        "level_dbm0": rounded(sound.level_dbm0),
        "via": sound.via,
    }
