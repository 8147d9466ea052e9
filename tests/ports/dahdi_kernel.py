"""A DAHDI driver in memory, for tests: the answers of the kernel to open, ioctl, read and write.

A channel's descriptor is one end of a socket pair, so that it can be waited on; `Kernel.line[channel]` is the
other. What a driver of a card would refuse is refused: `maint` are the maintenance commands that it knows.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import socket
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from trunkbench.ports import dahdi_abi as abi
from trunkbench.ports.dahdi_driver import CHANNEL, CONTROL, System

E1 = int(abi.LineFlag.CCS | abi.LineFlag.HDB3 | abi.LineFlag.CRC4)


_Answer = tuple[type[abi.Structure], Callable[[int, Any], abi.Structure | None]]


class Kernel:
    """Spans of 31 channels, numbered from 1; `errors` are answers to open by node."""

    def __init__(self, spans: int = 2, channels: int = 31, *, linecompat: int = E1) -> None:
        self.spans = {
            number: abi.SpanInfo(
                spanno=number,
                name=f"T/{number}",
                desc=f"Test card {number}",
                totalchans=channels,
                totalspans=spans,
                linecompat=linecompat,
                spantype="E1",
            )
            for number in range(1, spans + 1)
        }
        self.channels = {
            (span - 1) * channels + place: abi.ChannelParams(
                channo=(span - 1) * channels + place, spanno=span, chanpos=place
            )
            for span in self.spans
            for place in range(1, channels + 1)
        }
        self.maint: frozenset[abi.Maint] | None = None
        self.refuses: dict[int, int] = {}
        """Ioctl number -> errno."""
        self.errors: dict[str, int] = {}
        self.log: list[tuple[int, abi.Structure]] = []
        self.line: dict[int, socket.socket] = {}
        self.events: dict[int, deque[int]] = {}
        self.bits: dict[int, int] = {}
        self.slips: dict[int, int] = {}
        """Span -> what its driver counts of slips; no entry where /proc cannot be read."""
        self.held: set[int] = set()
        self.open_fds: set[int] = set()
        self.channel_of: dict[int, int] = {}
        self._pairs: dict[int, socket.socket] = {}
        self._made: list[socket.socket] = []
        self.system = System(
            open=self.open,
            close=self.close,
            read=self.read,
            write=self.write,
            ioctl=self.ioctl,
            text=self.text,
        )

    def open(self, node: str, flags: int) -> int:
        if node in self.errors:
            raise OSError(self.errors[node], os.strerror(self.errors[node]))
        assert flags & os.O_RDWR
        if node == CONTROL:
            fd = os.open(os.devnull, os.O_RDWR)
        else:
            assert node == CHANNEL
            assert flags & os.O_NONBLOCK
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.setblocking(False)
            theirs.setblocking(False)
            fd = ours.detach()
            self._pairs[fd] = theirs
            self._made.append(theirs)
        self.open_fds.add(fd)
        return fd

    def close(self, fd: int) -> None:
        os.close(fd)
        self.forget(fd)

    def forget(self, fd: int) -> None:
        self.open_fds.discard(fd)
        self.held.discard(self.channel_of.pop(fd, 0))

    def shut(self) -> None:
        """Close the ends that stand for the line."""
        for pair in self._made:
            pair.close()

    def event(self, channel: int, event: int) -> None:
        """The driver has something to say on a channel."""
        self.events.setdefault(channel, deque()).append(event)

    def read(self, fd: int, n: int) -> bytes:
        self._refuse_with_event(fd)
        return os.read(fd, n)

    def write(self, fd: int, octets: bytes) -> int:
        self._refuse_with_event(fd)
        return os.write(fd, octets)

    def text(self, path: str) -> str:
        """/proc/dahdi/N as the driver writes it."""
        number = int(path.removeprefix("/proc/dahdi/"))
        if number not in self.slips:
            raise FileNotFoundError(path)
        count = self.slips[number]
        slips = f"\tTiming slips: {count}\n" if count else ""
        return (
            f'Span {number}: T/{number} "Test card {number}" HDB3/CCS \n{slips}\n\t   1 T/{number}/1 Clear \n'
        )

    def _refuse_with_event(self, fd: int) -> None:
        if self.events.get(self.channel_of[fd]):
            raise OSError(abi.ELAST, "an event waits")

    def asked(self, request: int) -> list[abi.Structure]:
        """The structures that came with an ioctl, in order."""
        return [structure for number, structure in self.log if number == request]

    def ioctl(self, fd: int, request: int, octets: bytearray) -> object:
        assert fd in self.open_fds
        structure, answer = self._answers()[request]
        assert len(octets) == request >> 16 & 0x3FFF == structure.size()
        asked = structure.unpack(bytes(octets))
        self.log.append((request, asked))
        if request in self.refuses:
            raise OSError(self.refuses[request], os.strerror(self.refuses[request]))
        told = answer(fd, asked)
        if told is not None:
            octets[:] = told.pack()
        return 0

    def _answers(self) -> dict[int, _Answer]:
        def accepted(fd: int, asked: abi.Structure) -> None:
            return None

        table: dict[int, _Answer] = {
            abi.SPANSTAT: (abi.SpanInfo, lambda fd, asked: self._found(self.spans, asked.spanno)),
            abi.GET_PARAMS: (abi.ChannelParams, lambda fd, asked: self._found(self.channels, asked.channo)),
            abi.CHANCONFIG: (abi.ChannelSetup, self._configure),
            abi.MAINT: (abi.MaintInfo, self._maintain),
            abi.SPECIFY: (abi.Number, self._specify),
            abi.GETEVENT: (abi.Number, self._next_event),
            abi.GETRXBITS: (abi.Number, lambda fd, asked: abi.Number(self.bits[self.channel_of[fd]])),
            abi.GETVERSION: (abi.VersionInfo, lambda fd, asked: abi.VersionInfo("2.11.1", "MG2")),
        }
        for request in (
            abi.STARTUP, abi.SETLAW, abi.HDLCFCSMODE, abi.FLUSH, abi.SETTXBITS, abi.LOOPBACK,
        ):  # fmt: skip
            table[request] = (abi.Number, accepted)
        return table | {
            abi.SPANCONFIG: (abi.LineSetup, accepted),
            abi.SET_BUFINFO: (abi.BufferInfo, accepted),
        }

    @staticmethod
    def _found(table: Mapping[int, abi.Structure], number: int) -> abi.Structure:
        if number not in table:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return table[number]

    def _configure(self, fd: int, asked: abi.ChannelSetup) -> None:
        self.channels[asked.chan] = dataclasses.replace(self.channels[asked.chan], sigtype=asked.sigtype)

    def _maintain(self, fd: int, asked: abi.MaintInfo) -> None:
        if self.maint is None or asked.command not in self.maint:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    def _specify(self, fd: int, asked: abi.Number) -> None:
        if asked.value in self.held:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        if self.channels[asked.value].sigtype == abi.Signalling.NONE:
            raise OSError(errno.ENXIO, os.strerror(errno.ENXIO))
        self.held.add(asked.value)
        self.channel_of[fd] = asked.value
        self.line[asked.value] = self._pairs[fd]

    def _next_event(self, fd: int, asked: abi.Number) -> abi.Number:
        waiting = self.events.get(self.channel_of[fd])
        return abi.Number(waiting.popleft() if waiting else 0)
