"""A session's trace read in bulk: batches of ordinary frames, the rest decoded as the session does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from trunkbench.trace.bulk.batches import AnyTap, Batch, read_batches, read_frames
from trunkbench.trace.capture import Damage, Packet
from trunkbench.trace.inputs.packets import Carriers
from trunkbench.trace.record import UNTIMED, Audio, FrameRecord

if TYPE_CHECKING:
    from trunkbench.trace.bulk.split import Output
    from trunkbench.trace.callrows import CallRow
    from trunkbench.trace.inputs.options import Item
    from trunkbench.trace.session import Session, Shown

_MOST_ALONE = 4096
"""Packets that are read one by one and make a part of the output."""


def can(session: Session) -> bool:
    """Whether the session's trace may be read in bulk: a capture of which everything is to be shown."""
    return session.plain and session.trace.captured


def items(session: Session, make: Callable[[FrameRecord], AnyTap]) -> Iterator[Batch[AnyTap] | Shown]:
    """What `session.shown` yields, runs of ordinary frames as batches with the taps that `make` makes."""
    trace = session.trace
    for item in read_frames(trace.source, session.name, session.options, trace, make):
        if isinstance(item, Batch):
            yield item
            session.progress.step(item.count)
        elif _told(session, item):
            if isinstance(item, FrameRecord):
                frame = session.decoder.decode(item)
                session.broken += frame.broken
                yield frame
            elif not isinstance(item, Damage | Audio):
                yield item
    _below(session)


def json_lines(session: Session, output: Output) -> None:
    """`--json`."""
    from trunkbench.trace.bulk.json import JsonBulk
    from trunkbench.trace.objects import json_line

    bulk = JsonBulk(session.decoder)
    alone = 0
    for item in items(session, bulk.tap):
        if not isinstance(item, Batch):
            alone += 1
            if output.mine:
                output.write(json_line(item) + b"\n")
            if alone % _MOST_ALONE == 0:
                output.end()
            continue
        if output.mine:
            for lines in bulk.lines(item):
                output.write(lines)
        else:
            bulk.pass_over(item)
        output.end()


def fields_lines(session: Session, output: Output, names: Sequence[str]) -> None:
    """`--fields`."""
    from trunkbench.trace.bulk.fields import FieldsBulk
    from trunkbench.trace.wireshark.packets import PacketFields, line

    trace = session.trace
    fields = PacketFields()
    bulk = FieldsBulk(names, fields)
    carriers = Carriers(session.name, session.options, trace)
    alone = 0
    for item in read_batches(trace.source, session.name, bulk.tap):
        if isinstance(item, Batch):
            if output.mine:
                output.write(bulk.lines(item))
            else:
                bulk.pass_over(item)
            session.progress.step(item.count)
            output.end()
        elif isinstance(item, Damage):
            session.damage(item)
        elif isinstance(item, Packet):
            alone += 1
            texts = fields.packet(item)
            if output.mine:
                output.write(line(texts, names).encode() + b"\n")
            for told in carriers.take(item):
                _told(session, told)
            if alone % _MOST_ALONE == 0:
                output.end()
    for told in carriers.finish():
        _told(session, told)
    _below(session)


def call_rows(session: Session) -> Iterator[CallRow]:
    """The rows of `--calls`."""
    from trunkbench.trace.bulk.calls import CallsBulk
    from trunkbench.trace.decoder import Decoded

    bulk = CallsBulk(session.decoder)
    for item in items(session, bulk.tap):
        if isinstance(item, Batch):
            yield from bulk.rows(item)
        elif isinstance(item, Decoded):
            yield from bulk.feed(item)
    yield from bulk.finish()


def _told(session: Session, item: Item) -> bool:
    """An item has been read; whether it is something to show."""
    if isinstance(item, Damage):
        session.damage(item)
        return False
    session.progress.step()
    if session.epoch is None or session.epoch == UNTIMED:
        session.epoch = item.at_ns
    return True


def _below(session: Session) -> None:
    """What was found wrong below the capture (compression)."""
    source = session.trace.source
    for problem in source.problems:
        session.damage(problem)
    source.problems.clear()
