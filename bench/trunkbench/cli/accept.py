"""`trunkbench accept`: is what was ordered what was delivered? Every promise of a number plan, measured.

The ready-made tests of `pytest_trunkbench.acceptance` run in a process of their own; this one shows how far
they are, ends in a table, and writes the report to hand over. The exit code is 0 when every row held, 1 when
one failed (its name is told), 3 when rows were left out, 5 when the bench itself is not to be had.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkbench.acceptance.report import Report
    from trunkbench.acceptance.show import Watcher

_PACKAGED = "loopback-call-centre.toml"

_INTERRUPTED, _USAGE, _BROKEN = 2, 4, 3
"""Exit codes of pytest's."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--hw",
        metavar="FILE",
        type=Path,
        help="TOML file of the bench, with its [access] plan (default: the packaged one, with every service)",
    )
    parser.add_argument(
        "--number",
        metavar="NUMBER",
        action="append",
        default=[],
        help="the rows of this number only; may be given again",
    )
    parser.add_argument(
        "--depth",
        choices=("event", "bits"),
        help="render the loopback's line bits where someone looks (event), or all of them (bits)",
    )
    parser.add_argument("--list", action="store_true", help="name the rows, with what is promised, and leave")
    parser.add_argument(
        "--html", metavar="OUT", type=Path, help="write the report as one self-contained page"
    )
    parser.add_argument(
        "--json", metavar="OUT", type=Path, help="write everything measured as JSON (- prints)"
    )
    parser.add_argument(
        "--artifacts",
        metavar="DIR",
        type=Path,
        help="where trace, ladder and audio of failed rows are kept (default: .trunkbench)",
    )
    parser.add_argument(
        "--fault",
        metavar="NAME[:NUMBER]",
        default="",
        help="break the simulated exchange on purpose, to see a row fail: dead-line, crossed-line, "
        "crossed-channel, left-out, virtual-shown, no-ringback, announcement, channel-short; NUMBER is "
        "the line or trunk that it is about (docs/accept.md)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure every row; the exit code."""
    from trunkbench.acceptance.report import Report
    from trunkbench.acceptance.rows import rows_of
    from trunkbench.cli import version
    from trunkbench.config import load_config, packaged_config

    with ExitStack() as stack:
        path = arguments.hw or stack.enter_context(_packaged())
        config = packaged_config(_PACKAGED) if arguments.hw is None else load_config(path)
        rows = rows_of(config, numbers=tuple(arguments.number))
        if arguments.list:
            print("\n".join(row.title for row in rows))
            return 0
        if arguments.fault:
            from trunkbench.acceptance.faults import check

            check(config, arguments.fault)
        for out in (arguments.html, arguments.json):
            if out is not None and str(out) != "-":  # a place that cannot be written to is found out now
                out.touch()
        report = Report(
            bench=config.bench.name,
            source=str(arguments.hw or f"packaged {_PACKAGED}"),
            topology=config.bench.topology,
            depth=arguments.depth or config.bench.depth,
            seed=config.bench.seed,
            fault=arguments.fault,
            version=version(),
            when=datetime.now().astimezone().isoformat(sep=" ", timespec="seconds"),
            asked=len(rows),
        )
        return _measure(report, path, arguments)


def _packaged() -> AbstractContextManager[Path]:
    """The packaged bench with every service on it, as a file."""
    from importlib import resources

    return resources.as_file(resources.files("trunkbench") / "data" / _PACKAGED)


def _measure(report: Report, path: Path, arguments: argparse.Namespace) -> int:
    """Run the tests, then report; also after Ctrl-C, since what was measured is not to be lost."""
    import time

    from trunkbench.acceptance.show import Watcher

    began = time.perf_counter()
    more = [f"--accept-number={number}" for number in arguments.number]
    if arguments.depth:
        more.append(f"--depth={arguments.depth}")
    if arguments.fault:
        more.append(f"--accept-fault={arguments.fault}")
    if arguments.artifacts is not None:
        more.append(f"--trunkbench-artifacts={arguments.artifacts}")
    quiet = str(arguments.json) == "-"
    code = 0
    try:
        with Watcher(enabled=not quiet) as watcher:
            code = _follow(report, watcher, [f"--hw={path.absolute()}", *more])
    finally:
        report.wall_s = time.perf_counter() - began
        _write(report, arguments)
    return code


def _follow(report: Report, watcher: Watcher, arguments: list[str]) -> int:
    from trunkbench.acceptance.child import Child, row_of
    from trunkbench.cli import INTERRUPTED

    with Child(arguments) as child:
        for event in child.events():
            if "rows" in event:
                watcher.total(len(event["rows"]))
            elif "begins" in event:
                watcher.begins(event["begins"])
            elif "row" in event:
                result = row_of(event)
                report.rows.append(result)
                watcher.ends(result)
            elif "error" in event and event["error"] not in report.errors:
                report.errors.append(event["error"])
    if child.code == _INTERRUPTED and not report.errors:  # pytest calls a failed collection so, too
        return INTERRUPTED
    if child.code in (_USAGE, _BROKEN) or (child.code is not None and child.code < 0):
        report.errors.append(f"the tests ended with pytest's exit code {child.code}")
    return report.exit_code


def _write(report: Report, arguments: argparse.Namespace) -> None:
    """The table, the page, and the JSON."""
    from trunkbench.acceptance.show import story

    if arguments.html is not None:
        from trunkbench.acceptance.html import html

        arguments.html.write_text(html(report), encoding="utf-8")
    if arguments.json is not None:
        text = json.dumps(report.to_json(), ensure_ascii=False, indent=2)
        if str(arguments.json) == "-":
            print(text, flush=True)
            return
        arguments.json.write_text(text + "\n", encoding="utf-8")
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    print(story(report, columns))
    if arguments.html is not None:
        print(f"report: {arguments.html}")
    sys.stdout.flush()
