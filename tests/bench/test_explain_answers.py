"""What an answer is, and what is none: repetitions of layer 2, segments, cause 81, T316, cut numbers."""

from __future__ import annotations

import pytest
from explaincase import Items, explained, found
from tracetalk import SPEECH, N, Talk, U

from trunkwire.q931.ies import CalledNumberIE, CauseIE, ChannelIdentificationIE, RawIE
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType as Type

UNKNOWN = CauseIE(value=81)


def slugs(items: Items) -> list[str]:
    return [finding.kind.slug for finding in explained(items).findings]


def a_setup() -> bytes:
    ies = (SPEECH, ChannelIdentificationIE.of(1), CalledNumberIE(digits="4711"))
    return build(Message(1, Type.SETUP, ies, False))


@pytest.mark.parametrize(("numbers", "repeated"), [((0, 0), []), ((0, 1), ["setup-repeated"])])
def test_a_setup_that_layer_2_repeats_is_sent_once(numbers: tuple[int, ...], repeated: list[str]) -> None:
    """T200 is no T303: with the same N(S) it is the same SETUP."""
    talk = Talk().up()
    for number in numbers:
        talk.carry(N, a_setup(), n_s=number).wait(4)
    talk.next[N] = numbers[-1] + 1
    talk.seen[U] = numbers[-1] + 1
    talk.owner[1] = N
    assert slugs(talk.answer().clear().items) == repeated


def test_a_segment_of_a_call_has_the_reference_of_the_call() -> None:
    """Its call is not known before the last segment (Q.931 annex H)."""

    def segmented(reference: int) -> Items:
        segment = Message(reference, Type.SEGMENT, (RawIE(0, 0, bytes([0x81, Type.SETUP])),), False)
        return Talk().up().carry(N, build(segment)).items

    assert found(segmented(1), "reference-global") == []
    (finding,) = found(segmented(0), "reference-global")
    assert finding.text == "SEGMENT with call reference 0"


def refused(*, known: bool, also: str = "") -> Items:
    talk = Talk().up()
    if known:
        talk.setup().answer().wait(9)
    talk.owner[1] = N
    talk.say(N, Type.DISCONNECT, 1, CauseIE(value=16))
    if also == "crossed":
        return talk.say(U, Type.DISCONNECT, 1, CauseIE(value=16)).say(U, Type.RELEASE_COMPLETE, 1).items
    cause = CauseIE(value=16) if also == "cleared" else UNKNOWN
    return talk.say(U, Type.RELEASE_COMPLETE, 1, cause).items


@pytest.mark.parametrize("known", [True, False])
def test_a_disconnect_of_a_call_that_the_other_has_lost(known: bool) -> None:
    (half,) = found(refused(known=known), "channel-half-cleared")
    where = ", on channel 1," if known else ""
    assert half.text == f"the user side says cause 81; the other{where} was still in the call"
    assert half.side is U
    (protocol,) = found(refused(known=known), "cause-protocol")
    assert protocol.frames == half.frames
    for also in ("crossed", "cleared"):
        assert not {"channel-half-cleared", "cause-protocol"} & set(slugs(refused(known=known, also=also)))


def after_the_end(sender: object, kind: int) -> Items:
    talk = Talk().up().call()
    by = U if sender is U else N
    talk.say(by, kind, 1).say(by.peer, Type.RELEASE, 1, UNKNOWN)
    return talk.say(by, Type.RELEASE_COMPLETE, 1).items


def test_a_message_for_a_call_that_its_sender_has_cleared() -> None:
    (finding,) = found(after_the_end(U, Type.CONNECT), "cause-protocol")
    assert "said in RELEASE by the network side" in finding.text
    assert finding.side is U
    assert slugs(after_the_end(U, Type.STATUS_ENQUIRY)) == []


def restarted(seconds: float, *, answered: bool = False, seen: bool = True) -> Items:
    talk = Talk().up() if seen else Talk()
    talk.say(N, Type.RESTART, 0, ChannelIdentificationIE.of(1), RawIE(0, 0x79, b"\x80"))
    talk.s(U) if seen else talk.s(N, n_r=5)
    if answered:
        talk.say(U, Type.RESTART_ACKNOWLEDGE, 0, RawIE(0, 0x79, b"\x80"))
    if not seen:
        talk.s(N, n_r=6)
    return talk.gap(seconds).s(U if seen else N).items


def test_a_single_restart_without_answer() -> None:
    (finding,) = found(restarted(120), "restart-unanswered")
    assert (finding.text, finding.frames, finding.side, finding.count) == ("RESTART of channels 1", [3], U, 1)
    assert found(restarted(119.98), "restart-unanswered") == []
    assert found(restarted(300, answered=True), "restart-unanswered") == []
    assert slugs(restarted(300, seen=False)) == ["one-way-capture"]


def test_a_number_that_is_refused_after_a_longer_one_has_passed() -> None:
    def dialled(second: str) -> Items:
        talk = Talk().up().call(to="493012345")
        return talk.setup(N, 2, 1, to=second).clear(U, 2, 28).items

    (finding,) = found(dialled("4930123"), "number-truncated")
    assert finding.text == "4930123 is refused, 493012345 works"
    assert found(dialled("493012346"), "number-truncated") == []
