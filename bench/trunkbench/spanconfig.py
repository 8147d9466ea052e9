"""`[[span]]` of a bench's configuration: one line with its D channel, and what it must not say against
itself.

What a key is by default depends on the kind of the span (`trunkbench.spankind`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec

from trunkbench.bri.config import Mode, TerminalConfig, contradictions
from trunkbench.spankind import KINDS, KindName, LawName, SpanKind, SwitchName
from trunkwire.side import Side

LOOPBACK = "loopback"
"""The port that needs no hardware: both ends of the span are the bench's own, on a software wire."""

_OF_THE_KIND: Any = None  # filled in by __post_init__, so that no reader ever sees it


class SpanConfig(msgspec.Struct, frozen=True):
    """`[[span]]`: one line with its D channel."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    port: Annotated[str, msgspec.Meta(pattern=r"^(loopback|[a-z][a-z0-9-]*:\S+)$")] = LOOPBACK
    """`loopback`, or `back-end:address` of a hardware port."""
    far_port: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*:\S+$")] | None = None
    """The port at the other end of a crossover cable; the loopback has its own."""
    end: Literal["near", "far"] = "near"
    """Topology through-dut: whether calls enter the device by this span (near) or leave it (far)."""
    public: bool = False
    """Whether the port reaches the public network: then it dials only what `[safety]` allows."""
    kind: KindName = "e1"
    law: LawName = _OF_THE_KIND
    """By default A-law on an E1, mu-law on a T1."""
    crc4: bool = _OF_THE_KIND
    """Whether an E1 carries the CRC-4 multiframe (by default it does); a T1 cannot."""
    mode: Mode | None = None
    """Of a basic access: one user (`point-to-point`, the default), or terminals on a bus."""
    terminals: tuple[TerminalConfig, ...] = msgspec.field(default=(), name="terminal")
    """`[[span.terminal]]`: the terminals on the bus of a basic access."""
    near: Side = Side.NETWORK
    """The side of the D channel that the near end plays; the far end is its peer."""
    switch: SwitchName = _OF_THE_KIND
    """The switch variant that both ends speak: by default EuroISDN, on a T1 National ISDN-2."""
    channel_numbering: Literal["timeslot", "logical"] = "timeslot"
    """Channel number on the D channel: the timeslot (1–15, 17–31), or counted on without gap (1–30)."""
    d_channel: Annotated[int, msgspec.Meta(ge=1, le=31)] = _OF_THE_KIND
    """Its timeslot: by default 16 of an E1; 24 of a T1, which has it nowhere else."""
    b_channels: tuple[Annotated[int, msgspec.Meta(ge=1, le=31)], ...] = ()
    """Timeslots in use for calls; none given means all but the D channel."""
    clock: Literal["recover", "internal"] = "internal"
    """Where `port` takes its transmit clock from: from what it receives, or it is the master itself."""
    far_clock: Literal["recover", "internal"] | None = None
    """The same for `far_port`; by default the other one, so that the span has one master."""

    def __post_init__(self) -> None:
        kind = self.of_kind
        defaults = {"law": kind.law, "crc4": kind.crc4, "d_channel": kind.d_slot, "switch": kind.switch}
        for name, value in defaults.items():
            if getattr(self, name) is None:
                msgspec.structs.force_setattr(self, name, value)

    @property
    def of_kind(self) -> SpanKind:
        """What the kind of the span says."""
        return KINDS[self.kind]

    @property
    def is_bus(self) -> bool:
        """Whether several terminals share the span's D channel."""
        return self.mode == "point-to-multipoint"

    @property
    def clock_at_far_port(self) -> Literal["recover", "internal"]:
        """Where the port at the other end of a crossover cable takes its clock from."""
        if self.far_clock is not None:
            return self.far_clock
        return "recover" if self.clock == "internal" else "internal"

    @property
    def slots(self) -> tuple[int, ...]:
        """The timeslots of the B channels, in the order given (by default ascending)."""
        return self.b_channels or tuple(slot for slot in self.of_kind.slots if slot != self.d_channel)

    @property
    def is_loopback(self) -> bool:
        """Whether the span is the software loopback."""
        return self.port == LOOPBACK

    def contradictions(self) -> Iterator[str]:
        """Keys of this span that are each valid and cannot hold together: `key: reason; remedy`."""
        kind = self.of_kind
        last = kind.slots[-1]
        if self.d_channel in self.b_channels:
            yield f"b_channels: timeslot {self.d_channel} carries the D channel (d_channel)"
        for slot in sorted({slot for slot in self.b_channels if self.b_channels.count(slot) > 1}):
            yield f"b_channels: timeslot {slot} is listed more than once"
        for slot in sorted({slot for slot in self.b_channels if slot not in kind.slots}):
            usable = tuple(slot for slot in kind.slots if slot != kind.d_slot)
            yield (
                f"b_channels: there is no timeslot {slot} on a {kind.name.upper()} of {last}; "
                f"its B channels are {usable[0]} to {usable[-1]}"
            )
        if kind.d_slot_fixed and self.d_channel != kind.d_slot:
            yield (
                f"d_channel: a {kind.name.upper()} has its D channel on timeslot {kind.d_slot}, "
                f"not {self.d_channel}; leave the key out"
            )
        yield from contradictions(
            self.mode, self.terminals, is_basic=self.kind == "bri", network_near=self.near is Side.NETWORK
        )
        if self.crc4 and self.kind != "e1":
            yield f"crc4: is a matter of E1 framing; a {kind.name.upper()} has none, leave the key out"
        if self.kind == "bri" and self.switch not in ("euroisdn", "q931"):
            yield f"switch: {self.switch!r} is a variant of the primary rate interface; a BRI has 'euroisdn'"
        if not self.is_loopback and self.kind != "e1":
            yield f"kind: {self.kind!r} is on the loopback only; the back ends of hardware drive E1 spans"
