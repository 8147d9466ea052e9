"""The verbs of the call tables: what a row does, each a function of machine, call, and what came with the
event.

With a received message comes the message, with a request of the local user the elements to send along, with
a timer nothing. Conditions stand in `conditions`; factories such as `start(Timer.T303)` give one verb for
their argument, with a name that the tables can be read by.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from trunkwire.q931.call import ChannelChoice
from trunkwire.q931.causes import Cause
from trunkwire.q931.conditions import acquirable
from trunkwire.q931.elements import (
    cause_element,
    channel_element,
    indicated_channel,
    wished_channel,
)
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import (
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    KeypadIE,
    ProgressIndicatorIE,
)
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Action, Timer
from trunkwire.q931.suspend import park_again

if TYPE_CHECKING:
    from trunkwire.q931.call import Call
    from trunkwire.q931.engine import Engine


def _named(action: Action, name: str) -> Action:
    action.__name__ = name
    return action


# timers


@functools.cache
def start(timer: Timer) -> Action:
    """Start the timer, or start it anew."""

    def run(cc: Engine, call: Call, _arg: Any) -> None:
        cc.timers.start(timer, call, cc.now)

    return _named(run, f"start {timer.name}")


@functools.cache
def stop(timer: Timer) -> Action:
    """Stop the timer if it runs."""

    def run(cc: Engine, call: Call, _arg: Any) -> None:
        if timer in call.armed:
            cc.timers.stop(timer, call)

    return _named(run, f"stop {timer.name}")


def stop_timers(cc: Engine, call: Call, _arg: Any) -> None:
    """Stop all timers of the call."""
    cc.timers.stop_all(call)


# telling the user of the machine


@functools.cache
def tell(kind: IndicationKind) -> Action:
    """Hand the message to the user of the machine, and keep its progress indicator."""

    def run(cc: Engine, call: Call, arg: Any) -> None:
        message = arg if isinstance(arg, Message) else None
        if message is not None:
            call.progress = message.get(ProgressIndicatorIE) or call.progress
        cc.emit(Indication(call, kind, message, call.cause))

    return _named(run, f"tell {kind.value}")


# sending


_NAMES_CHANNEL = frozenset(
    {MessageType.SETUP_ACKNOWLEDGE, MessageType.CALL_PROCEEDING, MessageType.ALERTING, MessageType.CONNECT}
)


@functools.cache
def send(message_type: MessageType) -> Action:
    """Send the message, with the elements that came with a request; the first response to SETUP names the
    channel.
    """
    names_channel = message_type in _NAMES_CHANNEL

    def run(cc: Engine, call: Call, arg: Any) -> None:
        elements = arg if isinstance(arg, tuple) else ()
        if names_channel and call.answer_due and call.channel is not None:
            channel = channel_element(call.channel, True, cc.settings.basic)
            cc.transmit(call, message_type, (channel, *elements))
            call.answer_due = False
        else:
            cc.transmit(call, message_type, elements)

    return _named(run, f"send {message_type.title}")


def send_setup(cc: Engine, call: Call, arg: Any) -> None:
    """Send SETUP and keep its octets for a repetition."""
    call.setup_data = cc.transmit(call, MessageType.SETUP, arg)
    call.setups = 1


def send_setup_again(cc: Engine, call: Call, _arg: Any) -> None:
    """Repeat SETUP as it was."""
    cc.transmit_data(call.setup_data)
    call.setups += 1


@functools.cache
def send_disconnect(cause: Cause | None = None) -> Action:
    """Send DISCONNECT: with that cause, or as the local user asked."""

    def run(cc: Engine, call: Call, arg: Any) -> None:
        elements = (cc.cause_of(cause),) if cause is not None else arg
        cc.transmit(call, MessageType.DISCONNECT, elements)
        clears_locally(call, elements[0])

    return _named(run, f"send DISCONNECT{f' {cause.value}' if cause else ''}")


def send_rejection(cc: Engine, call: Call, arg: Any) -> None:
    """Refuse the call with RELEASE COMPLETE as the first response."""
    cc.transmit(call, MessageType.RELEASE_COMPLETE, arg)
    clears_locally(call, arg[0])


def send_release(cc: Engine, call: Call, arg: Any) -> None:
    """Send RELEASE with the cause of the clearing, or with what was wrong with DISCONNECT (5.8.6, 5.8.7)."""
    elements = arg if isinstance(arg, tuple) else ()
    if call.fault is not None:
        cause = cause_element(call.fault[0], cc.location, call.fault[1])
    else:
        cause = cause_element(call.cause or Cause.NORMAL_UNSPECIFIED, cc.location)
    cc.transmit(call, MessageType.RELEASE, (cause, *elements))
    call.releases = 1


def send_release_again(cc: Engine, call: Call, _arg: Any) -> None:
    """Repeat RELEASE; a second cause says that T308 has expired."""
    first = cause_element(call.cause or Cause.NORMAL_UNSPECIFIED, cc.location)
    cc.transmit(call, MessageType.RELEASE, (first, cc.cause_of(Cause.TIMER_EXPIRY)))
    call.releases += 1


@functools.cache
def send_release_complete(cause: Cause) -> Action:
    """Send RELEASE COMPLETE with the cause."""

    def run(cc: Engine, call: Call, _arg: Any) -> None:
        cc.transmit(call, MessageType.RELEASE_COMPLETE, (cc.cause_of(cause),))

    return _named(run, f"send RELEASE COMPLETE {cause.value}")


def answer_release(cc: Engine, call: Call, _arg: Any) -> None:
    """Send RELEASE COMPLETE; it says what was wrong with RELEASE, if anything was (5.8.6, 5.8.7)."""
    fault = call.fault
    elements = () if fault is None else (cause_element(fault[0], cc.location, fault[1]),)
    cc.transmit(call, MessageType.RELEASE_COMPLETE, elements)


@functools.cache
def refuse(cause: Cause) -> Action:
    """Refuse SETUP with RELEASE COMPLETE; the call reference is free again at once."""

    def run(cc: Engine, call: Call, arg: Any) -> None:
        _refuse(cc, call, arg, cc.cause_of(cause))

    return _named(run, f"refuse {cause.value}")


def refuse_faulty(cc: Engine, call: Call, arg: Any) -> None:
    """Refuse a SETUP whose mandatory elements are missing or broken."""
    cause, diagnostics = call.fault or (Cause.PROTOCOL_ERROR, b"")
    _refuse(cc, call, arg, cause_element(cause, cc.location, diagnostics))


def _refuse(cc: Engine, call: Call, message: Message, cause: CauseIE) -> None:
    cc.transmit(call, MessageType.RELEASE_COMPLETE, (cause,))
    clears_locally(call, cause)
    _read_numbers(call, message)
    cc.emit(Indication(call, IndicationKind.REFUSED, message, call.cause))


@functools.cache
def send_status(cause: Cause) -> Action:
    """Send STATUS with the cause and the present state; after an error, with the message type as
    diagnostics.
    """
    names_type = cause in (Cause.UNKNOWN_MESSAGE_TYPE, Cause.MESSAGE_NOT_COMPATIBLE)

    def run(cc: Engine, call: Call, arg: Any) -> None:
        diagnostics = bytes((arg.type,)) if names_type else b""
        cc.transmit_status(call, cause, diagnostics)

    return _named(run, f"send STATUS {cause.value}")


def report_fault(cc: Engine, call: Call, _arg: Any) -> None:
    """Send STATUS that says what was missing or broken."""
    cause, diagnostics = call.fault or (Cause.PROTOCOL_ERROR, b"")
    cc.transmit_status(call, cause, diagnostics)


def send_status_enquiry(cc: Engine, call: Call, arg: Any) -> None:
    """Ask for the peer's call state."""
    asked = isinstance(arg, tuple)
    cc.transmit(call, MessageType.STATUS_ENQUIRY, arg if asked else ())
    call.enquiries = call.enquiries + 1 if Timer.T322 is cc.event else 1


