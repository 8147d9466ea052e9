"""A serial trunk card as a Port: the link of docs/serial-card.md over any pyserial URL.

The card counts samples and says with each block of audio where in its count it lies; that count is line time.
What the link lost is a gap, found by the count. Everything that carries a call's state is repeated by the
link until it has arrived; when the card itself has started anew it is configured again, its slots are opened
again, and the frames that it never acknowledged follow.
"""

from __future__ import annotations

import secrets
import select
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from trunkbench.device import (
    Alarm,
    BadFrame,
    Caps,
    Event,
    Fds,
    Frame,
    Gap,
    Gone,
    LineFault,
    Mode,
    Source,
    TimeBase,
)
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports import faults
from trunkbench.ports import serialwords as words
from trunkbench.ports.audio import SlotAudio
from trunkbench.ports.serialaudio import CardAudio
from trunkbench.ports.serialline import LineGone, open_line
from trunkbench.slips import SLIP
from trunkwire import seriallink
from trunkwire.g711 import Law
from trunkwire.hdlc import Limits
from trunkwire.seriallink import messages as msg
from trunkwire.ticks import SAMPLE, SECOND, Tick, seconds

if TYPE_CHECKING:
    from trunkbench.config import SpanConfig

OPEN_WITHIN_S = 3.0
"""How long a card may take to answer when the port is opened."""

SILENT_LIMIT: Tick = 10 * SECOND
"""A card that says nothing for so long is taken for dead."""

LOW_WATER = 1024
"""Frames are made for the line while fewer octets than this wait for it, so that urgent ones wait little."""

READS_A_POLL = 64
LOG_LINES = 1000

_FCS_OCTETS = 2
_SHORTEST = Limits().min_octets - _FCS_OCTETS
_LONGEST = Limits().max_octets - _FCS_OCTETS


class Line(Protocol):
    """What the port wants of the line (`trunkbench.ports.serialline.SerialLine`)."""

    def fds(self, *, writing: bool) -> Fds: ...
    @property
    def look_every(self) -> Tick | None: ...
    def read(self) -> bytes: ...
    def write(self, octets: bytes) -> int: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line of the card's firmware log, and when it came."""

    at: Tick
    severity: str
    text: str


