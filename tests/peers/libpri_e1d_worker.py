"""libpri as the device under test behind an e1d server: another process, and only a socket between.

The D channel is a data socket that was asked for with the protocol's own octets (`e1draw`). Request:
`{"socket": path, "speed": line seconds a second, "lost": whether the server cuts the line}`.
"""

from __future__ import annotations

import faulthandler
import os
import select
import time
from collections.abc import Callable
from typing import Any

from clockhook import VirtualClock
from e1draw import HDLC, RawClient
from libpri import Libpri, LibpriEnd
from peerlib import worker_main
from subscriber import E1_CHANNELS, CallRecord

from trunkwire.side import Side

SECOND = 64_000
D_CHANNEL = 16


class Dut:
    """libpri on the user side, in real time times `speed`."""

    def __init__(self, path: str, speed: float) -> None:
        self.client = RawClient(path)
        self.fd = self.client.open(D_CHANNEL, HDLC)
        self._speed = speed
        self._start = time.monotonic()
        self._descriptors: list[int] = [self.fd, self.client.socket.fileno()]
        self.alarms: list[int] = []
        self.gone = False
        self.library = Libpri(VirtualClock())
        self.end = LibpriEnd(self.library, Side.USER)

    @property
    def now(self) -> int:
        """Line time."""
        return int((time.monotonic() - self._start) * self._speed * SECOND)

    def run_until(self, done: Callable[[], bool], within: float) -> bool:
        """Serve libpri until something is so, at most so many seconds of line time; whether it is."""
        limit = self.now + int(within * SECOND)
        while not done():
            self._drain()
            now = self.now
            if now >= limit or self.gone:
                return done()
            due = self.end.next_deadline()
            wait = min(limit, limit if due is None else due) - now
            ready = select.select(self._descriptors, [], [], max(wait, 0) / SECOND / self._speed)[0]
            if self.client.socket.fileno() in ready:
                reply = self.client.reply()
                self.alarms += [reply.kind] if reply is not None else []
                self.gone = self.gone or reply is None
            if self.fd in ready:
                frame = os.read(self.fd, 4096)
                self.gone = self.gone or not frame
                if frame:
                    self.end.receive(frame, self.now)
            self.end.handle_timer(self.now)
        self._drain()
        return True

    def _drain(self) -> None:
        while (frame := self.end.poll_output()) is not None:
            try:
                os.write(self.fd, frame)
            except BrokenPipeError:
                self.gone = True

    def place(self, called: str, channel: int | None = None, *, exclusive: bool = False) -> CallRecord:
        """libpri dials."""
        record = self.end.place(called, self.now, channel=channel, exclusive=exclusive)
        self._drain()
        return record

    def hang_up(self, record: CallRecord) -> None:
        """libpri clears."""
        self.end.hang_up(record, self.now)
        self._drain()


def calls(dut: Dut) -> dict[str, Any]:
    """Thirty calls, those that are one too many, a busy number, a number that nobody has, and clearing."""
    placed = [dut.place("300", channel, exclusive=True) for channel in E1_CHANNELS]
    result: dict[str, Any] = {
        "thirty": dut.run_until(lambda: all(record.active for record in placed), 10),
        "answered_after": [((record.answered_at or 0) - record.began_at) / SECOND for record in placed],
    }
    anywhere, taken = dut.place("300"), dut.place("300", 5, exclusive=True)
    dut.run_until(lambda: None not in (anywhere.ended_at, taken.ended_at), 10)
    result["refused"] = {"any": anywhere.summary(), "taken": taken.summary()}
    dut.run_until(lambda: False, 5)
    result["still_active"] = len(dut.end.active())
    for record in placed:
        dut.hang_up(record)
    result["cleared"] = dut.run_until(lambda: all(record.ended_at is not None for record in placed), 10)
    theirs = [dut.place("300", channel, exclusive=True) for channel in (1, 2)]
    dut.run_until(lambda: all(record.ended_at is not None for record in theirs), 10)
    result["theirs"] = [record.summary() for record in theirs]
    busy, nobody = dut.place("200"), dut.place("999")
    dut.run_until(lambda: None not in (busy.ended_at, nobody.ended_at), 10)
    result["busy"], result["nobody"] = busy.summary(), nobody.summary()
    return result


def link_loss(dut: Dut) -> dict[str, Any]:
    """The server cuts the line while two calls are up, so long that libpri clears them, and heals it."""
    placed = [dut.place("300", channel, exclusive=True) for channel in (1, 2)]
    result: dict[str, Any] = {"two": dut.run_until(lambda: all(record.active for record in placed), 10)}
    result["lost"] = dut.run_until(lambda: not dut.end.up, 60)
    result["cleared"] = dut.run_until(lambda: all(record.ended_at is not None for record in placed), 120)
    result["up_again"] = dut.run_until(lambda: dut.end.up, 120)
    dut.run_until(lambda: False, 2)
    again = dut.place("300", 1, exclusive=True)
    result["calls_again"] = dut.run_until(lambda: again.active, 10)
    dut.hang_up(again)
    dut.run_until(lambda: again.ended_at is not None, 10)
    result["alarms"] = dut.alarms
    result["link"] = [(event.name, event.tick / SECOND) for event in dut.end.events if event.call is None]
    result["ended_at"] = [(record.ended_at or 0) / SECOND for record in placed]
    return result


def work(request: dict[str, Any]) -> dict[str, Any]:
    """What was asked for."""
    faulthandler.enable()
    dut = Dut(request["socket"], request["speed"])
    result: dict[str, Any] = {"up": dut.run_until(lambda: dut.end.up, 10)}
    result |= link_loss(dut) if request["lost"] else calls(dut)
    result |= {
        "version": dut.library.version,
        "messages": dut.library.messages,
        "audit": dut.end.audit(),
        "line_time_s": dut.now / SECOND,
    }
    os.close(dut.fd)
    dut.client.close()
    return result


if __name__ == "__main__":
    worker_main(work)
