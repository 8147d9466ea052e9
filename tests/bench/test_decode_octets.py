"""`decode -x`: every octet of a frame stands in it once, whatever the frame is."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_traces import BEARER, SETUP, decode, i_frame, trace

from trunkbench.trace.decoder import Decoder
from trunkbench.trace.inputs import open_trace
from trunkbench.trace.octets import octet_table
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkwire.q931.ies import DisplayIE, RawIE
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType

ROW = re.compile(r"^ *(\d+)  ((?:[0-9a-f]{2} ?)*)(?: |$)")
FACILITY = bytes.fromhex("91 a1 12 02 01 bc 02 01 0f 30 0a 02 01 01 0a 01 00 a1 02 82 00")
DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
CAPTURES = sorted(FOLDER.glob("*/*.linuxlapd.pcap"))


def covered(frame: FrameRecord) -> bytes:
    """The octets that the table shows, put together in its order; their places must be right."""
    octets = b""
    for text in octet_table(Decoder().decode(frame), 0).splitlines()[1:]:
        found = ROW.match(text)
        if found and found[2]:
            assert int(found[1]) == len(octets)
            octets += bytes.fromhex(found[2])
    return octets


def record(data: bytes, layer: Layer = Layer.LAPD) -> FrameRecord:
    return FrameRecord(0, Direction.OUT, data, layer=layer)


def test_octets_stand_beside_their_fields() -> None:
    out = decode(trace(i_frame(SETUP)), "-x")[1].splitlines()
    assert out[0].startswith("Frame 1: 24 octets at 0.000000 s")
    assert out[1] == "   0  02                        SAPI: 0; C/R: 1; EA: 0"
    assert "   6  00 41                     to originator: no; reference: 65" in out
    assert "   9  04                        bearer capability (0x04)" in out
    assert "  10  02                        length: 2" in out
    assert '  21  33 30 30                  digits: "300"' in out
    assert out[-1] == ""


def test_a_long_field_goes_on_below_and_a_broken_one_says_so() -> None:
    long = Message(1, MessageType.CONNECT, (DisplayIE(text="abcdefghijk"),))
    out = decode(trace(i_frame(long), i_frame(build(SETUP)[:-1])), "-x")[1].splitlines()
    at = out.index('  11  61 62 63 64 65 66 67 68   text: "abcdefghijk"')
    assert out[at + 1] == "  19  69 6a 6b"
    assert any("called number (0x70) !! " in text for text in out)


def test_components_of_a_facility_share_no_octet() -> None:
    message = Message(1, MessageType.FACILITY, (RawIE(0, 0x1C, FACILITY),))
    data = i_frame(message)
    assert covered(record(data)) == data
    out = decode(trace(data), "-x")[1]
    assert "  12  a1 12                     invoke: divertingLegInformation2" in out


@pytest.mark.parametrize(
    ("data", "layer"),
    [
        (b"", Layer.LAPD),
        (b"\x00", Layer.LAPD),
        (bytes.fromhex("02010102"), Layer.LAPD),
        (bytes.fromhex("fcff030fc81e01ff"), Layer.LAPD),
        (bytes.fromhex("fcff030fc81e01ff0102"), Layer.LAPD),
        (bytes.fromhex("02017f99"), Layer.LAPD),
        (bytes.fromhex("fa330380800005"), Layer.LAPD),
        (build(SETUP), Layer.Q931),
        (b"\x41" + build(SETUP), Layer.Q931),
        (bytes.fromhex("83830085"), Layer.MTP2),
        (bytes.fromhex("440101"), Layer.OTHER),
    ],
)
def test_every_octet_once(data: bytes, layer: Layer) -> None:
    assert covered(record(data, layer)) == data


def element(identifier: int, body: bytes) -> bytes:
    return bytes((identifier, len(body))) + body


messages = st.builds(
    lambda head, kind, rest: head + bytes([kind]) + rest,
    st.sampled_from([b"\x08\x02\x00\x01", b"\x08\x01\x01", b"\x08\x00", b"\x08", b"\x03\x02\x00\x00"]),
    st.sampled_from([int(kind) for kind in MessageType]),
    st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.builds(
                lambda i, body: bytes((i, len(body))) + body, st.integers(0, 127), st.binary(max_size=9)
            ),
            st.binary(max_size=20).map(lambda body: bytes((0x1C, len(body) + 1, 0x91)) + body),
        ),
        max_size=4,
    ).map(b"".join),
)


@given(
    st.one_of(
        st.binary(max_size=40),
        st.builds(
            lambda head, rest: head + rest, st.sampled_from([b"\x00\x01\x00\x00", b"\xff\xff\x03"]), messages
        ),
    ),
    st.sampled_from(Layer),
)
def test_every_octet_once_of_anything(data: bytes, layer: Layer) -> None:
    assert covered(record(data, layer)) == data


@pytest.mark.skipif(not CAPTURES, reason="no real captures: set TRUNKBENCH_CAPTURES")
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_every_octet_once_of_real_frames(path: Path) -> None:
    with path.open("rb") as file:
        frames = [item for item in open_trace(file, path.name) if isinstance(item, FrameRecord)]
    assert frames
    for frame in frames:
        assert covered(frame) == frame.data


def test_a_bearer_is_no_exception() -> None:
    """Fields that share an octet share a row, in the order of the figure."""
    data = i_frame(Message(1, MessageType.SETUP, (BEARER,)))
    out = octet_table(Decoder().decode(record(data)), 0)
    assert "  11  80                        coding: 0 itu; capability: 0 speech\n" in out
