"""Call progress tones: what they mean, how they sound, making them and hearing them (E.180, GB/T 3380)."""

from __future__ import annotations

from trunkwire.tones.cadence import CadenceTracker, feed_lines
from trunkwire.tones.dtmfreceiver import DtmfDigit, DtmfReceiver
from trunkwire.tones.heard import Heard, HeardSound, HeardTone, SoundKind
from trunkwire.tones.ident import Ident, IdentMeter, ident_source, identify
from trunkwire.tones.kinds import (
    BUSY,
    CALL_WAITING,
    CONGESTION,
    DIAL,
    HOWLER,
    LONG_DISTANCE,
    RECORD,
    REMINDER,
    RINGBACK,
    SPECIAL_DIAL,
    UNOBTAINABLE,
    ToneKind,
)
from trunkwire.tones.level import level_dbm0
from trunkwire.tones.source import ToneSource, tone_source
from trunkwire.tones.spectrum import BLOCK_SAMPLES, Analyser, BlockFeatures, analyse
from trunkwire.tones.zones import DEFAULT_ZONE, ZONES, Segment, ToneSpec, Zone, zone

__all__ = [
    "BLOCK_SAMPLES",
    "BUSY",
    "CALL_WAITING",
    "CONGESTION",
    "DEFAULT_ZONE",
    "DIAL",
    "HOWLER",
    "LONG_DISTANCE",
    "RECORD",
    "REMINDER",
    "RINGBACK",
    "SPECIAL_DIAL",
    "UNOBTAINABLE",
    "ZONES",
    "Analyser",
    "BlockFeatures",
    "CadenceTracker",
    "DtmfDigit",
    "DtmfReceiver",
    "Heard",
    "HeardSound",
    "HeardTone",
    "Ident",
    "IdentMeter",
    "Segment",
    "SoundKind",
    "ToneKind",
    "ToneSource",
    "ToneSpec",
    "Zone",
    "analyse",
    "feed_lines",
    "ident_source",
    "identify",
    "level_dbm0",
    "tone_source",
    "zone",
]
