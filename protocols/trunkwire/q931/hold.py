"""Hold and retrieve: the auxiliary state of a call, its verbs and conditions (Q.932 6, T-HOLD, T-RETRIEVE).

A call on hold stays in its call state; what is asked for beside it is the business of a small machine of its
own, which `table_hold` drives. Its messages carry the call's reference. The B-channel of a held call stays
reserved for it, or is given up until the call is retrieved (`CallControlSettings.hold_reserves`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkwire.q931.causes import Cause
from trunkwire.q931.elements import cause_element, channel_element, indicated_channel, wished_channel
from trunkwire.q931.errors import ProtocolMisuse
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import CauseIE, ChannelIdentificationIE
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Action, Cells, Timer, event_name
from trunkwire.q931.states import HoldState
from trunkwire.side import Side
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkwire.q931.call import Call
    from trunkwire.q931.engine import Engine


class HoldMachine:
    """The auxiliary state of one call; `wished` is the channel on which it is being retrieved."""

    __slots__ = ("armed", "call", "cells", "state", "wished")

    def __init__(self, call: Call, cells: Cells) -> None:
        self.call = call
        self.cells = cells
        self.state = HoldState.IDLE
        self.armed: dict[Timer, Tick] = {}
        self.wished: int | None = None

    def __repr__(self) -> str:
        return f"<hold of call {self.call.reference} in {self.state}>"

    def close(self, cc: Engine) -> None:
        """The call is over: nothing of its auxiliary state is left."""
        cc.timers.stop_all(self)
        drop_wish(cc, self, None)
        self.state = HoldState.IDLE


# from the call's table


def by_auxiliary_state(cc: Engine, call: Call, arg: Any) -> None:
    """What follows is the auxiliary state's to say. A message that it does not allow is unexpected (5.8.4), a
    request that it does not allow raises ProtocolMisuse.
    """
    event = cc.event
    if call.hold is None:
        call.hold = HoldMachine(call, cc.hold_cells)
    if cc.fire(call.hold, event, arg):
        return
    if not isinstance(arg, Message):
        raise ProtocolMisuse(str(call.hold.state), event_name(event), f"call {call.reference}")
    cc.transmit_status(call, Cause.MESSAGE_NOT_COMPATIBLE, bytes((arg.type,)))


def point_to_point(cc: Engine, _call: Call, _arg: Any) -> bool:
    """One terminal only is at the interface: both sides may hold, in incoming calls too (Q.932 6)."""
    return not cc.settings.point_to_multipoint


# conditions


def has_priority(cc: Engine, _machine: HoldMachine, _arg: Any) -> bool:
    """Requests have crossed, and that of the network goes on."""
    return cc.side is Side.NETWORK


def grants_itself(cc: Engine, _machine: HoldMachine, _arg: Any) -> bool:
    """The peer's requests are granted without asking the user of the machine."""
    return cc.settings.auto_hold


def wish_is_taken(cc: Engine, machine: HoldMachine, arg: Message) -> bool:
    """RETRIEVE names a channel exclusively that cannot be had."""
    number, exclusive = wished_channel(arg.get(ChannelIdentificationIE))
    return exclusive and number is not None and not _usable(cc, machine, number)


def no_channel_to_retrieve(cc: Engine, machine: HoldMachine, arg: Message) -> bool:
    """Neither the channel that RETRIEVE names nor any other can be had."""
    return _channel_for(cc, machine, arg) is None


def channel_unusable(cc: Engine, machine: HoldMachine, arg: Message) -> bool:
    """RETRIEVE ACKNOWLEDGE names a channel that cannot be used, or none where none is known."""
    number = _granted(machine, arg)
    return number is None or not _usable(cc, machine, number)


def channel_is_there(cc: Engine, machine: HoldMachine, _arg: Any) -> bool:
    """The channel on which the call is to be retrieved has not been restarted meanwhile."""
    number = machine.call.channel if machine.wished is None else machine.wished
    return number is not None and _usable(cc, machine, number)


def _usable(cc: Engine, machine: HoldMachine, number: int) -> bool:
    return cc.channels.idle(number) or cc.channels.owner(number) is machine.call


def _granted(machine: HoldMachine, arg: Message) -> int | None:
    element = arg.get(ChannelIdentificationIE)
    if element is not None:
        return indicated_channel(element)
    return machine.call.channel if machine.wished is None else machine.wished


def _channel_for(cc: Engine, machine: HoldMachine, arg: Message) -> int | None:
    number, exclusive = wished_channel(arg.get(ChannelIdentificationIE))
    wishes = (number,) if exclusive else (number, machine.wished, machine.call.channel, cc.channels.pick())
    return next((wish for wish in wishes if wish is not None and _usable(cc, machine, wish)), None)


