"""`trunkbench advise`: the channels and agents that a busy hour needs, the services that carry it, its rent.

The formulas are those of `trunkbench.traffic.formulas`; docs/advise.md says which holds when. `--plot` draws
blocking against load for the channels found, and for one service less and more.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkbench.cli.quantities import count, number, share
from trunkbench.cli.quantities import seconds as duration

if TYPE_CHECKING:
    from trunkbench.traffic.advice import Advice, Agents, Option
    from trunkbench.traffic.tariff import Tariff


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--calls", type=number, required=True, metavar="N", help="calls in the busy hour")
    parser.add_argument(
        "--holding",
        type=duration,
        required=True,
        metavar="TIME",
        help="mean time that a call talks: 3m, 200s",
    )
    parser.add_argument(
        "--blocking", type=share, default=0.01, metavar="SHARE", help="how many may hear busy (default: 1%%)"
    )
    parser.add_argument(
        "--retries",
        type=share,
        default=0.0,
        metavar="SHARE",
        help="how many of those dial again (default: 0%%)",
    )
    parser.add_argument(
        "--sources",
        type=count,
        metavar="N",
        help="callers in all, where they are few (a company's extensions)",
    )
    parser.add_argument("--agents", type=count, metavar="N", help="agents that there are")
    parser.add_argument(
        "--answered", type=share, metavar="SHARE", help="how many are to be answered in time, such as 80%%"
    )
    parser.add_argument(
        "--within", type=duration, default=20.0, metavar="TIME", help="what in time means (default: 20s)"
    )
    parser.add_argument(
        "--wrap-up", type=duration, default=0.0, metavar="TIME", help="work of an agent after each call"
    )
    parser.add_argument("--tariff", type=Path, metavar="FILE", help="your carrier's prices (TOML)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw blocking against load (.svg, .png, .pdf)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Reckon and print; 0. Raises UsageError where nothing can do it."""
    from trunkbench.traffic.advice import Demand, advise, options
    from trunkbench.traffic.tariff import load_tariff

    if arguments.plot is not None:
        from trunkbench.traffic.plot import check_plots

        check_plots()
    demand = Demand(
        calls=arguments.calls,
        holding=arguments.holding,
        blocking=arguments.blocking,
        retries=arguments.retries,
        sources=arguments.sources,
        agents=arguments.agents,
        answered=arguments.answered,
        within=arguments.within,
        wrap_up=arguments.wrap_up,
    )
    advice = advise(demand)
    tariff = load_tariff(arguments.tariff)
    found = options(advice, tariff)
    if arguments.json:
        print(json.dumps(_told(advice, found, tariff), ensure_ascii=False))
    else:
        print("\n".join((*_needs(advice), "", *_table(found, tariff))))
    if arguments.plot is not None:
        from trunkbench.traffic.plot import draw_blocking

        draw_blocking(advice, arguments.plot)
        if not arguments.json:
            print(f"\nBlocking against load: {arguments.plot}")
    return 0


def _needs(advice: Advice) -> list[str]:
    """What the demand is and what it needs, a line a fact."""
    demand = advice.demand
    lines = [
        f"{demand.calls:g} calls in the busy hour, {_time(demand.holding)} each: "
        f"{demand.talk:.2f} erlangs of talk"
    ]
    if advice.agents is not None:
        lines += _staff(advice)
        lines.append(f"with the waiting, {advice.offered:.2f} erlangs hold a channel")
    formula = "Erlang B"
    if demand.sources is not None:
        formula = f"Engset, {demand.sources} callers"
    elif demand.retries:
        formula = f"Erlang B with {demand.retries:.0%} of the blocked dialling again"
    lines.append(
        f"channels: {advice.channels} for at most {_percent(demand.blocking)} busy "
        f"({_percent(advice.blocking)} by {formula})"
    )
    if advice.channels != advice.plain:
        lines.append(f"  (Erlang B alone would say {advice.plain})")
    if advice.retried is not None and advice.retried.offered > advice.offered:
        lines.append(f"  (with those who dial again, {advice.retried.offered:.2f} erlangs are offered)")
    return lines


def _staff(advice: Advice) -> list[str]:
    lines = []
    demand = advice.demand
    if advice.needed_agents is not None:
        lines.append(f"agents needed: {_service(advice.needed_agents, demand.within)}")
        assert demand.answered is not None
        lines[-1] += f"; asked: {demand.answered:.0%}"
    if demand.agents is not None and advice.agents is not None:
        lines.append(f"agents there: {_service(advice.agents, demand.within)}")
    return lines


def _service(agents: Agents, within: float) -> str:
    return (
        f"{agents.count}: {_percent(agents.answered)} answered within {_time(within)}, "
        f"{_percent(agents.waits)} wait, {agents.mean_wait:.1f} s in the mean of all; "
        f"{agents.occupancy:.0%} busy"
    )


def _table(found: list[Option], tariff: Tariff) -> list[str]:
    """The services as a table, and what the tariff says of its prices."""
    rows = [("service", "what is bought", "calls at once", "busy", f"{tariff.currency} a month", "")]
    for option in found:
        fits = "" if option.carries else "too small"
        monthly = "" if option.monthly is None else f"{option.monthly.normalize():f}"
        rows.append(
            (option.title, option.bought, str(option.channels), _percent(option.blocking), monthly, fits)
        )
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            " " * (width - _width(cell)) + cell
            if column in (2, 3, 4)
            else cell + " " * (width - _width(cell))
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return [*lines, "", *(f"Tariff: {note}." for note in tariff.notes)]


def _told(advice: Advice, found: list[Option], tariff: Tariff) -> dict[str, Any]:
    """The same as one object; prices as text, since they are exact."""
    demand = advice.demand

    def staff(agents: Agents | None) -> dict[str, Any] | None:
        if agents is None:
            return None
        return {
            "count": agents.count,
            "answered": agents.answered,
            "waits": agents.waits,
            "mean_wait_s": None if agents.mean_wait == float("inf") else agents.mean_wait,
            "occupancy": agents.occupancy,
        }

    return {
        "calls": demand.calls,
        "holding_s": demand.holding,
        "talk_erlangs": demand.talk,
        "offered_erlangs": advice.offered,
        "target_blocking": demand.blocking,
        "channels": advice.channels,
        "blocking": advice.blocking,
        "channels_erlang_b": advice.plain,
        "offered_with_retries_erlangs": None if advice.retried is None else advice.retried.offered,
        "agents_needed": staff(advice.needed_agents),
        "agents": staff(advice.agents),
        "currency": tariff.currency,
        "services": [
            {
                "service": option.service,
                "bought": option.bought,
                "channels": option.channels,
                "carries": option.carries,
                "blocking": option.blocking,
                "monthly": None if option.monthly is None else f"{option.monthly.normalize():f}",
            }
            for option in found
        ],
        "notes": list(tariff.notes),
    }


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _percent(share: float) -> str:
    if share and share < 0.0001:
        return "<0.01 %"
    return f"{share * 100:.2f} %"


def _time(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:g} s"
