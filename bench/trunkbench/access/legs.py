"""Legs of a call: each is one try to reach what the network offers, on a line or on a trunk.

Until somebody answers, what happens on a leg is nobody's call yet; then the leg becomes the call's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkbench.access.calls import Failure, Redirection
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import Presentation, RedirectingNumberIE, Screening

if TYPE_CHECKING:
    from trunkbench.path import Path
    from trunkwire.q931.call import Call as Q931Call
    from trunkwire.ticks import Tick

_IDLE = 0
_CLEARING = frozenset({11, 12})
_RELEASING = 19

_BUSY = frozenset({Cause.USER_BUSY, Cause.NO_CIRCUIT, Cause.CHANNEL_UNAVAILABLE, Cause.SWITCH_CONGESTION})
_NO_ANSWER = frozenset({Cause.NO_ANSWER, Cause.NO_USER_RESPONDING})
_UNREACHABLE = frozenset(
    {
        Cause.DESTINATION_OUT_OF_ORDER,
        Cause.SUBSCRIBER_ABSENT,
        Cause.NETWORK_OUT_OF_ORDER,
        Cause.TEMPORARY_FAILURE,
        Cause.TIMER_EXPIRY,
    }
)
"""The causes of somebody who is not there: no answer from the equipment at all."""


@dataclass(slots=True, eq=False)
class Leg:
    """One try. `tell` is told what happens on it until it is abandoned; from then on it ends quietly."""

    path: Path
    q931: Q931Call
    tell: Callable[[Leg, Indication], None]
    clock: Callable[[], Tick]
    abandoned: bool = False

    def happened(self, indication: Indication) -> None:
        """Call control has an indication for this leg."""
        if not self.abandoned:
            self.tell(self, indication)
        elif indication.kind is IndicationKind.DISCONNECT:
            self._let_go()

    def abandon(self, cause: Cause) -> None:
        """Nobody wants it any more: clear what is left of it."""
        self.abandoned = True
        state = self.q931.state.number
        if state in _CLEARING and self.q931.cleared_by != "local":
            self._let_go()
        elif state not in (_IDLE, _RELEASING, *_CLEARING):
            self.path.control.disconnect(self.q931, cause, self.clock())
            self.path.drain()

    def _let_go(self) -> None:
        self.path.control.release(self.q931, self.clock())
        self.path.drain()


def failure_of(cause: Cause | int | None) -> Failure:
    """What a cause means to the services that may know another way."""
    if cause in _BUSY:
        return Failure.BUSY
    if cause in _NO_ANSWER:
        return Failure.NO_ANSWER
    return Failure.UNREACHABLE if cause in _UNREACHABLE else Failure.REFUSED


def refuses(indication: Indication) -> bool:
    """Whether a leg that nobody has answered ends with it."""
    return indication.kind in (IndicationKind.DISCONNECT, IndicationKind.RELEASED)


def redirecting_element(redirections: tuple[Redirection, ...]) -> tuple[RedirectingNumberIE, ...]:
    """The number that sent the call on last, and why, as SETUP carries it (Q.952); () for a direct call."""
    if not redirections:
        return ()
    last = redirections[-1]
    return (
        RedirectingNumberIE(
            presentation=Presentation.ALLOWED,
            screening=Screening.NETWORK,
            reason=last.reason,
            digits=last.number,
        ),
    )
