"""The DAHDI port on the real driver, in the virtual machine (`make test-dahdi`); skipped elsewhere.

Time is the guest's: its clock counts instructions, so a busy host makes a run longer and changes nothing.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from dahdi_spans import FAR, IN_GUEST, NEAR, WHY_NOT, PulledCard, destroy_span, ensure_spans

from trunkbench.clock import PacedClock
from trunkbench.config import SpanConfig
from trunkbench.device import Alarm, BadFrame, Cas, Event, Frame, Gap, Gone, LineFault, Mode
from trunkbench.errors import PortError
from trunkbench.ports import dahdi_abi as abi
from trunkbench.ports.dahdi import DahdiPort, list_ports, open_port
from trunkbench.ports.dahdi_driver import Driver
from trunkbench.ports.dahdi_slips import timing_slips
from trunkbench.pump import Pump
from trunkwire.ticks import SAMPLE, SECOND

pytestmark = pytest.mark.skipif(not IN_GUEST, reason=WHY_NOT)

MS = SECOND // 1000
SABME = bytes.fromhex("00017f")


class Pair:
    """Both ends of the crossover cable on one pump, in real time."""

    def __init__(self, near: str = "1", far: str = "2") -> None:
        ensure_spans()
        self.pump = Pump(PacedClock())
        self.events: dict[str, list[Event]] = {"near": [], "far": []}
        self.near, self.far = self.open(near), self.open(far)
        self.pump.attach(self.near, self.events["near"].append)
        self.pump.attach(self.far, self.events["far"].append)

    @staticmethod
    def open(address: str) -> DahdiPort:
        return open_port(address, SpanConfig(name="span1", port=f"dahdi:{address}"))

    def run(self, duration: int) -> None:
        limit = self.pump.now + duration
        while self.pump.now < limit:
            self.pump.step(limit)

    def frames(self, end: str) -> list[bytes]:
        return [event.data for event in self.events[end] if isinstance(event, Frame)]

    def close(self) -> None:
        self.near.close()
        self.far.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.close()


def test_the_driver_is_the_one_that_the_structures_are_of() -> None:
    ensure_spans()
    driver = Driver()
    assert driver.version().startswith("2.11.1")
    info = driver.span(NEAR)
    assert info is not None
    assert (info.totalchans, info.devicetype) == (31, "DYN/loc/1:0")
    assert [place for place, params in driver.channels(FAR).items() if params.channo == 31 + place] == [
        *range(1, 32)
    ]
    driver.close()
    assert [address for address, _ in list_ports()] == ["1", "2"]


def test_buffers_are_what_was_asked_for(pair: Pair) -> None:
    pair.near.open(16, Mode.FRAMES)
    pair.near.open(1, Mode.OCTETS)
    found = [pair.near.driver.buffers(slot.fd) for slot in pair.near.slots.values()]
    assert [(info.numbufs, info.bufsize) for info in found] == [(32, 1024), (16, 160)]


def test_a_span_without_a_card_counts_no_slips(pair: Pair) -> None:
    """The driver's text is there and readable; a span in software has nothing that could slip."""
    text = pair.near.driver.status_text(NEAR)
    assert text.startswith(f"Span {NEAR}: DYN/loc/1:0 ")
    pair.near.open(1, Mode.OCTETS)
    pair.run(500 * MS)
    assert timing_slips(text) == pair.near.stats()["timing slips"] == 0
    assert pair.near.driver.status_text(99) == ""


def test_a_span_without_a_card_has_no_maintenance(pair: Pair) -> None:
    """The virtual span answers ENOSYS to all of it, asked or tried; a timeslot can be looped."""
    for command in abi.Maint:
        with pytest.raises(OSError, match=os.strerror(errno.ENOSYS)):
            pair.near.driver.maintain(NEAR, command)
    tried = Pair.open("1,maint=try")
    assert tried.caps.faults == pair.near.caps.faults == {"slot-loop"}
    tried.close()
    for port in (pair.near, pair.far):
        port.open(1, Mode.OCTETS)
    pair.run(200 * MS)
    pair.far.play(1, lambda first, n: b"\x2a" * n, 0)
    pair.near.insert(LineFault("slot-loop", pair.pump.now, SECOND, slot=1))
    pair.run(500 * MS)
    horizon = pair.far.horizon(1) // SAMPLE
    assert pair.far.heard(1, horizon - 80, 80) == b"\x2a" * 80


