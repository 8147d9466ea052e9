"""The judge is not the judged: the tester's side of the suite shares the codec with our stack, and
nothing else.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import trunkbench.conform

FOLDER = Path(trunkbench.conform.__file__).parent
OTHER_SIDE = {"ours.py", "ours_link.py", "session.py"}
"""What stands on the side of the implementation under test, or puts the two ends together."""

CODEC = {
    "trunkwire.g711",
    "trunkwire.q931.ies",
    "trunkwire.q931.message",
    "trunkwire.q931.messages",
    "trunkwire.side",
    "trunkwire.ticks",
}
LINK = {"trunkwire", "trunkwire.lapd"}
"""The tester of layer 3 stands on a data link of its own; that of layer 2 has the frames' layout only."""
FRAMES = {"trunkwire.lapd.frames", "trunkwire.hdlc"}
TABLES = {"TABLES", "Row"}
"""What our parser takes to be mandatory is not for the tester to read."""

_MODULES = sorted(path for path in FOLDER.rglob("*.py") if path.name not in OTHER_SIDE)


def imported(path: Path) -> list[tuple[str, str]]:
    """(module, name) of everything that is imported from trunkwire."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "trunkwire":
            found += [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names if alias.name.split(".")[0] == "trunkwire"]
    return found


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_the_tester_shares_the_codec_only(path: Path) -> None:
    layer2 = "q921" in path.relative_to(FOLDER).parts
    allowed = CODEC | (FRAMES if layer2 else LINK)
    names = imported(path)
    assert {module for module, _ in names} <= allowed
    assert {name for module, name in names if module == "trunkwire"} <= {"lapd"}
    assert {name for module, name in names if module.startswith("trunkwire.q931.")} & TABLES == set()


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_the_tester_knows_neither_our_upper_tester_nor_our_ends(path: Path) -> None:
    own = {
        node.module
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    assert (
        own & {"trunkbench.conform.ours", "trunkbench.span", "trunkbench.bench", "trunkbench.exchange"}
        == set()
    )


def test_there_is_something_to_look_at() -> None:
    assert {path.name for path in _MODULES} >= {"tester.py", "layer3.py", "inopportune.py", "elements.py"}
