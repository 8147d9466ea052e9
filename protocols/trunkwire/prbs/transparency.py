"""What a path does to octets that it should carry as they are: conversion of the law, gain, stolen bits.

A data channel must be transparent for all 64 kbit/s (I.231.1): the same octets, in the same order. Equipment
for speech is not. Sent and received octets side by side show what it is: where every octet value always
becomes the same other one it is a table, and the tables that telephony has are known (G.711 conversion
between the laws, digital gain and loss, zero code suppression, robbed-bit signalling). Where sign and value
only resemble those sent, something processes speech: an echo canceller (G.168) or compression (G.726).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from trunkwire.g711 import Law
from trunkwire.prbs.search import EVIDENCE
from trunkwire.prbs.sequence import FixedOctet, Octets, Pattern
from trunkwire.prbs.sequence import Sequence as Prbs

CONSISTENT = 0.98
"""The share of octets that a table must explain; the others may be bit errors."""

SIMILAR = 0.85
"""The share that it must explain exactly; the others may be a step off, as rounding has it."""

RESEMBLES = 0.25
"""The correlation of the signs from which on what was received is the pattern, processed."""

EVENLY = 0.1
"""By how much the ratios of wrong bits differ at most among the bits of an octet that chance spoils."""

_ALL = np.arange(256, dtype=np.uint8)


def altered(pairs: Sequence[tuple[int, Octets, Octets]]) -> str | None:
    """What was done to octets, in words; None where it is not known, or they were not altered.

    `pairs` are stretches that belong together: (number of the first octet, sent, received).
    """
    if not pairs:
        return None
    sent = np.concatenate([each for _first, each, _received in pairs])
    received = np.concatenate([each for _first, _sent, each in pairs])
    numbers = np.concatenate([np.arange(first, first + len(each)) for first, each, _received in pairs])
    wrong = sent ^ received
    if not wrong.any():
        return None
    stolen = _robbed(wrong, received, numbers)
    if stolen is not None:
        return stolen
    mask = int(np.bincount(wrong).argmax())
    if mask and (wrong == mask).mean() >= CONSISTENT:
        bits = ", ".join(str(8 - bit) for bit in reversed(range(8)) if mask >> bit & 1)
        return f"bit{'s' if ',' in bits else ''} {bits} inverted"
    best, named = float((wrong == 0).mean()), None
    for text, table in _tables():
        meant = table[sent]
        exact = float((meant == received).mean())
        if exact > max(best, SIMILAR) and _near(meant, received).mean() >= CONSISTENT:
            best, named = exact, text
    return named or _gain(sent, received)


def processed(pattern: Pattern, octets: Octets) -> str | None:
    """The same for octets in which the pattern could not be found bit by bit: the signs tell where it is."""
    if isinstance(pattern, FixedOctet) or len(octets) < pattern.stages + EVIDENCE:
        return None
    best, bit, inverted = _by_sign(pattern, octets)
    if best < RESEMBLES:
        return None
    sent = pattern.octets(bit, len(octets))
    received = octets ^ np.uint8(0xFF if inverted else 0)
    wrong = np.unpackbits(sent ^ received).reshape(-1, 8).mean(axis=0)
    if wrong.max() < wrong.min() + EVENLY:
        return f"{wrong.mean():.0%} of its bits are wrong"
    table = altered([(0, sent, received)])
    if table is not None:
        return f"{table}, and the polarity reversed" if inverted else table
    return (
        f"the signs agree by {best:.0%} with what was sent and the values do not: speech processing, such as "
        "an echo canceller or compression"
    )


def story(pattern: Pattern, octets: Octets) -> str:
    """What was received in place of the pattern."""
    if not len(octets):
        return "nothing was received"
    if (octets == octets[0]).all():
        return _CONSTANT.get(int(octets[0]), f"nothing but octet {int(octets[0]):02X}")
    return processed(pattern, octets) or "something in which the pattern is not to be found"


_CONSTANT = {
    0xFF: "nothing but ones: an alarm indication signal, or an idle channel",
    0x00: "nothing but zeros: no signal",
    0xD5: "nothing but octet D5: silence in A-law, an idle channel",
    0x54: "nothing but octet 54: the idle code of an E1",
}


def _by_sign(sequence: Prbs, octets: Octets) -> tuple[float, int, bool]:
    """(correlation, bit of the sequence at bit 0, whether reversed) where the signs fit best.

    Every eighth bit of a sequence is the sequence again, so the signs alone have its whole period.
    """
    period = sequence.period
    steps = np.arange(period, dtype=np.int64) * 8 % period
    reference = 1.0 - 2.0 * sequence.bits[steps]
    signs = np.zeros(period)
    use = octets[:period]
    signs[: len(use)] = 1.0 - 2.0 * (use >> 7)
    spectrum = np.fft.rfft(reference) * np.conj(np.fft.rfft(signs))
    correlation = np.fft.irfft(spectrum, period) / len(use)
    at = int(np.argmax(np.abs(correlation)))
    return float(abs(correlation[at])), int(8 * at % period), bool(correlation[at] < 0)


def _tables() -> Iterator[tuple[str, Octets]]:
    """What telephony does to octets, in words, and the table of each."""
    to_mu, to_a = _convert(Law.ALAW, Law.ULAW), _convert(Law.ULAW, Law.ALAW)
    yield "converted from A-law to µ-law (G.711 3.2)", to_mu
    yield "converted from µ-law to A-law (G.711 3.2)", to_a
    yield "converted from A-law to µ-law and back (G.711 3.2)", to_a[to_mu]
    yield "converted from µ-law to A-law and back (G.711 3.2)", to_mu[to_a]
    yield "zero code suppression: bit 7 of octet 00 is set", np.where(_ALL == 0, 2, _ALL).astype(np.uint8)
    yield "bit 8 is always one: a channel of 56 kbit/s", _ALL | np.uint8(1)
    yield "bit 8 is always zero: a channel of 56 kbit/s", _ALL & np.uint8(0xFE)


def _convert(law: Law, to: Law) -> Octets:
    """The nearest value of the other law: G.711's own tables differ by a step where two are equally near."""
    return to.encode(law.decode(_ALL))


