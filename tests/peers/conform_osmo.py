"""libosmoabis' LAPD as an implementation under test of the cases of Q.921: one data link of TEI 0."""

from __future__ import annotations

import ctypes
import errno
from collections.abc import Callable

from osmo_lapd_worker import OsmoLapd

from trunkbench.config import SpanConfig
from trunkbench.conform.pixit import ConformConfig
from trunkbench.conform.q921.upper import LinkUpper
from trunkbench.conform.session import Implementation
from trunkbench.pump import Pump
from trunkbench.span import Peer
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, Tick


class OsmoEnd:
    """One end of a D channel, played by libosmoabis: TEI 0 and SAPI 0."""

    def __init__(self, side: Side) -> None:
        self.lapd = OsmoLapd(network=side is Side.NETWORK)
        self.lapd.abis.lapd_sap_stop.argtypes = [ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint8]
        self.lapd.abis.lapd_instance_free.argtypes = [ctypes.c_void_p]
        self._now: Tick = 0
        self._open = True

    def receive(self, frame: bytes, now: Tick) -> None:
        """A frame has come."""
        self.handle_timer(now)
        self.lapd.receive(frame)

    def handle_timer(self, now: Tick) -> None:
        """Let its clocks come to `now`, and what is due happen."""
        self._now = now
        self.lapd.advance(now)

    def poll_output(self) -> bytes | None:
        """The next frame to send."""
        return self.lapd.frames.pop(0) if self.lapd.frames else None

    def next_deadline(self) -> Tick | None:
        """When the first of its timers is due, to the millisecond."""
        self.lapd.core.osmo_timers_prepare()
        wait = self.lapd.core.osmo_timers_nearest_ms()
        return None if wait < 0 else self._now + max(wait, 1) * MILLISECOND

    @property
    def in_service(self) -> bool:
        """Whether its data link has come up and not gone."""
        told = [each for each in self.lapd.primitives if each.startswith(("establish", "release"))]
        return bool(told) and told[-1].startswith("establish")

    def audit(self) -> list[str]:
        """Every case has an end of its own."""
        return []

    def close(self) -> None:
        """Free the instance, and with it its timers."""
        if self._open:
            self._open = False
            self.lapd.abis.lapd_instance_free(self.lapd.instance)


class OsmoUpper(LinkUpper):
    """The user above the library.

    It has no function for its own receiver being busy, none for UI, and releases a link without DISC.
    """

    def __init__(self, end: OsmoEnd, pump: Pump, drain: Callable[[], None]) -> None:
        self._end = end
        self._pump = pump
        self._drain = drain

    def _ask(self, request: Callable[[OsmoLapd], object]) -> None:
        self._end.handle_timer(self._pump.now)
        request(self._end.lapd)
        self._drain()

    def establish_link(self) -> None:
        """DL-ESTABLISH request; of a link that a DISC has made it know, the record has to go first."""

        def start(lapd: OsmoLapd) -> None:
            if lapd.abis.lapd_sap_start(lapd.instance, 0, 0) == -errno.EEXIST:
                lapd.abis.lapd_sap_stop(lapd.instance, 0, 0)
                lapd.start()

        self._ask(start)

    def send_data(self, data: bytes) -> None:
        """DL-DATA request."""
        self._ask(lambda lapd: lapd.send(data))


def osmo() -> Implementation:
    """libosmoabis, to be handed to one `Session` after another."""

    def make(_span: SpanConfig, side: Side) -> OsmoEnd:
        return OsmoEnd(side)

    def upper(peer: Peer, pump: Pump, drain: Callable[[], None]) -> OsmoUpper:
        assert isinstance(peer, OsmoEnd)
        return OsmoUpper(peer, pump, drain)

    return Implementation("libosmoabis 1.3.0", make, upper, ConformConfig(stimulus="bench"))
