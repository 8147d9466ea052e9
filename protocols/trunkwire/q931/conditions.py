"""The conditions of the call tables: functions of machine, call, and what came with the event, that change
nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkwire.q931.call import Call, ChannelChoice
from trunkwire.q931.elements import indicated_channel, offers_no_channel, offers_tones, wished_channel
from trunkwire.q931.ies import CallStateIE, ChannelIdentificationIE, ProgressIndicatorIE, SendingCompleteIE
from trunkwire.q931.message import Message
from trunkwire.q931.procedure import Timer
from trunkwire.q931.states import CallState
from trunkwire.side import Side

if TYPE_CHECKING:
    from trunkwire.q931.engine import Engine


def acquirable(cc: Engine, number: int) -> bool:
    """Whether an arriving call may have the channel: it is idle, or glare gives it to the network's call
    (5.7).
    """
    if cc.channels.takes_calls(number):
        return True
    if cc.side is Side.NETWORK:
        return False
    owner = cc.channels.owner(number)
    return isinstance(owner, Call) and owner.state is CallState.U1


def assignable(cc: Engine, number: int) -> bool:
    """Whether the first response may name the channel: it is idle, or it is that of another call of ours that
    the peer had not seen when it assigned the channel, and will move or refuse (5.7).
    """
    if cc.channels.idle(number):
        return True
    owner = cc.channels.owner(number)
    return isinstance(owner, Call) and owner.state in (CallState.U1, CallState.N6)


# a channel in SETUP (5.1.2, 5.2.3)


def channel_does_not_exist(cc: Engine, _call: Call, arg: Message) -> bool:
    """The interface has no such channel, and no other would do."""
    number, exclusive = wished_channel(arg.get(ChannelIdentificationIE))
    return exclusive and number not in cc.channels


def exclusive_channel_taken(cc: Engine, _call: Call, arg: Message) -> bool:
    """This channel or none, and it is not idle."""
    number, exclusive = wished_channel(arg.get(ChannelIdentificationIE))
    return exclusive and number is not None and not acquirable(cc, number)


def no_channel_left(cc: Engine, _call: Call, arg: Message) -> bool:
    """Another channel would do, and there is none; or SETUP itself offers none."""
    element = arg.get(ChannelIdentificationIE)
    if offers_no_channel(element):
        return True
    number, _exclusive = wished_channel(element)
    return cc.channels.pick() is None and (number is None or not acquirable(cc, number))


def by_broadcast(_cc: Engine, call: Call, _arg: Any) -> bool:
    """SETUP came by broadcast, so that other terminals may take the call."""
    return call.broadcast


# a channel in the first response to our SETUP


def channel_not_named(_cc: Engine, _call: Call, arg: Message) -> bool:
    """The network's first response, which has to name the channel in any case, does not."""
    return arg.get(ChannelIdentificationIE) is None


def channel_missing(_cc: Engine, call: Call, arg: Message) -> bool:
    """We left the choice to the peer, or lost ours to glare, and it has named no channel."""
    return call.channel is None and arg.get(ChannelIdentificationIE) is None


def channel_unacceptable(cc: Engine, call: Call, arg: Message) -> bool:
    """The channel named is another one than we asked for exclusively, or one that we cannot use."""
    element = arg.get(ChannelIdentificationIE)
    if element is None:
        return False
    number = indicated_channel(element)
    if number is not None and number == call.channel:
        return False
    exclusive = call.choice is ChannelChoice.EXCLUSIVE and call.channel is not None
    return exclusive or number is None or not assignable(cc, number)


# what the message or the request says


def tone_offered(_cc: Engine, _call: Call, arg: tuple[Any, ...]) -> bool:
    """We clear with tones or an announcement in-band (progress description 8)."""
    return any(isinstance(element, ProgressIndicatorIE) and offers_tones(element) for element in arg)


def waits_before_release(cc: Engine, _call: Call, arg: Message) -> bool:
    """Tones are promised in-band, or the user of the machine wants to say when to release."""
    return not cc.settings.auto_release or offers_tones(arg.get(ProgressIndicatorIE))


def sending_complete(_cc: Engine, _call: Call, arg: Message) -> bool:
    """No more digits will follow."""
    return arg.get(SendingCompleteIE) is not None


def number_complete(cc: Engine, call: Call, _arg: Any) -> bool:
    """The digits received may be a whole number."""
    return cc.settings.number_complete(call.called)


def acknowledges_itself(cc: Engine, _call: Call, _arg: Any) -> bool:
    """CONNECT is acknowledged without asking the user of the machine."""
    return cc.settings.auto_acknowledge


# how often


def first_setup(_cc: Engine, call: Call, _arg: Any) -> bool:
    """SETUP was sent once."""
    return call.setups < 2


def first_release(_cc: Engine, call: Call, _arg: Any) -> bool:
    """RELEASE was sent once."""
    return call.releases < 2


def not_enquiring(_cc: Engine, call: Call, _arg: Any) -> bool:
    """No STATUS ENQUIRY waits for its answer: one at a time (5.8.10)."""
    return Timer.T322 not in call.armed


def enquiry_left(cc: Engine, call: Call, _arg: Any) -> bool:
    """STATUS ENQUIRY may be sent once more."""
    return call.enquiries < cc.settings.enquiries


# the data link, and the state that the peer reports


def link_is_down(cc: Engine, _call: Call, _arg: Any) -> bool:
    """There is no data link to say it over."""
    return not cc.link_up


def peer_is_null(_cc: Engine, _call: Call, arg: Message) -> bool:
    """The peer has no such call."""
    element = arg.get(CallStateIE)
    return element is not None and element.state == 0


_SETTING_UP = frozenset({1, 2, 3, 4, 6, 7, 8, 9, 25})

_COMPATIBLE = {
    # The peer has answered, and its CONNECT or our answer to it is still on the way.
    # So is an answer to SUSPEND or RESUME.
    CallState.U10: frozenset({8, 10, 15}),
    CallState.N10: _SETTING_UP - {6, 25} | {10, 15, 17},
    CallState.U15: frozenset({10, 15}),
    CallState.N15: frozenset({10, 15}),
    CallState.U17: frozenset({10, 17}),
    CallState.N17: frozenset({17}),
}


def peer_disagrees(_cc: Engine, call: Call, arg: Message) -> bool:
    """The peer's call state does not fit ours (5.8.11 leaves it to us to say which do not).

    Messages cross, so the peer may lag behind or be ahead by what is under way: while the call is being set
    up, every such state fits, and active too. Some stacks count both directions as the called or calling
    user does, so the numbers of the two directions are not told apart. A peer that clears has said so
    before, unless a message was lost.
    """
    element = arg.get(CallStateIE)
    if element is None:
        return False
    return element.state not in _COMPATIBLE.get(call.state, _SETTING_UP | {10})
