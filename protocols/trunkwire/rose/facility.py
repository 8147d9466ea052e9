"""Facility and extended facility contents: profile, extensions, components (Q.932 8.2.3; ECMA-165).

Public networks in Europe (EN 300 196-1) and private exchanges (ECMA-165) give the same local values to
different operations, and no bit says which of them is meant. `facility_view` tells by what is there,
strongest first: the arc of an object identifier; whose declarations the operation and its arguments fit; the
protocol profile.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar

import msgspec

from trunkwire.codec import Bits, FieldView, Layout, Record
from trunkwire.rose.addresses import PARTY_NUMBER
from trunkwire.rose.ber import Element, TagClass, read
from trunkwire.rose.components import Component, Kind, Taken, flavour_of_arc, misfits, name, take
from trunkwire.rose.repertoire import Flavour, Repertoire
from trunkwire.rose.schema import (
    INTEGER,
    Argument,
    Type,
    enumerated,
    explicit,
    implicit,
    optional,
    sequence,
)
from trunkwire.rose.words import facts, words


class Profile(enum.IntEnum):
    """Protocol profile (Q.932 8.2.3, figure 8-2)."""

    ROSE = 0x11
    CMIP = 0x12
    ACSE = 0x13
    NETWORKING_EXTENSIONS = 0x1F


class ProfileOctet(Record, frozen=True, kw_only=True):
    """Octet 3 of the Facility element."""

    layout: ClassVar[Layout[ProfileOctet]]

    last: Annotated[bool, Bits("3", 8, 8)]
    spare: Annotated[int, Bits("3", 7, 6)] = 0
    profile: Annotated[Profile, Bits("3", 5, 1, ws="q932.pp")]


ProfileOctet.layout = Layout(ProfileOctet)

_ENTITY = enumerated("endPINX", "anyTypeOfPINX")
NETWORK_FACILITY_EXTENSION = sequence(
    sourceEntity=implicit(0, _ENTITY),
    sourceEntityAddress=optional(explicit(1, PARTY_NUMBER)),
    destinationEntity=implicit(2, _ENTITY),
    destinationEntityAddress=optional(explicit(3, PARTY_NUMBER)),
)
INTERPRETATION = enumerated(
    "discardAnyUnrecognisedInvokePdu",
    "clearCallIfAnyInvokePduNotRecognised",
    "rejectAnyUnrecognisedInvokePdu",
)
_EXTENSIONS: tuple[tuple[int, str, Type], ...] = (
    (10, "networkFacilityExtension", NETWORK_FACILITY_EXTENSION),
    (18, "networkProtocolProfile", INTEGER),
    (11, "interpretation", INTERPRETATION),
)
"""What may stand before the components of the networking extensions, by context tag (ECMA-165 11.3.3)."""


class FacilityView(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of one Facility element as they were found. Offsets count from the `base` given.

    `flavour` says whose operations they are and `why`; `extensions` are network facility extension, network
    protocol profile and interpretation. `error` is "" or what is wrong with the contents as a whole.
    """

    body: bytes
    offset: int
    profile: Profile | int | None
    flavour: Flavour
    why: str
    extensions: tuple[Argument, ...] = ()
    components: tuple[Component, ...] = ()
    error: str = ""

    def summary(self) -> str:
        """A few words on each component, such as "divertingLegInformation2: diverted once, unconditional"."""
        return "; ".join(words(component, self.flavour) for component in self.components) or self.error

    @property
    def errors(self) -> tuple[tuple[int, str], ...]:
        """(offset, what is wrong), in wire order; empty when everything could be read and fits."""
        found = [(self.offset, self.error)] if self.error else []
        for part in self.extensions:
            found += part.errors
        for component in self.components:
            found += component.errors
        return tuple(sorted(found))

    def rows(self) -> Iterator[tuple[int, FieldView]]:
        """Every field with its depth, for a tree: profile, extensions, components and all below them."""
        yield from ((0, field) for field in ProfileOctet.layout.walk(self.body[:1], self.offset))
        for part in self.extensions:
            yield from _rows(part, 0)
        for component in self.components:
            yield (
                0,
                FieldView(
                    component.kind.words,
                    component.title,
                    component.offset,
                    component.length,
                    error=component.error,
                ),
            )
            for part in component.parts:
                yield from _rows(part, 1)

    def tree(self) -> dict[str, Any]:
        """Everything as plain values, for JSON: octets as hexadecimal text, named numbers by their name, and
        `errors` as pairs of offset and text."""
        return {
            "profile": None if self.profile is None else int(self.profile),
            "flavour": self.flavour.value,
            "why": self.why,
            **{part.name: plain(part) for part in self.extensions},
            "components": [_component(component) for component in self.components],
            **({"errors": [list(error) for error in self.errors]} if self.errors else {}),
        }


def _rows(part: Argument, depth: int) -> Iterator[tuple[int, FieldView]]:
    for below, found in part.walk(depth):
        value = found.value
        if found.word and not found.error:
            value = f"{value} {found.word}" if isinstance(value, int) else found.word
        shown = "" if value is None else value
        yield below, FieldView(found.name, shown, found.offset, found.length, error=found.error)


def plain(part: Argument) -> Any:
    """A value as plain data: a dictionary, a list, a name, a number, text, or octets in hexadecimal."""
    value: Any
    if part.kind.endswith(" OF") and part.value is None:
        value = [plain(child) for child in part.children]
    elif part.children:
        value = _gathered((child.name, plain(child)) for child in part.children)
    elif isinstance(part.value, bytes):
        value = part.value.hex()
    else:
        value = part.word or part.value
    return {"value": value, "error": part.error} if part.error else value