# channels (5.1.2, 5.2.3)


def hold_channel(cc: Engine, call: Call, _arg: Any) -> None:
    """Take the channel that SETUP asks for out of the idle ones."""
    if call.channel is not None:
        cc.channels.seize(call.channel, call)


def take_channel(cc: Engine, call: Call, arg: Message) -> None:
    """Take the channel wished, another idle one if it was only preferred, or the one that the selection
    rule says.
    """
    number, _exclusive = wished_channel(arg.get(ChannelIdentificationIE))
    if number is None or not acquirable(cc, number):
        number = cc.channels.pick()
    if number is not None:
        _acquire(cc, call, number)


def settle_channel(cc: Engine, call: Call, arg: Message) -> None:
    """Move to the channel that the first response names."""
    number = indicated_channel(arg.get(ChannelIdentificationIE))
    if number is not None and number != call.channel:
        if call.channel is not None:
            cc.channels.free(call.channel, call)
        _acquire(cc, call, number)


def _acquire(cc: Engine, call: Call, number: int) -> None:
    rival: Any = cc.channels.owner(number)
    if rival is not None:  # glare: the network's call has priority, ours waits for another channel (5.7)
        cc.channels.free(number, rival)
        rival.channel = None
    cc.channels.seize(number, call)
    call.channel = number


