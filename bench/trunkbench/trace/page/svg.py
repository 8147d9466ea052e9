"""Ladders as SVG: one picture for a file, or one a call for a page. Nothing is loaded from anywhere."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TextIO

from trunkbench.trace.page.safe import safe
from trunkbench.trace.page.sketch import Rung, Sketch

WIDTH = 1040
_LEFT, _RIGHT = 130, 430
_TEXT = _RIGHT + 18
_CHARACTERS = 80
"""Characters of a line at the right."""
_TITLE_CHARACTERS = 140
_LINE = 15
_RUNG = 30
_HEAD = 8

COLOURS = """\
.ladder { --ink: #1f2328; --soft: #656d76; --line: #8c959f; --arrow: #0969da; --bad: #cf222e; }
@media (prefers-color-scheme: dark) {
  .ladder { --ink: #e6edf3; --soft: #9198a1; --line: #656d76; --arrow: #58a6ff; --bad: #ff7b72; }
}
.ladder text { font: 12px ui-monospace, monospace; fill: var(--ink); white-space: pre;
  direction: ltr; unicode-bidi: isolate-override; }
.ladder .title { font-weight: 600; } .ladder .soft { fill: var(--soft); } .ladder .wrong { fill: var(--bad); }
.ladder line { stroke: var(--line); } .ladder .arrow { stroke: var(--arrow); stroke-width: 1.5; }
.ladder .tip { fill: var(--arrow); } .ladder .dotted { stroke-dasharray: 2 4; }
.ladder a:hover text { text-decoration: underline; }
"""
"""The style of a ladder; its colours follow the reader's light or dark setting."""


def write_svg(file: TextIO, ladders: Iterable[Sketch], note: str = "") -> None:
    """One picture of all ladders, below each other; `note` stands at the end."""
    drawn, at = [], 10
    for ladder in ladders:
        body, height = _ladder(ladder, at, links=False)
        drawn.append(body)
        at += height + 24
    if not drawn:
        note = note or "No call."
    if note:
        drawn.append(_text(10, at + 12, note, "soft"))
        at += 30
    file.write(_open(at, "D-channel ladder"))
    file.write('<rect width="100%" height="100%" class="back"/>')
    for body in drawn:
        file.write(body)
    file.write("</svg>\n")


def ladder_svg(ladder: Sketch) -> str:
    """The picture of one call for a page: each rung is a link to its frame (#f12)."""
    body, height = _ladder(ladder, 0, links=True, titled=False)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ladder" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img"><title>{safe(ladder.title)}</title>{body}</svg>'
    )


def _open(height: int, title: str) -> str:
    style = COLOURS + (
        ".back { fill: #ffffff; } @media (prefers-color-scheme: dark) { .back { fill: #0d1117; } }"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ladder" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}"><title>{title}</title><style>{style}</style>'
    )


def _ladder(ladder: Sketch, top: int, *, links: bool, titled: bool = True) -> tuple[str, int]:
    """The elements of a ladder, and how high it is."""
    parts, y = [], top + _HEAD
    if titled:
        for line in textwrap.wrap(ladder.title, _TITLE_CHARACTERS):
            y += _LINE
            parts.append(_text(10, y, line, "title"))
        y += 6
    y += _LINE
    parts.append(_text(_LEFT, y, ladder.left, "soft", "middle"))
    parts.append(_text(_RIGHT, y, ladder.right, "soft", "middle"))
    beginning = y + 6
    y = beginning
    for rung in ladder.rungs:
        if rung.pause:
            y += 16
            parts.append(_text((_LEFT + _RIGHT) // 2, y - 2, "⋮", "soft", "middle"))
        body, height = _rung(rung, y)
        parts.append(f'<a href="#f{rung.number}">{body}</a>' if links else body)
        y += height
    y += 8
    lines = "".join(f'<line x1="{x}" y1="{beginning}" x2="{x}" y2="{y}"/>' for x in (_LEFT, _RIGHT))
    return lines + "".join(parts), y + 4 - top


def _rung(rung: Rung, top: int) -> tuple[str, int]:
    """One arrow with its time, its name and what matters of it."""
    y = top + 24
    dotted = "" if rung.message else " dotted"
    parts = [
        f"<title>frame {rung.number}</title>",
        _text(_LEFT - 12, y + 1, rung.time, "soft", "end"),
        f'<line class="arrow{dotted}" x1="{_LEFT}" y1="{y - 4}" x2="{_RIGHT}" y2="{y - 4}"/>',
        _text((_LEFT + _RIGHT) // 2, y - 9, rung.name, "", "middle"),
    ]
    if rung.rightwards is not None:
        tip, back = (_RIGHT, -9) if rung.rightwards else (_LEFT, 9)
        parts.append(f'<path class="tip" d="M{tip} {y - 4}l{back} -4v8z"/>')
    told = textwrap.wrap("; ".join(rung.told), _CHARACTERS, subsequent_indent="  ")
    odd = textwrap.wrap("; ".join(rung.odd), _CHARACTERS, subsequent_indent="  ")
    lines = [*((line, "") for line in told), *((line, "wrong") for line in odd)]
    parts += [_text(_TEXT, y + place * _LINE, line, kind) for place, (line, kind) in enumerate(lines)]
    return f"<g>{''.join(parts)}</g>", _RUNG + max(len(lines) - 1, 0) * _LINE


def _text(x: int, y: int, text: str, kind: str, anchor: str = "") -> str:
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    classed = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{classed}{anchored}>{safe(text)}</text>'
