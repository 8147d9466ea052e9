"""Messages of H.225.0 call signalling (H.323) judged as far as they are Q.931's (`trunkbench.trace.h225`)."""

from __future__ import annotations

import copy

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.h225 import signalling_end
from trunkbench.trace.record import Layer
from trunkwire.q931.message import HeaderError, Message, MessageCodec


def plain(frame: Decoded, codec: MessageCodec) -> Decoded:
    """The frame with its message as far as it is Q.931's; the same frame if that is all of it."""
    if frame.record.layer is not Layer.Q931 or frame.message is None:
        return frame
    end = signalling_end(frame.record.data)
    if end is None:
        return frame
    try:
        return bearing(frame, codec.parse(frame.record.data[:end]))
    except HeaderError:
        return frame


def bearing(frame: Decoded, message: Message) -> Decoded:
    """The frame as if it bore another message."""
    other = copy.copy(frame)
    other.message = message
    return other
