"""What a raw dump says behind a long lead of one octet: an idle channel, a line without signal, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkbench.trace.inputs.source import Source

LONGEST = 4 * 1024 * 1024
"""Octets of lead that are looked behind: 16 s of an E1, more than 8 minutes of a timeslot."""
HEAD = 64 * 1024


def behind_lead(head: bytes, source: Source) -> bytes:
    """`head`, or where it is one octet throughout, what comes behind the last of these octets.

    What is left of the lead is kept: a multiple of 64 octets was taken off.
    """
    if len(head) < HEAD or source.follows or head.strip(head[:1]):
        return head
    size = 4 * HEAD
    while size <= LONGEST:
        more = source.peek(size)
        lead = len(more) - len(more.lstrip(head[:1]))
        if lead < len(more) or len(more) < size:
            begin = max(lead - 64, 0) // 64 * 64
            return source.peek(begin + HEAD)[begin:]
        size *= 2
    return head
