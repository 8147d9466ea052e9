"""Hex dumps, our own timeline, logs of openr2, and the time stamps of logs."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.timeline import Timeline
from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs import hexdump, open_trace, openr2log, timelinefile
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.inputs.stamps import Stamps
from trunkbench.trace.inputs.textlines import clean
from trunkbench.trace.record import Direction, FrameRecord, Happening, Layer
from trunkwire.hdlc import fcs16
from trunkwire.side import Side

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
SETUP = bytes.fromhex("00010000080200010504038090a31803a983816c0600803130303070088035353531323334a1")


def read(text: str | bytes) -> list[Item]:
    return list(open_trace(io.BytesIO(text.encode() if isinstance(text, str) else text), "dump"))


def frames(text: str | bytes) -> list[FrameRecord]:
    return [item for item in read(text) if isinstance(item, FrameRecord)]


def data_of(text: str) -> list[str]:
    return [frame.data.hex() for frame in frames(text)]


def dump(data: bytes, form: str = "{:04x}  ", base: int = 16, tail: bool = True) -> str:
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        offset = {16: f"{at:04x}", 8: f"{at:04o}", 10: f"{at:04d}"}[base]
        text = "".join(chr(octet) if 32 <= octet < 127 else "." for octet in row)
        rows.append(f"{offset}  {row.hex(' ')}" + (f"   {text}" if tail else ""))
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("base", [8, 10, 16])
def test_offsets_in_every_radix(base: int) -> None:
    text = dump(SETUP, base=base, tail=False) + "\n" + dump(b"\x00\x01\x01\x02", base=base)
    assert data_of(text) == [SETUP.hex(), "00010102"]


def test_comments_directions_and_times() -> None:
    text = """\
