"""`--json`: the example of docs/decode-json.md, every member named there, and what is no frame."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bulk_captures import FRAMES, pcap
from made_traces import decode

from trunkbench.trace.objects import happening_object
from trunkbench.trace.record import Happening

PAGE = (Path(__file__).parents[2] / "docs" / "decode-json.md").read_text(encoding="utf-8")


def objects(*frames: bytes) -> list[dict[str, Any]]:
    packets = [(frame, (1_700_000_000 + n, 250_000), b"", 0, 0) for n, frame in enumerate(frames)]
    code, told, _ = decode(pcap(packets, "<", 0xA1B2C3D4, 203), "--json")
    assert code == 0
    return [json.loads(line) for line in told.splitlines()]


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example() -> None:
    (told,) = objects(bytes.fromhex(example("hex")))
    assert told == json.loads(example("json"))
    assert list(told) == list(json.loads(example("json")))


def test_every_member_is_documented() -> None:
    known = set(re.findall(r"`(\w+)`", PAGE))
    for frame in objects(*FRAMES):
        assert set(frame) <= known
        assert set(frame["lapd"]) - {"meaning", "errors"} <= known
        assert set(frame["q931"] or ()) <= known | {"call_reference_length", "message_type", "octets"}
        assert all(
            {"id", "codeset", "ie", "octets"} <= set(ie) for ie in (frame["q931"] or {}).get("ies", ())
        )


def test_broken_frames_tell_where() -> None:
    told = objects(bytes.fromhex("02010000 08020001 05 04038090"))[0]
    assert told["faults"][0]["at"] == 9
    assert told["q931"]["ies"][0]["error"] == "length 3, but 2 octets are left"


def test_meanings_and_values_of_a_cause() -> None:
    (ie,) = objects(bytes.fromhex("02010000 08020001 45 08028191"))[0]["q931"]["ies"]
    assert (ie["ie"], ie["value"], ie["meaning"]["value"]) == ("cause", 17, "user busy")
    assert ie["octets"] == "08028191"


def test_what_happened_is_an_object_too() -> None:
    told = happening_object(Happening(-1, "loss of signal", "A", 0, 7, alarm=True))
    assert told == {
        "n": 7,
        "t": "-0.000000001",
        "happening": "loss of signal",
        "span": "A",
        "slot": None,
        "alarm": True,
    }
