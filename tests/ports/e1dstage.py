"""An e1d server in this process, its clients, and line time set by hand."""

from __future__ import annotations

import os
from pathlib import Path

from e1draw import RawClient, Reply, open_request

from trunkbench.device import Fds
from trunkbench.e1dserver import Offer
from trunkwire.ticks import SAMPLE, Tick

ROOT = Path(__file__).resolve().parents[2]
PERIOD = 160 * SAMPLE
SABME = bytes((0x00, 0x01, 0x7F))
UA = bytes((0x00, 0x01, 0x73))


class StepClock:
    """Every wait ends at once: the test says how far line time runs."""

    def wait(self, until: Tick, fds: Fds) -> Tick:
        return until


class Stage:
    """An offer, its clients, and line time."""

    def __init__(self, offer: Offer, path: Path) -> None:
        self.offer = offer
        self.path = str(path)
        self.clients: list[RawClient] = []
        self.fds: list[int] = []

    def client(self) -> RawClient:
        self.clients.append(RawClient(self.path))
        self.run(0)
        return self.clients[-1]

    def run(self, ticks: Tick = PERIOD) -> None:
        """Let line time pass; with 0 what waits is served."""
        for _ in range(2):  # who has just connected is heard in the poll after
            self.offer.pump.step(self.offer.pump.now)
        self.offer.run(self.offer.pump.now + ticks)

    def ask(self, client: RawClient, request: bytes) -> Reply | None:
        client.send(request)
        self.run(0)
        reply = client.reply(0)
        if reply is not None:
            self.fds += reply.fds
        return reply

    def open(self, client: RawClient, ts: int, mode: int, *, intf: int = 0, size: int = 160) -> int:
        reply = self.ask(client, open_request(ts, mode, intf=intf, size=size))
        assert reply is not None
        (fd,) = reply.fds
        os.set_blocking(fd, False)
        return fd

    def close_fd(self, fd: int) -> None:
        self.fds.remove(fd)
        os.close(fd)

    def close(self) -> None:
        self.offer.close()
        for client in self.clients:
            client.close()
        for fd in self.fds:
            os.close(fd)


def read(fd: int) -> bytes:
    try:
        return os.read(fd, 1 << 16)
    except BlockingIOError:
        return b""
