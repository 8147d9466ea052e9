"""What other decoders do not say of a D channel: sequence, call references, codesets, modulo 8, segments."""

from __future__ import annotations

import pytest
from made_traces import BEARER, BUSY, CHANNEL, SETUP, decode, i_frame, trace

from trunkbench.trace import Direction
from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.ladders import ladder_of
from trunkbench.trace.layer2 import BASIC, looks_basic
from trunkbench.trace.lines import line
from trunkbench.trace.record import FrameRecord, Layer
from trunkbench.trace.segments import MOST_IN_HAND, SegmentWatch, head_of
from trunkbench.trace.tree import tree
from trunkwire.q931.ies import (
    ChannelIdentificationIE,
    DisplayIE,
    RestartClass,
    RestartIndicatorIE,
    UserUserIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType as M
from trunkwire.q931.segmentation import segments_of
from trunkwire.side import Side

ALERTING = Message(65, M.ALERTING, (), to_originator=True)


def decoded(*frames: bytes, layer: Layer = Layer.LAPD, gap: int = 1000) -> list[Decoded]:
    """Frames of a capture that tells nothing but their order, `gap` nanoseconds apart."""
    decoder = Decoder()
    records = [FrameRecord(n * gap, Direction.UNKNOWN, data, layer=layer) for n, data in enumerate(frames)]
    return [decoder.decode(record) for record in records]


def shown(*frames: bytes, option: str = "--colour=never") -> list[str]:
    """The lines of such a capture, without the title."""
    return decode(trace(*frames, direction=Direction.UNKNOWN, side=None), option)[1].splitlines()[1:]


# -- sides -------------------------------------------------------------------------------------------------


def test_dm_is_told_with_the_side_that_sent_it_and_the_side_is_said_to_be_inferred() -> None:
    """Link type 203 tells no direction; SARM has the same control field, and LAPD has no SARM."""
    lines = shown(bytes.fromhex("02017f"), bytes.fromhex("02011f"))
    assert "N→U        0/0 SABME P" in lines[0]
    assert "U→N        0/0 DM F" in lines[1]
    assert lines[2].startswith("Sides are inferred from the C/R bit (Q.921 3.3.2)")


# -- messages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (Message(5, M.PROGRESS, (), to_originator=True), "! progress indicator is missing (5.8.6.1)"),
        (Message(5, M.SETUP, (BEARER, BEARER, BEARER, CHANNEL)), "number 3, where 2 may stand (5.8.5.2)"),
        (Message(5, M.SETUP, (CHANNEL, BEARER)), "! element 0x04 stands behind 0x18 (5.8.5.1)"),
        (Message(5, 0x6B), "! message type 0x6b is not known (5.8.4)"),
        (Message(5, M.SETUP, (BEARER, CHANNEL), to_originator=True), "! a SETUP with call reference flag 1"),
        (
            bytes.fromhex("08 02 00 05 7b 96 28 01 41 95 28 01 42"),
            "!! octet 13: a locking shift from codeset 6 down to 5 is not allowed (4.5.3)",
        ),
    ],
)
def test_what_is_wrong_with_a_message(message: Message | bytes, says: str) -> None:
    assert says in shown(i_frame(message))[0]
    assert says in decode(trace(i_frame(message)), "-V")[1]


def test_an_answer_with_the_wrong_call_reference_flag() -> None:
    wrong = Message(65, M.ALERTING, ())
    lines = shown(i_frame(SETUP), i_frame(wrong, c_r=0))
    assert "! the call reference flag belongs to no call; the other flag does" in lines[1]
    right = shown(i_frame(SETUP), i_frame(ALERTING, c_r=0))
    assert "!" not in right[1]


def test_a_slot_map_is_shown_as_channels() -> None:
    indicator = RestartIndicatorIE(restart_class=RestartClass.INDICATED_CHANNELS)
    restart = Message(0, M.RESTART, (ChannelIdentificationIE.of_map(1, 2, 3, 17, 31), indicator))
    assert "channels 1-3,17,31 exclusive" in shown(i_frame(restart))[0]
    assert "slot map: channels 1-3,17,31" in decode(trace(i_frame(restart)), "-V")[1]


FACILITIES = (
    ("91 a1 12 02 01 bc 02 01 0f 30 0a 02 01 01 0a 01 00 a1 02 82 00", "ETSI", "divertingLegInformation2"),
    ("9f aa 06 80 01 00 82 01 00 8b 01 00 a1 0c 02 01 01 02 01 00 80 04 4a 6f 68 6e", "QSIG", "callingName"),
)


