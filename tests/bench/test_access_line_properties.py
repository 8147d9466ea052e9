"""Random plans and random days on real lines: whatever people dial and whenever they hang up, no line has two
calls, no call is without a line, hunting rings no line that is engaged, a line shows itself, and nothing is
left over."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from accesslines import OUTSIDE, SPAN
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.bench import Bench
from trunkbench.call import Call
from trunkbench.config import parse_config
from trunkwire.loopstart import StationState
from trunkwire.q931.causes import Cause

HUNTING = ("linear", "circular", "uniform", "simultaneous")
DISTRIBUTION = ("order", "rotating", "simultaneous")


def a_plan(chance: random.Random) -> str:
    """A group, a virtual number, a line, a trunk, 400, and forwardings that may well go in circles."""
    lines = [f"{n}{n}{n}{n}000{n}" for n in range(2, 9)]
    chance.shuffle(lines)
    pilot, rest = lines[0], lines[1:]
    members, bound, alone = rest[:2], rest[2 : 2 + chance.randint(1, 3)], rest[5]
    uses = chance.choices(("incoming", "outgoing", "bothway"), (1, 1, 4), k=len(lines))
    numbers = [pilot, alone, "86082660", "62300000", "4008001234"]
    forwardings = [
        f'[[access.forwarding]]\nnumber = "{number}"\nafter = "7s"\n'
        f'{chance.choice(("unconditional", "busy", "no_answer"))} = "{chance.choice(numbers)}"\n'
        for number in chance.sample([alone, *members], 2)
    ]
    shares = [f'{{number = "{number}"}}' for number in chance.sample([pilot, alone, "62300000"], 2)]
    return "".join(
        (
            f'[[access.analog_group]]\npilot = "{pilot}"\nmembers = {members}\n',
            f'hunting = "{chance.choice(HUNTING)}"\n',
            f'[[access.one_number]]\nnumber = "86082660"\nlines = {bound}\n',
            f'distribution = "{chance.choice(DISTRIBUTION)}"\n',
            f'[[access.fixed_line]]\nnumber = "{alone}"\n',
            '[[access.digital_trunk]]\nnumber = "62300000"\nspans = ["pri"]\n',
            f'[[access.service_number]]\nnumber = "4008001234"\nto = [{", ".join(shares)}]\n',
            'no_answer_after = "6s"\n',
            *(
                f'[[access.line]]\nnumber = "{line}"\nuse = "{use}"\n'
                for line, use in zip(lines, uses, strict=True)
                if line != alone
            ),
            *forwardings,
        )
    )


class Day:
    """One bench, and what people do with it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        text = f'[bench]\nname = "day"\nseed = {seed}\n{SPAN}\n[access]\n{a_plan(self.chance)}'
        self.bench = Bench(parse_config(text, "day.toml"))
        bench = self.bench
        assert bench.network is not None
        self.lines = sorted(bench.network.lines)
        self.numbers = [*self.lines, "86082660", "62300000", "4008001234", "71234567"]
        for number in (*self.lines, "62300000"):
            bench.far.number(number)
            if self.chance.random() < 0.7:
                bench.far.number(number).answers(after=self.chance.choice(("0s", "1s", "9s")))
            else:
                bench.far.number(number).never_answers()
        bench.near.number(OUTSIDE).answers(after="1s")

    def step(self) -> None:
        """Somebody does something, and some time passes."""
        bench, chance = self.bench, self.chance
        deed = chance.random()
        if deed < 0.5:
            bench.near.dial(chance.choice(self.numbers))
        elif deed < 0.7:
            line = chance.choice(self.lines)
            assert bench.plant is not None
            if bench.plant.sets[line].machine.state is StationState.ON_HOOK:
                bench.far.dial(chance.choice((OUTSIDE, *self.numbers)), line=line)
        else:
            there = [c for c in (*bench.near.calls, *bench.far.calls) if c.hung_up_at is None]
            if there:
                chance.choice(there).hang_up()
        bench.run_for(chance.choice(("0s", "100ms", "1s", "3s", "8s")))
        self.check()

    def check(self) -> None:
        """What must hold at any moment."""
        bench = self.bench
        assert bench.network is not None
        for exchange in (bench.near, bench.far):
            active = [call for call in exchange.calls if call.active_at is not None and call.ended_at is None]
            on_lines = Counter(call.line for call in active if call.line is not None)
            assert all(count == 1 for count in on_lines.values()), on_lines
            assert all(call.span is not None for call in active)
        for call in bench.near.calls:
            self.check_call(call)

    def check_call(self, call: Call) -> None:
        """One call of the exchange."""
        if not call.outgoing and call.line is not None:
            assert call.caller == call.line  # never a virtual number, whoever else may have it
        if call.outgoing and call.line is not None and call.ended_at is None:
            assert self.bench.network is not None
            line = self.bench.network.lines[call.line]
            assert line.use.takes
            assert line.holder is not None


@settings(max_examples=6)
@given(st.integers(0, 2**32))
def test_a_random_day(seed: int) -> None:
    day = Day(seed)
    with day.bench as bench:
        for _ in range(12):
            day.step()
        assert bench.audit() == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60))
def test_many_long_days(seed: int) -> None:
    day = Day(seed)
    with day.bench as bench:
        for _ in range(60):
            day.step()
        assert bench.audit() == []


@settings(max_examples=8)
@given(
    lines=st.integers(1, 8),
    hunting=st.sampled_from(HUNTING),
    engaged=st.integers(0, 8),
    extra=st.integers(1, 3),
)
def test_of_n_idle_lines_n_talk_and_whoever_calls_next_hears_busy(
    lines: int, hunting: str, engaged: int, extra: int
) -> None:
    numbers = [f"6000000{n}" for n in range(lines + 1)]
    table = (
        f'[[access.analog_group]]\npilot = "{numbers[0]}"\nmembers = {numbers[1:]}\nhunting = "{hunting}"\n'
    )
    with Bench(parse_config(f'[bench]\nname = "n"\n{SPAN}\n[access]\n{table}', "n.toml")) as bench:
        bench.near.number(OUTSIDE).answers()
        for number in numbers:
            bench.far.number(number).answers(after="1s")
        out = [bench.far.dial(OUTSIDE, line=number) for number in numbers[: min(engaged, lines)]]
        bench.run_for("9s")
        assert all(call.active_at is not None for call in out)
        idle = len(numbers) - len(out)
        calls = [bench.near.dial(numbers[0]) for _ in range(idle + extra)]
        bench.run_for("9s")
        assert [call.active_at is not None for call in calls] == [True] * idle + [False] * extra
        assert all(call.cause is Cause.USER_BUSY for call in calls[idle:])
        assert len({call.line for call in calls[:idle]}) == idle
        assert bench.audit() == []
