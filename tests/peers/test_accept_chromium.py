"""The page of an acceptance in headless Chromium: it loads nothing, its texts do nothing, its controls work,
and it can be read in light, in dark and without scripts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Chromium
from peerlib import require_program

from trunkbench.acceptance import CheckResult, PlaceResult, Report, RowResult
from trunkbench.acceptance.html import html

HOSTILE = "</script><img src=x onerror='document.title=\"run\"'>"
CALL = {"caller": HOSTILE, "called": "62300000", "outcome": "answered", "cause": 16, "heard": []}


def result(number: str, promise: str, verdict: str, **more: object) -> RowResult:
    told = {"service": "one-number", "aspect": "capacity", "measured": "4 of 4 connected", **more}
    return RowResult(row=f"{number}: {promise}", number=number, promise=promise, verdict=verdict, **told)  # type: ignore[arg-type]


def report() -> Report:
    """Two numbers; one row held, one failed with an attack in everything that comes from the line."""
    held = result(
        "028-86082660",
        "capacity 4",
        "held",
        figures={"promised": 4, "reached": 4, "seized": 4, "answered": 4},
        places=(PlaceResult("line 11111111", "2000", "its party", "its party", True),),
        checks=(CheckResult("4 callers at once get through", True),),
    )
    checks = (
        CheckResult("caller 5 does not get through", True),
        CheckResult("hears busy", False, HOSTILE),
    )
    failed = result(
        "028-86082660", "caller 5 hears busy", "failed", aspect="one more", reason=HOSTILE, checks=checks,
        calls=(CALL,),
    )  # fmt: skip
    skipped = result("62301234", "capacity 1", "skipped", measured="", reason="needs an analog line")
    return Report("bench <b>1", "plan.toml", rows=[held, failed, skipped], asked=3)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = require_program("chromium", "chromium")
    with Chromium(program, tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html(report()), encoding="utf-8")
    return path.as_uri()


def test_it_can_be_read_without_scripts(browser: Chromium, page: str) -> None:
    browser.scripts(on=False)
    browser.load(page)
    assert browser.value("getComputedStyle(document.querySelector('.tools')).display") == "none"
    assert browser.value("document.querySelector('p.failed').innerText").startswith("not accepted bench <b>1")
    rows = "Array.from(document.querySelectorAll('#numbers tbody tr')).map(r => r.cells[1].innerText).join()"
    assert browser.value(rows) == "✗ failed,– skipped"
    assert browser.value("document.querySelectorAll('details.row[open]').length") == 1
    browser.scripts(on=True)


def test_nothing_of_the_line_acts_and_nothing_is_loaded(browser: Chromium, page: str) -> None:
    browser.requests.clear()
    browser.errors.clear()
    browser.load(page + "?once")
    assert browser.value("document.title") == "Acceptance of bench <b>1"
    assert browser.value("document.querySelectorAll('img, iframe, link').length") == 0
    assert browser.value("document.querySelector('.checks .failed').innerText") == f"✗ hears busy: {HOSTILE}"
    assert browser.requests == [page + "?once"]
    assert browser.errors == []


def test_rows_are_found_opened_and_closed(browser: Chromium, page: str) -> None:
    browser.load(page + "?find")
    shown = "Array.from(document.querySelectorAll('details.row:not(.hidden)')).length"
    sections = "Array.from(document.querySelectorAll('section:not(.hidden) h2')).map(h => h.innerText).join()"
    setting = "const find = document.getElementById('find'), count = document.getElementById('count')"
    search = "(find.value = '{}', find.dispatchEvent(new Event('input')), count.textContent)"
    assert browser.value(f"{setting}; {search.format('62301234')}") == "1 of 3 rows"
    assert browser.value(sections) == "62301234"
    assert browser.value(search.format("")) == "3 of 3 rows"
    browser.value("document.getElementById('failed').click()")
    assert (browser.value(shown), browser.value(sections)) == (1, "028-86082660")
    browser.value("document.getElementById('failed').click()")
    opened = "document.querySelectorAll('details.row[open]').length"
    browser.value("document.getElementById('open').click()")
    assert browser.value(opened) == 3
    browser.value("document.getElementById('close').click()")
    assert browser.value(opened) == 0
    browser.value("document.querySelector('#numbers a').click()")
    assert browser.value("location.hash") == "#n-028-86082660"
    assert browser.value("document.querySelector(location.hash).innerText") == "028-86082660"


def test_light_and_dark_have_contrast_and_nothing_is_cut_off(browser: Chromium, page: str) -> None:
    browser.load(page + "?colours")
    ink = "getComputedStyle(document.body).color + getComputedStyle(document.body).backgroundColor"
    seen = set()
    for scheme in ("light", "dark"):
        browser.call(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        seen.add(browser.value(ink))
    assert len(seen) == 2
    for width in (1400, 500):
        browser.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )
        assert browser.value("document.documentElement.scrollWidth <= innerWidth") is True
    browser.call("Emulation.clearDeviceMetricsOverride")


def test_the_table_of_the_numbers_fits_its_box(browser: Chromium, tmp_path: Path) -> None:
    busy = "busy 450 Hz 350/350 ms -10 dBm0, cause 34 (no circuit/channel available)"
    times = {"first_response_ms": 12345.0, "post_dial_delay_ms": 12345.0, "connect_ms": 12345.0}
    figures = {"promised": 30, "reached": 30, "seized": 30, "answered": 29, **times}
    number = "028-62300000"
    rows = [
        result(number, "capacity 30", "failed", service="digital-trunk", figures=figures),
        result(number, "caller 31 hears busy", "held", aspect="one more", measured=busy),
        result(
            number, "caller ID", "held", aspect="caller ID in", measured="shown 02187654321 on E1 channel 31"
        ),
        result(
            number, "shows", "held", aspect="caller ID out", measured="02862300000, 02862300001, 02862300002"
        ),
    ]
    path = tmp_path / "wide.html"
    path.write_text(html(Report("bench", "plan.toml", rows=rows, asked=4)), encoding="utf-8")
    for width in (1400, 1000):
        browser.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )
        browser.load(path.as_uri() + f"?{width}")
        box = "document.querySelector('#numbers').parentElement"
        assert browser.value(f"{box}.scrollWidth - {box}.clientWidth") == 0
