"""What the call carries: bearer capability, low and high layer compatibility (Q.931 4.5.5, 4.5.19,
4.5.17)."""

from __future__ import annotations

from typing import Annotated

from trunkwire.codec.primitives import Bits, Marked, Presence, When
from trunkwire.q931.ies.coded import (
    Audiovisual,
    DataBits,
    IntermediateRate,
    Modem,
    OperationMode,
    PacketSize,
    Parity,
    StopBits,
    Structure,
    UserRate,
)
from trunkwire.q931.ies.element import IE, ie
from trunkwire.q931.ies.values import (
    Coding,
    HighLayer,
    Layer1,
    Layer2,
    Layer3,
    TransferCapability,
    TransferMode,
    TransferRate,
)

_CARRIED: dict[str, Presence] = {
    "4.1": When(rate=TransferRate.MULTIRATE),
    "5": Marked(7, 6, 1, ws="q931.layer_ident"),
    "5b/v110": When(
        layer1=(Layer1.V110, Layer1.NON_ITU_RATE_ADAPTION, Layer1.G711_MU_LAW, Layer1.G711_A_LAW)
    ),
    "5b/v120": When(layer1=Layer1.V120),
    "6": Marked(7, 6, 2, ws="q931.layer_ident"),
    "7": Marked(7, 6, 3, ws="q931.layer_ident"),
    "7a/tr9577": When(layer3=Layer3.TR_9577),
    "7b/tr9577": When(layer3=Layer3.TR_9577),
}
"""When the octets of `Carried` are there."""

_X25 = When(layer3=(Layer3.X25, Layer3.ISO_8208, Layer3.X223))
_LAYER_2_KNOWN = When(layer2=tuple(set(range(32)) - {Layer2.USER_SPECIFIED}))


class Carried(IE, frozen=True, kw_only=True):
    """The octets that bearer capability and low layer compatibility have in common (Q.931 4.5.5, 4.5.19),
    declared once for both. Octets 4a and 4b are of the issue of 1988.
    """

    coding: Annotated[Coding, Bits("3", 7, 6, ws="q931.coding_standard")] = Coding.ITU
    capability: Annotated[
        TransferCapability | int, Bits("3", 5, 1, ws="q931.information_transfer_capability")
    ] = TransferCapability.SPEECH
    mode: Annotated[TransferMode | int, Bits("4", 7, 6, ws="q931.transfer_mode")] = TransferMode.CIRCUIT
    rate: Annotated[TransferRate | int, Bits("4", 5, 1, ws="q931.information_transfer_rate")] = (
        TransferRate.K64
    )
    structure: Annotated[Structure | int | None, Bits("4a", 7, 5)] = None
    configuration: Annotated[int | None, Bits("4a", 4, 3)] = None
    establishment: Annotated[int | None, Bits("4a", 2, 1)] = None
    symmetry: Annotated[int | None, Bits("4b", 7, 6)] = None
    rate_backward: Annotated[TransferRate | int | None, Bits("4b", 5, 1)] = None
    multiplier: Annotated[int | None, Bits("4.1", 7, 1, ws="q931.bearer_capability.rate_multiplier")] = None
    layer1: Annotated[Layer1 | int | None, Bits("5", 5, 1, ws="q931.uil1")] = None
    asynchronous: Annotated[bool | None, Bits("5a", 7, 7, ws="q931.layer_1")] = None
    negotiable: Annotated[bool | None, Bits("5a", 6, 6, ws="q931.layer_1_in_band_negotiation")] = None
    user_rate: Annotated[UserRate | int | None, Bits("5a", 5, 1, ws="q931.bearer_capability.user_rate")] = (
        None
    )
    intermediate_rate: Annotated[
        IntermediateRate | int | None, Bits("5b/v110", 7, 6, ws="q931.bearer_capability.intermediate_rate")
    ] = None
    clock_on_send: Annotated[
        bool | None, Bits("5b/v110", 5, 5, ws="q931.send_data_net_independent_clock")
    ] = None
    clock_on_receive: Annotated[
        bool | None, Bits("5b/v110", 4, 4, ws="q931.accept_data_net_independent_clock")
    ] = None
    flow_control_on_send: Annotated[bool | None, Bits("5b/v110", 3, 3, ws="q931.send_data_flow_control")] = (
        None
    )
    flow_control_on_receive: Annotated[
        bool | None, Bits("5b/v110", 2, 2, ws="q931.accept_data_flow_control")
    ] = None
    header: Annotated[bool | None, Bits("5b/v120", 7, 7, ws="q931.rate_adaption_header")] = None
    multiple_frames: Annotated[bool | None, Bits("5b/v120", 6, 6, ws="q931.multiple_frame_establishment")] = (
        None
    )
    protocol_sensitive: Annotated[bool | None, Bits("5b/v120", 5, 5, ws="q931.mode_of_operation")] = None
    link_negotiation: Annotated[bool | None, Bits("5b/v120", 4, 4, ws="q931.protocol_negotiation")] = None
    assignor: Annotated[bool | None, Bits("5b/v120", 3, 3, ws="q931.message_originator")] = None
    in_band_negotiation: Annotated[bool | None, Bits("5b/v120", 2, 2, ws="q931.negotiation_is_done")] = None
    stop_bits: Annotated[StopBits | int | None, Bits("5c", 7, 6, ws="q931.bearer_capability.stop_bits")] = (
        None
    )
    data_bits: Annotated[DataBits | int | None, Bits("5c", 5, 4, ws="q931.bearer_capability.data_bits")] = (
        None
    )
    parity: Annotated[Parity | int | None, Bits("5c", 3, 1, ws="q931.bearer_capability.parity")] = None
    full_duplex: Annotated[bool | None, Bits("5d", 7, 7, ws="q931.bearer_capability.duplex")] = None
    modem: Annotated[Modem | int | None, Bits("5d", 6, 1, ws="q931.bearer_capability.modem_type")] = None
    layer2: Annotated[Layer2 | int | None, Bits("6", 5, 1, ws="q931.uil2")] = None
    layer3: Annotated[Layer3 | int | None, Bits("7", 5, 1, ws="q931.uil3")] = None
    layer3_high: Annotated[int | None, Bits("7a/tr9577", 4, 1)] = None
    layer3_low: Annotated[int | None, Bits("7b/tr9577", 4, 1, ws="q931.uil3_additional")] = None


