"""`trunkbench decode --fields a,b,c`: Wireshark's fields, a line a packet, as `tshark -T fields` has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkbench.errors import UsageError
from trunkbench.trace.bulk.session import can, fields_lines
from trunkbench.trace.bulk.split import run
from trunkbench.trace.record import Foreign, Happening
from trunkbench.trace.wireshark.names import NAMES
from trunkbench.trace.wireshark.packets import line

if TYPE_CHECKING:
    from trunkbench.trace.session import Session


def show(session: Session) -> None:
    """A line for each packet of which the filters let something through."""
    names = wanted_names(session.arguments.fields)
    if can(session):
        run(session, lambda its, output: fields_lines(its, output, names))
        return
    if not session.filters:
        session.each_packet(lambda texts: session.write(line(texts, names)))
        return
    session.with_texts = True
    captured = session.trace.captured
    number = None
    for item in session.shown():
        if isinstance(item, Happening):
            continue
        its = item.number if isinstance(item, Foreign) else item.record.number
        if its != number or not captured:
            number = its
            session.write(line(session.texts_of(item), names))


def wanted_names(text: str) -> list[str]:
    """The names in a list separated by commas. Raises UsageError for one that does not exist."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in NAMES:
            import difflib

            near = difflib.get_close_matches(name, NAMES, 3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"--fields {name}: there is no such field{hint}")
    return names
