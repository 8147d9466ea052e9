"""One end of a span: a port, and the machines that speak on its D channel.

`SpanEnd` runs our own stack: LAPD (Q.921) and call control (Q.931) on a port whose D channel is opened as
FRAMES. `PeerEnd` runs somebody else's stack in the same place. A peer is any object with the sans-I/O
surface of `Peer`, so that an independent stack (libpri, say) is judged by the same scenarios, in virtual
time too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from trunkbench.config import BenchConfig, SpanConfig
from trunkbench.device import Alarm, BadFrame, Event, Frame, Gap, Gone, Mode, Port
from trunkbench.errors import PortError
from trunkbench.ports.guard import DialRefused, Guard
from trunkbench.pump import Pump
from trunkbench.slips import SLIP
from trunkbench.timeline import Timeline
from trunkwire import lapd
from trunkwire.g711 import Law
from trunkwire.q931.call import Call as Q931Call
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.channels import Selection
from trunkwire.q931.events import EstablishLink, Indication, ReleaseLink, SendData
from trunkwire.q931.ies import CauseIE, Location
from trunkwire.q931.message import Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

REESTABLISH_AFTER: Tick = SECOND
"""How long an end waits before it asks for a lost data link again (left open by Q.931 5.8.9)."""


UNDERRUN = "underrun"
"""How the cause of a `Gap` begins that concerns what we sent."""

ACROSS = 2000
"""Samples, 250 ms: how late the other end may hear what was sent, through both jitter buffers."""

_CLEARING = frozenset({0, 11, 12, 19})
"""Call states in which a call is being cleared already."""


_DISCONNECTING = frozenset({11, 12})
"""Call states U11 and N12, in which this side has sent DISCONNECT."""


def _is_status(message: bytes) -> bool:
    """Whether the octets are a STATUS: the type stands behind the call reference (Q.931 4.1)."""
    return len(message) > 2 and message[2 + message[1] : 3 + message[1]] == bytes((MessageType.STATUS,))


class Peer(Protocol):
    """A stack that is not ours: LAPD frames in, LAPD frames out (both without FCS)."""

    def receive(self, frame: bytes, now: Tick) -> None:
        """A frame has arrived."""
        ...

    def handle_timer(self, now: Tick) -> None:
        """`next_deadline` has come."""
        ...

    def poll_output(self) -> bytes | None:
        """The next frame to send; None when there is none."""
        ...

    def next_deadline(self) -> Tick | None:
        """When it wants `handle_timer`."""
        ...

    @property
    def in_service(self) -> bool:
        """Whether its data link is established."""
        ...

    def audit(self) -> list[str]:
        """What it still holds (calls, channels), by its own count; [] when it is idle."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class End(ABC):
    """What both kinds of end share: the port, the trace, and the numbering of channels."""

    def __init__(
        self,
        index: int,
        config: SpanConfig,
        side: Side,
        port: Port,
        pump: Pump,
        timeline: Timeline,
        *,
        is_near: bool,
    ) -> None:
        self.index = index
        self.config = config
        self.side = side
        self.port = port
        self.pump = pump
        self.timeline = timeline
        self.is_near = is_near
        self.name = f"{config.name} {'near' if is_near else 'far'} ({side.value} side)"
        self.law = Law(config.law)
        self.gone = False
        """Whether the port's device has vanished."""
        self.lost_samples: dict[int, int] = {}
        """Timeslot -> samples that the port lost on their way to us."""
        self.alarms: set[str] = set()
        """The defects and failures of the line that last, by their names."""
        self.slips: list[Tick] = []
        self.other: End | None = None
        """The other end of the span, where that is on this bench too."""
        self.unsent: dict[int, list[tuple[int, int]]] = {}
        """Timeslot -> the (first sample, length) stretches that this end did not send in time."""
        """When the port reported that its clock and the line's had run apart by a frame (G.822)."""
        self._traced = is_near or config.end == "far"  # one end of each span goes into the trace
        self._d_slot = config.d_channel
        slots = tuple(slot for slot in config.slots if slot in port.caps.slots)
        """A port may carry fewer channels than the line has (a slow serial card): those it has are used."""
        logical = config.channel_numbering == "logical"
        self.slot_of = {(n if logical else slot): slot for n, slot in enumerate(sorted(slots), 1)}
        """Channel number on the D channel -> timeslot."""
        port.open(self._d_slot, Mode.FRAMES)
        for slot in slots:
            port.open(slot, Mode.OCTETS)
        pump.attach(port, self._event)
        pump.add(self)

    def _event(self, event: Event) -> None:
        match event:
            case Frame():
                if self._traced:
                    self.timeline.frame(event.at, self.index, False, event.data)
                self._received(event.data, self.pump.now)
            case BadFrame():
                self.timeline.note(event.at, self.name, f"bad frame: {event.error}")
            case Alarm():
                (self.alarms.add if event.on else self.alarms.discard)(event.name)
                self.timeline.note(event.at, self.name, f"{event.name} {'on' if event.on else 'off'}")
            case Gap():
                self._gap(event)
            case Gone():
                self._port_gone(event)
            case _:
                self.timeline.note(event.at, self.name, type(event).__name__)

    def _gap(self, gap: Gap) -> None:
        """Samples of ours that were not sent in time, or of the other end that did not reach us."""
        if gap.cause.startswith(UNDERRUN):
            self.unsent.setdefault(gap.slot, []).append((gap.first, gap.n))
        self.lost_samples[gap.slot] = self.lost_samples.get(gap.slot, 0) + gap.n
        if gap.cause == SLIP and self.slips[-1:] != [gap.at]:  # every slot of the line slips at once
            self.slips.append(gap.at)
        self.timeline.note(gap.at, self.name, f"gap of {gap.n} samples on {gap.slot}: {gap.cause}")

    def not_sent(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) stretches of those samples in which the other end may have heard nothing
        because this one sent nothing in time; the way across is allowed `ACROSS` samples.
        """
        return [
            (at, count + ACROSS)
            for at, count in self.unsent.get(slot, ())
            if at < first + n and at + count + ACROSS > first
        ]

    def _port_gone(self, event: Gone) -> None:
        """The device has vanished. What it carried ends as with a lost data link; whoever waits is told."""
        if self.gone:
            return
        self.gone = True
        self.timeline.note(event.at, self.name, f"the port has gone: {event.reason}")
        carried = self._link_gone()
        raise PortError(f"{self.name}: the port has gone: {event.reason}{carried}")

    def _transmit(self, frame: bytes) -> None:
        if self.gone:
            return
        if self._traced:
            self.timeline.frame(self.pump.now, self.index, True, frame)
        self.port.send(self._d_slot, frame)

    @abstractmethod
    def _received(self, frame: bytes, now: Tick) -> None: ...

    @abstractmethod
    def _link_gone(self) -> str:
        """Let the stack know that the line is gone; what it carried, for the message (or nothing)."""

    @abstractmethod
    def start(self, now: Tick) -> None:
        """Begin to bring the data link up."""

    @property
    @abstractmethod
    def in_service(self) -> bool:
        """Whether the data link is established."""

    @abstractmethod
    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is due."""

    @abstractmethod
    def handle_timer(self, now: Tick) -> None:
        """Let the timers that are due expire, and send what they ask for."""

    @abstractmethod
    def audit(self) -> list[str]:
        """What is not idle; [] when nothing is held."""

    @abstractmethod
    def close(self) -> None:
        """Give the port back. Idempotent."""


