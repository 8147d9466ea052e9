"""The components of a facility: invoke, return result, return error, reject (Q.932 8.2.3.1; X.880 clause 9).

A component is read in two steps. `take` finds its parts, which are the same for everybody; `name` reads
operation, error and arguments by the repertoire that the facility turned out to speak.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from trunkwire.rose.ber import Element, TagClass, Universal
from trunkwire.rose.repertoire import Code, Flavour, Repertoire
from trunkwire.rose.schema import OID, Argument, Optional, Type, integer_of, raw


class Kind(enum.Enum):
    """What a component is, by the number of its context tag."""

    INVOKE = 1
    RETURN_RESULT = 2
    RETURN_ERROR = 3
    REJECT = 4
    OTHER = 0
    """None of ROSE: an application protocol data unit of ACSE, CMIP or something else, shown by its tags."""

    @property
    def words(self) -> str:
        """Its name in words."""
        return self.name.lower().replace("_", " ")


class Problem(enum.Enum):
    """Whom a reject blames, by the number of its context tag (X.880 clause 9)."""

    GENERAL = 0
    INVOKE = 1
    RETURN_RESULT = 2
    RETURN_ERROR = 3


PROBLEMS: Mapping[Problem, tuple[str, ...]] = MappingProxyType(
    {
        Problem.GENERAL: ("unrecognizedComponent", "mistypedComponent", "badlyStructuredComponent"),
        Problem.INVOKE: (
            "duplicateInvocation",
            "unrecognizedOperation",
            "mistypedArgument",
            "resourceLimitation",
            "releaseInProgress",
            "unrecognizedLinkedId",
            "linkedResponseUnexpected",
            "unexpectedLinkedOperation",
        ),
        Problem.RETURN_RESULT: ("unrecognizedInvocation", "resultResponseUnexpected", "mistypedResult"),
        Problem.RETURN_ERROR: (
            "unrecognizedInvocation",
            "errorResponseUnexpected",
            "unrecognizedError",
            "unexpectedError",
            "mistypedParameter",
        ),
    }
)


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One component as it was found.

    `code` is the operation's value, of a return error the error's; None where there is none. `name` is what
    the repertoire calls it, "" where it is not known. `arguments` are argument, result or parameter.
    `problem` is what a reject says. `parts` are all fields in wire order, for trees. `error` is "" or what is
    wrong with the component itself; what is wrong within its fields stands there.
    """

    kind: Kind
    offset: int
    length: int
    invoke_id: int | None = None
    linked_id: int | None = None
    code: Code | None = None
    name: str = ""
    also: str = ""
    standard: str = ""
    problem: str = ""
    arguments: tuple[Argument, ...] = ()
    parts: tuple[Argument, ...] = ()
    error: str = ""

    @property
    def title(self) -> str:
        """The operation or error by its name, else by its value."""
        if self.name:
            return self.name
        if self.code is None:
            return self.kind.words
        what = "error" if self.kind is Kind.RETURN_ERROR else "operation"
        return f"{what} {self.code}"

    @property
    def errors(self) -> tuple[tuple[int, str], ...]:
        """(offset, what is wrong), of the component and of all its fields."""
        own = ((self.offset, self.error),) if self.error else ()
        return own + tuple(found for part in self.parts for found in part.errors)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A component of which only the parts are known that do not depend on the repertoire."""

    kind: Kind
    element: Element
    ids: tuple[Argument, ...] = ()
    invoke_id: int | None = None
    linked_id: int | None = None
    code: Code | None = None
    coded: Argument | None = None
    payload: tuple[Element, ...] = ()
    problem: str = ""
    error: str = ""


_KINDS = {kind.value: kind for kind in Kind if kind is not Kind.OTHER}


def take(element: Element) -> Taken:
    """The parts of a component. Never raises."""
    kind = _KINDS.get(element.number) if element.tag_class == TagClass.CONTEXT else None
    if kind is None or not element.constructed:
        error = element.error or (f"{element.tag} holds no elements" if kind else "")
        return Taken(kind=Kind.OTHER, element=element, payload=(element,), error=error)
    parts = _Parts(element)
    parts.identity(nullable=kind is Kind.REJECT)
    if kind is Kind.INVOKE:
        parts.linked()
        parts.coded("operation")
    elif kind is Kind.RETURN_RESULT:
        parts.result()
    elif kind is Kind.RETURN_ERROR:
        parts.coded("error")
    else:
        parts.rejected()
    return Taken(
        kind=kind,
        element=element,
        ids=tuple(parts.ids),
        invoke_id=parts.invoke_id,
        linked_id=parts.linked_id,
        code=parts.code,
        coded=parts.code_part,
        payload=tuple(parts.waiting),
        problem=parts.problem,
        error=element.error or parts.error,
    )


class _Parts:
    """A component's elements, taken from the front one by one."""

    def __init__(self, element: Element) -> None:
        self.waiting = list(element.children)
        self.ids: list[Argument] = []
        self.invoke_id: int | None = None
        self.linked_id: int | None = None
        self.code: Code | None = None
        self.code_part: Argument | None = None
        self.problem = ""
        self.error = ""

    def next_has(self, tag_class: int, *numbers: int) -> bool:
        """Whether an element is left that bears one of these tags."""
        return bool(self.waiting) and any(self.waiting[0].has_tag(tag_class, number) for number in numbers)

    def number(self, name: str, word: str = "") -> int | None:
        """The next element as an integer."""
        element = self.waiting.pop(0)
        value: int | None = None
        error = element.error
        if not error:
            try:
                value = integer_of(element.contents)
            except ValueError as refused:
                error = str(refused)
        shown = element.contents if value is None else value
        part = Argument(name, shown, word, element.offset, element.length, "INTEGER", (), error)
        self.ids.append(part)
        return value

    def identity(self, nullable: bool) -> None:
        """The invoke identifier; NULL where a reject knows of none."""
        if self.next_has(TagClass.UNIVERSAL, Universal.INTEGER):
            self.invoke_id = self.number("invokeId")
        elif nullable and self.next_has(TagClass.UNIVERSAL, Universal.NULL):
            null = self.waiting.pop(0)
            self.ids.append(
                Argument("invokeId", None, "none", null.offset, null.length, "NULL", (), null.error)
            )
        else:
            self.error = "its invoke identifier is missing"

    def linked(self) -> None:
        """The linked identifier [0] of an invoke, if there is one."""
        if self.next_has(TagClass.CONTEXT, 0):
            self.linked_id = self.number("linkedId")

    def coded(self, what: str) -> None:
        """The value of the operation or error: a local number or an object identifier."""
        if self.next_has(TagClass.UNIVERSAL, Universal.INTEGER):
            self.code = self.number(what)
            self.code_part = self.ids.pop()
        elif self.next_has(TagClass.UNIVERSAL, Universal.OBJECT_IDENTIFIER):
            self.code_part = OID.read(self.waiting.pop(0), what)
            self.code = None if self.code_part.error else self.code_part.value
        else:
            self.error = self.error or f"its {what} value is missing"

    def result(self) -> None:
        """The sequence of operation value and result, if there is one."""
        if not self.waiting:
            return
        if not self.next_has(TagClass.UNIVERSAL, Universal.SEQUENCE) or not self.waiting[0].constructed:
            self.error = self.error or f"{self.waiting[0].tag} is not a result"
            return
        sequence = self.waiting.pop(0)
        self.error = self.error or sequence.error
        behind = self.waiting
        self.waiting = list(sequence.children)
        self.coded("operation")
        self.waiting += behind

    def rejected(self) -> None:
        """The problem: whom it blames, and for what."""
        if not self.next_has(TagClass.CONTEXT, *(problem.value for problem in Problem)):
            self.error = self.error or "its problem is missing"
            return
        blamed = Problem(self.waiting[0].number)
        value = self.number(f"{blamed.name.lower().replace('_', ' ')} problem")
        if value is None:
            return
        known = PROBLEMS[blamed]
        self.problem = known[value] if 0 <= value < len(known) else f"problem {value}"
        self.ids[-1] = msgspec.structs.replace(self.ids[-1], word=self.problem)


