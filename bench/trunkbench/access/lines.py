"""What a call can be connected to: analog lines, one call each, and trunks, one call a channel.

A line is idle, rings, or is engaged; ringing counts as engaged for everybody else. Each line is for incoming
calls, outgoing calls, or both.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Literal

from trunkwire.ticks import Tick


class Use(enum.Enum):
    """Which calls a line or a trunk carries, as seen by the customer who has it."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    BOTHWAY = "bothway"

    @property
    def takes(self) -> bool:
        """Whether it can be called."""
        return self is not Use.OUTGOING

    @property
    def makes(self) -> bool:
        """Whether calls can be placed from it."""
        return self is not Use.INCOMING


@dataclass(slots=True, eq=False)
class Line:
    """An analog line. `idle_since` and `last_taken` let groups choose fairly: a tick each."""

    number: str
    use: Use = Use.BOTHWAY
    holder: object | None = None
    """The call, or the ringing group, that has it."""
    idle_since: Tick = 0

    @property
    def free(self) -> bool:
        """Whether a call to it would ring."""
        return self.holder is None and self.use.takes

    def seize(self, holder: object) -> None:
        """Give it to a call. Raises ValueError when another one has it."""
        if self.holder is not None and self.holder is not holder:
            raise ValueError(f"line {self.number} is engaged")
        self.holder = holder

    def release(self, now: Tick) -> None:
        """It is idle from now on."""
        self.holder = None
        self.idle_since = now

    def describe(self) -> str:
        """Such as "line 11111111"."""
        return f"line {self.number}"


@dataclass(slots=True, eq=False)
class Trunk:
    """A digital trunk: `channels` calls at once, less those that are nailed up for data.

    `owned` are the numbers that may be shown on calls from it, besides its own.
    """

    number: str
    name: str
    channels: int
    use: Use = Use.BOTHWAY
    owned: frozenset[str] = frozenset()
    nailed: int = 0
    """Channels that are connected permanently and carry no calls."""
    signalling: Literal["pri", "r2"] = "pri"
    holders: set[object] = field(default_factory=set)

    @property
    def capacity(self) -> int:
        """How many calls it carries at once."""
        return self.channels - self.nailed

    @property
    def free(self) -> bool:
        """Whether another call finds a channel."""
        return self.use.takes and len(self.holders) < self.capacity

    @property
    def can_place(self) -> bool:
        """Whether another call can be placed from it."""
        return self.use.makes and len(self.holders) < self.capacity

    def seize(self, holder: object) -> None:
        """Give a channel to a call. Raises ValueError when there is none, or the call has one already."""
        if len(self.holders) >= self.capacity or holder in self.holders:
            raise ValueError(f"trunk {self.name}: no channel for another call")
        self.holders.add(holder)

    def leave(self, holder: object) -> None:
        """The call's channel is free again."""
        self.holders.discard(holder)

    def describe(self) -> str:
        """Such as "trunk E1 of 62300000"."""
        return f"trunk {self.name}"


Target = Line | Trunk
