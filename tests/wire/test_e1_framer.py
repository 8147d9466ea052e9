"""The receiving end of an E1 line: the kernels beside the table shown frame by frame (G.706, G.775)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from e1_lines import Reference, as_rows, framed
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.e1 import Defect, Framer, Received, Sync, crc4_blocks, frame_crc4, multiplex, signal
from trunkwire.e1.crc4 import Octets, put_checks
from trunkwire.e1.mux import CLEAR


def received(line: Octets, *, crc4: bool = True) -> Received:
    return Framer(crc4=crc4).receive(line)


def named(result: Received, name: str) -> list[tuple[int, bool]]:
    return [(defect.row, defect.on) for defect in result.defects if defect.name == name]


def test_a_clean_line_comes_into_service_and_stays() -> None:
    slots, line = framed(16 * 40, 1)
    framer = Framer(crc4=True)
    result = framer.receive(line)
    # The second FAS ends in row 2; MFAS end in rows 27 and 43 (the one of row 11 began before row 2).
    assert result.defects == [Defect(43, "LOF", False)]
    assert (result.slots[:, :44] == 0xFF).all()
    assert (result.slots[:, 44:] == slots[:, 44:]).all()
    assert not result.errored
    assert result.checked == (16 * 40 - 48) // 8 - 1
    assert framer.undisturbed()


def test_without_crc4_two_fas_are_enough() -> None:
    slots, line = framed(64, 2, crc4=False)
    result = received(line, crc4=False)
    assert result.defects == [Defect(2, "LOF", False)]
    assert (result.slots[:, 2:] == slots[:, 2:]).all()


@pytest.mark.parametrize("shift", [1, 7, 8, 100, 255])
def test_frames_may_begin_at_any_bit(shift: int) -> None:
    slots, line = framed(16 * 12, shift)
    bits = np.concatenate((np.zeros(shift, np.uint8), np.unpackbits(line)))
    result = received(as_rows(bits))
    assert named(result, "LOF")[-1][1] is False
    late = slice(100, 16 * 12)
    assert (result.slots[:, late] == slots[:, 99 : 16 * 12 - 1]).all()


@given(
    st.integers(0, 2**32),
    st.booleans(),
    st.integers(0, 255),
    st.lists(
        st.tuples(st.sampled_from(["slip", "errors", "zeros", "ones", "ts0"]), st.integers(0, 200 * 256)),
        max_size=5,
    ),
    st.lists(st.integers(1, 70), min_size=1, max_size=8),
)
@settings(max_examples=40, deadline=None)
def test_the_kernels_equal_the_table_shown_frame_by_frame(
    seed: int, crc4: bool, shift: int, harm: list[tuple[str, int]], portions: list[int]
) -> None:
    """Bit slips, bursts, zeros, ones and bad FAS, in portions of any size."""
    rng = np.random.default_rng(seed)
    _, line = framed(16 * 16, seed, crc4=crc4)
    bits = np.concatenate((rng.integers(0, 2, shift, dtype=np.uint8), np.unpackbits(line)))
    for kind, at in harm:
        if kind == "slip":
            bits = np.delete(bits, at)
        elif kind == "errors":
            bits[at + rng.integers(0, 4000, 40) % (len(bits) - at)] ^= 1
        elif kind == "ts0":
            bits[at - at % 256 + shift + 3 :: 512][:4] ^= 1
        else:
            bits[at : at + 6000] = kind == "ones"
    rows = as_rows(bits)
    reference = Reference(crc4)
    reference.receive(rows)
    framer = Framer(crc4=crc4)
    slots: list[Any] = []
    lof: list[Any] = []
    errored: list[Any] = []
    first = 0
    while first < len(rows):
        portion = portions[len(slots) % len(portions)]
        result = framer.receive(rows[first : first + portion])
        slots.append(result.slots)
        lof += [defect for defect in result.defects if defect.name == "LOF"]
        errored += result.errored
        first += portion
    assert lof == reference.lof
    assert errored == reference.errored
    assert (np.concatenate(slots, axis=1) == reference.slots).all()


@given(st.integers(0, 2**32), st.lists(st.integers(1, 90), min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_the_size_of_portions_makes_no_difference(seed: int, portions: list[int]) -> None:
    _, line = framed(16 * 24, seed)
    line = line.copy()
    line[100:130], line[200:231] = 0, 0xFF
    whole = Framer(crc4=True)
    at_once = whole.receive(line)
    framer, defects, first = Framer(crc4=True), [], 0
    for index in range(len(line)):
        portion = portions[index % len(portions)]
        defects += framer.receive(line[first : first + portion]).defects
        first += portion
    assert defects == at_once.defects
    assert framer.row == whole.row
    assert framer.in_service is whole.in_service


def test_a_copy_goes_on_by_itself() -> None:
    _, line = framed(16 * 8, 3)
    framer = Framer(crc4=True)
    framer.receive(line[:64])
    twin = framer.copy()
    twin.receive(np.zeros((20, 32), np.uint8))
    assert not twin.in_service
    assert framer.in_service
    assert not framer.receive(line[64:]).defects
    assert framer.undisturbed()


def test_an_imitated_fas_is_found_out_after_8_ms() -> None:
    """Slot 3 carries FAS and NFAS look-alikes; found first; their multiframe never comes."""
    slots, _ = framed(16 * 40, 4)
    slots[3, 0::2], slots[3, 1::2] = 0x1B, 0x5F
    frame_crc4(slots, np.full(40, CLEAR, np.uint8), 0)
    line = multiplex(slots)
    bits = np.unpackbits(line)[8:]  # the first FAS lacks its beginning
    framer = Framer(crc4=True)
    result = framer.receive(as_rows(bits))
    assert framer.in_service
    off = named(result, "LOF")[0][0]
    assert off >= 64 + 2
    assert (result.slots[:, -1] == slots[:, -2]).all()


def spoiled(blocks: int, bad: int) -> Octets:
    """A line whose first `bad` CRC-4 blocks of a second carry a wrong check."""
    slots, _ = framed(8 * blocks, 5)
    checks = crc4_blocks(slots)
    carried = np.concatenate((np.zeros(1, np.uint8), checks[:-1]))
    carried[10 : 10 + bad] ^= 5
    slots[0, ::2] &= 0x7F
    # C bits only: the Si bits of the other frames hold the multiframe alignment signal.
    put_checks(slots[0], carried)
    return multiplex(slots)


def test_915_errored_blocks_in_a_second_are_a_false_alignment() -> None:
    result = received(spoiled(1000, 914))
    assert len(result.errored) >= 914
    assert named(result, "LOF") == [(43, False)]
    result = received(spoiled(1000, 930))
    lost = named(result, "LOF")[1]
    assert lost[1] is True
    assert len([block for block in result.errored if block.row <= lost[0]]) == 915


def test_errors_of_two_seconds_do_not_add_up() -> None:
    slots_line = spoiled(2000, 0).copy()
    for first in (8 * 100, 8 * 1000):
        slots_line[first : first + 8 * 800, 7] ^= 0x10
    result = received(slots_line)
    # The remainder of every block in the stretches is wrong: 800 in each second.
    assert len(result.errored) == 1600
    assert named(result, "LOF") == [(43, False)]


def test_an_errored_block_is_told_by_its_half() -> None:
    _, line = framed(16 * 10, 6)
    line = line.copy()
    line[16 * 5 + 2, 9] ^= 1  # sub-multiframe I of multiframe 5
    line[16 * 7 + 12, 9] ^= 1  # sub-multiframe II of multiframe 7
    errored = received(line).errored
    assert errored == [(16 * 5 + 15, 0), (16 * 8 + 7, 1)]


def test_three_bad_fas_lose_the_frame_and_two_do_not() -> None:
    _, line = framed(16 * 12, 7)
    line = line.copy()
    line[[64, 66], 0] ^= 1
    assert named(received(line), "LOF") == [(43, False)]
    line[68, 0] ^= 1
    assert named(received(line), "LOF")[1] == (68, True)


def test_loss_of_signal_needs_255_zeros() -> None:
    _, line = framed(16 * 8, 8, crc4=False)
    bits = np.unpackbits(line)
    for zeros, lost in ((254, False), (255, True)):
        harmed = bits.copy()
        at = 60 * 256 + 40
        harmed[at - 1], harmed[at + zeros] = 1, 1
        harmed[at : at + zeros] = 0
        assert bool(named(received(as_rows(harmed), crc4=False), "LOS")) is lost
    cut = line.copy()
    cut[70:90] = 0
    (first, on), (last, off) = named(received(cut, crc4=False), "LOS")
    assert (on, off) == (True, False)
    assert (first, last) in ((69, 90), (70, 90))


def test_ais_is_two_double_frames_with_at_most_two_zeros() -> None:
    _, line = framed(16 * 12, 9)
    line = line.copy()
    line[80:120] = 0xFF
    line[90, 3], line[92, 3] = 0xFC, 0xFC  # two zeros in each double frame: still AIS
    assert named(received(line), "AIS") == [(83, True), (123, False)]
    line[82, 5] = 0xF8
    assert named(received(line), "AIS")[0] == (87, True)


def test_a_line_is_disturbed_until_the_end_of_ais_is_certain() -> None:
    """Without CRC-4 two FAS align, three frames; AIS has ended after two double frames only, four."""
    _, line = framed(64, 12, crc4=False)
    line = line.copy()
    line[20:40] = 0xFF
    framer = Framer(crc4=False)
    framer.receive(line[:43])
    assert framer.in_service
    assert framer.signal.ais
    assert not framer.undisturbed()
    assert framer.receive(line[43:44]).defects == [Defect(43, "AIS", False)]
    assert framer.undisturbed()


def test_remote_alarm_persists_for_three_frames() -> None:
    alarm = signal(remote_alarm=True, e1=1, e2=1)
    _, line = framed(16 * 8, 10)
    line = line.copy()
    line[[65, 67], 0] |= 0x20
    assert named(received(line), "RAI") == []
    slots, _ = framed(16 * 8, 10)
    frame_crc4(slots, np.array([CLEAR] * 5 + [alarm] * 2 + [CLEAR], np.uint8), 0)
    assert named(received(multiplex(slots)), "RAI") == [(85, True), (117, False)]


def test_noise_and_nothing_never_align() -> None:
    for line in (np.zeros((500, 32), np.uint8), np.full((500, 32), 0xFF, np.uint8)):
        framer = Framer(crc4=True)
        assert (framer.receive(line).slots == 0xFF).all()
        assert framer.alignment.sync is Sync.SEARCH
    noise = np.random.default_rng(11).integers(0, 256, (2500, 32), dtype=np.uint8)
    assert (received(noise).slots == 0xFF).all()


def test_no_rows_are_no_news() -> None:
    framer = Framer(crc4=True)
    result = framer.receive(np.zeros((0, 32), np.uint8))
    assert result.slots.shape == (32, 0)
    assert not result.defects
