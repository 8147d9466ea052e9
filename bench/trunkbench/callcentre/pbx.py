"""The call centre on the bench: a small PBX that plays the machine (`centre.py`) on real calls, with audio.

It is the desk of an exchange (`trunkbench.incoming.Desk`): calls to its numbers come here, whatever access
they came by. It rings agents, answers, plays announcement and music to those who wait, listens for digits
while a menu is open, joins callers to agents, and writes down what happens. Its timers are served by the
pump.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trunkbench.callcentre.agents import Agent, AgentState
from trunkbench.callcentre.centre import (
    Announce,
    CallCentre,
    CentreOutput,
    Connect,
    Ended,
    Ring,
    StopRinging,
    TurnAway,
    Wait,
)
from trunkbench.callcentre.config import HANG_UP, QUEUE, CallCentreConfig, is_number
from trunkbench.callcentre.desk import CentreAgent
from trunkbench.callcentre.equipment import equip
from trunkbench.callcentre.journal import Journal
from trunkbench.callcentre.menu import Chosen, Menu, PlayPrompt
from trunkbench.callcentre.onward import Onward
from trunkbench.callcentre.sounds import Recording
from trunkbench.callcentre.supervision import WATCH_EVERY, ToneWatch
from trunkbench.callcentre.view import CentreView
from trunkbench.callcentre.visits import Stage, Visit
from trunkbench.ear import BLOCK
from trunkbench.errors import UsageError
from trunkwire.g711 import Law
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SECOND, Tick
from trunkwire.tones import BUSY

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.config import BenchConfig
    from trunkbench.exchange import Exchange
    from trunkbench.numbers import Sound

LISTEN_EVERY: Tick = 5 * BLOCK
"""How often an open menu looks for digits: every 100 ms, in which no second one begins (ES 201 235-2 has
65 ms of signal and 65 ms of pause).
"""

BUSY_FOR: Tick = 5 * SECOND
"""How long a caller on an analog line hears busy tone before the PBX hangs up."""

_CAUSES = {
    "queue full": Cause.USER_BUSY,
    "nobody is logged in": Cause.SUBSCRIBER_ABSENT,
    "waited too long": Cause.NORMAL_CLEARING,
}
"""With which cause a call is turned away (Q.850)."""


@dataclass(frozen=True, slots=True)
class CentreFaults:
    """What the call centre can be made to do wrong, to see that a test notices."""

    dead_agents: frozenset[str] = frozenset()
    """Their headsets are dead: they answer, and nothing is heard of them."""
    announces_when_full: bool = False
    """A caller for whom there is no room hears the announcement instead of busy."""


class CallCentrePbx(CentreView):
    """`bench.call_centre`."""

    def __init__(self, exchange: Exchange, config: CallCentreConfig, bench: BenchConfig) -> None:
        """The desk of `exchange`, set up as `[call_centre]` of the bench's configuration says.

        Raises ConfigError for a WAV file that cannot be played, and for more agents than there are
        identification tones.
        """
        self.exchange = exchange
        self.config = config
        self.equipment = equip(config, bench, exchange)
        self.reset()
        exchange.answering.desk = self
        exchange.lines.spoken_for = self.speak
        exchange.pump.add(self)

    # -- a desk (trunkbench.incoming) ---------------------------------------------------------------------

    def numbers(self) -> Iterable[str]:
        """The numbers it answers."""
        return self.equipment.numbers

    def arrived(self, call: Call) -> None:
        """A call has come: into the menu, or where its number leads."""
        visit = self._visits[call] = Visit(call, self._now)
        self._by_key[call.index] = visit
        self._journal.call("arrived", call, called=call.called)
        direct = self.equipment.direct.get(call.called)
        if direct is not None:
            self._lead(visit, direct)
        elif self.equipment.menu is not None:
            visit.stage = Stage.MENU
            visit.menu = Menu(self.equipment.menu)
            visit.say(lambda start: self.prompt.playing(self._law, start))
            self._answer(visit)
        else:
            self._lead(visit, QUEUE)
        self._drain()

    def speak(self, call: Call) -> bool:
        """See `Desk.speak`. A menu opens with the connection."""
        if self.onward.speaks(call):
            return True
        visit = self._visits.get(call)
        if visit is None:
            return False
        if call.line is not None and visit.watch is None:
            visit.watch = ToneWatch(call)
            self._reckon()
        if visit.stage is Stage.SENT_ON and self.onward.joins(visit):
            return True
        if visit.stage is Stage.MENU and visit.receiver is None and visit.menu is not None:
            visit.listen_from_now()
            visit.menu.open(self._now)
            self._follow_menu(visit)
            self._reckon()
            return True
        return visit.speak()

    def ended(self, call: Call) -> None:
        """A caller has gone, or somebody hung up for it; or a call that the PBX placed is over."""
        if self.onward.ended(call):
            self._leave(call)
            return
        visit = self._visits.get(call)
        if visit is None or visit.stage is Stage.OVER:
            return
        stage, visit.stage = visit.stage, Stage.OVER
        if visit.why != "agent":
            visit.why = "caller" if call.cleared_by == self.exchange.other else "line"
        talks = stage is Stage.TALKS or (visit.talks_since is not None and stage is Stage.SENT_ON)
        if not talks and stage is not Stage.BUSY:
            since = visit.arrived_at if visit.queued_at is None else visit.queued_at
            self._journal.call("gave up", call, waited=self._now - since, why=visit.why)
        self.centre.hang_up(call.index, self._now)
        leg = self.onward.give_up(visit)
        if leg is not None:
            self._leave(leg)
        self._leave(call)
        self._drain()

    def reset(self) -> None:
        """As newly set up: the agents of the configuration log in, and nothing has happened yet."""
        now = self._now
        self.centre = CallCentre(self.config.names, self.config.settings())
        self._visits: dict[Call, Visit] = {}
        self._by_key: dict[int, Visit] = {}
        self._pickups: dict[str, Tick] = {}
        self._leaving: list[Call] = []
        self._due: Tick | None = None
        self._draining = False
        self.faults = CentreFaults()
        for name in self.config.at_work:
            self.centre.log_in(name, now)
        self._journal = Journal(self.exchange, self.centre.agents)
        self.onward = Onward(self.exchange, self._journal, answer=self._answer, turn_away=self.turn_away)
        self._agents = {
            name: CentreAgent(self, agent, self.equipment.idents.get(name), self.config.answer_after)
            for name, agent in self.centre.agents.items()
        }

    # -- timers (a machine of the pump) -------------------------------------------------------------------

    def next_deadline(self) -> Tick | None:
        """When an agent picks up, something runs out, or an open menu listens next."""
        return self._due

    def handle_timer(self, now: Tick) -> None:
        """Do what has become due."""
        leaving, self._leaving = self._leaving, []
        for call in leaving:
            call.hang_up()
            if self._visits.pop(call, None) is not None:
                del self._by_key[call.index]
        for name in [name for name, at in self._pickups.items() if at <= now]:
            if self._pickups.pop(name, None) is not None:  # else somebody was quicker at this very tick
                self.centre.answer(name, now)
                self._drain()
        deadline = self.centre.next_deadline()
        if deadline is not None and deadline <= now:
            self._time_out(now)
        for visit in [visit for visit in self._visits.values() if visit.stage is Stage.MENU]:
            self._listen(visit, now)
        for visit in [visit for visit in self._visits.values() if visit.stage is Stage.BUSY]:
            if visit.until is not None and visit.until <= now:
                visit.call.hang_up()
        for visit in [visit for visit in self._visits.values() if visit.watch is not None]:
            if now % WATCH_EVERY == 0 and visit.watch is not None and visit.watch.heard_nobody():
                visit.call.hang_up()
        self._drain()

    # -- for the agents -----------------------------------------------------------------------------------

    def do(self, action: Callable[[CallCentre, Tick], None]) -> None:
        """Let the machine do something, and do what follows from it."""
        self.exchange.pump.check_open()
        action(self.centre, self._now)
        self._drain()

    def call_of(self, agent: Agent) -> Call | None:
        """The call that rings or talks at that agent."""
        return self._by_key[agent.call].call if isinstance(agent.call, int) else None

    def hang_up(self, call: Call) -> None:
        """An agent ends its call."""
        self._visits[call].why = "agent"
        call.hang_up()

    def transfer(self, call: Call, to: str | None) -> None:
        """See `CentreAgent.transfer`."""
        self.exchange.pump.check_open()
        visit, now = self._visits[call], self._now
        target = QUEUE if to is None else to
        if is_number(target):
            self.onward.check(target)
            self.centre.hang_up(call.index, now)
        elif target in self._agents:
            self.centre.transfer(call.index, now, target)
        else:
            self.centre.transfer(call.index, now, among=self._among(target))
        self._journal.call("transferred", call, agent=visit.agent, to=target)
        visit.why = "transfer"
        if is_number(target):
            self._drain()
            self._lead(visit, target)
            return
        visit.stage, visit.queued_at = Stage.QUEUE, now
        visit.say(lambda start: self.music.playing(self._law, start, self.music))
        self._drain()

    # -- the way of a call --------------------------------------------------------------------------------

    def _lead(self, visit: Visit, target: str) -> None:
        """Bring a caller to the queue, a group, an agent, or a number."""
        if is_number(target):
            visit.stage, visit.talks_since = Stage.SENT_ON, None
            visit.say(lambda start: self.music.playing(self._law, start, self.music))
            self._journal.call("sent on", visit.call, to=target)
            self.onward.send(visit, target)
            return
        visit.stage, visit.queued_at = Stage.QUEUE, self._now
        self.centre.arrive(visit.call.index, self._now, self._among(target))

    def _among(self, target: str) -> tuple[str, ...] | None:
        if target == QUEUE:
            return None
        if target in self._agents:
            return (target,)
        if target not in self.config.groups:
            groups = ", ".join((QUEUE, *self.config.groups, *self._agents))
            raise UsageError(f"the call centre has no agent or group {target!r}; it has {groups}")
        return self.config.groups[target]

    def _answer(self, visit: Visit) -> None:
        """CONNECT, if that has not been sent yet."""
        if visit.answered or visit.gone:
            return
        visit.answered = True
        if visit.call.alerting_at is None:
            self.exchange.answering.ring(visit.call)
        self.exchange.answering.connect(visit.call)

    def turn_away(self, visit: Visit, cause: Cause | int, why: str) -> None:
        """End a call for which there is no room, before it was answered or after.

        A line that rings cannot be refused: who is to hear busy on one is answered, and hears it for a while.
        """
        self._journal.call("turned away", visit.call, why=why)
        if cause == Cause.USER_BUSY and visit.call.line is not None and not visit.answered:
            visit.stage, visit.until = Stage.BUSY, self._now + BUSY_FOR
            visit.say(lambda start: BUSY)
            self._answer(visit)
            return
        gone, visit.stage = visit.gone, Stage.OVER
        self._leave(visit.call)
        if gone:
            return
        if visit.answered:
            visit.call.hang_up(cause)
        else:
            self.exchange.answering.reject(visit.call, cause)

    # -- what the machine says ----------------------------------------------------------------------------

    def _drain(self) -> None:
        """Do what the machine wants until it wants nothing more; a handler's own wishes come behind."""
        if self._draining:
            return
        self._draining = True
        try:
            while (output := self.centre.poll_output()) is not None:
                visit = self._by_key.get(output.call) if isinstance(output.call, int) else None
                if visit is not None:
                    _HANDLERS[type(output)](self, visit, output)
        finally:
            self._draining = False
        self._journal.agents()
        self._reckon()

    def _ring(self, visit: Visit, output: Ring) -> None:
        self._journal.call("rang", visit.call, agent=output.agent)
        if visit.call.alerting_at is None and not visit.answered and not visit.gone:
            self.exchange.answering.ring(visit.call)
        after = self._agents[output.agent].answer_after
        if after is not None:
            self._pickups[output.agent] = self._now + after

    def _stop_ringing(self, visit: Visit, output: StopRinging) -> None:
        self._pickups.pop(output.agent, None)

    def _connect(self, visit: Visit, output: Connect) -> None:
        self._pickups.pop(output.agent, None)
        visit.stage, visit.agent, visit.talks_since = Stage.TALKS, output.agent, self._now
        self._journal.call("answered", visit.call, agent=output.agent, waited=output.waited)
        agent = self._agents[output.agent]
        own = agent.ident is None and agent.sound is None and agent.name not in self.faults.dead_agents
        visit.say(None if own else lambda start: self._voice(agent, start))
        self._answer(visit)

    def _wait(self, visit: Visit, output: Wait) -> None:
        self._journal.call("queued", visit.call, position=output.position)

    def _announce(self, visit: Visit, output: Announce) -> None:
        """Whoever is to wait is told so at once: that is when the call is answered."""
        self._journal.call("announced", visit.call, position=output.position)
        visit.say(lambda start: self.announcement.playing(self._law, start, self.music))
        self._answer(visit)

    def _turn_away(self, visit: Visit, output: TurnAway) -> None:
        if output.why == "queue full" and self.faults.announces_when_full:
            visit.say(lambda start: self.announcement.playing(self._law, start, self.music))
            self._answer(visit)
            return
        self.turn_away(visit, _CAUSES[output.why], output.why)

    def _ended(self, visit: Visit, output: Ended) -> None:
        talked = self._now - (visit.talks_since or self._now)
        self._journal.call("ended", visit.call, agent=output.agent, talked=talked, why=visit.why)

    def _time_out(self, now: Tick) -> None:
        """The machine's own timers; who rang until now and did not answer is written down."""
        rang = [
            (agent.name, self._by_key[agent.call])
            for agent in self.centre.agents.values()
            if agent.state is AgentState.RINGS and agent.until is not None and agent.until <= now
            if isinstance(agent.call, int)
        ]
        for name, visit in rang:
            self._journal.call("did not answer", visit.call, agent=name)
        self.centre.handle_timer(now)

    # -- the menu -----------------------------------------------------------------------------------------

    def _listen(self, visit: Visit, now: Tick) -> None:
        if visit.menu is None or visit.receiver is None:
            return
        for digit in visit.heard_digits():
            if visit.stage is Stage.MENU:
                self._journal.call("pressed", visit.call, digits=digit)
                visit.menu.pressed(digit, now)
                self._follow_menu(visit)
        visit.menu.handle_timer(now)
        self._follow_menu(visit)

    def _follow_menu(self, visit: Visit) -> None:
        output = None if visit.menu is None else visit.menu.poll_output()
        if isinstance(output, PlayPrompt):
            self._journal.call("menu", visit.call, position=output.time)
            visit.say(lambda start: self.prompt.playing(self._law, start))
        elif isinstance(output, Chosen) and output.target == HANG_UP:
            self.turn_away(visit, Cause.NORMAL_CLEARING, "no digit")
        elif isinstance(output, Chosen):
            visit.say(lambda start: self.music.playing(self._law, start, self.music))
            self._lead(visit, output.target)

    # -- inside -------------------------------------------------------------------------------------------

    @property
    def _now(self) -> Tick:
        return self.exchange.now

    @property
    def _law(self) -> Law:
        return self.exchange.lines.law

    def _leave(self, call: Call) -> None:
        """Go on hook as soon as whoever reports the end of the call has done so."""
        self._leaving.append(call)
        self._reckon()

    def _voice(self, agent: CentreAgent, start: int) -> Sound | None:
        """What the agent says, where that is not the tone of the channel."""
        if agent.name in self.faults.dead_agents:
            return None
        if isinstance(agent.sound, Recording):
            return agent.sound.playing(self._law, start, agent.sound)
        if agent.sound is not None or agent.ident is None:
            return agent.sound
        return self.exchange.lines.tone_of(agent.ident)

    def _reckon(self) -> None:
        """When there is something to do next."""
        deadlines = [*self._pickups.values()]
        deadline = self.centre.next_deadline()
        if deadline is not None:
            deadlines.append(deadline)
        if self._leaving:
            deadlines.append(self._now)
        menus = [visit.menu for visit in self._visits.values() if visit.stage is Stage.MENU]
        timeouts = [at for menu in menus if menu is not None and (at := menu.next_deadline()) is not None]
        if timeouts:
            deadlines += [*timeouts, (self._now // LISTEN_EVERY + 1) * LISTEN_EVERY]
        deadlines += [visit.until for visit in self._visits.values() if visit.until is not None]
        if any(visit.watch is not None and visit.stage is not Stage.OVER for visit in self._visits.values()):
            deadlines.append((self._now // WATCH_EVERY + 1) * WATCH_EVERY)
        self._due = min(deadlines, default=None)


_HANDLERS: dict[type[CentreOutput], Callable[[CallCentrePbx, Visit, Any], None]] = {
    Ring: CallCentrePbx._ring,
    StopRinging: CallCentrePbx._stop_ringing,
    Connect: CallCentrePbx._connect,
    Wait: CallCentrePbx._wait,
    Announce: CallCentrePbx._announce,
    TurnAway: CallCentrePbx._turn_away,
    Ended: CallCentrePbx._ended,
}
