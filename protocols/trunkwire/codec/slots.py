"""The slot map of a channel identification (Q.931 4.5.13): one bit for each timeslot of the
interface."""

from __future__ import annotations

import msgspec

from trunkwire.codec.errors import DecodeError, EncodeError

_ORIGIN = {3: 1, 4: 0}
"""Lowest channel of a map, by its length: 24 channels from 1 at 1544 kbit/s, 32 timeslots from 0 at 2048
kbit/s."""


class SlotMap(msgspec.Struct, frozen=True):
    """A set of timeslots, as a map of three octets (1544 kbit/s, 1..24) or four (2048 kbit/s, 0..31).

    `slots` is ascending. The highest slot is bit 8 of the first octet, the lowest is bit 1 of the last.
    """

    slots: tuple[int, ...]
    octets: int = 4


def decode_slots(body: bytes, where: str = "slot map", offset: int = 0) -> SlotMap:
    """The map in `body`; raises DecodeError when it is not three or four octets long."""
    count = len(body)
    origin = _ORIGIN.get(count)
    if origin is None:
        raise DecodeError(
            where, offset, f"a slot map has 3 octets (1544 kbit/s) or 4 (2048 kbit/s), not {count}"
        )
    bits = int.from_bytes(body, "big")
    return SlotMap(tuple(n + origin for n in range(8 * count) if bits >> n & 1), count)


def encode_slots(value: SlotMap, where: str = "slot map") -> bytes:
    """The octets of a map; raises EncodeError for a slot that the map has no bit for."""
    origin = _ORIGIN.get(value.octets)
    if origin is None:
        raise EncodeError(where, f"a slot map has 3 or 4 octets, not {value.octets}")
    bits = 0
    for slot in value.slots:
        if not 0 <= slot - origin < 8 * value.octets:
            raise EncodeError(where, f"slot {slot} is outside {origin}..{origin + 8 * value.octets - 1}")
        bits |= 1 << slot - origin
    return bits.to_bytes(value.octets, "big")
