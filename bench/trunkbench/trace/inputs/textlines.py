"""Lines of text logs as they come out of terminals, files and mails, without colours, CR and odd octets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from trunkbench.trace.inputs.source import Source

LONGEST = 64 * 1024
"""Octets of a line; what is longer is cut into several."""
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()*+][0-9A-Za-z]|[@-Z\\^_=>])"
)
_DROPPED = dict.fromkeys((*range(9), *range(10, 32), 127, 0xFEFF))
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27, 8}


class Line(NamedTuple):
    """A line: its text, its number from 1, and the octet at which it begins."""

    text: str
    number: int
    offset: int


def clean(octets: bytes) -> str:
    """The text of a line without its end, escape sequences and control characters."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    if "\x1b" in text:
        text = _ESCAPES.sub("", text)
    if "\b" in text:
        text = _rubbed_out(text)
    return text if text.isprintable() else text.translate(_DROPPED)


def _rubbed_out(text: str) -> str:
    """What a terminal shows of a text with backspaces (a pager's prompt is taken back with them)."""
    kept: list[str] = []
    for sign in text:
        if sign != "\b":
            kept.append(sign)
        elif kept:
            kept.pop()
    return "".join(kept)


def lines_of(source: Source) -> Iterator[Line]:
    """The lines of a source, as they come."""
    number = 0
    while True:
        offset = source.offset
        octets = source.readline(LONGEST)
        if not octets:
            return
        number += 1
        yield Line(clean(octets), number, offset)


def head_lines(head: bytes) -> list[str] | None:
    """The whole lines of the first octets of a file, None if they are no text."""
    sample = head[:4096]
    if not sample or sum(octet in _CONTROLS for octet in sample) * 50 > len(sample):
        return None
    lines = head.split(b"\n")
    if len(lines) > 1 and len(head) >= 32 * 1024:
        lines.pop()  # may be cut
    return [clean(line) for line in lines]
