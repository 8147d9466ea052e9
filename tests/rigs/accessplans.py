"""Number plans whose services ride on digital trunks, and what N + 1 outside callers find behind a number.

The far end, the customer's premises, is whatever the test puts there: our PBX, or another stack.
"""

from __future__ import annotations

from dataclasses import dataclass

from trunkbench.bench import Bench
from trunkbench.build import Ends
from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.config import BenchConfig, Depth, parse_config
from trunkwire.tones import BUSY

TRUNK = "62300000"
OWNED = "62300001"
FOREIGN = "68888888"
SUBSCRIBER = "01087654321"
"""Somebody outside, whom the customer calls."""
FORWARDED = "62301234"
SECOND_TRUNK = "62310000"
SERVICE_400, SERVICE_800, SHORT = "400-800-1234", "800-820-1234", "95566"

_BENCH = """
[bench]
name = "{name}"
topology = "crossover"
clock = "virtual"
"""
_SPAN = """
[[span]]
name = "{name}"
port = "loopback"
kind = "{kind}"
near = "network"
"""
_ACCESS = """
[access]
area = "028"
foreign_number = "{foreign}"
"""
_TRUNK = """
[[access.digital_trunk]]
number = "{number}"
spans = ["{span}"]
owns = {owns}
"""
_SERVICE = """
[[access.service_number]]
number = "{number}"
short = {short}

[[access.service_number.to]]
number = "62300000"
"""
_FORWARDED = """
[[access.fixed_line]]
number = "62301234"

[[access.forwarding]]
number = "62301234"
unconditional = "62300000"
"""
_SENT_ON = """
[[access.forwarding]]
number = "62300000"
busy = "62310000"
"""
_OVERFLOWS = """
[[access.service_number]]
number = "400-800-1234"

[[access.service_number.to]]
number = "62300000"

[[access.service_number.to]]
number = "62310000"
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A number as it is dialled, how many calls it is sold for, and what its calls say about themselves."""

    dialled: str
    channels: int = 30
    kind: str = "e1"
    payer: str = "caller"
    passes: tuple[str, ...] = (TRUNK,)
    """The numbers that a call goes through."""
    sent_on_by: str = ""

    def config(self, foreign: str = "replace") -> BenchConfig:
        """The bench with every service of that trunk."""
        return plan(self.kind, foreign)


SERVICES = {
    "trunk": Service("028-62300000"),
    "t1": Service("62300000", 23, "t1"),
    "bri": Service("62300000", 2, "bri"),
    "400": Service(SERVICE_400, payer="shared", passes=("4008001234", TRUNK)),
    "800": Service(SERVICE_800, payer="called", passes=("8008201234", TRUNK)),
    "short": Service(SHORT, passes=(SHORT, TRUNK)),
    "forwarded": Service(FORWARDED, passes=(FORWARDED, TRUNK), sent_on_by=FORWARDED),
}
"""Every service that rides on a digital trunk."""


def plan(kind: str = "e1", foreign: str = "replace") -> BenchConfig:
    """One trunk with all the services that ride on it."""
    services = ((SERVICE_400, "false"), (SERVICE_800, "false"), (SHORT, "true"))
    text = (
        _BENCH.format(name=f"access-{kind}")
        + _SPAN.format(name="trunk", kind=kind)
        + _ACCESS.format(foreign=foreign)
        + _TRUNK.format(number=TRUNK, span="trunk", owns=f'["{OWNED}"]')
        + "".join(_SERVICE.format(number=number, short=short) for number, short in services)
        + _FORWARDED
    )
    return parse_config(text, f"access-{kind}.toml")


def two_trunks(*, sent_on: bool) -> BenchConfig:
    """Two trunks, the first of which sends its calls on to the second on busy; or else a 400 number does."""
    text = (
        _BENCH.format(name="access-two")
        + _SPAN.format(name="trunk", kind="e1")
        + _SPAN.format(name="second", kind="e1")
        + _ACCESS.format(foreign="replace")
        + _TRUNK.format(number=TRUNK, span="trunk", owns="[]")
        + _TRUNK.format(number=SECOND_TRUNK, span="second", owns="[]")
        + (_SENT_ON if sent_on else _OVERFLOWS)
    )
    return parse_config(text, "access-two.toml")


def open_bench(config: BenchConfig, depth: Depth = "event", ends: Ends | None = None) -> Bench:
    """The bench, with the customer's numbers answered wherever our PBX is the customer."""
    bench = Bench.from_config(config, depth=depth, ends=ends)
    if ends is None:
        for number in (TRUNK, SECOND_TRUNK):
            bench.far.number(number).answers(after="1s")
    return bench


def outside(index: int) -> str:
    """The number of an outside caller, in another area."""
    return f"0106234{index:04}"


def all_talk(bench: Bench, dialled: str, count: int) -> list[Call]:
    """So many outside callers dial at the same moment; all are connected, and each hears its own channel."""
    calls = [bench.near.dial(dialled, caller=outside(index)) for index in range(count)]
    bench.run_until(all_of(call.active for call in calls), within="10s")
    bench.run_until(all_of(call.hears_own_channel() for call in calls), within="5s")
    return calls


def one_more(bench: Bench, dialled: str) -> Call:
    """One more caller, who hears busy tone."""
    call = bench.near.dial(dialled, caller=outside(9999))
    bench.run_until(call.hears(BUSY), within="5s")
    return call


def all_over(bench: Bench, calls: list[Call]) -> None:
    """Every caller hangs up."""
    for call in calls:
        call.hang_up()
    for call in calls:
        bench.run_until(call.cleared, within="10s")
    bench.run_for("1s")
