"""`trunkbench decode`: one line a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.ladders import inference
from trunkbench.trace.lines import HEADER, line, other_line

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A title, a line for each frame and each other thing, and how the sides are known."""
    say = session.say
    titled = False
    hows: dict[object, Decoded] = {}
    for item in session.shown():
        if not titled:
            titled = True
            say(HEADER)
        assert session.epoch is not None
        if isinstance(item, Decoded):
            hows.setdefault(item.how, item)
            say(line(item, session.epoch))
        else:
            say(other_line(item, session.epoch))
    if not titled:
        say(session.nothing())
    elif told := inference(hows.values()):
        say(told)
