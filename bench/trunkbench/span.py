"""One end of a span with our own stack on its D channel.

`SpanEnd` runs LAPD (Q.921) and call control (Q.931) on a port whose D channel is opened as FRAMES. Somebody
else's stack runs in a `PeerEnd` (`trunkbench.peerend`) in the same place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from trunkbench.access.leasing import leases_on
from trunkbench.config import BenchConfig, SpanConfig
from trunkbench.device import Port
from trunkbench.end import ACROSS, End
from trunkbench.numbers import Plan
from trunkbench.peerend import Peer, PeerEnd
from trunkbench.ports.guard import DialRefused, Guard
from trunkbench.pump import Pump
from trunkbench.timeline import Timeline
from trunkwire import lapd
from trunkwire.q931.call import Call as Q931Call
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.channels import Selection
from trunkwire.q931.events import EstablishLink, Indication, IndicationKind, ReleaseLink, SendData
from trunkwire.q931.ies import CauseIE, Location
from trunkwire.q931.message import Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.variants import VARIANTS, Variant
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

__all__ = ["ACROSS", "REESTABLISH_AFTER", "End", "Peer", "PeerEnd", "SpanEnd"]

REESTABLISH_AFTER: Tick = SECOND
"""How long an end waits before it asks for a lost data link again (left open by Q.931 5.8.9)."""

_CLEARING = frozenset({0, 11, 12, 19, 22})
"""Call states in which a call is being cleared already."""

_DISCONNECTING = frozenset({11, 12})
"""Call states U11 and N12, in which this side has sent DISCONNECT."""


_STATUS = bytes((MessageType.STATUS,))

_RESTART_OVER = (IndicationKind.RESTARTED, IndicationKind.RESTART_FAILED)


def link_settings(config: SpanConfig, bench: BenchConfig) -> lapd.LapdSettings:
    """What the config says of layer 2: k is 1 on a basic access unless it says otherwise (Q.921 5.9.5)."""
    wished = bench.timers.lapd()
    if config.kind == "bri":
        wished.setdefault("k", 1)
    return lapd.LapdSettings(reestablish_after=REESTABLISH_AFTER, **wished)


def _is_status(message: bytes) -> bool:
    """Whether the octets are a STATUS: the type stands behind the call reference (Q.931 4.1)."""
    return len(message) > 2 and message[2 + message[1] : 3 + message[1]] == _STATUS


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
        self.link = self._layer_2(side, config, bench, timeline)
        leases = leases_on(bench.access, config.name)
        super().__init__(index, config, side, port, pump, timeline, is_near=is_near, leases=leases)
        self.control = CallControl(side, self._layer_3(bench))
        self.sink: Callable[[SpanEnd, Indication], None] = lambda end, indication: None
        # A guard of its own in front of the data link: what it refuses ends as a refused call, and the port's
        # guard behind it need not break a link.
        self.guard = Guard(bench.safety, config.name) if config.public else None
        self._refusal: DialRefused | None = None
        self.clearing: Callable[[Q931Call], None] = lambda call: None
        """Told of each call that call control has begun to clear of its own accord (a timer, a STATUS)."""
        self.spoken: Callable[[bytes], bytes] | None = None
        """What is said instead of a message of call control: a far end that has a bug (`misbehaviour`)."""
        self.is_complete: Callable[[str], bool] = bool
        """Whether digits that T302 has ended may be a whole number."""
        self._up = False
        self._starting = side is Side.NETWORK and self.variant.restart_at_start
        """Whether the channels are still to be restarted before the first call."""
        self._restarted = False
        self._draining = False
        self.plans: dict[str, Plan] = {}
        """What a terminal of its own mind does with calls, by number."""
        self.planned: Callable[[str], Plan | None] = lambda number: None
        """What the numbers of the exchange do."""

    # What an end of another kind does otherwise.

    def _layer_2(
        self, side: Side, config: SpanConfig, bench: BenchConfig, timeline: Timeline
    ) -> lapd.LapdLink:
        return lapd.LapdLink(side, link_settings(config, bench))

    def _layer_3(self, bench: BenchConfig) -> CallControlSettings:
        end = bench.near if self.is_near else bench.far
        basic = self.config.kind == "bri"
        settings = CallControlSettings(
            channels=tuple(self.slot_of),
            selection=Selection(end.selection),
            basic=basic,
            reference_length=1 if basic else 2,
            variant=self.variant,
            number_complete=lambda digits: self.is_complete(digits),
        )
        return replace(settings, **bench.timers.q931())  # type: ignore[arg-type]  # ticks by timer

    @property
    def variant(self) -> Variant:
        """The switch variant that the end speaks."""
        return VARIANTS[self.config.switch]

    @property
    def station(self) -> str | None:
        """The name of the terminal that it is, if it is one."""
        return None

    @property
    def caller(self) -> str | None:
        """The number that it calls from; None leaves it to the exchange."""
        return None

    @property
    def default_choice(self) -> str | None:
        """How binding a channel is that it asks for; None is as the config says."""
        return None

    @property
    def label(self) -> str:
        """The name of the span."""
        return self.config.name

    @property
    def line(self) -> str | None:
        """The number of the analog line that it is an end of: it is none."""
        return None

    @property
    def in_line(self) -> bool:
        """Whether tones of the other exchange are heard whatever its messages say: they are not."""
        return False

    def identified_by(self, slot: int) -> int:
        """The slot itself."""
        return slot

    def own_plan(self, called: str) -> Plan | None:
        """What it does with a call to that number; None is what the exchange does."""
        return None

    @property
    def in_service(self) -> bool:
        """Whether the data link is established, both for layer 2 and for layer 3, and the channels have been
        restarted where the switch variant begins with that.
        """
        return self._up and not self._starting

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
            self._drain_link(now)
            while self._drain_control(now):
                self._drain_link(now)
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

    def _drain_link(self, now: Tick) -> None:
        poll = self.link.poll_output
        while (output := poll()) is not None:
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

    def _tell_clearing(self) -> None:
        for call in tuple(self.control.calls.values()):
            if call.cleared_by == "local" and call.state.number in _DISCONNECTING:
                self.clearing(call)

    def _link_changed(self, output: lapd.Output | lapd.EntityOutput, now: Tick) -> None:
        if isinstance(output, lapd.Established):
            self._up = True
            self.timeline.note(now, self.name, "data link reset" if output.reset else "data link up")
            self.control.link_established(now)
            if self._starting and not self._restarted:
                self._restarted = True
                self.control.restart(None, now)
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
                said = output.data if self.spoken is None else self.spoken(output.data)
                if self.guard is None:
                    self.link.send(said, now)
                else:
                    self._guarded_send(self.guard, said, now)
            elif isinstance(output, Indication):
                if output.kind in _RESTART_OVER:
                    self._starting = False
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
