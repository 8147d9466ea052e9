"""`trunkbench decode FILE`: what a trace says, as lines, trees, fields, calls, ladders, or other files.

The file's format is recognised by its content; "-" is standard input. Broken frames are shown as broken and
decoding goes on; damage of the file itself is reported on standard error and makes the exit code 1. Output is
coloured on a terminal only, and rich is imported only then. The outputs stand in `trunkbench.trace.views`.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator

from trunkbench.cli.decodefilters import configure_filters, filters_of, not_of_audio
from trunkbench.cli.reading import configure_reading, in_ascii, opened, options_of
from trunkbench.errors import UsageError

_ASCII = str.maketrans(
    {"─": "-", "│": "|", "▶": ">", "◀": "<", "→": ">", "⋮": ":", "·": ".", "…": "~", "–": "-"}
)

DAMAGED = 1
"""Exit code when the file was read only in part, or with --strict a frame was broken: a check that failed."""

_PAGES = (".svg", ".html", ".htm")
_BARE = "-"
"""--ladder without a file."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",  # see `_settle_file`
        help="a trace: pcap, pcapng, EyeSDN, i4btrace, a log, octets of an E1 … (its content tells); "
        "- for standard input",
    )
    _configure_outputs(parser.add_argument_group("output (default: one line a frame)"))
    configure_filters(parser.add_argument_group("filters (all that are given must hold)"))
    reading = parser.add_argument_group("reading")
    reading.add_argument(
        "--follow", action="store_true", help="keep reading a file that grows, until Ctrl-C (exit code 0)"
    )
    configure_reading(reading)
    reading.add_argument(
        "--strict",
        action="store_true",
        help="exit code 1 too if a frame is broken, cut short or has a wrong FCS",
    )
    reading.add_argument(
        "-j", "--jobs", type=_jobs, default=1, metavar="N", help="processes to decode with; same output"
    )


def _configure_outputs(group: argparse._ArgumentGroup) -> None:
    group.add_argument("-V", "--verbose", action="store_true", help="every field with its octet and bits")
    group.add_argument(
        "-x", "--octets", action="store_true", help="every octet of the frame beside its field"
    )
    group.add_argument("--json", action="store_true", help="one JSON object a line; with --calls: one a call")
    group.add_argument(
        "--fields",
        metavar="A,B,…",
        help="tab-separated values of the fields with these names of Wireshark's, as tshark prints them",
    )
    group.add_argument("--calls", action="store_true", help="a row a call: who, when, how it ended")
    group.add_argument("--csv", action="store_true", help="with --calls: comma-separated values")
    group.add_argument(
        "--ladder",
        nargs="?",
        const=_BARE,
        metavar="OUT.svg|OUT.html",
        help="each call as arrows between its two ends: here, or as a picture or a page",
    )
    group.add_argument("--layer2", action="store_true", help="with --ladder: supervisory frames too")
    group.add_argument("--pcapng", metavar="OUT", help="write the frames as pcapng, with their directions")
    group.add_argument("--wav", metavar="DIR", help="write the audio of B channels, a file a channel")
    group.add_argument(
        "--parquet",
        metavar="OUT",
        help="write frames, and their calls beside them, as Parquet (needs pyarrow)",
    )
    group.add_argument("--colour", choices=("auto", "always", "never"), default="auto", help="default: auto")


def run(arguments: argparse.Namespace) -> int:
    """Decode the file; 0, or 1 when it was damaged.

    Raises UsageError (exit code 2) if it is no trace, FileError (5) if it cannot be opened.
    """
    from trunkbench.trace.garbage import spared_collections

    with spared_collections():
        return _decode(arguments)


def _decode(arguments: argparse.Namespace) -> int:
    from trunkbench.trace.views import VIEWS

    _settle_file(arguments)
    view = VIEWS[_chosen(arguments)]
    with opened(arguments.file) as file, _printer(arguments) as say:
        from trunkbench.trace.progress import Progress, wanted
        from trunkbench.trace.session import Session

        options = options_of(arguments, audio=arguments.wav is not None)
        name = "standard input" if arguments.file == "-" else arguments.file
        progress = Progress(file if wanted(view.streams) and not arguments.follow else None)
        session = Session(file, name, arguments, say, filters_of(arguments), options, progress)
        try:
            view.show(session)
        finally:
            progress.stop()
        session.finish()
    return DAMAGED if session.damaged or (arguments.strict and session.broken) else 0


def _settle_file(arguments: argparse.Namespace) -> None:
    """Give back the trace that --ladder took for its own file. Raises UsageError without a trace."""
    out = arguments.ladder
    if arguments.file is None and out not in (None, _BARE) and not out.lower().endswith(_PAGES):
        arguments.file, arguments.ladder = out, _BARE
    if arguments.file is None:
        raise UsageError("no trace is named: give a FILE, or - for standard input")


def _chosen(arguments: argparse.Namespace) -> str:
    """The output that is asked for. Raises UsageError for two of them, or for an option of another one."""
    asked = [name for name in ("verbose", "octets", "calls") if getattr(arguments, name)]
    asked += [name for name in ("fields", "pcapng", "wav", "parquet") if getattr(arguments, name) is not None]
    if arguments.ladder is not None:
        bare = arguments.ladder == _BARE
        if not bare and not arguments.ladder.lower().endswith(_PAGES):
            raise UsageError(
                f"--ladder {arguments.ladder}: the file's name must end in .svg or .html "
                "(a trace to be read comes before --ladder, or behind --)"
            )
        asked.append("ladder" if bare else "page")
    if arguments.json and not arguments.calls:
        asked.append("json")
    if len(asked) > 1:
        words = {"verbose": "-V", "octets": "-x", "page": "--ladder"}
        given = " and ".join(words.get(name, f"--{name}") for name in asked)
        raise UsageError(f"{given} are different outputs: give one of them")
    if arguments.layer2 and arguments.ladder is None:
        raise UsageError("--layer2 belongs to --ladder; the lines and the tree always show layer 2")
    if arguments.csv and not arguments.calls:
        raise UsageError("--csv belongs to --calls; --fields gives tab-separated values of frames")
    if arguments.wav is not None and (given := not_of_audio(arguments)):
        raise UsageError(f"{given} is about frames; --wav takes --channel, --since and --until")
    if arguments.csv and arguments.json:
        raise UsageError("--csv and --json are different forms of --calls: give one of them")
    return asked[0] if asked else "lines"


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes (1 to 256)")
    return int(text)


@contextlib.contextmanager
def _printer(arguments: argparse.Namespace) -> Iterator[Callable[[str], None]]:
    """A function that prints one text: coloured or plain, in ASCII where the terminal has nothing better."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        "".join(map(chr, _ASCII)).encode(encoding)
        fits = True
    except (UnicodeEncodeError, LookupError):
        fits = False

    def plain(text: str) -> None:
        sys.stdout.write((text if fits else in_ascii(text, _ASCII)) + "\n")

    if arguments.colour == "always" or (arguments.colour == "auto" and sys.stdout.isatty()):
        from trunkbench.trace.colour import painter

        paint = painter()
        yield paint if fits else lambda text: paint(in_ascii(text, _ASCII))
    else:
        yield plain