def name(taken: Taken, repertoire: Repertoire | None) -> Component:
    """The component, read by a repertoire; without one its arguments are shown by their tags."""
    if taken.kind is Kind.OTHER:
        return _other(taken)
    title = also = standard = ""
    type_: Type | Optional | None = None
    known = False
    code = taken.code
    if repertoire is not None and code is not None:
        if taken.kind is Kind.RETURN_ERROR:
            fault = repertoire.errors.get(code)
            if fault is not None:
                title, type_ = fault.name, fault.parameter
        elif (operation := repertoire.operations.get(code)) is not None:
            known, title, also = True, operation.name, operation.also
            type_ = operation.argument if taken.kind is Kind.INVOKE else operation.result
            standard = repertoire.standards[title]
    arguments = _arguments(taken, type_, known)
    coded = () if taken.coded is None else (msgspec.structs.replace(taken.coded, word=title),)
    return Component(
        kind=taken.kind,
        offset=taken.element.offset,
        length=taken.element.length,
        invoke_id=taken.invoke_id,
        linked_id=taken.linked_id,
        code=code,
        name=title,
        also=also,
        standard=standard,
        problem=taken.problem,
        arguments=arguments,
        parts=(*taken.ids, *coded, *arguments),
        error=taken.error,
    )


_PAYLOADS = {Kind.INVOKE: "argument", Kind.RETURN_RESULT: "result", Kind.RETURN_ERROR: "parameter"}


