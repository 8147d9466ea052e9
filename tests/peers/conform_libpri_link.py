"""libpri's layer 2 as an implementation under test of the cases of Q.921: a primary rate link of TEI 0,
or one end of a bus with TEI management.

Its layer 2 has no functions of its own: it asks for its link by itself, and sends an I frame for each
call.
"""

from __future__ import annotations

from collections.abc import Callable

from clockhook import VirtualClock
from libpri import Libpri, LibpriEnd
from libpri_bri import LibpriBasic

from trunkbench.config import SpanConfig
from trunkbench.conform.pixit import ConformConfig
from trunkbench.conform.q921.upper import LinkUpper
from trunkbench.conform.session import Implementation
from trunkbench.pump import Pump
from trunkbench.span import Peer
from trunkwire.side import Side
from trunkwire.ticks import SECOND

_FIRST_CHANNEL = 17
_QUIET = {"T303": 600 * SECOND}
"""So that no SETUP is sent again while a case of layer 2 looks on."""


class LibpriLinkUpper(LinkUpper):
    """The user above it: a call for each I frame."""

    def __init__(self, end: LibpriEnd, pump: Pump, drain: Callable[[], None]) -> None:
        self._end = end
        self._pump = pump
        self._drain = drain
        self._channel = _FIRST_CHANNEL

    def send_data(self, data: bytes) -> None:
        """SETUP."""
        self._end.place("300", self._pump.now, channel=self._channel, exclusive=True)
        self._channel += 1
        self._drain()


def libpri_link() -> Implementation:
    """libpri, to be handed to one `Session` after another."""
    clock = VirtualClock()
    library = Libpri(clock)

    def make(span: SpanConfig, side: Side) -> LibpriEnd:
        clock.now = 0  # a session begins at tick 0, and the end of the one before is closed
        if span.kind == "bri":
            return LibpriBasic(library, side, multipoint=True)
        return LibpriEnd(library, side, timers=_QUIET)

    def upper(peer: Peer, pump: Pump, drain: Callable[[], None]) -> LibpriLinkUpper:
        assert isinstance(peer, LibpriEnd)
        return LibpriLinkUpper(peer, pump, drain)

    return Implementation(f"libpri {library.version}, layer 2", make, upper, ConformConfig(stimulus="bench"))
