"""A report as text for a terminal, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from trunkbench.trace.calls import End
from trunkbench.trace.explain.explainer import Report
from trunkbench.trace.explain.finding import FRAMES_KEPT, Finding, Severity, name_of
from trunkbench.trace.record import Direction
from trunkbench.trace.telling import ranges
from trunkwire.side import Side

WIDTH = 100
_INDENT = "    "
_CALLS_SHOWN = 8
"""Calls of a finding that are named in text; JSON has them all."""
_MARKS = {Severity.FAULT: "✗", Severity.SUSPECT: "!", Severity.NOTE: "·"}
_COLOURS = {Severity.FAULT: "\x1b[1;31m", Severity.SUSPECT: "\x1b[33m", Severity.NOTE: "\x1b[2m"}
_PLAIN = "\x1b[0m"


def lines_of(report: Report, *, colour: bool = False, read: Sequence[str] = ()) -> Iterator[str]:
    """The report: a sentence, the findings, how the sides are known, and what was `read` and how."""
    yield from textwrap.wrap(headline(report), WIDTH)
    for place, finding in enumerate(report.findings, 1):
        yield ""
        yield from _finding(place, finding, report, colour)
    told = [report.inferred] if report.inferred else []
    if report.left_out:
        told.append(f"{report.left_out} more findings were left out.")
    told += [sentence(text) for text in read]
    if told:
        yield ""
        yield from textwrap.wrap(" ".join(told), WIDTH)


def headline(report: Report) -> str:
    """The first sentence or two: what was examined and what was not, and whether anything is wrong."""
    frames = _many(report.frames, "frame")
    calls = _many(report.calls, "call")
    if not report.faulty and not report.examined:
        return _nothing(report)
    checked = f"{', '.join(report.checked[:-1])} and {report.checked[-1]}"
    if report.clean:
        notes = report.count(Severity.NOTE)
        know = f"; {_many(notes, 'thing')} worth knowing" if notes else ""
        frames = _many(report.examined, "frame")
        said = f"Nothing is wrong in {frames} and {calls}: {checked} were checked{know}."
        return f"{said}{_unexamined(report)}"
    counts = [
        _many(report.count(severity), word)
        for severity, word in (
            (Severity.FAULT, "fault"),
            (Severity.SUSPECT, "suspicion"),
            (Severity.NOTE, "note"),
        )
        if report.count(severity)
    ]
    told = f"{', '.join(counts[:-1])} and {counts[-1]}" if len(counts) > 1 else counts[0]
    return f"{frames}, {calls}: {told}, the worst first.{_unexamined(report)}"


def _left(report: Report) -> list[str]:
    """What there is beside frames of LAPD and Q.931, in words."""
    left = [f"{_many(count, 'frame')} {what}" for what, count in report.unread]
    if report.foreign:
        left.append(
            f"{_many(report.foreign, 'packet')} with nothing to decode (first: {report.foreign_like})"
        )
    return left


def _nothing(report: Report) -> str:
    """What to say of a trace in which nothing was examined."""
    seen = _left(report)
    if not seen:
        return "No frames: there is nothing to examine."
    return f"Nothing was examined: the trace has {' and '.join(seen)}, and no frames of LAPD or Q.931."


def _unexamined(report: Report) -> str:
    """A sentence about what was not examined, with a blank before it; "" if everything was."""
    left = _left(report)
    said = f" Not examined: {' and '.join(left)}." if left else ""
    if report.layer2_only:
        said += f" Of {_many(report.layer2_only, 'frame')} only layer 2 was: they do not carry Q.931."
    return said


def _many(count: int, word: str) -> str:
    return f"1 {word}" if count == 1 else f"{count:,} {word}s" if count else f"no {word}s"


def _finding(place: int, finding: Finding, report: Report, colour: bool) -> Iterator[str]:
    kind = finding.kind
    mark = f"{place}. {_MARKS[kind.severity]} {kind.title}"
    if colour:
        mark = f"{_COLOURS[kind.severity]}{mark}{_PLAIN}"
    yield f"{mark}  [{kind.slug}{', ' + kind.clause if kind.clause else ''}]"
    yield from _filled(sentence(finding.text))
    if where := _where(finding):
        yield from _filled(where)
    if whose := whose_of(finding, report):
        yield from _filled(f"Whose: {whose}")
    yield from _filled(kind.means)
    for near in finding.nearby:
        yield from _filled(f"At that time: {near}")
    for look in kind.look:
        first, *more = textwrap.wrap(look, WIDTH - len(_INDENT) - 2)
        yield f"{_INDENT}→ {first}"
        yield from (f"{_INDENT}  {line}" for line in more)


def _filled(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def sentence(text: str) -> str:
    """The text with a capital and a full stop."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "…")) else f"{text}."


