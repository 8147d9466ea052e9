"""Two whole ends, LAPD and call control, on a D channel that loses, doubles, swaps, delays and spoils frames.

A conversation is drawn from its seed: who calls whom, what the called party does, who hangs up when, a
restart, an outage; and how bad the line is. Spoilt frames have bits flipped between the flags and are then
checked against their FCS as a receiver does. Faults end after `FAULTS_END`; what comes then must put
everything in order again. Time is virtual: `run` goes from event to event.
"""

from __future__ import annotations

import contextlib
import heapq
import random
from collections import Counter
from collections.abc import Callable

from trunkwire import lapd
from trunkwire.hdlc import fcs16
from trunkwire.q931.call import Call, ChannelChoice, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.channels import Selection
from trunkwire.q931.errors import CallControlError
from trunkwire.q931.events import Broadcast, EstablishLink, Indication, IndicationKind, ReleaseLink, SendData
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, SECOND, Tick

FAULTS_END: Tick = 60 * SECOND
AT_REST: Tick = 800 * SECOND
"""By then every timer that anybody may have started is over (T301 is the longest, 180 s)."""

ANSWERS, BUSY, RINGS, REJECTS, OVERLAP = "300", "200", "201", "202", "400"


class End:
    """One side: its two machines, and a party behind it that does what its numbers say."""

    def __init__(self, side: Side, line: BadLine) -> None:
        self.side = side
        self.line = line
        self.link = lapd.LapdLink(side, lapd.LapdSettings(reestablish_after=SECOND))
        first = Selection.ASCENDING if side is Side.NETWORK else Selection.DESCENDING
        self.control = CallControl(
            side, CallControlSettings(channels=(1, 2, 3), selection=first, number_complete=_complete)
        )
        self.ups = 0
        """How often the data link came up, the first time included."""
        self.over: Counter[int] = Counter()
        self.kept: list[Call] = []
        """Keeps every call alive, so that their identities stay their own."""

    def drain(self) -> None:
        """Hand on all that either machine has."""
        while self._drain_link() or self._drain_control():
            pass

    def _drain_link(self) -> bool:
        now, any_output = self.line.now, False
        while (output := self.link.poll_output()) is not None:
            any_output = True
            match output:
                case lapd.Transmit(frame):
                    self.line.launch(self, frame)
                case lapd.Data(data):
                    self.control.receive(data, now)
                case lapd.Established():
                    self.ups += 1
                    self.control.link_established(now)
                case lapd.Released():
                    self.control.link_released(now)
                case _:
                    pass
            while self._drain_control():
                pass
        return any_output

    def _drain_control(self) -> bool:
        now = self.line.now
        output = self.control.poll_output()
        match output:
            case None:
                return False
            case SendData(data):
                self.link.send(data, now)
            case Indication():
                self._told(output)
            case EstablishLink():
                self.link.establish(now)
            case ReleaseLink():
                self.link.release(now)
            case Broadcast():
                raise AssertionError("nobody broadcasts on a primary rate")
        return True

    def _told(self, indication: Indication) -> None:
        call = indication.call
        if call is None:
            return
        if indication.kind is IndicationKind.SETUP:
            self.begins(call)
            self._arrived(call)
        elif indication.kind is IndicationKind.RELEASED:
            self.over[id(call)] += 1
        elif indication.kind is IndicationKind.DISCONNECT:
            self.ask(lambda: self.control.release(call, self.line.now))
        elif indication.kind is IndicationKind.MORE_INFO:
            for digit in OVERLAP[1:]:
                self.ask(lambda digit=digit: self.control.information(call, digit, self.line.now))  # type: ignore[misc]
        elif indication.kind is IndicationKind.INFORMATION and call.called == OVERLAP:
            self._answers(call)

    def begins(self, call: Call) -> None:
        """A call of this side has begun."""
        self.kept.append(call)

    def _arrived(self, call: Call) -> None:
        now = self.line.now
        if call.called == BUSY:
            self.ask(lambda: self.control.reject(call, Cause.USER_BUSY, now))
        elif call.called == REJECTS:
            self.ask(lambda: self.control.proceeding(call, now))
            self.line.after(SECOND, self, lambda: self.control.disconnect(call, 21, self.line.now))
        elif OVERLAP.startswith(call.called) and call.called != OVERLAP:
            self.ask(lambda: self.control.more_info(call, now))
        elif call.called == RINGS:
            self.ask(lambda: self.control.alerting(call, now))
        else:
            self._answers(call)

    def _answers(self, call: Call) -> None:
        self.ask(lambda: self.control.alerting(call, self.line.now))
        after = self.line.draw.randrange(1, 3 * SECOND)
        self.line.after(after, self, lambda: self.control.connect(call, self.line.now))

    def ask(self, request: Callable[[], object]) -> None:
        """Ask call control for something that may have come too late: then nothing happens."""
        with contextlib.suppress(CallControlError):
            request()

    def active(self) -> set[tuple[object, ...]]:
        """The active calls as both sides should see them: reference, whose, channel."""
        network = self.side is Side.NETWORK
        return {
            (call.reference, call.outgoing is network, call.channel)
            for call in self.control.calls.values()
            if call.state.number == 10
        }

    def deadline(self) -> Tick | None:
        """When one of the machines wants its timer."""
        times = [
            time for time in (self.link.next_deadline(), self.control.next_deadline()) if time is not None
        ]
        return min(times, default=None)

    def handle_timer(self, now: Tick) -> None:
        """Let what is due expire."""
        for machine in (self.link, self.control):
            due = machine.next_deadline()
            if due is not None and due <= now:
                machine.handle_timer(now)
                self.drain()


