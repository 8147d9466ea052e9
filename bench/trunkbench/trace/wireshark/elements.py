"""How tshark 4.0 reads the contents of each information element of Q.931, right or wrong.

Where a reading leaves the Recommendation, docs/wireshark-differences.md says so with the clause; why these
are not our own declarations of the elements, docs/decisions/0013-wireshark-text.md. Clauses are Q.931's.
"""

from __future__ import annotations

from trunkbench.trace.wireshark.steps import (
    Count,
    Counted,
    Delay,
    Each,
    Extended,
    Nibbles,
    Octet,
    Peek,
    Power,
    Rest,
    Septets,
    Sized,
    Some,
    Step,
    Switch,
)

Reading = tuple[Step, ...]

_CODING = 0x60
"""Bits 7 and 6: the coding standard of most elements."""
_LAYER = 0x60
"""Bits 7 and 6: the layer that a group of octets describes."""

_LAYER_1: Reading = (
    Octet("extension_ind", "layer_ident", "uil1"),
    Extended(
        Octet("layer_1", "layer_1_in_band_negotiation", "bearer_capability.user_rate"),
        Octet(
            "bearer_capability.intermediate_rate",
            "send_data_net_independent_clock",
            "accept_data_net_independent_clock",
            "send_data_flow_control",
            "accept_data_flow_control",
        ),
        Octet(
            "rate_adaption_header",
            "multiple_frame_establishment",
            "mode_of_operation",
            "protocol_negotiation",
            "message_originator",
            "negotiation_is_done",
        ),
        Peek("bearer_capability.stop_bits", "bearer_capability.data_bits", "bearer_capability.parity"),
        Octet("bearer_capability.duplex", "bearer_capability.modem_type"),
    ),
)
_USER_SPECIFIED = 0x10
_LAYER_2: Reading = (
    Octet("extension_ind", "layer_ident", "uil2"),
    Extended(
        Switch("last", 0x1F, {_USER_SPECIFIED: (Octet("uil2_info"),)}, (Octet("bearer_capability.mode"),)),
        Octet("bearer_capability.window_size"),
    ),
)
_X25: Reading = (
    Extended(
        Octet("bearer_capability.mode"),
        Octet("bearer_capability.default_packet_size"),
        Octet("bearer_capability.packet_window_size"),
    ),
)
_LAYER_3: Reading = (
    Octet("extension_ind", "layer_ident", "uil3"),
    Extended(
        Switch(
            "last",
            0x1F,
            {
                0x06: _X25,
                0x07: _X25,
                0x08: _X25,
                0x0B: (Nibbles("uil3_additional"),),
                _USER_SPECIFIED: (Power("bearer_capability.default_packet_size"),),
            },
        )
    ),
)
_MULTIRATE = 0x18
BEARER: Reading = (
    Switch(
        "next",
        _CODING,
        {
            0: (
                Octet("extension_ind", "coding_standard", "information_transfer_capability"),
                Extended(Octet("out_band_negotiation")),
                Octet("extension_ind", "transfer_mode", "information_transfer_rate"),
                Switch("last", 0x1F, {_MULTIRATE: (Octet("bearer_capability.rate_multiplier"),)}),
                Switch("next", _LAYER, {0x20: _LAYER_1}),
                Switch("next", _LAYER, {0x40: _LAYER_2}),
                Switch("next", _LAYER, {0x60: _LAYER_3}),
            )
        },
        (Rest("bearer_capability.data"), Octet("extension_ind", "coding_standard")),
    ),
)
"""4.5.5 and 4.5.19."""

_SERVICE: Reading = (Octet("network_service", "extension_condition_type", "extension_condition"),)
_ELEMENTS: Reading = (Each("information_element"),)
_MESSAGE: Reading = (Octet("cause_call.message_type"),)
_REJECTED: Reading = (
    Octet("cause_call.rejection_reason", "cause_call.condition"),
    Some("cause_call.diagnostic"),
)
_DIAGNOSTICS: dict[int, Reading] = (
    dict.fromkeys((1, 3, 49), _SERVICE)
    | dict.fromkeys((43, 88, 96, 99, 100), _ELEMENTS)
    | dict.fromkeys((97, 101), _MESSAGE)
    | {21: _REJECTED, 102: (Rest("cause_call.rec_timer", 3),)}
)
_CAUSE: Reading = (
    Octet("cause_location", "coding_standard", "extension_ind"),
    Extended(Octet("cause.recommendation", "extension_ind")),
    Octet("cause_value", "extension_ind"),
    Switch("last", 0x7F, _DIAGNOSTICS, (Some("cause_call.diagnostic"),)),
)
CAUSE: Reading = (
    Switch("next", _CODING, {0: _CAUSE, 0x20: _CAUSE}, (Rest("cause.data"), Octet("coding_standard"))),
)
"""4.5.12, Q.850 2.2."""

CALL_STATE: Reading = (
    Switch(
        "next",
        _CODING,
        {0: (Octet("coding_standard", "call_state"),)},
        (Rest("call_state.data"), Octet("coding_standard")),
    ),
)
"""4.5.7."""

_CHANNELS: Reading = (
    Octet("extension_ind", "coding_standard", "channel.map", "channel.element_type"),
    Switch(
        "last",
        0x10,
        {0x10: (Each("channel.slot_map"),)},
        (Each("extension_ind", "channel.number", extended=True),),
    ),
)
CHANNEL: Reading = (
    Octet(
        "extension_ind",
        "channel.interface_id_present",
        "channel.interface_type",
        "channel.exclusive",
        "channel.dchan",
        "channel.selection",
    ),
    Switch("first", 0x40, {0x40: (Septets("channel.interface_id"),)}),
    Switch(
        "first",
        0x20,
        {
            0x20: (
                Switch(
                    "next",
                    _CODING,
                    {0: _CHANNELS},
                    (Rest("channel.data"), Octet("extension_ind", "coding_standard")),
                ),
            )
        },
    ),
)
"""4.5.13."""

