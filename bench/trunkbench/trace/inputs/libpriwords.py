"""Information elements put together again from the words that libpri prints for them (Q.931 clause 4.5).

libpri prints the value of nearly every field in figures behind its name, so most elements come out whole; the
length that it prints tells whether they did. What does not come out is left to the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Rebuilder = Callable[[str, int], bytes | None]
"""From the words of an element and the length of its contents to the contents, None if the words do not
do."""

_HEAD = re.compile(
    r"^(?P<name>[A-Z][\w /.,:-]*?)\s*\(len\s*=\s*(?P<length>\d{1,4})(?:,\s*codeset=\s*\d+)?\)\s*:?\s?"
)
_LONGEST = 4000
"""Characters of an element's words that are looked at; libpri needs fewer than 3,000 for any."""


def _figure(name: str, words: str, default: int | None = None) -> int | None:
    """The figure in parentheses behind the words of the field `name`."""
    match = re.search(rf"{name}:\s*[^()\[\]]*(?:\([^()\d][^()]*\)[^()\[\]]*)*\((0x[0-9a-fA-F]+|\d+)\)", words)
    return int(match[1], 0) if match else default


def _plain(name: str, words: str, default: int | None = None) -> int | None:
    """The figure right behind the name of a field."""
    match = re.search(rf"{name}:\s*(\d+)", words)
    return int(match[1]) if match else default


def _quoted(words: str) -> bytes | None:
    """The last text between apostrophes."""
    match = re.search(r"'([^']*)'(?=[^']*$)", words)
    return match[1].encode("latin-1", "replace") if match else None


def _all(*figures: int | None) -> tuple[int, ...] | None:
    return tuple(f for f in figures if f is not None) if None not in figures else None


def _bearer(words: str, length: int) -> bytes | None:
    told = _all(_plain(r"(?:Q\.931 Std|Coding-Std)", words), _figure("capability", words))
    mode = _figure("rate", words)
    if told is None or mode is None:
        return None
    octets = [0x80 | told[0] << 5 & 0x60 | told[1] & 0x1F, 0x80 | mode & 0x7F]
    multiplier = _plain("multiplier", words)
    if multiplier is not None:
        octets.append(0x80 | multiplier & 0x7F)
    layer1 = _figure("layer 1", words)
    if layer1 is not None:
        octets.append(0x80 | 1 << 5 | layer1 & 0x1F)
    return bytes(octets)


def _channel(words: str, length: int) -> bytes | None:
    """Channel identification of a primary rate interface, by number (4.5.13)."""
    if "PRI" not in words or "Map" in words:
        return None
    explicit = "IntID: Explicit" in words
    exclusive, d_channel = "Exclusive" in words, _plain("Dchan", words, 0)
    select = re.search(r"ChanSel:\s*([^\n]*)", words)
    chosen = select[1].strip() if select else ""
    # Old versions print "Reserved" for what means "in the following octets" on a primary rate interface.
    selection = 3 if chosen.startswith("Any") else 0 if chosen.startswith("No") else 1
    octets = [0x80 | explicit << 6 | 1 << 5 | exclusive << 3 | (d_channel or 0) << 2 | selection]
    interface = _plain("DS1 Identifier", words)
    if explicit:
        if interface is None:
            return None
        octets.append(0x80 | interface & 0x7F)
    kind, channel = _plain("Channel Type", words), _plain(r"Ext: \d\s+Channel", words)
    if kind is not None and channel is not None:
        octets += [0x80 | (_plain("Coding", words, 0) or 0) << 5 & 0x60 | kind & 0x0F, 0x80 | channel & 0x7F]
    return bytes(octets)


def _number(words: str, length: int) -> bytes | None:
    told = _all(_figure("TON", words), _figure("NPI", words))
    digits = _quoted(words)
    if told is None or digits is None:
        return None
    first = told[0] << 4 & 0x70 | told[1] & 0x0F
    presentation, reason = _figure("Presentation", words), _figure("Reason", words)
    if presentation is None:
        return bytes((0x80 | first,)) + digits
    octets = [first, presentation & 0x7F]
    octets = [*octets, 0x80 | reason & 0x7F] if reason is not None else [first, 0x80 | presentation & 0x7F]
    return bytes(octets) + digits


