"""`trunkbench simulate`: calls at random through the models of exchange and call centre, in virtual time.

What was measured stands beside what the formula says, with a 99 % interval from batch means
(`trunkbench.traffic.statistics`). The same seed gives the same figures.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkbench.cli.quantities import count, number, share
from trunkbench.cli.quantities import seconds as duration
from trunkbench.errors import FileError, UsageError

if TYPE_CHECKING:
    from trunkbench.access.network import Network
    from trunkbench.callcentre.centre import CallCentre
    from trunkbench.traffic.simulation import Holding, Measured
    from trunkbench.traffic.statistics import Estimate

_OWN = "1"
"""The number of the trunk that `--channels` makes."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--channels", type=count, metavar="N", help="a digital trunk of so many channels")
    what.add_argument("--number", metavar="NUMBER", help="a number of the plan in --hw FILE")
    parser.add_argument(
        "--hw", type=Path, metavar="FILE", help="a bench's configuration with an [access] plan"
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
    network, called = _network(arguments)
    holding, mean = _holding(arguments.distribution, arguments.holding)
    if arguments.agents is None and (arguments.queue is not None or arguments.wrap_up):
        raise UsageError("--queue and --wrap-up belong to --agents")
    rate = arguments.calls / 3600 if arguments.calls is not None else arguments.erlangs / mean
    load = Load(called, rate, holding, mean, arguments.count, arguments.retries)
    centre = None if arguments.agents is None else _centre(arguments)
    begun = time.perf_counter()
    with _bar(arguments.count, shown=not arguments.json) as progress:
        measured = Simulation(network, load, seed=arguments.seed, centre=centre, progress=progress).run()
    took = time.perf_counter() - begun
    channels = network.promised(called)
    theory = _theory(arguments, channels, rate * mean, mean)
    if arguments.json:
        print(json.dumps(_told(arguments, channels, rate * mean, measured, theory), ensure_ascii=False))
    else:
        print("\n".join(_report(arguments, channels, rate * mean, measured, theory)))
        print(f"seed {arguments.seed}; {measured.attempts / took:,.0f} calls a second of this machine's time")
    if arguments.plot is not None:
        from trunkbench.traffic.plot import draw_measured

        draw_measured(channels, rate * mean, measured.blocking, arguments.plot)
    return 0


def _network(arguments: argparse.Namespace) -> tuple[Network, str]:
    """The exchange, and the number that is called."""
    from trunkbench.access.config import AccessConfig, DigitalTrunkTable, build_network, digits

    if arguments.channels is not None:
        if arguments.hw is not None:
            raise UsageError("--channels makes a trunk of its own; with --hw FILE give --number NUMBER")
        trunk = DigitalTrunkTable(_OWN, ("trunk",))
        return build_network(AccessConfig(digital_trunk=(trunk,)), {"trunk": arguments.channels}), _OWN
    if arguments.hw is None:
        raise UsageError("--number needs --hw FILE, a bench's configuration with an [access] plan")
    from trunkbench.config import load_config

    config = load_config(arguments.hw)
    if config.access is None:
        raise UsageError(f"{arguments.hw} has no [access] plan: nobody can be called")
    network = build_network(config.access, {span.name: len(span.slots) for span in config.spans})
    called = digits(arguments.number)
    if network.find(called) is None:
        there = ", ".join(number for _path, number in config.access.numbers())
        raise UsageError(f"nobody has the number {arguments.number}; there are {there}")
    return network, called


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
        remark = "" if arguments.queue is None else "Erlang C lets the queue grow without end"
        cycle = mean + arguments.wrap_up
        return Theory("Erlang C", 0.0, waiting.waits, waiting.mean * cycle, remark)
    if arguments.retries:
        retried = erlang_b_with_retries(channels, offered, arguments.retries)
        return Theory("extended Erlang B", retried.blocking, remark="which lets them dial again at once")
    return Theory("Erlang B", erlang_b(channels, offered))


def _report(
    arguments: argparse.Namespace, channels: int, offered: float, measured: Measured, theory: Theory | None
) -> Iterator[str]:
    agents = "" if arguments.agents is None else f", {arguments.agents} agents"
    yield (
        f"{measured.attempts} calls, {offered:.2f} erlangs offered to {channels} channels{agents}; "
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
