"""How the contents of a parameter are coded, each kind once (ETSI EN 300 659-3 clause 5; GR-30-CORE).

A coding reads contents and writes values, and raises ValueError with the reason where it cannot. Characters
are those of IA5 (ITU-T T.50); octets above 127, which networks use for names in characters of their own, are
kept as the Latin-1 character.
"""

from __future__ import annotations

import enum
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import msgspec

_DIALLED = re.compile(r"[0-9*#+ ()-]*\Z")
_WHEN = re.compile(r"(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])([0-5][0-9])\Z")

LONGEST_NUMBER = 20
"""Characters of a number (EN 300 659-3)."""


class Absence(enum.StrEnum):
    """Why a number or a name is not there (EN 300 659-3, GR-30-CORE: O and P; others are met in Asia)."""

    UNAVAILABLE = "O"
    """Out of area: the network does not know it."""
    PRIVATE = "P"
    """The caller has barred its presentation (CLIR)."""
    PUBLIC = "C"
    """A coin telephone."""
    INTERNATIONAL = "I"
    SERVICE_CONFLICT = "S"


class CallType(enum.IntEnum):
    """What sort of call it is."""

    VOICE = 0x01
    RING_BACK_WHEN_FREE = 0x02
    CALLING_NAME_DELIVERY = 0x03
    MESSAGE_WAITING = 0x81


class Forwarded(enum.IntEnum):
    """Why the call was forwarded or deflected."""

    UNKNOWN = 0x00
    BUSY = 0x01
    NO_REPLY = 0x02
    UNCONDITIONAL = 0x03
    DEFLECTED_ALERTING = 0x04
    DEFLECTED_IMMEDIATE = 0x05
    UNREACHABLE = 0x06


class Moment(msgspec.Struct, frozen=True, order=True):
    """Date and time as the telephone shows them, without a year."""

    month: int
    day: int
    hour: int
    minute: int

    def __str__(self) -> str:
        return f"{self.month:02}{self.day:02}{self.hour:02}{self.minute:02}"

    @classmethod
    def parse(cls, text: str) -> Moment:
        """The moment in eight digits MMDDhhmm. Raises ValueError."""
        match = _WHEN.match(text)
        if match is None:
            raise ValueError(f"{text!r} is no month, day, hour and minute of two digits each")
        return cls(*map(int, match.groups()))


@dataclass(frozen=True, slots=True)
class Coding(ABC):
    """A parameter: its type on the wire, and how many octets it may be sent with."""

    type: int
    most: int = 1

    @abstractmethod
    def read(self, contents: bytes) -> Any:
        """The value. Raises ValueError."""

    def write(self, value: Any) -> bytes:
        """The contents. Raises ValueError."""
        octets = self._octets(value)
        if len(octets) > self.most:
            raise ValueError(f"{len(octets)} octets, which is more than {self.most}")
        return octets

    @abstractmethod
    def _octets(self, value: Any) -> bytes:
        """The contents, however long."""


@dataclass(frozen=True, slots=True)
class Dialled(Coding):
    """A number, up to twenty characters; longer ones are read all the same."""

    most: int = LONGEST_NUMBER

    def read(self, contents: bytes) -> str:
        text = contents.decode("latin-1")
        if not _DIALLED.match(text):
            raise ValueError(f"{text!r} has other characters than 0-9, *, #, + and separators")
        return text

    def _octets(self, value: str) -> bytes:
        return self.read(value.encode("latin-1", "replace")).encode("latin-1")


@dataclass(frozen=True, slots=True)
class Characters(Coding):
    """Text to be shown, up to fifty characters; longer ones are read all the same."""

    most: int = 50

    def read(self, contents: bytes) -> str:
        return contents.decode("latin-1")

    def _octets(self, value: str) -> bytes:
        return value.encode("latin-1")


@dataclass(frozen=True, slots=True)
class DateTime(Coding):
    """Eight digits MMDDhhmm."""

    most: int = 8

    def read(self, contents: bytes) -> Moment:
        return Moment.parse(contents.decode("latin-1"))

    def _octets(self, value: Moment) -> bytes:
        Moment.parse(str(value))
        return str(value).encode("ascii")


@dataclass(frozen=True, slots=True)
class Reason(Coding):
    """One letter, of `Absence`."""

    def read(self, contents: bytes) -> Absence:
        try:
            return Absence(contents.decode("latin-1"))
        except ValueError:
            letters = ", ".join(reason.value for reason in Absence)
            raise ValueError(f"{contents.decode('latin-1')!r} is none of {letters}") from None

    def _octets(self, value: str) -> bytes:
        return self.read(value.encode("latin-1", "replace")).encode("ascii")


@dataclass(frozen=True, slots=True)
class Code(Coding):
    """One octet: a member of `codes`, or the number itself where there is none."""

    codes: type[enum.IntEnum] = CallType

    def read(self, contents: bytes) -> int:
        if len(contents) != 1:
            raise ValueError(f"{len(contents)} octets in place of one")
        (number,) = contents
        return next((code for code in self.codes if code == number), number)

    def _octets(self, value: int) -> bytes:
        return bytes([value])
