"""Octets over any pyserial URL without ever blocking: a device, a pty, `socket://`, `rfc2217://`, `loop://`.

What has a descriptor is read and written through it, and waited for. What has none (`rfc2217://`, whose
octets come through a thread of pyserial, and `loop://`) is looked at every few milliseconds.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import warnings
from typing import Any

import serial

from trunkbench.device import Fds
from trunkbench.errors import PortError
from trunkwire.ticks import MILLISECOND, Tick

DEFAULT_BAUD = 3_000_000
"""A full E1 with its framing needs 2.7 Mbit/s over 8N1; USB devices ignore the rate."""

LOOK_EVERY: Tick = 5 * MILLISECOND
READ_OCTETS = 1 << 16
CHUNK = 2048
"""The most that is written at once where a write may block."""

_WHAT_TO_DO = {
    errno.ENOENT: "there is no such device; plug the card in, or correct the port in the config",
    errno.ENXIO: "there is no device behind it; plug the card in",
    errno.EACCES: "no permission; add yourself to the group of the device (ls -l shows it, often dialout)",
    errno.EPERM: "no permission; add yourself to the group of the device (ls -l shows it, often dialout)",
    errno.EBUSY: "another process holds it; find it with fuser and end it",
    errno.EAGAIN: "another process holds it; find it with fuser and end it",
}


class LineGone(Exception):
    """The line has ended; its text says why."""


class SerialLine:
    """One open line. `read` and `write` return at once and raise LineGone once it has ended."""

    def __init__(self, line: Any) -> None:
        self._line = line
        try:
            self._fd: int | None = line.fileno()
        except (OSError, AttributeError):  # io.UnsupportedOperation is an OSError
            self._fd = None
        self._terminal = self._fd is not None and os.isatty(self._fd)

    def fds(self, *, writing: bool) -> Fds:
        """What to wait on; () for a line without descriptor."""
        if self._fd is None:
            return ()
        return ((self._fd, select.POLLIN | (select.POLLOUT if writing else 0)),)

    @property
    def look_every(self) -> Tick | None:
        """How often a line without descriptor wants to be looked at."""
        return LOOK_EVERY if self._fd is None else None

    def read(self) -> bytes:
        """What has come, b"" for nothing."""
        try:
            if self._fd is None:
                return bytes(self._line.read(max(self._line.in_waiting, 1)))
            octets = os.read(self._fd, READ_OCTETS)
        except BlockingIOError:
            return b""
        except (OSError, serial.SerialException) as error:
            raise LineGone(_reason(error)) from None
        if not octets and self._hung_up():
            raise LineGone("it was closed at the other end, or pulled")
        return octets

    def write(self, octets: bytes) -> int:
        """How many of the octets were taken."""
        try:
            if self._fd is None:
                return int(self._line.write(octets[:CHUNK]) or 0)
            return os.write(self._fd, octets)
        except BlockingIOError:
            return 0
        except (OSError, serial.SerialException) as error:
            raise LineGone(_reason(error)) from None

    def _hung_up(self) -> bool:
        """Whether a read of nothing was the end: a terminal gives nothing (VMIN 0) when nothing has come."""
        assert self._fd is not None
        if not self._terminal:
            return True
        poller = select.poll()
        poller.register(self._fd, 0)
        return bool(poller.poll(0))

    def close(self) -> None:
        """Close it, whatever state it is in."""
        _close(self._line)


def open_line(address: str) -> SerialLine:
    """Open a pyserial URL; `@baud` at its end sets the rate (`/dev/ttyUSB0@2000000`).

    Raises PortError naming the address, what is wrong and what to do.
    """
    url, _, rate = address.rpartition("@")
    if not url or not rate.isdecimal():
        url, rate = address, str(DEFAULT_BAUD)
    exclusive = {} if "://" in url else {"exclusive": True}
    line = None
    try:
        with warnings.catch_warnings():
            # pyserial 3.5 starts its RFC 2217 thread in a way that Python has deprecated.
            warnings.simplefilter("ignore", DeprecationWarning)
            line = serial.serial_for_url(url, baudrate=int(rate), timeout=0, do_not_open=True, **exclusive)
            line.open()
    except (OSError, ValueError, serial.SerialException) as error:
        if line is not None:
            _close(line)
        number = getattr(error, "errno", None)
        todo = _WHAT_TO_DO.get(number or 0) or f"{error}; is the address right, and is something there?"
        raise PortError(f"serial {address}: cannot be opened: {todo}") from None
    return SerialLine(line)


def _close(line: Any) -> None:
    """Close a pyserial line for good."""
    held = getattr(line, "_socket", None)
    # A device that was pulled cannot be set back, and has nothing to be set back.
    with contextlib.suppress(OSError, serial.SerialException):
        line.close()
    if held is not None:
        held.close()  # pyserial 3.5 forgets the socket of a peer that has closed first


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number) if number else str(error) or type(error).__name__