def _near(one: Octets, other: Octets) -> NDArray[np.bool_]:
    """Whether two codes are the same or a step apart, in either law."""
    plain = np.abs(one.astype(np.int16) - other)
    turned = np.abs((one ^ np.uint8(0x55)).astype(np.int16) - (other ^ np.uint8(0x55)))
    near: NDArray[np.bool_] = np.minimum(plain, turned) <= 1
    return near


def _robbed(wrong: Octets, received: Octets, numbers: NDArray[np.int64]) -> str | None:
    """Bit 8 of every sixth frame carries signalling (a T1 with robbed bits, G.704 3.1.3.2)."""
    if (wrong & 0xFE).any():
        return None
    frames = np.unique(numbers[wrong > 0] % 6)
    if len(frames) > 1 or (wrong > 0).sum() < EVIDENCE:
        return None
    return "bit 8 of every sixth frame is not what was sent: robbed-bit signalling"


def _gain(sent: Octets, received: Octets) -> str | None:
    """Digital gain or loss: linear values in proportion, coded anew."""
    if (sent == received).mean() > 1 - RESEMBLES:
        return None  # too much of it came as it was sent
    for law in Law:
        before, after = law.decode(sent).astype(np.float64), law.decode(received).astype(np.float64)
        small = np.abs(before) < 0.2 * np.abs(before).max()  # those that a gain does not clip
        if not small.any() or not (before[small] ** 2).sum():
            continue
        ratio = float((before[small] * after[small]).sum() / (before[small] ** 2).sum())
        if not 0.02 < ratio < 50:
            continue
        amplified = np.clip(np.round(before * ratio), -32768, 32767).astype(np.int16)
        decibels = 20 * np.log10(ratio)
        if _near(law.encode(amplified), received).mean() >= CONSISTENT and abs(decibels) >= 0.1:
            name = "A-law" if law is Law.ALAW else "µ-law"
            return f"a {'gain' if ratio > 1 else 'loss'} of {abs(decibels):.1f} dB ({name})"
    return None
