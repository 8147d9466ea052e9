"""The words in which Wireshark's reading of an information element is declared, and what carries them out.

A reading is a tuple of steps. Each takes octets off the front of what is left of the element's contents and
adds fields, named without their leading "q931.". A step that needs an octet where none is left ends the whole
reading, as in tshark. "Last" is the octet that was taken last.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping

from trunkbench.trace.wireshark.names import FORMS

EXTENSION = 0x80
"""Bit 8: 0 = the group goes on (Q.931 4.5.1)."""

Fields = list[tuple[str, str]]


class _End(Exception):
    """The reading ends here."""


class State:
    """One pass over an element's contents."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.rest = body
        self.last = 0
        self.fields: Fields = []

    def take(self) -> int:
        """The next octet, which becomes the last one."""
        if not self.rest:
            raise _End
        self.last, self.rest = self.rest[0], self.rest[1:]
        return self.last

    def add(self, name: str, octet: int) -> None:
        """The field that `octet` holds under the name's mask."""
        name = f"q931.{name}"
        self.fields.append((name, FORMS[name].of(octet)))

    def add_octets(self, name: str, octets: bytes) -> None:
        """A field of octets or text."""
        name = f"q931.{name}"
        self.fields.append((name, FORMS[name].of_octets(octets)))

    def run(self, steps: tuple[Step, ...]) -> None:
        """Carry out the steps in turn."""
        for step in steps:
            step.run(self)


class Step(ABC):
    """Base of all steps. None of them is ever changed."""

    __slots__ = ()

    @abstractmethod
    def run(self, state: State) -> None:
        """Take octets from `state` and add fields to it."""


class _Named(Step):
    """A step for one field."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Octet(Step):
    """One octet, shown under each of the names."""

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names

    def run(self, state: State) -> None:
        octet = state.take()
        for name in self.names:
            state.add(name, octet)


class Peek(Octet):
    """One octet, shown and left where it is: tshark reads it again."""

    __slots__ = ()

    def run(self, state: State) -> None:
        Octet.run(self, state)
        state.rest = bytes((state.last,)) + state.rest


class Each(Step):
    """Every octet that is left, shown under each of the names; with `extended`, only as far as the extension
    bits say."""

    __slots__ = ("extended", "names")

    def __init__(self, *names: str, extended: bool = False) -> None:
        self.names = names
        self.extended = extended

    def run(self, state: State) -> None:
        while state.rest:
            octet = state.take()
            for name in self.names:
                state.add(name, octet)
            if self.extended and octet & EXTENSION:
                return


class Rest(Step):
    """All octets that are left in one field, or `count` of them; they stay where they are."""

    __slots__ = ("count", "name")

    def __init__(self, name: str, count: int | None = None) -> None:
        self.name = name
        self.count = count

    def run(self, state: State) -> None:
        if self.count is not None and len(state.rest) < self.count:
            raise _End
        state.add_octets(self.name, state.rest[: self.count])


class Some(_Named):
    """As `Rest`, if at least one octet is left."""

    __slots__ = ()

    def run(self, state: State) -> None:
        if state.rest:
            state.add_octets(self.name, state.rest)


class Extended(Step):
    """Steps of which each is taken only if the last octet's extension bit is 0."""

    __slots__ = ("steps",)

    def __init__(self, *steps: Step) -> None:
        self.steps = steps

    def run(self, state: State) -> None:
        for step in self.steps:
            if state.last & EXTENSION:
                return
            step.run(state)


class Switch(Step):
    """Steps chosen by the bits of an octet under `mask`: the `first` of the contents, the `next` (which has
    to be there) or the `last` one."""

    __slots__ = ("cases", "mask", "octet", "otherwise")

    def __init__(
        self,
        octet: str,
        mask: int,
        cases: Mapping[int, tuple[Step, ...]],
        otherwise: tuple[Step, ...] = (),
    ) -> None:
        self.octet = octet
        self.mask = mask
        self.cases = cases
        self.otherwise = otherwise

    def run(self, state: State) -> None:
        if self.octet == "last":
            octet = state.last
        else:
            octets = state.body if self.octet == "first" else state.rest
            if not octets:
                raise _End
            octet = octets[0]
        state.run(self.cases.get(octet & self.mask, self.otherwise))


class Sized(Step):
    """Steps for contents of one of the `sizes`; for others the field `invalid` says so."""

    __slots__ = ("invalid", "sizes", "steps")

    def __init__(self, sizes: tuple[int, ...], *steps: Step, invalid: str = "invalid_length") -> None:
        self.sizes = sizes
        self.invalid = invalid
        self.steps = steps

    def run(self, state: State) -> None:
        if len(state.body) in self.sizes:
            state.run(self.steps)
        else:
            state.add(self.invalid, 1)


class Septets(_Named):
    """An integer of 32 bits from groups of seven, up to the octet whose extension bit is 1 or to the end."""

    __slots__ = ()

    def run(self, state: State) -> None:
        value = 0
        if not state.rest:
            return
        while state.rest:
            value = value << 7 | state.take() & 0x7F
            if state.last & EXTENSION:
                break
        state.add(self.name, value & 0xFFFFFFFF)


class Delay(_Named):
    """A number in exactly three octets, 2 + 7 + 7 bits, of which only the third has its extension bit set; if
    there is none, `invalid_length` says so and the reading ends."""

    __slots__ = ()

    def run(self, state: State) -> None:
        octets = state.rest[:3]
        if not octets:
            raise _End
        if len(octets) < 3 or [octet & EXTENSION for octet in octets] != [0, 0, EXTENSION]:
            state.add("invalid_length", 1)
            raise _End
        state.rest = state.rest[3:]
        state.add(self.name, (octets[0] & 3) << 14 | (octets[1] & 0x7F) << 7 | octets[2] & 0x7F)


class Nibbles(_Named):
    """The low halves of two octets as one, if the first has its extension bit 0 and both are there."""

    __slots__ = ()

    def run(self, state: State) -> None:
        if not state.rest or state.rest[0] & EXTENSION:
            return
        if len(state.rest) < 2:
            raise _End
        state.add(self.name, (state.rest[0] & 0xF) << 4 | state.rest[1] & 0xF)


class Power(_Named):
    """Two to the power of an octet's low half, of which tshark then takes the low four bits."""

    __slots__ = ()

    def run(self, state: State) -> None:
        state.add(self.name, 1 << (state.take() & 0xF))


class Counted(_Named):
    """Text of as many octets as the first octet of the contents says, less one for the octet before it."""

    __slots__ = ()

    def run(self, state: State) -> None:
        if not state.rest:
            raise _End
        count = min((state.body[0] & 0x7F) - 1, len(state.rest))
        if count:
            state.add_octets(self.name, state.rest[:count])
            state.rest = state.rest[count:]


class Count(_Named):
    """How many octets are left, if there are any."""

    __slots__ = ()

    def run(self, state: State) -> None:
        if state.rest:
            state.add(self.name, len(state.rest))


def read(steps: tuple[Step, ...], body: bytes) -> tuple[tuple[str, str], ...]:
    """The fields of an element's contents, in the order of tshark's tree."""
    state = State(body)
    with contextlib.suppress(_End):
        state.run(steps)
    return tuple(state.fields)
