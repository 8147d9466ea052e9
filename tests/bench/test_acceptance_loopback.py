"""The packaged bench with every service: all that it promises holds, in a moment, at both depths."""

from __future__ import annotations

import pytest
from sources import ROOT

from trunkbench.acceptance import Aspect, Row, measure, rows_of
from trunkbench.bench import Bench
from trunkbench.cli import main
from trunkbench.config import BenchConfig, load_config

FILE = ROOT / "hw-config" / "loopback-call-centre.toml"
CONFIG: BenchConfig = load_config(FILE)
ROWS = rows_of(CONFIG)

FIRST = list(
    {(row.aspect, row.detail if row.aspect is Aspect.USE else ""): row for row in reversed(ROWS)}.values()
)
"""One row of each kind."""

ON_TRUNKS = [
    row for row in ROWS if row.service in ("digital-trunk", "call-centre", "leased", "400", "short-code")
]


@pytest.mark.parametrize("row", FIRST, ids=lambda row: row.title)
def test_a_row_of_each_kind_holds(row: Row) -> None:
    with Bench(CONFIG) as bench:
        result = measure(bench, row)
    assert result.verdict == "held", result.story()
    assert result.measured
    assert len(result.checks) >= 2


@pytest.mark.long
@pytest.mark.parametrize("row", ON_TRUNKS, ids=lambda row: row.title)
def test_what_rides_on_a_digital_trunk_holds_bit_by_bit(row: Row) -> None:
    with Bench(CONFIG, depth="bits") as bench:
        result = measure(bench, row)
    assert result.verdict == "held", result.story()


@pytest.mark.long
def test_the_whole_plan_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accept", "--hw", str(FILE)]) == 0
    assert f"loopback-call-centre: all {len(ROWS)} rows held" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_run() -> None:
    digests = []
    for _ in range(2):
        with Bench(CONFIG) as bench:
            measure(bench, next(row for row in ROWS if row.title == "028-86082660 one-number: capacity 4"))
            digests.append(bench.digest())
    assert digests[0] == digests[1]
