"""The customer's end of an analog line: a telephone, or a PBX's port for exchange lines.

It reads the caller's number out of the sound on the line (EN 300 659-1), and places calls as people do: off
hook, dial tone, digits (ITU-T Q.23).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.analog.end import LineEnd
from trunkbench.ear import first_sample
from trunkwire.callerid import CallerIdError, CallSetup, FskReceiver, decode
from trunkwire.loopstart import LoopMisuse, LoopState, Pair, Station, StationReport, StationState
from trunkwire.q931.call import Call as Q931Call
from trunkwire.q931.call import SetupRequest
from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import NoChannelAvailable
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import CallingNumberIE, Presentation, RedirectingNumberIE
from trunkwire.q931.message import Element, Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.states import CallState
from trunkwire.ticks import MILLISECOND, SAMPLE, SECOND, Tick
from trunkwire.tones import BLOCK_SAMPLES, DIAL
from trunkwire.tones.dtmf import dtmf_source

if TYPE_CHECKING:
    from trunkbench.analog.plant import AnalogLine
    from trunkbench.device import Port
    from trunkbench.pump import Pump
    from trunkbench.timeline import Timeline
    from trunkwire.g711 import Law

LOOKING: Tick = 200 * MILLISECOND
"""How often a set that has rung once looks whether the caller's number has come."""

DIAL_TONE_BLOCKS = 60
"""So long a stretch of dial tone is waited for: 1.2 s, longer than any tone with a cadence sounds that a line
may hear instead."""

NO_DIAL_TONE: Tick = 5 * SECOND
"""After so long without dial tone the set gives up."""

_TOLERANCE_HZ = 10.0


