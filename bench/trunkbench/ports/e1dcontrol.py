"""The control connection to an osmo-e1d: requests, their responses, and the events between them.

A request waits for its response, at most `TIMEOUT_S`: it is made while a port is opened, never by the pump.
What the daemon only tells by an empty response or by closing the connection becomes an error that says what
was asked and what may be the reason.
"""

from __future__ import annotations

import array
import os
import select
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from trunkbench.errors import PortError
from trunkbench.ports.e1dproto import (
    ERROR,
    KIND_MASK,
    MAX_OCTETS,
    RESPONSE,
    UNSPECIFIED,
    IntfInfo,
    LineConfig,
    LineInfo,
    LineMode,
    Malformed,
    Message,
    Packed,
    Request,
    SaBits,
    TsConfig,
    TsInfo,
    payload_of,
    unpack,
)

TIMEOUT_S = 2.0
"""How long the daemon may take to answer."""

Waiter = Callable[[int, float], bool]
"""Waits until a descriptor is readable, at most so many seconds; whether it is."""

_S = TypeVar("_S", bound=Packed)


def wait_readable(fd: int, seconds: float) -> bool:
    """Wait for the descriptor in real time."""
    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(max(seconds, 0) * 1000))


class Control:
    """One client connection. `wait` and `monotonic` are how it waits for a response."""

    def __init__(
        self,
        path: Path,
        *,
        wait: Waiter = wait_readable,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.events: list[Message] = []
        """Events that came while a response was waited for."""
        self._wait = wait
        self._monotonic = monotonic
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise PortError(f"{path}: {_why_not(error)}") from error
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """The descriptor on which events arrive."""
        return self._socket.fileno()

    def close(self) -> None:
        """Leave. The daemon keeps timeslots open for as long as their own descriptors are. Idempotent."""
        self._socket.close()

    # -- requests -----------------------------------------------------------------------------------------

    def interfaces(self) -> list[IntfInfo]:
        """The interfaces that the daemon has."""
        return self._query(Request.INTF_QUERY, IntfInfo)

    def lines(self, intf: int) -> list[LineInfo]:
        """The lines of an interface; none if there is no such interface."""
        return self._query(Request.LINE_QUERY, LineInfo, intf)

    def timeslots(self, intf: int, line: int) -> list[TsInfo]:
        """The 32 timeslots of a line; none if there is no such line."""
        return self._query(Request.TS_QUERY, TsInfo, intf, line)

    def configure_line(self, intf: int, line: int, mode: LineMode) -> None:
        """Set the mode of a line. Raises PortError if the daemon has no such line or mode."""
        response, _ = self.request(
            Message(Request.LINE_CONFIG, intf, line, payload=payload_of([LineConfig(mode)]))
        )
        if not response.payload:
            raise PortError(
                f"{self.path}: interface {intf}, line {line} cannot be set to {mode.name.lower()}: the "
                "daemon has no such line or mode"
            )

    def sa_bits(self, intf: int, line: int, bits: int) -> None:
        """Transmit these Sa bits (`SA_BITS`) from now on."""
        self.request(Message(Request.SABITS, intf, line, payload=payload_of([SaBits(bits)])))

    def open_timeslot(self, intf: int, line: int, ts: int, config: TsConfig) -> int | None:
        """The data descriptor of a timeslot, or None when the daemon refuses, without a reason."""
        _, fds = self.request(Message(Request.TS_OPEN, intf, line, ts, payload_of([config])))
        for surplus in fds[1:]:
            os.close(surplus)
        return fds[0] if fds else None

    def _query(
        self, request: Request, structure: type[_S], intf: int = UNSPECIFIED, line: int = UNSPECIFIED
    ) -> list[_S]:
        response, _ = self.request(Message(request, intf, line))
        try:
            return response.many(structure)
        except Malformed as error:
            raise PortError(f"{self.path}: the answer to {request.name} is malformed: {error}") from error

    def request(self, message: Message) -> tuple[Message, list[int]]:
        """Send a request; its response, with the descriptors that came along.

        Raises PortError when the daemon closes the connection (so it answers what is malformed), answers with
        an error or out of turn, or does not answer in time.
        """
        name = Request(message.kind).name
        try:
            self._socket.send(message.pack())
        except OSError as error:
            raise PortError(f"{self.path}: {name} cannot be sent: {error.strerror}") from error
        until = self._monotonic() + TIMEOUT_S
        while True:
            if not self._wait(self._socket.fileno(), until - self._monotonic()):
                if self._monotonic() < until:
                    continue
                raise PortError(
                    f"{self.path}: no answer to {name} within {TIMEOUT_S:g} s; is the daemon stuck?"
                )
            received, fds = self._receive(f"answers {name} by closing the connection")
            if received.is_event:
                self.events.append(received)
                continue
            if received.kind == message.kind | RESPONSE:
                return received, fds
            for fd in fds:
                os.close(fd)
            if received.kind & KIND_MASK == ERROR:
                code = received.kind & ~KIND_MASK
                raise PortError(f"{self.path}: {name} failed at the daemon with code {code}")
            raise PortError(f"{self.path}: {name} was answered by a message of type {received.kind:#04x}")

    # -- receiving ----------------------------------------------------------------------------------------

    def waiting(self) -> list[Message]:
        """The events that came while a response was waited for."""
        found, self.events = self.events, []
        return found

    def poll(self) -> list[Message]:
        """The events that have come. Raises PortError when the daemon has closed the connection."""
        found = self.waiting()
        while True:
            try:
                message, fds = self._receive("closed the control connection")
            except BlockingIOError:
                return found
            for fd in fds:  # nothing was asked for
                os.close(fd)
            found.append(message)

    def _receive(self, closed: str) -> tuple[Message, list[int]]:
        """The next message and its descriptors. `closed` says what the end of the connection means."""
        room = socket.CMSG_SPACE(4 * array.array("i").itemsize)
        try:
            packet, ancillary, _, _ = self._socket.recvmsg(MAX_OCTETS, room, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            raise
        except OSError as error:
            raise PortError(f"{self.path}: the daemon {closed}: {error.strerror}") from error
        fds = array.array("i")
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
        try:
            if not packet:
                raise PortError(f"{self.path}: the daemon {closed}")
            return unpack(packet), list(fds)
        except (Malformed, PortError) as error:
            for fd in fds:
                os.close(fd)
            if isinstance(error, PortError):
                raise
            raise PortError(f"{self.path}: the daemon sent a malformed message: {error}") from error


def _why_not(error: OSError) -> str:
    """Why there is no connection, and what to do."""
    if isinstance(error, FileNotFoundError):
        return "there is no such socket; start osmo-e1d, or `trunkbench e1d-serve`, or name its socket"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens on this socket (its daemon has died); start the daemon again"
    if isinstance(error, PermissionError):
        return "no permission to connect; join the group that owns the socket, or have its mode changed"
    return f"cannot be connected to: {error.strerror or error}"
