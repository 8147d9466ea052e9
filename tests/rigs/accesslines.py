"""A bench with access numbers, its callers, and what they should hear. The numbers: 028-86082660 with four
lines bound, pilot 99999999 with four members, one number with thirty channels."""

from __future__ import annotations

from typing import Literal

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.config import parse_config
from trunkwire.q931.causes import Cause
from trunkwire.tones import BUSY

SPAN = """
[[span]]
name = "pri"
port = "loopback"
law = "alaw"
crc4 = true
near = "network"
channel_numbering = "timeslot"
d_channel = 16
"""
BOUND = ("11111111", "22222222", "33333333", "44444444")
ONE_NUMBER = f"""
[[access.one_number]]
number = "028-86082660"
lines = {list(BOUND)}
"""
GROUP = f"""
[[access.analog_group]]
pilot = "99999999"
members = {list(BOUND)}
"""
TRUNK = '[[access.digital_trunk]]\nnumber = "62300000"\nspans = ["pri"]\nowns = ["62300001"]\n'
OUTSIDE = "02812345678"


def a_bench(access: str, *, answer: str | None = "1s", depth: Literal["event", "bits"] = "event") -> Bench:
    """A bench with these tables; every line and trunk is answered after that long (None: never)."""
    line, brace, rest = access.partition("[[") if access.startswith("[line]") else ("", "", access)
    text = f'[bench]\nname = "access"\n{line}{SPAN}\n[access]\narea = "028"\n{brace}{rest}'
    bench = Bench(parse_config(text, "access.toml"), depth=depth)
    assert bench.network is not None
    for number in (*bench.network.lines, *bench.network.services):
        if answer is None:
            bench.far.number(number).never_answers()
        else:
            bench.far.number(number).answers(after=answer)
    return bench


def talk(bench: Bench, calls: list[Call]) -> None:
    """Every one of the calls is connected, and both parties hear each other and nobody else."""
    for call in calls:
        bench.run_until(call.active, within="20s")
    for call in calls:
        bench.run_until(call.hears_own_channel(), within="1s")
    for party in bench.far.calls[-len(calls) :]:
        bench.run_until(party.hears_own_channel(), within="1s")


def hears_busy(bench: Bench, call: Call, cause: Cause = Cause.USER_BUSY) -> None:
    """The call was refused, and its line hears busy tone."""
    bench.run_until(call.hears(BUSY), within="5s")
    assert (call.outcome.result, call.cause) == ("busy" if cause is Cause.USER_BUSY else "no circuit", cause)
