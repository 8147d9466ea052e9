"""The serial trunk card's link protocol, for both ends (docs/serial-card.md).

`cobs` and `frames` are the framing, `messages` declares every message, `link` is the machine that numbers,
acknowledges and repeats them and that finds its way back after damage, a stall or a reset.
"""

from __future__ import annotations

from trunkwire.seriallink.events import (
    Audio,
    HeardAgain,
    Incompatible,
    LinkMisuse,
    LinkQueueFull,
    Output,
    PeerReset,
    Received,
    Silent,
    Transmit,
    Up,
)
from trunkwire.seriallink.link import SerialLink
from trunkwire.seriallink.settings import LinkSettings
from trunkwire.seriallink.table import State

__all__ = [
    "Audio",
    "HeardAgain",
    "Incompatible",
    "LinkMisuse",
    "LinkQueueFull",
    "LinkSettings",
    "Output",
    "PeerReset",
    "Received",
    "SerialLink",
    "Silent",
    "State",
    "Transmit",
    "Up",
]
