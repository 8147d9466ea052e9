"""DAHDI: one E1 span of a Digium, Sangoma or OpenVox card, or of the dynamic driver, as a port.

The address is the span's number (`dahdi:1`), as /proc/dahdi shows it; `dahdi:1,hdlc=own` has our HDLC run
the D channel, `dahdi:1,maint=try` finds out what the driver can do to the line by doing it. A timeslot is a
channel of the driver: the D channel is one that the driver runs as HDLC with FCS, or a clear one with our
HDLC on top; a B channel is clear and moves in blocks. What nobody has configured the port configures; what is
configured otherwise than the bench needs is an error that says so (`dahdi_channels`). Ioctls are in
`dahdi_driver`, structures in `dahdi_abi`.
"""

from __future__ import annotations

import errno
import re
import select
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from trunkbench.config import SpanConfig
from trunkbench.device import Alarm, BadFrame, Cas, Event, Frame, LineFault, Mode
from trunkbench.errors import PortError
from trunkbench.ports import dahdi_abi as abi
from trunkbench.ports.audio import BLOCK_SAMPLES, SlotAudio
from trunkbench.ports.dahdi_channels import DRIVER_HDLC, Channels
from trunkbench.ports.dahdi_driver import CONTROL, Driver, counters, law_code
from trunkbench.ports.dahdi_faults import Faults
from trunkbench.ports.dahdi_line import (
    alarm_names,
    capabilities,
    describe,
    prepare_line,
)
from trunkbench.ports.dahdi_slips import SlipWatch
from trunkbench.ports.fdport import READS_A_POLL, FdPort, OpenSlot
from trunkbench.ports.hdlcslot import HdlcSlot
from trunkwire.g711 import Law
from trunkwire.hdlc import BadKind, Limits
from trunkwire.ticks import SECOND, Tick

D_BUFFER = 1024
D_BUFFERS = 32
"""A frame has a buffer to itself, so many of them: of the shortest frames, one after another, 28 ms."""

B_BUFFERS = 16
"""Of a block each, 320 ms: how long nobody may read. Latency does not depend on it, only on the lead."""

CLEAR_D_BUFFER = 40
CLEAR_D_BUFFERS = 32
CLEAR_D_LEAD = 120
"""Our HDLC over a clear channel moves 5 ms at a time and is 15 ms ahead: a frame waits for no more. Nobody
may read for 160 ms."""

FLAGS_FIRST: Tick = SECOND // 125
"""8 ms of flags, behind the opening of a D channel, before its first frame."""

FCS_OCTETS = 2
LONGEST = D_BUFFER - FCS_OCTETS - 1
"""The driver takes a frame that fills its buffer, FCS included, for one that does not fit."""

LOOK_AGAIN_S = 1.0
"""The driver has an event for the first and the last alarm; a change in between is found by looking."""

_T = TypeVar("_T")
_ADDRESS = re.compile(r"([1-9][0-9]{0,2})(,hdlc=own)?(,maint=try)?", re.ASCII)

_BAD = {
    abi.DriverEvent.ABORT: BadKind.ABORT,
    abi.DriverEvent.OVERRUN: BadKind.TOO_LONG,
    abi.DriverEvent.BADFCS: BadKind.BAD_FCS,
}


