"""What a reader of traces may be told, and what it yields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trunkbench.trace.capture import Damage
from trunkbench.trace.record import Audio, Foreign, FrameRecord, Happening, Layer

Item = FrameRecord | Happening | Audio | Foreign | Damage
"""What a trace holds. Every packet of a capture yields at least one item, so that none is left out."""


@dataclass(frozen=True, slots=True)
class InputOptions:
    """What the content of a file cannot tell.

    `user` says what link types USER0 (147) to USER15 (162) carry, by their number 0 to 15. `audio` asks for
    B-channel octets too (they cost time and are wanted only for `--wav`).
    """

    user: Mapping[int, Layer] = field(default_factory=dict)
    audio: bool = False
