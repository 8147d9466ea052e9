"""A trace as one self-contained page: what went wrong, the calls, their ladders, and every frame.

Written piece by piece; nothing is loaded from anywhere, and what comes from the trace is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from trunkbench.pages import head
from trunkbench.trace.callrows import CallRow
from trunkbench.trace.calltable import nanoseconds
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.explainer import Report
from trunkbench.trace.explain.finding import Finding, Severity, number_of
from trunkbench.trace.explain.text import headline, sentence, whose_of
from trunkbench.trace.lines import Places, line, seconds
from trunkbench.trace.page.assets import SCRIPT, STYLE
from trunkbench.trace.page.collection import Collection
from trunkbench.trace.page.safe import printable, safe
from trunkbench.trace.page.sketch import Sketch, sketches
from trunkbench.trace.page.svg import ladder_svg
from trunkbench.trace.tree import tree

_BAR = 1000


def write_html(
    file: TextIO, collection: Collection, report: Report, name: str, form: str, *, layer2: bool = False
) -> None:
    """The page of a trace called `name` of the format `form`."""
    for part in _parts(collection, report, name, form, layer2):
        file.write(part + "\n")


def _parts(collection: Collection, report: Report, name: str, form: str, layer2: bool) -> Iterator[str]:
    ladders = list(sketches(collection.frames, layer2=layer2))
    yield head(printable(name), STYLE)
    yield f'<h1>{safe(name)}</h1><p class="soft">{safe(form)}{_extent(collection)}</p>'
    yield _tools(ladders)
    yield f'<h2 id="findings">What went wrong</h2><p>{safe(headline(report))}</p>'
    for place, finding in enumerate(report.findings, 1):
        yield _finding(place, finding, report, collection)
    if report.inferred:
        yield f'<p class="soft">{safe(report.inferred)}</p>'
    yield from _calls(collection)
    yield "<h2>Ladders</h2>"
    if not ladders:
        yield "<p>No call.</p>"
    for ladder in ladders:
        yield (
            f'<section class="call" id="c{ladder.call}" data-call="{ladder.call}">'
            f"<h3>{safe(ladder.title)}</h3>{ladder_svg(ladder)}</section>"
        )
    yield from _frames(collection)
    yield f"<script>{SCRIPT}</script></body></html>"


def _extent(collection: Collection) -> str:
    """How much there is, and how much of it is embedded."""
    if collection.epoch_ns is None:
        return ": no frames"
    text = f": {collection.total:,} frames, {collection.calls:,} calls in "
    text += f"{seconds(collection.last_ns - collection.epoch_ns)} s"
    if collection.left_out:
        text += (
            f". {len(collection.frames):,} frames are embedded here: the first of them and those that "
            f"findings name; {collection.left_out:,} are not"
        )
    return text


def _tools(ladders: list[Sketch]) -> str:
    options = "".join(
        f'<option value="{ladder.call}">{safe(ladder.title[:80])}</option>'
        for ladder in ladders
        if ladder.call
    )
    return (
        '<div class="tools"><input type="search" id="find" placeholder="search frames (Enter: next)" '
        'aria-label="search frames">'
        f'<select id="call" aria-label="call"><option value="">all calls</option>{options}</select>'
        '<label><input type="checkbox" id="layer2" checked> layer 2</label>'
        '<button type="button" id="open">expand</button><button type="button" id="close">collapse</button>'
        '<span class="soft" id="count"></span></div>'
    )


def _finding(place: int, finding: Finding, report: Report, collection: Collection) -> str:
    kind = finding.kind
    opened = " open" if kind.severity is Severity.FAULT else ""
    links = ", ".join(_link(number, collection) for number in finding.frames)
    parts = [f"<p>{safe(sentence(finding.text))}</p>"]
    if links:
        times = f" ({finding.count} times)" if finding.count > len(finding.frames) else ""
        parts.append(f"<p>Frames {links}{times}</p>")
    if finding.calls:
        named = ", ".join(
            f'<a href="#c{number}">{number}</a> (reference {reference})'
            for number, reference in finding.calls
        )
        parts.append(f"<p>Calls {named}</p>")
    if whose := whose_of(finding, report):
        parts.append(f"<p>Whose: {safe(whose)}</p>")
    parts.append(f'<p class="soft">{safe(kind.means)}</p>')
    parts += [f"<p>At that time: {safe(near)}</p>" for near in finding.nearby]
    parts.append(f"<ul>{''.join(f'<li>{safe(look)}</li>' for look in kind.look)}</ul>")
    clause = f' <span class="soft">{safe(kind.clause)}</span>' if kind.clause else ""
    return (
        f'<details class="finding {kind.severity.value}" id="n{place}" data-kind="{kind.slug}"{opened}>'
        f"<summary>{place}. <b>{safe(kind.title)}</b>{clause}</summary>"
        f'<div class="body">{"".join(parts)}</div></details>'
    )


def _link(number: int, collection: Collection) -> str:
    """A frame's number, as a link where the frame is on the page."""
    return f'<a href="#f{number}">{number}</a>' if collection.holds(number) else f"{number} (not embedded)"


