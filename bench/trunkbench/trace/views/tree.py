"""`trunkbench decode -V`: every frame as a tree of its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.tree import tree
from trunkbench.trace.views.framewise import show_each

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A tree for each frame, and a line for each other thing."""
    show_each(session, tree)
