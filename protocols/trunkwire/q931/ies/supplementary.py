"""Elements of supplementary and maintenance procedures (Q.931 4.5, Annex H; Q.951; the North American
SERVICE).
"""

from __future__ import annotations

from typing import Annotated

from trunkwire.codec.primitives import Bits, Counted, Fixed, IfMore, Rest, Text, When
from trunkwire.q931.ies.element import IE, ie
from trunkwire.q931.ies.values import (
    ChannelStatus,
    CongestionLevel,
    NetworkKind,
    NetworkPlan,
    NumberingPlan,
    NumberType,
    Presentation,
    RedirectionReason,
    Repetition,
    Screening,
    Signal,
    SubaddressType,
)
from trunkwire.q931.messages import MessageType

_NETWORK_NAMED = When(length=tuple(range(1, 256)))


@ie(0x00, clause="4.5.26", title="segmented message")
class SegmentedMessageIE(IE, frozen=True, kw_only=True):
    """Which part of which message a SEGMENT carries; `remaining` counts the segments still to come."""

    first: Annotated[bool, Bits("3", 8, 8)]
    remaining: Annotated[int, Bits("3", 7, 1)]
    message_type: Annotated[MessageType | int, Bits("4", 8, 1, ws="q931.segment_type")]


@ie(0x10, clause="4.5.6", title="call identity")
class CallIdentityIE(IE, frozen=True, kw_only=True):
    """Under which name the network keeps a suspended call; 8 octets at most."""

    identity: Annotated[bytes, Rest("3")] = b""


@ie(
    0x20,
    clause="4.5.21",
    title="network-specific facilities",
    octets={"3.1": _NETWORK_NAMED, "3.2": _NETWORK_NAMED},
)
class NetworkFacilitiesIE(IE, frozen=True, kw_only=True):
    """Facilities of one network. `network` is its identification of `length` - 1 characters; there is none
    with `length` 0."""

    length: Annotated[int, Bits("3", 8, 1, ws="q931.netid.length")] = 0
    kind: Annotated[NetworkKind | int | None, Bits("3.1", 7, 5, ws="q931.netid.type")] = None
    plan: Annotated[NetworkPlan | int | None, Bits("3.1", 4, 1, ws="q931.netid.plan")] = None
    network: Annotated[str | None, Counted("3.2", "length", 1, text=True, ws="q931.netid")] = None
    facility: Annotated[bytes, Rest("4", ws="q931.netid.facility_specification")] = b""


@ie(0x29, clause="4.5.15", title="date/time", octets={"6": IfMore(), "7": IfMore(), "8": IfMore()})
class DateTimeIE(IE, frozen=True, kw_only=True):
    """The network's clock: binary, the year as its last two digits."""

    year: Annotated[int, Bits("3", 8, 1)]
    month: Annotated[int, Bits("4", 8, 1)]
    day: Annotated[int, Bits("5", 8, 1)]
    hour: Annotated[int | None, Bits("6", 8, 1)] = None
    minute: Annotated[int | None, Bits("7", 8, 1)] = None
    second: Annotated[int | None, Bits("8", 8, 1)] = None


@ie(0x34, clause="4.5.28", title="signal")
class SignalIE(IE, frozen=True, kw_only=True):
    """Tones and alerting that the user's terminal is to give."""

    signal: Annotated[Signal | int, Bits("3", 8, 1, ws="q931.signal")]


class Subaddress(IE, frozen=True, kw_only=True):
    """The octets of a subaddress, declared once for all of them (4.5.9)."""

    kind: Annotated[SubaddressType | int, Bits("3", 7, 5, ws="q931.party_subaddr.type")] = SubaddressType.NSAP
    odd: Annotated[bool, Bits("3", 4, 4, ws="q931.party_subaddr.odd_even")] = False
    address: Annotated[bytes, Rest("4", ws="q931.party_subaddr")] = b""


@ie(0x4D, clause="Q.951 5.4.2", title="connected party subaddress")
class ConnectedSubaddressIE(Subaddress, frozen=True, kw_only=True):
    """The subaddress that answered, coded as the called party subaddress is."""


@ie(0x6D, clause="4.5.11", title="calling party subaddress")
class CallingSubaddressIE(Subaddress, frozen=True, kw_only=True):
    """The subaddress of the caller, coded as the called party subaddress is."""


@ie(0x71, clause="4.5.9", title="called party subaddress")
class CalledSubaddressIE(Subaddress, frozen=True, kw_only=True):
    """The subaddress that is called. An NSAP begins with its AFI (0x50: IA5 characters follow)."""


class Redirecting(IE, frozen=True, kw_only=True):
    """The octets of a redirecting number (Q.952)."""

    kind: Annotated[NumberType | int, Bits("3", 7, 5, ws="q931.number_type")] = NumberType.UNKNOWN
    plan: Annotated[NumberingPlan | int, Bits("3", 4, 1, ws="q931.numbering_plan")] = NumberingPlan.E164
    presentation: Annotated[Presentation | int | None, Bits("3a", 7, 6, ws="q931.presentation_ind")] = None
    screening: Annotated[Screening | int | None, Bits("3a", 2, 1, ws="q931.screening_ind")] = None
    reason: Annotated[RedirectionReason | int | None, Bits("3b", 4, 1, ws="q931.extension.reason")] = None
    digits: Annotated[str, Text("4", ws="q931.redirecting_number.digits")] = ""


@ie(0x74, clause="Q.952 (diversion)", title="redirecting number")
class RedirectingNumberIE(Redirecting, frozen=True, kw_only=True):
    """The number that the call was diverted from, and why (octet 3b)."""


@ie(0x78, clause="4.5.29", title="transit network selection")
class TransitNetworkIE(IE, frozen=True, kw_only=True):
    """The transit network that the caller wants."""

    kind: Annotated[NetworkKind | int, Bits("3", 7, 5, ws="q931.netid.type")] = NetworkKind.NATIONAL
    plan: Annotated[NetworkPlan | int, Bits("3", 4, 1, ws="q931.netid.plan")] = NetworkPlan.CARRIER
    network: Annotated[str, Text("4", ws="q931.netid")]


@ie(0xA0, clause="4.5.20", title="more data")
class MoreDataIE(IE, frozen=True, kw_only=True):
    """The next USER INFORMATION carries on with this one. A single octet without contents."""


@ie(0xB0, clause="4.5.14", title="congestion level", octets={"1": Fixed(8, 5, 0b1011)})
class CongestionLevelIE(IE, frozen=True, kw_only=True):
    """Whether USER INFORMATION may be sent. A single octet."""

    level: Annotated[CongestionLevel | int, Bits("1", 4, 1, ws="q931.congestion_level")]


@ie(0xD0, clause="4.5.24", title="repeat indicator", octets={"1": Fixed(8, 5, 0b1101)})
class RepeatIndicatorIE(IE, frozen=True, kw_only=True):
    """What the repetition of the next element means. A single octet."""

    repetition: Annotated[Repetition | int, Bits("1", 4, 1, ws="q931.repeat_indicator")] = Repetition.PRIORITY


@ie(0x01, clause="AT&T TR 41459, SERVICE", title="change status")
class ChangeStatusIE(IE, frozen=True, kw_only=True):
    """The new status of a channel or of the interface; an element of the maintenance protocol only.

    `channel` is the preference bit: the channel that is named, not the whole interface.
    """

    channel: Annotated[bool, Bits("3", 7, 7, ws="q931.extension_ind_preference")] = True
    status: Annotated[ChannelStatus | int, Bits("3", 3, 1, ws="q931.extension_ind_new_status")]
