"""What `trunkbench decode` can make of a trace: the table of its outputs.

Each output is a module with a function `show(session)`: it takes what it needs from the `Session` (what the
trace holds, decoded and filtered; the arguments; a way to print) and is imported only when it is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import msgspec

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


class View(msgspec.Struct, frozen=True):
    """One output: where its function is, and whether it writes while it reads (else at the end)."""

    module: str
    function: str = "show"
    streams: bool = True

    def show(self, session: Session) -> None:
        """Make the output."""
        function = getattr(importlib.import_module(self.module), self.function)
        cast("Callable[[Session], None]", function)(session)


VIEWS: Mapping[str, View] = MappingProxyType(
    {
        "lines": View("trunkbench.trace.views.lines"),
        "verbose": View("trunkbench.trace.views.tree"),
        "octets": View("trunkbench.trace.views.octets"),
        "json": View("trunkbench.trace.views.json"),
        "fields": View("trunkbench.trace.views.fields"),
        "calls": View("trunkbench.trace.views.calls", streams=False),
        "ladder": View("trunkbench.trace.views.ladder", streams=False),
        "page": View("trunkbench.trace.page", streams=False),
        "pcapng": View("trunkbench.trace.export.pcapng", streams=False),
        "wav": View("trunkbench.trace.export.wav", streams=False),
        "parquet": View("trunkbench.trace.views.parquet", streams=False),
    }
)
"""Every output by its name; which one is meant, `trunkbench.cli.decode` finds out from the arguments."""
