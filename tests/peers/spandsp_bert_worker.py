"""spandsp's bit error rate tester beside our patterns: what each makes of the other, as JSON."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from peerlib import worker_main

from trunkwire.prbs import SEQUENCES, PatternMeter

PATTERNS = {"2^15-1": 10, "2^11-1": 11, "2^9-1": 12}
"""BERT_PATTERN_ITU_O151_15, O152_11 and O153_9 of its bert.h."""

RESYNC_LENGTH, RESYNC_PERCENT = 300, 20


class Results(ctypes.Structure):
    """bert_results_t."""

    _fields_ = (("total_bits", ctypes.c_int), ("bad_bits", ctypes.c_int), ("resyncs", ctypes.c_int))


def load(name: str) -> Any:
    """The library, with the types of what is used of it."""
    library = ctypes.CDLL(name)
    library.bert_init.restype = ctypes.c_void_p
    library.bert_init.argtypes = [ctypes.c_void_p, *[ctypes.c_int] * 4]
    library.bert_get_bit.argtypes = [ctypes.c_void_p]
    library.bert_put_bit.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.bert_result.argtypes = [ctypes.c_void_p, ctypes.POINTER(Results)]
    return library


def it_generates(library: Any, name: str, octets: int, wrong: list[int]) -> dict[str, Any]:
    """What our meter says of its pattern, some bits of which we invert."""
    tester = library.bert_init(None, 0, PATTERNS[name], RESYNC_LENGTH, RESYNC_PERCENT)
    bits = np.array([library.bert_get_bit(tester) for _ in range(8 * octets)], np.uint8)
    same = bits[: SEQUENCES[name].period].tolist() == SEQUENCES[name].bits[: 8 * octets].tolist()
    bits[wrong] ^= 1
    meter = PatternMeter(SEQUENCES[name])
    meter.receive(np.packbits(bits))
    meter.flush()
    return {"same": same, "errors": meter.errors, "bits": meter.bits, "late": meter.late, "lost": meter.lost}


def it_receives(library: Any, name: str, octets: int, wrong: list[int], cut: int | None) -> dict[str, int]:
    """What its tester says of our pattern, some bits inverted, and from `cut` on an octet left out."""
    tester = library.bert_init(None, 0, PATTERNS[name], RESYNC_LENGTH, RESYNC_PERCENT)
    bits = np.unpackbits(SEQUENCES[name].octets(1234, octets))
    bits[wrong] ^= 1
    if cut is not None:
        bits = np.concatenate([bits[: 8 * cut], bits[8 * cut + 8 :]])
    for bit in bits.tolist():
        library.bert_put_bit(tester, bit)
    results = Results()
    library.bert_result(tester, ctypes.byref(results))
    return {"bits": results.total_bits, "errors": results.bad_bits, "resyncs": results.resyncs}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Every pattern, both ways."""
    library = load(request["library"])
    octets, wrong = request["octets"], request["wrong"]
    return {
        name: {
            "generates": it_generates(library, name, octets, wrong),
            "receives": it_receives(library, name, octets, wrong, None),
            "slips": it_receives(library, name, octets, [], octets // 2),
        }
        for name in PATTERNS
    }


if __name__ == "__main__":
    worker_main(work)
