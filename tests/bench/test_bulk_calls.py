"""Rows of calls and fields read in bulk are those of the general way in long traces too: sequence numbers
come round (Q.921 clause 3.5.2), call references are used again (Q.931 clause 4.3), messages differ in digits
only.
"""

from __future__ import annotations

import argparse
import io
import random
import struct
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.trace import Direction, FrameRecord, PcapngWriter
from trunkbench.trace.bulk.session import call_rows, fields_lines
from trunkbench.trace.bulk.split import Output
from trunkbench.trace.callrows import CallRow
from trunkbench.trace.inputs.options import InputOptions
from trunkbench.trace.session import Session
from trunkbench.trace.views.calls import SelectedRows
from trunkbench.trace.wireshark.names import NAMES
from trunkbench.trace.wireshark.packets import line
from trunkwire.side import Side

FRAMES = 700
SABME = bytes((0x00, 0x01, 0x7F))
MESSAGES = [
    *("05 04 03 80 90 a3 18 03 a9 83 81 6c 07 21 81 39 31 32 33 34 70 05 80 30 31 36 36 a1",) * 3,
    "05 04 03 80 90 a3 70 03 80 35 35",
    "05 04 03 80 90 a3 18 03 a9 83 82 70 03 80 34 35 70 02 80 39",  # the called number twice
    "05 04 03 80 90 a3",
    "05 18 03 a9 83 81",  # no bearer capability
    "7b 70 03 80 37 38",
    "7b 2c 02 31 32",
    "02 18 03 a9 83 85",
    *("01", "07 4c 05 21 80 35 35 35", "07", "0f", "03 1e 02 82 88", "6e 27 01 80"),
    *("45 08 02 82 90", "45 08 02 82 91", "4d", "4d 08 02 82 90", *("5a",) * 3, "5a 08 02 80 9f"),
    *("7d 08 02 80 e1 14 01 0a", "05 04 03", "ff", "60 00 01 05", ""),
]


def frames(seed: int) -> Iterator[tuple[int, bytes]]:
    """Times in microseconds and frames, as a seed has it."""
    rng = random.Random(seed)
    bodies = [bytes.fromhex(text) for text in MESSAGES]
    at, odd = 1_000_000, rng.choice((0.0, 0.02, 0.1))
    due, last = [0, 0], [b"", b""]
    around = rng.choice((3, 128))
    for _ in range(FRAMES):
        at += rng.choice((10, 1_000, 300_000)) if rng.random() > odd else rng.choice((-5_000, 11_000_000))
        network, tei = rng.randrange(2), rng.choice((0, 0, 0, 64))
        if rng.random() < odd / 4 or due[0] >= around or due[1] >= around:
            due = [0, 0]
            yield at, SABME
        if rng.random() < 0.3:
            yield at, bytes((network << 1, 1, 1, due[network] << 1))
        if rng.random() < odd and last[network]:
            yield at, last[network]
            continue
        reference, origin = rng.choice((1, 1, 2, 2, 3, 0x1234, 0)), rng.random() < 0.8
        body = rng.choice(bodies)
        if rng.random() < 0.7:
            body = body.translate(bytes.maketrans(b"3", b"%d" % rng.randrange(10)))
        flag = 0x8000 if origin != bool(network) else 0
        head = bytes((network << 1, tei << 1 | 1, due[network] << 1, 0, 8, 2))
        last[network] = head + (reference | flag).to_bytes(2, "big") + body
        if tei == 0:
            due[network] = (due[network] + 1) % 128 if rng.random() > odd else rng.randrange(128)
        yield at, last[network]


def capture(seed: int) -> bytes:
    packets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 203)]
    for at, data in frames(seed):
        packets += [struct.pack("<IIII", *divmod(at, 1_000_000), len(data), len(data)), data]
    return b"".join(packets)


def directed(seed: int) -> bytes:
    """The same in pcapng, with directions that contradict the C/R bit now and then; sides are told or not."""
    rng = random.Random(seed)
    side = rng.choice((None, Side.USER, Side.NETWORK))
    file = io.BytesIO()
    with PcapngWriter(file) as writer:
        for at, data in frames(seed):
            out = rng.random() < 0.03 or bool(data[0] & 2) is (side is Side.NETWORK)
            way = Direction.OUT if out else Direction.IN
            writer.write(FrameRecord(at * 1000, way, data, side=side))
    return file.getvalue()


def session_of(data: bytes) -> Session:
    arguments = argparse.Namespace(strict=False, follow=False)
    return Session(io.BytesIO(data), "made", arguments, lambda text: None, None, InputOptions())


def general(data: bytes) -> list[CallRow]:
    session, selected = session_of(data), SelectedRows(None)
    rows = [row for item in session.decoded() for row in selected.feed(item)]
    return rows + list(selected.finish(session.decoder.finish()))


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 1 << 32))
def test_long_traces_give_the_same_rows(seed: int) -> None:
    for data in (capture(seed), directed(seed)):
        rows = general(data)
        assert len(rows) > 10
        fast = session_of(data)
        assert list(call_rows(fast)) == rows
        slow = session_of(data)
        assert len([*slow.decoded()]) > len(rows)
        assert fast.decoder.contradictions == slow.decoder.contradictions


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 1 << 32), st.lists(st.sampled_from(NAMES), min_size=1, max_size=12))
def test_long_traces_give_the_same_fields(seed: int, names: list[str]) -> None:
    for data in (capture(seed), directed(seed)):
        slow: list[str] = []
        session_of(data).each_packet(lambda texts, lines=slow: lines.append(line(texts, names)))  # type: ignore[misc]
        parts: list[bytes] = []
        fields_lines(session_of(data), Output(parts.append), names)
        assert b"".join(parts).decode().splitlines() == slow


def test_supervisory_frames_are_passed_over_and_heeded_again() -> None:
    """What was passed over is looked at again once a link counts modulo 8, where it may be an I frame."""
    setup = bytes.fromhex("02 01 00 00 08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 70 02 80 39")
    ready, mode = bytes.fromhex("00 01 01 02"), bytes.fromhex("00 01 2f")
    quiet = [setup, *[ready] * 20]
    basic = [mode, *[ready] * 5, bytes.fromhex("02 01 00 08 02 00 02 05 04 03 80 90 a3")]
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 203)
    for at, frame in enumerate([*quiet, *basic, *quiet]):
        data += struct.pack("<IIII", at, 0, len(frame), len(frame)) + frame
    rows = general(data)
    assert rows
    assert list(call_rows(session_of(data))) == rows
