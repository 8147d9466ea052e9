"""Suspending and resuming a call: verbs and conditions of `table_suspend` (Q.931 5.6).

A suspended call has no call reference; the network keeps it by its call identity, with its B-channel, while
T307 runs. RESUME brings a new call reference, and so a new `Call`, which takes over what the suspended one
was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkwire.q931.causes import Cause
from trunkwire.q931.elements import cause_element, channel_element
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import CallIdentityIE, CauseIE
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Action, Timer
from trunkwire.q931.states import CallState, HoldState

if TYPE_CHECKING:
    from trunkwire.q931.call import Call
    from trunkwire.q931.engine import Engine

_REMEMBERED = 64


def identity_of(source: Message | tuple[Any, ...]) -> bytes:
    """The call identity of a message or request; without one, the null identity (5.6.1)."""
    elements = source.ies if isinstance(source, Message) else source
    for element in elements:
        if isinstance(element, CallIdentityIE):
            return element.identity
    return b""


# conditions


def not_on_hold(_cc: Engine, call: Call, _arg: Any) -> bool:
    """The call is not held, and nothing of the kind is under way."""
    return call.hold is None or call.hold.state is HoldState.IDLE


def cannot_be_suspended(cc: Engine, call: Call, arg: Any) -> bool:
    """The network does not offer to suspend calls, or the call is held."""
    return not cc.settings.suspension or not not_on_hold(cc, call, arg)


def identity_in_use(cc: Engine, _call: Call, arg: Message) -> bool:
    """Another call is suspended under that identity, or is about to be, or about to be resumed."""
    identity = identity_of(arg)
    return identity in cc.suspended or any(
        call.identity == identity and (call.state is CallState.N15 or call.resumes is not None)
        for call in cc.calls.values()
    )


def suspends_itself(cc: Engine, _call: Call, _arg: Any) -> bool:
    """SUSPEND and RESUME are answered without asking the user of the machine."""
    return cc.settings.auto_suspend


def is_suspended(cc: Engine, call: Call, _arg: Any) -> bool:
    """The call is kept under its identity."""
    return call.identity is not None and cc.suspended.get(call.identity) is call


def call_was_cleared(cc: Engine, _call: Call, arg: Message) -> bool:
    """A call was suspended under that identity, and has been cleared since."""
    return identity_of(arg) in cc.cleared_identities


def none_suspended(cc: Engine, _call: Call, _arg: Any) -> bool:
    """No call at all is suspended."""
    return not cc.suspended


def identity_unknown(cc: Engine, _call: Call, arg: Message) -> bool:
    """Calls are suspended, but none under that identity."""
    return identity_of(arg) not in cc.suspended


def in_resume(_cc: Engine, _call: Call, arg: Message) -> bool:
    """The message is RESUME."""
    return arg.type == MessageType.RESUME


# verbs


def note_identity(_cc: Engine, call: Call, arg: Message | tuple[Any, ...]) -> None:
    """Keep the identity."""
    call.identity = identity_of(arg)


def refuse(message_type: MessageType, cause: Cause) -> Action:
    """Refuse with the cause."""

    def run(cc: Engine, call: Call, _arg: Any) -> None:
        cc.transmit(call, message_type, (cause_element(cause, cc.location),))

    run.__name__ = f"send {message_type.title} {cause.value}"
    return run


def refuse_faulty(cc: Engine, call: Call, _arg: Any) -> None:
    """Refuse RESUME for what is wrong with its elements."""
    cause, diagnostics = call.fault or (Cause.PROTOCOL_ERROR, b"")
    cc.transmit(call, MessageType.RESUME_REJECT, (cause_element(cause, cc.location, diagnostics),))


def tell_rejected(kind: IndicationKind) -> Action:
    """Tell the user of the machine, with the cause of the refusal, or 102 when nobody has answered."""

    def run(cc: Engine, call: Call, arg: Any) -> None:
        message = arg if isinstance(arg, Message) else None
        element = message.get(CauseIE) if message is not None else None
        cause = element.value if element is not None else Cause.TIMER_EXPIRY
        cc.emit(Indication(call, kind, message, cause))

    run.__name__ = f"tell {kind.value}"
    return run


def park(cc: Engine, call: Call, arg: Message | tuple[Any, ...]) -> None:
    """The call reference is free; the call is kept by its identity, with its channel, while T307 runs."""
    cc.timers.stop_all(call)
    cc.calls.pop(call.key, None)
    if isinstance(arg, Message):
        call.identity = identity_of(arg)
    assert call.identity is not None, "our user accepts what SUSPEND has named"
    _keep(cc, call, call.identity)


def _keep(cc: Engine, call: Call, identity: bytes) -> None:
    cc.suspended[identity] = call
    cc.cleared_identities.pop(identity, None)
    cc.timers.start(Timer.T307, call, cc.now)


def release_suspended(cc: Engine, call: Call, _arg: Any) -> None:
    """The suspended call is over, its channel idle; its identity names a call that has been cleared."""
    assert call.identity is not None, "a suspended call has an identity"
    del cc.suspended[call.identity]
    cc.cleared_identities[call.identity] = None
    while len(cc.cleared_identities) > _REMEMBERED:
        del cc.cleared_identities[next(iter(cc.cleared_identities))]
    cc.timers.stop_all(call)
    if call.channel is not None:
        cc.channels.free(call.channel, call)
    cc.emit(Indication(call, IndicationKind.RELEASED, None, call.cause))


def note_request(_cc: Engine, call: Call, arg: tuple[Any, ...]) -> None:
    """Keep the cause that the local user gives for the clearing."""
    element = arg[0]
    call.cause, call.cause_location, call.cleared_by = element.value, element.location, "local"


def take_over(cc: Engine, call: Call, arg: Message) -> None:
    """The new call reference stands for the suspended call."""
    identity = identity_of(arg)
    parked = cc.suspended.pop(identity)
    cc.timers.stop_all(parked)
    cc.calls[call.key] = call
    call.identity, call.resumes = identity, parked
    call.called, call.calling, call.progress = parked.called, parked.calling, parked.progress
    call.choice, call.user_data, call.answer_due = parked.choice, parked.user_data, False
    if parked.channel is not None:
        cc.channels.hand_over(parked.channel, parked, call)
        call.channel = parked.channel


def send_resume_acknowledge(cc: Engine, call: Call, arg: Any) -> None:
    """Name the channel on which the call goes on."""
    elements = arg if isinstance(arg, tuple) else ()
    channel = channel_element(call.channel, True, cc.settings.basic)
    cc.transmit(call, MessageType.RESUME_ACKNOWLEDGE, (channel, *elements))


def finish(cc: Engine, call: Call, _arg: Any) -> None:
    """The suspended call has become this one: its own life ends."""
    parked, call.resumes, call.identity = call.resumes, None, None
    cc.emit(Indication(call, IndicationKind.RESUMED, resumes=parked))
    cc.emit(Indication(parked, IndicationKind.RELEASED))


def park_again(cc: Engine, call: Call, _arg: Any) -> None:
    """The call is not resumed: the suspended call is kept as before, T307 anew."""
    parked = call.resumes
    assert parked is not None, "the call was to stand for a suspended one"
    assert parked.identity is not None, "a suspended call has an identity"
    if call.channel is not None:
        cc.channels.hand_over(call.channel, call, parked)
    call.channel = call.resumes = None
    _keep(cc, parked, parked.identity)


def send_release_102(cc: Engine, call: Call, _arg: Any) -> None:
    """T318 has expired: RELEASE with cause 102; to our user nobody has responded."""
    cc.transmit(call, MessageType.RELEASE, (cc.cause_of(Cause.TIMER_EXPIRY),))
    call.cause, call.cause_location, call.cleared_by = Cause.TIMER_EXPIRY, cc.location, "local"
    call.releases = 1
