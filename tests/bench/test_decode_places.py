"""Several D channels on one span can be told apart in lines, ladders and tables."""

from __future__ import annotations

import msgspec
from tracetalk import Talk, U

from trunkbench.trace.callrows import CallRow, CallRows
from trunkbench.trace.calltable import UNLIMITED, table_lines
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.ladders import ladder
from trunkbench.trace.lines import Places, line
from trunkbench.trace.page.sketch import sketches
from trunkbench.trace.record import FrameRecord


def records(*slots: int, span: str = "E1") -> list[FrameRecord]:
    """A call on each of these timeslots, one after the other."""
    made = []
    for number, slot in enumerate(slots):
        talk = Talk(span=span, start=100.0 * number).up().call(U)
        made += [
            msgspec.structs.replace(item, slot=slot) for item in talk.items if isinstance(item, FrameRecord)
        ]
    return made


def titles(text: str) -> list[str]:
    return [row.split(":")[0] for row in text.splitlines() if row.startswith("Call ")]


def test_places_name_the_timeslot_where_it_says_something() -> None:
    def told(*slots: int, span: str = "E1") -> list[str]:
        places = Places()
        return [places.of(record) for record in records(*slots, span=span)[::10]]

    assert told(16) == ["E1"]
    assert told(24) == ["E1"]
    assert told(0) == ["E1"]
    assert told(5) == ["E1 timeslot 5"]
    assert told(5, span="") == ["timeslot 5"]
    assert told(16, 5, 16) == ["E1", "E1 timeslot 5", "E1 timeslot 16"]
    assert told(5, span="1:5") == ["1:5"]


def test_lines() -> None:
    decoder, places = Decoder(), Places()
    rows = [line(decoder.decode(record), 0, places) for record in records(1, 2)]
    assert ["E1 timeslot 1 " in row for row in rows] == [True] * 10 + [False] * 10
    assert ["E1 timeslot 2 " in row for row in rows] == [False] * 10 + [True] * 10


def test_ladders() -> None:
    assert titles(ladder(records(16, 5))) == ["Call 1, E1 timeslot 16", "Call 2, E1 timeslot 5"]
    assert titles(ladder(records(16))) == ["Call 1, E1"]
    decoder = Decoder()
    drawn = [sketch.title.split(":")[0] for sketch in sketches([decoder.decode(r) for r in records(16, 5)])]
    assert drawn == ["Call 1, E1 timeslot 16", "Call 2, E1 timeslot 5"]


def test_rows_of_calls() -> None:
    def table(*slots: int, width: int = UNLIMITED) -> list[str]:
        decoder, rows = Decoder(), CallRows()
        ready: list[CallRow] = []
        for record in records(*slots):
            ready += rows.feed(decoder.decode(record))
        ready += rows.finish(decoder.finish())
        lines = list(table_lines(ready, lambda: 0, width))
        return [lines[0], *(text for text in lines[1:] if text[:4].strip().isdecimal())]

    for width in (UNLIMITED, 80):
        head, first, second = table(16, 5, width=width)
        end = head.index("slot") + 4
        assert (first[end - 2 : end], second[end - 2 : end]) == ("16", " 5")
        assert "slot" not in table(16, width=width)[0]
