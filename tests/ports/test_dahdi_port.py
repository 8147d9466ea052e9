"""The DAHDI port against a driver in memory: what is configured, refused, told of; no kernel needed."""

from __future__ import annotations

import dataclasses
import errno
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dahdi_kernel import Kernel

from trunkbench.config import SpanConfig, load_config
from trunkbench.device import Alarm, BadFrame, Cas, Event, Frame, Gone, LineFault, Mode, Port, TimeBase
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports import dahdi
from trunkbench.ports import dahdi_abi as abi
from trunkbench.ports.dahdi import FLAGS_FIRST, DahdiPort
from trunkbench.ports.dahdi_driver import CHANNEL, CONTROL, Driver
from trunkbench.ports.dahdi_faults import SLOT_LOOP
from trunkwire.hdlc import BitEncoder
from trunkwire.ticks import SAMPLE, SECOND

ROOT = Path(__file__).resolve().parents[2]
SABME = bytes.fromhex("00017f")
Make = Callable[..., DahdiPort]


class Host:
    """A host's monotonic clock, set by hand."""

    seconds = 50.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.shut()


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def make(kernel: Kernel, host: Host) -> Iterator[Make]:
    made: list[DahdiPort] = []

    def open_it(number: int = 1, *, own_hdlc: bool = False, **span: object) -> DahdiPort:
        config = SpanConfig(name="span1", port=f"dahdi:{number}", **span)  # type: ignore[arg-type]  # by name
        port = DahdiPort(number, config, Driver(kernel.system), own_hdlc=own_hdlc, monotonic=host)
        made.append(port)
        return port

    yield open_it
    for port in made:
        port.close()


def poll(port: DahdiPort, now: int = 0) -> list[Event]:
    return list(port.poll(now))


def open_d(port: DahdiPort) -> int:
    """Open the D channel and let the flags pass that come before its first frame; the tick then."""
    port.open(16, Mode.FRAMES)
    poll(port, 0)
    poll(port, FLAGS_FIRST)
    return FLAGS_FIRST


# -- finding and configuring --------------------------------------------------------------------------------


def test_it_is_a_port_that_counts_by_the_card(make: Make) -> None:
    port = make()
    assert isinstance(port, Port)
    assert port.caps.time is TimeBase.CARD
    assert port.caps.slots == tuple(range(1, 32))
    assert port.caps.modes == {Mode.FRAMES, Mode.OCTETS, Mode.CAS}


def test_a_span_that_nobody_configured_is_configured_and_started(kernel: Kernel, make: Make) -> None:
    make(clock="recover")
    (setup,) = kernel.asked(abi.SPANCONFIG)
    flags = abi.LineFlag.CCS | abi.LineFlag.HDB3 | abi.LineFlag.CRC4
    assert setup == abi.LineSetup(span=1, lineconfig=int(flags), sync=1)
    assert kernel.asked(abi.STARTUP) == [abi.Number(1)]


def test_a_span_without_framing_is_asked_for_what_it_has(make: Make, kernel: Kernel) -> None:
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], linecompat=int(abi.LineFlag.CCS))
    make()
    assert kernel.asked(abi.SPANCONFIG) == [abi.LineSetup(span=1, lineconfig=int(abi.LineFlag.CCS))]


def test_a_span_that_somebody_configured_is_left_alone(kernel: Kernel, make: Make) -> None:
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], lineconfig=kernel.spans[1].linecompat)
    make()
    assert kernel.asked(abi.SPANCONFIG) == []
    with pytest.raises(PortError, match=r"with CRC-4.*crc4 = false.*span=1,0,0,ccs,hdb3 in"):
        make(crc4=False)


def test_no_such_span_lists_those_there_are(make: Make) -> None:
    with pytest.raises(PortError, match=r"no span 7; .* 1 \(Test card 1\); 2 \(Test card 2\)"):
        make(7)


def test_a_t1_span_is_refused(kernel: Kernel, make: Make) -> None:
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], totalchans=24)
    with pytest.raises(PortError, match="span 1 has 24 channels; an E1 has 31"):
        make()
    assert kernel.open_fds == set()


