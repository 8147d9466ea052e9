"""Emergency numbers, and the ways in which a longer number reaches one.

A public port never dials them (`trunkbench.ports.guard`), and an allowlist that could lead to one is refused
with the configuration. China's are 110, 119, 120 and 122; GSM's and Europe's is 112; a bench travels, so
other countries' are in the list too.
"""

from __future__ import annotations

import re

EMERGENCY_NUMBERS = frozenset(
    {"110", "119", "120", "122", "112", "911", "999", "000", "111", "113", "115", "117", "118"}
)

_SERVICE_CODE = re.compile(r"^[*#]+[0-9]*[*#]*")
"""A supplementary service's code in front of a number, such as *31# or #31# (ETS 300 738)."""

_OUTSIDE_LINES = ("", "0", "00", "9", "99", "8", "1")
"""Digits that get an outside line on a private exchange."""


def emergency_in(number: str) -> str | None:
    """The emergency number that dialling `number` may reach; None if there is none.

    It does when it begins with one, since a switch may route as soon as that is complete, and when it is one
    behind the code of a supplementary service or the digit for an outside line.
    """
    for short in sorted(EMERGENCY_NUMBERS):
        if number.startswith(short):
            return short
    if number[:1] in ("*", "#"):
        return emergency_in(number.lstrip("*#")) or emergency_in(_SERVICE_CODE.sub("", number))
    bare = number.rstrip("*#")
    for short in sorted(EMERGENCY_NUMBERS):
        if any(bare == prefix + short for prefix in _OUTSIDE_LINES):
            return short
    return None
