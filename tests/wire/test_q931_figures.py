"""The figures of the elements and diagnostics (Q.931 4.5, 4.6, Q.932, Q.850 2.2.6), held against a second
writing of them, and so the code points whose meaning is a figure.

A line: the class, then its octets, each with when it is there and the bits of its fields.
"""

from __future__ import annotations

import enum

import pytest

from trunkwire.codec.layout import Octet, Record, Run
from trunkwire.codec.primitives import Bits, Fixed, IfMore, Marked, When
from trunkwire.q931.ies import CATALOGUE, ChangeStatusIE, coded, codesets, services, values
from trunkwire.q931.ies.call import DisplayPrefix
from trunkwire.q931.ies.coded import Titled
from trunkwire.q931.ies.diagnostics import LAYOUTS

FIGURES = """
BearerCapabilityIE 3: coding 7-6, capability 5-1; 4: mode 7-6, rate 5-1; 4a: structure 7-5,
    configuration 4-3, establishment 2-1; 4b: symmetry 7-6, rate_backward 5-1; 4.1 when rate [24]:
    multiplier 7-1; 5 marked 7-6=1: layer1 5-1; 5a: asynchronous 7, negotiable 6, user_rate 5-1; 5b/v110
    when layer1 [1, 7, 2, 3]: intermediate_rate 7-6, clock_on_send 5, clock_on_receive 4,
    flow_control_on_send 3, flow_control_on_receive 2; 5b/v120 when layer1 [8]: header 7,
    multiple_frames 6, protocol_sensitive 5, link_negotiation 4, assignor 3, in_band_negotiation 2; 5c:
    stop_bits 7-6, data_bits 5-4, parity 3-1; 5d: full_duplex 7, modem 6-1; 6 marked 7-6=2: layer2 5-1;
    7 marked 7-6=3: layer3 5-1; 7a/tr9577 when layer3 [11]: layer3_high 4-1; 7b/tr9577 when layer3 [11]:
    layer3_low 4-1
CauseIE 3: coding 7-6, location 4-1; 3a: recommendation 7-1; 4: value 7-1; 5: diagnostics rest
CallStateIE 3: coding 8-7, state 6-1
ChannelIdentificationIE 3: interface_given 7, primary 6, exclusive 4, d_channel 3, selection 2-1; 3.1
    when interface_given [1]: interface each; 3.2 when primary [1] and selection [1]: coding 7-6, is_map
    5, channel_type 4-1; 3.3 when primary [1] and selection [1] and is_map [0]: numbers each; 3.3/map
    when primary [1] and selection [1] and is_map [1]: slot_map slots
ProgressIndicatorIE 3: coding 7-6, location 4-1; 4: description 7-1
NotificationIndicatorIE 3: description 7-1; 4: data rest
DisplayIE 3 marked 8-8=1: charset 7-1; 4: text text
KeypadIE 3: keys text
ConnectedNumberIE 3: kind 7-5, plan 4-1; 3a: presentation 7-6, screening 2-1; 4: digits text
CallingNumberIE 3: kind 7-5, plan 4-1; 3a: presentation 7-6, screening 2-1; 4: digits text
CalledNumberIE 3: kind 7-5, plan 4-1; 4: digits text
RestartIndicatorIE 3: restart_class 3-1
LowLayerCompatibilityIE 3: coding 7-6, capability 5-1; 3a: out_band_negotiation 7; 4: mode 7-6, rate
    5-1; 4a: structure 7-5, configuration 4-3, establishment 2-1; 4b: symmetry 7-6, rate_backward 5-1;
    4.1 when rate [24]: multiplier 7-1; 5 marked 7-6=1: layer1 5-1; 5a: asynchronous 7, negotiable 6,
    user_rate 5-1; 5b/v110 when layer1 [1, 7, 2, 3]: intermediate_rate 7-6, clock_on_send 5,
    clock_on_receive 4, flow_control_on_send 3, flow_control_on_receive 2; 5b/v120 when layer1 [8]:
    header 7, multiple_frames 6, protocol_sensitive 5, link_negotiation 4, assignor 3,
    in_band_negotiation 2; 5c: stop_bits 7-6, data_bits 5-4, parity 3-1; 5d: full_duplex 7, modem 6-1; 6
    marked 7-6=2: layer2 5-1; 6a/user when layer2 [16]: layer2_user 7-1; 6a when layer2 in 31:
    layer2_mode 7-6, layer2_q933 2-1; 6b when layer2 in 31: layer2_window 7-1; 7 marked 7-6=3: layer3
    5-1; 7a/tr9577 when layer3 [11]: layer3_high 4-1; 7a/user when layer3 [16]: layer3_user 7-1; 7a/x25
    when layer3 [6, 7, 8]: layer3_mode 7-6; 7b/tr9577 when layer3 [11]: layer3_low 4-1; 7b/x25 when
    layer3 [6, 7, 8]: packet_size 4-1; 7c/x25 when layer3 [6, 7, 8]: packet_window 7-1
HighLayerCompatibilityIE 3: coding 7-6, interpretation 5-3, profile 2-1; 4: characteristics 7-1;
    4a/maintenance when characteristics [94, 95]: extended 7-1; 4a/audiovisual when characteristics [96,
    97, 98, 104]: audiovisual 7-1
UserUserIE 3: protocol 8-1; 4: data rest
SendingCompleteIE
ShiftIE 1 fixed 8-5=9: non_locking 4, codeset 3-1
SegmentedMessageIE 3: first 8, remaining 7-1; 4: message_type 8-1
CallIdentityIE 3: identity rest
NetworkFacilitiesIE 3: length 8-1; 3.1 when length in 255: kind 7-5, plan 4-1; 3.2 when length in 255:
    network counted; 4: facility rest
DateTimeIE 3: year 8-1; 4: month 8-1; 5: day 8-1; 6 if more: hour 8-1; 7 if more: minute 8-1; 8 if more:
    second 8-1
SignalIE 3: signal 8-1
ConnectedSubaddressIE 3: kind 7-5, odd 4; 4: address rest
CallingSubaddressIE 3: kind 7-5, odd 4; 4: address rest
CalledSubaddressIE 3: kind 7-5, odd 4; 4: address rest
RedirectingNumberIE 3: kind 7-5, plan 4-1; 3a: presentation 7-6, screening 2-1; 3b: reason 4-1; 4:
    digits text
TransitNetworkIE 3: kind 7-5, plan 4-1; 4: network text
MoreDataIE
CongestionLevelIE 1 fixed 8-5=11: level 4-1
RepeatIndicatorIE 1 fixed 8-5=13: repetition 4-1
ExtendedFacilityIE 3: profile 5-1; 3a: service 7-1; 4: components rest
FacilityIE 3: profile 5-1; 3a: service 7-1; 4: components rest
InformationRequestIE 3: prompt 7, kind 6-1; 3a: specifics 7-1
SwitchhookIE 3: hook 8-1
FeatureActivationIE 3: feature septets
FeatureIndicationIE 3: feature septets; 4 if more: spare 8-5, status 4-1
ServiceProfileIE 3: profile text
EndpointIdentifierIE 3: more 8, user_service 7-1; 4 if more: last 8, others 7, terminal 6-1
InformationRateIE 3: incoming 5-1; 4: outgoing 5-1; 5: least_incoming 5-1; 6: least_outgoing 5-1
EndToEndDelayIE 3: cumulative septets; 4 if more: requested septets; 5 if more: maximum septets
TransitDelayIE 3: delay septets
PacketParametersIE 3: fast_select 5-4, expedited 3, end_to_end 2, modulo_128 1
PacketWindowIE 3: forward 7-1; 4 if more: backward 7-1
PacketSizeIE 3: forward 7-1; 4 if more: backward 7-1
ClosedUserGroupIE 3: indication 3-1; 4: index text
ReverseChargingIE 3: indication 3-1
InterfaceServiceIE 3: contents rest
ChannelStatusIE 3: contents rest
VersionInfoIE 3: contents rest
RedirectionNumberIE 3: kind 7-5, plan 4-1; 3a: presentation 7-6; 4: digits text
EscapeIE 3: extended 8-1; 4: contents rest
TransitCounterIE 3: count 5-1
ChargingAdviceIE 3: contents rest
OperatorAccessIE 3: contents rest
PartyCategoryIE 3: category 3-1
OriginatingLineIE 3: digits 8-1
NetworkChargingAdviceIE 3: contents rest
NetworkDisplayIE 3: text text
GenericDigitsIE 3: encoding 8-6, kind 5-1; 4: digits rest
NetworkRedirectingNumberIE 3: kind 7-5, plan 4-1; 3a: presentation 7-6, screening 2-1; 3b: reason 4-1;
    4: digits text
RedirectingSubaddressIE 3: kind 7-5, odd 4; 4: address rest
CallAppearanceIE 3: appearance 7-1; 3a: further 7-1
ChangeStatusIE 3: channel 7, status 3-1
DisplayPrefix 3: information 7-5, kind 4-1
ConditionDiagnostic 5: user 4, abnormal 3, condition 2-1
CcbsDiagnostic 5: ccbs 8-1
RejectionDiagnostic 5: reason 7-3, condition 2-1; 6: user_specific rest
AttributeDiagnostic 5: attribute 7-1; 5a: rejected 7-1; 5b: available 7-1
ChannelTypeDiagnostic 5: channel_type 4-1
ElementDiagnostic 5: element 8-1
TimerDiagnostic 5: timer text
MessageDiagnostic 5: message_type 8-1; 6: further rest
"""

