"""The call centre as a machine: calls arrive, wait, ring at agents, talk, and end.

Sans-I/O: feed it what happens (`arrive`, `answer`, `hang_up`, `handle_timer` …), then drain `poll_output()`,
then ask `next_deadline()`. It never reads a clock. Calls are the caller's own objects; they need only be
hashable.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from trunkbench.callcentre.agents import Agent, AgentState, Strategy, order_of
from trunkbench.errors import UsageError
from trunkwire.ticks import SECOND, Tick


@dataclass(frozen=True, slots=True)
class CentreSettings:
    """How the centre works; times in ticks.

    `queue_length` is how many calls may wait (None: as many as come), `longest_wait` how long one may before
    it is turned away. An agent who rings for `ring_for` without answering is put on a pause and the call goes
    to the next one. `announce_every` repeats the announcement to those who wait; 0 plays it once.
    """

    strategy: Strategy = "longest-idle"
    queue_length: int | None = None
    longest_wait: Tick | None = None
    ring_for: Tick = 20 * SECOND
    wrap_up: Tick = 0
    announce_every: Tick = 0


# -- what the machine hands out -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring this agent for the call."""

    call: Hashable
    agent: str


@dataclass(frozen=True, slots=True)
class StopRinging:
    """The agent is not wanted any more: somebody else answered, the caller left, or it rang too long."""

    call: Hashable
    agent: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Caller and agent talk; the caller had `waited` ticks."""

    call: Hashable
    agent: str
    waited: Tick


@dataclass(frozen=True, slots=True)
class Wait:
    """The call waits, as the `position`th (from 1): answer it and play music."""

    call: Hashable
    position: int


@dataclass(frozen=True, slots=True)
class Announce:
    """Play the announcement to the caller, with its place in the queue now."""

    call: Hashable
    position: int


@dataclass(frozen=True, slots=True)
class TurnAway:
    """End the call: the queue is full, or it has waited too long, or nobody is logged in."""

    call: Hashable
    why: Literal["queue full", "waited too long", "nobody is logged in"]


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that talked is over for its agent, who wraps up."""

    call: Hashable
    agent: str


CentreOutput = Ring | StopRinging | Connect | Wait | Announce | TurnAway | Ended


@dataclass(slots=True)
class _Waiting:
    """A call that no agent has yet."""

    call: Hashable
    since: Tick
    among: frozenset[str] | None = None
    """The agents who may be asked; None: any."""
    told: bool = False
    """Whether `Wait` was given out for it."""
    announce_at: Tick | None = None
    ringing: list[Agent] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    """Agents who did not answer this call."""