@pytest.mark.parametrize(("octets", "flavour", "operation"), FACILITIES)
def test_a_facility_is_etsi_s_or_qsig_s_by_its_contents(octets: str, flavour: str, operation: str) -> None:
    body = bytes.fromhex(octets)
    message = bytes.fromhex("08 02 00 05 62 1c") + bytes((len(body),)) + body
    assert f"facility {operation}" in shown(i_frame(message))[0]
    fields = decode(trace(i_frame(message)), "-V")[1]
    assert f"      {flavour}: " in fields
    assert f"invoke: {operation}" in fields
    assert "!!" not in fields


def test_a_broken_component_is_a_fault_at_its_octet() -> None:
    body = bytes.fromhex("91 a1 7f 02 01 01")
    message = bytes.fromhex("08 02 00 05 62 1c") + bytes((len(body),)) + body
    [frame] = decoded(i_frame(message))
    assert frame.broken
    assert all(fault.text.startswith("facility: ") and fault.offset >= 12 for fault in frame.faults)


# -- logs --------------------------------------------------------------------------------------------------


def of_a_log(message: Message, direction: Direction, number: int, *words: str) -> FrameRecord:
    return FrameRecord(
        number * 10**9,
        direction,
        build(message),
        number=number,
        layer=Layer.Q931,
        words=words,
        rebuilt=bool(words),
    )


def test_what_a_log_has_only_in_words_is_told_and_its_order_is_not_held_against_it() -> None:
    decoder = Decoder()
    first = decoder.decode(of_a_log(Message(5, M.SETUP, (CHANNEL, BEARER)), Direction.OUT, 1, "Plan\x1b: x"))
    answer = decoder.decode(of_a_log(Message(5, M.PROGRESS, to_originator=True), Direction.IN, 2))
    assert first.facts[-2:] == ("in words: Plan\\x1b: x", "octets rebuilt from words")
    assert first.remarks == ()
    assert answer.remarks == ("progress indicator is missing (5.8.6.1)",)
    assert first.call is answer.call
    shown = tree(first, 0)
    assert "sent, octets rebuilt from words" in shown
    assert "  in words: Plan\\x1b: x\n" in shown
    assert line(first, 0).split()[2:4] == ["0.000000", "out"]
    drawn = ladder_of([first, answer])
    assert "call reference 5 of this end" in drawn
    assert " this end " in drawn
    assert "the other end" in drawn
    assert "│───────────── SETUP ─────────────▶│" in drawn
    assert "│◀─────────── PROGRESS ────────────│" in drawn


# -- modulo 8 ----------------------------------------------------------------------------------------------


def basic(control: int, c_r: int, octets: bytes = b"") -> bytes:
    return bytes((c_r << 1, 1, control)) + octets


SABM, UA = basic(0x3F, 1), basic(0x73, 1)
FIRST, RR1 = basic(0x00, 1, build(SETUP)), basic(0x21, 1)
SAID = "this link counts modulo 8, in one control octet; LAPD counts modulo 128 (Q.921 3.5.2.1)"


@pytest.mark.parametrize("beginning", [(SABM, UA), ()])
def test_a_link_that_counts_modulo_8_is_read_so_and_said_to_be_one(beginning: tuple[bytes, ...]) -> None:
    answers = [basic(2 * n | 0x20, 0, build(ALERTING)) for n in (0, 1, 1, 3)]
    frames = decoded(*beginning, FIRST, RR1, *answers)
    assert [frame.layer2.kind for frame in frames[len(beginning) :]] == ["I", "RR", "I", "I", "I", "I"]
    assert [w for frame in frames for w in frame.warnings] == [SAID, "N(S)=1 again", "N(S)=3 where 2 was due"]
    assert SAID in frames[0].warnings
    assert all(frame.layer2.modulus == BASIC for frame in frames if frame.layer2.kind in ("SABM", "I", "RR"))
    assert not any(frame.faults for frame in frames)
    assert frames[len(beginning)].name == "SETUP"


def test_the_numbers_go_round_after_seven() -> None:
    frames = decoded(SABM, *(basic(n % 8 * 2, 1, build(SETUP)) for n in range(20)))
    assert [frame.layer2.n_s for frame in frames[1:]] == [n % 8 for n in range(20)]
    assert not any("due" in warning for frame in frames for warning in frame.warnings)


def test_the_views_show_the_control_octet_of_modulo_8() -> None:
    fields = decode(trace(SABM, basic(0x56, 1, build(SETUP))), "-V")[1]
    assert "  LAPD 0/0 I S=3 R=2 P mod 8\n" in fields
    assert "         2    4  010. ....  N(R): 2\n" in fields
    assert "         2    4  .... 011.  N(S): 3\n" in fields
    assert (
        "   2  56                        N(R): 2; P/F: 1; N(S): 3; format: 0\n"
        in decode(trace(SABM, basic(0x56, 1, build(SETUP))), "-x")[1]
    )


