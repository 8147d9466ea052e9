"""scapy layers for LAPD, Q.931, IUA and TDMoE, made from the layouts that the bench itself reads and writes.

Importing this module binds them: to link types 203 (LAPD) and 177 (Linux LAPD), to EtherType 0xD00D (TDMoE)
and to SCTP's payload protocol 1 (IUA). scapy's `rdpcap`, `sniff(offline=...)`, `wrpcap`, `show()`, filters
and `fuzz` then work on traces of a D channel::

    from scapy.utils import rdpcap, wrpcap
    from trunkbench.scapy_layers import LAPD, Q931, element
    from trunkwire.q931.ies import CauseIE

    Cause = element(CauseIE)
    for packet in rdpcap("trunk.pcap"):
        if Cause in packet and packet[Cause].value == 34:
            packet.show()

    cleared = Q931(reference=7, message_type=0x5A, ies=[Cause(location=4, value=34)])
    wrpcap("release.pcap", LAPD(cr=1, ns=3, nr=5) / cleared)

Every octet that is read has a field (`trunkbench.planoctets` tells the names of spare and extension bits),
also in frames that are broken, so that a rebuilt frame has the octets of the one that was read. A field whose
octets are absent is None. Lengths that are not given are counted when a packet is built. scapy is imported
here and nowhere else: it takes long, and it is GPL-2.0-only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
from scapy.config import conf
from scapy.fields import (
    BitEnumField,
    BitField,
    ConditionalField,
    Field,
    PacketField,
    PacketListField,
    StrField,
    XByteField,
)
from scapy.layers.l2 import Ether
from scapy.layers.sctp import SCTPChunkData
from scapy.packet import Packet, Raw, bind_layers
from scapy.volatile import VolatileValue

from trunkbench.planoctets import Values, default_of, enumeration, named_masks, read, undeclared, write
from trunkwire.carriers.ethernet import CookedHeader
from trunkwire.carriers.iua import PPID, Dlci, IuaHeader, IuaParameter, ParameterTag
from trunkwire.carriers.tdmoe import Tdmoe
from trunkwire.codec.layout import Plan, Record, Run
from trunkwire.codec.primitives import Each, Number, Septets
from trunkwire.lapd.frames import InformationFrame, SupervisoryFrame, UnnumberedFrame
from trunkwire.lapd.management import ManagementMessage
from trunkwire.q931.ies import CATALOGUE, IE
from trunkwire.q931.ies.call import ShiftIE
from trunkwire.q931.maintenance import Maintenance
from trunkwire.q931.messages import MessageType

LINKTYPE_LAPD = 203
LINKTYPE_LINUX_LAPD = 177
ETHERTYPE_TDMOE = 0xD00D


class LayoutPacket(Packet):
    """Base: a packet of which every octet up to its payload is in a field.

    A subclass says how octets become values (`take`) and values octets (`give`).
    """

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        """The values of the fields, and the octets behind them."""
        raise NotImplementedError

    def give(self, values: Values) -> bytes:
        """The octets of the values."""
        raise NotImplementedError

    def do_dissect(self, s: bytes) -> bytes:
        """Fill all fields: an absent one is None, whatever its default."""
        values, behind = self.take(s)
        self.raw_packet_cache_fields = {}
        for field in self.fields_desc:
            value = self.fields[field.name] = values.get(field.name)
            if (field.holds_packets or field.islist) and value is not None:
                held = self._raw_packet_cache_field_value(field, value, copy=True)
                self.raw_packet_cache_fields[field.name] = held
        self.raw_packet_cache = s[: len(s) - len(behind)]
        self.explicit = 1
        return behind

    def self_build(self) -> bytes:
        """The octets that were read as long as nothing is changed, else those that the fields say."""
        if self.raw_packet_cache is not None and all(
            self._raw_packet_cache_field_value(*self.getfield_and_val(name)) == value
            for name, value in (self.raw_packet_cache_fields or {}).items()
        ):
            return bytes(self.raw_packet_cache)
        self.raw_packet_cache = None
        held = {field.name: self.getfieldval(field.name) for field in self.fields_desc}
        settled = {name: v._fix() if isinstance(v, VolatileValue) else v for name, v in held.items()}
        return self.give(settled)  # random values are drawn


class SeptetField(Field[Any, Any]):
    """A number or numbers in groups of seven bits; octets where the numbers would not say all."""

    islist = 1

    def i2repr(self, _packet: Packet | None, value: Any) -> str:
        """The value as Python writes it."""
        return repr(value)


def there(name: str) -> Callable[[Packet], bool]:
    """The condition of a field that is shown: it has a value."""
    return lambda packet: packet.getfieldval(name) is not None


def fields_of(record: type[Record], *leave: str, counted: str = "") -> Iterator[ConditionalField]:
    """scapy fields for everything in a record's layout but what `leave` names, in wire order.

    `counted` names a length, which has no default.
    """
    given = {field.name: field.default for field in msgspec.structs.fields(record)}
    for item in record.layout.plan.items:
        if isinstance(item, Run):
            name = item.field.name
            default = None if name == counted else default_of(item, given[name])
            if name not in leave:
                yield conditional(_run(item, default))
            continue
        for field, _shift, mask in item.fields:
            names = enumeration(field.members or ())
            made = (field.name, default_of(item, given[field.name]), mask.bit_count())
            yield conditional(BitEnumField(*made, names) if names else BitField(*made))
        for name, mask in named_masks(item):
            yield conditional(BitField(name, None, mask.bit_count()))
        if item.extension:
            yield conditional(StrField(undeclared(item), None))
    yield conditional(StrField("trailing", None))


def conditional(field: Any) -> ConditionalField:
    """A field that is there if it has a value."""
    return ConditionalField(field, there(field.name))


def _run(item: Run, default: Any) -> Any:
    name, place = item.field.name, item.field.place
    if isinstance(place, Number):
        return BitField(name, default, 8 * place.octets)
    return SeptetField(name, default) if isinstance(place, Each | Septets) else StrField(name, default)


class PlanPacket(LayoutPacket):
    """A packet with one layout; what the run `_rest` holds is its payload."""

    _plan: ClassVar[Plan]
    _rest: ClassVar[str] = ""

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        values = read(self._plan, octets)
        return values, values.pop(self._rest, b"") if self._rest else b""

    def give(self, values: Values) -> bytes:
        return write(self._plan, values)


def packet_class(name: str, base: type[LayoutPacket], fields: list[Any], about: str, **more: Any) -> Any:
    """A class of packets. Raises TypeError for a field that scapy's attributes would hide."""
    hidden = [field.name for field in fields if hasattr(base, field.name)]
    if hidden:
        raise TypeError(f"{name}: scapy has attributes {', '.join(hidden)} of its own")
    held = {"name": name, "fields_desc": fields, "__doc__": about, "__module__": __name__, **more}
    return type(name, (base,), held)


