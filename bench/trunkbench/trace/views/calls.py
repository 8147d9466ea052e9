"""`trunkbench decode --calls`: a row a call, as a table, as comma-separated values, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from trunkbench.trace.bulk.session import call_rows, can
from trunkbench.trace.callrows import CallRow, CallRows
from trunkbench.trace.calls import TracedCall
from trunkbench.trace.calltable import CSV_HEADER, UNLIMITED, csv_line, json_line, table_lines
from trunkbench.trace.decoder import Decoded

if TYPE_CHECKING:
    from trunkbench.trace.filters import Filters, Shown
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
        for text in table_lines(rows, lambda: session.epoch or 0, session.terminal_width() or UNLIMITED):
            shown = True
            say(text)
        if not shown:
            say(session.nothing() if session.filters or session.epoch is None else "No call in this trace.")


def selected_rows(session: Session) -> Iterator[CallRow]:
    """The rows of the calls that the session's filters let through."""
    if can(session):
        yield from call_rows(session)
        return
    selected = SelectedRows(session.filters)
    for item in session.decoded():
        yield from selected.feed(item)
    yield from selected.finish(session.decoder.finish())


class SelectedRows:
    """The rows of whole calls; one is left out unless the filters want its call and any frame of it."""

    def __init__(self, filters: Filters | None) -> None:
        self._filters = filters
        self._rows = CallRows()
        self._touched: set[int] = set()
        self._refused: set[int] = set()

    def feed(self, item: Shown) -> Iterator[CallRow]:
        """Take everything of a trace in its order; the rows that have become ready."""
        filters = self._filters
        if not isinstance(item, Decoded):
            if filters is not None:
                filters.wants_frame(item)
            return
        self._judge(item.closed)
        yield from self._wanted(self._rows.feed(item))
        if filters is not None:
            filters.note(item)
            if filters.wants_frame(item) and item.call is not None:
                self._touched.add(item.call.number)

    def finish(self, left: Sequence[TracedCall]) -> Iterator[CallRow]:
        """The trace is over, and `left` are the calls that were still open."""
        self._judge(left)
        yield from self._wanted(self._rows.finish(left))

    def _judge(self, calls: Iterable[TracedCall]) -> None:
        filters = self._filters
        if filters is None:
            return
        for call in calls:
            unwanted = filters.of_calls and not filters.verdict(call)
            if unwanted or (filters.of_frames and call.number not in self._touched):
                self._refused.add(call.number)
            self._touched.discard(call.number)

    def _wanted(self, rows: Iterable[CallRow]) -> Iterator[CallRow]:
        for row in rows:
            if row.number in self._refused:
                self._refused.discard(row.number)
            else:
                yield row
