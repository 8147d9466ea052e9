"""The serial card's port before reference cards, in injected time: frames, audio, faults, loops, damage."""

from __future__ import annotations

import pytest
from serialstage import D_SLOT, IDLE, SABME, SerialStage

from trunkbench.device import Alarm, BadFrame, Frame, Gone, LineFault, Mode, Port, TimeBase
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports.audio import BLOCK_SAMPLES
from trunkbench.refcard import CardPlan, Harm
from trunkwire.seriallink.messages import AlarmChange, AlarmKind, Severity
from trunkwire.ticks import MILLISECOND, SAMPLE, SECOND

A_BIT = 200 * MILLISECOND


def ramp(first: int, n: int) -> bytes:
    return bytes(sample % 251 for sample in range(first, first + n))


def d_frames(count: int) -> list[bytes]:
    return [SABME + number.to_bytes(2, "big") for number in range(count)]


def test_what_a_card_declares_is_what_the_port_can_do() -> None:
    stage = SerialStage(CardPlan(slots=(1, 2, 16)))
    near = stage.near
    assert isinstance(near, Port)
    assert near.caps.slots == (1, 2, 16)
    assert near.caps.modes == {Mode.FRAMES, Mode.OCTETS}
    assert near.caps.time is TimeBase.CARD
    assert near.caps.alarms == {"LOS", "LOF", "AIS", "RAI"}
    assert "slot-cross" in near.caps.faults
    assert len(stage.far.caps.slots) == 31
    with pytest.raises(PortError, match=r"near: the card has no timeslot 3; it declares 1, 2, 16"):
        near.open(3, Mode.OCTETS)
    with pytest.raises(PortError, match="no mode cas"):
        near.open(1, Mode.CAS)


def test_frames_cross_both_ways() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    frames = d_frames(50)
    for frame in frames:
        stage.near.send(D_SLOT, frame)
        stage.far.send(D_SLOT, frame[::-1])
    stage.run(SECOND)
    assert stage.frames(stage.far) == frames
    assert stage.frames(stage.near) == [frame[::-1] for frame in frames]
    assert all(event.at <= stage.now for event in stage.events[stage.far])


@pytest.mark.parametrize("seed", range(3))
def test_no_corruption_of_the_line_loses_a_frame(seed: int) -> None:
    """Octets dropped and corrupted, a stall of three seconds: every frame, once and in order."""
    stage = SerialStage(CardPlan(harm=Harm(drop=0.001, corrupt=0.002)), seed=seed)
    stage.open(D_SLOT, Mode.FRAMES)
    frames = d_frames(60)
    for number, frame in enumerate(frames):
        stage.near.send(D_SLOT, frame)
        stage.far.send(D_SLOT, frame[::-1])
        stage.run(20 * MILLISECOND)
        if number == 30:
            stage.lines[0].harm.stalled_until = stage.now + 3 * SECOND
    stage.run(12 * SECOND)
    assert stage.frames(stage.far) == frames
    assert stage.frames(stage.near) == [frame[::-1] for frame in frames]
    assert stage.near.stats()["link crc"] > 0


def test_audio_crosses_without_a_break_to_its_own_slot() -> None:
    stage = SerialStage()
    for slot in (1, 31):
        stage.open(slot, Mode.OCTETS)
    stage.run(A_BIT)
    start = (stage.now + A_BIT) // SAMPLE * SAMPLE
    stage.near.play(1, ramp, start)
    stage.far.play(31, ramp, start)
    stage.run(2 * A_BIT)
    for sender, receiver, slot in ((stage.near, stage.far, 1), (stage.far, stage.near, 31)):
        end = receiver.horizon(slot) // SAMPLE
        assert receiver.heard(slot, end - 800, 800) in ramp(0, 2000)
        quiet = sender.heard(slot, end - 1600, 800)
        assert quiet == bytes((IDLE,)) * 800
    assert stage.gaps(stage.near) == stage.gaps(stage.far) == []


