"""Where findings about data links and the line begin and end, each limit on its either side."""

from __future__ import annotations

import msgspec
import pytest
from explain_links import records, surplus, tei
from explaincase import Items, explained, found
from tracetalk import SPEECH, N, Talk, U, logged

from trunkbench.trace.explain import Report
from trunkbench.trace.record import Direction, FrameRecord, Happening
from trunkwire.lapd.management import ManagementType as M
from trunkwire.q931.ies import (
    CallStateIE,
    CallStateValue,
    CauseIE,
    ChannelIdentificationIE,
)
from trunkwire.q931.messages import MessageType as Type

CHANNEL = ChannelIdentificationIE.of(1)


def slugs(items: Items) -> list[str]:
    return [finding.kind.slug for finding in explained(items).findings]


def text(items: Items, slug: str) -> str:
    (finding,) = found(items, slug)
    return finding.text


# Data links


def established(*gaps: float, crossing: bool = False) -> Items:
    talk = Talk()
    for gap in gaps:
        talk.gap(gap).un(U, "SABME")
        if crossing:
            talk.un(N, "SABME").un(U, "UA")
        talk.un(N, "UA")
    return talk.items


@pytest.mark.parametrize(
    ("items", "looping"),
    [
        (established(1, 29.99, 29.99), True),  # the last answer comes a minute after the first
        (established(1, 29.99, 30), False),
        (established(1, 10, crossing=True), False),  # both sides ask at once: that is one establishment
        (established(1, 10, 10, crossing=True), True),
    ],
)
def test_a_loop_is_three_establishments_within_a_minute(items: Items, looping: bool) -> None:
    assert ("link-loop" in slugs(items)) is looping


def test_where_a_data_link_is() -> None:
    talk = Talk(span="E1 7", tei=3)
    for _ in range(3):
        talk.un(U, "SABME").wait(1)
    assert text(talk.items, "link-unanswered").endswith("data link SAPI 0, TEI 3 of E1 7 timeslot 16")
    bare = [msgspec.structs.replace(item, slot=0, span="") for item in records(talk)]
    assert text(bare, "link-unanswered").endswith("data link SAPI 0, TEI 3")


def test_an_answer_ends_the_count() -> None:
    talk = Talk()
    for _ in range(3):
        talk.un(U, "SABME").wait(1).un(U, "SABME").un(N, "UA").wait(61)
    assert slugs(talk.items) == []


def test_frmr_without_its_information_and_disc_with_two_calls() -> None:
    bare = Talk().up().un(N, "FRMR").items
    assert text(bare, "frmr") == "the network side refused a frame of the user side"
    talk = Talk().up()
    talk.setup(N, 1, 1).answer(U, 1, 1)
    talk.setup(N, 2, 2).answer(U, 2, 2)
    assert text(talk.un(U, "DISC").un(N, "UA").items, "link-released").endswith("with 2 calls up")


def two_users(direction: bool) -> Items:
    talk = Talk(N if direction else None).un(N, "SABME", cr=False)
    return talk.wait(1).un(U, "SABME").items


def test_two_user_sides_are_told_only_where_directions_are() -> None:
    assert "two user sides" in text(two_users(True), "same-side")
    assert "same-side" not in slugs(two_users(False))


# Numbered frames


def repeats(gap: float) -> Items:
    talk = Talk().up()
    talk.setup()
    octets = records(talk)[-1].data[4:]
    for step in (1.0, gap, gap):
        talk.gap(step).carry(N, octets, n_s=0)
    return talk.s(U).items


@pytest.mark.parametrize(("gap", "burst"), [(5.0, True), (5.01, False)])
def test_a_burst_is_within_ten_seconds(gap: float, burst: bool) -> None:
    assert ("retransmissions" in slugs(repeats(gap))) is burst


def test_a_number_that_comes_round_is_no_repetition() -> None:
    talk = Talk().up()
    for _ in range(130):
        talk.say(N, Type.STATUS_ENQUIRY, 1).s(U).say(U, Type.STATUS, 1, CauseIE(value=30), state()).s(N)
    assert "retransmissions" not in slugs(talk.items)
    assert "ns-gap" not in slugs(talk.items)


