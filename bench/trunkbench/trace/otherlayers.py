"""Frames that are not LAPD, in words: MTP2 signal units (Q.703), V.120, DPNSS and what is unknown."""

from __future__ import annotations

from trunkbench.trace.record import FrameRecord, Layer
from trunkwire.carriers import dpnss, mtp2
from trunkwire.carriers.v120 import V120Frame

DPNSS = "DPNSS"
"""The span of frames that their trace says to be DPNSS."""
_DPNSS_HEADER = 3
_MTP2_HEADER = 3
_LABEL = 5
_SHORTEST_ISUP = 3


def words_of(record: FrameRecord) -> str:
    """One line for a record whose layer is neither LAPD nor Q.931."""
    if record.layer is Layer.MTP2:
        return mtp2_words(record.data)
    if record.span == DPNSS and len(record.data) >= _DPNSS_HEADER:
        return dpnss_words(record.data)
    if _is_v120(record):
        return v120_words(record.data)
    return f"{len(record.data)} octets: {record.data[:16].hex(' ')}{' …' if len(record.data) > 16 else ''}"


def mtp2_words(data: bytes) -> str:
    """A signal unit: its numbers, its status or its message (Q.703 2.3)."""
    if len(data) < _MTP2_HEADER:
        return f"MTP2, a signal unit of {len(data)} octets: it has at least {_MTP2_HEADER}"
    unit = mtp2.SignalUnit.layout.reader(data)
    told = f"{unit.kind} BSN {unit.bsn} BIB {unit.bib:d} FSN {unit.fsn} FIB {unit.fib:d} LI {unit.length}"
    behind = len(unit.rest)
    long = unit.length == mtp2.LONGEST_INDICATED and behind >= mtp2.LONGEST_INDICATED
    if unit.length != behind and not long:
        told += f" (but {behind} octets follow)"
    if unit.kind == "LSSU" and behind:
        status = mtp2.StatusUnit.layout.reader(unit.rest).status
        return f"{told}, status {getattr(status, 'name', status)}"
    if unit.kind == "MSU":
        return f"{told}, {mtp3_words(unit.rest)}"
    return told


def mtp3_words(data: bytes) -> str:
    """An MSU from its service information octet on (Q.704 2.2, 14.2), ITU's label supposed."""
    if len(data) < _LABEL:
        return f"{len(data)} octets, too short for a label"
    unit = mtp2.MessageUnit.layout.reader(data)
    service = getattr(unit.service, "name", f"service {int(unit.service)}")
    told = f"{service} NI {unit.network} {unit.origin} to {unit.destination} SLS {unit.sls}"
    if unit.service == mtp2.ServiceIndicator.ISUP and len(unit.rest) >= _SHORTEST_ISUP:
        isup = mtp2.IsupHead.layout.reader(unit.rest)
        told += f", CIC {isup.circuit} {mtp2.ISUP_MESSAGES.get(isup.type, f'message {isup.type}')}"
    return told


def dpnss_words(data: bytes) -> str:
    """A DPNSS frame (BTNR 188): its channel, and its message or that it has none."""
    frame = dpnss.DpnssFrame.layout.reader(data)
    told = f"DPNSS, {'virtual' if frame.virtual else 'real'} channel {frame.channel}"
    if not frame.information:
        return f"{told}, acknowledgement"
    message = dpnss.DpnssMessage.layout.reader(frame.information)
    name = dpnss.MESSAGES.get((message.group, message.type), f"message {frame.information[0]:#04x}")
    text = "".join(chr(one) if 0x20 <= one < 0x7F else "." for one in message.rest)
    return f"{told}, {name} {text}".rstrip()


def v120_words(data: bytes) -> str:
    """A V.120 frame (V.120 2.2): its link and its control field."""
    frame = V120Frame.layout.reader(data)
    return f"V.120, link {frame.link}, {_control(frame.control)}"


def _is_v120(record: FrameRecord) -> bool:
    data = record.data
    return record.span.endswith(("B1", "B2")) and len(data) >= 3 and not data[0] & 1 and bool(data[1] & 1)


def _control(octets: bytes) -> str:
    from trunkwire.lapd import frames as lapd

    # The control field is LAPD's (V.120 2.2.2), so it is read behind an address that LAPD accepts.
    try:
        frame = lapd.parse(b"\x00\x01" + octets)
    except lapd.InvalidFrame:
        return "a broken control field"
    if isinstance(frame, lapd.InformationFrame):
        return f"I N(S)={frame.ns} N(R)={frame.nr}, {len(frame.information)} octets"
    if isinstance(frame, lapd.SupervisoryFrame):
        return f"{getattr(frame.function, 'name', 'S')} N(R)={frame.nr}"
    return frame.function.name if frame.function else "an unknown U frame"