def test_line_time_is_the_cards_count() -> None:
    stage = SerialStage()
    stage.open(1, Mode.OCTETS)
    stage.run(SECOND)
    before = stage.near.counted()
    stage.run(SECOND)
    assert stage.near.counted() - before == SECOND
    assert stage.near.horizon(1) == stage.near.counted()
    assert 0 <= stage.now - stage.near.counted() <= 2 * BLOCK_SAMPLES * SAMPLE


def test_line_time_goes_on_while_the_card_stalls() -> None:
    stage = SerialStage()
    stage.open(1, Mode.OCTETS)
    stage.run(SECOND)
    stage.lines[0].harm.stalled_until = stage.now + 3 * SECOND
    counts = []
    for _ in range(40):
        stage.run(100 * MILLISECOND)
        counts.append(stage.near.counted())
    assert counts == sorted(counts)
    assert stage.now - counts[-1] < SECOND // 5
    assert stage.now - counts[25] + 14 * SECOND // 10 > 0
    assert counts[25] - counts[5] > 18 * SECOND // 10


def test_what_the_link_loses_is_a_gap_and_silence_is_not_made_up_for_it() -> None:
    stage = SerialStage()
    stage.open(1, Mode.OCTETS)
    stage.near.play(1, ramp, 0)
    stage.run(SECOND)
    stage.lines[1].harm.stalled_until = stage.now + SECOND  # between the far card and its host
    stage.run(2 * SECOND)
    (gap,) = stage.gaps(stage.far)
    assert gap.slot == 1
    assert 0 < gap.n <= SECOND // SAMPLE + 3 * BLOCK_SAMPLES
    assert gap.n % BLOCK_SAMPLES == 0
    assert stage.far.lost(1, gap.first, 10) == [(gap.first, gap.n)]
    assert stage.far.lost(1, gap.first - 10, 10) == []
    assert stage.far.heard(1, gap.first - 50, 50) in ramp(0, 2000)
    assert stage.far.heard(1, gap.first + gap.n, 50) in ramp(0, 2000)
    assert stage.far.stats()["lost samples"] == gap.n


def test_what_the_card_did_not_get_in_time_is_a_gap_where_something_was_to_be_heard() -> None:
    stage = SerialStage()
    for slot in (1, 2):
        stage.open(slot, Mode.OCTETS)
    stage.near.play(1, ramp, 0)
    stage.run(SECOND)
    stage.lines[0].harm.stalled_until = stage.now + 300 * MILLISECOND
    stage.run(2 * SECOND)
    underruns = [gap for gap in stage.gaps(stage.near) if gap.cause.startswith("underrun")]
    assert {gap.slot for gap in underruns} == {1}  # slot 2 was silent anyway
    assert 0.1 < sum(gap.n for gap in underruns) / 8000 < 0.4
    assert stage.near.stats()["card underruns"] == len(underruns)
    assert stage.gaps(stage.far) == []  # its own card gave it everything


def test_after_underruns_audio_is_sent_further_ahead() -> None:
    stage = SerialStage()
    stage.open(1, Mode.OCTETS)
    stage.near.play(1, ramp, 0)
    stage.run(SECOND)
    found = []
    for _ in range(6):
        before = len(stage.gaps(stage.near))
        stage.lines[0].harm.stalled_until = stage.now + 90 * MILLISECOND
        stage.run(SECOND)
        found.append(len(stage.gaps(stage.near)) > before)
    assert found[0]
    assert not found[-1]


def test_garbage_on_the_line_harms_nothing_for_long() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    for number, frame in enumerate(d_frames(20)):
        stage.lines[0].noise(bytes((number * 37 + n * 91) % 256 for n in range(300)))
        stage.far.send(D_SLOT, frame)
        stage.run(50 * MILLISECOND)
    stage.run(SECOND)
    assert stage.frames(stage.near) == d_frames(20)


