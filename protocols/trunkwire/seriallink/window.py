"""Numbering modulo 256: what is sent until it is acknowledged, and what is received until it is in order
(docs/serial-card.md, "Numbering").

The repetition timer follows the measured round trip (Jacobson 1988; a repeated message measures nothing,
Karn 1987), since a slow line takes longer than any fixed value. After a loss the messages that were sent
before it was noticed are repeated one for each acknowledgement.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import msgspec

from trunkwire.seriallink.events import LinkQueueFull
from trunkwire.seriallink.messages import KIND_OF, NumberedMessage
from trunkwire.seriallink.settings import MODULUS, WIDEST, LinkSettings
from trunkwire.ticks import Tick


@dataclass(slots=True)
class _Sent:
    """A message under way."""

    message: NumberedMessage
    body: bytes
    sent_at: Tick
    times: int = 1
    wanted: bool = False
    """Whether it is to be sent once more."""


class Ready(msgspec.Struct, frozen=True):
    """A numbered frame to be sent now; `again` when it was sent before."""

    kind: int
    body: bytes
    ns: int
    again: bool


class Outbound:
    """The sending half."""

    def __init__(self, settings: LinkSettings) -> None:
        self._settings = settings
        self._queue: deque[tuple[NumberedMessage, bytes]] = deque()
        self._flight: deque[_Sent] = deque()
        self.first = 0
        """The number of the oldest message that is not acknowledged, or of the next one."""
        self.credit = 0
        """How many messages the peer takes from `first` on."""
        self._round_trip: float | None = None
        self._variation = 0.0
        self._patience = settings.repeat_first
        self._progress_at: Tick = 0
        self._recovering = 0
        """How many messages at the head were sent before the loss that is being repaired was noticed."""

    @property
    def waiting(self) -> int:
        """Messages that are not acknowledged, sent or not."""
        return len(self._flight) + len(self._queue)

    def put(self, message: NumberedMessage, *, bounded: bool = True) -> None:
        """Queue a message. Raises LinkQueueFull if `bounded`, EncodeError for a field that does not fit."""
        if bounded and len(self._queue) >= self._settings.queue_limit:
            raise LinkQueueFull(
                f"{len(self._queue)} messages wait for the serial link already; "
                f"send {type(message).__name__} again when some have gone"
            )
        self._queue.append((message, type(message).layout.build(message)))  # type: ignore[arg-type]  # its own class

    def begin(self) -> None:
        """A new session: everything that is not acknowledged is sent anew, numbered from 0."""
        self._queue.extendleft((sent.message, sent.body) for sent in reversed(self._flight))
        self._flight.clear()
        self.first = self.credit = self._recovering = 0
        self._patience = self._settings.repeat_first
        self._round_trip = None

    def clear(self) -> tuple[NumberedMessage, ...]:
        """Forget everything that is not acknowledged, and return it, oldest first."""
        pending = [sent.message for sent in self._flight] + [message for message, _ in self._queue]
        self._flight.clear()
        self._queue.clear()
        return tuple(pending)

    def acknowledge(self, nr: int, now: Tick) -> None:
        """Everything before `nr` has arrived. A number that was never sent is ignored."""
        count = (nr - self.first) % MODULUS
        if not 0 < count <= len(self._flight):
            return
        for _ in range(count):
            sent = self._flight.popleft()
        if sent.times == 1:
            self._measure(now - sent.sent_at)
        self.first = nr
        self._progress_at = now
        self._recovering = max(self._recovering - count, 0)
        if self._recovering and self._flight:
            self._flight[0].wanted = True

    def repeat(self, nr: int, now: Tick) -> None:
        """The peer lacks number `nr` and has a later one."""
        if nr == self.first and self._flight and not self._recovering:
            self._lost(now)

    def expire(self, now: Tick) -> None:
        """Repeat the oldest message when its acknowledgement is overdue."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return
        self._patience = min(self._patience * 2, self._settings.repeat_most)
        self._lost(now)

    def deadline(self) -> Tick | None:
        """When the oldest message is to be repeated."""
        if not self._flight:
            return None
        return max(self._flight[0].sent_at, self._progress_at) + self._patience

    def next(self, now: Tick) -> Ready | None:
        """What to send now: first what was lost, then what the window and the peer's credit allow."""
        if self._flight and self._flight[0].wanted:  # only the oldest is ever known to be lost
            sent = self._flight[0]
            sent.wanted, sent.sent_at = False, now
            sent.times += 1
            return Ready(KIND_OF[type(sent.message)], sent.body, self.first, True)
        ahead = len(self._flight)
        if not self._queue or ahead >= min(self._settings.window, self.credit):
            return None
        message, body = self._queue.popleft()
        if not self._flight:
            self._progress_at = now
        self._flight.append(_Sent(message, body, now))
        return Ready(KIND_OF[type(message)], body, (self.first + ahead) % MODULUS, False)

    def _lost(self, now: Tick) -> None:
        self._flight[0].wanted = True
        self._recovering = len(self._flight)
        self._progress_at = now

    def _measure(self, round_trip: Tick) -> None:
        if self._round_trip is None:
            self._round_trip, self._variation = round_trip, round_trip / 2
        else:
            self._variation += (abs(round_trip - self._round_trip) - self._variation) / 4
            self._round_trip += (round_trip - self._round_trip) / 8
        least, most = self._settings.repeat_least, self._settings.repeat_most
        self._patience = round(min(max(self._round_trip + 4 * self._variation, least), most))


class Inbound:
    """The receiving half. A frame is anything that came with a number."""

    def __init__(self, window: int) -> None:
        self.expected = 0
        """N(R): the number of the next frame in order."""
        self._window = window
        self._early: dict[int, tuple[int, bytes]] = {}
        self._asked: int | None = None

    def take(self, ns: int, frame: tuple[int, bytes]) -> tuple[list[tuple[int, bytes]] | None, bool]:
        """(the frames that are now in order, or None for a duplicate; whether the peer must be asked for
        `expected`)."""
        ahead = (ns - self.expected) % MODULUS
        if ahead > WIDEST or ns in self._early:
            return None, False
        if ahead > 0:
            if ahead <= self._window:
                self._early[ns] = frame
            asked, self._asked = self._asked, self.expected
            return [], asked != self.expected
        frames = [frame]
        self.expected = (self.expected + 1) % MODULUS
        while self.expected in self._early:
            frames.append(self._early.pop(self.expected))
            self.expected = (self.expected + 1) % MODULUS
        if self._early:  # another is lacking behind it
            asked, self._asked = self._asked, self.expected
            return frames, asked != self.expected
        self._asked = None
        return frames, False
