"""`trunkbench decode --ladder`: each call as arrows between its two ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.ladders import WIDTH, ladder_of

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """The ladders of all calls of which something is shown."""
    frames = [item for item in session.shown() if isinstance(item, Decoded)]
    if session.filters and not frames:
        session.say(session.nothing())
        return
    width = session.terminal_width() or WIDTH
    session.say(ladder_of(frames, layer2=session.arguments.layer2, width=width).rstrip("\n"))
