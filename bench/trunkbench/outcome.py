"""The outcome of a call: one verdict from what was signalled, who decided it, and what was heard.

Busy is one verdict, not three facts side by side: the cause (Q.850), the end that decided (the near
exchange before anything was sent, or the far end), and the tone on the caller's line. Where these
contradict each other, the contradiction is a finding of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trunkwire.q931.causes import Cause

End = Literal["near", "far"]
Via = Literal["trunk", "local"]

Result = Literal[
    "in-progress",
    "answered",
    "busy",
    "no-circuit",
    "unallocated",
    "rejected",
    "no-answer",
    "abandoned",
    "failed",
]

NO_CIRCUIT_CAUSES = frozenset({Cause.NO_CIRCUIT, Cause.SWITCH_CONGESTION, Cause.CHANNEL_UNAVAILABLE})
UNOBTAINABLE_CAUSES = frozenset({Cause.UNALLOCATED, Cause.INVALID_NUMBER_FORMAT})

_RESULTS: dict[int, Result] = {
    **dict.fromkeys(NO_CIRCUIT_CAUSES, "no-circuit"),
    **dict.fromkeys(UNOBTAINABLE_CAUSES, "unallocated"),
    Cause.USER_BUSY: "busy",
    Cause.CALL_REJECTED: "rejected",
    Cause.NO_USER_RESPONDING: "no-answer",
    Cause.NO_ANSWER: "no-answer",
    Cause.TIMER_EXPIRY: "no-answer",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """One sound on a line.

    `kind` is a tone kind of the line's zone in lower case, `ident` (another party's identification tone),
    `speech`, or `unknown` for a tone that the zone does not have; figures are measured. `on_ms` and
    `off_ms` are None for what has no cadence. `via` says whether it came over the trunk or from the local
    exchange.
    """

    kind: str
    freq_hz: float | None
    on_ms: float | None
    off_ms: float | None
    level_dbm0: float | None
    via: Via

    def __str__(self) -> str:
        text = self.kind
        if self.freq_hz is not None:
            text += f" {self.freq_hz:.0f} Hz"
        if self.on_ms is not None and self.off_ms is not None:
            text += f" {self.on_ms:.0f}/{self.off_ms:.0f} ms"
        return f"{text} ({self.via})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict on one call, from one party's side."""

    result: Result
    cause: Cause | int | None
    decided_by: End | None
    cleared_by: End | None
    heard: tuple[Heard, ...] = ()
    findings: tuple[str, ...] = ()
    """Contradictions between what was signalled and what was heard, worst first."""


def result_of(*, over: bool, answered: bool, cause: int | None, gave_up: bool) -> Result:
    """The name of what became of a call.

    `gave_up`: the caller hung up before anybody answered.
    """
    if answered:
        return "answered"
    if not over and cause is None:
        return "in-progress"
    if gave_up:
        return "abandoned"
    if cause is None:
        return "failed"
    return _RESULTS.get(cause, "failed")


def contradictions(
    *, cause: int | None, answered: bool, in_band_promised: bool, heard: tuple[Heard, ...], listened: bool
) -> tuple[str, ...]:
    """What was signalled and what was heard, where the two disagree (Q.850; Q.931 5.4).

    `in_band_promised`: the far end announced in-band information (progress description 1 or 8) when it
    cleared. `listened`: somebody was on the line long enough for hearing nothing to mean anything.
    """
    if answered:
        return ()
    findings = []
    over_trunk = [sound for sound in heard if sound.via == "trunk"]
    kinds = {sound.kind for sound in over_trunk}
    if in_band_promised and listened and not over_trunk:
        findings.append("in-band information was announced (progress indicator), and the channel is silent")
    if cause == Cause.NORMAL_CLEARING and "busy" in kinds:
        findings.append("busy tone in-band, but cause 16 (normal clearing): a busy user is cause 17")
    if cause == Cause.USER_BUSY and in_band_promised and over_trunk and "busy" not in kinds:
        last = over_trunk[-1]
        findings.append(f"cause 17 (user busy), but the line gives {last}")
    return tuple(findings)
