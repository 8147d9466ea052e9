"""The caller's number on an analog line of the bench, read by the set out of the sound between two rings."""

from __future__ import annotations

import pytest

from trunkbench.bench import Bench
from trunkbench.config import parse_config

CONFIG = """
[bench]
name = "caller ID"

[[span]]
name = "trunk"
port = "loopback"
kind = "{kind}"
near = "network"

[[access.fixed_line]]
number = "62301234"
"""


@pytest.mark.parametrize(
    ("caller", "withheld", "shown"),
    [
        ("02812345678", False, "02812345678"),
        ("02812345678", True, ""),
        ("*12#", False, "*12#"),
        ("1" * 20, False, "1" * 20),
        ("1" * 21, False, ""),
    ],
)
@pytest.mark.parametrize("kind", ["e1", "t1"])
def test_what_the_set_is_told(caller: str, withheld: bool, shown: str, kind: str) -> None:
    """In A-law and in µ-law; a number that the message has no room for is not known."""
    with Bench.from_config(parse_config(CONFIG.format(kind=kind), "caller-id.toml")) as bench:
        bench.far.number("62301234").answers(after="2s")
        call = bench.near.dial("62301234", caller=caller, withheld=withheld)
        bench.run_until(call.active, within="15s")
        (taken,) = bench.far.calls
        assert (taken.caller, taken.line) == (shown, "62301234")
        call.hang_up()
        bench.run_until(call.cleared, within="5s")
