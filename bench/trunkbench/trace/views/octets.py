"""`trunkbench decode -x`: every octet of every frame once, beside the fields that are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.trace.octets import octet_table
from trunkbench.trace.views.framewise import show_each

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A table of octets for each frame, and a line for each other thing."""
    show_each(session, octet_table)
