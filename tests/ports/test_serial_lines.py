"""Serial cards on real lines, in real time: ptys, TCP, RFC 2217, and what is not a card at all.

The reference cards run in a process of their own, `python -m trunkbench.refcard`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial
import serial.rfc2217
from serialcards import Cards

from trunkbench.config import SpanConfig, load_config
from trunkbench.device import Event, Frame, Gone, Mode
from trunkbench.errors import PortError
from trunkbench.ports import serialcard, serialline
from trunkbench.ports.registry import back_end
from trunkbench.ports.serialcard import SerialCardPort, open_port
from trunkbench.refcard.__main__ import main as refcard_main
from trunkwire.seriallink.frames import Envelope, seal
from trunkwire.seriallink.messages import HELLO, Hello
from trunkwire.ticks import SAMPLE, SECOND, Tick, seconds

pytestmark = pytest.mark.realtime

ROOT = Path(__file__).parents[2]
SPAN = SpanConfig(name="span1")
SABME = bytes.fromhex("00017f")
D_SLOT = 16


@pytest.fixture
def cards(tmp_path: Path) -> Iterator[Cards]:
    cards = Cards(tmp_path)
    yield cards
    cards.end()


class Runner:
    """Polls ports in real time."""

    def __init__(self, *ports: SerialCardPort) -> None:
        self.ports = ports
        self.events: list[list[Event]] = [[] for _ in ports]
        self._began = time.monotonic()

    def until(self, condition: Callable[[], bool], within: float = 5.0) -> bool:
        """Poll until the condition holds; whether it did."""
        limit = time.monotonic() + within
        while not condition() and time.monotonic() < limit:
            now: Tick = int((time.monotonic() - self._began) * SECOND)
            for port, events in zip(self.ports, self.events, strict=True):
                events += port.poll(now)
            deadlines = [due for port in self.ports if (due := port.next_deadline()) is not None]
            poller = select.poll()
            for port in self.ports:
                for fd, mask in port.fds():
                    poller.register(fd, mask)
            poller.poll(max(min([*deadlines, now + SECOND // 50]) - now, 1) / SECOND * 1000)
        return condition()

    def frames(self, index: int) -> list[bytes]:
        """The frames that a port was given."""
        return [event.data for event in self.events[index] if isinstance(event, Frame)]


def open_both(cards: Cards) -> tuple[SerialCardPort, SerialCardPort]:
    """A port on each card."""
    return open_port(cards.paths[0], SPAN), open_port(cards.paths[1], SPAN)


def talk(near: SerialCardPort, far: SerialCardPort, count: int = 30) -> None:
    """Frames both ways, audio both ways, and give both ports back."""
    runner = Runner(near, far)
    for port in (near, far):
        port.open(D_SLOT, Mode.FRAMES)
        for slot in (1, 2, 31):
            port.open(slot, Mode.OCTETS)
    for _ in range(100):  # until both cards have opened the slot, and have seen a flag on it
        near.send(D_SLOT, SABME)
        far.send(D_SLOT, SABME)
        if runner.until(lambda: bool(runner.frames(0) and runner.frames(1)), within=0.1):
            break
    runner.until(lambda: False, within=0.1)
    for events in runner.events:
        events.clear()
    near.play(1, lambda first, n: bytes((0x31,)) * n, 0)
    far.play(31, lambda first, n: bytes((0x32,)) * n, 0)
    frames = [SABME + number.to_bytes(2, "big") for number in range(count)]
    for frame in frames:
        near.send(D_SLOT, frame)
        far.send(D_SLOT, frame[::-1])
    assert runner.until(lambda: len(runner.frames(0)) >= count and len(runner.frames(1)) >= count)
    assert runner.frames(1) == frames
    assert runner.frames(0) == [frame[::-1] for frame in frames]
    assert runner.until(lambda: latest(far, 1) == 0x31 and latest(near, 31) == 0x32)
    assert latest(near, 2) == near._configure.idle
    near.close()
    far.close()


def latest(port: SerialCardPort, slot: int) -> int:
    """The last octet heard on a slot."""
    return port.heard(slot, port.horizon(slot) // SAMPLE - 1, 1)[0]


def test_on_a_pty_which_has_no_modem_lines(cards: Cards) -> None:
    near, far = open_both(cards)
    assert near.name == f"serial {cards.paths[0]}"
    assert near.caps.slots == tuple(range(1, 32))
    assert near.card is not None
    assert near.card.name == "trunkbench reference card"
    talk(near, far)
    assert cards.end() == 0
    assert not Path(cards.paths[0]).is_symlink()


def test_a_run_after_one_that_was_killed_finds_idle_cards(cards: Cards) -> None:
    near, far = open_both(cards)
    near.open(D_SLOT, Mode.FRAMES)
    near.open(1, Mode.OCTETS)
    near._line.close()  # no word to the card, as when the process is killed
    far._line.close()
    began = time.monotonic()
    talk(*open_both(cards))
    assert time.monotonic() - began < 5


def test_a_card_held_by_another_process_is_named(cards: Cards) -> None:
    first = open_port(cards.paths[0], SPAN)
    with pytest.raises(PortError, match=r"serial .*near: cannot be opened: another process holds it"):
        open_port(cards.paths[0], SPAN)
    first.close()


def test_a_device_that_vanishes(cards: Cards) -> None:
    near = open_port(cards.paths[0], SPAN)
    runner = Runner(near)
    near.open(D_SLOT, Mode.FRAMES)
    runner.until(lambda: False, within=0.1)
    cards.process.kill()
    assert runner.until(lambda: any(isinstance(event, Gone) for event in runner.events[0]))
    near.close()
    assert len([event for event in runner.events[0] if isinstance(event, Gone)]) == 1


@contextlib.contextmanager
def served(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A TCP server for one connection, which `serve` handles in a thread; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                serve(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
        assert not thread.is_alive()


def bridge(device: serial.Serial, connection: socket.socket) -> None:
    """Carry octets between a device and a TCP connection until that ends."""
    while True:
        ready, _, _ = select.select([device.fileno(), connection], [], [])
        if connection in ready:
            octets = connection.recv(4096)
            if not octets:
                return
            device.write(octets)
        if device.fileno() in ready:
            connection.sendall(os.read(device.fileno(), 4096))


def test_over_tcp(cards: Cards) -> None:
    with serial.Serial(cards.paths[0], timeout=0) as device, served(lambda c: bridge(device, c)) as port:
        talk(open_port(f"socket://127.0.0.1:{port}", SPAN), open_port(cards.paths[1], SPAN))


class Modemless(serial.Serial):  # type: ignore[misc]  # pyserial has no types
    """A pty as a serial server takes it: asked for its modem lines it would raise OSError 25."""

    cts = dsr = cd = True
    ri = False

    def _update_dtr_state(self) -> None:
        pass

    _update_rts_state = _update_break_state = _update_dtr_state


def rfc2217(device: serial.SerialBase, connection: socket.socket) -> None:
    """Serve a device by RFC 2217 until the connection ends, with pyserial's own server side."""
    lock = threading.Lock()

    class Out:
        def write(self, octets: bytes) -> None:
            with lock, contextlib.suppress(OSError):
                connection.sendall(octets)

    manager = serial.rfc2217.PortManager(device, Out())
    done = threading.Event()

    def to_network() -> None:
        while not done.is_set():
            octets = device.read(max(device.in_waiting, 1))
            if octets:
                Out().write(b"".join(manager.escape(octets)))

    thread = threading.Thread(target=to_network)
    thread.start()
    try:
        while octets := connection.recv(4096):
            device.write(b"".join(manager.filter(octets)))
    except OSError:
        pass
    finally:
        done.set()
        thread.join(5)


