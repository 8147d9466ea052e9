"""The filter options of `trunkbench decode`: their words read, and named in errors."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from trunkbench.errors import UsageError

if TYPE_CHECKING:
    from trunkbench.trace.filters import Filters, Time

_NUMBER = r"\+?([0-9A-Za-z*#?]+)"
_SECONDS = r"(\d+)(?:\.(\d{1,9}))?"
_CLOCK = r"(?:(\d{4})-(\d\d)-(\d\d)[T ])?(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?Z?"
_KINDS = ("I", "RR", "RNR", "REJ", "UI", "SABME", "DISC", "UA", "DM", "FRMR", "XID")
"""Kinds of LAPD frames (Q.921 table 5), which --message takes beside Q.931's messages."""


def configure_filters(group: argparse._ArgumentGroup) -> None:
    """Declare the options. What needs more than the words is looked at by `filters_of`."""
    group.add_argument(
        "--call", type=_reference, metavar="REF", help="calls with this call reference (such as 65 or 0x41)"
    )
    group.add_argument(
        "--number",
        action="append",
        default=[],
        type=_party,
        metavar="DIGITS",
        help='calls with a party whose number ends so; with "*" or "?": whose number is like that',
    )
    group.add_argument(
        "--cause",
        type=_numbers(127, "a cause"),
        metavar="N,…",
        help="calls in which one of these causes was sent",
    )
    group.add_argument(
        "--channel", type=_numbers(255, "a channel"), metavar="N,…", help="calls on these channels (3, 5-7)"
    )
    group.add_argument(
        "--message", metavar="NAME,…", help="frames with these messages (setup, release-complete, SABME)"
    )
    group.add_argument("--tei", type=_numbers(127, "a TEI"), metavar="N,…", help="frames of these TEIs")
    when = "seconds from the trace's beginning, or a time (12:34:56.7, 2024-05-31T12:34:56; UTC)"
    group.add_argument("--since", type=_time, metavar="TIME", help=f"frames from then on: {when}")
    group.add_argument("--until", type=_time, metavar="TIME", help="frames up to then")
    group.add_argument(
        "--where",
        metavar="TEST",
        help="frames for which this holds, about fields by Wireshark's names: "
        "'q931.cause_value == 34 and lapd.tei == 0'",
    )


_FILTERS = ("call", "number", "cause", "channel", "message", "tei", "since", "until", "where")


def not_of_audio(arguments: argparse.Namespace) -> str:
    """The first filter given that says nothing of the audio of a B channel, as an option; "" without one."""
    of_frames = ("call", "number", "cause", "message", "tei", "where")
    given = (name for name in of_frames if getattr(arguments, name) not in (None, []))
    return next((f"--{name}" for name in given), "")


def filters_of(arguments: argparse.Namespace) -> Filters | None:
    """The filters that are asked for, None for none. Raises UsageError for names that do not exist."""
    if all(getattr(arguments, name) in (None, []) for name in _FILTERS):
        return None
    from trunkbench.trace.filters import Filters

    filters = Filters(
        call=arguments.call,
        number=tuple(arguments.number),
        cause=frozenset(arguments.cause or ()),
        channel=frozenset(arguments.channel or ()),
        message=_messages(arguments.message) if arguments.message else frozenset(),
        tei=frozenset(arguments.tei or ()),
        since=arguments.since,
        until=arguments.until,
    )
    if arguments.where is not None:
        from trunkbench.trace.where import parse_where
        from trunkbench.trace.wireshark.names import NAMES

        filters.where = parse_where(arguments.where, NAMES)
    return filters


def _reference(text: str) -> int:
    try:
        value = int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a call reference: write it as 65 or 0x41"
        ) from None
    if not 0 <= value < 1 << 15:
        raise argparse.ArgumentTypeError(f"{text}: a call reference is 0 to 32767 (Q.931 4.3)")
    return value


def _party(text: str) -> str:
    import re

    found = re.fullmatch(_NUMBER, text)
    if found is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number: digits, * for any of them, ? for any one"
        )
    return found[1]


class _Numbers:
    """Reads "3,5-7" as (3, 5, 6, 7)."""

    def __init__(self, most: int, what: str) -> None:
        self.most = most
        self.what = what

    def __call__(self, text: str) -> tuple[int, ...]:
        numbers: list[int] = []
        for part in text.split(","):
            first, dash, last = part.strip().partition("-")
            try:
                low = int(first, 0)
                high = int(last, 0) if dash else low
            except ValueError:
                raise argparse.ArgumentTypeError(f"{part!r} is not {self.what}: write 3 or 3,5-7") from None
            if not 0 <= low <= high <= self.most:
                raise argparse.ArgumentTypeError(f"{part.strip()}: {self.what} is 0 to {self.most}")
            numbers += range(low, high + 1)
        return tuple(numbers)


def _numbers(most: int, what: str) -> _Numbers:
    return _Numbers(most, what)


def _time(text: str) -> Time:
    import re

    from trunkbench.trace.filters import Time

    if found := re.fullmatch(_SECONDS, text):
        return Time(int(found[1]) * 1_000_000_000 + _fraction(found[2]))
    found = re.fullmatch(_CLOCK, text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r}: write 1.5 (seconds), 12:34:56.7 or 2024-05-31T12:34:56")
    import datetime

    year, month, day, hour, minute, second, fraction = found.groups()
    try:
        clock = datetime.time(int(hour), int(minute), int(second or 0))
        date = datetime.date(int(year), int(month), int(day)) if year else None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from None
    seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
    if date is not None:
        seconds += (date - datetime.date(1970, 1, 1)).days * 86400
    return Time(seconds * 1_000_000_000 + _fraction(fraction), "1970" if date else "midnight")


def _fraction(digits: str | None) -> int:
    return int((digits or "").ljust(9, "0"))


def _messages(text: str) -> frozenset[str]:
    """Names of messages as Q.931 spells them."""
    import difflib
    import re

    from trunkwire.q931.messages import MessageType

    titles = {kind.title for kind in MessageType} | {"SERVICE", "SERVICE ACKNOWLEDGE"}
    short = {title.replace("ACKNOWLEDGE", "ACK"): title for title in titles}
    known = {name.replace(" ", ""): title for name, title in (*short.items(), *((t, t) for t in titles))}
    known |= {kind: kind for kind in _KINDS}
    wanted = set()
    for word in text.split(","):
        plain = re.sub(r"[\s_-]", "", word).upper()
        if plain.startswith("0X") and re.fullmatch(r"0X[0-9A-F]{1,2}", plain):
            number = int(plain, 16)
            names = [kind.title for kind in MessageType if kind == number]
            wanted.add(names[0] if names else f"message {number:#04x}")
        elif plain in known:
            wanted.add(known[plain])
        else:
            near = [known[name] for name in difflib.get_close_matches(plain, known, 3)]
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"--message {word.strip()}: there is no such message{hint}")
    return frozenset(wanted)
