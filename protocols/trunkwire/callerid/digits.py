"""Caller identification by DTMF: what the digits say (ETS 300 659-1 annex C).

Three forms are in use, which can be told apart: A, D and B before calling number, redirecting number and
reason and C behind them (ETS 300 659-1); D before and C behind the number (Taiwan, Kuwait, exchanges in
China); A before and # behind it, or D, a digit of reason and # (Denmark, the Netherlands).
`trunkwire.tones` sends the digits (`dtmf.dtmf_source`) and hears them (`DtmfReceiver`).
"""

from __future__ import annotations

import re

from trunkwire.callerid.coding import Absence
from trunkwire.callerid.message import CallSetup
from trunkwire.codec import DecodeError, EncodeError

FORMS = ("etsi", "dc", "hash")

_ETSI = re.compile(r"(?:A(?P<calling>\d+))?(?:D(?P<redirecting>\d+))?(?:B(?P<reason>\d\d))?C")
_DC = re.compile(r"D(?P<calling>\d+)C")
_HASH = re.compile(r"A(?P<calling>\d+)#|D(?P<reason>\d)#")
_REASONS = {"00": Absence.UNAVAILABLE, "10": Absence.PRIVATE}
_HASH_REASONS = {"1": Absence.PRIVATE, "2": Absence.INTERNATIONAL, "3": Absence.UNAVAILABLE}


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


def _code(reasons: dict[str, Absence], absence: str | None, form: str) -> str:
    """The digits for a reason; "" for none. Raises EncodeError if the form has no such reason."""
    if absence is None:
        return ""
    for code, reason in reasons.items():
        if reason == absence:
            return code
    raise EncodeError("CallSetup.absence", f"{absence!r} has no digits in the form {form!r}")


def _astray(digits: str) -> int:
    """The place of the first digit with which no form goes on."""
    partial = re.compile(r"A?\d*(?:D\d*)?(?:B\d{0,2})?[C#]?")
    match = partial.match(digits)
    assert match is not None  # it matches nothing, too
    return match.end()
