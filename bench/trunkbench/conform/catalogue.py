"""All cases, in the order in which they run, and their selection by group.

A group is a path such as `q931/user/U4/valid`; selections are paths with wildcards, and name a group with all
that is below it, or one case by its path or its id.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import replace

from trunkbench.conform.case import Case
from trunkbench.conform.q921 import broken, operation, recovery, tei_network, tei_user, transfer
from trunkbench.conform.q921 import link as data_link
from trunkbench.conform.q931 import (
    clearing,
    elements,
    expiry,
    glare,
    header,
    inopportune,
    link,
    restart,
    setup,
    status,
)
from trunkbench.errors import UsageError
from trunkwire.side import Side

_LETTERS = {"valid": "V", "inopportune": "I", "invalid": "S", "timers": "T"}
"""The letters of ETSI's test purposes: valid, inopportune, syntactically invalid, timers."""

_SOURCES = (
    setup.cases,
    glare.cases,
    clearing.cases,
    status.cases,
    restart.cases,
    link.cases,
    inopportune.cases,
    header.cases,
    elements.cases,
    expiry.cases,
    data_link.cases,
    operation.cases,
    recovery.cases,
    transfer.cases,
    broken.cases,
    tei_user.cases,
    tei_network.cases,
)


def catalogue(role: Side) -> tuple[Case, ...]:
    """Every case for an implementation in that role, numbered, by state and kind of behaviour."""
    found = [case for source in _SOURCES for case in source(role)]
    found.sort(key=_order)
    return tuple(_numbered(found))


def select(cases: Sequence[Case], patterns: Sequence[str]) -> tuple[Case, ...]:
    """The cases that any of the patterns names, all without a pattern. Raises UsageError for one that names
    none.
    """
    if not patterns:
        return tuple(cases)
    chosen: set[str] = set()
    for pattern in patterns:
        wanted = pattern.rstrip("/")
        found = {case.path for case in cases if _named(case, wanted)}
        if not found:
            raise UsageError(f"no case matches {pattern!r}; --list names the groups and the cases")
        chosen |= found
    return tuple(case for case in cases if case.path in chosen)


def _named(case: Case, pattern: str) -> bool:
    parts = case.path.split("/")
    above = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return fnmatch.fnmatchcase(case.id, pattern) or any(fnmatch.fnmatchcase(path, pattern) for path in above)


def _order(case: Case) -> tuple[str, tuple[int, str], int]:
    protocol, _role, state, kind = case.group.split("/")
    digits = "".join(c for c in state if c.isdigit())
    kinds = list(_LETTERS)
    return protocol, (int(digits or -1), state), kinds.index(kind)


def _numbered(cases: Sequence[Case]) -> Iterator[Case]:
    counts: dict[str, int] = {}
    for case in cases:
        protocol, role, state, kind = case.group.split("/")
        letters = "".join(c for c in state if c.isalpha()).upper()
        digits = "".join(c for c in state if c.isdigit())
        letters = letters or role[0].upper()
        place = f"{letters}{int(digits):02}" if digits else f"{role[0].upper()}_{letters}"
        stem = f"{protocol.upper()}.{place}_{_LETTERS[kind]}"
        counts[stem] = counts.get(stem, 0) + 1
        yield replace(case, id=f"{stem}_{counts[stem]:03}")
