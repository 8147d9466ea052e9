"""Restart of channels (Q.931 5.5): its machines and the verbs and conditions of `table_restart`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from trunkwire.q931.actions import start, stop
from trunkwire.q931.causes import Cause
from trunkwire.q931.elements import call_state_element, cause_element
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ChannelIdentificationIE, RestartClass, RestartIndicatorIE
from trunkwire.q931.message import Element, Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Action, Cells, Link, Timer
from trunkwire.q931.states import RestartState
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkwire.q931.engine import Engine

__all__ = ["RestartMachine", "start", "stop"]

_WHOLE = frozenset({RestartClass.SINGLE_INTERFACE, RestartClass.ALL_INTERFACES})


class RestartMachine:
    """One of the two uses of the global call reference: `asks` for our own RESTART, else for the peer's."""

    def __init__(self, asks: bool, cells: Cells) -> None:
        self.asks = asks
        self.cells = cells
        self.state = RestartState.R0
        self.armed: dict[Timer, Tick] = {}
        self.channels: tuple[int, ...] = ()
        self.message: Message | None = None
        """The RESTART in hand."""
        self.sent = 0
        self.tei = 0
        """The TEI of the data link over which this restart goes."""
        self.fault: tuple[Cause, bytes] | None = None

    def __repr__(self) -> str:
        return f"<restart {'of ours' if self.asks else 'of the peer'} in {self.state}>"


def restart_message(
    channels: Sequence[int] | None,
    reference_length: int = 2,
    *,
    all_interfaces: bool = False,
    basic: bool = False,
) -> Message:
    """RESTART for these channels, or for the whole interface, or for all that the D-channel serves.

    `basic`: on a basic interface, where several channels raise ValueError: the element names one.
    """
    if channels is not None:
        if basic and len(channels) != 1:
            raise ValueError(
                f"restart of channels {list(channels)} of a basic interface: one, or None for all"
            )
        elements: tuple[Element, ...] = (
            ChannelIdentificationIE.of_basic(*channels) if basic else ChannelIdentificationIE.of(*channels),
            RestartIndicatorIE(restart_class=RestartClass.INDICATED_CHANNELS),
        )
    else:
        whole = RestartClass.ALL_INTERFACES if all_interfaces else RestartClass.SINGLE_INTERFACE
        elements = (RestartIndicatorIE(restart_class=whole),)
    return Message(0, MessageType.RESTART, elements, reference_length=reference_length)


def channels_of(cc: Engine, message: Message) -> tuple[int, ...]:
    """The channels that RESTART or RESTART ACKNOWLEDGE is about."""
    indicator = message.get(RestartIndicatorIE)
    if indicator is not None and indicator.restart_class in _WHOLE:
        return cc.channels.numbers
    element = message.get(ChannelIdentificationIE)
    return () if element is None else tuple(dict.fromkeys(element.channels))


# conditions


def class_reserved(_cc: Engine, _machine: RestartMachine, arg: Message) -> bool:
    """The restart indicator holds a value that means nothing (4.5.25)."""
    indicator = arg.get(RestartIndicatorIE)
    return indicator is None or indicator.restart_class not in (*_WHOLE, RestartClass.INDICATED_CHANNELS)


def channels_missing(cc: Engine, _machine: RestartMachine, arg: Message) -> bool:
    """Indicated channels are to be restarted, and none is indicated."""
    return not channels_of(cc, arg)


def no_such_channel(cc: Engine, _machine: RestartMachine, arg: Message) -> bool:
    """The interface lacks a channel of the list."""
    return any(number not in cc.channels for number in channels_of(cc, arg))


def answers_itself(cc: Engine, _machine: RestartMachine, _arg: Any) -> bool:
    """RESTART is answered without asking the user of the machine."""
    return cc.settings.auto_restart


def acknowledges_something_else(cc: Engine, machine: RestartMachine, arg: Message) -> bool:
    """RESTART ACKNOWLEDGE is of another class than RESTART, or names none of its channels."""
    return _class_of(arg) != _class_of(machine.message) or not set(machine.channels) & set(
        channels_of(cc, arg)
    )


def _class_of(message: Message | None) -> int | None:
    indicator = message.get(RestartIndicatorIE) if message is not None else None
    return None if indicator is None else indicator.restart_class


def acknowledges_some(cc: Engine, machine: RestartMachine, arg: Message) -> bool:
    """RESTART ACKNOWLEDGE names fewer channels than RESTART did."""
    return not set(machine.channels) <= set(channels_of(cc, arg))


def restart_left(cc: Engine, machine: RestartMachine, _arg: Any) -> bool:
    """RESTART may be sent once more."""
    return machine.sent < cc.settings.restarts


# verbs


def send_restart(cc: Engine, machine: RestartMachine, arg: Message) -> None:
    """Send RESTART."""
    cc.transmit_data(cc.codec.build(cc.dialect.message(arg)), machine.tei)
    machine.message = arg
    machine.channels = channels_of(cc, arg)
    machine.sent = 1