def plan_packet(name: str, record: type[Record], rest: str = "") -> Any:
    """The packet class of a record; `rest` names the run that is its payload."""
    fields = list(fields_of(record, rest))
    return packet_class(name, PlanPacket, fields, record.__doc__ or "", _plan=record.layout.plan, _rest=rest)


SINGLE = 0x80
"""Identifiers from here on are of elements of one octet (Q.931 4.5.1)."""


class Element(LayoutPacket):
    """Base of the information elements (Q.931 4.5.1): identifier, length, contents."""

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        end = 2 + octets[1]
        return {"ie_id": octets[0], "ie_len": octets[1], **self.contents_in(octets[2:end])}, octets[end:]

    def give(self, values: Values) -> bytes:
        contents = self.octets_of(values)
        length = values["ie_len"]
        return bytes((values["ie_id"], min(len(contents), 255) if length is None else length)) + contents

    def contents_in(self, octets: bytes) -> Values:
        """The values of the contents."""
        return {"contents": octets}

    def octets_of(self, values: Values) -> bytes:
        """The contents of the values."""
        return bytes(values["contents"] or b"")


class RawElement(Element):
    """An information element that is kept as octets: nothing declares it."""

    name = "Q931 element"
    fields_desc: ClassVar[list[Any]] = [
        XByteField("ie_id", 0),
        conditional(BitField("ie_len", None, 8)),
        StrField("contents", b""),
    ]