class StationEnd(LineEnd):
    """A set. `message` is what came with the call that rings, if something did."""

    machine: Station

    def __init__(self, line: AnalogLine, port: Port, law: Law, pump: Pump, timeline: Timeline) -> None:
        super().__init__(line, Station(line.settings), port, law, pump, timeline, "set")
        self.message: CallSetup | None = None
        """What was said of the caller; None when nothing came, or it came broken."""
        self._listen_from: int | None = None
        self._lifted: Tick = 0

    @property
    def in_line(self) -> bool:
        """The exchange's tones are sound on the line."""
        return True

    # -- calls from the line ------------------------------------------------------------------------------

    def setup(self, request: SetupRequest, now: Tick, *, insist: bool = False) -> Q931Call:
        """Go off hook, wait for dial tone, and dial. Raises NoChannelAvailable when it is off hook, or tells
        of a call; one that has rung once only is lifted all the same, and has a caller instead (glare).
        """
        called = request.called if isinstance(request.called, str) else request.called.digits
        try:
            self.machine.lift(now)
        except LoopMisuse as error:
            raise NoChannelAvailable(None, f"{self.name}: {error}") from None
        self._lifted = now
        call = self._new_call(outgoing=True, state=CallState.U1, called=called, calling=self.pair.number)
        self.pump.at(now + LOOKING, lambda: self._dial(call))
        return call

    def _dial(self, call: Q931Call) -> None:
        if self.call is not call or self.machine.state is not StationState.OFF_HOOK:
            return
        now = self.pump.now
        if self._hears_dial_tone():
            assert self.lines is not None
            self._play(dtmf_source(call.called, self.lines.law, first_sample(now)))
            call.state = CallState.U3
            self._tell(call, IndicationKind.PROCEEDING)
            self.drain()
        elif now - self._lifted < NO_DIAL_TONE:
            self.pump.at(now + LOOKING, lambda: self._dial(call))
        else:
            self.timeline.note(now, self.name, "no dial tone")
            call.cause, call.cleared_by = Cause.DESTINATION_OUT_OF_ORDER, "local"
            self.machine.hang_up(now)
            self._over(call, CallState.U0)
            self.drain()

    def _hears_dial_tone(self) -> bool:
        assert self.lines is not None
        last = self.pump.now // SAMPLE // BLOCK_SAMPLES
        n = DIAL_TONE_BLOCKS
        first = max(last - n, first_sample(self._lifted) // BLOCK_SAMPLES + 1)
        if last - first < n - 1:
            return False
        heard = self.port.heard(self.slot, first * BLOCK_SAMPLES, (last - first) * BLOCK_SAMPLES)
        features = self.lines.hearing.analyser.analyse(heard)
        wanted = self.lines.zone.tones[DIAL].segments[0].freqs
        near = abs(features.freq - wanted[0]) <= _TOLERANCE_HZ
        return bool((features.tonal & near).all())

    # -- calls to the line --------------------------------------------------------------------------------

    def proceeding(self, call: Q931Call, now: Tick) -> None:
        """Nothing is said on a pair of wires."""
        call.state = CallState.U9

    def alerting(self, call: Q931Call, now: Tick) -> None:
        """It rings already."""
        call.state = CallState.U7

    def connect(self, call: Q931Call, now: Tick) -> None:
        """Answer. Raises LoopMisuse when it does not ring any more."""
        self.machine.answer(now)
        call.state = CallState.U10

    def reject(self, call: Q931Call, cause: Cause | int, now: Tick) -> None:
        """A set cannot refuse: it rings on until the caller gives up."""
        call.cause, call.cleared_by, call.state = cause, "local", CallState.U19

    def disconnect(
        self, call: Q931Call, cause: Cause | int, now: Tick, *, progress: int | None = None
    ) -> None:
        """Hang up; what rings unanswered goes on ringing."""
        if self.machine.state in (StationState.FIRST_RING, StationState.RINGING):
            self.reject(call, cause, now)
            return
        call.cause, call.cleared_by = cause, "local"
        self.release(call, now)

    def release(self, call: Q931Call, now: Tick) -> None:
        """Hang up."""
        if self.call is call:
            self._play(None)
            self.machine.hang_up(now)
        self._over(call, CallState.U0)

    # -- what happens on the line -------------------------------------------------------------------------

    def signalled(self, signal: Pair | LoopState) -> None:
        """The exchange has done that to the pair."""
        if signal is Pair.QUIET and self.machine.state is StationState.FIRST_RING:
            self._listen_from = first_sample(self.pump.now)
            self.pump.at(self.pump.now + LOOKING, self._look_for_caller)
        elif signal is Pair.RING and self.machine.state is StationState.ON_HOOK:
            self.message = None
        super().signalled(signal)

    def _look_for_caller(self) -> None:
        """Read what was sent since the first ring; look again as long as nothing came."""
        standard = self.pair.caller_id
        waits = self.machine.state is StationState.FIRST_RING and standard != "none"
        if not waits or self._listen_from is None:
            return
        assert self.lines is not None
        now = self.pump.now
        heard = self.port.heard(self.slot, self._listen_from, now // SAMPLE - self._listen_from)
        found = FskReceiver(self.lines.law, standard).find(heard)
        if not found:
            self.pump.at(now + LOOKING, self._look_for_caller)
            return
        self._listen_from = None
        try:
            self.message = decode(found[0].message)
        except CallerIdError as error:
            self.timeline.note(now, self.name, f"the caller's number came broken: {error}")
        else:
            self.timeline.note(now, self.name, f"caller {self.message.calling or self.message.absence}")
        self.machine.caller_received(now)
        self.drain()

    def _reported(self, report: StationReport) -> None:
        now = self.pump.now
        match report:
            case StationReport.CALLED:
                self._called()
            case StationReport.GONE:
                call = self.call
                if call is not None:
                    if call.state is not CallState.U19:
                        call.cause, call.cleared_by = Cause.NORMAL_CLEARING, "remote"
                    self._over(call, CallState.U0)
            case StationReport.ANSWERED:
                assert self.call is not None
                self.call.state = CallState.U10
                self._tell(self.call, IndicationKind.CONNECT)
            case StationReport.RELEASED:
                self._released(now)

    def _called(self) -> None:
        """It rings, and what could be known of the caller is known."""
        ies = () if self.message is None else _elements(self.message)
        calling = "" if self.message is None else self.message.calling or ""
        call = self._new_call(outgoing=False, state=CallState.U6, called=self.pair.number, calling=calling)
        message = Message(call.reference, MessageType.SETUP, ies)
        self._told.append(Indication(call, IndicationKind.SETUP, message=message))

    def _released(self, now: Tick) -> None:
        """The exchange has let go: a set of the bench hangs up by itself, as a PBX does."""
        call = self.call
        if call is not None:
            call.cause, call.cleared_by, call.state = Cause.NORMAL_CLEARING, "remote", CallState.U12
            self._tell(call, IndicationKind.DISCONNECT, call.cause)
            self._over(call, CallState.U12)
        self._play(None)
        self.machine.hang_up(now)


def _elements(message: CallSetup) -> tuple[Element, ...]:
    """What the message says, as SETUP would say it."""
    found: list[Element] = []
    if message.calling:
        found.append(CallingNumberIE(digits=message.calling, presentation=Presentation.ALLOWED))
    elif message.absence == "P":
        found.append(CallingNumberIE(presentation=Presentation.RESTRICTED))
    elif message.absence is not None:
        found.append(CallingNumberIE(presentation=Presentation.NOT_AVAILABLE))
    if message.redirecting:
        found.append(RedirectingNumberIE(digits=message.redirecting))
    return tuple(found)
