"""Logs of libopenr2: MFC/R2 calls of an E1 without a D channel (Q.421 line signals, Q.441 register signals).

There is no frame in them; what a call did are happenings of its channel: the signalling bits a b c d with
their meaning, the tones in both directions, how the call began and ended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from trunkbench.trace.inputs.stamps import Stamps
from trunkbench.trace.inputs.textlines import head_lines, lines_of
from trunkbench.trace.record import Happening

if TYPE_CHECKING:
    from trunkbench.trace.inputs.opening import Trace
    from trunkbench.trace.inputs.options import InputOptions, Item
    from trunkbench.trace.inputs.source import Source

_LINE = re.compile(r"(?:\[Thread: \d+\]\s*)?\[Chan (?P<channel>\d{1,4})\]\s*-\s*(?P<what>.*?)\s*$")
_BITS = re.compile(r"CAS (?P<way>Tx >>|Rx <<) \[(?P<name>[^\]]+)\] 0x(?P<bits>[0-9A-Fa-f]{2})$")
_TONE = re.compile(r"MF (?P<way>Tx >>|Rx <<) (?P<tone>[0-9A-F]) \[(?P<on>ON|OFF)\]$")
_TOLD = re.compile(
    r"Call (?:started|ended|accepted|answered|rejected|cleared|end)|[Cc]all .*disconnect"
    r"|Sending \w+ (?:digit|category)|[Pp]rotocol error|[Tt]imed? ?out|(?:ALARM|[Aa]larm)"
    r"|Sending more ANI|Got (?:DNIS|ANI)|group B"
)
_LONGEST = 240
_ALARM = re.compile(r"(?:ALARM|[Aa]larm)(?!\w*\s*(?:clear|off|gone))")


def recognise(head: bytes) -> str | None:
    """The format in words, or None."""
    for line in head_lines(head) or ():
        match = _LINE.match(Stamps().take(line)[1])
        if match and (_BITS.match(match["what"]) or _TONE.match(match["what"])):
            return "openr2 log of MFC/R2 calls (no D channel)"
    return None


def read(source: Source, name: str, options: InputOptions, trace: Trace) -> Iterator[Item]:
    """What the log tells, in its order."""
    stamps = Stamps()
    at_ns = 0
    bits = tones = calls = 0
    for line in lines_of(source):
        told, text = stamps.take(line.text)
        at_ns = at_ns if told is None else told
        match = _LINE.match(text)
        if match is None:
            continue
        what = match["what"][:_LONGEST]
        if said := _BITS.match(what):
            bits += 1
            way = "sent" if said["way"].startswith("Tx") else "received"
            # Bit a has the value 8 (Q.421 2.1); the seizing acknowledgement 1101 is printed as 0x0C.
            what = f"CAS {way}: {said['name']}, a b c d = {int(said['bits'], 16) & 0x0F:04b}"
        elif said := _TONE.match(what):
            tones += said["on"] == "ON"
            forward = "sent" if said["way"].startswith("Tx") else "received"
            what = f"MF {forward}: {said['tone']} {said['on'].lower()}"
        elif not _TOLD.search(what):
            continue
        calls += what.startswith("Call started")
        alarm = True if _ALARM.search(what) else None
        yield Happening(at_ns, what, f"channel {match['channel']}", 0, line.number, line.offset, alarm)
    trace.findings.append(
        f"{calls} MFC/R2 calls: {bits} line signals, {tones} register signals; no D channel"
    )
