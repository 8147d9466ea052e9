"""Conversations of two whole ends on a line with every fault: all end idle and agreeing, every call once.

The suite plays `SOME`; `--long` plays all 10,000 (`make soak`).
"""

from __future__ import annotations

from collections import Counter

import pytest
from badline import BadLine

from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.procedure import Timer

pytestmark = pytest.mark.long

SOME = 120
ALL = 10_000
STEP = 500


def played(first: int, end: int) -> tuple[list[str], Counter[str], int]:
    """The troubles of those conversations, the faults that struck, and the calls of both sides."""
    troubles: list[str] = []
    faults: Counter[str] = Counter()
    calls = 0
    for seed in range(first, end):
        line = BadLine(seed)
        line.run()
        troubles += line.troubles()
        faults += line.faults
        calls += sum(len(side.kept) for side in line.ends)
    return troubles, faults, calls


def test_some_conversations_end_idle_and_agreeing() -> None:
    troubles, faults, calls = played(0, SOME)
    assert troubles == []
    assert min(faults[name] for name in ("lose", "double", "delay", "spoil")) > SOME
    assert calls > 4 * SOME


@pytest.mark.long
@pytest.mark.parametrize("first", range(SOME, ALL, STEP))
def test_ten_thousand_conversations_end_idle_and_agreeing(first: int) -> None:
    troubles, _faults, calls = played(first, min(first + STEP, ALL))
    assert troubles == []
    assert calls > 4 * STEP / 2


def test_the_same_seed_is_the_same_conversation() -> None:
    first, second = BadLine(7), BadLine(7)
    first.run()
    second.run()
    assert (first.faults, first.now, first.seen) == (second.faults, second.now, second.seen)


@pytest.mark.parametrize("timer", [Timer.T305, Timer.T308], ids=lambda timer: timer.name)
def test_a_machine_whose_timer_never_expires_is_noticed(
    timer: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fire = CallControl.fire

    def deaf(self: CallControl, owner: object, event: int, arg: object) -> bool:
        return event != timer and fire(self, owner, event, arg)

    monkeypatch.setattr(CallControl, "fire", deaf)
    troubles, _faults, _calls = played(0, 40)
    assert troubles
