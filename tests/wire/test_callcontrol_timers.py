"""Timers: their durations by side (tables 9-1, 9-2), and a bank that is as good as a list of deadlines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkwire.q931.procedure import Timer
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.timers import TimerBank
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

BOUNDS = {
    # timer: (network side, table 9-1; user side, table 9-2), each as least and most seconds
    Timer.T301: ((180, None), (180, None)),
    Timer.T302: ((10, 15), (15, 15)),
    Timer.T303: ((4, 4), (4, 4)),
    Timer.T304: ((20, 20), (30, 30)),
    Timer.T305: ((30, 30), (30, 30)),
    Timer.T306: ((30, 30), (30, 30)),
    Timer.T307: ((180, 180), (180, 180)),
    Timer.T308: ((4, 4), (4, 4)),
    Timer.T309: ((6, 90), (6, 90)),
    Timer.T310: ((10, 10), (30, 120)),
    Timer.T312: ((6, 6), (6, 6)),
    Timer.T313: ((4, 4), (4, 4)),
    Timer.T316: ((120, 120), (120, 120)),
    Timer.T317: ((1, 119), (1, 119)),
    Timer.T318: ((4, 4), (4, 4)),
    Timer.T319: ((4, 4), (4, 4)),
    Timer.T322: ((4, 4), (4, 4)),
    Timer.T_HOLD: ((4, 4), (4, 4)),
    Timer.T_RETRIEVE: ((4, 4), (4, 4)),
    Timer.T_SERVICE: ((1, None), (1, None)),
}


@pytest.mark.parametrize("timer", list(Timer), ids=lambda timer: str(timer.name))
def test_defaults_lie_within_the_tables(timer: Timer) -> None:
    for side, (least, most) in zip((Side.NETWORK, Side.USER), BOUNDS[timer], strict=True):
        value = CallControlSettings().durations(side)[timer]
        assert value >= least * SECOND
        assert most is None or value <= most * SECOND


def test_a_setting_replaces_the_default_on_either_side() -> None:
    for side in Side:
        assert CallControlSettings(t310=7).durations(side)[Timer.T310] == 7


def test_t312_is_t303_and_two_seconds_unless_it_is_set() -> None:
    assert CallControlSettings(t303=3 * SECOND).durations(Side.NETWORK)[Timer.T312] == 5 * SECOND
    assert CallControlSettings(t312=9 * SECOND).durations(Side.NETWORK)[Timer.T312] == 9 * SECOND
    with pytest.raises(ValueError, match="T312 = 256000 ticks: it must be longer than T303"):
        CallControlSettings(t312=4 * SECOND).durations(Side.NETWORK)


class Owner:
    """Something that has timers."""

    def __init__(self) -> None:
        self.armed: dict[Timer, Tick] = {}


DURATIONS = {Timer.T301: 50, Timer.T303: 4, Timer.T305: 30}

steps = st.lists(
    st.tuples(
        st.sampled_from(["start", "stop", "stop_all", "expire"]),
        st.sampled_from(list(DURATIONS)),
        st.integers(0, 2),
        st.integers(0, 20),
    ),
    max_size=60,
)


@given(steps)
def test_the_bank_is_a_list_of_deadlines(script: list[tuple[str, Timer, int, int]]) -> None:
    bank, owners = TimerBank(DURATIONS), [Owner(), Owner(), Owner()]
    model: dict[tuple[Timer, int], Tick] = {}
    now = 0
    for what, timer, who, later in script:
        now += later
        if what == "start":
            bank.start(timer, owners[who], now)
            model[timer, who] = now + DURATIONS[timer]
        elif what == "stop":
            bank.stop(timer, owners[who])
            model.pop((timer, who), None)
        elif what == "stop_all":
            bank.stop_all(owners[who])
            model = {key: at for key, at in model.items() if key[1] != who}
        else:
            fired = []
            while (due := bank.expire(now)) is not None:
                fired.append((due[0], owners.index(due[1])))  # type: ignore[arg-type]
            expected = {key for key, at in model.items() if at <= now}
            assert set(fired) == expected
            assert len(fired) == len(expected)
            assert [model[key] for key in fired] == sorted(model[key] for key in fired)
            model = {key: at for key, at in model.items() if key not in expected}
        assert bank.next_deadline() == min(model.values(), default=None)
        assert {(timer, owners.index(owner), at) for timer, owner, at in bank.running()} == {  # type: ignore[arg-type]
            (timer, who, at) for (timer, who), at in model.items()
        }
        assert {(timer, who) for who, owner in enumerate(owners) for timer in owner.armed} == set(model)
