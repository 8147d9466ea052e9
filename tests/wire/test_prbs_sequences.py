"""Test patterns of O.150: the sequences bit by bit, and finding them again wherever they were cut."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.prbs import (
    O151_15,
    O152_11,
    O153_9,
    O153_20,
    SEQUENCES,
    Alteration,
    FixedOctet,
    Sequence,
    find,
    pattern_named,
    pattern_source,
)

EVERY = pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=lambda each: each.name)


def test_511_bits_from_all_ones() -> None:
    # From all ones, as spandsp generates it too (tests/peers/test_spandsp_bert.py).
    assert O153_9.octets(0, 16).tobytes().hex() == "ff83df1732094ed1e7cd8a91c6d5c4c4"


def test_32767_bits_as_digital_television_has_them() -> None:
    # EN 300 429 clause 6.1: 1 + x^14 + x^15, register 100101010000000; the first octets of its output.
    published = bytes.fromhex("03f6083430b8a393c968b773b329aaf5")
    plain = np.frombuffer(published, np.uint8) ^ np.uint8(0xFF)  # O.151 has the line inverted
    found = find(O151_15, plain)
    assert found is not None
    assert (found.alteration, found.first, found.length) == (Alteration.NONE, 0, 128)


@EVERY
def test_the_shift_register_and_its_longest_runs(sequence: Sequence) -> None:
    assert len(sequence.bits) == sequence.period == 2**sequence.stages - 1
    twice = np.concatenate([sequence.bits, sequence.bits]) ^ np.uint8(sequence.inverted)
    n = np.arange(sequence.stages, len(twice))
    assert (twice[n] == twice[n - sequence.stages] ^ twice[n - sequence.tap]).all()
    assert (
        sequence.where[1:] >= 0
    ).all()  # every state but zero comes once: the period is the longest there is
    if sequence is not O153_20:
        runs = [(bit, len(list(run))) for bit, run in groupby(twice[: 2 * sequence.period].tolist())]
        zeros = max(length for bit, length in runs if bit == sequence.inverted)
        assert zeros == sequence.stages - (not sequence.inverted)  # O.150: 8, 10, and inverted 15 zeros


@EVERY
@settings(deadline=None, max_examples=20)
@given(bit=st.integers(-(10**9), 10**9), n=st.integers(0, 300))
def test_any_piece_is_the_same_as_from_the_beginning(sequence: Sequence, bit: int, n: int) -> None:
    shifted = np.unpackbits(sequence.octets(bit, n))
    positions = (bit + np.arange(8 * n)) % sequence.period
    assert (shifted == sequence.bits[positions]).all()
    source = pattern_source(sequence, 3)
    assert source(bit, n) == sequence.octets(8 * (bit + 3), n).tobytes()


@EVERY
@settings(deadline=None, max_examples=20)
@given(bit=st.integers(0, 10**7), alteration=st.sampled_from(Alteration))
def test_it_is_found_from_any_bit_on_whatever_was_done_to_the_octets(
    sequence: Sequence, bit: int, alteration: Alteration
) -> None:
    found = find(sequence, alteration.apply(sequence.octets(bit, 40)))
    assert found is not None
    assert (found.alteration, found.bit) == (alteration, bit % sequence.period)
    assert (found.first, found.length) == (0, 320)


@EVERY
def test_it_is_not_found_where_it_is_not(sequence: Sequence) -> None:
    noise = np.random.default_rng(5).integers(0, 256, 4000).astype(np.uint8)
    assert find(sequence, noise) is None
    assert find(sequence, np.full(400, 0xD5, np.uint8)) is None
    assert find(sequence, sequence.octets(0, 7)) is None  # too little to go by
    for other in SEQUENCES.values():
        if other is not sequence:
            assert find(sequence, other.octets(0, 400)) is None


def test_a_fixed_octet_is_found_and_so_is_one_that_was_turned() -> None:
    pattern = pattern_named("7e")
    assert pattern == FixedOctet(0x7E)
    assert pattern_source(pattern)(17, 3) == b"\x7e\x7e\x7e"
    found = find(pattern, pattern.octets(3, 100))
    assert found is not None
    assert (found.alteration, found.bit) == (Alteration.NONE, 3)
    assert find(pattern, np.full(100, 0xD5, np.uint8)) is None


@pytest.mark.parametrize("name", ["2^10-1", "", "7E7", "-1"])
def test_a_pattern_that_there_is_not(name: str) -> None:
    with pytest.raises(ValueError, match="octet"):
        pattern_named(name)


def test_patterns_by_their_names() -> None:
    assert [pattern_named(name) for name in SEQUENCES] == [O153_9, O152_11, O151_15, O153_20]
