"""What the DAHDI driver is asked for, as Python calls: spans, channels, buffers, events (`dahdi_abi`).

`System` is the way to the kernel; tests put their own in its place. Errors of the kernel are OSError, except
where a message can say what to do: then PortError.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from trunkbench.errors import PortError
from trunkbench.ports import dahdi_abi as abi

CONTROL = "/dev/dahdi/ctl"
CHANNEL = "/dev/dahdi/channel"
STATUS = "/proc/dahdi/{}"
"""A span's status as text, by its number."""

_S = TypeVar("_S", bound=abi.Structure)


def _ioctl(fd: int, request: int, octets: bytearray) -> object:
    import fcntl  # there is none elsewhere than on Unix, where this module is only named

    return fcntl.ioctl(fd, request, octets, True)


def _text(path: str) -> str:
    return Path(path).read_text(encoding="ascii", errors="replace")


@dataclass(frozen=True)
class System:
    """The calls of the operating system that the driver is reached by."""

    open: Callable[[str, int], int] = os.open
    close: Callable[[int], None] = os.close
    read: Callable[[int, int], bytes] = os.read
    write: Callable[[int, bytes], int] = os.write
    ioctl: Callable[[int, int, bytearray], object] = _ioctl
    text: Callable[[str], str] = _text


class Driver:
    """The driver behind its control node. Raises PortError if there is none, or no permission to use it."""

    def __init__(self, system: System | None = None) -> None:
        self._system = system or System()
        try:
            self._control = self._system.open(CONTROL, os.O_RDWR)
        except OSError as error:
            raise _no_driver(CONTROL, error) from error
        self.read = self._system.read
        """Read a channel: one buffer at most. Raises OSError, `abi.ELAST` while an event waits."""
        self.write = self._system.write
        """Write a channel: one buffer at most. Raises OSError likewise."""

    def close(self) -> None:
        """Close the control node. Idempotent."""
        control, self._control = self._control, -1
        if control >= 0:
            self._system.close(control)

    # -- spans --------------------------------------------------------------------------------------------

    def version(self) -> str:
        """The driver's version."""
        return self._ask(self._control, abi.GETVERSION, abi.VersionInfo()).version

    def span(self, number: int) -> abi.SpanInfo | None:
        """The status of a span; None if there is none of that number."""
        try:
            return self._ask(self._control, abi.SPANSTAT, abi.SpanInfo(spanno=number))
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENXIO, errno.ENODEV):
                return None
            raise

    def status_text(self, number: int) -> str:
        """A span's status as /proc has it; "" where it cannot be read. What SPANSTAT lacks stands there."""
        try:
            return self._system.text(STATUS.format(number))
        except OSError:
            return ""

    def spans(self) -> list[abi.SpanInfo]:
        """Every span that there is."""
        found: list[abi.SpanInfo] = []
        for number in range(1, abi.MAX_SPANS):
            info = self.span(number)
            if info is not None:
                found.append(info)
            if found and len(found) == found[0].totalspans:
                break
        return found

    def channels(self, span: int) -> dict[int, abi.ChannelParams]:
        """The channels of a span by their place in it: on an E1 the timeslot."""
        found: dict[int, abi.ChannelParams] = {}
        info = self.span(span)
        if info is None:
            return found
        for number in range(1, abi.MAX_CHANNELS):
            params = self.channel(number)
            if params is not None and params.spanno == span:
                found[params.chanpos] = params
                if len(found) == info.totalchans:
                    break
        return found

    def channel(self, number: int) -> abi.ChannelParams | None:
        """A channel's parameters; None if there is none of that number."""
        try:
            return self._ask(self._control, abi.GET_PARAMS, abi.ChannelParams(channo=number))
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENXIO):
                return None
            raise

    def configure_line(self, span: int, flags: abi.LineFlag, *, clock_source: bool) -> None:
        """Framing and line code of a span, and whether its received clock is the first choice."""
        self._tell(
            self._control,
            abi.SPANCONFIG,
            abi.LineSetup(span=span, lineconfig=int(flags), sync=int(clock_source)),
        )

    def start(self, span: int) -> None:
        """Start a span; harmless if it runs."""
        self._tell(self._control, abi.STARTUP, abi.Number(span))

    def configure_channel(self, channel: int, signalling: abi.Signalling, law: abi.LawCode) -> None:
        """What a channel is used for. Raises OSError (EINVAL) if the card cannot."""
        setup = abi.ChannelSetup(chan=channel, sigtype=int(signalling), deflaw=int(law))
        self._tell(self._control, abi.CHANCONFIG, setup)

    def maintain(self, span: int, command: abi.Maint) -> None:
        """A maintenance command. Raises OSError: ENOSYS if the driver of that card has it not."""
        self._tell(self._control, abi.MAINT, abi.MaintInfo(span, int(command)))

    def create_dynamic(self, driver: str, address: str, channels: int = 31) -> int:
        """A span without a card; its number."""
        wanted = abi.DynamicSpan(driver=driver, addr=address, numchans=channels)
        return self._ask(self._control, abi.DYNAMIC_CREATE, wanted).spanno

    def destroy_dynamic(self, driver: str, address: str) -> None:
        """Take such a span away; none of its channels may be open."""
        self._tell(self._control, abi.DYNAMIC_DESTROY, abi.DynamicSpan(driver=driver, addr=address))

    # -- one channel --------------------------------------------------------------------------------------

    def open_channel(self, channel: int, name: str) -> int:
        """A descriptor of the channel, non-blocking. `name` is for messages.

        Raises PortError if it cannot be had: held by somebody else, not configured, no permission.
        """
        try:
            fd = self._system.open(CHANNEL, os.O_RDWR | os.O_NONBLOCK)
        except OSError as error:
            raise _no_driver(CHANNEL, error) from error
        try:
            self._tell(fd, abi.SPECIFY, abi.Number(channel))
        except OSError as error:
            self._system.close(fd)
            raise PortError(f"{name}: {_not_specified(channel, error)}") from error
        return fd

    def close_channel(self, fd: int) -> None:
        """Give the channel back. After a failed `set_buffers` too, or it stays busy."""
        self._system.close(fd)

    def set_buffers(self, fd: int, count: int, size: int, policy: abi.Policy = abi.Policy.IMMEDIATE) -> None:
        """How many buffers of how many octets, in each direction."""
        self._tell(fd, abi.SET_BUFINFO, abi.BufferInfo(txbufpolicy=int(policy), numbufs=count, bufsize=size))

    def buffers(self, fd: int) -> abi.BufferInfo:
        """The buffers as they are."""
        return self._ask(fd, abi.GET_BUFINFO, abi.BufferInfo())

    def set_law(self, fd: int, law: abi.LawCode) -> None:
        """The law of the channel."""
        self._tell(fd, abi.SETLAW, abi.Number(int(law)))

    def run_hdlc(self, fd: int) -> None:
        """Have the driver run a clear channel as HDLC with FCS, until it is closed."""
        self._tell(fd, abi.HDLCFCSMODE, abi.Number(1))

    def flush(self, fd: int, what: abi.Flush) -> None:
        """Forget what waits."""
        self._tell(fd, abi.FLUSH, abi.Number(int(what)))

    def event(self, fd: int) -> int:
        """The next event (`abi.DriverEvent`, or a number it does not know); 0 when there is none."""
        return self._ask(fd, abi.GETEVENT, abi.Number()).value

    def received_bits(self, fd: int) -> int:
        """The ABCD bits received on the channel."""
        return self._ask(fd, abi.GETRXBITS, abi.Number()).value & 0xF

    def send_bits(self, fd: int, abcd: int) -> None:
        """Send these ABCD bits."""
        self._tell(fd, abi.SETTXBITS, abi.Number(abcd))

    def loop(self, fd: int, on: bool) -> None:
        """Send back what the channel receives."""
        self._tell(fd, abi.LOOPBACK, abi.Number(int(on)))

    # -- inside -------------------------------------------------------------------------------------------

    def _ask(self, fd: int, request: int, structure: _S) -> _S:
        octets = bytearray(structure.pack())
        self._system.ioctl(fd, request, octets)
        return type(structure).unpack(bytes(octets))

    def _tell(self, fd: int, request: int, structure: abi.Structure) -> None:
        self._system.ioctl(fd, request, bytearray(structure.pack()))