def test_a_span_without_channels_is_half_set_up(kernel: Kernel, make: Make) -> None:
    kernel.channels.clear()
    with pytest.raises(PortError, match="half set up, it has no channel for timeslot 1"):
        make()


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOENT, "there is no DAHDI here.*modprobe"),
        (errno.EACCES, "permission denied: run as root"),
        (errno.EIO, "cannot be opened"),
    ],
)
@pytest.mark.parametrize("node", [CONTROL, CHANNEL])
def test_nodes_that_cannot_be_opened(kernel: Kernel, make: Make, node: str, number: int, says: str) -> None:
    kernel.errors[node] = number
    with pytest.raises(PortError, match=says):
        make().open(1, Mode.OCTETS)


@pytest.mark.parametrize("address", ["", "0", "x", "1,2", "-1", "1,hdlc=", "१", "1 "])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(PortError, match="the address is the number of a span"):
        dahdi.open_port(address, SpanConfig(name="s"))


def test_the_config_is_a_crossover_of_two_spans() -> None:
    config = load_config(ROOT / "hw-config" / "dahdi.toml")
    (span,) = config.spans
    assert (span.port, span.far_port, config.bench.clock) == ("dahdi:1", "dahdi:2", "card")


# -- timeslots ----------------------------------------------------------------------------------------------


def test_timeslots_become_channels_and_get_their_buffers(kernel: Kernel, make: Make) -> None:
    port = make(2)
    port.open(16, Mode.FRAMES)
    port.open(1, Mode.OCTETS)
    assert sorted(kernel.held) == [32, 47]
    assert {kernel.channels[32].sigtype, kernel.channels[47].sigtype} == {abi.Signalling.CLEAR}
    assert len(kernel.asked(abi.HDLCFCSMODE)) == 1
    assert kernel.asked(abi.SETLAW) == [abi.Number(abi.LawCode.ALAW)] * 2
    d, b = kernel.asked(abi.SET_BUFINFO)
    assert isinstance(d, abi.BufferInfo)
    assert isinstance(b, abi.BufferInfo)
    for info in (d, b):
        assert info.txbufpolicy == abi.Policy.IMMEDIATE
        assert abi.MIN_BUFFER <= info.bufsize <= abi.MAX_BUFFER
        assert info.numbufs <= abi.MAX_BUFFERS
        assert info.numbufs * info.bufsize <= abi.MAX_BUFFER_SPACE
    assert b.bufsize == 160
    assert port.stats()["B buffer octets"] == 160
    assert "20 ms blocks, sent 60 ms ahead" in port.describe()


def test_ulaw_is_told_to_the_driver(kernel: Kernel, make: Make) -> None:
    make(law="ulaw").open(1, Mode.OCTETS)
    assert kernel.asked(abi.SETLAW) == [abi.Number(abi.LawCode.ULAW)]


def test_a_channel_that_somebody_holds(kernel: Kernel, make: Make) -> None:
    make().open(5, Mode.OCTETS)
    other = make()
    with pytest.raises(PortError, match="dahdi:1, timeslot 5: channel 5 is held by another process"):
        other.open(5, Mode.OCTETS)
    other.open(6, Mode.OCTETS)


@pytest.mark.parametrize(
    ("signalling", "idle", "mode", "says"),
    [
        (abi.Signalling.HDLCFCS, 0, Mode.OCTETS, "configured as HDLCFCS.*write bchan=3"),
        (abi.Signalling.CAS, 0b1101, Mode.FRAMES, "configured as CAS.*write dchan=3"),
        (abi.Signalling.HDLCFCS, 0, Mode.CAS, "configured as HDLCFCS.*write cas=3"),
        (0x1001, 0, Mode.OCTETS, "configured as signalling 0x1001"),
    ],
)
def test_a_channel_configured_for_something_else(
    kernel: Kernel, make: Make, signalling: int, idle: int, mode: Mode, says: str
) -> None:
    kernel.channels[3] = dataclasses.replace(kernel.channels[3], sigtype=signalling, idlebits=idle)
    with pytest.raises(PortError, match=says):
        make().open(3, mode)
    assert kernel.asked(abi.CHANCONFIG) == []


