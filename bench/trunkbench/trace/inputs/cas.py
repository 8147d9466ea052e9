"""Channel associated signalling in timeslot 16 (G.704 5.1.3.2): the multiframe and each channel's a b c d.

Frame 0 of the 16 has 0000 xyxx, frames 1 to 15 the bits of channels 1 and 17, 2 and 18 … (timeslots 1 to 15
and 17 to 31). 0000 is no signal of a channel, so the alignment shows itself.
"""

from __future__ import annotations

from collections.abc import Iterator

MULTIFRAME = 16
_BELIEVED = 4
"""Multiframes in a row with one alignment and no 0000 elsewhere."""
_LOST = 3
"""Wrong alignment signals in a row after which it is looked for again."""
_PERSISTENCE = 2
"""Equal readings that are a change of signalling bits."""
_REMOTE = 0x04
"""The y bit: alarm at the remote end, 1 when there is one."""


class CasWatch:
    """Timeslot 16 of one direction, octet by octet."""

    def __init__(self) -> None:
        self.found = False
        self.changes = 0
        self._row = 0
        self._window: list[int] = []
        self._phase = 0
        self._wrong = 0
        self._bits: dict[int, int] = {}
        self._new: dict[int, tuple[int, int]] = {}
        self._alarm = False

    def receive(self, octets: bytes, first_row: int) -> Iterator[tuple[int, int, str]]:
        """What changed in these octets, the first of row `first_row`: (row, timeslot or 0, words)."""
        if not self.found:
            if not octets.strip(octets[:1]):
                self._window.clear()
                return
            yield from self._search(octets, first_row)
            return
        for row, octet in enumerate(octets, first_row):
            yield from self._octet(row, octet)

    def findings(self) -> Iterator[str]:
        """What timeslot 16 turned out to be."""
        if self.found:
            yield f"timeslot 16 carries channel associated signalling: {self.changes} changes of a b c d"

    def _search(self, octets: bytes, first_row: int) -> Iterator[tuple[int, int, str]]:
        """Look for the alignment of the multiframe; from there on read."""
        for place, octet in enumerate(octets):
            self._window.append(octet)
            if len(self._window) < _BELIEVED * MULTIFRAME:
                continue
            if self._aligned():
                self.found = True
                row = first_row + place
                self._phase = (row + 1) % MULTIFRAME
                yield row, 0, "timeslot 16: multiframe alignment of channel associated signalling"
                for back, seen in enumerate(self._window, row + 1 - len(self._window)):
                    yield from self._octet(back, seen)
                self._window.clear()
                for later, seen in enumerate(octets[place + 1 :], row + 1):
                    yield from self._octet(later, seen)
                return
            del self._window[0]

    def _aligned(self) -> bool:
        """Whether the window begins with frame 0 and is in order."""
        if self._window[0] >> 4:
            return False
        for place, octet in enumerate(self._window):
            begins = place % MULTIFRAME == 0
            if begins != (not octet >> 4) or (not begins and not octet & 0x0F):
                return False
        return True

    def _octet(self, row: int, octet: int) -> Iterator[tuple[int, int, str]]:
        number = (row - self._phase) % MULTIFRAME
        if number:
            yield from self._channel(row, number, octet >> 4)
            yield from self._channel(row, number + MULTIFRAME, octet & 0x0F)
            return
        if octet >> 4:
            self._wrong += 1
            if self._wrong == _LOST:
                self.found, self._wrong = False, 0
                self._bits.clear()
                yield row, 0, "timeslot 16: multiframe alignment of channel associated signalling is lost"
            return
        self._wrong = 0
        alarm = bool(octet & _REMOTE)
        if alarm is not self._alarm:
            self._alarm = alarm
            yield row, 0, f"timeslot 16: distant multiframe alarm {'set' if alarm else 'cleared'}"

    def _channel(self, row: int, slot: int, bits: int) -> Iterator[tuple[int, int, str]]:
        known = self._bits.get(slot)
        if bits == known:
            self._new.pop(slot, None)
            return
        before, count = self._new.get(slot, (bits, 0))
        count = count + 1 if before == bits else 1
        if count < _PERSISTENCE:
            self._new[slot] = bits, count
            return
        self._new.pop(slot, None)
        self._bits[slot] = bits
        self.changes += known is not None
        was = "" if known is None else f" (was {known:04b})"
        yield row, slot, f"timeslot {slot}: a b c d = {bits:04b}{was}"
