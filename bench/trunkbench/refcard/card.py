"""A serial trunk card in software: the card's side of docs/serial-card.md in front of any Port.

Sans-I/O: `receive(octets, now)`, `advance(now)`, `transmit()`. `now` is true time in ticks, from which the
card's own clock counts: the octets that the host sends for a sample go out in that sample of its count.
"""

from __future__ import annotations

import contextlib
from collections import deque

from trunkbench.device import Alarm, BadFrame, Frame, LineFault, Mode, Port
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports import serialwords as words
from trunkbench.refcard.clocks import CardTime, ElasticBuffer
from trunkbench.refcard.playout import Playout
from trunkwire import seriallink
from trunkwire.g711 import Law
from trunkwire.seriallink import messages as msg
from trunkwire.ticks import SAMPLE, SECOND, Tick

BLOCK = 160
BUFFER = 8 * BLOCK
WAITING_FRAMES = 24
"""Frames that wait for the line before the card stops giving credit."""

COUNTERS_EVERY: Tick = SECOND
LONGEST_LACK = 4000
"""Samples of an underrun after which the host is told of it, even though it goes on."""

_MODES = {mode.value: name for name, mode in words.MODES.items()}
_FRAME_FAULTS = {kind.name.lower().replace("_", "-"): kind for kind in msg.FrameFault}


