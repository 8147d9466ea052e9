"""The data link connection as a table: the nine states of Q.921 Annex B, one row a cell.

`TABLE` is the specification. A row names what the connection does, in order, and the state that follows. A
local event (a request of layer 3 or of management) that has no row for a state is misuse there. Every remote
event has a row for every state in which the link has a TEI, so that a frame can be meant for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from trunkwire.lapd import procedures as do
from trunkwire.lapd import rows
from trunkwire.lapd.events import Event, State
from trunkwire.lapd.procedures import Procedure


class Row(rows.Row[State, Event, Procedure], frozen=True):
    """One cell of Annex B."""


S1 = State.TEI_UNASSIGNED
S2 = State.ASSIGN_AWAITING_TEI
S3 = State.ESTABLISH_AWAITING_TEI
S4 = State.TEI_ASSIGNED
S50 = State.AWAITING_ESTABLISHMENT
S51 = State.AWAITING_REESTABLISHMENT
S52 = State.PENDING_RELEASE
S6 = State.AWAITING_RELEASE
S7 = State.MULTIPLE_FRAME_ESTABLISHED
S8 = State.TIMER_RECOVERY

TABLE: tuple[Row, ...] = (
    # 1 TEI unassigned
    Row(S1, Event.ESTABLISH, (do.cancel_retry, do.want_tei), S3, "Annex B, state 1"),
    Row(S1, Event.RELEASE, (do.cancel_retry, do.confirm_released), S1, "5.5.3.1"),
    Row(S1, Event.UNIT_DATA, (do.queue_unit_data, do.want_tei), S2, "Annex B, state 1"),
    Row(S1, Event.ASSIGN, (do.store_tei,), S4, "5.3.2"),
    Row(S1, Event.DEACTIVATE, (), S1, "Annex B, state 1"),
    # 2 assign awaiting TEI
    Row(S2, Event.ESTABLISH, (do.cancel_retry,), S3, "Annex B, state 2"),
    Row(S2, Event.RELEASE, (do.cancel_retry, do.confirm_released), S2, "5.5.3.1"),
    Row(S2, Event.UNIT_DATA, (do.queue_unit_data,), S2, "Annex B, state 2"),
    Row(S2, Event.ASSIGN, (do.store_tei, do.send_queued_units), S4, "5.3.2"),
    Row(S2, Event.ERROR_RESPONSE, (do.discard_units,), S1, "5.3.2.1"),
    Row(S2, Event.DEACTIVATE, (do.discard_units,), S1, "Annex B, state 2"),
    # 3 establish awaiting TEI
    Row(S3, Event.RELEASE, (do.confirm_released,), S2, "5.5.3.1"),
    Row(S3, Event.UNIT_DATA, (do.queue_unit_data,), S3, "Annex B, state 3"),
    Row(S3, Event.ASSIGN, (do.store_tei, do.establish_data_link, do.send_queued_units), S50, "5.3.2"),
    Row(S3, Event.ERROR_RESPONSE, (do.discard_units, do.indicate_released), S1, "5.3.2.1"),
    Row(S3, Event.DEACTIVATE, (do.discard_units, do.indicate_released), S1, "Annex B, state 3"),
    # 4 TEI assigned
    Row(S4, Event.REMOVE, (do.forget_tei,), S1, "5.3.4.1"),
    Row(S4, Event.DEACTIVATE, (), S4, "Annex B, state 4"),
    Row(S4, Event.ESTABLISH, (do.establish_data_link,), S50, "5.5.1.2"),
    Row(S4, Event.RELEASE, (do.cancel_retry, do.confirm_released), S4, "Annex B, state 4"),
    Row(S4, Event.UNIT_DATA, (do.send_unit_data,), S4, "5.2.2"),
    Row(S4, Event.SABME, (do.send_ua, do.indicate_established, do.enter_multiple_frame), S7, "5.5.1.2"),
    Row(S4, Event.DISC, (do.send_dm,), S4, "5.5.4"),
    Row(S4, Event.UA, (do.report_d,), S4, "5.5.4"),
    Row(S4, Event.UA_FINAL, (do.report_c,), S4, "5.5.4"),
    Row(S4, Event.DM, (do.establish_data_link,), S50, "5.5.4"),
    Row(S4, Event.DM_FINAL, (), S4, "5.5.4"),
    Row(S4, Event.FRMR, (), S4, "5.5.4"),
    Row(S4, Event.UI, (do.indicate_unit_data,), S4, "5.2.3"),
    Row(S4, Event.XID, (do.pass_exchange,), S4, "5.4"),
    Row(S4, Event.I, (), S4, "5.5.4"),
    Row(S4, Event.RR, (), S4, "5.5.4"),
    Row(S4, Event.RR_FINAL, (), S4, "5.5.4"),
    Row(S4, Event.RNR, (), S4, "5.5.4"),
    Row(S4, Event.RNR_FINAL, (), S4, "5.5.4"),
    Row(S4, Event.REJ, (), S4, "5.5.4"),
    Row(S4, Event.REJ_FINAL, (), S4, "5.5.4"),
    Row(S4, Event.FRAME_ERROR, (do.report_frame_error,), S4, "Table II.1"),
    # 5.0 awaiting establishment, as layer 3 asked
    Row(
        S50,
        Event.REMOVE,
        (do.discard_queue, do.stop_timers, do.indicate_released, do.forget_tei),
        S1,
        "5.3.4.1",
    ),
    Row(
        S50,
        Event.DEACTIVATE,
        (do.discard_queue, do.stop_timers, do.indicate_released),
        S4,
        "Annex B, state 5",
    ),
    Row(S50, Event.ESTABLISH, (do.discard_queue,), S50, "Annex B, state 5"),
    Row(S50, Event.RELEASE, (do.discard_queue,), S52, "Annex D, state 5.0"),
    Row(S50, Event.UNIT_DATA, (do.send_unit_data,), S50, "5.2.2"),
    Row(S50, Event.T200, (do.count_attempt, do.send_sabme), S50, "5.5.1.3"),
    Row(
        S50,
        Event.T200_LAST,
        (do.report_g, do.discard_queue, do.stop_timers, do.indicate_released),
        S4,
        "5.5.1.3",
    ),
    Row(S50, Event.SABME, (do.send_ua,), S50, "5.5.5.1"),
    Row(S50, Event.DISC, (do.send_dm,), S50, "5.5.5.2"),
    Row(S50, Event.UA, (do.report_d,), S50, "Annex B, state 5"),
    Row(S50, Event.UA_FINAL, (do.confirm_established, do.enter_multiple_frame), S7, "5.5.1.2"),
    Row(S50, Event.DM, (), S50, "5.5.6"),
    Row(S50, Event.DM_FINAL, (do.discard_queue, do.stop_timers, do.indicate_released), S4, "5.5.1.2"),
    Row(S50, Event.FRMR, (), S50, "5.5.1.2"),
    Row(S50, Event.UI, (do.indicate_unit_data,), S50, "5.2.3"),
    Row(S50, Event.XID, (do.pass_exchange,), S50, "5.4"),
    Row(S50, Event.I, (), S50, "5.5.1.2"),
    Row(S50, Event.RR, (), S50, "5.5.1.2"),
    Row(S50, Event.RR_FINAL, (), S50, "5.5.1.2"),
    Row(S50, Event.RNR, (), S50, "5.5.1.2"),
    Row(S50, Event.RNR_FINAL, (), S50, "5.5.1.2"),
    Row(S50, Event.REJ, (), S50, "5.5.1.2"),
    Row(S50, Event.REJ_FINAL, (), S50, "5.5.1.2"),
    Row(S50, Event.FRAME_ERROR, (do.report_frame_error,), S50, "Table II.1"),
    # 5.1 awaiting establishment, as the link resets itself; the I queue waits for the outcome
    Row(
        S51,
        Event.REMOVE,
        (do.discard_queue, do.stop_timers, do.indicate_released, do.forget_tei),
        S1,
        "5.3.4.1",
    ),
    Row(
        S51,
        Event.DEACTIVATE,
        (do.discard_queue, do.stop_timers, do.indicate_released),
        S4,
        "Annex B, state 5",
    ),
    Row(S51, Event.ESTABLISH, (do.discard_queue,), S50, "Annex B, state 5"),
    Row(S51, Event.RELEASE, (do.discard_queue,), S52, "Annex D, state 5.1"),
    Row(S51, Event.DATA, (do.queue_information,), S51, "Annex B, state 5"),
    Row(S51, Event.UNIT_DATA, (do.send_unit_data,), S51, "5.2.2"),
    Row(S51, Event.T200, (do.count_attempt, do.send_sabme), S51, "5.5.1.3"),
    Row(
        S51,
        Event.T200_LAST,
        (do.report_g, do.discard_queue, do.stop_timers, do.indicate_released),
        S4,
        "5.5.1.3",
    ),
    Row(S51, Event.SABME, (do.send_ua,), S51, "5.5.5.1"),
    Row(S51, Event.DISC, (do.send_dm,), S51, "5.5.5.2"),
    Row(S51, Event.UA, (do.report_d,), S51, "Annex B, state 5"),
    Row(S51, Event.UA_FINAL, (do.settle_reset, do.enter_multiple_frame), S7, "5.7.2"),
    Row(S51, Event.DM, (), S51, "5.5.6"),
    Row(S51, Event.DM_FINAL, (do.discard_queue, do.stop_timers, do.indicate_released), S4, "5.5.1.2"),
    Row(S51, Event.FRMR, (), S51, "5.5.1.2"),
    Row(S51, Event.UI, (do.indicate_unit_data,), S51, "5.2.3"),
    Row(S51, Event.XID, (do.pass_exchange,), S51, "5.4"),
    Row(S51, Event.I, (), S51, "5.5.1.2"),
    Row(S51, Event.RR, (), S51, "5.5.1.2"),
    Row(S51, Event.RR_FINAL, (), S51, "5.5.1.2"),
    Row(S51, Event.RNR, (), S51, "5.5.1.2"),
    Row(S51, Event.RNR_FINAL, (), S51, "5.5.1.2"),
    Row(S51, Event.REJ, (), S51, "5.5.1.2"),
    Row(S51, Event.REJ_FINAL, (), S51, "5.5.1.2"),
    Row(S51, Event.FRAME_ERROR, (do.report_frame_error,), S51, "Table II.1"),
    # 5.2 awaiting establishment, to be released as soon as it is there
    Row(
        S52,
        Event.REMOVE,
        (do.stop_timers, do.confirm_released, do.forget_tei),
        S1,
        "5.3.4.1",
    ),
    Row(S52, Event.DEACTIVATE, (do.stop_timers, do.confirm_released), S4, "Annex B, state 5"),
    Row(S52, Event.UNIT_DATA, (do.send_unit_data,), S52, "5.2.2"),
    Row(S52, Event.T200, (do.count_attempt, do.send_sabme), S52, "5.5.1.3"),
    Row(S52, Event.T200_LAST, (do.report_g, do.stop_timers, do.confirm_released), S4, "5.5.1.3"),
    Row(S52, Event.SABME, (do.send_ua,), S52, "5.5.5.1"),
    Row(S52, Event.DISC, (do.send_dm,), S52, "5.5.5.2"),
    Row(S52, Event.UA, (do.report_d,), S52, "Annex D, state 5.2"),
    Row(S52, Event.UA_FINAL, (do.release_data_link,), S6, "Annex D, state 5.2"),
    Row(S52, Event.DM, (), S52, "5.5.6"),
    Row(S52, Event.DM_FINAL, (do.stop_timers, do.confirm_released), S4, "Annex D, state 5.2"),
    Row(S52, Event.FRMR, (), S52, "5.5.1.2"),
    Row(S52, Event.UI, (do.indicate_unit_data,), S52, "5.2.3"),
    Row(S52, Event.XID, (do.pass_exchange,), S52, "5.4"),
    Row(S52, Event.I, (), S52, "5.5.1.2"),
    Row(S52, Event.RR, (), S52, "5.5.1.2"),
    Row(S52, Event.RR_FINAL, (), S52, "5.5.1.2"),
    Row(S52, Event.RNR, (), S52, "5.5.1.2"),
    Row(S52, Event.RNR_FINAL, (), S52, "5.5.1.2"),
    Row(S52, Event.REJ, (), S52, "5.5.1.2"),
    Row(S52, Event.REJ_FINAL, (), S52, "5.5.1.2"),
    Row(S52, Event.FRAME_ERROR, (do.report_frame_error,), S52, "Table II.1"),
    # 6 awaiting release
    Row(
        S6,
        Event.REMOVE,
        (do.stop_timers, do.confirm_released, do.forget_tei),
        S1,
        "5.3.4.1",
    ),
    Row(S6, Event.DEACTIVATE, (do.stop_timers, do.confirm_released), S4, "Annex B, state 6"),
    Row(S6, Event.UNIT_DATA, (do.send_unit_data,), S6, "5.2.2"),
    Row(S6, Event.T200, (do.count_attempt, do.send_disc), S6, "5.5.3.3"),
    Row(S6, Event.T200_LAST, (do.report_h, do.stop_timers, do.confirm_released), S4, "5.5.3.3"),
    Row(S6, Event.SABME, (do.send_dm,), S6, "5.5.5.2"),
    Row(S6, Event.DISC, (do.send_ua,), S6, "5.5.5.1"),
    Row(S6, Event.UA, (do.report_d,), S6, "Annex B, state 6"),
    Row(S6, Event.UA_FINAL, (do.stop_timers, do.confirm_released), S4, "5.5.3.2"),
    Row(S6, Event.DM, (), S6, "5.5.6"),
    Row(S6, Event.DM_FINAL, (do.stop_timers, do.confirm_released), S4, "5.5.3.2"),
    Row(S6, Event.FRMR, (), S6, "5.5.3.2"),
    Row(S6, Event.UI, (do.indicate_unit_data,), S6, "5.2.3"),
    Row(S6, Event.XID, (do.pass_exchange,), S6, "5.4"),
    Row(S6, Event.I, (), S6, "5.5.3.2"),
    Row(S6, Event.RR, (), S6, "5.5.3.2"),
    Row(S6, Event.RR_FINAL, (), S6, "5.5.3.2"),
    Row(S6, Event.RNR, (), S6, "5.5.3.2"),
    Row(S6, Event.RNR_FINAL, (), S6, "5.5.3.2"),
    Row(S6, Event.REJ, (), S6, "5.5.3.2"),
    Row(S6, Event.REJ_FINAL, (), S6, "5.5.3.2"),
    Row(S6, Event.FRAME_ERROR, (do.report_frame_error,), S6, "Table II.1"),
    # 7 multiple frame established
    Row(
        S7,
        Event.REMOVE,
        (do.discard_queue, do.stop_timers, do.indicate_released, do.forget_tei),
        S1,
        "5.3.4.1",
    ),
    Row(
        S7, Event.DEACTIVATE, (do.discard_queue, do.stop_timers, do.indicate_released), S4, "Annex B, state 7"
    ),
    Row(S7, Event.ESTABLISH, (do.discard_queue, do.establish_data_link), S50, "5.7.1"),
    Row(S7, Event.RELEASE, (do.discard_queue, do.release_data_link), S6, "5.5.3.2"),
    Row(S7, Event.DATA, (do.queue_information,), S7, "5.6.1"),
    Row(S7, Event.UNIT_DATA, (do.send_unit_data,), S7, "5.2.2"),
    Row(S7, Event.OWN_BUSY, (do.set_own_busy,), S7, "5.6.6"),
    Row(S7, Event.OWN_READY, (do.clear_own_busy,), S7, "5.6.6"),
    Row(S7, Event.T200, (do.reset_attempts, do.transmit_enquiry, do.count_attempt), S8, "5.6.7"),
    Row(S7, Event.T203, (do.transmit_enquiry, do.reset_attempts), S8, "5.10.3"),
    Row(S7, Event.SABME, (do.send_ua, do.report_f, do.settle_reset, do.enter_multiple_frame), S7, "5.7.2"),
    Row(S7, Event.DISC, (do.discard_queue, do.send_ua, do.stop_timers, do.indicate_released), S4, "5.5.3.2"),
    Row(S7, Event.UA, (do.report_d,), S7, "5.8.7"),
    Row(S7, Event.UA_FINAL, (do.report_c,), S7, "5.8.7"),
    Row(S7, Event.DM, (do.report_e, do.establish_data_link), S51, "5.8.7"),
    Row(S7, Event.DM_FINAL, (do.report_b,), S7, "5.8.7"),
    Row(S7, Event.FRMR, (do.report_k, do.establish_data_link), S51, "5.8.6"),
    Row(S7, Event.UI, (do.indicate_unit_data,), S7, "5.2.3"),
    Row(S7, Event.XID, (do.pass_exchange,), S7, "5.4"),
    Row(S7, Event.I, (do.receive_information, do.take_acknowledgement), S7, "5.6.2"),
    Row(S7, Event.RR, (do.note_peer_ready, do.answer_enquiry, do.take_ready_acknowledgement), S7, "5.6.3.2"),
    Row(S7, Event.RR_FINAL, (do.note_peer_ready, do.report_a, do.take_ready_acknowledgement), S7, "5.8.7"),
    Row(
        S7,
        Event.RNR,
        (do.note_peer_busy, do.answer_enquiry, do.take_acknowledgement_only, do.await_busy_peer),
        S7,
        "5.6.5",
    ),
    Row(
        S7,
        Event.RNR_FINAL,
        (do.note_peer_busy, do.report_a, do.take_acknowledgement_only, do.await_busy_peer),
        S7,
        "5.8.7",
    ),
    Row(
        S7,
        Event.REJ,
        (
            do.count_reject,
            do.note_peer_ready,
            do.answer_enquiry,
            do.take_acknowledgement_only,
            do.rest_timers,
            do.invoke_retransmission,
        ),
        S7,
        "5.6.4",
    ),
    Row(
        S7,
        Event.REJ_FINAL,
        (
            do.count_reject,
            do.note_peer_ready,
            do.report_a,
            do.take_acknowledgement_only,
            do.rest_timers,
            do.invoke_retransmission,
        ),
        S7,
        "5.8.7",
    ),
    Row(S7, Event.NR_ERROR, (do.report_j, do.establish_data_link), S51, "5.8.2"),
    Row(S7, Event.FRAME_ERROR, (do.report_frame_error, do.establish_data_link), S51, "5.8.5"),
    # 8 timer recovery
    Row(
        S8,
        Event.REMOVE,
        (do.discard_queue, do.stop_timers, do.indicate_released, do.forget_tei),
        S1,
        "5.3.4.1",
    ),
    Row(
        S8, Event.DEACTIVATE, (do.discard_queue, do.stop_timers, do.indicate_released), S4, "Annex B, state 8"
    ),
    Row(S8, Event.ESTABLISH, (do.discard_queue, do.establish_data_link), S50, "5.7.1"),
    Row(S8, Event.RELEASE, (do.discard_queue, do.release_data_link), S6, "5.5.3.2"),
    Row(S8, Event.DATA, (do.queue_information,), S8, "5.6.1"),
    Row(S8, Event.UNIT_DATA, (do.send_unit_data,), S8, "5.2.2"),
    Row(S8, Event.OWN_BUSY, (do.set_own_busy,), S8, "5.6.6"),
    Row(S8, Event.OWN_READY, (do.clear_own_busy,), S8, "5.6.6"),
    Row(S8, Event.T200, (do.transmit_enquiry, do.count_attempt), S8, "5.6.7"),
    Row(S8, Event.T200_LAST, (do.report_i, do.establish_data_link), S51, "5.6.7"),
    Row(S8, Event.SABME, (do.send_ua, do.report_f, do.settle_reset, do.enter_multiple_frame), S7, "5.7.2"),
    Row(S8, Event.DISC, (do.discard_queue, do.send_ua, do.stop_timers, do.indicate_released), S4, "5.5.3.2"),
    Row(S8, Event.UA, (do.report_d,), S8, "5.8.7"),
    Row(S8, Event.UA_FINAL, (do.report_c,), S8, "5.8.7"),
    Row(S8, Event.DM, (do.report_e, do.establish_data_link), S51, "5.8.7"),
    Row(S8, Event.DM_FINAL, (do.report_b, do.establish_data_link), S51, "5.8.7"),
    Row(S8, Event.FRMR, (do.report_k, do.establish_data_link), S51, "5.8.6"),
    Row(S8, Event.UI, (do.indicate_unit_data,), S8, "5.2.3"),
    Row(S8, Event.XID, (do.pass_exchange,), S8, "5.4"),
    Row(S8, Event.I, (do.receive_information, do.take_acknowledgement_only), S8, "5.6.2"),
    Row(S8, Event.RR, (do.note_peer_ready, do.answer_enquiry, do.take_acknowledgement_only), S8, "5.6.7"),
    Row(
        S8,
        Event.RR_FINAL,
        (do.note_peer_ready, do.take_acknowledgement_only, do.rest_timers, do.invoke_retransmission),
        S7,
        "5.6.7",
    ),
    Row(S8, Event.RNR, (do.note_peer_busy, do.answer_enquiry, do.take_acknowledgement_only), S8, "5.6.7"),
    Row(
        S8,
        Event.RNR_FINAL,
        (do.note_peer_busy, do.take_acknowledgement_only, do.await_busy_peer, do.invoke_retransmission),
        S7,
        "5.6.7",
    ),
    Row(
        S8,
        Event.REJ,
        (do.count_reject, do.note_peer_ready, do.answer_enquiry, do.take_acknowledgement_only),
        S8,
        "5.6.7",
    ),
    Row(
        S8,
        Event.REJ_FINAL,
        (
            do.count_reject,
            do.note_peer_ready,
            do.take_acknowledgement_only,
            do.rest_timers,
            do.invoke_retransmission,
        ),
        S7,
        "5.6.7",
    ),
    Row(S8, Event.NR_ERROR, (do.report_j, do.establish_data_link), S51, "5.8.2"),
    Row(S8, Event.FRAME_ERROR, (do.report_frame_error, do.establish_data_link), S51, "5.8.5"),
)

Transitions = Mapping[State, Mapping[Event, Row]]


def compile_table(table: Iterable[Row]) -> Transitions:
    """The rows by state and event. Raises ValueError if two rows answer the same event in the same state."""
    return rows.compile_rows(table, State)


TRANSITIONS = compile_table(TABLE)
