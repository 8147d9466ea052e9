"""Text of a trace made fit for markup: nothing in it can act, hide, or reorder what stands around it."""

from __future__ import annotations

from html import escape

_KEPT = "\n"


def safe(text: str) -> str:
    """The text with markup escaped, and every control, format or unassigned character shown as its number.

    Those would be invisible, break the page off (NUL), or turn the reading direction round (U+202E).
    """
    if not text.isprintable():
        text = "".join(
            c if c.isprintable() or c in _KEPT else f"\\x{ord(c):02x}" if ord(c) < 256 else f"\\u{ord(c):04x}"
            for c in text
        )
    return escape(text, quote=True)
