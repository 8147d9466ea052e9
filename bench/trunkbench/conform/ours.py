"""Our own stack as the implementation under test: the parties behind it, and the hand that moves it.

This stands on the other side of the line from the tester and is the only module of the suite, with `session`,
that knows our call control.
"""

from __future__ import annotations

from collections.abc import Callable

from trunkbench.conform.pixit import ConformConfig
from trunkbench.conform.upper import NotPossible
from trunkbench.span import SpanEnd
from trunkwire.lapd import LapdMisuse
from trunkwire.q931.call import Call, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ProgressDescription, SendingCompleteIE
from trunkwire.ticks import Tick

_RESPONDING = frozenset({1, 6})
_CLEARING = frozenset({11, 12, 19})


class OurUpper:
    """`Upper` for a span end of ours. Called numbers do what `pixit` says of them; others are unallocated."""

    def __init__(self, end: SpanEnd, pixit: ConformConfig) -> None:
        self._end = end
        self._pixit = pixit
        self._last: Call | None = None
        end.sink = self._told

    # -- stimuli ------------------------------------------------------------------------------------------

    def place(self, called: str, *, complete: bool) -> None:
        """SETUP."""
        request = SetupRequest(called=called, calling="1000", sending_complete=complete)
        self._last = self._control.setup(request, self._end.pump.now)
        self._end.drain()

    def dial_on(self, digits: str) -> None:
        """INFORMATION."""
        self._control.information(self._call(), digits, self._end.pump.now)
        self._end.drain()

    def hang_up(self) -> None:
        """DISCONNECT with cause 16; RELEASE where the tester has sent DISCONNECT."""
        call = self._call()
        if call.state.number in _CLEARING:
            self._control.release(call, self._end.pump.now)
        else:
            self._control.disconnect(call, Cause.NORMAL_CLEARING, self._end.pump.now)
        self._end.drain()

    def enquire(self) -> None:
        """STATUS ENQUIRY."""
        self._control.status_enquiry(self._call(), self._end.pump.now)
        self._end.drain()

    def restart(self, channel: int | None) -> None:
        """RESTART."""
        self._control.restart(None if channel is None else [channel], self._end.pump.now)
        self._end.drain()

    def release_link(self) -> None:
        """DL-RELEASE request."""
        self._of_the_link(self._end.link.release)

    def establish_link(self) -> None:
        """DL-ESTABLISH request."""
        self._of_the_link(self._end.link.establish)

    def _of_the_link(self, request: Callable[[Tick], None]) -> None:
        try:
            request(self._end.pump.now)
        except LapdMisuse as refusal:
            raise NotPossible(str(refusal)) from refusal
        self._end.drain()

    def audit(self) -> list[str]:
        """What call control holds."""
        return self._control.audit()

    def reset(self) -> None:
        """Clear what is left, as a user would."""
        for call in tuple(self._control.calls.values()):
            if call.state.number not in _CLEARING:
                self._control.disconnect(call, Cause.NORMAL_CLEARING, self._end.pump.now)
        self._end.drain()

    # -- the parties --------------------------------------------------------------------------------------

    @property
    def _control(self) -> CallControl:
        return self._end.control

    def _call(self) -> Call:
        if self._last is None or self._last.key not in self._control.calls:
            raise NotPossible("the IUT has no call that its user could act upon")
        return self._last

    def _told(self, _end: SpanEnd, indication: Indication) -> None:
        call, kind = indication.call, indication.kind
        if call is None:
            return
        if kind is IndicationKind.SETUP:
            self._last = call
            self._arrived(call, indication)
        elif kind in (IndicationKind.INFORMATION, IndicationKind.NUMBER_COMPLETE) and not call.outgoing:
            self._serve(call, timed_out=kind is IndicationKind.NUMBER_COMPLETE)

    def _arrived(self, call: Call, indication: Indication) -> None:
        message = indication.message
        complete = message is not None and message.get(SendingCompleteIE) is not None
        if not complete and self._awaits_more(call.called):
            self._control.more_info(call, self._end.pump.now)
        else:
            self._serve(call, timed_out=False)

    def _awaits_more(self, digits: str) -> bool:
        return self._pixit.overlap is not None and self._pixit.overlap.startswith(digits)

    def _serve(self, call: Call, *, timed_out: bool) -> None:
        """What the party at the number does; all of it at once."""
        control, pixit, now, called = self._control, self._pixit, self._end.pump.now, call.called
        if called == pixit.silent:
            return
        if call.state.number not in _RESPONDING | {2, 25} and not timed_out:
            return  # digits after the number was complete
        parties = (pixit.answers, pixit.rings, pixit.busy, pixit.proceeds, pixit.tones, pixit.announces)
        if called not in parties:
            if not timed_out and self._awaits_more(called):
                return
            if call.state.number in _RESPONDING:
                control.reject(call, Cause.UNALLOCATED, now)
            else:
                control.disconnect(call, Cause.UNALLOCATED, now)
            return
        if not timed_out:  # T302 has sent it otherwise
            control.proceeding(call, now)
        if called == pixit.tones:
            control.progress(call, now)
        elif called == pixit.busy:
            control.disconnect(call, Cause.USER_BUSY, now)
        elif called == pixit.announces:
            control.disconnect(call, Cause.UNALLOCATED, now, progress=ProgressDescription.INBAND_INFORMATION)
        elif called != pixit.proceeds:
            control.alerting(call, now)
            if called == pixit.answers:
                control.connect(call, now)
