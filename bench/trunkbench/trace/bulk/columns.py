"""Elements of Q.931 as the columns of `--fields` that are asked for, remembered."""

from __future__ import annotations

import re
from collections.abc import Sequence

from trunkbench.trace.bulk.memory import Memory, Text, digits_in
from trunkbench.trace.wireshark.elements import READINGS
from trunkbench.trace.wireshark.message import SEGMENTED_MESSAGE, read_element
from trunkbench.trace.wireshark.names import column
from trunkbench.trace.wireshark.steps import Extended, Octet, Some

MARK, MOST_TEXTS = 0xE000, 256
"""Characters that stand for texts (Unicode has them for private use, tshark prints none of them)."""

Cells = tuple[tuple[int, str], ...]
"""Which column an occurrence of a field belongs to, and its text."""
Begun = tuple[Cells, tuple[int, ...]]
"""The cells of what an element of text begins with, and the columns where its text goes."""


def text_field(identifier: int) -> str:
    """The field that holds the text of an element of codeset 0 whose reading is octets and then text; "" for
    elements of any other kind."""
    *before, last = READINGS.get((0, identifier), ()) or (None,)
    simple = all(type(step) is Octet or _extends(step) for step in before)
    return f"q931.{last.name}" if isinstance(last, Some) and simple else ""


def _extends(step: object) -> bool:
    return isinstance(step, Extended) and all(type(inner) is Octet for inner in step.steps)


class Columns(Memory[Cells, Begun]):
    """The cells of elements, for columns of these names."""

    safe = re.compile(rb"[ -~]+")
    """Text that is printed as it is."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._at: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            self._at.setdefault(name, []).append(index)
        self._count = len(names)
        self._texts: dict[int, str] = {}

    def cells(self, fields: Sequence[tuple[str, str]]) -> Cells:
        """The cells of these fields."""
        at = self._at
        return tuple((index, column([text])) for name, text in fields if name in at for index in at[name])

    def row(self, cells: Sequence[Cells]) -> list[str]:
        """Columns with the occurrences of each field joined by commas."""
        found = [""] * self._count
        seen = set()
        for some in cells:
            for index, text in some:
                found[index] = f"{found[index]},{text}" if index in seen else text
                seen.add(index)
        return found

    def marked(self, octets: bytes, at: int) -> tuple[list[Cells], list[slice]] | None:
        """The cells of a message's elements as `message` has them, with the character MARK + k for the k-th
        text, and where the texts are; None unless other messages of this shape differ in these texts only."""
        parts = self.parts(octets, at)
        if parts is None:
            return None
        texts = [part for part in parts if isinstance(part, Text)]
        if len(texts) > MOST_TEXTS or not digits_in(octets, texts):
            return None
        marks = iter(range(MARK, MARK + len(texts)))
        cells = [
            self._with(part.begun, chr(next(marks))) if isinstance(part, Text) else part for part in parts
        ]
        return cells, [slice(text.start, text.stop) for text in texts]

    def read(self, identifier: int, whole: bytes) -> Cells | None:
        element = read_element(0, whole)
        if element.broken or identifier == SEGMENTED_MESSAGE:
            return None
        told = self.cells(element.fields)
        name = self._texts.get(identifier)
        if name is None:
            name = self._texts[identifier] = text_field(identifier)
        if not name:
            self.keep(whole, told)
            return told
        self.of_text(identifier)
        if element.fields and element.fields[-1][0] == name:
            text = element.fields[-1][1].encode()
            end = len(whole) - len(text)
            if whole.endswith(text) and self.safe.fullmatch(whole, end):
                self.begin(whole, end, (self.cells(element.fields[:-1]), tuple(self._at.get(name, ()))))
        return told

    def complete(self, begun: Begun, whole: bytes, end: int) -> Cells:
        return self._with(begun, whole[end:].decode("ascii"))

    def _with(self, begun: Begun, text: str) -> Cells:
        before, places = begun
        return (*before, *((index, text) for index in places)) if places else before
