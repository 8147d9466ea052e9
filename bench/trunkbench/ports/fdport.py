"""The base of ports that have one file descriptor per timeslot: a daemon's sockets, a driver's channels.

A back end says how a slot is opened (`_open_slot`), read and written, and what an error of its descriptor
means; this base does the rest, without ever blocking. All descriptors stand behind one epoll descriptor, so
that a wait costs the same for one slot and for thirty-one. A slot opened as FRAMES has a bounded queue of
frames, one opened as OCTETS a `SlotAudio`; octets are written as octets come in, so the card's own clock sets
the pace and nothing is paced by the host. What is lost is counted, and told of as `Gap`; a device that
vanishes is told of once, as `Gone`, and is silent from then on.
"""

from __future__ import annotations

import os
import select
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from trunkbench.device import Caps, Event, Fds, Frame, Gap, Gone, LineFault, Mode, Source
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports.audio import BLOCK_SAMPLES, LEAD_BLOCKS, SlotAudio
from trunkwire.ticks import SAMPLE, Tick

QUEUE_LIMIT = 256
"""Frames of a slot that the driver has not taken yet; one more is refused (the Wire's limit, too)."""

NEVER: Tick = 1 << 62
"""A tick behind everything."""

READ_OCTETS = 1 << 16
READS_A_POLL = 64
"""Reads of one slot in one poll: a flood on one slot does not starve the others."""

SILENT_LIMIT_S = 2.0
"""A card that gives no octet for so long, with audio slots open, is taken for dead."""

FILL_AFTER_S = 0.1
"""On a line that is down, octets that have not come for so long are accounted as lost."""

UNEVEN_SAMPLES = 5 * BLOCK_SAMPLES
"""Slots of one span run at one rate: one that is behind the foremost by more than 100 ms has lost octets."""


@dataclass(slots=True)
class OpenSlot:
    """A timeslot in use. `queue`: frames that wait for the driver; `pending`: octets that it did not take."""

    slot: int
    mode: Mode
    fd: int
    audio: SlotAudio | None = None
    queue: deque[bytes] = field(default_factory=deque)
    pending: bytes = b""
    wants_out: bool = False


