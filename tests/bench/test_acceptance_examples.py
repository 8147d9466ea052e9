"""The numeric examples of the access services, by ear on real lines: who gets through, and who hears busy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.conditions import all_of
from trunkbench.config import parse_config
from trunkwire.q931.causes import Cause
from trunkwire.tones import BUSY

HEAD = '[bench]\nname = "example"\n[[span]]\nname = "E1"\n'

ONE_NUMBER = """
[access]
area = "028"
[[access.one_number]]
number = "028-86082660"
lines = ["11111111", "22222222", "33333333", "44444444"]
"""

PILOT = """
[access]
[[access.analog_group]]
pilot = "99999999"
members = ["11111111", "22222222", "33333333", "44444444"]
"""

BOUND = ("11111111", "22222222", "33333333", "44444444")


def opened(tables: str, *, spans: str = HEAD, depth: str = "event") -> Iterator[Bench]:
    with Bench.from_config(parse_config(spans + tables, "example.toml"), depth=depth) as bench:  # type: ignore[arg-type]
        yield bench
        assert bench.audit() == []


@pytest.fixture
def one_number() -> Iterator[Bench]:
    yield from opened(ONE_NUMBER)


@pytest.fixture
def pilot() -> Iterator[Bench]:
    yield from opened(PILOT)


def phones(bench: Bench, *lines: str) -> None:
    for line in lines:
        bench.far.number(line).answers(after="1s")


def connected(bench: Bench, calls: list[Call]) -> list[str]:
    """All of them talk, each hears its own party; the lines that took them."""
    bench.run_until(all_of(call.active for call in calls), within="10s")
    parties = [*calls, *(call for call in bench.far.calls if call.active_at is not None)]
    bench.run_until(all_of(call.hears_own_channel() for call in parties), within="2s")
    return [str(call.line) for call in bench.far.calls if call.active_at is not None]


def hears_busy(bench: Bench, call: Call) -> None:
    bench.run_until(call.hears(BUSY), within="4s")
    (heard,) = call.outcome.heard
    assert heard.kind == "busy"
    assert heard.freq_hz == pytest.approx(450, abs=1)
    assert heard.on_ms == pytest.approx(350, abs=5)
    assert heard.off_ms == pytest.approx(350, abs=5)


def test_four_callers_of_028_86082660_are_connected_at_once_and_the_fifth_hears_busy(
    one_number: Bench,
) -> None:
    phones(one_number, *BOUND)
    four = [one_number.near.dial("028-86082660") for _ in range(4)]
    assert sorted(connected(one_number, four)) == list(BOUND)
    fifth = one_number.near.dial("028-86082660")
    hears_busy(one_number, fifth)
    assert fifth.outcome.cause is Cause.USER_BUSY
    assert all(call.ended_at is None for call in four)


@pytest.mark.parametrize("line", BOUND)
def test_a_call_from_a_bound_line_shows_its_own_number_never_the_virtual_one(
    one_number: Bench, line: str
) -> None:
    one_number.near.number("02187654321").answers()
    call = one_number.far.dial("02187654321", line=line)
    one_number.run_until(call.active, within="20s")
    (arrived,) = one_number.near.calls
    assert arrived.caller == line
    assert "86082660" not in arrived.caller


def test_an_outgoing_call_occupies_its_line_so_one_caller_fewer_gets_through(one_number: Bench) -> None:
    phones(one_number, *BOUND)
    one_number.near.number("02187654321").answers()
    outgoing = one_number.far.dial("02187654321", line="22222222")
    one_number.run_until(outgoing.active, within="20s")
    three = [one_number.near.dial("028-86082660") for _ in range(3)]
    one_number.run_until(all_of(call.active for call in three), within="10s")
    took = [call.line for call in one_number.far.calls if not call.outgoing]
    assert took == ["11111111", "33333333", "44444444"]
    hears_busy(one_number, one_number.near.dial("028-86082660"))
    assert outgoing.ended_at is None


def test_five_callers_of_pilot_99999999_are_connected_at_once_and_the_sixth_hears_busy(pilot: Bench) -> None:
    phones(pilot, "99999999", *BOUND)
    five = [pilot.near.dial("99999999") for _ in range(5)]
    assert connected(pilot, five) == ["99999999", *BOUND]
    sixth = pilot.near.dial("99999999")
    hears_busy(pilot, sixth)
    assert sixth.outcome.cause is Cause.USER_BUSY


def test_only_the_pilot_hunts(pilot: Bench) -> None:
    phones(pilot, "99999999", *BOUND)
    member = pilot.near.dial("22222222")
    assert connected(pilot, [member]) == ["22222222"]
    hears_busy(pilot, pilot.near.dial("22222222"))
    assert len(pilot.far.calls) == 1  # nothing else has rung
    four = [pilot.near.dial("99999999") for _ in range(4)]
    pilot.run_until(all_of(call.active for call in four), within="10s")
    assert [call.line for call in pilot.far.calls[1:]] == ["99999999", "11111111", "33333333", "44444444"]
    hears_busy(pilot, pilot.near.dial("99999999"))


@pytest.mark.parametrize(
    ("kind", "channels", "depth"),
    [
        ("e1", 30, "event"),
        ("t1", 23, "event"),
        ("bri", 2, "event"),
        pytest.param("e1", 30, "bits", marks=pytest.mark.long),
        pytest.param("t1", 23, "bits", marks=pytest.mark.long),
        ("bri", 2, "bits"),
    ],
)
def test_a_digital_trunk_carries_as_many_calls_as_channels_and_the_next_one_hears_busy(
    kind: str, channels: int, depth: str
) -> None:
    spans = f'[bench]\nname = "example"\n[[span]]\nname = "trunk"\nkind = "{kind}"\nlaw = "alaw"\n'
    table = '[[access.digital_trunk]]\nnumber = "62300000"\nspans = ["trunk"]\n'
    for bench in opened(table, spans=spans, depth=depth):
        phones(bench, "62300000")
        all_at_once = bench.near.dial_many("62300000", channels)
        connected(bench, all_at_once)
        assert len({call.channel for call in all_at_once}) == channels
        hears_busy(bench, bench.near.dial("62300000"))