def test_a_link_of_lapd_stays_one() -> None:
    """Though an I frame of it may look like one of modulo 8: after SABME, or after any other frame."""
    looks = bytes.fromhex("02 01 00 08 02 00 01 45")
    assert looks_basic(looks)
    for before in ("02017f", "02010100", i_frame(SETUP).hex()):
        frame = decoded(bytes.fromhex(before), looks)[1]
        assert frame.layer2.modulus != BASIC
        assert frame.message is None
    assert decoded(looks)[0].name == "DISCONNECT"


@pytest.mark.parametrize(
    "frame", ["", "0201", "020101000", "02010108", "fe0100 08 02 00 01 45", "0201007f02000145"]
)
def test_what_does_not_look_like_modulo_8(frame: str) -> None:
    digits = frame.replace(" ", "")
    assert not looks_basic(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def test_broken_frames_of_modulo_8_are_faults() -> None:
    frames = decoded(SABM, basic(0x2D, 1), basic(0x21, 1, b"\x01"), basic(0x3F, 1, b"\x01"))
    assert [[fault.offset for fault in frame.faults] for frame in frames] == [[], [2], [3], [3]]


# -- segments ----------------------------------------------------------------------------------------------

LONG = Message(
    5, M.SETUP, (BEARER, CHANNEL, DisplayIE(text="x" * 40), UserUserIE(protocol=4, data=b"y" * 120))
)
PARTS = segments_of(build(LONG), 100)


def test_a_segmented_message_is_put_together_where_it_ends() -> None:
    first, last = decoded(*(i_frame(part, n) for n, part in enumerate(PARTS)))
    assert (first.call, first.completes, first.facts) == (None, None, ("first segment, 1 to come",))
    assert last.completes == LONG
    assert last.whole == build(LONG)
    assert last.facts[:2] == ("segment, 0 to come", "completes SETUP")
    assert last.channel == "channel 7"
    assert last.call is not None
    assert last.call.setup_ns == last.record.at_ns
    assert [(*frame.faults, *frame.warnings) for frame in (first, last)] == [(), ()]
    shown_tree = decode(trace(*(i_frame(part, n) for n, part in enumerate(PARTS))), "-V")[1]
    assert "  put together: Q.931 SETUP, " in shown_tree
    assert shown_tree.count(f'text: "{"x" * 40}"') == 1


def test_segments_that_are_lost_are_told() -> None:
    [alone] = decoded(i_frame(PARTS[1]))
    assert alone.warnings == ("segments are lost: no first segment (Annex H)",)
    _, between, after = decoded(i_frame(PARTS[0]), i_frame(SETUP, 1), i_frame(PARTS[1], 2))
    assert between.warnings == ("segments are lost: another message between segments (Annex H)",)
    assert between.name == "SETUP"
    assert after.warnings == ("segments are lost: no first segment (Annex H)",)
    late = decoded(i_frame(PARTS[0]), i_frame(PARTS[1], 1), gap=5_000_000_000)[1]
    assert late.warnings == ("segments are lost: T314, no first segment (Annex H)",)


def test_a_segment_that_is_sent_again_is_no_other_one() -> None:
    frames = decoded(i_frame(PARTS[0]), i_frame(PARTS[0]), i_frame(PARTS[1], 1))
    assert frames[1].warnings == ("N(S)=0 again",)
    assert frames[2].completes == LONG


def test_segments_of_very_many_ends_are_not_all_kept() -> None:
    watch = SegmentWatch()
    for link in range(MOST_IN_HAND + 10):
        assert watch.follow(link, Side.USER, PARTS[0], 0, True) == (None, "")
    assert watch.follow(0, Side.USER, PARTS[1], 0, True)[0] is None
    assert watch.follow(MOST_IN_HAND, Side.USER, PARTS[1], 0, True)[0] == build(LONG)
    assert watch


def test_only_the_head_of_a_segment_is_its_own() -> None:
    assert head_of(PARTS[0]) == PARTS[0][:9]
    assert head_of(build(BUSY)) == build(BUSY)
    assert head_of(b"") == b""
    assert head_of(b"\x08") == b"\x08"
    assert head_of(bytes.fromhex("0802000560")) == bytes.fromhex("0802000560")
    assert head_of(bytes.fromhex("0802000560 28 01 41")) == bytes.fromhex("0802000560280141")
