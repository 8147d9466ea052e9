"""Framing and messages of the serial card's link: golden octets, every truncation, random octets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkwire.codec import CodecError, DecodeError, EncodeError, Record
from trunkwire.seriallink.cobs import Splitter, StuffingError, stuff, unstuff
from trunkwire.seriallink.frames import LONGEST_BLOCK, Envelope, LinkFrameError, seal, unseal
from trunkwire.seriallink.messages import (
    KIND_OF,
    MAJOR,
    MINOR,
    NUMBERED,
    UNNUMBERED,
    AlarmChange,
    AlarmKind,
    AudioBlock,
    BadDFrame,
    Capabilities,
    CloseSlot,
    Configure,
    Counters,
    DFrame,
    FaultKind,
    FrameFault,
    Hello,
    InsertFault,
    LogLine,
    LoopKind,
    OpenSlot,
    Refusal,
    SetLoop,
    Severity,
    Slip,
    SlotMode,
    Status,
    Underrun,
)

# Cheshire and Baker 1999, and the runs around 254 octets where an implementation goes wrong.
STUFFED = [
    ("", "01"),
    ("00", "0101"),
    ("0000", "010101"),
    ("11220033", "0311220233"),
    ("11223344", "0511223344"),
    ("11000000", "0211010101"),
    ("01" * 254, "ff" + "01" * 254 + "01"),
    ("01" * 255, "ff" + "01" * 254 + "0201"),
    ("00" + "01" * 254, "01ff" + "01" * 254 + "01"),
    ("01" * 253 + "00" + "02", "fe" + "01" * 253 + "0202"),
]

GOLDEN: list[tuple[Record, str]] = [
    (
        Hello(card=True, ready=True, credit=32, incarnation=0x01020304, peer=0xA0B0C0D0),
        "01 01 c0 20 01020304 a0b0c0d0",
    ),
    (Status(credit=5, gap=True), "05 80"),
    (
        AudioBlock(sequence=258, time=0x0102, count=2, slots=(1, 31), octets=b"\xd5\xd5\x2a\x2b"),
        "0102 000000000102 0002 01 9f d5d5 2a2b",
    ),
    (
        Capabilities(
            frames=True,
            octets=True,
            line_loop=False,
            local_loop=True,
            block=160,
            buffer=800,
            slots=(1, 2, 16),
            alarms=(1, 4),
            faults=(0,),
            name="A",
        ),
        "d0 00a0 0320 0102 90 01 84 80 41",
    ),
    (Configure(crc4=True, recover=False, idle=0xD5), "80 d5"),
    (OpenSlot(slot=16, mode=SlotMode.FRAMES), "10 01"),
    (CloseSlot(slot=0), "00"),
    (DFrame(slot=16, time=8000, data=b"\x02\x01\x7f"), "10 000000001f40 02017f"),
    (BadDFrame(slot=16, error=FrameFault.BAD_FCS, time=1, data=b""), "10 02 000000000001"),
    (AlarmChange(on=True, alarm=AlarmKind.AIS, time=2), "83 000000000002"),
    (SetLoop(slot=0, loop=LoopKind.LINE), "00 01"),
    (
        InsertFault(slot=0, fault=FaultKind.SLOT_CROSS, start=64000, duration=512, args="3 4"),
        "00 01 00000000fa00 00000200 332034",
    ),
    (Counters(underruns=1, late=2, bad_blocks=3, dropped=4), "00000001 00000002 00000003 00000004"),
    (LogLine(severity=Severity.WARNING, text="hot"), "02 686f74"),
    (Underrun(time=8000, count=160), "000000001f40 000000a0"),
    (Slip(repeated=True, time=8000, count=2), "80 000000001f40 0002"),
    (Slip(repeated=False, transmit=True, time=1), "40 000000000001 0001"),
    (Refusal(refused=18, slot=16, text="no"), "12 10 6e6f"),
]


@pytest.mark.parametrize(("plain", "stuffed"), STUFFED)
def test_stuffing(plain: str, stuffed: str) -> None:
    data, block = bytes.fromhex(plain), bytes.fromhex(stuffed)
    assert stuff(data) == block
    assert unstuff(block) == data


@given(st.binary(max_size=1200) | st.lists(st.sampled_from([b"\0", b"\1" * 253, b"\2" * 254])).map(b"".join))
def test_stuffed_octets_hold_no_zero_and_come_back(data: bytes) -> None:
    block = stuff(data)
    assert 0 not in block
    assert len(block) <= len(data) + len(data) // 254 + 1
    assert unstuff(block) == data


@pytest.mark.parametrize("block", ["05 01 02", "02 01 03", "02 00"])
def test_what_was_never_stuffed_is_refused(block: str) -> None:
    with pytest.raises(StuffingError):
        unstuff(bytes.fromhex(block))


@given(st.lists(st.binary(min_size=1, max_size=40).map(stuff), max_size=6), st.data())
def test_a_stream_is_cut_at_its_delimiters_however_it_arrives(
    blocks: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(block + b"\0" for block in blocks)
    splitter, found = Splitter(100), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += splitter.feed(stream[:size])
        stream = stream[size:]
    assert found == blocks


def test_a_block_without_end_is_dropped_and_the_next_is_read() -> None:
    splitter = Splitter(10)
    assert splitter.feed(b"\1" * 11) == []
    assert splitter.feed(b"\1" * 11) == []
    assert splitter.feed(b"\1\0\0\2\2\0") == [b"\2\2"]
    assert splitter.too_long == 1


def crc_by_bits(octets: bytes) -> int:
    """CRC-32 of IEEE 802.3 as its definition has it: reflected, ones preset, complemented."""
    remainder = 0xFFFFFFFF
    for octet in octets:
        remainder ^= octet
        for _ in range(8):
            remainder = remainder >> 1 ^ (0xEDB88320 if remainder & 1 else 0)
    return remainder ^ 0xFFFFFFFF


def test_a_frame_on_the_line() -> None:
    # A status with 32 credits: kind 2, N(S) 0, N(R) 7.
    assert crc_by_bits(b"123456789") == 0xCBF43926  # the check value that catalogues give
    envelope = Envelope(numbered=False, kind=2, ns=0, nr=7, body=b"\x20\x00")
    crc = crc_by_bits(bytes.fromhex("02 00 07 20 00")).to_bytes(4, "big")
    assert crc.hex(" ") == "2c 29 96 5a"
    assert seal(envelope) == bytes.fromhex("02 02 03 07 20 05 2c 29 96 5a 00")
    assert unseal(seal(envelope)[:-1]) == envelope


@given(st.binary(max_size=60), st.integers(0, 127), st.data())
def test_no_single_harm_passes(body: bytes, kind: int, data: st.DataObject) -> None:
    envelope = Envelope(numbered=True, kind=kind, ns=3, nr=4, body=body)
    block = seal(envelope)[:-1]
    assert unseal(block) == envelope
    bit = data.draw(st.integers(0, 8 * len(block) - 1))
    harmed = bytearray(block)
    harmed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(LinkFrameError):
        unseal(bytes(harmed))
    with pytest.raises(LinkFrameError):
        unseal(block[: bit // 8])


@pytest.mark.parametrize(("value", "octets"), GOLDEN, ids=lambda value: type(value).__name__)
def test_golden(value: Record, octets: str) -> None:
    body = bytes.fromhex(octets)
    layout = type(value).layout
    assert layout.build(value) == body
    assert layout.parse(body) == value
    assert layout.tree.parse(body) == value
    assert layout.tree.build(value) == body


def test_every_message_has_a_golden_vector_and_a_kind_of_its_own() -> None:
    assert {type(value) for value, _ in GOLDEN} == set(KIND_OF)
    assert len(KIND_OF) == len(NUMBERED) + len(UNNUMBERED) == len(set(NUMBERED) | set(UNNUMBERED))


@pytest.mark.parametrize(("value", "octets"), GOLDEN, ids=lambda value: type(value).__name__)
def test_every_truncation_parses_or_names_the_field(value: Record, octets: str) -> None:
    body = bytes.fromhex(octets)
    layout = type(value).layout
    for end in range(len(body)):
        try:
            short = layout.parse(body[:end])
        except DecodeError as error:
            refused = error.where
        else:
            refused = ""
            assert layout.build(short) == body[:end]
        assert not refused or refused.startswith(type(value).__name__ + ".")
    assert layout.parse(body + b"\x99").received or layout.plan.ends_open


@given(st.sampled_from(sorted(KIND_OF, key=lambda cls: cls.__name__)), st.binary(max_size=40))
def test_all_views_agree_on_random_octets(cls: type[Record], body: bytes) -> None:
    try:
        declared = cls.layout.tree.parse(body)
    except CodecError:
        with pytest.raises(CodecError):
            cls.layout.parse(body)
    else:
        assert cls.layout.parse(body) == declared
        assert cls.layout.build(declared) == body


def test_the_document_tells_what_is_declared() -> None:
    document = (Path(__file__).parents[2] / "docs" / "serial-card.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| ([A-Z -]+) \| (?:card|host|both) \|", document, re.MULTILINE)
    names = {int(kind): name.title().replace("-", "").replace(" ", "") for kind, name in rows}
    told = {"Alarm": "AlarmChange", "Close": "CloseSlot", "Fault": "InsertFault", "Loop": "SetLoop"}
    told |= {"BadFrame": "BadDFrame", "Log": "LogLine", "Open": "OpenSlot"}
    assert {kind: told.get(name, name) for kind, name in names.items()} == {
        kind: cls.__name__ for kind, cls in NUMBERED.items()
    }
    assert f"{LONGEST_BLOCK:,} octets" in document
    assert f"version {MAJOR}.{MINOR}" in document
    sent = re.search(r"on the line `([0-9A-F ]+)`", document)
    assert sent is not None
    assert unseal(bytes.fromhex(sent[1])[:-1]) == Envelope(numbered=False, kind=2, nr=7, body=b"\x20\x00")


def test_a_value_that_does_not_fit_is_named() -> None:
    with pytest.raises(EncodeError, match=r"DFrame\.slot"):
        DFrame.layout.build(DFrame(slot=256, data=b""))
    with pytest.raises(EncodeError, match=r"AudioBlock\.slots"):
        AudioBlock.layout.build(AudioBlock(sequence=0, time=0, count=0, slots=(), octets=b""))


def test_slots_whose_octets_are_lacking_are_left_out() -> None:
    block = AudioBlock(sequence=0, time=0, count=4, slots=(3, 4), octets=b"abcdef")
    assert block.blocks() == {3: b"abcd"}
    assert AudioBlock(sequence=0, time=0, count=4, slots=(0,), octets=b"").blocks() == {}
