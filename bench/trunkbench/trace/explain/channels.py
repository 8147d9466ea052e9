"""B channels (Q.931 clause 5.1.2, 5.2.3, 5.7): offered twice, taken twice, kept by one side only."""

from __future__ import annotations

from collections import OrderedDict

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import Kind, Severity, name_of, number_of
from trunkbench.trace.explain.stories import SECOND, Story, cause_value, holed
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.telling import ranges
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import CallStateIE, CallStateValue, ChannelIdentificationIE
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType as Type

FORGOTTEN_NS = 30 * SECOND
_DOUBTS = 1000
_FREEING = frozenset({Type.RELEASE, Type.RELEASE_COMPLETE, Type.HOLD_ACKNOWLEDGE, Type.SUSPEND_ACKNOWLEDGE})
"""Messages behind which a channel is free for another call (5.3, 5.6.2; Q.932 6.2)."""
_TAKEN = frozenset({6, 34, 41, 44, 47, 82, 101})
"""Causes of a side that does not want the channel it was offered."""

GLARE = Kind(
    "glare",
    "glare: both sides take the same channel",
    Severity.SUSPECT,
    64,
    "Q.931 5.7",
    "Two SETUPs crossed, each naming the same B channel. The network's call keeps it; the user's gets "
    "another "
    "or is cleared with cause 44. Now and then this is normal on a busy trunk.",
    (
        "the channel selection of both ends: one ascending, the other descending, and glare becomes rare",
        "preferred instead of exclusive in the user's SETUP, so that the network can give another channel",
    ),
)
REUSED = Kind(
    "channel-reused",
    "a channel is given to a second call",
    Severity.FAULT,
    85,
    "Q.931 5.1.2, 5.2.3",
    "A call holds this B channel, and a new SETUP names it. The two ends disagree about which channels are "
    "free: one of them has missed the end of a call.",
    (
        "how the older call ended on the side that offers the channel now",
        "channel numbering: logical channels 1 to 30 against timeslots 1 to 31 differ from 16 on",
    ),
)
AFTER_LOSS = Kind(
    "channel-stuck",
    "a channel stays busy after the data link was lost",
    Severity.FAULT,
    83,
    "Q.931 5.8.8, 5.8.9",
    "The data link was set up anew under this call. One side has cleared it without being able to say so; "
    "for "
    "the other the B channel is still busy.",
    (
        "whether either side sends RESTART or STATUS ENQUIRY after the link is back; it should",
        "RESTART of the channel by hand",
        "why the data link was lost",
    ),
)
HALF_CLEARED = Kind(
    "channel-half-cleared",
    "a call is cleared on one side only",
    Severity.FAULT,
    89,
    "Q.931 5.8.3.2, 5.8.11",
    "One side says that it does not know the call (cause 81, or STATUS with call state 0) while the other is "
    "still in it: its B channel stays busy and may be charged.",
    (
        "what the forgetful side did before: a restart of its software, a cleared call whose RELEASE got "
        "lost",
        "T309 and the data link: calls that one side cleared while the link was down",
    ),
)
CHANGED = Kind(
    "channel-changed",
    "another channel than the exclusive one is answered",
    Severity.FAULT,
    63,
    "Q.931 5.1.2, 5.2.3.1",
    "SETUP named a channel exclusively; the answer names another one. The speech paths will not meet.",
    (
        "channel numbering: logical channels 1 to 30 against timeslots 1 to 31 differ from 16 on",
        "an end that does not read the exclusive bit; then the other has to offer preferred channels",
    ),
)
LINK_RESET = Kind(
    "link-reset-with-calls",
    "the data link was set up anew under calls",
    Severity.SUSPECT,
    62,
    "Q.931 5.8.8",
    "Active calls survive that; calls that were being set up or cleared may have lost messages.",
    ("why SABME was sent: polls without answer, FRMR, a restart of one end",),
)
RESTARTED = Kind(
    "restart-with-calls",
    "RESTART cleared calls that were up",
    Severity.FAULT,
    69,
    "Q.931 5.5",
    "RESTART returns channels to idle without asking; the calls on them are gone without any clearing "
    "message.",
    ("why the sender restarts: start of its software, a channel that it lost, an operator",),
)

