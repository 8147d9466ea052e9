"""Golden vectors of the supplementary elements: a value, its body in hexadecimal, and the source."""

from __future__ import annotations

from trunkwire.q931.ies.element import IE
from trunkwire.q931.ies.supplementary import (
    CalledSubaddressIE,
    CallIdentityIE,
    CallingSubaddressIE,
    CongestionLevelIE,
    ConnectedSubaddressIE,
    DateTimeIE,
    MoreDataIE,
    NetworkFacilitiesIE,
    RedirectingNumberIE,
    RepeatIndicatorIE,
    SegmentedMessageIE,
    SignalIE,
    TransitNetworkIE,
)
from trunkwire.q931.ies.values import (
    CongestionLevel,
    NetworkKind,
    NetworkPlan,
    NumberType,
    Presentation,
    RedirectionReason,
    Screening,
    Signal,
    SubaddressType,
)
from trunkwire.q931.messages import MessageType

SUPPLEMENTARY: tuple[tuple[IE, str, str], ...] = (
    (
        SegmentedMessageIE(first=True, remaining=2, message_type=MessageType.SETUP),
        "82 05",
        "Q.931 Annex H, the first of three segments of a SETUP",
    ),
    (
        SegmentedMessageIE(first=False, remaining=0, message_type=MessageType.CONNECT),
        "00 07",
        "Q.931 Annex H, the last segment of a CONNECT",
    ),
    (CallIdentityIE(identity=b"\x01\x02"), "01 02", "Q.931 4.5.6"),
    (CallIdentityIE(), "", "Q.931 4.5.6, without contents"),
    (
        NetworkFacilitiesIE(facility=b"\xe3"),
        "00 e3",
        "Q.931 4.5.21; 4ESS: no network, parameterised service 3",
    ),
    (
        NetworkFacilitiesIE(
            length=4, kind=NetworkKind.NATIONAL, plan=NetworkPlan.CARRIER, network="288", facility=b"\x85"
        ),
        "04 a1 32 38 38 85",
        "Q.931 4.5.21, carrier 288, facility 5",
    ),
    (DateTimeIE(year=26, month=11, day=22, hour=21, minute=5), "1a 0b 16 15 05", "Q.931 4.5.15"),
    (
        DateTimeIE(year=0, month=1, day=2, hour=3, minute=4, second=5),
        "00 01 02 03 04 05",
        "Q.931 4.5.15, with seconds",
    ),
    (SignalIE(signal=Signal.BUSY_TONE), "04", "Q.931 4.5.28"),
    (SignalIE(signal=Signal.ALERTING_OFF), "4f", "Q.931 4.5.28"),
    (ConnectedSubaddressIE(address=b"\x5042"), "80 50 34 32", "Q.951, IA5 characters in an NSAP"),
    (CallingSubaddressIE(address=b"\x501234"), "80 50 31 32 33 34", "Q.931 4.5.11, 4.5.9, IA5 in an NSAP"),
    (
        CalledSubaddressIE(kind=SubaddressType.USER_SPECIFIED, odd=True, address=b"\x12\x30"),
        "a8 12 30",
        "Q.931 4.5.9, user specified, three digits in BCD",
    ),
    (
        RedirectingNumberIE(
            kind=NumberType.NATIONAL,
            presentation=Presentation.ALLOWED,
            screening=Screening.USER_VERIFIED_PASSED,
            reason=RedirectionReason.UNCONDITIONAL,
            digits="300",
        ),
        "21 01 8f 33 30 30",
        "octets 3 to 3b as the calling party number has them, 3b the reason",
    ),
    (RedirectingNumberIE(digits="300"), "81 33 30 30", "octet 3 alone"),
    (TransitNetworkIE(network="288"), "a1 32 38 38", "Q.931 4.5.29, a national carrier code"),
    (MoreDataIE(), "", "Q.931 4.5.20, single octet A0"),
    (CongestionLevelIE(level=CongestionLevel.RECEIVER_NOT_READY), "bf", "Q.931 4.5.14, single octet"),
    (CongestionLevelIE(level=CongestionLevel.RECEIVER_READY), "b0", "Q.931 4.5.14, single octet"),
    (RepeatIndicatorIE(), "d2", "Q.931 4.5.24, prioritized list, single octet"),
)
"""One vector at least for each element; `golden` takes them over."""
