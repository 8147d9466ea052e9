"""Rows of LAPD's transition tables, and the tables by state and event (Q.921 Annex B is written so)."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import msgspec


class NamedState(enum.IntEnum):
    """Base of the states of LAPD's machines."""

    @property
    def title(self) -> str:
        """The state's name in words."""
        return self.name.lower().replace("_", " ").replace("tei", "TEI")


S = TypeVar("S", bound=NamedState)
E = TypeVar("E", bound=enum.IntEnum)
P = TypeVar("P", bound=Callable[..., Any])


class Row(msgspec.Struct, Generic[S, E, P], frozen=True):
    """One cell of a table: in `state`, `event` causes `actions` and leads to `next_state`, by `clause`."""

    state: S
    event: E
    actions: tuple[P, ...]
    next_state: S
    clause: str

    def __str__(self) -> str:
        """The row as one line of a page."""
        actions = ", ".join(action.__name__ for action in self.actions) or "nothing"
        return (
            f"{self.state.title}, {self.event.name}: {actions}; then {self.next_state.title} ({self.clause})"
        )


R = TypeVar("R", bound=Row[Any, Any, Any])


def compile_rows(rows: Iterable[R], states: Iterable[Any]) -> dict[Any, dict[Any, R]]:
    """The rows by state and event. Raises ValueError if two rows answer the same event in the same state."""
    transitions: dict[Any, dict[Any, R]] = {state: {} for state in states}
    for row in rows:
        if row.event in transitions[row.state]:
            raise ValueError(f"two rows for {row.event.name} in state {row.state.title}")
        transitions[row.state][row.event] = row
    return transitions
