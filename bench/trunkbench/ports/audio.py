"""Block audio: the one adapter between cards, which move octets in blocks, and the bench, which declares
and pulls.

A card takes and gives the octets of a timeslot in blocks of about 20 ms. `SlotAudio` makes the blocks to send
out of the sources that were played, a jitter buffer of two to three blocks ahead, and keeps what was received
in a ring, so that an ear can look back. Samples are numbered on the bench's axis (sample n is ticks 8n to
8n + 7). What was lost is never invented: it is a gap, with its first sample and its length, and an ear is
told of it.
"""

from __future__ import annotations

import bisect

from trunkbench.device import Source
from trunkbench.errors import PortError
from trunkwire.ticks import SAMPLE, SECOND, Tick

BLOCK_SAMPLES = 160
"""20 ms."""

LEAD_BLOCKS = 3
"""How far ahead of what has been received the transmitter writes: the jitter buffer."""

RING_SAMPLES = 600 * 8000
"""How much of what was received is kept: ten minutes."""


class SlotAudio:
    """Both directions of one timeslot. `name` is for messages; `idle` is the octet of silence."""

    def __init__(self, name: str, idle: int, *, lead: int = LEAD_BLOCKS * BLOCK_SAMPLES) -> None:
        self.name = name
        self.idle = idle
        self.lead = lead
        self.underruns = 0
        self.overruns = 0
        self._origin: int | None = None
        self._ring = bytearray()
        self._ring_first = 0
        self._gaps: list[tuple[int, int]] = []
        self._starts: list[int] = []
        self._sources: list[Source | None] = []
        self._sent_to = 0

    # -- transmit -----------------------------------------------------------------------------------------

    def play(self, source: Source | None, start: Tick) -> None:
        """From tick `start` on transmit `source`; None is silence. Replaces what was planned later.

        What the jitter buffer has already handed to the card is gone: the change is heard that much later.
        Raises PortError for a start inside an octet.
        """
        if start % SAMPLE:
            raise PortError(f"{self.name}: tick {start} lies in an octet; use a multiple of {SAMPLE}")
        first = max(start // SAMPLE, self._sent_to)
        at = bisect.bisect_left(self._starts, first)
        del self._starts[at:], self._sources[at:]
        self._starts.append(first)
        self._sources.append(source)

    def transmit(self, n: int) -> bytes:
        """The next `n` octets for the card."""
        at, end = self._sent_to, self._sent_to + n
        self._sent_to = end
        parts = []
        index = bisect.bisect_right(self._starts, at) - 1
        while at < end:
            until = min(self._starts[index + 1], end) if index + 1 < len(self._starts) else end
            source = self._sources[index] if index >= 0 else None
            count = until - at
            parts.append(source(at, count) if source is not None else bytes((self.idle,)) * count)
            at, index = until, index + 1
        if index > 1:  # what has been sent is not asked for again
            del self._starts[: index - 1], self._sources[: index - 1]
        return b"".join(parts)

    def owed(self) -> int:
        """How many octets the card should be given now, to stay `lead` ahead of what it has received."""
        return 0 if self._origin is None else max(self.received_to + self.lead - self._sent_to, 0)

    def underrun(self) -> None:
        """The card ran dry: what it sent in the meantime was not ours, and the lead begins anew."""
        self.underruns += 1
        self._sent_to = max(self._sent_to, self.received_to)

    # -- receive ------------------------------------------------------------------------------------------

    @property
    def started(self) -> bool:
        """Whether anything has been received."""
        return self._origin is not None

    @property
    def received_to(self) -> int:
        """Samples before this one have been received or lost: nothing about them will change."""
        return self._ring_first + len(self._ring)

    def start(self, sample: int) -> None:
        """The first octet to be received will be this sample of the bench's axis."""
        self._origin = self._ring_first = sample
        self._ring.clear()
        self._sent_to = max(self._sent_to, sample)

    def receive(self, octets: bytes) -> None:
        """The next octets from the card; `start` must have been called."""
        if self._origin is None:
            raise PortError(f"{self.name}: octets were received before their place on the line was known")
        self._ring += octets
        surplus = len(self._ring) - RING_SAMPLES
        if surplus > RING_SAMPLES // 8:
            del self._ring[:surplus]
            self._ring_first += surplus

    def lose(self, n: int) -> tuple[int, int]:
        """The next `n` octets were lost on their way; (first sample, n) of the gap."""
        gap = (self.received_to, n)
        self.overruns += 1
        self._gaps.append(gap)
        self.receive(bytes((self.idle,)) * n)
        return gap

    def heard(self, first: int, n: int) -> bytes:
        """The `n` octets received from sample `first` on; silence stands for what lies in a gap (see `lost`).

        Raises PortError for samples that have not come yet, or that the ring has let go.
        """
        if first + n > self.received_to:
            raise PortError(
                f"{self.name}: samples {first} to {first + n - 1} are not all here; the horizon is sample "
                f"{self.received_to}"
            )
        before = min(max((self._origin or 0) - first, 0), n)  # before the card ran there was nothing to hear
        if first + before < self._ring_first and n > before:
            raise PortError(
                f"{self.name}: sample {first} is too old; the last {RING_SAMPLES // 8000} s are kept"
            )
        at = first + before - self._ring_first
        return bytes((self.idle,)) * before + bytes(self._ring[at : at + n - before])

    def lost(self, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) gaps that touch those samples."""
        return [gap for gap in self._gaps if gap[0] < first + n and gap[0] + gap[1] > first]


class Drift:
    """How one sample counter runs against another: the offset in samples, and the rate in ppm.

    Counters move on by whole blocks, so the rate is known the better the longer they have been compared.
    """

    def __init__(self) -> None:
        self._first: tuple[int, int] | None = None
        self._last = (0, 0)

    def note(self, reference: int, other: int) -> None:
        """At one moment the counters stood at these samples."""
        self._last = (reference, other)
        if self._first is None:
            self._first = self._last

    @property
    def offset(self) -> int:
        """Other minus reference, in samples, when last looked at; 0 before."""
        return self._last[1] - self._last[0]

    @property
    def ppm(self) -> tuple[float, float] | None:
        """By how many millionths the other runs fast (negative: slow), and how far that may be off.

        None before a second has been compared. Each end of the comparison may be off by a block.
        """
        if self._first is None:
            return None
        elapsed = self._last[0] - self._first[0]
        if elapsed < SECOND // SAMPLE:
            return None
        gained = self._last[1] - self._first[1] - elapsed
        return gained / elapsed * 1e6, 2 * BLOCK_SAMPLES / elapsed * 1e6
