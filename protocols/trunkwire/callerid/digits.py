"""Caller identification by DTMF: what the digits say, and a receiver of digits (ETS 300 659-1 annex C; Q.24).

Three forms are in use, which can be told apart: A, D and B before calling number, redirecting number and
reason and C behind them (ETS 300 659-1); D before and C behind the number (Taiwan, Kuwait, exchanges in
China); A before and # behind it, or D, a digit of reason and # (Denmark, the Netherlands).
"""

from __future__ import annotations

import re
from itertools import groupby

import msgspec
import numpy as np
from numpy.typing import NDArray

from trunkwire.callerid.coding import Absence
from trunkwire.callerid.message import CallSetup
from trunkwire.codec import DecodeError, EncodeError
from trunkwire.g711 import Law, Octets
from trunkwire.tones.dtmf import COLUMNS_HZ, KEYS, ROWS_HZ
from trunkwire.tones.level import dbm0_to_power

FORMS = ("etsi", "dc", "hash")

_ETSI = re.compile(r"(?:A(?P<calling>\d+))?(?:D(?P<redirecting>\d+))?(?:B(?P<reason>\d\d))?C")
_DC = re.compile(r"D(?P<calling>\d+)C")
_HASH = re.compile(r"A(?P<calling>\d+)#|D(?P<reason>\d)#")
_REASONS = {"00": Absence.UNAVAILABLE, "10": Absence.PRIVATE}
_HASH_REASONS = {"1": Absence.PRIVATE, "2": Absence.INTERNATIONAL, "3": Absence.UNAVAILABLE}

WINDOW = 105
"""Samples looked at together: 13 ms, which tells neighbours (73 Hz apart) from 1.5 % off."""
HOP = 40
SHARE = 0.6
"""The part of all power that the two frequencies must have."""
TWIST = 0.1
"""The weaker frequency has at least this share of the power of the stronger one (10 dB)."""
WEAKEST_DBM0 = -40.0
LEAST_HOPS = 5
"""A digit of 40 ms fills six windows; one of 30 ms four (Q.24 leaves it open in between)."""
MOST_GAP_HOPS = 2
"""So short a break is no pause between two digits, but noise in one."""


class Digit(msgspec.Struct, frozen=True):
    """A digit that was heard, and its samples, good to 5 ms."""

    key: str
    first_sample: int
    last_sample: int


def encode_digits(message: CallSetup, form: str = "etsi") -> str:
    """The digits that say who is calling. Raises EncodeError for what the form has no place for."""
    if (message.calling is None) == (message.absence is None):
        raise EncodeError(
            "CallSetup.calling", "either the number or the reason for its absence must be there"
        )
    for number in (message.calling, message.redirecting):
        if number is not None and not re.fullmatch(r"[0-9]+", number):
            raise EncodeError("CallSetup.calling", f"{number!r} has other characters than 0-9")
    if form == "etsi":
        reason = _code(_REASONS, message.absence, form)
        parts = (("A", message.calling), ("D", message.redirecting), ("B", reason))
        return "".join(letter + digits for letter, digits in parts if digits) + "C"
    if message.redirecting is not None:
        raise EncodeError("CallSetup.redirecting", f"has no place in the form {form!r}")
    if form == "hash":
        reason = _code(_HASH_REASONS, message.absence, form)
        return f"D{reason}#" if reason else f"A{message.calling}#"
    if form != "dc":
        raise ValueError(f"no form {form!r} of digits: choose from {', '.join(FORMS)}")
    if message.calling is None:
        raise EncodeError("CallSetup.absence", "has no place in the form 'dc'")
    return f"D{message.calling}C"


def decode_digits(digits: str) -> CallSetup:
    """What the digits say, in whichever form. Raises DecodeError naming the digit at which they go wrong."""
    reasons = _HASH_REASONS if digits.endswith("#") else _REASONS
    match = next((m for form in (_DC, _HASH, _ETSI) if (m := form.fullmatch(digits))), None)
    if match is None:
        reason = "these are not D...C, A...#, D.# nor A...D...B..C"
        raise DecodeError("digits", _astray(digits), f"{digits!r}: {reason}")
    found = match.groupdict()
    calling, code = found["calling"], found.get("reason")
    if code and code not in reasons:
        raise DecodeError("digits.reason", match.start("reason"), f"{code} is none of {', '.join(reasons)}")
    if calling is None and code is None:
        raise DecodeError(
            "digits", len(digits) - 1, "neither a calling number nor the reason for its absence"
        )
    absence = reasons[code] if code else None
    return CallSetup(calling=calling, absence=absence, redirecting=found.get("redirecting"))


def find_digits(octets: Octets, law: Law, first_sample: int = 0) -> list[Digit]:
    """The digits in `octets`, of which the first is sample `first_sample` (Q.24; ES 201 235-3).

    At least 40 ms each, with pauses of 20 ms or more, 1.5 % and 8 dB of twist apart, from -40 dBm0 up.
    """
    samples = law.decode(octets).astype(np.float64)
    if len(samples) < WINDOW:
        return []
    keys = _keys(np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP], law)
    found: list[list[int]] = []  # key, first hop, last hop
    for key, hops in groupby(range(len(keys)), keys.__getitem__):
        run = list(hops)
        if key < 0:
            continue
        if found and found[-1][0] == key and run[0] - found[-1][2] <= MOST_GAP_HOPS:
            found[-1][2] = run[-1]
        else:
            found.append([key, run[0], run[-1]])
    names = "".join(KEYS)
    return [
        Digit(names[key], first_sample + first * HOP, first_sample + last * HOP + WINDOW - 1)
        for key, first, last in found
        if last - first + 1 >= LEAST_HOPS
    ]


def _keys(windows: NDArray[np.float64], law: Law) -> list[int]:
    """The key in each window, as its place in the key pad; -1 where there is none."""
    turns = np.outer(np.arange(WINDOW), [*ROWS_HZ, *COLUMNS_HZ]) / 8000
    powers = 2 * np.abs(windows @ np.exp(-2j * np.pi * turns)) ** 2 / WINDOW**2
    rows, columns = powers[:, :4], powers[:, 4:]
    row, column = rows.max(1), columns.max(1)
    weaker, stronger = np.minimum(row, column), np.maximum(row, column)
    good = (
        (row + column >= SHARE * np.mean(windows**2, axis=1))
        & (weaker >= TWIST * stronger)
        & (weaker >= dbm0_to_power(WEAKEST_DBM0, law))
    )
    keys: list[int] = np.where(good, 4 * rows.argmax(1) + columns.argmax(1), -1).tolist()
    return keys


def _code(reasons: dict[str, Absence], absence: Absence | None, form: str) -> str:
    """The digits for a reason; "" for none. Raises EncodeError if the form has no such reason."""
    if absence is None:
        return ""
    for code, reason in reasons.items():
        if reason is absence:
            return code
    raise EncodeError("CallSetup.absence", f"{absence.name} has no digits in the form {form!r}")


def _astray(digits: str) -> int:
    """The place of the first digit with which no form goes on."""
    partial = re.compile(r"A?\d*(?:D\d*)?(?:B\d{0,2})?[C#]?")
    match = partial.match(digits)
    return match.end() if match else 0
