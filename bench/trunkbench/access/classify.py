"""What a number looks like: a mobile's, or that of an area."""

from __future__ import annotations

import re
from collections.abc import Iterable

_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")


def is_mobile(number: str) -> bool:
    """Whether it is a mobile number of the numbering plan of China: 11 digits from 13 to 19."""
    return _MOBILE.fullmatch(number) is not None


def area_of(number: str, known_areas: Iterable[str]) -> str:
    """The longest of the area codes with which the number begins; "" for none."""
    return max((area for area in known_areas if number.startswith(area)), key=len, default="")
