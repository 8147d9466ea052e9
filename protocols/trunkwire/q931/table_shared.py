"""The rows that both sides of the interface have in common: null, any call state, and release.

Each function gives the rows of one page of Annex A for the states of one side; `table_user` and
`table_network` place them. Clause numbers are those of Q.931 (05/98).
"""

from __future__ import annotations

from trunkwire.q931 import actions as do
from trunkwire.q931 import conditions as when
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import IndicationKind as Tell
from trunkwire.q931.procedure import Link, Received, Request, Table, Timer, in_state, on
from trunkwire.q931.states import CallState

States = tuple[CallState, ...]


def null_state(null: CallState, present: CallState) -> Table:
    """Messages with a call reference that belongs to no call (5.8.3.2), and a call that arrives (5.1.2,
    5.2.3).
    """
    return in_state(
        null,
        on(Received.FAULTY_SETUP, [do.refuse_faulty], null, "5.8.6"),
        on(
            Received.SETUP,
            [do.refuse(Cause.CHANNEL_DOES_NOT_EXIST)],
            null,
            "5.2.3.2; Q.850 cause 82",
            when=when.channel_does_not_exist,
        ),
        on(
            Received.SETUP,
            [do.refuse(Cause.CHANNEL_UNAVAILABLE)],
            null,
            "5.1.2 a), 5.2.3.2",
            when=when.exclusive_channel_taken,
        ),
        on(Received.SETUP, [do.refuse(Cause.NO_CIRCUIT)], null, "5.1.2, 5.2.3.1", when=when.no_channel_left),
        on(Received.SETUP, [do.register, do.take_channel, do.tell(Tell.SETUP)], present, "5.1.1, 5.2.1"),
        on(Received.RELEASE_COMPLETE, [], null, "5.8.3.2 c)"),
        on(Received.STATUS, [], null, "5.8.11", when=when.peer_is_null),
        on(
            Received.STATUS,
            [do.send_release_complete(Cause.MESSAGE_NOT_COMPATIBLE)],
            null,
            "5.8.11 b)",
        ),
        on(Received.STATUS_ENQUIRY, [do.send_status(Cause.RESPONSE_TO_STATUS_ENQUIRY)], null, "5.8.10"),
        on(
            (Received.RELEASE, Received.UNEXPECTED, Received.UNKNOWN),
            [do.send_release_complete(Cause.INVALID_CALL_REFERENCE)],
            null,
            "5.8.3.2 a), b)",
        ),
    )


def any_call(states: States, null: CallState, released: CallState, without_channel: States = ()) -> Table:
    """The page "any state except null": `states`, in which a call exists; `released` is release request. In
    the states `without_channel` the call has none.
    """
    others = tuple(state for state in states if state is not released)
    return (
        *in_state(
            others,
            on(
                Received.RELEASE,
                [do.note_cause, do.answer_release, do.forget],
                null,
                "5.3.3, 5.3.4, 5.8.4",
            ),
            on(Received.STATUS, [do.note_lost, do.forget], null, "5.8.11 a)", when=when.peer_is_null),
        ),
        *in_state(
            states,
            on(Received.SETUP, [], None, "5.8.3.2 e)"),
            on(Received.RELEASE_COMPLETE, [do.note_cause, do.forget], null, "5.3.2, 5.8.4"),
            on(
                Received.STATUS_ENQUIRY,
                [do.send_status(Cause.RESPONSE_TO_STATUS_ENQUIRY)],
                None,
                "5.8.10",
            ),
            on(Received.UNKNOWN, [do.send_status(Cause.UNKNOWN_MESSAGE_TYPE)], None, "5.8.4"),
            on(Received.UNEXPECTED, [do.send_status(Cause.MESSAGE_NOT_COMPATIBLE)], None, "5.8.4"),
            on(Received.FAULTY, [do.report_fault], None, "5.8.6"),
        ),
        *in_state(
            tuple(state for state in states if state not in without_channel),
            on(Link.CHANNEL_RESTARTED, [do.note_restart, do.forget], null, "5.5.1, 5.5.2"),
        ),
    )


def live_call(live: States, request: CallState) -> Table:
    """Checking that both sides still mean the same, in every state before clearing (5.8.10, 5.8.11).

    `request` is the state in which DISCONNECT has been sent.
    """
    return in_state(
        live,
        on(
            Request.STATUS_ENQUIRY,
            [do.send_status_enquiry, do.start(Timer.T322)],
            None,
            "5.8.10",
            when=when.not_enquiring,
        ),
        on(
            Timer.T322,
            [do.send_status_enquiry, do.start(Timer.T322)],
            None,
            "5.8.10",
            when=when.enquiry_left,
        ),
        on(
            Timer.T322,
            [do.send_disconnect(Cause.TEMPORARY_FAILURE), do.stop_timers, do.start(Timer.T305)],
            request,
            "5.8.10",
        ),
        on(
            Received.STATUS,
            [do.send_disconnect(Cause.MESSAGE_NOT_COMPATIBLE), do.stop_timers, do.start(Timer.T305)],
            request,
            "5.8.11",
            when=when.peer_disagrees,
        ),
        on(Received.STATUS, [do.stop(Timer.T322), do.tell(Tell.STATUS)], None, "5.8.10, 5.8.11"),
    )


def clearing(states: States) -> Table:
    """STATUS while the call is being cleared: the clearing goes on."""
    return in_state(states, on(Received.STATUS, [do.tell(Tell.STATUS)], None, "5.8.11"))


def link_failure(
    before_active: States, active: CallState, overlap: States, null: CallState, request: CallState
) -> Table:
    """The data link fails, comes back, or is reset (5.8.8, 5.8.9)."""
    return (
        *in_state(
            before_active,
            on(Link.DOWN, [do.note_link_failure, do.forget], null, "5.8.9"),
        ),
        *in_state(
            overlap,
            on(
                Link.RESET,
                [do.send_disconnect(Cause.TEMPORARY_FAILURE), do.stop_timers, do.start(Timer.T305)],
                request,
                "5.8.8 a)",
            ),
        ),
        *in_state(
            active,
            on(Link.DOWN, [do.stop_timers, do.start(Timer.T309)], None, "5.8.9"),
            on(Timer.T309, [do.note_link_failure, do.forget], null, "5.8.9"),
            on(
                (Link.UP, Link.RESET),
                [do.send_status_enquiry, do.stop(Timer.T309), do.start(Timer.T322)],
                None,
                "5.8.8 c), 5.8.9",
            ),
        ),
    )


def release_request(state: CallState, null: CallState) -> Table:
    """RELEASE has been sent (5.3.3, 5.3.4, 5.3.5)."""
    return in_state(
        state,
        on(Received.RELEASE, [do.forget], null, "5.3.5"),
        on(Received.STATUS, [do.forget], null, "5.8.11 a)", when=when.peer_is_null),
        on(Received.STATUS, [], None, "5.8.11"),
        on(Timer.T308, [do.send_release_again, do.start(Timer.T308)], None, "5.3.3", when=when.first_release),
        on(Timer.T308, [do.channel_to_maintenance, do.forget], null, "5.3.3"),
    )
