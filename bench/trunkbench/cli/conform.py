"""`trunkbench conform`: judge an implementation by the cases of the conformance suite
(docs/conformance.md).

The exit code is 0 when every case that was asked for passed, 1 when one failed, and 3 when none failed
but some gave no verdict.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkbench.config import BenchConfig
    from trunkbench.conform.case import Case, Summary

_FAILED, _NO_VERDICT = 1, 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "groups",
        nargs="*",
        metavar="GROUP",
        help="cases: a group such as q931/user/U4, a case, or its id; wildcards allowed (default: all)",
    )
    parser.add_argument(
        "--role", required=True, choices=("user", "network"), help="the role of the implementation under test"
    )
    parser.add_argument(
        "--hw",
        metavar="FILE",
        help="TOML file of the bench (default: our own stack on the software loopback)",
    )
    parser.add_argument(
        "--depth",
        choices=("event", "bits"),
        help="render the loopback's line bits where someone looks (event), or all of them (bits)",
    )
    parser.add_argument("--list", action="store_true", help="name the cases and what for, and leave")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="every case with its ladder; with --list, with its steps"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a case, one a line")
    parser.add_argument("--junit", metavar="FILE", type=Path, help="write a JUnit report")
    parser.add_argument("--html", metavar="FILE", type=Path, help="write the run as one HTML page")


def run(arguments: argparse.Namespace) -> int:
    """Run what was asked for; the exit code."""
    from trunkbench.config import load_config
    from trunkbench.conform.catalogue import catalogue, select
    from trunkwire.side import Side

    role = Side(arguments.role)
    cases = select(catalogue(role), arguments.groups)
    if arguments.list:
        _list(cases, verbose=arguments.verbose)
        return 0
    config = load_config(arguments.hw)
    for path in (arguments.junit, arguments.html):
        if path is not None:  # a place that cannot be written to is better found out before the run
            path.touch()
    return _judge(config, role, cases, arguments)


def _judge(config: BenchConfig, role: object, cases: Sequence[Case], arguments: argparse.Namespace) -> int:
    from trunkbench.conform.case import Summary, Verdict
    from trunkbench.conform.run import run_cases
    from trunkbench.conform.session import Session
    from trunkbench.conform.show import Watcher, account, closing
    from trunkbench.lock import BenchLock
    from trunkwire.side import Side

    assert isinstance(role, Side)
    summary = Summary()
    began = time.perf_counter()

    def tell(request: str) -> None:
        print(f"operator: {request}", file=sys.stderr, flush=True)

    try:
        with (
            BenchLock(config, _waiting),
            Session(config, role, depth=arguments.depth, tell=tell) as session,
            Watcher(enabled=not arguments.json) as watcher,
        ):
            run_cases(session, cases, watcher.show, summary=summary)
    finally:  # also after Ctrl-C, and when the line is lost: what was found out is not lost
        name = (
            f"{config.dut.name if config.dut and config.dut.name else config.bench.name}, {role.value} side"
        )
        headline = closing(summary, len(cases), name, time.perf_counter() - began)
        _report(summary, name, headline, arguments)
    if arguments.verbose and not arguments.json:
        print("\n".join(account(result, ladder=True) for result in summary.of(Verdict.PASS)))
    if summary.count(Verdict.FAIL):
        return _FAILED
    return _NO_VERDICT if summary.count(Verdict.INCONCLUSIVE) else 0


def _report(summary: Summary, name: str, headline: str, arguments: argparse.Namespace) -> None:
    from trunkbench.conform.case import Verdict
    from trunkbench.conform.html import html
    from trunkbench.conform.junit import junit
    from trunkbench.conform.show import account, group_table

    if arguments.junit is not None:
        arguments.junit.write_text(junit(summary, name), encoding="utf-8")
    if arguments.html is not None:
        arguments.html.write_text(html(summary, name, headline), encoding="utf-8")
    if arguments.json:
        for result in summary.results:
            print(json.dumps(result.to_json(), ensure_ascii=False))
        return
    if summary.results:
        print(group_table(summary))
        print()
    for result in summary.of(Verdict.FAIL):
        print(account(result, ladder=True))
    for result in summary.of(Verdict.INCONCLUSIVE):
        print(account(result, ladder=arguments.verbose))
    print(headline, flush=True)


def _list(cases: Sequence[Case], *, verbose: bool) -> None:
    for case in cases:
        print(f"{case.id}  {case.path}\n    {case.purpose} ({case.clause})")
        if verbose:
            print("\n".join(f"      {number}. {step}" for number, step in enumerate(case.steps(), 1)))


def _waiting(port: str, holder: str) -> None:
    """Somebody else has the port: say why nothing goes on."""
    print(f"trunkbench: waiting for {port}, held by {holder}", file=sys.stderr, flush=True)
