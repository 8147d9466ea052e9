"""Calls that one side has lost (Q.931 clause 5.8.3.2), and what follows from a wrong call reference flag."""

from __future__ import annotations

import pytest
from explaincase import Items, explained, found
from tracetalk import N, Talk, U

from trunkwire.q931.ies import CauseIE, ChannelIdentificationIE
from trunkwire.q931.messages import MessageType as Type
from trunkwire.side import Side

LOST = CauseIE(value=81)
NORMAL = CauseIE(value=16)
HALF, BROKE = "channel-half-cleared", "cause-protocol"


def slugs(items: Items) -> list[str]:
    return [finding.kind.slug for finding in explained(items).findings]


def cleared(*said: tuple[Side, int, CauseIE | None]) -> Items:
    """An answered call of the network side, and how it was cleared."""
    talk = Talk().up().setup().answer().wait(9)
    for sender, kind, cause in said:
        talk.say(sender, kind, 1, *([] if cause is None else [cause]))
    return talk.items


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # RELEASE without DISCONNECT, for a call that the other does not know any more.
        (((N, Type.RELEASE, NORMAL), (U, Type.RELEASE_COMPLETE, LOST)), [HALF, BROKE]),
        (((N, Type.RELEASE, NORMAL), (U, Type.RELEASE_COMPLETE, None)), []),
        # DISCONNECT answered by RELEASE: both ways to say that the reference is not known (5.8.3.2 a).
        (
            ((N, Type.DISCONNECT, NORMAL), (U, Type.RELEASE, LOST), (N, Type.RELEASE_COMPLETE, None)),
            [HALF, BROKE],
        ),
        (
            ((N, Type.DISCONNECT, NORMAL), (U, Type.RELEASE, None), (N, Type.RELEASE_COMPLETE, LOST)),
            [BROKE],
        ),
        # RELEASE of both sides: the clearing is complete with it (5.3.5), what comes after is late.
        (
            ((U, Type.RELEASE, NORMAL), (N, Type.RELEASE, NORMAL), (U, Type.RELEASE_COMPLETE, LOST)),
            [],
        ),
        # DISCONNECT that crossed RELEASE COMPLETE.
        (
            (
                (N, Type.DISCONNECT, NORMAL),
                (U, Type.RELEASE, None),
                (N, Type.RELEASE_COMPLETE, None),
                (N, Type.RELEASE_COMPLETE, LOST),
            ),
            [],
        ),
        (
            (
                (N, Type.RELEASE_COMPLETE, NORMAL),
                (U, Type.DISCONNECT, NORMAL),
                (N, Type.RELEASE_COMPLETE, LOST),
            ),
            [],
        ),
    ],
)
def test_cause_81_within_clearing(
    said: tuple[tuple[Side, int, CauseIE | None], ...], expected: list[str]
) -> None:
    assert slugs(cleared(*said)) == expected


def misled(wrong: bool, seconds: float = 9) -> Items:
    """The called side answers with the wrong flag, or says nothing; the caller takes it as an answer."""
    talk = Talk().up().setup()
    if wrong:
        talk.say(U, Type.CALL_PROCEEDING, 1, ChannelIdentificationIE.of(1), flag=False)
        talk.say(U, Type.CONNECT, 1, flag=False)
    return talk.wait(seconds).say(N, Type.RELEASE_COMPLETE, 1, NORMAL).items


def test_the_wrong_flag_stands_above_the_silence_that_it_makes() -> None:
    assert slugs(misled(wrong=True))[:2] == ["reference-flag", "setup-unanswered"]
    assert "connect-unacknowledged" not in slugs(misled(wrong=True))
    (finding,) = found(misled(wrong=True), "setup-unanswered")
    assert finding.text.endswith("sent once; what it says has the wrong call reference flag")
    (finding,) = found(misled(wrong=False), "setup-unanswered")
    assert "flag" not in finding.text


@pytest.mark.parametrize(("to", "cause", "cut"), [("56", 28, True), ("56", 1, False), ("5", 28, False)])
def test_two_digits_are_cut_if_the_address_is_incomplete(to: str, cause: int, cut: bool) -> None:
    talk = Talk().up().setup(N, 1, 1, to=to).clear(U, 1, cause)
    assert bool(found(talk.call(ref=2, to="5678").items, "number-truncated")) is cut


@pytest.mark.parametrize(("passed", "cut"), [(("493012345",), True), (("493012345", "4930"), False)])
def test_a_short_number_that_works_is_not_cut(passed: tuple[str, ...], cut: bool) -> None:
    """Whatever the order of the calls."""
    for early in (passed, passed[::-1]):
        talk = Talk().up()
        for number, to in enumerate(early, 1):
            talk.call(ref=number, to=to)
        refused = talk.setup(N, 9, 1, to="4930").clear(U, 9, 28).items
        assert bool(found(refused, "number-truncated")) is cut
