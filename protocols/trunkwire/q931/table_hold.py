"""Hold and retrieve as a table: the auxiliary states of a call (Q.932 6), and the call states that have them.

`AUXILIARY` is the machine of one call. `in_calls` gives the rows by which the tables of the two sides hand
its messages and requests over. Requests that cross: that of the network goes on, the user drops its own.
"""

from __future__ import annotations

from trunkwire.q931 import hold as do
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import IndicationKind as Tell
from trunkwire.q931.messages import MessageType as Mt
from trunkwire.q931.procedure import Event, Received, Request, Table, Timer, in_state, on
from trunkwire.q931.states import CallState, HoldState
from trunkwire.side import Side

IDLE, HELD = HoldState.IDLE, HoldState.HELD
HOLD_REQUEST, HOLD_INDICATION = HoldState.HOLD_REQUEST, HoldState.HOLD_INDICATION
RETRIEVE_REQUEST, RETRIEVE_INDICATION = HoldState.RETRIEVE_REQUEST, HoldState.RETRIEVE_INDICATION

_GRANT_HOLD = [do.stop, do.send(Mt.HOLD_ACKNOWLEDGE), do.give_channel_up, do.tell(Tell.HOLD)]
_TAKE_RETRIEVE = [do.stop, do.wish_of_peer, do.tell(Tell.RETRIEVE)]
_GRANT_RETRIEVE = [
    do.stop,
    do.wish_of_peer,
    do.send_retrieve_acknowledge,
    do.take_wish,
    do.tell(Tell.RETRIEVE),
]

