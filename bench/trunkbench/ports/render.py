"""Rendering: from the event trace of one direction to E1 octets (G.704 clause 2.3)."""

from __future__ import annotations

import numpy as np

from trunkbench.ports.lanes import Octets
from trunkbench.ports.way import Way
from trunkwire.e1.crc4 import crc4_blocks
from trunkwire.e1.frame import FRAME_OCTETS, MULTIFRAME, SUBMULTIFRAME
from trunkwire.e1.mux import CHUNK, CLEAR, Signals, frame_basic, frame_crc4, multiplex


def slots_of(way: Way, first: int, n: int) -> Octets:
    """What the multiplexer puts into the slots of frames `first` … + n - 1: (32, n), row 0 still empty."""
    slots = np.full((FRAME_OCTETS, n), way.idle, np.uint8)
    for slot in way.busy_slots():
        slots[slot] = np.frombuffer(way.carried(slot, first, n), np.uint8)
    return slots


def frame_slots(slots: Octets, signals: Signals, previous: int, *, crc4: bool) -> int:
    """Write timeslot 0 into `slots` (32, 16k), whose column 0 begins a multiframe.

    `previous` and the result are CRC-4 remainders: of the sub-multiframe before, and of the last one.
    """
    if crc4:
        return frame_crc4(slots, signals, previous)
    frame_basic(slots, signals)
    return 0


def render(way: Way, first: int, n: int, *, crc4: bool) -> Octets:
    """The octets (n, 32) of frames `first` … + n - 1 as they arrive: timeslot 0 and line faults included."""
    line = np.empty((n, FRAME_OCTETS), np.uint8)
    begin = first - first % MULTIFRAME
    previous = 0
    if crc4:
        previous = _remainder_before(way, begin)
    end = first + n
    while begin < end:
        count = min(CHUNK, -(-(end - begin) // MULTIFRAME) * MULTIFRAME)
        slots = slots_of(way, begin, count)
        previous = frame_slots(slots, signals_of(way, begin, count), previous, crc4=crc4)
        low, high = max(begin, first), min(begin + count, end)
        line[low - first : high - first] = multiplex(slots)[low - begin : high - begin]
        begin += count
    way.faults.spoil(line, first)
    return line


def signals_of(way: Way, first: int, n: int) -> Signals:
    """What timeslot 0 says in the multiframes of frames `first` … + n - 1, both multiples of 16."""
    multiframe = first // MULTIFRAME
    signals = np.full(n // MULTIFRAME, CLEAR, np.uint8)
    if way.signals:
        for index in range(len(signals)):
            signals[index] = way.signals.get(multiframe + index, CLEAR)
    return signals


def _remainder_before(way: Way, first: int) -> int:
    """The CRC-4 of the sub-multiframe that ends where the multiframe at frame `first` begins.

    Its own C bits do not count, so that nothing before it matters.
    """
    slots = slots_of(way, first - MULTIFRAME, MULTIFRAME)
    frame_crc4(slots, signals_of(way, first - MULTIFRAME, MULTIFRAME), 0)
    return int(crc4_blocks(slots[:, SUBMULTIFRAME:])[0])
