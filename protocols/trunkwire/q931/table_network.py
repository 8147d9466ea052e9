"""The network side of basic call control as a table (Q.931 5.1 to 5.8; the diagrams of Annex A, figure A.3).

Blocks follow the states of 2.1.2: for each, what may happen in it, what is done, where it goes, and the
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

N0, N1, N2, N3, N4 = CallState.N0, CallState.N1, CallState.N2, CallState.N3, CallState.N4
N6, N7, N8, N9, N10 = CallState.N6, CallState.N7, CallState.N8, CallState.N9, CallState.N10
N11, N12, N19, N25 = CallState.N11, CallState.N12, CallState.N19, CallState.N25
N15, N17 = CallState.N15, CallState.N17

OVERLAP = (N2, N25)
LIVE = (N1, N2, N3, N4, N6, N7, N8, N9, N10, N15, N17, N25)
ANY = (*LIVE, N11, N12, N19)
FIRST_RESPONSES = (Received.SETUP_ACKNOWLEDGE, Received.CALL_PROCEEDING, Received.ALERTING, Received.CONNECT)

TABLE: Table = (
    *shared.null_state(N0, N1),
    *in_state(
        N0,
        on(Request.SETUP, [do.send_setup, do.register, do.hold_channel, do.start(Timer.T303)], N6, "5.2.1"),
    ),
    # call initiated: SETUP received, nothing sent
    *in_state(
        N1,
        on(Request.MORE_INFO, [do.send(Mt.SETUP_ACKNOWLEDGE), do.start(Timer.T302)], N2, "5.1.3"),
        on(Request.REJECT, [do.send_rejection, do.forget], N0, "5.1.4, 5.3.2"),
    ),
    # overlap sending: digits come from the user
    *in_state(
        N2,
        on(Request.INFORMATION, [do.send(Mt.INFORMATION)], None, "3.1.6"),
        on(
            Received.INFORMATION,
            [do.take_digits, do.stop(Timer.T302), do.tell(Tell.INFORMATION)],
            None,
            "5.1.3",
            when=when.sending_complete,
        ),
        on(
            Received.INFORMATION,
            [do.take_digits, do.start(Timer.T302), do.tell(Tell.INFORMATION)],
            None,
            "5.1.3",
        ),
        on(
            Timer.T302,
            [do.send(Mt.CALL_PROCEEDING), do.tell(Tell.NUMBER_COMPLETE)],
            N3,
            "5.1.3",
            when=when.number_complete,
        ),
        on(
            Timer.T302,
            [do.send_disconnect(Cause.INVALID_NUMBER_FORMAT), do.stop_timers, do.start(Timer.T305)],
            N12,
            "5.1.3",
        ),
    ),
    *in_state(
        (N1, N2),
        on(Request.PROCEEDING, [do.send(Mt.CALL_PROCEEDING), do.stop(Timer.T302)], N3, "5.1.5"),
    ),
    *in_state(
        (N1, N2, N3),
        on(Request.ALERTING, [do.send(Mt.ALERTING), do.stop(Timer.T302)], N4, "5.1.7"),
    ),
    *in_state(
        (N1, N2, N3, N4),
        on(Request.CONNECT, [do.send(Mt.CONNECT), do.stop(Timer.T302)], N10, "5.1.8"),
    ),
    *in_state((N2, N3, N4), on(Request.PROGRESS, [do.send(Mt.PROGRESS)], None, "5.1.6")),
    # call present: SETUP sent, nothing received
    *in_state(
        N6,
        on(
            FIRST_RESPONSES,
            [do.send_status(Cause.MANDATORY_IE_MISSING)],
            None,
            "5.2.3.1, 5.8.6.1",
            when=when.channel_missing,
        ),
        on(
            FIRST_RESPONSES,
            [do.refuse_channel, do.stop_timers, do.start(Timer.T308)],
            N19,
            "5.2.3.1",
            when=when.channel_unacceptable,
        ),
        on(
            Received.SETUP_ACKNOWLEDGE,
            [do.stop(Timer.T303), do.settle_channel, do.start(Timer.T304), do.tell(Tell.MORE_INFO)],
            N25,
            "5.2.4",
        ),
        on(
            Received.CALL_PROCEEDING,
            [do.stop(Timer.T303), do.settle_channel, do.start(Timer.T310), do.tell(Tell.PROCEEDING)],
            N9,
            "5.2.5.3",
        ),
        on(
            Received.ALERTING,
            [do.stop(Timer.T303), do.settle_channel, do.start(Timer.T301), do.tell(Tell.ALERTING)],
            N7,
            "5.2.5.3",
        ),
        on(
            Received.CONNECT,
            [do.send(Mt.CONNECT_ACKNOWLEDGE), do.stop(Timer.T303), do.settle_channel, do.tell(Tell.CONNECT)],
            N10,
            "5.2.8",
            when=when.acknowledges_itself,
        ),
        on(Received.CONNECT, [do.stop(Timer.T303), do.settle_channel, do.tell(Tell.CONNECT)], N8, "5.2.8"),
        on(Timer.T303, [do.send_setup_again, do.start(Timer.T303)], None, "5.2.1", when=when.first_setup),
        on(
            Timer.T303,
            [
                do.send_release_complete(Cause.TIMER_EXPIRY),
                do.note_expiry(Cause.NO_USER_RESPONDING),
                do.forget,
            ],
            N0,
            "5.2.5.3",
        ),
    ),
    # overlap receiving: digits go to the user
    *in_state(
        N25,
        on(Request.INFORMATION, [do.send(Mt.INFORMATION), do.start(Timer.T304)], None, "5.2.4"),
        on(
            Received.CALL_PROCEEDING,
            [do.stop(Timer.T304), do.start(Timer.T310), do.tell(Tell.PROCEEDING)],
            N9,
            "5.2.5.3",
        ),
        on(Received.PROGRESS, [do.stop(Timer.T304), do.tell(Tell.PROGRESS)], None, "5.2.6"),
        on(
            Timer.T304,
            [do.send_disconnect(Cause.TIMER_EXPIRY), do.stop_timers, do.start(Timer.T305)],
            N12,
            "5.2.4",
        ),
    ),
    # incoming call proceeding: the user has all it needs
    *in_state(
        N9,
        on(Received.PROGRESS, [do.stop(Timer.T310), do.tell(Tell.PROGRESS)], None, "5.2.6"),
        on(
            Timer.T310,
            [
                do.send_disconnect(Cause.TIMER_EXPIRY),
                do.note_expiry(Cause.NO_USER_RESPONDING),
                do.stop_timers,
                do.start(Timer.T305),
            ],
            N12,
            "5.2.5.3",
        ),
    ),
    *in_state(
        (N25, N9),
        on(Received.ALERTING, [do.stop_timers, do.start(Timer.T301), do.tell(Tell.ALERTING)], N7, "5.2.5.3"),
    ),
    # call received: the user is being alerted
    *in_state(
        N7,
        on(Received.PROGRESS, [do.tell(Tell.PROGRESS)], None, "5.2.6"),
        on(
            Timer.T301,
            [
                do.send_disconnect(Cause.TIMER_EXPIRY),
                do.note_expiry(Cause.NO_ANSWER),
                do.stop_timers,
                do.start(Timer.T305),
            ],
            N12,
            "5.2.5.3",
        ),
    ),
    *in_state(
        (N25, N9, N7),
        on(
            Received.CONNECT,
            [do.send(Mt.CONNECT_ACKNOWLEDGE), do.stop_timers, do.tell(Tell.CONNECT)],
            N10,
            "5.2.8",
            when=when.acknowledges_itself,
        ),
        on(Received.CONNECT, [do.stop_timers, do.tell(Tell.CONNECT)], N8, "5.2.8"),
    ),
    # connect request: the user has answered and waits to be connected
    *in_state(
        N8,
        on(Request.ACKNOWLEDGE, [do.send(Mt.CONNECT_ACKNOWLEDGE)], N10, "5.2.8"),
    ),
    *in_state(N10, on(Received.CONNECT_ACKNOWLEDGE, [do.tell(Tell.ACKNOWLEDGED)], None, "5.1.8")),
    # information that changes nothing in the call
    *in_state(
        (N3, N4, N7, N8, N9, N10),
        on(Request.INFORMATION, [do.send(Mt.INFORMATION)], None, "3.1.6"),
        on(Received.INFORMATION, [do.tell(Tell.INFORMATION)], None, "3.1.6"),
        on(Request.NOTIFY, [do.send(Mt.NOTIFY)], None, "5.9"),
        on(Received.NOTIFY, [do.tell(Tell.NOTIFY)], None, "5.9"),
    ),
    # clearing
    *in_state(
        N10,
        on(Request.DISCONNECT, [do.note_link_failure, do.forget], N0, "5.8.9", when=when.link_is_down),
    ),
    *in_state(
        (N2, N3, N4, N6, N7, N8, N9, N10, N25),
        on(
            Request.DISCONNECT,
            [do.send_disconnect(), do.stop_timers, do.start(Timer.T306)],
            N12,
            "5.3.4.1",
            when=when.tone_offered,
        ),
        on(Request.DISCONNECT, [do.send_disconnect(), do.stop_timers, do.start(Timer.T305)], N12, "5.3.4.2"),
    ),
    *in_state(
        LIVE,
        on(
            Received.DISCONNECT,
            [do.note_cause, do.stop_timers, do.tell(Tell.DISCONNECT)],
            N11,
            "5.3.3",
            when=when.waits_before_release,
        ),
        on(
            Received.DISCONNECT,
            [do.note_cause, do.send_release, do.stop_timers, do.start(Timer.T308), do.tell(Tell.DISCONNECT)],
            N19,
            "5.3.3",
        ),
    ),
    *in_state(N11, on(Request.RELEASE, [do.send_release, do.start(Timer.T308)], N19, "5.3.3")),
    *in_state(
        N12,
        on(
            Received.DISCONNECT,
            [do.send_release, do.stop_timers, do.start(Timer.T308)],
            N19,
            "5.3.5",
        ),
        on(
            Request.RELEASE,
            [do.send_release, do.stop_timers, do.start(Timer.T308)],
            N19,
            "5.3.4.1",
        ),
        on((Timer.T305, Timer.T306), [do.send_release, do.start(Timer.T308)], N19, "5.3.4.1, 5.3.4.2"),
    ),
    *shared.release_request(N19, N0),
    *shared.any_call(ANY, N0, N19),
    *shared.live_call(LIVE, N12),
    *shared.clearing((N11, N12)),
    *table_hold.in_calls(Side.NETWORK, (N3, N4, N10), (N7, N8, N9)),
    *table_suspend.NETWORK,
    *table_information.user_information((N4, N7, N10)),
    *table_information.facility((N2, N3, N4, N7, N8, N9, N10, N11, N12, N25), ANY),
    *table_information.suspending((N15,)),
    *shared.link_failure(tuple(state for state in ANY if state is not N10), N10, OVERLAP, N0, N12),
)
"""Every row, in the order in which they are tried."""