@pytest.mark.parametrize(
    ("left", "mode", "needed"),
    [
        (abi.Signalling.CLEAR, Mode.CAS, abi.Signalling.CAS),
        (abi.Signalling.CAS, Mode.OCTETS, abi.Signalling.CLEAR),
        (abi.Signalling.CAS, Mode.FRAMES, abi.Signalling.CLEAR),
    ],
)
def test_what_a_run_that_was_killed_has_left(
    kernel: Kernel, make: Make, left: int, mode: Mode, needed: int
) -> None:
    """Clear and CAS become each other while the port is open, and what they were afterwards."""
    kernel.channels[3] = dataclasses.replace(kernel.channels[3], sigtype=left)
    port = make()
    port.open(3, mode)
    assert kernel.channels[3].sigtype == needed
    assert kernel.held == {3}
    port.close()
    assert kernel.channels[3].sigtype == left


def test_a_channel_of_another_kind_is_not_changed_under_its_holder(kernel: Kernel, make: Make) -> None:
    make().open(3, Mode.CAS)
    with pytest.raises(PortError, match="dahdi:1, timeslot 3: channel 3 is held by another process"):
        make().open(3, Mode.OCTETS)
    assert kernel.channels[3].sigtype == abi.Signalling.CAS


def test_a_failed_set_up_gives_the_channel_back(kernel: Kernel, make: Make) -> None:
    kernel.refuses[abi.SET_BUFINFO] = errno.ENOMEM
    port = make()
    with pytest.raises(PortError, match="timeslot 9: channel 9 cannot be set up"):
        port.open(9, Mode.OCTETS)
    assert kernel.held == set()
    kernel.refuses.clear()
    port.open(9, Mode.OCTETS)


def test_a_channel_that_the_card_cannot_configure(kernel: Kernel, make: Make) -> None:
    kernel.refuses[abi.CHANCONFIG] = errno.EINVAL
    with pytest.raises(PortError, match="timeslot 2: channel 2 cannot be configured as bchan"):
        make().open(2, Mode.OCTETS)


# -- the D channel ------------------------------------------------------------------------------------------


def test_frames_have_two_octets_more_at_the_driver(kernel: Kernel, make: Make) -> None:
    port = make()
    now = open_d(port)
    port.send(16, SABME)
    assert kernel.line[16].recv(4096) == SABME + b"\0\0"
    kernel.line[16].send(SABME + b"\x12\x34")
    assert poll(port, now + 640) == [Frame(now + 640, 16, SABME)]


def test_the_first_frame_waits_for_flags(kernel: Kernel, make: Make) -> None:
    """The driver puts no flag before a frame, so some have to be on the line."""
    port = make()
    port.open(16, Mode.FRAMES)
    port.send(16, SABME)
    assert port.next_deadline() == 0
    poll(port, 1000)
    assert port.next_deadline() == 1000 + FLAGS_FIRST
    poll(port, 999 + FLAGS_FIRST)
    with pytest.raises(BlockingIOError):
        kernel.line[16].recv(4096)
    poll(port, 1000 + FLAGS_FIRST)
    assert kernel.line[16].recv(4096) == SABME + b"\0\0"
    assert port.next_deadline() is None


@pytest.mark.parametrize("length", [0, 1, 2, 1022, 2047])
def test_frames_that_cannot_be_sent(make: Make, length: int) -> None:
    port = make()
    port.open(16, Mode.FRAMES)
    with pytest.raises(PortError, match=f"timeslot 16: a frame of {length} octets"):
        port.send(16, bytes(length))


