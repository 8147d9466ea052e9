"""Suspending and resuming a call as tables: U15, U17, N15, N17 and what they add to U0, U10, N0 and N10
(Q.931 5.6; T307, T318 and T319 of tables 9-1 and 9-2).
"""

from __future__ import annotations

from trunkwire.q931 import actions as call
from trunkwire.q931 import conditions as when
from trunkwire.q931 import suspend as do
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import IndicationKind as Tell
from trunkwire.q931.messages import MessageType as Mt
from trunkwire.q931.procedure import Link, Received, Request, Table, Timer, in_state, on
from trunkwire.q931.states import CallState

U0, U10, U11 = CallState.U0, CallState.U10, CallState.U11
U15, U17, U19 = CallState.U15, CallState.U17, CallState.U19
N0, N10, N12 = CallState.N0, CallState.N10, CallState.N12
N15, N17 = CallState.N15, CallState.N17

USER: Table = (
    *in_state(
        U0,
        on(
            Request.RESUME,
            [call.send(Mt.RESUME), call.register, do.note_identity, call.start(Timer.T318)],
            U17,
            "5.6.4",
        ),
    ),
    *in_state(
        U10,
        on(
            Request.SUSPEND,
            [call.send(Mt.SUSPEND), do.note_identity, call.start(Timer.T319)],
            U15,
            "5.6.1",
            when=do.not_on_hold,
        ),
    ),
    *in_state(
        U15,
        on(Received.SUSPEND_ACKNOWLEDGE, [call.tell(Tell.SUSPENDED), call.forget], U0, "5.6.2"),
        on(
            Received.SUSPEND_REJECT,
            [call.stop(Timer.T319), do.tell_rejected(Tell.SUSPEND_REJECTED)],
            U10,
            "5.6.3",
        ),
        on(Timer.T319, [do.tell_rejected(Tell.SUSPEND_REJECTED)], U10, "5.6.3, table 9-2"),
        on(
            Request.DISCONNECT,
            [call.send_disconnect(), call.stop_timers, call.start(Timer.T305)],
            U11,
            "5.3.3",
        ),
    ),
    *in_state(
        U17,
        on(
            Received.RESUME_ACKNOWLEDGE,
            [call.refuse_channel, call.stop_timers, call.start(Timer.T308)],
            U19,
            "5.6.4, 5.1.2",
            when=when.channel_unacceptable,
        ),
        on(
            Received.RESUME_ACKNOWLEDGE,
            [call.stop(Timer.T318), call.settle_channel, call.tell(Tell.RESUMED)],
            U10,
            "5.6.4",
        ),
        on(
            Received.RESUME_REJECT,
            [call.note_cause, do.tell_rejected(Tell.RESUME_REJECTED), call.forget],
            U0,
            "5.6.5",
        ),
        on(Timer.T318, [do.send_release_102, call.start(Timer.T308)], U19, "5.6.5, table 9-2"),
    ),
)
"""What the user side adds to its table."""

NETWORK: Table = (
    *in_state(
        N10,
        on(
            Received.SUSPEND,
            [do.refuse(Mt.SUSPEND_REJECT, Cause.FACILITY_REJECTED)],
            None,
            "5.6.3",
            when=do.cannot_be_suspended,
        ),
        on(
            Received.SUSPEND,
            [do.refuse(Mt.SUSPEND_REJECT, Cause.CALL_IDENTITY_IN_USE)],
            None,
            "5.6.3, 5.6.6",
            when=do.identity_in_use,
        ),
        on(
            Received.SUSPEND,
            [call.send(Mt.SUSPEND_ACKNOWLEDGE), do.park, call.tell(Tell.SUSPENDED)],
            N0,
            "5.6.2",
            when=do.suspends_itself,
        ),
        on(Received.SUSPEND, [do.note_identity, call.tell(Tell.SUSPEND)], N15, "5.6.1"),
    ),
    *in_state(
        N15,
        on(
            Request.SUSPEND_ACKNOWLEDGE,
            [call.send(Mt.SUSPEND_ACKNOWLEDGE), do.park],
            N0,
            "5.6.2",
        ),
        on(Request.SUSPEND_REJECT, [call.send(Mt.SUSPEND_REJECT)], N10, "5.6.3"),
        on(
            Request.DISCONNECT,
            [call.send_disconnect(), call.stop_timers, call.start(Timer.T305)],
            N12,
            "5.3.4",
        ),
    ),
    # null, but suspended: T307 runs
    *in_state(
        N0,
        on(
            Timer.T307,
            [call.note_expiry(Cause.TIMER_EXPIRY), do.release_suspended],
            None,
            "5.6.2, table 9-1",
        ),
        on(
            Request.DISCONNECT,
            [do.note_request, do.release_suspended],
            None,
            "5.6.2",
            when=do.is_suspended,
        ),
        on(Link.CHANNEL_RESTARTED, [call.note_restart, do.release_suspended], None, "5.5, 5.6.2"),
        on(
            Received.RESUME,
            [do.refuse(Mt.RESUME_REJECT, Cause.CALL_IDENTITY_CLEARED)],
            None,
            "5.6.5",
            when=do.call_was_cleared,
        ),
        on(
            Received.RESUME,
            [do.refuse(Mt.RESUME_REJECT, Cause.NO_CALL_SUSPENDED)],
            None,
            "5.6.5",
            when=do.none_suspended,
        ),
        on(
            Received.RESUME,
            [do.refuse(Mt.RESUME_REJECT, Cause.SUSPENDED_CALL_OTHER_IDENTITY)],
            None,
            "5.6.5",
            when=do.identity_unknown,
        ),
        on(
            Received.RESUME,
            [do.take_over, do.send_resume_acknowledge, do.finish],
            N10,
            "5.6.4",
            when=do.suspends_itself,
        ),
        on(Received.RESUME, [do.take_over, call.tell(Tell.RESUME)], N17, "5.6.4"),
        on(Received.FAULTY, [do.refuse_faulty], None, "5.6.5, 5.8.6", when=do.in_resume),
    ),
    *in_state(
        N17,
        on(Request.RESUME_ACKNOWLEDGE, [do.send_resume_acknowledge, do.finish], N10, "5.6.4"),
        on(
            Request.RESUME_REJECT,
            [call.send(Mt.RESUME_REJECT), call.forget],
            N0,
            "5.6.5",
        ),
    ),
)
"""What the network side adds to its table."""
