"""Real captures through every view, whole and mutated: nothing unforeseen, and no frame lost.

They are found through TRUNKBENCH_CAPTURES, by default in ../shared/captures beside the checkout.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.cli import main
from trunkbench.trace import Damage, FrameRecord, NotACapture, read_frames
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.ladders import ladder_of
from trunkbench.trace.lines import line
from trunkbench.trace.tree import tree

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
FILES = sorted(FOLDER.glob("*/*.pcap"))
LAPD = [path for path in FILES if path.parent.name in ("e1", "bri", "abis") and "isup" not in path.name]

pytestmark = pytest.mark.skipif(
    not FILES, reason="no real captures: set TRUNKBENCH_CAPTURES to the folder that has them"
)


def show(data: bytes) -> tuple[int, list[str]]:
    """How many frames a capture has, and its lines; every view is drawn."""
    decoder = Decoder()
    items = list(read_frames(io.BytesIO(data)))
    frames = [decoder.decode(item) for item in items if isinstance(item, FrameRecord)]
    assert all(tree(frame, 0) for frame in frames)
    assert ladder_of(frames, layer2=True)
    fatal = [item for item in items if isinstance(item, Damage) and item.fatal]
    assert fatal in ([], items[-1:])
    return len(frames), [line(frame, 0) for frame in frames]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_capture_decodes_or_is_refused_by_its_link_type(path: Path) -> None:
    if path not in LAPD:
        with pytest.raises(NotACapture, match="link type"):
            show(path.read_bytes())
        return
    count, lines = show(path.read_bytes())
    assert count == len(lines) > 0


@settings(max_examples=30)
@given(st.data())
def test_mutated_real_captures(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in LAPD if path.stat().st_size < 4000]))
    octets = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        octets[data.draw(st.integers(24, len(octets) - 1))] = data.draw(st.integers(0, 255))
    show(bytes(octets[: data.draw(st.integers(24, len(octets)))]))


@pytest.mark.parametrize(
    "path", [path for path in LAPD if "abis" not in path.name], ids=lambda path: path.name
)
def test_every_truncation_loses_only_what_was_cut_off(path: Path) -> None:
    data = path.read_bytes()
    _, whole = show(data)
    for size in range(24, len(data), 13):
        _, lines = show(data[:size])
        assert lines == whole[: len(lines)]
    assert len(show(data[:-1])[1]) == len(whole) - 1


ALL = sorted(path for path in FOLDER.glob("*/*") if path.is_file() and path.suffix != ".md")
FIELDS = ("--fields", "frame.number")
VIEWS = (("-V",), ("-x",), ("--json",), ("--calls", "--csv"), ("--ladder", "--layer2"), FIELDS)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_every_trace_decodes_in_every_output(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever its format is; the big ones as lines only."""
    small = path.stat().st_size < 15_000
    for options in ((), *(VIEWS if small else ())):
        assert main(["decode", str(path), *options]) == 0
        out, err = capsys.readouterr()
        assert out or options == FIELDS
        assert all(text.startswith(f"trunkbench: {path}: ") for text in err.splitlines())
    if path.parent.name in ("e1", "bri"):  # GSM's Abis interface has another protocol on SAPI 0
        assert main(["decode", "--strict", str(path)]) == 0
