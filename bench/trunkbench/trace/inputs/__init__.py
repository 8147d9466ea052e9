"""Traces in whatever form the field has them: recognised by content, never by name.

`open_trace` looks at the first octets, picks the reader, and yields what the trace holds, in its order.
"""

from __future__ import annotations

from trunkbench.trace.inputs.options import InputOptions, Item

__all__ = ["InputOptions", "Item"]