AUXILIARY: Table = (
    *in_state(
        IDLE,
        on(Request.HOLD, [do.send(Mt.HOLD), do.start(Timer.T_HOLD)], HOLD_REQUEST, "Q.932 6, hold"),
        on(Received.HOLD, _GRANT_HOLD, HELD, "Q.932 6, hold", when=do.grants_itself),
        on(Received.HOLD, [do.tell(Tell.HOLD)], HOLD_INDICATION, "Q.932 6, hold"),
    ),
    *in_state(
        HOLD_REQUEST,
        on(
            Received.HOLD_ACKNOWLEDGE,
            [do.stop, do.give_channel_up, do.tell(Tell.HELD)],
            HELD,
            "Q.932 6, hold",
        ),
        on(Received.HOLD_REJECT, [do.stop, do.tell(Tell.HOLD_REJECTED)], IDLE, "Q.932 6, hold"),
        on(Timer.T_HOLD, [do.tell(Tell.HOLD_REJECTED)], IDLE, "Q.932 6, T-HOLD"),
        on(Received.HOLD, [], None, "Q.932 6, requests that cross", when=do.has_priority),
        on(Received.HOLD, _GRANT_HOLD, HELD, "Q.932 6, requests that cross", when=do.grants_itself),
        on(Received.HOLD, [do.stop, do.tell(Tell.HOLD)], HOLD_INDICATION, "Q.932 6, requests that cross"),
    ),
    *in_state(
        HOLD_INDICATION,
        on(
            Request.HOLD_ACKNOWLEDGE,
            [do.send(Mt.HOLD_ACKNOWLEDGE), do.give_channel_up],
            HELD,
            "Q.932 6, hold",
        ),
        on(Request.HOLD_REJECT, [do.send(Mt.HOLD_REJECT)], IDLE, "Q.932 6, hold"),
    ),
    *in_state(
        HELD,
        on(
            Request.RETRIEVE,
            [do.send(Mt.RETRIEVE), do.wish_own, do.start(Timer.T_RETRIEVE)],
            RETRIEVE_REQUEST,
            "Q.932 6, retrieve",
        ),
        on(
            Received.RETRIEVE,
            [do.reject(Mt.RETRIEVE_REJECT, Cause.CHANNEL_UNAVAILABLE)],
            None,
            "Q.932 6, retrieve; 5.2.3",
            when=do.wish_is_taken,
        ),
        on(
            Received.RETRIEVE,
            [do.reject(Mt.RETRIEVE_REJECT, Cause.NO_CIRCUIT)],
            None,
            "Q.932 6, retrieve; 5.2.3",
            when=do.no_channel_to_retrieve,
        ),
        on(Received.RETRIEVE, _GRANT_RETRIEVE, IDLE, "Q.932 6, retrieve", when=do.grants_itself),
        on(Received.RETRIEVE, _TAKE_RETRIEVE, RETRIEVE_INDICATION, "Q.932 6, retrieve"),
    ),
    *in_state(
        RETRIEVE_REQUEST,
        on(
            Received.RETRIEVE_ACKNOWLEDGE,
            [do.report_channel],
            None,
            "Q.932 6, retrieve; 5.8.6.2",
            when=do.channel_unusable,
        ),
        on(
            Received.RETRIEVE_ACKNOWLEDGE,
            [do.stop, do.take_channel, do.tell(Tell.RETRIEVED)],
            IDLE,
            "Q.932 6, retrieve",
        ),
        on(
            Received.RETRIEVE_REJECT,
            [do.stop, do.drop_wish, do.tell(Tell.RETRIEVE_REJECTED)],
            HELD,
            "Q.932 6, retrieve",
        ),
        on(Timer.T_RETRIEVE, [do.drop_wish, do.tell(Tell.RETRIEVE_REJECTED)], HELD, "Q.932 6, T-RETRIEVE"),
        on(Received.RETRIEVE, [], None, "Q.932 6, requests that cross", when=do.has_priority),
        on(
            Received.RETRIEVE,
            [do.reject(Mt.RETRIEVE_REJECT, Cause.CHANNEL_UNAVAILABLE), do.stop, do.drop_wish],
            HELD,
            "Q.932 6, requests that cross",
            when=do.wish_is_taken,
        ),
        on(
            Received.RETRIEVE,
            [do.reject(Mt.RETRIEVE_REJECT, Cause.NO_CIRCUIT), do.stop, do.drop_wish],
            HELD,
            "Q.932 6, requests that cross",
            when=do.no_channel_to_retrieve,
        ),
        on(Received.RETRIEVE, _GRANT_RETRIEVE, IDLE, "Q.932 6, requests that cross", when=do.grants_itself),
        on(Received.RETRIEVE, _TAKE_RETRIEVE, RETRIEVE_INDICATION, "Q.932 6, requests that cross"),
    ),
    *in_state(
        RETRIEVE_INDICATION,
        on(
            Request.RETRIEVE_ACKNOWLEDGE,
            [do.send_retrieve_acknowledge, do.take_channel],
            IDLE,
            "Q.932 6, retrieve",
            when=do.channel_is_there,
        ),
        on(
            Request.RETRIEVE_REJECT,
            [do.send(Mt.RETRIEVE_REJECT), do.drop_wish],
            HELD,
            "Q.932 6, retrieve",
        ),
    ),
    *in_state(
        tuple(state for state in HoldState if state not in (IDLE, HOLD_REQUEST)),
        on(
            Received.HOLD,
            [do.reject(Mt.HOLD_REJECT, Cause.MESSAGE_NOT_COMPATIBLE)],
            None,
            "Q.932 6, hold",
        ),
    ),
    *in_state(
        (IDLE, HOLD_REQUEST, HOLD_INDICATION, RETRIEVE_INDICATION),
        on(
            Received.RETRIEVE,
            [do.reject(Mt.RETRIEVE_REJECT, Cause.MESSAGE_NOT_COMPATIBLE)],
            None,
            "Q.932 6, retrieve",
        ),
    ),
)
"""Every row of the auxiliary state machine."""

_ASKED: tuple[Event, ...] = (
    Request.HOLD,
    Request.RETRIEVE,
    Received.HOLD_ACKNOWLEDGE,
    Received.HOLD_REJECT,
    Received.RETRIEVE_ACKNOWLEDGE,
    Received.RETRIEVE_REJECT,
)
_ANSWERED: tuple[Event, ...] = (
    Received.HOLD,
    Received.RETRIEVE,
    Request.HOLD_ACKNOWLEDGE,
    Request.HOLD_REJECT,
    Request.RETRIEVE_ACKNOWLEDGE,
    Request.RETRIEVE_REJECT,
)


def in_calls(side: Side, placed: tuple[CallState, ...], offered: tuple[CallState, ...]) -> Table:
    """The call states in which a call can be held: `placed` by the user, or active; and `offered` to it.

    Behind an interface with several terminals only the user holds, and only calls that it has placed or
    answered; between two exchanges, both sides do.
    """
    users, networks = (_ASKED, _ANSWERED) if side is Side.USER else (_ANSWERED, _ASKED)
    return (
        *in_state(placed, on(users, [do.by_auxiliary_state], None, "Q.932 6")),
        *in_state(placed, on(networks, [do.by_auxiliary_state], None, "Q.932 6", when=do.point_to_point)),
        *in_state(
            offered,
            on((*users, *networks), [do.by_auxiliary_state], None, "Q.932 6", when=do.point_to_point),
        ),
    )
