"""`trunkbench decode`: lines, tree, exit codes, damaged files, and any octets whatever."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_traces import BEARER, BUSY, CALL, CHANNEL, SETUP, decode, i_frame, trace

from trunkbench.cli import main
from trunkbench.trace import Direction
from trunkwire.hdlc.fcs import fcs_octets
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    CauseIE,
    DisplayIE,
    RawIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side


def test_one_line_a_frame_with_both_times() -> None:
    code, out, err = decode(CALL)
    assert (code, err) == (0, "")
    assert out == (
        " frame         time  since SETUP  from, to   LAPD                 Q.931\n"
        "     1     0.000000            -  out N→U    0/0 SABME P\n"
        "     2     0.250000     0.000000  out N→U    0/0 I S=0 R=0        SETUP                "
        "ref 65 flag 0; channel 7 exclusive; to 300; speech\n"
        "     3     0.500000     0.250000  out N→U    0/0 I S=1 R=0        RELEASE COMPLETE     "
        "ref 65 flag 0; cause 17 user busy (user)\n"
    )


def test_the_tree_shows_bits_octets_and_what_a_cause_usually_means() -> None:
    _, out, _ = decode(CALL, "-V")
    assert (
        "Frame 2: 24 octets at 0.250000 s, timeslot 16, sent, from the network side (told by the capture)"
        in out
    )
    assert "         0    2  .... ..1.  C/R: 1\n" in out
    assert "  Q.931 SETUP, ref 65 flag 0\n" in out
    assert "    channel identification (0x18) at octet 13, 3 octets: a9 83 87\n" in out
    assert "        15    3  .... 1...  exclusive: yes\n" in out
    assert '             digits: "300"\n' in out
    assert "         value: 17 user busy\n".strip() in out
    assert "usually: " in out


def test_the_tree_shows_octets_that_no_layout_declares() -> None:
    """An undeclared element, an unknown protocol, and a frame that is no LAPD, each from its own octet on."""
    undeclared = RawIE(0, 0x55, bytes(range(18)))
    message = Message(1, MessageType.FACILITY, (undeclared, CauseIE(value=Cause.USER_BUSY)))
    out = decode(trace(i_frame(message), i_frame(b"\x41" + bytes(3)), b"\x01\x02\x03\x04"), "-V")[1]
    assert "    element 0x55 (0x55) at octet 9, 18 octets\n" in out
    assert "        11  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n        27  10 11\n" in out
    assert "diagnostics: none\n" in out
    assert "discriminator !! protocol discriminator 0x41 is not Q.931's 0x08" in out
    assert "  octets: 00 00 00\n" in out
    assert "Frame 3: 4 octets at 0.500000 s" in out
    assert "  all 4 octets\n         0  01 02 03 04\n" in out
    assert max(map(len, out.splitlines())) <= 130


def test_management_and_other_saps_in_the_tree() -> None:
    frames = (bytes.fromhex("fcff030fc81e01ff"), bytes.fromhex("fa330380800005"))
    out = decode(trace(*frames), "-V")[1]
    assert "  LAPD 63/127 UI identity request, Ri 51230, Ai 127\n" in out
    assert "         6    8  0000 0001  type: 1 identity request\n" in out
    assert "  4 octets of information\n         3  80 80 00 05\n" in out
    assert "  4 octets 80 80 00 05\n" in decode(trace(*frames))[1]
    long = bytes.fromhex("fa3303") + bytes(13)
    assert f"13 octets {bytes(12).hex(' ')} …\n" in decode(trace(long))[1]


def test_the_ladder_from_the_command_line() -> None:
    code, out, _ = decode(CALL, "--ladder", "--layer2")
    assert code == 0
    assert "Call 1: call reference 65 of the network side; to 300; channel 7;" in out
    assert "│───────────── SETUP ─────────────▶│  channel 7 exclusive" in out


def test_one_call_only() -> None:
    other = Message(66, MessageType.SETUP, (BEARER, CHANNEL))
    data = trace(i_frame(SETUP), i_frame(other, 1), bytes.fromhex("02010102"))
    assert len(decode(data, "--call", "0x42")[1].splitlines()) == 2
    assert len(decode(data, "--call", "65")[1].splitlines()) == 2
    with pytest.raises(SystemExit) as caught:
        decode(data, "--call", "70000")
    assert caught.value.code == 2


def test_text_from_the_line_cannot_drive_the_terminal() -> None:
    nasty = Message(1, MessageType.CONNECT, (DisplayIE(text="a\x1b[2Jb\n\x9b"),), to_originator=True)
    for option in ("-V", "--ladder", "--call=1"):
        _, out, _ = decode(trace(i_frame(nasty)), option)
        assert "\x1b" not in out
        assert "\x9b" not in out
        assert r"a\x1b[2Jb\x0a\x9b" in out


SERVICE = bytes.fromhex("03 02 00 00 0f 01 01 c2 18 03 a9 83 85")
ANSWER = bytes.fromhex("43 02 80 00 0f 01 01 80")


def test_maintenance_messages_are_told_with_channel_and_status() -> None:
    """SERVICE of the AT&T protocol, and the answer of the national one for a whole interface."""
    data = trace(i_frame(SERVICE), i_frame(ANSWER, 1), i_frame(SERVICE[:-1], 2))
    lines = decode(data)[1].splitlines()
    assert "SERVICE" in lines[1]
    assert "out of service" in lines[1]
    assert "channel 5" in lines[1]
    assert "!!" not in lines[1] + lines[2]
    assert "SERVICE ACKNOWLEDGE" in lines[2]
    assert "in service" in lines[2]
    assert "the interface" in lines[2]
    assert "!! octet 12: element: the message ends within an element" in lines[3]
    tree = decode(data, "-V")[1]
    assert "  Q.931 SERVICE\n" in tree
    assert "    change status (0x01) at octet 9, 1 octets" in tree
    assert "status: 2 out of service" in tree
    assert "protocol discriminator" not in tree


BROKEN = (
    (b"", "0 octets: a LAPD frame"),
    (b"\x00", "1 octets: a LAPD frame"),
    (b"\x01\x01\x7f", "extension bits"),
    (bytes.fromhex("020117"), "unnumbered frame"),
    (bytes.fromhex("02010d00"), "supervisory function"),
    (bytes.fromhex("02017f99"), "without information field"),
    (i_frame(b"\x41\x01"), "!! octet 4: protocol discriminator 0x41"),
    (i_frame(b"\x08"), "!! octet 5: 1 octets cannot hold a message type"),
    (i_frame(b"\x08\x0f\x00\x00\x05"), "!! octet 5: a call reference length octet of 0x0f"),
    (i_frame(build(SETUP)[:-1]), "!! octet 18: element 0x70 says 4 octets, 3 are left"),
    (i_frame(Message(1, MessageType.CONNECT, (RawIE(0, 0x1E, b"\x80"),))), "!! octet 9: "),
)


@pytest.mark.parametrize(("frame", "says"), BROKEN, ids=[frame.hex() or "empty" for frame, _ in BROKEN])
def test_a_broken_frame_is_shown_with_its_offset_and_decoding_goes_on(frame: bytes, says: str) -> None:
    data = trace(frame, i_frame(SETUP))
    code, out, err = decode(data)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert says in lines[1]
    assert "!! octet" in lines[1]
    assert "SETUP  " in lines[2]
    tree = decode(data, "-V")[1]
    assert says.removeprefix("!! ") in tree
    assert "Frame 2:" in tree


def test_what_contradicts_the_message_table_is_told_with_its_clause() -> None:
    missing = Message(8, MessageType.PROGRESS, (), to_originator=True)
    out = decode(trace(i_frame(missing)))[1]
    assert "! progress indicator is missing (5.8.6.1)" in out


def test_a_retransmission_a_gap_and_a_wrong_fcs_are_warned_of() -> None:
    frames = [i_frame(SETUP), i_frame(SETUP), i_frame(BUSY, 3)]
    out = decode(trace(*frames))[1]
    assert "! N(S)=0 again" in out
    assert "! N(S)=3 where 1 was due" in out
    with_fcs = [frame + fcs_octets(frame) for frame in frames]
    with_fcs[2] = with_fcs[2][:-1] + b"\0"
    out = decode(trace(*with_fcs))[1]
    assert "! the FCS is wrong" in out
    assert out.endswith("Frames end with their FCS (Q.921 2.7), found by checking it: 2 right, 1 wrong.\n")
    assert "Frame 1: 24 octets and a right FCS at " in decode(trace(*with_fcs), "-V")[1]


def test_inferred_sides_are_said_to_be_inferred() -> None:
    data = trace(i_frame(SETUP), bytes.fromhex("02010102"), direction=Direction.UNKNOWN, side=None)
    out = decode(data)[1].splitlines()
    assert "  U→N~  " in out[2]
    assert out[3].startswith("Sides are inferred")
    assert "Sides are inferred" not in decode(CALL)[1]


def test_a_c_r_bit_that_contradicts_the_capture_is_reported() -> None:
    code, _, err = decode(trace(i_frame(SETUP, c_r=0)))
    assert code == 0
    assert "the C/R bit of 1 frames contradicts" in err


def test_a_damaged_file_is_decoded_up_to_the_damage_and_fails() -> None:
    code, out, err = decode(CALL[:-9])
    assert code == 1
    assert len(out.splitlines()) == 3
    assert "standard input: at octet " in err
    assert "ends inside a block" in err


@pytest.mark.parametrize("data", [b"", b"no capture at all"])
def test_what_is_no_capture_is_a_usage_error(data: bytes) -> None:
    code, out, err = decode(data)
    assert (code, out) == (2, "")
    assert "standard input" in err


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As for `run --hw`: a file that cannot be opened is a matter of the machine, not of usage."""
    assert main(["decode", str(tmp_path / "none.pcap")]) == 5
    assert main(["run", "--hw", str(tmp_path / "none.toml")]) == 5
    assert main(["decode", str(tmp_path)]) == 5
    err = capsys.readouterr().err
    assert "none.pcap: cannot be opened (No such file" in err
    assert "Is a directory" in err


