"""The rows of a number plan: what each service promises, told from the configuration alone."""

from __future__ import annotations

import pytest
from sources import ROOT

from trunkbench.acceptance import AccessNumber, Aspect, Row, numbers_of, rows_of
from trunkbench.acceptance.measuring import MEASUREMENTS, missing
from trunkbench.acceptance.promise import callers_of, promised, refused
from trunkbench.acceptance.reckoning import Paper
from trunkbench.access.calls import Caller, Failure
from trunkbench.config import BenchConfig, load_config, parse_config
from trunkbench.errors import UsageError
from trunkwire.q931.causes import Cause

HEAD = '[bench]\nname = "b"\n{bench}\n[[span]]\nname = "E1"\n{span}\n'
HARDWARE = {"bench": 'clock = "card"\ntopology = "{}"', "span": 'port = "dahdi:1"'}

ONE_NUMBER = """
[access]
area = "028"
[[access.one_number]]
number = "028-86082660"
lines = ["11111111", "22222222", "33333333", "44444444"]
"""
TRUNK = '[[access.digital_trunk]]\nnumber = "62300000"\nspans = ["E1"]\n'
SERVICE = """
[[access.service_number]]
number = "400-800-1234"
no_answer_after = "20s"
[[access.service_number.to]]
number = "028-86082660"
[[access.service_number.to]]
number = "62300000"
"""


def plan(tables: str, *, bench: str = "", span: str = "") -> BenchConfig:
    return parse_config(HEAD.format(bench=bench, span=span) + tables, "plan.toml")


def on_hardware(tables: str, topology: str) -> BenchConfig:
    return plan(tables, bench=HARDWARE["bench"].format(topology), span=HARDWARE["span"])


def titles(tables: str) -> list[str]:
    return [row.title for row in rows_of(plan(tables))]


def test_the_rows_of_a_one_number_service() -> None:
    assert titles(ONE_NUMBER) == [
        "028-86082660 one-number: capacity 4",
        "028-86082660 one-number: caller 5 hears busy",
        "028-86082660 one-number: caller ID is passed on",
        "028-86082660 one-number: a withheld number is not shown",
        "028-86082660 one-number: ringback while it rings",
        "028-86082660 one-number: lines in order",
        "028-86082660 one-number: a call from 11111111 shows 11111111",
        "028-86082660 one-number: a call from 22222222 shows 22222222",
        "028-86082660 one-number: a call from 33333333 shows 33333333",
        "028-86082660 one-number: a call from 44444444 shows 44444444",
        "028-86082660 one-number: a call from 11111111 leaves 3",
    ]


def test_the_rows_of_a_digital_trunk() -> None:
    table = TRUNK + 'owns = ["62300001"]\n'
    assert titles(table) == [
        "62300000 digital-trunk: capacity 30",
        "62300000 digital-trunk: caller 31 hears busy",
        "62300000 digital-trunk: caller ID is passed on",
        "62300000 digital-trunk: a withheld number is not shown",
        "62300000 digital-trunk: ringback while it rings",
        "62300000 digital-trunk: a call may show 62300000",
        "62300000 digital-trunk: a call may show 62300001",
        "62300000 digital-trunk: a call with a number of others shows 62300000 instead",
        "62300000 digital-trunk: a call from it leaves 29",
    ]
    barred = plan('[access]\nforeign_number = "bar"\n' + table)
    assert "a call with a number of others is barred" in {row.promise for row in rows_of(barred)}
    congested = plan(table, bench='no_circuit = "congestion"')
    assert "caller 31 hears congestion" in {row.promise for row in rows_of(congested)}


def test_a_trunk_for_one_direction() -> None:
    assert titles(TRUNK + 'use = "incoming"\n')[-1] == "62300000 digital-trunk: no calls from 62300000"
    assert titles(TRUNK + 'use = "outgoing"\n')[0] == "62300000 digital-trunk: takes no calls"


def test_lines_for_one_direction() -> None:
    table = (
        '[[access.analog_group]]\npilot = "99999999"\nmembers = ["11111111", "22222222"]\n'
        '[[access.line]]\nnumber = "11111111"\nuse = "incoming"\n'
        '[[access.line]]\nnumber = "22222222"\nuse = "outgoing"\n'
    )
    told = titles(table)
    assert "99999999 analog-group: capacity 2" in told
    assert "99999999 analog-group: no calls from 11111111" in told
    assert "99999999 analog-group: line 22222222 is not rung" in told
    assert "99999999 analog-group: member 22222222 by itself" not in told
    assert told[-1] == "99999999 analog-group: a call from 99999999 leaves 1"


def test_the_rows_of_a_service_number() -> None:
    told = [title for title in titles(ONE_NUMBER + TRUNK + SERVICE) if title.startswith("400")]
    assert told == [
        "400-800-1234 400: capacity 34",
        "400-800-1234 400: caller 35 hears busy",
        "400-800-1234 400: caller ID is passed on",
        "400-800-1234 400: a withheld number is not shown",
        "400-800-1234 400: ringback while it rings",
        "400-800-1234 400: goes to 028-86082660, 62300000 in order",
        "400-800-1234 400: flows over on busy",
        "400-800-1234 400: flows over on no answer",
        "400-800-1234 400: the cost is shared",
        "400-800-1234 400: mobiles get through",
    ]