def state(value: CallStateValue = CallStateValue.ACTIVE) -> CallStateIE:
    return CallStateIE(state=value)


def test_other_contents_under_the_same_number_are_no_repetition() -> None:
    talk = Talk().up()
    for ref in range(1, 6):
        talk.next[N] = 0
        talk.say(N, Type.STATUS_ENQUIRY, ref)
    assert "retransmissions" not in slugs(talk.items)


def test_a_frame_that_comes_late_was_lost_on_the_line() -> None:
    talk = Talk().up()
    talk.setup(N, 1, 1)
    late = talk.setup(N, 2, 2).items.pop()
    talk.setup(N, 3, 3)
    talk.items.append(msgspec.structs.replace(late, at_ns=10**9))
    assert text(talk.items, "ns-gap").endswith("skipped in frame 4, came later")


def test_a_rej_for_another_frame_tells_nothing_of_the_gap() -> None:
    talk = Talk().up()
    talk.setup(N, 1, 1)
    talk.setup(N, 2, 2).items.pop()
    talk.setup(N, 3, 3)
    assert slugs(talk.s(U, "REJ", n_r=0).items) == []


def test_a_trace_may_begin_anywhere_and_jump_far() -> None:
    talk = Talk()
    talk.next[N] = 77
    talk.say(N, Type.STATUS_ENQUIRY, 1).s(U, n_r=78)
    talk.next[N] = 99
    talk.say(N, Type.STATUS_ENQUIRY, 1).s(U, n_r=100)
    assert slugs(talk.items) == ["status-enquiry-unanswered", "begins-mid-call"]


def test_polls_after_an_i_frame_are_t200s() -> None:
    talk = Talk().up()
    talk.setup(N)
    for _ in range(3):
        talk.wait(1).s(N, poll=True)
    assert text(talk.items, "poll-unanswered").endswith("the first was T200's")
    answered = Talk().up()
    for _ in range(5):
        answered.wait(10).s(N, poll=True).s(U, final=True)
    assert slugs(answered.items) == []


def test_an_acknowledgement_without_f_answers_no_poll() -> None:
    talk = Talk().up()
    for _ in range(3):
        talk.wait(1).s(N, poll=True).s(U)
    assert slugs(talk.items) == ["poll-unanswered"]


@pytest.mark.parametrize(("seconds", "stuck"), [(10, True), (9.99, False)])
def test_not_ready_for_ten_seconds(seconds: float, stuck: bool) -> None:
    silent = Talk().up().s(U, "RNR").gap(seconds).s(N).items
    assert ("rnr-stuck" in slugs(silent)) is stuck
    again = Talk().up().s(U, "RNR").gap(seconds).s(U, "RNR").s(U, "RR").wait(20).s(N).items
    assert ("rnr-stuck" in slugs(again)) is stuck
    ready = Talk().up().s(U, "RNR").gap(seconds).s(U, "RR").wait(20).s(N).items
    assert "rnr-stuck" not in slugs(ready)


# TEI management


def test_checks_of_a_terminal_that_the_trace_cannot_show() -> None:
    talk = Talk(tei=64).un(N, "UA")
    talk.manage(N, M.IDENTITY_CHECK_REQUEST, 0, 64).wait(1).manage(N, M.IDENTITY_CHECK_REQUEST, 0, 64)
    assert slugs(talk.items) == ["one-way-capture"]


def test_checks_long_after_each_other_and_words_of_denials() -> None:
    talk = Talk().manage(N, M.IDENTITY_CHECK_REQUEST, 0, 64).wait(6)
    assert slugs(talk.manage(N, M.IDENTITY_CHECK_REQUEST, 0, 64).items) == []
    assert text(tei((M.IDENTITY_DENIED, 7, 127)), "tei-denied") == "the network denies a TEI"
    assert text(tei((M.IDENTITY_DENIED, 7, 70)), "tei-denied") == "the network denies TEI 70"
    assert text(tei((M.IDENTITY_REMOVE, 0, 127)), "tei-removed") == "all TEIs were taken away"


# The line and the capture