def test_layer2_without_ladder_is_refused() -> None:
    code, _, err = decode(CALL, "--layer2")
    assert code == 2
    assert "--ladder" in err


def test_an_empty_trace_says_so() -> None:
    assert decode(trace())[:2] == (0, "No frames.\n")
    assert decode(trace(), "-V")[:2] == (0, "No frames.\n")
    assert decode(trace(), "--ladder")[:2] == (0, "No call in 0 frames.\n")


def test_a_line_that_is_too_long_for_the_terminal_goes_on_below(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, view in itertools.product((80, 160), ((), ("-V",), ("-x",))):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = decode(CALL, "--colour", "never", *view, tty=True)[1]
        assert max(map(len, shown.splitlines())) <= columns
        assert shown.split() == decode(CALL, *view)[1].split()
    for columns in (80, 160):
        monkeypatch.setenv("COLUMNS", str(columns))
        ladder = decode(CALL, "--colour", "never", "--ladder", tty=True)[1]
        assert max(map(len, ladder.splitlines())) <= columns
        assert "SETUP ─────────────▶│  channel 7" in ladder
    monkeypatch.setenv("COLUMNS", "80")
    shown = decode(CALL, "--colour", "never", tty=True)[1]
    assert "SETUP\n" + " " * 34 + "ref 65 flag 0; channel 7" in shown


def test_colour_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    plain = decode(CALL)[1]
    assert "\x1b[" not in plain
    for coloured in (decode(CALL, tty=True)[1], decode(CALL, "--colour", "always")[1]):
        assert "\x1b[" in coloured
        assert _without_colour(coloured) == plain
    assert "\x1b[" not in decode(CALL, "--colour", "never", tty=True)[1]


def _without_colour(text: str) -> str:
    head, *rest = text.split("\x1b[")
    return head + "".join(part.partition("m")[2] for part in rest)


def test_a_terminal_without_arrows_gets_ascii() -> None:
    code, out, _ = decode(CALL, "--ladder", encoding="ascii")
    assert code == 0
    assert "|------------- SETUP ------------->|" in out
    assert "N>U" in decode(CALL, encoding="latin-1")[1]


def test_starting_up_is_light(tmp_path: Path) -> None:
    """Decoding one frame imports nothing that is not needed for it."""
    path = tmp_path / "one.pcapng"
    path.write_bytes(trace(i_frame(SETUP)))
    code = (
        "import sys; from trunkbench.cli import main; main(['decode', sys.argv[1]]); "
        "heavy = {'scapy', 'rich', 'pytest', 'construct', 'asyncio'} & set(sys.modules); "
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert "SETUP" in done.stdout


def every_view(data: bytes) -> Iterator[tuple[int, str, str]]:
    fields = ("--fields", "frame.number,lapd.control,q931.message_type,q931.cause_value")
    where = ("--where", "q931.message_type or lapd.tei == 0", "--json")
    for options in ((), ("-V",), ("-x",), ("--ladder", "--layer2"), ("--calls",), fields, where):
        yield decode(data, *options)


address = st.sampled_from([b"\x00\x01", b"\x02\x01", b"\xfc\xff", b"\x00\xc7", b"\x01\x00"])
control = st.one_of(st.binary(max_size=2), st.sampled_from([b"\x00\x00", b"\x7f", b"\x03"]))
messages = st.builds(
    lambda head, kind, rest: head + bytes([kind]) + rest,
    st.sampled_from([b"\x08\x02\x00\x01", b"\x08\x02\x80\x01", b"\x08\x01\x01", b"\x08\x00", b"\x08"]),
    st.sampled_from([int(kind) for kind in MessageType] + [0x6B]),
    st.binary(max_size=40),
)
any_frame = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda a, c, m: a + c + m, address, control, st.one_of(messages, st.binary(max_size=12))),
)


@settings(max_examples=25)
@given(st.lists(any_frame, max_size=6), st.sampled_from(Direction), st.sampled_from([None, *Side]))
@example([i_frame(build(SETUP)[:n]) for n in range(len(build(SETUP)))], Direction.OUT, Side.USER)
def test_any_frames_decode_to_the_end(frames: list[bytes], direction: Direction, side: Side | None) -> None:
    for code, _, err in every_view(trace(*frames, direction=direction, side=side)):
        assert code == 0
        assert "fault of trunkbench" not in err
    lines = decode(trace(*frames, direction=direction, side=side))[1].splitlines()
    assert len([line for line in lines[1:] if not line.startswith(("Sides", "Which", "Frames"))]) == len(
        frames
    )


@settings(max_examples=25)
@given(st.data())
def test_mutated_captures_never_end_in_anything_unforeseen(data: st.DataObject) -> None:
    octets = bytearray(CALL)
    for _ in range(data.draw(st.integers(1, 5))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(octets)))
    for code, _, err in every_view(bytes(octets[:cut] if data.draw(st.booleans()) else octets)):
        assert code in (0, 1, 2)
        assert bool(err) or code == 0
