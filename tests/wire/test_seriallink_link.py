"""The serial card's link machine: each end beside the other, on good lines and on bad ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seriallink_pair import SerialPair, log

from trunkwire.seriallink import (
    Audio,
    HeardAgain,
    Incompatible,
    LinkMisuse,
    LinkQueueFull,
    LinkSettings,
    PeerReset,
    SerialLink,
    Silent,
    State,
    Transmit,
    Up,
)
from trunkwire.seriallink.frames import Envelope, seal, unseal
from trunkwire.seriallink.messages import HELLO, MAJOR, MINOR, AudioBlock, DFrame, Hello
from trunkwire.seriallink.table import TABLE, Action, Input
from trunkwire.ticks import MILLISECOND, SECOND


def block(time: int) -> AudioBlock:
    return AudioBlock(sequence=time, time=time, count=1, slots=(1,), octets=b"\xd5")


def texts(count: int, prefix: str = "") -> list[str]:
    return [f"{prefix}{n}" for n in range(count)]


def test_both_ends_find_each_other() -> None:
    pair = SerialPair().start()
    assert [pair.host.state, pair.card.state] == [State.UP, State.UP]
    assert pair.got[False] == [Up(pair.card.incarnation, MINOR)]
    assert pair.got[True] == [Up(pair.host.incarnation, MINOR)]


def test_messages_arrive_once_in_order_both_ways() -> None:
    pair = SerialPair().start()
    for text in texts(600):
        while pair.host.waiting > 200:
            pair.run(10 * MILLISECOND)
        pair.host.send(log(text), pair.now)
        pair.card.send(log("c" + text), pair.now)
        pair.drain()
        pair.run(MILLISECOND)
    pair.run(SECOND)
    assert pair.texts(True) == texts(600)
    assert pair.texts(False) == texts(600, "c")
    assert pair.host.counters["repeated"] == pair.card.counters["repeated"] == 0


@pytest.mark.parametrize("seed", range(12))
def test_no_damage_of_the_line_loses_or_doubles_a_message(seed: int) -> None:
    pair = SerialPair(seed, drop=0.002, corrupt=0.004, double=0.05)
    pair.start()
    pair.run(SECOND)
    for text in texts(150):
        pair.host.send(log(text), pair.now)
        pair.card.send(log("c" + text), pair.now)
        pair.drain()
        pair.run(5 * MILLISECOND)
        if text == "75":
            for line in pair.lines.values():
                line.stalled_until = pair.now + 3 * SECOND
    pair.run(40 * SECOND)
    assert pair.texts(True) == texts(150)
    assert pair.texts(False) == texts(150, "c")
    assert pair.host.waiting == pair.card.waiting == 0
    assert pair.host.counters["repeated"] > 0
    assert pair.host.counters["crc"] + pair.host.counters["stuffing"] > 0


def test_a_single_loss_is_made_good_without_waiting_for_a_timer() -> None:
    pair = SerialPair().start()
    pair.lines[False].drop = 1.0
    pair.host.send(log("0"), pair.now)
    pair.drain()
    pair.lines[False].drop = 0.0
    pair.host.send(log("1"), pair.now)
    pair.drain()
    pair.run(16 * MILLISECOND)  # there, the question back, and there again: three times the delay
    assert pair.texts(True) == ["0", "1"]
    assert pair.host.counters["repeated"] == 1


def test_audio_is_not_repeated() -> None:
    pair = SerialPair().start()
    for time in range(4):
        pair.lines[True].drop = float(time == 2)
        pair.card.send_audio(block(time), pair.now)
        pair.drain()
        pair.run(20 * MILLISECOND)
    assert [out.block.time for out in pair.got[False] if isinstance(out, Audio)] == [0, 1, 3]


def test_audio_that_finds_no_room_is_given_up_oldest_first() -> None:
    pair = SerialPair(settings=LinkSettings(audio_limit=3)).start()
    pair.room[True] = False
    for time in range(5):
        pair.card.send_audio(block(time), pair.now)
        pair.drain()
    pair.room[True] = True
    pair.drain()
    pair.run(20 * MILLISECOND)
    assert [out.block.time for out in pair.got[False] if isinstance(out, Audio)] == [2, 3, 4]
    assert pair.card.counters["audio-given-up"] == 2


def test_a_line_without_room_queues_nothing_twice() -> None:
    pair = SerialPair().start()
    pair.room[False] = False
    pair.host.send(log("x"), pair.now)
    pair.drain()
    pair.run(5 * SECOND)
    pair.room[False] = True
    sent = []
    while (output := pair.host.poll_output()) is not None:
        if isinstance(output, Transmit):
            sent.append(output)
    assert len(sent) <= 2  # the message, and one status


def test_without_credit_nothing_is_sent_and_with_it_everything_is() -> None:
    pair = SerialPair().start()
    pair.card.set_credit(0, pair.now)
    pair.drain()
    pair.run(20 * MILLISECOND)
    for text in texts(40):
        pair.host.send(log(text), pair.now)
    pair.drain()
    pair.run(2 * SECOND)
    assert pair.texts(True) == []
    pair.card.set_credit(3, pair.now)
    pair.lines[True].drop = 1.0  # the news is lost, and repeated with the next status
    pair.drain()
    pair.lines[True].drop = 0.0
    pair.run(5 * SECOND)
    assert pair.texts(True) == texts(40)


def test_credit_is_granted_even_while_audio_fills_the_line() -> None:
    pair = SerialPair().start()
    pair.card.set_credit(0, pair.now)
    pair.drain()
    pair.run(20 * MILLISECOND)
    pair.host.send(log("x"), pair.now)
    pair.lines[True].drop = 1.0
    pair.card.set_credit(1, pair.now)
    pair.drain()
    pair.lines[True].drop = 0.0
    for time in range(50):
        pair.card.send_audio(block(time), pair.now)
        pair.drain()
        pair.run(10 * MILLISECOND)
    assert pair.texts(True) == ["x"]


def test_credit_that_changes_before_the_link_is_up_is_said_in_hello() -> None:
    link = SerialLink(card=True, incarnation=1)
    link.start(0)
    outputs(link)
    link.set_credit(5, 1)
    deadline = link.next_deadline()
    assert deadline is not None
    assert deadline > 1  # nothing is due that could not be done
    link.handle_timer(deadline)
    (sent,) = outputs(link)
    assert isinstance(sent, Transmit)
    assert Hello.layout.parse(unseal(sent.octets[:-1]).body).credit == 5


def test_the_queue_is_bounded() -> None:
    link = SerialLink(card=False, incarnation=1, settings=LinkSettings(queue_limit=2))
    link.start(0)
    link.send(log("0"), 0)
    link.send(log("1"), 0)
    with pytest.raises(LinkQueueFull, match=r"2 messages wait.*LogLine"):
        link.send(log("2"), 0)
    assert link.waiting == 2


@pytest.mark.parametrize("card", [False, True])
def test_a_reset_is_noticed_and_what_was_pending_is_handed_back(card: bool) -> None:
    pair = SerialPair().start()
    stays = not card
    pair.lines[stays].drop = 1.0
    for text in texts(3):
        pair.ends[stays].send(log(text), pair.now)
    pair.drain()
    pair.lines[stays].drop = 0.0
    pair.got[stays].clear()
    pair.restart(card)
    pair.run(SECOND)
    assert pair.got[stays] == [
        PeerReset((log("0"), log("1"), log("2"))),
        Up(pair.ends[card].incarnation, MINOR),
    ]
    pair.ends[stays].send(log("again"), pair.now)
    pair.ends[card].send(log("back"), pair.now)
    pair.drain()
    pair.run(SECOND)
    assert (pair.texts(card), pair.texts(stays)) == (["again"], ["back"])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1 << 30), st.lists(st.sampled_from(["host", "card", "both", "wait"]), max_size=6))
def test_resets_at_any_time_on_a_bad_line_end_in_a_session(seed: int, resets: list[str]) -> None:
    pair = SerialPair(seed, drop=0.003, corrupt=0.003, double=0.1).start()
    for what in resets:
        pair.host.send(log("h"), pair.now)
        pair.card.send(log("c"), pair.now)
        pair.drain()
        if what in ("host", "both"):
            pair.restart(False)
        if what in ("card", "both"):
            pair.restart(True)
        pair.run(pair.rng.randrange(400 * MILLISECOND))
    pair.run(10 * SECOND)
    assert [pair.host.state, pair.card.state] == [State.UP, State.UP]
    assert (pair.host.peer, pair.card.peer) == (pair.card.incarnation, pair.host.incarnation)
    pair.host.send(log("last"), pair.now)
    pair.card.send(log("last"), pair.now)
    pair.drain()
    pair.run(10 * SECOND)
    assert pair.texts(True)[-1] == pair.texts(False)[-1] == "last"


def test_silence_is_said_once_and_keeps_the_session() -> None:
    pair = SerialPair().start()
    pair.got[False].clear()
    pair.lines[True].drop = 1.0
    pair.run(5 * SECOND)
    pair.lines[True].drop = 0.0
    pair.run(SECOND)
    silent, again = pair.got[False]
    assert isinstance(silent, Silent)
    assert silent.ticks == 2 * SECOND
    assert again == HeardAgain()


def hello(**changes: int) -> bytes:
    fields = {"card": True, "ready": False, "credit": 32, "incarnation": 9, "peer": 0, **changes}
    body = Hello.layout.build(Hello(**fields))  # type: ignore[arg-type]  # names and integers of its fields
    return seal(Envelope(numbered=False, kind=HELLO, nr=0, body=body))


def outputs(link: SerialLink) -> list[object]:
    found: list[object] = []
    while (output := link.poll_output()) is not None:
        found.append(output)
    return found


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"major": 2, "minor": 7}, Incompatible((2, 7), (MAJOR, MINOR))),
        ({"card": False}, Incompatible((MAJOR, MINOR), (MAJOR, MINOR), same_role=True)),
    ],
)
def test_a_peer_that_cannot_be_talked_to_is_named(changes: dict[str, int], told: Incompatible) -> None:
    link = SerialLink(card=False, incarnation=1)
    link.start(0)
    outputs(link)
    link.receive(hello(**changes), 1)
    found = outputs(link)
    assert found[0] == told
    assert len(found) == 2  # and a HELLO, so that the peer can tell too
    with pytest.raises(LinkMisuse, match="state refused"):
        link.send(log("x"), 1)
    link.receive(hello(**changes), 2)
    assert outputs(link) == []  # two of them do not talk without end
    link.receive(hello(peer=1), 3)
    assert link.state is State.UP


def test_its_own_echo_is_no_peer() -> None:
    link = SerialLink(card=False, incarnation=1)
    link.start(0)
    (first,) = outputs(link)
    assert isinstance(first, Transmit)
    link.receive(first.octets, 1)
    assert isinstance(outputs(link)[0], Incompatible)


INPUTS = {
    Input.HELLO: hello(),
    Input.ECHO: hello(peer=1),
    Input.STRANGER: hello(incarnation=10),
    Input.STRANGER_ECHO: hello(incarnation=10, peer=1),
    Input.UNFIT: hello(major=2),
    Input.TRAFFIC: seal(Envelope(numbered=True, kind=99, ns=0, nr=0, body=b"")),
}


def reach(state: State) -> SerialLink:
    link = SerialLink(card=False, incarnation=1)
    if state is not State.DOWN:
        link.start(0)
    if state is State.UP:
        link.receive(hello(peer=1), 0)
    if state is State.REFUSED:
        link.receive(hello(major=2), 0)
    outputs(link)
    assert link.state is state
    return link


CELLS = {
    # (state, input): what comes out (H is a HELLO) and the state that follows
    (State.SEEKING, Input.HELLO): "H seeking",
    (State.SEEKING, Input.STRANGER): "H seeking",
    (State.SEEKING, Input.ECHO): "Up H up",
    (State.SEEKING, Input.STRANGER_ECHO): "Up H up",
    (State.SEEKING, Input.UNFIT): "Incompatible H refused",
    (State.SEEKING, Input.TRAFFIC): "seeking",
    (State.UP, Input.HELLO): "H up",
    (State.UP, Input.ECHO): "H up",
    (State.UP, Input.STRANGER): "PeerReset H seeking",
    (State.UP, Input.STRANGER_ECHO): "PeerReset Up H up",
    (State.UP, Input.UNFIT): "Incompatible H refused",
    (State.UP, Input.TRAFFIC): "up",
    (State.REFUSED, Input.HELLO): "H seeking",
    (State.REFUSED, Input.STRANGER): "H seeking",
    (State.REFUSED, Input.ECHO): "Up H up",
    (State.REFUSED, Input.STRANGER_ECHO): "Up H up",
    (State.REFUSED, Input.UNFIT): "refused",
    (State.REFUSED, Input.TRAFFIC): "refused",
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("what", Input)
def test_every_cell(state: State, what: Input) -> None:
    link = reach(state)
    link.receive(INPUTS[what], 1)
    found = ["H" if isinstance(out, Transmit) else type(out).__name__ for out in outputs(link)]
    assert " ".join([*found, link.state.value]) == CELLS.get((state, what), "down")
    if TABLE[state][what][0] is Action.TAKE:
        assert link.counters["unknown"] == 1
        deadline = link.next_deadline()
        assert deadline is not None
        link.handle_timer(deadline)
        assert len(outputs(link)) == 1  # acknowledged all the same


def test_a_ready_peer_is_not_answered() -> None:
    link = reach(State.UP)
    link.receive(hello(peer=1, ready=True), 1)
    assert outputs(link) == []


def test_misuse_is_refused_and_changes_nothing() -> None:
    link = SerialLink(card=False, incarnation=1)
    link.start(0)
    with pytest.raises(LinkMisuse, match="start in state seeking"):
        link.start(1)
    with pytest.raises(LinkMisuse, match="audio in state seeking"):
        link.send_audio(block(0), 1)
    assert link.state is State.SEEKING
    with pytest.raises(ValueError, match="incarnation 0"):
        SerialLink(card=False, incarnation=0)
    with pytest.raises(ValueError, match="window 128"):
        LinkSettings(window=128)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60) | st.sampled_from(list(INPUTS.values())), max_size=20))
def test_random_octets_never_raise(chunks: list[bytes]) -> None:
    link = reach(State.UP)
    for now, chunk in enumerate(chunks):
        link.receive(chunk, now)
        link.handle_timer(now)
        outputs(link)
    assert link.next_deadline() is not None


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda numbered, kind, ns, nr, body: seal(
                Envelope(numbered=numbered, kind=kind, ns=ns, nr=nr, body=body)
            ),
            st.booleans(),
            st.integers(2, 30),
            st.integers(0, 255),
            st.integers(0, 255),
            st.binary(max_size=20),
        ),
        max_size=30,
    )
)
def test_frames_that_pass_the_check_and_make_no_sense_never_raise(frames: list[bytes]) -> None:
    link = reach(State.UP)
    link.send(DFrame(slot=16, data=b"\0\1\2"), 0)
    for now, frame in enumerate(frames):
        link.receive(frame, now)
        link.handle_timer(now)
        outputs(link)
    assert link.state is State.UP


def test_an_acknowledgement_of_what_was_never_sent_is_ignored() -> None:
    link = reach(State.UP)
    link.send(log("x"), 0)
    outputs(link)
    link.receive(seal(Envelope(numbered=False, kind=2, nr=100, body=b"\x20\x00")), 1)
    assert link.waiting == 1
