"""Text of a trace made fit for markup: nothing in it can act, hide, or reorder what stands around it."""

from __future__ import annotations

from html import escape


def safe(text: str) -> str:
    """The text with markup escaped, and every control, format or unassigned character shown as its number.

    Those would be invisible, break the page off (NUL), or turn the reading direction round (U+202E).
    """
    return escape(printable(text), quote=True)


def printable(text: str) -> str:
    """The text with those characters shown as their numbers, line ends kept."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"
