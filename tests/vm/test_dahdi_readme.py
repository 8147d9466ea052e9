"""The first test of README, unchanged, on two spans of the real DAHDI driver (`make test-dahdi`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from dahdi_spans import IN_GUEST, WHY_NOT, ensure_spans
from documents import blocks
from sources import ROOT

pytestmark = pytest.mark.skipif(not IN_GUEST, reason=WHY_NOT)

CONFIG = ROOT / "hw-config" / "dahdi.toml"


def test_the_first_test_of_the_readme_runs_on_the_card(tmp_path: Path) -> None:
    ensure_spans()
    example = tmp_path / "test_readme.py"
    example.write_text(blocks(ROOT / "README.md", "python")[0].text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--hw",
        str(CONFIG),
        str(example),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
    assert "skipped" not in done.stdout
