"""`trunkbench simulate`: calls at random through the models of exchange and call centre, in virtual time.

What was measured stands beside what the formula says, with a 99 % interval from batch means
(`trunkbench.traffic.statistics`). The same seed gives the same figures.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from trunkbench.cli.quantities import count, number, share
from trunkbench.cli.quantities import seconds as duration
from trunkbench.errors import FileError, UsageError

if TYPE_CHECKING:
    from trunkbench.access.calls import Caller
    from trunkbench.access.config import AccessConfig
    from trunkbench.access.network import Network
    from trunkbench.callcentre.centre import CallCentre
    from trunkbench.traffic.simulation import Holding, Load, Measured
    from trunkbench.traffic.statistics import Estimate
    from trunkwire.ticks import Tick

_OWN = "1"
"""The number of the trunk that `--channels` makes."""

_TURNS = 100
"""After so many calls every destination had its turn: shares are percentages."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--channels", type=count, metavar="N", help="a digital trunk of so many channels")
    what.add_argument("--number", metavar="NUMBER", help="a number of the plan in --hw FILE")
    parser.add_argument(
        "--hw", type=Path, metavar="FILE", help="a bench's configuration with an [access] plan"
    )
    parser.add_argument(
        "--area", type=_area, metavar="CODE", help="with --number: where callers are (default: [access] area)"
    )
    parser.add_argument("--mobile", action="store_true", help="with --number: they call from mobiles")
    parser.add_argument(
        "--at",
        type=_clock,
        metavar="HH:MM",
        help="with --number: at this time of day, which stands still (default: [access] starts)",
    )
    load = parser.add_mutually_exclusive_group(required=True)
    load.add_argument("--erlangs", type=number, metavar="A", help="traffic offered")
    load.add_argument("--calls", type=number, metavar="N", help="calls in the busy hour")
    parser.add_argument(
        "--holding", type=duration, default=180.0, metavar="TIME", help="mean time of a call (default: 3m)"
    )
    parser.add_argument(
        "--distribution",
        default="exponential",
        metavar="HOW",
        help="of the holding times: exponential, lognormal:CV, or a file of seconds, one a line",
    )
    parser.add_argument(
        "--retries", type=share, default=0.0, metavar="SHARE", help="blocked callers who try again"
    )
    parser.add_argument("--agents", type=count, metavar="N", help="a call centre of so many agents answers")
    parser.add_argument("--queue", type=count, metavar="N", help="with --agents: how many may wait at most")
    parser.add_argument(
        "--wrap-up", type=duration, default=0.0, metavar="TIME", help="with --agents: work after each call"
    )
    parser.add_argument(
        "--count", type=count, default=200_000, metavar="N", help="calls to simulate (default: 200000)"
    )
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw what was measured on the formula's curve"
    )


def _area(text: str) -> str:
    """The code of an area, with its prefix."""
    if not re.fullmatch(r"[0-9]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no area code: write its digits, such as 028")
    return text


