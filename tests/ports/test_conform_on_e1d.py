"""The conformance suite on a port: the device under test is an exchange behind an e1d server.

All of it runs in one thread on the server's line time: the sockets are real, waiting is not.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from e1dstage import Stage

from trunkbench.config import BenchConfig, SpanConfig, parse_config
from trunkbench.conform.case import CaseResult, Verdict
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.session import Session
from trunkbench.device import Fds
from trunkbench.ports import e1d, e1dcontrol
from trunkbench.ports.e1dcontrol import Control
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick


class ServersTime:
    """A clock that lets the server run until something happens there."""

    def __init__(self, stage: Stage) -> None:
        self._pump = stage.offer.pump

    def wait(self, until: Tick, fds: Fds) -> Tick:
        """The server's tick, at or before `until`."""
        self._pump.step(until)
        return self._pump.now


@pytest.fixture
def device(bench: Stage, monkeypatch: pytest.MonkeyPatch) -> BenchConfig:
    """The bench that has the exchange at its far end, told what `hw-config/e1d-serve.toml` says of it."""

    def wait(fd: int, seconds: float) -> bool:
        bench.run(0)
        return e1dcontrol.wait_readable(fd, 0)

    def seconds() -> float:
        return bench.offer.pump.now / SECOND

    def open_port(address: str, span: SpanConfig) -> e1d.E1dPort:
        path, intf, line = address.rsplit(":", 2)
        control = Control(Path(path), wait=wait, monotonic=seconds)
        idle = Law(span.law).silence
        return e1d.E1dPort(control, int(intf), int(line), idle=idle, wait=wait, monotonic=seconds)

    monkeypatch.setattr(e1d, "open_port", open_port)
    text = f"""
    [bench]
    name = "exchange"
    topology = "dut-exchange"
    clock = "paced"

    [[span]]
    name = "trunk"
    port = "e1d:{bench.path}:0:0"

    [dut.plan]
    answers = ["300"]
    busy = ["200"]
    """
    return parse_config(text, "dut.toml")


def run(config: BenchConfig, stage: Stage, role: Side, *patterns: str) -> list[CaseResult]:
    with Session(config, role, clock=ServersTime(stage)) as session:
        return [session.run(case) for case in select(catalogue(role), patterns)]


GROUPS = (
    "q931/network/N10/valid/connect-acknowledge",
    "q931/network/N10/*/disconnect*",
    "q931/network/N19/timers/t308-first",
    "q931/network/N0/valid/call-answered",
    "q931/network/N0/valid/restart-interface",
)


def test_a_device_behind_a_port(device: BenchConfig, bench: Stage) -> None:
    results = run(device, bench, Side.NETWORK, *GROUPS)
    assert {r.case.path: r.reason for r in results if r.verdict is not Verdict.PASS} == {}
    assert len(results) == 9
    assert [note for result in results for note in result.notes] == []


def test_what_the_device_cannot_be_made_to_do_gives_no_verdict(device: BenchConfig, bench: Stage) -> None:
    paths = (
        "q931/network/N4/valid/disconnect",
        "q931/network/N7/valid/connect",
        "q931/network/N12/valid/release",
    )
    reasons = {result.case.state: result.reason for result in run(device, bench, Side.NETWORK, *paths)}
    assert reasons["N4"] == "the PIXIT names no number that rings (conform.rings)"
    assert reasons["N7"].startswith("needs an outgoing call by the IUT")
    assert reasons["N12"].startswith("needs the IUT's user to clear the call")
