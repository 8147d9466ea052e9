"""Colour for decoded text on a terminal. The only module of the decoder that imports rich."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

_STYLES = (
    # Later ones win where they overlap.
    (r"(?m)^ +frame +time.*$", "bold"),
    (r"(?m)^call +(ref|caller) .*$", "bold"),
    (r"(?m)^(Call \d+|Global call reference|Frame \d+)[^:\n]*", "bold"),
    (r"(?m)^(Sides are inferred.*|Which end .*|Frames end with.*|No frame.*|No call.*)$", "italic"),
    (r"[│·⋮─]+", "dim"),
    (r"(?<!since )\b(SETUP( ACKNOWLEDGE)?|CALL PROCEEDING|PROGRESS|ALERTING|INFORMATION|NOTIFY)\b", "cyan"),
    (r"\bCONNECT( ACKNOWLEDGE)?\b", "bold green"),
    (r"\b(DISCONNECT|RELEASE( COMPLETE)?)\b", "yellow"),
    (r"\b(RESTART( ACKNOWLEDGE)?|STATUS( ENQUIRY)?)\b", "magenta"),
    (r"\bcause \d+ [^;\n]*", "bold yellow"),
    (r"(?<!!)! [^;\n]*", "bold magenta"),
    (r"!! octet [^;\n]*", "bold red"),
)


def painter() -> Callable[[str], None]:
    """A function that prints one text with colours on standard output."""
    console = Console(file=sys.stdout, highlight=False, force_terminal=True, soft_wrap=True)

    def paint(text: str) -> None:
        painted = Text(text)
        for pattern, style in _STYLES:
            painted.highlight_regex(pattern, style)
        console.print(painted)

    return paint