# verbs


def start(timer: Timer) -> Action:
    """Start the timer of the request."""

    def run(cc: Engine, machine: HoldMachine, _arg: Any) -> None:
        cc.timers.start(timer, machine, cc.now)

    run.__name__ = f"start {timer.name}"
    return run


def stop(cc: Engine, machine: HoldMachine, _arg: Any) -> None:
    """Stop the timer of the request."""
    cc.timers.stop_all(machine)


def send(message_type: MessageType) -> Action:
    """Send the message with the elements of the request."""

    def run(cc: Engine, machine: HoldMachine, arg: Any) -> None:
        cc.transmit(machine.call, message_type, arg if isinstance(arg, tuple) else ())

    run.__name__ = f"send {message_type.title}"
    return run


def reject(message_type: MessageType, cause: Cause) -> Action:
    """Refuse with the cause."""

    def run(cc: Engine, machine: HoldMachine, _arg: Any) -> None:
        cc.transmit(machine.call, message_type, (cause_element(cause, cc.location),))

    run.__name__ = f"send {message_type.title} {cause.value}"
    return run


def send_retrieve_acknowledge(cc: Engine, machine: HoldMachine, arg: Any) -> None:
    """Grant the channel."""
    elements = arg if isinstance(arg, tuple) else ()
    number = machine.call.channel if machine.wished is None else machine.wished
    element = channel_element(number, True, cc.settings.basic)
    cc.transmit(machine.call, MessageType.RETRIEVE_ACKNOWLEDGE, (element, *elements))


def report_channel(cc: Engine, machine: HoldMachine, _arg: Any) -> None:
    """Say in STATUS that the channel granted cannot be used; T-RETRIEVE goes on."""
    identifier = bytes((ChannelIdentificationIE.identifier,))
    cc.transmit_status(machine.call, Cause.INVALID_IE_CONTENTS, identifier)


def tell(kind: IndicationKind) -> Action:
    """Tell the user of the machine, with the cause of a refusal, or 102 when nobody has answered."""

    def run(cc: Engine, machine: HoldMachine, arg: Any) -> None:
        message = arg if isinstance(arg, Message) else None
        element = message.get(CauseIE) if message is not None else None
        cause: int | None = element.value if element is not None else None
        if message is None:
            cause = Cause.TIMER_EXPIRY
        cc.emit(Indication(machine.call, kind, message, cause))

    run.__name__ = f"tell {kind.value}"
    return run


def give_channel_up(cc: Engine, machine: HoldMachine, _arg: Any) -> None:
    """The held call keeps its channel reserved, or gives it up, as it was set."""
    call = machine.call
    if call.channel is not None and not cc.settings.hold_reserves:
        cc.channels.free(call.channel, call)
        call.channel = None


def wish_own(cc: Engine, machine: HoldMachine, arg: tuple[Any, ...]) -> None:
    """Keep the channel that our RETRIEVE names for the call until it is answered."""
    for element in arg:
        if isinstance(element, ChannelIdentificationIE):
            _wish(cc, machine, indicated_channel(element))


def wish_of_peer(cc: Engine, machine: HoldMachine, arg: Message) -> None:
    """Keep the channel that the peer's RETRIEVE is to be answered with."""
    number = _channel_for(cc, machine, arg)
    if number != machine.wished:
        drop_wish(cc, machine, None)
        _wish(cc, machine, number)


def _wish(cc: Engine, machine: HoldMachine, number: int | None) -> None:
    if number is not None and number != machine.call.channel:
        cc.channels.seize(number, machine.call)
        machine.wished = number


def drop_wish(cc: Engine, machine: HoldMachine, _arg: Any) -> None:
    """The call stays held: a channel that was kept for its retrieval is idle again."""
    if machine.wished is not None:
        cc.channels.free(machine.wished, machine.call)
        machine.wished = None


def take_wish(cc: Engine, machine: HoldMachine, _arg: Any) -> None:
    """The call is on the channel that it was to be retrieved on."""
    take_channel(cc, machine, None)


def take_channel(cc: Engine, machine: HoldMachine, arg: Any) -> None:
    """The call is on its channel again, the one granted."""
    call = machine.call
    number = _granted(machine, arg) if isinstance(arg, Message) else machine.wished
    number = call.channel if number is None else number
    if machine.wished != number:
        drop_wish(cc, machine, None)
    if call.channel is not None and call.channel != number:
        cc.channels.free(call.channel, call)
    if number is not None and cc.channels.owner(number) is not call:
        cc.channels.seize(number, call)
    call.channel = number
    machine.wished = None