def test_a_busy_driver_makes_frames_wait_and_then_refuses(kernel: Kernel, make: Make) -> None:
    port = make()
    open_d(port)

    def flood() -> None:
        for number in range(2000):
            port.send(16, number.to_bytes(4, "big"))

    with pytest.raises(QueueFull, match="dahdi:1, timeslot 16"):
        flood()
    first = kernel.line[16].recv(100)
    assert first == b"\0\0\0\0\0\0"
    poll(port, SECOND)
    assert port.counters["frames sent"] > 1


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (abi.DriverEvent.ABORT, "abort"),
        (abi.DriverEvent.OVERRUN, "too-long"),
        (abi.DriverEvent.BADFCS, "bad-fcs"),
    ],
)
def test_events_of_the_driver_are_bad_frames(kernel: Kernel, make: Make, event: int, error: str) -> None:
    port = make()
    port.open(16, Mode.FRAMES)
    poll(port)
    kernel.event(16, event)
    kernel.line[16].send(SABME + b"\0\0")
    assert poll(port, 8) == [BadFrame(8, 16, error, b""), Frame(8, 16, SABME)]
    assert port.stats()["bad frames"] == 1


def test_an_event_met_when_sending_is_not_lost(kernel: Kernel, make: Make) -> None:
    port = make()
    now = open_d(port)
    kernel.event(16, abi.DriverEvent.ABORT)
    port.send(16, SABME)
    assert kernel.line[16].recv(100)[:-2] == SABME
    assert port.next_deadline() == now
    assert poll(port, now + 8) == [BadFrame(now, 16, "abort", b"")]


def test_a_stub_of_a_frame_is_too_short(kernel: Kernel, make: Make) -> None:
    port = make()
    port.open(16, Mode.FRAMES)
    kernel.line[16].send(b"\0\1\2\3")
    assert poll(port, 8) == [BadFrame(8, 16, "too-short", b"")]


@pytest.mark.parametrize("asked_for", [True, False])
def test_our_hdlc_runs_a_clear_channel(kernel: Kernel, make: Make, asked_for: bool) -> None:
    """Because it is asked for, or because the driver has none."""
    if not asked_for:
        kernel.refuses[abi.HDLCFCSMODE] = errno.EINVAL
    port = make(own_hdlc=asked_for)
    port.open(16, Mode.FRAMES)
    line = kernel.line[16]
    encoder = BitEncoder()
    port.send(16, SABME)
    encoder.queue(SABME)
    line.send(encoder.octets(40))
    (frame,) = poll(port, 40 * SAMPLE)
    assert isinstance(frame, Frame)
    assert frame.data == SABME
    assert frame.at < 40 * SAMPLE
    sent = b"".join(line.recv(100) for _ in range(3))
    heard = BitEncoder()
    heard.queue(SABME)
    assert sent == heard.octets(120)


# -- audio, CAS ---------------------------------------------------------------------------------------------


def test_octets_in_blocks_both_ways(kernel: Kernel, make: Make, host: Host) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    poll(port, 0)
    assert abi.Number(abi.Flush.READ) in kernel.asked(abi.FLUSH)
    port.play(1, lambda first, n: bytes(0x30 + (first + i) % 10 for i in range(n)), 0)
    block = bytes(range(160))
    kernel.line[1].send(block)
    host.seconds += 0.02
    poll(port, 160 * SAMPLE)
    assert port.heard(1, 0, 160) == block
    assert port.counted() == port.horizon(1) == 160 * SAMPLE
    sent = [kernel.line[1].recv(1000) for _ in range(3)]
    assert [len(octets) for octets in sent] == [160] * 3
    assert sent[0][:5] == b"01234"


def test_cas_bits_both_ways(kernel: Kernel, make: Make) -> None:
    port = make()
    port.open(4, Mode.CAS)
    assert kernel.channels[4].sigtype == abi.Signalling.CAS
    port.cas(4, 0b1101)
    assert kernel.asked(abi.SETTXBITS) == [abi.Number(0b1101)]
    kernel.bits[4] = 0b1001
    kernel.event(4, abi.DriverEvent.BITSCHANGED)
    kernel.line[4].send(bytes(160))
    assert Cas(8, 4, 0b1001) in poll(port, 8)
    port.play(4, None, 0)  # its octets can be played, too
    with pytest.raises(PortError, match="16 is not four bits"):
        port.cas(4, 16)
    port.open(5, Mode.OCTETS)
    with pytest.raises(PortError, match="timeslot 5: cannot send ABCD bits, it is octets"):
        port.cas(5, 1)


