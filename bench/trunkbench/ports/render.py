"""Rendering: from the event trace of one direction to the octets of its line (E1: G.704 clause 2.3)."""

from __future__ import annotations

import numpy as np

from trunkbench.ports.framing import Framing
from trunkbench.ports.lanes import Octets
from trunkbench.ports.way import Way
from trunkwire.e1.crc4 import crc4_blocks
from trunkwire.e1.frame import FRAME_OCTETS, MULTIFRAME, SUBMULTIFRAME
from trunkwire.e1.mux import CHUNK, CLEAR, Signals, frame_crc4, multiplex


def slots_of(way: Way, first: int, n: int, octets: int = FRAME_OCTETS) -> Octets:
    """What the multiplexer puts into the slots of frames `first` … + n - 1: (octets, n), row 0 empty."""
    slots = np.full((octets, n), way.idle, np.uint8)
    for slot in way.busy_slots():
        slots[slot] = np.frombuffer(way.carried(slot, first, n), np.uint8)
    return slots


def render(way: Way, first: int, n: int, framing: Framing) -> Octets:
    """The octets (n, octets of a frame) of frames `first` … + n - 1 as they arrive: framing and line faults
    included.
    """
    line = np.empty((n, framing.octets), np.uint8)
    begin = first - first % MULTIFRAME
    previous = 0
    if framing.crc4:
        previous = _remainder_before(way, begin)
    end = first + n
    while begin < end:
        count = min(CHUNK, -(-(end - begin) // MULTIFRAME) * MULTIFRAME)
        slots = slots_of(way, begin, count, framing.octets)
        previous = framing.frame(slots, signals_of(way, begin, count), previous)
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
