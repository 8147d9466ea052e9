"""The 2048 kbit/s frame and its CRC-4 multiframe, declared (G.704 clause 2.3, tables 5A and 5B).

A frame is 32 timeslots of 8 bits; bit 1 of a timeslot is its most significant bit and the first on the line.
Timeslot 0 carries in even frames the frame alignment signal (FAS), in odd frames the rest of table 5A (here:
NFAS). Bit 1 of timeslot 0, the Si bit, spells the CRC-4 multiframe over 16 frames (table 5B): C1 … C4 twice,
the multiframe alignment signal 001011, and the E bits. The kernels of this package are compared with these
trees by test.
"""

from __future__ import annotations

from construct import Bit, BitsInteger, BitStruct, Bytes, Const, Flag, Struct

FRAME_OCTETS = 32
FRAME_BITS = 256
SUBMULTIFRAME = 8
"""Frames of a sub-multiframe, the CRC-4 block of 2048 bits (G.704 2.3.3.1)."""
MULTIFRAME = 16
"""Frames of a CRC-4 multiframe, 2 ms (G.704 2.3.3.1)."""
CHANNELS = FRAME_OCTETS - 1

FAS = 0b0011011
"""The frame alignment signal, bits 2 to 8 of timeslot 0 in every other frame (G.704 table 5A)."""
MFAS = (0, 0, 1, 0, 1, 1)
"""The CRC-4 multiframe alignment signal, bit 1 of frames 1, 3, 5, 7, 9, 11 (G.704 table 5B)."""
SPARE = 0b11111
"""Sa4 to Sa8 where they have no use (G.704 table 5A, note 4)."""

FasOctet = BitStruct("si" / Bit, "fas" / Const(FAS, BitsInteger(7)))
"""Timeslot 0 of a frame with the frame alignment signal (G.704 table 5A)."""

NfasOctet = BitStruct("si" / Bit, "bit2" / Const(1, Bit), "a" / Flag, "sa" / BitsInteger(5))
"""Timeslot 0 of the frames between: bit 2 is fixed at 1, `a` is the remote alarm indication (G.704 table
5A)."""

FasFrame = Struct("ts0" / FasOctet, "slots" / Bytes(CHANNELS))
NfasFrame = Struct("ts0" / NfasOctet, "slots" / Bytes(CHANNELS))

DoubleFrame = Struct("fas" / FasFrame, "nfas" / NfasFrame)
"""Two frames, 512 bits: the period of the basic frame structure."""


def _multiframe_fas(check: str) -> Struct:
    ts0 = BitStruct(check / Bit, "fas" / Const(FAS, BitsInteger(7)))
    return Struct("ts0" / ts0, "slots" / Bytes(CHANNELS))


def _multiframe_nfas(number: int) -> Struct:
    si = f"e{number - 5}" if number >= 6 else "mfas"
    field = si / (Bit if number >= 6 else Const(MFAS[number], Bit))
    ts0 = BitStruct(field, "bit2" / Const(1, Bit), "a" / Flag, "sa" / BitsInteger(5))
    return Struct("ts0" / ts0, "slots" / Bytes(CHANNELS))


Multiframe = Struct(
    *(
        f"frame{number}"
        / (_multiframe_nfas(number // 2) if number % 2 else _multiframe_fas(f"c{number // 2 % 4 + 1}"))
        for number in range(MULTIFRAME)
    )
)
"""A CRC-4 multiframe (G.704 table 5B): frame0 … frame15, each with `ts0` and the octets of timeslots 1 to 31.

`ts0` has c1 … c4 in frames 0, 2, 4, 6 and again in 8, 10, 12, 14; e1 in frame 13 is the E bit for
sub-multiframe I and e2 in frame 15 the one for sub-multiframe II: 0 says that the block received had a CRC-4
error.
"""


def timeslot0(*, remote_alarm: bool, e1: int = 1, e2: int = 1, check: int = 0) -> bytes:
    """Timeslot 0 of the 16 frames of a CRC-4 multiframe, built from its declaration (G.704 table 5B).

    `e1` and `e2` are the E bits, `check` is put into C1 … C4 of both sub-multiframes (C1 is its highest bit).
    """
    empty = bytes(CHANNELS)
    frames: dict[str, object] = {}
    for number in range(MULTIFRAME):
        if number % 2:
            ts0: dict[str, object] = {"a": remote_alarm, "sa": SPARE, "e1": e1, "e2": e2}
        else:
            place = number // 2 % 4
            ts0 = {f"c{place + 1}": int(f"{check:04b}"[place])}
        frames[f"frame{number}"] = {"ts0": ts0, "slots": empty}
    built: bytes = Multiframe.build(frames)
    return built[::FRAME_OCTETS]


def timeslot0_basic(*, remote_alarm: bool) -> bytes:
    """Timeslot 0 of two frames without CRC-4: Si fixed at 1 (G.704 table 5A, note 1)."""
    nfas = {"si": 1, "a": remote_alarm, "sa": SPARE}
    empty = bytes(CHANNELS)
    built: bytes = DoubleFrame.build(
        {"fas": {"ts0": {"si": 1}, "slots": empty}, "nfas": {"ts0": nfas, "slots": empty}}
    )
    return built[::FRAME_OCTETS]
