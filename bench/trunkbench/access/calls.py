"""One call as the exchange's services see it: who calls, where it is offered, and why it failed."""

from __future__ import annotations

import enum
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from trunkbench.access.lines import Target
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import RedirectionReason
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkbench.access.hunting import RingingPool

Payer = Literal["caller", "called", "shared"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the number shown, where from, and whether from a mobile."""

    number: str
    area: str = ""
    mobile: bool = False


class Failure(enum.Enum):
    """Why what was offered a call did not take it."""

    BUSY = "busy"
    NO_ANSWER = "no answer"
    UNREACHABLE = "out of order or switched off"
    REFUSED = "refused"
    """By whoever was rung: the call does not flow over, the caller is told."""


@dataclass(frozen=True, slots=True)
class Redirection:
    """A number that the call was sent on from, and why (Q.952; redirecting number, octet 3b)."""

    number: str
    reason: RedirectionReason


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this. `dialled` is the number as the target is told it; after `ring_for` the exchange asks on."""

    target: Target | RingingPool
    dialled: str
    redirections: tuple[Redirection, ...] = ()
    ring_for: Tick | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call ends here with that cause; `why` names the number and the reason in words."""

    cause: Cause
    why: str


Way = Generator[Offer, Failure, Refusal]
"""A service at work on one call: offers one target after the other, is sent why each failed, and returns what
the caller gets when there is none left."""


@dataclass(slots=True, eq=False)
class Visit:
    """What the services know of one call, and note on it as it passes through them."""

    called: str
    caller: Caller
    now: Tick
    time_of_day: Tick
    """Ticks since midnight."""
    path: list[str] = field(default_factory=list)
    """The numbers that it passed through, in their order."""
    redirections: tuple[Redirection, ...] = ()
    payer: Payer = "caller"
    ring_for: Tick | None = None
    steps: int = 0
    """How many numbers it was looked up at, those of ways that failed included."""
