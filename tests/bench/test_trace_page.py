"""The page and the picture of a trace: what stands in them, that nothing of the trace acts in them, and that
they stay bounded. `tests/peers` looks at them in a browser.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from explaincase import Items
from hypothesis import given, settings
from hypothesis import strategies as st
from tracetalk import N, Talk, U, logged

from trunkbench.cli import main
from trunkbench.trace import Direction, FrameRecord, PcapngWriter
from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.page import write_page, write_svg
from trunkbench.trace.page.collection import MOST_HAPPENINGS, Collection
from trunkbench.trace.page.safe import safe
from trunkbench.trace.page.sketch import sketches
from trunkbench.trace.record import Happening
from trunkwire.q931.ies import CauseIE, DisplayIE
from trunkwire.q931.messages import MessageType as Type

HOSTILE = ("</script><b>", "<img src=x>", "&lt;", "'\"><svg onload=a()>", "\x00\x1b[2J", "\u202eevil", "]]>")


class Markup(HTMLParser):
    """Elements with their attributes, and the text that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def markup(text: str) -> Markup:
    parsed = Markup()
    parsed.feed(text)
    return parsed


def page_of(items: Items, path: Path, name: str = "trace", limit: int = 2000) -> str:
    decoder = Decoder()
    decoded = (decoder.decode(item) if isinstance(item, FrameRecord) else item for item in items)
    write_page(path, decoded, decoder, name, "pcap", limit)
    return path.read_text(encoding="utf-8")


def svg_of(items: Items, path: Path, **options: bool) -> ET.Element:
    decoder = Decoder()
    decoded = (decoder.decode(item) if isinstance(item, FrameRecord) else item for item in items)
    write_svg(path, decoded, decoder, **options)
    return ET.fromstring(path.read_text(encoding="utf-8"))


def two_calls() -> Talk:
    talk = Talk(span="span 1").up()
    talk.setup(N, 1, 1).say(U, Type.RELEASE_COMPLETE, 1, CauseIE(value=88)).s(N)
    return talk.call(U, 2, 2)


def test_what_stands_on_a_page(tmp_path: Path) -> None:
    text = page_of(two_calls().items, tmp_path / "page.html")
    parsed = markup(text)
    identities = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert [i for i in identities if i and i.startswith("f") and i[1:].isdecimal()] == [
        f"f{number}" for number in range(1, 14)
    ]
    assert len(identities) == len(set(identities))
    assert {"c1", "c2", "n1"} < set(identities)
    shown = " ".join(parsed.shown)
    assert "pcap: 13 frames, 2 calls in" in shown
    assert "13 frames, 2 calls: 1 fault, the worst first." in shown
    assert "Cause 88 incompatible destination" in shown
    assert "88 incompatible destination (user)" in shown
    assert "0815" in shown
    assert "4711" in shown
    finding = text[text.index('id="n1"') : text.index("<h2>Calls")]
    assert '<a href="#f4">4</a>' in finding
    assert '<a href="#c1">1</a> (reference 1)' in finding
    assert "Q.931 RELEASE COMPLETE" in text
    rungs = re.findall(r'<a href="#f(\d+)"><g>', text)
    assert rungs == ["3", "4", "6", "7", "8", "9", "10", "11", "12", "13"]


def test_a_page_refers_to_nothing_outside(tmp_path: Path) -> None:
    text = page_of(two_calls().items, tmp_path / "page.html")
    parsed = markup(text)
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in parsed.elements}
    for tag, attributes in parsed.elements:
        assert not {"src", "onload", "onerror", "onclick"} & set(attributes), tag
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|innerHTML", text)
    assert "default-src 'none'" in text
    assert re.findall(r"https?://[^\"' ]*", text) == ["http://www.w3.org/2000/svg"] * text.count("<svg xmlns")


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_trace_is_markup(text: str, tmp_path: Path) -> None:
    talk = Talk(span=text).up().happen(text, True)
    octets = "".join(c if ord(c) < 256 else "?" for c in text)
    talk.setup(N, 1, 1, DisplayIE(text=octets), to=octets[:9])
    talk.say(U, Type.RELEASE_COMPLETE, 1, CauseIE(value=1))
    page = page_of(talk.items, tmp_path / "page.html", text)
    tags = [tag for tag, _ in markup(page).elements]
    plain = [tag for tag, _ in markup(page_of(two_calls().items, tmp_path / "plain.html")).elements]
    assert set(tags) <= set(plain)
    assert tags.count("script") == 1
    assert "\x00" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    root = svg_of(talk.items, tmp_path / "picture.svg")
    assert {element.tag.partition("}")[2] for element in root.iter()} <= {
        "svg", "title", "style", "rect", "text", "line", "path", "g",
    }  # fmt: skip
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)


@settings(deadline=None)
@given(st.text())
def test_safe_text_reads_back(text: str) -> None:
    made = safe(text)
    assert not set(made) & set("<>\"'\x00\x7f\u202e\u2066\r")
    parsed = markup(f"<i>{made}</i>")
    assert [tag for tag, _ in parsed.elements] == ["i"]
    if text.isprintable():
        assert "".join(parsed.shown) == text


