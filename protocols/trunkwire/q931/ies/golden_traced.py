"""Golden vectors of the elements that only a trace tells of, and of the rarer octet groups of bearer
capability and compatibility: a value, its body in hexadecimal, and the source.
"""

from __future__ import annotations

import msgspec

from trunkwire.q931.ies.coded import (
    Audiovisual,
    CugIndication,
    DataBits,
    FastSelect,
    IntermediateRate,
    Modem,
    OperationMode,
    PacketSize,
    Parity,
    StopBits,
    Structure,
    ThroughputClass,
    UserRate,
)
from trunkwire.q931.ies.codesets import (
    CallAppearanceIE,
    ChannelStatusIE,
    ChargingAdviceIE,
    DigitsEncoding,
    GenericDigitsIE,
    InterfaceServiceIE,
    NetworkChargingAdviceIE,
    NetworkDisplayIE,
    NetworkRedirectingNumberIE,
    OperatorAccessIE,
    OriginatingLineIE,
    PartyCategory,
    PartyCategoryIE,
    RedirectingSubaddressIE,
    TransitCounterIE,
    VersionInfoIE,
)
from trunkwire.q931.ies.compatibility import (
    BearerCapabilityIE,
    HighLayerCompatibilityIE,
    LowLayerCompatibilityIE,
)
from trunkwire.q931.ies.element import IE
from trunkwire.q931.ies.packet import (
    ClosedUserGroupIE,
    EndToEndDelayIE,
    InformationRateIE,
    PacketParametersIE,
    PacketSizeIE,
    PacketWindowIE,
    ReverseChargingIE,
    TransitDelayIE,
)
from trunkwire.q931.ies.services import (
    EndpointIdentifierIE,
    EscapeIE,
    ExtendedFacilityIE,
    FacilityIE,
    FacilityProfile,
    FeatureActivationIE,
    FeatureIndicationIE,
    FeatureStatus,
    InformationRequestIE,
    InformationType,
    RedirectionNumberIE,
    ServiceProfileIE,
    SwitchhookIE,
)
from trunkwire.q931.ies.values import (
    Coding,
    HighLayer,
    Layer1,
    Layer2,
    Layer3,
    NumberType,
    Presentation,
    RedirectionReason,
    Screening,
    TransferCapability,
    TransferRate,
)

Vectors = tuple[tuple[IE, str, str], ...]

COMPATIBLE: Vectors = (
    (
        BearerCapabilityIE(
            capability=TransferCapability.AUDIO_3K1,
            layer1=Layer1.G711_A_LAW,
            asynchronous=True,
            negotiable=False,
            user_rate=UserRate.RATE_2400,
            intermediate_rate=IntermediateRate.NOT_USED,
            clock_on_send=False,
            clock_on_receive=False,
            flow_control_on_send=False,
            flow_control_on_receive=False,
            stop_bits=StopBits.TWO,
            data_bits=DataBits.SEVEN,
            parity=Parity.EVEN,
            full_duplex=True,
            modem=Modem.V22_BIS,
        ),
        "90 90 23 43 00 72 d3",
        "Q.931 4.5.5, octets 5 to 5d: a V.22 bis modem on 3.1 kHz audio",
    ),
    (
        BearerCapabilityIE(
            capability=TransferCapability.UNRESTRICTED_DIGITAL,
            layer1=Layer1.NON_ITU_RATE_ADAPTION,
            asynchronous=False,
            negotiable=True,
            user_rate=UserRate.RATE_56000,
        ),
        "88 90 27 af",
        "Q.931 4.5.5, octets 5 and 5a: rate adaption that is not the ITU's, synchronous 56 kbit/s",
    ),
    (
        BearerCapabilityIE(
            structure=Structure.INTEGRITY_8_KHZ,
            configuration=0,
            establishment=0,
            symmetry=0,
            rate_backward=TransferRate.K384,
        ),
        "80 10 10 93",
        "CCITT Q.931 (11/88) 4.5.5, octets 4a and 4b",
    ),
    (
        LowLayerCompatibilityIE(
            capability=TransferCapability.UNRESTRICTED_DIGITAL,
            out_band_negotiation=True,
            layer2=Layer2.HDLC_NRM,
            layer2_mode=OperationMode.EXTENDED,
            layer2_q933=0,
            layer2_window=7,
            layer3=Layer3.X25,
            layer3_mode=OperationMode.NORMAL,
            packet_size=PacketSize.SIZE_128,
            packet_window=2,
        ),
        "08 c0 90 4a 40 87 66 20 07 82",
        "Q.931 4.5.19, octets 3a, 6 to 6b and 7 to 7c",
    ),
    (
        HighLayerCompatibilityIE(
            characteristics=HighLayer.VIDEOTELEPHONY, audiovisual=Audiovisual.FIRST_CHANNEL
        ),
        "91 60 81",
        "Q.931 4.5.17, octet 4a of videotelephony",
    ),
)