PROGRESS: Reading = (
    Switch(
        "next",
        _CODING,
        {
            0: (
                Octet("coding_standard", "progress_indicator.location"),
                Octet("progress_indicator.description"),
            )
        },
        (Rest("progress_indicator.data"), Octet("coding_standard")),
    ),
)
"""4.5.23."""

NETWORK: Reading = (
    Octet("netid.length"),
    Switch("last", 0x7F, {0: ()}, (Octet("netid.type", "netid.plan"), Counted("netid"))),
    Some("netid.facility_specification"),
)
"""4.5.21 and 4.5.29."""


def number(digits: str) -> Reading:
    """A party's number (4.5.8, 4.5.10)."""
    return (
        Octet("numbering_plan", "number_type", "extension_ind"),
        Extended(Octet("screening_ind", "presentation_ind", "extension_ind"), Octet("extension.reason")),
        Some(digits),
    )


SUBADDRESS: Reading = (
    Octet("party_subaddr.type", "party_subaddr.odd_even"),
    Some("party_subaddr"),
)
"""4.5.9, 4.5.11."""

_AUDIOVISUAL: Reading = (Octet("extension_ind", "extended_audiovisual_characteristics"),)
_MANAGED: Reading = (Octet("extension_ind", "extended_high_layer_characteristics"),)
_PROFILE = 1
HIGH_LAYER: Reading = (
    Octet("extension_ind", "coding_standard", "interpretation", "presentation_method_protocol_profile"),
    Switch(
        "last",
        _CODING | 3,
        {
            _PROFILE: (
                Octet("extension_ind", "high_layer_characteristics"),
                Extended(
                    Switch(
                        "last",
                        0x7F,
                        dict.fromkeys((0x60, 0x61, 0x62, 0x68), _AUDIOVISUAL)
                        | dict.fromkeys((0x5E, 0x5F), _MANAGED),
                    )
                ),
            )
        },
        (Rest("high_layer_compat.data"),),
    ),
)
"""4.5.17."""

USER_USER: Reading = (
    Octet("user.protocol_discriminator"),
    Switch(
        "last",
        0xFF,
        {0: (Count("user.len"),), 4: (Some("user.string"),)},
        (Some("user.bytes"),),
    ),
)
"""4.5.30."""

_RATES = (
    "information_rate.incoming",
    "information_rate.outgoing",
    "information_rate.minimum_incoming",
    "information_rate.minimum_outgoing",
)

READINGS: dict[tuple[int, int], Reading] = {
    (0, 0x01): (Octet("extension_ind", "extension_ind_preference", "extension_ind_new_status"),),
    (0, 0x04): BEARER,
    (0, 0x08): CAUSE,
    (0, 0x14): CALL_STATE,
    (0, 0x18): CHANNEL,
    (0, 0x1E): PROGRESS,
    (0, 0x20): NETWORK,
    (0, 0x28): (Some("display_information"),),
    (0, 0x29): (Sized((5, 6), Rest("date_time"), invalid="date_time.invalid"),),
    (0, 0x2C): (Some("keypad_facility"),),
    (0, 0x34): (Sized((1,), Octet("signal")),),
    (0, 0x40): (Sized((4,), *(Octet(name) for name in _RATES)),),
    (0, 0x42): (
        Delay("cumulative_transit_delay"),
        Delay("requested_end_to_end_transit_delay"),
        Delay("maximum_end_to_end_transit_delay"),
    ),
    (0, 0x43): (Delay("transit_delay"),),
    (0, 0x44): (Octet("fast_select", "pl_request", "pl_binary_confirmation", "pl_modulus"),),
    (0, 0x45): (Octet("pl_window_size.forward_value"), Octet("pl_window_size.backward_value")),
    (0, 0x46): (Octet("packet_size.forward_value"), Octet("packet_size.backward_value")),
    (0, 0x47): (Octet("cug_indication"), Some("cug_index_code")),
    (0, 0x4A): (Octet("reverse_charging_ind"),),
    (0, 0x4C): number("connected_number.digits"),
    (0, 0x6C): number("calling_party_number.digits"),
    (0, 0x6D): SUBADDRESS,
    (0, 0x70): number("called_party_number.digits"),
    (0, 0x71): SUBADDRESS,
    (0, 0x74): number("redirecting_number.digits"),
    (0, 0x78): NETWORK,
    (0, 0x79): (Sized((1,), Octet("restart_indicator")),),
    (0, 0x7C): BEARER,
    (0, 0x7D): HIGH_LAYER,
    (0, 0x7E): USER_USER,
    (6, 0x28): (Some("avaya_display"),),
}
"""By codeset and identifier; every other element is `OTHER`."""

OTHER: Reading = (Rest("data"),)

FACILITY = (0, 0x1C)
HANDED_ON = frozenset({FACILITY, (0, 0x27), (4, 0x31), (5, 0x32)})
"""Elements that tshark gives to its dissectors of Q.932 and QSIG, which have fields of their own names only:
facility, notification indicator, transit counter, party category."""

SINGLE: dict[int, str] = {0xA0: "more_data", 0xA1: "sending_complete"}
"""Single-octet elements of codeset 0 by the whole octet (4.5.26 and 4.5.1)."""
SINGLE_VALUED: dict[int, str] = {0xB0: "congestion_level", 0xD0: "repeat_indicator"}
"""Single-octet elements of codeset 0 by their high half."""
