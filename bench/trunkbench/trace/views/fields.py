"""`trunkbench decode --fields a,b,c`: Wireshark's fields, a line a packet, as `tshark -T fields` has them."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from trunkbench.errors import UsageError
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.record import Foreign, Happening
from trunkbench.trace.wireshark.names import NAMES, NUMBER, TIME


def field_names() -> Collection[str]:
    """Every name that may be asked for."""
    return NAMES


def fields_of(item: Decoded | Happening | Foreign) -> dict[str, list[str]]:
    """Wireshark's fields of one frame or other thing."""
    record = item.record if isinstance(item, Decoded) else item
    time = f"{record.at_ns // 1_000_000_000}.{record.at_ns % 1_000_000_000:09d}"
    return {NUMBER: [str(record.number)], TIME: [time]}


def wanted_names(text: str) -> list[str]:
    """The names in a list separated by commas. Raises UsageError for one that does not exist."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, 3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"--fields {name}: there is no such field{hint}")
    return names
