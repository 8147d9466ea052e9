"""Our zone data beside libtonezone's: the same, or a difference that is listed here with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peerlib import record_result, require_library, run_worker

from trunkwire.tones import RINGBACK, ZONES, ToneKind

KINDS = {  # libtonezone's tone numbers
    "0": ToneKind.DIAL,
    "1": ToneKind.BUSY,
    "2": ToneKind.RINGBACK,
    "3": ToneKind.CONGESTION,
    "4": ToneKind.CALL_WAITING,
    "5": ToneKind.SPECIAL_DIAL,
    "6": ToneKind.RECORD,
    "7": ToneKind.UNOBTAINABLE,
}
DIFFERENCES = {
    # ITU-T E.180 repeats the special information tone after a second; these have it once, or with short gaps.
    ("us", "unobtainable"): "!950/330,!1400/330,!1800/330,0",
    ("fr", "unobtainable"): "!950/330,!1400/330,!1800/330,0",
    ("ru", "unobtainable"): "950/330,1440/330,1800/330,0/1000",
    # UK number unobtainable is a steady 400 Hz; the library has the special information tone in its place.
    ("uk", "unobtainable"): "950/330,0/15,1400/330,0/15,1800/330,0/1000",
    # The library gives the German pattern for a minute and then stops; ours goes on.
    (
        "de",
        "call-waiting",
    ): "!425/200,!0/200,!425/200,!0/5000,!425/200,!0/200,!425/200,!0/5000,!425/200,!0/200,"
    "!425/200,!0/5000,!425/200,!0/200,!425/200,!0/5000,!425/200,!0/200,!425/200,0",
}


@pytest.fixture(scope="module")
def library() -> dict[str, dict[str, Any]]:
    soname = require_library("libtonezone.so.2", "libtonezone2.0")
    found = run_worker(
        Path(__file__).with_name("tonezone_worker.py"), {"library": soname, "zones": list(ZONES)}
    )
    assert isinstance(found, dict)
    return found


def test_zones_agree_or_the_difference_is_listed(library: dict[str, dict[str, Any]]) -> None:
    assert set(ZONES) - set(library) == {"etsi"}  # a standard, not a country
    compared, differing = 0, {}
    for name, theirs in library.items():
        for number, kind in KINDS.items():
            if kind in ZONES[name] and number in theirs["sounds"]:
                compared += 1
                ours, data = str(ZONES[name][kind]), theirs["sounds"][number]
                if ours != data:
                    differing[name, kind.value] = data
    record_result("tonezone", {"compared": compared, "different": sorted(map("/".join, differing))})
    assert differing == DIFFERENCES
    assert compared >= 40


def test_ringing_current_has_the_cadence_of_ringback(library: dict[str, dict[str, Any]]) -> None:
    for name, theirs in library.items():
        assert theirs["ringing"] == [segment.ms for segment in ZONES[name][RINGBACK].segments], name
