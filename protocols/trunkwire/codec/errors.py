"""Errors of the codecs: what could not be read or written, in which field, at which octet."""

from __future__ import annotations


class CodecError(ValueError):
    """Octets and values do not fit the declared layout."""


class DecodeError(CodecError):
    """The octets do not hold what the layout asks for.

    `where` is the field path (class and field), `offset` the octet counted from the start of the body.
    """

    def __init__(self, where: str, offset: int, reason: str) -> None:
        super().__init__(f"{where}, octet offset {offset}: {reason}")
        self.where = where
        self.offset = offset
        self.reason = reason


class EncodeError(CodecError):
    """The value cannot be written in the layout; `where` is the field path."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason
