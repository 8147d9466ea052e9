"""The wheel: built, installed in a new virtual environment, and used from there, outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from documents import blocks
from sources import ROOT

pytestmark = pytest.mark.long


def call(*command: str | Path, cwd: Path, expect: int = 0) -> str:
    """What a command printed, both streams; fails the test unless it ends with `expect`."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TRUNKBENCH_"))
    }
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**clean, "PYTEST_ADDOPTS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
    )
    assert done.returncode == expect, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout without network."""
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a new environment with the wheel in it.

    What the wheel depends on is lent by this environment: its packages come last on the path, and its own
    editable trunkbench does not come along, since a `.pth` file in there is not read.
    """
    venv = tmp_path_factory.mktemp("installed") / "venv"
    call(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    python = venv / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    call(*pip, "--no-deps", "--no-index", "--disable-pip-version-check", wheel, cwd=venv.parent)
    (site,) = venv.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python.parent


def test_exact_top_level_names(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    version = wheel.name.split("-")[1]
    assert {name.partition("/")[0] for name in names} == {
        "trunkbench",
        "trunkwire",
        "pytest_trunkbench",
        f"trunkbench-{version}.dist-info",
    }
    assert {f"{package}/py.typed" for package in ("trunkbench", "trunkwire", "pytest_trunkbench")} <= set(
        names
    )
    assert "trunkbench/data/loopback.toml" in names
    assert f"trunkbench-{version}.dist-info/licenses/LICENSE" in names


def test_it_is_the_wheel_that_is_imported(installed: Path, tmp_path: Path) -> None:
    names = "trunkbench, trunkwire, pytest_trunkbench"
    code = f"import {names}; print(*(package.__file__ for package in ({names})))"
    for path in call(installed / "python", "-c", code, cwd=tmp_path).split():
        assert Path(path).is_relative_to(installed.parent)


def test_command_line(installed: Path, tmp_path: Path) -> None:
    assert call(installed / "trunkbench", "--version", cwd=tmp_path).startswith("trunkbench 0.")
    assert "exit codes:" in call(installed / "python", "-m", "trunkbench", "--help", cwd=tmp_path)


def test_the_first_test_runs_as_it_stands(installed: Path, tmp_path: Path) -> None:
    (first, *_) = blocks(ROOT / "README.md", "python")
    (tmp_path / "test_first.py").write_text(first.text, encoding="utf-8")
    printed = call(installed / "python", "-m", "pytest", "-p", "no:cacheprovider", cwd=tmp_path)
    assert "trunkbench: packaged loopback.toml on the software loopback" in printed
    assert "1 passed" in printed
