"""The osmo-e1d client port against our server, in one thread: when the client waits, the server is served."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e1draw import HDLC, RawClient, packet
from e1dstage import PERIOD, SABME, UA, Stage, StepClock

from trunkbench.config import SpanConfig
from trunkbench.device import Alarm, Counting, Event, Frame, Gap, Gone, LineFault, Mode, Port
from trunkbench.e1dserver import offer_pair
from trunkbench.errors import PortError
from trunkbench.ports import e1d, e1dcontrol, e1dproto
from trunkbench.ports.e1d import E1dPort, list_ports, open_port
from trunkbench.ports.e1dcontrol import Control
from trunkwire.ticks import SAMPLE, SECOND

SPAN = SpanConfig(name="s", port="e1d:0:0")
IDLE = 0xD5


class Bench:
    """Client ports on a stage, on one line time."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.ports: list[E1dPort] = []
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, fd: int, seconds: float) -> bool:
        """The client waits: the server does what it has to, and a little time passes."""
        self.seconds += 0.05
        self.stage.run(0)
        return e1dcontrol.wait_readable(fd, 0)

    def port(self, intf: int = 0, *, line: int = 0, force: bool = False) -> E1dPort:
        control = Control(Path(self.stage.path), wait=self.wait, monotonic=self.monotonic)
        self.ports.append(
            E1dPort(control, intf, line, idle=IDLE, force=force, wait=self.wait, monotonic=self.monotonic)
        )
        return self.ports[-1]

    def run(self, ticks: int) -> list[Event]:
        """Let line time pass in steps of 5 ms; the events of all ports, in order."""
        events: list[Event] = []
        until = self.stage.offer.pump.now + ticks
        while (now := self.stage.offer.pump.now) < until:
            self.stage.run(min(PERIOD // 4, until - now))
            self.seconds += (self.stage.offer.pump.now - now) / SECOND
            for port in self.ports:
                events += port.poll(self.stage.offer.pump.now)
        return events


@pytest.fixture
def lab(pair: Stage) -> Iterator[Bench]:
    made = Bench(pair)
    yield made
    for port in made.ports:
        port.close()


def pattern(first: int, n: int) -> bytes:
    return bytes(sample % 251 for sample in range(first, first + n))


def test_it_is_a_port_that_counts(lab: Bench) -> None:
    port = lab.port()
    port.check_line()
    assert isinstance(port, Port)
    assert isinstance(port, Counting)
    assert {"LOS", "LOF", "AIS", "RAI"} < port.caps.alarms


def test_frames(lab: Bench) -> None:
    near, far = lab.port(0), lab.port(1)
    near.open(16, Mode.FRAMES)
    far.open(16, Mode.FRAMES)
    near.send(16, SABME)
    far.send(16, UA)
    frames = [event for event in lab.run(SECOND // 20) if isinstance(event, Frame)]
    assert sorted(frame.data for frame in frames) == sorted((SABME, UA))
    assert {frame.slot for frame in frames} == {16}


def test_audio_both_ways(lab: Bench) -> None:
    """After the jitter buffer has filled, what is played is heard at the other end, octet for octet."""
    near, far = lab.port(0), lab.port(1)
    for port in (near, far):
        port.open(1, Mode.OCTETS)
        port.play(1, pattern, 0)
    events = lab.run(2 * SECOND)
    assert [event for event in events if isinstance(event, Gap)] == []
    for port in (near, far):
        horizon = port.horizon(1) // SAMPLE
        assert horizon > 15_000
        heard = port.heard(1, 4000, horizon - 4000)
        (at,) = [shift for shift in range(251) if heard.startswith(pattern(shift, 251))]
        assert heard == pattern(at, len(heard))
        assert port.lost(1, 0, horizon) == []
        assert port.counted() == port.horizon(1)


def test_silence_is_the_law_s(lab: Bench) -> None:
    near, far = lab.port(0), lab.port(1)
    near.open(1, Mode.OCTETS)
    far.open(1, Mode.OCTETS)
    lab.run(SECOND)
    assert set(near.heard(1, 4000, 2000)) == {IDLE}


def test_what_the_daemon_has_not(lab: Bench) -> None:
    with pytest.raises(PortError, match="there is no interface 2; it has interface 0, 1"):
        lab.port(2).check_line()
    with pytest.raises(PortError, match="interface 1 has no line 3; it has line 0"):
        lab.port(1, line=3).check_line()
    port = lab.port(1, line=3)
    with pytest.raises(PortError, match="timeslot 1: the daemon refused to open it"):
        port.open(1, Mode.OCTETS)
    with pytest.raises(PortError, match="there is no timeslot 0"):
        lab.port().open(0, Mode.OCTETS)


def test_superchannel_has_no_timeslots(lab: Bench) -> None:
    (line,) = lab.stage.offer.server.interfaces[0]
    line.mode = e1dproto.LineMode.SUPERCHANNEL
    with pytest.raises(PortError, match="the line is a superchannel, without timeslots; set `mode chan"):
        lab.port().check_line()


def test_timeslot_of_another_program(lab: Bench) -> None:
    """Asked for again while that program may be dying; then named, with what can be done."""
    other = lab.stage.client()
    theirs = lab.stage.open(other, 16, HDLC)
    port = lab.port()
    with pytest.raises(PortError, match=r"timeslot 16: it is in use by another program; .*\?force"):
        port.open(16, Mode.FRAMES)
    assert lab.seconds >= e1d.BUSY_FOR_S
    port.open(17, Mode.FRAMES)  # the port is none the worse
    lab.stage.close_fd(theirs)
    port.open(16, Mode.FRAMES)


def test_timeslot_of_a_program_that_has_just_died(lab: Bench) -> None:
    other = lab.stage.client()
    theirs = lab.stage.open(other, 16, HDLC)
    waited = 0

    def wait(fd: int, seconds: float) -> bool:
        nonlocal waited
        waited += 1
        if waited == 5:
            lab.stage.close_fd(theirs)
        return lab.wait(fd, seconds)

    control = Control(Path(lab.stage.path), wait=wait, monotonic=lab.monotonic)
    port = E1dPort(control, 0, 0, idle=IDLE, wait=wait, monotonic=lab.monotonic)
    lab.ports.append(port)
    port.open(16, Mode.FRAMES)


def test_force(lab: Bench) -> None:
    first, second = lab.port(), lab.port(force=True)
    first.open(16, Mode.FRAMES)
    second.open(16, Mode.FRAMES)
    (gone,) = list(first.poll(5))
    assert isinstance(gone, Gone)
    assert "timeslot 16" in gone.reason
    assert list(second.poll(5)) == []


def test_limit_of_an_hdlc_frame(lab: Bench) -> None:
    near, far = lab.port(0), lab.port(1)
    near.open(16, Mode.FRAMES)
    far.open(16, Mode.FRAMES)
    with pytest.raises(PortError, match=r"timeslot 16: a frame of 263 octets cannot be sent: .* 1 to 262"):
        near.send(16, bytes(263))
    near.send(16, bytes(262))
    frames = [event.data for event in lab.run(SECOND // 10) if isinstance(event, Frame)]
    assert frames == [bytes(262)]


def test_alarms(bench: Stage) -> None:
    lab = Bench(bench)
    port = lab.port()
    port.open(16, Mode.FRAMES)
    (wire,) = bench.offer.wires
    wire.near.insert(LineFault("cut", bench.offer.pump.now + PERIOD, SECOND // 10))
    alarms = [event for event in lab.run(SECOND) if isinstance(event, Alarm)]
    port.close()
    states = [(alarm.name, alarm.on) for alarm in alarms]
    assert states.index(("LOS", True)) < states.index(("LOS", False))
    assert alarms == sorted(alarms, key=lambda alarm: alarm.at)


def test_sa_bits(lab: Bench) -> None:
    """All of them when they are first told, then those that change."""
    near, far = lab.port(0), lab.port(1)
    far.transmit_sa_bits(0x10)
    alarms = {(event.name, event.on) for event in lab.run(PERIOD) if isinstance(event, Alarm)}
    assert alarms == {("Sa4", True), ("Sa5", False), ("Sa6", False), ("Sa7", False), ("Sa8", False)}
    far.transmit_sa_bits(0x90)
    events = lab.run(PERIOD)
    assert [(event.name, event.on) for event in events if isinstance(event, Alarm)] == [("Sa8", True)]
    near.close()
    with pytest.raises(PortError, match="cannot set the Sa bits, it was closed"):
        near.transmit_sa_bits(0)


def test_end_of_the_daemon(lab: Bench) -> None:
    port = lab.port()
    port.open(16, Mode.FRAMES)
    port.open(1, Mode.OCTETS)
    lab.run(PERIOD)
    lab.stage.offer.close()
    gone = [event for event in port.poll(lab.stage.offer.pump.now) if isinstance(event, Gone)]
    assert len(gone) == 1
    assert list(port.poll(lab.stage.offer.pump.now)) == []
    assert port.fds() == ()
    with pytest.raises(PortError, match="the device has gone"):
        port.transmit_sa_bits(0)
    port.close()


def test_closing_frees_every_timeslot(lab: Bench) -> None:
    port = lab.port()
    for slot in range(1, 32):
        port.open(slot, Mode.FRAMES if slot == 16 else Mode.OCTETS)
    port.close()
    lab.stage.run(PERIOD)
    (line,) = lab.stage.offer.server.interfaces[0]
    assert line.slots == {}
    again = lab.port()
    for slot in range(1, 32):
        again.open(slot, Mode.FRAMES if slot == 16 else Mode.OCTETS)


def test_half_configured_span(lab: Bench) -> None:
    """One timeslot is somebody else's: those that were opened before it are given back with the port."""
    lab.stage.open(lab.stage.client(), 3, HDLC)
    port = lab.port()
    port.open(1, Mode.OCTETS)
    port.open(2, Mode.OCTETS)
    with pytest.raises(PortError, match="timeslot 3"):
        port.open(3, Mode.OCTETS)
    port.close()
    lab.stage.run(PERIOD)
    (line,) = lab.stage.offer.server.interfaces[0]
    assert set(line.slots) == {3}


def test_addresses(tmp_path: Path) -> None:
    for address in ("", "0", "0:", "/x:0", "0:0:", "0:0?forced", "/x:0:0:?force"):
        with pytest.raises(PortError, match="is no address of osmo-e1d; write e1d:INTERFACE:LINE"):
            open_port(address, SPAN)
    with pytest.raises(PortError, match="there is no such socket; start osmo-e1d"):
        open_port(f"{tmp_path}/none:0:0?force", SPAN)
    offer = offer_pair(tmp_path / "dead", clock=StepClock())
    os.link(tmp_path / "dead", tmp_path / "left")
    offer.close()
    with pytest.raises(PortError, match="nobody listens on this socket"):
        open_port(f"{tmp_path}/left:0:0", SPAN)
    (tmp_path / "plain").write_text("")
    with pytest.raises(PortError, match="plain: "):
        open_port(f"{tmp_path}/plain:0:0", SPAN)


def test_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    class Refusing(socket.socket):
        connect = refuse

    monkeypatch.setattr(socket, "socket", Refusing)
    with pytest.raises(PortError, match="no permission to connect; join the group"):
        open_port(f"{tmp_path}/ctl:0:0", SPAN)


def test_ports_that_are_there(pair: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(e1dproto, "default_path", lambda: tmp_path / "none")
    assert list_ports() == []
    lab = Bench(pair)
    pair.open(pair.client(), 16, HDLC)
    made = Control(Path(pair.path), wait=lab.wait, monotonic=lab.monotonic)
    monkeypatch.setattr(e1d, "Control", lambda path: made)
    assert [(address, what.rpartition(", ")[2]) for address, what in list_ports()] == [
        ("e1d:0:0", "1 timeslots in use"),
        ("e1d:1:0", "RAW octets"),
    ]


# -- a daemon that misbehaves ------------------------------------------------------------------------------


class BadDaemon:
    """Answers the first request with these packets, or by closing the connection."""

    def __init__(self, path: Path, *answers: bytes | None) -> None:
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(path))
        self.listener.listen()
        self.answers = list(answers)
        self.client: socket.socket | None = None
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def wait(self, fd: int, seconds: float) -> bool:
        self.seconds += 0.5
        if self.client is None:
            self.client, _ = self.listener.accept()
            self.client.recv(4096)
            for answer in self.answers:
                if answer is None:
                    self.client.close()
                else:
                    self.client.send(answer)
        return e1dcontrol.wait_readable(fd, 0)

    def close(self) -> None:
        self.listener.close()
        if self.client is not None:
            self.client.close()


INTERFACES = packet(0x80, payload=b"\x00\x01")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Callable[..., Control]]:
    made: list[BadDaemon | Control] = []

    def factory(*answers: bytes | None) -> Control:
        bad = BadDaemon(tmp_path / "ctl", *answers)
        control = Control(tmp_path / "ctl", wait=bad.wait, monotonic=bad.monotonic)
        made.extend((bad, control))
        return control

    yield factory
    for thing in made:
        thing.close()


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ((None,), "answers INTF_QUERY by closing the connection"),
        ((), "no answer to INTF_QUERY within 2 s; is the daemon stuck"),
        ((packet(0xC5),), "INTF_QUERY failed at the daemon with code 5"),
        ((packet(0x81),), "was answered by a message of type 0x81"),
        ((packet(0x80, payload=b"\x00"),), "the answer to INTF_QUERY is malformed: 1 octets are no array"),
        ((packet(0x80, magic=1),), "malformed message: magic 0x0001 is not 0x01e1"),
        ((packet(0x80, length=99),), "malformed message: the header says 99 octets, the packet has 8"),
        ((b"\xe1\x01",), "malformed message: 2 octets are shorter than the header of 8"),
    ],
)
def test_daemon_that_answers_wrongly(
    daemon: Callable[..., Control], answers: tuple[bytes | None, ...], complaint: str
) -> None:
    with pytest.raises(PortError, match=complaint):
        daemon(*answers).interfaces()


def test_events_before_the_response_are_kept(daemon: Callable[..., Control]) -> None:
    control = daemon(packet(0x40, 0, 0), packet(0x44, 0, 0), INTERFACES)
    assert [info.n_lines for info in control.interfaces()] == [1]
    assert [message.kind for message in control.poll()] == [0x40, 0x44]
    assert control.poll() == []


def test_events_of_other_lines_and_unknown_ones(daemon: Callable[..., Control]) -> None:
    control = daemon(
        packet(0x40, 1, 0),
        packet(0x40, 0, 1),
        packet(0x50, 0, 0),
        packet(0x7F, 0, 0),
        packet(0x46, 0, 0),
        INTERFACES,
    )
    port = E1dPort(control, 0, 0, idle=IDLE)
    control.interfaces()
    assert port.next_deadline() == 0  # they are to be told at once
    events = list(port.poll(9))
    assert port.next_deadline() is None
    port.close()
    assert events == [Alarm(9, "LOF", True)]
    assert port.stats()["unknown events"] == 2


def test_raw_client_and_port_see_the_same(lab: Bench) -> None:
    """A RAW client that shares no code with the port hears it, and is heard."""
    port = lab.port(0)
    port.open(16, Mode.FRAMES)
    other: RawClient = lab.stage.client()
    fd = lab.stage.open(other, 16, HDLC, intf=1)
    port.send(16, SABME)
    os.write(fd, UA)
    frames = [event.data for event in lab.run(SECOND // 20) if isinstance(event, Frame)]
    assert frames == [UA]
    assert os.read(fd, 100) == SABME
