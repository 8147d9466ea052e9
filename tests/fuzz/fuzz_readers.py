"""Fuzzing of every reader of traces: seeds of every format, mutated, read and decoded.

    python tests/fuzz/fuzz_readers.py --seconds 60 [--seed 1] [--only iua] [--keep FOLDER]

Whatever a file holds, a reader may refuse it (NotACapture) and must otherwise come to its end: no other
exception, no hang (`SLOWEST` seconds an input), no memory beyond `LARGEST`. An input that breaks this is
written to the folder and makes the exit code 1. Real captures are seeds where they are found, through
TRUNKBENCH_CAPTURES.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import random
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import zstandard

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "wire"))

import carried  # noqa: E402 - its folder is known only now
from carried import data_chunk, data_indication, data_request, ether, ipv4, pseudowire, sctp, tcp, tpkt  # noqa: E402
from text_seeds import raw_seeds, text_seeds  # noqa: E402

from trunkbench.trace.capture import NotACapture  # noqa: E402
from trunkbench.trace.decoder import Decoder  # noqa: E402
from trunkbench.trace.inputs import InputOptions, open_trace  # noqa: E402
from trunkbench.trace.lines import line  # noqa: E402
from trunkbench.trace.record import FrameRecord, Layer  # noqa: E402
from trunkbench.trace.tree import tree  # noqa: E402

SLOWEST = 20.0
LARGEST = 600 * 1024 * 1024
LARGEST_SEED = 256 * 1024
_SHOWN = 200
"""Frames of an input that are drawn; the others are only read."""
_FRAMES = [bytes.fromhex("00010000") + carried.SETUP, bytes.fromhex("02010102")]
_EXTREMES = [
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff",
    b"\0\0",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
]
_OPTIONS = (
    InputOptions(),
    InputOptions(audio=True),
    InputOptions(user=dict.fromkeys(range(16), Layer.LAPD), satop=frozenset({5001}), cesopsn={5000: 6}),
)


def _timeslots(count: int) -> list[bytes]:
    return carried.slots(count, max(count // 2, 1), _FRAMES, 400)


def made_seeds() -> Iterator[tuple[str, bytes]]:
    """A small file of every format that can be made by hand."""
    for link in (203, 177, 140, 139, 141, 107, 104, 9, 147):
        yield f"link {link}", carried.pcap(_FRAMES * 3, link)
    yield "pcapng", carried.pcapng([(frame, 1) for frame in _FRAMES], 203)
    yield "big endian", carried.pcap(_FRAMES, 203, order=">")
    chunks = [data_chunk(1, data_request(carried.SETUP)), data_chunk(2, data_indication(carried.CONNECT))]
    cut = [data_chunk(3, data_request(carried.SETUP)[:20], flags=2), data_chunk(4, b"x" * 9, flags=1)]
    packet = sctp(*chunks, *cut)
    pieces = [ipv4(packet[:96], 132, more=True), ipv4(packet[96:], 132, offset=96)]
    yield "iua", carried.pcap([ether(ipv4(packet, 132)), *map(ether, pieces)])
    yield "iua cooked", carried.pcap([bytes(14) + b"\x08\0" + ipv4(packet, 132)], 113)
    yield "iua ipv6", carried.pcap([carried.ipv6(packet, 132)], 101)
    stream = tpkt(carried.SETUP) * 3
    segments = [ether(ipv4(tcp(stream[at : at + 40], at), 6)) for at in range(0, len(stream), 40)]
    yield "tpkt", carried.pcap(segments)
    line = carried.e1_line(_timeslots(31))
    yield "satop", carried.pcap([ether(ipv4(carried.udp(one), 17)) for one in pseudowire(line, 256)])
    slots = b"".join(bytes(one) for one in zip(*_timeslots(6), strict=True))
    t1 = carried.t1_line(_timeslots(24))
    yield "satop t1", carried.pcap([ether(ipv4(carried.udp(one), 17)) for one in pseudowire(t1, 192)])
    yield "cesopsn", carried.pcap([ether(ipv4(carried.udp(one), 17)) for one in pseudowire(slots, 48)])
    tdmoe = carried.tdmoe(_timeslots(24), signalling=[5] * 24)
    yield "tdmoe", carried.pcap([ether(one, 0xD00D) for one in tdmoe])
    yield "eyesdn", carried.eyesdn([(n, n % 3, n, bytes(range(250, 256)) + b"abc") for n in range(20)])
    yield "i4b", carried.i4b([(n, n % 4, n % 2, _FRAMES[0]) for n in range(12)])
    yield "e1", line
    yield "e1 mirrored", bytes(int(f"{one:08b}"[::-1], 2) for one in line)
    yield "timeslot", carried.hdlc_slot(_FRAMES * 3, 4000)
    yield "hex dump", b"000000 " + carried.SETUP.hex(" ").encode() + b"\n"
    yield "noise", carried.speech(1, 5000)
    yield from text_seeds()
    yield from raw_seeds(line, carried.hdlc_slot(_FRAMES * 3, 1000))


def real_seeds() -> Iterator[tuple[str, bytes]]:
    """The real captures, the longer ones cut."""
    folder = Path(os.environ.get("TRUNKBENCH_CAPTURES") or ROOT.parent / "shared" / "captures")
    for path in sorted(folder.glob("*/*")):
        with path.open("rb") as file:
            yield path.name, file.read(LARGEST_SEED)


def mutated(seed: bytes, other: bytes, chance: random.Random) -> bytes:
    """The seed with some octets changed, cut, doubled, put in or taken from the other seed."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 4, 8, 32))):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(7)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            extreme = chance.choice(_EXTREMES)
            data[at : at + len(extreme)] = extreme
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            data[at:at] = data[at : at + chance.randrange(200)]
        elif kind == 4:
            data[at:at] = chance.randbytes(chance.randrange(40))
        elif kind == 5:
            begin = chance.randrange(len(other) + 1)
            data[at : at + 100] = other[begin : begin + chance.randrange(300)]
        else:
            del data[at : at + chance.randrange(60)]
    if chance.randrange(12) == 0:
        return gzip.compress(bytes(data), 1, mtime=0)[: chance.randrange(len(data) + 40)]
    if chance.randrange(12) == 0:
        return zstandard.ZstdCompressor().compress(bytes(data))[: chance.randrange(len(data) + 40)]
    return bytes(data)


