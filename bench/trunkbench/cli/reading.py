"""What every command that reads traces has in common: opening the file, and the options that say what its
content cannot tell.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from trunkbench.errors import FileError

if TYPE_CHECKING:
    from trunkbench.trace.inputs.options import InputOptions

_LAYERS = {"lapd": "LAPD", "q931": "Q931", "mtp2": "MTP2"}
"""What --user may name, and its member of Layer."""


@contextlib.contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The file, or standard input for "-". Raises FileError if it cannot be opened."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = open(name, "rb")  # noqa: SIM115, PTH123 - closed below; pathlib is slow to import
    except OSError as error:
        raise FileError(
            f"{name}: cannot be opened ({error.strerror}); give a trace that can be read"
        ) from error
    with file:
        yield file


def in_ascii(text: str, instead: dict[int, str]) -> str:
    """The text for a terminal that has no more than ASCII; `instead` is a table of `str.maketrans`."""
    return text.translate(instead).encode("ascii", "backslashreplace").decode("ascii")


def configure_reading(group: argparse._ArgumentGroup) -> None:
    """Declare the options."""
    group.add_argument(
        "--user",
        action="append",
        type=_user,
        default=[],
        metavar="N=LAYER",
        help=f"what link type USER<N> (0 to 15) carries: {', '.join(_LAYERS)}",
    )
    group.add_argument(
        "--satop",
        action="append",
        type=_port,
        default=[],
        metavar="PORT",
        help="a UDP port that carries SAToP (RFC 4553), where its packets do not tell",
    )
    group.add_argument(
        "--cesopsn",
        action="append",
        type=_port_and_slots,
        default=[],
        metavar="PORT=TIMESLOTS",
        help="a UDP port that carries CESoPSN (RFC 5086), and of how many timeslots",
    )


def options_of(arguments: argparse.Namespace, *, audio: bool = False) -> InputOptions:
    """What the arguments say; `audio` asks for B channels too."""
    from trunkbench.trace.inputs.options import InputOptions
    from trunkbench.trace.record import Layer

    return InputOptions(
        user={number: Layer[layer] for number, layer in arguments.user},
        audio=audio,
        satop=frozenset(arguments.satop),
        cesopsn=dict(arguments.cesopsn),
        path=None if arguments.file == "-" else arguments.file,
    )


def _user(text: str) -> tuple[int, str]:
    number, _, layer = text.partition("=")
    if not number.isdecimal() or int(number) > 15 or layer.lower() not in _LAYERS:
        raise argparse.ArgumentTypeError(f"{text!r}: write it as 0=lapd (0 to 15; {', '.join(_LAYERS)})")
    return int(number), _LAYERS[layer.lower()]


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a UDP port (1 to 65535)")
    return int(text)


def _port_and_slots(text: str) -> tuple[int, int]:
    port, _, slots = text.partition("=")
    if not slots.isdecimal() or not 1 <= int(slots) <= 31:
        raise argparse.ArgumentTypeError(
            f"{text!r}: write it as 2142=31 (port and number of timeslots, 1 to 31)"
        )
    return _port(port), int(slots)
