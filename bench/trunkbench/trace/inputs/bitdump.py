"""Dumps of bits as text: '0' and '1', with white space as you like it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from trunkbench.trace.capture import Damage

if TYPE_CHECKING:
    from trunkbench.trace.inputs.source import Source

PIECE = 64 * 1024
LEAST_BITS = 64
_SPACE = b" \t\r\n\f\v"
_KNOWN = b"01" + _SPACE
_BOM = b"\xef\xbb\xbf"


def is_bit_text(head: bytes) -> bool:
    """Whether `head` is nothing but digits 0 and 1 and white space, and enough of them."""
    head = head.removeprefix(_BOM)
    if len(head) < LEAST_BITS or head.translate(None, _KNOWN):
        return False
    return len(head.translate(None, _SPACE)) >= LEAST_BITS


class BitText:
    """Turns such text, portion by portion, into octets: the first bit of each is its most significant."""

    def __init__(self) -> None:
        self._rest = b""
        self._before = 0
        self.odd: int | None = None
        """Where the first sign stood that is none of these, None if there was none."""

    def octets(self, text: bytes) -> bytes:
        """The octets that are whole with this portion of the text."""
        if not self._before:
            text = text.removeprefix(_BOM)
        if self.odd is None and (odd := text.translate(None, _KNOWN)):
            self.odd = self._before + text.index(odd[:1])
        self._before += len(text)
        digits = (
            self._rest + bytes(sign for sign in text if sign in b"01")
            if self.odd is not None
            else (self._rest + text.translate(None, _SPACE))
        )
        whole = len(digits) - len(digits) % 8
        self._rest = digits[whole:]
        return np.packbits(np.frombuffer(digits[:whole], np.uint8) & 1).tobytes()


def raw_octets(source: Source, text: bool) -> Iterator[bytes | Damage]:
    """The octets of a source in portions as they come, unpacked from text if it is that."""
    bits = BitText()
    told = False
    while source.fill(1):
        octets = source.read(min(len(source.waiting), PIECE))
        if not text:
            yield octets
            continue
        yield bits.octets(octets)
        if bits.odd is not None and not told:
            told = True
            yield Damage(bits.odd, "a sign that is no bit in a dump of bits", "it was left out", False)
