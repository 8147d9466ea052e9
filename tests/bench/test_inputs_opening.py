"""What a file is told by, and the error for one that is no trace; every packet yields an item."""

from __future__ import annotations

import gzip
import io
import os
import struct
from pathlib import Path

import carried
import pytest

from trunkbench.trace import capture
from trunkbench.trace.capture import Damage, NotACapture
from trunkbench.trace.inputs import InputOptions, open_trace
from trunkbench.trace.inputs import packets as inputs_packets
from trunkbench.trace.inputs.registry import ENTRIES
from trunkbench.trace.record import Foreign, FrameRecord, Layer

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
CAPTURES = sorted(FOLDER.glob("*/*.pcap")) + sorted(FOLDER.glob("*/*.trc")) + sorted(FOLDER.glob("*/*.trace"))
FRAME = bytes.fromhex("00010000") + carried.SETUP


@pytest.mark.parametrize(
    ("head", "seen"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a PNG image"),
        (b"\x7fELF\x02\x01" + bytes(50), "an ELF program"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04" + bytes(30), "a ZIP archive"),
        (b"Dear reader,\nthis is a letter.\n", "plain text that is no log known here"),
        (b'{"answer": 42}\n', "JSON text"),
        (bytes(100), "nothing but zeros"),
        (bytes(257) + b"ustar\x00" + bytes(300), "a tar archive"),
        (b"BZh91AY&SY" + bytes(range(128, 160)), "bzip2 data"),
        (
            b"\x01\x83\xfe\xc1\x99\xf0\x0e\x80\x11\xff",
            "of no known format (it begins with the octets 01 83 fe",
        ),
        (carried.pcap([b"x" * 40], 105), "a capture of link type 105 (IEEE 802.11)"),
        (
            carried.pcapng([(b"x" * 40, 0)], 127),
            "a capture of link type 127 (IEEE 802.11 with radiotap header)",
        ),
        (gzip.compress(b"\x89PNG\r\n\x1a\n" + bytes(50), mtime=0), "a PNG image"),
    ],
)
def test_what_is_no_trace_is_named_and_so_is_all_that_is_read(head: bytes, seen: str) -> None:
    with pytest.raises(NotACapture) as error:
        open_trace(io.BytesIO(head), "holiday.png")
    assert f"holiday.png: this is {seen}" in str(error.value)
    assert all(entry.reads in str(error.value) for entry in ENTRIES)
    assert error.value.exit_code == 2


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("link", "name"), [(203, "LAPD"), (177, "Linux LAPD"), (140, "MTP2"), (1, "Ethernet")]
)
def test_the_format_is_told_in_words(order: str, link: int, name: str) -> None:
    trace = open_trace(io.BytesIO(carried.pcap([FRAME], link, order=order)), "x")
    assert trace.format == f"pcap, link type {link} ({name})"


def test_the_format_of_packed_pcapng() -> None:
    trace = open_trace(io.BytesIO(gzip.compress(carried.pcapng([(FRAME, 1)], 203))), "x")
    assert trace.format == "gzip, pcapng, link type 203 (LAPD)"
    assert [item.direction.value for item in trace if isinstance(item, FrameRecord)] == ["in"]


@pytest.mark.parametrize("size", range(1, 24))
def test_a_capture_cut_within_its_header_is_damage(size: int) -> None:
    head = carried.pcap([], 203)[:size]
    if size < 4:
        with pytest.raises(NotACapture):
            open_trace(io.BytesIO(head), "x")
        return
    (damage,) = open_trace(io.BytesIO(head), "x")
    assert isinstance(damage, Damage)
    assert damage.fatal


def _block(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


SECTION = _block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def test_interfaces_of_a_section_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "INTERFACES", 500)
    one = _block(1, struct.pack("<HHI", 203, 0, 0))
    assert list(open_trace(io.BytesIO(SECTION + one * 500), "x")) == []
    data = SECTION + one * 501
    (damage,) = open_trace(io.BytesIO(data), "x")
    assert isinstance(damage, Damage)
    assert "more than any machine has" in damage.problem