# a trace
I
2012-03-12 10:11:12.250 0000 00 01 7f
O 2012-03-12 10:11:12.260
0000 00 01 73
2012-03-12 10:11:13 RX
000000 00 01
000002 01 02
"""
    found = frames(text)
    assert [frame.data.hex() for frame in found] == ["00017f", "000173", "00010102"]
    assert [frame.direction for frame in found] == [Direction.IN, Direction.OUT, Direction.IN]
    assert [frame.at_ns - 1331547072_000000000 for frame in found] == [
        250_000_000,
        260_000_000,
        1_000_000_000,
    ]
    assert [frame.number for frame in found] == [1, 2, 3]


def test_arrows_are_directions_where_both_are_used() -> None:
    both = "< 0000 00 01 7f\n> 0000 00 01 73\n"
    assert [frame.direction for frame in frames(both)] == [Direction.IN, Direction.OUT]
    forwarded = "> 0000 00 01 7f\n> 0000 00 01 73\n"
    assert [frame.direction for frame in frames(forwarded)] == [Direction.UNKNOWN] * 2


def test_offsets_that_do_not_fit() -> None:
    text = "0000 00 01 7f\n0005 44\n0006 45\n0000 00 01 73\n"
    assert data_of(text) == ["00017f", "000173"]
    assert [item.offset for item in read(text) if isinstance(item, Damage)] == [14]
    assert data_of("0000 00 01 7e\n0002 7f\n") == ["00017f"]


def test_dump_of_xxd() -> None:
    text = "".join(
        f"{at:08x}: {SETUP[at : at + 16].hex(' ', 2):<40} abcd ef.. 1234\n" for at in range(0, len(SETUP), 16)
    )
    assert data_of(text) == [SETUP.hex()]


@pytest.mark.parametrize(
    "line",
    [
        "00 01 7f", "00017f", "0x00,0x01,0x7f", "00:01:7F", "RX 00 01 7f", "[10:11:12.250] < 00 01 7f",
        "2012-03-12 10:11:12 sent: 00 01 7f", "0x00 0x01 0x7f", "10:11:12 00 01 7f",
    ],
)  # fmt: skip
def test_a_frame_a_line(line: str) -> None:
    assert data_of(f"{line}\n{line}\n") == ["00017f", "00017f"]


def test_fcs_is_found_and_messages_without_layer_2_are_told_apart() -> None:
    lines = [(frame + fcs16(frame).to_bytes(2, "little")).hex(" ") for frame in (SETUP, b"\0\1\x01\x02")]
    found = frames("\n".join(lines))
    assert [frame.data for frame in found] == [SETUP, b"\0\1\x01\x02"]
    assert all(frame.fcs for frame in found)
    (message,) = frames(SETUP[4:].hex(" ") + "\n")
    assert message.layer is Layer.Q931


def test_what_is_no_hex_dump() -> None:
    for text in (
        b"",
        b"plain text\nof words\n",
        b"d41d8cd98f00b204e9800998ecf8427e\n" * 3,
        b"add bad cab dab\n",
    ):
        assert hexdump.recognise(text) is None
    assert hexdump.recognise(dump(bytes(range(1, 255)) * 40).encode()) is None


@settings(max_examples=40, deadline=None)
@given(st.text("0123456789abcdef<>IO# \n:.xz", max_size=400))
def test_any_digits_do_no_harm(text: str) -> None:
    octets = ("0000 00 01 7f\n" + text).encode()
    if hexdump.recognise(octets) is not None:
        assert all(item.data for item in read(octets) if isinstance(item, FrameRecord))


def test_line_of_a_megabyte_takes_no_time() -> None:
    octets = b"0000 00 01 7f\n" + b"ab " * 150_000 + b"g\n" + b"0" * 550_000
    assert frames(octets)[0].data == b"\0\1\x7f"
    plain = b"00 01 7f\n00 01 7f\n" * 1000 + b"ab" * 500_000 + b"g"
    assert frames(plain)[0].data == b"\0\1\x7f"


def timeline() -> Timeline:
    made = Timeline(seed=1)
    made.begin(1000)
    made.frame(64_000, 0, True, SETUP)
    made.frame(64_333, 0, False, b"\x00\x01\x01\x02")
    made.call(64_500, "alice", 1, "proceeding", channel=3, cause=None)
    made.note(65_000, "a", "LOF on")
    made.note(66_000, "a", "LOF off")
    made.note(66_001, "a", "slip of 1 frame")
    return made


def test_timeline_comes_back(tmp_path: Path) -> None:
    made = timeline()
    made.save(tmp_path / "timeline.jsonl")
    items = read((tmp_path / "timeline.jsonl").read_bytes())
    expected = made.records(0, "a", 16, Side.USER)
    found = [item for item in items if isinstance(item, FrameRecord)]
    assert [(f.at_ns, f.direction, f.data) for f in found] == [
        (f.at_ns, f.direction, f.data) for f in expected
    ]
    told = [(item.what, item.alarm) for item in items if isinstance(item, Happening)]
    assert told[1:] == [("LOF on", True), ("LOF off", False), ("slip of 1 frame", None)]
    assert told[0] == ("alice call 1: proceeding, channel 3", None)


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["line_time_s", "kind", "octets", "span", "what", "direction", "where"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("frame"),
    )
)
def test_odd_entries_are_damage(row: dict[str, object]) -> None:
    good = {"line_time_s": 1.0, "kind": "frame", "span": 0, "direction": "in", "octets": "00017f"}
    items = read("\n".join((json.dumps(good), json.dumps(row), '{"kind": "frame"', "[1]", json.dumps(good))))
    assert len(items) == 5
    assert isinstance(items[0], FrameRecord)
    assert isinstance(items[2], Damage)


def test_timeline_is_recognised_by_its_entries_only() -> None:
    assert timelinefile.recognise(b'{"a": 1}\n') is None
    assert timelinefile.recognise(b'{"kind": "frame", "line_time_s": true}\n') is None
    assert timelinefile.recognise(b"{" * 2000) is None
    assert timelinefile.recognise(b'\n{"kind": "note", "line_time_s": 0, "what": "x"}\n') is not None


OPENR2 = """\
[15:05:47:710] [Thread: 3078019984] [Chan 1] - Call started at Mon Jul  6 15:05:47 2009 on chan 1
[15:05:47:710] [Thread: 3078019984] [Chan 1] - CAS Tx >> [SEIZE] 0x00
[15:05:47:951] [Thread: 3078019984] [Chan 1] - CAS Rx << [SEIZE ACK] 0x0C
[15:05:47:951] [Thread: 3078019984] [Chan 1] - Attempting to cancel timer timer 2
[15:05:47:951] [Thread: 3078019984] [Chan 1] - MF Tx >> 3 [ON]
[15:05:48:070] [Thread: 3078019984] [Chan 1] - MF Rx << 1 [ON]
"""


def test_log_of_openr2() -> None:
    items = [item for item in read(OPENR2) if isinstance(item, Happening)]
    assert [item.what for item in items][1:] == [
        "CAS sent: SEIZE, a b c d = 0000",
        "CAS received: SEIZE ACK, a b c d = 1100",
        "MF sent: 3 on",
        "MF received: 1 on",
    ]
    assert {item.span for item in items} == {"channel 1"}
    assert items[-1].at_ns - items[0].at_ns == 360_000_000
    assert openr2log.recognise(b"[15:05:47:710] [Chan 1] - hello\n") is None


def test_real_log_of_openr2() -> None:
    path = FOLDER / "text/openr2-mfcr2-call.txt"
    if not path.exists():
        pytest.skip("the capture is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    trace = open_trace(io.BytesIO(path.read_bytes()), "log")
    assert sum("MF sent" in item.what for item in trace if isinstance(item, Happening)) > 20
    assert trace.findings[0].startswith("1 MFC/R2 calls")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("[2012-03-12 10:11:12.5] x", 1331547072.5),
        ("[2012-03-12T10:11:12+01:00] x", 1331543472),
        ("2012-03-12T10:11:12Z x", 1331547072),
        ("[Mar 12 10:11:12] x", 69243072),
        ("[Feb 29 00:00:00] x", 68169600),
        ("[Mon Mar 12 10:11:12 2012] x", 1331547072),
        ("*Mar 12 2012 10:11:12.500 CET: x", 1331547072.5),
        ("000001: 10:11:12: x", 36672),
        ("2y3w: x", 107 * 7 * 86400),
        ("3d04h: x", 273600),
        ("1331547072.25 x", 1331547072.25),
        ("03/12/2012 10:11:12 x", 1331547072),
        ("12.03.2012 10:11:12 x", 1331547072),
        ("15/03/12 10:11:12 x", 1331806272),
        ("10:11:12,250 x", 36672.25),
    ],
)
def test_time_stamps(text: str, seconds: float) -> None:
    assert Stamps().take(text) == (round(seconds * 4) * 250_000_000, "x")


def test_time_goes_on_past_midnight_and_new_year() -> None:
    stamps = Stamps()
    first, second = (stamps.take(f"{time} x")[0] for time in ("23:59:59.5", "00:00:00.5"))
    assert (first, second) == (86_399_500_000_000, 86_400_500_000_000)
    stamps = Stamps()
    first, second = (stamps.take(f"[{time}] x")[0] for time in ("Dec 31 23:59:59", "Jan  1 00:00:00"))
    assert first is not None
    assert second == first + 1_000_000_000


@pytest.mark.parametrize(
    "text", ["", "x", "[99:99:99] x", "[Foo 12 10:11:12] x", "[Feb 31 10:11:12] x", "-- 1"]
)
def test_what_is_no_time_stamp(text: str) -> None:
    assert Stamps().take(text) == (None, text)


def test_lines_are_cleaned() -> None:
    assert clean(b"\x1b[1;31mred\x1b[0m text\r\n") == "red text"
    assert clean(b" --More-- \x08\x08\x08\x08\x08\x08\x08\x08\x08\x08 here") == " here"
    assert clean(b"\xe4h\x00\n") == "äh"