def _cause(words: str, length: int) -> bytes | None:
    told = _all(_figure("Coding", words), _figure("Location", words), _figure("Cause", words))
    if told is None:
        return None
    recommendation = _figure("Recommendation", words)
    first = told[0] << 5 & 0x60 | told[1] & 0x0F
    octets = [0x80 | first] if recommendation is None else [first, 0x80 | recommendation & 0x7F]
    octets.append(0x80 | told[2] & 0x7F)
    return bytes(octets) + bytes(
        int(data, 16) for data in re.findall(r"Cause data \d+: ([0-9a-f]{2})", words)
    )


def _progress(words: str, length: int) -> bytes | None:
    told = _all(_figure("Coding", words), _figure("Location", words), _figure("Description", words))
    if told is None:
        return None
    return bytes((0x80 | told[0] << 5 & 0x60 | told[1] & 0x0F, 0x80 | told[2] & 0x7F))


def _state(words: str, length: int) -> bytes | None:
    told = _all(_figure("Coding", words), _figure("Call state", words))
    return None if told is None else bytes((told[0] << 6 & 0xC0 | told[1] & 0x3F,))


def _restart(words: str, length: int) -> bytes | None:
    match = re.search(r"Resetting[^()]*(?:\([^()\d][^()]*\)[^()]*)*\((\d+)\)", words)
    return bytes((0x80 | int(match[1]) & 0x7F,)) if match else None


def _notification(words: str, length: int) -> bytes | None:
    match = re.search(r"\((\d+)\)\s*\]?\s*$", words)
    return bytes((0x80 | int(match[1]) & 0x7F,)) if match else None


def _display(words: str, length: int) -> bytes | None:
    match = re.search(r"\[ (.*) \]\s*$", words, re.DOTALL)
    if match is None:
        return None
    text = match[1].encode("latin-1", "replace")
    # Some switches put an octet of display type first (bit 8 set), which libpri does not print.
    return bytes((0xB1,)) + text if len(text) + 1 == length else text


def _keypad(words: str, length: int) -> bytes | None:
    match = re.search(r"\[ (.*?) \]\s*$", words, re.DOTALL)
    return match[1].encode("latin-1", "replace") if match else None


def _facility(words: str, length: int) -> bytes | None:
    """Octets listed as figures and signs."""
    match = re.search(r"\[ (.*) \]\s*$", words, re.DOTALL)
    listed = re.findall(r"0x([0-9a-fA-F]{2})|'(.)'", match[1], re.DOTALL) if match else []
    return b"".join(bytes.fromhex(figures) or sign.encode("latin-1", "replace") for figures, sign in listed)


_REBUILDERS: dict[str, tuple[int, Rebuilder]] = {
    "bearer capability": (0x04, _bearer),
    "cause": (0x08, _cause),
    "call state": (0x14, _state),
    "channel id": (0x18, _channel),
    "channel identification": (0x18, _channel),
    "facility": (0x1C, _facility),
    "user-user information": (0x7E, _facility),
    "progress indicator": (0x1E, _progress),
    "notification indicator": (0x27, _notification),
    "notification ind": (0x27, _notification),
    "display": (0x28, _display),
    "keypad facility": (0x2C, _keypad),
    "connected number": (0x4C, _number),
    "connected party number": (0x4C, _number),
    "calling number": (0x6C, _number),
    "calling party number": (0x6C, _number),
    "called number": (0x70, _number),
    "called party number": (0x70, _number),
    "redirecting number": (0x74, _number),
    "restart indicator": (0x79, _restart),
    "restart indentifier": (0x79, _restart),
    "restart identifier": (0x79, _restart),
}
_BARE = frozenset({0x28, 0x2C})
"""Elements whose length old versions print without that of identifier and length."""
_SINGLE = {"sending complete": 0xA1, "more data": 0xA0}


def element_name(words: str) -> str | None:
    """The name of the element whose words these are, None if they begin no element."""
    match = _HEAD.match(words[:_LONGEST])
    return match["name"] if match else None


def rebuild(words: str) -> bytes | None:
    """The octets of the element whose words these are, with identifier and length; None if they do not do.

    An element whose contents come out shorter or longer than the length that is printed does not do either.
    """
    words = words[:_LONGEST]
    match = _HEAD.match(words)
    if match is None:
        return None
    name, length = match["name"].lower(), int(match["length"]) - 2
    if name in _SINGLE:
        return bytes((_SINGLE[name],))
    if name not in _REBUILDERS:
        return None
    identifier, rebuilder = _REBUILDERS[name]
    contents = rebuilder(words[match.end() :], length)
    if contents is not None and identifier in _BARE and len(contents) == length + 2:
        length += 2
    if contents is None or len(contents) != length:
        return None
    return bytes((identifier, length)) + contents
