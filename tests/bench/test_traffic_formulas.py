"""The traffic formulas against published figures and against sums over their state probabilities."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.errors import UsageError
from trunkbench.traffic.formulas import (
    engset,
    erlang_b,
    erlang_b_with_retries,
    erlang_c,
    least_servers,
    traffic_for,
)

ERLANG_B = {(1, 0.01): 0.0101, (2, 0.01): 0.153, (5, 0.01): 1.361, (10, 0.01): 4.461, (15, 0.01): 8.108} | {
    (20, 0.01): 12.03,
    (30, 0.01): 20.34,
    (30, 0.001): 16.68,
    (30, 0.05): 24.80,
    (60, 0.01): 46.95,
    (100, 0.01): 84.06,
    (100, 0.02): 87.97,
}
"""Offered traffic by channels and blocking, as the printed tables have it (Boucher, Traffic System Design
Handbook, appendix on Erlang B; the entry for 15 also in Westbay's calculator manual)."""


@pytest.mark.parametrize(("entry", "offered"), ERLANG_B.items(), ids=str)
def test_erlang_b_as_in_the_tables(entry: tuple[int, float], offered: float) -> None:
    assert traffic_for(*entry) == pytest.approx(offered, rel=5e-4, abs=5e-4)


def test_retries_as_in_the_published_example() -> None:
    """Westbay's Excel manual: 200 lines at 3 %, 70 % of the blocked dial again: 186.877 erlangs."""
    assert erlang_b_with_retries(200, 186.877, 0.7).blocking == pytest.approx(0.03, abs=2e-6)


def test_erlang_c_as_in_the_published_example() -> None:
    """The worked example of many pages on call centres: 360 calls in half an hour, 4 minutes each, 55 agents:
    48 erlangs, 23.9 % wait, 8.2 s in the mean."""
    waiting = erlang_c(55, 48)
    assert waiting.waits == pytest.approx(0.239, abs=5e-4)
    assert waiting.mean * 240 == pytest.approx(8.2, abs=0.05)
    assert waiting.longer_than(15 / 240) == pytest.approx(0.239 * math.exp(-7 * 15 / 240), abs=5e-4)


def test_engset_as_in_the_handbook() -> None:
    """ITU's Teletraffic Engineering Handbook (V. B. Iversen): 3 channels, 4 sources, 1/3 erlang an idle
    source; E = 4/85, B = 1/64."""
    found = engset(3, 4, 1.0)
    assert found.time == pytest.approx(4 / 85, abs=1e-12)
    assert found.call == pytest.approx(1 / 64, abs=1e-12)


@given(st.integers(0, 60), st.fractions(0, 60, max_denominator=50))
def test_erlang_b_is_the_share_of_its_last_state(servers: int, offered: Fraction) -> None:
    states = [offered**n / math.factorial(n) for n in range(servers + 1)]
    assert erlang_b(servers, float(offered)) == pytest.approx(float(states[-1] / sum(states)), abs=1e-12)


@given(st.integers(1, 40), st.floats(0.01, 0.99))
def test_erlang_c_is_the_share_of_the_states_that_wait(servers: int, occupancy: float) -> None:
    offered = Fraction(occupancy).limit_denominator(1000) * servers
    free = [offered**n / math.factorial(n) for n in range(servers)]
    queued = offered**servers / math.factorial(servers) * servers / (servers - offered)
    found = erlang_c(servers, float(offered))
    assert found.waits == pytest.approx(float(queued / (sum(free) + queued)), rel=1e-9)
    assert found.mean == pytest.approx(found.waits * found.mean_waiting)
    assert found.longer_than(0) == found.waits


@given(st.integers(0, 20), st.integers(1, 30), st.floats(0.0, 0.98))
def test_engset_is_the_share_of_its_last_state(servers: int, sources: int, each: float) -> None:
    idle = Fraction(each).limit_denominator(1000)
    idle = idle / (1 - idle)
    found = engset(servers, sources, float(sources * idle / (1 + idle)))
    states = [math.comb(sources, n) * idle**n for n in range(servers + 1)]
    assert found.time == pytest.approx(float(states[-1] / sum(states)), abs=1e-9)
    carried = sum(n * state for n, state in enumerate(states)) / sum(states)
    assert found.carried == pytest.approx(float(carried), abs=1e-9)
    if found.carried:
        # Calls lost are what idle sources try while every channel is busy.
        tries = [(sources - n) * state for n, state in enumerate(states)]
        assert found.call == pytest.approx(float(tries[-1] / sum(tries)), abs=1e-9)


def test_many_callers_are_erlang_b() -> None:
    assert engset(30, 10_000_000, 25).call == pytest.approx(erlang_b(30, 25), rel=1e-4)


@given(st.integers(1, 60), st.floats(0, 80), st.floats(0, 0.99))
def test_what_is_retried_is_what_is_blocked(servers: int, offered: float, retries: float) -> None:
    found = erlang_b_with_retries(servers, offered, retries)
    assert found.offered == pytest.approx(
        offered + retries * found.offered * found.blocking, rel=1e-6, abs=1e-9
    )
    assert found.blocking == pytest.approx(erlang_b(servers, found.offered), abs=1e-9)
    assert found.blocking >= erlang_b(servers, offered) - 1e-9


def test_large_groups_do_not_overflow() -> None:
    assert 0 < erlang_b(50_000, 49_900) < 0.01
    assert erlang_b(5, 1e12) == pytest.approx(1, abs=1e-9)


def test_an_overloaded_queue_has_no_end() -> None:
    assert erlang_c(10, 10).mean == math.inf
    assert erlang_c(10, 12).longer_than(1e9) == 1
    assert erlang_c(0, 0).waits == 0


def test_the_least_is_found_whatever_it_is() -> None:
    for wanted in (0, 1, 2, 3, 7, 8, 9, 1000):
        assert least_servers(lambda n, w=wanted: n >= w) == wanted  # type: ignore[misc]
    assert least_servers(lambda n: erlang_b(n, 1200 / 36) <= 0.01) == 45  # Westbay's forum, 2001
    with pytest.raises(UsageError, match="would be needed"):
        least_servers(lambda _n: False)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: erlang_b(-1, 1),
        lambda: erlang_b(1, -1),
        lambda: erlang_b(1, math.inf),
        lambda: erlang_c(1, math.nan),
        lambda: engset(1, 0, 0),
        lambda: engset(1, 3, 3),
        lambda: traffic_for(1, 0),
        lambda: traffic_for(1, 1),
        lambda: traffic_for(0, 0.1),
        lambda: erlang_b_with_retries(1, 1, 1.1),
        lambda: erlang_b_with_retries(3, 3, 1),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(UsageError):
        wrong()  # type: ignore[operator]
