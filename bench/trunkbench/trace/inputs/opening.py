"""Opening a trace: its format recognised by its content, and what it holds read lazily."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from trunkbench.trace.capture import NotACapture
from trunkbench.trace.inputs.leading import behind_lead
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.inputs.registry import ENTRIES, Entry, Reader
from trunkbench.trace.inputs.seen import what_is
from trunkbench.trace.inputs.source import HEAD, Source

_TELLING = 64
"""Octets that tell what a capture is, beyond its magic."""
_UNLIKELY = 16
"""Octets below which an empty-looking followed file is waited for rather than refused."""


class Trace:
    """A trace that was opened: iterate over it once.

    `format` says in words what it is ("gzip, pcap, link type 203 (LAPD)"). `findings` grows while it is read
    ("E1 octets, least significant bit first, aligned at bit 3").
    """

    def __init__(self, source: Source, name: str, options: InputOptions, reader: Reader, words: str) -> None:
        self.source = source
        self.name = name
        self.format = ", ".join((*source.layers, words))
        self.findings: list[str] = []
        self._options = options
        self._reader = reader

    @property
    def captured(self) -> bool:
        """Whether it is a capture of packets, pcap or pcapng."""
        return self._read_by(".packets")

    @property
    def recorded(self) -> bool:
        """Whether it consists of records that a probe or a driver wrote, among which are happenings too."""
        return self._read_by(".eyesdn", ".i4btrace")

    def _read_by(self, *names: str) -> bool:
        return str(getattr(self._reader, "__name__", "")).endswith(names)

    def __iter__(self) -> Iterator[Item]:
        """Everything in the trace, in its order; what was found wrong below it (compression) comes last."""
        yield from self._reader.read(self.source, self.name, self._options, self)
        yield from self.source.problems
        self.source.problems.clear()


def open_trace(stream: BinaryIO, name: str, options: InputOptions | None = None) -> Trace:
    """The trace in `stream`, read once from its current position; it needs no seek and may be a pipe.

    Raises NotACapture, naming what was seen and what is read, when it is of no known format.
    """
    options = options or InputOptions()
    source = Source(stream, options.wait, options.path)
    reader, words = _recognise(source, name)
    return Trace(source, name, options, reader, words)


def _recognise(source: Source, name: str) -> tuple[Reader, str]:
    """The reader of what is in `source`, and the format in its words."""
    while True:
        state = source.fill(HEAD if not source.follows else len(source.waiting) + 1, patient=False)
        head = source.waiting[:HEAD]
        with_magic = [e for e in ENTRIES if e.magics and head.startswith(e.magics)]
        whole = state is not True or len(head) >= HEAD
        if (whole or len(head) >= _TELLING) and (found := _asked(with_magic, head)):
            return found
        if whole:
            telling = behind_lead(head, source)
            if found := _asked([e for e in ENTRIES if not e.magics], telling):
                return found
        if state is False or len(head) >= HEAD:
            raise refusal(name, what_is(head))
        if state is None:  # a followed file in which nothing is known yet
            known = what_is(head)
            if len(head) >= _UNLIKELY and known.startswith(("a ", "an ")):
                raise refusal(name, known)
            source.fill(len(head) + 1)


def _asked(entries: list[Entry], head: bytes) -> tuple[Reader, str] | None:
    for entry in entries:
        reader = entry.reader()
        words = reader.recognise(head)
        if words is not None:
            return reader, words
    return None


def refusal(name: str, seen: str) -> NotACapture:
    """The error for a file that is not a trace, naming everything that is read."""
    read = "; ".join(entry.reads for entry in ENTRIES)
    return NotACapture(f"{name}: this is {seen}; what is read: {read}; each also packed with gzip or zstd")
