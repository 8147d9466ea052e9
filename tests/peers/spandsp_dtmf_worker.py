"""spandsp's DTMF beside ours: each hears what the other sends, and both hear the same good and bad lines."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_char_p, c_int, c_int16, c_void_p
from typing import Any

import numpy as np
from dtmf_lines import DIGITS, Samples, dtmf, line, noise, octets, silence, sine
from numpy.typing import NDArray
from peerlib import worker_main
from spandsp_media import Spandsp

from trunkwire.g711 import Law
from trunkwire.tones import DtmfReceiver
from trunkwire.tones.dtmf import dtmf_source


class SpandspDtmf(Spandsp):
    """Its digits, sent and received."""

    def send(
        self, digits: str, level: int, twist: int, on_off: tuple[int, int], count: int
    ) -> NDArray[np.int16]:
        """`count` samples of digits: level of the low frequency, the high one's less that, and durations."""
        state = self._call("dtmf_tx_init", c_void_p, (c_void_p, None), (c_void_p, None), (c_void_p, None))
        self._call("dtmf_tx_set_level", None, (c_void_p, state), (c_int, level), (c_int, twist))
        self._call("dtmf_tx_set_timing", None, (c_void_p, state), *((c_int, ms) for ms in on_off))
        text = digits.encode()
        self._call("dtmf_tx_put", c_int, (c_void_p, state), (c_char_p, text), (c_int, len(text)))
        out = np.zeros(count, np.int16)
        self._call("dtmf_tx", c_int, (c_void_p, state), (POINTER(c_int16), _int16(out)), (c_int, count))
        self._call("dtmf_tx_free", c_int, (c_void_p, state))
        return out

    def hears(self, samples: NDArray[np.int16], *, dial_filter: bool = False) -> str:
        """The digits that it makes of samples."""
        state = self._call("dtmf_rx_init", c_void_p, (c_void_p, None), (c_void_p, None), (c_void_p, None))
        if dial_filter:
            unchanged = ((c_int, -1), (c_int, -1), (c_int, -99))
            self._call("dtmf_rx_parms", None, (c_void_p, state), (c_int, 1), *unchanged)
        self._call(
            "dtmf_rx", c_int, (c_void_p, state), (POINTER(c_int16), _int16(samples)), (c_int, len(samples))
        )
        text = ctypes.create_string_buffer(128)
        count = self._call("dtmf_rx_get", ctypes.c_size_t, (c_void_p, state), (c_char_p, text), (c_int, 127))
        self._call("dtmf_rx_free", c_int, (c_void_p, state))
        return text.raw[:count].decode()


def _int16(array: NDArray[np.int16]) -> Any:
    return array.ctypes.data_as(POINTER(c_int16))


def we_hear(samples: NDArray[np.int16], law: Law) -> str:
    """The digits that our receiver makes of samples."""
    receiver = DtmfReceiver(law)
    receiver.feed(law.encode(samples))
    return receiver.digits


def both_ways(spandsp: SpandspDtmf) -> list[dict[str, Any]]:
    """What each hears of all digits that the other sends."""
    results = []
    for law in Law:
        ours = np.frombuffer(dtmf_source(DIGITS, law, 333)(0, 20_000), np.uint8)
        results.append({"what": f"ours/{law.value}", "heard": spandsp.hears(spandsp.decode(ours, law.value))})
        for level, twist, on_off in (
            (-10, 0, (50, 55)),
            (-5, 3, (40, 40)),
            (-25, -8, (40, 40)),
            (-30, 4, (80, 30)),
        ):
            theirs = spandsp.send(DIGITS, level, twist, on_off, 20_000)
            heard = we_hear(theirs, law)
            results.append({"what": f"theirs/{law.value}/{level}/{twist}/{on_off}", "heard": heard})
    return results


def made(axis: str, value: float, digit: str, rng: np.random.Generator) -> Samples:
    """A digit on a line of which one thing is not as it should be."""
    phase = rng.random()
    match axis:
        case "ms":
            return dtmf(digit, value, phase=phase)
        case "level":
            return dtmf(digit, 40, value, phase=phase)
        case "twist":
            return dtmf(digit, 40, twist_db=value, phase=phase)
        case "low":
            return dtmf(digit, 60, low_off=value / 100)
        case "high":
            return dtmf(digit, 60, high_off=value / 100)
        case "both":
            return dtmf(digit, 60, low_off=value / 100, high_off=value / 100)
        case "snr":
            sound = dtmf(digit, 50, phase=phase)
            return sound + noise(rng, -7 - value, len(sound))
        case "pause":
            return line(dtmf(digit), silence(value), dtmf(digit))
        case "interruption":
            gap = round(8 * value)
            return np.asarray(dtmf(digit, 120) * np.repeat([1.0, 0.0, 1.0], [480, gap, 480 - gap]))
        case "dial":
            sound = line(silence(300), dtmf(digit, 60, value), silence(40))
            return sound + sine(450, -13, len(sound) / 8)
    raise ValueError(f"axis {axis!r} is unknown")


def verdicts(spandsp: SpandspDtmf, cases: list[list[Any]]) -> list[dict[str, Any]]:
    """In how many of 16 trials each heard what was sent: one digit, or two with a pause between."""
    results = []
    rng = np.random.default_rng(24)
    for axis, value in cases:
        right = {"we": 0, "spandsp": 0, "filtering": 0}
        for trial, digit in enumerate(DIGITS):
            lead = silence(20 + 20 * rng.random())
            law = (Law.ALAW, Law.ULAW)[trial % 2]
            sent = octets(line(lead, made(axis, value, digit, rng), silence(80)), law)
            wanted = digit * (2 if axis == "pause" else 1)
            samples = law.decode(sent)
            right["we"] += we_hear(samples, law) == wanted
            right["spandsp"] += spandsp.hears(samples) == wanted
            if axis == "dial":
                right["filtering"] += spandsp.hears(samples, dial_filter=True) == wanted
        results.append({"axis": axis, "value": value, **right})
    return results


def overloaded(spandsp: SpandspDtmf) -> dict[str, Any]:
    """Digits whose peaks are beyond the coder's range: how its source makes them, and who hears that."""
    samples = spandsp.send("1", -3, 3, (40, 40), 2000)
    clipped = octets(dtmf("1", 40, 0.0, twist_db=3), Law.ALAW)
    return {
        "greatest_step": int(np.abs(np.diff(samples.astype(np.int32))).max()),
        "theirs": [spandsp.hears(samples), we_hear(samples, Law.ALAW)],
        "clipped": we_hear(np.concatenate([Law.ALAW.decode(clipped), np.zeros(400, np.int16)]), Law.ALAW),
    }


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Everything in one go."""
    spandsp = SpandspDtmf(request["library"])
    return {
        "both_ways": both_ways(spandsp),
        "verdicts": verdicts(spandsp, request["cases"]),
        "overloaded": overloaded(spandsp),
    }


if __name__ == "__main__":
    worker_main(work)
