"""Golden vectors of the declared elements: a value, the octets of its body, and where these come from.

All views of a layout share a wrong declaration, so each element has octets that were worked out from the
Recommendation's figure and code points, or that another stack sent. Tests hold every view against them.
"""

from __future__ import annotations

from dataclasses import dataclass

from trunkwire.codec.slots import SlotMap
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies.call import (
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    DisplayIE,
    KeypadIE,
    NotificationIndicatorIE,
    ProgressIndicatorIE,
    RestartIndicatorIE,
    SendingCompleteIE,
    ShiftIE,
    UserUserIE,
)
from trunkwire.q931.ies.compatibility import (
    BearerCapabilityIE,
    HighLayerCompatibilityIE,
    LowLayerCompatibilityIE,
)
from trunkwire.q931.ies.element import IE
from trunkwire.q931.ies.golden_supplementary import SUPPLEMENTARY
from trunkwire.q931.ies.golden_traced import COMPATIBLE, OCTETS_5B, TRACED_VECTORS
from trunkwire.q931.ies.numbers import CalledNumberIE, CallingNumberIE, ConnectedNumberIE
from trunkwire.q931.ies.values import (
    CallStateValue,
    ChannelType,
    Coding,
    HighLayer,
    Layer1,
    Layer2,
    Layer3,
    Location,
    NotificationDescription,
    NumberingPlan,
    NumberType,
    Presentation,
    ProgressDescription,
    RestartClass,
    Screening,
    Selection,
    TransferCapability,
    TransferMode,
    TransferRate,
    UserProtocol,
)


@dataclass(frozen=True, slots=True)
class Golden:
    """A value, its body in hexadecimal, and the source."""

    value: IE
    body: str
    source: str


_BEARER = (
    Golden(
        BearerCapabilityIE(layer1=Layer1.G711_A_LAW),
        "80 90 a3",
        "Q.931 4.5.5, speech, A-law; libpri sends it",
    ),
    Golden(
        BearerCapabilityIE(capability=TransferCapability.AUDIO_3K1, layer1=Layer1.G711_MU_LAW),
        "90 90 a2",
        "Q.931 4.5.5, 3.1 kHz audio, µ-law",
    ),
    Golden(
        BearerCapabilityIE(capability=TransferCapability.UNRESTRICTED_DIGITAL),
        "88 90",
        "Q.931 4.5.5, 64 kbit/s",
    ),
    Golden(
        BearerCapabilityIE(
            capability=TransferCapability.UNRESTRICTED_DIGITAL, rate=TransferRate.MULTIRATE, multiplier=6
        ),
        "88 98 86",
        "Q.931 4.5.5, multirate, octet 4.1: six times 64 kbit/s",
    ),
    Golden(
        BearerCapabilityIE(
            capability=TransferCapability.UNRESTRICTED_DIGITAL,
            layer1=Layer1.V110,
            asynchronous=True,
            negotiable=False,
            user_rate=8,
            intermediate_rate=2,
            clock_on_send=False,
            clock_on_receive=False,
            flow_control_on_send=False,
            flow_control_on_receive=False,
            stop_bits=1,
            data_bits=3,
            parity=3,
        ),
        "88 90 21 48 40 bb",
        "Q.931 4.5.5, octets 5 to 5c: V.110, asynchronous 9.6 kbit/s over 16 kbit/s, 8N1",
    ),
    Golden(
        BearerCapabilityIE(
            capability=TransferCapability.UNRESTRICTED_DIGITAL,
            layer1=Layer1.V120,
            asynchronous=False,
            negotiable=False,
            user_rate=0,
            header=True,
            multiple_frames=True,
            protocol_sensitive=False,
            link_negotiation=False,
            assignor=False,
            in_band_negotiation=False,
        ),
        "88 90 28 00 e0",
        "Q.931 4.5.5, octets 5 to 5b: V.120 with header and multiple frame establishment",
    ),
    Golden(
        BearerCapabilityIE(
            capability=TransferCapability.UNRESTRICTED_DIGITAL,
            mode=TransferMode.PACKET,
            rate=TransferRate.PACKET,
            layer2=Layer2.X25_SINGLE_LINK,
            layer3=Layer3.X25,
        ),
        "88 c0 c6 e6",
        "Q.931 4.5.5 with Q.931 6: packet mode, X.25 link and packet layer",
    ),
)

_CAUSES = (
    Golden(
        CauseIE(location=Location.PRIVATE_LOCAL, value=Cause.NORMAL_CLEARING),
        "81 90",
        "Q.850 2.2; libpri sends it",
    ),
    Golden(CauseIE(value=Cause.USER_BUSY), "80 91", "Q.850 2.2, location user"),
    Golden(
        CauseIE(location=Location.PUBLIC_REMOTE, value=Cause.MANDATORY_IE_MISSING, diagnostics=b"\x18"),
        "84 e0 18",
        "Q.850 2.2.6: diagnostics of cause 96 are element identifiers",
    ),
    Golden(
        CauseIE(location=Location.TRANSIT, recommendation=0, value=Cause.TIMER_EXPIRY, diagnostics=b"303"),
        "03 80 e6 33 30 33",
        "Q.850 2.2.4 and 2.2.6: octet 3a, and the timer's number in IA5 digits",
    ),
)

