"""Each scenario about the machines claims all that it is about, both ways, and only then has passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import product

import pytest

from trunkbench.config import BenchConfig, load_config
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play

IDLE = "every channel idle, nothing left behind"
WAYS = ("near to far", "far to near")


def _hold() -> Iterable[str]:
    for way in WAYS:
        for who in ("caller", "called party"):
            part = f"{way}, the {who} holds"
            yield f"{part}: the second call has a channel of its own"
            yield f"{part}: nobody hears anything in the held call"
            yield f"{part}: the second call is heard both ways"
            yield f"{part}: both ends have the retrieved call on the same channel"
            yield f"{part}: the retrieved call is heard both ways again"
            yield f"{part}: now the second call is on hold"
            yield IDLE
        for who in ("who holds", "who is held"):
            yield f"{way}, cleared by the party {who}: the held call is over at both ends, cause 16"
            yield IDLE


def _overlap() -> Iterable[str]:
    for way, end in zip(WAYS, ("far", "near"), strict=True):
        for how in ("the last digit makes 300 known", "30 with sending complete", "30 until T302"):
            yield f"{way}, {how}: the called party gets all the digits, and answers"
            yield IDLE
        yield f"{way}, one digit and no more: the caller hears unobtainable tone"
        yield f"{way}, one digit and no more: cause 28, decided by the {end} end"
        yield IDLE
        yield f"{way}, hung up while dialling: nobody answered"
        yield IDLE


def _link_loss() -> Iterable[str]:
    yield from (
        "3 s without a frame: nothing is released",
        "3 s without a frame: both data links go on",
        IDLE,
    )
    yield "data link lost: both ends have declared it"
    yield "data link lost: the ringing call is cleared at once at both ends, cause 27"
    yield "data link lost: active calls wait for T309"
    yield "back before T309: active calls survive"
    yield "back before T309: the ends compare their states with STATUS ENQUIRY and STATUS"
    yield "back before T309: T309 is stopped"
    yield IDLE
    yield "T309 expires: the calls are cleared at both ends, cause 27"
    yield "T309 expires: when the link is back, new calls get through"
    yield IDLE


def _glare() -> Iterable[str]:
    for (which, parties), choice in zip(
        (("one channel", 4), ("one channel", 2), ("2 channels", 8), ("all 4 channels", 8)),
        ("preferred", "exclusive") * 2,
        strict=True,
    ):
        part = f"{which}, {choice}"
        moved = choice == "preferred"
        yield f"{part}: the network's calls have their channels"
        yield f"{part}: the user's calls {'live on other channels' if moved else 'are cleared with cause 44'}"
        yield f"{part}: both ends have the same calls"
        yield f"{part}: each of {parties} parties hears the other on its channel"
        yield IDLE


def _out_of_service() -> Iterable[str]:
    for status, (end, taken, on) in product(
        ("out-of-service", "maintenance"), (("near", "2 and 1", 1), ("far", "1 and 4", 4))
    ):
        if (status, end) == ("maintenance", "far"):
            continue
        part = f"{status} by the {end} end"
        yield f"{part}: both ends have channels {taken} as {status}"
        yield f"{part}: the call on channel {on} goes on"
        yield f"{part}: without channels {taken}: 2 calls get through"
        yield f"{part}: one more caller is refused here, cause 34"
        yield f"{part}: SETUP for channel {taken[0]} is refused with 44"
        yield f"{part}, and put back: both ends have channels {taken} as in-service"
        yield f"{part}, and put back: 4 calls get through"
        yield IDLE


FOUR = "b_channels = [1, 2, 3, 4]\n"


@pytest.mark.parametrize(
    ("name", "claims", "span"),
    [
        ("hold", _hold, None),
        ("overlap", _overlap, None),
        ("link-loss", _link_loss, None),
        ("glare", _glare, FOUR),
        ("out-of-service", _out_of_service, 'kind = "t1"\nswitch = "ni2"\n' + FOUR),
    ],
)
def test_a_scenario_claims_all_that_it_is_about(
    make_config: Callable[..., BenchConfig], name: str, claims: Callable[[], Iterable[str]], span: str | None
) -> None:
    result = play(SCENARIOS[name], load_config() if span is None else make_config(span=span))
    assert result.verdict == "passed", result.reason
    assert Counter(check.text for check in result.checks) == Counter(claims())
    assert all(check.held for check in result.checks)
