"""`e1-rx` and `e1-rx-bits`: aligning, demultiplexing and CRC-4 checking a line, ours beside C.

The loops are in `e1_rx.c`, compiled on the spot with `cc -O2`. The target is judged against the one that
looks the CRC-4 up octet by octet in a table, the straightforward way to write it; the one that runs it bit by
bit, as G.704 draws it, is shown for comparison and has no target. The figures are for a line whose frames
begin with an octet, as a card delivers them; the details have those for frames that begin three bits into
one. Slots and errored blocks are found equal before anything is timed. The C loops take the first multiframe
on trust; ours looks for it.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.result import Result
from trunkwire.e1 import Framer, frame_crc4, multiplex
from trunkwire.e1.mux import CLEAR

SOURCE = Path(__file__).with_name("e1_rx.c")
NAMES = ("e1-rx", "e1-rx-bits")
TARGET = 3.0
SECONDS = 20
"""Of line time, in one call."""

Octets = npt.NDArray[np.uint8]


class PlainC:
    """The compiled loops."""

    def __init__(self, compiler: str, folder: Path) -> None:
        library = folder / "e1_rx.so"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
        self._loaded = ctypes.CDLL(str(library))
        self._loaded.prepare()

    def receive(self, line: Octets, how: str) -> tuple[Octets, int]:
        """The slots (32, frames) and the number of errored blocks; `how` is "bits" or "octets"."""
        slots = np.empty((32, len(line)), np.uint8)
        errors, size, pointer = ctypes.c_size_t(), ctypes.c_size_t, ctypes.c_void_p
        function = self._loaded[f"receive_{how}"]
        function.restype, function.argtypes = size, [pointer, size, pointer, size, ctypes.POINTER(size)]
        frames = function(line.ctypes.data, line.size, slots.ctypes.data, len(line), ctypes.byref(errors))
        return slots[:, :frames], errors.value


def a_line(frames: int, shift: int) -> Octets:
    """A framed line of random slots with a few bit errors in them, its frames beginning at bit `shift`."""
    rng = np.random.default_rng(704)
    slots = rng.integers(0, 256, (32, frames), dtype=np.uint8)
    frame_crc4(slots, np.full(frames // 16, CLEAR, np.uint8), 0)
    line = multiplex(slots)
    for frame in range(1000, frames, 9000):
        line[frame, 7] ^= 0x10
    bits = np.concatenate((np.ones(shift, np.uint8), np.unpackbits(line)))
    return np.packbits(bits[: frames * 256]).reshape(-1, 32)


def differs(plain: PlainC, line: Octets, shift: int, how: str) -> str:
    """What the two make differently of the line, once ours is aligned; empty if nothing."""
    ours = Framer(crc4=True).receive(line)
    slots, errors = plain.receive(line, how)
    late = 64  # rows until ours has found the multiframe
    # Ours gives a frame in the row in which it ends; a shifted frame ends one row later.
    shifted = 1 if shift else 0
    same = ours.slots[:, late + shifted : slots.shape[1] + shifted] == slots[:, late:]
    if not same.all():
        return f"the slots of a line shifted by {shift} bits differ"
    if len(ours.errored) != errors or not errors:
        return f"{len(ours.errored)} errored blocks, and {errors} in C"
    return ""


def run(quick: bool) -> list[Result]:
    """The ratios to the loop with a table and to the one by bits, or why there are none."""
    compiler = shutil.which("cc")
    if compiler is None:
        return [Result(name, skipped="no C compiler (cc) here") for name in NAMES]
    frames = 16 * 64 if quick else 8000 * SECONDS
    ratios: list[dict[str, float]] = []
    details = []
    with tempfile.TemporaryDirectory(prefix="trunkbench-e1-rx-") as folder:
        plain = PlainC(compiler, Path(folder))
        for shift in (0, 3):
            line = a_line(max(frames, 16 * 128), shift)
            problem = differs(plain, line, shift, "bits") or differs(plain, line, shift, "octets")
            if problem:
                return [Result(name, error=problem) for name in NAMES]
            best = best_of(plain, line, 2 if quick else 15)
            ratios.append({how: best[how] / best["ours"] for how in ("bits", "octets")})
            line_time = len(line) / 8000
            speeds = ", ".join(f"{name} {line_time / seconds:,.0f}" for name, seconds in best.items())
            details.append(f"shift {shift}: {speeds} × real time")
    aligned, shifted = ratios
    what = "align, demultiplex and check CRC-4 of one E1: ours beside a C -O2 loop"
    detail = "; ".join(details)
    return [
        Result(
            NAMES[0],
            aligned["octets"],
            what=f"{what} with a CRC table",
            target=TARGET,
            detail=f"{shifted['octets']:.3g} × when shifted; {detail}",
        ),
        Result(
            NAMES[1],
            aligned["bits"],
            what=f"{what} with the CRC bit by bit",
            detail=f"{shifted['bits']:.3g} × when shifted",
        ),
    ]


def best_of(plain: PlainC, line: Octets, rounds: int) -> dict[str, float]:
    """The best times of ours and of the two C loops, in turn."""
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: Framer(crc4=True).receive(line),
        "bits": lambda: plain.receive(line, "bits"),
        "octets": lambda: plain.receive(line, "octets"),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.perf_counter()
            way()
            best[name] = min(best[name], time.perf_counter() - begin)
    return best