def refuse_channel(cc: Engine, call: Call, _arg: Any) -> None:
    """Send RELEASE: 44 if the channel asked for exclusively was not given, else 6, channel unacceptable."""
    exclusive = call.choice is ChannelChoice.EXCLUSIVE
    cause = cc.cause_of(Cause.CHANNEL_UNAVAILABLE if exclusive else Cause.CHANNEL_UNACCEPTABLE)
    cc.transmit(call, MessageType.RELEASE, (cause,))
    clears_locally(call, cause)
    call.releases = 1


def channel_to_maintenance(cc: Engine, call: Call, _arg: Any) -> None:
    """Take the channel out of use: nobody knows whether the peer has freed it (5.3.3)."""
    if call.channel is not None:
        cc.channels.to_maintenance(call.channel)


# bookkeeping


def register(cc: Engine, call: Call, arg: Any) -> None:
    """The call reference is in use from now on."""
    cc.calls[call.key] = call
    if isinstance(arg, Message):
        _read_numbers(call, arg)


def _read_numbers(call: Call, message: Message) -> None:
    called = message.get(CalledNumberIE)
    calling = message.get(CallingNumberIE)
    call.called = called.digits if called is not None else ""
    call.calling = calling.digits if calling is not None else ""


def take_digits(_cc: Engine, call: Call, arg: Message) -> None:
    """Append the digits of INFORMATION to those already known."""
    called = arg.get(CalledNumberIE)
    keypad = arg.get(KeypadIE)
    call.called += called.digits if called is not None else keypad.keys if keypad is not None else ""


def note_cause(_cc: Engine, call: Call, arg: Message) -> None:
    """Keep the cause of the message, 31 if it has none (5.8.6), unless the clearing began earlier."""
    if call.cause is None:
        element = arg.get(CauseIE)
        call.cause = Cause.NORMAL_UNSPECIFIED if element is None else element.value
        call.cause_location = None if element is None else element.location
        call.cleared_by = "remote"


@functools.cache
def note_expiry(cause: Cause) -> Action:
    """A timer has ended the call: to our user that means this cause, whatever the peer is told."""

    def run(cc: Engine, call: Call, _arg: Any) -> None:
        call.cause = cause
        call.cause_location = cc.location
        call.cleared_by = "local"

    return _named(run, f"note cause {cause.value}")


def note_link_failure(cc: Engine, call: Call, _arg: Any) -> None:
    """The data link is lost, and the call with it: cause 27."""
    _note(cc, call, Cause.DESTINATION_OUT_OF_ORDER, "local")


def note_restart(cc: Engine, call: Call, arg: str) -> None:
    """The call's channel was restarted, by the side that `arg` says."""
    _note(cc, call, Cause.TEMPORARY_FAILURE, arg)


def note_lost(cc: Engine, call: Call, _arg: Any) -> None:
    """The peer does not know the call any more."""
    _note(cc, call, Cause.TEMPORARY_FAILURE, "remote")


def _note(cc: Engine, call: Call, cause: Cause, who: str) -> None:
    if call.cause is None:
        call.cause = cause
        call.cause_location = cc.location
        call.cleared_by = who


def forget(cc: Engine, call: Call, arg: Any) -> None:
    """The call is over: timers, channel and call reference are free."""
    cc.timers.stop_all(call)
    if call.hold is not None:
        call.hold.close(cc)
    if call.resumes is not None:
        park_again(cc, call, None)
    if call.channel is not None:
        cc.channels.free(call.channel, call)
    cc.calls.pop(call.key, None)
    message = arg if isinstance(arg, Message) else None
    cc.emit(Indication(call, IndicationKind.RELEASED, message, call.cause))


def clears_locally(call: Call, element: CauseIE) -> None:
    """This side has begun the clearing, with that cause."""
    call.cause = element.value
    call.cause_location = element.location
    call.cleared_by = "local"
