"""The link of the serial card, one machine for both ends (docs/serial-card.md).

1. *Sans-I/O.* `receive(octets, now)`, `handle_timer(now)`, `poll_output()`, `next_deadline()`; one mutation,
   then drain. Without `room` on the line what wants it is kept back: nothing is queued twice on a slow one.
2. *Messages that carry state are numbered*: delivered once, in order, repeated until acknowledged. Audio is
   not: what was damaged is lost, and its card time says so.
3. *Damage never ends a session.* Only a HELLO of another incarnation does, which is a peer that has started
   anew.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from trunkwire.codec import CodecError
from trunkwire.seriallink.cobs import Splitter
from trunkwire.seriallink.events import (
    Audio,
    HeardAgain,
    Incompatible,
    LinkMisuse,
    Output,
    PeerReset,
    Received,
    Silent,
    Transmit,
    Up,
)
from trunkwire.seriallink.frames import LONGEST_BLOCK, Envelope, LinkFrameError, seal, unseal
from trunkwire.seriallink.messages import (
    AUDIO,
    HELLO,
    MAJOR,
    MINOR,
    NUMBERED,
    STATUS,
    AudioBlock,
    Hello,
    NumberedMessage,
    Status,
)
from trunkwire.seriallink.settings import LinkSettings
from trunkwire.seriallink.table import TABLE, Action, Input, State
from trunkwire.seriallink.window import Inbound, Outbound
from trunkwire.ticks import Tick

UNKNOWN_INCARNATION = 0


class SerialLink:
    """One end. `incarnation` (1 to 2^32 - 1) must differ from the one before: draw it at random.

    `credit` is how many numbered messages this end takes at once; `set_credit` changes it. `counters` counts
    what was wrong: crc, stuffing, short, long, unknown, malformed, stray, duplicate, repeated,
    audio-given-up.
    """

    def __init__(self, *, card: bool, incarnation: int, settings: LinkSettings | None = None) -> None:
        if not 1 <= incarnation < 1 << 32:
            raise ValueError(f"incarnation {incarnation}: choose 1 to 2^32 - 1")
        self.card = card
        self.incarnation = incarnation
        self.settings = settings or LinkSettings()
        self.state = State.DOWN
        self.peer = UNKNOWN_INCARNATION
        self.credit = self.settings.window
        self.counters: Counter[str] = Counter()
        self.silent = False
        self._now: Tick = 0
        self._splitter = Splitter(LONGEST_BLOCK)
        self._out = Outbound(self.settings)
        self._in = Inbound(self.settings.window)
        self._audio: deque[AudioBlock] = deque()
        self._events: deque[Output] = deque()
        self._hello_due: Tick | None = None
        self._status_due: Tick | None = None
        self._ask_again = False
        self._last_status: Tick = 0
        self.last_heard: Tick = 0
        """When the peer was last understood; at first, when the link was started."""

    # -- requests -----------------------------------------------------------------------------------------

    def start(self, now: Tick) -> None:
        """Begin to look for the peer. Raises LinkMisuse when that was done already."""
        if self.state is not State.DOWN:
            raise LinkMisuse(f"start in state {self.state.value}: a link is started once")
        self._now = self.last_heard = now
        self.state = State.SEEKING
        self._hello_due = now

    def send(self, message: NumberedMessage, now: Tick) -> None:
        """Queue a numbered message; before the link is up it waits.

        Raises LinkQueueFull when too many wait, EncodeError for a field that does not fit, LinkMisuse in
        state REFUSED.
        """
        self._now = max(self._now, now)
        if self.state is State.REFUSED:
            raise LinkMisuse(
                f"send of {type(message).__name__} in state refused: the peer cannot be talked to"
            )
        self._out.put(message)

    def send_again(self, messages: Iterable[NumberedMessage], now: Tick) -> None:
        """Queue what `PeerReset` handed back, and what the peer must be told before, however many they are.

        Raises EncodeError and LinkMisuse as `send` does.
        """
        self._now = max(self._now, now)
        if self.state is State.REFUSED:
            raise LinkMisuse("send in state refused: the peer cannot be talked to")
        for message in messages:
            self._out.put(message, bounded=False)

    def send_audio(self, block: AudioBlock, now: Tick) -> None:
        """Queue a block of audio. When too many wait the oldest is given up. Raises LinkMisuse unless up."""
        self._now = max(self._now, now)
        if self.state is not State.UP:
            raise LinkMisuse(f"audio in state {self.state.value}: it is taken in state up only")
        if len(self._audio) >= self.settings.audio_limit:
            self._audio.popleft()
            self.counters["audio-given-up"] += 1
        self._audio.append(block)

    def set_credit(self, credit: int, now: Tick) -> None:
        """From now on so many numbered messages are taken (0 to the window): the peer is told."""
        self._now = max(self._now, now)
        credit = max(0, min(credit, self.settings.window))
        if credit != self.credit:
            self.credit = credit
            if self.state is State.UP:  # before, HELLO says it
                self._status_due = now

    @property
    def waiting(self) -> int:
        """Numbered messages that the peer has not acknowledged, sent or not."""
        return self._out.waiting

    # -- input --------------------------------------------------------------------------------------------

    def receive(self, octets: bytes, now: Tick) -> None:
        """Octets from the line, any number, damaged or not. Never raises."""
        self._now = max(self._now, now)
        before = self._splitter.too_long
        blocks = self._splitter.feed(octets)
        self.counters["long"] += self._splitter.too_long - before
        for block in blocks:
            try:
                self._frame(unseal(block))
            except LinkFrameError as error:
                self.counters[error.reason] += 1

    def handle_timer(self, now: Tick) -> None:
        """Let what is due happen."""
        self._now = max(self._now, now)
        if self.state is not State.UP:
            return  # a HELLO that is due goes out with the next output
        self._out.expire(self._now)
        if self._now >= self._last_status + self.settings.status_every:
            self._status_due = self._now
        if not self.silent and self._now >= self.last_heard + self.settings.silent_after:
            self.silent = True
            self._events.append(Silent(self._now - self.last_heard))

    def next_deadline(self, room: bool = True) -> Tick | None:
        """The next tick at which there is something to do without input; None before `start`.

        Without `room` on the line what would be sent is no reason to wake up.
        """
        if self.state is State.DOWN:
            return None
        due = [self._hello_due] if room else []
        if self.state is State.UP:
            due.append(self._out.deadline())
            if room:
                due += [self._status_due, self._last_status + self.settings.status_every]
            if not self.silent:
                due.append(self.last_heard + self.settings.silent_after)
        return min((tick for tick in due if tick is not None), default=None)

    def poll_output(self, room: bool = True) -> Output | None:
        """The next output, None when there is none. Without `room` on the line no Transmit comes."""
        if self._events:
            return self._events.popleft()
        return self._transmit() if room else None

    # -- received frames ----------------------------------------------------------------------------------

    def _frame(self, envelope: Envelope) -> None:
        try:
            if envelope.kind == HELLO and not envelope.numbered:
                hello = Hello.layout.parse(envelope.body)
                self._heard()
                self._turn(self._meaning(hello), hello)
                return
            if TABLE[self.state][Input.TRAFFIC][0] is not Action.TAKE:
                self.counters["stray"] += 1
                return
            self._heard()
            self._out.acknowledge(envelope.nr, self._now)
            if envelope.numbered:
                self._numbered(envelope)
            elif envelope.kind == STATUS:
                status = Status.layout.parse(envelope.body)
                self._out.credit = status.credit
                if status.gap:
                    self._out.repeat(envelope.nr, self._now)
            elif envelope.kind == AUDIO:
                self._events.append(Audio(AudioBlock.layout.parse(envelope.body)))
            else:
                self.counters["unknown"] += 1
        except CodecError:
            self.counters["malformed"] += 1

    def _heard(self) -> None:
        self.last_heard = self._now
        if self.silent:
            self.silent = False
            self._events.append(HeardAgain())

    def _numbered(self, envelope: Envelope) -> None:
        bodies, gap = self._in.take(envelope.ns, (envelope.kind, envelope.body))
        if bodies is None:
            self.counters["duplicate"] += 1
            bodies = []
        if gap:
            self._ask_again = True
            self._status_due = self._now
        elif self._status_due is None:
            self._status_due = self._now + self.settings.acknowledge_within
        for kind, body in bodies:
            layout = NUMBERED.get(kind)
            if layout is None:  # of a later minor version: acknowledged, since it has arrived
                self.counters["unknown"] += 1
                continue
            try:
                self._events.append(Received(layout.layout.parse(body)))
            except CodecError:
                self.counters["malformed"] += 1

    # -- the session --------------------------------------------------------------------------------------

    def _meaning(self, hello: Hello) -> Input:
        if hello.major != MAJOR or hello.card == self.card or hello.incarnation == UNKNOWN_INCARNATION:
            return Input.UNFIT
        knows_us = hello.peer == self.incarnation
        if self.state is State.UP and hello.incarnation != self.peer:
            return Input.STRANGER_ECHO if knows_us else Input.STRANGER
        return Input.ECHO if knows_us else Input.HELLO

    def _turn(self, what: Input, hello: Hello) -> None:
        action, state = TABLE[self.state][what]
        if action is Action.NOTHING:
            return
        if action in (Action.LOSE, Action.LOSE_AND_BEGIN):
            self._events.append(PeerReset(self._out.clear()))
            self._audio.clear()
        if action is Action.REFUSE:
            theirs, ours = (hello.major, hello.minor), (MAJOR, MINOR)
            self._events.append(Incompatible(theirs, ours, same_role=hello.card == self.card))
        else:
            self.peer = hello.incarnation
        if action in (Action.BEGIN, Action.LOSE_AND_BEGIN):
            self._out.begin()
            self._in = Inbound(self.settings.window)
            self._status_due, self._ask_again = None, False
            self._last_status = self._now
            self._events.append(Up(hello.incarnation, min(hello.minor, MINOR)))
        self.state = state
        if state is State.UP:
            self._out.credit = hello.credit
        if action is not Action.ANSWER_UNLESS_READY or not hello.ready:
            self._hello_due = self._now

    # -- output -------------------------------------------------------------------------------------------

    def _transmit(self) -> Transmit | None:
        if self.state is State.DOWN:
            return None
        if self._hello_due is not None and self._hello_due <= self._now:
            return self._send_hello()
        if self.state is not State.UP:
            return None
        if self._ask_again:
            return self._send_status()
        ready = self._out.next(self._now)
        if ready is not None:
            self.counters["repeated"] += ready.again
            return self._seal(ready.kind, ready.body, ready.ns)
        if self._status_due is not None and self._status_due <= self._now:
            return self._send_status()
        if self._audio:
            return self._seal(AUDIO, AudioBlock.layout.build(self._audio.popleft()))
        return None

    def _send_hello(self) -> Transmit:
        up = self.state is State.UP
        self._hello_due = None if up else self._now + self.settings.hello_every
        hello = Hello(
            card=self.card, ready=up, credit=self.credit, incarnation=self.incarnation, peer=self.peer
        )
        return self._seal(HELLO, Hello.layout.build(hello))

    def _send_status(self) -> Transmit:
        status = Status(credit=self.credit, gap=self._ask_again)
        self._ask_again = False
        self._status_due = None
        self._last_status = self._now
        return self._seal(STATUS, Status.layout.build(status))

    def _seal(self, kind: int, body: bytes, ns: int | None = None) -> Transmit:
        if self._status_due is not None and self._status_due > self._now:
            self._status_due = None  # every frame acknowledges
        return Transmit(
            seal(Envelope(numbered=ns is not None, kind=kind, ns=ns or 0, nr=self._in.expected, body=body))
        )
