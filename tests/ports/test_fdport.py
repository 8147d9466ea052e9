"""The base of ports with a descriptor per timeslot, on socket pairs, with injected time."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator

import pytest

from trunkbench.device import Caps, Event, Frame, Gap, Gone, LineFault, Mode, Port, TimeBase
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports.audio import BLOCK_SAMPLES, LEAD_BLOCKS
from trunkbench.ports.fdport import FdPort, OpenSlot
from trunkwire.ticks import SAMPLE, SECOND

IDLE = 0xD5
BLOCK = BLOCK_SAMPLES * SAMPLE
LEAD = LEAD_BLOCKS * BLOCK_SAMPLES


class Host:
    """A host's monotonic clock, set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class PairPort(FdPort):
    """A port whose timeslots are socket pairs; `card` holds the other ends."""

    caps = Caps(
        modes=frozenset({Mode.FRAMES, Mode.OCTETS}),
        slots=tuple(range(1, 32)),
        alarms=frozenset(),
        faults=frozenset(),
        time=TimeBase.HOST,
    )

    def __init__(self, host: Host, **options: int) -> None:
        super().__init__("pair:0", IDLE, monotonic=host, **options)
        self.card: dict[int, socket.socket] = {}
        self.down = False
        self.released = 0

    def _open_slot(self, slot: int, mode: Mode) -> int:
        kind = socket.SOCK_SEQPACKET if mode is Mode.FRAMES else socket.SOCK_STREAM
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        ours.setblocking(False)
        theirs.setblocking(False)
        self.card[slot] = theirs
        return ours.detach()

    def _line_is_down(self) -> bool:
        return self.down

    def _close_device(self) -> None:
        self.released += 1


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def make(host: Host) -> Iterator[Callable[..., PairPort]]:
    made: list[PairPort] = []

    def factory(**options: int) -> PairPort:
        made.append(PairPort(host, **options))
        return made[-1]

    yield factory
    for port in made:
        port.close()
        for end in port.card.values():
            end.close()


def poll(port: PairPort, now: int) -> list[Event]:
    return list(port.poll(now))


def counting(first: int, n: int) -> bytes:
    """A source that tells its sample numbers."""
    return bytes(sample % 251 for sample in range(first, first + n))