def _calls(collection: Collection) -> Iterator[str]:
    yield "<h2>Calls</h2>"
    if not collection.rows:
        yield "<p>No call.</p>"
        return
    epoch = collection.epoch_ns or 0
    span = max(collection.last_ns - epoch, 1)
    heads = ("call", "from", "to", "channel", "begins", "talks", "cleared", "messages", "time")
    titles = "".join(f"<th>{head}</th>" for head in heads)
    yield f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>'
    for row in collection.rows:
        yield _row(row, epoch, span)
    yield "</tbody></table></div>"
    if collection.calls > len(collection.rows):
        yield f'<p class="soft">The first {len(collection.rows):,} of {collection.calls:,} calls.</p>'


def _row(row: CallRow, epoch: int, span: int) -> str:
    cleared = row.meaning and f"{row.cause} {row.meaning}{f' ({row.cleared_by})' if row.cleared_by else ''}"
    cells = (
        f'<a href="#c{row.number}">{row.number}</a>',
        safe(row.caller),
        safe(row.called),
        "" if row.channel is None else str(row.channel),
        "" if row.setup_ns is None else seconds(row.setup_ns - epoch),
        safe((nanoseconds(row.duration_ns) or "")[:-6]),
    )
    told = "".join(f"<td>{cell}</td>" for cell in cells)
    again = f" (+{row.retransmissions})" if row.retransmissions else ""
    return (
        f'<tr data-call="{row.number}">{told}<td class="text">{safe(cleared or row.cut)}</td>'
        f"<td>{row.messages}{again}</td><td>{_bar(row, epoch, span)}</td></tr>"
    )


def _bar(row: CallRow, epoch: int, span: int) -> str:
    """When in the trace the call was, and when it was answered."""
    begins = 0 if row.setup_ns is None else _place(row.setup_ns, epoch, span)
    ends = _BAR if row.end_ns is None else _place(row.end_ns, epoch, span)
    bars = f'<rect x="{begins}" y="0" width="{max(ends - begins, 12)}" height="10"/>'
    if row.answer_ns is not None:
        answer = _place(row.answer_ns, epoch, span)
        cleared = ends if row.clear_ns is None else _place(row.clear_ns, epoch, span)
        bars += f'<rect class="up" x="{answer}" y="0" width="{max(cleared - answer, 4)}" height="10"/>'
    box = f'viewBox="0 0 {_BAR} 10" preserveAspectRatio="none" aria-hidden="true"'
    return f'<svg class="bar" {box}>{bars}</svg>'


def _place(at_ns: int, epoch: int, span: int) -> int:
    return min(max((at_ns - epoch) * _BAR // span, 0), _BAR)


def _frames(collection: Collection) -> Iterator[str]:
    """Every embedded frame and happening, in the order of the trace."""
    yield "<h2>Frames</h2>"
    epoch = collection.epoch_ns or 0
    happenings = iter(collection.happenings)
    waiting = next(happenings, None)
    seen: set[int] = set()
    places = Places(frame.record for frame in collection.frames)
    for frame in collection.frames:
        while waiting is not None and waiting.at_ns <= frame.record.at_ns:
            yield _happening(waiting.what, waiting.at_ns - epoch, waiting.alarm)
            waiting = next(happenings, None)
        yield _frame(frame, epoch, seen, places)
    while waiting is not None:
        yield _happening(waiting.what, waiting.at_ns - epoch, waiting.alarm)
        waiting = next(happenings, None)


def _happening(what: str, since_ns: int, alarm: bool | None) -> str:
    kind = " class='soft'" if alarm is None else ""
    return f"<p{kind}>{seconds(since_ns)} s: {safe(what)}</p>"


def _frame(frame: Decoded, epoch: int, seen: set[int], places: Places) -> str:
    """One frame: its line, and behind it its tree. Several frames of a packet share its number."""
    number = number_of(frame)
    identity = "" if number in seen else f' id="f{number}"'
    seen.add(number)
    odd = " broken" if frame.faults else " odd" if frame.warnings or frame.remarks else ""
    call = frame.call.number if frame.call is not None else ""
    message = int(frame.message is not None)
    return (
        f'<details class="frame{odd}"{identity} data-call="{call}" data-message="{message}">'
        f"<summary>{safe(line(frame, epoch, places).rstrip())}</summary>"
        f"<pre>{safe(tree(frame, epoch).rstrip())}</pre></details>"
    )
