"""What the call centre writes down: entries of calls and of agents' states, and the same on the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trunkbench.callcentre.agents import Agent, AgentState
from trunkbench.callcentre.events import CentreEvent, What

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.exchange import Exchange


class Journal:
    """The entries of one run, by line time."""

    def __init__(self, exchange: Exchange, agents: Mapping[str, Agent]) -> None:
        """The states in which the agents are now are where it begins."""
        self._exchange = exchange
        self._agents = agents
        self._states: dict[str, AgentState] = {name: agent.state for name, agent in agents.items()}
        self.changed_at = exchange.now
        """When anything was written last: what there is to wait for came true then at the latest."""
        self.events: list[CentreEvent] = []

    def call(self, what: What, call: Call, **details: str | int | None) -> None:
        """Something has happened to a call."""
        on_line = call.line is not None
        event = CentreEvent(
            self._line_time(),
            what,
            call=call.index,
            span=None if on_line or call.span is None else call.span.label,
            channel=None if on_line else call.channel,
            line=call.line,
            caller=call.caller,
            **details,  # type: ignore[arg-type]  # fields of the event, by name
        )
        self._exchange.timeline.call(
            self._exchange.now, call.end, call.index, f"call centre: {what}", **details
        )
        self.events.append(event)

    def agents(self) -> None:
        """Write down which agents are in another state than before."""
        for name, agent in self._agents.items():
            if agent.state is not self._states[name]:
                self._states[name] = agent.state
                self.events.append(
                    CentreEvent(self._line_time(), "agent", agent=name, state=agent.state.value)
                )
                self._exchange.timeline.note(
                    self._exchange.now, "call centre", f"agent {name} {agent.state.value}"
                )

    def _line_time(self) -> int:
        self.changed_at = self._exchange.now
        return max(self._exchange.now - self._exchange.timeline.epoch, 0)
