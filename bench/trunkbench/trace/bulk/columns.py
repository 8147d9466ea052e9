"""Elements of Q.931 as the columns of `--fields` that are asked for, remembered: by their octets where they
recur, by what stands before the text where they carry digits or text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from trunkbench.trace.wireshark.elements import READINGS
from trunkbench.trace.wireshark.message import SEGMENTED_MESSAGE, read_element
from trunkbench.trace.wireshark.names import column
from trunkbench.trace.wireshark.steps import Extended, Octet, Some

_MOST = 16_384
_SINGLE = 0x80
_SHIFT = 0x90
_SAFE = re.compile(rb"[ -~]+")
"""Text that is printed as it is."""

Cells = tuple[tuple[int, bytes], ...]
"""Which column an occurrence of a field belongs to, and its text."""


def text_field(identifier: int) -> str:
    """The field that holds the text of an element of codeset 0 whose reading is octets and then text; "" for
    elements of any other kind."""
    *before, last = READINGS.get((0, identifier), ()) or (None,)
    simple = all(type(step) is Octet or _extends(step) for step in before)
    return f"q931.{last.name}" if isinstance(last, Some) and simple else ""


def _extends(step: object) -> bool:
    return isinstance(step, Extended) and all(type(inner) is Octet for inner in step.steps)


class Columns:
    """The cells of elements of codeset 0, for columns of these names."""

    def __init__(self, names: Sequence[str]) -> None:
        self._at: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            self._at.setdefault(name, []).append(index)
        self._count = len(names)
        self._known: dict[bytes, Cells] = {}
        self._beginnings: dict[bytes, tuple[Cells, tuple[int, ...]]] = {}
        """By how an element of text begins: the cells of what it begins with, and where the text goes."""
        self._texts: dict[int, str] = {}
        self._ends: dict[int, tuple[int, ...]] = {}
        """Where the text of an identifier's elements has been found to begin."""

    def cells(self, fields: Sequence[tuple[str, str]]) -> Cells:
        """The cells of these fields."""
        at = self._at
        return tuple(
            (index, column([text]).encode()) for name, text in fields if name in at for index in at[name]
        )

    def row(self, cells: Sequence[Cells]) -> list[bytes]:
        """Columns with the occurrences of each field joined by commas."""
        found = [b""] * self._count
        seen = set()
        for some in cells:
            for index, text in some:
                found[index] = b"%b,%b" % (found[index], text) if index in seen else text
                seen.add(index)
        return found

    def message(self, octets: bytes, at: int) -> tuple[list[Cells], bool] | None:
        """The cells of the elements of a message from offset `at` on, and whether one of them carries text:
        then the message will hardly come again.

        None if there is a shift or a segment among them, or the message ends within one.
        """
        found: list[Cells] = []
        varied = False
        end = len(octets)
        known, ends = self._known, self._ends
        while at < end:
            identifier = octets[at]
            if identifier >= _SINGLE:
                stop = at + 1
            elif at + 1 < end:
                stop = at + 2 + octets[at + 1]
            else:
                return None
            whole = octets[at:stop]
            told = known.get(whole)
            if told is None:
                if stop > end or identifier & 0xF0 == _SHIFT or identifier == SEGMENTED_MESSAGE:
                    return None
                if identifier in ends:
                    varied = True
                    told = self._beginning(identifier, whole)
                if told is None:
                    told = self._read(identifier, whole)
                    if told is None:
                        return None
            if told:
                found.append(told)
            at = stop
        return found, varied

    def _beginning(self, identifier: int, whole: bytes) -> Cells | None:
        """An element of text, from an earlier one that began in the same way."""
        for end in self._ends[identifier]:
            begun = self._beginnings.get(whole[:end])
            if begun is not None:
                before, places = begun
                if not places:
                    return before
                text = whole[end:]
                if _SAFE.fullmatch(text) is None:
                    return None
                return (*before, *((index, text) for index in places))
        return None

    def _read(self, identifier: int, whole: bytes) -> Cells | None:
        """An element that was not met before; None if tshark gives the message up over it."""
        element = read_element(0, whole)
        if element.broken:
            return None
        told = self.cells(element.fields)
        name = self._texts.get(identifier)
        if name is None:
            name = self._texts[identifier] = text_field(identifier)
        if name:
            self._ends.setdefault(identifier, ())
            self._begin(name, whole, element.fields)
        else:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[whole] = told
        return told

    def _begin(self, name: str, whole: bytes, fields: Sequence[tuple[str, str]]) -> None:
        """Remember how an element of text begins."""
        if not fields or fields[-1][0] != name:
            return
        text = fields[-1][1].encode()
        end = len(whole) - len(text)
        if _SAFE.fullmatch(text) is None or not whole.endswith(text):
            return
        if len(self._beginnings) >= _MOST:
            self._beginnings.clear()
        self._beginnings[whole[:end]] = (self.cells(fields[:-1]), tuple(self._at.get(name, ())))
        ends = self._ends[whole[0]]
        if end not in ends:
            self._ends[whole[0]] = (*ends, end)
