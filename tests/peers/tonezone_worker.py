"""What libtonezone says about the zones that we have too: tone names and their notation, by ctypes."""

from __future__ import annotations

import ctypes
from typing import Any

from peerlib import worker_main

CADENCES = 16  # DAHDI_MAX_CADENCE, DAHDI_TONE_MAX
TONES = 16


class Sound(ctypes.Structure):
    _fields_ = (("tone", ctypes.c_int), ("data", ctypes.c_char * 256))


class ToneZone(ctypes.Structure):
    _fields_ = (
        ("zone", ctypes.c_int),
        ("country", ctypes.c_char * 10),
        ("description", ctypes.c_char * 40),
        ("ringing", ctypes.c_int * CADENCES),
        ("sounds", Sound * TONES),
        ("levels", ctypes.c_int * 4),
    )


def work(request: dict[str, Any]) -> dict[str, Any]:
    """For each zone asked for: its description and the data of its tones, by the library's tone number."""
    library = ctypes.CDLL(request["library"])
    library.tone_zone_find.restype = ctypes.POINTER(ToneZone)
    library.tone_zone_find.argtypes = [ctypes.c_char_p]
    found: dict[str, Any] = {}
    for name in request["zones"]:
        zone = library.tone_zone_find(name.encode())
        if zone:
            sounds = {str(s.tone): s.data.decode("ascii") for s in zone.contents.sounds if s.data}
            found[name] = {
                "description": zone.contents.description.decode("ascii"),
                "ringing": [ms for ms in zone.contents.ringing if ms],
                "sounds": sounds,
            }
    return found


if __name__ == "__main__":
    worker_main(work)
