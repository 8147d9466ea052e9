"""From a row to its measurement: who measures what, and what a bench has to have for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from trunkbench.acceptance import capacity, hunting, numbers, services, special
from trunkbench.acceptance.promise import lines_behind, network_of, trunks_behind
from trunkbench.acceptance.row import Aspect, Row
from trunkbench.acceptance.trial import Trial
from trunkbench.errors import CallFailed, NotOnThisBench

if TYPE_CHECKING:
    from trunkbench.acceptance.result import RowResult
    from trunkbench.bench import Bench
    from trunkbench.config import BenchConfig

MEASUREMENTS: Mapping[Aspect, Callable[[Trial], None]] = MappingProxyType(
    {
        Aspect.CAPACITY: capacity.capacity,
        Aspect.ONE_MORE: capacity.one_more,
        Aspect.OCCUPIED: capacity.occupied,
        Aspect.CALLER_ID: numbers.caller_id,
        Aspect.RINGING: numbers.ringing,
        Aspect.SHOWN: numbers.shown,
        Aspect.DISTRIBUTION: hunting.distribution,
        Aspect.HOURS: hunting.hours,
        Aspect.MEMBER: hunting.member,
        Aspect.USE: hunting.use,
        Aspect.TRANSLATION: services.translation,
        Aspect.OVERFLOW: services.overflow,
        Aspect.PAYER: services.payer,
        Aspect.MOBILES: services.mobiles,
        Aspect.UNREACHABLE: services.unreachable,
        Aspect.FORWARDING: services.forwarding,
        Aspect.LOOP: services.loop,
        Aspect.LEASED: special.leased,
        Aspect.CALL_CENTRE: special.call_centre,
    }
)


def measure(bench: Bench, row: Row) -> RowResult:
    """Keep one promise to its word on a bench that has nothing on it; it is idle again afterwards.

    Raises NotOnThisBench for what this bench cannot measure; what a number did not keep is in the result.
    """
    trial = Trial(bench, row)
    try:
        MEASUREMENTS[row.aspect](trial)
    except CallFailed as failure:
        trial.check(False, "the measurement runs to its end", str(failure))
    except NotOnThisBench:
        bench.settle()
        raise
    return trial.result()


_EXCHANGE: Mapping[Aspect, str] = MappingProxyType(
    {
        Aspect.HOURS: "the carrier's exchange has a clock of its own: run the row at that time of day",
        Aspect.PAYER: "who pays stands in the carrier's call records, which nobody sees on the trunk",
        Aspect.MOBILES: "a caller from a mobile network is needed, and the bench calls from the trunk itself",
        Aspect.OCCUPIED: "a call to the trunk's own number takes two channels, one of them outgoing, anyway",
        Aspect.USE: "calls in the other direction cannot be told from those that the bench places itself",
    }
)
"""What cannot be measured where the exchange is not the bench's own."""


def missing(config: BenchConfig, row: Row) -> str:
    """What a bench lacks for a row, as the reason to skip it; "" when it has everything."""
    bench, topology = f"bench {config.bench.name!r}", config.bench.topology
    if row.aspect is Aspect.LEASED:
        return ""
    plan = network_of(config)
    service = plan.find(row.digits)
    lines = [] if service is None else list(lines_behind(plan, service))
    trunks = [] if service is None else list(trunks_behind(plan, service))
    if topology == "dut-exchange":
        return f"needs the bench on the exchange's side, to call in; {bench} has its device there"
    if lines and (config.hardware_ports or topology not in ("crossover", "dut-pbx")):
        return f"needs analog line {lines[0].number}; {bench} has no port for one"
    if topology in ("carrier", "through-dut"):
        if row.aspect in _EXCHANGE:
            return _EXCHANGE[row.aspect]
        if not trunks and row.aspect is not Aspect.LOOP:
            return f"needs a trunk behind {row.number}; {bench} has none"
    return ""