def test_alarms_near_a_fault_and_not_near_each_other() -> None:
    def near(gap: float) -> Report:
        talk = Talk(span="A").up()
        talk.happen("red", True).now += gap
        talk.say(U, Type.SETUP, 0, SPEECH, CHANNEL)
        return explained(talk.items)

    first, second = near(5.0).findings
    assert (first.kind.slug, first.text, first.nearby) == ("alarm", "A: red", [])
    assert second.nearby == ["red (-5.000 s, A)"]
    assert near(5.001).findings[1].nearby == []
    talk = Talk().happen("red", True).happen("yellow", True).happen("said", None)
    assert [finding.nearby for finding in explained(talk.up().items).findings] == [[], []]


def test_a_wrong_fcs_is_no_broken_frame_as_well() -> None:
    items = [msgspec.structs.replace(item, fcs=False) for item in records_of(surplus(b"xy"))]
    assert set(slugs(items)) == {"fcs-errors"}


def records_of(items: Items) -> list[FrameRecord]:
    return [item for item in items if isinstance(item, FrameRecord)]


def test_two_turned_frames_are_chance() -> None:
    turned = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
    talk = Talk().un(U, "SABME").un(N, "UA").s(U)
    items = [msgspec.structs.replace(item, data=item.data.translate(turned)) for item in records(talk)]
    assert "bit-order" not in slugs(items[:2])
    assert "bit-order" in slugs(items)


def test_a_tap_of_one_direction_accuses_nobody() -> None:
    talk = Talk().up()
    for ref in (1, 2):
        talk.call(N, ref).wait(9).s(N, poll=True).s(U, final=True)
        talk.wait(9).s(U, poll=True).s(N, final=True)
    talk.setup(N, 3).wait(9).s(N, poll=True).wait(9).s(N, poll=True).wait(9).s(N, poll=True)
    for side in (U, N):
        direction = Direction.OUT if side is N else Direction.IN
        items = [item for item in records(talk) if item.direction is direction]
        assert "one-way-capture" in slugs(items)
        assert not {"poll-unanswered", "setup-unanswered", "link-unanswered"} & set(slugs(items))
    assert "poll-unanswered" in slugs(talk.items)


# Other layers


def test_h225_is_not_read_beyond_its_elements() -> None:
    """H.225.0 has a user-user element with a length of two octets, and no cause in RELEASE COMPLETE."""
    setup = bytes.fromhex("0802000105 04038890a5 7e000305 2001 a1")
    release = bytes.fromhex("080280015a 7e000305 2002")
    assert slugs(logged([(0, Direction.OUT, setup), (1, Direction.IN, release)])) == []
    plain = bytes.fromhex("080280015a")
    assert slugs(logged([(0, Direction.OUT, setup), (1, Direction.IN, plain)])) == ["ie-missing"]


def test_a_happening_may_be_the_last_thing() -> None:
    report = explained([*Talk().up().setup().s(U).items, Happening(9 * 10**9, "end", alarm=None)])
    assert [finding.kind.slug for finding in report.findings] == ["setup-unanswered"]


def test_answers_of_terminals_that_are_not_awarded_the_call() -> None:
    """Two terminals of a bus answer a broadcast SETUP; the one that loses is released (Q.931 5.2.9)."""
    talk = Talk(tei=127)
    basic = ChannelIdentificationIE.of_basic(1)
    from trunkwire.q931.message import Message, build

    talk.owner[1] = N
    talk.un(N, "UI", build(Message(1, Type.SETUP, (SPEECH, basic))))
    for terminal in (64, 65):
        talk.tei = terminal
        talk.next, talk.seen = {U: 0, N: 0}, {U: 0, N: 0}
        talk.say(U, Type.CONNECT, 1)
    talk.say(N, Type.RELEASE, 1, CauseIE(value=26)).say(U, Type.RELEASE_COMPLETE, 1)
    talk.tei, talk.next = 64, {U: 1, N: 0}
    talk.say(N, Type.CONNECT_ACKNOWLEDGE, 1).wait(60).clear(U)
    assert slugs(talk.items) == ["answer-without-alerting"]