def test_every_aspect_is_measured_and_occurs_in_the_packaged_plan() -> None:
    assert set(MEASUREMENTS) == set(Aspect)
    rows = rows_of(load_config(ROOT / "hw-config" / "loopback-call-centre.toml"))
    assert {row.aspect for row in rows} == set(Aspect)
    assert len({row.title for row in rows}) == len(rows)


def test_the_packaged_plan_is_the_one_in_hw_config() -> None:
    packaged = ROOT / "bench" / "trunkbench" / "data" / "loopback-call-centre.toml"
    assert (ROOT / "hw-config" / packaged.name).read_bytes() == packaged.read_bytes()


def test_only_some_numbers() -> None:
    config = plan(ONE_NUMBER + TRUNK)
    assert {row.number for row in rows_of(config, numbers=("62300000",))} == {"62300000"}
    assert rows_of(config, numbers=("02886082660", "62300000")) == rows_of(config)
    with pytest.raises(UsageError, match=r"no row is about 110; there are rows about 028-86082660, 62300000"):
        rows_of(config, numbers=("110",))


def test_a_bench_without_a_plan() -> None:
    with pytest.raises(UsageError, match=r"plan\.toml has no \[access\] plan"):
        rows_of(plan(""))
    with pytest.raises(UsageError, match=r"plan\.toml: \[access\] has no number"):
        rows_of(plan('[access]\narea = "028"\n'))


def test_the_numbers_of_a_plan() -> None:
    lines = ("11111111", "22222222", "33333333", "44444444")
    assert numbers_of(plan(ONE_NUMBER + TRUNK + SERVICE)) == [
        AccessNumber("028-86082660", "one-number", 4, lines),
        AccessNumber("62300000", "digital-trunk", 30, (), ("62300000",)),
        AccessNumber("400-800-1234", "400", 34, lines, ("62300000",)),
    ]
    assert AccessNumber("028-86082660", "one-number", 4).digits == "02886082660"


# -- what is missing ----------------------------------------------------------------------------------------


def reasons(config: BenchConfig, service: str) -> dict[str, str]:
    return {row.promise: missing(config, row) for row in rows_of(config) if row.service == service}


def test_nothing_is_missing_on_the_loopback() -> None:
    config = plan(ONE_NUMBER + TRUNK + SERVICE)
    assert {missing(config, row) for row in rows_of(config)} == {""}


def test_lines_need_ports_of_their_own() -> None:
    config = on_hardware(ONE_NUMBER + TRUNK + SERVICE, "dut-pbx")
    (why,) = set(reasons(config, "one-number").values())
    assert why == "needs analog line 11111111; bench 'b' has no port for one"
    assert set(reasons(config, "400").values()) == {why}
    assert set(reasons(config, "digital-trunk").values()) == {""}


def test_what_a_carrier_alone_knows() -> None:
    config = on_hardware(TRUNK + SERVICE.replace("028-86082660", "62300000"), "carrier")
    told = reasons(config, "digital-trunk")
    assert told["capacity 30"] == told["caller ID is passed on"] == told["a call may show 62300000"] == ""
    assert "takes two channels" in told["a call from it leaves 29"]
    service = reasons(config, "400")
    assert "carrier's call records" in service["the cost is shared"]
    assert "from a mobile network" in service["mobiles get through"]


def test_a_trunk_with_r2_is_skipped() -> None:
    config = plan(ONE_NUMBER + TRUNK + 'signalling = "r2"\n')
    assert {missing(config, row) for row in rows_of(config) if row.service == "digital-trunk"} == {
        "trunk 62300000 is signalled by R2, which the bench does not play yet"
    }
    assert {missing(config, row) for row in rows_of(config) if row.service == "one-number"} == {""}


def test_a_device_on_the_side_of_the_exchange() -> None:
    config = on_hardware(TRUNK, "dut-exchange")
    assert {missing(config, row) for row in rows_of(config)} == {
        "needs the bench on the exchange's side, to call in; bench 'b' has its device there"
    }


# -- what is promised, on paper -----------------------------------------------------------------------------


def test_on_paper_calls_are_answered_and_end() -> None:
    paper, caller = Paper(plan(ONE_NUMBER)), Caller("021", "021")
    assert [paper.call("02886082660", caller).places for _ in range(2)] == [("11111111",), ("22222222",)]
    paper.end(0)
    assert paper.call("02886082660", caller).places == ("11111111",)
    assert paper.call("02886082660", caller, fails=[Failure.NO_ANSWER]).cause is Cause.NO_ANSWER


def test_what_is_promised_depends_on_who_calls() -> None:
    config = plan(
        ONE_NUMBER
        + TRUNK
        + '[[access.service_number]]\nnumber = "400-600-1000"\n'
        + '[[access.service_number.to]]\nnumber = "028-86082660"\nareas = ["028"]\n'
        + '[[access.service_number.to]]\nnumber = "62300000"\nareas = ["021"]\n'
    )
    callers = callers_of(config, "4006001000")
    assert [caller.area for caller in callers] == ["028", "021"]
    assert [promised(config, "4006001000", caller) for caller in callers] == [4, 30]
    assert [refused(config, "4006001000", caller) for caller in callers] == [
        Cause.USER_BUSY,
        Cause.NO_CIRCUIT,
    ]
    assert promised(config, "4006001000", Caller("0107654321", "010")) == 0


def test_a_row_by_its_name() -> None:
    row = Row("028-8608 2660", "one-number", Aspect.CAPACITY, "capacity 4")
    assert row.title == "028-8608 2660 one-number: capacity 4"
    assert row.digits == "02886082660"
