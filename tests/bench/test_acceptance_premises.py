"""Whole plans row by row: lines by the hour, call centres behind every kind of access, groups whose pilot
does not ring. What is promised there is not what the kind of number alone would promise."""

from __future__ import annotations

import pytest

from trunkbench.acceptance import measure, rows_of
from trunkbench.bench import Bench
from trunkbench.config import parse_config

E1 = '[[access.digital_trunk]]\nnumber = "62300000"\nspans = ["E1"]\n'
NIGHT = """
starts = "20:00"
[[access.fixed_line]]
number = "62301234"
[[access.service_number]]
number = "12333"
short = true
to = [{number = "62301234", hours = "09:00-17:30"}]
[[access.one_number]]
number = "86082660"
lines = ["11111111", "22222222"]
at = [{hours = "18:00-08:00", lines = ["22222222", "33333333", "44444444"]}]
[[access.service_number]]
number = "400-700-1000"
no_answer_after = "10s"
to = [{number = "62301234", hours = "09:00-17:30"}, {number = "86082660"}]
"""
OUTGOING_PILOT = """
[[access.analog_group]]
pilot = "99999999"
members = ["91111111", "92222222"]
hunting = "simultaneous"
[[access.line]]
number = "99999999"
use = "outgoing"
[[access.line]]
number = "91111111"
use = "incoming"
"""


def centre(agents: int, queue_length: int | None = None) -> str:
    """A call centre with so many agents, and that room in its queue."""
    queue = "" if queue_length is None else f"queue_length = {queue_length}\n"
    return f"[call_centre]\nagents = {agents}\n{queue}"


PLANS = {
    "lines by the hour": NIGHT,
    "a call centre behind a 400": E1
    + '[[access.service_number]]\nnumber = "400-800-1234"\nto = [{number = "62300000"}]\n'
    + centre(3, 30),
    "a call centre behind analog lines": (
        '[[access.analog_group]]\npilot = "99999999"\nmembers = ["11111111", "22222222"]\n' + centre(2, 5)
    ),
    "one agent behind one line": '[[access.fixed_line]]\nnumber = "62301234"\n' + centre(1),
    "agents and queue are fewer than the channels": E1 + centre(2, 3),
    "no queue": E1 + centre(10, 0),
    "a pilot for outgoing calls": OUTGOING_PILOT,
}


@pytest.mark.parametrize("name", PLANS)
def test_every_row_holds(name: str) -> None:
    text = f'[bench]\nname = "premises"\n[[span]]\nname = "E1"\n[access]\narea = "028"\n{PLANS[name]}'
    config = parse_config(text, "premises.toml")
    rows = rows_of(config)
    assert len(rows) > 2
    for row in rows:
        with Bench(config) as bench:
            result = measure(bench, row)
        assert result.verdict == "held", result.story()


@pytest.mark.parametrize(
    ("agents", "queue_length", "promised"), [(2, 3, "5"), (10, 0, "10"), (40, 0, "30"), (10, 20, "30")]
)
def test_a_call_centre_promises_what_its_agents_and_its_queue_take(
    agents: int, queue_length: int, promised: str
) -> None:
    text = f'[bench]\nname = "premises"\n[[span]]\nname = "E1"\n[access]\n{E1}{centre(agents, queue_length)}'
    titles = [row.title for row in rows_of(parse_config(text, "premises.toml"))]
    assert any(f"caller {int(promised) + 1} hears busy" in title for title in titles), titles
