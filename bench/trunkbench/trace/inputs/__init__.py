"""Traces in whatever form the field has them: recognised by content, never by name.

`open_trace` looks at the first octets, picks the reader, and yields what the trace holds, in its order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.inputs.options import InputOptions, Item

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace, open_trace
    from trunkbench.trace.inputs.source import Source

__all__ = ["InputOptions", "Item", "Source", "Trace", "open_trace"]

_LATER = {"Source": "source", "Trace": "opening", "open_trace": "opening"}


def __getattr__(name: str) -> object:
    """Imported when first asked for (PEP 562), since `open_trace` imports every reader's registry."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