def _v110(octet: IE, body: str) -> tuple[IE, str, str]:
    return octet, f"88 90 21 4b {body}", "Q.931 4.5.5, octet 5b of V.110, every other bit set"


def _v120(octet: IE, body: str) -> tuple[IE, str, str]:
    return octet, f"88 90 28 4b {body}", "Q.931 4.5.5, octet 5b of V.120, every other bit set"


_ADAPTED = BearerCapabilityIE(
    capability=TransferCapability.UNRESTRICTED_DIGITAL,
    layer1=Layer1.V110,
    asynchronous=True,
    negotiable=False,
    user_rate=UserRate.RATE_19200,
)
_V120 = msgspec.structs.replace(_ADAPTED, layer1=Layer1.V120)

OCTETS_5B: Vectors = (
    _v110(
        msgspec.structs.replace(
            _ADAPTED,
            intermediate_rate=IntermediateRate.RATE_8,
            clock_on_send=True,
            clock_on_receive=False,
            flow_control_on_send=True,
            flow_control_on_receive=False,
        ),
        "b4",
    ),
    _v110(
        msgspec.structs.replace(
            _ADAPTED,
            intermediate_rate=IntermediateRate.RATE_32,
            clock_on_send=False,
            clock_on_receive=True,
            flow_control_on_send=False,
            flow_control_on_receive=True,
        ),
        "ea",
    ),
    _v120(
        msgspec.structs.replace(
            _V120,
            header=False,
            multiple_frames=True,
            protocol_sensitive=False,
            link_negotiation=True,
            assignor=False,
            in_band_negotiation=True,
        ),
        "aa",
    ),
    _v120(
        msgspec.structs.replace(
            _V120,
            header=True,
            multiple_frames=False,
            protocol_sensitive=True,
            link_negotiation=False,
            assignor=True,
            in_band_negotiation=False,
            stop_bits=StopBits.ONE_AND_A_HALF,
            data_bits=DataBits.FIVE,
            parity=Parity.FORCED_TO_1,
            full_duplex=False,
            modem=Modem.V21,
        ),
        "54 4d 91",
    ),
    (
        BearerCapabilityIE(
            structure=Structure.SDU_INTEGRITY,
            configuration=3,
            establishment=1,
            symmetry=2,
            rate_backward=TransferRate.TWO_64K,
        ),
        "80 10 4d d1",
        "CCITT Q.931 (11/88) 4.5.5, octets 4a and 4b with other bits",
    ),
    (
        LowLayerCompatibilityIE(
            out_band_negotiation=False,
            layer2=Layer2.X75_SLP,
            layer2_mode=OperationMode.NORMAL,
            layer2_q933=2,
        ),
        "00 80 90 4d a2",
        "Q.931 4.5.19, octet 6a without octet 6b",
    ),
    (
        HighLayerCompatibilityIE(
            coding=Coding.NATIONAL, interpretation=6, profile=2, characteristics=HighLayer.TELEX
        ),
        "da b5",
        "Q.931 4.5.17, octet 3 with other bits",
    ),
)

