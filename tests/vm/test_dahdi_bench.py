"""The bench on the real DAHDI driver, in the virtual machine: the scenarios unchanged, libpri as the DUT.

Skipped elsewhere; `make test-dahdi` runs it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from dahdi_spans import FAR, IN_GUEST, WHY_NOT, PulledCard, ensure_spans
from peerlib import require_library, run_worker
from sources import ROOT

from trunkbench.bench import Bench
from trunkbench.conditions import all_of
from trunkbench.config import load_config
from trunkbench.errors import TrunkbenchError
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play

pytestmark = pytest.mark.skipif(not IN_GUEST, reason=WHY_NOT)

CONFIG = ROOT / "hw-config" / "dahdi.toml"


@pytest.fixture(autouse=True)
def spans() -> None:
    ensure_spans()


@pytest.mark.parametrize("name", ["thirty-calls", "busy-tone", "no-channel", "restart"])
def test_scenario(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    result = play(SCENARIOS[name], load_config(CONFIG))
    with capsys.disabled():
        print("".join(f"\n{name}: {line}" for line in result.latency.lines()))
    assert result.verdict == "passed", result.reason
    assert result.checks
    assert 0 < result.latency.to_json()["d_channel"]["p50_ms"] <= 100


def test_libpri_is_the_device_under_test() -> None:
    require_library("libpri.so.1.4", "libpri1.4")
    result = run_worker(
        Path(__file__).with_name("libpri_dahdi_worker.py"), {"config": str(CONFIG)}, timeout=110
    )
    assert result["active"] == [30, 30]
    assert result["channels"] == [*range(1, 16), *range(17, 32)]
    assert result["extra"][1:] == [34, "far"]
    assert result["busy"][1:] == [17, "far"]
    assert result["audits"] == [[], []]
    assert result["malformed"] == []


def test_a_card_that_is_pulled_in_the_middle_of_calls() -> None:
    """A clear end: an error that names the port, or calls that ended with a verdict; then all works again."""
    card = None
    said = ""
    try:
        with Bench.from_config(load_config(CONFIG)) as bench:
            bench.far.number("300").answers()
            calls = bench.near.dial_many("300", 4)
            bench.run_until(all_of(call.active for call in calls), within="10s")
            card = PulledCard(FAR)
            try:
                bench.run_for("3s")
            except TrunkbenchError as error:
                said = str(error)
            ended = [call.outcome.result for call in bench.far.calls if not call.active]
    finally:
        if card is not None:
            card.back()
    assert "span1 far" in said or len(ended) == 4
    result = play(SCENARIOS["restart"], load_config(CONFIG))
    assert result.verdict == "passed", result.reason
