"""What our self-contained HTML pages share: their head, which lets them load nothing, and their colours.

A page follows its reader's light or dark setting.
"""

from __future__ import annotations

from html import escape

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""The page may load nothing at all (Content Security Policy, level 2)."""

PALETTE = """\
:root { --ink: #1f2328; --soft: #656d76; --paper: #ffffff; --back: #f6f8fa; --line: #d0d7de;
  --good: #1a7f37; --bad: #cf222e; --doubt: #9a6700; --note: #0969da; --mark: #fff8c5;
  color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117;
  --back: #161b22; --line: #30363d; --good: #3fb950; --bad: #ff7b72; --doubt: #d29922; --note: #58a6ff;
  --mark: #3b2f0b; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
"""
"""Colours by what they say: `good`, `bad`, `doubt`, `note`; and the body's type."""


def head(title: str, style: str) -> str:
    """Everything up to the body's beginning, the title escaped."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title><style>{PALETTE}{style}</style></head><body>"
    )
