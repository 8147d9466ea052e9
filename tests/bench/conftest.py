"""Benches for tests of the bench itself: the packaged loopback, closed when the test is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from trunkbench.bench import Bench
from trunkbench.config import BenchConfig, parse_config

MINIMAL = """
[bench]
name = "test"
{bench}

[[span]]
name = "span1"
{span}
"""

MakeBench = Callable[..., Bench]


@pytest.fixture
def make_config() -> Callable[..., BenchConfig]:
    """A loopback config with further lines in `[bench]`, in its span, and behind them."""

    def make(bench: str = "", span: str = "", more: str = "") -> BenchConfig:
        return parse_config(MINIMAL.format(bench=bench, span=span) + more, "test.toml")

    return make


@pytest.fixture
def make_bench(make_config: Callable[..., BenchConfig]) -> Iterator[MakeBench]:
    """Opens benches; closes them all afterwards."""
    opened: list[Bench] = []

    def make(bench: str = "", span: str = "", more: str = "", **choices: object) -> Bench:
        new = Bench(make_config(bench, span, more), **choices)  # type: ignore[arg-type]
        opened.append(new)
        return new

    yield make
    for each in opened:
        each.close()
