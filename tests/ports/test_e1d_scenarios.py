"""The scenarios on two e1d client ports with our server between them, and what a killed run leaves behind.

Scenarios run in one thread on the server's line time: the sockets are real, waiting is not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from e1draw import HDLC, INTF_QUERY, RawClient, packet
from e1dstage import ROOT, Stage

from trunkbench.bench import Bench
from trunkbench.build import Trunk
from trunkbench.config import BenchConfig, SpanConfig, parse_config
from trunkbench.device import Clock, Fds
from trunkbench.errors import PortError
from trunkbench.ports import e1d, e1dcontrol
from trunkbench.ports.e1dcontrol import Control
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play
from trunkwire.g711 import Law
from trunkwire.ticks import SECOND, Tick


class ServersTime:
    """A clock that lets the server run until something happens there."""

    def __init__(self, stage: Stage) -> None:
        self._pump = stage.offer.pump

    def wait(self, until: Tick, fds: Fds) -> Tick:
        """The server's tick, at or before `until`."""
        self._pump.step(until)
        return self._pump.now


def crossover(path: Path | str) -> BenchConfig:
    """The shipped configuration, on that socket."""
    text = (ROOT / "hw-config" / "e1d.toml").read_text()
    return parse_config(text.replace('"e1d:', f'"e1d:{path}:'), "e1d.toml")


@pytest.fixture
def in_one_thread(pair: Stage, monkeypatch: pytest.MonkeyPatch) -> BenchConfig:
    """A bench on that configuration runs on the server's time."""

    def wait(fd: int, seconds: float) -> bool:
        pair.run(0)
        return e1dcontrol.wait_readable(fd, 0)

    def seconds() -> float:
        return pair.offer.pump.now / SECOND

    def open_port(address: str, span: SpanConfig) -> e1d.E1dPort:
        path, intf, line = address.rsplit(":", 2)
        control = Control(Path(path), wait=wait, monotonic=seconds)
        idle = Law(span.law).silence
        return e1d.E1dPort(control, int(intf), int(line), idle=idle, wait=wait, monotonic=seconds)

    def make_clock(config: BenchConfig, trunk: Trunk) -> Clock:
        return ServersTime(pair)

    monkeypatch.setattr(e1d, "open_port", open_port)
    monkeypatch.setattr("trunkbench.bench.make_clock", make_clock)
    return crossover(pair.path)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("thirty-calls", marks=pytest.mark.long),
        "busy-tone",
        pytest.param("no-channel", marks=pytest.mark.long),
        "restart",
    ],
)
def test_scenario(in_one_thread: BenchConfig, name: str) -> None:
    """Unchanged, and without a gap in the audio."""
    result = play(SCENARIOS[name], in_one_thread)
    assert result.verdict == "passed", (result.reason, result.checks)
    assert not [note for note in result.notes if "lost" in note]


def test_server_that_dies_with_calls_up(in_one_thread: BenchConfig, pair: Stage) -> None:
    """One clear error with port and channels, at once; what the calls heard until then can still be asked."""
    with Bench.from_config(in_one_thread) as bench:
        bench.far.number("300").answers()
        calls = bench.near.dial_many("300", 3)
        bench.run_until(calls[2].active, within="3s")
        bench.run_for("1s")
        pair.offer.server.close()
        with pytest.raises(PortError, match=r"the port has gone: .*; it carried calls on channels 1, 2, 3$"):
            bench.run_for("1s")
        assert [call.outcome.result for call in calls] == ["answered"] * 3
    (line,) = pair.offer.server.interfaces[0]
    assert line.slots == {}


# -- processes ---------------------------------------------------------------------------------------------


def interruptible(command: list[str]) -> subprocess.Popen[str]:
    """Start a command that Ctrl-C ends, wherever the tests themselves were started: in the background of a
    shell without job control SIGINT is ignored, which children inherit.
    """
    ours = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, ours)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `trunkbench e1d-serve`, as from a terminal, and waits until it listens."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "trunkbench", "e1d-serve", *arguments]
        process = interruptible(command)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith(str(tmp_path))
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_gives_everything_back(
    serve: Callable[..., subprocess.Popen[str]], tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "ctl"
    server = serve("--socket", str(path), "--hw", str(ROOT / "hw-config" / "e1d-serve.toml"))
    client = RawClient(str(path))
    fd = client.open(16, HDLC)
    reply = client.request(packet(INTF_QUERY))
    assert reply is not None
    assert reply.payload == bytes((0, 1))
    server.send_signal(number)
    _, complaint = server.communicate(timeout=10)
    assert server.returncode == (0 if number is signal.SIGTERM else 130)
    assert "Traceback" not in complaint
    while client.reply() is not None:
        pass
    os.set_blocking(fd, True)
    with contextlib.suppress(ConnectionResetError):
        while os.read(fd, 1000):
            pass
    client.close()
    os.close(fd)
    assert not path.exists()


def test_command_in_the_background_leaves_ctrl_c_to_others(tmp_path: Path) -> None:
    """`trunkbench e1d-serve &` in a script: SIGINT is ignored as the shell has it, SIGTERM ends it."""
    path = tmp_path / "ctl"
    command = [sys.executable, "-m", "trunkbench", "e1d-serve", "--socket", str(path), "--pair"]
    script = "trap '' INT; exec \"$@\""
    server = subprocess.Popen(
        ["sh", "-c", script, "sh", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith(str(path))
        server.send_signal(signal.SIGINT)
        client = RawClient(str(path))
        reply = client.request(packet(INTF_QUERY))
        client.close()
        assert reply is not None
        server.terminate()
        _, complaint = server.communicate(timeout=10)
    finally:
        server.kill()
        server.communicate()
    assert (server.returncode, complaint) == (0, "terminated: every timeslot was given back\n")
    assert not path.exists()


def test_command_on_a_socket_in_use(serve: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    path = str(tmp_path / "ctl")
    serve("--socket", path, "--pair")
    command = [sys.executable, "-m", "trunkbench", "e1d-serve", "--socket", path, "--pair"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert second.returncode == 5
    assert "a server listens there already; end it, or choose another socket" in second.stderr