def _complete(digits: str) -> bool:
    return digits == OVERLAP


class BadLine:
    """One conversation. `run` plays it to its end; `troubles` says what is not as it must be then."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.now: Tick = 0
        self.seed = seed
        self.faults: Counter[str] = Counter()
        self._rates = {
            name: self.draw.choice((0, 0.02, 0.1, 0.3)) for name in ("lose", "double", "delay", "spoil")
        }
        self._order = 0
        self._heap: list[tuple[Tick, int, Callable[[], None]]] = []
        self._outage = (0, 0)
        if self.draw.random() < 0.3:
            begin = self.draw.randrange(FAULTS_END)
            self._outage = (begin, begin + self.draw.randrange(SECOND // 2, 30 * SECOND))
        self.network, self.user = (End(side, self) for side in (Side.NETWORK, Side.USER))
        self.ends = (self.network, self.user)

    def at(self, tick: Tick, action: Callable[[], None]) -> None:
        """Do that then."""
        self._order += 1
        heapq.heappush(self._heap, (tick, self._order, action))

    def after(self, ticks: Tick, end: End, request: Callable[[], object]) -> None:
        """Have `end` ask for that in so many ticks."""

        def act() -> None:
            end.ask(request)
            end.drain()

        self.at(self.now + ticks, act)

    def launch(self, sender: End, frame: bytes) -> None:
        """A frame goes onto the line."""
        to = self.user if sender is self.network else self.network
        delay, copies = 2 * MILLISECOND + len(frame) * 8, 1
        if self.now < FAULTS_END:
            if self._outage[0] <= self.now < self._outage[1] or self._strikes("lose"):
                return
            if self._strikes("spoil") and (frame := self._spoilt(frame)) == b"":
                return
            copies += self._strikes("double")
            if self._strikes("delay"):
                delay += self.draw.randrange(3 * SECOND)  # long enough to be overtaken
        for _ in range(copies):
            self.at(self.now + delay, lambda: self._arrives(to, frame))

    def _strikes(self, fault: str) -> bool:
        if self.draw.random() >= self._rates[fault]:
            return False
        self.faults[fault] += 1
        return True

    def _spoilt(self, frame: bytes) -> bytes:
        """The frame with bits flipped on its way; nothing if its FCS shows it."""
        octets = bytearray(frame + fcs16(frame).to_bytes(2, "little"))
        for _ in range(self.draw.randrange(1, 5)):
            octets[self.draw.randrange(len(octets))] ^= 1 << self.draw.randrange(8)
        kept, check = bytes(octets[:-2]), int.from_bytes(octets[-2:], "little")
        return kept if fcs16(kept) == check else b""

    def _arrives(self, end: End, frame: bytes) -> None:
        end.link.receive(frame, self.now)
        end.drain()

    def play(self, until: Tick) -> None:
        """Everything that happens up to that tick."""
        while True:
            times = [deadline for end in self.ends if (deadline := end.deadline()) is not None]
            if self._heap:
                times.append(self._heap[0][0])
            due = min(times, default=until + 1)
            if due > until:
                break
            self.now = max(due, self.now)
            if self._heap and self._heap[0][0] <= self.now:
                heapq.heappop(self._heap)[2]()
                continue
            for end in self.ends:
                end.handle_timer(self.now)
        self.now = until

    def _plan(self) -> None:
        for end in self.ends:
            end.link.establish(0)
            end.drain()
        for _ in range(self.draw.randrange(1, 6)):
            caller = self.draw.choice(self.ends)
            self.at(self.draw.randrange(FAULTS_END), lambda caller=caller: self._calls(caller))  # type: ignore[misc]
        if self.draw.random() < 0.15:
            asking = self.draw.choice(self.ends)
            channels = self.draw.choice((None, (1,), (2, 3)))
            when = self.draw.randrange(FAULTS_END)
            self.after(when, asking, lambda: asking.control.restart(channels, self.now))

    def _calls(self, end: End) -> None:
        called = self.draw.choice((ANSWERS, ANSWERS, BUSY, RINGS, REJECTS, OVERLAP[:1]))
        request = SetupRequest(
            called=called,
            calling="1000",
            choice=self.draw.choice(list(ChannelChoice)),
            sending_complete=called != OVERLAP[:1] and self.draw.random() < 0.5,
        )
        try:
            call = end.control.setup(request, self.now)
        except CallControlError:
            return  # no link, or no channel: the caller hears so at once
        end.begins(call)
        end.drain()
        who = self.draw.choice(self.ends)
        self.after(self.draw.randrange(20 * SECOND), who, lambda: self._hangs_up(who, call))

    def _hangs_up(self, end: End, call: Call) -> None:
        for own in tuple(end.control.calls.values()):
            if own.reference == call.reference and own.outgoing is (own is call):
                end.control.disconnect(own, Cause.NORMAL_CLEARING, self.now)

    def run(self) -> None:
        """The conversation, the quiet after it, and the last ones going on hook."""
        self._plan()
        self.play(FAULTS_END + AT_REST)
        # A link that is reset loses the messages on their way, and the end whose own were all acknowledged is
        # not even told (Q.921 5.7.2): an active call may be left that the peer has forgotten. 5.8.10 is there
        # to find it.
        for end in self.ends:
            for call in tuple(end.control.calls.values()):
                end.ask(lambda end=end, call=call: end.control.status_enquiry(call, self.now))  # type: ignore[misc]
            end.drain()
        self.play(self.now + AT_REST)
        self.seen = tuple(end.active() for end in self.ends)
        for end in self.ends:
            for call in tuple(end.control.calls.values()):
                end.ask(lambda end=end, call=call: end.control.disconnect(call, 16, self.now))  # type: ignore[misc]
            end.drain()
        self.play(self.now + AT_REST)
        for end in self.ends:  # what T308 has sent to maintenance comes back by restart
            end.control.restart(None, self.now)
            end.drain()
            self.play(self.now + AT_REST)

    def troubles(self) -> list[str]:
        """What is left, what the ends see differently, and calls that did not end once."""
        network, user = self.seen
        if any(end.ups > 1 for end in self.ends):
            # A reset may have lost the first response, the only one that says that the call is on another
            # channel (5.2.3.1): nothing in Q.931 tells the caller's side so later.
            network, user = ({call[:2] for call in side} for side in (network, user))
        found = [] if network == user else [f"active at the network {network}, at the user {user}"]
        for end in self.ends:
            found += [f"{end.side.value}: {line}" for line in end.control.audit()]
            if end.link.state is not lapd.State.MULTIPLE_FRAME_ESTABLISHED:
                found.append(f"{end.side.value}: link in {end.link.state.title}")
            for call in end.kept:
                if end.over[id(call)] != 1:
                    found.append(f"{end.side.value}: {call!r} ended {end.over[id(call)]} times")
        return [f"seed {self.seed}: {line}" for line in found]
