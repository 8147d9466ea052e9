"""The service of channels: one machine for each channel, or for the whole interface, and the verbs and
conditions of `table_service` (the SERVICE procedure of AT&T TR 41459, the 5ESS, DMS-100, National ISDN).

Either side says which of its channels are in service, in maintenance or out of service; `ChannelTable` keeps
what both have said, and no call is placed on a channel that one of them has taken out. Calls that are on it
go on until they end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from trunkwire.q931 import maintenance
from trunkwire.q931.elements import channel_element
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ChangeStatusIE, ChannelStatus
from trunkwire.q931.maintenance import ServiceMessage
from trunkwire.q931.procedure import Action, Cells, Timer
from trunkwire.q931.states import ServiceState
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkwire.q931.engine import Engine


class ServiceMachine:
    """The change of service of one channel, or with None of the whole interface."""

    __slots__ = ("armed", "cells", "channel", "heard", "sent", "state", "wanted")

    def __init__(self, channel: int | None, cells: Cells) -> None:
        self.channel = channel
        self.cells = cells
        self.state = ServiceState.SETTLED
        self.armed: dict[Timer, Tick] = {}
        self.wanted = ChannelStatus.IN_SERVICE
        """What our SERVICE asks for."""
        self.heard = ChannelStatus.IN_SERVICE
        """What the peer's SERVICE has said."""
        self.sent = 0

    def __repr__(self) -> str:
        where = "the interface" if self.channel is None else f"channel {self.channel}"
        return f"<service of {where} in {self.state}>"

    def channels(self, cc: Engine) -> tuple[int, ...]:
        """The channels that it is about."""
        return cc.channels.numbers if self.channel is None else (self.channel,)


# conditions


def answers_itself(cc: Engine, _machine: ServiceMachine, _arg: Any) -> bool:
    """SERVICE is acknowledged without asking the user of the machine."""
    return cc.settings.auto_service


def first_service(_cc: Engine, machine: ServiceMachine, _arg: Any) -> bool:
    """SERVICE was sent once."""
    return machine.sent < 2


def peer_is_more_severe(_cc: Engine, machine: ServiceMachine, arg: ServiceMessage) -> bool:
    """The acknowledgement keeps the channel further out of service than we asked."""
    return arg.status.status > machine.wanted


# verbs


def send_service(cc: Engine, machine: ServiceMachine, arg: ChannelStatus) -> None:
    """Send SERVICE."""
    machine.wanted = arg
    machine.sent = 0
    send_service_again(cc, machine, None)


def send_service_again(cc: Engine, machine: ServiceMachine, _arg: Any) -> None:
    """Send SERVICE as it was."""
    _send(cc, machine, False, machine.wanted)
    machine.sent += 1


def send_acknowledge(cc: Engine, machine: ServiceMachine, _arg: Any) -> None:
    """Send SERVICE ACKNOWLEDGE with what SERVICE said."""
    _send(cc, machine, True, machine.heard)


def _send(cc: Engine, machine: ServiceMachine, acknowledge: bool, status: ChannelStatus) -> None:
    assert cc.settings.maintenance is not None, "only a maintenance protocol makes these machines"
    one = machine.channel is not None
    message = ServiceMessage(
        acknowledge,
        ChangeStatusIE(channel=one, status=status),
        channel_element(machine.channel, True, cc.settings.basic) if one else None,
    )
    cc.transmit_data(maintenance.build(cc.settings.maintenance, message))


def start_timer(cc: Engine, machine: ServiceMachine, _arg: Any) -> None:
    """Start the wait for SERVICE ACKNOWLEDGE."""
    cc.timers.start(Timer.T_SERVICE, machine, cc.now)


def stop_timer(cc: Engine, machine: ServiceMachine, _arg: Any) -> None:
    """Stop the wait for SERVICE ACKNOWLEDGE."""
    cc.timers.stop(Timer.T_SERVICE, machine)


def take_out(cc: Engine, machine: ServiceMachine, _arg: Any) -> None:
    """What goes out of service does so at once; what comes back waits for the acknowledgement."""
    if machine.wanted is not ChannelStatus.IN_SERVICE:
        settle_near(cc, machine, None)


def settle_near(cc: Engine, machine: ServiceMachine, _arg: Any) -> None:
    """Our end of the channels has the status that we asked for."""
    for number in machine.channels(cc):
        cc.channels.set_near(number, machine.wanted)


def settle_far(cc: Engine, machine: ServiceMachine, arg: ServiceMessage) -> None:
    """The far end of the channels has the status that the peer says."""
    machine.heard = ChannelStatus(arg.status.status)
    for number in machine.channels(cc):
        cc.channels.set_far(number, machine.heard)


def tell(kind: IndicationKind) -> Action:
    """Tell the user of the machine about the channels."""

    def run(cc: Engine, machine: ServiceMachine, _arg: Any) -> None:
        status = machine.heard if kind is IndicationKind.SERVICE else machine.wanted
        cc.emit(Indication(None, kind, channels=machine.channels(cc), status=status))

    run.__name__ = f"tell {kind.value}"
    return run


def channels_named(message: ServiceMessage) -> Iterable[int | None]:
    """The channels that a received message is about; None for the whole interface."""
    if not message.status.channel or message.channel is None:
        return (None,)
    return tuple(dict.fromkeys(message.channel.channels))
