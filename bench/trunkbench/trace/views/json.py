"""`trunkbench decode --json`: one object a line for each frame, in UTF-8."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from trunkbench.trace.bulk.batches import Batch

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A line for each frame and each other thing."""
    from trunkbench.trace.bulk.session import can, items
    from trunkbench.trace.objects import json_line

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


def writer() -> Callable[[bytes], object]:
    """A function that writes octets on standard output, whatever the terminal's encoding is."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:  # a text stream that someone has put in its place
        return lambda octets: sys.stdout.write(octets.decode("utf-8"))
    sys.stdout.flush()
    write: Callable[[bytes], object] = raw.write
    return write
