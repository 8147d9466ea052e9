"""What went wrong in a trace, worst first: findings with their frames, clause, meaning and what to look at.

`explain` reads decoded frames and happenings in their order, in bounded memory. The command line over it is
`trunkbench explain`; every kind of finding is listed in docs/explain.md.
"""

from __future__ import annotations

from trunkbench.trace.explain.explainer import KINDS, THEMES, Explainer, Report, explain
from trunkbench.trace.explain.finding import Finding, Kind, Severity

__all__ = ["KINDS", "THEMES", "Explainer", "Finding", "Kind", "Report", "Severity", "explain"]
