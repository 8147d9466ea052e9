"""Codec mechanism: one annotated frozen class per layout, every view of it derived.

The annotations (see `primitives`) say which octet and which bits hold a field, in the way in which the
Recommendations print their figures. From them come the construct tree (`tree`), the generated parser and
builder (`generate`) and the tolerant walk (`walk`), joined in one `Layout`. All of them agree on every input
that construct accepts.
"""

from __future__ import annotations

from trunkwire.codec.errors import CodecError, DecodeError, EncodeError
from trunkwire.codec.layout import Layout, Record, compile_layout
from trunkwire.codec.primitives import (
    Bits,
    Counted,
    Each,
    Fixed,
    IfMore,
    Marked,
    Number,
    Rest,
    Septets,
    Slots,
    Text,
    When,
)
from trunkwire.codec.slots import SlotMap
from trunkwire.codec.walk import FieldView

__all__ = [
    "Bits",
    "CodecError",
    "Counted",
    "DecodeError",
    "Each",
    "EncodeError",
    "FieldView",
    "Fixed",
    "IfMore",
    "Layout",
    "Marked",
    "Number",
    "Record",
    "Rest",
    "Septets",
    "SlotMap",
    "Slots",
    "Text",
    "When",
    "compile_layout",
]
