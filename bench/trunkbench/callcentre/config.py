"""`[call_centre]` of a bench's configuration: the call centre that the far end of the bench plays.

A small PBX behind whatever accesses the far end has (docs/call-centre.md): it answers the numbers named, or
all of `[access]`, and gives the callers to its agents. Durations are text, such as "20s".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from trunkbench.access.config import AccessConfig, DurationText, NumberText, digits
from trunkbench.callcentre.agents import Strategy
from trunkbench.callcentre.centre import CentreSettings
from trunkwire.ticks import SECOND

if TYPE_CHECKING:
    from trunkbench.config import BenchConfig

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]*$")]
_Many = Annotated[int, msgspec.Meta(ge=1, le=400)]
_Some = Annotated[int, msgspec.Meta(ge=0, le=400)]
_Digit = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#A-D]$")]
_Target = Annotated[str, msgspec.Meta(pattern=r"^([a-z][a-z0-9_-]*|\+?[0-9][0-9 -]*)$")]

QUEUE = "queue"
"""The target of calls that any agent may take."""

HANG_UP = "hang-up"
"""What a menu may do with a caller who presses nothing: end the call."""


class MenuConfig(msgspec.Struct, frozen=True):
    """`[call_centre.menu]`: the caller is answered, hears the prompt, and presses a digit."""

    keys: dict[_Digit, _Target]
    """Digit -> where the call goes: `queue`, a group, an agent, or a number that is dialled."""
    timeout: DurationText = 5 * SECOND
    """How long after the prompt a digit is waited for."""
    tries: Annotated[int, msgspec.Meta(ge=1, le=9)] = 2
    """How often the prompt is played in all."""
    otherwise: _Target = QUEUE
    """Where the call goes when no digit has come: as in `keys`, or `hang-up`."""
    prompt: str | None = None
    """A WAV file of 8 kHz; by default one of our own."""


class CallCentreConfig(msgspec.Struct, frozen=True):
    """`[call_centre]`: agents, a queue, a menu."""

    agents: _Many | tuple[Name, ...]
    """Their names, or how many: a1, a2, a3 …"""
    numbers: tuple[NumberText, ...] = ()
    """What it answers; by default every line and every trunk number of `[access]`."""
    logged_in: _Some | tuple[Name, ...] | None = None
    """Who is at work when line time begins, or how many of them; by default everybody."""
    strategy: Strategy = "longest-idle"
    """Which agent is asked first."""
    queue_length: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """How many calls may wait; the next one is told that the user is busy. By default as many as come."""
    longest_wait: DurationText | None = None
    """How long a call may wait before it is ended; by default for ever."""
    ring_for: DurationText = 20 * SECOND
    """How long an agent rings; who has not answered by then is on a pause, and the next one is asked."""
    wrap_up: DurationText = 0
    """How long an agent is busy with a call after it has ended."""
    announce_every: DurationText = 30 * SECOND
    """The announcement is repeated to those who wait; "0s": they hear it once."""
    answer_after: DurationText = 2 * SECOND
    """How long an agent rings before it picks up."""
    announcement: str | None = None
    """A WAV file of 8 kHz; by default one of our own."""
    music: str | None = None
    """A WAV file of 8 kHz, played over and over; by default a melody of our own."""
    voice: Literal["agent", "channel"] = "agent"
    """What agents say: an identification tone that is each one's own, or that of the channel they talk on."""
    groups: dict[Name, tuple[Name, ...]] = {}
    """`[call_centre.groups]`: name -> agents."""
    direct: dict[NumberText, _Target] = {}
    """`[call_centre.direct]`: numbers whose callers meet no menu -> where the call goes, as in the menu."""
    menu: MenuConfig | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The agents."""
        return _named(self.agents) if isinstance(self.agents, int) else self.agents

    @property
    def at_work(self) -> tuple[str, ...]:
        """The agents who are logged in when line time begins."""
        if self.logged_in is None:
            return self.names
        return self.names[: self.logged_in] if isinstance(self.logged_in, int) else self.logged_in

    def settings(self) -> CentreSettings:
        """Those of the machine."""
        return CentreSettings(
            strategy=self.strategy,
            queue_length=self.queue_length,
            longest_wait=self.longest_wait,
            ring_for=self.ring_for,
            wrap_up=self.wrap_up,
            announce_every=self.announce_every,
        )

    def answered(self, access: AccessConfig | None) -> tuple[str, ...]:
        """The numbers it answers, as they may be called: within the area also with and without its code."""
        numbers = [digits(number) for number in self.numbers]
        area = "" if access is None else access.area
        if not numbers and access is not None:
            numbers = [*access.line_uses()]
            for trunk in access.digital_trunk:
                numbers += [digits(trunk.number), *map(digits, trunk.owns)]
        numbers += [digits(number) for number in self.direct]
        forms = ((number, area + number, number.removeprefix(area)) for number in numbers)
        return tuple(dict.fromkeys(form for three in forms for form in three if form))

    def contradictions(self, bench: BenchConfig) -> Iterator[str]:
        """What the keys say against each other, and against the rest of the configuration."""
        names = self.names
        if not names:
            yield "agents: a call centre has one agent or more"
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"agents: {name} is named twice"
        for name in sorted({QUEUE, HANG_UP} & {*names, *self.groups}):
            yield f"{name}: is the name of a target; call the agent or the group otherwise"
        for name in sorted(set(self.groups) & set(names)):
            yield f"groups.{name}: is the name of an agent; call the group otherwise"
        if isinstance(self.logged_in, int) and self.logged_in > len(names):
            yield f"logged_in: {self.logged_in}, but there are {len(names)} agents"
        yield from self._unknown_agents()
        yield from self._unknown_targets()
        if self.menu is not None and not self.menu.keys:
            yield "menu.keys: name one digit or more"
        answered = self.answered(bench.access)
        if not answered:
            yield "numbers: is missing, and there is no [access] to take them from"
        for number in sorted({*bench.far.numbers} & {*answered}):
            yield f"numbers: {number} has a plan in [far.numbers] already; take it out in one place"
        if bench.bench.topology.startswith("dut-") and bench.hardware_ports:
            yield f"the device itself is at the far end (topology {bench.bench.topology!r}): leave it out"

    def _unknown_agents(self) -> Iterator[str]:
        at_work = self.at_work if isinstance(self.logged_in, tuple) else ()
        named = {"logged_in": at_work, **{f"groups.{name}": who for name, who in self.groups.items()}}
        for path, agents in named.items():
            for name in agents:
                if name not in self.names:
                    yield f"{path}: there is no agent {name!r}"
        for name, agents in self.groups.items():
            if not agents:
                yield f"groups.{name}: name one agent or more"

    def _unknown_targets(self) -> Iterator[str]:
        targets = {f"direct.{number}": target for number, target in self.direct.items()}
        if self.menu is not None:
            targets |= {f"menu.keys.{digit}": target for digit, target in self.menu.keys.items()}
            if self.menu.otherwise != HANG_UP:
                targets["menu.otherwise"] = self.menu.otherwise
        for path, target in targets.items():
            known = target == QUEUE or target in self.groups or target in self.names
            if not known and not is_number(target):
                yield f"{path}: there is no group or agent {target!r}"


def is_number(target: str) -> bool:
    """Whether a call is sent there by dialling: names begin with a letter."""
    return target[0].isdigit() or target[0] == "+"


def _named(count: int) -> tuple[str, ...]:
    return tuple(f"a{n}" for n in range(1, count + 1))
