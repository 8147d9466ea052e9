"""The words in which Wireshark's reading of an information element is declared, and what carries them out.

A reading is a tuple of steps. Each takes octets off the front of what is left of the element's contents and
adds fields, named without their leading "q931.". A step that needs an octet where none is left ends the whole
reading, as in tshark. "Last" is the octet that was taken last.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

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
    """Base of all steps."""

    @abstractmethod
    def run(self, state: State) -> None:
        """Take octets from `state` and add fields to it."""


@dataclass(frozen=True, slots=True, init=False)
class Octet(Step):
    """One octet, shown under each of the names."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    def run(self, state: State) -> None:
        octet = state.take()
        for name in self.names:
            state.add(name, octet)


@dataclass(frozen=True, slots=True)
class Peek(Octet):
    """One octet, shown and left where it is: tshark reads it again."""

    __init__ = Octet.__init__

    def run(self, state: State) -> None:
        Octet.run(self, state)
        state.rest = bytes((state.last,)) + state.rest


@dataclass(frozen=True, slots=True, init=False)
class Each(Step):
    """Every octet that is left, shown under each of the names; with `extended`, only as far as the extension
    bits say."""

    names: tuple[str, ...]
    extended: bool

    def __init__(self, *names: str, extended: bool = False) -> None:
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "extended", extended)

    def run(self, state: State) -> None:
        while state.rest:
            octet = state.take()
            for name in self.names:
                state.add(name, octet)
            if self.extended and octet & EXTENSION:
                return


@dataclass(frozen=True, slots=True)
class Rest(Step):
    """All octets that are left in one field, or `count` of them; they stay where they are."""

    name: str
    count: int | None = None

    def run(self, state: State) -> None:
        if self.count is not None and len(state.rest) < self.count:
            raise _End
        state.add_octets(self.name, state.rest[: self.count])


@dataclass(frozen=True, slots=True)
class Some(Step):
    """As `Rest`, if at least one octet is left."""

    name: str

    def run(self, state: State) -> None:
        if state.rest:
            state.add_octets(self.name, state.rest)


@dataclass(frozen=True, slots=True, init=False)
class Extended(Step):
    """Steps of which each is taken only if the last octet's extension bit is 0."""

    steps: tuple[Step, ...]

    def __init__(self, *steps: Step) -> None:
        object.__setattr__(self, "steps", steps)

    def run(self, state: State) -> None:
        for step in self.steps:
            if state.last & EXTENSION:
                return
            step.run(state)


@dataclass(frozen=True, slots=True)
class Switch(Step):
    """Steps chosen by the bits of an octet under `mask`: the `first` of the contents, the `next` (which has
    to be there) or the `last` one."""

    octet: str
    mask: int
    cases: Mapping[int, tuple[Step, ...]]
    otherwise: tuple[Step, ...] = ()

    def run(self, state: State) -> None:
        if self.octet == "last":
            octet = state.last
        else:
            octets = state.body if self.octet == "first" else state.rest
            if not octets:
                raise _End
            octet = octets[0]
        state.run(self.cases.get(octet & self.mask, self.otherwise))


@dataclass(frozen=True, slots=True, init=False)
class Sized(Step):
    """Steps for contents of one of the `sizes`; for others the field `invalid` says so."""

    sizes: tuple[int, ...]
    invalid: str
    steps: tuple[Step, ...]

    def __init__(self, sizes: tuple[int, ...], *steps: Step, invalid: str = "invalid_length") -> None:
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "invalid", invalid)
        object.__setattr__(self, "steps", steps)

    def run(self, state: State) -> None:
        if len(state.body) in self.sizes:
            state.run(self.steps)
        else:
            state.add(self.invalid, 1)


@dataclass(frozen=True, slots=True)
class Septets(Step):
    """An integer of 32 bits from groups of seven, up to the octet whose extension bit is 1 or to the end."""

    name: str

    def run(self, state: State) -> None:
        value = 0
        if not state.rest:
            return
        while state.rest:
            value = value << 7 | state.take() & 0x7F
            if state.last & EXTENSION:
                break
        state.add(self.name, value & 0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Delay(Step):
    """A number in exactly three octets, 2 + 7 + 7 bits, of which only the third has its extension bit set; if
    there is none, `invalid_length` says so and the reading ends."""

    name: str

    def run(self, state: State) -> None:
        octets = state.rest[:3]
        if not octets:
            raise _End
        if len(octets) < 3 or [octet & EXTENSION for octet in octets] != [0, 0, EXTENSION]:
            state.add("invalid_length", 1)
            raise _End
        state.rest = state.rest[3:]
        state.add(self.name, (octets[0] & 3) << 14 | (octets[1] & 0x7F) << 7 | octets[2] & 0x7F)


@dataclass(frozen=True, slots=True)
class Nibbles(Step):
    """The low halves of two octets as one, if the first has its extension bit 0 and both are there."""

    name: str

    def run(self, state: State) -> None:
        if not state.rest or state.rest[0] & EXTENSION:
            return
        if len(state.rest) < 2:
            raise _End
        state.add(self.name, (state.rest[0] & 0xF) << 4 | state.rest[1] & 0xF)


@dataclass(frozen=True, slots=True)
class Power(Step):
    """Two to the power of an octet's low half, of which tshark then takes the low four bits."""

    name: str

    def run(self, state: State) -> None:
        state.add(self.name, 1 << (state.take() & 0xF))


@dataclass(frozen=True, slots=True)
class Counted(Step):
    """Text of as many octets as the first octet of the contents says, less one for the octet before it."""

    name: str

    def run(self, state: State) -> None:
        if not state.rest:
            raise _End
        count = min((state.body[0] & 0x7F) - 1, len(state.rest))
        if count:
            state.add_octets(self.name, state.rest[:count])
            state.rest = state.rest[count:]


@dataclass(frozen=True, slots=True)
class Count(Step):
    """How many octets are left, if there are any."""

    name: str

    def run(self, state: State) -> None:
        if state.rest:
            state.add(self.name, len(state.rest))


def read(steps: tuple[Step, ...], body: bytes) -> tuple[tuple[str, str], ...]:
    """The fields of an element's contents, in the order of tshark's tree."""
    state = State(body)
    with contextlib.suppress(_End):
        state.run(steps)
    return tuple(state.fields)
