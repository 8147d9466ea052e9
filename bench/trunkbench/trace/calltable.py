"""The rows of calls as text: a table that fits its terminal, comma-separated values, JSON.

Times in the table are seconds from the trace's beginning, those of alerting, answer and clearing from the
call's own SETUP; in CSV and JSON all are seconds since 1970 with nine digits, as in the JSON of frames.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

import msgspec
from msgspec import Raw
from msgspec.structs import astuple

from trunkbench.trace.callrows import CallRow
from trunkbench.trace.lines import seconds
from trunkbench.trace.record import UNTIMED

SAMPLE = 200
"""Rows by which the columns are made wide enough; a later one that is wider pushes its line out."""
UNLIMITED = 1_000_000
_EXACT = 10**15
"""Nanoseconds below which a float of seconds has each of them."""

Cell = Callable[[CallRow, int], str]


def nanoseconds(ns: int | None) -> str | None:
    """Nanoseconds as seconds with nine digits, None for None and where the trace tells no time."""
    if ns is None:
        return None
    if ns >= 1_000_000_000:
        digits = str(ns)
        return f"{digits[:-9]}.{digits[-9:]}"
    if ns == UNTIMED:
        return None
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    return f"{sign}{ns // 1_000_000_000}.{ns % 1_000_000_000:09d}"


def values(row: CallRow) -> dict[str, object]:
    """A row's values by the names that CSV and JSON give them."""
    return {
        "call": row.number,
        "reference": row.reference,
        "origin": row.origin or None,
        "span": row.span or None,
        "slot": row.slot or None,
        "tei": row.tei,
        "caller": row.caller or None,
        "called": row.called or None,
        "channel": row.channel,
        "bearer": row.bearer or None,
        "setup": nanoseconds(row.setup_ns),
        "alerting": nanoseconds(row.alerting_ns),
        "answer": nanoseconds(row.answer_ns),
        "clear": nanoseconds(row.clear_ns),
        "end": nanoseconds(row.end_ns),
        "duration": nanoseconds(row.duration_ns),
        "cleared_by": row.cleared_by or None,
        "cause": row.cause,
        "meaning": row.meaning or None,
        "messages": row.messages,
        "retransmissions": row.retransmissions,
        "anomalies": row.anomalies,
        "cut": row.cut or None,
        "first_frame": row.first,
        "last_frame": row.last,
    }


_SPECIAL = re.compile('[,"\r\n]')
"""What makes a value be put in quotes."""
_NAMES = tuple(CallRow.__struct_fields__)
CSV_HEADER = (
    "call,reference,origin,span,slot,tei,caller,called,channel,bearer,setup,alerting,answer,clear,end,duration,"
    "cleared_by,cause,meaning,messages,retransmissions,anomalies,cut,first_frame,last_frame"
)
"""The names of `values` in their order."""

_encode = msgspec.json.Encoder().encode


def json_line(row: CallRow) -> str:
    """A row as a JSON object, without a line end. What a call lacks is null."""
    return _encode(values(row)).decode()


def csv_line(row: CallRow) -> str:
    """A row as comma-separated values (RFC 4180), without a line end. What a call lacks is empty; anomalies
    are separated by " | ".
    """
    (
        number, reference, origin, span, slot, tei, caller, called, channel, bearer, setup, alerting, answer,
        clear, end, cleared_by, cause, messages, again, anomalies, first, last, cut,
    ) = astuple(row)  # fmt: skip
    # A JSON array is comma-separated values, too, if its texts are put in as they are.
    array = _encode(
        (
            number,
            reference,
            _link(origin, span, slot, tei),
            Raw(caller if caller.isalnum() else _quoted(caller)),
            Raw(called if called.isalnum() else _quoted(called)),
            _NOTHING if channel is None else channel,
            _word(bearer),
            Raw(_times(setup, alerting, answer, clear, end)),
            _NOTHING if answer is None or clear is None else Raw(_duration_of(answer, clear)),
            _clearing(cleared_by, cause, row.meaning if cause is not None else ""),
            messages,
            again,
            Raw(_quoted(" | ".join(anomalies))) if anomalies else _NOTHING,
            _word(cut) if cut else _NOTHING,
            first,
            last,
        )
    )
    return array.decode().strip("[]")


_NOTHING = Raw(b"")


def _times(*times: int | None) -> bytes:
    """The five times of a call as comma-separated values."""
    try:
        array = _encode(times)
    except OverflowError:  # UNTIMED
        array = b""
    if array[20::20] == b",,,,]":  # it has them all, with nineteen digits
        return b".".join(_at_points(array, 1))
    return ",".join(nanoseconds(at_ns) or "" for at_ns in times).encode()


_at_points = struct.Struct("10s20s20s20s20s9s").unpack_from


def _duration_of(answer: int, clear: int) -> str:
    """From a call's answer to its clearing as a value."""
    duration = clear - answer
    if 0 <= duration < _EXACT and answer != UNTIMED:
        return "%.9f" % (duration / 1e9)  # the fastest
    return "" if UNTIMED in (answer, clear) else nanoseconds(duration) or ""


def _quoted(text: str) -> str:
    if not text or not _SPECIAL.search(text):
        return text
    return '"' + text.replace('"', '""') + '"'


@lru_cache(1024)
def _word(text: str) -> Raw:
    """A value that recurs."""
    return Raw(_quoted(text))


@lru_cache(1024)
def _link(origin: str, span: str, slot: int, tei: int | None) -> Raw:
    """The values from "origin" to "tei"."""
    return Raw(f"{origin},{_quoted(span)},{slot or ''},{'' if tei is None else tei}")