def _gathered(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """A dictionary in which a name that occurs several times has a list."""
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def _component(component: Component) -> dict[str, Any]:
    """A component as plain data."""
    found: dict[str, Any] = {"component": component.kind.words}
    for key in ("invoke_id", "linked_id"):
        if getattr(component, key) is not None:
            found[key] = getattr(component, key)
    if component.code is not None:
        found["error_value" if component.kind is Kind.RETURN_ERROR else "operation_value"] = component.code
    for key in ("name", "problem"):
        if getattr(component, key):
            found[key] = getattr(component, key)
    found.update(_gathered((part.name, plain(part)) for part in component.arguments))
    told = facts(component)
    if told:
        found["says"] = [fact.text for fact in told]
    if component.error:
        found["error"] = component.error
    return found


def facility_view(body: bytes, base: int = 0, prefer: Flavour | None = None) -> FacilityView:
    """The contents of a Facility or Extended facility element, its octets from octet 3 on. Never raises.

    `base` is the place of the first octet; `prefer` decides where the contents do not (what the other end
    spoke before).
    """
    if not body:
        return FacilityView(
            body=body,
            offset=base,
            profile=None,
            flavour=Flavour.UNKNOWN,
            why="it is empty",
            error="the protocol profile (octet 3) is missing",
        )
    profile = ProfileOctet.layout.parse(body[:1]).profile
    extensions, elements = _extensions(read(body[1:], base + 1))
    taken = tuple(map(take, elements))
    flavour, why, components = _tell(taken, profile, prefer)
    return FacilityView(
        body=body,
        offset=base,
        profile=profile,
        flavour=flavour,
        why=why,
        extensions=extensions,
        components=components,
        error=_fault(profile, components),
    )


def _fault(profile: int, components: tuple[Component, ...]) -> str:
    if profile not in Profile.__members__.values():
        return f"protocol profile 0x{profile:02x} is not known"
    return "" if components else "there is no component"


def _extensions(elements: tuple[Element, ...]) -> tuple[tuple[Argument, ...], tuple[Element, ...]]:
    """What stands before the components, in any order and each once, and the elements behind it."""
    found: list[Argument] = []
    waiting = list(_EXTENSIONS)
    at = 0
    for element in elements:
        match = next((row for row in waiting if element.has_tag(TagClass.CONTEXT, row[0])), None)
        if match is None:
            break
        waiting.remove(match)
        found.append(match[2].read(element, match[1]))
        at += 1
    return tuple(found), elements[at:]


_BY_PROFILE = {int(Profile.ROSE): Flavour.ETSI, int(Profile.NETWORKING_EXTENSIONS): Flavour.QSIG}
_PROFILE_WORDS = {
    int(Profile.ROSE): "protocol profile ROSE",
    int(Profile.NETWORKING_EXTENSIONS): "protocol profile networking extensions",
}
_SPOKEN = (Flavour.ETSI, Flavour.QSIG)


def _tell(
    taken: tuple[Taken, ...], profile: int, prefer: Flavour | None
) -> tuple[Flavour, str, tuple[Component, ...]]:
    """Whose components they are, why, and the components read that way."""
    for part in taken:
        arc = flavour_of_arc(part.code)
        if arc is not None:
            return arc, f"object identifier {part.code}", _read(taken, arc)
    default = prefer if prefer in _SPOKEN else _BY_PROFILE.get(profile)
    reason = "what was spoken before" if default is prefer else _PROFILE_WORDS.get(profile, "")
    if all(part.code is None for part in taken):
        if default is None or not taken:
            return Flavour.UNKNOWN, "nothing tells", _shown(taken)
        return default, reason, _read(taken, default)
    readings: list[tuple[int, Flavour, tuple[Component, ...]]] = []
    for flavour in sorted(_SPOKEN, key=lambda flavour: flavour is not default):
        components = _read(taken, flavour)
        wrong = sum(map(misfits, components))
        if not wrong and flavour is default:
            return flavour, f"{reason}, and the contents fit", components
        readings.append((wrong, flavour, components))
    wrong, best, components = min(
        readings, key=lambda reading: reading[0]
    )  # the first of equals: the default
    named = next((found.name for found in components if found.code is not None and found.name), "")
    if not named:
        return Flavour.UNKNOWN, "neither ETSI nor QSIG knows the operation", _shown(taken)
    if readings[0][0] == readings[1][0]:
        tie = reason if default is not None else "nothing tells better"
        return best, tie, components
    return best, f"the contents {'come closest to' if wrong else 'fit'} {best.value}'s {named}", components


def _shown(taken: tuple[Taken, ...]) -> tuple[Component, ...]:
    return tuple(name(part, None) for part in taken)


def _read(taken: tuple[Taken, ...], flavour: Flavour) -> tuple[Component, ...]:
    table = _repertoire(flavour)
    return tuple(name(part, table) for part in taken)


def _repertoire(flavour: Flavour) -> Repertoire:
    """The table of a flavour, imported when the first facility asks for it."""
    if flavour is Flavour.ETSI:
        from trunkwire.rose.etsi_access import ETSI

        return ETSI
    if flavour is Flavour.NATIONAL:
        from trunkwire.rose.national import NATIONAL

        return NATIONAL
    from trunkwire.rose.qsig_services import QSIG

    return QSIG
