"""Who sent a frame: the C/R bit (Q.921 3.3.2, table 1), polls, and what the capture tells."""

from __future__ import annotations

import pytest

from trunkbench.trace.layer2 import Layer2
from trunkbench.trace.record import Direction
from trunkbench.trace.sequence import SequenceWatch
from trunkbench.trace.sides import How, SideWatch
from trunkwire.side import Side

NETWORK, USER = Side.NETWORK, Side.USER
NOBODY_TOLD = (Direction.UNKNOWN, None)


@pytest.mark.parametrize(
    ("kind", "c_r", "sender"),
    [
        ("SABME", 1, NETWORK),
        ("SABME", 0, USER),
        ("I", 1, NETWORK),
        ("I", 0, USER),
        ("UI", 1, NETWORK),
        ("DISC", 0, USER),
        ("UA", 1, USER),
        ("UA", 0, NETWORK),
        ("DM", 1, USER),
        ("FRMR", 0, NETWORK),
    ],
)
def test_table_1_of_q921_3_3_2(kind: str, c_r: int, sender: Side) -> None:
    assert SideWatch().sender(kind, (0, c_r, 0), True, *NOBODY_TOLD) == (sender, How.C_R)


def test_a_supervisory_frame_is_a_response_unless_it_polls() -> None:
    watch = SideWatch()
    # An acknowledgement: C/R 1 in a response is the user side's.
    assert watch.sender("RR", (0, 1, 0), False, *NOBODY_TOLD) == (USER, How.POLL)
    # P=1 without a poll before it is a command: C/R 1 is the network side's.
    assert watch.sender("RR", (0, 1, 0), True, *NOBODY_TOLD) == (NETWORK, How.POLL)
    # F=1 with the same C/R bit answers that poll.
    assert watch.sender("RR", (0, 1, 0), True, *NOBODY_TOLD) == (USER, How.POLL)
    # The poll is answered: the next P/F of 1 is a poll again.
    assert watch.sender("RNR", (0, 0, 0), True, *NOBODY_TOLD) == (USER, How.POLL)
    assert watch.sender("REJ", (0, 0, 0), True, *NOBODY_TOLD) == (NETWORK, How.POLL)


def test_polls_of_different_links_are_kept_apart() -> None:
    watch = SideWatch()
    watch.sender("RR", (0, 1, 64), True, *NOBODY_TOLD)
    assert watch.sender("RR", (0, 1, 65), True, *NOBODY_TOLD)[0] is NETWORK


def test_an_i_frame_may_poll() -> None:
    watch = SideWatch()
    watch.sender("I", (0, 0, 0), True, *NOBODY_TOLD)
    assert watch.sender("RR", (0, 0, 0), True, *NOBODY_TOLD)[0] is NETWORK


def test_a_told_side_and_direction_need_no_inference() -> None:
    watch = SideWatch()
    assert watch.sender("SABME", (0, 0, 0), True, Direction.OUT, USER) == (USER, How.TOLD)
    assert watch.sender("RR", (0, 0, 0), True, Direction.OUT, USER) == (USER, How.TOLD)
    assert watch.sender("RR", (0, 0, 0), True, Direction.IN, USER) == (NETWORK, How.TOLD)
    assert watch.contradictions == 0


def test_a_direction_alone_is_enough_once_one_frame_has_named_the_side() -> None:
    watch = SideWatch()
    assert watch.sender("RR", (0, 1, 0), False, Direction.OUT, None) == (USER, How.POLL)
    assert watch.sender("I", (0, 1, 0), False, Direction.IN, None) == (NETWORK, How.SIDE)
    assert watch.sender("RR", (0, 1, 0), True, Direction.OUT, None) == (USER, How.SIDE)


def test_the_c_r_bit_wins_over_a_capture_that_tells_another_side() -> None:
    watch = SideWatch()
    assert watch.sender("I", (0, 1, 0), False, Direction.OUT, USER) == (NETWORK, How.SIDE)
    assert watch.contradictions == 1
    assert watch.sender("RR", (0, 0, 0), False, Direction.IN, USER) == (USER, How.SIDE)


def test_xid_without_any_help_is_nobodys() -> None:
    assert SideWatch().sender("XID", (0, 1, 0), False, *NOBODY_TOLD) == (None, How.UNKNOWN)


def i_frame(n_s: int, information: bytes = b"") -> Layer2:
    return Layer2("I", 0, 1, 0, False, n_s, 0, information or bytes([n_s]))


def test_repeated_and_missing_sequence_numbers() -> None:
    watch = SequenceWatch()
    sabme = Layer2("SABME", 0, 1, 0, True)
    assert watch.follow(i_frame(5), NETWORK) == ""  # the trace may begin anywhere
    assert watch.follow(i_frame(6), NETWORK) == ""
    assert watch.follow(i_frame(0), USER) == ""
    assert watch.follow(i_frame(6), NETWORK) == "N(S)=6 again"
    assert watch.follow(i_frame(7), NETWORK) == ""
    assert watch.follow(i_frame(9), NETWORK) == "N(S)=9 where 8 was due"
    assert watch.follow(i_frame(10), NETWORK) == ""
    assert watch.follow(sabme, NETWORK) == ""
    assert watch.follow(i_frame(1), USER) == "N(S)=1 where 0 was due"


def test_sequence_numbers_wrap_without_a_word() -> None:
    watch = SequenceWatch()
    assert not [n for n in range(300) if watch.follow(i_frame(n % 128, bytes([n % 128, n // 128])), NETWORK)]
