"""Consistent overhead byte stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999).

Stuffed octets hold no zero, so a zero can end each frame: after any damage the receiver is in step again at
the next one. Stuffing costs one octet, and one more for every 254 octets without a zero.
"""

from __future__ import annotations

LONGEST_RUN = 254
"""The most octets without a zero that one code octet can announce."""

DELIMITER = b"\0"


class StuffingError(ValueError):
    """The octets cannot have come from `stuff`."""


def stuff(data: bytes) -> bytes:
    """`data` without any zero; the delimiter is not included."""
    out = bytearray()
    for run in data.split(DELIMITER):
        at, left = 0, len(run)
        while left >= LONGEST_RUN:  # a full group: no zero is implied behind it
            out.append(LONGEST_RUN + 1)
            out += run[at : at + LONGEST_RUN]
            at += LONGEST_RUN
            left -= LONGEST_RUN
        out.append(left + 1)
        out += run[at:]
    return bytes(out)


def unstuff(block: bytes) -> bytes:
    """What was stuffed into `block`, the octets between two delimiters.

    Raises StuffingError when there is a zero among them, or the last group is not whole.
    """
    if 0 in block:
        raise StuffingError("a zero octet lies inside the frame")
    out = bytearray()
    at, end = 0, len(block)
    implied = False
    while at < end:
        code = block[at]
        if at + code > end:
            raise StuffingError(f"the last group announces {code - 1} octets, {end - at - 1} are there")
        if implied:
            out.append(0)
        out += block[at + 1 : at + code]
        implied = code <= LONGEST_RUN
        at += code
    return bytes(out)


class Splitter:
    """Cuts an octet stream at its delimiters. What grows beyond `longest` octets is noise and is dropped."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.too_long = 0
        """Blocks that were dropped because no delimiter came in time."""
        self._held = bytearray()
        self._dropping = False

    def feed(self, octets: bytes) -> list[bytes]:
        """The blocks that these octets complete, without delimiters and without empty ones."""
        *whole, rest = octets.split(DELIMITER)
        blocks = []
        for part in whole:
            self._hold(part)
            if self._held and not self._dropping:
                blocks.append(bytes(self._held))
            self._held.clear()
            self._dropping = False
        self._hold(rest)
        return blocks

    def _hold(self, part: bytes) -> None:
        if self._dropping:
            return
        self._held += part
        if len(self._held) > self.longest:
            self._held.clear()
            self._dropping = True
            self.too_long += 1