class FdPort(ABC):
    """A port made of descriptors. `name` is for messages, `idle` the octet of silence.

    `block` is the unit in which octets are written, `lead` how far ahead (samples). `backlog` is how many
    octets the driver holds for a slot that nobody reads, or None if that is not known: when so many are
    found, more were lost. `monotonic` gives seconds; only what no card can count is judged by it.
    """

    caps: Caps
    poll_mask = select.EPOLLIN
    """What is waited for on the descriptor of a slot; with EPOLLPRI `_exceptional` is called."""

    def __init__(
        self,
        name: str,
        idle: int,
        *,
        block: int = BLOCK_SAMPLES,
        lead: int = LEAD_BLOCKS * BLOCK_SAMPLES,
        queue_limit: int = QUEUE_LIMIT,
        backlog: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.idle = idle
        self.slots: dict[int, OpenSlot] = {}
        self.counters: Counter[str] = Counter()
        self._block = block
        self._lead = lead
        self._queue_limit = queue_limit
        self._backlog = backlog
        self._monotonic = monotonic
        self._epoll = select.epoll()
        self._by_fd: dict[int, OpenSlot] = {}
        self._extra: set[int] = set()
        self._audible: list[SlotAudio] = []
        self._octets_at = monotonic()
        self._behind: float | None = None
        self._now: Tick = 0
        self._unsaid: list[Event] = []
        self._gone: str | None = None
        self._gone_at = 0.0
        self._told = False
        self._closed = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    # -- what a back end provides -------------------------------------------------------------------------

    @abstractmethod
    def _open_slot(self, slot: int, mode: Mode) -> int:
        """Open the timeslot; its descriptor, non-blocking. Raises PortError naming port and timeslot."""

    def _read_octets(self, open_slot: OpenSlot) -> bytes:
        """Octets that have come, or b"" at the end of the device. Raises OSError (BlockingIOError: none)."""
        return os.read(open_slot.fd, READ_OCTETS)

    def _read_frame(self, open_slot: OpenSlot) -> bytes | None:
        """One frame without FCS, or None at the end of the device. Raises OSError as `_read_octets`."""
        return os.read(open_slot.fd, READ_OCTETS) or None

    def _write_octets(self, open_slot: OpenSlot, octets: bytes) -> int:
        """How many of the octets the driver took. Raises OSError (BlockingIOError: none)."""
        return os.write(open_slot.fd, octets)

    def _write_frame(self, open_slot: OpenSlot, frame: bytes) -> None:
        """Hand one frame, without FCS, to the driver. Raises OSError (BlockingIOError: not now)."""
        os.write(open_slot.fd, frame)

    def _check_frame(self, slot: int, frame: bytes) -> None:
        """Raise PortError for a frame that the driver would not take; by default for one without octets."""
        if not frame:
            raise PortError(f"{self.name}, timeslot {slot}: a frame without octets cannot be sent")

    def _failed(self, open_slot: OpenSlot, error: OSError, now: Tick, events: list[Event]) -> None:
        """A read or write failed: the device has vanished, unless the back end knows better."""
        self._vanish(f"timeslot {open_slot.slot}: {error.strerror or error}")

    def _exceptional(self, open_slot: OpenSlot, now: Tick, events: list[Event]) -> None:
        """The descriptor has an exceptional condition, which a back end asks for by `poll_mask`."""
        self._vanish(f"timeslot {open_slot.slot}: an exceptional condition that nobody knows")

    def _control(self, fd: int, mask: int, now: Tick, events: list[Event]) -> None:
        """A descriptor given to `_watch` is ready; a back end that watches one knows why."""
        self._vanish(f"descriptor {fd} has something to say that nobody knows")

    def _line_is_down(self) -> bool:
        """Whether the line is known to carry nothing, so that octets that do not come are no wonder."""
        return False

    def _close_device(self) -> None:
        """Close what is not the descriptor of a slot: by default the descriptors given to `_watch`."""
        for fd in self._extra:
            os.close(fd)

    # -- Device -------------------------------------------------------------------------------------------

    def fds(self) -> Fds:
        """The epoll descriptor that stands for all of them; none once the device is closed or gone."""
        return () if self._closed or self._gone is not None else ((self._epoll.fileno(), select.POLLIN),)

    def next_deadline(self) -> Tick | None:
        """At once when a write has found something that is still to be told; otherwise descriptors tell."""
        untold = bool(self._unsaid) or (self._gone is not None and not self._told)
        return self._now if untold and not self._closed else None

    def poll(self, now: Tick) -> Iterator[Event]:
        """What has come, all of it at `now`: the host looked now."""
        events, self._unsaid = self._unsaid, []
        self._now = now
        if self._closed:
            return iter(())
        if self._gone is None:
            self._poll(now, events)
        if self._gone is not None and not self._told:
            self._told = True
            events.append(Gone(now, self._gone))
        return iter(events)

    def close(self) -> None:
        """Give every descriptor back. Idempotent; allowed after Gone."""
        if not self._closed:
            self._closed = True
            if self._gone is None:
                self._release()

    # -- Port ---------------------------------------------------------------------------------------------

    def open(self, slot: int, mode: Mode) -> None:
        """Open a timeslot. Raises PortError if it is open already, or slot or mode are not in `caps`."""
        self._alive("open a timeslot")
        if slot not in self.caps.slots:
            first, last = self.caps.slots[0], self.caps.slots[-1]
            raise PortError(f"{self.name}: there is no timeslot {slot} to open; choose {first} to {last}")
        if mode not in self.caps.modes:
            modes = " or ".join(sorted(known.value for known in self.caps.modes))
            raise PortError(f"{self.name}, timeslot {slot}: it has no mode {mode.value}; use {modes}")
        if slot in self.slots:
            raise PortError(f"{self.name}: timeslot {slot} is open already, as {self.slots[slot].mode.value}")
        fd = self._open_slot(slot, mode)
        opened = OpenSlot(slot, mode, fd)
        if mode is not Mode.FRAMES:
            opened.audio = SlotAudio(f"{self.name}, timeslot {slot}", self.idle, lead=self._lead)
            self._audible.append(opened.audio)
        self.slots[slot] = self._by_fd[fd] = opened
        self._epoll.register(fd, self.poll_mask)
        self._octets_at = self._monotonic()

    def send(self, slot: int, frame: bytes) -> None:
        """Hand one frame, without FCS, to the driver, or queue it behind those that it has not taken yet.

        Raises PortError for a slot that is not open as FRAMES or a frame that the port cannot carry, and
        QueueFull. On a device that has gone the frame is lost, as it would be on the line (counted).
        """
        opened = self._in_mode(slot, Mode.FRAMES, "send")
        self._check_frame(slot, frame)
        if self._gone is not None:
            self.counters["frames not sent"] += 1
            return
        if len(opened.queue) >= self._queue_limit:
            raise QueueFull(
                f"{self.name}, timeslot {slot}: {self._queue_limit} frames wait for the driver; "
                "send again when some have gone"
            )
        opened.queue.append(frame)
        self._write_frames(opened, self._now, self._unsaid)

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        """Transmit `source` on the slot from tick `start` on; None is silence (`SlotAudio.play`).

        Raises PortError for a slot that is not open as OCTETS, and for a start inside an octet.
        """
        audio = self._in_mode(slot, Mode.OCTETS, "play").audio
        assert audio is not None
        audio.play(source, start)

    def cas(self, slot: int, abcd: int) -> None:
        """Raises PortError unless the back end knows channel-associated signalling."""
        raise PortError(f"{self.name}, timeslot {slot}: it has no mode cas, so no ABCD bits can be sent")

    def insert(self, fault: LineFault) -> None:
        """Raises PortError unless the back end can insert that fault."""
        kinds = ", ".join(sorted(self.caps.faults)) or "none"
        raise PortError(f"{self.name}: it cannot insert the fault {fault.kind!r}; those it can: {kinds}")

    def horizon(self, slot: int) -> Tick:
        """Audio received on the slot is final before this tick: what was read, or all once it has gone."""
        received_to = self._audio(slot).received_to * SAMPLE
        return received_to if self._gone is None else NEVER

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """The `n` octets received on the slot from sample `first` on; silence stands for what was lost."""
        audio = self._audio(slot)
        there = n if self._gone is None else min(max(audio.received_to - first, 0), n)
        return (audio.heard(first, there) if there else b"") + bytes((self.idle,)) * (n - there)

    def lost(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) gaps in what was received that touch those samples."""
        audio = self._audio(slot)
        gaps = audio.lost(first, n)
        if self._gone is not None and first + n > audio.received_to:
            gaps.append((audio.received_to, first + n - audio.received_to))
        return gaps

    def _audio(self, slot: int) -> SlotAudio:
        audio = self._in_mode(slot, Mode.OCTETS, "listen").audio
        assert audio is not None
        return audio

    def counted(self) -> Tick:
        """Line time by the card's own count of octets: as far as its foremost slot has been received.

        A device that has gone counts no more; the host goes on from there, so that nobody waits for ever.
        """
        since = 0 if self._gone is None else int((self._monotonic() - self._gone_at) * 8000)
        return (self._foremost() + since) * SAMPLE

    def stats(self) -> dict[str, int]:
        """Counters for reports: over- and underruns of all slots, and what the back end counts."""
        found = {
            "overruns": sum(audio.overruns for audio in self._audible),
            "underruns": sum(audio.underruns for audio in self._audible),
            "lost samples": 0,
        }
        return found | dict(self.counters)

    # -- inside: reading ----------------------------------------------------------------------------------

    def _poll(self, now: Tick, events: list[Event]) -> None:
        octets = 0
        for fd, mask in self._epoll.poll(0):
            opened = self._by_fd.get(fd)
            if opened is None:
                self._control(fd, mask, now, events)
            else:
                if mask & select.EPOLLPRI:
                    self._exceptional(opened, now, events)
                if mask & ~(select.EPOLLPRI | select.EPOLLOUT):
                    octets = max(octets, self._read(opened, now, events))
                if mask & select.EPOLLOUT and self._gone is None:
                    self._write(opened, now, events)
            if self._gone is not None:
                return
        if self._audible:
            self._account(octets, now, events)

    def _read(self, opened: OpenSlot, now: Tick, events: list[Event]) -> int:
        """Take what has come on one slot; how many octets of audio that were."""
        if opened.audio is None:
            self._read_frames(opened, now, events)
            return 0
        octets = self._gather(opened, now, events)
        if octets:
            self._take_octets(opened, octets, now)
        return len(octets)

    def _read_frames(self, opened: OpenSlot, now: Tick, events: list[Event]) -> None:
        for _ in range(READS_A_POLL):
            try:
                frame = self._read_frame(opened)
            except BlockingIOError:
                return
            except OSError as error:
                self._failed(opened, error, now, events)
                return
            if frame is None:
                self._vanish(f"timeslot {opened.slot} was closed at the other end")
                return
            self.counters["frames received"] += 1
            events.append(Frame(now, opened.slot, frame))

    def _gather(self, opened: OpenSlot, now: Tick, events: list[Event]) -> bytes:
        parts: list[bytes] = []
        for _ in range(READS_A_POLL):
            try:
                octets = self._read_octets(opened)
            except BlockingIOError:
                break
            except OSError as error:
                self._failed(opened, error, now, events)
                break
            if not octets:
                self._vanish(f"timeslot {opened.slot} was closed at the other end")
                break
            parts.append(octets)
        return b"".join(parts)

    def _take_octets(self, opened: OpenSlot, octets: bytes, now: Tick) -> None:
        audio = opened.audio
        assert audio is not None
        if audio.started:
            audio.receive(octets)
            return
        # These octets end now, those before line time began go, and nothing was owed while they came.
        octets = octets[max(len(octets) - now // SAMPLE, 0) :]
        audio.start(now // SAMPLE - len(octets))
        audio.receive(octets)
        audio.transmit(len(octets))

    # -- inside: what did not come ------------------------------------------------------------------------

    def _account(self, octets: int, now: Tick, events: list[Event]) -> None:
        """After all slots were read (at most `octets` on one): find what was lost, then give what is owed."""
        at = self._monotonic()
        if octets:
            self._octets_at = at
            behind = at * 8000 - self._foremost()
            if self._backlog is not None and octets >= self._backlog and self._behind is not None:
                missing = int(behind - self._behind)
                if missing > BLOCK_SAMPLES:
                    self._lose_all(missing, now, "overrun: nobody read what came", events)
            else:
                self._behind = behind
        elif self._line_is_down():
            missing = int((at - self._octets_at) * 8000)
            if missing > FILL_AFTER_S * 8000:
                self._octets_at += missing / 8000
                self._lose_all(missing, now, "the line is down", events)
        elif at - self._octets_at > SILENT_LIMIT_S:
            self._vanish(f"it has given no octets for {SILENT_LIMIT_S:g} s")
            return
        self._level(now, events)
        for opened in self.slots.values():
            if opened.audio is not None and opened.audio.started and self._gone is None:
                self._write(opened, now, events)

    def _level(self, now: Tick, events: list[Event]) -> None:
        """A slot that is far behind the foremost one has lost octets that the others got."""
        foremost = self._foremost()
        for opened in self.slots.values():
            audio = opened.audio
            if audio is not None and audio.started and foremost - audio.received_to > UNEVEN_SAMPLES:
                self._lose(
                    opened, foremost - audio.received_to, now, "overrun: less came than elsewhere", events
                )

    def _lose_all(self, n: int, now: Tick, cause: str, events: list[Event]) -> None:
        for opened in self.slots.values():
            if opened.audio is not None and opened.audio.started:
                self._lose(opened, n, now, cause, events)

    def _lose(self, opened: OpenSlot, n: int, now: Tick, cause: str, events: list[Event]) -> None:
        """The next `n` octets of a slot will never come."""
        assert opened.audio is not None
        first, n = opened.audio.lose(n)
        self.counters["lost samples"] += n
        events.append(Gap(now, opened.slot, first, n, cause))

    def _foremost(self) -> int:
        return max((audio.received_to for audio in self._audible if audio.started), default=0)

    # -- inside: writing ----------------------------------------------------------------------------------

    def _write(self, opened: OpenSlot, now: Tick, events: list[Event]) -> None:
        """Give the driver what it will take: frames that wait, or the octets that are owed."""
        if opened.audio is None:
            self._write_frames(opened, now, events)
        else:
            self._write_audio(opened, opened.audio, now, events)

    def _write_frames(self, opened: OpenSlot, now: Tick, events: list[Event]) -> None:
        while opened.queue:
            try:
                self._write_frame(opened, opened.queue[0])
            except BlockingIOError:
                break
            except OSError as error:
                self._failed(opened, error, now, events)
                return
            opened.queue.popleft()
            self.counters["frames sent"] += 1
        self._watch_out(opened, bool(opened.queue))

    def _write_audio(self, opened: OpenSlot, audio: SlotAudio, now: Tick, events: list[Event]) -> None:
        missing = audio.owed() - audio.lead
        if missing > 0:
            first = audio.received_to - missing
            audio.underrun()
            events.append(Gap(now, opened.slot, first, missing, "underrun: nothing was sent in time"))
        while opened.pending or audio.owed() >= self._block:
            octets = opened.pending or audio.transmit(self._block)
            try:
                taken = self._write_octets(opened, octets)
            except BlockingIOError:
                taken = 0
            except OSError as error:
                self._failed(opened, error, now, events)
                return
            opened.pending = octets[taken:]
            if opened.pending:
                break
        self._watch_out(opened, bool(opened.pending))

    def _watch_out(self, opened: OpenSlot, wanted: bool) -> None:
        """Ask to be told when the driver takes more, only while something waits for it."""
        if opened.wants_out != wanted and self._gone is None:
            opened.wants_out = wanted
            self._epoll.modify(opened.fd, self.poll_mask | (select.EPOLLOUT if wanted else 0))

    # -- inside: the end ----------------------------------------------------------------------------------

    def _watch(self, fd: int) -> None:
        """Have `_control` called when this descriptor, which belongs to no slot, is readable."""
        self._extra.add(fd)
        self._epoll.register(fd, select.EPOLLIN)

    def _vanish(self, reason: str) -> None:
        """The device has gone: everything is given back now, and `poll` will say so once."""
        if self._gone is None:
            self._gone = reason
            self._gone_at = self._monotonic()
            self._release()

    def _release(self) -> None:
        for opened in self._by_fd.values():
            os.close(opened.fd)
        self._by_fd.clear()
        self._close_device()
        self._extra.clear()
        self._epoll.close()

    def _alive(self, what: str) -> None:
        if self._closed:
            raise PortError(f"{self.name}: cannot {what}, it was closed; open the port again")
        if self._gone is not None:
            raise PortError(f"{self.name}: cannot {what}, the device has gone: {self._gone}")

    def _in_mode(self, slot: int, mode: Mode, what: str) -> OpenSlot:
        opened = self.slots.get(slot)
        if opened is None or opened.mode is not mode or self._closed:
            state = "closed" if self._closed or opened is None else opened.mode.value
            raise PortError(
                f"{self.name}, timeslot {slot}: cannot {what}, it is {state}; open it as {mode.value} first"
            )
        return opened
