"""How a dump of a line or timeslot holds its bits: octets, bits as text, one bit an octet; its polarity.

Text is '0' and '1' with white space as you like it. One bit an octet, 0x00 or 0x01, is what software radios
and GSM test tools write. Of either the first bit of eight becomes the most significant. A line of which two
wires were swapped behind the line decoder has every bit inverted.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from trunkbench.trace.capture import Damage

if TYPE_CHECKING:
    from trunkbench.trace.inputs.source import Source

PIECE = 64 * 1024
LEAST_BITS = 64
INVERTED = bytes(octet ^ 0xFF for octet in range(256))
"""For `bytes.translate`: every bit turned round."""
POLARITY = "the polarity is inverted: every bit was turned round"
_SPACE = b" \t\r\n\f\v"
_BOM = b"\xef\xbb\xbf"
_Found = TypeVar("_Found")


class Packing(enum.Enum):
    """How bits are kept; the values are for the user."""

    OCTETS = "octets"
    TEXT = "bits as text"
    UNPACKED = "bits, one an octet"


_DIGITS = {Packing.TEXT: b"01", Packing.UNPACKED: b"\x00\x01"}
_IGNORED = {Packing.TEXT: _SPACE, Packing.UNPACKED: b""}


class Form(NamedTuple):
    """How a dump holds what it holds."""

    packing: Packing = Packing.OCTETS
    inverted: bool = False

    def describe(self, mirrored: bool) -> str:
        """For the user; `mirrored` says that the first bit of an octet is its lowest."""
        order = f", {'least' if mirrored else 'most'} significant bit first"
        plain = self.packing.value + (order if self.packing is Packing.OCTETS else "")
        return plain + (", polarity inverted" if self.inverted else "")


def packing_of(head: bytes) -> Packing:
    """How the dump that begins with `head` keeps its bits."""
    if len(head) >= LEAST_BITS:
        if not head.translate(None, _DIGITS[Packing.UNPACKED]) and 1 in head:
            return Packing.UNPACKED
        plain = head.removeprefix(_BOM).translate(None, _SPACE)
        if len(plain) >= LEAST_BITS and not plain.translate(None, _DIGITS[Packing.TEXT]):
            return Packing.TEXT
    return Packing.OCTETS


def packed(head: bytes, packing: Packing) -> bytes:
    """The octets at the beginning of such a dump."""
    return head if packing is Packing.OCTETS else Bits(packing).octets(head)


def find_form(head: bytes, look: Callable[[bytes], _Found | None]) -> tuple[Form, _Found] | None:
    """In what form `look` finds something in a dump, and what; None if it finds nothing in any."""
    packing = packing_of(head)
    octets = packed(head, packing)
    for inverted in (False, True):
        found = look(octets.translate(INVERTED) if inverted else octets)
        if found is not None:
            return Form(packing, inverted), found
    return None


class Bits:
    """Turns text or unpacked bits, portion by portion, into octets: the first bit becomes the highest."""

    def __init__(self, packing: Packing) -> None:
        self._digits, self._ignored = _DIGITS[packing], _IGNORED[packing]
        self._rest = b""
        self._before = 0
        self.odd: int | None = None
        """Where the first octet stood that is none of these, None if there was none."""

    def octets(self, dump: bytes) -> bytes:
        """The octets that are whole with this portion of the dump."""
        if not self._before and self._ignored:
            dump = dump.removeprefix(_BOM)
        odd = dump.translate(None, self._digits + self._ignored)
        if odd and self.odd is None:
            self.odd = self._before + dump.index(odd[:1])
        self._before += len(dump)
        digits = self._rest + dump.translate(None, self._ignored + odd)
        whole = len(digits) - len(digits) % 8
        self._rest = digits[whole:]
        return np.packbits(np.frombuffer(digits[:whole], np.uint8) & 1).tobytes()


def raw_octets(source: Source, form: Form) -> Iterator[bytes | Damage]:
    """The octets of a source in portions as they come, packed and of right polarity."""
    bits = None if form.packing is Packing.OCTETS else Bits(form.packing)
    told = False
    while source.fill(1):
        octets = source.read(min(len(source.waiting), PIECE))
        if bits is not None:
            octets = bits.octets(octets)
        yield octets.translate(INVERTED) if form.inverted else octets
        if bits is not None and bits.odd is not None and not told:
            told = True
            yield Damage(bits.odd, "a sign that is no bit in a dump of bits", "it was left out", False)
