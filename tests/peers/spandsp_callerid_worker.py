"""spandsp's caller identification beside ours, each reading what the other sends, as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
from peerlib import worker_main
from spandsp_adsi import CLIP, CLIP_DTMF, DEFAULT, STANDARD, Adsi, Samples

from trunkwire.callerid import (
    Absence,
    CallSetup,
    CallType,
    Forwarded,
    FskReceiver,
    Moment,
    decode_digits,
    encode,
    encode_digits,
    fsk_source,
)
from trunkwire.g711 import Law
from trunkwire.tones import DtmfReceiver
from trunkwire.tones.dtmf import dtmf_source

MESSAGES = {
    "number": encode(CallSetup(calling="02812345678")),
    "single": encode(CallSetup(when=Moment(9, 30, 12, 24), calling="6095551212"), single=True),
    "private": encode(CallSetup(absence=Absence.PRIVATE, name_absence=Absence.PRIVATE)),
    "whole": encode(
        CallSetup(
            call_type=CallType.VOICE,
            when=Moment(12, 31, 23, 59),
            calling="02886082660",
            called="4001234567",
            name="Chan Dai Man",
            first_called="99999999",
            forwarded=Forwarded.BUSY,
            redirecting="8005550000",
        )
    ),
    "sixteen": encode(CallSetup(calling="1234567890123456")),
    "long": encode(CallSetup(calling="1" * 20, others=((0x50, bytes(range(200))),))),
}
DIGITS = [
    ("etsi", CallSetup(calling="02812345678", redirecting="4001234567")),
    ("etsi", CallSetup(absence=Absence.UNAVAILABLE)),
    ("etsi", CallSetup(absence=Absence.PRIVATE, redirecting="4001234567")),
    ("dc", CallSetup(calling="02812345678")),
    ("hash", CallSetup(calling="4512345678")),
    ("hash", CallSetup(absence=Absence.PRIVATE)),
]
NOISE_DB = 25


def noisy(samples: Samples, law: Law, noise_dbm0: float, seed: int) -> Samples:
    """As it comes over a line of that law: with white noise, and coded."""
    spread = law.milliwatt_rms * 10 ** (noise_dbm0 / 20)
    noise = np.random.default_rng(seed).normal(0, spread, len(samples))
    mixed = np.clip(np.rint(samples + noise), -32768, 32767).astype(np.int16)
    return law.decode(law.encode(mixed))


def spandsp_reads(adsi: Adsi) -> list[dict[str, Any]]:
    """What its receiver makes of what we send."""
    results = []
    for modem, standard in STANDARD.items():
        for law in Law:
            for seed, (name, message) in enumerate(MESSAGES.items()):
                for level, speed in ((-10.0, 0.99), (-13.5, 1.0), (-28.0, 1.01)):
                    source = fsk_source(
                        message, law, 1000 + seed, modem, level_dbm0=level, bit_rate=1200 * speed
                    )
                    sound = law.decode(source(0, source.end_sample + 800))
                    heard = adsi.receive(standard, noisy(sound, law, level - NOISE_DB, seed))
                    what = f"{modem}/{law.value}/{name}/{level}/{speed}"
                    results.append({"what": what, "right": heard == [message[:-1]]})
    return results


def we_read(adsi: Adsi) -> list[dict[str, Any]]:
    """What our receiver makes of what it sends."""
    results = []
    for modem, standard in STANDARD.items():
        for law in Law:
            receiver = FskReceiver(law, modem)
            for seed, (name, message) in enumerate(MESSAGES.items()):
                for mark in (180, DEFAULT):
                    quiet = np.zeros(700 + seed, np.int16)
                    sound = np.concatenate([quiet, adsi.send(standard, message[:-1], mark), quiet])
                    found = receiver.find(law.encode(noisy(sound, law, -14 - NOISE_DB, seed)))
                    right = [one.message for one in found] == [message] and found[0].checksum_ok
                    figures = [[one.mark_bits, one.level_dbm0, one.mark_hz] for one in found]
                    what = f"{modem}/{law.value}/{name}"
                    results.append({"what": what, "mark": mark, "right": right, "figures": figures})
    return results


def digits(adsi: Adsi) -> list[dict[str, Any]]:
    """The digits of a caller, there and back."""
    results = []
    for law in Law:
        for seed, (form, message) in enumerate(DIGITS):
            said = encode_digits(message, form)
            source = dtmf_source(said, law, 800)
            sound = law.decode(source(0, 800 + 1200 * len(said) + 800))
            theirs = adsi.receive(CLIP_DTMF, noisy(sound, law, -10 - NOISE_DB, seed))
            receiver = DtmfReceiver(law)
            sent = adsi.send(CLIP_DTMF, said.encode())
            receiver.feed(law.encode(noisy(sent, law, -10 - NOISE_DB, seed)))
            receiver.feed(law.silent(800))
            results.append(
                {
                    "what": f"{form}/{law.value}/{said}",
                    "spandsp": theirs == [said.encode()],
                    "we": receiver.digits == said and decode_digits(receiver.digits) == message,
                }
            )
    return results


def fields(adsi: Adsi) -> dict[str, Any]:
    """Fields that both put into messages, and take out of them."""
    whole = MESSAGES["whole"]
    taken = adsi.fields(CLIP, whole[:-1])
    again = adsi.build(CLIP, taken[0][0], taken[1:])
    sixteen = adsi.build(CLIP, 0x80, [(0x02, b"1234567890123456")])
    return {
        "taken": [[number, body.hex()] for number, body in taken],
        "built": again[2:].hex() == whole[2:-1].hex(),
        "sixteen": sixteen.hex(),
        "ours": MESSAGES["sixteen"][:-1].hex(),
    }


def faintest(adsi: Adsi) -> dict[str, int]:
    """The weakest level, in whole dBm0, at which its receiver still reads us."""
    message = MESSAGES["number"]
    found = {}
    for modem, standard in STANDARD.items():
        for level in range(-10, -46, -1):
            source = fsk_source(message, Law.ALAW, 1000, modem, level_dbm0=level)
            if adsi.receive(standard, Law.ALAW.decode(source(0, 9000))) != [message[:-1]]:
                break
            found[modem] = level
    return found


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Everything in one go."""
    adsi = Adsi(request["library"])
    return {
        "spandsp_reads": spandsp_reads(adsi),
        "we_read": we_read(adsi),
        "digits": digits(adsi),
        "fields": fields(adsi),
        "faintest": faintest(adsi),
    }


if __name__ == "__main__":
    worker_main(work)