@pytest.mark.parametrize(("near", "far"), [("1,hdlc=own", "2"), ("1,hdlc=own", "2,hdlc=own")])
def test_our_hdlc_and_the_drivers_understand_each_other(near: str, far: str) -> None:
    pair = Pair(near, far)
    for port in (pair.near, pair.far):
        port.open(16, Mode.FRAMES)
    pair.run(100 * MS)
    rng = random.Random(7)
    frames = [rng.randbytes(rng.randrange(3, 260)) for _ in range(20)]
    for frame in frames:
        pair.near.send(16, frame)
        pair.far.send(16, frame[::-1])
    pair.run(SECOND)
    pair.close()
    assert pair.frames("far") == frames
    assert pair.frames("near") == [frame[::-1] for frame in frames]


def test_garbage_on_the_d_channel_is_named_and_does_no_harm(pair: Pair) -> None:
    """A far end that plays noise, then is silent, then is closed; then frames again."""
    pair.near.open(16, Mode.FRAMES)
    pair.far.open(16, Mode.OCTETS)
    rng = random.Random(3)
    noise = rng.randbytes(8000)
    pair.far.play(16, lambda first, n: bytes(noise[k % 8000] for k in range(first, first + n)), 0)
    pair.run(SECOND)
    bad = {event.error for event in pair.events["near"] if isinstance(event, BadFrame)}
    assert bad & {"abort", "bad-fcs"}
    assert pair.near.stats()["bad frames"] > 3
    pair.far.close()
    other = pair.open("2")
    other.open(16, Mode.FRAMES)
    pair.pump.attach(other, pair.events["far"].append)
    pair.run(100 * MS)
    before = len(pair.frames("near"))
    other.send(16, SABME)
    pair.near.send(16, SABME)
    pair.run(200 * MS)
    other.close()
    assert pair.frames("near")[before:] == [SABME]
    assert pair.frames("far")[-1:] == [SABME]


def test_abcd_bits_cross(pair: Pair) -> None:
    for port in (pair.near, pair.far):
        port.open(5, Mode.CAS)
    pair.run(100 * MS)
    for bits in (0b1001, 0b0101, 0b1101):
        pair.near.cas(5, bits)
        pair.run(100 * MS)
    seen = [event.abcd for event in pair.events["far"] if isinstance(event, Cas)]
    assert seen[-3:] == [0b1001, 0b0101, 0b1101]


def test_a_channel_that_is_open_already(pair: Pair) -> None:
    pair.near.open(7, Mode.OCTETS)
    other = pair.open("1")
    with pytest.raises(PortError, match="dahdi:1, timeslot 7: channel 7 is held by another process"):
        other.open(7, Mode.OCTETS)
    other.close()


def test_a_channel_that_is_configured_for_something_else(pair: Pair) -> None:
    pair.near.driver.configure_channel(9, abi.Signalling.HDLCFCS, abi.LawCode.ALAW)
    try:
        with pytest.raises(PortError, match=r"timeslot 9: channel 9 is configured as HDLCFCS.*write bchan=9"):
            pair.near.open(9, Mode.OCTETS)
    finally:
        pair.near.driver.configure_channel(9, abi.Signalling.NONE, abi.LawCode.DEFAULT)


def test_channels_that_a_killed_run_has_left_otherwise(pair: Pair) -> None:
    """Clear and CAS, in the way: what is needed while they are open, what they were afterwards."""
    left = {5: abi.Signalling.CLEAR, 6: abi.Signalling.CAS, 7: abi.Signalling.CAS}
    needed = {5: Mode.CAS, 6: Mode.OCTETS, 7: Mode.FRAMES}
    driver = Driver()
    for slot, signalling in left.items():
        driver.configure_channel(slot, signalling, abi.LawCode.ALAW)
    try:
        for slot, mode in needed.items():
            pair.near.open(slot, mode)
        pair.far.open(5, Mode.CAS)
        pair.run(100 * MS)
        pair.near.cas(5, 0b1101)
        pair.run(100 * MS)
        pair.near.close()
        found = {slot: params.sigtype for slot in left if (params := driver.channel(slot)) is not None}
    finally:
        for slot in left:
            driver.configure_channel(slot, abi.Signalling.NONE, abi.LawCode.DEFAULT)
        driver.close()
    assert [event.abcd for event in pair.events["far"] if isinstance(event, Cas)][-1:] == [0b1101]
    assert found == left


