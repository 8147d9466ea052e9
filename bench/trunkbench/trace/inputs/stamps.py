"""Time stamps at the beginning of a log's lines, in the forms that Asterisk, syslog and Cisco IOS print.

What a stamp does not say is taken as follows, and every reader of logs does the same. A date with a year is
UTC, unless the stamp gives an offset in figures; names of zones other than UTC are not believed, since
they are not unique. A date without a year lies in 1972 (the first leap year of the epoch, so that 29 February
exists); December followed by January begins the next year. A time of day without a date counts from 1 January
1970; past midnight the next day begins. An uptime counts from 0. A log without stamps has 0 everywhere. Of
two figures 03/04 the first is the month, unless it is above 12; of 03.04. it is the day. Two figures of a
year are 1970 to 2069.
"""

from __future__ import annotations

import re
from datetime import datetime

_DAY_NS = 86_400_000_000_000
_YEAR_UNTOLD = 1972
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: at for at, name in enumerate(_NAMES, 1)}
_MONTH = "(?P<month>[A-Z][a-z]{2})"
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:[.,:](?P<part>\d{1,9}))?"
_ZONE = r"(?:\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})\b|\s(?!PRI|BRI|ISDN|DEBUG|ERROR)[A-Z]{3,5}(?=:))?"
_NUMBERED = r"(?P<year>\d{4})[-/](?P<monthno>\d{1,2})[-/](?P<day>\d{1,2})[ T]"
_SLASHED = r"(?P<first>\d{1,2})(?P<sign>[/.])(?P<then>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})[ ,]+"
_NAMED = _MONTH + r"\s+(?P<day>\d{1,2})(?:,?\s+(?P<year>\d{4}))?,?\s+"
_WEEKDAY = r"(?:[A-Z][a-z]{2},? )?"

_LEAD = r"(?:<\d{1,3}>)?(?:\d{1,9}: )?(?:[\w.-]+: )?[*.]?"
"""What IOS and syslog put before a stamp: priority, sequence number, host, the clock's state."""
_STAMPS = tuple(
    re.compile(text)
    for text in (
        rf"\s*\[{_WEEKDAY}(?:{_NUMBERED}){_TIME}{_ZONE}\]\s?",
        rf"\s*\[{_WEEKDAY}(?:{_NAMED}){_TIME}{_ZONE}(?:\s+(?P<lateyear>\d{{4}}))?\]\s?",
        rf"\s*\[(?:{_SLASHED}){_TIME}{_ZONE}\]\s?",
        rf"\s*\[{_TIME}\]\s?",
        r"\s*\[(?P<epoch>\d{9,11})(?:\.(?P<part>\d{1,9}))?\]\s?",
        rf"\s*{_LEAD}{_WEEKDAY}(?:{_NUMBERED}){_TIME}{_ZONE}:?\s",
        rf"\s*{_LEAD}{_WEEKDAY}(?:{_NAMED}){_TIME}{_ZONE}:?\s",
        rf"\s*{_LEAD}(?:{_SLASHED}){_TIME}{_ZONE}:?\s",
        rf"\s*{_LEAD}{_TIME}{_ZONE}:?\s",
        r"\s*(?P<epoch>\d{9,11})\.(?P<part>\d{1,9}):?\s",
        rf"\s*{_LEAD}(?:(?P<weeks>\d+)w)?(?:(?P<days>\d+)d)(?:(?P<hours>\d{{1,2}})h)?: ",
        rf"\s*{_LEAD}(?P<years>\d+)y(?P<weeks>\d+)w: ",
    )
)
_MAY_BEGIN = frozenset("0123456789[*.<ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz\t")


class Stamps:
    """Reads the stamps of one log, in its order."""

    def __init__(self) -> None:
        self._last = 0
        self._shift = 0  # nanoseconds that midnight and new years have added
        self._preferred = 0
        self.seen = 0

    def take(self, text: str) -> tuple[int | None, str]:
        """The time of a line in nanoseconds and the text behind its stamp; None and the text without one."""
        if not text or text[0] not in _MAY_BEGIN:
            return None, text
        preferred = _STAMPS[self._preferred]
        match = preferred.match(text)
        if match is None:
            for at, pattern in enumerate(_STAMPS):
                match = pattern.match(text)
                if match is not None:
                    self._preferred = at
                    break
        if match is None:
            return None, text
        told = self._value(match.groupdict())
        if told is None:
            return None, text
        self.seen += 1
        return told, text[match.end() :]

    def _value(self, told: dict[str, str | None]) -> int | None:
        part = int((told.get("part") or "0").ljust(9, "0"))
        if told.get("epoch"):
            return int(told["epoch"] or 0) * 1_000_000_000 + part
        if "hour" not in told:
            weeks = 52 * int(told.get("years") or 0) + int(told.get("weeks") or 0)
            days = 7 * weeks + int(told.get("days") or 0)
            return (days * 24 + int(told.get("hours") or 0)) * 3_600_000_000_000
        hour, minute, second = (int(told[name] or 0) for name in ("hour", "minute", "second"))
        if hour > 23 or minute > 59 or second > 60:
            return None
        of_day = ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + part
        if not told.get("day") and not told.get("first"):
            return self._onward(of_day, _DAY_NS)
        date = _date_of(told)
        if date is None:
            return None
        at = (date - datetime(1970, 1, 1)).days * _DAY_NS + of_day - _offset_ns(told.get("zone"))
        year_told = told.get("year") or told.get("lateyear")
        return max(at, 0) if year_told else self._onward(at, 366 * _DAY_NS)

    def _onward(self, at: int, period: int) -> int:
        """Add a day or a year where the stamps have begun anew."""
        value = at + self._shift
        if value + period // 2 < self._last:
            self._shift += period
            value += period
        self._last = value
        return value


def _date_of(told: dict[str, str | None]) -> datetime | None:
    year = int(told.get("year") or told.get("lateyear") or _YEAR_UNTOLD)
    if year < 100:
        year += 2000 if year < 70 else 1900
    if told.get("month"):
        month, day = _MONTHS.get((told["month"] or "").lower(), 0), int(told["day"] or 0)
    elif told.get("monthno"):
        month, day = int(told["monthno"] or 0), int(told["day"] or 0)
    else:
        month, day = int(told["first"] or 0), int(told["then"] or 0)
        if month > 12 or told.get("sign") == ".":
            month, day = day, month
    try:
        return datetime(year, month, day)
    except ValueError:
        return None


def _offset_ns(zone: str | None) -> int:
    if not zone or zone[0] not in "+-":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    seconds = (hours * 60 + minutes) * 60
    return (-seconds if zone[0] == "-" else seconds) * 1_000_000_000
