"""A client of osmo-e1d: one line of an icE1usb, of a virtual pair, or of `trunkbench e1d-serve`.

The D channel is opened as HDLC with FCS, one frame a packet; B channels as RAW octets, in blocks. The
addresses are `INTERFACE:LINE` at the daemon's usual socket and `SOCKET:INTERFACE:LINE`; `?force` behind it
takes timeslots away from whoever has them. Defects of the line are `Alarm` events (LOS, LOF, AIS, RAI), and
so are the Sa bits received (Sa4 … Sa8: on is a one).
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trunkbench.device import Alarm, Caps, Event, Mode, TimeBase
from trunkbench.errors import PortError
from trunkbench.ports import e1dproto as proto
from trunkbench.ports.audio import BLOCK_SAMPLES
from trunkbench.ports.e1dcontrol import Control, Waiter, wait_readable
from trunkbench.ports.fdport import FdPort
from trunkwire.g711 import Law
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkbench.config import SpanConfig

BUSY_FOR_S = 2.0
"""How long a timeslot that is in use is asked for again: a process that has just died frees it by then."""

BUSY_PAUSE_S = 0.05

_ADDRESS = re.compile(r"^(?:(?P<path>.+):)?(?P<intf>\d{1,3}):(?P<line>\d{1,3})(?P<force>\?force)?$")

_SHORTEST_FRAME = 1


class E1dPort(FdPort):
    """One line of a daemon. `wait` and `monotonic` are how it waits while timeslots are opened."""

    caps = Caps(
        modes=frozenset({Mode.FRAMES, Mode.OCTETS}),
        slots=tuple(range(1, 32)),
        alarms=frozenset({"LOS", "LOF", "AIS", "RAI", *proto.SA_BITS}),
        faults=frozenset(),
        time=TimeBase.CARD,
    )

    def __init__(
        self,
        control: Control,
        intf: int,
        line: int,
        *,
        idle: int,
        force: bool = False,
        wait: Waiter = wait_readable,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        name = f"e1d:{control.path}:{intf}:{line}"
        super().__init__(name, idle, backlog=socket_backlog(), monotonic=monotonic)
        self.intf, self.line = intf, line
        self._control_connection = control
        self._force = force
        self._wait = wait
        self._down: set[str] = set()
        self._sa_bits: int | None = None
        self._watch(control.fileno())

    def check_line(self) -> None:
        """Raise PortError unless the line exists and is divided into timeslots."""
        control = self._control_connection
        interfaces = {info.id for info in control.interfaces()}
        if self.intf not in interfaces:
            raise PortError(
                f"{self.name}: there is no interface {self.intf}; {_known('interface', interfaces)}"
            )
        modes = {info.id: info.mode for info in control.lines(self.intf)}
        mode = modes.get(self.line)
        if mode is None:
            raise PortError(
                f"{self.name}: interface {self.intf} has no line {self.line}; {_known('line', modes)}"
            )
        if mode != proto.LineMode.CHANNELIZED:
            kind = "superchannel" if mode == proto.LineMode.SUPERCHANNEL else f"mode {mode:#04x}"
            raise PortError(
                f"{self.name}: the line is a {kind}, without timeslots; set `mode channelized` for it in the "
                "configuration of the daemon"
            )

    def transmit_sa_bits(self, bits: int) -> None:
        """Transmit these Sa bits from now on, as in `e1dproto.SA_BITS`. Waits for the daemon's answer."""
        self._alive("set the Sa bits")
        self._control_connection.sa_bits(self.intf, self.line, bits)

    def next_deadline(self) -> Tick | None:
        """At once when an event came between a request and its response."""
        return self._now if self._control_connection.events else super().next_deadline()

    def poll(self, now: Tick) -> Iterator[Event]:
        """As `FdPort.poll`; first those events that came between a request and its response."""
        for message in self._control_connection.waiting():
            self._take_event(message, now, self._unsaid)
        return super().poll(now)

    # -- what FdPort asks for -----------------------------------------------------------------------------

    def _open_slot(self, slot: int, mode: Mode) -> int:
        kind = proto.TsMode.HDLCFCS if mode is Mode.FRAMES else proto.TsMode.RAW
        flags = proto.FORCE if self._force else 0
        config = proto.TsConfig(kind, flags, BLOCK_SAMPLES)
        until = self._monotonic() + BUSY_FOR_S
        fd = self._control_connection.open_timeslot(self.intf, self.line, slot, config)
        while fd is None and self._in_use(slot) and self._monotonic() < until:
            self._wait(self._control_connection.fileno(), BUSY_PAUSE_S)
            fd = self._control_connection.open_timeslot(self.intf, self.line, slot, config)
        if fd is None:
            raise PortError(f"{self.name}, timeslot {slot}: {self._why_refused(slot)}")
        data = socket.socket(fileno=fd)
        data.setblocking(False)
        return data.detach()

    def _in_use(self, slot: int) -> bool:
        found = {info.id: info for info in self._control_connection.timeslots(self.intf, self.line)}
        return slot in found and found[slot].mode != proto.TsMode.OFF

    def _why_refused(self, slot: int) -> str:
        if self._in_use(slot):
            return (
                "it is in use by another program; end that program, or write `?force` behind the address to "
                "take it away"
            )
        return "the daemon refused to open it, and its protocol has no reasons; see the daemon's log"

    def _check_frame(self, slot: int, frame: bytes) -> None:
        if not _SHORTEST_FRAME <= len(frame) <= proto.HDLC_OCTETS:
            raise PortError(
                f"{self.name}, timeslot {slot}: a frame of {len(frame)} octets cannot be sent: osmo-e1d "
                f"carries {_SHORTEST_FRAME} to {proto.HDLC_OCTETS} octets in an HDLC frame and drops longer "
                "ones silently, so information fields end at 258 octets here (Q.921 N201 is 260)"
            )

    def _control(self, fd: int, mask: int, now: Tick, events: list[Event]) -> None:
        try:
            messages = self._control_connection.poll()
        except PortError as error:
            self._vanish(str(error))
            return
        for message in messages:
            self._take_event(message, now, events)

    def _take_event(self, message: proto.Message, now: Tick, events: list[Event]) -> None:
        """An event of the daemon, which tells every client of every line."""
        if (message.intf, message.line) != (self.intf, self.line):
            return
        if message.kind == proto.LineEvent.SABITS:
            self._sa_bits_received(message, now, events)
            return
        known = {int(event): alarm for event, alarm in proto.ALARMS.items()}.get(message.kind)
        if known is None:
            self.counters["unknown events"] += 1
            return
        name, on = known
        (self._down.add if on else self._down.discard)(name)
        events.append(Alarm(now, name, on))

    def _sa_bits_received(self, message: proto.Message, now: Tick, events: list[Event]) -> None:
        try:
            bits = message.one(proto.SaBits).bits
        except proto.Malformed:
            self.counters["unknown events"] += 1
            return
        before, self._sa_bits = self._sa_bits, bits
        for name, mask in proto.SA_BITS.items():
            if before is None or (before ^ bits) & mask:
                events.append(Alarm(now, name, bool(bits & mask)))

    def _line_is_down(self) -> bool:
        return bool(self._down & {"LOS", "LOF", "AIS"})

    def _close_device(self) -> None:
        self._control_connection.close()


