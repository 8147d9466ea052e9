"""A memory of information elements: by their octets where they recur, by what stands before the text where
they carry digits or text.

An element that is some octets and then text tells the same but for the text, as long as its identifier, its
length and the octets in front of the text are the same; so those are the key of a memory of beginnings.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

MOST = 16_384
SINGLE_OCTET = 0x80
_SHIFT = 0x90
_DIGITS = re.compile(rb"[0-9]")
_ANY_DIGIT = bytes.maketrans(b"123456789", b"000000000")

V = TypeVar("V")
B = TypeVar("B")


class Text(msgspec.Struct, Generic[B], frozen=True, gc=False):
    """The text of an element in a message, from octet `start` to `stop`, and how the element begins."""

    begun: B
    start: int
    stop: int


def shape(octets: bytes) -> bytes:
    """A message with every digit made 0."""
    return octets.translate(_ANY_DIGIT)


def digits_in(octets: bytes, texts: Iterable[Text[B]]) -> bool:
    """Whether every digit in a message is one of these texts; one that is none is a length, or a channel.
    Then messages of the same shape tell the same but for the digits."""
    at = 0
    for text in texts:
        if _DIGITS.search(octets, at, text.start):
            return False
        at = text.stop
    return not _DIGITS.search(octets, at)


class Memory(ABC, Generic[V, B]):
    """What elements of codeset 0 tell (V), and how elements of text begin (B).

    A class below says what a new element tells, and what one tells that begins like an earlier one. `safe` is
    the text that nothing has to be asked about.
    """

    safe: re.Pattern[bytes]

    def __init__(self) -> None:
        self._known: dict[bytes, V] = {}
        self._beginnings: dict[bytes, B] = {}
        self._ends: dict[int, tuple[int, ...]] = {}
        """Where the text of an identifier's elements has been found to begin."""

    @abstractmethod
    def read(self, identifier: int, whole: bytes) -> V | None:
        """What an element tells that was not met before, after `keep` or `begin`; None if that cannot be told
        without the whole message."""

    @abstractmethod
    def complete(self, begun: B, whole: bytes, end: int) -> V:
        """What an element tells that begins like an earlier one; its text begins at `end`."""

    def keep(self, whole: bytes, told: V) -> None:
        """Remember an element."""
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[whole] = told

    def of_text(self, identifier: int) -> None:
        """Remember that this element carries text, so that messages with it hardly come again."""
        self._ends.setdefault(identifier, ())

    def begin(self, whole: bytes, end: int, begun: B) -> None:
        """Remember how an element of text begins."""
        if len(self._beginnings) >= MOST:
            self._beginnings.clear()
        self._beginnings[whole[:end]] = begun
        ends = self._ends.get(whole[0], ())
        if end not in ends:
            self._ends[whole[0]] = (*ends, end)

    def message(self, octets: bytes, at: int) -> tuple[list[V], bytes, bool] | None:
        """What the elements of a message from offset `at` on tell.

        With it their identifiers, and whether one of them carries text. None if there is a shift among them,
        or one of which `read` does not tell, or the message ends within one.
        """
        found: list[V] = []
        order = bytearray()
        varied = False
        end = len(octets)
        known, ends = self._known, self._ends
        while at < end:
            identifier = octets[at]
            if identifier >= SINGLE_OCTET:
                stop = at + 1
            elif at + 1 < end:
                stop = at + 2 + octets[at + 1]
            else:
                return None
            whole = octets[at:stop]
            told = known.get(whole)
            if told is None:
                if stop > end or identifier & 0xF0 == _SHIFT:
                    return None
                if identifier in ends:
                    varied = True
                    told = self._beginning(identifier, whole)
                if told is None:
                    told = self.read(identifier, whole)
                    if told is None:
                        return None
            found.append(told)
            order.append(identifier)
            at = stop
        return found, bytes(order), varied

    def parts(self, octets: bytes, at: int) -> list[V | Text[B]] | None:
        """What the elements of a message tell that `message` has read, one by one: for those with text how
        they begin and where the text is. None if not every element is remembered."""
        found: list[V | Text[B]] = []
        while at < len(octets):
            stop = at + 1 if octets[at] >= SINGLE_OCTET else at + 2 + octets[at + 1]
            whole = octets[at:stop]
            known = self._known.get(whole)
            if known is not None:
                found.append(known)
            else:
                for end in self._ends.get(octets[at], ()):
                    begun = self._beginnings.get(whole[:end])
                    if begun is not None and self.safe.fullmatch(whole, end):
                        found.append(Text(begun, at + end, stop))
                        break
                else:
                    return None
            at = stop
        return found

    def _beginning(self, identifier: int, whole: bytes) -> V | None:
        """An element of text, from an earlier one that began in the same way."""
        for end in self._ends[identifier]:
            begun = self._beginnings.get(whole[:end])
            if begun is not None:
                return self.complete(begun, whole, end) if self.safe.fullmatch(whole, end) else None
        return None
