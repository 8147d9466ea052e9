"""The e1d server's events, clients that die or misbehave, and the server's own beginning and end."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from e1draw import ANY, HDLC, INTF_QUERY, RAW, SABITS, TS_QUERY, RawClient, Reply, open_request, packet
from e1dstage import PERIOD, ROOT, SABME, Stage, StepClock

from trunkbench.config import load_config
from trunkbench.device import LineFault
from trunkbench.e1dserver import offer_bench, offer_pair
from trunkbench.errors import ConfigError, PortError
from trunkwire.ticks import SECOND, Tick


def test_defects_of_the_line_are_told_to_every_client(bench: Stage) -> None:
    first, second = bench.client(), bench.client()
    (wire,) = bench.offer.wires
    start = bench.offer.pump.now + PERIOD
    wire.near.insert(LineFault("cut", start, SECOND // 10))
    bench.run(SECOND)
    for client in (first, second):
        told = []
        while not client.silent():
            reply = client.reply()
            assert reply is not None
            assert (reply.intf, reply.line, reply.ts, reply.payload) == (0, 0, ANY, b"")
            told.append(reply.kind)
        assert {0x40, 0x41} <= set(told)
        assert told.index(0x40) < told.index(0x41)


def test_sa_bits_reach_the_other_line(pair: Stage) -> None:
    client, other = pair.client(), pair.client()
    reply = pair.ask(client, packet(SABITS, 0, 0, payload=b"\x10"))
    # The event may come before the response, on the connection that asked.
    assert reply is not None
    answer = client.reply(0) if reply.kind == 0x7F else reply
    assert answer is not None
    assert (answer.kind, answer.payload) == (0x85, b"")
    told = other.reply(0)
    assert told == Reply(0x7F, 1, 0, ANY, b"\x10")
    pair.ask(client, packet(SABITS, 0, 0, payload=b"\x10"))
    assert other.silent()  # nothing has changed


# -- the end of a client, and of the server ----------------------------------------------------------------


def connect_only(stage: Stage, client: RawClient) -> None:
    """It dies as soon as it is connected."""


def half_a_request(stage: Stage, client: RawClient) -> None:
    client.send(packet(INTF_QUERY)[:5])


def request_without_waiting(stage: Stage, client: RawClient) -> None:
    client.send(packet(TS_QUERY, 0, 0))


def open_without_waiting(stage: Stage, client: RawClient) -> None:
    """The descriptor is in the response that nobody takes."""
    client.send(open_request(16, HDLC))
    client.send(open_request(1, RAW))


def frames_waiting(stage: Stage, client: RawClient) -> None:
    fd = stage.open(client, 16, HDLC)
    for _ in range(100):
        os.write(fd, SABME)


def audio_running(stage: Stage, client: RawClient) -> None:
    for slot in range(1, 16):
        os.write(stage.open(client, slot, RAW), bytes(480))
    stage.run(3 * PERIOD)


@pytest.mark.parametrize("until", [0, 80, PERIOD, SECOND])
@pytest.mark.parametrize(
    "step",
    [
        connect_only,
        half_a_request,
        request_without_waiting,
        open_without_waiting,
        frames_waiting,
        audio_running,
    ],
)
def test_client_that_dies_at_any_moment(
    bench: Stage, step: Callable[[Stage, RawClient], None], until: Tick
) -> None:
    """All its descriptors close at once, as when a process is killed: every timeslot is free at once."""
    client = RawClient(bench.path)
    step(bench, client)
    client.close()
    for fd in list(bench.fds):
        bench.close_fd(fd)
    bench.run(until)
    other = bench.client()
    reply = bench.ask(other, packet(TS_QUERY, 0, 0))
    assert reply is not None
    bench.run(SECOND // 1000)
    for slot, mode in ((16, HDLC), *((slot, RAW) for slot in range(1, 16))):
        bench.open(other, slot, mode)


def test_end_of_the_server(pair: Stage, tmp_path: Path) -> None:
    client = pair.client()
    fds = [pair.open(client, 16, HDLC), pair.open(client, 1, RAW)]
    pair.offer.close()
    pair.offer.close()
    assert client.reply(0) is None
    assert [os.read(fd, 10) for fd in fds] == [b"", b""]
    assert not (tmp_path / "ctl").exists()
    assert pair.offer.server.fds() == ()
    with pytest.raises(FileNotFoundError):
        RawClient(pair.path)


def test_too_many_clients(pair: Stage) -> None:
    clients = [pair.client() for _ in range(64)]
    late = RawClient(pair.path)
    pair.run(0)
    assert late.reply(0) is None
    late.close()
    clients[0].close()
    pair.run(0)
    assert pair.ask(pair.client(), packet(INTF_QUERY)) is not None


def test_client_that_reads_no_responses_is_disconnected(pair: Stage) -> None:
    client = pair.client()
    client.socket.setblocking(False)
    disconnected = False
    for _ in range(100_000):
        try:
            client.send(packet(TS_QUERY, 0, 0))
        except BlockingIOError:
            pair.run(0)
        except (BrokenPipeError, ConnectionResetError):
            disconnected = True
            break
    assert disconnected
    assert pair.ask(pair.client(), packet(INTF_QUERY)) is not None


def test_socket_of_a_dead_server_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "ctl"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(str(path))
    offer = offer_pair(path, clock=StepClock())
    with pytest.raises(PortError, match="a server listens there already"):
        offer_pair(path, clock=StepClock())
    offer.close()
    assert not path.exists()


def test_socket_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(PortError, match="cannot listen there: No such file"):
        offer_pair(tmp_path / "missing" / "ctl", clock=StepClock())
    (tmp_path / "file").write_text("precious")
    with pytest.raises(PortError, match="cannot listen there: Address already in use"):
        offer_pair(tmp_path / "file", clock=StepClock())
    assert (tmp_path / "file").read_text() == "precious"


def test_spans_on_hardware_are_not_offered(tmp_path: Path) -> None:
    config = load_config(ROOT / "hw-config" / "e1d.toml")
    with pytest.raises(ConfigError, match=r"span\[0\].port: 'e1d:0:0' is a port of its own"):
        offer_bench(config, tmp_path / "ctl", clock=StepClock())
    assert not (tmp_path / "ctl").exists()
