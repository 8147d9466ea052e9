"""What of a trace is shown: filters for whole calls and filters for single frames, all of which must hold.

`--call --number --cause --channel` choose calls: all messages of such a call are shown, those before it was
known to be one included. `--message --tei --since --until --where` choose frames. Frames of a call that may
still turn out to be wanted are held back until it does, or is over; frames keep their order. When very many
are held back because of a call that does not end, the wanted ones behind it go first and its own, should it
be wanted after all, come late: nothing is lost, and memory stays bounded.
"""

from __future__ import annotations

import fnmatch
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkbench.trace.calls import TracedCall
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.record import UNTIMED, Foreign, Happening
from trunkwire.q931.ies import (
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    ConnectedNumberIE,
    KeypadIE,
    RedirectingNumberIE,
)
from trunkwire.q931.message import Message

if TYPE_CHECKING:
    from trunkbench.trace.where import Where

Shown = Decoded | Happening | Foreign

MOST_HELD = 20_000
"""Frames held back at a time."""


@dataclass(frozen=True, slots=True)
class Time:
    """A point of time: `ns` from the trace's beginning, from 1970, or from its first midnight (UTC)."""

    ns: int
    counts_from: str = "beginning"

    def at(self, epoch: int) -> int:
        """Nanoseconds since 1970 for a trace whose first time stamp is `epoch`."""
        day = 86_400_000_000_000
        base = {"beginning": epoch, "1970": 0, "midnight": epoch - epoch % day}[self.counts_from]
        return base + self.ns


@dataclass(slots=True)
class _Seen:
    """What a call has shown so far of what it is asked for."""

    numbers: set[str] = field(default_factory=set)
    overlap: str = ""
    found: set[str] = field(default_factory=set)


@dataclass
class Filters:
    """What is asked for; None or empty where nothing is. Holds the state of one pass over one trace."""

    call: int | None = None
    number: tuple[str, ...] = ()
    cause: frozenset[int] = frozenset()
    channel: frozenset[int] = frozenset()
    message: frozenset[str] = frozenset()
    """Names of messages and of LAPD frames, in capitals."""
    tei: frozenset[int] = frozenset()
    since: Time | None = None
    until: Time | None = None
    where: Where | None = None
    fields: Callable[[Shown], Mapping[str, Sequence[str]]] | None = None
    """Wireshark's fields of what is shown, for `where`."""

    def __post_init__(self) -> None:
        self._epoch: int | None = None
        self._calls: weakref.WeakKeyDictionary[TracedCall, _Seen] = weakref.WeakKeyDictionary()
        names = ("call", "number", "cause", "channel")
        self._wanted = {n for n in names if getattr(self, n) not in (None, (), frozenset())}

    def __bool__(self) -> bool:
        return bool(self._wanted) or self.of_frames

    @property
    def of_calls(self) -> bool:
        """Whether calls are chosen."""
        return bool(self._wanted)

    @property
    def of_frames(self) -> bool:
        """Whether single frames are chosen."""
        return bool(self.message or self.tei or self.since or self.until or self.where)

    def select(self, items: Iterator[Shown]) -> Iterator[Shown]:
        """Those of the items that are wanted, in their order."""
        if not self.of_calls:
            for item in items:
                if self.wants_frame(item):
                    yield item
            return
        held: deque[Decoded] = deque()
        for item in items:
            if not isinstance(item, Decoded):
                self.wants_frame(item)
                continue
            wanted = self.wants_frame(item)
            verdict = self.note(item)
            if wanted and verdict is not False:
                held.append(item)
            yield from self._released(held)
        yield from (item for item in held if self.verdict(item.call, item) is True)

    def _released(self, held: deque[Decoded]) -> Iterator[Decoded]:
        while held:
            verdict = self.verdict(held[0].call, held[0])
            if verdict is None:
                break
            item = held.popleft()
            if verdict:
                yield item
        if len(held) > MOST_HELD:
            kept = [(item, self.verdict(item.call, item)) for item in held]
            held.clear()
            held.extend(item for item, verdict in kept if verdict is None)
            yield from (item for item, verdict in kept if verdict)

    def wants_frame(self, item: Shown) -> bool:
        """Whether the filters for single frames let something through. To be asked of everything, in order:
        the first one's time is where seconds count from.
        """
        at_ns = item.record.at_ns if isinstance(item, Decoded) else item.at_ns
        if not self._in_time(at_ns):
            return False
        if self.message or self.tei:
            if not isinstance(item, Decoded):
                return False
            if self.message and self.message.isdisjoint((item.name, item.layer2.kind)):
                return False
            if self.tei and item.layer2.tei not in self.tei:
                return False
        if self.where is None:
            return True
        return self.fields is not None and self.where(self.fields(item))

    def wants_audio(self, at_ns: int, channel: int) -> bool:
        """Whether octets of a B channel are wanted, by time and channel; asked of everything, in order."""
        return self._in_time(at_ns) and (not self.channel or channel in self.channel)

    def _in_time(self, at_ns: int) -> bool:
        if at_ns == UNTIMED:
            return self.since is None and self.until is None
        if self._epoch is None:
            self._epoch = at_ns
        if self.since is not None and at_ns < self.since.at(self._epoch):
            return False
        return self.until is None or at_ns <= self.until.at(self._epoch)

    def note(self, frame: Decoded) -> bool | None:
        """Learn from a frame what its call is; True, False or None as `verdict`."""
        call, message = frame.call, frame.completes or frame.message
        if call is None or message is None:
            return self.verdict(call, frame)
        seen = self._calls.get(call)
        if seen is None:
            seen = self._calls[call] = _Seen()
            if self.call == call.reference:
                seen.found.add("call")
        if len(seen.found) < len(self._wanted):
            self._learn(seen, message)
        return self.verdict(call, frame)

    def verdict(self, call: TracedCall | None, frame: Decoded | None = None) -> bool | None:
        """Whether a call is wanted; None while that is open. A frame of no call never is, unless the global
        call reference is asked for and nothing else."""
        if call is None:
            return self._wanted == {"call"} and frame is not None and frame.reference == self.call
        seen = self._calls.get(call)
        if seen is not None and len(seen.found) == len(self._wanted):
            return True
        return False if call.closed or ("call" in self._wanted and call.reference != self.call) else None

    def _learn(self, seen: _Seen, message: Message) -> None:
        if self.number:
            self._learn_numbers(seen, message)
        if self.cause and any(int(ie.value) in self.cause for ie in message.all(CauseIE)):
            seen.found.add("cause")
        if self.channel:
            for ie in message.all(ChannelIdentificationIE):
                if not self.channel.isdisjoint(ie.channels):
                    seen.found.add("channel")

    def _learn_numbers(self, seen: _Seen, message: Message) -> None:
        for ie in message.ies:
            if isinstance(ie, CallingNumberIE | ConnectedNumberIE | RedirectingNumberIE | CalledNumberIE):
                seen.numbers.add(ie.digits)
            if isinstance(ie, CalledNumberIE):  # digits that are sent one by one (5.1.3) make one number
                seen.overlap += ie.digits
            elif isinstance(ie, KeypadIE):
                seen.overlap += ie.keys
        if any(
            matches(pattern, number) for pattern in self.number for number in (*seen.numbers, seen.overlap)
        ):
            seen.found.add("number")


def matches(pattern: str, number: str) -> bool:
    """Whether a number ends with `pattern`, or is like it where it has "*" or "?"."""
    if "*" in pattern or "?" in pattern:
        return fnmatch.fnmatchcase(number, pattern)
    return bool(number) and number.endswith(pattern)
