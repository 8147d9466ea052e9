"""`trunkbench decode --parquet OUT`: a row a frame in OUT, a row a call in a file beside it (Apache Parquet).

pyarrow writes them; it comes with the extra `parquet` and is imported here only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from trunkbench.errors import FileError, UsageError
from trunkbench.trace.callrows import CallRow
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.record import UNTIMED, Foreign, Happening
from trunkbench.trace.views.calls import SelectedRows

if TYPE_CHECKING:
    from trunkbench.trace.session import Session, Shown

ROWS = 20_000
"""Rows that are written at a time."""

FRAME_COLUMNS: Mapping[str, str] = {
    "n": "int64",
    "t": "time",
    "dir": "string",
    "span": "string",
    "slot": "int16",
    "layer": "string",
    "sender": "string",
    "kind": "string",
    "sapi": "int16",
    "tei": "int16",
    "ns": "int16",
    "nr": "int16",
    "p_f": "bool",
    "message": "string",
    "reference": "int32",
    "to_originator": "bool",
    "call": "int64",
    "since_setup": "duration",
    "facts": "texts",
    "warnings": "texts",
    "remarks": "texts",
    "faults": "texts",
    "octets": "binary",
}
"""The columns of a frame and their types. What happened beside frames has its words in `facts`."""

CALL_COLUMNS: Mapping[str, str] = {
    "call": "int64",
    "reference": "int32",
    "origin": "string",
    "span": "string",
    "slot": "int16",
    "tei": "int16",
    "caller": "string",
    "called": "string",
    "channel": "int16",
    "bearer": "string",
    "setup": "time",
    "alerting": "time",
    "answer": "time",
    "clear": "time",
    "end": "time",
    "duration": "duration",
    "cleared_by": "string",
    "cause": "int16",
    "meaning": "string",
    "messages": "int32",
    "retransmissions": "int32",
    "anomalies": "texts",
    "cut": "string",
    "first_frame": "int64",
    "last_frame": "int64",
}
"""The columns of a call, by the names that CSV and JSON have, and their types."""


def show(session: Session) -> None:
    """Write both files, and say how many rows they have."""
    out = Path(session.arguments.parquet)
    beside = out.with_name(f"{out.name.removesuffix('.parquet')}.calls.parquet")
    filters = session.filters
    calls = SelectedRows(None if filters is None else dataclasses.replace(filters))
    with _Table(out, FRAME_COLUMNS) as frames, _Table(beside, CALL_COLUMNS) as rows:

        def everything() -> Iterator[Shown]:
            for item in session.decoded():
                for row in calls.feed(item):
                    rows.add(call_values(row))
                yield item

        for item in everything() if filters is None else filters.select(everything()):
            frames.add(frame_values(item))
        for row in calls.finish(session.decoder.finish()):
            rows.add(call_values(row))
    session.say(f"{out}: {frames.count} frames; {beside}: {rows.count} calls")


def frame_values(item: Decoded | Happening | Foreign) -> tuple[Any, ...]:
    """A row of `FRAME_COLUMNS`."""
    if not isinstance(item, Decoded):
        row: dict[str, Any] = dict.fromkeys(FRAME_COLUMNS)
        row |= {"n": item.number or None, "t": _told(item.at_ns), "facts": [item.what]}
        if isinstance(item, Happening):
            row |= {"span": item.span or None, "slot": item.slot or None}
        return tuple(row.values())
    record, layer2, message = item.record, item.layer2, item.message
    has_link = bool(layer2.kind)
    numbered = layer2.kind == "I"
    setup_ns = None if item.call is None else item.call.setup_ns
    return (
        record.number or item.order + 1,
        _told(record.at_ns),
        record.direction.value,
        record.span or None,
        record.slot or None,
        record.layer.value,
        None if item.sender is None else item.sender.value,
        layer2.kind or None,
        layer2.sapi if has_link else None,
        layer2.tei if has_link else None,
        layer2.n_s if numbered else None,
        layer2.n_r if numbered or layer2.kind in ("RR", "RNR", "REJ") else None,
        layer2.p_f if has_link else None,
        item.name or None,
        None if message is None else message.reference,
        None if message is None else message.to_originator,
        None if item.call is None else item.call.number,
        None if setup_ns is None or UNTIMED in (setup_ns, record.at_ns) else record.at_ns - setup_ns,
        list(item.facts),
        list(item.warnings),
        list(item.remarks),
        [f"octet {fault.offset}: {fault.text}" for fault in item.faults],
        record.data,
    )


def _told(at_ns: int | None) -> int | None:
    """A time, None where the trace does not tell it."""
    return None if at_ns == UNTIMED else at_ns


def call_values(row: CallRow) -> tuple[Any, ...]:
    """A row of `CALL_COLUMNS`."""
    return (
        row.number,
        row.reference,
        row.origin or None,
        row.span or None,
        row.slot or None,
        row.tei,
        row.caller or None,
        row.called or None,
        row.channel,
        row.bearer or None,
        _told(row.setup_ns),
        _told(row.alerting_ns),
        _told(row.answer_ns),
        _told(row.clear_ns),
        _told(row.end_ns),
        row.duration_ns,
        row.cleared_by or None,
        row.cause,
        row.meaning or None,
        row.messages,
        row.retransmissions,
        list(row.anomalies),
        row.cut or None,
        row.first,
        row.last,
    )


class _Table:
    """One Parquet file that grows by `ROWS` rows. Raises UsageError without pyarrow, FileError if the file
    cannot be made."""

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        arrow, parquet = _pyarrow()
        types: Mapping[str, Callable[[], Any]] = {
            "int16": arrow.int16,
            "int32": arrow.int32,
            "int64": arrow.int64,
            "bool": arrow.bool_,
            "string": arrow.string,
            "binary": arrow.binary,
            "time": lambda: arrow.timestamp("ns", "UTC"),
            "duration": lambda: arrow.duration("ns"),
            "texts": lambda: arrow.list_(arrow.string()),
        }
        self._schema = arrow.schema([(name, types[kind]()) for name, kind in columns.items()])
        self._arrow = arrow
        self._rows: list[tuple[Any, ...]] = []
        self.count = 0
        try:
            self._writer = parquet.ParquetWriter(str(path), self._schema)
        except OSError as error:
            raise FileError(f"{path}: cannot be written ({error.strerror or error})") from error

    def add(self, row: tuple[Any, ...]) -> None:
        """Take one row."""
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = [
                self._arrow.array(column, kind)
                for column, kind in zip(zip(*self._rows, strict=True), self._schema.types, strict=True)
            ]
            self._writer.write_table(self._arrow.Table.from_arrays(columns, schema=self._schema))
            self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._flush()
        self._writer.close()


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError(
            "--parquet needs pyarrow, which is not installed: pip install 'trunkbench[parquet]'; "
            "--calls --csv and --json need nothing more"
        ) from None
    return pyarrow, pyarrow.parquet
