"""How long information elements may be (the tables of Q.931 clause 3): a longer one has a content error
(5.8.6.2, 5.8.7.2). Elements whose length depends on the network are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from trunkwire.codec.errors import DecodeError
from trunkwire.q931.messages import Id

_HEADER = 2
"""Octets of identifier and length, which the tables of clause 3 count too."""

LONGEST: Mapping[int, int] = MappingProxyType(
    {
        int(identifier): octets - _HEADER
        for identifier, octets in {
            Id.CAUSE: 32,
            Id.CALL_IDENTITY: 10,
            Id.CALL_STATE: 3,
            Id.PROGRESS_INDICATOR: 4,
            Id.DISPLAY: 82,
            Id.DATE_TIME: 8,
            Id.KEYPAD_FACILITY: 34,
            Id.SIGNAL: 3,
            Id.CONNECTED_SUBADDRESS: 23,
            Id.CALLING_SUBADDRESS: 23,
            Id.CALLED_SUBADDRESS: 23,
            Id.RESTART_INDICATOR: 3,
            Id.LOW_LAYER_COMPATIBILITY: 18,
            Id.HIGH_LAYER_COMPATIBILITY: 5,
            Id.USER_USER: 131,
        }.items()
    }
)
"""Identifier -> the most octets behind the length octet."""


def check(identifier: int, body: bytes) -> None:
    """Raises DecodeError when the body is longer than the element may be."""
    longest = LONGEST.get(identifier)
    if longest is not None and len(body) > longest:
        raise DecodeError(Id(identifier).title, longest, f"{len(body)} octets, where {longest} may stand")


def checked(identifier: int, reader: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """The reader of an element, which refuses one that is too long."""
    longest = LONGEST.get(identifier)
    if longest is None:
        return reader

    def read(body: bytes) -> Any:
        if len(body) > longest:
            check(identifier, body)
        return reader(body)

    return read
