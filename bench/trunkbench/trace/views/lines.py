"""`trunkbench decode`: one line a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.lines import HEADER, line, other_line
from trunkbench.trace.sides import How, inferred

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A title, a line for each frame and each other thing, and how the sides are known."""
    say = session.say
    titled = False
    hows: set[How] = set()
    for item in session.shown():
        if not titled:
            titled = True
            say(HEADER)
        assert session.epoch is not None
        if isinstance(item, Decoded):
            hows.add(item.how)
            say(line(item, session.epoch))
        else:
            say(other_line(item, session.epoch))
    if not titled:
        say(session.nothing())
    elif told := inferred(hows):
        say(told)
