"""Joining two calls of an exchange: what the party of one says is passed on to the party of the other.

On the loopback a source takes what the other line carries, also what it will carry if nothing changes there,
since lines at depth bits are rendered ahead of time; they are rendered anew when something does. On cards it
takes what has been heard by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.ports.port import WirePort
from trunkwire.ticks import SAMPLE

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.device import Port, Source

CROSSING = 16
"""Samples that speech takes through the exchange on the loopback: 2 ms, two buffers of a time switch."""

CROSSING_ON_CARDS = 2000
"""The same where cards bring it in blocks, through their jitter buffers: 250 ms."""


def join(listener: Call, speaker: Call) -> None:
    """Let the party of `listener` hear what that of `speaker` says. Both calls have a channel."""
    assert listener.span is not None
    assert listener.slot is not None
    assert speaker.span is not None
    assert speaker.slot is not None
    here, there = listener.span.port, speaker.span.port
    start = -(-listener.exchange.now // SAMPLE)
    source = _through(there, speaker.slot, start, listener.exchange.lines.law.silence)
    if isinstance(here, WirePort) and isinstance(there, WirePort) and here.wire is not there.wire:
        followers = there.wire.followers
        if here.wire.reconsider not in followers:
            followers.append(here.wire.reconsider)
    here.play(listener.slot, source, start * SAMPLE)


def _through(port: Port, slot: int, start: int, silence: int) -> Source:
    """What the port receives on that slot from sample `start` on, a while later; silence before."""

    def carried(first: int, n: int) -> bytes:
        begin = first - CROSSING
        before = min(max(start - begin, 0), n)
        assert isinstance(port, WirePort)
        return bytes((silence,)) * before + port.expected(slot, begin + before, n - before)

    def heard(first: int, n: int) -> bytes:
        begin = first - CROSSING_ON_CARDS
        end = begin + n
        known = min(max(port.horizon(slot) // SAMPLE, begin), end)
        since = min(max(start, begin), known)
        there = port.heard(slot, since, known - since) if known > since else b""
        return bytes((silence,)) * (since - begin) + there + bytes((silence,)) * (end - known)

    return carried if isinstance(port, WirePort) else heard