def test_a_card_that_starts_anew_is_set_up_again_and_loses_no_frame_of_ours() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    stage.open(1, Mode.OCTETS)
    stage.near.play(1, ramp, 0)
    stage.run(SECOND)
    stage.lines[0].harm.stalled_until = stage.now + 100 * MILLISECOND
    for frame in d_frames(10):
        stage.near.send(D_SLOT, frame)
    stage.cards.reset(0)
    stage.run(2 * SECOND)
    assert stage.frames(stage.far) == d_frames(10)
    assert stage.near.stats()["card resets"] == 1
    assert stage.lines[0].card.modes == {D_SLOT: Mode.FRAMES, 1: Mode.OCTETS}
    end = stage.far.horizon(1) // SAMPLE
    assert stage.far.heard(1, end - 400, 400) in ramp(0, 2000)  # and its audio is back
    assert stage.near.horizon(1) == stage.near.counted()
    assert 0 <= stage.now - stage.near.counted() <= 2 * BLOCK_SAMPLES * SAMPLE
    assert {gap.cause for gap in stage.gaps(stage.near)} >= {"lost between card and host"}


def test_a_host_that_starts_anew_finds_an_idle_card() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    stage.open(1, Mode.OCTETS)
    line = stage.lines[0]
    stage.near.close()
    stage.run(100 * MILLISECOND)
    assert line.card.modes == {}


def test_a_device_that_vanishes_is_told_of_once() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    stage.lines[0].close()
    stage.run(A_BIT)
    (gone,) = stage.events[stage.near]
    assert gone == Gone(gone.at, "near: it was pulled")
    assert stage.near.next_deadline() is None
    assert stage.near.fds() == ()
    stage.near.send(D_SLOT, SABME)
    assert stage.near.stats()["frames not sent"] == 1
    with pytest.raises(PortError, match="has gone: near: it was pulled"):
        stage.near.open(1, Mode.OCTETS)
    stage.near.close()
    stage.near.close()
    assert list(stage.near.poll(stage.now)) == []


def test_a_card_that_falls_silent_for_good_is_gone() -> None:
    stage = SerialStage()
    stage.lines[0].harm.stalled_until = stage.now + 3600 * SECOND
    assert stage.run_until(lambda: bool(stage.events[stage.near]), within=12 * SECOND)
    (gone,) = stage.events[stage.near]
    assert isinstance(gone, Gone)
    assert gone.reason == "near: the card has said nothing for 10 s"
    assert 10 * SECOND <= gone.at <= 11 * SECOND


def test_no_credit_is_a_full_queue_and_nothing_is_lost() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    sent: list[bytes] = []
    frames = (SABME + n.to_bytes(200, "big") for n in range(2000))

    def flood() -> None:
        for frame in frames:
            stage.near.send(D_SLOT, frame)
            sent.append(frame)

    with pytest.raises(QueueFull, match=r"near, timeslot 16: .* wait for the serial link"):
        flood()
    stage.run(20 * MILLISECOND)  # of 25 ms a frame on the line
    stage.run(len(sent) * 27 * MILLISECOND)
    assert stage.frames(stage.far) == sent


def test_faults_are_inserted_by_the_card() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    stage.run(A_BIT)
    stage.near.insert(LineFault("frame-corrupt", stage.now + A_BIT, SECOND, D_SLOT, (1,)))
    stage.near.insert(LineFault("cut", stage.now + 2 * SECOND, SECOND))
    stage.run(2 * A_BIT)
    stage.near.send(D_SLOT, SABME)
    stage.run(4 * SECOND)
    told = stage.events[stage.far]
    bad = [event for event in told if isinstance(event, BadFrame)]
    assert bad
    assert bad[0].error == "bad-fcs"
    alarms = [(event.name, event.on) for event in told if isinstance(event, Alarm)]
    assert ("LOS", True) in alarms
    assert ("LOS", False) in alarms


def test_a_fault_that_the_card_lacks_or_that_is_wrong_is_refused_here() -> None:
    stage = SerialStage()
    with pytest.raises(PortError, match="near: the card cannot insert 'flood'; those it can: ais"):
        stage.near.insert(LineFault("flood", 0, 1))
    with pytest.raises(PortError, match="slot-dead"):
        stage.near.insert(LineFault("slot-dead", 0, 1))


