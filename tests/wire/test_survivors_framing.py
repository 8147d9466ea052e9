"""Framing at its edges: an alignment signal needs all its bits, and a frame too long may end blocks later."""

from __future__ import annotations

import itertools

import pytest

from trunkwire.e1 import Alignment, Sync
from trunkwire.hdlc import BadFrame, BadKind, BitEncoder, BulkReceiver, Fill, Limits, Receiver

MFAS = "001011"


def aligned(si_bits: str) -> Alignment:
    """The alignment after the frames with these Si bits (the spare ones with FAS between them)."""
    alignment = Alignment(crc4=True).found().bit2(True).fas(True)
    for bit in si_bits:
        alignment = alignment.multiframe_frame(int(bit))
        if alignment.sync is Sync.BASIC:
            alignment = alignment.multiframe_frame(None)
    return alignment


@pytest.mark.parametrize("missing", range(1, len(MFAS)))
def test_the_end_of_a_multiframe_alignment_signal_is_none(missing: int) -> None:
    """A search that begins within an MFAS has not seen it: the next two count (G.706 4.2)."""
    period = MFAS + "11"
    line = MFAS[missing:] + "11" + period * 2
    second_ends = len(line) - 2
    assert aligned(line[: second_ends - 1]).sync is Sync.BASIC
    assert aligned(line[:second_ends]).sync is Sync.MULTIFRAME


def test_a_signal_broken_in_any_bit_is_none() -> None:
    for at, broken in itertools.product(range(len(MFAS)), range(2)):
        wrong = [MFAS, MFAS]
        bits = list(MFAS)
        bits[at] = "10"[int(bits[at])]
        wrong[broken] = "".join(bits)
        assert aligned("11".join(wrong)).sync is Sync.BASIC


@pytest.mark.parametrize("quiet", [0, 1, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_frame_too_long_is_told_when_it_ends_though_blocks_without_an_end_come_first(
    channels: int, quiet: int
) -> None:
    limits = Limits(3, 8)
    encoder = BitEncoder(Fill.FLAGS)
    encoder.queue(b"\x00" * 40)
    line = encoder.octets(60)
    blocks = [line[:20], *[line[20 + 5 * n : 25 + 5 * n] for n in range(quiet)], line[20 + 5 * quiet :]]
    bulk, scalar = BulkReceiver(channels, limits), Receiver(limits)
    idle = b"\x7e" * 60
    told = []
    for block in blocks:
        others = [idle[: len(block)]] * (channels - 1)
        events = bulk.receive([*others, block])
        assert events[-1] == scalar.receive(block)
        told += events[-1]
    assert [event.kind for event in told if isinstance(event, BadFrame)] == [BadKind.TOO_LONG]