class SpanEnd(End):
    """Our own stack. `sink` is told every indication of call control, after the machine's outputs were
    sent.
    """

    def __init__(
        self,
        index: int,
        config: SpanConfig,
        side: Side,
        port: Port,
        pump: Pump,
        timeline: Timeline,
        *,
        is_near: bool,
        bench: BenchConfig,
    ) -> None:
        end = bench.near if is_near else bench.far
        self.link = lapd.LapdLink(
            side, lapd.LapdSettings(reestablish_after=REESTABLISH_AFTER, **bench.timers.lapd())
        )
        super().__init__(index, config, side, port, pump, timeline, is_near=is_near)
        self.control = CallControl(
            side,
            replace(
                CallControlSettings(channels=tuple(self.slot_of), selection=Selection(end.selection)),
                **bench.timers.q931(),  # type: ignore[arg-type]  # names and ticks of the timers only
            ),
        )
        self.sink: Callable[[SpanEnd, Indication], None] = lambda end, indication: None
        # A guard of its own in front of the data link: what it refuses ends as a refused call, and the port's
        # guard behind it need not break a link.
        self.guard = Guard(bench.safety, config.name) if config.public else None
        self._refusal: DialRefused | None = None
        self.clearing: Callable[[Q931Call], None] = lambda call: None
        """Told of each call that call control has begun to clear of its own accord (a timer, a STATUS)."""
        self._up = False
        self._draining = False

    @property
    def in_service(self) -> bool:
        """Whether the data link is established, both for layer 2 and for layer 3."""
        return self._up

    def start(self, now: Tick) -> None:
        """Ask for the data link."""
        self.link.establish(now)
        self.drain()

    def _received(self, frame: bytes, now: Tick) -> None:
        self.link.receive(frame, now)
        self.drain()

    def next_deadline(self) -> Tick | None:
        """The earlier of LAPD's and call control's (and on a public port, the guard's)."""
        ours, theirs = self.link.next_deadline(), self.control.next_deadline()
        if ours is None or (theirs is not None and theirs < ours):
            ours = theirs
        if self.guard is not None:
            limit = self.guard.next_deadline()
            if ours is None or (limit is not None and limit < ours):
                return limit
        return ours

    def handle_timer(self, now: Tick) -> None:
        """Let both machines' timers expire, layer 2 first."""
        deadline = self.link.next_deadline()
        if deadline is not None and deadline <= now:
            self.link.handle_timer(now)
            self.drain()
        deadline = self.control.next_deadline()
        if deadline is not None and deadline <= now:
            self.control.handle_timer(now)
            self._tell_clearing()
            self.drain()
        if self.guard is not None:
            for reference in self.guard.overdue(now):
                self._end_overdue(reference, now)

    def _link_gone(self) -> str:
        channels = sorted(call.channel for call in self.control.calls.values() if call.channel is not None)
        self._up = False
        self.control.link_released(self.pump.now)
        self.drain()
        if not channels:
            return "; it carried no call"
        return (
            f"; it carried calls on channel{'s' if len(channels) > 1 else ''} {', '.join(map(str, channels))}"
        )

    def _end_overdue(self, reference: int, now: Tick) -> None:
        """A call on a public port has lasted as long as one may, by what the network has said of it."""
        call = self.control.calls.get(reference)
        self.timeline.note(now, self.name, f"call {reference} has lasted as long as [safety] max_call allows")
        if call is None:  # ours no more: have the network say that it holds nothing of it (Q.931 5.8.3.2 a)
            cause = CauseIE(location=Location.USER, value=Cause.NORMAL_UNSPECIFIED)
            self.link.send(build(Message(reference, MessageType.RELEASE, (cause,))), now)
        elif call.state.number not in _CLEARING:
            self.control.disconnect(call, Cause.NORMAL_UNSPECIFIED, now)
        self.drain()

    def drain(self) -> None:
        """Hand on every output of both machines until neither has any.

        Whoever has asked one of the machines for something calls this next. A handler of an indication that
        asks for more is served by the drain that is already running.
        """
        if self._draining:
            return
        self._draining = True
        try:
            now = self.pump.now
            while self._drain_link(now) or self._drain_control(now):
                pass
        finally:
            self._draining = False
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal

    def _refuse(self, octets: bytes, refusal: DialRefused, now: Tick) -> None:
        """The guard does not let a message out: to call control it is as if the peer had refused the SETUP;
        a call that is under way already is cleared.
        """
        self.timeline.note(now, self.name, f"not sent: {refusal}")
        self._refusal = refusal
        message = parse(octets)
        if message.type == MessageType.SETUP:
            cause = CauseIE(location=Location.USER, value=Cause.CALL_REJECTED)
            answer = Message(message.reference, MessageType.RELEASE_COMPLETE, (cause,), to_originator=True)
            self.control.receive(build(answer), now)
            return
        call = self.control.calls.get(message.reference)
        if call is not None and call.state.number not in _CLEARING:
            self.control.disconnect(call, Cause.CALL_REJECTED, now)

    def _guarded_send(self, guard: Guard, octets: bytes, now: Tick) -> None:
        try:
            guard.outgoing(octets, now)
        except DialRefused as refusal:
            self._refuse(octets, refusal, now)
        else:
            self.link.send(octets, now)

    def _drain_link(self, now: Tick) -> bool:
        any_output = False
        poll = self.link.poll_output
        while (output := poll()) is not None:
            any_output = True
            if isinstance(output, lapd.Transmit):
                self._transmit(output.frame)
            elif isinstance(output, lapd.Data):
                if self.guard is not None:
                    self.guard.incoming(output.data)
                self.control.receive(output.data, now)
                if _is_status(output.data):
                    self._tell_clearing()
                self._drain_control(now)
            else:
                self._link_changed(output, now)
        return any_output

    def _tell_clearing(self) -> None:
        for call in tuple(self.control.calls.values()):
            if call.cleared_by == "local" and call.state.number in _DISCONNECTING:
                self.clearing(call)

    def _link_changed(self, output: lapd.Output, now: Tick) -> None:
        if isinstance(output, lapd.Established):
            self._up = True
            self.timeline.note(now, self.name, "data link reset" if output.reset else "data link up")
            self.control.link_established(now)
        elif isinstance(output, lapd.Released):
            self._up = False
            self.timeline.note(now, self.name, "data link down")
            self.control.link_released(now)
        elif isinstance(output, lapd.Error):
            self.timeline.note(now, self.name, f"MDL-ERROR {output.code}")
        else:
            self.timeline.note(now, self.name, type(output).__name__)

    def _drain_control(self, now: Tick) -> bool:
        any_output = False
        poll = self.control.poll_output
        while (output := poll()) is not None:
            any_output = True
            if isinstance(output, SendData):
                if self.guard is None:
                    self.link.send(output.data, now)
                else:
                    self._guarded_send(self.guard, output.data, now)
            elif isinstance(output, Indication):
                self.sink(self, output)
            elif isinstance(output, EstablishLink):
                self.link.establish(now)
            elif isinstance(output, ReleaseLink):
                self.link.release(now)
        return any_output

    def may_dial(self, called: str, *, complete: bool) -> None:
        """Raise DialRefused when this is a public port and its rules forbid the call."""
        if self.guard is not None:
            self.guard.check_number(called, complete=complete)
            self.guard.check_room(self.pump.now)

    def audit(self) -> list[str]:
        """Calls, references, channels and timers that are not idle, and frames that nobody acknowledged."""
        return [f"{self.name}: {line}" for line in (*self.control.audit(), *self.link.audit())]

    def close(self) -> None:
        """Give the port back."""
        self.port.close()


