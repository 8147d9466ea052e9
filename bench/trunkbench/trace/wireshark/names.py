"""Wireshark's names of the fields that `--fields` knows, and the form in which tshark 4.0 prints each.

A field is part of an octet (or of two) under a mask, or stands for itself (mask 0). The forms: `decimal`,
`hex2` and `hex4` (0x and two or four digits), `flag` (1 or 0), `octets` (two digits each, nothing between),
`text`, `present` (1: the field says only that something is there). The table is what
`tshark -G fields` tells of the protocols LAPD (Q.921) and Q.931 and of the two fields of the frame.
"""

from __future__ import annotations

import msgspec

NUMBER = "frame.number"
TIME = "frame.time_epoch"

_TABLE = """
decimal 0x0     frame.number
time    0x0     frame.time_epoch
decimal 0x0     lapd.direction
hex4    0x0     lapd.address
decimal 0xfc00  lapd.sapi
decimal 0x200   lapd.cr
decimal 0x100   lapd.ea1
decimal 0xfe    lapd.tei
decimal 0x1     lapd.ea2
hex4    0x0     lapd.control
decimal 0xfe00  lapd.control.n_r
decimal 0xfe    lapd.control.n_s
flag    0x10    lapd.control.p lapd.control.f
hex4    0xc     lapd.control.s_ftype
hex2    0xec    lapd.control.u_modifier_cmd lapd.control.u_modifier_resp
hex4    0x1     lapd.control.ftype
hex4    0x0     lapd.checksum
decimal 0x0     lapd.checksum.status
present 0x0     lapd.abort.expert lapd.checksum_bad.expert
hex2    0x0     q931.disc
decimal 0x0     q931.call_ref_len
flag    0x0     q931.call_ref_flag
octets  0x0     q931.call_ref
hex2    0x0     q931.message_type q931.maintenance_message_type q931.segment_type
decimal 0x0     q931.information_element q931.information_element_len q931.locking_codeset
hex2    0x60    q931.coding_standard q931.transfer_mode q931.layer_ident q931.presentation_ind
hex2    0x1c    q931.interpretation
hex2    0x3     q931.presentation_method_protocol_profile
hex2    0x7f    q931.high_layer_characteristics q931.extended_high_layer_characteristics
hex2    0x7f    q931.extended_audiovisual_characteristics
octets  0x0     q931.high_layer_compat.data
hex2    0x1f    q931.information_transfer_capability q931.information_transfer_rate q931.uil1 q931.uil2
hex2    0x1f    q931.uil3 q931.bearer_capability.user_rate
octets  0x0     q931.bearer_capability.data
decimal 0x7f    q931.bearer_capability.rate_multiplier q931.bearer_capability.window_size
decimal 0x7f    q931.bearer_capability.packet_window_size
decimal 0xf     q931.bearer_capability.default_packet_size
hex2    0x60    q931.bearer_capability.intermediate_rate q931.bearer_capability.stop_bits
hex2    0x60    q931.bearer_capability.mode
hex2    0x18    q931.bearer_capability.data_bits
hex2    0x7     q931.bearer_capability.parity
hex2    0x3f    q931.bearer_capability.modem_type
flag    0x40    q931.out_band_negotiation q931.layer_1 q931.rate_adaption_header
flag    0x40    q931.bearer_capability.duplex
flag    0x20    q931.layer_1_in_band_negotiation q931.multiple_frame_establishment
flag    0x10    q931.send_data_net_independent_clock q931.mode_of_operation
flag    0x8     q931.accept_data_net_independent_clock q931.protocol_negotiation
flag    0x4     q931.send_data_flow_control q931.message_originator
flag    0x2     q931.accept_data_flow_control q931.negotiation_is_done
hex2    0x7f    q931.uil2_info
hex4    0x0     q931.uil3_additional
decimal 0xf     q931.cause_location
decimal 0x7f    q931.cause_value
octets  0x0     q931.cause.data q931.cause_call.user_specific_diagnostic q931.cause_call.diagnostic
hex2    0x7f    q931.cause.recommendation
hex2    0x7c    q931.cause_call.rejection_reason
hex2    0x3     q931.cause_call.condition q931.extension_condition
hex2    0x0     q931.cause_call.message_type q931.missing_info_element q931.insufficient_info_element
text    0x0     q931.cause_call.rec_timer
flag    0x80    q931.network_service
flag    0x40    q931.extension_condition_type
octets  0x0     q931.call_state.data
hex2    0x3f    q931.call_state
hex2    0x70    q931.number_type
hex2    0xf     q931.numbering_plan
hex2    0x3     q931.screening_ind
flag    0x80    q931.extension_ind
decimal 0x40    q931.extension_ind_preference
decimal 0x7     q931.extension_ind_new_status
hex2    0xf     q931.extension.reason
text    0x0     q931.calling_party_number.digits q931.called_party_number.digits
text    0x0     q931.connected_number.digits q931.redirecting_number.digits
flag    0x40    q931.channel.interface_id_present
flag    0x20    q931.channel.interface_type
flag    0x8     q931.channel.exclusive
flag    0x4     q931.channel.dchan
hex2    0x3     q931.channel.selection
decimal 0x0     q931.channel.interface_id
flag    0x10    q931.channel.map
hex2    0xf     q931.channel.element_type
decimal 0x7f    q931.channel.number
hex2    0x0     q931.channel.slot_map
octets  0x0     q931.channel.data
flag    0x0     q931.segment.overlap q931.segment.overlap.conflict q931.segment.multipletails
flag    0x0     q931.segment.toolongfragment
decimal 0x0     q931.segment.error q931.segment.count q931.segment q931.reassembled_in
decimal 0x0     q931.reassembled.length
present 0x0     q931.segments
decimal 0x7f    q931.segment.first q931.segment.not_first
octets  0x0     q931.message_segment
octets  0x0     q931.progress_indicator.data
hex2    0xf     q931.progress_indicator.location
hex2    0x7f    q931.progress_indicator.description q931.notification_description
decimal 0x7f    q931.netid.length
hex2    0x70    q931.netid.type
hex2    0xf     q931.netid.plan
text    0x0     q931.netid
octets  0x0     q931.netid.facility_specification
hex2    0x0     q931.signal
hex2    0x1f    q931.information_rate.incoming q931.information_rate.outgoing
hex2    0x1f    q931.information_rate.minimum_incoming q931.information_rate.minimum_outgoing
decimal 0x0     q931.cumulative_transit_delay q931.requested_end_to_end_transit_delay
decimal 0x0     q931.maximum_end_to_end_transit_delay q931.transit_delay
hex2    0x18    q931.fast_select
flag    0x4     q931.pl_request
flag    0x2     q931.pl_binary_confirmation
flag    0x1     q931.pl_modulus
decimal 0x7f    q931.pl_window_size.forward_value q931.pl_window_size.backward_value
decimal 0x7f    q931.packet_size.forward_value q931.packet_size.backward_value
hex2    0x7     q931.cug_indication q931.reverse_charging_ind q931.restart_indicator q931.party_category
text    0x0     q931.cug_index_code
hex2    0x70    q931.party_subaddr.type
hex2    0x8     q931.party_subaddr.odd_even
octets  0x0     q931.party_subaddr
hex2    0x0     q931.user.protocol_discriminator
decimal 0x0     q931.user.len
text    0x0     q931.user.string
octets  0x0     q931.user.bytes
hex2    0xf     q931.congestion_level q931.repeat_indicator
octets  0x0     q931.data q931.date_time
present 0x0     q931.more_data q931.sending_complete q931.invalid_length q931.date_time.invalid
present 0x0     q931.information_element.unknown q931.incomplete_ie
text    0x0     q931.display_information q931.keypad_facility q931.avaya_display
"""

