"""What a table of operations and errors is made of (X.880; Q.932 8.2.3): rows, and the standard of each."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from trunkwire.rose.schema import Optional, Type

Code = int | str
"""An operation or error value: local (int) or global (an object identifier in dots)."""


class Flavour(enum.Enum):
    """Whose operations a facility speaks."""

    ETSI = "ETSI"
    """Supplementary services of a public network's access: EN 300 196-1 and the services built on it."""
    QSIG = "QSIG"
    """Services between private branch exchanges: ECMA-165 (ISO/IEC 11582) and the services built on it."""
    NATIONAL = "National ISDN"
    """Services of North American networks that have object identifiers of ANSI's committee T1."""
    UNKNOWN = "unknown"


class Operation(msgspec.Struct, frozen=True, gc=False):
    """An operation: its value, its name, and the types of its argument and its result (None: has none)."""

    code: Code
    name: str
    argument: Type | Optional | None = None
    result: Type | Optional | None = None
    also: str = ""
    """What an earlier edition of the standard called it."""


class Fault(msgspec.Struct, frozen=True, gc=False):
    """An error that an operation may return, with the type of its parameter."""

    code: Code
    name: str
    parameter: Type | Optional | None = None


class Service(msgspec.Struct, frozen=True, gc=False):
    """The operations and errors of one standard."""

    standard: str
    operations: tuple[Operation, ...]
    errors: tuple[Fault, ...] = ()


class Repertoire(msgspec.Struct, frozen=True, gc=False):
    """All operations and errors of a flavour by their values, and the standard of each."""

    flavour: Flavour
    operations: Mapping[Code, Operation]
    errors: Mapping[Code, Fault]
    standards: Mapping[str, str]
    """The standard by the name of the operation."""


def repertoire(flavour: Flavour, services: Iterable[Service]) -> Repertoire:
    """The joined tables. Where two services give an error value different meanings, the name says both."""
    operations: dict[Code, Operation] = {}
    errors: dict[Code, Fault] = {}
    standards: dict[str, str] = {}
    for service in services:
        for operation in service.operations:
            operations[operation.code] = operation
            standards[operation.name] = service.standard
        for fault in service.errors:
            held = errors.get(fault.code)
            if held is not None and held.name != fault.name:
                name = f"{held.name} or {fault.name}"
                fault = Fault(fault.code, name, fault.parameter or held.parameter)
            errors[fault.code] = fault
    return Repertoire(
        flavour, MappingProxyType(operations), MappingProxyType(errors), MappingProxyType(standards)
    )
