"""What a trace is turned into: pcapng of every layer, and WAV files of channels."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.cli import main
from trunkbench.trace.export.pcapng import write_pcapng
from trunkbench.trace.export.wav import WavWriter
from trunkbench.trace.inputs import open_trace
from trunkbench.trace.inputs.upperpdu import UpperPdus
from trunkbench.trace.pcapng import TraceWriteError
from trunkbench.trace.record import Audio, Direction, FrameRecord, Happening, Layer
from trunkwire.g711 import Law
from trunkwire.side import Side

LAPD, MESSAGE = bytes.fromhex("00010000080200010504038090a3"), bytes.fromhex("080200010504038090a3")
REBUILT = FrameRecord(
    2_000_000_000,
    Direction.IN,
    MESSAGE,
    "Se0/0:15",
    16,
    Side.USER,
    layer=Layer.Q931,
    rebuilt=True,
    words=("Mystery",),
    original=40,
)
ITEMS: list[FrameRecord | Happening] = [
    Happening(1, "LOS: loss of signal", "a", alarm=True),
    FrameRecord(1_000_000_001, Direction.OUT, LAPD, "a", 16, Side.NETWORK),
    FrameRecord(1_000_000_002, Direction.IN, MESSAGE, "Se0/0:15", 16, Side.USER, layer=Layer.Q931),
    FrameRecord(1_000_000_003, Direction.UNKNOWN, bytes.fromhex("81a200"), "a", 5, layer=Layer.MTP2),
    REBUILT,
]


def written(items: list[FrameRecord | Happening]) -> bytes:
    out = io.BytesIO()
    write_pcapng(items, out, "a comment")
    return out.getvalue()


def test_every_layer_comes_back() -> None:
    octets = written(ITEMS)
    found = [item for item in open_trace(io.BytesIO(octets), "out.pcapng") if isinstance(item, FrameRecord)]
    expected = [item for item in ITEMS if isinstance(item, FrameRecord)]
    for ours, theirs in zip(expected, found, strict=True):
        assert (ours.at_ns, ours.direction, ours.data, ours.layer) == (
            theirs.at_ns,
            theirs.direction,
            theirs.data,
            theirs.layer,
        )
        assert ours.span == theirs.span
        assert ours.original == theirs.original
        if ours.layer is not Layer.MTP2:
            assert (ours.slot, ours.side) == (theirs.slot, theirs.side)
    assert b"LOS: loss of signal" in octets
    assert b"rebuilt from the words of a log" in octets
    assert b"in words only: Mystery" in octets


def test_what_was_written_is_told() -> None:
    told = write_pcapng(ITEMS, io.BytesIO())
    assert (told.frames, told.happenings, told.rebuilt) == (4, 1, 1)


def test_many_happenings_and_long_ones_fit_a_comment() -> None:
    many = [Happening(1, f"event {number} é" * 40) for number in range(30)]
    octets = written([*many, ITEMS[1]])
    (frame,) = (item for item in open_trace(io.BytesIO(octets), "x") if isinstance(item, FrameRecord))
    assert frame.data == LAPD


def test_times_that_do_not_fit_are_bounded() -> None:
    octets = written([FrameRecord(-5, Direction.IN, LAPD), FrameRecord(1 << 70, Direction.IN, LAPD)])
    times = [item.at_ns for item in open_trace(io.BytesIO(octets), "x") if isinstance(item, FrameRecord)]
    assert times == [0, (1 << 64) - 1]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=40))
def test_any_upper_pdu_yields_an_item(data: bytes) -> None:
    from trunkbench.trace.capture import Packet

    packet = Packet(1, 0, 0, 252, 0, "", "", 0, data, len(data), None)
    assert len(list(UpperPdus().take(packet))) == 1


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["decode", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_command_line_pcapng(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = tmp_path / "in.pcapng", tmp_path / "out.pcapng"
    source.write_bytes(written(ITEMS))
    code, said, _err = run(capsys, str(source), "--pcapng", str(out))
    assert code == 0
    assert said == f"{out}: 4 frames\n"
    assert len([i for i in open_trace(io.BytesIO(out.read_bytes()), "x") if isinstance(i, FrameRecord)]) == 4
    before = source.read_bytes()
    code, _said, err = run(capsys, str(source), "--pcapng", str(source))
    assert code == 2
    assert "the trace that is being read" in err
    assert source.read_bytes() == before


def audio(first: int, octets: bytes, slot: int = 1, way: Direction = Direction.IN, law: str = "") -> Audio:
    return Audio(0, "span/1 é", slot, way, first, octets, law=law)


def read_wav(path: Path) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16)


def test_channels_and_directions_are_files(tmp_path: Path) -> None:
    octets = bytes(range(256)) * 10
    with WavWriter(tmp_path / "new" / "folder") as writer:
        for first in range(0, 2560, 160):
            writer.write(audio(1000 + first, octets[first : first + 160]))
            writer.write(audio(1000 + first, octets[first : first + 160], 2, Direction.OUT, "ulaw"))
        channels = writer.close()
    assert [channel.path.name for channel in channels] == ["span-1-é_ts01_in.wav", "span-1-é_ts02_out.wav"]
    assert (read_wav(channels[0].path) == Law.ALAW.decode(octets)).all()
    assert (read_wav(channels[1].path) == Law.ULAW.decode(octets)).all()
    assert channels[0].describe().endswith("0.320 s from 0.125 s on")


def test_gaps_are_filled_and_told(tmp_path: Path) -> None:
    with WavWriter(tmp_path) as writer:
        writer.write(audio(0, b"\x2a" * 80))
        writer.write(audio(180, b"\x2a" * 80))
        writer.write(audio(200, b"\x2a" * 80))
        writer.write(audio(40, b"\x2a" * 80))
        (channel,) = writer.close()
    samples = read_wav(channel.path)
    assert len(samples) == 280
    assert not (samples[80:180] > 100).any()
    assert (channel.gaps, channel.filled, channel.repeated) == (1, 100, 140)
    assert "1 gap filled with 0.013 s" in channel.describe()
    assert "140 samples came twice" in channel.describe()


def test_absurd_gap_is_left_out(tmp_path: Path) -> None:
    with WavWriter(tmp_path) as writer:
        writer.write(audio(0, b"\x2a" * 80))
        writer.write(audio(1 << 50, b"\x2a" * 80))
        writer.write(audio((1 << 50) + 80, b"\x2a" * 80))
        (channel,) = writer.close()
    assert len(read_wav(channel.path)) == 240
    assert "of gaps left out" in channel.describe()


def test_directions_fit_each_other(tmp_path: Path) -> None:
    with WavWriter(tmp_path) as writer:
        writer.write(audio(800, b"\x2a" * 80))
        writer.write(audio(880, b"\x2a" * 80, way=Direction.OUT))
        out, into = sorted(writer.close(), key=lambda channel: -channel.samples)
    assert (out.begin, into.begin) == (800, 800)
    assert (out.samples, into.samples) == (160, 80)


@pytest.mark.parametrize("law", list(Law))
@pytest.mark.parametrize("size", [80, 81])
def test_octets_of_the_line(tmp_path: Path, law: Law, size: int) -> None:
    with WavWriter(tmp_path, law=law, g711=True) as writer:
        writer.write(audio(0, bytes(range(size))))
        (channel,) = writer.close()
    data = channel.path.read_bytes()
    kind, channels, rate, second, block, bits, more = struct.unpack_from("<HHIIHHH", data, 20)
    assert (kind, channels, rate, second, block, bits, more) == (
        6 if law is Law.ALAW else 7,
        1,
        8000,
        8000,
        1,
        8,
        0,
    )
    assert data[38:50] == b"fact" + struct.pack("<II", 4, size)
    assert data[50:58] == b"data" + struct.pack("<I", size)
    assert data[58 : 58 + size] == bytes(range(size))
    assert struct.unpack_from("<I", data, 4)[0] == len(data) - 8
    assert len(data) % 2 == 0


def test_more_channels_than_open_files(tmp_path: Path) -> None:
    with WavWriter(tmp_path, g711=True) as writer:
        for turn in range(3):
            for slot in range(60):
                writer.write(audio(turn * 81, bytes([slot]) * 81, slot + 1))
        channels = writer.close()
    assert len(channels) == 60
    for channel in channels:
        data = channel.path.read_bytes()
        assert len(data) == 58 + 243 + 1
        assert len(set(data[58 : 58 + 243])) == 1


def test_names_that_collide_and_folders_that_cannot_be(tmp_path: Path) -> None:
    with WavWriter(tmp_path) as writer:
        for span in ("a b", "a/b", "../../etc", ""):
            writer.write(Audio(0, span, 0, Direction.UNKNOWN, 0, b"\x2a" * 8))
        names = {channel.path.name for channel in writer.close()}
    assert names == {"a-b.wav", "a-b_2.wav", "etc.wav", "audio.wav"}
    (tmp_path / "file").write_text("x")
    with pytest.raises(TraceWriteError, match="cannot make this folder"):
        WavWriter(tmp_path / "file")


def test_command_line_wav(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    time = np.arange(16000)
    samples = (8000 * np.sin(2 * np.pi * 425 / 8000 * time)).astype(np.int16)
    source = tmp_path / "tone.raw"
    source.write_bytes(Law.ALAW.encode(samples).tobytes())
    code, said, _err = run(capsys, str(source), "--wav", str(tmp_path / "audio"))
    assert code == 0
    assert "2.000 s" in said
    assert (read_wav(tmp_path / "audio" / "audio.wav") == Law.ALAW.decode(Law.ALAW.encode(samples))).all()
    source.write_bytes(written(ITEMS))
    code, said, _err = run(capsys, str(source), "--wav", str(tmp_path / "none"))
    assert said == "No audio of a B channel in this trace.\n"
