"""Layer 2 of a D channel when the line loses, doubles, swaps and garbles frames, and when rubbish comes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapd_bus import MULTIPOINT, Bus, Draw, Fate

from trunkwire.lapd import LapdEntity, LapdMisuse, State
from trunkwire.side import Side

PERSISTENT = msgspec.structs.replace(MULTIPOINT, reestablish_after=4000, t203=20_000)
UP = (State.MULTIPLE_FRAME_ESTABLISHED, State.TIMER_RECOVERY)


def bad_line(rng: random.Random, loss: float, double: float, swap: float, garble: float) -> Fate:
    """Frames are lost, doubled, overtaken and garbled with these probabilities; the rest arrives in order."""
    last = 0

    def fate(frame: bytes, now: int) -> Iterator[tuple[int, bytes]]:
        nonlocal last
        for _ in range(0 if rng.random() < loss else 2 if rng.random() < double else 1):
            hurt = bytearray(frame)
            if rng.random() < garble:
                hurt[rng.randrange(len(hurt))] ^= 1 << rng.randrange(8)
            arrival = max(last, now + rng.randrange(1, 300))
            if rng.random() >= swap:
                last = arrival
            yield arrival + (rng.randrange(1000) if arrival != last else 0), bytes(hurt)

    return fate


def clean(frame: bytes, now: int) -> Iterator[tuple[int, bytes]]:
    yield now + 100, frame


FAULTS = {
    "loss": (0.2, 0.0, 0.0, 0.0),
    "doubling": (0.0, 0.2, 0.0, 0.0),
    "reordering": (0.0, 0.0, 0.2, 0.0),
    "corruption": (0.0, 0.0, 0.0, 0.1),
    "all": (0.1, 0.1, 0.1, 0.05),
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("fault", list(FAULTS))
def test_terminals_on_a_bad_line_end_with_one_tei_and_one_link_each(fault: str, seed: int) -> None:
    rng = random.Random(f"{fault} {seed}")
    draws = [Draw(*(rng.randrange(65536) for _ in range(2000))) for _ in range(4)]
    bus = Bus(4, settings=PERSISTENT, draws=draws, fate=bad_line(rng, *FAULTS[fault]))
    for terminal in bus.terminals:
        terminal.establish(0)
    for number in range(60):
        bus.run(rng.randrange(3000))
        bus.network.broadcast(b"all", bus.now)
        for terminal in bus.terminals:
            if terminal.link().state in UP and terminal.link().queued < 10:
                terminal.send(bytes((number,)), bus.now)
    bus.fate = clean
    bus.run(60_000)
    # Whoever still shares a TEI, since its terminals heard one answer to two requests, is found by an audit.
    bus.network.check(bus.now)
    bus.run(60_000)
    teis = [terminal.teis for terminal in bus.terminals]
    assert len(set(teis)) == 4
    assert all(len(tei) == 1 for tei in teis)
    assert {tei for (tei,) in teis} <= set(bus.network.teis)
    del bus.heard[:]
    for (tei,), terminal in zip(teis, bus.terminals, strict=True):
        assert terminal.link().state is bus.network.link(tei).state is State.MULTIPLE_FRAME_ESTABLISHED
        terminal.send(b"still", bus.now)
        bus.network.send(b"alive", bus.now, tei=tei)
    bus.run(5000)
    assert sorted(bus.data(0)) == sorted((tei, b"still") for (tei,) in teis)
    assert [bus.data(end + 1) for end in range(4)] == [[(tei, b"alive")] for (tei,) in teis]
    assert [end.audit() for end in bus.ends] == [[]] * 5


@pytest.mark.parametrize("fault", ["loss", "reordering", "all"])
def test_what_arrives_is_what_was_sent_in_order_and_at_most_once(fault: str) -> None:
    rng = random.Random(fault)
    loss, double, swap, _ = FAULTS[fault]
    bus = Bus(1, settings=PERSISTENT, draws=[Draw(*range(1, 900))], fate=bad_line(rng, loss, double, swap, 0))
    terminal = bus.terminals[0]
    terminal.establish(0)
    sent = []
    for number in range(300):
        bus.run(rng.randrange(1500))
        if terminal.link().state in UP:
            sent.append(number.to_bytes(2, "big"))
            terminal.send(sent[-1], bus.now)
    bus.fate = clean
    bus.run(60_000)
    got = [data for _, data in bus.data(0)]
    assert len(sent) > 50
    assert len(got) > len(sent) // 2
    assert got == [data for data in sent if data in set(got)]


ADDRESSES = st.sampled_from(["0281", "0081", "0201", "0001", "02ff", "00ff", "feff", "fcff", "00ab", "0017"])
CONTROLS = st.sampled_from(
    ["7f", "73", "53", "1f", "0f", "03", "bf", "af", "97", "0100", "0502", "0901", "0000"]
)
MANAGEMENT = st.builds(
    lambda ri, kind, rest: b"\x0f" + ri.to_bytes(2, "big") + bytes((kind,)) + rest,
    st.integers(0, 3),
    st.integers(0, 9),
    st.lists(st.integers(0, 255), min_size=1, max_size=3).map(bytes),
)
FRAMES = st.binary(max_size=12) | st.builds(
    lambda address, control, rest: bytes.fromhex(address) + bytes.fromhex(control) + rest,
    ADDRESSES,
    CONTROLS,
    MANAGEMENT | st.binary(max_size=8),
)
STEPS = st.lists(FRAMES | st.sampled_from(["establish", "release", "expire", "verify", "deactivate", "xid"]))


@given(st.sampled_from(Side), st.sampled_from([None, 0]), STEPS)
def test_rubbish_raises_nothing_and_grows_nothing(
    side: Side, tei: int | None, steps: list[bytes | str]
) -> None:
    settings = msgspec.structs.replace(MULTIPOINT, tei=tei)
    entity = LapdEntity(side, settings, random=Draw())
    now = 0
    for step in steps:
        if isinstance(step, bytes):
            entity.receive(step, now)
        else:
            now = do(entity, step, now)
        while entity.poll_output() is not None:
            pass
    assert len(entity._links) <= 127
    assert len(entity._by_address) <= 2 * len(entity._links)
    assert len(entity._negotiations) <= len(entity._links)
    assert set(entity._by_address.values()) <= set(entity._links.values())
    if entity.point is not None:
        assert all(entry.tei < 127 for entry in entity.point.entries.values())
    for _ in range(400):
        deadline = entity.next_deadline()
        if deadline is None or deadline > now + 40_000:
            break
        assert deadline >= now
        now = deadline
        entity.handle_timer(now)
        while entity.poll_output() is not None:
            pass


def do(entity: LapdEntity, step: str, now: int) -> int:
    """One request, or the next deadline; the time after it. Misuse is an answer like others."""
    try:
        if step == "expire":
            now = entity.next_deadline() or now
            entity.handle_timer(now)
        elif step == "deactivate":
            entity.deactivate(now)
        elif step == "xid":
            entity.negotiate(now)
        elif step == "verify":
            (entity.verify if entity.side is Side.USER else entity.check)(now)
        elif step == "establish":
            entity.establish(now)
        else:
            entity.release(now)
    except (LapdMisuse, LookupError) as refused:
        if "the table lacks it" in str(refused):
            raise
    return now
