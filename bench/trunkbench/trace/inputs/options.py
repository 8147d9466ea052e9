"""What a reader of traces may be told, and what it yields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from trunkbench.trace.capture import Damage
from trunkbench.trace.record import Audio, Foreign, FrameRecord, Happening, Layer

Item = FrameRecord | Happening | Audio | Foreign | Damage
"""What a trace holds. Every packet of a capture yields at least one item, so that none is left out."""


class InputOptions(msgspec.Struct, frozen=True):
    """What the content of a file cannot tell.

    `user` says what link types USER0 (147) to USER15 (162) carry, by their number 0 to 15. `audio` asks for
    B-channel octets too (they cost time and are wanted only for `--wav`). `satop` names UDP ports that
    carry SAToP, `cesopsn` those that carry CESoPSN and their number of timeslots, where the content does not
    tell.

    `wait` makes the reader follow a file that grows: it is called whenever the end is reached, and says
    whether to look again (`source.wait_a_little` is what a command line gives). `path` is where that file
    stands, so that its replacement is noticed.
    """

    user: Mapping[int, Layer] = msgspec.field(default_factory=dict)
    audio: bool = False
    satop: frozenset[int] = frozenset()
    cesopsn: Mapping[int, int] = msgspec.field(default_factory=dict)
    wait: Callable[[], bool] | None = None
    path: str | None = None
