"""The two sides of a D channel (Q.921 clause 3, Q.931 clause 2): user and network."""

from __future__ import annotations

import enum


class Side(enum.Enum):
    """Which side of the interface a machine plays."""

    USER = "user"
    NETWORK = "network"

    __hash__ = object.__hash__
    """A side is a part of the key of every call: this takes less time than hashing its name."""

    @property
    def peer(self) -> Side:
        """The other side."""
        return Side.NETWORK if self is Side.USER else Side.USER
