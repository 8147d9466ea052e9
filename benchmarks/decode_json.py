"""`decode-json`: every field as JSON lines beside `tshark -T json` and `tshark -V`.

Our objects are compared with tshark's values of the fields that both have, for every frame, before anything
is timed. tshark's JSON has about 2.5 times as many octets as ours, and `-V` prints words where JSON has
values: they say the same in more of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import capture
from benchmarks.result import Result

JSON_TARGET, VERBOSE_TARGET = 5.0, 2.0
_FORMATS = {"I": "0x0000", "RR": "0x0001"}


def run(quick: bool = False) -> list[Result]:
    """The figures, of 200,000 frames."""
    what = "`decode --json` against `tshark {}`, from start to end of the process"
    asked = {
        "decode-json": (what.format("-T json") + " (2.5 times as many octets)", JSON_TARGET),
        "decode-json-V": (what.format("-V"), VERBOSE_TARGET),
    }
    if not capture.tshark():
        reason = "tshark is not installed"
        return [
            Result(name, what=text, target=target, skipped=reason) for name, (text, target) in asked.items()
        ]
    with tempfile.TemporaryDirectory() as folder:
        frames = capture.frames(capture.FEW if quick else capture.FRAMES)
        path = capture.write(Path(folder, "lapd.pcap"), frames)
        told = capture.output(capture.ours(path, "--json"))
        if capture.output(capture.ours(path, "--json", "-j", "2")) != told:
            raise AssertionError("-j 2 gives other bytes")
        expected = capture.output(capture.theirs(path, *capture.as_fields())).decode().splitlines()
        for got, wanted in zip(rows(told), expected, strict=True):
            if got != wanted:
                raise AssertionError(f"{got!r} where tshark has {wanted!r}")
        ways = {
            "-T json": capture.theirs(path, "-T", "json"),
            "-V": capture.theirs(path, "-V"),
            "ours": capture.ours(path, "--json"),
            "-j 2": capture.ours(path, "--json", "-j", "2"),
        }
        found = capture.medians(ways)
    rate = f"{len(frames) / found['ours']:,.0f} frames/s, tshark {{:,.0f}}; -j 2 {{:.1f}} ×"
    details = (
        rate.format(len(frames) / found["-T json"], found["-T json"] / found["-j 2"]),
        rate.format(len(frames) / found["-V"], found["-V"] / found["-j 2"]),
    )
    ratios = (found["-T json"] / found["ours"], found["-V"] / found["ours"])
    return [
        Result(name, ratio, what=text, target=target, detail=detail)
        for (name, (text, target)), ratio, detail in zip(asked.items(), ratios, details, strict=True)
    ]


def rows(told: bytes) -> Iterator[str]:
    """The twelve fields of each of our objects, as tshark prints them."""
    for text in told.splitlines():
        frame: dict[str, Any] = msgspec.json.decode(text)
        lapd, q931 = frame["lapd"], frame["q931"] or {}
        elements = {element["ie"]: element for element in q931.get("ies", ())}
        numbers = elements.get("channel identification", {}).get("numbers", [])
        cells = (
            frame["n"],
            frame["t"],
            lapd["tei"],
            _FORMATS[lapd["kind"]],
            lapd["nr"],
            lapd.get("ns", ""),
            f"0x{q931['type']:02x}" if q931 else "",
            f"{q931['reference']:04x}" if q931 else "",
            elements.get("called number", {}).get("digits", ""),
            elements.get("calling number", {}).get("digits", ""),
            elements.get("cause", {}).get("value", ""),
            ",".join(map(str, numbers)),
        )
        yield "\t".join(map(str, cells))