def open_port(address: str, span: SpanConfig) -> E1dPort:
    """The line at `address`. Raises PortError without a daemon, and for a line that has no timeslots."""
    found = _ADDRESS.match(address)
    if found is None:
        raise PortError(
            f"e1d:{address}: is no address of osmo-e1d; write e1d:INTERFACE:LINE or e1d:SOCKET:INTERFACE:LINE"
        )
    path = Path(found["path"]) if found["path"] else proto.default_path()
    control = Control(path)
    port = E1dPort(
        control,
        int(found["intf"]),
        int(found["line"]),
        idle=Law(span.law).silence,
        force=found["force"] is not None,
    )
    try:
        port.check_line()
    except PortError:
        port.close()
        raise
    return port


def list_ports() -> Sequence[tuple[str, str]]:
    """The lines of the daemon at the usual socket; none if nobody is there."""
    try:
        control = Control(proto.default_path())
    except PortError:
        return []
    try:
        return [
            (f"e1d:{interface.id}:{line.id}", _described(control, interface.id, line))
            for interface in control.interfaces()
            for line in control.lines(interface.id)
        ]
    finally:
        control.close()


def _described(control: Control, intf: int, line: proto.LineInfo) -> str:
    if line.mode != proto.LineMode.CHANNELIZED:
        return f"osmo-e1d interface {intf}, line {line.id}: not channelized"
    taken = sum(info.mode != proto.TsMode.OFF for info in control.timeslots(intf, line.id))
    use = f", {taken} timeslots in use" if taken else ""
    return f"osmo-e1d interface {intf}, line {line.id}: 31 timeslots, D channel in HDLC, RAW octets{use}"


def socket_backlog() -> int:
    """How many octets a daemon can leave in a data socket that nobody reads: measured, the kernel decides."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours, theirs:
        ours.setblocking(False)
        octets = 0
        try:
            while True:
                octets += ours.send(bytes(BLOCK_SAMPLES))
        except BlockingIOError:
            return octets


def _known(what: str, ids: set[int] | dict[int, int]) -> str:
    return f"it has {what} {', '.join(map(str, sorted(ids)))}" if ids else f"it has no {what} at all"
