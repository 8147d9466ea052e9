"""Logs of Cisco IOS: the formats of several versions, q931 and q921, alone and together."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.trace.inputs import open_trace
from trunkbench.trace.inputs.ios import recognise
from trunkbench.trace.inputs.ioswords import element_of, message_type, value_of
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import Direction, FrameRecord, Happening, Layer
from trunkwire.side import Side

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)

SETUP = "08020001" + "05" + "04038090a3" + "1803a98381" + "6c06218131303031" + "70058033333333"
SETUP_LOGS = {
    "stamp on the first line": """\
*Mar  1 22:52:09.694: ISDN Se1/0:15 Q931: TX -> SETUP pd = 8  callref = 0x0001
\tBearer Capability i = 0x8090A3
\t\tStandard = CCITT
\t\tTransfer Capability = Speech
\t\tTransfer Mode = Circuit
\t\tTransfer Rate = 64 kbit/s
\tChannel ID i = 0xA98381
\t\tExclusive, Channel 1
\tCalling Party Number i = 0x2181, '1001'
\t\tPlan:ISDN, Type:National
\tCalled Party Number i = 0x80, '3333'
\t\tPlan:Unknown, Type:Unknown
""",
    "stamp on every line": """\
000123: *Mar  1 22:52:09.694 UTC: ISDN Se1/0:15: TX ->  SETUP pd = 8  callref = 0x0001
000124: *Mar  1 22:52:09.694 UTC:         Bearer Capability i = 0x8090A3
000125: *Mar  1 22:52:09.694 UTC:         Channel ID i = 0xA98381
000126: *Mar  1 22:52:09.694 UTC:         Calling Party Number i = 0x2181, '1001', Plan:ISDN, Type:National
000127: *Mar  1 22:52:09.694 UTC:         Called Party Number i = 0x80, '3333', Plan:Unknown, Type:Unknown
""",
    "interface on a line of its own": """\
Mar  1 1972 22:52:09.694: ISDN Se1/0:15
   Q931: TX -> SETUP pd = 8  callref = 0x0001
        Bearer Capability i = 0x8090A3
        Channel ID i = 0xA98381
        Calling Party Number i = 0x2181, '1001'
        Called Party Number i = 0x80, '3333'
""",
}
AT_NS = 68338329_694000000


def read(text: str) -> list[Item]:
    return list(open_trace(io.BytesIO(text.encode()), "log"))


def frames(text: str) -> list[FrameRecord]:
    return [item for item in read(text) if isinstance(item, FrameRecord)]


@pytest.mark.parametrize("form", SETUP_LOGS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_message_in_every_form(form: str, ending: str) -> None:
    (frame,) = frames(SETUP_LOGS[form].replace("\n", ending))
    assert frame.data == bytes.fromhex(SETUP)
    assert (frame.layer, frame.direction, frame.span, frame.slot) == (
        Layer.Q931,
        Direction.OUT,
        "Se1/0:15",
        16,
    )
    assert frame.at_ns == AT_NS
    assert not frame.rebuilt


def test_uptime_stamps_and_short_call_references() -> None:
    first, second = frames(
        "00:02:34: ISDN BR0: RX <-  CONNECT pd = 8  callref = 0x81\n"
        "1w2d: ISDN BR0: TX ->  CONNECT_ACK pd = 8  callref = 0x01\n"
    )
    assert (first.data.hex(), first.at_ns, first.direction) == ("08018107", 154_000_000_000, Direction.IN)
    assert (second.data.hex(), second.at_ns) == ("0801010f", 9 * 86_400_000_000_000)


def test_frames_of_layer_2() -> None:
    text = """\
