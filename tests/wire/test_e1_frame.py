"""The E1 frame as declared, and the assembling kernels beside the declaration (G.704 clause 2.3)."""

from __future__ import annotations

import numpy as np
import pytest
from construct import ConstError
from e1_lines import framed, parsed_multiframes
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.e1 import crc4, crc4_blocks, demultiplex, frame_basic, multiplex, signal
from trunkwire.e1.crc4 import Workspace, put_checks, received_checks
from trunkwire.e1.frame import DoubleFrame, FasOctet, Multiframe, NfasOctet, timeslot0, timeslot0_basic
from trunkwire.e1.mux import CHUNK, PIECE, demultiplex_into

# G.704 table 5B with A = 0, E = 1, Sa = 11111, C = 0: FAS octets 0 0011011, the others Si 1 0 11111.
TABLE_5B = bytes.fromhex("1b5f 1b5f 1bdf 1b5f 1bdf 1bdf 1bdf 1bdf")


def test_timeslot_0_of_a_multiframe_is_table_5b() -> None:
    assert timeslot0(remote_alarm=False) == TABLE_5B


def test_c_e_and_a_bits_have_their_places() -> None:
    built = timeslot0(remote_alarm=True, e1=0, e2=1, check=0b1010)
    changed = {
        number: built[number] ^ TABLE_5B[number] for number in range(16) if built[number] != TABLE_5B[number]
    }
    # A in every odd frame; E of sub-multiframe I in frame 13; C1 and C3 in frames 0, 4 and 8, 12.
    assert changed == {
        **dict.fromkeys((1, 3, 5, 7, 9, 11, 15), 0x20),
        13: 0xA0,
        **dict.fromkeys((0, 4, 8, 12), 0x80),
    }


def test_without_crc4_si_is_one() -> None:
    assert timeslot0_basic(remote_alarm=False) == bytes.fromhex("9bdf")
    assert timeslot0_basic(remote_alarm=True) == bytes.fromhex("9bff")


def test_octets_that_break_the_fixed_bits_are_refused() -> None:
    assert FasOctet.parse(b"\x9b").si == 1
    parsed = NfasOctet.parse(b"\x65")
    assert (parsed.si, parsed.a, parsed.sa) == (0, True, 0b00101)
    with pytest.raises(ConstError):
        FasOctet.parse(b"\x9a")
    with pytest.raises(ConstError):
        NfasOctet.parse(b"\x9f")
    broken = bytearray(framed(16, 1)[1].tobytes())
    broken[5 * 32] ^= 0x80
    with pytest.raises(ConstError, match="frame5"):
        Multiframe.parse(bytes(broken))


def divided(block: bytes) -> int:
    """The remainder of block x x^4 by x^4 + x + 1, by long division of the whole block as one number."""
    number = int.from_bytes(block, "big") << 4
    while number.bit_length() > 4:
        number ^= 0b10011 << (number.bit_length() - 5)
    return number


@given(st.binary(min_size=256, max_size=256))
@settings(max_examples=30, deadline=None)
def test_crc4_is_the_remainder_without_the_c_bits(block: bytes) -> None:
    cleared = bytes(octet & 0x7F if place % 64 == 0 else octet for place, octet in enumerate(block))
    assert crc4(block) == divided(cleared)


