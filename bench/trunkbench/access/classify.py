"""What a number looks like: a fixed line's, a mobile's, a 400 or 800 number, a short code; and of which area.

The configuration's number plan decides what exists. This only says what it recognises and rejects nothing.
Where `phonenumbers` is installed (the extra `numbers`) its metadata of all countries answers; what it does
not know, and all without it, is left to a few rules of the numbering plan of China.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

Language = Literal["en", "zh"]

INSTALL = "pip install 'trunkbench[numbers]'"

_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")

_RULES = (
    (_MOBILE, "mobile"),
    (re.compile(r"400\d{7}"), "shared cost"),
    (re.compile(r"800\d{7}"), "toll-free"),
    (re.compile(r"1\d{2}|1[02]\d{3}|95\d{3,4}|96\d{3,4}"), "short code"),
    (re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}"), "fixed line"),
    (re.compile(r"[2-8]\d{6,7}"), "fixed line"),
)
"""The numbering plan of China: mobiles, 400 and 800, short codes (1xx, 10xxx, 12xxx, 95xxx, 96xxx), an area
code and seven or eight digits, and these alone within the area.
"""

_KINDS = {
    "FIXED_LINE": "fixed line",
    "MOBILE": "mobile",
    "FIXED_LINE_OR_MOBILE": "fixed line or mobile",
    "TOLL_FREE": "toll-free",
    "PREMIUM_RATE": "premium rate",
    "SHARED_COST": "shared cost",
    "VOIP": "voice over IP",
    "PERSONAL_NUMBER": "personal number",
    "PAGER": "pager",
    "UAN": "company number",
    "VOICEMAIL": "voicemail",
}


@dataclass(frozen=True, slots=True)
class Classified:
    """The kind of a number in words, and where it belongs, if that was asked and is known."""

    kind: str
    where: str = ""

    def describe(self) -> str:
        """Such as "fixed line, Beijing"."""
        return f"{self.kind}, {self.where}" if self.where else self.kind


def is_installed() -> bool:
    """Whether the library is there."""
    return find_spec("phonenumbers") is not None


def is_mobile(number: str, country: str = "CN") -> bool:
    """Whether it is a mobile's. In China 11 digits from 13 to 19 are; elsewhere the library must know."""
    if country == "CN":
        return _MOBILE.fullmatch(number) is not None
    known = classify(number, country)
    return known is not None and known.kind == "mobile"


def area_of(number: str, known_areas: Iterable[str]) -> str:
    """The longest of the area codes with which the number begins; "" for none."""
    return max((area for area in known_areas if number.startswith(area)), key=len, default="")


def classify(
    number: str, country: str = "CN", *, area: str = "", where: Language | None = None
) -> Classified | None:
    """What the number looks like in that country; None when nothing recognises it.

    `area` is the code of the area in which it can be dialled without. `where` asks for the place, in that
    language; the library takes a second to load its map.
    """
    forms = [number] if not area or number.startswith(("0", "+", area)) else [number, area + number]
    if is_installed():
        for form in forms:
            known = _by_library(form, country, where)
            if known is not None:
                return known
    if country == "CN":
        kinds = (kind for rule, kind in _RULES if rule.fullmatch(number))
        kind = next(kinds, None)
        return None if kind is None else Classified(kind)
    return None


def _by_library(number: str, country: str, where: Language | None) -> Classified | None:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    name = phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(parsed))
    if name in _KINDS:
        if where is None:
            return Classified(_KINDS[name])
        from phonenumbers import geocoder

        return Classified(_KINDS[name], str(geocoder.description_for_number(parsed, where)))
    if phonenumbers.is_emergency_number(number, country):
        return Classified("emergency number")
    if phonenumbers.is_valid_short_number_for_region(parsed, country):
        return Classified("short code")
    return None
