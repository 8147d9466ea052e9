"""G.711: golden values of the Recommendation, every code, every input."""

from __future__ import annotations

import numpy as np
import pytest

from trunkwire.g711 import Law
from trunkwire.tones.level import level_dbm0

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)
EVERY_CODE = bytes(range(256))


@pytest.mark.parametrize(
    ("law", "sample", "octet"),
    [
        (Law.ALAW, 0, 0xD5),
        (Law.ALAW, -1, 0x55),
        (Law.ALAW, 32767, 0xAA),
        (Law.ALAW, -32768, 0x2A),
        (Law.ALAW, 15, 0xD5),
        (Law.ALAW, 16, 0xD4),
        (Law.ALAW, -16, 0x55),
        (Law.ALAW, -17, 0x54),
        (Law.ULAW, 0, 0xFF),
        (Law.ULAW, -1, 0x7F),
        (Law.ULAW, 3, 0xFF),
        (Law.ULAW, 4, 0xFE),
        (Law.ULAW, 32767, 0x80),
        (Law.ULAW, -32768, 0x00),
    ],
)
def test_golden_encodings(law: Law, sample: int, octet: int) -> None:
    assert law.encode(np.array([sample], np.int16)).tolist() == [octet]


def _a_law_by_the_book(octet: int) -> int:
    """G.711 table 1a read as a formula: sign, three bits of segment, four of interval; output in 1/4096."""
    character = octet ^ 0x55
    segment, interval = divmod(character & 0x7F, 16)
    value = 2 * interval + 1 if segment == 0 else (2 * interval + 33) * 2 ** (segment - 1)
    return 8 * value if character & 0x80 else -8 * value


def _mu_law_by_the_book(octet: int) -> int:
    """G.711 table 2a read as a formula: the character is complemented, the output is in 1/8192."""
    character = 0xFF - octet
    segment, interval = divmod(character & 0x7F, 16)
    value: int = (2 * interval + 33) * 2**segment - 33
    return -4 * value if character & 0x80 else 4 * value


def test_all_codes_decode_by_the_recommendation() -> None:
    assert Law.ALAW.decode(EVERY_CODE).tolist() == [_a_law_by_the_book(c) for c in range(256)]
    assert Law.ULAW.decode(EVERY_CODE).tolist() == [_mu_law_by_the_book(c) for c in range(256)]


@pytest.mark.parametrize("law", Law)
def test_recoding_changes_nothing(law: Law) -> None:
    again = law.encode(law.decode(EVERY_CODE))
    expected = list(EVERY_CODE)
    if law is Law.ULAW:
        expected[0x7F] = 0xFF  # minus zero and plus zero decode alike
    assert again.tolist() == expected


@pytest.mark.parametrize("law", Law)
def test_encoding_is_monotonic_and_within_half_a_step(law: Law) -> None:
    decoded = law.decode(law.encode(EVERY_SAMPLE)).astype(np.int32)
    assert (np.diff(decoded) >= 0).all()
    error = np.abs(decoded - EVERY_SAMPLE.astype(np.int32))
    assert (error <= np.maximum(np.abs(EVERY_SAMPLE.astype(np.int32)) / 32 + law.unit, 644)).all()
    quiet = np.abs(EVERY_SAMPLE.astype(np.int32)) < 100
    assert error[quiet].max() <= 8


@pytest.mark.parametrize("law", Law)
def test_the_digital_milliwatt_is_0_dbm0(law: Law) -> None:
    assert level_dbm0(law.milliwatt * 100, law) == pytest.approx(0.0, abs=1e-9)
    samples = law.decode(law.milliwatt).astype(int)
    assert (samples[:4] == -samples[4:]).all()  # one period of 1 kHz


def test_full_scale_is_where_the_recommendation_puts_it() -> None:
    """A sine that just reaches the virtual decision value is +3.14 dBm0 (A-law), +3.17 dBm0 (µ-law)."""
    t = np.arange(8000)
    for law, full, expected in ((Law.ALAW, 4096 * 8, 3.14), (Law.ULAW, 8159 * 4, 3.17)):
        wave = np.sin(2 * np.pi * 1013 * t / 8000) * min(full, 32767)
        assert level_dbm0(law.encode(wave.astype(np.int16)), law) == pytest.approx(expected, abs=0.05)


def test_shapes_and_kinds_of_octets() -> None:
    rows = np.frombuffer(EVERY_CODE, np.uint8).reshape(16, 16)
    assert Law.ALAW.decode(rows).shape == (16, 16)
    assert Law.ALAW.decode(bytearray(EVERY_CODE)).tolist() == Law.ALAW.decode(rows).ravel().tolist()
    assert Law.ALAW.encode(np.zeros((3, 4), np.int16)[:, ::2]).shape == (3, 2)
    with pytest.raises(TypeError, match="int16"):
        Law.ALAW.encode(np.zeros(3))
    with pytest.raises(TypeError, match="uint8"):
        Law.ALAW.decode(np.zeros(3, np.int16))
    assert Law.ALAW.silent(3) == b"\xd5\xd5\xd5"
    assert Law.ULAW.silent(0) == b""
