"""A call, as one party holds it: one handle a side.

The party that dials gets its handle from `dial`; the party that is called finds its own in
`exchange.calls`. A handle knows the states that matter to a tester, the ticks at which they were reached,
and what the line hears; the protocol state itself stays in `trunkwire.q931`.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from trunkbench.arguments import clearing_cause, tone_kind
from trunkbench.conditions import When
from trunkbench.ear import Ear, TrunkFeed, first_sample
from trunkbench.errors import NotOnThisBench, PortError
from trunkbench.hearing import Hears, HearsOwnChannel, listened, sounds_on
from trunkbench.outcome import End, Heard, Outcome, contradictions, result_of
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SAMPLE, SECOND, Tick
from trunkwire.tones import ToneKind

if TYPE_CHECKING:
    from trunkbench.access.network import Shown
    from trunkbench.access.routes import CallRecord, Holding
    from trunkbench.device import Source
    from trunkbench.exchange import Exchange
    from trunkbench.path import Path
    from trunkwire.q931.call import Call as Q931Call
    from trunkwire.q931.ies import (
        BearerCapabilityIE,
        CalledSubaddressIE,
        CallingNumberIE,
        RedirectingNumberIE,
    )


class Phase(enum.Enum):
    """Where a call stands, for the party that holds the handle."""

    DIALLING = "dialling"  # sent or received, nothing came back yet
    PROCEEDING = "proceeding"  # accepted, no alerting yet
    ALERTING = "alerting"
    ACTIVE = "active"
    HELD = "held"  # active, with neither party on the channel
    CLEARING = "clearing"  # one side wants to clear; the channel is not idle yet
    CLEARED = "cleared"  # nothing of it is left on the trunk; the line may still hear a tone


class Call:
    """One party's handle on a call.

    `end` is "near" or "far", `index` counts the calls of that end from 1. `span`, `channel` and `slot` are
    None until a B channel is chosen.
    """

    def __init__(
        self, exchange: Exchange, index: int, *, outgoing: bool, called: str, caller: str, now: Tick
    ) -> None:
        self.exchange = exchange
        self.end: End = exchange.end
        self.index = index
        self.outgoing = outgoing
        self.called = called
        self.caller = caller
        self.ear = Ear(exchange.lines.law)
        self.phase = Phase.DIALLING
        self.span: Path | None = None
        self.channel: int | None = None
        self.slot: int | None = None
        self.q931: Q931Call | None = None
        self.dialled_at = now
        self.first_response_at: Tick | None = None
        self.progress_at: Tick | None = None
        self.alerting_at: Tick | None = None
        self.active_at: Tick | None = None
        self.ended_at: Tick | None = None
        self.cleared_at: Tick | None = None
        self.hung_up_at: Tick | None = None
        self.cause: Cause | int | None = None
        self.decided_by: End | None = None
        self.cleared_by: End | None = None
        self.in_band_promised = False
        self.held_at: Tick | None = None
        self.retrieved_at: Tick | None = None
        self.refused_with: Cause | int | None = None
        """The cause with which HOLD or RETRIEVE was refused last; 102 when nobody answered."""
        self.calling_party: CallingNumberIE | None = None
        """The calling party number as it came in SETUP, with type, plan, presentation and screening."""
        self.redirecting: RedirectingNumberIE | None = None
        """The number that the call was sent on from last, as it came in SETUP."""
        self.bearer: BearerCapabilityIE | None = None
        """The bearer capability as it came in SETUP; an analog line has none."""
        self.subaddress: CalledSubaddressIE | None = None
        """The called party subaddress as it came in SETUP."""
        self.shown: Shown | None = None
        """At the public exchange: the number that a customer's call shows, and who vouches for it."""
        self.holding: Holding | None = None
        """What the public exchange holds for the call."""
        self.bridged = False
        """Whether it is joined to another call of this exchange, so that nobody speaks or listens here."""

    # -- what a tester does -------------------------------------------------------------------------------

    def answer(self) -> None:
        """Answer an incoming call (CONNECT). Raises ProtocolMisuse if it cannot be answered now."""
        self.exchange.answer(self)

    def reject(self, cause: Cause | int = Cause.CALL_REJECTED) -> None:
        """Refuse an incoming call with that cause. Raises ProtocolMisuse if it is over or being cleared."""
        self.exchange.reject(self, clearing_cause(cause))

    def hang_up(self, cause: Cause | int = Cause.NORMAL_CLEARING) -> None:
        """Go on hook: clear the call if it is still there, and stop listening. Harmless when already done."""
        self.exchange.hang_up(self, clearing_cause(cause))

    def play(self, sound: Source | ToneKind | None) -> None:
        """Speak `sound` into the channel from now on: a source, a tone of the line's zone, or None for
        silence.
        """
        self.exchange.lines.play(self, sound)

    def send_digits(self, digits: str) -> None:
        """Send DTMF digits in the channel (ES 201 235-2), from now on."""
        self.exchange.lines.play_digits(self, digits)

    def more_digits(self, digits: str, *, complete: bool = False) -> None:
        """Overlap sending: further digits of the called number (INFORMATION, Q.931 5.1.3).

        Raises NotOnThisBench where the switch variant of the span has numbers whole in SETUP.
        """
        if self.span is not None and not self.span.variant.overlap:
            raise NotOnThisBench(
                f"{self.name}: {self.span.variant.title} has no digits behind SETUP (overlap)"
            )
        self.exchange.more_digits(self, digits, complete=complete)

    def hold(self) -> None:
        """Put the call on hold (HOLD, Q.932 6): neither party hears the other until `retrieve`.

        Raises UsageError unless the call is active. Whether it is held is for `held` to say.
        """
        from trunkbench.holding import hold

        hold(self)

    def retrieve(self) -> None:
        """Take a held call back (RETRIEVE). Raises UsageError unless it is held."""
        from trunkbench.holding import retrieve

        retrieve(self)

    # -- what a tester waits for --------------------------------------------------------------------------

    @property
    def active(self) -> When:
        """Both parties are connected."""
        return When(
            f"{self.name} active",
            lambda: self.active_at if self.phase is Phase.ACTIVE else None,
            lambda: self._over("cannot become active"),
        )

    @property
    def held(self) -> When:
        """The call is on hold."""
        return When(
            f"{self.name} held",
            lambda: self.held_at if self.phase is Phase.HELD else None,
            lambda: self._over("cannot be held") or self._refusal("HOLD"),
        )

    @property
    def retrieved(self) -> When:
        """The call is not on hold any more."""
        return When(
            f"{self.name} retrieved",
            lambda: self.retrieved_at if self.phase is Phase.ACTIVE else None,
            lambda: self._over("cannot be retrieved") or self._refusal("RETRIEVE"),
        )

    @property
    def alerting(self) -> When:
        """The called party rings (or did)."""
        return When(
            f"{self.name} alerting", lambda: self.alerting_at, lambda: self._over("cannot ring any more")
        )

    @property
    def ended(self) -> When:
        """One side has begun to clear, or the call was refused."""
        return When(f"{self.name} ended", lambda: self.ended_at, lambda: None)

    @property
    def cleared(self) -> When:
        """Nothing of the call is left on the trunk: its call reference and its channel are free."""
        return When(f"{self.name} cleared", lambda: self.cleared_at, lambda: None)

    def hears(self, kind: ToneKind) -> Hears:
        """The line hears that tone of its zone, from now on."""
        return Hears(self, tone_kind(kind))

    def hears_own_channel(self) -> HearsOwnChannel:
        """The line hears the identification tone of the party on *its* channel, and no other's."""
        return HearsOwnChannel(self)

    # -- the verdict --------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Which call this is, for people."""
        direction = f"{self.caller} → {self.called}"
        return f"{self.end} call {self.index} ({direction})"

    @property
    def outcome(self) -> Outcome:
        """The verdict so far."""
        heard = self.heard()
        answered = self.active_at is not None
        result = result_of(
            over=self.ended_at is not None,
            answered=answered,
            cause=self.cause,
            gave_up=self._caller_gave_up(),
        )
        return Outcome(
            result=result,
            cause=self.cause,
            decided_by=self.decided_by,
            cleared_by=self.cleared_by,
            heard=heard,
            findings=contradictions(
                cause=self.cause,
                answered=answered,
                in_band_promised=self.in_band_promised,
                heard=heard,
                listened=self.listened_since_end() >= 2 * SECOND,
            ),
        )

    def heard(self) -> tuple[Heard, ...]:
        """Everything that the line has heard until now, in order (outside of conversation: see
        `identified`).
        """
        try:
            return sounds_on(self)
        except PortError:
            self.exchange.pump.check_open()  # the port is closed because the bench is
            raise

    def listened_since_end(self) -> Tick:
        """How long at a stretch, and without a gap, the line was listened to since the other side cleared."""
        return listened(self)

    def lost_audio(self) -> bool:
        """Whether some of what the line was to hear was lost, or may not have been sent in time."""
        first = self.first_sample()
        return bool(self.ear.lost(first, max(self.last_sample() - first, 0)))

    def last_sample(self) -> int:
        """Samples of the ear before this one are final."""
        final = self.ear.final(self.exchange.now)
        if self.hung_up_at is not None:
            final = min(final, first_sample(self.hung_up_at))
        return final

    def first_sample(self) -> int:
        """The first sample of the call."""
        return self.dialled_at // SAMPLE

    @property
    def record(self) -> CallRecord | None:
        """What the public exchange notes of the call: where it led and who pays; None where there is none."""
        return None if self.holding is None else self.holding.record()

    @property
    def line(self) -> str | None:
        """The number of the analog line that the call is on; None on a trunk, and before there is one."""
        return None if self.span is None else self.span.line

    @property
    def on_trunk(self) -> bool:
        """Whether the line is connected to its channel now."""
        return isinstance(self.ear.feed, TrunkFeed)

    def where(self) -> str:
        """One row of the table of who is where."""
        if self.span is None:
            channel = "no channel"
        elif self.span.line is not None:
            channel = self.span.label
        else:
            channel = f"span {self.span.name} channel {self.channel}"
        cause = f", cause {int(self.cause)}" if self.cause is not None else ""
        return f"{self.name}: {self.phase.value}, {channel}{cause}"

    def _caller_gave_up(self) -> bool:
        if self.outgoing:
            return self.cleared_by == self.end and self.decided_by is None
        return self.cleared_by == self.exchange.other and self.cause == Cause.NORMAL_CLEARING

    def _refusal(self, what: str) -> str | None:
        return None if self.refused_with is None else f"{what} was refused with cause {self.refused_with}"

    def _over(self, consequence: str) -> str | None:
        if self.ended_at is None:
            return None
        cause = f"cause {int(self.cause)}" if self.cause is not None else "no cause"
        by = f" by {self.decided_by or self.cleared_by}" if (self.decided_by or self.cleared_by) else ""
        return f"{self.name} {consequence}: it was ended{by} with {cause}"
