"""The call centre as a tester sees it: its agents, its calls, what has happened, and what to wait for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from trunkbench.callcentre.agents import AgentState
from trunkbench.callcentre.events import CentreEvent, save
from trunkbench.callcentre.sounds import Recording
from trunkbench.conditions import When
from trunkbench.errors import UsageError

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.callcentre.centre import CallCentre
    from trunkbench.callcentre.desk import CentreAgent
    from trunkbench.callcentre.equipment import Equipment
    from trunkbench.callcentre.journal import Journal
    from trunkbench.callcentre.onward import Onward
    from trunkbench.callcentre.visits import Visit


class CentreView:
    """The part of the PBX that is asked and does nothing."""

    centre: CallCentre
    equipment: Equipment
    onward: Onward
    _agents: dict[str, CentreAgent]
    _visits: dict[Call, Visit]
    _by_key: dict[int, Visit]
    _journal: Journal

    @property
    def announcement(self) -> Recording:
        """What those who wait hear first, and again and again."""
        return self.equipment.announcement

    @property
    def music(self) -> Recording:
        """What those who wait hear in between."""
        return self.equipment.music

    @property
    def prompt(self) -> Recording:
        """What the menu says."""
        return self.equipment.prompt

    @property
    def events(self) -> list[CentreEvent]:
        """Everything that has happened so far (docs/call-centre.md, "Events")."""
        return self._journal.events

    def save_events(self, path: Path) -> None:
        """Write the events as JSON lines. Raises OSError naming the file."""
        save(self.events, path)

    @property
    def agents(self) -> tuple[CentreAgent, ...]:
        """Everybody, in the order of the configuration."""
        return tuple(self._agents.values())

    def agent(self, name: str) -> CentreAgent:
        """The agent of that name. Raises UsageError if there is none."""
        if name not in self._agents:
            raise UsageError(f"the call centre has no agent {name!r}; it has {', '.join(self._agents)}")
        return self._agents[name]

    @property
    def waiting(self) -> tuple[Call, ...]:
        """The calls in the queue, in their order; those that ring at an agent are among them."""
        by_key = self._by_key
        return tuple(by_key[key].call for key in self.centre.waiting if isinstance(key, int))

    @property
    def talking(self) -> dict[Call, CentreAgent]:
        """The calls that talk to agents, and to whom."""
        by_key = self._by_key
        talks = self.centre.talking.items()
        return {by_key[key].call: self._agents[name] for key, name in talks if isinstance(key, int)}

    def talks(self, calls: int) -> When:
        """So many calls talk to agents."""
        return self._counts("talk", lambda: len(self.centre.talking), calls)

    def waits(self, calls: int) -> When:
        """So many calls wait in the queue and ring at no agent."""
        return self._counts("wait", self._waits, calls)

    def serves(self, call: Call) -> bool:
        """Whether the call, as this end of the bench holds it, is in the call centre now."""
        return call in self._visits

    def audit(self) -> list[str]:
        """Calls, and agents who ring or talk, although every call is over."""
        found = [f"call centre: {visit.call.name} {visit.stage.value}" for visit in self._visits.values()]
        busy = (AgentState.RINGS, AgentState.TALKS)
        found += [
            f"call centre: agent {each.name} {each.state.value}" for each in self.agents if each.state in busy
        ]
        found += [f"call centre: call {key} waits" for key in self.centre.waiting]
        return found + self.onward.audit()

    def _waits(self) -> int:
        ringing = {agent.call for agent in self.centre.agents.values() if agent.state is AgentState.RINGS}
        return sum(key not in ringing for key in self.centre.waiting)

    def _counts(self, what: str, count: Callable[[], int], wanted: int) -> When:
        return When(
            f"{wanted} calls {what} in the call centre",
            lambda: self._journal.changed_at if count() == wanted else None,
            lambda: None,
        )
