"""Agents: who can be given a call, and in which order they are asked.

An agent is logged out, ready, rings, talks, wraps up, or is on a pause. A pause that is asked for during a
call begins when its wrap-up ends.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from trunkwire.ticks import Tick

Strategy = Literal["ring-all", "longest-idle", "rotating", "fewest-calls", "order"]


class AgentState(enum.Enum):
    """What an agent does."""

    LOGGED_OUT = "logged out"
    READY = "ready"
    RINGS = "rings"
    TALKS = "talks"
    WRAPS_UP = "wraps up"
    PAUSED = "paused"


@dataclass(slots=True, eq=False)
class Agent:
    """One agent. `since` is the tick at which the state began; `call` is what rings or talks."""

    name: str
    state: AgentState = AgentState.LOGGED_OUT
    since: Tick = 0
    call: object | None = None
    until: Tick | None = None
    """When ringing or wrap-up ends by itself."""
    wants_pause: bool = False
    leaves: bool = False
    """Logs out as soon as the call and its wrap-up are over."""
    answered: int = 0

    def becomes(self, state: AgentState, now: Tick, until: Tick | None = None) -> None:
        """Enter a state."""
        self.state, self.since, self.until = state, now, until


def order_of(agents: Sequence[Agent], strategy: Strategy, last: int) -> list[Agent]:
    """The ready agents in the order in which they are asked; `last` is the place of the one asked last."""
    ready = [(n, agent) for n, agent in enumerate(agents) if agent.state is AgentState.READY]
    if strategy == "longest-idle":
        ready.sort(key=lambda item: (item[1].since, item[0]))
    elif strategy == "fewest-calls":
        ready.sort(key=lambda item: (item[1].answered, item[1].since, item[0]))
    elif strategy == "rotating":
        ready.sort(key=lambda item: (item[0] <= last, item[0]))
    return [agent for _n, agent in ready]
