"""Deliberate faults of the simulated exchange and premises, to see that an acceptance notices
(`trunkbench accept --fault NAME`, or `NAME:NUMBER`).

Each is a change in what plays the carrier, or in the lines; none touches a test. The rows are measured
against the plan as it was ordered, and the row that is about what is broken fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from trunkbench.acceptance.tables import Plan
from trunkbench.access.config import build_network, digits
from trunkbench.access.hunting import Group, RingingPool
from trunkbench.access.lines import Line, Trunk
from trunkbench.access.network import Network, Shown
from trunkbench.access.services import DigitalTrunk, LineGroup
from trunkbench.device import LineFault
from trunkbench.ear import LocalFeed, first_sample
from trunkbench.errors import NotOnThisBench, UsageError
from trunkwire.q931.ies import Screening
from trunkwire.tones import RINGBACK, ToneKind

if TYPE_CHECKING:
    from trunkbench.access.calls import Refusal
    from trunkbench.bench import Bench
    from trunkbench.call import Call
    from trunkbench.config import BenchConfig

_FOR_GOOD = 1 << 50
"""Ticks: longer than any run."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is broken, and how: of the line or trunk with that number, or ("") of the first that serves;
    `lacks` says what a plan needs for it and has not.
    """

    about: str
    commit: Callable[[Bench, str], None]
    lacks: Callable[[BenchConfig, str], str]
    where: Literal["line", "trunk", ""] = ""
    """What a number can be given of."""


def check(config: BenchConfig, name: str) -> None:
    """Raise UsageError for a fault that does not exist, or that this bench cannot have. The name may have a
    number behind a colon: that of the line or the trunk which is to be broken.
    """
    name, _, written = name.partition(":")
    number = digits(written)
    if name not in FAULTS:
        raise UsageError(f"there is no fault {name!r} to have; choose from {', '.join(FAULTS)}")
    if config.hardware_ports:
        raise UsageError(f"fault {name!r}: only the software loopback can be broken on purpose")
    fault = FAULTS[name]
    if number and not fault.where:
        raise UsageError(f"fault {name!r} is of the whole exchange: name no number")
    plan = Plan(config)
    known = list(plan.lines) if fault.where == "line" else [trunk.number for trunk in plan.trunks]
    if number and number not in known:
        there = ", ".join(known) or "none"
        raise UsageError(f"fault {name!r}: {config.source} has no {fault.where} {written}; there are {there}")
    lacks = fault.lacks(config, number)
    if lacks:
        raise UsageError(f"fault {name!r}: {config.source} has no {lacks}")


def commit(bench: Bench, name: str) -> None:
    """Break it. Raises UsageError as `check` does."""
    check(bench.config, name)
    name, _, written = name.partition(":")
    FAULTS[name].commit(bench, digits(written))


def network_of(config: BenchConfig) -> Network:
    """The exchange's model of the plan. Raises UsageError for a configuration without one."""
    return build_network(Plan(config).access, {span.name: len(span.slots) for span in config.spans})


# -- what can be broken -------------------------------------------------------------------------------------


def _groups(network: Network) -> Iterator[LineGroup]:
    """The numbers with several lines, in the order of the plan."""
    for service in network.services.values():
        if isinstance(service, LineGroup) and len(service.lines.lines) > 1:
            yield service


def _with(network: Network, number: str) -> Iterator[LineGroup]:
    """The numbers with several lines of which that line is one; all of them without one."""
    for group in _groups(network):
        if not number or any(line.number == number for line in group.lines.lines):
            yield group


def _trunk(bench: Bench, number: str) -> Trunk:
    """The trunk of that number, or the first."""
    trunks = [service.trunk for service in _trunks(_network(bench))]
    return next(trunk for trunk in trunks if number in ("", trunk.number))


def _trunks(network: Network) -> Iterator[DigitalTrunk]:
    for service in network.services.values():
        if isinstance(service, DigitalTrunk):
            yield service


def _network(bench: Bench) -> Network:
    if bench.network is None:
        raise NotOnThisBench("there is no [access] plan whose exchange could be broken")
    return bench.network


def _second(group: LineGroup) -> Line:
    """A line that is not the first, so that a number without it still seems to work."""
    return next(line for line in group.lines.lines[1:] if line.use.takes)


def dead_line(bench: Bench, number: str = "") -> None:
    """The pair of a member's line is broken: the exchange rings it, and nobody hears that."""
    plant = bench.plant
    if plant is None:
        raise NotOnThisBench("this bench has no analog lines to break")
    plant.cut(number or _second(next(_groups(_network(bench)))).number)


