"""Elements for packet communications and X.25 facilities (Q.931 4.6)."""

from __future__ import annotations

from typing import Annotated

from trunkwire.codec.primitives import Bits, IfMore, Septets, Text
from trunkwire.q931.ies.coded import CugIndication, FastSelect, PacketSize, ReverseCharging, ThroughputClass
from trunkwire.q931.ies.element import IE, ie


@ie(0x40, clause="4.6.3", title="information rate")
class InformationRateIE(IE, frozen=True, kw_only=True):
    """Throughput classes of an X.25 call, wanted and least."""

    incoming: Annotated[ThroughputClass | int, Bits("3", 5, 1, ws="q931.information_rate.incoming")]
    outgoing: Annotated[ThroughputClass | int, Bits("4", 5, 1, ws="q931.information_rate.outgoing")]
    least_incoming: Annotated[
        ThroughputClass | int, Bits("5", 5, 1, ws="q931.information_rate.minimum_incoming")
    ]
    least_outgoing: Annotated[
        ThroughputClass | int, Bits("6", 5, 1, ws="q931.information_rate.minimum_outgoing")
    ]


@ie(0x42, clause="4.6.2", title="end-to-end transit delay", octets={"4": IfMore(), "5": IfMore()})
class EndToEndDelayIE(IE, frozen=True, kw_only=True):
    """Transit delays in milliseconds, each in three octets."""

    cumulative: Annotated[int, Septets("3", 3, 16, ws="q931.cumulative_transit_delay")]
    requested: Annotated[int | None, Septets("4", 3, 16, ws="q931.requested_end_to_end_transit_delay")] = None
    maximum: Annotated[int | None, Septets("5", 3, 16, ws="q931.maximum_end_to_end_transit_delay")] = None


@ie(0x43, clause="4.6.9", title="transit delay selection and indication")
class TransitDelayIE(IE, frozen=True, kw_only=True):
    """The transit delay of an X.25 call in milliseconds."""

    delay: Annotated[int, Septets("3", 3, 16, ws="q931.transit_delay")]


@ie(0x44, clause="4.6.4", title="packet layer binary parameters")
class PacketParametersIE(IE, frozen=True, kw_only=True):
    """Yes or no of an X.25 call: expedited data asked for or accepted, delivery confirmed `end_to_end` (else
    link by link), sequence numbers `modulo_128` (else 8)."""

    fast_select: Annotated[FastSelect, Bits("3", 5, 4, ws="q931.fast_select")] = FastSelect.NOT_REQUESTED
    expedited: Annotated[bool, Bits("3", 3, 3, ws="q931.pl_request")] = False
    end_to_end: Annotated[bool, Bits("3", 2, 2, ws="q931.pl_binary_confirmation")] = False
    modulo_128: Annotated[bool, Bits("3", 1, 1, ws="q931.pl_modulus")] = False


@ie(0x45, clause="4.6.5", title="packet layer window size", octets={"4": IfMore()})
class PacketWindowIE(IE, frozen=True, kw_only=True):
    """Windows of an X.25 call in packets."""

    forward: Annotated[int, Bits("3", 7, 1, ws="q931.pl_window_size.forward_value")]
    backward: Annotated[int | None, Bits("4", 7, 1, ws="q931.pl_window_size.backward_value")] = None


@ie(0x46, clause="4.6.6", title="packet size", octets={"4": IfMore()})
class PacketSizeIE(IE, frozen=True, kw_only=True):
    """Packet sizes of an X.25 call, as powers of two."""

    forward: Annotated[PacketSize | int, Bits("3", 7, 1, ws="q931.packet_size.forward_value")]
    backward: Annotated[PacketSize | int | None, Bits("4", 7, 1, ws="q931.packet_size.backward_value")] = None


@ie(0x47, clause="4.6.1", title="closed user group")
class ClosedUserGroupIE(IE, frozen=True, kw_only=True):
    """The closed user group of a call by its index, in IA5 digits."""

    indication: Annotated[CugIndication | int, Bits("3", 3, 1, ws="q931.cug_indication")]
    index: Annotated[str, Text("4", ws="q931.cug_index_code")] = ""


@ie(0x4A, clause="4.6.8", title="reverse charging indication")
class ReverseChargingIE(IE, frozen=True, kw_only=True):
    """Whether the called user is to pay."""

    indication: Annotated[ReverseCharging | int, Bits("3", 3, 1, ws="q931.reverse_charging_ind")] = (
        ReverseCharging.REQUESTED
    )