def test_over_rfc_2217(cards: Cards) -> None:
    with Modemless(cards.paths[0], timeout=0.02) as device, served(lambda c: rfc2217(device, c)) as port:
        near = open_port(f"rfc2217://127.0.0.1:{port}", SPAN)
        assert near.fds() == ()
        talk(near, open_port(cards.paths[1], SPAN), count=10)


@pytest.mark.parametrize("address", ["loop://", "rfc2217"])
def test_an_echo_is_not_a_card(address: str) -> None:
    with contextlib.ExitStack() as stack:
        if address == "rfc2217":
            device = stack.enter_context(serial.serial_for_url("loop://", timeout=0.02))
            port = stack.enter_context(served(lambda c: rfc2217(device, c)))
            address = f"rfc2217://127.0.0.1:{port}"
        with pytest.raises(PortError, match="a host too, or our own echo"):
            open_port(address, SPAN)


def test_firmware_of_another_major_version_is_named() -> None:
    body = Hello.layout.build(
        Hello(major=2, minor=3, card=True, ready=False, credit=1, incarnation=5, peer=0)
    )

    def serve(connection: socket.socket) -> None:
        while connection.recv(4096):
            connection.sendall(seal(Envelope(numbered=False, kind=HELLO, nr=0, body=body)))

    with (
        served(serve) as port,
        pytest.raises(PortError, match=r"the card speaks version 2\.3 of the link protocol, this bench 1\.1"),
    ):
        open_port(f"socket://127.0.0.1:{port}", SPAN)