def test_what_is_remembered_of_interfaces_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    carriers = 50
    monkeypatch.setattr(inputs_packets, "CARRIERS", carriers)
    count = carriers + 3
    data = SECTION + _block(1, struct.pack("<HHI", 1, 0, 0)) * count
    packet = carried.ether(carried.tdmoe([carried.hdlc_slot([FRAME], 64)])[0], 0xD00D)
    packets = [carried.ether(one, 0xD00D) for one in carried.tdmoe([carried.hdlc_slot([FRAME], 64)])]
    packets += [packet] * (count - 1)
    for number, one in enumerate(packets):
        body = one + bytes(-len(one) % 4)
        interface = max(number - 7, 0)
        data += _block(6, struct.pack("<IIIII", interface, 0, number, len(one), len(one)) + body)
    items = list(open_trace(io.BytesIO(data), "x"))
    (frame,) = [item for item in items if isinstance(item, FrameRecord)]
    assert frame.data == FRAME
    assert frame.number == carriers + 8  # its line gave way to the newest then
    assert {item.number for item in items if not isinstance(item, Damage)} == set(range(1, len(packets) + 1))


def test_a_capture_of_foreign_link_types_among_d_channels_is_read() -> None:
    out = [SECTION]
    out += [_block(1, struct.pack("<HHI", link, 0, 0)) for link in (105, 203)]
    for interface in (0, 1):
        out.append(_block(6, struct.pack("<IIIII", interface, 0, 7, 8, 8) + b"\x02\x01\x01\x02\0\0\0\0"))
    foreign, frame = open_trace(io.BytesIO(b"".join(out)), "x")
    assert isinstance(foreign, Foreign)
    assert foreign.what == "link type 105 (IEEE 802.11)"
    assert isinstance(frame, FrameRecord)


@pytest.mark.parametrize("layer", [Layer.LAPD, Layer.Q931, Layer.MTP2])
def test_user_link_types_carry_what_the_option_says(layer: Layer) -> None:
    data = carried.pcap([carried.SETUP], 147 + 5)
    (frame,) = open_trace(io.BytesIO(data), "x", InputOptions(user={5: layer}))
    assert isinstance(frame, FrameRecord)
    assert (frame.layer, frame.data) == (layer, carried.SETUP)


def test_user_link_types_without_option_are_foreign_and_said() -> None:
    trace = open_trace(
        io.BytesIO(carried.pcap([carried.SETUP] * 2, 150)), "x", InputOptions(user={5: Layer.LAPD})
    )
    items = list(trace)
    assert [item.what for item in items if isinstance(item, Foreign)] == [
        "USER3, which is not said to be anything"
    ] * 2
    assert len(trace.findings) == 1


@pytest.mark.parametrize("link", [203, 177, 140, 139, 141, 1, 101, 113, 276, 9, 50, 104, 107, 147])
def test_empty_and_tiny_packets_yield_an_item_each(link: int) -> None:
    packets = [bytes((n,)) * size for size in range(24) for n in (0, 0x45, 0xFF)]
    items = list(open_trace(io.BytesIO(carried.pcap(packets, link)), "x"))
    numbers = [item.number for item in items if not isinstance(item, Damage)]
    assert sorted(set(numbers)) == list(range(1, len(packets) + 1))


def test_linux_lapd_of_another_protocol_is_damage_and_foreign() -> None:
    header = struct.pack(">HHH8sH", 4, 0, 0, bytes(8), 0x31)
    damage, foreign = open_trace(io.BytesIO(carried.pcap([header + FRAME], 177)), "x")
    assert isinstance(damage, Damage)
    assert isinstance(foreign, Foreign)
    assert foreign.number == 1


@pytest.mark.skipif(
    not CAPTURES, reason="no real captures: set TRUNKBENCH_CAPTURES to the folder that has them"
)
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_every_packet_of_the_real_captures_yields_an_item(path: Path) -> None:
    with path.open("rb") as file:
        items = list(open_trace(file, path.name))
    numbers = [item.number for item in items if not isinstance(item, Damage)]
    assert numbers == sorted(numbers)
    assert sorted(set(numbers)) == list(range(1, numbers[-1] + 1))
    assert not [item for item in items if isinstance(item, Damage)]