def test_a_long_trace_is_bounded_and_says_so(tmp_path: Path) -> None:
    talk = Talk().up()
    for ref in range(1, 21):
        talk.call(N, ref, 1)
    talk.setup(N, 30, 1).say(U, Type.RELEASE_COMPLETE, 30, CauseIE(value=1))
    text = page_of(talk.items, tmp_path / "page.html", limit=10)
    assert text.count('<details class="frame') == 11
    last = len(talk.items)
    assert f'id="f{last}"' in text
    assert f'<a href="#f{last}">' in text
    assert f"{last} frames, 21 calls" in text
    assert (
        f"11 frames are embedded here: the first of them and those that findings name; {last - 11} are not"
        in text
    )
    assert text.count("<tr data-call=") == 21


def test_a_finding_about_a_frame_long_past_has_no_link() -> None:
    collection = Collection(limit=1)
    decoder = Decoder()
    frames = [decoder.decode(item) for item in two_calls().items if isinstance(item, FrameRecord)]
    for frame in frames:
        collection.take(frame)
    collection.want([5])
    assert collection.holds(1)
    assert collection.holds(5)
    assert not collection.holds(4)
    assert (collection.total, collection.left_out) == (13, 11)
    for number in range(MOST_HAPPENINGS + 5):
        collection.take(Happening(number, "alarm"))
    assert len(collection.happenings) == MOST_HAPPENINGS


def test_happenings_stand_where_they_were(tmp_path: Path) -> None:
    talk = Talk().up().happen("loss of signal", True).wait(1)
    talk.s(U).happen("signal is back", False)
    text = page_of(talk.items, tmp_path / "page.html")
    order = [
        text.index(piece) for piece in ('id="f2"', "loss of signal</p>", 'id="f3"', "signal is back</p>")
    ]
    assert order == sorted(order)


def test_an_empty_trace(tmp_path: Path) -> None:
    text = page_of([], tmp_path / "page.html")
    assert "pcap: no frames" in text
    assert "No call." in text
    root = svg_of([], tmp_path / "picture.svg")
    assert "No call." in "".join(root.itertext())


def decoded(talk: Talk) -> list[Decoded]:
    decoder = Decoder()
    return [decoder.decode(item) for item in talk.items if isinstance(item, FrameRecord)]


def test_rungs_point_from_the_sender() -> None:
    first, second = sketches(decoded(two_calls()))
    assert (first.left, first.right) == ("network side", "user side")
    assert [rung.rightwards for rung in first.rungs] == [True, False]
    assert [(rung.number, rung.time, rung.name) for rung in second.rungs][:2] == [
        (6, "0.000000", "SETUP"),
        (7, "0.010000", "CALL PROCEEDING"),
    ]
    assert first.title == (
        "Call 1, span 1: reference 1 of the network side; 0815 to 4711; channel 1; "
        "cleared by the user side with cause 88 incompatible destination"
    )
    assert [rung.pause for rung in second.rungs].count(True) == 2


def test_layer_2_between_the_messages_of_a_call() -> None:
    talk = two_calls()
    talk.setup(N, 3, 3).s(U).say(U, Type.ALERTING, 3)
    plain, with_layer2 = (list(sketches(decoded(talk), layer2=how))[-1] for how in (False, True))
    assert [rung.name for rung in plain.rungs] == ["SETUP", "ALERTING"]
    assert [rung.message for rung in with_layer2.rungs] == [True, False, True]
    assert "RR R=" in with_layer2.rungs[1].name


def test_a_log_has_its_ends() -> None:
    setup = bytes.fromhex("0802000105 04038090a3 1803a98381")
    records = logged([(0, Direction.OUT, setup), (1, Direction.IN, bytes.fromhex("0802800102"))])
    decoder = Decoder()
    (sketch,) = sketches([decoder.decode(record) for record in records])
    assert (sketch.left, sketch.right) == ("recording end", "far end")
    assert [rung.rightwards for rung in sketch.rungs] == [True, False]


def test_the_picture_has_a_rung_for_each_message(tmp_path: Path) -> None:
    root = svg_of(two_calls().items, tmp_path / "picture.svg")
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert texts.count("SETUP") == 2
    assert "CONNECT ACKNOWLEDGE" in texts
    assert sum(element.tag.endswith("path") for element in root.iter()) == 10
    assert not [element for element in root.iter() if element.tag.endswith("}a")]


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace, page, picture = tmp_path / "trace.pcapng", tmp_path / "out.html", tmp_path / "out.svg"
    with trace.open("wb") as file:
        writer = PcapngWriter(file)
        for item in two_calls().items:
            if isinstance(item, FrameRecord):
                writer.write(item)
        writer.flush()
    assert main(["decode", str(trace), "--ladder", str(page)]) == 0
    assert capsys.readouterr().out == f"{page}: 2 calls\n"
    assert "<h1>trace.pcapng</h1>" in page.read_text(encoding="utf-8")
    assert main(["decode", str(trace), "--ladder", str(picture), "--call", "2", "--layer2"]) == 0
    assert capsys.readouterr().out == f"{picture}: 1 call\n"
    assert "Call 2" in picture.read_text(encoding="utf-8")
    assert "Call 1" not in picture.read_text(encoding="utf-8")
    assert main(["decode", str(trace), "--ladder", str(tmp_path / "none" / "out.html")]) == 5
