"""The interface of the DAHDI kernel driver: ioctl numbers, structures and constants, each declared once.

Source: include/dahdi/user.h of dahdi-linux 2.11.1 (Debian package dahdi-dkms 2.11.1.0.20170917), whose sizes
were confirmed by compiling it and by the running driver; ioctl encoding as in Linux' asm-generic/ioctl.h.
Structures are in host byte order, without padding.
"""

from __future__ import annotations

import dataclasses
import enum
import struct
import typing
from typing import Annotated, ClassVar, Self

Int = Annotated[int, "i"]
UInt = Annotated[int, "I"]
Text6 = Annotated[str, "6s"]
Text16 = Annotated[str, "16s"]
Text20 = Annotated[str, "20s"]
Text40 = Annotated[str, "40s"]
Text80 = Annotated[str, "80s"]


@dataclasses.dataclass(frozen=True)
class Structure:
    """A structure of the driver: its fields in order, each `Int`, `UInt` or a text of fixed length."""

    _codes: ClassVar[tuple[tuple[str, str], ...]] = ()
    """(field, its code in the struct module), in order."""
    _layout: ClassVar[struct.Struct]

    def __init_subclass__(cls) -> None:
        hints = typing.get_type_hints(cls, include_extras=True)
        cls._codes = tuple((name, hints[name].__metadata__[0]) for name in cls.__annotations__)
        cls._layout = struct.Struct("=" + "".join(code for _, code in cls._codes))

    @classmethod
    def size(cls) -> int:
        """The length in octets."""
        return cls._layout.size

    def pack(self) -> bytes:
        """The octets for the driver. Raises ValueError for a text or number that does not fit its field."""
        values: list[object] = []
        for name, code in self._codes:
            value = getattr(self, name)
            if code.endswith("s"):
                value = value.encode()
                if len(value) >= int(code[:-1]):  # the driver wants a closing zero
                    raise ValueError(f"{type(self).__name__}.{name}: {value!r} is too long for {code}")
            values.append(value)
        try:
            return self._layout.pack(*values)
        except struct.error as error:
            raise ValueError(f"{type(self).__name__}: {error}") from error

    @classmethod
    def unpack(cls, octets: bytes) -> Self:
        """The structure that the driver filled in. Raises ValueError if the length is not its own."""
        if len(octets) != cls.size():
            raise ValueError(f"{cls.__name__} has {cls.size()} octets, not {len(octets)}")
        values = cls._layout.unpack(octets)
        return cls(*(_text(value) if isinstance(value, bytes) else value for value in values))


def _text(octets: bytes) -> str:
    return octets.split(b"\0", 1)[0].decode(errors="replace")


@dataclasses.dataclass(frozen=True)
class Number(Structure):
    """One int: a channel, a span, a law, an event …"""

    value: Int = 0


@dataclasses.dataclass(frozen=True)
class ChannelParams(Structure):
    """struct dahdi_params: one channel."""

    channo: Int = 0
    spanno: Int = 0
    chanpos: Int = 0
    """Place in its span, from 1: on an E1 the timeslot."""
    sigtype: Int = 0
    sigcap: Int = 0
    rxisoffhook: Int = 0
    rxbits: Int = 0
    txbits: Int = 0
    txhooksig: Int = 0
    rxhooksig: Int = 0
    curlaw: Int = 0
    idlebits: Int = 0
    name: Text40 = ""
    prewinktime: Int = 0
    preflashtime: Int = 0
    winktime: Int = 0
    flashtime: Int = 0
    starttime: Int = 0
    rxwinktime: Int = 0
    rxflashtime: Int = 0
    debouncetime: Int = 0
    pulsebreaktime: Int = 0
    pulsemaketime: Int = 0
    pulseaftertime: Int = 0
    chan_alarms: UInt = 0


@dataclasses.dataclass(frozen=True)
class SpanInfo(Structure):
    """struct dahdi_spaninfo (packed): one span, its alarms and error counters."""

    spanno: Int = 0
    name: Text20 = ""
    desc: Text40 = ""
    alarms: Int = 0
    txlevel: Int = 0
    rxlevel: Int = 0
    bpvcount: Int = 0
    crc4count: Int = 0
    ebitcount: Int = 0
    fascount: Int = 0
    fecount: UInt = 0
    cvcount: UInt = 0
    becount: UInt = 0
    prbs: UInt = 0
    errsec: UInt = 0
    irqmisses: Int = 0
    syncsrc: Int = 0
    """The span that the driver takes its clock from; 0 is its own."""
    numchans: Int = 0
    """Channels that have been configured."""
    totalchans: Int = 0
    totalspans: Int = 0
    lbo: Int = 0
    lineconfig: Int = 0
    lboname: Text40 = ""
    location: Text40 = ""
    manufacturer: Text40 = ""
    devicetype: Text40 = ""
    irq: Int = 0
    linecompat: Int = 0
    """The `LineConfig` flags that the card can be given."""
    spantype: Text6 = ""


@dataclasses.dataclass(frozen=True)
class MaintInfo(Structure):
    """struct dahdi_maintinfo: a maintenance command for a span."""

    spanno: Int
    command: Int


@dataclasses.dataclass(frozen=True)
class LineSetup(Structure):
    """struct dahdi_lineconfig: framing, line code and place in the order of clock sources."""

    span: Int
    name: Text20 = ""
    lbo: Int = 0
    lineconfig: Int = 0
    sync: Int = 0
    """0: not a clock source; 1: the first choice."""


@dataclasses.dataclass(frozen=True)
class ChannelSetup(Structure):
    """struct dahdi_chanconfig: the signalling of a channel and its law."""

    chan: Int
    name: Text40 = ""
    sigtype: Int = 0
    deflaw: Int = 0
    master: Int = 0
    idlebits: Int = 0
    netdev_name: Text16 = ""


