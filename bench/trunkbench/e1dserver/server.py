"""The server side of osmo-e1d's control protocol: a device on the pump that offers lines to other programs.

It behaves as the daemon does: what is malformed closes the connection, what is well-formed and cannot be done
has an empty response, events go to every client, and a timeslot stays open for as long as its data socket
does, whatever becomes of the control connection. Nothing here blocks: a client that does not read its
responses is disconnected.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from trunkbench.device import Alarm, Event, Fds
from trunkbench.e1dserver.line import Line
from trunkbench.e1dserver.timeslot import DataSlot
from trunkbench.errors import PortError
from trunkbench.ports.e1dproto import (
    ALARMS,
    ERROR,
    FORCE,
    MAX_OCTETS,
    OPEN_STATUS,
    RESPONSE,
    UNSPECIFIED,
    IntfInfo,
    LineConfig,
    LineEvent,
    LineInfo,
    LineMode,
    Malformed,
    Message,
    Packed,
    Request,
    SaBits,
    TsConfig,
    TsInfo,
    TsMode,
    check_request,
    payload_of,
    unpack,
)
from trunkwire.ticks import Tick

REQUESTS_A_POLL = 32
"""Requests taken from one client in one poll."""

MAX_CLIENTS = 64

_ALARM_TYPES = {alarm: event for event, alarm in ALARMS.items()}
_CODE_MASK = 0x3F


class E1dServer:
    """Serves `interfaces` (each a list of lines) on the socket `path`. Use `close()`, which removes it.

    Raises PortError when the socket cannot be made, or another server answers on it.
    """

    def __init__(self, path: Path, interfaces: Sequence[Sequence[Line]]) -> None:
        self.path = path
        self.interfaces = [list(lines) for lines in interfaces]
        self.counters: Counter[str] = Counter()
        self._now: Tick = 0
        self._closed = False
        self._clients: dict[int, socket.socket] = {}
        self._data: dict[int, tuple[Line, DataSlot]] = {}
        self._listener = _listen(path)
        self._inode = path.stat().st_ino
        self._epoll = select.epoll()
        self._epoll.register(self._listener.fileno(), select.EPOLLIN)
        for intf, lines in enumerate(self.interfaces):
            for number, line in enumerate(lines):
                line.closed = self._forget
                line.notify = self._notifier(intf, number)

    @property
    def lines(self) -> Iterator[Line]:
        """Every line."""
        return (line for lines in self.interfaces for line in lines)

    # -- Device -------------------------------------------------------------------------------------------

    def fds(self) -> Fds:
        """One descriptor that stands for all."""
        return () if self._closed else ((self._epoll.fileno(), select.POLLIN),)

    def next_deadline(self) -> Tick | None:
        """When a line has octets to move."""
        due = [tick for line in self.lines if (tick := line.next_deadline()) is not None]
        return min(due, default=None)

    def poll(self, now: Tick) -> Iterator[Event]:
        """Serve clients and lines. There are no events: the lines' own go to whoever runs the wire."""
        self._now = now
        if not self._closed:
            for fd, mask in self._epoll.poll(0):
                if fd == self._listener.fileno():
                    self._accept()
                elif fd in self._clients:
                    self._requests(fd)
                elif fd in self._data:
                    self._packets(fd, mask)
            for line in self.lines:
                line.serve(now)
            self._rest()
        return iter(())

    def close(self) -> None:
        """Disconnect everybody, give back every timeslot, and remove the socket. Idempotent."""
        if self._closed:
            return
        self._closed = True
        for line in self.lines:
            line.close(self._now)
        for fd in list(self._clients):
            self._disconnect(fd)
        self._listener.close()
        self._epoll.close()
        with contextlib.suppress(OSError):
            if self.path.stat().st_ino == self._inode:  # not the socket of whoever came after us
                self.path.unlink()

    # -- clients ------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        for _attempt in range(MAX_CLIENTS):
            try:
                client, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError:  # it has left already, or there are no descriptors
                self.counters["refused connections"] += 1
                return
            if len(self._clients) >= MAX_CLIENTS:
                self.counters["refused connections"] += 1
                client.close()
                continue
            client.setblocking(False)
            self._clients[client.fileno()] = client
            self._epoll.register(client.fileno(), select.EPOLLIN)

    def _disconnect(self, fd: int) -> None:
        client = self._clients.pop(fd, None)
        if client is not None:
            client.close()

    def _requests(self, fd: int) -> None:
        client = self._clients[fd]
        for _ in range(REQUESTS_A_POLL):
            try:
                packet = client.recv(MAX_OCTETS)
            except BlockingIOError:
                return
            except OSError:
                packet = b""
            if not packet or not self._answer(client, packet):
                self._disconnect(fd)
                return

    def _answer(self, client: socket.socket, packet: bytes) -> bool:
        """Answer one request. False when the client is to be disconnected."""
        try:
            message = unpack(packet)
            request, _ = check_request(message)
        except Malformed:
            self.counters["malformed requests"] += 1
            return False
        kind = request | RESPONSE
        fd: int | None = None
        elements: Sequence[Packed] = ()
        try:
            if request is Request.TS_OPEN:
                elements, fd = self._open(message)
            else:
                elements = self._handle(request, message)
        except OSError as error:
            kind = ERROR | ((error.errno or 0) & _CODE_MASK)
        response = Message(kind, message.intf, message.line, message.ts, payload_of(elements)).pack()
        rights = [] if fd is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [fd]))]
        try:
            client.sendmsg([response], rights)
        except OSError:  # it has left, or it does not read what it is told
            return False
        finally:
            if fd is not None:
                os.close(fd)
        return True

    # -- requests -----------------------------------------------------------------------------------------

    def _line(self, message: Message) -> Line | None:
        if message.intf < len(self.interfaces) and message.line < len(self.interfaces[message.intf]):
            return self.interfaces[message.intf][message.line]
        return None

    def _handle(self, request: Request, message: Message) -> Sequence[Packed]:
        """The elements of the response to anything but TS_OPEN; none when there is no such thing."""
        if request is Request.INTF_QUERY:
            infos = [IntfInfo(intf, len(lines)) for intf, lines in enumerate(self.interfaces)]
            return infos if message.intf == UNSPECIFIED else infos[message.intf : message.intf + 1]
        if request is Request.LINE_QUERY:
            lines = self.interfaces[message.intf] if message.intf < len(self.interfaces) else []
            known = [LineInfo(number, line.mode, 0) for number, line in enumerate(lines)]
            return known if message.line == UNSPECIFIED else known[message.line : message.line + 1]
        line = self._line(message)
        if line is None:
            return ()
        if request is Request.TS_QUERY:
            slots = [line.info(slot) for slot in range(32)]
            return slots if message.ts == UNSPECIFIED else slots[message.ts : message.ts + 1]
        if request is Request.LINE_CONFIG:
            # A superchannel is not offered; that is told as the daemon tells of a mode that it does not know.
            if message.one(LineConfig).mode != LineMode.CHANNELIZED:
                return ()
            return (LineInfo(message.line, line.mode, 0),)
        self._set_sa_bits(line, message)
        return ()

    def _open(self, message: Message) -> tuple[Sequence[Packed], int | None]:
        """Open a timeslot: its TsInfo and the client's descriptor, or nothing at all."""
        line = self._line(message)
        config = message.one(TsConfig)
        slot = message.ts
        modes = (TsMode.RAW, TsMode.HDLCFCS)
        if line is None or not 1 <= slot <= 31 or config.mode not in modes or config.read_bufsize == 0:
            return (), None
        if slot in line.slots:
            if not config.flags & FORCE:
                return (), None
            line.close_slot(slot, self._now)
        opened, fd = line.open(slot, TsMode(config.mode), config.read_bufsize, self._now)
        server_end = opened.sock.fileno()
        self._data[server_end] = (line, opened)
        # A RAW client is always ahead of the line, so only its end is of interest.
        self._epoll.register(server_end, select.EPOLLIN if opened.by_packet else 0)
        return (TsInfo(slot, config.mode, config.flags, config.read_bufsize, OPEN_STATUS),), fd

    def _set_sa_bits(self, line: Line, message: Message) -> None:
        """Transmit Sa bits: on a pair of lines the other one receives them."""
        bits = message.one(SaBits).bits
        changed, line.sa_bits = line.sa_bits != bits, bits
        wire = line.port.wire
        for intf, lines in enumerate(self.interfaces):
            for number, other in enumerate(lines):
                if changed and other is not line and other.port.wire is wire:
                    self._broadcast(LineEvent.SABITS, intf, number, payload_of([SaBits(bits)]))

    # -- data sockets -------------------------------------------------------------------------------------

    def _packets(self, fd: int, mask: int) -> None:
        line, opened = self._data[fd]
        if opened.by_packet:
            alive = opened.take_packets(self._now)
        else:
            alive = not mask & (select.EPOLLHUP | select.EPOLLERR)
        if not alive:
            line.close_slot(opened.slot, self._now)

    def _forget(self, fd: int) -> None:
        """A data socket is about to be closed."""
        self._data.pop(fd, None)

    def _rest(self) -> None:
        """Do not listen to a client whose frame waits for the line; listen again when it has gone."""
        for fd, (_, opened) in self._data.items():
            if opened.by_packet and opened.resting != (opened.held is not None):
                opened.resting = not opened.resting
                if opened.resting:
                    self._epoll.unregister(fd)  # a mask of 0 would still tell of its end, again and again
                else:
                    self._epoll.register(fd, select.EPOLLIN)

    # -- events -------------------------------------------------------------------------------------------

    def _notifier(self, intf: int, number: int) -> Callable[[Alarm], None]:
        def notify(alarm: Alarm) -> None:
            event = _ALARM_TYPES.get((alarm.name, alarm.on))
            if event is not None:
                self._broadcast(event, intf, number)

        return notify

    def _broadcast(self, event: LineEvent, intf: int, line: int, payload: bytes = b"") -> None:
        packet = Message(event, intf, line, UNSPECIFIED, payload).pack()
        for fd, client in list(self._clients.items()):
            try:
                client.send(packet)
            except OSError:
                self._disconnect(fd)


def _listen(path: Path) -> socket.socket:
    """A listening socket at `path`, in place of one whose server has died."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        try:
            listener.bind(str(path))
        except OSError:
            if not path.is_socket():
                raise
            _refuse_if_alive(path)
            path.unlink()
            listener.bind(str(path))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortError(f"{path}: cannot listen there: {error.strerror or error}") from error
    except PortError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _refuse_if_alive(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return
    raise PortError(f"{path}: a server listens there already; end it, or choose another socket")