def law_code(law: str) -> abi.LawCode:
    """The driver's number for `alaw` or `ulaw`."""
    return abi.LawCode.ALAW if law == "alaw" else abi.LawCode.ULAW


def counters(info: abi.SpanInfo) -> dict[str, int]:
    """The error counters of a span, by the names of reports."""
    return {
        "bipolar violations": info.bpvcount,
        "CRC-4 errors": info.crc4count,
        "E bits": info.ebitcount,
        "FAS errors": info.fascount,
        "framing errors": info.fecount,
        "code violations": info.cvcount,
        "bit errors": info.becount,
        "errored seconds": info.errsec,
        "missed interrupts": info.irqmisses,
    }


def _no_driver(node: str, error: OSError) -> PortError:
    if error.errno in (errno.ENOENT, errno.ENXIO, errno.ENODEV):
        return PortError(
            f"there is no DAHDI here ({node}: {error.strerror}): load the driver of the card (modprobe dahdi "
            "and the card's own), then look at /proc/dahdi"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return PortError(
            f"{node}: permission denied: run as root, or join the group that owns /dev/dahdi (ls -l "
            "/dev/dahdi)"
        )
    return PortError(f"{node} cannot be opened: {error.strerror}")


def _not_specified(channel: int, error: OSError) -> str:
    if error.errno == errno.EBUSY:
        return (
            f"channel {channel} is held by another process: stop what uses it (fuser -v /dev/dahdi/channel "
            "names it)"
        )
    if error.errno == errno.ENXIO:
        return f"channel {channel} is not configured: run dahdi_cfg, or leave it to the bench as root"
    return f"channel {channel} cannot be had: {error.strerror}"
