"""What an examination finds, step by step: how each step went, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from trunkwire.ticks import Tick

Step = Literal[
    "configuration",
    "permissions",
    "device",
    "timeslots",
    "clock source",
    "line",
    "D channel",
    "call",
    "numbering",
    "audio",
    "latency",
]
STEPS: tuple[Step, ...] = Step.__args__  # type: ignore[attr-defined]
"""In the order in which they are taken: each needs those before it."""

State = Literal["ok", "failed", "not tried"]

INFRASTRUCTURE = 5
CALL_FAILED = 1
MEDIA_FAILED = 4

EXIT_CODES: dict[Step, int] = dict.fromkeys(STEPS, INFRASTRUCTURE) | {
    "call": CALL_FAILED,
    "numbering": MEDIA_FAILED,
    "audio": MEDIA_FAILED,
    "latency": MEDIA_FAILED,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """How one step went. `advice` is what to do, most likely first."""

    step: Step
    state: State
    text: str
    advice: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """All that was found; `tell` hears of each as it is found."""

    tell: Callable[[Finding], None]
    found: list[Finding] = field(default_factory=list)
    line_time: Tick = 0
    """How long it all took on the line."""

    def ok(self, step: Step, text: str, *advice: str) -> None:
        """The step went well; there may be something to know all the same."""
        self._add(Finding(step, "ok", text, advice))

    def failed(self, step: Step, text: str, *advice: str) -> None:
        """The step showed what is wrong."""
        self._add(Finding(step, "failed", text, advice))

    def not_tried(self, step: Step, why: str) -> None:
        """The step could not be taken, without that being a fault."""
        self._add(Finding(step, "not tried", why))

    def rest(self, why: str) -> None:
        """None of the steps that are left can be taken; nothing is told of them one by one."""
        taken = {finding.step for finding in self.found}
        self.found += [Finding(step, "not tried", why) for step in STEPS if step not in taken]

    @property
    def exit_code(self) -> int:
        """That of the first step that failed; 0 if none did."""
        return next((EXIT_CODES[found.step] for found in self.found if found.state == "failed"), 0)

    def to_json(self) -> list[dict[str, Any]]:
        """For a program: one object a step."""
        return [
            {"step": found.step, "state": found.state, "text": found.text, "advice": list(found.advice)}
            for found in self.found
        ]

    def _add(self, finding: Finding) -> None:
        self.found.append(finding)
        self.tell(finding)


def ranges(slots: Iterable[int]) -> str:
    """Timeslots as people write them: "1–15, 17–31"."""
    runs: list[list[int]] = []
    for slot in sorted(slots):
        if runs and runs[-1][1] == slot - 1:
            runs[-1][1] = slot
        else:
            runs.append([slot, slot])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
