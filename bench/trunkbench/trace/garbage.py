"""What the garbage collector has to do while a trace is read: little."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def spared_collections() -> Iterator[None]:
    """Have the garbage collector look seldom, and at nothing that is there already: what is made for a frame
    is gone with it, and what is remembered stays."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
