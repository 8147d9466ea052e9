"""A row of an acceptance: one promise that a number makes, and the name by which a report calls it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Aspect(enum.Enum):
    """What a row is about. The values are what `--json` and the page call it."""

    CAPACITY = "capacity"
    ONE_MORE = "one more"
    CALLER_ID = "caller ID in"
    WITHHELD = "withheld"
    RINGING = "ringing"
    DISTRIBUTION = "distribution"
    HOURS = "hours"
    MEMBER = "member"
    SHOWN = "caller ID out"
    OCCUPIED = "outgoing call"
    USE = "use"
    TRANSLATION = "translation"
    OVERFLOW = "overflow"
    PAYER = "payer"
    MOBILES = "mobiles"
    AREA = "area"
    UNREACHABLE = "unreachable"
    FORWARDING = "forwarding"
    LOOP = "loop"
    LEASED = "leased"
    CALL_CENTRE = "call centre"


@dataclass(frozen=True, slots=True)
class Row:
    """One promise. `number` is as the configuration writes it, `promise` says in a few words what is to hold;
    number, service and promise together are the row's name.

    `subject` is what it is about beside the number: a line, a destination, a number to be shown; `count` how
    many calls at once, where that is the promise.
    """

    number: str
    service: str
    aspect: Aspect
    promise: str
    subject: str = ""
    count: int = 0
    detail: str = ""
    """What the measurement needs to know beside: hours, a reason of forwarding."""

    @property
    def title(self) -> str:
        """Such as "028-86082660 one-number: capacity 4"."""
        return f"{self.number} {self.service}: {self.promise}"

    @property
    def digits(self) -> str:
        """The number as it is dialled."""
        return "".join(each for each in self.number if each not in " -")


@dataclass(frozen=True, slots=True)
class AccessNumber:
    """A number that people dial. `number` is as the configuration writes it, `capacity` how many calls at
    once it is sold for; `lines` and `trunks` are the numbers of what is behind it.
    """

    number: str
    service: str
    capacity: int
    lines: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()

    @property
    def digits(self) -> str:
        """The number as it is dialled."""
        return "".join(each for each in self.number if each not in " -")

    @property
    def title(self) -> str:
        """Such as "028-86082660 one-number"."""
        return f"{self.number} {self.service}"
