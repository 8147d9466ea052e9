"""A call offered to all terminals, as three tables (Q.931 5.2, 5.3.2; Annex A, network side, multipoint).

`CALL` is the call while it is offered, `TERMINAL` what one terminal has answered, `OFFER` the time in which
terminals may answer. With N10 the call is one as any other, and goes on by `table_network`.
"""

from __future__ import annotations

from trunkwire.q931 import actions as do
from trunkwire.q931 import broadcast as offer
from trunkwire.q931 import conditions as when
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import IndicationKind as Tell
from trunkwire.q931.messages import MessageType as Mt
from trunkwire.q931.procedure import Answer, Link, Received, Request, Table, Timer, in_state, on
from trunkwire.q931.states import CallState

N0, N6, N7, N8, N9 = CallState.N0, CallState.N6, CallState.N7, CallState.N8, CallState.N9
N10, N19, N22, N25 = CallState.N10, CallState.N19, CallState.N22, CallState.N25

OFFERED = (N6, N25, N9, N7, N8)
ANSWERED = (N25, N9, N7, N8)
FIRST_RESPONSES = (Received.SETUP_ACKNOWLEDGE, Received.CALL_PROCEEDING, Received.ALERTING, Received.CONNECT)

CALL: Table = (
    *in_state(
        N0,
        on(
            Request.SETUP,
            [offer.send_setup, do.register, do.hold_channel, offer.open_offer, do.start(Timer.T303)],
            N6,
            "5.2.1",
        ),
    ),
    # call present: SETUP sent to all, no terminal takes it yet
    *in_state(
        N6,
        on(Answer.MORE_INFO, [do.stop_timers, do.tell(Tell.MORE_INFO)], N25, "5.2.4"),
        on(
            Timer.T303,
            [offer.end_refused, do.tell(Tell.DISCONNECT)],
            N22,
            "5.2.5.3, table 9-1",
            when=offer.refused,
        ),
        on(
            Timer.T303,
            [offer.send_setup_again, offer.restart_t312, do.start(Timer.T303)],
            None,
            "5.2.1",
            when=when.first_setup,
        ),
        on(
            Timer.T303,
            [do.note_expiry(Cause.NO_USER_RESPONDING), offer.end_expired, do.tell(Tell.DISCONNECT)],
            N22,
            "5.2.5.4 b)",
        ),
    ),
    # overlap receiving: at least one terminal wants digits
    *in_state(N25, on(Request.INFORMATION, [offer.send_digits], None, "5.2.4")),
    *in_state(
        (N6, N25),
        on(
            Answer.PROCEEDING,
            [do.stop_timers, do.start(Timer.T310), do.tell(Tell.PROCEEDING)],
            N9,
            "5.2.5.2",
        ),
    ),
    *in_state(
        (N6, N25, N9),
        on(
            Answer.ALERTING,
            [do.stop_timers, do.start(Timer.T301), do.tell(Tell.ALERTING)],
            N7,
            "5.2.5.2",
        ),
    ),
    # incoming call proceeding, call received
    *in_state(
        N9,
        on(
            Timer.T310,
            [do.note_expiry(Cause.NO_USER_RESPONDING), offer.end_expired, do.tell(Tell.DISCONNECT)],
            N22,
            "5.2.5.4 2)",
        ),
    ),
    *in_state(
        N7,
        on(
            Timer.T301,
            [do.note_expiry(Cause.NO_ANSWER), offer.end_expired, do.tell(Tell.DISCONNECT)],
            N22,
            "5.2.5.4",
        ),
    ),
    # the first terminal to answer has the call
    *in_state(
        (N6, N25, N9, N7),
        on(
            Answer.CONNECT,
            [do.stop_timers, offer.select, do.tell(Tell.CONNECT)],
            N10,
            "5.2.8, 5.2.9",
            when=when.acknowledges_itself,
        ),
        on(Answer.CONNECT, [do.stop_timers, do.tell(Tell.CONNECT)], N8, "5.2.8"),
    ),
    *in_state(
        N8,
        on(Request.ACKNOWLEDGE, [offer.select], N10, "5.2.8, 5.2.9"),
        on(
            Answer.WITHDRAWN,
            [offer.end_refused, do.forget],
            N0,
            "5.2.5.3",
            when=offer.all_settled,
        ),
        on(Answer.WITHDRAWN, [offer.end_refused, do.tell(Tell.DISCONNECT)], N22, "5.2.5.3"),
    ),
    *in_state(
        (N25, N9, N7),
        on(Answer.NONE_LEFT, [offer.end_refused, do.forget], N0, "5.2.5.3", when=offer.all_settled),
        on(
            Answer.NONE_LEFT,
            [do.stop_timers, offer.end_refused, do.tell(Tell.DISCONNECT)],
            N22,
            "5.2.5.3",
        ),
    ),
    *in_state(
        OFFERED,
        on(Request.DISCONNECT, [offer.end_locally, do.stop_timers], N22, "5.3.2 e)"),
        on(
            Link.CHANNEL_RESTARTED,
            [offer.end_restarted, do.stop_timers, do.tell(Tell.DISCONNECT)],
            N22,
            "5.5.2",
        ),
    ),
    # call abort: terminals are being released
    *in_state(N22, on(Answer.SETTLED, [do.forget], N0, "5.3.2 e)")),
)
"""The call while it is offered."""

