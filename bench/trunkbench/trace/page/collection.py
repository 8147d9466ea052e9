"""What of a trace goes into a picture or page: bounded, whatever the length of the trace."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from trunkbench.trace.callrows import CallRow, CallRows
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import number_of
from trunkbench.trace.record import UNTIMED, Happening

MOST_FRAMES = 2000
"""Frames that are embedded from the trace's beginning; those that findings name come on top."""
MOST_CALLS = 1000
MOST_HAPPENINGS = 500
_LOOKING_BACK = 500
"""How far back a finding may name a frame that was passed over."""


@dataclass(slots=True)
class Collection:
    """What has been chosen so far, and how much there was in all."""

    limit: int = MOST_FRAMES
    frames: list[Decoded] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    total: int = 0
    epoch_ns: int | None = None
    last_ns: int = 0
    rows: list[CallRow] = field(default_factory=list)
    calls: int = 0
    _calls: CallRows = field(default_factory=CallRows)
    _shown: set[int] = field(default_factory=set)
    _recent: deque[Decoded] = field(default_factory=lambda: deque(maxlen=_LOOKING_BACK))
    _held: set[int] = field(default_factory=set)

    @property
    def left_out(self) -> int:
        """How many frames are not embedded."""
        return self.total - len(self.frames)

    def watch(self, frame: Decoded) -> None:
        """Take note of a frame for the rows of the calls, shown or not."""
        self._rows(self._calls.feed(frame))

    def take(self, item: Decoded | Happening) -> None:
        """Something that is to be shown, if there is room."""
        at_ns = item.at_ns if isinstance(item, Happening) else item.record.at_ns
        if at_ns != UNTIMED:
            self.epoch_ns = at_ns if self.epoch_ns is None else min(self.epoch_ns, at_ns)
            self.last_ns = max(self.last_ns, at_ns)
        if isinstance(item, Happening):
            if len(self.happenings) < MOST_HAPPENINGS:
                self.happenings.append(item)
            return
        self.total += 1
        if item.call is not None:
            self._shown.add(item.call.number)
        if len(self.frames) < self.limit:
            self._keep(item)
        else:
            self._recent.append(item)

    def want(self, numbers: Iterable[int]) -> None:
        """Frames that a finding names are kept beyond the limit, as long as they are not long past."""
        wanted = set(numbers) - self._held
        if wanted:
            for frame in self._recent:
                if number_of(frame) in wanted:
                    self._keep(frame)

    def _keep(self, frame: Decoded) -> None:
        self.frames.append(frame)
        self._held.add(number_of(frame))

    def _rows(self, rows: Iterable[CallRow]) -> None:
        for row in rows:
            if row.number in self._shown:
                self.calls += 1
                if len(self.rows) < MOST_CALLS:
                    self.rows.append(row)
                self._shown.discard(row.number)

    def finish(self, rest: Iterable[CallRow]) -> None:
        """The trace is over; `rest` are the rows of the calls that were still open."""
        self._rows(rest)
        self.frames.sort(key=lambda frame: frame.order)

    @property
    def open_rows(self) -> CallRows:
        """The rows that are growing, to be finished with what the decoder gives at the end."""
        return self._calls

    def holds(self, number: int) -> bool:
        """Whether a frame with that number is embedded."""
        return number in self._held
