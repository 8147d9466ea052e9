"""Random traffic over a Wire, pumped from deadline to deadline, and what came of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from trunkbench.device import Event, LineFault, Mode
from trunkbench.ports.wire import Depth, Toward, Wire, WirePort
from trunkbench.trace.record import Direction
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, Tick

FRAME_SLOTS = (16, 7)
AUDIO_SLOTS = (1, 5, 17, 31)


class Speech:
    """A source whose octets tell who speaks and which sample it is."""

    def __init__(self, voice: int) -> None:
        self.voice = voice

    def __call__(self, first: int, n: int) -> bytes:
        return bytes((sample * 7 + self.voice) & 0xFF for sample in range(first, first + n))


@dataclass
class Observed:
    """Everything that can be observed of a run, in order; two runs that are equal cannot be told apart."""

    events: list[tuple[str, Tick, Event]] = field(default_factory=list)
    """(end, tick of the poll, event)."""
    taps: list[tuple[str, Tick, Direction, int, bytes]] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    rendered: list[bytes] = field(default_factory=list)


def pump(wire: Wire, until: Tick, observed: Observed | None = None) -> list[tuple[str, Tick, Event]]:
    """Poll both ends at every deadline up to `until`; what they said."""
    log = observed.events if observed is not None else []
    ends = (wire.near, wire.far)
    while True:
        deadlines = [tick for end in ends if (tick := end.next_deadline()) is not None]
        now = max(min([*deadlines, until]), wire.now)
        for end in ends:
            log += [(end.name, now, event) for event in end.poll(now)]
        if now >= until:
            return log


def opened(depth: Depth = "event", *, crc4: bool = True) -> Wire:
    """A Wire with D channels on two slots and audio on four, open at both ends."""
    wire = Wire(law=Law.ALAW, depth=depth, crc4=crc4)
    for end in (wire.near, wire.far):
        for slot in FRAME_SLOTS:
            end.open(slot, Mode.FRAMES)
        for slot in AUDIO_SLOTS:
            end.open(slot, Mode.OCTETS)
    return wire


def _frame(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.2:
        return b"\xff" * rng.randrange(3, 40)  # the most inserted zeros
    if kind < 0.3:
        return b"\x7e" * rng.randrange(3, 20)
    return rng.randbytes(rng.choice((3, 4, 4, 20, 60, 260)))


def traffic(seed: int, until: Tick, amount: int) -> list[tuple[Tick, int, int, bytes | Speech | None]]:
    """(tick, end 0 or 1, slot, a frame or what is played), some of them at the same tick."""
    rng = random.Random(seed)
    plan: list[tuple[Tick, int, int, bytes | Speech | None]] = []
    for _ in range(amount):
        tick, end = rng.randrange(until), rng.randrange(2)
        if rng.random() < 0.25:
            voice = Speech(rng.randrange(256)) if rng.random() < 0.8 else None
            plan.append((tick, end, rng.choice(AUDIO_SLOTS), voice))
        else:
            slot = rng.choice((16, 16, 16, 7))
            plan += [(tick, end, slot, _frame(rng)) for _ in range(rng.choice((1, 1, 1, 3)))]
    return sorted(plan, key=lambda entry: entry[0])


def run(
    depth: Depth,
    seed: int,
    faults: tuple[tuple[int, LineFault], ...] = (),
    *,
    crc4: bool = True,
    until: Tick = 24_000,
    amount: int = 14,
) -> Observed:
    """The traffic of `seed` on a line with `faults` ((end, fault), inserted before the line runs)."""
    wire = opened(depth, crc4=crc4)
    ends: tuple[WirePort, WirePort] = (wire.near, wire.far)
    observed = Observed()
    for end in ends:
        name = end.name

        def tap(at: Tick, way: Direction, slot: int, data: bytes, name: str = name) -> None:
            observed.taps.append((name, at, way, slot, data))

        end.taps.append(tap)
    for number, fault in faults:
        ends[number].insert(fault)
    for tick, number, slot, what in traffic(seed, until, amount):
        pump(wire, tick, observed)
        if isinstance(what, bytes):
            ends[number].send(slot, what)
        else:
            ends[number].play(slot, what, -(-wire.now // SAMPLE) * SAMPLE)
    pump(wire, until + 4000, observed)
    samples = until // SAMPLE
    observed.heard = [end.heard(slot, 0, samples) for end in ends for slot in (*AUDIO_SLOTS, *FRAME_SLOTS)]
    observed.rendered = [wire.render(toward, 0, samples).tobytes() for toward in Toward]
    return observed
