"""Logs of Asterisk's `pri set debug` and of programs like it, with and without what Asterisk puts before.

A line is: a time stamp (`stamps`), level, process and source (`VERBOSE[15558][C-000009fa] chan_dahdi.c:`),
the span (`PRI Span: 1`), a mark (`<` received, `>` sent) and what libpri says (`libpri`). All but the last
may be missing. Lines of several spans may alternate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.inputs.libpri import LibpriWords
from trunkbench.trace.inputs.libprirequests import NOT_SEEN_SENT, Requests
from trunkbench.trace.inputs.stamps import Stamps
from trunkbench.trace.inputs.textlines import Line, head_lines, lines_of
from trunkbench.trace.record import Direction, FrameRecord, Happening

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source

_LEVEL = re.compile(
    r"\s*(?:[\w.-]+ )?(?:asterisk(?:\[\d+\])?: )?"
    r"(?:\[?(?:VERBOSE|DEBUG|NOTICE|WARNING|ERROR|EVENT|SECURITY|INFO)\]?(?:\[[^\]]{0,40}\])*:?\s+)"
    r"(?:\[?[\w./-]+\.c(?:pp)?:?\d*\]?(?:\s+(?:in\s+)?[\w()]{1,60})?:\s?)?"
)
_HOST = re.compile(r"\s*[\w.-]+ asterisk(?:\[\d+\])?: ")
_SPAN = re.compile(r"\s*\[?(?:PRI |BRI )?Span:? ?(\d{1,4})(?:,? D-Channel:? ?(\d{1,4}))?\]?:?(?: |$)")
_OLD_SPAN = re.compile(r"\s*(\d{1,3}) (?=[<>] )")
_MARKED = re.compile(r"\s*([<>])(?: |$)")
_KNOWN = (
    r"Protocol Discriminator:|(?:TEI=\d+ )?Call Ref:|Message [Tt]ype:|\[ ?[0-9a-f]{2}|SAPI: |DL-DATA request"
    r"|(?:Unnumbered|Supervisory|Informational) frame:"
)
_ANYWHERE = re.compile(rf"^.{{0,160}}?([<>]) (?=(?:{_KNOWN}))")
_RECOGNISED = re.compile(
    r"(?:^|[\s\]:])[<>] (?:Protocol Discriminator: .{0,40}\(\d+\) +len=|Message [Tt]ype: .{1,40}\(\d+\)"
    r"|\[ (?:[0-9a-f]{2} )+\]\s*$|(?:Unnumbered|Supervisory|Informational) frame:)"
    r"|\bPRI Span: \d+ "
)
_DIRECTIONS = {"<": Direction.IN, ">": Direction.OUT}
_SURE = re.compile(r"^\s*(?:--|q931\.c|q921\.c|TEI=|NEW_HANGUP|Received message|Done handling|Handle )")

_TELLING: tuple[tuple[re.Pattern[str], bool | None], ...] = tuple(
    (re.compile(text), alarm)
    for text, alarm in (
        (r"[Aa]larm cleared|[Cc]leared alarm|[Cc]lear(?:ing)? alarm", False),
        (r"(?:Red|Yellow|Blue|White|No) Alarm|Detected alarm|\bin alarm\b|ALARM", True),
        (r"HDLC (?:Abort|Bad FCS|Overrun|Receiver)", True),
        (r"D-[Cc]hannel.*\b(?:down|lost)\b|No D-channels (?:up|available)", True),
        (r"D-[Cc]hannel.*\bup\b", False),
        (r"\bT\d{3}\b.*\b(?:expired|timed out)|[Tt]imed out (?:looking|waiting)", None),
        (r"MDL-ERROR|Link not found for this frame", None),
        (r"Changing from state \d|DL event: ", None),
        (r"\bTEI=\d+ (?:Got|Sending) (?:SABME|DISC|DM|FRMR|UA)", None),
        (r"PRI (?:Error|got event)|[Rr]estart\w* .*(?:[Cc]hannel|span)", None),
    )
)
_LONGEST = 240
_LOOKED_AT = 400
"""Characters of a line in which an event is looked for."""


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    lines = head_lines(head)
    if lines is None or not any(_RECOGNISED.search(line) for line in lines):
        return None
    plain = any(re.search(r"VERBOSE|DEBUG|PRI Span", line) for line in lines)
    return "Asterisk log with libpri's debug output" if plain else "libpri debug output"


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """The frames and messages of all spans, alarms and timers, in the log's order."""
    log, requests, number = _Log(), Requests(), 0
    for line in lines_of(source):
        number = line.number
        for item in log.line(line):
            yield from requests.take(item, number)
        yield from requests.pass_line(number)
    for item in log.finish():
        yield from requests.take(item, number)
    yield from requests.finish()
    if not log.stamps.seen:
        trace.findings.append("the log has no time stamps: every time is 0")
    if requests.kept:
        trace.findings.append(f"{requests.kept} messages were {NOT_SEEN_SENT}")
    if log.rebuilt:
        trace.findings.append(f"{log.rebuilt} messages were rebuilt from words, having no octets in the log")


class _Log:
    """A log under way."""

    def __init__(self) -> None:
        self.stamps = Stamps()
        self.rebuilt = 0
        self._spans: dict[str, LibpriWords] = {}
        self._current: LibpriWords | None = None
        self._at_ns = 0

    def line(self, line: Line) -> Iterator[Item]:
        """What is known with this line."""
        at_ns, text = self.stamps.take(line.text)
        if at_ns is not None:
            self._at_ns = at_ns
        prefix = _LEVEL.match(text) or (_HOST.match(text) if at_ns is not None else None)
        logged = prefix is not None or at_ns is not None
        text = text[prefix.end() :] if prefix else text
        span = ""
        if match := _SPAN.match(text) or _OLD_SPAN.match(text):
            span = f"span {match[1]}" + (f" D channel {match[2]}" if match.re is _SPAN and match[2] else "")
            text, logged = text[match.end() :], True
        marked = _MARKED.match(text) or _ANYWHERE.match(text)
        if marked is not None:
            words = self._spans.get(span) or self._spans.setdefault(span, LibpriWords(span))
            self._current = words
            said = text[marked.end() :]
            yield from self._count(
                words.line(_DIRECTIONS[marked[1]], said, self._at_ns, line.number, line.offset)
            )
        else:
            yield from self._unmarked(line, text, span, logged)

    def finish(self) -> Iterator[Item]:
        """The end of the log."""
        for words in self._spans.values():
            yield from self._count(words.finish())

    def _unmarked(self, line: Line, text: str, span: str, logged: bool) -> Iterator[Item]:
        """A line without direction: an event, the rest of a line that was wrapped, or another's."""
        start = text[:_LOOKED_AT]
        told = next(((pattern, alarm) for pattern, alarm in _TELLING if pattern.search(start)), None)
        if told is None and not logged and not _SURE.match(text):
            if self._current is not None:
                yield from self._count(self._current.more(text))
            return
        # Another line of the same channel: what was being printed is over. Those of other threads may come
        # between.
        words = self._spans.get(span) if span else None if logged else self._current
        if words is not None:
            yield from self._count(words.finish())
        if told is not None:
            what = " ".join(text.split()).removeprefix("-- ")[:_LONGEST]
            yield Happening(self._at_ns, what, span, 0, line.number, line.offset, told[1])

    def _count(self, records: Iterator[FrameRecord]) -> Iterator[Item]:
        for record in records:
            self.rebuilt += record.rebuilt or any(words != NOT_SEEN_SENT for words in record.words)
            yield record
