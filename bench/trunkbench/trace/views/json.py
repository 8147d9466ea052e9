"""`trunkbench decode --json`: one object a line for each frame, in UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.bulk.batches import Batch

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A line for each frame and each other thing."""
    from trunkbench.trace.bulk.session import can, items
    from trunkbench.trace.objects import json_line
    from trunkbench.trace.output import writer

    write = writer()
    if can(session):
        from trunkbench.trace.bulk.json import JsonBulk

        bulk = JsonBulk(session.decoder)
        for item in items(session, bulk.tap):
            for lines in bulk.lines(item) if isinstance(item, Batch) else [json_line(item) + b"\n"]:
                write(lines)
        return
    for shown in session.shown():
        write(json_line(shown) + b"\n")
