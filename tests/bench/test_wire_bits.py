"""The Wire as bits: nothing tells the depths apart, and faults do the same, bits forced or on demand."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wire_traffic import Observed, Speech, opened, pump, run

from trunkbench.device import Alarm, BadFrame, Frame, LineFault, Mode
from trunkbench.errors import PortError
from trunkbench.ports import bits
from trunkbench.ports.wire import Depth, Toward, Wire
from trunkwire.e1 import Framer, crc4
from trunkwire.e1.crc4 import Octets
from trunkwire.e1.frame import Multiframe
from trunkwire.g711 import Law
from trunkwire.hdlc import BitEncoder, GoodFrame, Receiver

SABME = bytes.fromhex("00017f")
FOREVER = 1 << 40


def same(one: Observed, other: Observed) -> None:
    """Field by field, so that a failure names the first difference."""
    for name in (item.name for item in dataclasses.fields(Observed)):
        assert getattr(one, name) == getattr(other, name), name


def alarms(observed: Sequence[tuple[str, int, object]], end: str) -> list[tuple[str, bool]]:
    return [(event.name, event.on) for name, _, event in observed if name == end and isinstance(event, Alarm)]


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=10, deadline=None)
def test_event_jump_and_bits_cannot_be_told_apart(seed: int, crc4: bool) -> None:
    event = run("event", seed, crc4=crc4)
    same(event, run("bits", seed, crc4=crc4))
    assert all(at == happening.at for _, at, happening in event.events)


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_frames_that_arrive_at_one_tick_are_told_by_slot(depth: Depth) -> None:
    wire = opened(depth)
    wire.near.send(16, SABME)
    wire.near.send(7, SABME)
    assert [event for _, _, event in pump(wire, 100)] == [Frame(56, 7, SABME), Frame(56, 16, SABME)]


@pytest.mark.parametrize("depth", ["event", "bits"])
@pytest.mark.parametrize("first", ["octets", "frames"])
def test_a_slot_may_be_octets_here_and_frames_there(depth: Depth, first: str) -> None:
    """HDLC made by whoever plays the octets is decoded at the end that has the slot open as FRAMES."""
    wire = Wire(law=Law.ALAW, depth=depth)
    encoder = BitEncoder()
    for frame in (SABME, SABME + b"info"):
        encoder.queue(frame)
    line = encoder.octets(60)
    openings = [(wire.near, Mode.OCTETS), (wire.far, Mode.FRAMES)]
    for end, mode in openings if first == "octets" else openings[::-1]:
        end.open(16, mode)
    wire.advance(800)
    wire.near.play(16, lambda at, n: line[at - 200 : at - 200 + n].ljust(n, line[-1:]), 1600)
    wire.far.send(16, SABME)
    log = pump(wire, 4000)
    assert [event.data for end, _, event in log if end == "far" and isinstance(event, Frame)] == [
        SABME,
        SABME + b"info",
    ]
    heard = Receiver().receive(wire.near.heard(16, 90, 100))
    assert [event.data for event in heard if isinstance(event, GoodFrame)] == [SABME]


def some_fault(rng: random.Random) -> tuple[int, LineFault]:
    start, duration = rng.randrange(100, 16_000), rng.randrange(8, 6000)
    makers: list[Callable[[], LineFault]] = [
        lambda: LineFault("cut", start, duration),
        lambda: LineFault("ais", start, duration),
        lambda: LineFault("slot-cross", start, duration, None, (16, 5)),
        lambda: LineFault("slot-cross", start, FOREVER, None, (1, 17)),
        lambda: LineFault("slot-dead", start, duration, rng.choice((16, 5))),
        lambda: LineFault("bit-errors", start, 0, 16, tuple(rng.sample(range(400), 3))),
        lambda: LineFault("bit-errors", start, 0, None, tuple(rng.sample(range(40_000), 30))),
        lambda: LineFault(
            "bit-error-rate", start, duration, None, (rng.choice((10, 2000)), rng.randrange(99))
        ),
        lambda: LineFault("frame-corrupt", 0, FOREVER, 16, (rng.randrange(1, 4), rng.randrange(90))),
        lambda: LineFault("frame-drop", 0, FOREVER, 16, (rng.randrange(1, 4),)),
    ]
    return rng.randrange(2), rng.choice(makers)()


@given(st.integers(0, 2**32), st.integers(1, 3), st.booleans())
@example(seed=11, count=2, crc4=False)  # frames on two slots arrive at one tick
@example(seed=19, count=2, crc4=True)  # an error in the last sub-multiframe ahead of a clean line
@example(seed=142, count=2, crc4=False)  # a fault begins while the line behind another is found clean
@settings(max_examples=10, deadline=None)
def test_faults_on_demand_equal_forced_rendering(seed: int, count: int, crc4: bool) -> None:
    rng = random.Random(seed)
    faults = tuple(some_fault(rng) for _ in range(count))
    same(run("event", seed, faults, crc4=crc4), run("bits", seed, faults, crc4=crc4))


def test_the_line_leaves_bits_when_all_is_as_if_nothing_had_been() -> None:
    wire = opened()
    wire.near.insert(LineFault("bit-errors", 4000, 0, 16, (3,)))
    assert wire.bits.wanted
    pump(wire, 80_000)
    assert not wire.bits.wanted
    wire.near.send(16, SABME)
    assert wire.far.next_deadline() == wire._ways[Toward.FAR].due[0][0]


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_a_cut_is_los_and_lof_there_and_rai_here_and_passes(depth: Depth) -> None:
    wire = opened(depth)
    wire.near.play(5, Speech(9), 0)
    wire.near.insert(LineFault("cut", 16_000, 16_000))
    log = pump(wire, 64_000)
    assert alarms(log, "far") == [("LOS", True), ("LOF", True), ("LOS", False), ("LOF", False)]
    assert alarms(log, "near") == [("RAI", True), ("RAI", False)]
    ticks = {(event.name, event.on): event.at for _, _, event in log if isinstance(event, Alarm)}
    # The last FAS before the cut is in frame 1998, so that 2000, 2002 and 2004 are the three bad ones.
    assert ticks["LOF", True] == 2004 * 8 + 7
    assert ticks["LOS", True] <= 16_000 + 2 * 8
    heard = wire.far.heard(5, 1900, 2200)
    assert heard[:100] == Speech(9)(1900, 100)
    assert heard[105:2100] == b"\xff" * 1995
    assert heard[-50:] == Speech(9)(4050, 50)


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_crossed_audio_slots_carry_the_others_octets_one_way(depth: Depth) -> None:
    wire = opened(depth)
    for end in (wire.near, wire.far):
        end.play(5, Speech(5), 0)
        end.play(17, Speech(17), 0)
    wire.near.insert(LineFault("slot-cross", 1600, FOREVER, args=(5, 17)))
    assert pump(wire, 8000) == []
    assert wire.far.heard(5, 0, 1000) == Speech(5)(0, 200) + Speech(17)(200, 800)
    assert wire.far.heard(17, 0, 1000) == Speech(17)(0, 200) + Speech(5)(200, 800)
    assert wire.near.heard(5, 0, 1000) == Speech(5)(0, 1000)
    line = wire.render(Toward.FAR, 300, 50)
    assert line[:, 5].tobytes() == Speech(17)(300, 50)


def test_a_dead_slot_is_silent_or_what_it_was_told_to_be() -> None:
    wire = opened()
    wire.near.play(5, Speech(5), 0)
    wire.near.play(17, Speech(5), 0)
    wire.near.insert(LineFault("slot-dead", 0, FOREVER, 5))
    wire.near.insert(LineFault("slot-dead", 0, FOREVER, 17, (0x2A,)))
    pump(wire, 800)
    assert wire.far.heard(5, 0, 100) == bytes((Law.ALAW.silence,)) * 100
    assert wire.far.heard(17, 0, 100) == b"\x2a" * 100


@pytest.mark.parametrize("depth", ["event", "bits"])
def test_exact_bit_errors_hit_their_frame_only(depth: Depth) -> None:
    wire = opened(depth)
    for _ in range(3):
        wire.near.send(16, SABME)
    # The second frame has its first bit at tick 57; its bit 20 is in the FCS.
    wire.near.insert(LineFault("bit-errors", 57, 0, 16, (20,)))
    log = pump(wire, 1000)
    assert [(type(event), event.at) for _, _, event in log] == [(Frame, 56), (BadFrame, 105), (Frame, 154)]
    assert isinstance(log[1][2], BadFrame)
    assert log[1][2].error in ("bad-fcs", "not-octet-aligned")


def test_frame_faults_count_the_frames_that_were_handed_over() -> None:
    wire = opened()
    outs: list[bytes] = []
    wire.near.taps.append(lambda at, way, slot, data: outs.append(data))
    wire.near.insert(LineFault("frame-drop", 0, FOREVER, 16, (2,)))
    wire.near.insert(LineFault("frame-corrupt", 0, FOREVER, 16, (3,)))
    frames = [SABME + bytes((number,)) for number in range(4)]
    log = []
    for frame in frames:
        wire.near.send(16, frame)
        log += pump(wire, wire.now + 400)
    kinds = [getattr(event, "error", None) or getattr(event, "data", None) for _, _, event in log]
    assert kinds == [frames[0], "bad-fcs", frames[3]]
    assert outs == [frames[0], frames[2], frames[3]]


@pytest.mark.long
def test_the_same_seed_draws_the_same_errors() -> None:
    def errors(seed: int) -> list[object]:
        rate = LineFault("bit-error-rate", 800, 8000, None, (1000, seed))
        return [entry for entry in run("event", 1, ((0, rate),)).events if isinstance(entry[2], BadFrame)]

    assert errors(4) == errors(4)
    assert errors(4) != errors(5)


FAULTY = [
    LineFault("squirrel", 8, 8),
    LineFault("slot-cross", 8, 8, None, (5, 5)),
    LineFault("slot-cross", 8, 8, None, (5, 32)),
    LineFault("slot-dead", 8, 8),
    LineFault("slot-dead", 8, 8, 5, (256,)),
    LineFault("bit-errors", 8, 8),
    LineFault("bit-error-rate", 8, 8, None, (5,)),
    LineFault("frame-drop", 8, 8, 16, (0,)),
    LineFault("frame-corrupt", 8, 8, None, (1,)),
    LineFault("cut", 8, 8, 3),
    LineFault("cut", 8, -8),
    LineFault("ais", 8, 8, 0),
]


@pytest.mark.parametrize("fault", FAULTY, ids=lambda fault: fault.kind)
def test_wrong_faults_are_refused_whole(fault: LineFault) -> None:
    wire = opened()
    with pytest.raises(PortError, match=fault.kind):
        wire.near.insert(fault)
    assert not wire.bits.wanted


def test_a_fault_comes_before_line_time_or_not_at_all() -> None:
    wire = opened()
    wire.advance(800)
    with pytest.raises(PortError, match="tick 800 comes too late, it is tick 800"):
        wire.near.insert(LineFault("cut", 800, 8))
    wire.near.insert(LineFault("cut", 801, 8))


def test_the_rendered_line_is_the_declared_multiframe() -> None:
    wire = opened()
    wire.near.play(5, Speech(1), 0)
    wire.near.send(16, SABME)
    pump(wire, 64 * 8)
    line = wire.render(Toward.FAR, 0, 64)
    before = wire.render(Toward.FAR, -16, 16)
    checks = [crc4(block.tobytes()) for block in np.concatenate((before[8:], line)).reshape(-1, 256)]
    for index in range(4):
        multiframe = Multiframe.parse(line[16 * index : 16 * index + 16].tobytes())
        assert (multiframe.frame13.ts0.e1, multiframe.frame15.ts0.e2) == (1, 1)
        carried = [multiframe[f"frame{2 * place}"].ts0[f"c{place + 1}"] for place in range(4)]
        assert int("".join(map(str, carried)), 2) == checks[2 * index]
    assert line[:, 5].tobytes() == Speech(1)(0, 64)
    framer = Framer(crc4=True)
    assert not framer.receive(wire.render(Toward.NEAR, -64, 128)).errored
    assert framer.in_service


def test_rendering_portions_makes_no_difference() -> None:
    wire = opened()
    wire.near.play(5, Speech(1), 0)
    for _ in range(4):
        wire.near.send(16, bytes(range(80)))
    pump(wire, 8000)
    whole = wire.render(Toward.FAR, 3, 900)
    parts = [wire.render(Toward.FAR, 3 + first, 30) for first in range(0, 900, 30)]
    assert (np.concatenate(parts) == whole).all()


def test_frames_to_come_cannot_be_rendered() -> None:
    wire = opened()
    wire.advance(799)
    assert wire.render(Toward.FAR, 0, 100).shape == (100, 32)
    with pytest.raises(PortError, match=r"frames up to 100 cannot .* at tick 799 100 frames are over"):
        wire.render(Toward.FAR, 0, 101)


def test_remote_alarm_is_on_the_rendered_line() -> None:
    wire = opened()
    wire.near.insert(LineFault("cut", 8000, 8000))
    pump(wire, 40_000)
    nfas = wire.render(Toward.NEAR, 1, 4000)[::2, 0]
    alarm = np.flatnonzero(nfas & 0x20)
    # LOF in frame 1004: A from the multiframe at 1008 on, until the one in which alignment is back.
    assert 2 * int(alarm[0]) + 1 == 1009
    assert (np.diff(alarm) == 1).all()
    assert 2 * int(alarm[-1]) + 1 == 2000 + 48 - 1


def test_an_errored_block_clears_the_e_bit_of_its_half() -> None:
    wire = opened()
    wire.near.insert(LineFault("bit-errors", 16 * 8 * 10, 0, None, (20 * 256 + 77,)))
    pump(wire, 16 * 8 * 20)
    e_bits = wire.render(Toward.NEAR, 0, 16 * 18).reshape(18, 16, 32)[:, [13, 15], 0] >> 7
    # Frame 180 is in sub-multiframe I of multiframe 11; told one multiframe after it was checked.
    assert np.argwhere(e_bits == 0).tolist() == [[12, 0]]


def test_depth_bits_decodes_what_a_wrong_multiplexer_would_spoil(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were two slots exchanged between rendering and decoding, depth bits would deliver that."""

    def crossed(slots: Octets) -> Octets:
        return np.ascontiguousarray(slots[[*range(16), 7, *range(17, 32)]].T)

    monkeypatch.setattr(bits, "multiplex", crossed)
    wire = Wire(law=Law.ALAW, depth="bits", crc4=False)
    for end in (wire.near, wire.far):
        end.open(16, Mode.FRAMES)
        end.open(7, Mode.OCTETS)
    wire.near.send(16, SABME)
    assert [event for _, _, event in pump(wire, 800)] == []
