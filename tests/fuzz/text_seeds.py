"""Seeds of the fuzzer that are text, or octets without any header: a small one of every format."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trunkwire.g711 import Law

SETUP = "08020001 05 04038090a3 1803a98381 6c0600803130303 0 700880353535313233 34 a1".replace(" ", "")
_PRI = """\
< TEI: 0 State 7(Multi-frame established)
< [ 00 01 00 00 08 02 00 01 05 04 03 80 90 a3 18 03 a9 83 81 ]
< Informational frame:
< SAPI: 00  C/R: 0 EA: 0
<  TEI: 000        EA: 1
< N(S): 000   0: 0
< N(R): 000   P: 0
< 34 bytes of data
> DL-DATA request
> Protocol Discriminator: Q.931 (8)  len=15
> TEI=0 Call Ref: len= 2 (reference 1/0x1) (Sent to originator)
> Message Type: SETUP (5)
> [04 03 80 90 a3]
> Bearer Capability (len= 5) [ Ext: 1  Coding-Std: 0  Info transfer capability: Speech (0)
>                              Ext: 1  Trans mode/rate: 64kbps, circuit-mode (16)
>                                User information layer 1: A-Law (35)
> Channel ID (len= 5) [ Ext: 1  IntID: Implicit  Other(PRI)  Spare: 0  Exclusive  Dchan: 0
>                       ChanSel: As indicated in following octets
>                       Ext: 1  Coding: 0  Number Specified  Channel Type: 3
>                       Ext: 1  Channel: 1 Type: NET]
> Cause (len= 5) [ Ext: 1  Coding: CCITT (ITU) standard (0)  Spare: 0  Location: User (0)
>                  Ext: 1  Cause: Invalid information element contents (100), class = Protocol Error (6) ]
>              Cause data 1: 18 (24, Channel ID IE)
> Unnumbered frame:
> SAPI: 63  C/R: 1 EA: 0
>  TEI: 127        EA: 1
>   M3: 0   P/F: 0 M2: 0 11: 3  [ UI (unnumbered information) ]
> 8 bytes of data
> MDL Message: 2(Identity Assigned)
> Ri: 16
> Ai: 64 E:1
T303 timed out.  cref:1
"""
_IOS = """\
*Mar  1 22:52:09.694: ISDN Se1/0:15 Q931: TX -> SETUP pd = 8  callref = 0x0001
        Bearer Capability i = 0x8090A3
                Standard = CCITT
        Channel ID i = 0xA98381
        Calling Party Number i = 0x2181, '1001'
        Locking Shift to Codeset 6
        Codeset 6 IE 0x28  i = 0xB1, 'Bench'
*Mar  1 22:52:09.695: ISDN Se1/0:15 Q921: User TX -> INFO sapi=0 tei=0, ns=0 nr=0
*Mar  1 22:52:09.696: ISDN Se1/0:15 Q921: User RX <- RRp sapi=0 tei=0 nr=1
*Mar  1 22:52:10.000: %CONTROLLER-5-UPDOWN: Controller E1 1/0, changed state to down
00:02:34: ISDN BR0: TX -> IDREQ ri = 18543 ai = 127 dsl = 0
"""
_TIMELINE = """\
{"line_time_s": 1.5, "since_setup_s": null, "kind": "frame", "span": 0, "direction": "in", "octets": "00017f"}
{"line_time_s": 1.6, "since_setup_s": 0.1, "kind": "call", "end": "a", "call": 1, "what": "dialled"}
{"line_time_s": 1.7, "since_setup_s": null, "kind": "note", "where": "a", "what": "LOF on"}
"""
_OPENR2 = """\
[15:05:47:710] [Thread: 3078019984] [Chan 1] - Call started at Mon Jul  6 15:05:47 2009 on chan 1
[15:05:47:710] [Thread: 3078019984] [Chan 1] - CAS Tx >> [SEIZE] 0x00
[15:05:47:951] [Thread: 3078019984] [Chan 1] - MF Tx >> 3 [ON]
"""


def text_seeds() -> Iterator[tuple[str, bytes]]:
    """Name and content of each."""
    yield "pri debug", _PRI.encode()
    prefix = "[2024-02-29 10:11:12] VERBOSE[1][C-1] chan_dahdi.c: PRI Span: 1 "
    yield "pri debug in a log", "".join(f"{prefix}{line}\n" for line in _PRI.splitlines()).encode()
    yield "ios", _IOS.encode()
    yield "timeline", _TIMELINE.encode()
    yield "openr2", _OPENR2.encode()
    yield "hex lines", (f"RX 10:11:12.5 {SETUP}\n" + "TX 00 01 7f\n").encode() * 3
    yield "xxd", b"00000000: 0001 0000 0802 0001  ........\n00000008: 6208  b.\n"


def raw_seeds(line: bytes, slot: bytes) -> Iterator[tuple[str, bytes]]:
    """The octets of an E1 and of a timeslot as text, sub-slots, audio."""
    bits = np.unpackbits(np.frombuffer(line[:40_000], np.uint8))
    yield "bits", (bits + ord("0")).astype(np.uint8).tobytes()
    every = np.ones((4 * len(slot), 8), np.uint8)
    every[:, 2:4] = np.unpackbits(np.frombuffer(slot, np.uint8)).reshape(-1, 2)
    yield "sub-slot", np.packbits(every).tobytes()
    trau = np.ones((20, 320), np.uint8)
    trau[:, :16] = 0
    every[: trau.size // 2, 4:6] = trau.reshape(-1, 2)
    every[:, 2:4] = 1
    yield "trau", np.packbits(every[: trau.size // 2]).tobytes()
    wave = 9000 * np.sin(np.arange(8000) * np.linspace(0.05, 0.4, 8000))
    yield "audio", Law.ALAW.encode(wave.astype(np.int16)).tobytes()