class LoneOctet(Element):
    """An element of one octet that nothing declares, or an identifier that ends the message."""

    name = "Q931 octet"
    fields_desc: ClassVar[list[Any]] = [XByteField("ie_id", 0)]

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        return {"ie_id": octets[0]}, octets[1:]

    def give(self, values: Values) -> bytes:
        return bytes((values["ie_id"],))


class DeclaredElement(Element):
    """An information element whose contents are declared."""

    _plan: ClassVar[Plan]

    def contents_in(self, octets: bytes) -> Values:
        return read(self._plan, octets)

    def octets_of(self, values: Values) -> bytes:
        return write(self._plan, values)


class SingleElement(DeclaredElement):
    """A declared element of one octet, which holds identifier and contents."""

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        values = self.contents_in(octets[:1]) if self._plan.items else {}
        return {"ie_id": octets[0], **values}, octets[1:]

    def give(self, values: Values) -> bytes:
        return self.octets_of(values) if self._plan.items else bytes((values["ie_id"],))


def _element(declared: type[IE]) -> Any:
    single = declared.identifier >= SINGLE
    head: list[Any] = [XByteField("ie_id", declared.identifier)]
    head += [] if single else [conditional(BitField("ie_len", None, 8))]
    return packet_class(
        f"Q931{declared.__name__.removesuffix('IE')}",
        SingleElement if single else DeclaredElement,
        head + list(fields_of(declared)),
        f"{declared.title.capitalize()} (Q.931 {declared.clause}).",
        _plan=declared.layout.plan,
    )


ELEMENTS: Mapping[type[IE], Any] = MappingProxyType({cls: _element(cls) for cls in CATALOGUE.values()})
"""The packet class of every declared information element."""


def element(declared: type[IE]) -> Any:
    """The packet class of a declared element, such as `CauseIE`. Raises KeyError for any other class."""
    return ELEMENTS[declared]


def elements_in(octets: bytes) -> Iterator[Packet]:
    """The elements of a message, each read in the codeset that the shifts before it ask for (Q.931 4.5.3,
    4.5.4)."""
    at = locked = active = 0
    while at < len(octets):
        window = octets[at : at + 2 + 255]
        packet = element_class(window, active)()
        at += len(window) - len(packet.do_dissect(window))
        yield packet
        active = locked
        if isinstance(packet, ELEMENTS[ShiftIE]):
            active = packet.codeset
            locked = locked if packet.non_locking else max(locked, active)


def element_class(octets: bytes, codeset: int) -> Any:
    """The packet class of the element that `octets` begin with."""
    identifier = octets[0]
    if identifier >= SINGLE:
        kind = CATALOGUE.get((0, identifier)) or CATALOGUE.get((0, identifier - identifier % 16))
    else:
        kind = CATALOGUE.get((codeset, identifier))
    if identifier < SINGLE and len(octets) > 1:
        return RawElement if kind is None else ELEMENTS[kind]
    return LoneOctet if kind is None or identifier < SINGLE else ELEMENTS[kind]


