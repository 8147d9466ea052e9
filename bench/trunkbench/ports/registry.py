"""The back ends by name: what stands before the colon of a span's `port` in the config.

A back end is a module with `open_port(address, span) -> Port`, imported only when a config names it. It
raises PortError when what it needs is absent; the pytest plugin turns that into a skip with its reason.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from trunkbench.errors import ConfigError

if TYPE_CHECKING:
    from typing import Protocol

    from trunkbench.config import SpanConfig
    from trunkbench.device import Port

    class BackEnd(Protocol):
        """What a back end's module provides."""

        def open_port(self, address: str, span: SpanConfig) -> Port:
            """The port at that address, ready for its timeslots to be opened."""

        def list_ports(self) -> Sequence[tuple[str, str]]:
            """(address as a config writes it, what it is and can do) of every port found on this machine."""


BACK_ENDS = {
    "dahdi": "trunkbench.ports.dahdi",
    "e1d": "trunkbench.ports.e1d",
    "serial": "trunkbench.ports.serialcard",
}
"""Name -> module."""


def back_end(name: str) -> BackEnd:
    """The module of a back end. Raises ConfigError for a name that there is none of."""
    module = BACK_ENDS.get(name)
    if module is None:
        near = difflib.get_close_matches(name, ["loopback", *BACK_ENDS], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"there is no back end {name!r}: use loopback, {', '.join(BACK_ENDS)}{hint}")
    return cast("BackEnd", importlib.import_module(module))
