"""The audio of a serial card: all timeslots come in one block, with the card's count of samples.

The count places each block, so what the link lost shows as a jump of it, and what is sent says on which
sample of the card it begins. The bench's axis and the card's differ by an offset, which is found at the first
block and again after a reset of the card.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator

from trunkbench.device import Event, Gap
from trunkbench.ports.audio import BLOCK_SAMPLES, LEAD_BLOCKS, SlotAudio
from trunkwire.seriallink.messages import AudioBlock
from trunkwire.ticks import SAMPLE, SECOND, Tick

NO_SLOT = (0,)
"""The list of slots of a block in which all of them are silent."""

FILL_AFTER_S = 0.1
"""When the card has given no block for so long the host's clock counts on."""

LONGEST_JUMP = 60 * 8000
"""A count that jumps by more than a minute is another count: the place is looked for anew."""


LONGEST_LOOK = 8000
"""Samples: of a longer delay than a second it is not looked up what was to be sent."""

BLOCKS_KEPT = 500
"""Blocks sent of which it is known on which slots they were audible: ten seconds."""


class CardAudio:
    """Both directions of all timeslots of one card. `idle` is the octet of silence."""

    def __init__(self, idle: int, monotonic: Callable[[], float]) -> None:
        self.slots: dict[int, SlotAudio] = {}
        self.counters: Counter[str] = Counter()
        self._idle = idle
        self._monotonic = monotonic
        self._block = BLOCK_SAMPLES
        self._lead = self._most_lead = LEAD_BLOCKS * BLOCK_SAMPLES
        """How far ahead of what the card has sent ours is; a block further after each underrun."""
        self._offset: int | None = None
        """Sample of the bench minus sample of the card."""
        self._received_to: int | None = None
        self._sent_to = 0
        self._sequence = 0
        self._audible: deque[tuple[int, int, tuple[int, ...]]] = deque(maxlen=BLOCKS_KEPT)
        """(first sample, end, slots that were not silent) of what was sent, or should have been."""
        self._heard_at = 0.0
        self._counted: Tick = 0

    def card_is(self, *, block: int, buffer: int) -> None:
        """What the card declares: samples of its blocks, and how far ahead it takes ours."""
        self._block = max(block, 1)
        self._most_lead = max(buffer - self._block, self._block)
        self._lead = min(LEAD_BLOCKS * self._block, self._most_lead)

    def open(self, slot: int, name: str) -> None:
        """Begin to hear and to play on a slot."""
        self.slots[slot] = SlotAudio(name, self._idle, lead=self._lead)

    def forget_place(self) -> None:
        """The card counts from another beginning now."""
        self._offset = None

    # -- the two axes -------------------------------------------------------------------------------------

    def bench_tick(self, card_sample: int) -> Tick | None:
        """The tick just behind a card's sample, None while the place is not known."""
        return None if self._offset is None else (card_sample + self._offset) * SAMPLE

    def bench_sample(self, card_sample: int) -> int:
        """The same sample on the bench's axis; as the card counts while the place is not known."""
        return card_sample + (self._offset or 0)

    def card_tick(self, tick: Tick) -> Tick | None:
        """The same moment by the card's count of ticks, None while the place is not known."""
        return None if self._offset is None else max(tick - self._offset * SAMPLE, 0)

    def counted(self) -> Tick:
        """Line time by the card's count; never runs back, and runs on while the card is silent."""
        if self._received_to is not None:
            silent = self._monotonic() - self._heard_at - FILL_AFTER_S
            self._counted = max(self._counted, self._received_to * SAMPLE + max(int(silent * SECOND), 0))
        return self._counted

    # -- receive ------------------------------------------------------------------------------------------

    def receive(self, block: AudioBlock, now: Tick, events: list[Event]) -> None:
        """Take a block from the card; gaps go to `events`."""
        self._heard_at = self._monotonic()
        if self._offset is not None and self._received_to is not None:
            jump = block.time + self._offset - self._received_to
            if abs(jump) > LONGEST_JUMP:
                self.forget_place()
        if self._offset is None:
            self._offset = self._place(block, now) - block.time
        first = block.time + self._offset
        if self._received_to is None:
            self._received_to = first
        cut = self._received_to - first
        if cut >= block.count:
            self.counters["stale blocks"] += 1
            return
        if cut < 0:
            self._lose(-cut, now, events)
        held = block.blocks()
        for slot, audio in self.slots.items():
            if not audio.started:
                self._start(audio)
            if slot in held:
                audio.receive(held[slot][max(cut, 0) :])
            elif slot in block.slots:  # announced, and not there
                self._lose_on(slot, audio, block.count - max(cut, 0), now, events)
            else:
                audio.receive(bytes((self._idle,)) * (block.count - max(cut, 0)))
        self._received_to = first + block.count

    def _place(self, block: AudioBlock, now: Tick) -> int:
        """Where on the bench's axis the first octets of a card lie: they have just ended."""
        place = now // SAMPLE - block.count
        return place if self._received_to is None else max(place, self._received_to)

    def _start(self, audio: SlotAudio) -> None:
        assert self._received_to is not None
        audio.start(self._received_to)
        audio.transmit(max(self._sent_to - self._received_to, 0))  # what has been sent was without it

    def _lose(self, n: int, now: Tick, events: list[Event]) -> None:
        assert self._received_to is not None
        for slot, audio in self.slots.items():
            if audio.started:
                self._lose_on(slot, audio, n, now, events)
        self._received_to += n

    def _lose_on(self, slot: int, audio: SlotAudio, n: int, now: Tick, events: list[Event]) -> None:
        first, n = audio.lose(n)
        self.counters["overruns"] += 1
        self.counters["lost samples"] += n
        events.append(Gap(now, slot, first, n, "lost between card and host"))

    # -- transmit -----------------------------------------------------------------------------------------

    def owed(self) -> Iterator[AudioBlock]:
        """The blocks that the card should be given now, to stay ahead of what it has sent."""
        if self._received_to is None or self._offset is None:
            return
        if self._sent_to < self._received_to:
            self._fall_behind()
        while self._sent_to + self._block <= self._received_to + self._lead:
            yield self._make(self._block)

    def _fall_behind(self) -> None:
        """Samples that were to be sent are over; the card will tell, since it knows what it had."""
        assert self._received_to is not None
        missing = self._received_to - self._sent_to
        silent = bytes((self._idle,)) * missing if missing <= LONGEST_LOOK else None
        heard = []
        for slot, audio in self.slots.items():
            if audio.started:
                # After so long something was to be heard, whatever it was.
                if silent is None or audio.transmit(missing) != silent:
                    heard.append(slot)
                audio.underrun()
        self._audible.append((self._sent_to, self._received_to, tuple(heard)))
        self._sent_to = self._received_to

    def underrun(self, time: int, count: int, now: Tick, events: list[Event]) -> None:
        """The card had nothing to send for `count` samples from its sample `time` on.

        It is a gap on the slots on which something was to be heard then: silence lacks nothing.
        """
        self._lead = min(self._lead + self._block, self._most_lead)
        if self._offset is None:
            return
        first, end = time + self._offset, time + self._offset + count
        slots = {slot for at, to, heard in self._audible if at < end and first < to for slot in heard}
        for slot in sorted(slots):
            self.counters["underruns"] += 1
            events.append(Gap(now, slot, first, count, "underrun: the card had nothing to send"))

    def _make(self, n: int) -> AudioBlock:
        assert self._offset is not None
        silent = bytes((self._idle,)) * n
        slots, octets = [], []
        for slot, audio in self.slots.items():
            if audio.started:
                made = audio.transmit(n)
                if made != silent:
                    slots.append(slot)
                    octets.append(made)
        block = AudioBlock(
            sequence=self._sequence,
            time=self._sent_to - self._offset,
            count=n,
            slots=tuple(slots) or NO_SLOT,
            octets=b"".join(octets),
        )
        self._sequence = (self._sequence + 1) % 65536
        self._audible.append((self._sent_to, self._sent_to + n, tuple(slots)))
        self._sent_to += n
        return block
