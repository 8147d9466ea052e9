"""Writing pcapng captures of D channels (draft-ietf-opsawg-pcapng; link type 203, LAPD without a pseudo
header).

A file is a section header block, then for each D channel an interface description block (made when its first
frame comes) and an enhanced packet block a frame. Time stamps have nanosecond resolution (if_tsresol 9);
epb_flags carry the direction.

What is no LAPD frame goes on an interface of a link type that says so. A message whose layer 2 the trace does
not tell is written as Wireshark's upper PDU (252) for its dissector "q931": nothing is made up for it.

Blocks are gathered in memory and handed to the file in whole blocks only, so that what has been flushed is a
whole capture file whatever happens to the process afterwards.
"""

from __future__ import annotations

import io
import os
import struct
from functools import lru_cache
from types import TracebackType
from typing import BinaryIO

from trunkbench.errors import TrunkbenchError
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkwire.side import Side

LINKTYPE_LAPD = 203
LINKTYPE_LINUX_LAPD = 177
LINKTYPE_MTP2 = 140
LINKTYPE_UPPER_PDU = 252
LINKTYPE_USER0 = 147

SECTION_HEADER = 0x0A0D0D0A
INTERFACE_DESCRIPTION = 1
PACKET_OBSOLETE = 2
SIMPLE_PACKET = 3
ENHANCED_PACKET = 6
BYTE_ORDER_MAGIC = 0x1A2B3C4D

OPT_END, OPT_COMMENT = 0, 1
SHB_USERAPPL = 4
IF_NAME, IF_DESCRIPTION, IF_SPEED, IF_TSRESOL, IF_FCSLEN, IF_TSOFFSET = 2, 3, 8, 9, 13, 14
EPB_FLAGS = 2

FLAG_INBOUND, FLAG_OUTBOUND = 1, 2
_FLAGS = {Direction.UNKNOWN: 0, Direction.IN: FLAG_INBOUND, Direction.OUT: FLAG_OUTBOUND}

_LINK_TYPES = {
    Layer.LAPD: (LINKTYPE_LAPD, ""),
    Layer.Q931: (LINKTYPE_UPPER_PDU, "messages of Q.931 without layer 2"),
    Layer.MTP2: (LINKTYPE_MTP2, "MTP2 signal units"),
    Layer.OTHER: (LINKTYPE_USER0, "HDLC frames that are neither LAPD nor MTP2"),
}
UPPER_PDU_Q931 = struct.pack(">HH4sHH", 12, 4, b"q931", 0, 0)
"""What stands before a message of link type 252: the dissector's name (tag 12), and the end of tags."""
LONGEST_COMMENT = 1000

BUFFER = 256 * 1024
D_CHANNEL_BIT_RATE = 64_000


class TraceWriteError(TrunkbenchError):
    """A trace could not be written; what had been written before is a whole file."""


@lru_cache(maxsize=512)
def _packet_layout(length: int) -> struct.Struct:
    """The layout of an enhanced packet block with `length` octets of data and one option, epb_flags."""
    return struct.Struct(f"<IIIIIII{length}s{-length % 4}xHHIHHI")


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _block(kind: int, body: bytes) -> bytes:
    total = 12 + len(body)
    return struct.pack("<II", kind, total) + body + struct.pack("<I", total)


def _section_header(comment: str) -> bytes:
    options = _option(SHB_USERAPPL, b"Trunkbench")
    if comment:
        options += _option(OPT_COMMENT, comment.encode()[:65_000])
    # Version 1.0; a section length of -1 says "not given", as a stream must.
    return _block(
        SECTION_HEADER, struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1) + options + _option(OPT_END, b"")
    )


def _interface_description(span: str, slot: int, side: Side | None, layer: Layer) -> bytes:
    link_type, words = _LINK_TYPES[layer]
    options = _option(IF_NAME, span.encode()[:1000])
    told = [words] if words else []
    told += [f"D channel in timeslot {slot}"] if slot else []
    told += [f"recorded at the {side.value} side"] if side is not None else []
    if told:
        options += _option(IF_DESCRIPTION, ", ".join(told).encode())
    options += _option(IF_SPEED, struct.pack("<Q", D_CHANNEL_BIT_RATE)) + _option(IF_TSRESOL, b"\x09")
    # A snap length of 0 means no limit.
    return _block(
        INTERFACE_DESCRIPTION, struct.pack("<HHI", link_type, 0, 0) + options + _option(OPT_END, b"")
    )