Jan 15 01:41:24.069: ISDN Se0/0:23 Q921: User TX -> SABMEp sapi=0 tei=0
Jan 15 01:41:24.070: ISDN Se0/0:23 Q921: User RX <- UAf sapi=0 tei=0
Jan 15 01:41:25.070: ISDN Se0/0:23 Q921: User TX -> INFO sapi=0 tei=0, ns=1 nr=2 i=0x0802000162
Jan 15 01:41:25.071: ISDN Se0/0:23 Q921: User RX <- RR sapi=0 tei=0 nr=2
Jan 15 01:41:35.071: ISDN Se0/0:23 Q921: User RX <- RRp sapi=0 tei=0 nr=2
Jan 15 01:41:35.072: ISDN Se0/0:23 Q921: User TX -> RRf sapi=0 tei=0 nr=2
Jan 15 01:41:36.072: ISDN Se0/0:23 Q921: User RX <- DISCp sapi=0 tei=0
Jan 15 01:41:36.072: ISDN Se0/0:23 Q921: User TX -> DMf sapi=0 tei=0
"""
    found = frames(text)
    assert [frame.data.hex() for frame in found] == [
        "00017f", "000173", "00010204" + "0802000162", "00010104", "02010105", "02010105", "020153", "02011f",
    ]  # fmt: skip
    assert {frame.layer for frame in found} == {Layer.LAPD}
    assert {frame.side for frame in found} == {Side.USER}
    assert {frame.slot for frame in found} == {24}
    net = text.replace("User TX", "Net TX").replace("User RX", "Net RX")
    assert [frame.data.hex()[:2] for frame in frames(net)[:3]] == ["02", "02", "02"]


def test_bad_frames_and_names_that_are_not_known() -> None:
    text = """\
ISDN Se0/0:23 Q921: User TX -> SABMEp sapi=0 tei=0
ISDN Se0/0:23 Q931: RX <- CONNECT pd = 8  callref = 0x8001
ISDN Se0/0:23 Q921: User RX <- BAD FRAME(0x00017F)Line may be looped!
ISDN Se0/0:23 RX <- BAD FRAME(0x02011F)
ISDN Se0/0:23 Q921: User RX <- BAD FRAME(0x0)
ISDN Se0/0:23 Q921: User RX <- FROB sapi=0 tei=0
ISDN Se0/0:23 Q931: TX -> FROBNICATE callref = 0x8001
"""
    items = read(text)
    sent, connect, looped, bad = (item for item in items if isinstance(item, FrameRecord))
    assert (sent.data, sent.words) == (looped.data, ())
    assert connect.data.hex() == "0802800107"
    assert looped.words == ("IOS calls it a bad frame. Line may be looped!",)
    assert (looped.direction, looped.layer, looped.number) == (Direction.IN, Layer.LAPD, 3)
    assert (bad.data.hex(), bad.words) == ("02011f", ("IOS calls it a bad frame.",))
    assert [(item.what, item.number) for item in items if isinstance(item, Happening)] == [
        ("RX <- BAD FRAME(0x00017F)Line may be looped!", 3),
        ("RX <- BAD FRAME(0x02011F)", 4),
        ("RX <- BAD FRAME(0x0)", 5),
        ("RX <- FROB sapi=0 tei=0", 6),
        ("TX -> FROBNICATE callref = 0x8001", 7),
    ]


def test_side_that_is_not_told_is_said_to_be_a_guess() -> None:
    trace = open_trace(io.BytesIO(b"00:00:01: ISDN BR0: TX -> IDREQ ri = 18543 ai = 127 dsl = 0\n"), "log")
    (frame,) = (item for item in trace if isinstance(item, FrameRecord))
    assert frame.data.hex() == "fcff030f486f01ff"
    assert any("taken for the user side" in finding for finding in trace.findings)


def test_frame_and_its_message_are_one() -> None:
    alone = "ISDN Se1/0:15 Q921: User {way} INFO sapi=0 tei=0, ns=3 nr=4\n"
    message = SETUP_LOGS["interface on a line of its own"]
    sent = message + "Mar  1 1972 22:52:09.695: " + alone.format(way="TX ->")
    received = "Mar  1 1972 22:52:09.693: " + alone.format(way="RX <-") + message.replace("TX ->", "RX <-")
    for text, head in ((sent, "00010608"), (received, "02010608")):
        (frame,) = frames(text)
        assert frame.data.hex() == head + SETUP
        assert frame.layer is Layer.LAPD
    with_octets = alone.format(way="RX <-").rstrip() + f" i=0x{SETUP}\n" + message.replace("TX ->", "RX <-")
    (frame,) = frames(with_octets)
    assert frame.data.hex() == "02010608" + SETUP
    (frame,) = frames(alone.format(way="RX <-"))
    assert frame.words == ("the log lacks the information field",)
    assert frame.data.hex() == "02010608"


def test_elements_and_what_is_none() -> None:
    text = """\
ISDN Se1/0:15 Q931: RX <- SETUP pd = 8  callref = 0x0001
        Sending Complete
        Bearer Capability i = 0x8890
        Display i = 'O'Neil, Jack'
        Facility i = 0x9FAA068001008201008B0100A1
            0102
        Keypad Facility i = "*21#"
        Net Specific Fac i = 0x00E4
        Locking Shift to Codeset 6
        Codeset 6 IE 0x28  i = 0xB1, 'Bench'
        Mystery Element i = 0x1234