class Q931(LayoutPacket):
    """A message of Q.931, of Q.932 or of channel maintenance (Q.931 4.1): header and information elements."""

    name = "Q931"
    fields_desc: ClassVar[list[Any]] = [
        conditional(XByteField("discriminator", 8)),
        conditional(BitField("reference_length", 2, 8)),
        conditional(BitField("to_originator", 0, 1)),
        conditional(BitField("reference", 0, 15)),
        conditional(BitEnumField("message_type", 0x62, 8, {int(m): m.title for m in MessageType})),
        PacketListField("ies", []),
    ]

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        values: Values = {"discriminator": octets[0], "ies": []}
        if len(octets) == 1:
            return values, b""
        count = values["reference_length"] = octets[1]
        at = 2 + count
        if len(octets) <= at:
            return values, octets[2:]
        if count:
            number = int.from_bytes(octets[2:at], "big")
            values["to_originator"], values["reference"] = divmod(number, 256**count // 2)
        values["message_type"] = octets[at]
        values["ies"] = list(elements_in(octets[at + 1 :]))
        return values, b""

    def give(self, values: Values) -> bytes:
        head = [values[name] for name in ("discriminator", "reference_length") if values[name] is not None]
        out = bytes(head)
        if values["message_type"] is None:
            return out
        count = values["reference_length"]
        if count and values["reference"] is not None:
            half = 256**count // 2
            flag = (values["to_originator"] or 0) % 2
            out += (flag * half + values["reference"] % half).to_bytes(count, "big")
        return out + bytes((values["message_type"],)) + b"".join(map(bytes, values["ies"] or ()))


MESSAGES = frozenset({8, *(protocol.discriminator for protocol in Maintenance)})
"""Protocol discriminators of what `Q931` reads."""

INFORMATION, SUPERVISORY, UNNUMBERED = 0, 1, 3
"""The values of a control field's format bits (Q.921 3.4)."""
FORMATS: Mapping[int, type[Record]] = MappingProxyType(
    {INFORMATION: InformationFrame, SUPERVISORY: SupervisoryFrame, UNNUMBERED: UnnumberedFrame}
)
CALL_CONTROL, MANAGEMENT = 0, 63
"""Service access points (Q.921 table 2)."""
_BEHIND = ("information", "surplus")

TEIManagement = plan_packet("TEIManagement", ManagementMessage)


def _in_format(name: str) -> Callable[[Packet], bool]:
    """The condition of a field that some formats have."""

    def condition(packet: Packet) -> bool:
        plan = FORMATS.get(packet.getfieldval("format") or 0, InformationFrame).layout.plan
        declared = name in ("format", "trailing") or any(field.name == name for field in plan.fields)
        return declared and packet.getfieldval(name) is not None

    return condition


def _lapd_fields() -> list[Any]:
    """The fields of the three formats, each once; the format follows from the control field."""
    found: dict[str, Any] = {}
    for record in FORMATS.values():
        for held in fields_of(record, *_BEHIND):
            found.setdefault(held.name, held.fld)
    found["format"] = BitField("format", None, 2)
    return [ConditionalField(field, _in_format(name)) for name, field in found.items()]


class LAPD(LayoutPacket):
    """A LAPD frame without FCS (Q.921 clause 3). `format` 0 or none is numbered information, 1 supervisory,
    3 unnumbered."""

    name = "LAPD"
    fields_desc: ClassVar[list[Any]] = _lapd_fields()

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        control = octets[2] if len(octets) > 2 else 0
        record = FORMATS[control % 4 if control % 2 else INFORMATION]
        values = read(record.layout.plan, octets)
        return values, b"".join(values.pop(name, b"") for name in _BEHIND)

    def give(self, values: Values) -> bytes:
        record = FORMATS.get(values["format"] or 0, InformationFrame)
        whole = values["nr" if record is not UnnumberedFrame else "pf"] is not None
        if values["format"] is None and whole:
            values = {**values, "format": INFORMATION}
        plan = record.layout.plan
        held = {field.name: values.get(field.name) for field in plan.fields}
        return write(plan, {**held, "trailing": values["trailing"]})

    def guess_payload_class(self, payload: bytes) -> Any:
        """Q.931 for call control, TEI management for management; else octets."""
        informs = not self.format or (
            self.format == UNNUMBERED and not self.modifier_high and not self.modifier_low
        )
        if informs and self.sapi == CALL_CONTROL and payload[0] in MESSAGES:
            return Q931
        if informs and self.sapi == MANAGEMENT and self.format == UNNUMBERED:
            return TEIManagement
        return super().guess_payload_class(payload)


LinuxLAPD = plan_packet("LinuxLAPD", CookedHeader, "payload")

TDMoE = plan_packet("TDMoE", Tdmoe, "rest")
IUADlci = plan_packet("IUADlci", Dlci)
IUA_HEADER = 8
PARAMETER_HEADER = 4


class IUAParameter(LayoutPacket):
    """A parameter of IUA (RFC 4233 3.1.5) with its padding; `value` is Q.931, a DLCI, or octets."""

    name = "IUA parameter"
    fields_desc: ClassVar[list[Any]] = [
        conditional(
            BitEnumField("tag", int(ParameterTag.PROTOCOL_DATA), 16, enumeration(tuple(ParameterTag)))
        ),
        conditional(BitField("length", None, 16)),
        PacketField("value", None, Raw),
        conditional(StrField("padding", None)),
        conditional(StrField("trailing", None)),
    ]

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        if len(octets) < PARAMETER_HEADER:
            values = read(IuaParameter.layout.plan, octets)
            return {"trailing": b"", **values}, b""
        end = max(PARAMETER_HEADER, int.from_bytes(octets[2:4], "big"))
        values = read(IuaParameter.layout.plan, octets[:end])
        behind = end + -end % 4
        contents = values["value"]
        kind: Any = Raw
        if values["tag"] == ParameterTag.DLCI:
            kind = IUADlci
        elif values["tag"] == ParameterTag.PROTOCOL_DATA and contents[:1] and contents[0] in MESSAGES:
            kind = Q931
        values["value"] = kind(contents) if contents else None
        return {**values, "padding": octets[end:behind]}, octets[behind:]

    def give(self, values: Values) -> bytes:
        value = b"" if values["value"] is None else bytes(values["value"])
        length = values["length"]
        if length is None and values["trailing"] is None:
            length = PARAMETER_HEADER + len(value)
        padding = bytes(-len(value) % 4) if values["padding"] is None else values["padding"]
        held = {"tag": values["tag"], "length": length, "value": value or None}
        return write(IuaParameter.layout.plan, {**held, "trailing": values["trailing"]}) + padding


class IUA(LayoutPacket):
    """A message of IUA (RFC 4233 3.1): the common header and its parameters."""

    name = "IUA"
    fields_desc: ClassVar[list[Any]] = [
        *fields_of(IuaHeader, "parameters", counted="length"),
        PacketListField("parameters", [], IUAParameter),
    ]

    def take(self, octets: bytes) -> tuple[Values, bytes]:
        values = read(IuaHeader.layout.plan, octets)
        contents = values.pop("parameters", None)
        if contents is None:
            return {"trailing": b"", **values, "parameters": []}, b""
        end = max(0, values["length"] - IUA_HEADER)
        values["parameters"], inside = [], contents[:end]
        while inside:
            values["parameters"].append(IUAParameter())
            inside = values["parameters"][-1].do_dissect(inside)
        return values, contents[end:]

    def give(self, values: Values) -> bytes:
        parameters = b"".join(map(bytes, values["parameters"] or ()))
        held = {**values, "parameters": parameters or None}
        if held["length"] is None and held["trailing"] is None:
            held["length"] = IUA_HEADER + len(parameters)
        return write(IuaHeader.layout.plan, held)


conf.l2types.register(LINKTYPE_LAPD, LAPD)
conf.l2types.register(LINKTYPE_LINUX_LAPD, LinuxLAPD)
bind_layers(LinuxLAPD, LAPD)
bind_layers(Ether, TDMoE, type=ETHERTYPE_TDMOE)
bind_layers(SCTPChunkData, IUA, proto_id=PPID)
