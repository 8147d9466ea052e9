"""Every format that is read, most specific first; the modules are imported when a file may be theirs.

A reader is a module with

    recognise(head: bytes) -> str | None
        the format in words if the octets are its, `head` being the first 64 KiB after decompression;
    read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]
        what the trace holds, in its order; may append to `trace.findings`.

A format with magic octets is recognised as soon as they are there. The others are asked in their order when
64 KiB, the whole file, or all of a followed file is there; so what recognises by likelihood stands last.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, cast

import msgspec

from trunkbench.trace.inputs.packets import CAPTURES

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source


class Reader(Protocol):
    """What a reader's module offers."""

    def recognise(self, head: bytes) -> str | None:
        """The format in words, or None if `head` is not of it."""

    def read(self, source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
        """What the trace holds, in its order."""


class Entry(msgspec.Struct, frozen=True):
    """One format: its module within this package, what to call it, and what it begins with if always so."""

    module: str
    reads: str
    magics: tuple[bytes, ...] = ()

    def reader(self) -> Reader:
        """The module, imported."""
        return cast(Reader, importlib.import_module(f"trunkbench.trace.inputs.{self.module}"))


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "packets",
        "pcap and pcapng (LAPD, Linux LAPD, MTP2; IUA, SAToP, CESoPSN, TDMoE and H.323 over Ethernet or IP)",
        CAPTURES,
    ),
    Entry("eyesdn", "EyeSDN traces", (b"EyeSDN",)),
    Entry("i4btrace", "ISDN4BSD i4btrace files"),
    Entry("timelinefile", "timeline.jsonl of a Trunkbench run"),
    Entry("asterisklog", "logs of Asterisk's or libpri's `pri set debug` (on, intense, hex)"),
    Entry("ios", "logs of Cisco IOS's `debug isdn q921` and `q931`"),
    Entry("openr2log", "logs of openr2 (MFC/R2)"),
    Entry(
        "e1raw",
        "raw E1 octets or bits (packed, in digits, an octet each), at any bit offset, in either bit order",
    ),
    Entry("t1raw", "raw T1 octets or bits (ESF, SF), likewise"),
    Entry("hexdump", "hex dumps, with offsets as text2pcap reads them or a frame a line"),
    Entry("slotraw", "raw timeslots: HDLC at 64 or 56 kbit/s or on sub-slots, TRAU frames, audio"),
)