TERMINAL: Table = (
    # the first answer of a terminal
    *in_state(
        N6,
        on(
            FIRST_RESPONSES,
            [offer.part, do.start(Timer.T308)],
            N19,
            "5.2.9, 5.3.2 e)",
            when=offer.no_longer_offered,
        ),
        on(
            FIRST_RESPONSES,
            [offer.send_release(Cause.CHANNEL_UNACCEPTABLE), do.start(Timer.T308)],
            N19,
            "5.2.3.2, 5.3.2 d)",
            when=offer.other_channel,
        ),
        on(
            Received.SETUP_ACKNOWLEDGE,
            [offer.send_known_digits, do.start(Timer.T304), offer.report(Answer.MORE_INFO)],
            N25,
            "5.2.4",
        ),
        on(
            Received.STATUS_ENQUIRY,
            [do.send_status(Cause.RESPONSE_TO_STATUS_ENQUIRY), offer.drop],
            N0,
            "5.8.10",
        ),
        on(Received.UNKNOWN, [do.send_status(Cause.UNKNOWN_MESSAGE_TYPE), offer.drop], N0, "5.8.4"),
        on(Received.UNEXPECTED, [do.send_status(Cause.MESSAGE_NOT_COMPATIBLE), offer.drop], N0, "5.8.4"),
        on(Received.FAULTY, [do.report_fault, offer.drop], N0, "5.8.6"),
        on(Received.STATUS, [offer.drop], N0, "5.8.11"),
    ),
    # overlap receiving
    *in_state(
        N25,
        on(Answer.DIGITS, [do.send(Mt.INFORMATION), do.start(Timer.T304)], None, "5.2.4"),
        on(Received.PROGRESS, [do.stop(Timer.T304), offer.pass_on(Tell.PROGRESS)], None, "5.2.6"),
        on(
            Timer.T304,
            [offer.send_release(Cause.TIMER_EXPIRY), do.start(Timer.T308), offer.retain],
            N19,
            "5.2.4, 5.3.2 e)",
        ),
    ),
    *in_state(
        (N6, N25),
        on(
            Received.CALL_PROCEEDING,
            [do.stop_timers, offer.report(Answer.PROCEEDING)],
            N9,
            "5.2.5.2",
        ),
    ),
    *in_state(
        (N6, N25, N9),
        on(Received.ALERTING, [do.stop_timers, offer.report(Answer.ALERTING)], N7, "5.2.5.2"),
    ),
    *in_state((N9, N7), on(Received.PROGRESS, [offer.pass_on(Tell.PROGRESS)], None, "5.2.6")),
    *in_state(
        (N6, N25, N9, N7),
        on(Received.CONNECT, [do.stop_timers, offer.report(Answer.CONNECT)], N8, "5.2.7, 5.2.8"),
    ),
    # the terminal does not take the call
    *in_state(
        (N6, *ANSWERED),
        on(
            Received.RELEASE_COMPLETE,
            [do.note_cause, offer.drop, offer.retain],
            N0,
            "5.2.5.3",
        ),
        on(
            Received.RELEASE,
            [do.note_cause, do.answer_release, offer.drop, offer.retain],
            N0,
            "5.3.4",
        ),
        on(
            Received.DISCONNECT,
            [do.note_cause, do.send_release, do.stop_timers, do.start(Timer.T308), offer.retain],
            N19,
            "5.2.5.3, 5.3.3",
        ),
    ),
    *in_state(
        ANSWERED,
        on(Received.INFORMATION, [offer.pass_on(Tell.INFORMATION)], None, "3.1.6"),
        on(Received.NOTIFY, [offer.pass_on(Tell.NOTIFY)], None, "5.9"),
        on(Received.STATUS, [do.note_lost, offer.drop, offer.retain], N0, "5.8.11", when=when.peer_is_null),
        on(Answer.DISMISSED, [offer.part, do.stop_timers, do.start(Timer.T308)], N19, "5.2.9, 5.3.2 e)"),
        on(Link.DOWN, [do.note_link_failure, offer.drop, offer.retain], N0, "5.8.9"),
    ),
    # release request: RELEASE sent
    *in_state(
        N19,
        on((Received.RELEASE, Received.RELEASE_COMPLETE), [offer.drop], N0, "5.3.3, 5.3.5"),
        on(Received.STATUS, [offer.drop], N0, "5.8.11", when=when.peer_is_null),
        on(Timer.T308, [do.send_release_again, do.start(Timer.T308)], None, "5.3.3", when=when.first_release),
        on(Timer.T308, [offer.drop], N0, "5.3.3"),
        on(Link.DOWN, [offer.drop], N0, "5.8.9"),
    ),
    *in_state(
        (*ANSWERED, N19),
        on(Received.STATUS, [], None, "5.8.11"),
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
)
"""What one terminal has answered."""

OFFER: Table = in_state((N6, N22), on(Timer.T312, [offer.no_more_answers], None, "5.2.9, 5.8.3.2, table 9-1"))
"""The time in which terminals may answer."""
