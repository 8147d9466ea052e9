"""Outputs that take a block of text for each frame: the tree (`-V`) and the octets (`-x`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.lines import fitted, other_line

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show_each(session: Session, block: Callable[[Decoded, int], str]) -> None:
    """The block of each frame (given the trace's first time), and a line for each other thing."""
    width = session.terminal_width()
    shown = False
    for item in session.shown():
        shown = True
        assert session.epoch is not None
        if isinstance(item, Decoded):
            session.say(fitted(block(item, session.epoch), width))
        else:
            session.say(other_line(item, session.epoch) + "\n")
    if not shown:
        session.say(session.nothing())
