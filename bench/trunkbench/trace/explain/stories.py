"""What the themes share: the story of each call and of each data link, as far as the trace has got.

A theme sees a frame first and the story as it was before that frame.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from trunkbench.trace.calls import CallKey, End, TracedCall
from trunkbench.trace.decoder import Decoded, Link
from trunkbench.trace.explain.finding import number_of
from trunkbench.trace.layer2 import MODULUS, Layer2
from trunkwire.lapd import GROUP_TEI
from trunkwire.q931.ies import (
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    Coding,
    KeypadIE,
    ProgressDescription,
    ProgressIndicatorIE,
    SendingCompleteIE,
)
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType as Type
from trunkwire.side import Side

SECOND = 1_000_000_000
OPEN_CALLS = 10_000
"""How many calls are remembered at a time; the longest silent is forgotten first."""
OPEN_LINKS = 5_000
_MOST_UP = 200
"""Calls of one data link that are told of at a time."""

_LEFT = frozenset({Type.SUSPEND_ACKNOWLEDGE, Type.RESUME_REJECT})
"""Messages that end a call reference without clearing (5.6)."""
CLEARING = frozenset({Type.DISCONNECT, Type.RELEASE, Type.RELEASE_COMPLETE})


@dataclass(slots=True, eq=False)
class Said:
    """A message that was seen: its type, frame number and time."""

    type: int
    number: int
    at_ns: int
    sender: End | None


@dataclass(slots=True, eq=False)
class Story:
    """One call so far."""

    call: TracedCall
    where: tuple[str, int]
    """Span and timeslot of the D channel."""
    setups: list[Said] = field(default_factory=list)
    setup: Message | None = None
    link: Link | None = None
    n_s: int | None = None
    """Data link and N(S) of the first SETUP, None where the trace has no layer 2 or sent it as UI."""
    answered: Said | None = None
    """The first message from the side that the call goes to."""
    last: dict[End | None, Said] = field(default_factory=dict)
    latest: Said | None = None
    seen: set[int] = field(default_factory=set)
    """Message types so far."""
    digits: str = ""
    """The called number with the digits that came later."""
    offered: tuple[int, ...] = ()
    exclusive: bool = False
    channels: tuple[int, ...] = ()
    interface: tuple[int, ...] = ()
    """Of several interfaces that share a D channel, the one that the channels are of (4.5.13)."""
    clearing: Said | None = None
    cause: int | None = None
    releases: list[Said] = field(default_factory=list)
    tones: bool = False
    """Whether the network sent DISCONNECT with tones in the B channel (5.4): RELEASE may take a while."""
    terminal: int | None = None
    """The TEI that a call offered to several terminals was awarded to."""
    connected: Said | None = None
    misled: bool = False
    """Whether a wrong call reference flag keeps it apart from messages of its own."""
    ended: bool = False

    @property
    def originator(self) -> End | None:
        """The end that the call came from."""
        return self.call.origin

    @property
    def name(self) -> tuple[int, int]:
        """(number, call reference), for a finding."""
        return (self.call.number, self.call.reference)

    @property
    def place(self) -> tuple[str, int, int]:
        """Its data link: span, timeslot, TEI."""
        return (*self.where, self.call.key[4])

    @property
    def whole(self) -> bool:
        """Whether the trace has the call's SETUP."""
        return bool(self.setups)

    @property
    def live(self) -> bool:
        """Whether neither side has released it as far as the trace shows."""
        return not self.ended and not self.releases

    @property
    def active(self) -> bool:
        """Whether it was answered by a person or machine and not cleared yet."""
        return self.connected is not None and self.clearing is None and not self.ended

    def follow(self, frame: Decoded) -> None:
        """Take a message of this call into account."""
        message = frame.message
        if message is None:
            return
        said = Said(message.type, number_of(frame), frame.record.at_ns, frame.end)
        if message.type == Type.SETUP:
            self._setup(frame, message, said)
        elif self.answered is None and frame.end is not None and frame.end is not self.originator:
            self.answered = said
        self._channel(message)
        if message.type == Type.INFORMATION:
            called, keypad = message.get(CalledNumberIE), message.get(KeypadIE)
            self.digits += called.digits if called else keypad.keys if keypad else ""
        if message.type == Type.CONNECT and self.connected is None:
            self.connected = said
        if message.type == Type.CONNECT_ACKNOWLEDGE:
            self.terminal = frame.layer2.tei
        if message.type in _LEFT:
            self.ended = True
        if message.type in CLEARING and (self.call.key[4] != GROUP_TEI or self.terminal == frame.layer2.tei):
            self._clear(message, said)
        self.seen.add(message.type)
        self.last[frame.end] = self.latest = said

    def _clear(self, message: Message, said: Said) -> None:
        if self.clearing is None:
            self.clearing, self.cause = said, cause_value(message)
            progress = {ie.description for ie in message.all(ProgressIndicatorIE)}
            self.tones = said.sender is not Side.USER and ProgressDescription.INBAND_INFORMATION in progress
        if message.type == Type.RELEASE:
            self.releases.append(said)
        if message.type != Type.DISCONNECT:  # which may have crossed with the end
            self.ended = message.type == Type.RELEASE_COMPLETE

    def _setup(self, frame: Decoded, message: Message, said: Said) -> None:
        if not self.setups:
            self.setup = message
            called = message.get(CalledNumberIE)
            self.digits = called.digits if called else ""
            if frame.layer2.kind == "I":
                self.link, self.n_s = frame.link, frame.layer2.n_s
        self.setups.append(said)

    def _channel(self, message: Message) -> None:
        ie = message.get(ChannelIdentificationIE)
        if ie is None or not ie.channels:
            return
        self.interface = ie.interface or self.interface
        if message.type == Type.SETUP:
            self.offered, self.exclusive = ie.channels, ie.exclusive
        self.channels = ie.channels


