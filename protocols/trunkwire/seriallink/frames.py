"""Frames of the serial card's link: envelope, check sequence, stuffing (docs/serial-card.md, "Frames").

On the line a frame is `stuff(envelope + CRC) + 00`. The CRC is that of IEEE 802.3 (32 bits), the most
significant octet first: a damaged frame passes it once in four thousand million.
"""

from __future__ import annotations

import binascii
from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Record, Rest, compile_layout
from trunkwire.seriallink.cobs import DELIMITER, LONGEST_RUN, StuffingError, stuff, unstuff

CRC_OCTETS = 4
HEADER_OCTETS = 3
LONGEST_BODY = 8192
"""Octets of the longest body: 31 slots of 256 samples, and then some."""

LONGEST_BLOCK = HEADER_OCTETS + LONGEST_BODY + CRC_OCTETS + (LONGEST_BODY // LONGEST_RUN) + 2
"""Octets of the longest frame after stuffing."""


class Envelope(Record, frozen=True, kw_only=True):
    """What every frame has: its kind, and the numbers that acknowledge. `ns` is 0 in unnumbered frames."""

    layout: ClassVar[Layout[Envelope]]

    numbered: Annotated[bool, Bits("1", 8, 8)]
    kind: Annotated[int, Bits("1", 7, 1)]
    ns: Annotated[int, Bits("2", 8, 1)] = 0
    nr: Annotated[int, Bits("3", 8, 1)]
    body: Annotated[bytes, Rest("4")]


Envelope.layout = compile_layout(Envelope)


class LinkFrameError(ValueError):
    """A block is no frame; `reason` is "stuffing", "short" or "crc"."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def seal(envelope: Envelope) -> bytes:
    """The octets of a frame on the line, its delimiter included."""
    octets = Envelope.layout.build(envelope)
    return stuff(octets + binascii.crc32(octets).to_bytes(CRC_OCTETS, "big")) + DELIMITER


def unseal(block: bytes) -> Envelope:
    """The envelope in the octets between two delimiters. Raises LinkFrameError."""
    try:
        octets = unstuff(block)
    except StuffingError as error:
        raise LinkFrameError("stuffing", str(error)) from None
    if len(octets) < HEADER_OCTETS + CRC_OCTETS:
        raise LinkFrameError(
            "short", f"{len(octets)} octets: a frame has at least {HEADER_OCTETS + CRC_OCTETS}"
        )
    held, check = octets[:-CRC_OCTETS], octets[-CRC_OCTETS:]
    if binascii.crc32(held).to_bytes(CRC_OCTETS, "big") != check:
        raise LinkFrameError("crc", f"check sequence {check.hex()} does not fit {len(held)} octets")
    return Envelope.layout.parse(held)
