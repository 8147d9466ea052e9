"""The page of a trace in headless Chromium: it loads nothing else, its texts do nothing, and its controls
work.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from peerlib import require_program
from tracetalk import N, Talk, U

from trunkbench.trace.decoder import Decoder
from trunkbench.trace.page import write_page, write_svg
from trunkbench.trace.record import FrameRecord
from trunkwire.q931.ies import CauseIE, DisplayIE, Location
from trunkwire.q931.messages import MessageType as Type

HOSTILE = "</script><img src=x onerror='document.title=\"run\"'>"


def trace() -> list[FrameRecord]:
    """Two calls: one that is refused, its display text an attack, and one that goes well."""
    talk = Talk(span="span <b>1").up()
    talk.setup(N, 1, 1, DisplayIE(text=HOSTILE))
    talk.say(U, Type.RELEASE_COMPLETE, 1, CauseIE(value=88, location=Location.USER)).s(N)
    talk.call(U, 2, 2)
    return [item for item in talk.items if isinstance(item, FrameRecord)]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = require_program("chromium", "chromium")
    with Chromium(program, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "trace.html"
    decoder = Decoder()
    write_page(path, (decoder.decode(record) for record in trace()), decoder, HOSTILE, "pcap")
    return path.as_uri()


def test_it_works_without_scripts(browser: Chromium, page: str) -> None:
    browser.scripts(on=False)
    browser.load(page)
    assert browser.value("getComputedStyle(document.querySelector('.tools')).display") == "none"
    assert browser.value("document.querySelectorAll('details.frame').length") == 13
    assert "incompatible destination" in browser.value("document.querySelector('.finding').innerText")
    browser.scripts(on=True)


def test_nothing_of_the_trace_acts_and_nothing_is_loaded(browser: Chromium, page: str) -> None:
    browser.requests.clear()
    browser.errors.clear()
    browser.load(page + "?once")
    assert browser.value("document.title") == HOSTILE
    assert browser.value("document.querySelectorAll('img, iframe, link').length") == 0
    assert browser.value("document.querySelectorAll('script').length") == 1
    assert browser.requests == [page + "?once"]
    assert browser.errors == []


def test_search_call_and_layer_2(browser: Chromium, page: str) -> None:
    browser.load(page + "?find")
    visible = "Array.from(document.querySelectorAll('details.frame:not(.hidden)')).map(f => f.id).join()"
    search = "(find.value = '{}', find.dispatchEvent(new Event('input')), count.textContent)"
    setting = "const find = document.getElementById('find'), count = document.getElementById('count')"
    assert browser.value(f"{setting}; {search.format('ONERROR')}") == "1 of 13 frames"
    assert browser.value(visible) == "f3"
    key = "new KeyboardEvent('keydown', {key: 'Enter', cancelable: true})"
    browser.value(f"find.dispatchEvent({key})")
    assert browser.value("document.querySelector('.frame.here').id") == "f3"
    assert browser.value("document.getElementById('f3').open") is True
    assert browser.value(search.format("")) == "13 of 13 frames"
    browser.value("layer2.checked = false; layer2.dispatchEvent(new Event('change'))")
    assert browser.value(visible) == "f3,f4,f6,f7,f8,f9,f10,f11,f12,f13"
    browser.value("call.value = '2'; call.dispatchEvent(new Event('change'))")
    assert browser.value(visible) == "f6,f7,f8,f9,f10,f11,f12,f13"
    ladders = "Array.from(document.querySelectorAll('section.call:not(.hidden)')).map(c => c.id).join()"
    assert browser.value(ladders) == "c2"
    browser.value("document.getElementById('open').click()")
    assert browser.value("document.querySelectorAll('details.frame[open]').length") == 9
    browser.value("document.getElementById('close').click()")
    assert browser.value("document.querySelectorAll('details.frame[open]').length") == 0


def test_a_finding_leads_to_its_frame(browser: Chromium, page: str) -> None:
    browser.load(page + "?jump")
    assert browser.value("document.getElementById('f4').open") is False
    browser.value("document.querySelector('.finding a[href=\"#f4\"]').click()")
    assert browser.value("document.getElementById('f4').open") is True
    assert browser.value("document.querySelector('.frame.here').id") == "f4"
    assert "RELEASE COMPLETE" in browser.value("document.querySelector('.frame.here pre').textContent")
    place = "document.querySelector('.frame.here summary').getBoundingClientRect()"
    assert 0 < browser.value(f"{place}.top") < browser.value("innerHeight")
    browser.value("document.querySelector('section.call a[href=\"#f6\"]').dispatchEvent("
                  "new MouseEvent('click', {bubbles: true, cancelable: true}))")  # fmt: skip
    assert browser.value("document.querySelector('.frame.here').id") == "f6"


def test_an_address_names_a_frame_or_a_search(browser: Chromium, page: str) -> None:
    browser.load(page + "?address#f8")
    assert browser.value("document.querySelector('.frame.here').id") == "f8"
    browser.load(page + "?address#find=ALERTING")
    assert browser.value("document.getElementById('count').textContent") == "1 of 13 frames"


def test_the_picture_is_one(browser: Chromium, tmp_path: Path) -> None:
    path, decoder = tmp_path / "trace.svg", Decoder()
    write_svg(path, (decoder.decode(record) for record in trace()), decoder)
    browser.load(path.as_uri())
    assert browser.value("document.documentElement.tagName") == "svg"
    assert browser.value("document.querySelectorAll('path.tip').length") == 10
    assert browser.value("document.querySelector('parsererror')") is None
