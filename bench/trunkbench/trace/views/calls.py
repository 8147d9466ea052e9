"""`trunkbench decode --calls`: a row a call, as a table, as comma-separated values, or as JSON."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.callrows import CallRow, CallRows
from trunkbench.trace.calls import TracedCall
from trunkbench.trace.calltable import CSV_HEADER, UNLIMITED, csv_line, json_line, table_lines
from trunkbench.trace.decoder import Decoded

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """The rows of all calls that the filters choose, or of which they let a frame through."""
    show_rows(session, selected_rows(session))


def show_rows(session: Session, rows: Iterable[CallRow]) -> None:
    """Print rows in the form that the arguments ask for."""
    arguments, say = session.arguments, session.say
    if arguments.json:
        for row in rows:
            session.write(json_line(row))
    elif arguments.csv:
        session.write(CSV_HEADER)
        for row in rows:
            session.write(csv_line(row))
    else:
        shown = False
        for text in table_lines(rows, lambda: session.epoch or 0, _width()):
            shown = True
            say(text)
        if not shown:
            say(session.nothing() if session.filters or session.epoch is None else "No call in this trace.")


def selected_rows(session: Session) -> Iterator[CallRow]:
    """The rows of whole calls; one is left out unless the filters want its call and any frame of it."""
    filters, rows = session.filters, CallRows()
    touched: set[int] = set()
    refused: set[int] = set()

    def judge(calls: Iterable[TracedCall]) -> None:
        for call in calls:
            if (filters.of_calls and not filters.verdict(call)) or (
                filters.of_frames and call.number not in touched
            ):
                refused.add(call.number)
            touched.discard(call.number)

    for item in session.decoded():
        if not isinstance(item, Decoded):
            filters.wants_frame(item)
            continue
        judge(item.closed)
        for row in rows.feed(item):
            if row.number not in refused:
                yield row
            refused.discard(row.number)
        if filters:
            filters.note(item)
            if filters.wants_frame(item) and item.call is not None:
                touched.add(item.call.number)
    left = session.decoder.finish()
    judge(left)
    yield from (row for row in rows.finish(left) if row.number not in refused)


def _width() -> int:
    """Columns of the terminal; no limit where the table goes to a file."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return max(shutil.get_terminal_size().columns, 60)
    return UNLIMITED
