"""Caller identification on analog lines: its messages, and how they sound (ETSI EN 300 659-1 to -3).

`encode` and `decode` know the octets, `fsk_source` and `FskReceiver` the sound of V.23 and Bell 202. Where
digits (DTMF) are sent instead, `encode_digits` and `decode_digits` know what they say.
"""

from __future__ import annotations

from trunkwire.callerid.coding import LONGEST_NUMBER, Absence, CallType, Forwarded, Moment
from trunkwire.callerid.digits import decode_digits, encode_digits
from trunkwire.callerid.message import CallerIdError, CallSetup, checksum, decode, encode
from trunkwire.callerid.modem import BELL202, V23, FskSource, Modem, fsk_source
from trunkwire.callerid.receiver import Found, FskReceiver

__all__ = [
    "BELL202",
    "LONGEST_NUMBER",
    "V23",
    "Absence",
    "CallSetup",
    "CallType",
    "CallerIdError",
    "Forwarded",
    "Found",
    "FskReceiver",
    "FskSource",
    "Modem",
    "Moment",
    "checksum",
    "decode",
    "decode_digits",
    "encode",
    "encode_digits",
    "fsk_source",
]
