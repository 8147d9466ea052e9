"""Frame and CRC-4 multiframe alignment as a state table (G.706 clause 4).

Theory of operation. A frame alignment signal (FAS) is looked for at every bit. One that is followed by bit 2
= 1 in the next frame and by a FAS in the one after is the alignment (4.1.2). With CRC-4 it stays on
probation: two multiframe alignment signals (MFAS) must show within 8 ms, a multiple of 2 ms apart, else the
FAS was an imitation and the search goes on behind it (4.2). Alignment is lost with three consecutive bad FAS,
or bad bits 2 (4.1.1); and an excess of errored CRC-4 blocks, 915 of the 1000 of a second, proves it false
(4.3.2).

Not here: the automatic fall-back between CRC-4 and other equipment (G.706 Annex B).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from trunkwire.e1.frame import MFAS

CONSECUTIVE_ERRORS = 3
"""Bad FAS, or bad bits 2, in a row that are a loss of frame alignment (G.706 4.1.1)."""
MFAS_SEARCH_FRAMES = 64
"""8 ms: how long the search for the CRC-4 multiframe may take (G.706 4.2)."""
BLOCKS_A_SECOND = 1000
CRC_EXCESS = 915
"""Errored blocks in a second from which frame alignment is false (G.706 4.3.2)."""


class Sync(enum.Enum):
    """What is known about the alignment."""

    SEARCH = "looking for a FAS at every bit"
    BIT2 = "FAS seen, bit 2 of the next frame is due"
    SECOND_FAS = "bit 2 was right, the second FAS is due"
    BASIC = "frame alignment; with CRC-4 on probation, looking for the multiframe"
    MULTIFRAME = "frame and CRC-4 multiframe alignment"


class Seen(enum.Enum):
    """What the receiver saw where it looked."""

    FAS = "frame alignment signal"
    NO_FAS = "no frame alignment signal where one is due"
    BIT2_ONE = "bit 2 is 1 in the frame between"
    BIT2_ZERO = "bit 2 is 0 in the frame between"
    THIRD_NO_FAS = "third consecutive bad frame alignment signal"
    THIRD_BIT2_ZERO = "third consecutive bad bit 2"
    SECOND_MFAS = "second multiframe alignment signal, a multiple of 2 ms behind another"
    MFAS_TIMEOUT = "8 ms without two multiframe alignment signals"
    CRC_EXCESS = "915 errored CRC-4 blocks in a second"


class Row(NamedTuple):
    """One row of the table: the state after, and the clause of G.706 that says so."""

    after: Sync
    clause: str


TABLE: Mapping[Sync, Mapping[Seen, Row]] = {
    Sync.SEARCH: {
        Seen.FAS: Row(Sync.BIT2, "4.1.2 a"),
    },
    Sync.BIT2: {
        Seen.BIT2_ONE: Row(Sync.SECOND_FAS, "4.1.2 b"),
        Seen.BIT2_ZERO: Row(Sync.SEARCH, "4.1.2 b"),
    },
    Sync.SECOND_FAS: {
        Seen.FAS: Row(Sync.BASIC, "4.1.2 c"),
        Seen.NO_FAS: Row(Sync.SEARCH, "4.1.2 c"),
    },
    Sync.BASIC: {
        Seen.FAS: Row(Sync.BASIC, "4.1.1"),
        Seen.NO_FAS: Row(Sync.BASIC, "4.1.1"),
        Seen.THIRD_NO_FAS: Row(Sync.SEARCH, "4.1.1"),
        Seen.BIT2_ONE: Row(Sync.BASIC, "4.1.1"),
        Seen.BIT2_ZERO: Row(Sync.BASIC, "4.1.1"),
        Seen.THIRD_BIT2_ZERO: Row(Sync.SEARCH, "4.1.1"),
        Seen.SECOND_MFAS: Row(Sync.MULTIFRAME, "4.2"),
        Seen.MFAS_TIMEOUT: Row(Sync.SEARCH, "4.2"),
    },
    Sync.MULTIFRAME: {
        Seen.FAS: Row(Sync.MULTIFRAME, "4.1.1"),
        Seen.NO_FAS: Row(Sync.MULTIFRAME, "4.1.1"),
        Seen.THIRD_NO_FAS: Row(Sync.SEARCH, "4.1.1"),
        Seen.BIT2_ONE: Row(Sync.MULTIFRAME, "4.1.1"),
        Seen.BIT2_ZERO: Row(Sync.MULTIFRAME, "4.1.1"),
        Seen.THIRD_BIT2_ZERO: Row(Sync.SEARCH, "4.1.1"),
        Seen.CRC_EXCESS: Row(Sync.SEARCH, "4.3.2"),
    },
}
"""For each state the events that it accepts. What it does not list cannot be seen there."""


class AlignmentMisuse(Exception):
    """The receiver reported something that cannot be seen in the state; nothing changed."""

    def __init__(self, sync: Sync, seen: Seen) -> None:
        super().__init__(f"alignment in state {sync.name} cannot see {seen.name} (G.706 clause 4)")
        self.sync = sync
        self.seen = seen


@dataclass(frozen=True, slots=True)
class Alignment:
    """The state of alignment and its counters, as a value: `fas`, `bit2` … give the state after.

    Rule of use: in SEARCH only `found`; in BIT2 `bit2`; in SECOND_FAS `fas`; from BASIC on one of `fas` and
    `bit2` for each frame, then, with CRC-4, `multiframe_frame` while in BASIC.
    """

    crc4: bool
    sync: Sync = Sync.SEARCH
    fas_errors: int = 0
    bit2_errors: int = 0
    searched: int = 0
    """Frames since frame alignment without multiframe alignment."""
    si: int = 0
    """The last six Si bits of frames without FAS, the latest lowest, below a 1 that marks how many there
    are."""
    phases: int = 0
    """Bit p is set when a MFAS ended p frames, modulo 16, after frame alignment was found."""

    @property
    def in_service(self) -> bool:
        """Whether all the alignment that this line has is there."""
        return self.sync is (Sync.MULTIFRAME if self.crc4 else Sync.BASIC)

    @property
    def aligned(self) -> bool:
        """Whether frame alignment is there, be it on probation."""
        return self.sync in (Sync.BASIC, Sync.MULTIFRAME)

    @property
    def steady(self) -> bool:
        """In service and without an error to remember."""
        return self.in_service and not self.fas_errors and not self.bit2_errors

    def see(self, seen: Seen) -> Alignment:
        """Follow the table. Raises AlignmentMisuse, changing nothing, for what the state does not accept."""
        row = TABLE[self.sync].get(seen)
        if row is None:
            raise AlignmentMisuse(self.sync, seen)
        if row.after is self.sync:
            return self
        return Alignment(self.crc4, row.after)

    def found(self) -> Alignment:
        """A FAS was found by the search."""
        return self.see(Seen.FAS)

    def fas(self, right: bool) -> Alignment:
        """The octet in which a FAS is due has come."""
        if right:
            after = self.see(Seen.FAS)
            return replace(after, fas_errors=0) if after.fas_errors else after
        errors = self.fas_errors + 1
        if self.aligned and errors == CONSECUTIVE_ERRORS:
            return self.see(Seen.THIRD_NO_FAS)
        after = self.see(Seen.NO_FAS)
        return replace(after, fas_errors=errors) if after.aligned else after

    def bit2(self, one: bool) -> Alignment:
        """Timeslot 0 of the frame without FAS has come."""
        if one:
            after = self.see(Seen.BIT2_ONE)
            return replace(after, bit2_errors=0) if after.bit2_errors else after
        errors = self.bit2_errors + 1
        if self.aligned and errors == CONSECUTIVE_ERRORS:
            return self.see(Seen.THIRD_BIT2_ZERO)
        after = self.see(Seen.BIT2_ZERO)
        return replace(after, bit2_errors=errors) if after.aligned else after

    def multiframe_frame(self, si: int | None) -> Alignment:
        """A frame has passed in BASIC with CRC-4; `si` is its Si bit, None in a frame with FAS (4.2)."""
        phases, history = self.phases, self.si
        if si is not None:
            history = (history or 1) << 1 | si
            if history >= _MFAS_SEEN:
                history = history & _MFAS_WINDOW | _MFAS_SEEN
            if history == _MFAS_FOUND:
                phase = 1 << self.searched % 16
                if phases & phase:
                    return self.see(Seen.SECOND_MFAS)
                phases |= phase
        searched = self.searched + 1
        if searched >= MFAS_SEARCH_FRAMES:
            return self.see(Seen.MFAS_TIMEOUT)
        return Alignment(self.crc4, self.sync, self.fas_errors, self.bit2_errors, searched, history, phases)

    def crc_excess(self) -> Alignment:
        """Too many CRC-4 blocks of this second were errored (4.3.2)."""
        return self.see(Seen.CRC_EXCESS)


_MFAS_SEEN = 1 << len(MFAS)
_MFAS_WINDOW = _MFAS_SEEN - 1
_MFAS_FOUND = _MFAS_SEEN | int("".join(map(str, MFAS)), 2)
MFAS_END = 11
"""The frame of the multiframe in which the MFAS ends (G.704 table 5B)."""
