"""Traces of a bus: which call a message belongs to where several terminals use the same call reference."""

from __future__ import annotations

from trunkbench.artifacts import records
from trunkbench.bench import Bench
from trunkbench.conditions import all_of
from trunkbench.config import packaged_config
from trunkbench.trace import ladder
from trunkbench.trace.decoder import Decoder


def of(bench: Bench) -> str:
    return ladder(records(bench), width=100)


def test_a_call_offered_to_all_is_one_call_and_its_clearing_is_the_winners() -> None:
    with Bench.from_config(packaged_config("bri.toml")) as bench:
        bench.far.number("200").answers(after="2s")
        bench.far.terminal("office").number("200").answers(after="1s")
        call = bench.near.dial("200", span="bus")
        bench.run_until(call.active, within="3s")
        bench.run_for("1s")
        call.hang_up()
        bench.run_until(call.cleared, within="3s")
        text = of(bench)
    assert text.count("Call ") == 1
    assert "cleared by the network side with cause 16 normal call clearing" in text
    rows = text.splitlines()
    setup = next(row for row in rows if " SETUP ─" in row)
    assert "│  to all; channel 1 exclusive;" in setup
    assert len([row for row in rows if "CONNECT ACKNOWLEDGE" in row and row.endswith("TEI 5")]) == 1
    after = {index: rows[index + 1] for index, row in enumerate(rows) if " RELEASE ─" in row}
    released = [rows[index].partition("│  ")[2] for index, row in after.items() if "cause 26" in row]
    assert sorted(released) == ["TEI 64;", "TEI 66;"]


def test_the_same_reference_on_two_data_links_is_two_calls() -> None:
    with Bench.from_config(packaged_config("bri.toml")) as bench:
        bench.near.number("1000").answers()
        calls = [bench.far.terminal(name).dial("1000") for name in ("hall", "kitchen")]
        bench.run_until(all_of(call.active for call in calls), within="3s")
        for call in calls:
            call.hang_up()
        bench.run_until(all_of(call.cleared for call in calls), within="3s")
        text = of(bench)
    assert text.count("call reference 1 of the user side") == 2
    assert "201 to 1000" in text
    assert "202 to 1000" in text
    assert "TEI" not in text, "each call has one terminal only"


def test_a_refusal_of_one_terminal_does_not_end_the_call_of_all() -> None:
    with Bench.from_config(packaged_config("bri.toml")) as bench:
        bench.far.number("201").busy()
        bench.far.terminal("hall").number("201").rejects(21)
        call = bench.near.dial("201", span="bus")
        bench.run_until(call.ended, within="10s")
        decoder = Decoder()
        numbers = {
            decoded.call.number
            for record in records(bench)
            if (decoded := decoder.decode(record)).call is not None
        }
    assert numbers == {1}, "one call"
    assert call.cause == 21