MISSING = "<MISSING>"
"""What tshark prints for a field of octets without any."""

_ESCAPES = str.maketrans({"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"})
"""What tshark escapes in a column; a backslash and every other control character stand as they are."""


class Form(msgspec.Struct, frozen=True):
    """How a field is printed: `form` and `mask` as in the table above."""

    form: str
    mask: int

    def of(self, octet: int) -> str:
        """The text of the field in `octet`, which may be an integer of two octets for a wide field."""
        value = octet if not self.mask else (octet & self.mask) // (self.mask & -self.mask)
        if self.form == "hex2":
            return f"0x{value:02x}"
        return f"0x{value:04x}" if self.form == "hex4" else str(value)

    def of_octets(self, octets: bytes) -> str:
        """The text of a field that is a run of octets."""
        return (octets.hex() or MISSING) if self.form == "octets" else characters(octets)


def _forms() -> dict[str, Form]:
    found: dict[str, Form] = {}
    for line in _TABLE.strip().splitlines():
        form, mask, *names = line.split()
        found |= {name: Form(form, int(mask, 16)) for name in names}
    return found


FORMS = _forms()
NAMES = tuple(FORMS)
"""Every name, `frame.number` and `frame.time_epoch` first."""


def characters(octets: bytes) -> str:
    """Octets as Wireshark's text: ASCII up to the first NUL, U+FFFD for every octet above 127."""
    return octets.partition(b"\0")[0].decode("ascii", "replace")


def column(texts: list[str]) -> str:
    """One column of a `--fields` line: all occurrences, escaped and joined with commas."""
    return ",".join(texts).translate(_ESCAPES)
