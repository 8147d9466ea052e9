"""The words a layout is declared with: where a field sits, and when its octet is there.

Octets carry the labels of the Recommendation's figures. "3" leads group 3; "3a", "3b" extend it, each present
when the extension bit (bit 8, 0 = another octet follows; Q.931 4.5.1) of the one before is 0. An octet has an
extension bit unless a field covers bit 8. A label may carry a variant after a slash ("5b/v110"): the same
octet under another condition. Bits are numbered 8 (first, most significant) to 1. Bits that no field covers
are spare: sent as 0, not examined on receipt.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Bits(msgspec.Struct, frozen=True):
    """Bits `high` to `low` of octet `octet`; `ws` is Wireshark's name of the field."""

    octet: str
    high: int
    low: int
    ws: str = ""

    def __post_init__(self) -> None:
        if not 8 >= self.high >= self.low >= 1:
            raise ValueError(
                f"octet {self.octet}: bits {self.high} to {self.low} are not within 8 to 1, high first"
            )


class Each(msgspec.Struct, frozen=True):
    """Bits 7 to 1 of a run of octets, as a tuple of integers.

    The run ends at the octet whose extension bit is 1; one that ends with the body instead is accepted as
    well, since equipment is known to send a lone channel number without its extension bit.
    """

    octet: str
    ws: str = ""


class Text(msgspec.Struct, frozen=True):
    """All octets that remain, one character each (IA5; octets above 127 are kept as the Latin-1
    character)."""

    octet: str
    ws: str = ""


class Rest(msgspec.Struct, frozen=True):
    """All octets that remain, as bytes."""

    octet: str
    ws: str = ""


class Slots(msgspec.Struct, frozen=True):
    """All octets that remain, as a `SlotMap`."""

    octet: str
    ws: str = ""


class Number(msgspec.Struct, frozen=True):
    """An unsigned integer of `octets` octets, the most significant first."""

    octet: str
    octets: int
    ws: str = ""

    def __post_init__(self) -> None:
        if self.octets < 1:
            raise ValueError(f"octet {self.octet}: a number has one octet or more, not {self.octets}")


class Septets(msgspec.Struct, frozen=True):
    """An unsigned integer in bits 7 to 1 of successive octets, the most significant first.

    Bit 8 is 0 in all octets but the last. With `octets` it has exactly so many, and `bits` of them count (the
    others, in the first octet, are spare); without, as many as its extension bits say, or as the body has.
    """

    octet: str
    octets: int = 0
    bits: int = 0
    ws: str = ""

    def __post_init__(self) -> None:
        if self.octets < 0 or not 0 <= self.bits <= 7 * self.octets:
            raise ValueError(f"octet {self.octet}: {self.bits} bits do not fit {self.octets} octets of 7")

    @property
    def limit(self) -> int:
        """The first number that is too great; 0: there is none."""
        return 1 << (self.bits or 7 * self.octets) if self.octets else 0


class Counted(msgspec.Struct, frozen=True):
    """As many octets as the field `by` says, less `less`: text of one character an octet, or else bytes."""

    octet: str
    by: str
    less: int = 0
    text: bool = False
    ws: str = ""


Place = Bits | Each | Number | Text | Rest | Slots | Septets | Counted


class When:
    """The octet is there if each named field, declared before it, has one of the given values."""

    __slots__ = ("fields",)

    def __init__(self, **fields: int | tuple[int, ...]) -> None:
        self.fields = tuple(
            (name, tuple(int(n) for n in (v if isinstance(v, tuple) else (v,)))) for name, v in fields.items()
        )

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether the values read so far ask for the octet."""
        return all(values.get(name) in allowed for name, allowed in self.fields)


class IfMore(msgspec.Struct, frozen=True):
    """The octet is there unless the body has ended."""


class Marked(msgspec.Struct, frozen=True):
    """The octet is there if the next one exists and holds `value` in bits `high` to `low` (a layer
    identification)."""

    high: int
    low: int
    value: int
    ws: str = ""


class Fixed(msgspec.Struct, frozen=True):
    """The octet is always there and holds `value` in bits `high` to `low`; octets with another value are
    refused."""

    high: int
    low: int
    value: int
    ws: str = ""


Presence = When | IfMore | Marked | Fixed