_CHANNELS = (
    Golden(ChannelIdentificationIE.of(1), "a9 83 81", "Q.931 4.5.13; libpri sends it"),
    Golden(ChannelIdentificationIE.of(31, exclusive=False), "a1 83 9f", "Q.931 4.5.13, preferred channel 31"),
    Golden(ChannelIdentificationIE.of(1, 2, 3), "a9 83 01 02 83", "Q.931 4.5.13, octet 3.3 repeated"),
    Golden(
        ChannelIdentificationIE.any_channel(), "a3", "Q.931 4.5.13, any channel of a primary rate interface"
    ),
    Golden(
        ChannelIdentificationIE.of_map(1, 15, 17, 31),
        "a9 93 80 02 80 02",
        "Q.931 4.5.13, slot map at 2048 kbit/s",
    ),
    Golden(
        ChannelIdentificationIE.of_map(1, 24, octets=3),
        "a9 93 80 00 01",
        "Q.931 4.5.13, slot map at 1544 kbit/s",
    ),
    Golden(
        ChannelIdentificationIE(primary=False, exclusive=True),
        "89",
        "Q.931 4.5.13, basic interface, B1 exclusive",
    ),
    Golden(
        ChannelIdentificationIE(
            primary=False, selection=Selection.NO_CHANNEL, d_channel=True, exclusive=True
        ),
        "8c",
        "Q.931 4.5.13, the D-channel of a basic interface",
    ),
    Golden(
        ChannelIdentificationIE(
            interface_given=True,
            exclusive=True,
            interface=(1,),
            coding=Coding.ITU,
            is_map=False,
            channel_type=ChannelType.B,
            numbers=(5,),
        ),
        "e9 81 83 85",
        "Q.931 4.5.13, octet 3.1: interface 1 explicitly",
    ),
)

_COURSE = (
    Golden(
        ProgressIndicatorIE(
            location=Location.PUBLIC_REMOTE, description=ProgressDescription.INBAND_INFORMATION
        ),
        "84 88",
        "Q.931 4.5.23, in-band information; libpri sends it",
    ),
    Golden(
        ProgressIndicatorIE(
            location=Location.PRIVATE_LOCAL, description=ProgressDescription.ORIGINATION_NON_ISDN
        ),
        "81 83",
        "Q.931 4.5.23, description 3",
    ),
    Golden(CallStateIE(state=CallStateValue.ACTIVE), "0a", "Q.931 4.5.7, state 10"),
    Golden(CallStateIE(state=CallStateValue.RESTART), "3e", "Q.931 4.5.7, global call reference, Rest 2"),
    Golden(
        RestartIndicatorIE(restart_class=RestartClass.INDICATED_CHANNELS),
        "80",
        "Q.931 4.5.25; libpri sends it",
    ),
    Golden(RestartIndicatorIE(restart_class=RestartClass.SINGLE_INTERFACE), "86", "Q.931 4.5.25, class 6"),
    Golden(
        NotificationIndicatorIE(description=NotificationDescription.USER_SUSPENDED),
        "80",
        "Q.931 4.5.22, value 0",
    ),
    Golden(DisplayIE(text="Bench 1"), "42 65 6e 63 68 20 31", "Q.931 4.5.16, IA5 characters"),
    Golden(
        DisplayIE(charset=0x31, text="Bench"),
        "b1 42 65 6e 63 68",
        "a character set octet as national variants send",
    ),
    Golden(KeypadIE(keys="*21#"), "2a 32 31 23", "Q.931 4.5.18, IA5 characters"),
    Golden(UserUserIE(protocol=UserProtocol.IA5, data=b"hello"), "04 68 65 6c 6c 6f", "Q.931 4.5.30"),
    Golden(SendingCompleteIE(), "", "Q.931 4.5.27, a single octet"),
    Golden(ShiftIE(codeset=6), "96", "Q.931 4.5.3, locking shift to codeset 6"),
    Golden(ShiftIE(non_locking=True, codeset=5), "9d", "Q.931 4.5.4, non-locking shift to codeset 5"),
)