class SerialCardPort:
    """One end of a span on a serial card. `name` is for messages, `incarnation` drawn at random.

    `monotonic` gives seconds: the link's timers and the card's silence are judged by it.
    """

    def __init__(
        self,
        name: str,
        line: Line,
        *,
        idle: int,
        crc4: bool = True,
        recover: bool = False,
        incarnation: int,
        settings: seriallink.LinkSettings | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.caps = Caps(frozenset(), (), frozenset(), frozenset(), TimeBase.CARD)
        self.card: msg.Capabilities | None = None
        """What the card is, once it has said so."""
        self.firmware_log: deque[LogEntry] = deque(maxlen=LOG_LINES)
        self.counters: Counter[str] = Counter()
        self.link = seriallink.SerialLink(card=False, incarnation=incarnation, settings=settings)
        self._line = line
        self._configure = msg.Configure(crc4=crc4, recover=recover, idle=idle)
        self._monotonic = monotonic
        self._began = monotonic()
        self._audio = CardAudio(idle, monotonic)
        self._modes: dict[int, Mode] = {}
        self._unsent = bytearray()
        self._now: Tick = 0
        self._told_to: Tick = 0
        self._unsaid: list[Event] = []
        self._gone: str | None = None
        self._told = False
        self._closed = False
        self.link.start(self._time())

    def __repr__(self) -> str:
        return f"<SerialCardPort {self.name}>"

    # -- Device -------------------------------------------------------------------------------------------

    def fds(self) -> Fds:
        """The line's descriptor, if it has one."""
        return () if self._closed or self._gone is not None else self._line.fds(writing=bool(self._unsent))

    def next_deadline(self) -> Tick | None:
        """When the link's timers, or a line without descriptor, want to be looked at."""
        if self._closed or (self._gone is not None and self._told):
            return None
        if self._unsaid or self._gone is not None:
            return self._now
        wait = self._line.look_every
        due = self.link.next_deadline(not self._unsent)
        if due is not None:
            left = max(due - self._time(), 0)
            wait = left if wait is None else min(wait, left)
        return None if wait is None else self._now + wait

    def poll(self, now: Tick) -> Iterator[Event]:
        """What has come up to `now`."""
        self._now = now
        if self._closed:
            return iter(())
        if self._gone is None:
            try:
                self._serve()
            except LineGone as gone:
                self._vanish(str(gone))
        events, self._unsaid = self._unsaid, []
        if events:
            self._told_to = events[-1].at
        if self._gone is not None and not self._told:
            self._told = True
            events.append(Gone(now, self._gone))
        return iter(events)

    def close(self) -> None:
        """Let the card's slots idle, and give the line back. Idempotent; allowed after Gone."""
        if self._closed:
            return
        self._closed = True
        if self._gone is None:
            try:
                if self.link.state is seriallink.State.UP:
                    self.link.send(msg.CloseSlot(slot=0), self._time())
                    self._flush()
            except (LineGone, seriallink.LinkMisuse):
                pass  # the card finds out when nobody speaks to it
            self._line.close()

    # -- Port ---------------------------------------------------------------------------------------------

    def open(self, slot: int, mode: Mode) -> None:
        """Open a timeslot. Raises PortError if it is open already, or slot or mode are not in `caps`."""
        self._alive("open a timeslot")
        if slot not in self.caps.slots:
            declared = ", ".join(map(str, self.caps.slots)) or "none"
            raise PortError(f"{self.name}: the card has no timeslot {slot}; it declares {declared}")
        if mode not in self.caps.modes:
            modes = " or ".join(sorted(known.value for known in self.caps.modes))
            raise PortError(f"{self.name}, timeslot {slot}: the card has no mode {mode.value}; use {modes}")
        if slot in self._modes:
            raise PortError(f"{self.name}: timeslot {slot} is open already, as {self._modes[slot].value}")
        self._request(msg.OpenSlot(slot=slot, mode=words.MODES[mode]), slot)
        self._modes[slot] = mode
        if mode is Mode.OCTETS:
            self._audio.open(slot, f"{self.name}, timeslot {slot}")

    def send(self, slot: int, frame: bytes) -> None:
        """Queue one HDLC frame, without FCS. Raises PortError, and QueueFull when the link is behind.

        On a card that has gone the frame is lost, as it would be on the line (counted).
        """
        self._in_mode(slot, Mode.FRAMES, "send")
        if not _SHORTEST <= len(frame) <= _LONGEST:
            raise PortError(
                f"{self.name}, timeslot {slot}: a frame of {len(frame)} octets cannot be sent; "
                f"HDLC receivers take {_SHORTEST} to {_LONGEST}"
            )
        if self._gone is not None:
            self.counters["frames not sent"] += 1
            return
        self._request(msg.DFrame(slot=slot, data=frame), slot)
        self.counters["frames sent"] += 1

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        """Transmit `source` on the slot from tick `start` on; None is silence (`SlotAudio.play`).

        Raises PortError for a slot that is not open as OCTETS, and for a start inside an octet.
        """
        self._slot(slot, "play").play(source, start)

    def cas(self, slot: int, abcd: int) -> None:
        """Raises PortError: version 1 of the link carries no ABCD bits."""
        raise PortError(f"{self.name}, timeslot {slot}: it has no mode cas, so no ABCD bits can be sent")

    def insert(self, fault: LineFault) -> None:
        """Have the card insert a fault into what it transmits, if it has declared that it can.

        Raises PortError for a kind that it has not declared, wrong arguments, and before the card's time is
        known.
        """
        self._alive("insert a fault")
        if fault.kind not in self.caps.faults:
            kinds = ", ".join(sorted(self.caps.faults)) or "none"
            raise PortError(f"{self.name}: the card cannot insert {fault.kind!r}; those it can: {kinds}")
        faults.check(fault)
        start = self._audio.card_tick(fault.start)
        if start is None:
            raise PortError(
                f"{self.name}: the card's time is not known yet; insert faults after its first block"
            )
        request = msg.InsertFault(
            slot=fault.slot or 0,
            fault=words.FAULT_KINDS[fault.kind],
            start=start,
            duration=fault.duration,
            args=" ".join(map(str, fault.args)),
        )
        self._request(request, fault.slot or 0)

    def set_loop(self, kind: str, slot: int | None = None) -> None:
        """Close ("line", "local") or open ("off") a loop at the card, of one timeslot or of the whole line.

        Raises PortError for a loop that the card has not declared.
        """
        self._alive("set a loop")
        known = {"off": msg.LoopKind.OFF}
        if self.card is not None and self.card.line_loop:
            known["line"] = msg.LoopKind.LINE
        if self.card is not None and self.card.local_loop:
            known["local"] = msg.LoopKind.LOCAL
        if kind not in known:
            raise PortError(f"{self.name}: the card has no loop {kind!r}; those it has: {', '.join(known)}")
        self._request(msg.SetLoop(slot=slot or 0, loop=known[kind]), slot or 0)

    def horizon(self, slot: int) -> Tick:
        """Audio received on the slot is final before this tick."""
        return self._slot(slot, "listen").received_to * SAMPLE

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """The `n` octets received on the slot from sample `first` on; silence stands for what was lost."""
        return self._slot(slot, "listen").heard(first, n)

    def lost(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) gaps in what was received that touch those samples."""
        return self._slot(slot, "listen").lost(first, n)

    def counted(self) -> Tick:
        """Line time by the card's own count; the host's clock fills in while the card is silent."""
        return self._audio.counted()

    def stats(self) -> dict[str, int]:
        """Counters for reports: of audio, of frames, and of what the link found wrong and repeated."""
        found = {"overruns": 0, "underruns": 0, "lost samples": 0, **self._audio.counters, **self.counters}
        return found | {f"link {name}": count for name, count in self.link.counters.items()}

    # -- inside -------------------------------------------------------------------------------------------

    def _time(self) -> Tick:
        return int((self._monotonic() - self._began) * SECOND)

    def _serve(self) -> None:
        at = self._time()
        for _ in range(READS_A_POLL):
            octets = self._line.read()
            if not octets:
                break
            self.link.receive(octets, at)
            self._hand_out()
        self.link.handle_timer(at)
        if at - self.link.last_heard > SILENT_LIMIT:
            raise LineGone(f"the card has said nothing for {seconds(SILENT_LIMIT):g} s")
        if self.link.state is seriallink.State.UP:
            for block in self._audio.owed():
                self.link.send_audio(block, at)
        self._flush()

    def _hand_out(self) -> None:
        while (output := self.link.poll_output(room=False)) is not None:
            self._take(output)

    def _flush(self) -> None:
        """Write what waits, and make more of it, as long as the line takes it."""
        while True:
            while len(self._unsent) < LOW_WATER and (output := self.link.poll_output()) is not None:
                if isinstance(output, seriallink.Transmit):
                    self._unsent += output.octets
                else:
                    self._take(output)
            if not self._unsent:
                return
            taken = self._line.write(bytes(self._unsent))
            del self._unsent[:taken]
            if not taken:
                return

    def _take(self, output: seriallink.Output) -> None:
        match output:
            case seriallink.Received(message=message):
                self._received(message)
            case seriallink.Audio(block=block):
                self._audio.receive(block, self._now, self._unsaid)
            case seriallink.Up():
                if self.card is None:
                    self.link.send(self._configure, self._time())
            case seriallink.PeerReset(pending=pending):
                self._restore(pending)
            case seriallink.Silent():
                self.counters["silences"] += 1
            case seriallink.Incompatible():
                raise LineGone(words.incompatible(output))

    def _received(self, message: msg.NumberedMessage) -> None:
        now = self._now
        match message:
            case msg.DFrame():
                self.counters["frames received"] += 1
                if self._modes.get(message.slot) is Mode.FRAMES:
                    self._unsaid.append(Frame(self._when(message.time), message.slot, message.data))
            case msg.BadDFrame():
                error = words.name_of(message.error, "error")
                self._unsaid.append(BadFrame(self._when(message.time), message.slot, error, message.data))
            case msg.AlarmChange():
                alarm = words.name_of(message.alarm, "alarm").upper()
                self._unsaid.append(Alarm(self._when(message.time), alarm, message.on))
            case msg.Capabilities():
                self._introduced(message)
            case msg.Counters():
                for name in ("underruns", "late", "bad_blocks", "dropped"):
                    self.counters[f"card {name.replace('_', ' ')}"] = getattr(message, name)
            case msg.Underrun(time=first, count=count):
                self._audio.underrun(first, count, now, self._unsaid)
            case msg.Slip():
                self._slipped(message)
            case msg.LogLine():
                severity = words.name_of(message.severity, "severity")
                self.firmware_log.append(LogEntry(now, severity, message.text))
            case msg.Refusal():
                self.counters["refusals"] += 1
                text = f"refused {words.request_name(message)}: {message.text}"
                self.firmware_log.append(LogEntry(now, "refusal", text))
            case _:
                self.counters["requests from the card"] += 1

    def _slipped(self, slip: msg.Slip) -> None:
        """All timeslots of the line slip at once."""
        what = "repeated" if slip.repeated else "left out"
        self.counters[f"frames {what} in slips"] += slip.count
        at, sample = self._when(slip.time), self._audio.bench_sample(slip.time)
        self._unsaid += [Gap(at, slot, sample, slip.count, SLIP) for slot in sorted(self._audio.slots)]

    def _when(self, sample: int) -> Tick:
        """The tick of a card's sample, never after now nor before what was told already."""
        tick = self._audio.bench_tick(sample)
        last = max((event.at for event in self._unsaid), default=self._told_to)
        return max(min(self._now if tick is None else tick, self._now), last)

    def _introduced(self, card: msg.Capabilities) -> None:
        self.card = card
        self.caps = words.caps(card)
        self._audio.card_is(block=card.block, buffer=card.buffer)

    def _restore(self, pending: tuple[msg.NumberedMessage, ...]) -> None:
        """The card has started anew: tell it everything again, then what it never acknowledged."""
        self.counters["card resets"] += 1
        self._audio.forget_place()
        again: list[msg.NumberedMessage] = [self._configure]
        again += [msg.OpenSlot(slot=slot, mode=words.MODES[mode]) for slot, mode in self._modes.items()]
        for message in pending:
            if isinstance(message, msg.DFrame):
                again.append(message)
            elif not isinstance(message, msg.Configure | msg.OpenSlot):
                self.counters["requests lost in a reset"] += 1
        self.link.send_again(again, self._time())

    def _request(self, message: msg.NumberedMessage, slot: int) -> None:
        try:
            self.link.send(message, self._time())
            self._flush()
        except seriallink.LinkQueueFull as full:
            raise QueueFull(f"{self.name}, timeslot {slot}: {full}") from None
        except LineGone as gone:
            self._vanish(str(gone))

    def _vanish(self, reason: str) -> None:
        if self._gone is None:
            self._gone = f"{self.name}: {reason}"
            self._line.close()

    def _alive(self, what: str) -> None:
        if self._closed:
            raise PortError(f"{self.name}: cannot {what}, it was closed; open the port again")
        if self._gone is not None:
            raise PortError(f"{self.name}: cannot {what}, the device has gone: {self._gone}")

    def _slot(self, slot: int, what: str) -> SlotAudio:
        self._in_mode(slot, Mode.OCTETS, what)
        return self._audio.slots[slot]

    def _in_mode(self, slot: int, mode: Mode, what: str) -> None:
        if self._modes.get(slot) is not mode or self._closed:
            is_open = slot in self._modes and not self._closed
            state = self._modes[slot].value if is_open else "closed"
            raise PortError(
                f"{self.name}, timeslot {slot}: cannot {what}, it is {state}; open it as {mode.value} first"
            )


def open_port(address: str, span: SpanConfig) -> SerialCardPort:
    """The card at a pyserial URL (`@baud` at its end sets the rate), ready for its timeslots to be opened.

    Raises PortError when the line cannot be opened, nothing on it speaks the link protocol, or another
    version of it.
    """
    port = SerialCardPort(
        f"serial {address}",
        open_line(address),
        idle=Law(span.law).silence,
        crc4=span.crc4,
        recover=span.clock == "recover",
        incarnation=1 + secrets.randbelow((1 << 32) - 1),
    )
    try:
        _meet(port)
    except PortError:
        port.close()
        raise
    return port


def list_ports() -> Sequence[tuple[str, str]]:
    """(address, what it is) of every serial device; which is a trunk card only `open_port` finds out."""
    from serial.tools import list_ports as tools

    return [
        (f"serial:{found.device}", f"{found.description}, {found.hwid}") for found in sorted(tools.comports())
    ]


def _meet(port: SerialCardPort) -> None:
    """Wait until the card has introduced itself."""
    until = time.monotonic() + OPEN_WITHIN_S
    while port.card is None:
        for event in port.poll(0):
            if isinstance(event, Gone):
                raise PortError(event.reason)
        left = until - time.monotonic()
        if left <= 0:
            found = port.link.counters
            noise = sum(found[name] for name in ("crc", "stuffing", "short", "long"))
            heard = f"{noise} damaged frames came" if noise else "nothing came"
            raise PortError(
                f"{port.name}: no trunk card answered within {OPEN_WITHIN_S:g} s ({heard}); check that it is "
                "powered, runs the firmware of docs/serial-card.md, and that the rate (@baud) is its own"
            )
        deadline = port.next_deadline()
        wait = left if deadline is None else min(left, seconds(deadline))
        poller = select.poll()
        for fd, mask in port.fds():
            poller.register(fd, mask)
        poller.poll(wait * 1000)
