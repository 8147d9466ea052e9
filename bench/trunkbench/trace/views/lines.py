"""`trunkbench decode`: one line a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.lines import HEADER, Places, line, other_line, wrapped
from trunkbench.trace.sides import How, inferred

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A title, a line for each frame and each other thing; at the end what was inferred or found out."""
    width = session.terminal_width()
    say = session.say if width is None else lambda text: session.say(wrapped(text, width))
    titled = False
    hows: set[How] = set()
    places = Places()
    checked = {True: 0, False: 0}
    for item in session.shown():
        if not titled:
            titled = True
            say(HEADER)
        assert session.epoch is not None
        if isinstance(item, Decoded):
            hows.add(item.how)
            if item.record.fcs is not None:
                checked[item.record.fcs] += 1
            say(line(item, session.epoch, places))
        else:
            say(other_line(item, session.epoch))
    if not titled:
        say(session.nothing())
    if checked[True]:
        say(
            f"Frames end with their FCS (Q.921 2.7), found by checking it: {checked[True]} right, "
            f"{checked[False]} wrong."
        )
    if told := inferred(hows):
        say(told)
