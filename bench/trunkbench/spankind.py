"""The kinds of span, as data: which timeslots a line has, where its D channel is, and what it is by default.

A 2,048 kbit/s E1 has timeslots 1 to 31 and its D channel on 16; a 1,544 kbit/s T1 has 24, the last of which
is the D channel of 23B+D (ITU-T I.431, G.704). The companding laws are those that G.711 gives to the
countries of either hierarchy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

KindName = Literal["e1", "t1", "bri"]
LawName = Literal["alaw", "ulaw"]
SwitchName = Literal["euroisdn", "ni2", "4ess", "5ess", "dms100", "qsig", "q931"]
"""The switch variants by their names in `trunkwire.q931.variants.VARIANTS`."""


@dataclass(frozen=True, slots=True)
class SpanKind:
    """One kind of span. A slot is one of its timeslots, numbered as the kind numbers them."""

    name: KindName | Literal["lines"]
    title: str
    slots: tuple[int, ...]
    """Every slot that can carry a channel, the D channel's included."""
    d_slot: int
    """Where the D channel is unless the config says otherwise."""
    d_slot_fixed: bool
    """Whether the D channel can be nowhere else."""
    d_bits: int
    """Bits of the D channel in one frame of 125 us: 8 at 64 kbit/s."""
    law: LawName
    """The law by default."""
    switch: SwitchName
    """The switch variant by default."""
    framed: bool
    """Whether the loopback models its framing: alignment, defects, line faults (G.704 clause 2.3, G.706)."""
    crc4: bool
    """Whether that framing has CRC-4 by default."""
    octets: int
    """Octets of a frame as the loopback renders it; octet 0 holds the framing and is no channel."""

    @property
    def b_slots(self) -> tuple[int, ...]:
        """The slots of the B channels when the D channel is where it is by default."""
        return tuple(slot for slot in self.slots if slot != self.d_slot)


E1 = SpanKind(
    name="e1",
    title="E1, 2,048 kbit/s",
    slots=tuple(range(1, 32)),
    d_slot=16,
    d_slot_fixed=False,
    d_bits=8,
    law="alaw",
    switch="euroisdn",
    framed=True,
    crc4=True,
    octets=32,
)
T1 = SpanKind(
    name="t1",
    title="T1, 1,544 kbit/s",
    slots=tuple(range(1, 25)),
    d_slot=24,
    d_slot_fixed=True,
    d_bits=8,
    law="ulaw",
    switch="ni2",
    framed=False,
    crc4=False,
    octets=25,
)
BRI = SpanKind(
    name="bri",
    title="BRI, 2B+D",
    slots=(1, 2, 3),
    d_slot=3,
    d_slot_fixed=True,
    d_bits=2,
    law="alaw",
    switch="euroisdn",
    framed=True,
    crc4=False,
    octets=4,
)

LINES = SpanKind(
    name="lines",
    title="31 analog lines",
    slots=tuple(range(1, 32)),
    d_slot=0,
    d_slot_fixed=True,
    d_bits=0,
    law="alaw",
    switch="q931",
    framed=False,
    crc4=False,
    octets=32,
)
"""No span of a config: the sound of analog lines, a slot for each, without any D channel."""

KINDS: Mapping[str, SpanKind] = MappingProxyType({kind.name: kind for kind in (E1, T1, BRI)})
"""The kinds by the name that `kind` has in a config."""
