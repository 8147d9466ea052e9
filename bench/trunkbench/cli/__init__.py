"""The command line: `trunkbench run | decode | explain …`, its exit codes, and how errors reach the terminal.

A subcommand is a module of this package, imported only when it is asked for, with two functions:
`configure(parser)` declares its arguments and `run(arguments)` does the work and gives the exit code.
"""

from __future__ import annotations

import argparse
import atexit
import codecs
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Protocol, cast

COMMANDS = {
    "run": "run scenarios on a bench: place calls, listen, give verdicts",
    "conform": "judge an implementation by the cases of Q.931 and Q.921, one by one",
    "decode": "show what a trace says, in whatever form it is: frames, fields, calls, ladders",
    "explain": "say what went wrong in a trace, worst first, and what to look at",
    "advise": "how many channels and agents a busy hour needs, and what they cost",
    "accept": "is what was ordered what was delivered: every promise of a number plan, measured",
    "services": "the numbers people dial: what each access service is, in English and Chinese",
    "simulate": "calls at random in virtual time: blocking and waiting, beside the formulas",
    "e1d-serve": "offer a span to other programs, as osmo-e1d offers an icE1usb",
    "ports": "list the ports of this machine, and what each can do",
    "doctor": "examine a bench step by step, and say for each failure what to do",
    "demo": "the main job in one go: thirty callers talk, the thirty-first hears busy",
}
"""Each subcommand, which is also its module's name (with an underscore for a dash), and what it does."""

EXIT_CODES = """\
exit codes:
  0    all held
  1    a call or a check failed; decode, explain: the file is damaged, or --strict found a fault
  2    usage: the command line asks for something that does not exist; decode: the file is no capture
  3    target not reached: fewer calls ran than were asked for; conform: a case gave no verdict
  4    media failed: the signalling held and the audio did not
  5    infrastructure: a port, a configuration, a peer, a file that cannot be opened
  130  interrupted (Ctrl-C): calls were cleared and capture files closed
"""

INFRASTRUCTURE = 5
INTERRUPTED = 130
_BROKEN_PIPE = 141  # as a shell reports death by SIGPIPE: the reader has left, a verdict may be lost


class _Command(Protocol):
    """What a subcommand's module provides."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do the work; the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (by default the process's own); the exit code."""
    if argv is None:
        argv = sys.argv[1:]
        # What is left at the end goes with the process: it takes long to look for circles in it.
        atexit.register(gc.freeze)
        _encode_everything()
    argv = list(argv)
    try:
        return _dispatch(argv)
    except KeyboardInterrupt as interrupt:
        notes = getattr(interrupt, "__notes__", ())
        print("\n".join(("trunkbench: interrupted", *notes)), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes standard output once more when it exits: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE


def _encode_everything() -> None:
    """Text that the terminal's encoding does not have is escaped (\\u4e00), as JSON and Python read it."""
    codecs.register_error("trunkbench.escape", _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="trunkbench.escape")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """The error handler: each UTF-16 unit as an escape of four digits."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2)), error.end


def build_parser(
    command: str | None = None, *, alone: bool = False
) -> tuple[argparse.ArgumentParser, _Command | None]:
    """The parser, with the arguments of `command` and of no other, and that command's module.

    `alone` says that nothing stands before the command, so that nobody will ask for the others.
    """
    parser = argparse.ArgumentParser(
        prog="trunkbench",
        description="A hardware-in-the-loop test bench for E1/PRI trunks, or for the software loopback.",
        epilog=EXIT_CODES,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the program's version and exit")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, prog="trunkbench")
    module = None
    for name, summary in COMMANDS.items():
        if alone and command in COMMANDS and name != command:
            continue
        subparser = subparsers.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=EXIT_CODES,
            formatter_class=_Help,
        )
        if name == command:
            module = cast(_Command, importlib.import_module(f"trunkbench.cli.{name.replace('-', '_')}"))
            module.configure(subparser)
    return parser, module


def _dispatch(argv: list[str]) -> int:
    """Import the command that is named, parse, run, and turn errors into messages and exit codes."""
    from trunkbench.errors import TrunkbenchError

    command = next((word for word in argv if not word.startswith("-")), None)
    try:
        parser, module = build_parser(command, alone=argv[:1] == [command])
        arguments = parser.parse_args(argv)
        if module is None:  # argparse has refused every other word
            parser.error("no command given")
        code = module.run(arguments)
        sys.stdout.flush()
        return code
    except TrunkbenchError as error:
        print(f"trunkbench: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"trunkbench: {where}{error.strerror or error}", file=sys.stderr)
        return INFRASTRUCTURE
    except Exception:
        # Exit code 1 would read as the verdict on a call.
        import traceback

        traceback.print_exc()
        print("trunkbench: this is a fault of trunkbench itself; please report it", file=sys.stderr)
        return INFRASTRUCTURE


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; the base imports shutil to find out, once an argument is declared."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """Columns of the terminal, as `shutil.get_terminal_size` has them."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that import takes longer than all the rest."""

    def __call__(self, parser: argparse.ArgumentParser, *_arguments: object) -> None:
        print(f"trunkbench {version()}")
        parser.exit()


def version() -> str:
    """The version that is installed."""
    import importlib.metadata

    try:
        return importlib.metadata.version("trunkbench")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"