@pytest.mark.parametrize(
    ("noise", "heard"), [(b"", "nothing came"), (b"\x07login: \0" * 3, r"\d+ damaged frames came")]
)
def test_what_is_no_card_is_named(noise: bytes, heard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serialcard, "OPEN_WITHIN_S", 0.3)

    def serve(connection: socket.socket) -> None:
        while connection.recv(4096):
            connection.sendall(noise)

    with (
        served(serve) as port,
        pytest.raises(PortError, match=rf"no trunk card answered within 0\.3 s \({heard}"),
    ):
        open_port(f"socket://127.0.0.1:{port}", SPAN)


def test_a_peer_that_closes_is_gone() -> None:
    with (
        served(lambda connection: None) as port,
        pytest.raises(PortError, match=r"closed at the other end|reset by peer"),
    ):
        open_port(f"socket://127.0.0.1:{port}", SPAN)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/dev/there-is-no-such", "there is no such device; plug the card in"),
        ("socket://127.0.0.1:1", "is the address right"),
        ("nonsense://x", "is the address right"),
        ("/dev/null", "is the address right"),
    ],
)
def test_an_address_that_cannot_be_opened_is_named(address: str, told: str) -> None:
    with pytest.raises(PortError) as caught:
        open_port(address, SPAN)
    assert f"serial {address}: cannot be opened" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.EACCES, "no permission; add yourself"), (errno.EBUSY, "another process holds it")],
)
def test_a_device_that_may_not_be_opened(number: int, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}

    def refuse(url: str, **options: object) -> None:
        given.update(options, url=url)
        raise serial.SerialException(number, "refused")

    monkeypatch.setattr(serial, "serial_for_url", refuse)
    with pytest.raises(PortError, match=told):
        open_port("/dev/ttyUSB0@2000000", SPAN)
    assert given == {
        "url": "/dev/ttyUSB0",
        "baudrate": 2_000_000,
        "timeout": 0,
        "exclusive": True,
        "do_not_open": True,
    }


def test_a_device_that_fails_while_it_is_used_says_why() -> None:
    class Broken:
        def fileno(self) -> int:
            raise OSError

        in_waiting = 0

        def read(self, n: int) -> bytes:
            raise OSError(errno.EIO, "x")

        write = read

        def close(self) -> None:
            raise serial.SerialException("it is gone")

    line = serialline.SerialLine(Broken())
    for attempt in (line.read, lambda: line.write(b"x")):
        with pytest.raises(serialline.LineGone, match="Input/output error"):
            attempt()
    line.close()


def test_the_back_end_and_its_config(tmp_path: Path) -> None:
    assert back_end("serial") is serialcard
    config = load_config(ROOT / "hw-config" / "serial-card.toml")
    (span,) = config.spans
    assert span.port == "serial:/dev/ttyACM0"
    assert span.far_port == "serial:/dev/ttyACM1"
    assert all(len(row) == 2 for row in serialcard.list_ports())


def test_reference_cards_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "near").touch()
    assert refcard_main(["--near", str(tmp_path / "near")]) == 5
    assert "remove what is there" in capsys.readouterr().err
    for options in (["--channels", "31"], ["--reset-every", "soon"]):
        with pytest.raises(SystemExit) as caught:
            refcard_main(options)
        assert caught.value.code == 2


def test_reference_cards_do_not_spin(cards: Cards) -> None:
    near = open_port(cards.paths[0], SPAN)
    stat = Path(f"/proc/{cards.process.pid}/stat")
    before = sum(map(int, stat.read_text().split()[13:15]))
    Runner(near).until(lambda: False, within=1.0)
    used = sum(map(int, stat.read_text().split()[13:15])) - before
    near.close()
    assert seconds(0) <= used / os.sysconf("SC_CLK_TCK") < 0.5
