"""The exchange's end of an analog line: rings it with the caller's number, gives it tones, takes its digits.

Tones and times as ITU-T E.180 and Q.35 have them; the caller's number as EN 300 659-1 does, between the first
and the second ring.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trunkbench.analog.end import LineEnd
from trunkbench.ear import first_sample
from trunkbench.outcome import NO_CIRCUIT_CAUSES, UNOBTAINABLE_CAUSES
from trunkwire.callerid import LONGEST_NUMBER, CallSetup, encode, fsk_source
from trunkwire.loopstart import CircuitReport, CircuitState, LineCircuit, LoopMisuse
from trunkwire.q931.call import Call as Q931Call
from trunkwire.q931.call import SetupRequest
from trunkwire.q931.causes import Cause
from trunkwire.q931.errors import NoChannelAvailable
from trunkwire.q931.events import IndicationKind
from trunkwire.q931.ies import CallingNumberIE, Presentation, RedirectingNumberIE
from trunkwire.q931.states import CallState
from trunkwire.ticks import MILLISECOND, SAMPLE, SECOND, Tick
from trunkwire.tones import BUSY, DIAL, RINGBACK, UNOBTAINABLE, ToneKind
from trunkwire.tones.dtmfreceiver import DtmfReceiver

if TYPE_CHECKING:
    from trunkbench.analog.plant import AnalogLine
    from trunkbench.device import Port
    from trunkbench.pump import Booking, Pump
    from trunkbench.timeline import Timeline
    from trunkwire.g711 import Law

LISTENING: Tick = 40 * MILLISECOND
"""How often the digits that have come are looked at."""

BETWEEN_DIGITS: Tick = 4 * SECOND
"""After so long without a digit the number is taken to be whole (Q.35 leaves it to the network)."""

_CLEARING = frozenset({CallState.N12, CallState.N19})


class CircuitEnd(LineEnd):
    """A line circuit. `is_whole` says whether digits are a number that no longer one begins with."""

    machine: LineCircuit

    def __init__(self, line: AnalogLine, port: Port, law: Law, pump: Pump, timeline: Timeline) -> None:
        super().__init__(line, LineCircuit(line.settings), port, law, pump, timeline, "circuit")
        self.is_whole: Callable[[str], bool] = lambda digits: False
        self.seized: Callable[[CircuitEnd], None] = lambda circuit: None
        """Told when the line goes off hook by itself."""
        self.rested: Callable[[CircuitEnd], None] = lambda circuit: None
        """Told when it is on hook again."""
        self.silent_ringing = False
        """A faulty exchange: callers hear nothing while the line rings."""
        self._receiver: DtmfReceiver | None = None
        self._digits = ""
        self._heard_to = 0
        self._last_digit: Tick = 0
        self._listening: Booking | None = None
        self._message: bytes | None = None

    @property
    def in_service(self) -> bool:
        """A line needs nobody's consent."""
        return True

    # -- calls to the line --------------------------------------------------------------------------------

    def setup(self, request: SetupRequest, now: Tick, *, insist: bool = False) -> Q931Call:
        """Ring the line. Raises NoChannelAvailable while it is off hook, or rings."""
        try:
            self.machine.ring(now)
        except LoopMisuse as error:
            raise NoChannelAvailable(None, f"{self.name}: {error}") from None
        called = request.called if isinstance(request.called, str) else request.called.digits
        calling = request.calling if isinstance(request.calling, str) else request.calling.digits
        self._message = encode(_presented(request))
        call = self._new_call(outgoing=True, state=CallState.N7, called=called, calling=calling)
        self._tell(call, IndicationKind.ALERTING)
        return call

    def disconnect(
        self, call: Q931Call, cause: Cause | int, now: Tick, *, progress: int | None = None
    ) -> None:
        """The exchange clears: ringing stops, or the line is let go; a line that calls hears the tone."""
        call.cause, call.cleared_by = cause, "local"
        if self.call is not call:
            self._over(call, CallState.N0)
            return
        call.state = CallState.N12
        self.machine.clear(now)
        if self.machine.state is CircuitState.PARKED:
            self._play(tone_for(cause, self.lines.no_circuit if self.lines else BUSY))

    def reject(self, call: Q931Call, cause: Cause | int, now: Tick) -> None:
        """Refuse a call from the line: it hears why, and is free when it has hung up."""
        self.disconnect(call, cause, now)
        call.state = CallState.N19

    def release(self, call: Q931Call, now: Tick) -> None:
        """Let go of a call whose line has hung up."""
        if self.call is call:
            self.machine.clear(now)
        self._over(call, CallState.N0)

    # -- calls from the line ------------------------------------------------------------------------------

    def proceeding(self, call: Q931Call, now: Tick) -> None:
        """The call is on its way."""
        call.state = CallState.N3

    def alerting(self, call: Q931Call, now: Tick) -> None:
        """The called party rings: the line hears ringback."""
        call.state = CallState.N4
        if not self.silent_ringing:
            self._play(RINGBACK)

    def connect(self, call: Q931Call, now: Tick) -> None:
        """The called party has answered."""
        self._play(None)
        self.machine.answer(now)
        call.state = CallState.N10

    # -- what the machine reports -------------------------------------------------------------------------

    def _reported(self, report: CircuitReport) -> None:
        match report:
            case CircuitReport.ANSWERED:
                self._play(None)
                assert self.call is not None
                self.call.state = CallState.N10
                self._tell(self.call, IndicationKind.CONNECT)
            case CircuitReport.PRESENT_CALLER:
                self._present_caller()
            case CircuitReport.SEIZED:
                self.seized(self)
                self._begin_listening()
            case CircuitReport.TOO_SLOW:
                self._stop_listening()
                self._play(BUSY)
            case CircuitReport.ON_HOOK | CircuitReport.IDLE:
                self._on_hook()
            case CircuitReport.FLASHED:
                self.timeline.note(self.pump.now, self.name, "flash: nothing is switched by it")

    def _present_caller(self) -> None:
        standard = self.pair.caller_id
        if self._message is not None and self.lines is not None and standard != "none":
            start = first_sample(self.pump.now)
            self._play(fsk_source(self._message, self.lines.law, start, standard))

    def _on_hook(self) -> None:
        """The line is at rest, whoever hung up first: what was on it is over."""
        self._stop_listening()
        self._play(None)
        self.rested(self)
        call, self.call = self.call, None
        if call is None:
            return
        if call.state not in _CLEARING:
            call.cause, call.cleared_by, call.state = Cause.NORMAL_CLEARING, "remote", CallState.N11
            self._tell(call, IndicationKind.DISCONNECT, call.cause)
        self._over(call, CallState.N0)

    # -- digits -------------------------------------------------------------------------------------------

    def _begin_listening(self) -> None:
        assert self.lines is not None
        self._digits, self._last_digit = "", self.pump.now
        self._heard_to = first_sample(self.pump.now)
        self._receiver = DtmfReceiver(self.lines.law, self._heard_to)
        self._play(DIAL)
        self._listening = self.pump.at(self.pump.now + LISTENING, self._listen)

    def _stop_listening(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        self._listening = self._receiver = None

    def _listen(self) -> None:
        now = self.pump.now
        receiver = self._receiver
        if receiver is None or self.machine.state is not CircuitState.DIALLING:
            return
        until = now // SAMPLE
        came = receiver.feed(self.port.heard(self.slot, self._heard_to, until - self._heard_to))
        self._heard_to = until
        if came:
            if not self._digits:
                self._play(None)  # dial tone ends with the first digit (E.180)
            self._digits += "".join(digit.digit for digit in came)
            self._last_digit = now
        late = bool(self._digits) and now - self._last_digit >= BETWEEN_DIGITS
        if late or (came and self.is_whole(self._digits)):
            self._route()
        else:
            self._listening = self.pump.at(now + LISTENING, self._listen)

    def _route(self) -> None:
        self._stop_listening()
        self.machine.route(self.pump.now)
        call = self._new_call(
            outgoing=False, state=CallState.N1, called=self._digits, calling=self.pair.number
        )
        self._tell(call, IndicationKind.SETUP)
        self.drain()


def tone_for(cause: Cause | int, no_circuit: ToneKind) -> ToneKind:
    """What a line hears that was cleared with that cause."""
    if cause in NO_CIRCUIT_CAUSES:
        return no_circuit
    return UNOBTAINABLE if cause in UNOBTAINABLE_CAUSES else BUSY


def _presented(request: SetupRequest) -> CallSetup:
    """The message to the set: the number, or why there is none, and who has sent the call on.

    A number that the message has no room for is one that is not known.
    """
    calling = request.calling
    last = next((ie.digits for ie in request.ies if isinstance(ie, RedirectingNumberIE)), None)
    if last is not None and len(last) > LONGEST_NUMBER:
        last = None
    if isinstance(calling, CallingNumberIE) and calling.presentation == Presentation.RESTRICTED:
        return CallSetup(absence="P", redirecting=last)
    number = calling if isinstance(calling, str) else calling.digits
    if not 0 < len(number) <= LONGEST_NUMBER:
        return CallSetup(absence="O", redirecting=last)
    return CallSetup(calling=number, redirecting=last)