@dataclasses.dataclass(frozen=True)
class BufferInfo(Structure):
    """struct dahdi_bufferinfo: how a channel is buffered; the last two are read only."""

    txbufpolicy: Int = 0
    rxbufpolicy: Int = 0
    numbufs: Int = 0
    bufsize: Int = 0
    readbufs: Int = 0
    writebufs: Int = 0


@dataclasses.dataclass(frozen=True)
class VersionInfo(Structure):
    """struct dahdi_versioninfo."""

    version: Text80 = ""
    echo_canceller: Text80 = ""


@dataclasses.dataclass(frozen=True)
class DynamicSpan(Structure):
    """struct dahdi_dynamic_span: a span without a card, of the dynamic driver named."""

    driver: Text20
    addr: Text40
    numchans: Int = 0
    timing: Int = 0
    spanno: Int = 0


_NONE, _WRITE, _READ = 0, 1, 2
_READ_WRITE = _READ | _WRITE
_MAGIC = 0xDA


def _ioc(direction: int, number: int, structure: type[Structure] | None = None) -> int:
    size = structure.size() if structure is not None else 0
    return direction << 30 | size << 16 | _MAGIC << 8 | number


FLUSH = _ioc(_WRITE, 3, Number)
SYNC = _ioc(_NONE, 4)
GET_PARAMS = _ioc(_READ_WRITE, 5, ChannelParams)
GETEVENT = _ioc(_READ, 8, Number)
SPANSTAT = _ioc(_READ_WRITE, 10, SpanInfo)
MAINT = _ioc(_WRITE, 11, MaintInfo)
SPANCONFIG = _ioc(_WRITE, 18, LineSetup)
CHANCONFIG = _ioc(_WRITE, 19, ChannelSetup)
GET_BUFINFO = _ioc(_READ, 27, BufferInfo)
SET_BUFINFO = _ioc(_WRITE, 27, BufferInfo)
HDLCFCSMODE = _ioc(_WRITE, 37, Number)
SPECIFY = _ioc(_WRITE, 38, Number)
SETLAW = _ioc(_WRITE, 39, Number)
GETRXBITS = _ioc(_READ, 43, Number)
SETTXBITS = _ioc(_WRITE, 43, Number)
GETVERSION = _ioc(_READ, 57, VersionInfo)
LOOPBACK = _ioc(_WRITE, 58, Number)
DYNAMIC_CREATE = _ioc(_READ_WRITE, 80, DynamicSpan)
DYNAMIC_DESTROY = _ioc(_WRITE, 81, DynamicSpan)
STARTUP = _ioc(_WRITE, 99, Number)
SHUTDOWN = _ioc(_WRITE, 100, Number)

ELAST = 500
"""The errno of a read or write while an event waits to be fetched with GETEVENT."""

MAX_SPANS = 128
MAX_CHANNELS = 1024
MIN_BUFFER = 16
MAX_BUFFER = 8192
MAX_BUFFERS = 32
MAX_BUFFER_SPACE = 32768
"""Octets in all the buffers of one direction of a channel."""


class Signalling(enum.IntEnum):
    """DAHDI_SIG_*: what a channel is configured as; only those that a digital trunk has."""

    NONE = 0
    CLEAR = 1 << 7
    HDLCRAW = 1 << 8 | CLEAR
    HDLCFCS = 1 << 9 | HDLCRAW
    HDLCNET = 1 << 10 | HDLCFCS
    CAS = 1 << 15
    DACS = 1 << 16 | CLEAR
    HARDHDLC = 1 << 19 | CLEAR
    MTP2 = 1 << 20 | HDLCFCS


class LawCode(enum.IntEnum):
    """DAHDI_LAW_*."""

    DEFAULT = 0
    ULAW = 1
    ALAW = 2


class LineFlag(enum.IntFlag):
    """DAHDI_CONFIG_*: bits of `LineSetup.lineconfig` for an E1."""

    CCS = 1 << 8
    HDB3 = 1 << 9
    CRC4 = 1 << 10


class AlarmFlag(enum.IntFlag):
    """DAHDI_ALARM_*: bits of `SpanInfo.alarms`."""

    RECOVER = 1 << 0
    LOOPBACK = 1 << 1
    YELLOW = 1 << 2
    RED = 1 << 3
    BLUE = 1 << 4
    NOTOPEN = 1 << 5
    LOS = 1 << 8
    LFA = 1 << 9
    LMFA = 1 << 10


class DriverEvent(enum.IntEnum):
    """DAHDI_EVENT_*: those that a digital trunk can see."""

    NONE = 0
    ALARM = 4
    NOALARM = 5
    ABORT = 6
    OVERRUN = 7
    BADFCS = 8
    BITSCHANGED = 13
    REMOVED = 20


class Maint(enum.IntEnum):
    """DAHDI_MAINT_*: the commands of MAINT."""

    NONE = 0
    LOCALLOOP = 1
    NETWORKLINELOOP = 2
    FAS_DEFECT = 6
    MULTI_DEFECT = 7
    CRC_DEFECT = 8
    CAS_DEFECT = 9
    PRBS_DEFECT = 10
    BIPOLAR_DEFECT = 11
    NETWORKPAYLOADLOOP = 13


class Flush(enum.IntFlag):
    """DAHDI_FLUSH_*."""

    READ = 1
    WRITE = 2
    EVENT = 4


class Policy(enum.IntEnum):
    """DAHDI_POLICY_*: when the transmitter begins with what was written."""

    IMMEDIATE = 0
    WHEN_FULL = 1
    HALF_FULL = 2
