"""An acceptance as one self-contained HTML page, to be handed over: nothing is loaded from anywhere.

Everything that comes from a configuration or from the line is escaped, and shown without control characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from trunkbench.acceptance.assets import SCRIPT, STYLE
from trunkbench.acceptance.report import Report, Summary
from trunkbench.acceptance.result import PlaceResult, RowResult
from trunkbench.acceptance.show import reached
from trunkbench.pages import head
from trunkbench.trace.page.safe import printable, safe

_MARKS = {"held": "✓ held", "failed": "✗ failed", "skipped": "– skipped"}


def html(report: Report) -> str:
    """The page: the verdict, a table of the numbers, and every row with what was measured."""
    title = safe(f"Acceptance of {report.bench}")
    about = [f"configuration {report.source}", f"topology {report.topology}", f"depth {report.depth}"]
    about += [f"seed {report.seed}", f"trunkbench {report.version}"]
    if report.when:
        about.append(f"begun {report.when}")
    if report.fault:
        about.append(f"with the deliberate fault {report.fault}")
    verdict = "failed" if report.exit_code else "held"
    parts = [
        head(printable(f"Acceptance of {report.bench}"), STYLE),
        f"<h1>{title}</h1>",
        f'<p class="{verdict}"><b>{_VERDICTS.get(report.exit_code, "not all measured")}</b> '
        f"{safe(report.headline())}</p>",
        f'<p class="soft">{safe(", ".join(about))}</p>',
        _counts(report),
        *(f'<p class="failed"><b>error</b> {safe(error)}</p>' for error in report.errors),
        _numbers(report.summaries()),
        _TOOLS,
        *(_number(each, report) for each in report.summaries()),
        f"<script>{SCRIPT}</script></body></html>",
    ]
    return "\n".join(parts) + "\n"


_VERDICTS = {0: "accepted", 1: "not accepted"}

_TOOLS = (
    '<div class="tools"><input type="search" id="find" placeholder="find a row" aria-label="find a row">'
    '<label><input type="checkbox" id="failed"> only what failed</label>'
    '<button id="open" type="button">open all</button><button id="close" type="button">close all</button>'
    '<span id="count" role="status"></span></div>'
)


def _counts(report: Report) -> str:
    spans = "".join(
        f'<span class="{verdict}"><b>{len(report.of(verdict))}</b> {verdict}</span>'
        for verdict in ("held", "failed", "skipped")
    )
    return f'<div class="figures">{spans}</div>'


# -- the table of numbers -----------------------------------------------------------------------------------

_HEADS = (
    ("number", ""),
    ("verdict", ""),
    ("calls at once", "connected of promised"),
    ("one more hears", "what the caller after the last one hears"),
    ("caller ID in", "what the premises are shown"),
    ("caller ID out", "what those called from the premises are shown"),
    ("heard", "lines and channels on which both parties heard each other"),
    ("first response", "the longest time until the exchange answered SETUP, or the line rang"),
    ("post-dial delay", "the longest time until the caller heard something"),
    ("connect", "the longest time from dialling to the answer, the called party's own second in it"),
    ("ASR", "answer-seizure ratio: calls answered of calls that rang"),
    ("left over", "channels, lines, call references, timers after everybody has hung up"),
)


def _numbers(summaries: Iterable[Summary]) -> str:
    heads = "".join(f'<th title="{safe(hint)}">{name}</th>' for name, hint in _HEADS)
    rows = "".join(_summary_row(each) for each in summaries)
    table = f'<table id="numbers"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<h2>The numbers</h2><div class="wide">{table}</div>'


def _summary_row(each: Summary) -> str:
    ratio = each.answer_seizure_ratio
    cells = (
        _MARKS[each.verdict],
        reached(each),
        each.one_more or "–",
        each.caller_id_in or "–",
        each.caller_id_out or "–",
        f"{each.places_well} of {each.places}" if each.places else "–",
        _ms(each.first_response_ms),
        _ms(each.post_dial_delay_ms),
        _ms(each.connect_ms),
        "–" if ratio is None else f"{ratio:.1%}",
        "something" if each.left_over else "nothing",
    )
    link = f'<a href="#{_anchor(each.number)}">{safe(each.number)}</a>'
    services = f'<br><span class="soft">{safe(", ".join(each.services))}</span>'
    told = "".join(f"<td>{safe(cell)}</td>" for cell in cells)
    return f'<tr class="{each.verdict}"><td>{link}{services}</td>{told}</tr>'


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f} ms"


def _anchor(number: str) -> str:
    return "n-" + "".join(each if each.isascii() and each.isalnum() else "-" for each in number)


# -- the rows -----------------------------------------------------------------------------------------------


def _number(summary: Summary, report: Report) -> str:
    rows = "\n".join(_row(row) for row in report.rows if row.number == summary.number)
    return f'<section><h2 id="{_anchor(summary.number)}">{safe(summary.number)}</h2>\n{rows}</section>'


def _row(row: RowResult) -> str:
    opened = " open" if row.verdict == "failed" else ""
    said = row.measured if row.verdict == "held" else row.reason
    body = [f"<p>{safe(row.reason)}</p>"] if row.reason and not row.checks else []
    if row.measured:
        body.append(f"<p>measured: {safe(row.measured)}</p>")
    body.append(_checks(row))
    body += [f'<p class="soft">note: {safe(note)}</p>' for note in row.notes]
    if row.artifacts:
        body.append(f"<p>trace, ladder and audio: <code>{safe(row.artifacts)}</code></p>")
    body += [_places(row.places), _calls(row.calls)]
    if row.line_time_s:
        body.append(f'<p class="soft">{row.line_time_s:.1f} s of line time, {row.wall_s:.2f} s of ours</p>')
    return (
        f'<details class="row {row.verdict}"{opened}><summary><b>{_MARKS[row.verdict]}</b> '
        f"{safe(row.service)}: {safe(row.promise)} <span>{safe(said.partition(chr(10))[0])}</span></summary>"
        f'<div class="body">{"".join(body)}</div></details>'
    )


def _checks(row: RowResult) -> str:
    items = "".join(
        f'<li class="{"held" if check.held else "failed"}"><b>{"✓" if check.held else "✗"}</b> '
        f"{safe(check.text)}{': ' + safe(check.detail) if check.detail else ''}</li>"
        for check in row.checks
    )
    return f'<ul class="checks">{items}</ul>' if items else ""


def _places(places: Iterable[PlaceResult]) -> str:
    rows = "".join(
        f'<tr class="{"held" if each.held else "failed"}"><td>{safe(each.place)}</td>'
        f"<td>{safe(each.caller)}</td><td>{safe(each.caller_hears)}</td><td>{safe(each.premises_hears)}</td></tr>"
        for each in places
    )
    if not rows:
        return ""
    heads = "<th>line or channel</th><th>caller</th><th>caller hears</th><th>premises hear</th>"
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<details><summary>lines and channels, by ear</summary><div class="wide">{table}</div></details>'


_CALL = ("caller", "called", "outcome", "cause", "heard", "t_first_response_ms", "pdd_ms", "t_connect_ms")


def _calls(calls: Iterable[Mapping[str, Any]]) -> str:
    heads = "".join(
        f"<th>{name}</th>"
        for name in (
            "caller",
            "called",
            "outcome",
            "cause",
            "heard",
            "first (ms)",
            "delay (ms)",
            "connect (ms)",
        )
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{safe(_cell(call, key))}</td>" for key in _CALL) + "</tr>" for call in calls
    )
    if not rows:
        return ""
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<details><summary>calls</summary><div class="wide">{table}</div></details>'


def _cell(call: Mapping[str, Any], key: str) -> str:
    value = call.get(key)
    if key == "heard":
        return ", ".join(str(sound["kind"]) for sound in value or ()) or "–"
    return "–" if value is None else str(value)
