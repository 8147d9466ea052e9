"""Packets that are D-channel frames: link types 203 and 177, and what an option says USER0 to USER15 are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from trunkbench.trace.capture import Damage, Packet
from trunkbench.trace.frames import FCS_LENGTHS, FcsWatch, frame_of
from trunkbench.trace.inputs.linktypes import USER0, USERS
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.record import Foreign, FrameRecord, Layer

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace


class LapdPackets:
    """The frames of one interface. A packet that is none is both damage and a packet without frame."""

    def __init__(self, layer: Layer) -> None:
        self._watch = FcsWatch()
        self._layer = layer

    def take(self, packet: Packet) -> Iterable[Item]:
        """The packet's frame."""
        if not packet.data and self._layer is not Layer.LAPD:
            return (Foreign(packet.number, packet.at_ns, packet.offset, "an empty packet"),)
        found = frame_of(packet, self._watch)
        if isinstance(found, Damage):
            return found, Foreign(packet.number, packet.at_ns, packet.offset, "not LAPD")
        if self._layer is not Layer.LAPD:
            found = msgspec.structs.replace(found, layer=self._layer)
        return (found,)

    def pattern(self, packet: Packet) -> FrameRecord | None:
        """The record of which those of all packets like `packet` are copies but for time, number, offset and
        octets; None as long as that is not certain.

        Packets are alike whose interface, direction and announced FCS are the same, and of link type 177 the
        header too; and of which nothing was cut off.
        """
        announced = packet.fcs_length in FCS_LENGTHS
        if self._layer is not Layer.LAPD or announced or not self._watch.settled:
            return None
        found = frame_of(packet, self._watch)
        return None if isinstance(found, Damage) or found.original is not None else found

    def finish(self) -> Iterable[Item]:
        """Nothing is kept."""
        return ()


class UnnamedUser:
    """Packets of a USER link type that no option names."""

    def __init__(self, number: int) -> None:
        self._number = number

    def take(self, packet: Packet) -> Iterable[Item]:
        """Nothing, told."""
        what = f"USER{self._number}, which is not said to be anything"
        return (Foreign(packet.number, packet.at_ns, packet.offset, what),)

    def finish(self) -> Iterable[Item]:
        """Nothing is kept."""
        return ()


def carrier(link_type: int, options: InputOptions, trace: Trace) -> LapdPackets | UnnamedUser:
    """What takes the packets of one interface."""
    if link_type not in USERS:
        return LapdPackets(Layer.LAPD)
    number = link_type - USER0
    if number in options.user:
        return LapdPackets(options.user[number])
    told = f"USER{number} is not said to be anything: name what it carries"
    if told not in trace.findings:
        trace.findings.append(told)
    return UnnamedUser(number)