class CallCentre:
    """Agents and one queue."""

    def __init__(self, agents: Sequence[str], settings: CentreSettings | None = None) -> None:
        """Everybody is logged out at first. Raises UsageError for no agent, or two of one name."""
        if not agents or len(set(agents)) != len(agents):
            raise UsageError("a call centre has one agent or more, each with a name of its own")
        self.settings = settings or CentreSettings()
        self.agents = {name: Agent(name) for name in agents}
        self._everybody = tuple(self.agents.values())
        self._last = -1
        self._waiting: deque[_Waiting] = deque()
        self._talking: dict[Hashable, Agent] = {}
        self._outputs: deque[CentreOutput] = deque()

    @property
    def waiting(self) -> tuple[Hashable, ...]:
        """The calls that wait, in their order; those that ring at an agent are among them."""
        return tuple(each.call for each in self._waiting)

    @property
    def talking(self) -> dict[Hashable, str]:
        """The calls that talk, and with whom."""
        return {call: agent.name for call, agent in self._talking.items()}

    def poll_output(self) -> CentreOutput | None:
        """The next thing to do; None when there is nothing more."""
        return self._outputs.popleft() if self._outputs else None

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is to be called; None: not before something happens."""
        times = [agent.until for agent in self._everybody if agent.until is not None]
        times += [each.announce_at for each in self._waiting if each.announce_at is not None]
        if self.settings.longest_wait is not None:
            times += [each.since + self.settings.longest_wait for each in self._waiting]
        return min(times, default=None)

    # -- calls --------------------------------------------------------------------------------------------

    def arrive(self, call: Hashable, now: Tick, among: Collection[str] | None = None) -> None:
        """A call has come in, for one of the agents `among` whom one may be asked (None: for any).

        Raises UsageError for a call that is here already, and for an agent that does not exist.
        """
        if call in self._talking or any(each.call == call for each in self._waiting):
            raise UsageError(f"call {call!r} is in the call centre already")
        asked = self._everybody if among is None else [self._agent(name) for name in among]
        if all(agent.state is AgentState.LOGGED_OUT for agent in asked):
            self._outputs.append(TurnAway(call, "nobody is logged in"))
            return
        waiting = _Waiting(call, now, None if among is None else frozenset(among))
        self._waiting.append(waiting)
        self._hand_out(now)
        if waiting.ringing or call in self._talking:
            return
        limit = self.settings.queue_length
        if limit is not None and sum(not each.ringing for each in self._waiting) > limit:
            self._waiting.remove(waiting)
            self._outputs.append(TurnAway(call, "queue full"))
            return
        self._let_wait(waiting, now)

    def answer(self, name: str, now: Tick) -> None:
        """The agent picks up. Raises UsageError unless it rings there."""
        agent = self._agent(name)
        waiting = next((each for each in self._waiting if agent in each.ringing), None)
        if agent.state is not AgentState.RINGS or waiting is None:
            raise UsageError(f"agent {name} {agent.state.value}: there is no call to answer")
        self._waiting.remove(waiting)
        for other in waiting.ringing:
            if other is not agent:
                self._rest(other, waiting.call, now)
        agent.becomes(AgentState.TALKS, now)
        agent.call = waiting.call
        agent.answered += 1
        self._talking[waiting.call] = agent
        self._outputs.append(Connect(waiting.call, name, now - waiting.since))
        self._hand_out(now)

    def hang_up(self, call: Hashable, now: Tick) -> None:
        """Caller or agent has hung up. Nothing happens for a call that is not here."""
        agent = self._talking.pop(call, None)
        if agent is not None:
            self._outputs.append(Ended(call, agent.name))
            self._wrap_up(agent, now)
        for waiting in [each for each in self._waiting if each.call == call]:
            self._waiting.remove(waiting)
            for ringing in waiting.ringing:
                self._rest(ringing, call, now)
        self._hand_out(now)

    def transfer(
        self, call: Hashable, now: Tick, to: str | None = None, among: Collection[str] | None = None
    ) -> None:
        """The agent gives the call to another one, who is ready, or (None) back to the head of the queue, for
        one of the agents `among` whom one may be asked.

        Raises UsageError for a call that does not talk, for an agent who is not ready or does not exist.
        """
        agent = self._talking.get(call)
        if agent is None:
            raise UsageError(f"call {call!r} talks to nobody: there is nothing to transfer")
        chosen = None if to is None else self._agent(to)
        if chosen is not None and chosen.state is not AgentState.READY:
            raise UsageError(f"agent {to} {chosen.state.value}: the call stays where it is")
        if among is not None:
            among = frozenset(self._agent(name).name for name in among)
        del self._talking[call]
        waiting = _Waiting(call, now, among, told=True, asked={agent.name})
        self._waiting.appendleft(waiting)
        self._outputs.append(Ended(call, agent.name))
        self._wrap_up(agent, now)
        if chosen is not None:
            self._ring(chosen, waiting, now)
        else:
            self._let_wait(waiting, now)
        self._hand_out(now)

    # -- agents -------------------------------------------------------------------------------------------

    def log_in(self, name: str, now: Tick) -> None:
        """The agent comes to work. Raises UsageError if it is there already."""
        agent = self._agent(name)
        if agent.state is not AgentState.LOGGED_OUT:
            raise UsageError(f"agent {name} is logged in already")
        agent.leaves = agent.wants_pause = False
        agent.becomes(AgentState.READY, now)
        self._hand_out(now)

    def log_out(self, name: str, now: Tick) -> None:
        """The agent leaves; one who talks or wraps up leaves afterwards."""
        self._stand_down(name, now, AgentState.LOGGED_OUT)

    def pause(self, name: str, now: Tick) -> None:
        """The agent takes no calls; one who talks or wraps up begins the pause afterwards."""
        self._stand_down(name, now, AgentState.PAUSED)

    def resume(self, name: str, now: Tick) -> None:
        """The pause is over. Raises UsageError unless the agent is on one, or has asked for one."""
        agent = self._agent(name)
        if agent.state is AgentState.PAUSED:
            agent.becomes(AgentState.READY, now)
        elif not agent.wants_pause:
            raise UsageError(f"agent {name} {agent.state.value}: there is no pause to end")
        agent.wants_pause = False
        self._hand_out(now)

    def handle_timer(self, now: Tick) -> None:
        """What has run out by `now`: ringing, wrap-up, waiting, announcements."""
        for agent in self._everybody:
            if agent.until is not None and agent.until <= now:
                if agent.state is AgentState.RINGS:
                    self._did_not_answer(agent, now)
                else:
                    self._free(agent, now)
        self._age_queue(now)
        self._hand_out(now)

    # -- inside -------------------------------------------------------------------------------------------

    def _agent(self, name: str) -> Agent:
        if name not in self.agents:
            raise UsageError(f"there is no agent {name!r}; there are {', '.join(self.agents)}")
        return self.agents[name]

    def _hand_out(self, now: Tick) -> None:
        """Let agents who are ready ring for the calls that wait, the oldest first."""
        for waiting in list(self._waiting):
            if waiting.ringing and self.settings.strategy != "ring-all":
                continue
            ready = order_of(self._everybody, self.settings.strategy, self._last)
            if not ready:
                return
            if waiting.among is not None:
                ready = [agent for agent in ready if agent.name in waiting.among]
                if not ready:
                    continue
            fresh = [agent for agent in ready if agent.name not in waiting.asked] or ready
            for agent in fresh if self.settings.strategy == "ring-all" else fresh[:1]:
                self._ring(agent, waiting, now)

    def _ring(self, agent: Agent, waiting: _Waiting, now: Tick) -> None:
        self._last = self._everybody.index(agent)
        agent.becomes(AgentState.RINGS, now, now + self.settings.ring_for)
        agent.call = waiting.call
        waiting.ringing.append(agent)
        self._outputs.append(Ring(waiting.call, agent.name))

    def _let_wait(self, waiting: _Waiting, now: Tick) -> None:
        position = self._position(waiting)
        waiting.told = True
        self._outputs.append(Wait(waiting.call, position))
        self._outputs.append(Announce(waiting.call, position))
        if self.settings.announce_every:
            waiting.announce_at = now + self.settings.announce_every

    def _position(self, waiting: _Waiting) -> int:
        return 1 + next(n for n, each in enumerate(self._waiting) if each is waiting)

    def _did_not_answer(self, agent: Agent, now: Tick) -> None:
        for waiting in self._waiting:
            if agent in waiting.ringing:
                waiting.ringing.remove(agent)
                waiting.asked.add(agent.name)
                self._outputs.append(StopRinging(waiting.call, agent.name))
                if not waiting.ringing and not waiting.told:
                    self._let_wait(waiting, now)
        agent.call = None
        agent.becomes(AgentState.PAUSED, now)

    def _rest(self, agent: Agent, call: Hashable, now: Tick) -> None:
        """An agent who rang is ready again; for whoever counts idle time, it was so all along."""
        self._outputs.append(StopRinging(call, agent.name))
        agent.call = None
        agent.until = None
        if agent.leaves:
            agent.becomes(AgentState.LOGGED_OUT, now)
        elif agent.wants_pause:
            agent.wants_pause = False
            agent.becomes(AgentState.PAUSED, now)
        else:
            agent.state = AgentState.READY

    def _wrap_up(self, agent: Agent, now: Tick) -> None:
        agent.call = None
        if self.settings.wrap_up:
            agent.becomes(AgentState.WRAPS_UP, now, now + self.settings.wrap_up)
        else:
            self._free(agent, now)

    def _free(self, agent: Agent, now: Tick) -> None:
        if agent.leaves:
            agent.becomes(AgentState.LOGGED_OUT, now)
        elif agent.wants_pause:
            agent.wants_pause = False
            agent.becomes(AgentState.PAUSED, now)
        else:
            agent.becomes(AgentState.READY, now)

    def _stand_down(self, name: str, now: Tick, state: AgentState) -> None:
        agent = self._agent(name)
        leaves = state is AgentState.LOGGED_OUT
        if agent.state is AgentState.RINGS:
            for waiting in self._waiting:
                if agent in waiting.ringing:
                    waiting.ringing.remove(agent)
                    self._rest(agent, waiting.call, now)
                    if not waiting.ringing and not waiting.told:
                        self._let_wait(waiting, now)
        if agent.state in (AgentState.TALKS, AgentState.WRAPS_UP):
            agent.leaves, agent.wants_pause = agent.leaves or leaves, agent.wants_pause or not leaves
        else:
            agent.becomes(state, now)
        self._hand_out(now)

    def _age_queue(self, now: Tick) -> None:
        longest = self.settings.longest_wait
        for waiting in list(self._waiting):
            if longest is not None and now - waiting.since >= longest:
                self._waiting.remove(waiting)
                for agent in waiting.ringing:
                    self._rest(agent, waiting.call, now)
                self._outputs.append(TurnAway(waiting.call, "waited too long"))
            elif waiting.announce_at is not None and waiting.announce_at <= now:
                waiting.announce_at = now + self.settings.announce_every
                self._outputs.append(Announce(waiting.call, self._position(waiting)))
