"""The user side of basic call control as a table (Q.931 5.1 to 5.8; the diagrams of Annex A, figure A.2).

Blocks follow the states of 2.1.1: for each, what may happen in it, what is done, where it goes, and the
clause that says so. What holds in several states alike stands in blocks of its own at the end.
"""

from __future__ import annotations

from trunkwire.q931 import actions as do
from trunkwire.q931 import conditions as when
from trunkwire.q931 import table_hold, table_information, table_suspend
from trunkwire.q931 import table_shared as shared
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import IndicationKind as Tell
from trunkwire.q931.messages import MessageType as Mt
from trunkwire.q931.procedure import Received, Request, Table, Timer, in_state, on
from trunkwire.q931.states import CallState
from trunkwire.side import Side

U0, U1, U2, U3, U4 = CallState.U0, CallState.U1, CallState.U2, CallState.U3, CallState.U4
U6, U7, U8, U9, U10 = CallState.U6, CallState.U7, CallState.U8, CallState.U9, CallState.U10
U11, U12, U19, U25 = CallState.U11, CallState.U12, CallState.U19, CallState.U25
U15, U17 = CallState.U15, CallState.U17

OVERLAP = (U2, U25)
LIVE = (U1, U2, U3, U4, U6, U7, U8, U9, U10, U15, U17, U25)
ANY = (*LIVE, U11, U12, U19)
FIRST_RESPONSES = (Received.SETUP_ACKNOWLEDGE, Received.CALL_PROCEEDING, Received.ALERTING, Received.CONNECT)

