"""A short run of the fuzzing harness over seeds that are made by hand; and that the harness sees faults."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import fuzz_readers
import pytest

from trunkbench.trace.inputs import InputOptions
from trunkbench.trace.inputs.signalunits import SignalUnits

SEEDS = list(fuzz_readers.made_seeds())


@pytest.mark.parametrize("name", [name for name, _ in SEEDS])
def test_mutations_of_every_seed_are_read_to_their_end(name: str) -> None:
    mutate(name, range(3))


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, _ in SEEDS])
def test_more_mutations_of_every_seed_are_read_to_their_end(name: str) -> None:
    mutate(name, range(3, 30))


def mutate(name: str, numbers: Iterable[int]) -> None:
    """Exercise the seed's mutations of those numbers."""
    data = dict(SEEDS)[name]
    for number in numbers:
        chance = random.Random(f"{name} {number}")
        spoilt = fuzz_readers.mutated(data, chance.choice(SEEDS)[1], chance)
        fuzz_readers.exercise(spoilt, InputOptions(audio=bool(number % 2)))


def test_what_a_reader_lets_escape_is_found_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, packet: object) -> None:
        raise IndexError("a reader that trusts its input")

    monkeypatch.setattr(SignalUnits, "take", broken)
    told: list[str] = []
    assert fuzz_readers.fuzz(0.1, 5, "link 140", told.append, tmp_path) > 0
    assert "IndexError: a reader that trusts its input" in told[0]
    assert list(tmp_path.glob("fuzz-5-*.bin"))


def test_a_name_that_no_seed_has_is_refused() -> None:
    with pytest.raises(SystemExit, match="no seed has 'x25'"):
        fuzz_readers.fuzz(0.1, 1, "x25", print, Path())