def send_restart_again(cc: Engine, machine: RestartMachine, _arg: Any) -> None:
    """Repeat RESTART as it was."""
    assert machine.message is not None, "R1 is entered with a message"
    cc.transmit_data(cc.codec.build(cc.dialect.message(machine.message)), machine.tei)
    machine.sent += 1


def hold_channels(cc: Engine, machine: RestartMachine, _arg: Any) -> None:
    """Clear the calls on the channels and hold these until the restart is over."""
    _clear_calls(cc, machine.channels, "local")
    for number in machine.channels:
        cc.channels.to_restarting(number)


def take_over(cc: Engine, machine: RestartMachine, arg: Message) -> None:
    """The peer restarts channels: clear the calls on them and hold them."""
    machine.message = arg
    machine.channels = channels_of(cc, arg)
    _clear_calls(cc, machine.channels, "remote")
    for number in machine.channels:
        cc.channels.to_restarting(number)


def _clear_calls(cc: Engine, channels: tuple[int, ...], who: str) -> None:
    chosen = set(channels)
    known = (*cc.calls.values(), *cc.suspended.values())
    for call in [call for call in known if call.channel in chosen]:
        cc.fire(call, Link.CHANNEL_RESTARTED, who)


def send_acknowledge(cc: Engine, machine: RestartMachine, _arg: Any) -> None:
    """Send RESTART ACKNOWLEDGE with the elements of RESTART."""
    assert machine.message is not None, "a RESTART is in hand"
    kinds = (ChannelIdentificationIE, RestartIndicatorIE)
    elements = tuple(element for element in machine.message.ies if isinstance(element, kinds))
    answer = Message(
        0,
        MessageType.RESTART_ACKNOWLEDGE,
        elements,
        not machine.message.to_originator,
        machine.message.reference_length,
    )
    cc.transmit_data(cc.codec.build(cc.dialect.message(answer)), machine.tei)


def idle_channels(cc: Engine, machine: RestartMachine, _arg: Any) -> None:
    """The channels are idle again, but for those that the other restart machine still holds."""
    _restore(cc, machine, machine.channels)


def _restore(cc: Engine, machine: RestartMachine, channels: Iterable[int]) -> None:
    other = cc.answering if machine.asks else cc.asking
    held = other.channels if other.state is not RestartState.R0 else ()
    for number in channels:
        if number not in held:
            cc.channels.restore(number)


def split_channels(cc: Engine, machine: RestartMachine, arg: Message) -> None:
    """Those acknowledged are idle, the others go to maintenance (5.5.1)."""
    done = set(channels_of(cc, arg))
    idle = tuple(number for number in machine.channels if number in done)
    left = tuple(number for number in machine.channels if number not in done)
    _restore(cc, machine, idle)
    cc.emit(Indication(None, IndicationKind.RESTARTED, arg, channels=idle))
    _give_up(cc, left)


def give_up_channels(cc: Engine, machine: RestartMachine, _arg: Any) -> None:
    """Nobody has restarted the channels in time: they go to maintenance."""
    _give_up(cc, machine.channels)


def _give_up(cc: Engine, channels: tuple[int, ...]) -> None:
    for number in channels:
        cc.channels.to_maintenance(number)
    cc.emit(Indication(None, IndicationKind.RESTART_FAILED, channels=channels))


def tell_restart(cc: Engine, machine: RestartMachine, arg: Message) -> None:
    """Tell the user of the machine that the peer restarts channels."""
    cc.emit(Indication(None, IndicationKind.RESTART, arg, channels=machine.channels))


def tell_restarted(cc: Engine, machine: RestartMachine, arg: Message) -> None:
    """Tell the user of the machine that our restart is done."""
    cc.emit(Indication(None, IndicationKind.RESTARTED, arg, channels=machine.channels))


def tell_status(cc: Engine, machine: RestartMachine, arg: Message) -> None:
    """Tell the user of the machine what the peer thinks of our RESTART; T316 decides."""
    cc.emit(Indication(None, IndicationKind.STATUS, arg, channels=machine.channels))


def send_status(cause: Cause) -> Action:
    """Send STATUS with the global call reference."""

    def run(cc: Engine, machine: RestartMachine, _arg: Any) -> None:
        _status(cc, machine, cause, b"")

    run.__name__ = f"send STATUS {cause.value}"
    return run


def report_fault(cc: Engine, machine: RestartMachine, _arg: Any) -> None:
    """Send STATUS that says what was missing or broken."""
    cause, diagnostics = machine.fault or (Cause.PROTOCOL_ERROR, b"")
    _status(cc, machine, cause, diagnostics)


def _status(cc: Engine, machine: RestartMachine, cause: Cause, diagnostics: bytes) -> None:
    elements = (cause_element(cause, cc.location, diagnostics), call_state_element(machine.state.number))
    length = cc.settings.reference_length
    status = Message(0, MessageType.STATUS, elements, not machine.asks, length)
    cc.transmit_data(cc.codec.build(cc.dialect.message(status)), machine.tei)
