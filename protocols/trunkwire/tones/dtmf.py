"""DTMF digits as a source (ITU-T Q.23; ETSI ES 201 235-2 for levels and durations).

Digits are sent one after the other, each for 70 ms with a pause of 70 ms behind it; then the source is
silent.
"""

from __future__ import annotations

from trunkwire.g711 import Law
from trunkwire.tones.source import tone_source
from trunkwire.tones.zones import Segment, ToneSpec

ROWS_HZ = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = ("123A", "456B", "789C", "*0#D")

ON_MS = 70
OFF_MS = 70
LEVEL_DBM0 = -7.0
"""Of both frequencies together; they are sent alike, well inside the receiver's twist of ES 201 235-3."""

_SAMPLES_PER_MS = 8


class DtmfSource:
    """The octets of the digits from `start_sample` on, silence before and after; call it with (first,
    count).
    """

    def __init__(self, digits: str, law: Law, start_sample: int = 0) -> None:
        self.digits = digits
        self.law = law
        self.start_sample = start_sample
        self._octets = b"".join(_digit(digit, law) for digit in digits)

    def __call__(self, first: int, n: int) -> bytes:
        """`n` octets from sample `first` (on the line's axis) on."""
        offset = first - self.start_sample
        before = min(max(-offset, 0), n)
        sound = self._octets[max(offset, 0) : max(offset + n, 0)]
        return self.law.silent(before) + sound + self.law.silent(n - before - len(sound))


def dtmf_source(digits: str, law: Law, start_sample: int = 0) -> DtmfSource:
    """A source of those digits. Raises ValueError for one that DTMF does not have."""
    for digit in digits:
        if not any(digit in row for row in KEYS):
            raise ValueError(f"DTMF digit {digit!r}: choose from 0-9, *, # and A-D")
    return DtmfSource(digits, law, start_sample)


def _digit(digit: str, law: Law) -> bytes:
    row = next(index for index, keys in enumerate(KEYS) if digit in keys)
    freqs = (ROWS_HZ[row], COLUMNS_HZ[KEYS[row].index(digit)])
    tone = tone_source(ToneSpec((Segment(freqs, 0),), LEVEL_DBM0), law)
    return tone(0, ON_MS * _SAMPLES_PER_MS) + law.silent(OFF_MS * _SAMPLES_PER_MS)