Place = tuple[str, int, tuple[int, ...], int]
"""Span and timeslot of the D channel, interface (empty: the D channel's own), number of the B channel."""


def _key(story: Story, channel: int) -> Place:
    return (*story.where, story.interface, channel)


class ChannelTheme(Theme):
    """Watches who holds which channel."""

    checked = "B channels"
    kinds = (HALF_CLEARED, REUSED, AFTER_LOSS, RESTARTED, GLARE, CHANGED, LINK_RESET)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._owners: dict[Place, Story] = {}
        self._resets: dict[tuple[str, int, int], tuple[int, int]] = {}
        """When each data link was last set up anew, and by which frame."""
        self._asking: set[tuple[str, int, int]] = set()
        """Data links for which SABME waits for its answer."""
        self._doubtful: OrderedDict[int, tuple[Story, int, tuple[int, ...]]] = OrderedDict()
        """Calls offered on a channel that an older call held before the data link was lost: that call, the
        channel, and the frames that tell of it. The answer shows whether the other side holds it still."""

    def frame(self, frame: Decoded) -> None:
        """SABME on a data link that has calls."""
        place = (frame.record.span, frame.record.slot, frame.layer2.tei)
        if frame.layer2.kind not in ("SABME", "SABM") or frame.layer2.sapi != 0:
            self._asking.discard(place)
            return
        self._resets[place] = (frame.record.at_ns, number_of(frame))
        if place in self._asking:
            return
        self._asking.add(place)
        for story in self.stories.up(place):
            text = "SABME on a data link whose calls are up"
            numbers = (story.latest.number,) if story.latest else ()
            self.book.add(LINK_RESET, frame, text, frames=numbers, call=story.name, key=place)

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """Any message."""
        message = frame.message
        if message is None:
            return
        if story is None:
            if message.type == Type.RESTART:
                self._restart(frame, message)
            return
        if replaced is not None:
            self._free(replaced)
        if message.type == Type.SETUP and not story.setups:
            self._offered(frame, message, story)
        elif story.whole and story.exclusive and story.answered is None:
            self._answered(frame, message, story)
        self._doubted(frame, message, story)
        self._forgotten(frame, message, story)
        if message.type in _FREEING:
            self._free(story)
            return
        ie = message.get(ChannelIdentificationIE)
        if ie is not None and ie.channels:
            story.interface = ie.interface or story.interface
            self._take(story, ie.channels)

    def _offered(self, frame: Decoded, message: Message, story: Story) -> None:
        ie = message.get(ChannelIdentificationIE)
        if ie is None:
            return
        story.interface = ie.interface or ()
        for channel in ie.channels:
            owner = self._owners.get(_key(story, channel))
            if owner is None or owner is story or not owner.live or owner.latest is None:
                continue
            numbers = (owner.setups[0].number if owner.setups else owner.latest.number,)
            what = f"channel {channel}"
            crossed = owner.answered is None and owner.originator is not story.originator
            reset = self._resets.get(owner.place)
            if crossed:
                text = f"{what} first: two SETUPs, one of either side"
                self.book.add(GLARE, frame, text, frames=numbers, call=story.name, key=story.where)
            elif reset is not None and reset[0] > owner.latest.at_ns:
                named = (*numbers, reset[1], number_of(frame))
                self._doubtful[story.call.number] = (owner, channel, named)
                if len(self._doubtful) > _DOUBTS:
                    self._doubtful.popitem(last=False)
            elif not holed(self.links, owner):
                text = f"{what} is offered while call {owner.call.number} holds it"
                side = frame.end
                self.book.add(REUSED, frame, text, side=side, frames=numbers, call=owner.name)

    def _doubted(self, frame: Decoded, message: Message, story: Story) -> None:
        """The answer to a SETUP for a channel that was held before the data link was lost."""
        if message.type == Type.SETUP or frame.end is story.originator:
            return
        doubt = self._doubtful.pop(story.call.number, None)
        if doubt is None or cause_value(message) not in _TAKEN:
            return
        owner, channel, numbers = doubt
        text = (
            f"channel {channel} is refused; for {name_of(frame.end)} call {owner.call.number} still holds it"
        )
        self.book.add(AFTER_LOSS, frame, text, side=frame.end, frames=numbers, call=owner.name)

    def _answered(self, frame: Decoded, message: Message, story: Story) -> None:
        ie = message.get(ChannelIdentificationIE)
        if ie is None or not ie.channels or frame.end is story.originator:
            return
        if set(ie.channels) != set(story.offered):
            text = f"offered {ranges(story.offered)} exclusively, answered {ranges(ie.channels)}"
            numbers = (story.setups[0].number,)
            self.book.add(CHANGED, frame, text, side=frame.end, frames=numbers, call=story.name)

    def _forgotten(self, frame: Decoded, message: Message, story: Story) -> None:
        """Cause 81 or call state 0 in the middle of a call, or in answer to what begins to clear it."""
        if story.ended or story.latest is None or frame.end is None:
            return
        if story.clearing is not None and (story.clearing is not story.latest or holed(self.links, story)):
            return
        state = message.get(CallStateIE)
        null = message.type == Type.STATUS and state is not None and state.state == CallStateValue.NULL
        unknown = cause_value(message) == Cause.INVALID_CALL_REFERENCE
        # The called side never took the call: it does not know it because it never did.
        known = story.last.get(frame.end) is not None or not story.whole
        if (null or unknown) and known and story.latest.sender is not frame.end:
            said = "cause 81" if unknown else "call state 0"
            where = f", on channel {ranges(story.channels)}," if story.channels else ""
            still = "is still in the call" if story.clearing is None else "was still in the call"
            text = f"{name_of(frame.end)} says {said}; the other{where} {still}"
            numbers = (story.latest.number,)
            self.book.add(HALF_CLEARED, frame, text, side=frame.end, frames=numbers, call=story.name)

    def _restart(self, frame: Decoded, message: Message) -> None:
        ie = message.get(ChannelIdentificationIE)
        named = set(ie.channels) if ie is not None and ie.channels else None
        where = (frame.record.span, frame.record.slot)
        interface = ie.interface if ie is not None else None
        for key, owner in list(self._owners.items()):
            span, slot, theirs, channel = key
            if (span, slot) != where or (named is not None and channel not in named):
                continue
            if interface is not None and theirs != interface:
                continue
            if owner.active:
                text = "RESTART of channels with calls"
                self.book.add(RESTARTED, frame, text, side=frame.end, call=owner.name)
            owner.ended = True
            del self._owners[key]

    def _take(self, story: Story, channels: tuple[int, ...]) -> None:
        for channel in story.channels:
            if channel not in channels and self._owners.get(_key(story, channel)) is story:
                del self._owners[_key(story, channel)]
        for channel in channels:
            self._owners[_key(story, channel)] = story

    def _free(self, story: Story) -> None:
        for channel in {*story.channels, *story.offered}:
            if self._owners.get(_key(story, channel)) is story:
                del self._owners[_key(story, channel)]

    def end(self, at_ns: int) -> None:
        """Calls that were being set up or cleared when their data link was lost, and never heard of again."""
        for story in self.stories:
            reset = self._resets.get(story.place)
            latest = story.latest
            if reset is None or latest is None or not story.live or not story.channels or story.active:
                continue
            if reset[0] > latest.at_ns and at_ns - reset[0] >= FORGOTTEN_NS:
                text = f"channel {ranges(story.channels)}: nothing more is said about its call"
                self.book.note(AFTER_LOSS, text, at_ns, (latest.number, reset[1]), call=story.name)
