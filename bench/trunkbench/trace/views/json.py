"""`trunkbench decode --json`: one object a line for each frame, in UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.bulk.session import can, json_lines
from trunkbench.trace.bulk.split import run
from trunkbench.trace.output import writer

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A line for each frame and each other thing."""
    if can(session):
        run(session, json_lines)
        return
    from trunkbench.trace.objects import json_line

    write = writer()
    for item in session.shown():
        write(json_line(item) + b"\n")
