"""Worker process: the whole conformance suite against an implementation of somebody else's, in both roles.

The request: `{"implementation": "libpri"}`. The result: its name, the table of groups,
and what came of each case.
Every case gets an implementation of its own, so that what one leaves behind decides nothing about the next.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Callable
from typing import Any

from conform_libpri import libpri
from conform_libpri_link import libpri_link
from conform_osmo import osmo
from peerlib import worker_main

from trunkbench.config import load_config
from trunkbench.conform.case import CaseResult, Summary
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.session import Implementation, Session
from trunkbench.conform.show import group_table
from trunkwire.side import Side

IMPLEMENTATIONS: dict[str, tuple[Callable[[], Implementation], str]] = {
    # name: (makes it, which cases are for it)
    "libpri": (libpri, "q931"),
    "libpri_link": (libpri_link, "q921"),
    "osmo": (osmo, "q921"),
}


def judge(implementation: Implementation, role: Side, pattern: str) -> list[CaseResult]:
    """Every case of the pattern, each on a line of its own."""
    results: list[CaseResult] = []
    cases = select(catalogue(role), [pattern])
    if all(case.layer == 2 for case in cases):  # then the session sees to that
        with Session(load_config(), role, implementation=implementation) as session:
            return [session.run(case) for case in cases]
    for case in cases:
        with Session(load_config(), role, implementation=implementation) as session:
            results.append(session.run(case))
    return results


def work(request: dict[str, Any]) -> dict[str, Any]:
    """All cases in both roles."""
    faulthandler.enable()
    make, pattern = IMPLEMENTATIONS[request["implementation"]]
    implementation = make()
    summary = Summary([result for role in Side for result in judge(implementation, role, pattern)])
    return {
        "name": implementation.name,
        "table": group_table(summary),
        "results": [result.to_json() for result in summary.results],
    }


if __name__ == "__main__":
    worker_main(work)
