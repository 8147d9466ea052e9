"""A session's trace read in bulk: batches of ordinary frames, the rest decoded as the session does it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.bulk.batches import AnyTap, Batch, read_frames
from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs.packets import CAPTURES
from trunkbench.trace.record import Audio, FrameRecord

if TYPE_CHECKING:
    from trunkbench.trace.session import Session, Shown

_NS = 1_000_000_000


def can(session: Session) -> bool:
    """Whether the session's trace may be read in bulk: a capture of which everything is to be shown."""
    return session.plain and session.trace.source.peek(4) in CAPTURES


def items(session: Session, make: Callable[[FrameRecord], AnyTap]) -> Iterator[Batch[AnyTap] | Shown]:
    """What `session.shown` yields, runs of ordinary frames as batches with the taps that `make` makes."""
    trace = session.trace
    spare_collections()
    for item in read_frames(trace.source, session.name, session.options, trace, make):
        if isinstance(item, Batch):
            session.progress.step(len(item.frames))
            if session.epoch is None:
                session.epoch = item.seconds[0] * _NS + item.nanos[0]
            yield item
        elif isinstance(item, Damage):
            session.damage(item)
        else:
            session.progress.step()
            if session.epoch is None:
                session.epoch = item.at_ns
            if isinstance(item, FrameRecord):
                frame = session.decoder.decode(item)
                session.broken += frame.broken
                yield frame
            elif not isinstance(item, Audio):
                yield item
    for problem in trace.source.problems:
        session.damage(problem)
    trace.source.problems.clear()


def spare_collections() -> None:
    """Have the garbage collector look seldom, and at nothing that is there already: what is made for a frame
    is gone with it, and what is remembered stays."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
