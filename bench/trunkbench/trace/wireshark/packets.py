"""Packets of a capture as tshark 4.0 shows them: what each link type leads to, and what a capture keeps.

`PacketFields` takes the packets of one capture in their order, since segments of a message (Q.931 Annex H)
are put together in the packet that brings the last one.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from trunkbench.trace import pcapng as ng
from trunkbench.trace.capture import Packet
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkbench.trace.wireshark.lapd import CALL_CONTROL, information, lapd_fields, sapi
from trunkbench.trace.wireshark.message import Element, MessageReader, read_element
from trunkbench.trace.wireshark.names import NUMBER, TIME, column
from trunkbench.trace.wireshark.steps import Fields
from trunkwire.side import Side

_NS = 1_000_000_000
_MOST_ELEMENTS = 65_536
"""Elements remembered; they recur, and what does not recur must not fill the memory."""

PacketTexts = dict[str, list[str]]
"""The texts of each field that a packet has, in tshark's order."""

_COOKED = struct.Struct(">HHHB7xH")
_SENT_BY_US, _SENT_BY_ANOTHER_USER = 4, 3
_LAPD = 0x30
_DIRECTIONS = {ng.FLAG_INBOUND: Side.NETWORK, ng.FLAG_OUTBOUND: Side.USER}
"""tshark takes the recording end for the user, whatever it is."""


class PacketFields:
    """The fields of the packets of one capture, each packet given once and in the capture's order."""

    def __init__(self) -> None:
        self._memo: dict[tuple[int, bytes], Element] = {}
        self._reader = MessageReader(self._element)
        self._layers: dict[int, Callable[[Packet], Fields]] = {
            ng.LINKTYPE_LAPD: self._framed,
            ng.LINKTYPE_LINUX_LAPD: self._framed,
        }
        self._all_layers = False

    def packet(self, packet: Packet) -> PacketTexts:
        """All fields of a packet; one that tshark does not read further has its number and time."""
        texts: PacketTexts = {NUMBER: [str(packet.number)]}
        clock = epoch(packet.at_ns) if packet.clock is None else packet.clock
        if clock:
            texts[TIME] = [clock]
        layer = self._layers.get(packet.link_type)
        if layer is None and not self._all_layers:
            self._import_others()
            layer = self._layers.get(packet.link_type)
        return texts if layer is None else _gathered(texts, layer(packet))

    def _import_others(self) -> None:
        """What carries LAPD or Q.931 in other ways, imported once a capture is of another link type."""
        from trunkbench.trace.wireshark import isup
        from trunkbench.trace.wireshark.network import Network

        network = Network(self._reader)
        self._layers |= dict.fromkeys(network.link_types, network.packet)
        self._isup = isup.Isup(self._reader)
        self._layers |= dict.fromkeys(isup.LINK_TYPES, self._isup.packet)
        self._all_layers = True

    def records(self, records: Sequence[FrameRecord]) -> PacketTexts:
        """All fields of the frames of one packet of a trace that tshark cannot read, as if it could."""
        first = records[0]
        texts: PacketTexts = {NUMBER: [str(first.number)], TIME: [epoch(first.at_ns)]}
        for record in records:
            _gathered(texts, self._record(record))
        return texts

    def _record(self, record: FrameRecord) -> Fields:
        cut = max((record.original or 0) - len(record.data), 0)
        if record.layer is Layer.LAPD:
            sender = record.side
            if sender is not None and record.direction is Direction.IN:
                sender = Side.USER if sender is Side.NETWORK else Side.NETWORK
            known = record.direction is not Direction.UNKNOWN
            return self.lapd(record.data, record.number, sender if known else None, cut)
        if record.layer is Layer.Q931:
            return self._reader.read(record.data, record.number, cut=cut)
        return self._isup.unit(record.data) if record.layer is Layer.MTP2 else []

    def lapd(self, frame: bytes, number: int, sender: Side | None = None, cut: int = 0) -> Fields:
        """The fields of a LAPD frame of which the capture did not keep the last `cut` octets."""
        fields = lapd_fields(frame, sender)
        inside = information(frame)
        if inside is not None and sapi(frame) == CALL_CONTROL:
            fields += self._reader.read(inside, number, cut=cut)
        return fields

    def _element(self, codeset: int, octets: bytes) -> Element:
        key = (codeset, octets)
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) >= _MOST_ELEMENTS:
                self._memo.clear()
            found = self._memo[key] = read_element(codeset, octets)
        return found

    def _framed(self, packet: Packet) -> Fields:
        """Link types 203 and 177: a frame."""
        found = frame_in(packet)
        if found is None:
            return []
        data, sender = found
        return self.lapd(data, packet.number, sender, packet.original - len(packet.data))


def frame_in(packet: Packet) -> tuple[bytes, Side | None] | None:
    """The frame in a packet of link type 203 or 177, and who sent it as far as tshark tells; None if there
    is none.

    Of link type 203 pcapng may tell which way a frame went. In 177 sixteen octets tell which end recorded
    and which way the frame went.
    """
    if packet.link_type == ng.LINKTYPE_LAPD:
        return packet.data, _DIRECTIONS.get(packet.direction)
    if len(packet.data) < _COOKED.size:
        return None
    kind, _hardware, _length, network, protocol = _COOKED.unpack_from(packet.data)
    if protocol != _LAPD:
        return None
    by_network = bool(network) is (kind == _SENT_BY_US)
    sender = Side.NETWORK if by_network and kind != _SENT_BY_ANOTHER_USER else Side.USER
    return packet.data[_COOKED.size :], sender


def epoch(at_ns: int) -> str:
    """A time as tshark prints it: seconds since 1970 with nine places."""
    seconds, rest = divmod(abs(at_ns), _NS)
    return f"{'-' if at_ns < 0 else ''}{seconds}.{rest:09d}"


def line(texts: PacketTexts, names: Sequence[str]) -> str:
    """One line of `--fields`, without its end."""
    return "\t".join([column(texts[name]) if name in texts else "" for name in names])


def _gathered(texts: PacketTexts, fields: Fields) -> PacketTexts:
    for name, text in fields:
        texts.setdefault(name, []).append(text)
    return texts