class Stories:
    """The calls of a trace, the latest of each call reference, oldest speaker first."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[CallKey, Story] = OrderedDict()
        self._by_place: dict[tuple[str, int, int], dict[int, Story]] = {}
        self.count = 0

    def of(self, frame: Decoded) -> tuple[Story | None, Story | None]:
        """The story of a frame's call, and the one that it has just replaced under the same reference."""
        call = frame.call
        if call is None:
            return None, None
        before = self._by_key.get(call.key)
        if before is not None and before.call is call:
            self._by_key.move_to_end(call.key)
            return before, None
        story = Story(call, (frame.record.span, frame.record.slot))
        self._by_key[call.key] = story
        self._by_key.move_to_end(call.key)
        self.count += 1
        self._by_place.setdefault(story.place, {})[call.number] = story
        forgotten = [before] if before is not None else []
        if len(self._by_key) > OPEN_CALLS:
            forgotten.append(self._by_key.popitem(last=False)[1])
        for old in forgotten:
            self._by_place[old.place].pop(old.call.number, None)
        return story, before

    def up(self, place: tuple[str, int, int]) -> list[Story]:
        """The calls of a data link (span, timeslot, TEI) that were answered by its other side and are not
        released.
        """
        here = self._by_place.get(place, {})
        for number in [number for number, story in here.items() if not story.live]:
            del here[number]
        return [story for story in islice(here.values(), _MOST_UP) if story.answered is not None]

    def get(self, key: CallKey) -> Story | None:
        """The latest call under a key."""
        return self._by_key.get(key)

    def __iter__(self) -> Iterator[Story]:
        return iter(self._by_key.values())