@lru_cache(1024)
def _clearing(cleared_by: str, cause: int | None, meaning: str) -> Raw:
    """The values from "cleared_by" to "meaning"."""
    return Raw(f"{cleared_by},{'' if cause is None else cause},{_quoted(meaning)}")


def _since_setup(at_ns: int | None, row: CallRow) -> str:
    if at_ns is None or UNTIMED in (at_ns, row.setup_ns):
        return "-"
    return "?" if row.setup_ns is None else seconds(at_ns - row.setup_ns)[:-3]


def _slot(row: CallRow, epoch: int) -> str:
    """The timeslot of the D channel."""
    return str(row.slot) if row.slot else "-"


def _setup(row: CallRow, epoch: int) -> str:
    return "-" if row.setup_ns is None or row.setup_ns == UNTIMED else seconds(row.setup_ns - epoch)[:-3]


def _duration(row: CallRow) -> str:
    return "-" if row.duration_ns is None else seconds(row.duration_ns)[:-3]


def _cause(row: CallRow) -> str:
    return "-" if row.cause is None else f"{row.cause} {row.meaning}"


_NARROW: Mapping[str, Cell] = {
    "call": lambda row, epoch: str(row.number),
    "caller": lambda row, epoch: row.caller or "-",
    "called": lambda row, epoch: row.called or "-",
    "ch": lambda row, epoch: "-" if row.channel is None else str(row.channel),
    "setup": _setup,
    "answer": lambda row, epoch: _since_setup(row.answer_ns, row),
    "duration": lambda row, epoch: _duration(row),
    "by": lambda row, epoch: row.cleared_by or "-",
    "cause": lambda row, epoch: _cause(row),
}
_WIDE: Mapping[str, Cell] = {
    "call": _NARROW["call"],
    "ref": lambda row, epoch: str(row.reference),
    "from": lambda row, epoch: row.origin or "-",
    "caller": _NARROW["caller"],
    "called": _NARROW["called"],
    "span": lambda row, epoch: row.span or "-",
    "ch": _NARROW["ch"],
    "bearer": lambda row, epoch: row.bearer or "-",
    "setup": _setup,
    "alerting": lambda row, epoch: _since_setup(row.alerting_ns, row),
    "answer": _NARROW["answer"],
    "clear": lambda row, epoch: _since_setup(row.clear_ns, row),
    "duration": _NARROW["duration"],
    "by": _NARROW["by"],
    "msgs": lambda row, epoch: str(row.messages),
    "again": lambda row, epoch: str(row.retransmissions),
    "cause": _NARROW["cause"],
}
_RIGHT = frozenset(
    {"call", "slot", "ref", "ch", "setup", "alerting", "answer", "clear", "duration", "msgs", "again"}
)
WIDE_FROM = 130
"""Terminal columns from which the table has all its columns."""


def table_lines(rows: Iterable[CallRow], epoch: Callable[[], int], width: int) -> Iterator[str]:
    """The lines of a table no wider than `width` where that can be: a title, a line a row, and below a row
    what is odd about its call. `epoch` gives the time from which seconds count, once there is a row.
    """
    columns = _WIDE if width >= WIDE_FROM else _NARROW
    sample: list[CallRow] = []
    rows = iter(rows)
    for row in rows:
        sample.append(row)
        if len(sample) == SAMPLE:
            break
    if not sample:
        return
    if columns is _WIDE and not any(row.span for row in sample):
        columns = {name: cell for name, cell in _WIDE.items() if name != "span"}
    if len({(row.span, row.slot) for row in sample if row.slot}) > len(
        {row.span for row in sample if row.slot}
    ):
        columns = {**dict([*columns.items()][:3]), "slot": _slot, **dict([*columns.items()][3:])}
    start = epoch()
    cells = [[cell(row, start) for cell in columns.values()] for row in sample]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    sides = (">" if name in _RIGHT else "<" for name in columns)
    line = "  ".join(f"{{:{side}{size}}}" for side, size in zip(sides, widths, strict=True)).format
    yield line(*columns).rstrip()
    making = columns.values()
    again = "again" in columns
    indent = sum(widths[:-1]) + 2 * (len(widths) - 1)
    for row in itertools.chain(sample, rows):
        texts = [cell(row, start) for cell in making]
        if len(texts[-1]) <= width - indent and not (row.cut or row.anomalies or row.retransmissions):
            yield line(*texts).rstrip()
        else:
            yield from _long(row, texts, line, widths, width, again)


def _long(
    row: CallRow, texts: list[str], line: Callable[..., str], widths: list[int], width: int, again: bool
) -> Iterator[str]:
    """A row, its last column wrapped, then what is odd; `again` says that a column tells of repetitions."""
    import textwrap  # which takes long to import

    indent = sum(widths[:-1]) + 2 * (len(widths) - 1)
    room = max(width - indent, 12)
    last = [texts[-1]] if len(texts[-1]) <= room else textwrap.wrap(texts[-1], room)
    yield line(*texts[:-1], last[0]).rstrip()
    yield from (" " * indent + text for text in last[1:])
    margin = " " * (widths[0] + 2)
    notes = [row.cut] if row.cut else []
    if row.retransmissions and not again:
        notes.append(f"{row.retransmissions} retransmissions")
    for note in (*notes, *row.anomalies):
        yield from textwrap.wrap(f"! {note}", width, initial_indent=margin, subsequent_indent=margin + "  ")