ISDN Se1/0:15 Q931: TX -> SERVICE pd = 3  callref = 0x0000
        Change Status i = 0xC0
ISDN Se1/0:15 Q931: RX <- STATUS_ENQ pd = 8  callref = 0x8001
ISDN Se1/0:15 Q931: RX <- FROBNICATE pd = 8  callref = 0x8001
"""
    items = read(text)
    setup, service, enquiry = (item for item in items if isinstance(item, FrameRecord))
    assert setup.data == bytes.fromhex("0802000105a104028890") + (
        b"\x28\x0cO'Neil, Jack" + bytes.fromhex("1c0f9faa068001008201008b0100a10102")
        + b"\x2c\x04*21#" + bytes.fromhex("200200e4") + b"\x96\x28\x06\xb1Bench"
    )  # fmt: skip
    assert setup.words == ("Mystery Element i = 0x1234",)
    assert service.data.hex() == "030200000f" + "0101c0"
    assert enquiry.data.hex() == "0802800175"
    assert [item.what for item in items if isinstance(item, Happening)] == [
        "RX <- FROBNICATE pd = 8 callref = 0x8001"
    ]


def test_alarms_and_link_events() -> None:
    text = (
        "*Mar  1 22:52:09.694: ISDN Se1/0:15 Q931: TX -> CONNECT pd = 8  callref = 0x0001\n"
        "*Mar  1 22:52:10.000: %CONTROLLER-5-UPDOWN: Controller E1 1/0, changed state to down (LOS)\n"
        "*Mar  1 22:52:11.000: %ISDN-6-LAYER2UP: Layer 2 for Interface Se1/0:15, TEI 0 changed to up\n"
        "*Mar  1 22:52:12.000: ISDN Se1/0:15 Q931: Ux_DLRelInd: DL_REL_IND received from L2\n"
        "*Mar  1 22:52:13.000: %SYS-5-CONFIG_I: Configured from console by console\n"
    )
    items = read(text)
    assert isinstance(items[0], FrameRecord)
    told = [item for item in items if isinstance(item, Happening)]
    assert [item.alarm for item in told] == [True, False, None]
    assert told[2].span == "Se1/0:15"
    assert told[0].at_ns - AT_NS == 306_000_000


def test_real_log() -> None:
    """The bearer capability's own line is missing in it: what explains it is there."""
    path = FOLDER / "text/ios-e1-net5-q931.txt"
    if not path.exists():
        pytest.skip("the capture is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    setup, acknowledge, alerting = frames(path.read_text())
    assert setup.rebuilt
    assert setup.data.hex().startswith("0802614105" + "04028090" + "1803a98381")
    assert acknowledge.data.hex() == "0802e1410d1803a98381"
    assert alerting.data.hex() == "0802e14101" + "1e028281" + "1e028288"


def test_words_of_ios() -> None:
    assert message_type("SETUP_ACK", 8) == 0x0D
    assert message_type("RELEASE_COMP", 8) == 0x5A
    assert message_type("SERVICE", 67) == 0x0F
    assert message_type("NONE_SUCH", 8) is None
    assert element_of("Progress Ind") == 0x1E
    assert element_of("Nothing") is None
    assert value_of("0xA1, '32'") == b"\xa132"
    assert value_of("0xA13") is None
    assert value_of("Exclusive") is None


def test_what_is_not_such_a_log() -> None:
    assert recognise(b"") is None
    text = "ISDN BR0: RX <- INFORMAL sapi=0 tei=0\nISDN BR0: RX <- UAf sapi=0 tei=64\n"
    assert [frame.data.hex() for frame in frames(text)] == ["008173"]
    assert recognise(b"ISDN is nice, TX -> is an arrow\n") is None
    assert recognise(b"%SYS-5-CONFIG_I: Configured from console\n") is None


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_torn_logs_do_no_harm(data: st.DataObject) -> None:
    octets = bytearray("".join(SETUP_LOGS.values()).encode())
    for at in data.draw(st.lists(st.integers(0, len(octets) - 1), max_size=12)):
        octets[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    if recognise(bytes(octets)) is None:
        return
    items = list(open_trace(io.BytesIO(bytes(octets)), "log"))
    assert all(item.data for item in items if isinstance(item, FrameRecord))