CODE_POINTS = """
Audiovisual: 1 capability set of the initial channel of H.221; 2 capability set of a subsequent channel
    of H.221; 33 capability set of the initial channel with an active 3.1 kHz audio or speech call
CallStateValue: 0 null; 1 call_initiated; 2 overlap_sending; 3 outgoing_call_proceeding; 4
    call_delivered; 6 call_present; 7 call_received; 8 connect_request; 9 incoming_call_proceeding; 10
    active; 11 disconnect_request; 12 disconnect_indication; 15 suspend_request; 17 resume_request; 19
    release_request; 22 call_abort; 25 overlap_receiving; 61 restart_request; 62 restart
ChannelStatus: 0 in_service; 1 maintenance; 2 out_of_service
ChannelType: 3 B-channel units; 6 H0-channel units; 8 H11-channel units; 9 H12-channel units
Coding: 0 itu; 1 iso_iec; 2 national; 3 network
CongestionLevel: 0 receiver_ready; 15 receiver_not_ready
CugIndication: 1 selected; 2 with_outgoing_access
DataBits: 0 not used; 1 5; 2 7; 3 8
DigitsEncoding: 0 bcd_even; 1 bcd_odd; 2 ia5; 3 binary
DisplayInformation: 1 requested; 3 included
DisplayKind: 1 calling_party_name; 2 connected_party_name; 5 original_called_party_name
FacilityProfile: 17 remote_operations; 18 cmip; 19 acse; 31 networking_extensions
FastSelect: 0 not_requested; 1 not_requested_either; 2 requested; 3 requested_with_restriction
FeatureStatus: 0 deactivated; 1 activated; 2 prompt; 3 pending
HighLayer: 1 telephony; 4 facsimile_g3; 33 facsimile_g4_class_1; 36 facsimile_g4_classes_2_3; 40
    mixed_mode_teletex; 41 processable_teletex; 49 teletex; 50 videotex; 51 videotex_interworking; 53
    telex; 56 message_handling; 65 osi_application; 66 ftam; 96 videotelephony; 97 videoconferencing; 98
    audiographic_conferencing; 104 multimedia; 94 maintenance; 95 management
InformationType: 0 undefined; 1 authorization_code; 2 address_digits; 3 terminal_identification
IntermediateRate: 0 not used; 1 8 kbit/s; 2 16 kbit/s; 3 32 kbit/s
Layer1: 1 V.110, I.460 and X.30 rate adaption; 2 G.711 µ-law; 3 G.711 A-law; 4 G.721 32 kbit/s ADPCM and
    I.460; 5 H.221 and H.242; 6 H.223 and H.245; 7 rate adaption that is not the ITU's; 8 V.120 rate
    adaption; 9 X.31 HDLC flag stuffing; 10 G.728; 11 G.729
Layer2: 1 basic mode, ISO 1745; 2 Q.921; 6 X.25 single link; 7 X.25 multilink; 8 extended LAPB for half
    duplex, T.71; 9 HDLC ARM; 10 HDLC NRM; 11 HDLC ABM; 12 LAN logical link control; 13 X.75 single link
    procedure; 14 Q.922; 15 core aspects of Q.922; 16 user specified; 17 ISO/IEC 7776 DTE to DTE
Layer3: 2 Q.931; 6 X.25 packet layer; 7 ISO/IEC 8208; 8 X.223 and ISO/IEC 8878; 9 connectionless network
    protocol, ISO/IEC 8473; 10 T.70 minimum network layer; 11 ISO/IEC TR 9577; 16 user specified
Location: 0 user; 1 private_local; 2 public_local; 3 transit; 4 public_remote; 5 private_remote; 7
    international; 10 beyond_interworking
Modem: 17 V.21; 18 V.22; 19 V.22 bis; 20 V.23; 21 V.26; 22 V.26 bis; 23 V.26 ter; 24 V.27; 25 V.27 bis;
    26 V.27 ter; 27 V.29; 29 V.32; 30 V.34
NetworkKind: 0 user_specified; 2 national; 3 international
NetworkPlan: 0 unknown; 1 carrier; 3 data_network
NotificationDescription: 0 user_suspended; 1 user_resumed; 2 bearer_service_change; 3 asn1_component; 4
    call_completion_delay; 66 conference_established; 67 conference_disconnected; 68 other_party_added;
    69 isolated; 70 reattached; 71 other_party_isolated; 72 other_party_reattached; 73
    other_party_split; 74 other_party_disconnected; 75 conference_floating; 96 call_waiting; 104
    diversion_activated; 105 call_transfer_alerting; 106 call_transfer_active; 121 remote_hold; 122
    remote_retrieval; 123 call_diverting
NumberType: 0 unknown; 1 international; 2 national; 3 network_specific; 4 subscriber; 6 abbreviated
NumberingPlan: 0 unknown; 1 E.164; 3 X.121; 4 F.69 telex; 8 national; 9 private
OperationMode: 1 normal; 2 extended
PacketSize: 4 16 octets; 5 32 octets; 6 64 octets; 7 128 octets; 8 256 octets; 9 512 octets; 10 1024
    octets; 11 2048 octets; 12 4096 octets
Parity: 0 odd; 2 even; 3 none; 4 forced_to_0; 5 forced_to_1
PartyCategory: 0 unknown; 1 extension; 2 operator; 3 emergency_extension
Presentation: 0 allowed; 1 restricted; 2 not_available
ProgressDescription: 1 not_end_to_end_isdn; 2 destination_non_isdn; 3 origination_non_isdn; 4
    returned_to_isdn; 5 service_change; 8 inband_information; 10 delay_at_called_interface
RedirectionReason: 0 unknown; 1 busy; 2 no_reply; 4 deflection; 9 out_of_order; 10 by_called_equipment;
    15 unconditional
Repetition: 2 priority
RestartClass: 0 indicated_channels; 6 single_interface; 7 all_interfaces
ReverseCharging: 1 requested
Screening: 0 user_not_screened; 1 user_verified_passed; 2 user_verified_failed; 3 network
Selection: 0 no_channel; 1 as_indicated; 2 b2; 3 any
Signal: 0 dial_tone; 1 ring_back_tone; 2 intercept_tone; 3 network_congestion_tone; 4 busy_tone; 5
    confirm_tone; 6 answer_tone; 7 call_waiting_tone; 8 off_hook_warning_tone; 9 preemption_tone; 63
    tones_off; 64 alerting_pattern_0; 65 alerting_pattern_1; 66 alerting_pattern_2; 67
    alerting_pattern_3; 68 alerting_pattern_4; 69 alerting_pattern_5; 70 alerting_pattern_6; 71
    alerting_pattern_7; 79 alerting_off
StopBits: 0 not used; 1 1; 2 1.5; 3 2
Structure: 0 default; 1 8 kHz integrity; 4 service data unit integrity; 7 unstructured
SubaddressType: 0 nsap; 2 user_specified
ThroughputClass: 3 75 bit/s; 4 150 bit/s; 5 300 bit/s; 6 600 bit/s; 7 1200 bit/s; 8 2400 bit/s; 9 4800
    bit/s; 10 9600 bit/s; 11 19 200 bit/s; 12 48 000 bit/s; 13 64 000 bit/s
TransferCapability: 0 speech; 8 unrestricted digital; 9 restricted digital; 16 3.1 kHz audio; 17
    unrestricted digital with tones and announcements; 24 video
TransferMode: 0 circuit; 2 packet
TransferRate: 0 packet mode; 16 64 kbit/s; 17 2 x 64 kbit/s; 19 384 kbit/s; 21 1536 kbit/s; 23 1920
    kbit/s; 24 multirate, of 64 kbit/s each
UserProtocol: 0 user_specific; 1 osi_high_layer; 2 x244; 3 system_management; 4 ia5; 5 asn1; 7 v120; 8
    q931
UserRate: 0 given by the E bits; 1 0.6 kbit/s; 2 1.2 kbit/s; 3 2.4 kbit/s; 4 3.6 kbit/s; 5 4.8 kbit/s; 6
    7.2 kbit/s; 7 8 kbit/s; 8 9.6 kbit/s; 9 14.4 kbit/s; 10 16 kbit/s; 11 19.2 kbit/s; 12 32 kbit/s; 13
    38.4 kbit/s; 14 48 kbit/s; 15 56 kbit/s; 16 64 kbit/s; 18 57.6 kbit/s; 19 28.8 kbit/s; 20 24 kbit/s;
    21 0.1345 kbit/s; 22 0.1 kbit/s; 23 0.075 and 1.2 kbit/s; 24 1.2 and 0.075 kbit/s; 25 0.05 kbit/s;
    26 0.075 kbit/s; 27 0.11 kbit/s; 28 0.15 kbit/s; 29 0.2 kbit/s; 30 0.3 kbit/s; 31 12 kbit/s
"""