class PcapngWriter:
    """Writes frame records to a pcapng file.

    `file` is a path (made or overwritten) or an open binary file, which stays open after `close()`. The
    section header is written at once, so an empty trace is a whole file too. Raises TraceWriteError, naming
    the file, when it cannot be made or written.
    """

    def __init__(self, file: str | os.PathLike[str] | BinaryIO, comment: str = "") -> None:
        self._interfaces: dict[tuple[str, int, Side | None, Layer], int] = {}
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._owned = isinstance(file, str | os.PathLike)
        self.name = str(file if self._owned else getattr(file, "name", "<stream>"))
        self.frames = 0
        """Frames taken so far, flushed or not."""
        self._file: BinaryIO | io.FileIO | None
        if isinstance(file, str | os.PathLike):
            try:
                self._file = io.FileIO(file, "w")  # unbuffered: this class decides where a write ends
            except OSError as error:
                raise TraceWriteError(
                    f"{self.name}: cannot make this trace file: {error.strerror}"
                ) from error
        else:
            self._file = file
        self._written = 0
        self._append(_section_header(comment))
        self.flush()

    def write(self, record: FrameRecord, comment: str = "") -> None:
        """Take one frame, with a comment if there is one to make about it.

        ValueError if the writer is closed or the time stamp lies outside 0 … 2^64-1 ns.
        """
        if self._file is None:
            raise ValueError(
                f"{self.name}: this trace has been closed; open another one to write more frames"
            )
        if not 0 <= record.at_ns < 1 << 64:
            raise ValueError(f"{self.name}: time stamp {record.at_ns} ns does not fit pcapng's 64 bits")
        key = (record.span, record.slot, record.side, record.layer)
        interface = self._interfaces.get(key)
        if interface is None:
            interface = self._interfaces[key] = len(self._interfaces)
            self._append(_interface_description(*key))
        data, original = record.data, record.original
        if record.layer is Layer.Q931:
            data = UPPER_PDU_Q931 + data
            original = None if original is None else original + len(UPPER_PDU_Q931)
        self._packet(interface, record.at_ns, data, original, _FLAGS[record.direction], comment)
        self.frames += 1
        if self._pending_size >= BUFFER:
            self.flush()

    def _packet(
        self, interface: int, at_ns: int, data: bytes, original: int | None, flags: int, comment: str
    ) -> None:
        """Append an enhanced packet block."""
        length = len(data)
        high, low = divmod(at_ns, 1 << 32)
        original = length if original is None else original
        head = (interface, high, low, length, original, data)
        if not comment:
            layout = _packet_layout(length)
            tail = (EPB_FLAGS, 4, flags, OPT_END, 0, layout.size)
            self._append(layout.pack(ENHANCED_PACKET, layout.size, *head, *tail))
            return
        options = _option(OPT_COMMENT, comment.encode()[:LONGEST_COMMENT].decode(errors="ignore").encode())
        options += _option(EPB_FLAGS, struct.pack("<I", flags)) + _option(OPT_END, b"")
        body = struct.pack(f"<IIIII{length}s{-length % 4}x", *head)
        self._append(_block(ENHANCED_PACKET, body + options))

    def flush(self) -> None:
        """Hand all whole blocks to the file. Raises TraceWriteError when the file does not take them."""
        if self._file is None or not self._pending:
            return
        data = memoryview(b"".join(self._pending))
        self._pending.clear()
        self._pending_size = 0
        done = 0
        try:
            while done < len(data):
                taken = self._file.write(data[done:])
                if taken is None:
                    raise BlockingIOError(0, "the file is in non-blocking mode and full")
                done += taken
            if not self._owned:
                self._file.flush()
        except OSError as error:
            self._cut_to_last_block()
            raise TraceWriteError(
                f"{self.name}: this trace could not be written past octet {self._written} ({error.strerror});"
                " what was written before is whole: make room and run again"
            ) from error
        self._written += done

    def close(self) -> None:
        """Flush and, if this writer opened the file, close it. Idempotent."""
        if self._file is None:
            return
        try:
            self.flush()
        finally:
            if self._owned:
                self._file.close()
            self._file = None

    def __enter__(self) -> PcapngWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, block: bytes) -> None:
        self._pending.append(block)
        self._pending_size += len(block)

    def _cut_to_last_block(self) -> None:
        """Take back a write that went wrong half way, where the file allows it."""
        if self._file is not None and self._owned:
            try:
                self._file.truncate(self._written)
            except OSError:  # the first error is the one to report
                return
