"""What a call progress tone says to the caller (ITU-T E.180/Q.35; China GB/T 3380), whatever it sounds like.

How a kind sounds is a matter of the line's zone (`trunkwire.tones.zones`).
"""

from __future__ import annotations

import enum


class ToneKind(enum.Enum):
    """The meaning of a call progress tone."""

    DIAL = "dial"
    """Dialling may begin (拨号音)."""
    SPECIAL_DIAL = "special-dial"
    """Dialling may begin, and the line has something set, such as call forwarding (特种拨号音)."""
    BUSY = "busy"
    """The called subscriber is busy (忙音)."""
    RINGBACK = "ringback"
    """The called subscriber is being alerted (回铃音)."""
    CONGESTION = "congestion"
    """No circuit or equipment is free (拥塞音)."""
    UNOBTAINABLE = "unobtainable"
    """The number cannot be reached; special information tone where a zone has one (空号音)."""
    CALL_WAITING = "call-waiting"
    """Somebody else is calling this busy subscriber (呼叫等待音)."""
    RECORD = "record"
    """The conversation is being recorded (录音提示音)."""
    HOWLER = "howler"
    """The handset is off the hook (催挂音)."""
    LONG_DISTANCE = "long-distance"
    """A long-distance call wants this subscriber (长途通知音)."""
    REMINDER = "reminder"
    """An operator is listening, or money is running out (提醒音)."""


DIAL = ToneKind.DIAL
SPECIAL_DIAL = ToneKind.SPECIAL_DIAL
BUSY = ToneKind.BUSY
RINGBACK = ToneKind.RINGBACK
CONGESTION = ToneKind.CONGESTION
UNOBTAINABLE = ToneKind.UNOBTAINABLE
CALL_WAITING = ToneKind.CALL_WAITING
RECORD = ToneKind.RECORD
HOWLER = ToneKind.HOWLER
LONG_DISTANCE = ToneKind.LONG_DISTANCE
REMINDER = ToneKind.REMINDER