def _where(finding: Finding) -> str:
    """Frames and calls: "Frames 1, 2 (3 times); call 1 (reference 65)"."""
    parts = []
    if finding.frames:
        more = " …" if len(finding.frames) >= FRAMES_KEPT else ""
        word = "Frame" if len(finding.frames) == 1 else "Frames"
        shown = ranges(tuple(finding.frames)).replace(",", ", ").replace("-", "–")
        parts.append(f"{word} {shown}{more}")
    if finding.calls:
        more = ", …" if len(finding.calls) > _CALLS_SHOWN else ""
        shown_calls = finding.calls[:_CALLS_SHOWN]
        named = ", ".join(f"{number} (reference {reference})" for number, reference in shown_calls)
        parts.append(f"{'call' if len(finding.calls) == 1 else 'calls'} {named}{more}")
    if finding.count > max(len(finding.frames), 1):
        parts.append(f"{finding.count} times")
    text = "; ".join(parts)
    return sentence(text) if text else ""


def whose_of(finding: Finding, report: Report) -> str:
    """Whose doing it is and how that is known: "the network side, the far end of this capture (…)"; "" for
    what is nobody's.
    """
    side = finding.side
    if side is None:
        return "" if finding.kind.severity is Severity.NOTE else "the trace alone does not show it"
    if isinstance(side, Side) and report.ours is not None:
        place = ", the recording end" if side is report.ours else ", the far end of this capture"
    else:
        place = ""
    known = f" (sides: {finding.known})" if finding.known and isinstance(side, Side) else ""
    return f"{name_of(side)}{place}{known}"


def _side(side: End | None) -> str | None:
    if isinstance(side, Side):
        return side.value
    return {Direction.OUT: "recording end", Direction.IN: "far end"}.get(side) if side else None


def to_json(report: Report, read: Sequence[str] = ()) -> dict[str, Any]:
    """The report for a program, with what was `read` and how."""
    return {
        "read": list(read),
        "frames": report.frames,
        "examined": report.examined,
        "layer_2_only": report.layer2_only,
        "packets_without_frames": report.foreign,
        "calls": report.calls,
        "clean": report.clean,
        "faults": report.count(Severity.FAULT),
        "suspicions": report.count(Severity.SUSPECT),
        "notes": report.count(Severity.NOTE),
        "checked": list(report.checked),
        "recording_end": report.ours.value if report.ours else None,
        "sides": report.inferred or None,
        "left_out": report.left_out,
        "findings": [_json(finding, report) for finding in report.findings],
    }


def _json(finding: Finding, report: Report) -> dict[str, Any]:
    kind = finding.kind
    return {
        "kind": kind.slug,
        "title": kind.title,
        "severity": kind.severity.value,
        "clause": kind.clause or None,
        "text": finding.text,
        "frames": finding.frames,
        "calls": [{"call": number, "reference": reference} for number, reference in finding.calls],
        "count": finding.count,
        "side": _side(finding.side),
        "known": finding.known or None,
        "ours": None
        if report.ours is None or not isinstance(finding.side, Side)
        else finding.side is report.ours,
        "first_t": f"{finding.first_ns // 1_000_000_000}.{finding.first_ns % 1_000_000_000:09d}",
        "last_t": f"{finding.last_ns // 1_000_000_000}.{finding.last_ns % 1_000_000_000:09d}",
        "nearby": finding.nearby,
        "means": kind.means,
        "look": list(kind.look),
    }