TABLE: Table = (
    *shared.null_state(U0, U6),
    *in_state(
        U0,
        on(Request.SETUP, [do.send_setup, do.register, do.hold_channel, do.start(Timer.T303)], U1, "5.1.1"),
    ),
    # call initiated: SETUP sent, nothing received
    *in_state(
        U1,
        on(
            FIRST_RESPONSES,
            [do.send_status(Cause.MANDATORY_IE_MISSING)],
            None,
            "3.1.1 to 3.1.3, 3.1.15; 5.8.6.1",
            when=when.channel_not_named,
        ),
        on(
            FIRST_RESPONSES,
            [do.refuse_channel, do.stop_timers, do.start(Timer.T308)],
            U19,
            "5.1.2",
            when=when.channel_unacceptable,
        ),
        on(
            Received.SETUP_ACKNOWLEDGE,
            [do.stop(Timer.T303), do.settle_channel, do.start(Timer.T304), do.tell(Tell.MORE_INFO)],
            U2,
            "5.1.3",
        ),
        on(
            Received.CALL_PROCEEDING,
            [do.stop(Timer.T303), do.settle_channel, do.start(Timer.T310), do.tell(Tell.PROCEEDING)],
            U3,
            "5.1.5.1",
        ),
        on(
            Received.ALERTING,
            [do.stop(Timer.T303), do.settle_channel, do.start(Timer.T301), do.tell(Tell.ALERTING)],
            U4,
            "5.1.7",
        ),
        on(
            Received.CONNECT,
            [do.send(Mt.CONNECT_ACKNOWLEDGE), do.stop(Timer.T303), do.settle_channel, do.tell(Tell.CONNECT)],
            U10,
            "5.1.8",
        ),
        on(Timer.T303, [do.send_setup_again, do.start(Timer.T303)], None, "5.1.1", when=when.first_setup),
        on(
            Timer.T303,
            [
                do.send_release_complete(Cause.TIMER_EXPIRY),
                do.note_expiry(Cause.NO_USER_RESPONDING),
                do.forget,
            ],
            U0,
            "5.1.1",
        ),
    ),
    # overlap sending: digits go to the network
    *in_state(
        U2,
        on(Request.INFORMATION, [do.send(Mt.INFORMATION), do.start(Timer.T304)], None, "5.1.3"),
        on(
            Received.CALL_PROCEEDING,
            [do.stop(Timer.T304), do.start(Timer.T310), do.tell(Tell.PROCEEDING)],
            U3,
            "5.1.5.2",
        ),
        on(
            Received.ALERTING,
            [do.stop(Timer.T304), do.start(Timer.T301), do.tell(Tell.ALERTING)],
            U4,
            "5.1.7",
        ),
        on(Received.PROGRESS, [do.stop(Timer.T304), do.tell(Tell.PROGRESS)], None, "5.1.6"),
        on(
            Timer.T304,
            [do.send_disconnect(Cause.TIMER_EXPIRY), do.stop_timers, do.start(Timer.T305)],
            U11,
            "table 9-2",
        ),
    ),
    # outgoing call proceeding: the network has all it needs
    *in_state(
        U3,
        on(
            Received.ALERTING,
            [do.stop(Timer.T310), do.start(Timer.T301), do.tell(Tell.ALERTING)],
            U4,
            "5.1.7",
        ),
        on(Received.PROGRESS, [do.stop(Timer.T310), do.tell(Tell.PROGRESS)], None, "5.1.6"),
        on(
            Timer.T310,
            [do.send_disconnect(Cause.TIMER_EXPIRY), do.stop_timers, do.start(Timer.T305)],
            U11,
            "table 9-2",
        ),
    ),
    # call delivered: the called user is being alerted
    *in_state(
        U4,
        on(Received.PROGRESS, [do.tell(Tell.PROGRESS)], None, "5.1.6"),
        on(
            Timer.T301,
            [
                do.send_disconnect(Cause.TIMER_EXPIRY),
                do.note_expiry(Cause.NO_ANSWER),
                do.stop_timers,
                do.start(Timer.T305),
            ],
            U11,
            "table 9-2",
        ),
    ),
    *in_state(
        (U2, U3, U4),
        on(
            Received.CONNECT,
            [do.send(Mt.CONNECT_ACKNOWLEDGE), do.stop_timers, do.tell(Tell.CONNECT)],
            U10,
            "5.1.8",
        ),
    ),
    # call present: SETUP received, nothing sent
    *in_state(
        U6,
        on(Request.MORE_INFO, [do.send(Mt.SETUP_ACKNOWLEDGE), do.start(Timer.T302)], U25, "5.2.4"),
        on(Request.REJECT, [do.send_rejection, do.forget], U0, "5.2.5.1"),
        on(Request.IGNORE, [do.forget], U0, "5.2.2", when=when.by_broadcast),
    ),
    # overlap receiving: digits come from the network
    *in_state(
        U25,
        on(
            Received.INFORMATION,
            [do.take_digits, do.stop(Timer.T302), do.tell(Tell.INFORMATION)],
            None,
            "5.2.4",
            when=when.sending_complete,
        ),
        on(
            Received.INFORMATION,
            [do.take_digits, do.start(Timer.T302), do.tell(Tell.INFORMATION)],
            None,
            "5.2.4",
        ),
        on(
            Timer.T302,
            [do.send(Mt.CALL_PROCEEDING), do.tell(Tell.NUMBER_COMPLETE)],
            U9,
            "5.2.4",
            when=when.number_complete,
        ),
        on(
            Timer.T302,
            [do.send_disconnect(Cause.INVALID_NUMBER_FORMAT), do.stop_timers, do.start(Timer.T305)],
            U11,
            "5.2.4",
        ),
    ),
    *in_state(
        (U6, U25),
        on(Request.PROCEEDING, [do.send(Mt.CALL_PROCEEDING), do.stop(Timer.T302)], U9, "5.2.5.2"),
    ),
    *in_state(
        (U6, U25, U9),
        on(Request.ALERTING, [do.send(Mt.ALERTING), do.stop(Timer.T302)], U7, "5.2.5.2"),
    ),
    *in_state(
        (U6, U25, U9, U7),
        on(
            Request.CONNECT,
            [do.send(Mt.CONNECT), do.stop(Timer.T302), do.start(Timer.T313)],
            U8,
            "5.2.7",
        ),
    ),
    *in_state((U25, U9, U7), on(Request.PROGRESS, [do.send(Mt.PROGRESS)], None, "5.2.6")),
    # connect request: CONNECT sent
    *in_state(
        U8,
        on(Received.CONNECT_ACKNOWLEDGE, [do.stop(Timer.T313), do.tell(Tell.ACKNOWLEDGED)], U10, "5.2.8"),
        on(
            Timer.T313,
            [do.send_disconnect(Cause.TIMER_EXPIRY), do.stop_timers, do.start(Timer.T305)],
            U11,
            "5.2.8, table 9-2",
        ),
    ),
    # information that changes nothing in the call
    *in_state(
        (U3, U4, U7, U8, U9, U10),
        on(Request.INFORMATION, [do.send(Mt.INFORMATION)], None, "3.1.6"),
        on(Request.NOTIFY, [do.send(Mt.NOTIFY)], None, "5.9"),
    ),
    *in_state(
        (U2, U3, U4, U7, U8, U9, U10),
        on(Received.INFORMATION, [do.tell(Tell.INFORMATION)], None, "3.1.6"),
        on(Received.NOTIFY, [do.tell(Tell.NOTIFY)], None, "5.9"),
    ),
    # clearing
    *in_state(
        U10,
        on(Request.DISCONNECT, [do.note_link_failure, do.forget], U0, "5.8.9", when=when.link_is_down),
    ),
    *in_state(
        (U1, U2, U3, U4, U7, U8, U9, U10, U25),
        on(Request.DISCONNECT, [do.send_disconnect(), do.stop_timers, do.start(Timer.T305)], U11, "5.3.3"),
    ),
    *in_state(
        LIVE,
        on(
            Received.DISCONNECT,
            [do.note_cause, do.stop_timers, do.tell(Tell.DISCONNECT)],
            U12,
            "5.3.4.1",
            when=when.waits_before_release,
        ),
        on(
            Received.DISCONNECT,
            [do.note_cause, do.send_release, do.stop_timers, do.start(Timer.T308), do.tell(Tell.DISCONNECT)],
            U19,
            "5.3.4.2",
        ),
    ),
    *in_state(
        U11,
        on(
            Received.DISCONNECT,
            [do.send_release, do.stop(Timer.T305), do.start(Timer.T308)],
            U19,
            "5.3.5",
        ),
        on(Timer.T305, [do.send_release, do.start(Timer.T308)], U19, "5.3.3"),
    ),
    *in_state(
        U12,
        on(Request.RELEASE, [do.send_release, do.start(Timer.T308)], U19, "5.3.4"),
    ),
    *shared.release_request(U19, U0),
    *shared.any_call(ANY, U0, U19, without_channel=(U17,)),
    *shared.live_call(LIVE, U11),
    *shared.clearing((U11, U12)),
    *table_hold.in_calls(Side.USER, (U3, U4, U10), (U7, U8, U9)),
    *table_suspend.USER,
    *table_information.user_information((U4, U7, U10)),
    *table_information.facility((U2, U3, U4, U7, U8, U9, U10, U11, U12, U25), ANY),
    *table_information.suspending((U15,)),
    *shared.link_failure(tuple(state for state in ANY if state is not U10), U10, OVERLAP, U0, U11),
)
"""Every row, in the order in which they are tried."""