@given(st.integers(0, 2**32), st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_the_kernel_equals_crc4_of_each_block(seed: int, blocks: int) -> None:
    slots = np.random.default_rng(seed).integers(0, 256, (32, 8 * blocks), dtype=np.uint8)
    line = multiplex(slots)
    assert crc4_blocks(slots).tolist() == [crc4(line[8 * b : 8 * b + 8].tobytes()) for b in range(blocks)]


def test_every_single_bit_bears_on_the_kernel_as_on_the_definition() -> None:
    blocks = np.zeros((2048, 256), np.uint8)
    for bit in range(2048):
        blocks[bit, bit // 8] = 0x80 >> bit % 8
    slots = demultiplex(blocks.reshape(-1, 32))
    assert crc4_blocks(slots).tolist() == [crc4(block.tobytes()) for block in blocks]


@given(st.integers(0, 40), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_crc4_blocks_begin_at_any_column_and_share_a_workspace(first: int, blocks: int, seed: int) -> None:
    work = Workspace()
    slots = np.random.default_rng(seed).integers(0, 256, (32, first + 8 * blocks), dtype=np.uint8)
    expected = [crc4(slots[:, at : at + 8].T.tobytes()) for at in range(first, slots.shape[1], 8)]
    crc4_blocks(slots[:, : first // 8 * 8], work)  # leaves something behind
    assert crc4_blocks(slots[:, first:], work).tolist() == expected


def test_crc4_refuses_what_is_not_a_block() -> None:
    with pytest.raises(ValueError, match="256 octets, not 255"):
        crc4(bytes(255))
    with pytest.raises(ValueError, match=r"\(32, 12\)"):
        crc4_blocks(np.zeros((32, 12), np.uint8))


@given(st.integers(0, 2**32), st.integers(2, 6), st.booleans(), st.integers(0, 1), st.integers(0, 1))
@settings(max_examples=25, deadline=None)
def test_assembled_multiframes_are_the_declared_ones(
    seed: int, multiframes: int, alarm: bool, e1: int, e2: int
) -> None:
    slots, line = framed(16 * multiframes, seed, signal=signal(remote_alarm=alarm, e1=e1, e2=e2))
    checks = [0, *(crc4(line[first : first + 8].tobytes()) for first in range(0, len(line), 8))]
    for index, multiframe in enumerate(parsed_multiframes(line)):
        assert Multiframe.build(multiframe) == line[16 * index : 16 * index + 16].tobytes()
        ts0 = [multiframe[f"frame{number}"].ts0 for number in range(16)]  # type: ignore[index]
        assert (ts0[13].e1, ts0[15].e2) == (e1, e2)
        assert {bool(octet.a) for octet in ts0[1::2]} == {alarm}
        for half in (0, 1):
            carried = [ts0[8 * half + 2 * place][f"c{place + 1}"] for place in range(4)]
            assert int("".join(map(str, carried)), 2) == checks[2 * index + half]
        for number in range(16):
            assert multiframe[f"frame{number}"].slots == slots[1:, 16 * index + number].tobytes()  # type: ignore[index]


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=10, deadline=None)
def test_assembled_double_frames_are_the_declared_ones(seed: int, alarm: bool) -> None:
    slots, _ = framed(32, seed)
    frame_basic(slots, np.full(2, signal(remote_alarm=alarm, e1=1, e2=1), np.uint8))
    line = multiplex(slots)
    for first in range(0, 32, 2):
        double = DoubleFrame.parse(line[first : first + 2].tobytes())
        assert (double.fas.ts0.si, double.nfas.ts0.si, bool(double.nfas.ts0.a)) == (1, 1, alarm)
        assert double.nfas.slots == slots[1:, first + 1].tobytes()


def test_slots_come_back_from_the_line() -> None:
    slots, line = framed(16 * 3200, 4)
    assert len(line) > CHUNK
    assert (demultiplex(line) == slots).all()


@pytest.mark.parametrize("shift", range(8))
def test_slots_come_back_from_frames_that_begin_within_an_octet(shift: int) -> None:
    frames = PIECE + 21
    octets = np.random.default_rng(shift).integers(0, 256, 32 * frames + 1, dtype=np.uint8)
    slots = np.empty((32, frames), np.uint8)
    demultiplex_into(slots, octets, shift, Workspace())
    bits = np.unpackbits(octets)[shift : shift + 256 * frames]
    assert (slots == np.packbits(bits).reshape(-1, 32).T).all()


def test_checks_go_where_they_are_read() -> None:
    ts0 = np.frombuffer(TABLE_5B * 8, np.uint8).copy()
    put_checks(ts0, np.arange(16, dtype=np.uint8))
    assert received_checks(ts0).tolist() == list(range(16))
