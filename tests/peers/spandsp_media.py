"""spandsp's media by ctypes: G.711, tone generator, call progress detector, power meter."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_float, c_int, c_int16, c_uint8, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
TONE_REPORT = ctypes.CFUNCTYPE(None, c_void_p, c_int, c_int, c_int)
G711 = {"alaw": 0, "ulaw": 1}

# GB/T 3380 as elements of a detector: first and second frequency, shortest and longest duration in ms.
CHINA = {
    "dial": [(450, 0, 1500, 0)],
    "busy": [(450, 0, 300, 400), (0, 0, 300, 400)] * 2,
    "congestion": [(450, 0, 600, 800), (0, 0, 600, 800)],
    "ringback": [(450, 0, 900, 1100), (0, 0, 3600, 4400)],
    "record": [(950, 0, 360, 440), (0, 0, 9000, 11000)],
    "reminder": [(1400, 0, 360, 440), (0, 0, 9000, 11000)],
}


class Spandsp:
    """The functions of the library that the tests and the benchmark use."""

    def __init__(self, soname: str) -> None:
        self._library = ctypes.CDLL(soname)
        self._reports: list[Any] = []  # callbacks must outlive their detectors
        self._descriptor: int | None = None
        self._names: dict[int, str] = {}

    def _call(self, name: str, result: Any, *pairs: tuple[Any, Any]) -> Any:
        function = getattr(self._library, name)
        function.restype = result
        function.argtypes = [kind for kind, _ in pairs]
        return function(*(value for _, value in pairs))

    def encode(self, samples: Samples, law: str) -> bytes:
        """G.711 octets of the samples."""
        state = self._call("g711_init", c_void_p, (c_void_p, None), (c_int, G711[law]))
        out = np.zeros(len(samples), np.uint8)
        arrays = ((POINTER(c_uint8), _pointer(out, c_uint8)), (POINTER(c_int16), _pointer(samples, c_int16)))
        self._call("g711_encode", c_int, (c_void_p, state), *arrays, (c_int, len(samples)))
        self._call("g711_free", c_int, (c_void_p, state))
        return out.tobytes()

    def decode(self, octets: NDArray[np.uint8], law: str, out: Samples | None = None) -> Samples:
        """The samples of G.711 octets."""
        state = self._call("g711_init", c_void_p, (c_void_p, None), (c_int, G711[law]))
        out = np.zeros(len(octets), np.int16) if out is None else out
        arrays = ((POINTER(c_int16), _pointer(out, c_int16)), (POINTER(c_uint8), _pointer(octets, c_uint8)))
        self._call("g711_decode", c_int, (c_void_p, state), *arrays, (c_int, len(octets)))
        self._call("g711_free", c_int, (c_void_p, state))
        return out

    def generate(
        self, freqs: tuple[int, int], levels: tuple[int, int], on_off: tuple[int, ...], count: int
    ) -> Samples:
        """A repeated tone: frequencies in Hz, each with its level in dBm0, and up to four durations in ms."""
        durations = (*on_off, 0, 0, 0, 0)[:4]
        pitch = ((c_int, value) for pair in zip(freqs, levels, strict=True) for value in pair)
        times = ((c_int, value) for value in durations)
        descriptor = self._call(
            "tone_gen_descriptor_init", c_void_p, (c_void_p, None), *pitch, *times, (c_int, 1)
        )
        state = self._call("tone_gen_init", c_void_p, (c_void_p, None), (c_void_p, descriptor))
        out = np.zeros(count, np.int16)
        made = self._call(
            "tone_gen", c_int, (c_void_p, state), (POINTER(c_int16), _pointer(out, c_int16)), (c_int, count)
        )
        if made != count:
            raise RuntimeError(f"tone_gen made {made} of {count} samples")
        return out

    def level_dbm0(self, samples: Samples) -> float:
        """What spandsp's power meter shows after the last of the samples."""
        state = self._call("power_meter_init", c_void_p, (c_void_p, None), (c_int, 10))
        update = self._library.power_meter_update
        update.argtypes = [c_void_p, c_int16]
        for sample in samples.tolist():
            update(state, sample)
        return float(self._call("power_meter_current_dbm0", c_float, (c_void_p, state)))

    def detector(self, heard: list[str]) -> int:
        """A detector of the tones of China that appends the names of what it hears."""
        descriptor = self._china()

        def report(_user: int, code: int, _level: int, _delay: int) -> None:
            if code >= 0:
                heard.append(self._names[code])

        self._reports.append(TONE_REPORT(report))
        return int(
            self._call(
                "super_tone_rx_init",
                c_void_p,
                (c_void_p, None),
                (c_void_p, descriptor),
                (TONE_REPORT, self._reports[-1]),
                (c_void_p, None),
            )
        )

    def detect(self, detector: int, samples: Samples) -> None:
        """Feed a detector."""
        arrays = (POINTER(c_int16), _pointer(samples, c_int16))
        self._call("super_tone_rx", c_int, (c_void_p, detector), arrays, (c_int, len(samples)))

    def _china(self) -> int:
        if self._descriptor is None:
            made = int(self._call("super_tone_rx_make_descriptor", c_void_p, (c_void_p, None)))
            for name, elements in CHINA.items():
                tone = self._call("super_tone_rx_add_tone", c_int, (c_void_p, made))
                self._names[tone] = name
                for element in elements:
                    values = ((c_int, value) for value in (tone, *element))
                    self._call("super_tone_rx_add_element", c_int, (c_void_p, made), *values)
            self._descriptor = made
        return self._descriptor


def _pointer(array: NDArray[Any], kind: Any) -> Any:
    if not array.flags["C_CONTIGUOUS"]:
        raise ValueError("spandsp wants contiguous arrays")
    return array.ctypes.data_as(POINTER(kind))