def _arguments(taken: Taken, type_: Type | Optional | None, known: bool) -> tuple[Argument, ...]:
    """Argument, result or parameter, and whatever stands behind it."""
    title = _PAYLOADS.get(taken.kind, "undeclared")
    wanted = type_.type if isinstance(type_, Optional) else type_
    if not taken.payload:
        # a result or a parameter may be left out whole: only an argument can be missing
        if isinstance(type_, Type) and taken.kind is Kind.INVOKE and not taken.error:
            end = taken.element.start + len(taken.element.contents)
            return (Argument(title, b"", "", end, 0, type_.kind, (), "it is missing"),)
        return ()
    first, behind = taken.payload[0], taken.payload[1:]
    if wanted is not None and wanted.takes(first):
        found = wanted.read(first, title)
    elif wanted is not None:
        found = raw(first, title, error=f"{first.tag} is not its type")
    elif known:
        found = raw(first, title, error=f"{first.tag}, though it has no {title}")
    else:
        found = raw(first, title)
    return (
        found,
        *(raw(element, "undeclared", error=f"{element.tag} is not declared") for element in behind),
    )


_UNITS: Mapping[tuple[int, int], str] = MappingProxyType(
    {
        (TagClass.APPLICATION, 0): "associate request (ACSE AARQ)",
        (TagClass.APPLICATION, 1): "associate response (ACSE AARE)",
        (TagClass.APPLICATION, 2): "release request (ACSE RLRQ)",
        (TagClass.APPLICATION, 3): "release response (ACSE RLRE)",
        (TagClass.APPLICATION, 4): "abort (ACSE ABRT)",
    }
)
"""Application protocol data units of ACSE (X.227 clause 9), which set up associations between exchanges."""


def _other(taken: Taken) -> Component:
    element = taken.element
    title = _UNITS.get((element.tag_class, element.number), "")
    found = raw(element, title or element.tag, error=taken.error)
    return Component(
        kind=Kind.OTHER,
        offset=element.offset,
        length=element.length,
        name=title,
        arguments=(found,),
        parts=(found,),
    )


def misfits(component: Component) -> int:
    """How much of the component a repertoire could not account for: 0 when it fits."""
    unknown = component.code is not None and not component.name
    return len(component.errors) + (1000 if unknown else 0)


def flavour_of_arc(code: Code | None) -> Flavour | None:
    """Whose arc an object identifier belongs to: ETSI's, ISO's, ANSI's; None of a local value."""
    if not isinstance(code, str):
        return None
    if code.startswith("0.4.0."):
        return Flavour.ETSI
    if code.startswith("1.2.840.10005."):
        return Flavour.NATIONAL
    if code.startswith(("1.0.", "1.3.12.")):
        return Flavour.QSIG
    return None
