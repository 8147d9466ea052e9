"""spandsp beside our laws, tones and ears: what each makes of the other, as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
from peerlib import worker_main
from spandsp_media import CHINA, Spandsp

from trunkwire.g711 import Law
from trunkwire.tones import Analyser, CadenceTracker, HeardTone, ToneKind, ToneSpec, tone_source, zone

HEARD_MS = 60  # how long spandsp's detector gets nothing after a tone


def laws(spandsp: Spandsp) -> dict[str, Any]:
    """On how many of all inputs, and of all codes, the two differ."""
    inputs = np.arange(-32768, 32768).astype(np.int16)
    codes = np.arange(256).astype(np.uint8)
    different = {}
    for law in Law:
        theirs = np.frombuffer(spandsp.encode(inputs, law.value), np.uint8)
        different[law.value] = {
            "inputs": int((theirs != law.encode(inputs)).sum()),
            "codes": int((spandsp.decode(codes, law.value) != law.decode(codes)).sum()),
        }
    return different


def spandsp_hears(spandsp: Spandsp) -> dict[str, list[str]]:
    """What its detector, told the cadences of China, calls our tones."""
    heard: dict[str, list[str]] = {}
    for name in (*CHINA, "howler", "europe"):
        spec = ToneSpec.parse("425/500,0/500") if name == "europe" else zone("cn")[ToneKind(name)]
        for law in Law:
            found: list[str] = []
            octets = tone_source(spec, law, 160)(0, 8 * (3 * spec.period_ms + 5000))
            detector = spandsp.detector(found)
            spandsp.detect(detector, spandsp.decode(np.frombuffer(octets, np.uint8), law.value))
            heard[f"{name}/{law.value}"] = sorted(set(found))
    return heard


def we_hear(spandsp: Spandsp, tones: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What our tracker says of tones that spandsp generates."""
    results = []
    for tone in tones:
        law = Law(tone["law"])
        samples = spandsp.generate(
            tuple(tone["freqs"]), tuple(tone["levels"]), tuple(tone["on_off"]), 8 * tone["ms"]
        )
        shifted = np.concatenate([np.zeros(tone["offset"], np.int16), samples])
        octets = law.encode(shifted[: len(shifted) // 160 * 160])
        tracker = CadenceTracker(zone(tone["zone"]), law)
        tracker.feed(Analyser(law, zone(tone["zone"])).analyse(octets))
        results.append({"tones": [_figures(heard) for heard in tracker.tones()]})
    return results


def _figures(heard: HeardTone) -> dict[str, Any]:
    return {
        "kind": heard.kind.value if heard.kind else None,
        "freqs": heard.freqs,
        "cadence": heard.cadence,
        "level": heard.level_dbm0,
    }


def levels(spandsp: Spandsp) -> list[tuple[float, float]]:
    """Our sending level, and what its power meter shows of it."""
    measured = []
    for level in (-30.0, -20.0, -10.0, -3.0):
        octets = tone_source(ToneSpec.parse("450", level), Law.ALAW)(0, 16000)
        samples = spandsp.decode(np.frombuffer(octets, np.uint8), "alaw")
        measured.append((level, spandsp.level_dbm0(samples)))
    return measured


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Everything in one go."""
    spandsp = Spandsp(request["library"])
    return {
        "laws": laws(spandsp),
        "spandsp_hears": spandsp_hears(spandsp),
        "we_hear": we_hear(spandsp, request["tones"]),
        "levels": levels(spandsp),
    }


if __name__ == "__main__":
    worker_main(work)
