"""What passes through a call without changing its state: USER INFORMATION, CONGESTION CONTROL, FACILITY.

Q.931 3.3.3, 3.3.13 and clause 7; Q.932 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkwire.q931 import actions as do
from trunkwire.q931.events import IndicationKind as Tell
from trunkwire.q931.ies import CongestionLevel, CongestionLevelIE
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType as Mt
from trunkwire.q931.procedure import Received, Request, Table, in_state, on
from trunkwire.q931.states import CallState

if TYPE_CHECKING:
    from trunkwire.q931.call import Call
    from trunkwire.q931.engine import Engine


def receiver_ready(_cc: Engine, call: Call, _arg: Any) -> bool:
    """The peer takes USER INFORMATION."""
    return not call.congested


def note_congestion(_cc: Engine, call: Call, arg: Message) -> None:
    """Keep whether the peer takes USER INFORMATION; a level without meaning changes nothing (4.5.14)."""
    element = arg.get(CongestionLevelIE)
    if element is not None and element.level in _LEVELS:
        call.congested = element.level == CongestionLevel.RECEIVER_NOT_READY


_LEVELS = frozenset(CongestionLevel)


def user_information(states: tuple[CallState, ...]) -> Table:
    """Between users, in the call states in which the bearer or the alerting is there: call delivered or
    received, and active.
    """
    return in_state(
        states,
        on(
            Request.USER_INFORMATION,
            [do.send(Mt.USER_INFORMATION)],
            None,
            "3.3.13, 7",
            when=receiver_ready,
        ),
        on(Received.USER_INFORMATION, [do.tell(Tell.USER_INFORMATION)], None, "3.3.13, 7"),
        on(Request.CONGESTION_CONTROL, [do.send(Mt.CONGESTION_CONTROL)], None, "3.3.3, 4.5.14"),
        on(
            Received.CONGESTION_CONTROL,
            [note_congestion, do.tell(Tell.CONGESTION_CONTROL)],
            None,
            "3.3.3, 4.5.14",
        ),
    )


def facility(sending: tuple[CallState, ...], receiving: tuple[CallState, ...]) -> Table:
    """FACILITY passes through in every state in which the call reference is in use."""
    return (
        *in_state(sending, on(Request.FACILITY, [do.send(Mt.FACILITY)], None, "Q.932 6")),
        *in_state(receiving, on(Received.FACILITY, [do.tell(Tell.FACILITY)], None, "Q.932 6")),
    )


def suspending(states: tuple[CallState, ...]) -> Table:
    """What a call that is being suspended still hears (3.1.6, 5.9)."""
    return in_state(
        states,
        on(Received.INFORMATION, [do.tell(Tell.INFORMATION)], None, "3.1.6"),
        on(Received.NOTIFY, [do.tell(Tell.NOTIFY)], None, "5.9"),
    )