TRACED_VECTORS: Vectors = (
    (
        FacilityIE(components=bytes.fromhex("a106020101020113")),
        "91 a1 06 02 01 01 02 01 13",
        "Q.932 8.2, remote operations: an invoke component without an argument",
    ),
    (
        FacilityIE(
            profile=FacilityProfile.NETWORKING_EXTENSIONS,
            components=bytes.fromhex("aa06800100820100a106020101020113"),
        ),
        "9f aa 06 80 01 00 82 01 00 a1 06 02 01 01 02 01 13",
        "ISO/IEC 11582, networking extensions before an invoke component; QSIG sends it",
    ),
    (FacilityIE(service=0x7F), "11 ff", "Q.932 8.2, octet 3a"),
    (
        ExtendedFacilityIE(components=bytes.fromhex("a106020101020113")),
        "91 a1 06 02 01 01 02 01 13",
        "Q.932 8.2",
    ),
    (InformationRequestIE(kind=InformationType.ADDRESS_DIGITS), "c2", "Q.932 8.2, a prompt"),
    (
        InformationRequestIE(prompt=False, kind=InformationType.AUTHORIZATION_CODE, specifics=0x10),
        "01 90",
        "Q.932 8.2, completed, octet 3a",
    ),
    (SwitchhookIE(hook=1), "01", "CCITT Q.932 (11/88)"),
    (FeatureActivationIE(feature=5), "85", "Q.932 8.2"),
    (FeatureActivationIE(feature=200), "01 c8", "Q.932 8.2, octets 3 and 3a"),
    (
        FeatureIndicationIE(feature=5, spare=0, status=FeatureStatus.ACTIVATED),
        "85 01",
        "Q.932 8.2, activated",
    ),
    (FeatureIndicationIE(feature=129), "01 81", "Q.932 8.2, without a status"),
    (ServiceProfileIE(profile="0151"), "30 31 35 31", "Q.932 8.2, IA5 characters"),
    (EndpointIdentifierIE(user_service=1, last=True, others=True, terminal=3), "01 c3", "Q.932 8.2"),
    (EndpointIdentifierIE(more=True, user_service=127), "ff", "Q.932 8.2, octet 3 alone: all terminals"),
    (
        InformationRateIE(
            incoming=ThroughputClass.RATE_9600,
            outgoing=ThroughputClass.RATE_19200,
            least_incoming=ThroughputClass.RATE_75,
            least_outgoing=ThroughputClass.RATE_64000,
        ),
        "8a 8b 83 8d",
        "Q.931 4.6.3",
    ),
    (EndToEndDelayIE(cumulative=300), "00 02 ac", "Q.931 4.6.2, the first delay alone: 2 x 128 + 44"),
    (
        EndToEndDelayIE(cumulative=1, requested=128, maximum=65534),
        "00 00 81 00 01 80 03 7f fe",
        "Q.931 4.6.2, all three; any delay is 65534",
    ),
    (TransitDelayIE(delay=65535), "03 7f ff", "Q.931 4.6.9, the greatest of 16 bits"),
    (
        PacketParametersIE(fast_select=FastSelect.REQUESTED_WITH_RESTRICTION, end_to_end=True),
        "9a",
        "Q.931 4.6.4",
    ),
    (PacketParametersIE(expedited=True, modulo_128=True), "85", "Q.931 4.6.4, the other bits"),
    (PacketParametersIE(), "80", "Q.931 4.6.4, nothing asked"),
    (PacketWindowIE(forward=2, backward=7), "82 87", "Q.931 4.6.5"),
    (PacketWindowIE(forward=2), "82", "Q.931 4.6.5, octet 3 alone"),
    (
        PacketSizeIE(forward=PacketSize.SIZE_128, backward=PacketSize.SIZE_1024),
        "87 8a",
        "Q.931 4.6.6, powers of two",
    ),
    (
        ClosedUserGroupIE(indication=CugIndication.WITH_OUTGOING_ACCESS, index="0042"),
        "82 30 30 34 32",
        "Q.931 4.6.1, the index in IA5",
    ),
    (ReverseChargingIE(), "81", "Q.931 4.6.8"),
    (InterfaceServiceIE(contents=b"\x01\x02"), "01 02", "not public, kept as it is"),
    (ChannelStatusIE(contents=b"\x01"), "01", "not public, kept as it is"),
    (VersionInfoIE(contents=b"\x07"), "07", "not public, kept as it is"),
    (
        RedirectionNumberIE(kind=NumberType.NATIONAL, presentation=Presentation.RESTRICTED, digits="42"),
        "21 a0 34 32",
        "Q.952, octets 3 and 3a",
    ),
    (EscapeIE(extended=0x81, contents=b"\x01"), "81 01", "Q.931 4.5.1"),
    (TransitCounterIE(count=25), "99", "ISO/IEC 15056, codeset 4"),
    (ChargingAdviceIE(contents=b"\x81\x30"), "81 30", "not public, kept as it is"),
    (OperatorAccessIE(contents=b"\xa0"), "a0", "National ISDN, kept as it is"),
    (PartyCategoryIE(category=PartyCategory.EMERGENCY_EXTENSION), "83", "ETS 300 192"),
    (OriginatingLineIE(digits=23), "17", "AT&T TR 41459; libpri reads it so"),
    (NetworkChargingAdviceIE(contents=b"\x81"), "81", "not public, kept as it is"),
    (NetworkDisplayIE(text="Bench"), "42 65 6e 63 68", "a private exchange's display"),
    (
        GenericDigitsIE(encoding=DigitsEncoding.IA5, kind=4, digits=b"99"),
        "44 39 39",
        "AT&T TR 41459; libpri reads it so",
    ),
    (
        NetworkRedirectingNumberIE(
            presentation=Presentation.ALLOWED,
            screening=Screening.NETWORK,
            reason=RedirectionReason.DEFLECTION,
            digits="7",
        ),
        "01 03 84 37",
        "as the redirecting number of codeset 0",
    ),
    (RedirectingSubaddressIE(address=b"\x501"), "80 50 31", "as the called party subaddress"),
    (CallAppearanceIE(appearance=3), "83", "National ISDN"),
    (CallAppearanceIE(appearance=1, further=2), "01 82", "National ISDN, octet 3a"),
)
"""One vector at least for each element; `golden` takes them over."""
