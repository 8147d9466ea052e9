"""Small traces made here, and `trunkbench decode` run over them within this process."""

from __future__ import annotations

import contextlib
import io
import sys

from trunkbench.cli import main
from trunkbench.trace import Direction, FrameRecord, PcapngWriter
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import BearerCapabilityIE, CalledNumberIE, CauseIE, ChannelIdentificationIE
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side


class Terminal(io.TextIOWrapper):
    """Standard output as it would be on a terminal."""

    def isatty(self) -> bool:
        return True


def decode(data: bytes, *options: str, encoding: str = "utf-8", tty: bool = False) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of decoding `data` from standard input."""
    out = (Terminal if tty else io.TextIOWrapper)(io.BytesIO(), encoding=encoding, newline="")
    err = io.StringIO()
    stdin, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(data))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(["decode", "-", *options])
            out.flush()
    finally:
        sys.stdin = stdin
    raw = out.buffer
    assert isinstance(raw, io.BytesIO)
    return code, raw.getvalue().decode(encoding), err.getvalue()


def trace(*frames: bytes, direction: Direction = Direction.OUT, side: Side | None = Side.NETWORK) -> bytes:
    """A capture of frames 250 ms apart."""
    file = io.BytesIO()
    with PcapngWriter(file) as writer:
        for n, data in enumerate(frames):
            writer.write(FrameRecord(n * 250_000_000, direction, data, "", 16, side))
    return file.getvalue()


def i_frame(message: Message | bytes, n_s: int = 0, c_r: int = 1) -> bytes:
    """An I frame of SAPI 0, TEI 0 by hand: address, N(S), N(R) = 0, information."""
    octets = message if isinstance(message, bytes) else build(message)
    return bytes([c_r << 1, 1, n_s << 1, 0]) + octets


BEARER = BearerCapabilityIE()
CHANNEL = ChannelIdentificationIE.of(7)
SETUP = Message(65, MessageType.SETUP, (BEARER, CHANNEL, CalledNumberIE(digits="300")))
BUSY = Message(65, MessageType.RELEASE_COMPLETE, (CauseIE(value=Cause.USER_BUSY),))
CALL = trace(bytes.fromhex("02017f"), i_frame(SETUP), i_frame(BUSY, 1))
