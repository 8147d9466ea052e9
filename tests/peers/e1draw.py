"""A client of osmo-e1d's control protocol, written with `struct` against the facts about the daemon.

It shares nothing with the client and the declarations of `trunkbench`, so that the two judge each other.
"""

from __future__ import annotations

import array
import os
import select
import socket
import struct
from dataclasses import dataclass, field

HEADER = struct.Struct("=HHBBBB")
MAGIC = 0x01E1
ANY = 0xFF
INTF_QUERY, LINE_QUERY, TS_QUERY, LINE_CONFIG, TS_OPEN, SABITS = range(6)
RAW, HDLC = 0x10, 0x11


@dataclass(frozen=True)
class Reply:
    """A packet from the server."""

    kind: int
    intf: int
    line: int
    ts: int
    payload: bytes
    fds: list[int] = field(default_factory=list)


def packet(
    kind: int,
    intf: int = ANY,
    line: int = ANY,
    ts: int = ANY,
    payload: bytes = b"",
    *,
    magic: int = MAGIC,
    length: int | None = None,
) -> bytes:
    """A request, right or wrong."""
    size = HEADER.size + len(payload)
    return HEADER.pack(magic, size if length is None else length, kind, intf, line, ts) + payload


def open_request(
    ts: int, mode: int, *, intf: int = 0, line: int = 0, flags: int = 0, size: int = 160
) -> bytes:
    """TS_OPEN."""
    return packet(TS_OPEN, intf, line, ts, struct.pack("=BBH", mode, flags, size))


class RawClient:
    """One connection; whoever runs the server in the same thread has it served between `send` and `reply`."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise

    def close(self) -> None:
        """Leave."""
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send a packet as it is."""
        self.socket.send(data)

    def reply(self, seconds: float = 2.0) -> Reply | None:
        """The next packet; None when the server has closed the connection. Raises TimeoutError."""
        if not select.select([self.socket], [], [], seconds)[0]:
            raise TimeoutError("the server does not answer")
        try:
            data, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(64))
        except ConnectionResetError:
            return None
        if not data:
            return None
        fds = array.array("i")
        for _, _, octets in ancillary:
            fds.frombytes(octets)
        magic, length, kind, intf, line, ts = HEADER.unpack_from(data)
        assert (magic, length) == (MAGIC, len(data))
        return Reply(kind, intf, line, ts, data[HEADER.size :], list(fds))

    def silent(self) -> bool:
        """Whether nothing is waiting to be read."""
        return not select.select([self.socket], [], [], 0)[0]

    def request(self, data: bytes) -> Reply | None:
        """Send a request to a server in another process or thread; its response, events left out."""
        self.send(data)
        while True:
            reply = self.reply()
            if reply is None or reply.kind & 0xC0 != 0x40:
                return reply

    def open(self, ts: int, mode: int, *, intf: int = 0) -> int:
        """The data descriptor of a timeslot, non-blocking. Raises RuntimeError when the server refuses."""
        reply = self.request(open_request(ts, mode, intf=intf))
        if reply is None or not reply.fds:
            raise RuntimeError(f"timeslot {ts}: refused: {reply}")
        os.set_blocking(reply.fds[0], False)
        return reply.fds[0]
