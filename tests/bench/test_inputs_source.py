"""Where traces come from: packed or not, growing or not, cut off, bombs; no clock and no sleeping."""

from __future__ import annotations

import gzip
import io
import os
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import carried
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs import InputOptions, Source, compression, open_trace
from trunkbench.trace.inputs.compression import FREE_EXPANSION, LARGEST_EXPANSION, LARGEST_WINDOW
from trunkbench.trace.record import FrameRecord

DATA = bytes(range(256)) * 900 + b"the end\n"
FRAME = bytes.fromhex("00010000") + carried.SETUP
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, mtime=0),
    "zstd": zstandard.ZstdCompressor().compress,
}


NO_MAGIC = bytes(32 if one in (0x1F, 0x28, 0x2A) else one for one in range(256))
"""What makes octets look packed becomes a space (RFC 1952 2.3.1, RFC 8878 3.1)."""


def everything(source: Source, size: int = 10_000) -> bytes:
    """All octets of a source, read in pieces."""
    parts = []
    while piece := source.read(size):
        parts.append(piece)
    return b"".join(parts)


class Trickle(io.RawIOBase):
    """A raw stream that gives few octets at a time."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step = data, step

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        size = min(self._step, len(view), len(self._data))
        view[:size], self._data = self._data[:size], self._data[size:]
        return size


@pytest.mark.parametrize("kind", ["plain", "gzip", "zstd", "gzip in zstd", "zstd in gzip", "gzip in gzip"])
@pytest.mark.parametrize("step", [1_000_000, 997])
def test_what_was_packed_is_unpacked(kind: str, step: int) -> None:
    packed = DATA
    for layer in [] if kind == "plain" else kind.split(" in "):
        packed = PACK[layer](packed)
    source = Source(Trickle(packed, step))  # type: ignore[arg-type]
    assert source.peek(5) == DATA[:5]
    assert everything(source) == DATA
    assert source.offset == len(DATA)
    assert source.problems == []
    assert source.layers == ([] if kind == "plain" else kind.split(" in ")[::-1])


def test_a_third_layer_is_not_taken_off() -> None:
    once = PACK["gzip"](DATA)
    assert everything(Source(io.BytesIO(PACK["gzip"](PACK["gzip"](once))))) == once


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_members_follow_each_other_and_zeros_may_fill_up(kind: str) -> None:
    source = Source(
        io.BytesIO(PACK[kind](DATA[:1000]) + PACK[kind](b"") + PACK[kind](DATA[1000:]) + bytes(512))
    )
    assert everything(source) == DATA
    assert source.problems == []


def test_skippable_frames_of_zstd_are_skipped() -> None:
    skippable = b"\x53\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"
    source = Source(io.BytesIO(skippable + PACK["zstd"](DATA)))
    assert everything(source) == DATA
    assert source.problems == []


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_what_stands_behind_packed_data_is_told(kind: str) -> None:
    source = Source(io.BytesIO(PACK[kind](DATA) + b"something else"))
    assert everything(source) == DATA
    assert [problem.problem for problem in source.problems] == [
        f"behind the {kind} data stands something else"
    ]


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_cut_packed_file_gives_what_could_be_read(kind: str) -> None:
    noise = [zlib.crc32(bytes((n % 256, n // 256))).to_bytes(4, "big") for n in range(12_000)]
    packed = PACK[kind](carried.pcap([b"\x02\x01\x01" + check for check in noise], carried.LAPD))
    items = list(open_trace(io.BytesIO(packed[: len(packed) * 3 // 4]), "cut"))
    frames = [item for item in items if isinstance(item, FrameRecord)]
    assert 4_000 < len(frames) < 12_000
    damages = items[len(frames) :]
    assert isinstance(damages[-1], Damage)
    assert damages[-1].problem == f"the {kind} data end inside a member"


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_every_cut_of_a_small_packed_file(kind: str) -> None:
    packed = PACK[kind](carried.pcap([FRAME] * 3, carried.LAPD))
    for end in range(5, len(packed)):
        source = Source(io.BytesIO(packed[:end]))
        everything(source)
        assert len(source.problems) == 1, end


@given(st.binary(max_size=200), st.integers(0, 400))
def test_spoilt_packed_data_never_raise(noise: bytes, place: int) -> None:
    for kind in PACK:
        packed = bytearray(PACK[kind](DATA[:4000]))
        packed[4 + place % len(packed) : 4 + place % len(packed) + len(noise)] = noise
        assert len(everything(Source(io.BytesIO(bytes(packed))))) < FREE_EXPANSION


def test_a_spoilt_check_is_damage() -> None:
    packed = bytearray(PACK["gzip"](DATA))
    packed[-6] ^= 1
    source = Source(io.BytesIO(bytes(packed)))
    everything(source)
    assert "damaged" in source.problems[0].problem


def _zstd_bomb(size: int) -> bytes:
    """Blocks of one octet repeated 128 KiB times (RFC 8878 3.1.1.2.2)."""
    head = b"\x28\xb5\x2f\xfd" + b"\x00\x38"  # no content size, a window of 128 KiB
    block = (131_072 << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    return head + block * (size // 131_072) + (1).to_bytes(3, "little")


@pytest.mark.parametrize("kind", ["gzip of gzip", "zstd"])
def test_a_bomb_is_neither_unpacked_as_a_whole_nor_to_its_end(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 8 * 1024 * 1024
    assert free < FREE_EXPANSION
    monkeypatch.setattr(compression, "FREE_EXPANSION", free)
    if kind == "zstd":
        bomb = _zstd_bomb(2**33)
    else:
        deflate = zlib.compressobj(9, wbits=31)
        inner = b"".join(deflate.compress(bytes(1 << 20)) for _ in range(50)) + deflate.flush()
        bomb = PACK["gzip"](inner)
    tracemalloc.start()
    try:
        source = Source(io.BytesIO(bomb))
        size = 0
        while piece := source.read(65_536):
            size += len(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert free <= size < max(free, LARGEST_EXPANSION * len(bomb)) + 32 * 1024 * 1024
    assert "bomb" in source.problems[0].advice
    assert peak < 48 * 1024 * 1024


def test_a_bomb_of_zeros_within_a_capture_ends_at_once() -> None:
    deflate = zlib.compressobj(9, wbits=31)
    head = carried.pcap([FRAME], carried.LAPD)
    bomb = (
        deflate.compress(head)
        + b"".join(deflate.compress(bytes(1 << 20)) for _ in range(40))
        + deflate.flush()
    )
    items = list(open_trace(io.BytesIO(bomb), "bomb"))
    assert len(items) < 100
    assert isinstance(items[-1], Damage)
    assert "nothing but zeros" in items[-1].problem


def test_a_frame_that_asks_for_too_large_a_window_is_damage() -> None:
    window = LARGEST_WINDOW.bit_length() - 1 - 10 + 1  # an exponent above 10, in the five upper bits
    source = Source(io.BytesIO(b"\x28\xb5\x2f\xfd\x00" + bytes((window << 3,)) + b"\x01\0\0"))
    assert everything(source) == b""
    assert "damaged" in source.problems[0].problem


def test_lines_are_bounded() -> None:
    source = Source(io.BytesIO(b"one\ntwo\r\n" + b"x" * 100 + b"\nlast"))
    assert [source.readline(50) for _ in range(7)] == [
        b"one\n",
        b"two\r\n",
        b"x" * 50,
        b"x" * 50,
        b"\n",
        b"last",
        b"",
    ]


@given(st.lists(st.binary(max_size=30), max_size=20), st.integers(1, 9))
def test_lines_and_reads_take_the_same_octets(lines: list[bytes], step: int) -> None:
    data = b"\n".join(lines).translate(NO_MAGIC)
    source = Source(Trickle(data, step))  # type: ignore[arg-type]
    taken = []
    while line := source.readline():
        assert line.endswith(b"\n") or source.peek(1) == b""
        taken += [line, source.read(1)]
    assert b"".join(taken) == data


def grow(path: Path, pieces: list[bytes]) -> object:
    """What is called at the end of the file: adds a piece, and says when there are no more."""

    def wait() -> bool:
        if not pieces:
            return False
        with path.open("ab") as file:
            file.write(pieces.pop(0))
        return True

    return wait


@pytest.mark.parametrize("size", [1, 7, 50])
@pytest.mark.parametrize("kind", ["plain", "gzip"])
def test_a_growing_file_is_followed(tmp_path: Path, size: int, kind: str) -> None:
    whole = carried.pcap([FRAME] * 4, carried.LAPD)
    whole = whole if kind == "plain" else PACK["gzip"](whole)
    path = tmp_path / "growing"
    path.write_bytes(b"")
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    options = InputOptions(wait=grow(path, pieces), path=str(path))  # type: ignore[arg-type]
    with path.open("rb") as file:
        items = list(open_trace(file, "growing", options))
    assert [item.data for item in items if isinstance(item, FrameRecord)] == [FRAME] * 4
    assert len(items) == 4


@pytest.mark.parametrize("what", ["cut", "replaced", "removed"])
def test_a_followed_file_that_is_another_is_said(tmp_path: Path, what: str) -> None:
    path = tmp_path / "rotated"
    path.write_bytes(carried.pcap([FRAME], carried.LAPD))

    def wait() -> bool:
        if what == "cut":
            os.truncate(path, 10)
        elif what == "replaced":
            path.rename(tmp_path / "old")
            path.write_bytes(b"new")
        else:
            path.unlink()
        return True

    with path.open("rb") as file:
        items = list(open_trace(file, "rotated", InputOptions(wait=wait, path=str(path))))
    assert isinstance(items[0], FrameRecord)
    assert isinstance(items[-1], Damage)
    assert ("cut" if what == "cut" else "replaced") in items[-1].problem


def test_a_pipe_is_followed_until_its_writer_is_gone() -> None:
    reading, writing = os.pipe()
    os.write(writing, carried.pcap([FRAME], carried.LAPD))
    waited: list[int] = []

    def wait() -> bool:
        waited.append(1)
        return True

    with os.fdopen(reading, "rb") as file:
        trace = iter(open_trace(file, "pipe", InputOptions(wait=wait)))
        assert isinstance(next(trace), FrameRecord)
        os.write(writing, carried.pcap([FRAME], carried.LAPD)[24:])
        assert isinstance(next(trace), FrameRecord)
        os.close(writing)
        assert list(trace) == []
    assert waited == []


def test_an_interrupt_ends_following_and_what_was_read_counts() -> None:
    def wait() -> bool:
        raise KeyboardInterrupt

    data = carried.pcap([FRAME] * 2, carried.LAPD)
    items = list(open_trace(io.BytesIO(data), "stopped", InputOptions(wait=wait)))
    assert len(items) == 2


def test_an_interrupt_is_not_swallowed_when_nothing_is_followed() -> None:
    class Interrupted(io.RawIOBase):
        def readinto(self, buffer: object) -> int:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Source(Interrupted()).read(1)  # type: ignore[arg-type]
