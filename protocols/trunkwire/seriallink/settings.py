"""Settings of the serial card's link: windows and times (docs/serial-card.md, "Numbering" and "Times")."""

from __future__ import annotations

from dataclasses import dataclass

from trunkwire.ticks import MILLISECOND, SECOND, Tick

MODULUS = 256
WIDEST = 127
"""The widest window that a modulus of 256 can tell from its repetition."""


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Windows in messages, times in ticks. Raises ValueError for a window that cannot work."""

    window: int = 32
    """Numbered messages that may be under way, and that the receiver keeps while one before them lacks."""
    queue_limit: int = 256
    """Numbered messages that wait for the window; one more is refused."""
    audio_limit: int = 8
    """Audio blocks that wait for the line; the oldest is given up for a new one."""
    hello_every: Tick = 100 * MILLISECOND
    acknowledge_within: Tick = 10 * MILLISECOND
    repeat_first: Tick = 200 * MILLISECOND
    """The repetition timer before a round trip has been measured."""
    repeat_least: Tick = 30 * MILLISECOND
    repeat_most: Tick = 500 * MILLISECOND
    status_every: Tick = 250 * MILLISECOND
    """A status is sent that often whatever else is: one that was lost, with new credit, is made good."""
    silent_after: Tick = 2 * SECOND

    def __post_init__(self) -> None:
        if not 1 <= self.window <= WIDEST:
            raise ValueError(f"window {self.window}: choose 1 to {WIDEST}")
