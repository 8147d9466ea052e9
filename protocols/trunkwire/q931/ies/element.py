"""What all information elements share (Q.931 4.5.1), and the element that is kept as bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import msgspec

from trunkwire.codec.layout import Layout, Record
from trunkwire.codec.primitives import Presence


class IE(Record, frozen=True, kw_only=True):
    """A declared information element. Its body is what follows identifier and length."""

    of_codeset: ClassVar[int] = 0
    identifier: ClassVar[int]
    clause: ClassVar[str]
    title: ClassVar[str]
    layout: ClassVar[Layout[Any]]


class RawIE(msgspec.Struct, frozen=True):
    """An element kept as bytes: one that is not declared here, of another codeset, or with contents that do
    not fit.

    An `identifier` of 0x80 and above is a single-octet element, which has no body.
    """

    codeset: int
    identifier: int
    body: bytes = b""


E = TypeVar("E", bound=IE)


def ie(
    identifier: int,
    *,
    clause: str,
    title: str,
    octets: dict[str, Presence] | None = None,
    codeset: int = 0,
) -> Callable[[type[E]], type[E]]:
    """Declare the information element `identifier` of a codeset, specified in `clause` of Q.931.

    `octets` says when an octet is present, see `trunkwire.codec.primitives`. The views are made on first use.
    """

    def declare(cls: type[E]) -> type[E]:
        cls.of_codeset = codeset
        cls.identifier = identifier
        cls.clause = clause
        cls.title = title
        cls.layout = Layout(cls, octets)
        return cls

    return declare