class RefCard:
    """One card. `port` is its E1 side; `slots` are the timeslots that it declares."""

    def __init__(
        self,
        port: Port,
        *,
        incarnation: int,
        name: str = "trunkbench reference card",
        slots: tuple[int, ...] = tuple(range(1, 32)),
        block: int = BLOCK,
        settings: seriallink.LinkSettings | None = None,
        now: Tick = 0,
        time: CardTime | None = None,
        receiver: ElasticBuffer | None = None,
    ) -> None:
        self.port = port
        self.time = time or CardTime()
        """Its clock: what comes in as `now` is true time, and what it counts is this."""
        self.name = name
        self.slots = slots
        self.block = block
        self.link = seriallink.SerialLink(card=True, incarnation=incarnation, settings=settings)
        self.modes: dict[int, Mode] = {}
        """Timeslots that the host has opened."""
        self.underruns = self.late = self.bad_blocks = self.dropped = 0
        self._receiver = receiver
        self._minor = msg.MINOR
        self._now = now = self.time.count(now)
        self._began = now // SAMPLE
        self._playout = Playout(Law.ALAW.silence, keep=SECOND // SAMPLE)
        self._next_block = self._began
        self._lacking: tuple[int, int] | None = None
        self._sequence = 0
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._looped: set[int] = set()
        self._loop_all = False
        self._counted: msg.Counters | None = None
        self._count_at = now + COUNTERS_EVERY
        self._ports_modes: dict[int, Mode] = {}
        self.link.start(now)

    def restarted(self, incarnation: int, now: Tick) -> RefCard:
        """The same card after a reset: it knows nothing, its count begins anew, its timeslots idle."""
        self._now = self.time.count(now)
        self._forget()
        again = RefCard(
            self.port,
            incarnation=incarnation,
            name=self.name,
            slots=self.slots,
            block=self.block,
            settings=self.link.settings,
            now=now,
            time=self.time,
            receiver=self._receiver,
        )
        again._ports_modes = self._ports_modes
        return again

    # -- input --------------------------------------------------------------------------------------------

    def receive(self, octets: bytes, now: Tick) -> None:
        """Octets from the host."""
        self._now = now = self.time.count(now)
        self.link.receive(octets, now)
        self._hand_out()

    def advance(self, now: Tick) -> None:
        """The line has gone on: hand its frames and its audio to the host, and see to the timers."""
        self._now = now = self.time.count(now)
        for event in self.port.poll(now):
            self._from_line(event)
        self._tell_slips()
        self._send_waiting()
        up = self.link.state is seriallink.State.UP
        while (self._next_block + self.block) * SAMPLE <= now:
            if up:
                self._account(self._next_block - self._began)
                self.link.send_audio(self._make_block(), now)
            self._next_block += self.block
        if up and now >= self._count_at:
            self._count(now)
        self.link.handle_timer(now)
        self._hand_out()

    def next_deadline(self) -> Tick:
        """When `advance` is due."""
        due = [(self._next_block + self.block) * SAMPLE]
        for other in (self.link.next_deadline(), self.port.next_deadline()):
            if other is not None:
                due.append(other)
        return self.time.when(min(due))

    def transmit(self) -> bytes | None:
        """The next octets for the host; None when there are none. Ask only while the line has room."""
        while (output := self.link.poll_output()) is not None:
            if isinstance(output, seriallink.Transmit):
                return output.octets
            self._take(output)
        return None

    def log(self, severity: msg.Severity, text: str) -> None:
        """Write a line to the firmware's log; dropped while too much waits for the link."""
        with contextlib.suppress(seriallink.LinkMisuse):
            self.link.send(msg.LogLine(severity=severity, text=text), self._now)

    # -- from the host ------------------------------------------------------------------------------------

    def _hand_out(self) -> None:
        while (output := self.link.poll_output(room=False)) is not None:
            self._take(output)

    def _take(self, output: seriallink.Output) -> None:
        match output:
            case seriallink.Received(message=message):
                self._request(message)
            case seriallink.Audio(block=block):
                self._play(block)
            case seriallink.Up(minor=minor):
                self._minor = minor
                self._introduce()
            case seriallink.PeerReset():
                self._forget()

    def _introduce(self) -> None:
        faults = tuple(kind for name, kind in words.FAULT_KINDS.items() if name in self.port.caps.faults)
        alarms = tuple(kind for kind in msg.AlarmKind if kind and kind.name in self.port.caps.alarms)
        capabilities = msg.Capabilities(
            frames=Mode.FRAMES in self.port.caps.modes,
            octets=Mode.OCTETS in self.port.caps.modes,
            line_loop=False,
            local_loop=True,
            block=self.block,
            buffer=BUFFER,
            slots=self.slots,
            alarms=alarms or (msg.AlarmKind.NONE,),
            faults=faults or (msg.FaultKind.NONE,),
            name=self.name,
        )
        self.link.send_again((capabilities,), self._now)
        self.log(msg.Severity.INFO, "ready")

    def _request(self, message: msg.NumberedMessage) -> None:
        match message:
            case msg.DFrame():
                self._frame(message.slot, message.data)
            case msg.OpenSlot():
                self._open(message)
            case msg.CloseSlot(slot=slot):
                for closed in [slot] if slot else list(self.modes):
                    self._close(closed)
            case msg.Configure(idle=idle, recover=recover):
                self._playout.idle = idle
                self.time.recover = recover
            case msg.SetLoop():
                self._loop(message)
            case msg.InsertFault():
                self._insert(message)
            case _:
                self._refuse(message, 0, "a card takes no such message")

    def _open(self, message: msg.OpenSlot) -> None:
        slot, mode = message.slot, _MODES.get(message.mode)
        if slot not in self.slots or mode is None:
            self._refuse(message, slot, "there is no such timeslot or mode")
            return
        if self._ports_modes.get(slot, mode) is not mode:
            self._refuse(message, slot, "its mode cannot change while the line runs")
            return
        if slot not in self._ports_modes:
            try:
                self.port.open(slot, mode)
            except PortError as error:
                self._refuse(message, slot, str(error))
                return
            self._ports_modes[slot] = mode
        self.modes[slot] = mode
        if mode is Mode.OCTETS:
            start = -(-self._now // SAMPLE) * SAMPLE
            self.port.play(slot, lambda first, n: self._line_octets(slot, first, n), start)

    def _close(self, slot: int) -> None:
        self._looped.discard(slot)
        if self.modes.pop(slot, None) is Mode.OCTETS:
            self.port.play(slot, None, -(-self._now // SAMPLE) * SAMPLE)
        if Mode.OCTETS not in self.modes.values():
            self._playout.clear()
            self._lacking = None

    def _forget(self) -> None:
        """The host has started anew: all timeslots idle until it opens them again."""
        for slot in list(self.modes):
            self._close(slot)
        self._playout.clear()
        self._waiting.clear()
        self._loop_all = False
        self._counted = None

    def _frame(self, slot: int, data: bytes) -> None:
        if self.modes.get(slot) is not Mode.FRAMES:
            self.dropped += 1
        elif self._loop_all or slot in self._looped:
            time = self._now // SAMPLE - self._began
            self.link.send_again((msg.DFrame(slot=slot, time=time, data=data),), self._now)
        else:
            self._waiting.append((slot, data))
            self._send_waiting()

    def _send_waiting(self) -> None:
        while self._waiting:
            try:
                self.port.send(*self._waiting[0])
            except QueueFull:
                break
            except PortError as error:
                self.dropped += 1
                self.log(msg.Severity.ERROR, str(error))
            self._waiting.popleft()
        self.link.set_credit(max(WAITING_FRAMES - len(self._waiting), 0), self._now)

    def _loop(self, message: msg.SetLoop) -> None:
        if message.loop == msg.LoopKind.LINE:
            self._refuse(message, message.slot, "it has no line loop")
            return
        closed = message.loop == msg.LoopKind.LOCAL
        if not message.slot:
            self._loop_all = closed
            if not closed:
                self._looped.clear()
        elif closed:
            self._looped.add(message.slot)
        else:
            self._looped.discard(message.slot)

    def _insert(self, message: msg.InsertFault) -> None:
        name = words.FAULTS.get(message.fault)
        try:
            args = tuple(int(arg) for arg in message.args.split())
            start = max(message.start + self._began * SAMPLE, self._now + 1)
            if name is None:
                raise PortError("there is no such fault")
            self.port.insert(LineFault(name, start, message.duration, message.slot or None, args))
        except (ValueError, PortError) as error:
            self._refuse(message, message.slot, str(error))

    def _refuse(self, message: msg.NumberedMessage, slot: int, why: str) -> None:
        refusal = msg.Refusal(refused=msg.KIND_OF[type(message)], slot=slot, text=why)
        self.link.send_again((refusal,), self._now)

    # -- audio --------------------------------------------------------------------------------------------

    def _play(self, block: msg.AudioBlock) -> None:
        time = self._now // SAMPLE - self._began
        if block.time + block.count > time + BUFFER + self.block:
            self.bad_blocks += 1  # a host that sends so far ahead counts by another clock
            return
        late = self._playout.take(block, time + 1)
        self.late += late

    def _line_octets(self, slot: int, first: int, n: int) -> bytes:
        return self._playout.octets(slot, first - self._began, n)

    def _account(self, first: int) -> None:
        """Note what of the block that has just gone out the host did not give, and tell it stretch by
        stretch."""
        if not self._playout.running:
            return
        for at, n in self._playout.missing(first, self.block):
            if self._lacking is not None and sum(self._lacking) == at:
                self._lacking = (self._lacking[0], self._lacking[1] + n)
            else:
                self._tell_lacking()
                self._lacking = (at, n)
        if self._lacking is not None:
            over = sum(self._lacking) < first + self.block
            if over or self._lacking[1] >= LONGEST_LACK:
                self._tell_lacking()

    def _tell_lacking(self) -> None:
        if self._lacking is not None:
            self.underruns += 1
            self._tell(msg.Underrun(time=self._lacking[0], count=self._lacking[1]))
            self._lacking = None

    def _make_block(self) -> msg.AudioBlock:
        first, n = self._next_block, self.block
        silent = bytes((self._playout.idle,)) * n
        slots, octets = [], []
        for slot, mode in self.modes.items():
            if mode is not Mode.OCTETS:
                continue
            if self._loop_all or slot in self._looped:
                heard = self._line_octets(slot, first, n)
            else:
                heard = self.port.heard(slot, first, n)
            if heard != silent:
                slots.append(slot)
                octets.append(heard)
        self._sequence = (self._sequence + 1) % 65536
        return msg.AudioBlock(
            sequence=self._sequence,
            time=first - self._began,
            count=n,
            slots=tuple(slots) or (0,),
            octets=b"".join(octets),
        )

    # -- from the line ------------------------------------------------------------------------------------

    def _from_line(self, event: object) -> None:
        match event:
            case Frame(at=at, slot=slot, data=data) if self.modes.get(slot) is Mode.FRAMES:
                self._tell(msg.DFrame(slot=slot, time=self._sample(at), data=data))
            case BadFrame(at=at, slot=slot, error=error) if self.modes.get(slot) is Mode.FRAMES:
                kind = _FRAME_FAULTS.get(error, msg.FrameFault.ABORT)
                self._tell(msg.BadDFrame(slot=slot, error=kind, time=self._sample(at), data=event.data))
            case Alarm(at=at, name=name, on=on) if name in msg.AlarmKind.__members__:
                self._tell(msg.AlarmChange(on=on, alarm=msg.AlarmKind[name], time=self._sample(at)))
            case _:
                pass

    def _tell_slips(self) -> None:
        news = self._receiver.news() if self._receiver is not None else ()
        if self._minor < msg.SLIP_SINCE:
            return
        for sample, repeated in news:
            self._tell(msg.Slip(repeated=repeated, time=max(sample - self._began, 0), count=1))

    def _tell(self, message: msg.NumberedMessage) -> None:
        if self.link.state is not seriallink.State.UP:
            self.dropped += 1
            return
        try:
            self.link.send(message, self._now)
        except seriallink.LinkQueueFull:
            self.dropped += 1  # as on the line itself: LAPD repeats it

    def _sample(self, tick: Tick) -> int:
        return max(tick // SAMPLE - self._began, 0)

    def _count(self, now: Tick) -> None:
        self._count_at = now + COUNTERS_EVERY
        counted = msg.Counters(
            underruns=self.underruns, late=self.late, bad_blocks=self.bad_blocks, dropped=self.dropped
        )
        if counted != self._counted:
            self._counted = counted
            self._tell(counted)
