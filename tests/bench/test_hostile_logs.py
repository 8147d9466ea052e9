"""Logs made to take time or memory: what is read of them is bounded, and so is how long it takes."""

from __future__ import annotations

import io

import pytest

from trunkbench.trace.inputs import open_trace
from trunkbench.trace.record import FrameRecord

PRI = (
    b"< Protocol Discriminator: Q.931 (8)  len=99999\n"
    b"< Call Ref: len= 2 (reference 1/0x1) (Originator)\n< Message type: SETUP (5)\n"
)
LOGS = {
    "elements without end": PRI + b"< [04 03 80 90 a3]\n" * 8000,
    "an element without end": PRI + b"< [04 03 80\n" + b"04 03 80\n" * 8000,
    "words without end": PRI + b"< Cause (len= 5) [ Ext: 1 (((((\n" + b"<   (((a: (((\n" * 8000,
    "words of many elements": PRI + b"< Cause (len= 5) [ Ext: 1 (((((\n" * 8000,
    "one line of names": PRI
    + b"< Cause (len= 5) [\n"
    + b"<  "
    + b"capability: rate: TON: (x) " * 2400
    + b"\n",
    "one line of timers": PRI + b"T303 " * 12_000 + b"\n" + b"D-Channel " * 6000 + b"\n",
    "one line of quotes": PRI + b"< Cause (len= 5) [\n< " + b"'" * 60_000 + b"\n",
    "one line of fields": b"< Unnumbered frame:\n< " + b"SAPI: 1 TEI: " * 4000 + b"\n",
    "elements of ios": b"ISDN BR0: RX <- SETUP pd = 8 callref = 0x01\n" + b"  Cause i = 0x8090\n" * 4000,
    "a value of ios": b"ISDN BR0: RX <- SETUP pd = 8 callref = 0x01\n  Display i = '"
    + b"'a" * 30_000
    + b"\n",
    "an event of openr2": b"[15:05:47:710] [Chan 1] - MF Tx >> 3 [ON]\n[Chan 1] - "
    + b"call " * 12_000
    + b"\n",
    "escape sequences": b"< [ 00 01 7f ]\n" + b"\x1b[" * 30_000 + b"\n" + b"\x1b]" * 30_000 + b"\n",
    "figures": b"< [ 00 01 7f ]\n[" + b"1" * 60_000 + b"\n" + b"a-" * 30_000 + b"\n",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", LOGS)
def test_hostile_logs_come_to_their_end(name: str) -> None:
    for item in open_trace(io.BytesIO(LOGS[name]), name):
        if isinstance(item, FrameRecord):
            assert len(item.data) <= 17_000
            assert sum(map(len, item.words)) <= 210_000
