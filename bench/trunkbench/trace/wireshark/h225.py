"""Whether tshark 4.0 gets through a SETUP of H.225.0, which stands in H.323's user-user element.

tshark gives the message up where an alias address chooses an extension of number 64 or more: it takes the
number's long form (X.691 11.6.2) for nonsense, and what follows for lengths. So the aligned packed encoding
(X.691) is followed as far as the alias addresses of a SETUP; what is not declared here ends the following,
and tshark is taken to get through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_LONG = 0x4000


class Unread(Exception):
    """Something that is not declared here, or octets that end."""


class Unknown(Exception):
    """What tshark fails over."""


class Bits:
    """Bits from the first octet's most significant one on."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    def take(self, count: int) -> int:
        """An integer of `count` bits."""
        if self._at + count > 8 * len(self._octets):
            raise Unread
        value = 0
        for at in range(self._at, self._at + count):
            value = value << 1 | self._octets[at // 8] >> 7 - at % 8 & 1
        self._at += count
        return value

    def octets(self, count: int) -> bytes:
        """Whole octets, aligned."""
        start = (self._at + 7) // 8
        if start + count > len(self._octets):
            raise Unread
        self._at = 8 * (start + count)
        return self._octets[start : start + count]

    def align(self) -> None:
        """Go on with a whole octet."""
        self._at = (self._at + 7) // 8 * 8

    def length(self) -> int:
        """A length determinant (X.691 11.9)."""
        first = self.octets(1)[0]
        if first < 0x80:
            return first
        length = first << 8 & 0x3F00 | self.octets(1)[0]
        if first >= 0xC0 or length >= _LONG:
            raise Unread
        return length

    def small(self) -> int:
        """A normally small number (X.691 11.6)."""
        if self.take(1):
            raise Unknown
        return self.take(6)


Type = Callable[[Bits], None]


def _sequence(*components: Type, optional: int, extended: Mapping[int, Type] | None = None) -> Type:
    """A SEQUENCE with an extension marker; bit n of `optional` is set if the component n may be left out."""

    def read(bits: Bits) -> None:
        more = bits.take(1)
        there = [not optional >> n & 1 or bool(bits.take(1)) for n in range(len(components))]
        for component, given in zip(components, there, strict=True):
            if given:
                component(bits)
        if more:
            additions = [bits.take(1) for _ in range(bits.small() + 1)]
            for number in (n for n, given in enumerate(additions) if given):
                inside = bits.octets(bits.length())
                if extended and number in extended:
                    extended[number](Bits(inside))

    return read


def _choice(width: int, *alternatives: Type) -> Type:
    """A CHOICE with an extension marker; `width` bits say which alternative."""

    def read(bits: Bits) -> None:
        if bits.take(1):
            bits.small()
            bits.octets(bits.length())
            return
        number = bits.take(width)
        if number >= len(alternatives):
            raise Unread
        alternatives[number](bits)

    return read


def _several(type_: Type) -> Type:
    """A SEQUENCE OF."""

    def read(bits: Bits) -> None:
        for _ in range(bits.length()):
            type_(bits)

    return read


def _octets(count: int) -> Type:
    def read(bits: Bits) -> None:
        bits.octets(count)

    return read


def _bit(bits: Bits) -> None:
    bits.take(1)


def _nothing(bits: Bits) -> None:
    pass


def _unread(bits: Bits) -> None:
    raise Unread


def _counted(bits: Bits) -> None:
    bits.octets(bits.length())


def _digits(bits: Bits) -> None:
    count = bits.take(7) + 1
    bits.align()
    bits.take(4 * count)


def _characters(bits: Bits) -> None:
    bits.octets(2 * (bits.octets(1)[0] + 1))


def _text(bits: Bits) -> None:
    bits.octets(bits.octets(1)[0] + 1)


_ALIAS = _choice(1, _digits, _characters)
_ALIASES = _several(_ALIAS)
_EXTENDED_ALIAS = _sequence(_ALIAS, _unread, _unread, optional=0b110)
_IP_ADDRESS = _octets(6)
_ADDRESS = _choice(3, _IP_ADDRESS)
_MAKER = _sequence(_octets(1), _octets(1), _octets(2), optional=0)
_NAME = _sequence(_MAKER, _text, _text, optional=0b110)
_PLAIN = _sequence(_unread, optional=1)
_ENDPOINT = _sequence(_unread, _NAME, _PLAIN, _unread, _PLAIN, _PLAIN, _bit, _bit, optional=0b111111)
_ADDITIONAL_SOURCES = 25
_SETUP = _sequence(
    _counted,
    _ADDRESS,
    _ALIASES,
    _ENDPOINT,
    _ALIASES,
    _ADDRESS,
    _ALIASES,
    _unread,
    _bit,
    _octets(16),
    _choice(2, _nothing, _nothing, _nothing),
    _unread,
    _choice(2, _nothing, _nothing, _nothing, _nothing),
    optional=0b100011110110,
    extended={_ADDITIONAL_SOURCES: _several(_EXTENDED_ALIAS)},
)
"""Setup-UUIE (H.225.0 annex H): from the protocol identifier to the call type."""
_MESSAGE = _sequence(_choice(3, _SETUP), _unread, optional=0b10)
_INFORMATION = _sequence(_MESSAGE, _unread, optional=0b10)


def gets_through(octets: bytes) -> bool:
    """Whether tshark reads the H323-UserInformation to its end."""
    try:
        _INFORMATION(Bits(octets))
    except Unread:
        return True
    except Unknown:
        return False
    return True