def crossed_line(bench: Bench, number: str = "") -> None:
    """The pairs of two lines are exchanged: each set rings for the other's number."""
    plant = bench.plant
    if plant is None:
        raise NotOnThisBench("this bench has no analog lines to cross")
    network = _network(bench)
    if number:
        other = next(line for line in network.lines if line != number)
    else:
        number, other = (line.number for line in next(_groups(network)).lines.lines[:2])
    plant.cross(number, other)


def crossed_channel(bench: Bench, number: str = "") -> None:
    """Two timeslots of a trunk are exchanged in a multiplexer, towards the premises."""
    trunk = _trunk(bench, number)
    end = next(span for span in bench.near.spans if span.config.name in trunk.name.split(", "))
    one, other = sorted(end.slot_of.values())[:2]
    end.port.insert(LineFault("slot-cross", bench.pump.now + 1, _FOR_GOOD, args=(one, other)))


def left_out(bench: Bench, number: str = "") -> None:
    """A member is missing from its group in the exchange's tables."""
    group = next(_with(_network(bench), number))
    missing = next((line for line in group.lines.lines if line.number == number), None) or _second(group)
    for choice in (group.lines, *(lines for _hours, lines in group.by_hours)):
        if isinstance(choice, Group | RingingPool):
            choice.lines = tuple(line for line in choice.lines if line is not missing)


def virtual_shown(bench: Bench, _number: str = "") -> None:
    """Calls from bound lines show the number that they are bound to."""
    network = _network(bench)
    virtual = {
        line: service.number
        for service in reversed(list(network.services.values()))
        if isinstance(service, LineGroup) and service.virtual
        for line in service.lines.lines
    }
    shown = network.shown

    def show(source: Line | Trunk, wished: str | None = None) -> Shown | Refusal:
        number = virtual.get(source) if isinstance(source, Line) else None
        return shown(source, wished) if number is None else Shown(number, Screening.NETWORK)

    network.shown = show  # type: ignore[method-assign]


def no_ringback(bench: Bench, _number: str = "") -> None:
    """Callers hear nothing while it rings."""
    lines = bench.near.lines
    to_tone = lines.to_tone

    def silent(call: Call, kind: ToneKind) -> None:
        if kind is RINGBACK:
            call.ear.connect(None, bench.pump.now)
        else:
            to_tone(call, kind)

    lines.to_tone = silent  # type: ignore[method-assign]


def announcement(bench: Bench, _number: str = "") -> None:
    """Callers who find no free line are spoken to, where busy tone was ordered."""
    from trunkbench.callcentre.builtin import BuiltIn

    lines, recording = bench.near.lines, BuiltIn().announcement

    def speak(call: Call) -> None:
        if call.hung_up_at is not None:
            return
        playing = recording.playing(lines.law, first_sample(bench.pump.now), recording)
        call.ear.connect(LocalFeed(playing, recording.name), bench.pump.now)

    lines.to_tone_for_cause = speak  # type: ignore[method-assign]


def channel_short(bench: Bench, number: str = "") -> None:
    """A trunk has one channel fewer than was ordered."""
    _trunk(bench, number).channels -= 1


# -- which there are ----------------------------------------------------------------------------------------


def _lacks_group(config: BenchConfig, number: str) -> str:
    if any(_with(network_of(config), number)):
        return ""
    return f"number with several lines of which {number} is one" if number else "number with several lines"


def _lacks_line(config: BenchConfig, number: str) -> str:
    return "" if number else _lacks_group(config, "")


def _lacks_two_lines(config: BenchConfig, number: str) -> str:
    if not number:
        return _lacks_group(config, "")
    return "" if len(network_of(config).lines) > 1 else "second line"


def _lacks_virtual(config: BenchConfig, _number: str) -> str:
    bound = any(group.virtual for group in _groups(network_of(config)))
    return "" if bound else "one-number service with several lines"


def _lacks_trunk(config: BenchConfig, _number: str) -> str:
    return "" if any(_trunks(network_of(config))) else "digital trunk"


def _lacks_nothing(config: BenchConfig, _number: str) -> str:
    network = network_of(config)
    return "" if network.services or network.lines else "number to call"


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "dead-line": Fault("a line is dead", dead_line, _lacks_line, "line"),
        "crossed-line": Fault("the pairs of two lines are exchanged", crossed_line, _lacks_two_lines, "line"),
        "crossed-channel": Fault("two channels are exchanged", crossed_channel, _lacks_trunk, "trunk"),
        "left-out": Fault("a member is missing from its group", left_out, _lacks_group, "line"),
        "virtual-shown": Fault("outgoing calls show the virtual number", virtual_shown, _lacks_virtual),
        "no-ringback": Fault("callers hear nothing while it rings", no_ringback, _lacks_nothing),
        "announcement": Fault("an announcement instead of busy tone", announcement, _lacks_nothing),
        "channel-short": Fault("a trunk lacks a channel", channel_short, _lacks_trunk, "trunk"),
    }
)
"""By the names that `--fault` takes."""
