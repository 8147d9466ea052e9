"""spandsp hears our tones, we hear its, and the laws and levels agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peerlib import record_result, require_library, run_worker

TONES: list[dict[str, Any]] = [
    {"name": "dial", "freqs": (450, 0), "levels": (-10, 0), "on_off": (1000, 0), "ms": 4000},
    {"name": "busy", "freqs": (450, 0), "levels": (-10, 0), "on_off": (350, 350), "ms": 4000},
    {"name": "busy", "freqs": (450, 0), "levels": (-30, 0), "on_off": (350, 350), "ms": 4000},
    {"name": "congestion", "freqs": (450, 0), "levels": (-5, 0), "on_off": (700, 700), "ms": 6000},
    {"name": "ringback", "freqs": (450, 0), "levels": (-20, 0), "on_off": (1000, 4000), "ms": 12000},
    {
        "name": "long-distance",
        "freqs": (450, 0),
        "levels": (-10, 0),
        "on_off": (200, 200, 200, 600),
        "ms": 5000,
    },
    {"name": None, "freqs": (425, 0), "levels": (-10, 0), "on_off": (500, 500), "ms": 6000},
    {
        "name": "busy",
        "freqs": (480, 620),
        "levels": (-24, -24),
        "on_off": (500, 500),
        "ms": 5000,
        "zone": "us",
    },
    {
        "name": "ringback",
        "freqs": (440, 480),
        "levels": (-19, -19),
        "on_off": (2000, 4000),
        "ms": 9000,
        "zone": "us",
    },
    {
        "name": "dial",
        "freqs": (350, 440),
        "levels": (-13, -13),
        "on_off": (1000, 0),
        "ms": 4000,
        "zone": "us",
    },
]


@pytest.fixture(scope="module")
def peer() -> dict[str, Any]:
    soname = require_library("libspandsp.so.2", "libspandsp2")
    tones = [
        {"zone": "cn", "law": law, "offset": 77 * i, **tone}
        for i, tone in enumerate(TONES)
        for law in ("alaw", "ulaw")
    ]
    found = run_worker(
        Path(__file__).with_name("spandsp_tones_worker.py"), {"library": soname, "tones": tones}
    )
    assert isinstance(found, dict)
    return {**found, "tones": tones}


def test_g711_is_equal_on_every_input_and_code(peer: dict[str, Any]) -> None:
    assert peer["laws"] == {law: {"inputs": 0, "codes": 0} for law in ("alaw", "ulaw")}


def test_spandsp_hears_our_tones_of_china(peer: dict[str, Any]) -> None:
    heard = dict(peer["spandsp_hears"])
    for law in ("alaw", "ulaw"):
        assert heard.pop(f"howler/{law}") == []  # it was not told of it
        assert heard.pop(f"europe/{law}") == []
    assert heard == {key: [key.split("/")[0]] for key in heard}
    record_result("spandsp-tones", {"peer": "spandsp", "spandsp hears": sorted(heard), "we hear": len(TONES)})


def test_we_hear_its_tones(peer: dict[str, Any]) -> None:
    for sent, result in zip(peer["tones"], peer["we_hear"], strict=True):
        (heard,) = result["tones"]
        assert heard["kind"] == sent["name"]
        freqs = [f for f in sent["freqs"] if f]
        assert heard["freqs"] == pytest.approx(freqs, abs=2)
        steady = 0 in sent["on_off"]
        assert heard["cadence"] == pytest.approx([] if steady else sent["on_off"], abs=10)
        assert heard["level"] == pytest.approx(sent["levels"][0] + (3 if len(freqs) == 2 else 0), abs=1)


def test_its_power_meter_shows_our_sending_level(peer: dict[str, Any]) -> None:
    for sent, shown in peer["levels"]:
        assert shown == pytest.approx(sent, abs=1)
