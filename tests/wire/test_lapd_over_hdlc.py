"""Two LAPD ends over a D channel of bits: framed, hurt by random bit errors, and found again by the FCS."""

from __future__ import annotations

import random

import pytest

from trunkwire.hdlc import BadFrame, BitEncoder, Fill, GoodFrame, Receiver
from trunkwire.lapd import Data, Error, Established, LapdLink, LapdSettings, Output, State, Transmit
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, SAMPLE

BLOCK = 40
"""Octets a step: 5 ms of a timeslot."""


class End:
    """A link, the encoder it sends through and the receiver it hears with."""

    def __init__(self, side: Side, fill: Fill) -> None:
        self.link = LapdLink(side, LapdSettings(t200=100 * MILLISECOND))
        self.encoder, self.receiver = BitEncoder(fill), Receiver()
        self.data: list[bytes] = []
        self.notices: list[Output] = []
        self.bad = 0

    def drain(self) -> None:
        while (output := self.link.poll_output()) is not None:
            if isinstance(output, Transmit):
                self.encoder.queue(output.frame)
            elif isinstance(output, Data):
                self.data.append(output.data)
            else:
                self.notices.append(output)

    def hear(self, octets: bytes, now: int) -> None:
        for event in self.receiver.receive(octets):
            if isinstance(event, GoodFrame):
                self.link.receive(event.data, now)
                self.drain()
            self.bad += isinstance(event, BadFrame)
        self.link.handle_timer(now)
        self.drain()


def carry(ends: tuple[End, End], steps: int, rng: random.Random, rate: float, now: int) -> int:
    """Run the line for `steps` blocks, each bit wrong with probability `rate`; the time after it."""
    for _ in range(steps):
        now += BLOCK * SAMPLE
        lines = []
        for end in ends:
            end.drain()
            octets = bytearray(end.encoder.octets(BLOCK))
            for place in range(8 * BLOCK):
                if rng.random() < rate:
                    octets[place // 8] ^= 1 << place % 8
            lines.append(bytes(octets))
        ends[1].hear(lines[0], now)
        ends[0].hear(lines[1], now)
    return now


@pytest.mark.parametrize("fill", list(Fill))
@pytest.mark.parametrize("rate", [0.0, 1e-4, 1e-3])
def test_data_survives_bit_errors(fill: Fill, rate: float) -> None:
    rng = random.Random(f"{fill.value} {rate}")
    ends = (End(Side.USER, fill), End(Side.NETWORK, fill))
    ends[0].link.establish(0)
    now = carry(ends, 4, rng, 0.0, 0)
    sent: tuple[list[bytes], list[bytes]] = ([], [])
    for number in range(60):
        for end, queue in zip(ends, sent, strict=True):
            if end.link.state in (State.MULTIPLE_FRAME_ESTABLISHED, State.TIMER_RECOVERY):
                queue.append(bytes((number,)) * rng.randrange(1, 30))
                end.link.send(queue[-1], now)
        now = carry(ends, 4, rng, rate, now)
    now = carry(ends, 400, rng, 0.0, now)
    reset = any(
        isinstance(notice, Error) or (isinstance(notice, Established) and notice.reset)
        for end in ends
        for notice in end.notices
    )
    for queue, other in ((sent[0], ends[1]), (sent[1], ends[0])):
        assert other.data == [data for data in queue if data in other.data]
        assert reset or other.data == queue
    assert (sum(end.bad for end in ends) > 0) is (rate > 0)
    assert rate == 1e-3 or not reset
    assert [end.link.audit() for end in ends] == [[], []]
