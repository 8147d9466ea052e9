"""An agent of the call centre on the bench: verbs, states to wait for, and its voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.arguments import sound as checked
from trunkbench.callcentre.agents import AgentState
from trunkbench.callcentre.hears import HearsSound
from trunkbench.callcentre.sounds import Recording
from trunkbench.conditions import When
from trunkbench.errors import UsageError
from trunkbench.hearing import HearsVoice
from trunkbench.numbers import Sound
from trunkwire.ticks import Duration, Tick, ticks
from trunkwire.tones import Ident, ToneKind, ToneSpec

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.callcentre.agents import Agent
    from trunkbench.callcentre.pbx import CallCentrePbx


class CentreAgent:
    """One agent. The verbs raise UsageError for what it cannot do in its state; nothing happens then."""

    def __init__(self, pbx: CallCentrePbx, agent: Agent, ident: Ident | None, after: Tick | None) -> None:
        self._pbx = pbx
        self._agent = agent
        self.name = agent.name
        self.ident = ident
        """The identification tone that is its own; None where agents speak that of the channel."""
        self.answer_after = after
        """How long it rings before it picks up; None: it does not."""
        self.sound: Sound | Recording | None = None
        """What it says instead of its identification tone."""

    @property
    def state(self) -> AgentState:
        """What it does now."""
        return self._agent.state

    @property
    def call(self) -> Call | None:
        """The call that rings or talks, as this end of the bench holds it; what the agent hears is what that
        call's line hears.
        """
        return self._pbx.call_of(self._agent)

    # -- verbs --------------------------------------------------------------------------------------------

    def log_in(self) -> None:
        """Come to work."""
        self._pbx.do(lambda centre, now: centre.log_in(self.name, now))

    def log_out(self) -> None:
        """Leave; after the call and its wrap-up, if there is one."""
        self._pbx.do(lambda centre, now: centre.log_out(self.name, now))

    def pause(self) -> None:
        """Take no calls; from the end of the call and its wrap-up on, if there is one."""
        self._pbx.do(lambda centre, now: centre.pause(self.name, now))

    def resume(self) -> None:
        """End the pause."""
        self._pbx.do(lambda centre, now: centre.resume(self.name, now))

    def answer(self) -> None:
        """Pick up now."""
        self._pbx.do(lambda centre, now: centre.answer(self.name, now))

    def hang_up(self) -> None:
        """End the call that talks."""
        self._pbx.hang_up(self._talking("hang up"))

    def transfer(self, to: str | None = None) -> None:
        """Give the call to another agent, who is ready; to a group; to a number, which the PBX dials; or
        (None) back to the head of the queue.
        """
        self._pbx.transfer(self._talking("transfer"), to)

    # -- what it is told beforehand -----------------------------------------------------------------------

    def answers(self, *, after: Duration = 0) -> CentreAgent:
        """It picks up that long after it began to ring, from the next call on."""
        self.answer_after = ticks(after)
        return self

    def never_answers(self) -> CentreAgent:
        """It rings, and does not pick up, from the next call on."""
        self.answer_after = None
        return self

    def says(self, sound: Sound | Recording | None) -> CentreAgent:
        """It says that, from the next call on: a tone, a source, a recording; None is its own tone again."""
        self.sound = sound if isinstance(sound, Recording) else checked(sound)
        return self

    # -- what a tester waits for --------------------------------------------------------------------------

    @property
    def ready(self) -> When:
        """It can be given a call."""
        return self._in(AgentState.READY)

    @property
    def rings(self) -> When:
        """A call rings at it."""
        return self._in(AgentState.RINGS)

    @property
    def talks(self) -> When:
        """It talks to a caller."""
        return self._in(AgentState.TALKS)

    @property
    def wraps_up(self) -> When:
        """It is busy with a call that has ended."""
        return self._in(AgentState.WRAPS_UP)

    @property
    def paused(self) -> When:
        """It is on a pause."""
        return self._in(AgentState.PAUSED)

    @property
    def logged_out(self) -> When:
        """It is not at work."""
        return self._in(AgentState.LOGGED_OUT)

    def heard_by(self, call: Call) -> HearsVoice | HearsSound:
        """The line of `call` hears this agent, from now on. Raises UsageError where it has no voice that is
        its own.
        """
        if isinstance(self.sound, Recording):
            return HearsSound(call, self.sound)
        if isinstance(self.sound, ToneKind | ToneSpec):
            raise UsageError(f"agent {self.name} plays a tone: wait for call.hears(…)")
        if self.sound is not None:
            return HearsSound(call, self.sound)
        if self.ident is None:
            raise UsageError(
                f"agent {self.name} speaks the tone of the channel: wait for call.hears_own_channel()"
            )
        return HearsVoice(call, lambda: self.ident, f"agent {self.name}")

    def __repr__(self) -> str:
        return f"<agent {self.name}: {self.state.value}>"

    def _in(self, state: AgentState) -> When:
        agent = self._agent
        return When(
            f"agent {self.name} {state.value} (now: {agent.state.value})",
            lambda: agent.since if agent.state is state else None,
            lambda: None,
        )

    def _talking(self, verb: str) -> Call:
        call = self.call
        if call is None or self.state is not AgentState.TALKS:
            raise UsageError(f"agent {self.name} {self.state.value}: there is no call to {verb}")
        return call