def run_audio(port: PairPort, host: Host, slots: tuple[int, ...], blocks: int, now: int = 0) -> int:
    """The card gives a block on each slot every 20 ms and takes what it is given; the tick then."""
    for _ in range(blocks):
        now += BLOCK
        host.seconds += 0.02
        for slot in slots:
            port.card[slot].send(counting(now // SAMPLE - BLOCK_SAMPLES, BLOCK_SAMPLES))
        assert poll(port, now) == []
    return now


def test_it_is_a_port(make: Callable[..., PairPort]) -> None:
    port = make()
    assert isinstance(port, Port)
    assert "pair:0" in repr(port)


def test_frames_cross_both_ways(make: Callable[..., PairPort]) -> None:
    port = make()
    port.open(16, Mode.FRAMES)
    port.send(16, b"\x00\x01\x7f")
    assert port.card[16].recv(100) == b"\x00\x01\x7f"
    port.card[16].send(b"\x02\x01\x73")
    port.card[16].send(b"\x02\x01\x01\x02")
    assert poll(port, 640) == [Frame(640, 16, b"\x02\x01\x73"), Frame(640, 16, b"\x02\x01\x01\x02")]
    assert poll(port, 641) == []
    assert port.stats()["frames received"] == 2
    assert port.stats()["frames sent"] == 1


def test_one_descriptor_stands_for_all(make: Callable[..., PairPort]) -> None:
    import select

    port = make()
    for slot in range(1, 32):
        port.open(slot, Mode.FRAMES if slot == 16 else Mode.OCTETS)
    ((fd, mask),) = port.fds()
    waiting = select.poll()
    waiting.register(fd, mask)
    assert waiting.poll(0) == []
    port.card[31].send(b"x")
    assert waiting.poll(0) != []


def test_audio_is_placed_where_it_was_read(make: Callable[..., PairPort], host: Host) -> None:
    """The first block ends at the tick of the poll that read it; a block begets a block."""
    port = make()
    port.open(1, Mode.OCTETS)
    port.play(1, counting, 0)
    assert port.horizon(1) == 0
    now = run_audio(port, host, (1,), 1)
    assert port.horizon(1) == now == port.counted()
    assert port.heard(1, 0, BLOCK_SAMPLES) == counting(0, BLOCK_SAMPLES)
    assert port.card[1].recv(10_000) == counting(BLOCK_SAMPLES, LEAD)
    run_audio(port, host, (1,), 1, now)
    assert port.card[1].recv(10_000) == counting(BLOCK_SAMPLES + LEAD, BLOCK_SAMPLES)


def test_octets_are_written_in_blocks(make: Callable[..., PairPort], host: Host) -> None:
    """A driver takes whole blocks: what is owed waits until it fills one."""
    port = make()
    port.open(1, Mode.OCTETS)
    now = run_audio(port, host, (1,), 1)
    port.card[1].recv(10_000)
    port.card[1].send(bytes(100))
    assert poll(port, now + 800) == []
    with pytest.raises(BlockingIOError):
        port.card[1].recv(10_000)
    port.card[1].send(bytes(60))
    assert poll(port, now + BLOCK) == []
    assert len(port.card[1].recv(10_000)) == BLOCK_SAMPLES


def test_driver_that_takes_no_more_octets(make: Callable[..., PairPort], host: Host) -> None:
    """What it did not take waits, in order, and nothing is lost when it takes again."""
    port = make(lead=8000)
    port.open(1, Mode.OCTETS)
    port.play(1, counting, 0)
    opened = port.slots[1]
    with socket.socket(fileno=os.dup(opened.fd)) as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    now = run_audio(port, host, (1,), 1)
    assert opened.pending
    taken = b""
    while opened.wants_out:
        taken += port.card[1].recv(100_000)
        assert poll(port, now) == []
    taken += port.card[1].recv(100_000)
    assert taken == counting(BLOCK_SAMPLES, 8000)


def test_driver_that_takes_a_part_of_a_block(
    make: Callable[..., PairPort], host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it left of a block goes first, once, when it takes more; only then comes the next block."""
    port = make()
    port.open(1, Mode.OCTETS)
    port.play(1, counting, 0)
    room = [100, 0]

    def write(opened: OpenSlot, octets: bytes) -> int:
        if not (room and room[0]):
            raise BlockingIOError
        return os.write(opened.fd, octets[: room.pop(0)])

    monkeypatch.setattr(port, "_write_octets", write)
    now = run_audio(port, host, (1,), 1)
    assert port.slots[1].pending == counting(BLOCK_SAMPLES + 100, 60)
    assert port.slots[1].wants_out
    room[:] = [7, 53, BLOCK_SAMPLES, 0]
    for _ in range(3):
        assert poll(port, now) == []
    assert port.card[1].recv(10_000) == counting(BLOCK_SAMPLES, 2 * BLOCK_SAMPLES)
    room[:] = [BLOCK_SAMPLES] * LEAD_BLOCKS
    assert poll(port, now) == []
    assert port.card[1].recv(10_000) == counting(3 * BLOCK_SAMPLES, LEAD - 2 * BLOCK_SAMPLES)
    assert not port.slots[1].pending
    assert not port.slots[1].wants_out


def test_underrun_is_a_gap(make: Callable[..., PairPort], host: Host) -> None:
    """We come so late that the card has sent all that it had: counted, told, and the lead begins anew."""
    port = make()
    port.open(1, Mode.OCTETS)
    port.play(1, counting, 0)
    now = run_audio(port, host, (1,), 2)
    port.card[1].recv(10_000)
    late = LEAD + 3 * BLOCK_SAMPLES
    port.card[1].send(bytes(late))
    now += late * SAMPLE
    events = poll(port, now)
    assert events == [Gap(now, 1, 2 * BLOCK_SAMPLES + LEAD, 480, "underrun: nothing was sent in time")]
    assert port.stats()["underruns"] == 1
    assert port.stats()["overruns"] == 0
    resumed = now // SAMPLE
    assert port.card[1].recv(10_000) == counting(resumed, LEAD)
    assert port.lost(1, 0, resumed) == []


def test_slot_that_got_less_than_the_others(make: Callable[..., PairPort], host: Host) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    port.open(2, Mode.OCTETS)
    now = run_audio(port, host, (1, 2), 2)
    events: list[Event] = []
    for _ in range(6):
        port.card[1].send(bytes(BLOCK_SAMPLES))
        now += BLOCK
        events += poll(port, now)
    gaps = [event for event in events if isinstance(event, Gap) and event.cause.startswith("overrun")]
    assert [(gap.slot, gap.first, gap.n) for gap in gaps] == [(2, 320, 960)]
    assert port.lost(2, 0, 10_000) == [(320, 960)]
    assert port.lost(1, 0, 10_000) == []
    assert port.heard(2, 320, 960) == bytes((IDLE,)) * 960
    assert port.stats()["lost samples"] == 960


def test_full_backlog_means_that_more_was_lost(make: Callable[..., PairPort], host: Host) -> None:
    """The driver held one second for us, and two have passed."""
    port = make(backlog=8000)
    port.open(1, Mode.OCTETS)
    now = run_audio(port, host, (1,), 2)
    host.seconds += 2.0
    port.card[1].send(bytes(8000))
    now += 2 * SECOND
    gaps = [event for event in poll(port, now) if isinstance(event, Gap)]
    assert gaps[0].cause.startswith("overrun")
    assert abs(gaps[0].n - 8000) <= 1
    assert port.horizon(1) // SAMPLE == 320 + 8000 + gaps[0].n


def test_late_host_without_loss(make: Callable[..., PairPort], host: Host) -> None:
    """Whatever the host's clock says, a backlog that was not full is no loss."""
    port = make(backlog=8000)
    port.open(1, Mode.OCTETS)
    now = run_audio(port, host, (1,), 2)
    host.seconds += 1.9
    port.card[1].send(bytes(400))
    assert poll(port, now + BLOCK) == []
    assert port.stats()["lost samples"] == 0


def test_silent_card_has_gone(make: Callable[..., PairPort], host: Host) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    now = run_audio(port, host, (1,), 1)
    host.seconds += 1.9
    assert poll(port, now) == []
    host.seconds += 0.2
    (gone,) = poll(port, now)
    assert isinstance(gone, Gone)
    assert "no octets for 2 s" in gone.reason


def test_line_that_is_down_is_a_gap_and_time_goes_on(make: Callable[..., PairPort], host: Host) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    now = run_audio(port, host, (1,), 1)
    port.down = True
    host.seconds += 3.0
    gaps = [event for event in poll(port, now) if isinstance(event, Gap)]
    assert gaps[0].cause == "the line is down"
    assert abs(gaps[0].n - 24_000) <= 1
    assert port.counted() // SAMPLE == BLOCK_SAMPLES + gaps[0].n
    assert poll(port, now) == []


def test_frames_wait_for_the_driver_up_to_a_limit(make: Callable[..., PairPort]) -> None:
    port = make(queue_limit=4)
    port.open(16, Mode.FRAMES)
    sent = 0
    while len(port.slots[16].queue) < 4:
        port.send(16, bytes((sent % 256,)) * 200)
        sent += 1
    with pytest.raises(QueueFull, match="pair:0, timeslot 16: 4 frames wait"):
        port.send(16, b"one more")
    received = 0
    while received < sent:
        try:
            frame = port.card[16].recv(1000)
        except BlockingIOError:
            assert poll(port, 0) == []
            continue
        assert frame == bytes((received % 256,)) * 200
        received += 1
    port.send(16, b"again")


def test_end_of_a_slot_is_told_once(make: Callable[..., PairPort]) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    port.open(16, Mode.FRAMES)
    port.card[1].send(bytes(BLOCK_SAMPLES))
    port.card[1].close()
    assert poll(port, BLOCK) == [Gone(BLOCK, "timeslot 1 was closed at the other end")]
    assert poll(port, 2 * BLOCK) == []
    assert port.fds() == ()
    assert port.next_deadline() is None
    assert port.released == 1
    port.send(16, b"\x00\x01\x7f")
    assert port.stats()["frames not sent"] == 1
    assert port.heard(1, 0, BLOCK_SAMPLES) == bytes(BLOCK_SAMPLES)  # what came before stays
    with pytest.raises(PortError, match="the device has gone: timeslot 1 was closed"):
        port.open(2, Mode.OCTETS)
    port.close()
    port.close()
    assert port.released == 1


def test_end_found_when_sending_is_told_by_the_next_poll(make: Callable[..., PairPort]) -> None:
    port = make()
    port.open(16, Mode.FRAMES)
    port.card[16].close()
    port.send(16, b"\x00\x01\x7f")
    assert port.next_deadline() == 0
    (gone,) = poll(port, 77)
    assert isinstance(gone, Gone)
    assert gone.at == 77
    assert "timeslot 16" in gone.reason


def test_closing_gives_every_descriptor_back(make: Callable[..., PairPort]) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    port.open(16, Mode.FRAMES)
    fds = [opened.fd for opened in port.slots.values()]
    port.close()
    for fd in fds:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd)
    assert port.fds() == ()
    assert poll(port, 5) == []
    with pytest.raises(PortError, match="closed"):
        port.open(2, Mode.OCTETS)
    with pytest.raises(PortError, match="timeslot 16: cannot send, it is closed"):
        port.send(16, b"\x00\x01\x7f")


def test_requests_that_do_not_hold(make: Callable[..., PairPort]) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    port.open(16, Mode.FRAMES)
    with pytest.raises(PortError, match="pair:0: there is no timeslot 0 to open; choose 1 to 31"):
        port.open(0, Mode.OCTETS)
    with pytest.raises(PortError, match="timeslot 2: it has no mode cas; use frames or octets"):
        port.open(2, Mode.CAS)
    with pytest.raises(PortError, match="timeslot 1 is open already, as octets"):
        port.open(1, Mode.FRAMES)
    with pytest.raises(PortError, match="timeslot 1: cannot send, it is octets; open it as frames"):
        port.send(1, b"\x00\x01\x7f")
    with pytest.raises(PortError, match="timeslot 16: cannot play, it is frames; open it as octets"):
        port.play(16, None, 0)
    with pytest.raises(PortError, match="timeslot 9: cannot listen, it is closed"):
        port.heard(9, 0, 1)
    with pytest.raises(PortError, match="lies in an octet"):
        port.play(1, None, 3)
    with pytest.raises(PortError, match="timeslot 16: a frame without octets"):
        port.send(16, b"")
    with pytest.raises(PortError, match="timeslot 3: it has no mode cas"):
        port.cas(3, 1)
    with pytest.raises(PortError, match="cannot insert the fault 'cut'; those it can: none"):
        port.insert(LineFault("cut", 0, 1))


def test_what_came_before_line_time_began(make: Callable[..., PairPort]) -> None:
    """Slots are opened one after the other, so the first have more to say: none of it counts."""
    port = make()
    for slot, waiting in ((1, 4000), (2, 100)):
        port.open(slot, Mode.OCTETS)
        port.card[slot].send(bytes(waiting))
    assert poll(port, 0) == []
    assert port.counted() == 0
    for slot in (1, 2):
        port.card[slot].send(counting(0, BLOCK_SAMPLES))
    assert poll(port, BLOCK) == []
    assert port.heard(1, 0, BLOCK_SAMPLES) == port.heard(2, 0, BLOCK_SAMPLES) == counting(0, BLOCK_SAMPLES)


def test_line_time_goes_on_when_the_device_has_gone(make: Callable[..., PairPort], host: Host) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    now = run_audio(port, host, (1,), 5)
    port.card[1].close()
    assert len(poll(port, now)) == 1
    assert port.counted() == now
    host.seconds += 1.0
    assert port.counted() == now + SECOND
    samples = now // SAMPLE
    assert port.horizon(1) >= port.counted()  # nothing more will come: what did not come is lost, and final
    assert port.heard(1, samples - 10, 20) == counting(samples - 10, 10) + bytes((IDLE,)) * 10
    assert port.lost(1, samples - 10, 20) == [(samples, 10)]
    assert port.lost(1, 0, samples) == []
    assert port.heard(1, samples + 5, 3) == bytes((IDLE,)) * 3