def presence(item: Octet | Run) -> str:
    """When an octet is there."""
    mark = item.presence
    if isinstance(mark, When):
        terms = (f"{name} {list(some) if len(some) < 5 else f'in {len(some)}'}" for name, some in mark.fields)
        return " when " + " and ".join(terms)
    if isinstance(mark, IfMore):
        return " if more"
    if isinstance(mark, Marked | Fixed):
        return f" {type(mark).__name__.lower()} {mark.high}-{mark.low}={mark.value}"
    return ""


def figure(cls: type[Record]) -> str:
    """The octets of a class as in the lines above."""
    octets = []
    for item in cls.layout.plan.items:
        if isinstance(item, Run):
            text = f"{item.field.name} {type(item.field.place).__name__.lower()}"
        else:
            places = [(field.name, field.place) for field, _, _ in item.fields]
            text = ", ".join(
                f"{name} {place.high}" + (f"-{place.low}" if place.low != place.high else "")
                for name, place in places
                if isinstance(place, Bits)
            )
        octets.append(f"{item.label}{presence(item)}: {text}")
    return f"{cls.__name__} {'; '.join(octets)}".rstrip()


def lines(table: str) -> list[str]:
    """The lines of a table, those that are set in being the ends of those before them."""
    return table.replace("\n    ", " ").strip().splitlines()


EVERY: tuple[type[Record], ...] = (*CATALOGUE.values(), ChangeStatusIE, DisplayPrefix, *LAYOUTS)
WRITTEN = {line.partition(" ")[0]: line for line in lines(FIGURES)}


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_a_figure_is_what_its_clause_shows(cls: type[Record]) -> None:
    assert figure(cls) == WRITTEN[cls.__name__]


def test_every_figure_is_written_twice() -> None:
    assert set(WRITTEN) == {cls.__name__ for cls in EVERY}


def points(kind: type[enum.IntEnum]) -> str:
    """The code points of an enumeration, with the title where there is one."""
    told = (f"{int(m)} {m.title if isinstance(m, Titled) else m.name.lower()}" for m in kind)
    return f"{kind.__name__}: {'; '.join(told)}"


def enumerations() -> dict[str, type[enum.IntEnum]]:
    """Every enumeration that the elements use."""
    return {
        name: kind
        for module in (values, coded, codesets, services)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, enum.IntEnum) and kind not in (enum.IntEnum, Titled)
    }


def test_code_points_are_those_of_the_tables() -> None:
    assert sorted(map(points, enumerations().values())) == sorted(lines(CODE_POINTS))
