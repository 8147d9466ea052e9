"""G.711 pulse code modulation: A-law and µ-law, whole arrays at a time (ITU-T G.711 clauses 3 and 4).

A law is its list of decision values (tables 1a to 2b): an input belongs to the interval whose lower decision
value it reaches, and decodes to the middle of that interval. Both directions are table look-ups.
"""

from __future__ import annotations

import enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Octets = bytes | bytearray | memoryview | NDArray[np.uint8]

A_LAW_EVEN_BITS = 0x55
"""G.711 clause 3.1 (note to table 1a): the even bits of an A-law character signal are inverted."""


def _a_law_decisions() -> NDArray[np.int32]:
    """The 129 decision values of A-law on a 16-bit scale (table 1a times 8): 8 segments of 16 equal steps."""
    steps = np.repeat([16, 16, 32, 64, 128, 256, 512, 1024], 16)
    return np.concatenate([[0], np.cumsum(steps)]).astype(np.int32)


def _mu_law_decisions() -> NDArray[np.int32]:
    """The 129 decision values of µ-law on a 16-bit scale (table 2a times 4); the first step is half a one."""
    steps = np.repeat([8, 16, 32, 64, 128, 256, 512, 1024], 16)
    steps[0] = 4
    return np.concatenate([[0], np.cumsum(steps)]).astype(np.int32)


def _a_law_tables() -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    decisions = _a_law_decisions()
    outputs = (decisions[:-1] + decisions[1:]) // 2
    codes = np.arange(128) ^ A_LAW_EVEN_BITS
    decode = np.zeros(256, np.int16)
    decode[codes | 0x80] = outputs
    decode[codes] = -outputs
    values = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)
    # Zero is a decision value: the interval below it starts at -1, hence the ones' complement.
    magnitude = np.where(values >= 0, values, -values - 1)
    interval = np.searchsorted(decisions[1:-1], magnitude, side="right")
    encode = np.where(values >= 0, codes[interval] | 0x80, codes[interval]).astype(np.uint8)
    return decode, encode


def _mu_law_tables() -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    decisions = _mu_law_decisions()
    outputs = (decisions[:-1] + decisions[1:]) // 2
    outputs[0] = 0
    codes = 0xFF - np.arange(128)
    decode = np.zeros(256, np.int16)
    decode[codes] = outputs
    decode[codes - 0x80] = -outputs
    values = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32)
    interval = np.searchsorted(decisions[1:-1], np.abs(values), side="right")
    encode = np.where(values >= 0, codes[interval], codes[interval] - 0x80).astype(np.uint8)
    return decode, encode


class Law(enum.Enum):
    """A companding law of G.711. E1 carries A-law, T1 and its neighbours µ-law."""

    ALAW = "alaw"
    ULAW = "ulaw"

    def __init__(self, name: str) -> None:
        decode, encode = _a_law_tables() if name == "alaw" else _mu_law_tables()
        decode.setflags(write=False)
        encode.setflags(write=False)
        self._decode = decode
        self._encode = encode
        self.silence: int = int(encode[0])
        """The character signal of a sample of value zero: D5 in A-law, FF in µ-law."""
        milliwatt = decode[np.frombuffer(self.milliwatt, np.uint8)].astype(np.float64)
        self.milliwatt_rms: float = float(np.sqrt(np.mean(milliwatt**2)))
        """The root mean square, on the 16-bit scale, of a signal of 0 dBm0."""

    @property
    def unit(self) -> int:
        """The largest integer that divides every decoded value: 8 in A-law, 4 in µ-law."""
        return 8 if self is Law.ALAW else 4

    @property
    def milliwatt(self) -> bytes:
        """One period of the 1 kHz digital milliwatt, 0 dBm0 by definition (G.711 tables 5 and 6)."""
        text = "3421 2134 B4A1 A1B4" if self.value == "alaw" else "1E0B 0B1E 9E8B 8B9E"
        return bytes.fromhex(text)

    def encode(self, samples: NDArray[Any]) -> NDArray[np.uint8]:
        """The octets of 16-bit linear samples; same shape.

        Raises TypeError unless `samples` is an int16 array (clip and cast before).
        """
        if samples.dtype != np.int16:
            raise TypeError(f"G.711 encodes int16 samples, got {samples.dtype}: clip and cast them first")
        indices = np.ascontiguousarray(samples).view(np.uint16)
        return np.take(self._encode, indices, mode="clip")

    def decode(self, octets: Octets) -> NDArray[np.int16]:
        """The 16-bit linear samples (int16) of octets; same shape. TypeError if they are not octets."""
        return np.take(self._decode, octet_array(octets), mode="clip")

    def silent(self, count: int) -> bytes:
        """`count` octets of silence."""
        return bytes([self.silence]) * count


def octet_array(octets: Octets) -> NDArray[np.uint8]:
    """The octets as a uint8 array, not copied. Raises TypeError for an array of another type."""
    if isinstance(octets, np.ndarray):
        if octets.dtype != np.uint8:
            raise TypeError(f"octets are uint8, got an array of {octets.dtype}")
        return octets
    return np.frombuffer(octets, np.uint8)
