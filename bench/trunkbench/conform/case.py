"""A case and its verdict (ISO/IEC 9646-1): one purpose, one clause, a preamble, a script of steps.

A step is a small value that knows how to do itself on a tester and how to read as text; a script is a tuple
of them. Nothing runs when a case is made, so the catalogue can be listed, counted and documented.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from trunkbench.conform.tester import Tester
from trunkbench.trace.record import FrameRecord
from trunkwire.side import Side


class Verdict(enum.Enum):
    """What a case has shown (ISO/IEC 9646-1 10)."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


Access = Literal["any", "basic"]


class Step(Protocol):
    """One line of a script. `str()` of it is how the documents show it."""

    def run(self, tester: Tester) -> None:
        """Do it. Raises Failed, or Inconclusive."""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """One case. `group` is its path in the structure, `name` what tells it from the others of its group."""

    group: str
    name: str
    role: Side
    """The role of the implementation under test."""
    state: str
    """The state that the preamble takes it to, as the Recommendation names it (U4, N12, 7)."""
    purpose: str
    clause: str
    script: tuple[Step, ...]
    preamble: tuple[Step, ...] = ()
    postamble: tuple[Step, ...] = ()
    """What has to be put right after the script, before the call is cleared."""
    layer: int = 3
    access: Access = "any"
    """`basic`: it needs a D channel with TEI management, as a basic access has it."""
    id: str = ""
    """Given by the catalogue, after ETSI's way of numbering: Q931.U04_V_003."""

    @property
    def path(self) -> str:
        """What selects it, and names it in lists that are kept: it does not change when cases are added."""
        return f"{self.group}/{self.name}"

    def steps(self) -> list[str]:
        """The preamble and the script, a line each."""
        return [str(step) for step in (*self.preamble, *self.script)]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case. `frame` is the index of the deciding frame in `records`, None without one."""

    case: Case
    verdict: Verdict
    reason: str = ""
    frame: int | None = None
    records: tuple[FrameRecord, ...] = ()
    notes: tuple[str, ...] = ()
    line_time_s: float = 0.0

    @property
    def decided_by(self) -> str:
        """The deciding frame in hexadecimal, "" without one."""
        return "" if self.frame is None else self.records[self.frame].data.hex(" ")

    def ladder(self) -> str:
        """The case as arrows between the tester and the implementation under test."""
        from trunkbench.trace.ladders import ladder

        if not self.records:
            return "no frame crossed\n"
        if self.case.layer == 2:
            from trunkbench.conform.rungs import rungs

            return rungs(self.records, self.case.role.peer, self.frame)
        return ladder(self.records, ends=("tester", "IUT"))

    def to_json(self) -> dict[str, object]:
        """Plain data, for `--json`."""
        return {
            "id": self.case.id,
            "path": self.case.path,
            "purpose": self.case.purpose,
            "clause": self.case.clause,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "decided_by": self.decided_by or None,
            "notes": list(self.notes),
            "line_time_s": round(self.line_time_s, 6),
        }


@dataclass(slots=True)
class Summary:
    """The results of a run, counted."""

    results: list[CaseResult] = field(default_factory=list)

    def count(self, verdict: Verdict) -> int:
        """How many have it."""
        return sum(result.verdict is verdict for result in self.results)

    def by_group(self) -> dict[str, dict[Verdict, int]]:
        """Group path -> how many have which verdict."""
        found: dict[str, dict[Verdict, int]] = {}
        for result in self.results:
            counts = found.setdefault(result.case.group, dict.fromkeys(Verdict, 0))
            counts[result.verdict] += 1
        return found

    def of(self, verdict: Verdict) -> Sequence[CaseResult]:
        """The results that have it."""
        return [result for result in self.results if result.verdict is verdict]
