"""`[[span.terminal]]` of a bench's configuration: one terminal on the bus of a basic access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import msgspec

MOST_TERMINALS = 8
"""Terminals on one passive bus (I.430)."""

Bearer = Literal["speech", "3.1kHz", "64k"]
"""Bearer capabilities, by the names of a config: speech, 3.1 kHz audio, unrestricted 64 kbit/s."""

Mode = Literal["point-to-point", "point-to-multipoint"]

_Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]+$")]


class TerminalConfig(msgspec.Struct, frozen=True):
    """`[[span.terminal]]`: one terminal on the bus."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*$")]
    msn: tuple[_Digits, ...] = ()
    """Its multiple subscriber numbers; without any it takes calls to every number."""
    subaddress: Annotated[str, msgspec.Meta(min_length=1, max_length=20)] | None = None
    """Takes only those calls with a subaddress whose subaddress is this."""
    tei: Annotated[int, msgspec.Meta(ge=0, le=63)] | Literal["auto"] = "auto"
    """A fixed TEI, or `auto`: the network gives one (Q.921 5.3)."""
    bearer: tuple[Bearer, ...] = ("speech", "3.1kHz")
    """The bearer capabilities that it can serve."""
    calls: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    """How many calls it can have at a time; to one more it is busy (cause 17)."""


def contradictions(
    mode: Mode | None, terminals: Sequence[TerminalConfig], *, is_basic: bool, network_near: bool
) -> Iterator[str]:
    """What the keys of a basic access say against each other, or against another kind of span."""
    if not is_basic:
        if mode is not None:
            yield 'mode: belongs to a basic access; write kind = "bri", or leave it out'
        if terminals:
            yield 'terminal: belongs to a basic access; write kind = "bri", or leave it out'
        return
    if mode != "point-to-multipoint":
        if terminals:
            yield 'terminal: several terminals share a bus; write mode = "point-to-multipoint"'
        return
    if not network_near:
        yield "near: the terminals of a bus are at the far end, so that near must be 'network'"
    if not terminals:
        yield "terminal: is missing; name at least one terminal of the bus, opened by [[span.terminal]]"
    if len(terminals) > MOST_TERMINALS:
        yield f"terminal: there are {len(terminals)}; a bus has {MOST_TERMINALS} at most (I.430)"
    names = [terminal.name for terminal in terminals]
    teis = [terminal.tei for terminal in terminals]
    for index, terminal in enumerate(terminals):
        if terminal.name in names[:index]:
            yield f"terminal[{index}].name: {terminal.name!r} is the name of another terminal already"
        if terminal.tei != "auto" and terminal.tei in teis[:index]:
            yield f"terminal[{index}].tei: {terminal.tei} is the TEI of another terminal already"
        if not terminal.bearer:
            yield f"terminal[{index}].bearer: is empty; name what the terminal can serve"
