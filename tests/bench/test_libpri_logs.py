"""Logs of `pri set debug`: every level, every prefix, with octets and with words only."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.trace.inputs import open_trace
from trunkbench.trace.inputs.asterisklog import recognise
from trunkbench.trace.inputs.libpriwords import rebuild
from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import Direction, FrameRecord, Happening, Layer
from trunkwire.q931.message import parse

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)

SETUP = bytes.fromhex("080200010504038090a31803a983816c0600803130303070088035353531323334a1")
SETUP_LINES = """\
Protocol Discriminator: Q.931 (8)  len=34
TEI=0 Call Ref: len= 2 (reference 1/0x1) (Sent from originator)
Message Type: SETUP (5)
[04 03 80 90 a3]
Bearer Capability (len= 5) [ Ext: 1  Coding-Std: 0  Info transfer capability: Speech (0)
                             Ext: 1  Trans mode/rate: 64kbps, circuit-mode (16)
                               User information layer 1: A-Law (35)
[18 03 a9 83 81]
Channel ID (len= 5) [ Ext: 1  IntID: Implicit  Other(PRI)  Spare: 0  Exclusive  Dchan: 0
                      ChanSel: As indicated in following octets
                      Ext: 1  Coding: 0  Number Specified  Channel Type: 3
                      Ext: 1  Channel: 1 Type: NET]
[6c 06 00 80 31 30 30 30]
Calling Party Number (len= 8) [ Ext: 0  TON: Unknown Number Type (0)  NPI: Unknown Number Plan (0)
                                Presentation: Presentation allowed, User-provided, not screened (0)  '1000' ]
[70 08 80 35 35 35 31 32 33 34]
Called Party Number (len=10) [ Ext: 1  TON: Unknown Number Type (0)  NPI: Unknown Number Plan (0)  '5551234' ]
[a1]
Sending Complete (len= 1)""".splitlines()
STATE = [
    "TEI: 0 State 7(Multi-frame established)",
    "V(A)=0, V(S)=0, V(R)=0",
    "T200_id=0, N200=3, T203_id=8192",
]
I_FRAME = [
    "Informational frame:",
    "SAPI: 00  C/R: 0 EA: 0",
    " TEI: 000        EA: 1",
    "N(S): 003   0: 0",
    "N(R): 002   P: 0",
    "34 bytes of data",
]
SABME = [
    "Unnumbered frame:",
    "SAPI: 00  C/R: 0 EA: 0",
    " TEI: 000        EA: 1",
    "  M3: 3   P/F: 1 M2: 3 11: 3  [ SABME (set asynchronous balanced mode extended) ]",
    "0 bytes of data",
]
RR = [
    "Supervisory frame:",
    "SAPI: 00  C/R: 1 EA: 0",
    " TEI: 000        EA: 1",
    "Zero: 0     S: 0 01: 1  [ RR (receive ready) ]",
    "N(R): 005 P/F: 1",
    "0 bytes of data",
]
PREFIXES = {
    "": 0,
    "PRI Span: 3 ": 0,
    "[2012-03-12 10:11:12.250] VERBOSE[1234][C-0000001a] chan_dahdi.c: PRI Span: 3 ": 1331547072_250000000,
    "[2012-03-12 10:11:12] VERBOSE[1234] chan_dahdi.c: PRI Span: 3 ": 1331547072_000000000,
    "[Mar 12 10:11:12] VERBOSE[1234]: chan_dahdi.c:1234 dahdi_pri_message: PRI Span: 3 ": 69243072_000000000,
    "[1970-01-01 00:00:01] DEBUG[9] sig_pri.c: 3 ": 1_000000000,
    "Mar 12 10:11:12 pbx asterisk[77]: VERBOSE[9]: chan_dahdi.c:8 in foo: PRI Span: 3 ": 69243072_000000000,
    "\x1b[1;32mPRI Span: 3 \x1b[0m": 0,
}


def log_of(mark: str, lines: Sequence[str], prefix: str = "") -> str:
    return "".join(f"{prefix}{mark} {line}\n" for line in lines)


def read(text: str | bytes) -> list[Item]:
    octets = text.encode("latin-1") if isinstance(text, str) else text
    return list(open_trace(io.BytesIO(octets), "log"))


def frames(text: str | bytes) -> list[FrameRecord]:
    return [item for item in read(text) if isinstance(item, FrameRecord)]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_message_with_every_prefix(prefix: str, ending: str) -> None:
    text = log_of("<", SETUP_LINES, prefix) + log_of(">", SETUP_LINES, prefix)
    received, sent = frames(text.replace("\n", ending))
    assert (received.data, received.layer, received.direction) == (SETUP, Layer.Q931, Direction.IN)
    assert (sent.data, sent.direction) == (SETUP, Direction.OUT)
    assert received.at_ns == PREFIXES[prefix]
    assert received.span == ("span 3" if " 3 " in prefix else "")
    assert (received.number, sent.number) == (1, 1 + len(SETUP_LINES))
    assert not received.rebuilt
    assert received.original is None


def test_frames_in_words_become_the_frames_of_the_line() -> None:
    text = log_of("<", [*STATE, *SABME]) + log_of(">", [*STATE, *I_FRAME, *SETUP_LINES])
    text += "-- Stopping T203 timer\n" + log_of("<", [*STATE, *RR])
    sabme, setup, rr = frames(text)
    assert sabme.data == bytes.fromhex("00017f")
    assert setup.data == bytes.fromhex("00010604") + SETUP
    assert setup.direction is Direction.OUT
    assert rr.data == bytes.fromhex("0201010b")
    assert {frame.layer for frame in (sabme, setup, rr)} == {Layer.LAPD}


def test_octets_of_a_frame_stand_once_whatever_explains_them() -> None:
    raw = "[ 00 01 06 04 " + SETUP.hex(" ") + " ]"
    announced = log_of(">", ["DL-DATA request", *SETUP_LINES[:3]]) + "TEI=0 Transmitting N(S)=3\n"
    for explained in ([], SETUP_LINES, [*I_FRAME, *SETUP_LINES]):
        text = announced + log_of(">", [*STATE, raw, *explained]) + log_of("<", ["[ 02 01 01 08 ]", *RR])
        setup, rr = frames(text)
        assert setup.data == bytes.fromhex("00010604") + SETUP
        assert rr.data == bytes.fromhex("02010108")


def test_words_alone_are_rebuilt_and_say_so() -> None:
    words = [line for line in SETUP_LINES if not line.startswith("[")]
    (frame,) = frames(log_of(">", words))
    assert frame.data == SETUP
    assert frame.rebuilt
    assert frame.words == ()


def test_words_that_do_not_say_enough_are_kept() -> None:
    odd = ["Frobnication level (len= 9) [ high", "    and rising ]"]
    lines = [line for line in SETUP_LINES if not line.startswith("[")]
    (frame,) = frames(log_of(">", lines[:-1] + odd))
    assert frame.words == ("Frobnication level (len= 9) [ high and rising ]",)
    assert frame.data == SETUP[:-1]
    trace = open_trace(io.BytesIO(log_of(">", lines).encode()), "log")
    list(trace)
    assert any("rebuilt from words" in finding for finding in trace.findings)


def test_message_whose_octets_are_not_all_there_says_how_long_it_was() -> None:
    (frame,) = frames(log_of(">", SETUP_LINES[:7]))
    assert frame.data == SETUP[:10]
    assert frame.original == len(SETUP)
    (cut,) = frames(log_of("<", [*I_FRAME]))
    assert (cut.data, cut.original) == (bytes.fromhex("00010604"), 38)


def test_spans_may_alternate() -> None:
    first = log_of("<", SETUP_LINES, "PRI Span: 1 ").splitlines()
    second = log_of(">", SETUP_LINES, "[PRI Span: 2 D-Channel: 1] ").splitlines()
    mixed = [line for pair in zip(first, second, strict=True) for line in pair]
    found = {frame.span: frame for frame in frames("\n".join(mixed))}
    assert found.keys() == {"span 1", "span 2 D channel 1"}
    assert {frame.data for frame in found.values()} == {SETUP}


def test_lines_that_a_mailer_wrapped() -> None:
    wrapped = []
    for line in log_of("<", SETUP_LINES).splitlines():
        wrapped += [line[:60].rstrip(), line[60:].lstrip()] if len(line) > 60 and "[" in line[2:] else [line]
    wrapped = [line for line in wrapped if line]
    assert frames("\n".join(wrapped))[0].data == SETUP
    words = [line for line in wrapped if not line.startswith("< [")]
    assert frames("\n".join(words))[0].data == SETUP


def test_message_that_is_not_whole_stands_where_it_was_printed() -> None:
    other = "[Mar 12 10:11:12] VERBOSE[22] pbx.c: -- Executing [s@default:1] NoOp\n"
    prefix = "[Mar 12 10:11:12] VERBOSE[22] chan_dahdi.c: PRI Span: 1 "
    for before, over in (
        ("", "-- Processing IE 4 (cs0, Bearer Capability)\n"),
        (prefix, f"{prefix}TEI=0 Got UA\n"),
    ):
        text = log_of("<", SETUP_LINES[:8], before) + over + log_of("<", ["[ 00 01 73 ]"], "PRI Span: 2 ")
        first, second = frames(text)
        assert (first.data, second.data) == (SETUP[:15], bytes.fromhex("000173"))
    text = log_of("<", SETUP_LINES[:8], prefix) + other + log_of("<", SETUP_LINES[8:], prefix)
    assert frames(text)[0].data == SETUP


def test_global_call_reference_flags_and_dummy_references() -> None:
    for said, header in {
        "Call Ref: len= 2 (reference 65/0x41) (Originator)": "08020041",
        "Call Ref: len= 2 (reference 65/0x41) (Terminator)": "08028041",
        "Call Ref: len= 2 (reference 32833/0x8041) (Terminator)": "08028041",
        "TEI=0 Call Ref: len= 1 (reference 65/0x41) (Sent to originator)": "0801c1",
        "TEI=0 Call Ref: len= 2 (reference 0/0x0) (Sent from originator)": "08020000",
        "Call Ref: len= 0 (reference 0/0x0) (Originator)": "0800",
    }.items():
        octets = bytes.fromhex(header + "62")
        lines = [f"Protocol Discriminator: Q.931 (8)  len={len(octets)}", said, "Message Type: FACILITY (98)"]
        assert frames(log_of("<", lines))[0].data == octets


def test_events_and_alarms() -> None:
    text = log_of("<", SETUP_LINES) + (
        "T303 timed out.  cref:1\n"
        "Changing from state 5(Awaiting establishment) to 7(Multi-frame established)\n"
        "[Mar 12 10:11:12] WARNING[22] sig_pri.c: Span 1: D-channel is down!\n"
        "[Mar 12 10:11:13] NOTICE[22] chan_dahdi.c: PRI got event: HDLC Abort (6) on D-channel of span 1\n"
        "[Mar 12 10:11:14] WARNING[22] chan_dahdi.c: Detected alarm on channel 1: Red Alarm\n"
        "[Mar 12 10:11:15] NOTICE[22] chan_dahdi.c: Alarm cleared on channel 1\n"
        "[Mar 12 10:11:15] VERBOSE[22] pbx.c: -- Executing [s@default:1] NoOp\n"
    )
    told = [(item.what, item.alarm) for item in read(text) if isinstance(item, Happening)]
    assert told[0] == ("T303 timed out. cref:1", None)
    assert [alarm for _what, alarm in told[2:]] == [True, True, True, False]
    assert len(told) == 6


def test_management_in_words() -> None:
    lines = [
        "Unnumbered frame:",
        "SAPI: 63  C/R: 1 EA: 0",
        " TEI: 127        EA: 1",
        "  M3: 0   P/F: 0 M2: 0 11: 3  [ UI (unnumbered information) ]",
        "5 bytes of data",
        "MDL Message: 2(Identity Assigned)",
        "Ri: 16",
        "Ai: 64 E:1",
    ]
    assert frames(log_of(">", lines))[0].data == bytes.fromhex("feff030f00100281")


def test_what_is_not_such_a_log() -> None:
    assert recognise(b"") is None
    assert recognise(b"> quoted mail\n> with lines\n< and more\n") is None
    assert recognise(bytes(range(256)) * 20) is None
    assert recognise(b"[Mar 12 10:11:12] VERBOSE[22] pbx.c: -- Executing [s@default:1] NoOp\n") is None


def capture(name: str) -> bytes:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"capture {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    return path.read_bytes()


def test_printed_calls_are_those_of_the_capture() -> None:
    """The pcap of the same two calls (link type 177: 16 octets of header before each LAPD frame)."""
    pcap = capture("e1/libpri-e1-euroisdn.linuxlapd.pcap")
    expected, at = [], 24
    order = "<" if pcap[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    while at < len(pcap):
        (length,) = struct.unpack_from(f"{order}I", pcap, at + 8)
        expected.append(pcap[at + 16 + 20 : at + 16 + length])
        at += 16 + length
    found = frames(capture("text/libpri-e1-euroisdn-pri-debug.txt"))
    assert [frame.data for frame in found] == expected


def test_printed_calls_without_their_octets() -> None:
    """Every message comes out of the words, but for what they do not say."""
    text = capture("text/libpri-e1-euroisdn-pri-debug.txt").decode("latin-1")
    lines = text.splitlines()
    words = [line for line in lines if not (line[1:3] == " [" and line[3:5].isalnum() and line[5] in " ]")]
    assert len(words) < len(lines)
    assert [frame.data for frame in frames("\n".join(words))] == [frame.data for frame in frames(text)]


@pytest.mark.parametrize(
    ("words", "octets"),
    [
        ("Cause (len= 4) [ Ext: 1  Coding: CCITT (ITU) standard (0)  Spare: 0  Location: User (0)\n"
         " Ext: 1  Cause: User busy (17), class = Normal Event (1) ]", "08028091"),
        ("Cause (len= 5) [ Ext: 1  Coding: CCITT (ITU) standard (0)  Spare: 0  Location: User (0)\n"
         " Ext: 1  Cause: Invalid information element contents (100), class = Protocol Error (6) ]\n"
         "  Cause data 1: 18 (24, Channel ID IE)", "080380e418"),
        ("Restart Indentifier (len= 3) [ Ext: 1  Spare: 0  Resetting Indicated Channel (0) ]", "790180"),
        ("Call State (len= 3) [ Ext: 0  Coding: CCITT (ITU) standard (0)  Call state: Active (10)", "14010a"),
        ("Redirecting Number (len= 9) [ Ext: 0  TON: National Number (2)  NPI: ISDN/Telephony Numbering Plan"
         " (E.164/E.163) (1)\n  Ext: 0  Presentation: Presentation permitted, user number not screened (0)\n"
         "  Ext: 1  Reason: Unknown (0)  '1234' ]", "74072100803132333 4".replace(" ", "")),
        ("Notification indicator (len= 3): Ext: 1  User suspended (0)", "270180"),
        ("Keypad Facility (len= 6) [ *21# ]", "2c042a323123"),
        ("Sending Complete (len= 1)", "a1"),
    ],
)  # fmt: skip
def test_elements_from_words(words: str, octets: str) -> None:
    assert rebuild(words) == bytes.fromhex(octets)
    parse(bytes.fromhex("0802000105" + octets))


def test_elements_whose_length_contradicts_their_words() -> None:
    assert (
        rebuild("Cause (len= 7) [ Ext: 1  Coding: CCITT (0)  Location: User (0)\n Cause: Busy (17)") is None
    )
    assert rebuild("Channel ID (len= 5) [ Ext: 1  IntID: Implicit  PRI Map len: 4  Map: Foo ]") is None


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_torn_logs_do_no_harm(data: st.DataObject) -> None:
    whole = log_of("<", [*STATE, *I_FRAME, *SETUP_LINES], "[Mar 12 10:11:12] VERBOSE[1] x.c: PRI Span: 1 ")
    whole += log_of(">", ["[ 00 01 7f ]", *SABME, *SETUP_LINES])
    octets = bytearray(whole.encode())
    for at in data.draw(st.lists(st.integers(0, len(octets) - 1), max_size=12)):
        octets[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=8))
    if recognise(bytes(octets)) is None:
        return
    for item in read(bytes(octets)):
        assert not isinstance(item, FrameRecord) or item.data
