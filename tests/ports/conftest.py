"""Fixtures of the port tests: an e1d server that offers a pair of lines, and one with an exchange."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from e1dstage import ROOT, Stage, StepClock

from trunkbench.config import load_config
from trunkbench.e1dserver import offer_bench, offer_pair


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(offer_pair(tmp_path / "ctl", clock=StepClock()), tmp_path / "ctl")
    yield stage
    stage.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Stage]:
    config = load_config(ROOT / "hw-config" / "e1d-serve.toml")
    stage = Stage(offer_bench(config, tmp_path / "ctl", clock=StepClock()), tmp_path / "ctl")
    yield stage
    stage.close()
