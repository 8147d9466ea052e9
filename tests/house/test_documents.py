"""README and docs say what is so: every example is executed, every link leads somewhere.

A `python` block runs as a program, or under pytest if it has tests. The `console` blocks of one document run
in one folder, one command after the other; what a block shows below a command must be what it prints (`...`
stands for anything). `make` commands are not run from within the suite; their targets must exist. A `toml`
block is a bench's configuration.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import Block, blocks, documents
from sources import ROOT, label

from trunkbench.cli import main
from trunkbench.config import parse_config

_FENCES = {"python", "console", "toml", "text", "mermaid", "hex", "json"}
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
_ELLIPSIS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def of_language(language: str) -> list[object]:
    """Every block of a language, as pytest parameters."""
    return [
        pytest.param(block, id=f"{label(path)}:{block.line}")
        for path in documents()
        for block in blocks(path, language)
    ]


def call(command: list[str], folder: Path) -> str:
    """What a command printed; fails the test unless it succeeds."""
    scripts = Path(sys.executable).parent
    env = {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "120",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100
    )
    assert done.returncode == 0, f"$ {shlex.join(command)}\n{done.stdout}"
    return done.stdout


@pytest.mark.parametrize("block", of_language("python"))
def test_python_examples_run(block: Block, tmp_path: Path) -> None:
    example = tmp_path / "test_example.py"
    example.write_text(block.text, encoding="utf-8")
    how = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if "def test_" in block.text else []
    call([sys.executable, *how, str(example)], tmp_path)


@pytest.mark.parametrize("block", of_language("toml"))
def test_configuration_examples_load(block: Block) -> None:
    assert parse_config(block.text, "example").spans


def called_here(arguments: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """What `trunkbench` printed, run here: starting forty processes would take most of the time."""
    capfd.readouterr()
    try:
        code = main(arguments)
    except SystemExit as ended:  # argparse's own exits: --help, --version, misuse
        code = int(ended.code or 0)
    out, err = capfd.readouterr()
    assert code == 0, f"$ trunkbench {shlex.join(arguments)}\n{out}{err}"
    return err + out  # as a reader sees it who starts with the progress


@pytest.mark.parametrize("path", documents(), ids=label)
def test_console_examples_run(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    checker = doctest.OutputChecker()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    for block in blocks(path, "console"):
        for command, shown in commands(block.text):
            if command[0] == "make":
                assert all(target in make_targets() for target in command[1:])
                continue
            assert command[0] in {"trunkbench", "pytest"}, f"{command[0]}: only our own commands are executed"
            if command[0] == "trunkbench":
                printed = called_here(command[1:], capfd)
            else:
                printed = call(command, tmp_path)
            assert not shown or checker.check_output(shown, printed, _ELLIPSIS), printed


@pytest.mark.parametrize("path", documents(), ids=label)
def test_links_lead_somewhere_and_fences_are_known(path: Path) -> None:
    missing = [
        link for link in _LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / link).exists()
    ]
    assert missing == []
    assert {block.language for block in blocks(path)} <= _FENCES


def test_the_design_opens_with_what_it_is_not() -> None:
    headings = re.findall(
        r"^#+ (.*)$", (ROOT / "docs" / "design.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert headings[1].lower() == "out of scope"


def test_decisions_are_numbered_and_short() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:5] for path in decisions] == [
        f"{number:04}-" for number in range(1, len(decisions) + 1)
    ]
    assert all(len(path.read_text(encoding="utf-8").splitlines()) <= 40 for path in decisions)


def test_commands_and_what_they_print_are_told_apart() -> None:
    assert list(commands("$ trunkbench --version\ntrunkbench ...\n$ make demo\n")) == [
        (["trunkbench", "--version"], "trunkbench ...\n"),
        (["make", "demo"], ""),
    ]


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    """The commands of a console block, each with the output that is shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield shlex.split(command), shown


def make_targets() -> set[str]:
    """The targets that the Makefile declares as commands."""
    (phony,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return set(phony.split())