def _clock(text: str) -> str:
    """A time of day."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day: write it as 09:30")
    return text


@dataclass(frozen=True, slots=True)
class Target:
    """The number that is called and by whom, in a plan of which models can be made."""

    access: AccessConfig
    spans: dict[str, int]
    number: str
    caller: Caller
    planned: bool
    """Whether a configuration tells of it; else it is a trunk of its own."""

    def build(self) -> Network:
        """The exchange, as new."""
        from trunkbench.access.config import build_network

        return build_network(self.access, self.spans)

    def time_of_day(self) -> Tick:
        """When they call, in ticks since midnight."""
        from trunkbench.access.config import time_of_day

        return time_of_day(self.access.starts)

    def describe(self) -> str:
        """Such as "from mobiles in area 028 at 10:00"."""
        area, mobile = self.caller.area, self.caller.mobile
        words = ["from mobiles"] if mobile else []
        if area:
            words.append(f"in area {area}" if mobile else f"from area {area}")
        return " ".join((*words, f"at {self.access.starts}"))


@dataclass(frozen=True, slots=True)
class Theory:
    """What the formula says: blocking, and with agents the share that waits and the mean wait in seconds."""

    formula: str
    blocking: float
    waits: float | None = None
    mean_wait: float | None = None
    remark: str = ""


def run(arguments: argparse.Namespace) -> int:
    """Simulate and print; 0. Raises UsageError for what contradicts itself."""
    from trunkbench.traffic.simulation import Load, Simulation

    if arguments.plot is not None:
        from trunkbench.traffic.plot import check_plots

        check_plots()
    target = _target(arguments)
    holding, mean = _holding(arguments.distribution, arguments.holding)
    if arguments.agents is None and (arguments.queue is not None or arguments.wrap_up):
        raise UsageError("--queue and --wrap-up belong to --agents")
    rate = arguments.calls / 3600 if arguments.calls is not None else arguments.erlangs / mean
    load = Load(
        target.number,
        rate,
        holding,
        mean,
        arguments.count,
        arguments.retries,
        caller=target.caller,
        time_of_day=target.time_of_day(),
    )
    channels, remark = _channels(target, load)
    centre = None if arguments.agents is None else _centre(arguments)
    begun = time.perf_counter()
    with _bar(arguments.count, shown=not arguments.json) as progress:
        simulation = Simulation(target.build(), load, seed=arguments.seed, centre=centre, progress=progress)
        measured = simulation.run()
    took = time.perf_counter() - begun
    theory = _theory(arguments, channels, rate * mean, mean)
    if remark and arguments.agents is None:
        theory = None
    if arguments.json:
        told = _told(arguments, channels, rate * mean, measured, theory)
        if target.planned:
            told |= {"area": target.caller.area, "mobile": target.caller.mobile, "at": target.access.starts}
        print(json.dumps(told, ensure_ascii=False))
    else:
        if target.planned:
            print(f"{target.number}, called {target.describe()}{remark}")
        print("\n".join(_report(arguments, channels, rate * mean, measured, theory)))
        print(f"seed {arguments.seed}; {measured.attempts / took:,.0f} calls a second of this machine's time")
    if arguments.plot is not None:
        from trunkbench.traffic.plot import draw_measured

        draw_measured(channels, rate * mean, measured.blocking, arguments.plot)
    return 0


def _target(arguments: argparse.Namespace) -> Target:
    """Who is called, and by whom."""
    from trunkbench.access.calls import Caller
    from trunkbench.access.config import AccessConfig, DigitalTrunkTable, digits

    if arguments.channels is not None:
        if arguments.hw is not None:
            raise UsageError("--channels makes a trunk of its own; with --hw FILE give --number NUMBER")
        if arguments.area is not None or arguments.mobile or arguments.at is not None:
            raise UsageError(
                "--area, --mobile and --at belong to --number: a trunk of its own takes every call"
            )
        trunk = DigitalTrunkTable(_OWN, ("trunk",))
        access = AccessConfig(digital_trunk=(trunk,))
        return Target(access, {"trunk": arguments.channels}, _OWN, Caller(""), planned=False)
    if arguments.hw is None:
        raise UsageError("--number needs --hw FILE, a bench's configuration with an [access] plan")
    from trunkbench.config import load_config

    config = load_config(arguments.hw)
    if config.access is None:
        raise UsageError(f"{arguments.hw} has no [access] plan: nobody can be called")
    access = msgspec.structs.replace(config.access, starts=arguments.at or config.access.starts)
    caller = Caller("", access.area if arguments.area is None else arguments.area, arguments.mobile)
    spans = {span.name: len(span.slots) for span in config.spans}
    target = Target(access, spans, digits(arguments.number), caller, planned=True)
    if target.build().find(target.number) is None:
        there = ", ".join(number for _path, number in access.numbers()) or "none in the plan"
        raise UsageError(f"nobody has the number {arguments.number}; there are {there}")
    return target


def _channels(target: Target, load: Load) -> tuple[int, str]:
    """How many of these callers are connected at once, and what to remark of that: callers who are refused
    while there is room, of whom the formulas know nothing. Raises UsageError when not one gets through."""
    from trunkbench.traffic.simulation import calls_at_once

    network = target.build()
    found, refusal = calls_at_once(network, load)
    if not found and all(load.call(network, 0).refusal is not None for _ in range(_TURNS)):
        raise UsageError(
            f"{target.number} cannot be reached {target.describe()}: {refusal.why}{_otherwise(target)}"
        )
    caller = target.caller
    promised = target.build().promised(
        target.number, area=caller.area, time_of_day=load.time_of_day, mobile=caller.mobile
    )
    if found < promised:
        return promised, f"; with {found} of {promised} channels in use one is refused: {refusal.why}"
    return found, ""


def _otherwise(target: Target) -> str:
    """How else the number can be reached, as a hint; "" when it cannot at all."""
    from trunkwire.ticks import SECOND

    network, now = target.build(), target.time_of_day()
    area, mobile = target.caller.area, target.caller.mobile

    def worth(area: str, at: Tick, mobile: bool) -> int:
        return network.promised(target.number, area=area, time_of_day=at, mobile=mobile)

    if worth(area, now, mobile):
        return ""
    areas = [other for other in network.areas() if worth(other, now, mobile)]
    times = [at for at in network.hours() if worth(area, at, mobile)]
    hints = []
    if mobile and worth(area, now, mobile=False):
        hints.append("leave out --mobile")
    if areas:
        hints.append(f"give --area {' or '.join(areas)}")
    if times:
        clock = [f"{t // SECOND // 3600:02}:{t // SECOND // 60 % 60:02}" for t in times]
        hints.append(f"give --at {' or '.join(clock)}")
    return f"; {', or '.join(hints)}" if hints else ""


def _holding(text: str, mean: float) -> tuple[Holding, float]:
    """How holding times are drawn, and their mean in seconds."""
    from trunkbench.traffic.simulation import exponential, lognormal, recorded

    if mean <= 0:
        raise UsageError("--holding: a call takes some time")
    kind, _, spread = text.partition(":")
    if text == "exponential":
        return exponential(mean), mean
    if kind == "lognormal":
        try:
            cv = float(spread)
        except ValueError:
            cv = math.nan
        if not 0 < cv < 100:
            raise UsageError(f"--distribution {text}: write lognormal:CV, such as lognormal:1.2")
        return lognormal(mean, cv), mean
    try:
        lines = Path(text).read_text(encoding="utf-8").split()
        times = [float(line) for line in lines]
    except OSError as error:
        raise FileError(
            f"{text}: cannot be opened ({error.strerror}); "
            "give exponential, lognormal:CV, or a file of seconds"
        ) from error
    except ValueError as error:
        raise UsageError(f"{text}: {error}; write one number of seconds a line") from None
    return recorded(times), sum(times) / max(len(times), 1)


def _centre(arguments: argparse.Namespace) -> CallCentre:
    from trunkbench.callcentre.centre import CallCentre, CentreSettings
    from trunkwire.ticks import ticks

    settings = CentreSettings(queue_length=arguments.queue, wrap_up=ticks(arguments.wrap_up))
    centre = CallCentre([f"agent {n + 1}" for n in range(arguments.agents)], settings)
    for name in centre.agents:
        centre.log_in(name, 0)
    return centre


def _theory(arguments: argparse.Namespace, channels: int, offered: float, mean: float) -> Theory | None:
    """What the formulas say of the same system, where they know it."""
    from trunkbench.traffic.formulas import erlang_b, erlang_b_with_retries, erlang_c

    if arguments.agents is not None:
        work = offered * (mean + arguments.wrap_up) / mean
        waiting = erlang_c(arguments.agents, work)
        remark = "" if arguments.queue is None else "it lets as many wait as want to"
        if math.isinf(waiting.mean):
            agents = f"{arguments.agents} agents" if arguments.agents > 1 else "1 agent"
            remark = (
                f"{agents} for {work:.2f} erlangs of work: the queue grows without end, and with it the wait"
            )
        cycle = mean + arguments.wrap_up
        return Theory("Erlang C", 0.0, waiting.waits, waiting.mean * cycle, remark)
    if arguments.retries:
        retried = erlang_b_with_retries(channels, offered, arguments.retries)
        return Theory("extended Erlang B", retried.blocking, remark="which lets them dial again at once")
    return Theory("Erlang B", erlang_b(channels, offered))


def _report(
    arguments: argparse.Namespace, channels: int, offered: float, measured: Measured, theory: Theory | None
) -> Iterator[str]:
    agents = "" if arguments.agents is None else f", {_so_many(arguments.agents, 'agent')}"
    offered_to = _so_many(channels, "channel") + agents
    yield (
        f"{measured.attempts} calls, {offered:.2f} erlangs offered to {offered_to}; "
        f"{measured.carried:.2f} erlangs carried"
    )
    yield f"blocking   {_shown(measured.blocking, percent=True)}" + _beside(
        theory, None if theory is None or arguments.agents is not None else theory.blocking, percent=True
    )
    if measured.waited is not None and measured.mean_wait is not None:
        waits = None if theory is None else theory.waits
        mean = None if theory is None else theory.mean_wait
        yield f"waiting    {_shown(measured.waited, percent=True)}" + _beside(theory, waits, percent=True)
        yield f"mean wait  {_shown(measured.mean_wait, percent=False)}" + _beside(theory, mean, percent=False)
    if theory is not None and theory.remark:
        yield f"({theory.formula}: {theory.remark})"
    if measured.causes:
        lost = ", ".join(f"{_cause(cause)}: {n}" for cause, n in sorted(measured.causes.items(), key=str))
        yield f"lost       {lost}"
    batches = measured.blocking if measured.waited is None else measured.waited
    yield (
        f"{batches.batches} batches, correlation of neighbours {batches.correlation:+.2f}; "
        "intervals of 99 % by Student's t over them"
    )


def _so_many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _cause(cause: object) -> str:
    meaning = getattr(cause, "meaning", None)
    return str(cause) if meaning is None else f"cause {int(cause)} ({meaning})"  # type: ignore[call-overload]


def _shown(estimate: Estimate, *, percent: bool) -> str:
    if percent:
        return f"{estimate.value:8.3%} ± {estimate.half:.3%}"
    return f"{estimate.value:6.2f} s ± {estimate.half:.2f} s"


def _beside(theory: Theory | None, value: float | None, *, percent: bool) -> str:
    if theory is None or value is None:
        return ""
    if math.isinf(value):
        return f"   {theory.formula}: without end"
    return f"   {theory.formula}: {value:.3%}" if percent else f"   {theory.formula}: {value:.2f} s"


def _told(
    arguments: argparse.Namespace, channels: int, offered: float, measured: Measured, theory: Theory | None
) -> dict[str, Any]:
    def plain(estimate: Estimate | None) -> dict[str, Any] | None:
        if estimate is None or math.isnan(estimate.value):
            return None
        return {
            "value": estimate.value,
            "half_width_99": estimate.half,
            "batches": estimate.batches,
            "correlation": estimate.correlation,
        }

    wait = None if theory is None or theory.mean_wait in (None, math.inf) else theory.mean_wait
    return {
        "seed": arguments.seed,
        "channels": channels,
        "offered_erlangs": offered,
        "carried_erlangs": measured.carried,
        "attempts": measured.attempts,
        "virtual_seconds": measured.seconds,
        "blocking": plain(measured.blocking),
        "waited": plain(measured.waited),
        "mean_wait_s": plain(measured.mean_wait),
        "causes": {_cause(cause): n for cause, n in measured.causes.items()},
        "formula": None if theory is None else theory.formula,
        "formula_blocking": None if theory is None or arguments.agents else theory.blocking,
        "formula_waits": None if theory is None else theory.waits,
        "formula_mean_wait_s": wait,
    }


@contextmanager
def _bar(total: int, *, shown: bool) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("calls"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)
