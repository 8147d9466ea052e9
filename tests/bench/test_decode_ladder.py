"""Ladders of calls, to the character: what an engineer reads is the contract."""

from __future__ import annotations

from trunkbench.trace import Direction, FrameRecord, ladder
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.lines import line
from trunkwire.lapd.frames import InformationFrame, SupervisoryFrame, SupervisoryFunction
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    Layer1,
    Location,
    ProgressDescription,
    ProgressIndicatorIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

MS = 1_000_000


class Talk:
    """Two sides that number their I frames, recorded at the network side (`told`) or without directions."""

    def __init__(self, told: bool = True, span: str = "") -> None:
        self.records: list[FrameRecord] = []
        self._sent = {Side.USER: 0, Side.NETWORK: 0}
        self._told = told
        self._side = Side.NETWORK if told else None
        self._span = span

    def say(self, at_ms: float, sender: Side, message: Message) -> None:
        n_s, n_r = self._sent[sender], self._sent[sender.peer]
        self._sent[sender] += 1
        network = sender is Side.NETWORK
        information = build(message)
        frame = InformationFrame(sapi=0, cr=network, tei=0, ns=n_s, nr=n_r, pf=False, information=information)
        self._record(at_ms, sender, InformationFrame.layout.build(frame))

    def acknowledge(self, at_ms: float, sender: Side) -> None:
        frame = SupervisoryFrame(
            sapi=0,
            cr=sender is Side.USER,
            tei=0,
            function=SupervisoryFunction.RR,
            nr=self._sent[sender.peer],
            pf=False,
        )
        self._record(at_ms, sender, SupervisoryFrame.layout.build(frame))

    def _record(self, at_ms: float, sender: Side, data: bytes) -> None:
        direction = Direction.OUT if sender is Side.NETWORK else Direction.IN
        direction = direction if self._told else Direction.UNKNOWN
        self.records.append(FrameRecord(round(at_ms * MS), direction, data, self._span, 16, self._side))


def busy_call(talk: Talk, at_ms: float = 5000, reference: int = 1) -> None:
    """A call of the network side that finds the user busy."""
    bearer = BearerCapabilityIE(layer1=Layer1.G711_A_LAW)
    channel = ChannelIdentificationIE.of(1)
    setup = (bearer, channel, CallingNumberIE(digits="1001"), CalledNumberIE(digits="300"))
    progress = ProgressIndicatorIE(description=ProgressDescription.INBAND_INFORMATION)
    cause = CauseIE(value=Cause.USER_BUSY, location=Location.PRIVATE_LOCAL)
    talk.say(at_ms, Side.NETWORK, Message(reference, MessageType.SETUP, setup))
    talk.acknowledge(at_ms + 4, Side.USER)
    talk.say(at_ms + 8.5, Side.USER, Message(reference, MessageType.CALL_PROCEEDING, (channel,), True))
    talk.say(at_ms + 200, Side.USER, Message(reference, MessageType.DISCONNECT, (cause, progress), True))
    talk.say(at_ms + 2500, Side.NETWORK, Message(reference, MessageType.RELEASE))
    talk.say(at_ms + 2510, Side.USER, Message(reference, MessageType.RELEASE_COMPLETE, (), True))


BUSY = """\
Call 1, span 1: call reference 1 of the network side; 1001 to 300; channel 1;
    cleared by the user side with cause 17 user busy
 since SETUP  near (network)            far (user)
    0.000000  │───────────── SETUP ─────────────▶│  channel 1 exclusive; from 1001; to 300;
              │                                  │    speech, A-law
    0.008500  │◀─────── CALL PROCEEDING ─────────│  channel 1 exclusive
    0.200000  │◀────────── DISCONNECT ───────────│  cause 17 user busy (local private network);
              │                                  │    progress 8 in-band information
              │                ⋮                 │
    2.500000  │──────────── RELEASE ────────────▶│
    2.510000  │◀─────── RELEASE COMPLETE ────────│
"""


def test_the_ladder_of_a_call_to_the_character() -> None:
    talk = Talk(span="span 1")
    busy_call(talk)
    assert ladder(talk.records, ends=("near", "far")) == BUSY
    assert max(map(len, BUSY.splitlines())) <= 100