class DahdiPort(FdPort):
    """One span. Raises PortError if it is not there, is no E1, or is not framed as asked for."""

    poll_mask = select.EPOLLIN | select.EPOLLPRI

    def __init__(
        self,
        number: int,
        config: SpanConfig,
        driver: Driver,
        *,
        own_hdlc: bool = False,
        try_faults: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(
            f"dahdi:{number}",
            Law(config.law).silence,
            backlog=B_BUFFERS * BLOCK_SAMPLES,
            monotonic=monotonic,
        )
        self.driver = driver
        self.number = number
        self._own_hdlc = own_hdlc
        self._law = law_code(config.law)
        self._soft: dict[int, HdlcSlot] = {}
        self._flags: dict[int, Tick | None] = {}
        """D channels whose first frame waits for flags on the line: until when, once that is known."""
        self._channels: Channels | None = None
        self._polled_to: Tick = 0
        self._running = False
        self._polled_at = self._looked_at = monotonic()
        self._prompt = False
        self._alarms: frozenset[str] = frozenset()
        try:
            info, channels, faults = prepare_line(driver, number, config, self.name, try_faults=try_faults)
        except BaseException:
            self.close()
            raise
        self._channels = Channels(driver, number, self._law, channels)
        self._counters_then = counters(info)
        self._info = info
        self._faults = Faults(driver, number, self.name, faults)
        self._slips = SlipWatch(driver, number, monotonic)
        self.caps = capabilities(faults)

    # -- what the base asks for ---------------------------------------------------------------------------

    def _open_slot(self, slot: int, mode: Mode) -> int:
        name = f"{self.name}, timeslot {slot}"
        assert self._channels is not None
        channel = self._channels.number(slot)
        signalling = self._channels.configured(slot, mode, name)
        fd = self.driver.open_channel(channel, name)
        try:
            if mode is Mode.FRAMES:
                self._set_up_d(slot, fd, signalling, name)
            else:
                self.driver.set_buffers(fd, B_BUFFERS, BLOCK_SAMPLES)
            self.driver.set_law(fd, self._law)
        except OSError as error:
            self.driver.close_channel(fd)  # or the channel stays busy
            raise PortError(f"{name}: channel {channel} cannot be set up: {error.strerror}") from error
        return fd

    def _set_up_d(self, slot: int, fd: int, signalling: int, name: str) -> None:
        """The driver's HDLC, or ours if it is asked for or the driver has none. Raises OSError."""
        by_driver = signalling in DRIVER_HDLC
        if not by_driver and not self._own_hdlc:
            try:
                self.driver.run_hdlc(fd)
                by_driver = True
            except OSError as error:
                if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTTY):
                    raise
        if by_driver:
            self.driver.set_buffers(fd, D_BUFFERS, D_BUFFER)
            self._flags[slot] = None
        else:
            self.driver.set_buffers(fd, CLEAR_D_BUFFERS, CLEAR_D_BUFFER)
            self._soft[slot] = HdlcSlot(name, slot, lead=CLEAR_D_LEAD)

    def _read_octets(self, open_slot: OpenSlot) -> bytes:
        # One buffer: the driver gives no more at a time.
        return self._past_events(open_slot, lambda: self.driver.read(open_slot.fd, BLOCK_SAMPLES))

    def _write_octets(self, open_slot: OpenSlot, octets: bytes) -> int:
        return self._past_events(open_slot, lambda: self.driver.write(open_slot.fd, octets))

    def _past_events(self, opened: OpenSlot, operation: Callable[[], _T]) -> _T:
        """Read or write; if the driver refuses because an event waits, fetch that and try again."""
        try:
            return operation()
        except OSError as error:
            if error.errno != abi.ELAST:
                raise
        self._fetch_events(opened)
        if self._gone is not None:
            raise BlockingIOError
        return operation()

    def _gather(self, opened: OpenSlot, now: Tick, events: list[Event]) -> bytes:
        """One read when the poll comes in time, since the next would only say that there is no more."""
        parts: list[bytes] = []
        for _ in range(1 if self._prompt else READS_A_POLL):
            try:
                parts.append(self._read_octets(opened))
            except BlockingIOError:
                break
            except OSError as error:
                self._failed(opened, error, now, events)
                break
        return b"".join(parts)

    def _read_frames(self, opened: OpenSlot, now: Tick, events: list[Event]) -> None:
        soft = self._soft.get(opened.slot)
        if soft is not None:
            self._read_soft(opened, soft, now, events)
            return
        for _ in range(READS_A_POLL):
            try:
                octets = self._past_events(opened, lambda: self.driver.read(opened.fd, D_BUFFER))
            except BlockingIOError:
                return
            except OSError as error:
                self._failed(opened, error, now, events)
                return
            if len(octets) < Limits().min_octets:
                self._bad(opened.slot, BadKind.TOO_SHORT, now)
            else:
                self.counters["frames received"] += 1
                self._unsaid.append(Frame(now, opened.slot, octets[:-FCS_OCTETS]))

    def _read_soft(self, opened: OpenSlot, soft: HdlcSlot, now: Tick, events: list[Event]) -> None:
        octets = self._gather(opened, now, events)
        if not octets or self._gone is not None:
            return
        for event in soft.receive(octets, now):
            self.counters["frames received" if isinstance(event, Frame) else "bad frames"] += 1
            self._unsaid.append(event)
        if len(octets) >= CLEAR_D_BUFFERS * CLEAR_D_BUFFER:
            self.counters["D channel overruns"] += 1
            soft.lose(now)
        self._write_soft(opened, soft, now, events)

    def _write_frames(self, opened: OpenSlot, now: Tick, events: list[Event]) -> None:
        if opened.slot not in self._flags:
            super()._write_frames(opened, now, events)

    def _release_frames(self, now: Tick, events: list[Event]) -> None:
        """The driver begins a frame without a flag, so the first one waits until some have been sent."""
        for slot, until in list(self._flags.items()):
            if until is None:
                self._flags[slot] = now + FLAGS_FIRST
            elif now >= until:
                del self._flags[slot]
                self._write_frames(self.slots[slot], now, events)

    def _write_audio(self, opened: OpenSlot, audio: SlotAudio, now: Tick, events: list[Event]) -> None:
        if opened.slot in self._faults.looped:  # the driver loops only what has nothing of its own to send
            audio.transmit(audio.owed())
        else:
            super()._write_audio(opened, audio, now, events)

    def _write_frame(self, open_slot: OpenSlot, frame: bytes) -> None:
        soft = self._soft.get(open_slot.slot)
        if soft is not None:
            soft.queue(frame)
        else:  # the driver puts the FCS where the two octets are
            octets = frame + bytes(FCS_OCTETS)
            self._past_events(open_slot, lambda: self.driver.write(open_slot.fd, octets))

    def _write_soft(self, opened: OpenSlot, soft: HdlcSlot, now: Tick, events: list[Event]) -> None:
        while opened.pending or soft.owed() >= CLEAR_D_BUFFER:
            octets = opened.pending or soft.transmit(CLEAR_D_BUFFER)
            try:
                taken = self._write_octets(opened, octets)
            except BlockingIOError:
                taken = 0
            except OSError as error:
                self._failed(opened, error, now, events)
                return
            opened.pending = octets[taken:]
            if opened.pending:
                return  # the next octets to come in are the next chance

    def _check_frame(self, slot: int, frame: bytes) -> None:
        least, most = Limits().min_octets - FCS_OCTETS, LONGEST
        if not least <= len(frame) <= most:
            raise PortError(
                f"{self.name}, timeslot {slot}: a frame of {len(frame)} octets cannot be sent; "
                f"the driver takes {least} to {most}"
            )

    def _failed(self, open_slot: OpenSlot, error: OSError, now: Tick, events: list[Event]) -> None:
        if error.errno == abi.ELAST:
            self._fetch_events(open_slot)
        else:
            super()._failed(open_slot, error, now, events)

    def _exceptional(self, open_slot: OpenSlot, now: Tick, events: list[Event]) -> None:
        self._fetch_events(open_slot)

    def _line_is_down(self) -> bool:
        return bool(self._alarms & {"LOS", "LOF", "AIS", "RED"})

    def _close_device(self) -> None:
        super()._close_device()
        if self._channels is not None:
            self._channels.give_back()
        self.driver.close()

    # -- Device -------------------------------------------------------------------------------------------

    def next_deadline(self) -> Tick | None:
        """At once when something is still to be told; the next fault to begin or to end."""
        soonest = super().next_deadline()
        if self._closed or soonest is not None:
            return soonest
        if self._gone is not None:
            return None
        due = [self._now if until is None else until for until in self._flags.values()]
        fault = self._faults.due()
        return min(due if fault is None else [*due, fault], default=None)

    def _poll(self, now: Tick, events: list[Event]) -> None:
        earlier, self._polled_to = self._polled_to, now
        at = self._monotonic()
        self._prompt = at - self._polled_at < BLOCK_SAMPLES * 1.5 / 8000
        self._polled_at = at
        if not self._running:
            self._begin()
        if (due := self._faults.due()) is not None and due <= now:
            self._run_faults(now)
        if at - self._looked_at >= LOOK_AGAIN_S:
            self._look_at_line()
        if self._gone is None:
            super()._poll(now, events)
        if self._gone is None and self._flags:
            self._release_frames(now, events)
        heard = [(o.slot, o.audio.received_to) for o in self.slots.values() if o.audio is not None]
        events += self._slips.look(now, heard)
        events += self._unsaid
        self._unsaid.clear()
        for index, event in enumerate(events):
            if event.at < earlier and isinstance(event, Frame):
                events[index] = Frame(earlier, event.slot, event.data)
            elif event.at < earlier and isinstance(event, BadFrame):
                events[index] = BadFrame(earlier, event.slot, event.error, event.data)
        events.sort(key=lambda event: event.at)

    def _begin(self) -> None:
        """The first poll: what the channels have heard since they were opened is not the bench's, and their
        blocks end together from now on.
        """
        self._running = True
        for opened in self.slots.values():
            if opened.audio is not None:
                self.driver.flush(opened.fd, abi.Flush.READ)
        self._octets_at = self._monotonic()
        self._look_at_line()

    # -- events of the driver -----------------------------------------------------------------------------

    def _fetch_events(self, opened: OpenSlot) -> None:
        """Until they are fetched the driver refuses to read and to write."""
        for _ in range(READS_A_POLL):
            try:
                event = self.driver.event(opened.fd)
            except OSError as error:
                self._vanish(f"timeslot {opened.slot}: {error.strerror}")
                return
            if event == abi.DriverEvent.NONE:
                return
            self._driver_event(opened, event)
            if self._gone is not None:
                return

    def _driver_event(self, opened: OpenSlot, event: int) -> None:
        if event in (abi.DriverEvent.ALARM, abi.DriverEvent.NOALARM):
            self._look_at_line()
        elif event in _BAD:
            self._bad(opened.slot, _BAD[abi.DriverEvent(event)], self._now)
        elif event == abi.DriverEvent.BITSCHANGED:
            self._unsaid.append(Cas(self._now, opened.slot, self.driver.received_bits(opened.fd)))
        elif event == abi.DriverEvent.REMOVED:
            self._vanish("the driver has taken the span away (card removed, or its driver unloaded)")
        else:
            self.counters[f"driver events {event}"] += 1

    def _bad(self, slot: int, kind: BadKind, now: Tick) -> None:
        self.counters["bad frames"] += 1
        self._unsaid.append(BadFrame(now, slot, kind.value, b""))

    def _look_at_line(self) -> None:
        """Ask for the span's status, and tell of the alarms that have changed."""
        self._looked_at = self._monotonic()
        info = self.driver.span(self.number)
        if info is None:
            self._vanish("the span is no longer there")
            return
        self._info = info
        alarms = alarm_names(info.alarms)
        for name in sorted(alarms ^ self._alarms):
            self._unsaid.append(Alarm(self._now, name, name in alarms))
        self._alarms = alarms

    # -- Port ---------------------------------------------------------------------------------------------

    def _in_mode(self, slot: int, mode: Mode, what: str) -> OpenSlot:
        opened = self.slots.get(slot)
        if mode is Mode.OCTETS and opened is not None and opened.mode is Mode.CAS:
            mode = Mode.CAS  # its octets are octets, too
        return super()._in_mode(slot, mode, what)

    def cas(self, slot: int, abcd: int) -> None:
        """Send these ABCD bits. Raises PortError for a slot not open as CAS, or more than four bits."""
        opened = self._in_mode(slot, Mode.CAS, "send ABCD bits")
        if not 0 <= abcd <= 0xF:
            raise PortError(f"{self.name}, timeslot {slot}: {abcd} is not four bits; use 0 to 15 (A is 8)")
        self._alive("send ABCD bits")
        self.driver.send_bits(opened.fd, abcd)

    def insert(self, fault: LineFault) -> None:
        """Insert a defect once, or loop for a while: the line, a timeslot, or (slot None) all that are open.

        Raises PortError for a kind that the card's driver has not. A card was never at hand to try them on.
        """
        self._alive("insert a fault")
        if fault.kind not in self.caps.faults:
            super().insert(fault)
        self._faults.insert(fault, {opened.slot: opened.fd for opened in self.slots.values()})

    def _run_faults(self, now: Tick) -> None:
        try:
            self._faults.run(now)
        finally:  # one may have been found not to be there
            self.caps = capabilities(self._faults.kinds)

    def stats(self) -> dict[str, int]:
        """The base's counters, what the span counted since it was opened, and the buffers in force."""
        found = super().stats()
        now = counters(self._info)
        found |= {name: now[name] - self._counters_then[name] for name in now}
        found["timing slips"] = self._slips.total
        found |= {
            "B buffers": B_BUFFERS,
            "B buffer octets": self._block,
            "transmit lead samples": self._lead,
            "clock source span": self._info.syncsrc,
        }
        if any(slot.mode is Mode.FRAMES and slot.slot not in self._soft for slot in self.slots.values()):
            found |= {"D buffers": D_BUFFERS, "D buffer octets": D_BUFFER}
        return found

    def describe(self) -> str:
        """One line: the span, and the buffers with the latency that they make for."""
        block, lead = (1000 * n // 8000 for n in (BLOCK_SAMPLES, self._lead))
        return (
            f"{describe(self._info)}; audio in {block} ms blocks, sent {lead} ms ahead, {B_BUFFERS} buffers; "
            "transmit policy immediate"
        )


def open_port(address: str, span: SpanConfig) -> DahdiPort:
    """The port of the span of that number. Raises PortError if there is none or it cannot be used."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise PortError(
            f"dahdi:{address}: the address is the number of a span, such as dahdi:1, or dahdi:1,hdlc=own for "
            "a D channel run by our HDLC; /proc/dahdi lists the spans"
        )
    own, tried = found[2] is not None, found[3] is not None
    return DahdiPort(int(found[1]), span, Driver(), own_hdlc=own, try_faults=tried)


def list_ports() -> Sequence[tuple[str, str]]:
    """(span number, what it is) of every span. None without the driver; PortError without permission."""
    if not Path(CONTROL).exists():
        return []
    driver = Driver()
    try:
        return [(str(info.spanno), describe(info)) for info in driver.spans()]
    finally:
        driver.close()