class PeerEnd(End):
    """Somebody else's stack. Its audio is its own affair: nothing is played into its B channels."""

    def __init__(
        self,
        index: int,
        config: SpanConfig,
        side: Side,
        port: Port,
        pump: Pump,
        timeline: Timeline,
        *,
        is_near: bool,
        peer: Peer,
    ) -> None:
        self.peer = peer
        super().__init__(index, config, side, port, pump, timeline, is_near=is_near)

    @property
    def in_service(self) -> bool:
        """What the peer says of its link."""
        return self.peer.in_service

    def _link_gone(self) -> str:
        return "; its peer was not told"

    def start(self, now: Tick) -> None:
        """The peer starts by itself; send what it has ready."""
        self.drain()

    def _received(self, frame: bytes, now: Tick) -> None:
        self.peer.receive(frame, now)
        self.drain()

    def next_deadline(self) -> Tick | None:
        """The peer's."""
        return self.peer.next_deadline()

    def handle_timer(self, now: Tick) -> None:
        """Let the peer's timers expire."""
        self.peer.handle_timer(now)
        self.drain()

    def drain(self) -> None:
        """Send every frame that the peer has ready; call it after asking the peer for something."""
        while (frame := self.peer.poll_output()) is not None:
            self._transmit(frame)

    def audit(self) -> list[str]:
        """What the peer still holds, by its own count."""
        return [f"{self.name}: {line}" for line in self.peer.audit()]

    def close(self) -> None:
        """Close the peer and give the port back."""
        self.peer.close()
        self.port.close()
