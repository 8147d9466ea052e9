"""Traces that were packed with gzip (RFC 1952) or Zstandard (RFC 8878): unpacked piece by piece.

Nothing is ever unpacked as a whole: at most `PIECE` octets (a few MiB for Zstandard, whose blocks come
whole) exist at a time. What unpacks to more than `FREE_EXPANSION` octets and is more than
`LARGEST_EXPANSION` times as long as the file is taken for a bomb and read no further. A packed file that was
cut off gives what could be read, and a `Damage`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Protocol

from trunkbench.trace.capture import Damage

PIECE = 256 * 1024
FREE_EXPANSION = 64 * 1024 * 1024
LARGEST_EXPANSION = 1100
"""A little more than gzip alone can reach, as an idle line does: 1032."""
LARGEST_WINDOW = 128 * 1024 * 1024
"""Octets that a Zstandard frame may ask its reader to remember: what `zstd` reads without an option."""

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = tuple(bytes((kind, 0x2A, 0x4D, 0x18)) for kind in range(0x50, 0x60))
_CUT = "it was cut off while being written or copied: copy it again, or go on with what was read"

Pull = Callable[[int, bool], bytes | None]
"""Up to that many octets; empty at the end; None if there are none at the moment and one did not want to
wait."""


class _Decoder(Protocol):
    """One member (gzip) or frame (Zstandard)."""

    @property
    def ended(self) -> bool:
        """Whether the member is complete."""

    @property
    def rest(self) -> bytes:
        """What was fed and lies behind the member."""

    @property
    def hungry(self) -> bool:
        """Whether it can give nothing before it is fed."""

    def feed(self, data: bytes) -> bytes:
        """Take `data` (empty: go on with what is left) and give what it unpacks to. ValueError if broken."""


class _Gzip:
    """A member of a gzip file."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    @property
    def ended(self) -> bool:
        return self._inflate.eof

    @property
    def rest(self) -> bytes:
        return self._inflate.unused_data

    @property
    def hungry(self) -> bool:
        return not self._inflate.unconsumed_tail

    def feed(self, data: bytes) -> bytes:
        try:
            return self._inflate.decompress(self._inflate.unconsumed_tail + data, PIECE)
        except zlib.error as error:
            raise ValueError(str(error)) from error


class _Zstd:
    """A frame of a Zstandard file.

    The library unpacks all that it is given. Four octets may stand for a block of 128 KiB, so it is given
    few at a time.
    """

    _MOUTHFUL = 64

    def __init__(self) -> None:
        import zstandard  # here, since hardly any trace needs it

        self._error = zstandard.ZstdError
        self._object = zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW).decompressobj()
        self._pending = b""

    @property
    def ended(self) -> bool:
        return self._object.eof

    @property
    def rest(self) -> bytes:
        return self._object.unused_data + self._pending

    @property
    def hungry(self) -> bool:
        return not self._pending

    def feed(self, data: bytes) -> bytes:
        todo = memoryview(self._pending + data)
        unpacked: list[bytes] = []
        size = 0
        try:
            while todo and size < PIECE and not self._object.eof:
                piece = self._object.decompress(todo[: self._MOUTHFUL])
                todo = todo[self._MOUTHFUL :]
                unpacked.append(piece)
                size += len(piece)
        except self._error as error:
            raise ValueError(str(error)) from error
        self._pending = bytes(todo)
        return b"".join(unpacked)


class Unpacker:
    """One layer of compression over `below`; `taken` tells how many octets of the file have been read.

    `pull` is itself a `Pull`. What is wrong with the packed data is appended to `problems`.
    """

    def __init__(self, kind: str, below: Pull, taken: Callable[[], int], problems: list[Damage]) -> None:
        self.kind = kind
        self._make: Callable[[], _Decoder] = _Gzip if kind == "gzip" else _Zstd
        self._decoder: _Decoder | None = self._make()
        self._below = below
        self._taken = taken
        self._problems = problems
        self._given = 0
        self._between = b""
        self._is_between = False

    def pull(self, size: int, patient: bool) -> bytes | None:
        """The next unpacked octets: see `Pull`. `size` is a hint, as pieces come in the size they have."""
        while self._decoder is not None:
            if self._is_between and (done := self._next_member(patient)) is not None:
                return None if done else b""
            decoder = self._decoder
            packed, self._between = self._between, b""
            if not packed and decoder.hungry:
                below = self._below(PIECE, patient)
                if below is None:
                    return None
                packed = below
                if not packed:
                    return self._end(f"the {self.kind} data end inside a member", _CUT)
            try:
                piece = decoder.feed(packed)
            except ValueError as error:
                return self._end(f"the {self.kind} data are damaged ({error})", "what stands before was read")
            self._given += len(piece)
            if self._given > FREE_EXPANSION and self._given > LARGEST_EXPANSION * self._taken():
                problem = f"the {self.kind} data unpack to more than {LARGEST_EXPANSION} times their size"
                return self._end(problem, "this is no trace but a bomb: what stands before was read")
            if decoder.ended:
                self._between, self._is_between = decoder.rest, True
            if piece:
                return piece
        return b""

    def _next_member(self, patient: bool) -> bool | None:
        """Begin the next member: None when it has begun, True when one must wait for it, False at the end."""
        while len(self._between) < 4:
            more = self._below(PIECE, patient)
            if more is None:
                return True
            if not more:
                break
            self._between += more
        self._is_between = False
        if kind_of(self._between) == self.kind:
            self._decoder = self._make()
            return None
        if self._between.strip(b"\0"):  # gzip files are sometimes filled up with zeros
            problem = f"behind the {self.kind} data stands something else"
            self._end(problem, "it was not read")
        self._decoder = None
        return False

    def _end(self, problem: str, advice: str) -> bytes:
        self._decoder = None
        self._problems.append(Damage(self._given, problem, advice, True))
        return b""


def kind_of(head: bytes) -> str | None:
    """The compression whose magic `head` (four octets or more) begins with."""
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    if head.startswith((ZSTD_MAGIC, *_SKIPPABLE)):
        return "zstd"
    return None
