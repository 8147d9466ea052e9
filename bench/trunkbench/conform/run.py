"""Running a selection of cases: in order, watched, and given up cleanly on Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from trunkbench.conform.case import Case, CaseResult, Summary
from trunkbench.conform.session import Session

Watch = Callable[[CaseResult, int, int], None]
"""Told of (the result, how many cases are done, how many there are)."""


def run_cases(
    session: Session, cases: Sequence[Case], watch: Watch | None = None, *, summary: Summary | None = None
) -> Summary:
    """Run the cases one after the other; their results, also in `summary` as they come.

    Ctrl-C clears the call that is up and is raised again, with a note of what was left; `summary` has
    what was done by then. Raises PeerError or PortError when the line is lost.
    """
    done = Summary() if summary is None else summary
    for number, case in enumerate(cases, 1):
        try:
            result = session.run(case)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(
                f"{case.path} was under way; {len(done.results)} of {len(cases)} cases were run"
            )
            for line in session.abandon():
                interrupt.add_note(f"  {line}")
            raise
        done.results.append(result)
        if watch is not None:
            watch(result, number, len(cases))
    return done