def test_layer_2_and_inferred_sides() -> None:
    """Without directions the sides come from C/R, and the ladder says so."""
    talk = Talk(told=False)
    busy_call(talk)
    text = ladder(talk.records, layer2=True)
    assert " since SETUP  network                         user\n" in text
    assert "    0.004000  │◀·········· 0/0 RR R=1 ···········│\n" in text
    assert "│───────────── SETUP ─────────────▶│" in text
    assert "Sides are inferred: from the C/R bit" in text
    assert text.endswith("the capture does not tell them.\n")


def test_one_call_of_many_by_its_reference() -> None:
    talk = Talk()
    busy_call(talk, 0, reference=1)
    busy_call(talk, 9000, reference=2)
    text = ladder(talk.records, 2)
    assert "Call 2: call reference 2" in text
    assert "Call 1" not in text
    assert ladder(talk.records).count(" SETUP ─") == 2
    assert ladder(talk.records, 77) == "No call with call reference 77 in 12 frames.\n"
    assert ladder([]) == "No call in 0 frames.\n"


def test_a_reference_that_is_used_again_is_another_call() -> None:
    talk = Talk()
    busy_call(talk, 0)
    busy_call(talk, 60_000)
    text = ladder(talk.records)
    assert text.count("    0.000000  │") == 2
    assert "Call 2" in text


def test_the_two_sides_may_use_the_same_reference_at_once() -> None:
    talk = Talk()
    busy_call(talk, 0)
    channel = ChannelIdentificationIE.of(2)
    talk.say(1, Side.USER, Message(1, MessageType.SETUP, (BearerCapabilityIE(), channel)))
    talk.say(2, Side.NETWORK, Message(1, MessageType.RELEASE_COMPLETE, (), True))
    text = ladder(talk.records)
    assert "call reference 1 of the network side" in text
    assert "call reference 1 of the user side" in text


def test_a_call_that_began_before_the_trace_and_the_global_reference() -> None:
    talk = Talk()
    talk.say(500, Side.USER, Message(9, MessageType.CONNECT, (), True))
    talk.say(750, Side.NETWORK, Message(0, MessageType.RESTART))
    text = ladder(talk.records)
    assert "Call 1: call reference 9 of the network side; begun before this trace" in text
    assert "Global call reference: the interface, no single call" in text
    assert text.index("Call 1") < text.index("Global")


def test_a_setup_sent_again_stays_in_its_call() -> None:
    talk = Talk()
    setup = Message(3, MessageType.SETUP, (BearerCapabilityIE(), ChannelIdentificationIE.of(3)))
    talk.say(0, Side.NETWORK, setup)
    talk.say(4000, Side.NETWORK, setup)
    text = ladder(talk.records)
    assert text.count("Call ") == 1
    assert "    4.000000  │" in text
    assert "the same SETUP again" in text


def test_the_recording_end_stands_left_whichever_side_it_is() -> None:
    talk = Talk()
    busy_call(talk)
    swapped = {Direction.OUT: Direction.IN, Direction.IN: Direction.OUT}
    records = [
        FrameRecord(r.at_ns, swapped[r.direction], r.data, r.span, r.slot, Side.USER) for r in talk.records
    ]
    text = ladder(records, ends=("near", "far"))
    assert "  near (user)            far (network)\n" in text
    assert "│◀──────────── SETUP ──────────────│" in text


def test_a_record_that_was_not_read_from_a_file_is_numbered_by_its_place() -> None:
    talk = Talk()
    busy_call(talk)
    decoder = Decoder()
    lines = [line(decoder.decode(record), 0) for record in talk.records]
    assert [int(text.split()[0]) for text in lines] == [1, 2, 3, 4, 5, 6]


def test_a_narrow_ladder_keeps_every_word() -> None:
    talk = Talk()
    busy_call(talk)
    narrow = ladder(talk.records, width=80)
    assert max(map(len, narrow.splitlines())) <= 80
    assert set(ladder(talk.records).split()) == set(narrow.split())
