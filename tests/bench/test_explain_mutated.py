"""Traces with frames repeated, left out, cut, altered and moved in time: explained, drawn, and no fall."""

from __future__ import annotations

import io
import json
import random

import explain_calls
import explain_links
import explain_messages
import msgspec
import pytest
from explaincase import Items

from trunkbench.trace.decoder import Decoder
from trunkbench.trace.explain import Explainer
from trunkbench.trace.explain.text import lines_of, to_json
from trunkbench.trace.page.collection import Collection
from trunkbench.trace.page.html import write_html
from trunkbench.trace.page.sketch import sketches
from trunkbench.trace.page.svg import write_svg
from trunkbench.trace.record import FrameRecord, Happening, Layer

CASES = (*explain_links.CASES, *explain_calls.CASES, *explain_messages.CASES)


def mutated(items: list[FrameRecord | Happening], chance: random.Random) -> None:
    """Do one thing to one of the items."""
    place = chance.randrange(len(items))
    item = items[place]
    if chance.random() < 0.2 or not isinstance(item, FrameRecord):
        items.insert(chance.randrange(len(items)), item)
        return
    data = bytearray(item.data)
    what = chance.randrange(5)
    if what == 0 and len(items) > 1:
        del items[place]
        return
    if what == 1 and data:
        data[chance.randrange(len(data))] = chance.randrange(256)
    elif what == 2:
        del data[chance.randrange(len(data) + 1) :]
    elif what == 3:
        data += chance.randbytes(chance.randrange(6))
    later = item.at_ns + (chance.randrange(-(10**10), 10**11) if what == 4 else 0)
    layer = chance.choice(list(Layer)) if what == 4 else item.layer
    items[place] = msgspec.structs.replace(item, data=bytes(data), at_ns=later, layer=layer)


def through_everything(items: Items) -> None:
    decoder, explainer, collection = Decoder(), Explainer(), Collection()
    for item in items:
        if isinstance(item, FrameRecord):
            frame = decoder.decode(item)
            explainer.frame(frame)
            collection.watch(frame)
            collection.take(frame)
        else:
            explainer.happening(item)
            collection.take(item)
        collection.want(explainer.book.fresh)
        explainer.book.fresh.clear()
    collection.finish(collection.open_rows.finish(decoder.finish()))
    report = explainer.report()
    assert all(line is not None for line in lines_of(report))
    assert json.loads(json.dumps(to_json(report)))["frames"] == report.frames
    page, picture = io.StringIO(), io.StringIO()
    write_html(page, collection, report, "trace", "form", layer2=True)
    write_svg(picture, sketches(collection.frames, layer2=True))
    assert page.getvalue().endswith("</html>\n")
    assert picture.getvalue().endswith("</svg>\n")


@pytest.mark.parametrize("seed", range(30))
def test_mutated_traces(seed: int) -> None:
    chance = random.Random(seed)
    items = list(chance.choice(CASES).trigger())
    for _ in range(chance.randrange(1, 8)):
        mutated(items, chance)
    through_everything(items)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1030))
def test_many_mutated_traces(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        items = list(chance.choice(CASES).trigger())
        for _ in range(chance.randrange(1, 12)):
            mutated(items, chance)
        through_everything(items)