def exercise(data: bytes, options: InputOptions) -> None:
    """Read and decode everything in `data`; raises whatever goes wrong, NotACapture aside."""
    decoder = Decoder()
    drawn = 0
    try:
        for item in open_trace(io.BytesIO(data), "fuzz", options):
            if isinstance(item, FrameRecord):
                decoded = decoder.decode(item)
                drawn += 1
                if drawn < _SHOWN:
                    line(decoded, 0)
                    tree(decoded, 0)
    except NotACapture:
        return


def fuzz(seconds: float, seed: int, only: str, tell: Callable[[str], None], keep: Path) -> int:
    """Exercise mutated seeds for so long; how many inputs broke something."""
    chance = random.Random(seed)
    seeds = [(name, data) for name, data in (*made_seeds(), *real_seeds()) if only in name]
    if not seeds:
        raise SystemExit(f"no seed has {only!r} in its name")
    end = time.monotonic() + seconds
    done = broken = 0
    while time.monotonic() < end:
        name, data = chance.choice(seeds)
        spoilt = mutated(data, chance.choice(seeds)[1], chance)
        options = chance.choice(_OPTIONS)
        begin = time.monotonic()
        problem = ""
        try:
            exercise(spoilt, options)
        except Exception:
            problem = traceback.format_exc()
        took = time.monotonic() - begin
        size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        if took > SLOWEST:
            problem = problem or f"it took {took:.1f} s"
        if size > LARGEST:
            problem = problem or f"the process has grown to {size} octets"
        done += 1
        if problem:
            broken += 1
            path = keep / f"fuzz-{seed}-{done}.bin"
            path.write_bytes(spoilt)
            tell(f"{name}, input {done}, kept as {path}:\n{problem}")
            if size > LARGEST:
                break  # it stays large
    tell(f"seed {seed}: {done} inputs from {len(seeds)} seeds, {broken} of them broke something")
    return broken


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fuzz every reader of traces.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only seeds that have this in their name")
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir()), help="folder for bad inputs"
    )
    given = parser.parse_args()
    return 1 if fuzz(given.seconds, given.seed, given.only, print, given.keep) else 0


if __name__ == "__main__":
    sys.exit(main())
