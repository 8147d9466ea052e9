"""What the link machine hands out, and the errors of its misuse."""

from __future__ import annotations

import msgspec

from trunkwire.seriallink.messages import AudioBlock, NumberedMessage
from trunkwire.ticks import Tick


class Transmit(msgspec.Struct, frozen=True):
    """Octets for the line: one frame with its delimiter."""

    octets: bytes


class Up(msgspec.Struct, frozen=True):
    """Both ends know each other; `minor` is the lower of both minor versions."""

    peer: int
    minor: int


class Received(msgspec.Struct, frozen=True):
    """A numbered message, once and in order."""

    message: NumberedMessage


class Audio(msgspec.Struct, frozen=True):
    """A block of audio; those damaged on the way are missing."""

    block: AudioBlock


class PeerReset(msgspec.Struct, frozen=True):
    """The peer has started anew and knows nothing. `pending` was never acknowledged, oldest first."""

    pending: tuple[NumberedMessage, ...]


class Incompatible(msgspec.Struct, frozen=True):
    """The peer speaks another major version: (major, minor) of both. Or both are cards, or both hosts."""

    theirs: tuple[int, int]
    ours: tuple[int, int]
    same_role: bool = False


class Silent(msgspec.Struct, frozen=True):
    """Nothing readable has come for `ticks`. What is under way is kept and repeated."""

    ticks: Tick


class HeardAgain(msgspec.Struct, frozen=True):
    """The peer is heard again after `Silent`."""


Output = Transmit | Up | Received | Audio | PeerReset | Incompatible | Silent | HeardAgain


class LinkMisuse(RuntimeError):
    """The link cannot do that in its state; nothing has changed."""


class LinkQueueFull(LinkMisuse):
    """Too many messages wait; nothing of this one was taken."""
