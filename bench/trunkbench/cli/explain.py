"""`trunkbench explain FILE`: what went wrong in a trace, worst first, with frames, clause and what to look
at.

Reads whatever `trunkbench decode` reads. The exit code is 0 when the trace was explained, whatever was found;
1 when the file is damaged, or with --strict when a fault was found.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, BinaryIO

from trunkbench.cli.reading import configure_reading, in_ascii, opened, options_of

if TYPE_CHECKING:
    from trunkbench.trace.explain import Report
    from trunkbench.trace.inputs.options import InputOptions

FOUND = 1
"""Exit code with --strict when there is a fault, and of a damaged file: a check that failed."""

_ASCII = str.maketrans({"✗": "x", "·": "-", "→": ">", "–": "-", "…": "~"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", metavar="FILE", help="a trace in any form that decode reads; - for standard input"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object with all findings")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a fault was found")
    configure_reading(parser.add_argument_group("reading"))
    parser.add_argument("--colour", choices=("auto", "always", "never"), default="auto", help="default: auto")


def run(arguments: argparse.Namespace) -> int:
    """Explain the file; the exit code.

    Raises UsageError (exit code 2) if it is no trace, FileError (5) if it cannot be opened.
    """
    from trunkbench.trace.explain import Severity
    from trunkbench.trace.explain.text import lines_of, to_json

    with opened(arguments.file) as file:
        name = "standard input" if arguments.file == "-" else str(arguments.file)
        report, damaged, read = _read(file, name, options_of(arguments))
    if arguments.json:
        print(json.dumps(to_json(report, read), ensure_ascii=False))
    else:
        colour = arguments.colour == "always" or (arguments.colour == "auto" and sys.stdout.isatty())
        for line in lines_of(report, colour=colour, read=read):
            _say(line)
    found = arguments.strict and report.count(Severity.FAULT)
    return FOUND if damaged or found else 0


def _read(file: BinaryIO, name: str, options: InputOptions) -> tuple[Report, bool, list[str]]:
    """The report, whether the file was damaged (which goes to standard error where it occurs), and what it
    was read as.
    """
    from trunkbench.trace.capture import Damage
    from trunkbench.trace.decoder import Decoder
    from trunkbench.trace.explain import Explainer
    from trunkbench.trace.inputs import open_trace
    from trunkbench.trace.progress import Progress, wanted
    from trunkbench.trace.record import Foreign, FrameRecord, Happening

    decoder, explainer, damaged = Decoder(), Explainer(), False
    trace = open_trace(file, name, options)
    progress = Progress(file if wanted(streams=False) else None)
    try:
        for item in trace:
            progress.step()
            if isinstance(item, FrameRecord):
                explainer.frame(decoder.decode(item))
            elif isinstance(item, Happening):
                explainer.happening(item)
            elif isinstance(item, Foreign):
                explainer.foreign(item)
            elif isinstance(item, Damage):
                damaged = True
                progress.pause()
                print(f"trunkbench: {item.describe(name)}", file=sys.stderr)
    finally:
        progress.stop()
    return explainer.report(), damaged, [f"read as {trace.format}", *trace.findings]


def _say(line: str) -> None:
    """One line, in ASCII where the terminal has nothing better."""
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        line = in_ascii(line, _ASCII)
    print(line)