@dataclass(slots=True, eq=False)
class LinkStory:
    """One data link connection so far. The dictionaries are by sender."""

    link: Link
    frames: dict[Side, int] = field(default_factory=dict)
    heard_ns: dict[Side, int] = field(default_factory=dict)
    n_r: dict[Side, int] = field(default_factory=dict)
    answers_unseen: dict[Side, int] = field(default_factory=dict)
    """Responses of a side to commands that the trace does not have."""
    modulus: int = MODULUS
    reset_ns: int | None = None
    """When it was last established anew or released."""
    hole_ns: int | None = None
    """When the capture last missed a frame of it."""

    def silent(self, side: Side) -> bool:
        """Whether nothing at all of this side's is in the trace."""
        return not self.frames.get(side)

    def one_way(self) -> Side | None:
        """The side whose frames the capture does not have, though the other side answers them."""
        for side in Side:
            if self.silent(side) and self.answers_unseen.get(side.peer):
                return side
        return None


class Links:
    """The data links of a trace."""

    def __init__(self) -> None:
        self._links: OrderedDict[Link, LinkStory] = OrderedDict()

    def of(self, frame: Decoded) -> LinkStory:
        """The story of a frame's data link."""
        link = frame.link
        story = self._links.get(link)
        if story is None:
            story = self._links[link] = LinkStory(link)
            if len(self._links) > OPEN_LINKS:
                self._links.popitem(last=False)
        return story

    def get(self, link: Link | None) -> LinkStory | None:
        """The story of a data link, None if it has none (any more)."""
        return None if link is None else self._links.get(link)

    def follow(self, frame: Decoded) -> None:
        """Take a frame into account."""
        sender, layer2 = frame.sender, frame.layer2
        if sender is None or not layer2.kind:
            return
        story = self.of(frame)
        if story.silent(sender.peer) and _answers(story, sender, layer2):
            story.answers_unseen[sender] = story.answers_unseen.get(sender, 0) + 1
        story.frames[sender] = story.frames.get(sender, 0) + 1
        story.heard_ns[sender] = frame.record.at_ns
        if layer2.kind in ("I", "RR", "RNR", "REJ"):
            story.n_r[sender] = layer2.n_r
        story.modulus = layer2.modulus
        if layer2.kind in ("SABME", "SABM", "DISC"):
            story.reset_ns = frame.record.at_ns
            story.n_r.clear()

    def __iter__(self) -> Iterator[LinkStory]:
        return iter(self._links.values())


def _answers(story: LinkStory, sender: Side, layer2: Layer2) -> bool:
    """Whether a frame answers, or acknowledges anew, something of the other side."""
    if layer2.kind in ("UA", "DM"):
        return True
    if layer2.kind not in ("I", "RR", "RNR", "REJ"):
        return False
    response = layer2.kind != "I" and (sender is Side.NETWORK) != bool(layer2.c_r)
    return (response and layer2.p_f) or story.n_r.get(sender, layer2.n_r) != layer2.n_r


def cause_of(message: Message) -> CauseIE | None:
    """The first cause of a message, None without one or in another coding than ITU-T's."""
    ie = message.get(CauseIE)
    return ie if ie is not None and ie.coding == Coding.ITU else None


def cause_value(message: Message) -> int | None:
    """The value of that cause."""
    ie = cause_of(message)
    return None if ie is None else int(ie.value)


def calling_of(message: Message | None) -> str:
    """The digits of the calling number, "" without one."""
    ie = None if message is None else message.get(CallingNumberIE)
    return "" if ie is None else ie.digits


def complete(message: Message) -> bool:
    """Whether a SETUP says that the number is complete."""
    return message.get(SendingCompleteIE) is not None


def holed(links: Links, story: Story) -> bool:
    """Whether the capture has missed frames since the call's last message: what seems to lack may be among
    them.
    """
    link, latest = links.get((*story.where, 0, story.call.key[4])), story.latest
    if link is None or link.hole_ns is None or latest is None:
        return False
    return link.hole_ns >= latest.at_ns


def acknowledged(links: Links, story: Story) -> bool | None:
    """Whether the other side's layer 2 has acknowledged the call's SETUP; None where that cannot be told."""
    link, originator = links.get(story.link), story.originator
    if link is None or not isinstance(originator, Side) or story.n_s is None:
        return None
    n_r = link.n_r.get(originator.peer)
    return n_r is not None and 0 < (n_r - story.n_s) % link.modulus <= link.modulus // 2
