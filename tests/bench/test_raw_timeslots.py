"""Raw dumps of one timeslot: HDLC at every rate and in both bit orders, TRAU frames, audio, and noise."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.trace.capture import NotACapture
from trunkbench.trace.inputs import InputOptions, open_trace
from trunkbench.trace.inputs.audioguess import guess
from trunkbench.trace.inputs.bitdump import INVERTED, POLARITY
from trunkbench.trace.inputs.leading import HEAD
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.inputs.slotraw import recognise
from trunkbench.trace.inputs.subslots import RESTRICTED, WHOLE, Octets, Stream, sub_slots
from trunkbench.trace.inputs.trau import FRAME, TrauWatch
from trunkbench.trace.record import Audio, FrameRecord, Happening, Layer
from trunkwire.g711 import Law
from trunkwire.hdlc import BitEncoder
from trunkwire.hdlc.fcs import MIRROR

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
SENT = [bytes.fromhex("00017f"), bytes.fromhex("000173"), bytes.fromhex("000100000802000105")]
STREAMS = [
    *WHOLE,
    *RESTRICTED,
    *(stream for width in (4, 2, 1) for group in sub_slots(width) for stream in group),
]


def line_bits(sent: Sequence[bytes], octets: int) -> Octets:
    """Bits of an HDLC channel: flags, and the frames among them."""
    encoder = BitEncoder()
    parts = []
    for frame in sent:
        parts.append(encoder.octets(20))
        encoder.queue(frame)
    return np.unpackbits(np.frombuffer(b"".join(parts) + encoder.octets(octets), np.uint8))


def dump_of(stream: Stream, bits: Octets, seed: int = 1) -> bytes:
    """Octets of a timeslot in which `stream` carries `bits` and the rest is noise."""
    rows = len(bits) // stream.width
    every = np.random.default_rng(seed).integers(0, 2, (rows, 8), dtype=np.uint8)
    every[:, stream.first : stream.first + stream.width] = bits[: rows * stream.width].reshape(rows, -1)
    return np.packbits(every, axis=1, bitorder="little" if stream.mirrored else "big").tobytes()


def read(octets: bytes, *, audio: bool = False) -> tuple[list[Item], list[str], str]:
    trace = open_trace(io.BytesIO(octets), "slot.raw", InputOptions(audio=audio))
    items = list(trace)
    return items, trace.findings, trace.format


def frames(items: Sequence[Item]) -> list[FrameRecord]:
    return [item for item in items if isinstance(item, FrameRecord)]


@pytest.mark.parametrize("stream", STREAMS, ids=lambda s: f"{s.name or '64'}-{s.mirrored}")
def test_hdlc_on_every_stream(stream: Stream) -> None:
    items, findings, words = read(dump_of(stream, line_bits(SENT, 400)))
    found = frames(items)
    assert [frame.data for frame in found] == SENT
    assert {frame.span for frame in found} == {stream.name}
    if stream.width > 1:
        assert stream.order in words
    assert "3 HDLC frames" in findings[-1]
    # 20 octets of flags and a frame of 5 octets with FCS: its closing flag ends 26 octets of the channel on.
    expected = 26.5 * 8 * 1e9 / stream.rate
    assert found[0].at_ns == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("shift", range(8))
def test_any_bit_offset(shift: int) -> None:
    bits = line_bits(SENT, 400)[shift:]
    for stream in WHOLE:
        assert [frame.data for frame in frames(read(dump_of(stream, bits))[0])] == SENT


def test_two_sub_slots_and_text_of_bits() -> None:
    first, second = sub_slots(2)[0][1:3]
    one, other = line_bits(SENT, 400), line_bits(SENT[:1], 440)
    every = np.ones((min(len(one), len(other)) // 2, 8), np.uint8)
    for stream, bits in ((first, one), (second, other)):
        every[:, stream.first : stream.first + 2] = bits[: 2 * len(every)].reshape(-1, 2)
    text = "".join(map(str, every.reshape(-1).tolist()))
    items, _findings, _words = read(text.encode())
    by_slot = {frame.span for frame in frames(items)}
    assert by_slot == {"16 kbit/s sub-slot 1", "16 kbit/s sub-slot 2"}
    assert len(frames(items)) == 4


@pytest.mark.parametrize("stream", [*WHOLE, RESTRICTED[0]])
def test_one_bit_an_octet_and_inverted_polarity(stream: Stream) -> None:
    octets = dump_of(stream, line_bits(SENT, 400))
    bits = np.unpackbits(np.frombuffer(octets, np.uint8))[stream.width % 8 and 8 :]
    for dump, inverted in (
        (bits.tobytes(), False),
        (bytes(96) + bits.tobytes(), False),
        ((1 - bits).tobytes(), True),
        (octets.translate(INVERTED), True),
    ):
        items, findings, words = read(dump)
        assert [frame.data for frame in frames(items)] == SENT
        assert words.endswith("polarity inverted") is inverted
        assert (POLARITY in findings) is inverted
    with pytest.raises(NotACapture):
        read(np.random.default_rng(1).integers(0, 2, 30_000, dtype=np.uint8).tobytes())


def test_last_flag_of_a_dump_counts() -> None:
    encoder = BitEncoder()
    encoder.queue(SENT[2])
    bits = np.unpackbits(np.frombuffer(encoder.octets(60), np.uint8))
    whole = dump_of(WHOLE[0], bits)
    end = frames(read(whole)[0])[0].at_ns // 125_000 + 1
    assert frames(read(whole[:end])[0])[0].data == SENT[2]


def test_bad_frames_are_told_and_flags_alone_are_flags() -> None:
    octets = bytearray(dump_of(WHOLE[0], line_bits(SENT * 3, 400)))
    octets[23] ^= 0x10
    items, _findings, _words = read(bytes(octets))
    assert any(item.what.startswith("bad HDLC frame") for item in items if isinstance(item, Happening))
    assert len(frames(items)) >= 7
    items, findings, words = read(b"\x7e" * 300)
    assert "HDLC flags" in words
    assert findings[-1] == "0 HDLC frames"


def test_other_layers() -> None:
    items, _findings, _words = read(dump_of(WHOLE[0], line_bits([bytes.fromhex("81a200")] * 4, 200)))
    assert {frame.layer for frame in frames(items)} == {Layer.MTP2}


def trau_bits(control: str, count: int) -> Octets:
    bits = np.random.default_rng(2).integers(0, 2, (count, FRAME), dtype=np.uint8)
    bits[:, :16] = 0
    bits[:, 16::16] = 1
    bits[:, 17:22] = [int(bit) for bit in control]
    return bits.reshape(-1)


def test_trau_frames() -> None:
    bits = np.concatenate(
        (np.ones(102, np.uint8), trau_bits("00010", 5), trau_bits("10000", 5), np.ones(400, np.uint8),
         trau_bits("00010", 5))
    )  # fmt: skip
    items, findings, words = read(dump_of(sub_slots(2)[0][2], bits))
    assert "TRAU" in words
    assert [item.what for item in items if isinstance(item, Happening)] == [
        "TRAU frames (GSM 08.60): full rate speech, uplink",
        "TRAU frames (GSM 08.60): idle speech, uplink",
        "TRAU frames are lost",
        "TRAU frames (GSM 08.60): full rate speech, uplink",
    ]
    assert findings[-1].startswith("16 kbit/s sub-slot 2: 15 TRAU frames")


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 900), min_size=1, max_size=6))
def test_trau_in_any_portions(sizes: list[int]) -> None:
    bits = np.concatenate((np.ones(77, np.uint8), trau_bits("11010", 9)))
    watch, at, step = TrauWatch(), 0, 0
    told = []
    while at < len(bits):
        told += list(watch.receive(bits[at : at + sizes[step % len(sizes)]]))
        at, step = at + sizes[step % len(sizes)], step + 1
    assert told == [(77, "TRAU frames (GSM 08.60): enhanced full rate speech")]
    assert watch.frames == 9


def voice(seconds: float = 1.0) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """A gliding tone with harmonics and pauses, as voiced speech is."""
    time = np.arange(int(8000 * seconds)) / 8000
    pitch = 120 + 30 * np.sin(2 * np.pi * 1.3 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / 8000
    loud = np.clip(np.sin(2 * np.pi * 0.9 * time), 0, 1)
    noise = np.random.default_rng(4).normal(0, 30, len(time))
    wave = sum(np.sin(number * phase) / number for number in range(1, 8)) * 3000 * loud + noise
    return wave.astype(np.int16)


@pytest.mark.parametrize("law", list(Law))
@pytest.mark.parametrize("mirrored", [False, True])
def test_audio_and_its_coding(law: Law, mirrored: bool) -> None:
    octets = law.encode(voice()).tobytes()
    dumped = octets.translate(MIRROR) if mirrored else octets
    items, findings, words = read(dumped, audio=True)
    assert ("A-law" if law is Law.ALAW else "µ-law") in words
    assert ("least" if mirrored else "most") in words
    audio = [item for item in items if isinstance(item, Audio)]
    assert b"".join(item.octets for item in audio) == octets
    assert {item.law for item in audio} == {law.value}
    assert not frames(items)
    assert "1.0 s of audio" in findings[-1]
    assert not any(isinstance(item, Audio) for item in read(dumped)[0])


@pytest.mark.parametrize("order", ["<i2", ">i2"])
def test_linear_audio(order: str) -> None:
    items, _findings, words = read(voice().astype(order).tobytes(), audio=True)
    assert "16-bit linear" in words
    heard = b"".join(item.octets for item in items if isinstance(item, Audio))
    assert heard == Law.ALAW.encode(voice()).tobytes()


def test_silence_before_what_is_to_be_read() -> None:
    lead = b"\xff" * (HEAD + 4711)
    assert [frame.data for frame in frames(read(lead + dump_of(WHOLE[1], line_bits(SENT, 400)))[0])] == SENT


@pytest.mark.parametrize(
    "seed", [0, 1, 3, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, *range(4, 12)))]
)
def test_noise_text_and_constants_are_refused(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, 300 + 5000 * seed, dtype=np.uint8).tobytes()
    for octets in (noise, b"some text of words\n" * 40 * (seed + 1), bytes(5000 * (seed + 1))):
        with pytest.raises(NotACapture):
            open_trace(io.BytesIO(octets), "noise")
    assert recognise("Текст в кодировке windows\n".encode("cp1251") * 400) is None
    assert guess(b"") is None


@settings(max_examples=10, deadline=None)
@given(st.binary(max_size=600), st.integers(64, 500))
def test_noise_within_a_dump_does_no_harm(noise: bytes, at: int) -> None:
    octets = dump_of(WHOLE[0], line_bits(SENT * 4, 400))
    items, _findings, _words = read(octets[:at] + noise + octets[at:])
    assert SENT[2] in [frame.data for frame in frames(items)]


def capture(name: str) -> bytes:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"capture {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    return path.read_bytes()


def test_real_timeslot_with_trau_frames() -> None:
    items, findings, _words = read(capture("e1/e1_ts2_fr.bin"))
    assert {item.span for item in items if isinstance(item, Happening)} == {
        "16 kbit/s sub-slot 1",
        "16 kbit/s sub-slot 2",
    }
    assert "1029 TRAU frames" in findings[1]


def test_real_audio() -> None:
    words = read(capture("audio/bri-b-channel-alaw-bitreversed.raw"))[2]
    assert "A-law, least significant bit first" in words
    assert "16-bit linear, little endian" in read(capture("audio/dtmf_3000.raw"))[2]
