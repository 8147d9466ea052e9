"""`trunkbench doctor`: examine a bench step by step, and say for each failure what to do.

The exit code is that of the first step that failed: 5 up to the D channel, 1 if the call failed, 4 if what is
heard is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkbench.doctor.findings import Finding, Findings

_WIDTH = 100
_INDENT = 18
_MARKS = {"ok": "✓", "failed": "✗", "not tried": "–"}
_COLOURS = {"ok": "\x1b[32m", "failed": "\x1b[1;31m", "not tried": "\x1b[2m"}
_PLAIN = "\x1b[0m"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--hw", metavar="FILE", help="TOML file of the bench (default: the software loopback)"
    )
    parser.add_argument(
        "--listen",
        metavar="TIME",
        default="10s",
        help="how long the line is watched for alarms and slips (default: 10s)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object with all steps")


def run(arguments: argparse.Namespace) -> int:
    """Examine; the exit code."""
    from trunkbench.config import load_config
    from trunkbench.doctor.examination import Examination
    from trunkbench.doctor.findings import Findings
    from trunkbench.errors import ConfigError, UsageError
    from trunkwire.ticks import seconds, ticks

    try:
        listen = ticks(arguments.listen)
    except ValueError as error:
        raise UsageError(f"--listen: {error}") from error
    tell = _silent if arguments.json else _show
    try:
        config = load_config(arguments.hw)
    except ConfigError as error:
        findings = Findings(tell)
        findings.failed("configuration", str(error), "nothing was opened; correct the file and start again")
        findings.rest("the configuration has to be right first")
    else:
        findings = Examination(config, listen=listen, tell=tell).run()
    if arguments.json:
        report = {
            "exit_code": findings.exit_code,
            "line_time_s": seconds(findings.line_time),
            "steps": findings.to_json(),
        }
        print(json.dumps(report, ensure_ascii=False))
    else:
        print("\n" + textwrap.fill(verdict(findings), _WIDTH))
    return findings.exit_code


def verdict(findings: Findings) -> str:
    """The last line."""
    failed = [found.step for found in findings.found if found.state == "failed"]
    skipped = [found.step for found in findings.found if found.state == "not tried"]
    if failed:
        left = f" Not examined: {', '.join(dict.fromkeys(skipped))}." if skipped else ""
        return f"This bench is not fit to test on: {', '.join(dict.fromkeys(failed))}.{left}"
    if skipped:
        return f"Nothing is wrong as far as could be seen; not examined: {', '.join(dict.fromkeys(skipped))}."
    return "This bench is fit to test on."


def lines_of(finding: Finding, *, colour: bool = False) -> list[str]:
    """One finding as it is shown: a mark, the step, what was found, and what to do."""
    mark = _MARKS[finding.state]
    head = f"{mark} {finding.step:<{_INDENT - 3}} "
    body = [
        line
        for part in finding.text.split("\n")
        for line in textwrap.wrap(part, _WIDTH - _INDENT, break_long_words=False, break_on_hyphens=False)
    ] or [""]
    lines = [head + body[0], *(" " * _INDENT + line for line in body[1:])]
    for advice in finding.advice:
        first, *more = textwrap.wrap(
            advice, _WIDTH - _INDENT - 2, break_long_words=False, break_on_hyphens=False
        )
        lines += [" " * _INDENT + "→ " + first, *(" " * (_INDENT + 2) + line for line in more)]
    if colour:
        lines[0] = lines[0].replace(mark, f"{_COLOURS[finding.state]}{mark}{_PLAIN}", 1)
    return lines


def _show(finding: Finding) -> None:
    colour = sys.stdout.isatty()
    print("\n".join(lines_of(finding, colour=colour)), flush=True)


def _silent(finding: Finding) -> None:
    return None
