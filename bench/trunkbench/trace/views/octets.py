"""`trunkbench decode -x`: every octet of every frame once, beside the fields that are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.lines import fitted, other_line
from trunkbench.trace.octets import octet_table

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A table of octets for each frame, and a line for each other thing."""
    width = session.terminal_width()
    shown = False
    for item in session.shown():
        shown = True
        assert session.epoch is not None
        if isinstance(item, Decoded):
            session.say(fitted(octet_table(item, session.epoch), width))
        else:
            session.say(other_line(item, session.epoch) + "\n")
    if not shown:
        session.say(session.nothing())
