"""From a row to its measurement: who measures what, and what a bench has to have for it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from trunkbench.acceptance import capacity, hunting, numbers, services, special
from trunkbench.acceptance.row import Aspect, Row
from trunkbench.acceptance.tables import Plan
from trunkbench.acceptance.trial import Trial
from trunkbench.errors import CallFailed, NotOnThisBench, TrunkbenchError

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
        Aspect.WITHHELD: numbers.withheld,
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
        Aspect.AREA: services.areas,
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
    except Exception as error:
        if not _of_the_exchange(error):
            raise
        trial.check(False, "the exchange does not break down", _broken(error))
    return trial.result()


def _of_the_exchange(error: Exception) -> bool:
    """Whether it is what plays the exchange or the premises that broke down, and not a measurement."""
    if isinstance(error, TrunkbenchError) or error.__traceback__ is None:
        return False
    module = _where(error)[0]
    return module.startswith("trunkbench.") and not module.startswith("trunkbench.acceptance")


def _where(error: Exception) -> tuple[str, str, int]:
    """Module, function and line in which it was raised."""
    frame, line = list(traceback.walk_tb(error.__traceback__))[-1]
    return frame.f_globals.get("__name__", ""), frame.f_code.co_name, line


def _broken(error: Exception) -> str:
    module, function, line = _where(error)
    return f"{type(error).__name__}: {error} ({module}, line {line}, in {function})"


_EXCHANGE: Mapping[Aspect, str] = MappingProxyType(
    {
        Aspect.HOURS: "the carrier's exchange has a clock of its own: run the row at that time of day",
        Aspect.PAYER: "who pays stands in the carrier's call records, which nobody sees on the trunk",
        Aspect.MOBILES: "a caller from a mobile network is needed, and the bench calls from the trunk itself",
        Aspect.AREA: "a caller from elsewhere is needed, and the bench calls from the trunk itself",
        Aspect.WITHHELD: "the bench calls from the trunk itself, and asks for no restriction there",
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
    plan = Plan(config)
    lines, trunks = plan.lines_behind(row.digits), plan.trunks_behind(row.digits)
    r2 = next((trunk for trunk in trunks if trunk.signalling == "r2"), None)
    if r2 is not None:
        return f"trunk {r2.number} is signalled by R2, which the bench does not play yet"
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