_NUMBERS = (
    Golden(CalledNumberIE(digits="300"), "81 33 30 30", "Q.931 4.5.8, unknown type, E.164"),
    Golden(
        CalledNumberIE(kind=NumberType.NATIONAL, digits="1012345678"),
        "a1 31 30 31 32 33 34 35 36 37 38",
        "Q.931 4.5.8, national number",
    ),
    Golden(
        CalledNumberIE(plan=NumberingPlan.UNKNOWN, digits="0"), "80 30", "Q.931 4.5.8, unknown type and plan"
    ),
    Golden(
        CallingNumberIE(
            kind=NumberType.NATIONAL,
            presentation=Presentation.ALLOWED,
            screening=Screening.NETWORK,
            digits="4930",
        ),
        "21 83 34 39 33 30",
        "Q.931 4.5.10, octet 3a: network provided",
    ),
    Golden(
        CallingNumberIE(
            kind=NumberType.SUBSCRIBER,
            presentation=Presentation.RESTRICTED,
            screening=Screening.USER_NOT_SCREENED,
        ),
        "41 a0",
        "Q.931 4.5.10, restricted, without digits",
    ),
    Golden(CallingNumberIE(digits="8001"), "81 38 30 30 31", "Q.931 4.5.10, without octet 3a"),
    Golden(
        ConnectedNumberIE(
            kind=NumberType.INTERNATIONAL,
            presentation=Presentation.ALLOWED,
            screening=Screening.USER_VERIFIED_PASSED,
            digits="8610",
        ),
        "11 81 38 36 31 30",
        "Q.951 5, coded as the calling party number",
    ),
)

_COMPATIBILITY = (
    Golden(
        LowLayerCompatibilityIE(capability=TransferCapability.UNRESTRICTED_DIGITAL),
        "88 90",
        "Q.931 4.5.19, 64 kbit/s",
    ),
    Golden(
        LowLayerCompatibilityIE(
            capability=TransferCapability.UNRESTRICTED_DIGITAL,
            out_band_negotiation=True,
            layer2=Layer2.X25_SINGLE_LINK,
            layer2_mode=2,
            layer2_q933=0,
            layer2_window=7,
            layer3=Layer3.X25,
            layer3_mode=1,
            packet_size=7,
            packet_window=2,
        ),
        "08 c0 90 46 40 87 66 20 07 82",
        "Q.931 4.5.19, octets 3a, 6 to 6b and 7 to 7c: X.25 modulo 128 windows and 128-octet packets",
    ),
    Golden(
        LowLayerCompatibilityIE(
            layer2=Layer2.USER_SPECIFIED, layer2_user=5, layer3=Layer3.USER_SPECIFIED, layer3_user=9
        ),
        "80 90 50 85 70 89",
        "Q.931 4.5.19, user specified layers 2 and 3",
    ),
    Golden(
        LowLayerCompatibilityIE(layer3=Layer3.TR_9577, layer3_high=0xC, layer3_low=0xC),
        "80 90 6b 0c 8c",
        "Q.931 4.5.19, octets 7 to 7b: ISO/IEC TR 9577, internet protocol",
    ),
    Golden(HighLayerCompatibilityIE(characteristics=HighLayer.TELEPHONY), "91 81", "Q.931 4.5.17, telephony"),
    Golden(
        HighLayerCompatibilityIE(characteristics=HighLayer.FACSIMILE_G3),
        "91 84",
        "Q.931 4.5.17, facsimile group 3",
    ),
    Golden(
        HighLayerCompatibilityIE(characteristics=HighLayer.MAINTENANCE, extended=HighLayer.TELEPHONY),
        "91 5e 81",
        "Q.931 4.5.17, octet 4a",
    ),
)

_SUPPLEMENTARY = tuple(Golden(*each) for each in (*SUPPLEMENTARY, *COMPATIBLE, *OCTETS_5B, *TRACED_VECTORS))

GOLDEN: tuple[Golden, ...] = (
    *_BEARER,
    *_CAUSES,
    *_CHANNELS,
    *_COURSE,
    *_NUMBERS,
    *_COMPATIBILITY,
    *_SUPPLEMENTARY,
)
"""All vectors; every declared element has at least one."""


@dataclass(frozen=True, slots=True)
class Odd:
    """Octets that are accepted although no build of the fields would write them."""

    value: IE
    """The value without `received`."""
    body: str
    source: str


ODD: tuple[Odd, ...] = (
    Odd(
        ChannelIdentificationIE.of(1),
        "a9 83 01",
        "a lone channel number without its extension bit, seen in the field",
    ),
    Odd(ChannelIdentificationIE.of(1), "b9 83 81", "spare bit 5 of octet 3 set"),
    Odd(CauseIE(value=Cause.USER_BUSY), "90 91", "spare bit 5 of octet 3 set"),
    Odd(CalledNumberIE(digits="1"), "01 80 31", "octet 3a, which a called number has not"),
    Odd(RestartIndicatorIE(restart_class=RestartClass.ALL_INTERFACES), "87 00", "an octet beyond the layout"),
    Odd(
        ChannelIdentificationIE(
            coding=Coding.ITU,
            is_map=True,
            channel_type=ChannelType.B,
            slot_map=SlotMap((1,), 4),
        ),
        "b1 93 00 00 00 02",
        "spare bit 5 of octet 3 set before a slot map",
    ),
)