def test_channels_are_left_as_they_were_found(pair: Pair) -> None:
    pair.near.open(3, Mode.OCTETS)
    driver = Driver()
    used = driver.channel(3)
    pair.near.close()
    left = driver.channel(3)
    driver.close()
    assert used is not None
    assert left is not None
    assert (used.sigtype, left.sigtype) == (abi.Signalling.CLEAR, abi.Signalling.NONE)


def test_nobody_in_particular_has_no_permission() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        try:
            Driver()
            said = "opened"
        except PortError as error:
            said = str(error)
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert "permission denied: run as root, or join the group" in pipe.read()
    assert os.waitpid(child, 0)[1] == 0


def test_a_peer_that_is_taken_away_is_an_alarm_that_passes(pair: Pair) -> None:
    """The near span hears nothing any more: RED; what it does not hear is a gap; it comes back."""
    pair.near.open(1, Mode.OCTETS)
    pair.run(300 * MS)
    pair.far.close()
    destroy_span(FAR)
    pair.run(3 * SECOND)
    ensure_spans()
    again = pair.open("2")
    pair.run(3 * SECOND)
    again.close()
    alarms = [(event.name, event.on) for event in pair.events["near"] if isinstance(event, Alarm)]
    assert alarms == [("RED", True), ("RED", False)]
    assert not any(isinstance(event, Gone) for event in pair.events["near"])
    assert any(isinstance(event, Gap) and event.n > 8000 for event in pair.events["near"])
    assert abs(pair.near.horizon(1) - pair.pump.now) < SECOND // 2


def test_a_card_that_is_pulled_is_gone_once_and_comes_back(pair: Pair) -> None:
    for port in (pair.near, pair.far):
        port.open(16, Mode.FRAMES)
        port.open(1, Mode.OCTETS)
    pair.run(200 * MS)
    card = PulledCard(FAR)
    pair.run(500 * MS)
    pair.far.send(16, SABME)
    pair.run(100 * MS)
    pair.far.close()
    card.back()
    gone = [event for event in pair.events["far"] if isinstance(event, Gone)]
    assert len(gone) == 1
    assert gone[0].reason
    again = pair.open("2")
    again.open(16, Mode.FRAMES)
    again.close()


def test_latency(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    """D channel one way, and audio from a play to the sample at which it is heard."""
    for port in (pair.near, pair.far):
        port.open(16, Mode.FRAMES)
        port.open(1, Mode.OCTETS)
    pair.run(400 * MS)
    one_way = []
    for number in range(60):
        sent_at, before = pair.pump.now, len(pair.frames("far"))
        pair.near.send(16, bytes((0, 1, number)))
        while len(pair.frames("far")) == before:
            pair.pump.step(pair.pump.now + 20 * MS)
        one_way.append((pair.pump.now - sent_at) / MS)
    one_way.sort()
    start = pair.pump.now // SAMPLE * SAMPLE
    pair.near.play(1, lambda first, n: b"\x2a" * n, start)
    pair.run(600 * MS)
    horizon = pair.far.horizon(1) // SAMPLE
    heard = pair.far.heard(1, start // SAMPLE, horizon - start // SAMPLE).index(b"\x2a")
    figures = (one_way[30], one_way[-1], heard / 8)
    with capsys.disabled():
        print("\nlatency: D channel p50 {:.1f} ms, max {:.1f} ms; audio {:.1f} ms".format(*figures))
    assert one_way[30] <= 30
    assert one_way[-1] <= 100
    assert heard <= 8 * 120


def test_the_config_is_for_these_spans() -> None:
    text = (Path(__file__).parents[2] / "hw-config" / "dahdi.toml").read_text(encoding="utf-8")
    assert f'port = "dahdi:{NEAR}"' in text
    assert f'far_port = "dahdi:{FAR}"' in text
