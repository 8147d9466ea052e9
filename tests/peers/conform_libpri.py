"""libpri as an implementation under test of the conformance suite: the parties behind it, and its upper
tester.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import msgspec
from clockhook import VirtualClock
from libpri import Libpri, LibpriEnd
from libpri_library import Event
from subscriber import CHANNEL_UNACCEPTABLE, USER_BUSY, Behaviour, CallRecord

from trunkbench.config import SpanConfig
from trunkbench.conform.pixit import OWN_NUMBERS
from trunkbench.conform.session import Implementation
from trunkbench.conform.upper import NotPossible, NoUpper
from trunkbench.pump import Pump
from trunkbench.span import Peer
from trunkwire.side import Side

_CHANNEL = 17
"""The channel that libpri's own calls ask for: the tester's are on another."""

_PLAN = {
    OWN_NUMBERS.answers: Behaviour.answers(),
    OWN_NUMBERS.rings: Behaviour.alerts_only(),
    OWN_NUMBERS.busy: Behaviour.rejects(USER_BUSY, proceeding=True),
    OWN_NUMBERS.proceeds: Behaviour(alerting_after=None),
    OWN_NUMBERS.silent: Behaviour.silent(),
    OWN_NUMBERS.announces: Behaviour.in_band(clear_after=0),
    OWN_NUMBERS.tones: Behaviour(alerting_after=None, progress_after=0),
}


class ConformEnd(LibpriEnd):
    """An end whose application gives up the calls that a RESTART concerns, which libpri leaves to it,
    and takes digits only while it waits for some.
    """

    def _on_info_received(self, event: Event) -> None:
        record = self.calls.get(event.call) if event.call is not None else None
        if record is not None and not record.outgoing and record.called not in self.plan:
            super()._on_info_received(event)

    def _on_restart(self, event: Event) -> None:
        destroy = self.library.functions.pri_destroycall
        destroy.argtypes, destroy.restype = (ctypes.c_void_p, ctypes.c_void_p), None
        for record in tuple(self.calls.values()):
            if event.channel in (None, record.channel):
                destroy(self._pri, record.handle)
                self._ended(record, event.tick)


class LibpriUpper(NoUpper):
    """The user above libpri; what libpri offers no function for is not possible."""

    def __init__(self, end: LibpriEnd, pump: Pump, drain: Callable[[], None]) -> None:
        self._end = end
        self._pump = pump
        self._drain = drain

    def place(self, called: str, *, complete: bool) -> None:
        """SETUP."""
        self._end.place(called, self._pump.now, channel=_CHANNEL, exclusive=True, complete=complete)
        self._drain()

    def dial_on(self, digits: str) -> None:
        """INFORMATION, one a digit."""
        self._end.dial_on(self._record(), digits, self._pump.now)
        self._drain()

    def hang_up(self) -> None:
        """DISCONNECT with cause 16."""
        self._end.hang_up(self._record(), self._pump.now)
        self._drain()

    def restart(self, channel: int | None) -> None:
        """RESTART of one channel: libpri cannot name the interface (docs/peers.md)."""
        if channel is None:
            raise NotPossible("libpri has no way to restart the interface as a whole")
        self._end.restart(channel, self._pump.now)
        self._drain()

    def audit(self) -> list[str]:
        """By its own count."""
        return self._end.audit()

    def reset(self) -> None:
        """Hang up whatever it still has."""
        for record in self._end.records:
            if record.ended_at is None and record.cleared_by is None:
                self._end.hang_up(record, self._pump.now, CHANNEL_UNACCEPTABLE)
        self._drain()

    def _record(self) -> CallRecord:
        if not self._end.records or self._end.records[-1].ended_at is not None:
            raise NotPossible("libpri has no call that its user could act upon")
        return self._end.records[-1]


def libpri() -> Implementation:
    """libpri, to be handed to one `Session` after another."""
    clock = VirtualClock()
    library = Libpri(clock)

    def make(_span: SpanConfig, side: Side) -> LibpriEnd:
        clock.now = 0  # a session begins at tick 0, and the end of the one before is closed
        plan = {number: does for number, does in _PLAN.items() if number is not None}
        return ConformEnd(library, side, plan=plan, overlap=True)

    def upper(peer: Peer, pump: Pump, drain: Callable[[], None]) -> LibpriUpper:
        assert isinstance(peer, LibpriEnd)
        return LibpriUpper(peer, pump, drain)

    pixit = msgspec.structs.replace(OWN_NUMBERS, state_numbers="user")
    return Implementation(f"libpri {library.version}", make, upper, pixit)
