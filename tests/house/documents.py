"""The fenced code blocks of the documents, for the tests that execute them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sources import ROOT


class Block(NamedTuple):
    """One fenced block: its language, its text, and the line of the document that it begins on."""

    language: str
    text: str
    line: int


def documents() -> list[Path]:
    """README.md and everything in docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(path: Path, language: str | None = None) -> list[Block]:
    """The fenced blocks of a document, of one language or of any."""
    found: list[Block] = []
    opened: tuple[str, int] | None = None
    lines: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("```"):
            lines.append(line)
        elif opened is None:
            opened, lines = (line[3:].strip(), number + 1), []
        else:
            found.append(Block(opened[0], "\n".join(lines) + "\n", opened[1]))
            opened = None
    if opened is not None:
        raise ValueError(f"{path}: the block that begins on line {opened[1]} is not closed")
    return [block for block in found if language in (None, block.language)]
