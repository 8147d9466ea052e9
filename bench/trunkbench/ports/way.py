"""One direction of the Wire: what its sending end declared, and what that becomes at the receiving end."""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from trunkbench.device import Event, Frame, LineFault
from trunkbench.ports import faults
from trunkbench.ports.faults import WayFaults
from trunkbench.ports.lanes import ALWAYS, FLAG_BITS, NEVER, AudioLane, FrameLane, SentFrame
from trunkbench.trace.record import Direction
from trunkwire.e1.frame import MULTIFRAME
from trunkwire.ticks import SAMPLE, Tick

Tap = Callable[[Tick, Direction, int, bytes], None]
"""Told of each good frame at the end of its closing flag: (tick, OUT or IN, slot, frame). In order of
ticks."""

Due = tuple[Tick, int, int, SentFrame]
"""(tick of the last bit of the closing flag, slot, running number, frame): ordered by tick, then by slot."""


class Way:
    """One direction. Slots are timeslots 1 … 31; samples are E1 frames; `idle` is the octet of an idle
    slot."""

    def __init__(self, idle: int) -> None:
        self.idle = idle
        self.frames: dict[int, FrameLane] = {}
        self.audio: dict[int, AudioLane] = {}
        self.faults = WayFaults(idle)
        self.due: list[Due] = []
        """Frames that arrive by event jump, as a heap."""
        self.shadowed: list[Due] = []
        """Frames that are rendered: the receiving end gets what is decoded instead; a heap."""
        self.bits_from: Tick = NEVER
        """From this tick on what arrives is decoded from bits."""
        self.decoded: deque[Event] = deque()
        """What was decoded and has not arrived yet."""
        self.passed: Tick = ALWAYS
        """Events up to this tick were taken from what was decoded."""
        self.listeners: dict[int, Tick] = {}
        """The slots that the receiving end has open as FRAMES, and since which tick."""
        self.heard_slots: set[int] = set()
        """The slots that the receiving end has open."""
        self.sender_taps: Sequence[Tap] = ()
        self.receiver_taps: Sequence[Tap] = ()
        self.signals: dict[int, int] = {}
        """What timeslot 0 says in multiframes in which it is not `trunkwire.e1.mux.CLEAR`."""
        self._sent = 0
        self._exceptions: dict[int, list[tuple[int, bytes]]] = {}

    def send(self, slot: int, data: bytes, now: Tick) -> LineFault | None:
        """Put a frame onto the line. Should a fault corrupt it, that bit error is returned, to be
        scheduled."""
        vanish, position = self.faults.judge(slot, now) if self.faults.counts_frames else (False, None)
        if vanish:
            return None
        frame = self.frames[slot].send(data, now)
        self._sent += 1
        arrival = frame.end - 1
        heap = self.due if arrival < self.bits_from else self.shadowed
        heapq.heappush(heap, (arrival, slot, self._sent, frame))
        return None if position is None else faults.corruption(frame, slot, position)

    def arrive(self, due: Due, events: list[Event]) -> None:
        """A frame arrives by event jump."""
        at, slot, _, frame = due
        for tap in self.sender_taps:
            tap(at, Direction.OUT, slot, frame.data)
        since = self.listeners.get(slot)
        if since is not None and since <= self.heard_from(due):
            for tap in self.receiver_taps:
                tap(at, Direction.IN, slot, frame.data)
            events.append(Frame(at, slot, frame.data))

    # What another kind of line does otherwise.

    def heard_from(self, due: Due) -> Tick:
        """Since when a receiver must have listened to get that frame: from its opening flag on."""
        return due[3].start - FLAG_BITS

    def bit_ticks(self, slot: int) -> Tick:
        """How long a bit of HDLC on the slot lasts."""
        return 1

    def hdlc_octets(self, slot: int, octets: bytes) -> bytes:
        """What a slot carried, as octets of eight bits of HDLC."""
        return octets

    def pass_decoded(self, now: Tick, events: list[Event]) -> None:
        """Events decoded from bits arrive, up to tick `now`, after `events` from before them."""
        shadowed, decoded = self.shadowed, self.decoded
        told: list[tuple[Tick, int, Direction, bytes]] = []
        while shadowed and shadowed[0][0] <= now:
            at, slot, _, frame = heapq.heappop(shadowed)
            told.append((at, slot, Direction.OUT, frame.data))
        while decoded and decoded[0].at <= now:
            event = decoded.popleft()
            if isinstance(event, Frame):
                told.append((event.at, event.slot, Direction.IN, event.data))
            events.append(event)
        # Recorders are told as by event jump: tick by tick, slot by slot, first what was sent.
        told.sort(key=lambda item: (item[0], item[1], item[2] is Direction.IN))
        for at, slot, direction, data in told:
            for tap in self.sender_taps if direction is Direction.OUT else self.receiver_taps:
                tap(at, direction, slot, data)
        events.sort(key=lambda event: event.at)

    def render_from(self, since: Tick) -> None:
        """From tick `since` on, what arrives is decoded from bits."""
        self.bits_from = since
        self.passed = since - 1
        late = [due for due in self.due if due[0] >= since]
        if late:
            self.due[:] = [due for due in self.due if due[0] < since]
            heapq.heapify(self.due)
            for due in late:
                heapq.heappush(self.shadowed, due)

    def jump_from(self, since: Tick) -> None:
        """From tick `since` on, frames arrive by event jump again."""
        self.bits_from = NEVER
        for due in self.shadowed:
            if due[0] >= since:
                heapq.heappush(self.due, due)
        self.shadowed[:] = [due for due in self.shadowed if due[0] < since]
        heapq.heapify(self.shadowed)

    def declared(self, slot: int, first: int, n: int) -> bytes:
        """The octets meant for `slot`, samples `first` … `first` + n - 1."""
        audio = self.audio.get(slot)
        if audio is not None:
            return audio.octets(first, n)
        frames = self.frames.get(slot)
        if frames is not None:
            return frames.octets(first, n, self.idle).tobytes()
        return bytes((self.idle,)) * n

    def carried(self, slot: int, first: int, n: int) -> bytes:
        """The octets that the multiplexer puts into `slot`: slot faults are in, line faults are not."""
        if not self.faults.slot:
            return self.declared(slot, first, n)
        return self.faults.multiplex(slot, first, n, self.declared)

    def received(self, slot: int, first: int, n: int) -> bytes:
        """The octets that came out of the demultiplexer at the receiving end."""
        octets = self.carried(slot, first, n)
        exceptions = self._exceptions.get(slot)
        if not exceptions:
            return octets
        index = max(0, bisect_right(exceptions, first, key=lambda kept: kept[0]) - 1)
        for since, data in exceptions[index:]:
            if since >= first + n:
                break
            begin, end = max(since, first), min(since + len(data), first + n)
            if begin < end:
                octets = octets[: begin - first] + data[begin - since : end - since] + octets[end - first :]
        return octets

    def busy_slots(self) -> list[int]:
        """The slots that may carry anything but the idle octet."""
        slots = {*self.frames, *self.audio}
        for fault in self.faults.slot:
            slots.update(fault.args if fault.kind == "slot-cross" else (fault.slot or 0,))
        return sorted(slots)

    def differs(self, slot: int, first: int, octets: bytes) -> None:
        """Keep what was decoded from the line where it is not what the multiplexer had put in."""
        self._exceptions.setdefault(slot, []).append((first, octets))

    def forget_rendered(self, frame: int) -> None:
        """What was rendered from E1 frame `frame` on is void."""
        for exceptions in self._exceptions.values():
            while exceptions and exceptions[-1][0] >= frame:
                exceptions.pop()
        for multiframe in [key for key in self.signals if key * MULTIFRAME >= frame]:
            del self.signals[multiframe]

    def touched_frames(self) -> Iterator[tuple[int, int]]:
        """The ranges of E1 frames whose framing or D-channel bits are not what the event trace predicts,
        so that bits must be run.

        A crossed or dead slot that carries audio only changes nothing but that audio. A slot that one end has
        open as FRAMES and the other as OCTETS carries whatever HDLC there is in those octets.
        """
        for slot, since in self.listeners.items():
            if slot in self.audio:
                yield since // SAMPLE, NEVER // SAMPLE
        for fault in self.faults.line:
            yield self.faults.touched(fault)
        for fault in self.faults.slot:
            slots = fault.args if fault.kind == "slot-cross" else (fault.slot,)
            if any(slot in self.frames for slot in slots):
                yield self.faults.touched(fault)

    def forget(self, before: Tick) -> None:
        """Drop the trace of everything that was over before that tick."""
        sample = before // SAMPLE
        for frames in self.frames.values():
            frames.forget(before)
        for audio in self.audio.values():
            audio.forget(sample)
        self.faults.forget(sample)
        for slot, exceptions in self._exceptions.items():
            self._exceptions[slot] = [kept for kept in exceptions if kept[0] + len(kept[1]) > sample]
        for multiframe in [key for key in self.signals if (key + 1) * MULTIFRAME < sample]:
            del self.signals[multiframe]
