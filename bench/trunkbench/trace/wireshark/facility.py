"""Facility elements (Q.932 8.2.3) as tshark 4.0 reads them: as QSIG's, whatever they are.

They have no fields of Q.931's names, but they matter: contents in which tshark runs out of octets end the
reading of the whole message, and some arguments of QSIG hold elements of Q.931, which count as the message's
own.
"""

from __future__ import annotations

from collections.abc import Callable

from trunkbench.trace.wireshark.asn1 import Dissection, OutOfBounds, View, header
from trunkwire.rose.addresses import PARTY_NUMBER
from trunkwire.rose.ber import TagClass, Universal
from trunkwire.rose.qsig_services import QSIG
from trunkwire.rose.schema import (
    ANY,
    INTEGER,
    NULL,
    OID,
    Optional,
    Type,
    choice,
    enumerated,
    explicit,
    implicit,
    optional,
    sequence,
)

_CONTENTS = 3
"""Where components begin: behind identifier, length and protocol profile."""

_ECMA = bytes.fromhex("2b 0c 09")
"""What the object identifiers of QSIG's operations begin with: 1.3.12.9."""

_INVOKE_ID = choice(present=INTEGER, absent=NULL)
_CODE = choice(local=INTEGER, general=OID)
_LINKED = choice(present=implicit(0, INTEGER), absent=implicit(1, NULL))
_PROBLEM = choice(
    general=implicit(0, INTEGER),
    invoke=implicit(1, INTEGER),
    returnResult=implicit(2, INTEGER),
    returnError=implicit(3, INTEGER),
)
_INVOKE = sequence(invokeId=_INVOKE_ID, linkedId=optional(_LINKED), opcode=_CODE, argument=optional(ANY))
_RESULT = sequence(opcode=_CODE, result=ANY)
_RETURN_RESULT = sequence(invokeId=_INVOKE_ID, result=optional(_RESULT))
_RETURN_ERROR = sequence(invokeId=_INVOKE_ID, errcode=_CODE, parameter=optional(ANY))
_REJECT = sequence(invokeId=_INVOKE_ID, problem=_PROBLEM)
_COMPONENTS = {1: _INVOKE, 2: _RETURN_RESULT, 3: _RETURN_ERROR, 4: _REJECT}
_ENTITY = enumerated("endPINX", "anyTypeOfPINX")
_OTHERS: dict[int, Type] = {
    10: implicit(
        10,
        sequence(
            sourceEntity=implicit(0, _ENTITY),
            sourceEntityAddress=optional(explicit(1, PARTY_NUMBER)),
            destinationEntity=implicit(2, _ENTITY),
            destinationEntityAddress=optional(explicit(3, PARTY_NUMBER)),
        ),
    ),
    11: implicit(11, enumerated("discardAnyUnrecognisedInvokePdu")),
    18: implicit(18, INTEGER),
}


def facility(octets: bytes, elements: Callable[[bytes], None]) -> bool:
    """Whether tshark gets to the end of the element in `octets`; `elements` is told of Q.931's in it."""
    view = View(octets, len(octets))
    at = _CONTENTS
    try:
        while at < len(octets):
            head = header(view, at)
            size = head.end - at
            if size < 0:
                return False
            part = View(octets[at : at + size], size)
            if head.tag_class == TagClass.CONTEXT and head.tag in _COMPONENTS:
                _Component(elements).component(part)
            elif head.tag_class == TagClass.CONTEXT and head.tag in _OTHERS:
                Dissection(elements).read(_OTHERS[head.tag], part, 0, False)
            else:
                view.need(head.start, head.length)
            at = head.end
    except OutOfBounds:
        return False
    return True


class _Component(Dissection):
    """A component of ROSE: its code is noted in passing, its argument read at the end."""

    def __init__(self, elements: Callable[[bytes], None]) -> None:
        super().__init__(elements)
        self.code: int | str | None = None
        self.argument: View | None = None
        self.invoked = False

    def component(self, view: View) -> None:
        """The component in `view`."""
        head = self.header(view, 0)
        self.invoked = head.tag == 1
        inside = view.part(head.start, head.length - 2 * head.indefinite)
        end = self.read(_COMPONENTS[head.tag], inside, 0, True)
        tables = {1: _arguments, 2: _results, 3: _parameters}
        if head.tag not in tables or (head.tag == 2 and self.code is None):
            return
        argument = self.argument
        if argument is None:
            inside.need(end, 0)
            argument = View(b"", 0)
        type_ = tables[head.tag]().get(self.code)
        if type_ is not None:
            Dissection(self.elements).read(type_, argument, 0, False)

    def _read(self, type_: Type, view: View, at: int, implicit: bool) -> int:
        if type_ is ANY:
            view.need(at, view.left(at))
            self.argument = view
            return view.size
        end = super()._read(type_, view, at, implicit)
        if type_ is _CODE:
            self._note(view)
        return end

    def _note(self, view: View) -> None:
        head = header(view, 0)
        if (head.tag_class, head.tag) == (TagClass.UNIVERSAL, Universal.INTEGER):
            self.code = int.from_bytes(view.octets[head.start : head.end], "big", signed=True)
        elif (head.tag_class, head.tag) == (TagClass.UNIVERSAL, Universal.OBJECT_IDENTIFIER):
            self.code = _global(view.octets[head.start : head.end]) if self.invoked else ""


def _global(octets: bytes) -> int | str:
    """QSIG's operations have both a number and an object identifier of ECMA (1.3.12) that ends in it.

    tshark knows the latter in an invoke, not in a result.
    """
    while octets and octets[-1] >= 0x80:  # an arc that breaks off: tshark leaves it out
        octets = octets[:-1]
    number = 0
    for octet in octets[len(_ECMA) :]:
        number = number << 7 | octet & 0x7F
    single = (
        len(octets) > len(_ECMA) and octets[-1] < 0x80 and all(o >= 0x80 for o in octets[len(_ECMA) : -1])
    )
    return number if single and octets.startswith(_ECMA) else ""


def _arguments() -> dict[int | str | None, Type | None]:
    return {code: _plain(operation.argument) for code, operation in QSIG.operations.items()}


def _results() -> dict[int | str | None, Type | None]:
    return {code: _plain(operation.result) for code, operation in QSIG.operations.items()}


def _parameters() -> dict[int | str | None, Type | None]:
    return {code: _plain(fault.parameter) for code, fault in QSIG.errors.items()}


def _plain(type_: Type | Optional | None) -> Type | None:
    return type_.type if isinstance(type_, Optional) else type_