def test_a_local_loop_brings_back_what_was_sent() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    stage.open(1, Mode.OCTETS)
    stage.near.set_loop("local")
    stage.near.play(1, ramp, 0)
    stage.run(A_BIT)
    stage.near.send(D_SLOT, SABME)
    stage.run(A_BIT)
    assert stage.frames(stage.near) == [SABME]
    assert stage.frames(stage.far) == []
    end = stage.near.horizon(1) // SAMPLE
    assert stage.near.heard(1, end - 200, 200) in ramp(0, 2000)
    stage.near.set_loop("off")
    stage.near.send(D_SLOT, SABME)
    stage.run(A_BIT)
    assert stage.frames(stage.far) == [SABME]
    with pytest.raises(PortError, match="no loop 'line'; those it has: off, local"):
        stage.near.set_loop("line")


def test_the_firmware_log_and_refusals_are_kept() -> None:
    stage = SerialStage()
    stage.lines[0].card.log(Severity.WARNING, "too hot")
    stage.run(A_BIT)
    assert [(entry.severity, entry.text) for entry in stage.near.firmware_log] == [
        ("info", "ready"),
        ("warning", "too hot"),
    ]


def test_no_event_is_later_than_now_or_earlier_than_what_was_told() -> None:
    """A card that stamps what has not come yet, and then what is long over."""
    stage = SerialStage()
    stage.run(A_BIT)
    before = stage.now
    stamped(stage, 10 * SECOND // SAMPLE, on=True)
    assert before <= alarms(stage)[0].at <= stage.now, "held to the moment at which it was read"
    stamped(stage, 1, on=False)
    assert alarms(stage)[1].at == alarms(stage)[0].at
    late = stage.now + A_BIT
    stage.run(2 * A_BIT)
    place = stage.near._audio.card_tick(late)
    assert place is not None
    stamped(stage, place // SAMPLE, on=True)
    assert alarms(stage)[-1].at == late // SAMPLE * SAMPLE, "else it lies where the card says"


def stamped(stage: SerialStage, sample: int, *, on: bool) -> None:
    """Have the near card tell of LOS at that sample of its own, and wait until its port has told it."""
    told = len(alarms(stage))
    stage.lines[0].card.link.send(AlarmChange(on=on, alarm=AlarmKind.LOS, time=sample), stage.now)
    assert stage.run_until(lambda: len(alarms(stage)) > told)


def alarms(stage: SerialStage) -> list[Alarm]:
    return [event for event in stage.events[stage.near] if isinstance(event, Alarm)]


def test_misuse_names_port_and_timeslot() -> None:
    stage = SerialStage()
    stage.open(D_SLOT, Mode.FRAMES)
    near = stage.near
    with pytest.raises(PortError, match="near: timeslot 16 is open already, as frames"):
        near.open(D_SLOT, Mode.OCTETS)
    with pytest.raises(
        PortError, match="near, timeslot 1: cannot send, it is closed; open it as frames first"
    ):
        near.send(1, SABME)
    with pytest.raises(
        PortError, match="near, timeslot 16: cannot play, it is frames; open it as octets first"
    ):
        near.play(D_SLOT, None, 0)
    with pytest.raises(PortError, match="near, timeslot 16: a frame of 2 octets cannot be sent"):
        near.send(D_SLOT, b"\0\1")
    with pytest.raises(PortError, match="no mode cas"):
        near.cas(1, 0)
    near.close()
    with pytest.raises(PortError, match="it was closed"):
        near.open(1, Mode.OCTETS)


def test_a_line_too_slow_for_its_audio_still_carries_every_frame() -> None:
    """115,200 baud is one voice channel and a half: audio is given up, the D channel is not."""
    stage = SerialStage(CardPlan(harm=Harm(baud=115_200)))
    stage.open(D_SLOT, Mode.FRAMES)
    for slot in range(1, 5):
        stage.open(slot, Mode.OCTETS)
        stage.near.play(slot, ramp, 0)
        stage.far.play(slot, ramp, 0)
    for frame in d_frames(20):
        stage.near.send(D_SLOT, frame)
        stage.far.send(D_SLOT, frame[::-1])
        stage.run(100 * MILLISECOND)
    stage.run(SECOND)
    assert stage.frames(stage.far) == d_frames(20)
    assert stage.frames(stage.near) == [frame[::-1] for frame in d_frames(20)]
    assert stage.gaps(stage.near)
    crossed = [event.at for event in stage.events[stage.far] if isinstance(event, Frame)]
    assert len(crossed) == 20