# -- alarms, maintenance, the end ---------------------------------------------------------------------------


def test_alarms_by_name_once_for_all_channels(kernel: Kernel, make: Make, host: Host) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    port.open(16, Mode.FRAMES)
    assert poll(port, 0) == []
    red = abi.AlarmFlag.RED | abi.AlarmFlag.LOS
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], alarms=int(red))
    for channel in (1, 16):
        kernel.event(channel, abi.DriverEvent.ALARM)
        kernel.line[channel].send(bytes(160))
    alarms = [event for event in poll(port, 8) if isinstance(event, Alarm)]
    assert alarms == [Alarm(8, "LOS", True), Alarm(8, "RED", True)]
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], alarms=int(abi.AlarmFlag.YELLOW), crc4count=7)
    host.seconds += 1.1  # a change from one alarm to another has no event
    assert poll(port, SECOND) == [
        Alarm(SECOND, "LOS", False), Alarm(SECOND, "RAI", True), Alarm(SECOND, "RED", False),
    ]  # fmt: skip
    assert port.stats()["CRC-4 errors"] == 7


def test_an_alarm_that_is_there_at_the_start_is_told(kernel: Kernel, make: Make) -> None:
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], alarms=int(abi.AlarmFlag.BLUE))
    port = make()
    assert poll(port, 5) == [Alarm(5, "AIS", True)]


def test_a_timeslot_is_looped_for_a_while(kernel: Kernel, make: Make) -> None:
    port = make()
    port.open(7, Mode.OCTETS)
    port.insert(LineFault(SLOT_LOOP, 8, 80, slot=7))
    poll(port, 8)
    poll(port, 88)
    assert kernel.asked(abi.LOOPBACK) == [abi.Number(1), abi.Number(0)]
    port.insert(LineFault(SLOT_LOOP, 100, 80))  # all that are open
    poll(port, 100)
    assert len(kernel.asked(abi.LOOPBACK)) == 3
    with pytest.raises(PortError, match="needs a timeslot that is open, not 8"):
        port.insert(LineFault(SLOT_LOOP, 0, 8, slot=8))


@pytest.mark.parametrize("how", ["event", "read", "span"])
def test_a_device_that_vanishes_is_told_of_once(kernel: Kernel, make: Make, host: Host, how: str) -> None:
    port = make()
    port.open(16, Mode.FRAMES)
    poll(port, 0)
    if how == "event":
        kernel.event(16, abi.DriverEvent.REMOVED)
        kernel.line[16].send(bytes(10))
    elif how == "read":
        kernel.line[16].close()
        kernel.refuses[abi.GETEVENT] = errno.ENODEV
        kernel.event(16, abi.DriverEvent.NONE)
    else:
        del kernel.spans[1]
        host.seconds += 2
    (gone,) = poll(port, 8)
    assert isinstance(gone, Gone)
    assert poll(port, 16) == []
    assert port.fds() == ()
    port.send(16, SABME)  # is lost, as on the line
    port.close()
    port.close()


def test_ports_are_listed_by_span(kernel: Kernel) -> None:
    driver = Driver(kernel.system)
    assert [info.spanno for info in driver.spans()] == [1, 2]
    assert driver.version() == "2.11.1"
    driver.close()
    driver.close()
    assert kernel.open_fds == set()


@pytest.mark.skipif(Path("/dev/dahdi").exists(), reason="there is DAHDI here")
def test_without_the_driver_there_are_no_ports() -> None:
    assert list(dahdi.list_ports()) == []
    with pytest.raises(PortError, match="there is no DAHDI here"):
        dahdi.open_port("1", SpanConfig(name="s"))
