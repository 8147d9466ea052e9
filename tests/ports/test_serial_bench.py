"""A bench on two serial cards on ptys, by the card's clock in real time: thirty calls, slow
cards, and a card that is pulled in the middle of a call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serialcards import Cards

from trunkbench.bench import Bench
from trunkbench.config import parse_config
from trunkbench.errors import PortError

pytestmark = pytest.mark.realtime

ROOT = Path(__file__).parents[2]


def bench_on(cards: Cards, change: tuple[str, str] = ("", "")) -> Bench:
    """The bench of hw-config/serial-card.toml on these cards; a change of its text, from and to."""
    text = (ROOT / "hw-config" / "serial-card.toml").read_text(encoding="utf-8")
    text = text.replace(*change)
    for number, path in enumerate(cards.paths):
        text = text.replace(f"/dev/ttyACM{number}", path)
    return Bench.from_config(parse_config(text, "serial-card.toml"))


@pytest.fixture
def cards(tmp_path: Path) -> Iterator[Cards]:
    cards = Cards(tmp_path)
    yield cards
    cards.end()


def test_thirty_calls_at_once_in_real_time(cards: Cards) -> None:
    with bench_on(cards) as bench:
        bench.far.number("300").answers()
        calls = [bench.near.dial("300") for _ in range(30)]
        for call in calls:
            bench.run_until(call.active, within="10s")
        assert len({call.channel for call in calls}) == 30
        bench.run_for("500ms")
        for call in calls:
            call.hang_up()
        assert bench.audit() == []


def test_slow_cards_carry_the_calls_that_they_have_channels_for(tmp_path: Path) -> None:
    cards = Cards(tmp_path, "--channels", "2", "--baud", "460800")
    with bench_on(cards) as bench:
        bench.far.number("300").answers()
        calls = [bench.near.dial("300") for _ in range(2)]
        for call in calls:
            bench.run_until(call.active, within="10s")
        for call in calls:
            call.hang_up()
        assert bench.audit() == []
    cards.end()


def test_a_card_that_is_pulled_ends_the_run_and_says_which(cards: Cards) -> None:
    with bench_on(cards) as bench:
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="10s")
        cards.process.kill()
        with pytest.raises(PortError, match=r"serial .*(near|far)"):
            bench.run_for("5s")


def test_two_masters_are_told_by_their_slips_in_real_time(tmp_path: Path) -> None:
    cards = Cards(tmp_path, "--far-ppm", "400")
    both = ('clock = "internal"', 'clock = "internal"\nfar_clock = "internal"')
    with bench_on(cards, both) as bench:
        bench.run_for("3s")
        said = [text for text in bench.reservations() if "both ends are masters" in text]
        slips = [len(end.slips) for end in bench.trunk.ends]
    cards.end()
    assert len(said) == 2, bench.reservations()
    assert all(8 <= count <= 20 for count in slips), slips