@ie(0x04, clause="4.5.5", title="bearer capability", octets=_CARRIED)
class BearerCapabilityIE(Carried, frozen=True, kw_only=True):
    """What the network is asked to carry. The defaults are an unnamed 64 kbit/s speech call."""


@ie(
    0x7C,
    clause="4.5.19",
    title="low layer compatibility",
    octets=_CARRIED
    | {
        "6a/user": When(layer2=Layer2.USER_SPECIFIED),
        "6a": _LAYER_2_KNOWN,
        "6b": _LAYER_2_KNOWN,
        "7a/user": When(layer3=Layer3.USER_SPECIFIED),
        "7a/x25": _X25,
        "7b/x25": _X25,
        "7c/x25": _X25,
    },
)
class LowLayerCompatibilityIE(Carried, frozen=True, kw_only=True):
    """What the called equipment has to be able to do; the network carries it unread."""

    out_band_negotiation: Annotated[bool | None, Bits("3a", 7, 7, ws="q931.out_band_negotiation")] = None
    layer2_user: Annotated[int | None, Bits("6a/user", 7, 1, ws="q931.uil2_info")] = None
    layer2_mode: Annotated[OperationMode | int | None, Bits("6a", 7, 6, ws="q931.bearer_capability.mode")] = (
        None
    )
    layer2_q933: Annotated[int | None, Bits("6a", 2, 1)] = None
    layer2_window: Annotated[int | None, Bits("6b", 7, 1, ws="q931.bearer_capability.window_size")] = None
    layer3_user: Annotated[int | None, Bits("7a/user", 7, 1)] = None
    layer3_mode: Annotated[
        OperationMode | int | None, Bits("7a/x25", 7, 6, ws="q931.bearer_capability.mode")
    ] = None
    packet_size: Annotated[
        PacketSize | int | None, Bits("7b/x25", 4, 1, ws="q931.bearer_capability.default_packet_size")
    ] = None
    packet_window: Annotated[
        int | None, Bits("7c/x25", 7, 1, ws="q931.bearer_capability.packet_window_size")
    ] = None


@ie(
    0x7D,
    clause="4.5.17",
    title="high layer compatibility",
    octets={
        "4a/maintenance": When(characteristics=(HighLayer.MAINTENANCE, HighLayer.MANAGEMENT)),
        "4a/audiovisual": When(
            characteristics=(
                HighLayer.VIDEOTELEPHONY,
                HighLayer.VIDEOCONFERENCING,
                HighLayer.AUDIOGRAPHIC_CONFERENCING,
                HighLayer.MULTIMEDIA,
            )
        ),
    },
)
class HighLayerCompatibilityIE(IE, frozen=True, kw_only=True):
    """What the user means to do on the channel, such as telephony or facsimile."""

    coding: Annotated[Coding, Bits("3", 7, 6, ws="q931.coding_standard")] = Coding.ITU
    interpretation: Annotated[int, Bits("3", 5, 3, ws="q931.interpretation")] = 4
    profile: Annotated[int, Bits("3", 2, 1, ws="q931.presentation_method_protocol_profile")] = 1
    characteristics: Annotated[HighLayer | int, Bits("4", 7, 1, ws="q931.high_layer_characteristics")]
    extended: Annotated[
        HighLayer | int | None,
        Bits("4a/maintenance", 7, 1, ws="q931.extended_high_layer_characteristics"),
    ] = None
    audiovisual: Annotated[
        Audiovisual | int | None,
        Bits("4a/audiovisual", 7, 1, ws="q931.extended_audiovisual_characteristics"),
    ] = None
