"""`trunkbench decode FILE`: what a D-channel capture says, as lines, as a tree, or as ladders of its calls.

Reads pcap and pcapng of link types 203 (LAPD) and 177 (Linux LAPD), from a file or from standard input ("-").
Broken frames are shown as broken and decoding goes on; damage of the file itself is reported on standard
error and makes the exit code 1. Output is coloured on a terminal only, and rich is imported only then.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from trunkbench.errors import FileError, UsageError

if TYPE_CHECKING:
    from trunkbench.trace.capture import Damage
    from trunkbench.trace.decoder import Decoded
    from trunkbench.trace.record import FrameRecord

_ASCII = str.maketrans(
    {"─": "-", "│": "|", "▶": ">", "◀": "<", "→": ">", "⋮": ":", "·": ".", "…": "~", "–": "-"}
)

DAMAGED = 1
"""Exit code when the file was read only in part: a check that failed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", metavar="FILE", help="pcap or pcapng, link type 203 or 177; - for standard input"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("-V", "--verbose", action="store_true", help="show every field with its octet and bits")
    how.add_argument("--ladder", action="store_true", help="draw each call as arrows between its two ends")
    parser.add_argument("--layer2", action="store_true", help="with --ladder: show supervisory frames too")
    parser.add_argument(
        "--call",
        type=_reference,
        metavar="REF",
        help="show only calls with this call reference (such as 65 or 0x41)",
    )
    parser.add_argument("--colour", choices=("auto", "always", "never"), default="auto", help="default: auto")


def run(arguments: argparse.Namespace) -> int:
    """Decode the file; 0, or 1 when it was damaged.

    Raises UsageError (exit code 2) if it is no capture, FileError (5) if it cannot be opened.
    """
    if arguments.layer2 and not arguments.ladder:
        raise UsageError("--layer2 belongs to --ladder; the lines and the tree always show layer 2")
    with _open(arguments.file) as file, _printer(arguments.colour) as say:
        return _Session(arguments, say).decode(file)


class _Session:
    """One run over one file."""

    def __init__(self, arguments: argparse.Namespace, say: Callable[[str], None]) -> None:
        self._name = "standard input" if arguments.file == "-" else str(arguments.file)
        self._reference: int | None = arguments.call
        self._arguments = arguments
        self._say = say
        self._damaged = False

    def decode(self, file: BinaryIO) -> int:
        """Read, decode and show everything."""
        from trunkbench.trace.decoder import Decoder

        decoder = Decoder()
        frames = (decoder.decode(record) for record in self._records(file))
        if self._arguments.ladder:
            self._ladder(list(frames))
        elif self._arguments.verbose:
            self._trees(frames)
        else:
            self._lines(frames)
        if decoder.contradictions:
            self._complain(
                f"{self._name}: the C/R bit of {decoder.contradictions} frames contradicts the side that the "
                "capture tells; the C/R bit was believed"
            )
        return DAMAGED if self._damaged else 0

    def _records(self, file: BinaryIO) -> Iterator[FrameRecord]:
        """The frames; damage goes to standard error where it occurs."""
        from trunkbench.trace.capture import Damage
        from trunkbench.trace.frames import read_frames

        for item in read_frames(file, self._name):
            if isinstance(item, Damage):
                self._damage(item)
            else:
                yield item

    def _damage(self, damage: Damage) -> None:
        self._damaged = True
        self._complain(damage.describe(self._name))

    def _complain(self, text: str) -> None:
        sys.stdout.flush()  # so that the complaint stands where it belongs when both go to one terminal
        print(f"trunkbench: {text}", file=sys.stderr)

    def _wanted(self, frame: Decoded) -> bool:
        return self._reference is None or frame.reference == self._reference

    def _lines(self, frames: Iterator[Decoded]) -> None:
        from trunkbench.trace.ladders import inference
        from trunkbench.trace.lines import HEADER, line

        epoch: int | None = None
        hows: dict[object, Decoded] = {}
        for frame in frames:
            if epoch is None:
                epoch = frame.record.at_ns
                self._say(HEADER)
            hows.setdefault(frame.how, frame)
            if self._wanted(frame):
                self._say(line(frame, epoch))
        if epoch is None:
            self._say("No frames.")
        elif told := inference(hows.values()):
            self._say(told)

    def _trees(self, frames: Iterator[Decoded]) -> None:
        from trunkbench.trace.tree import tree

        epoch: int | None = None
        for frame in frames:
            epoch = frame.record.at_ns if epoch is None else epoch
            if self._wanted(frame):
                self._say(tree(frame, epoch))
        if epoch is None:
            self._say("No frames.")

    def _ladder(self, frames: list[Decoded]) -> None:
        from trunkbench.trace.ladders import ladder_of

        self._say(ladder_of(frames, self._reference, layer2=self._arguments.layer2).rstrip("\n"))


def _reference(text: str) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a call reference: write it as 65 or 0x41"
        ) from None
    if not 0 <= value < 1 << 15:
        raise argparse.ArgumentTypeError(f"{text}: a call reference is 0 to 32767 (Q.931 4.3)")
    return value


@contextlib.contextmanager
def _open(name: str) -> Iterator[BinaryIO]:
    """The file, or standard input for "-"."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115 - closed below; reading errors are not opening errors
    except OSError as error:
        raise FileError(
            f"{name}: cannot be opened ({error.strerror}); give a pcap or pcapng capture"
        ) from error
    with file:
        yield file


@contextlib.contextmanager
def _printer(colour: str) -> Iterator[Callable[[str], None]]:
    """A function that prints one text: coloured or plain, in ASCII where the terminal has nothing better."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        "".join(map(chr, _ASCII)).encode(encoding)
        fits = True
    except (UnicodeEncodeError, LookupError):
        fits = False

    def plain(text: str) -> None:
        sys.stdout.write((text if fits else _reduced(text)) + "\n")

    if colour == "always" or (colour == "auto" and sys.stdout.isatty()):
        from trunkbench.trace.colour import painter

        paint = painter()
        yield paint if fits else lambda text: paint(_reduced(text))
    else:
        yield plain


def _reduced(text: str) -> str:
    """The text in ASCII, for a terminal that has no arrows and lines."""
    return text.translate(_ASCII).encode("ascii", "backslashreplace").decode("ascii")
