"""The control protocol of osmo-e1d 0.7.2, declared once for our client and our server.

Source: osmo-e1d's public header `osmocom/e1d/proto.h` and the behaviour of the daemon. Messages are packets
of an AF_UNIX SOCK_SEQPACKET socket, host byte order, packed. A request names interface, line and timeslot; a
field that does not apply to it must be `UNSPECIFIED`, one that is required must not (`REQUESTS`). The daemon
has two ways to refuse: what is malformed closes the connection; what is well-formed and cannot be done is
answered by a response without payload. Events come on the same socket, also between request and response.
"""

from __future__ import annotations

import ctypes
import enum
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

MAGIC = 0x01E1
UNSPECIFIED = 0xFF
MAX_OCTETS = 4096
SUPERCHANNEL_SLOT = 0xFE
OPEN_STATUS = 0xA5
"""`TsInfo.status` in the response to a TS_OPEN that succeeded."""
FORCE = 0x80
"""`TsConfig.flags`: take the timeslot away from whoever has it."""

RESPONSE = 0x80
ERROR = 0xC0
KIND_MASK = 0xC0
EVENT = 0x40

HDLC_OCTETS = 262
"""The longest frame, without FCS, that an HDLC timeslot carries; the daemon drops a longer one silently."""
IDLE = 0xFF
"""The octet of a timeslot that nobody transmits on."""

DEFAULT_SOCKET = "osmo-e1d.ctl"
"""Where the daemon listens, in the folder for temporary files."""


class Request(enum.IntEnum):
    """Message types of requests; the response has `RESPONSE` added, an error is `ERROR` and a code."""

    INTF_QUERY = 0x00
    LINE_QUERY = 0x01
    TS_QUERY = 0x02
    LINE_CONFIG = 0x03
    TS_OPEN = 0x04
    SABITS = 0x05


class LineEvent(enum.IntEnum):
    """Message types of events: defects of the line (G.775), and the Sa bits received (G.704 table 5A)."""

    LOS_ON = 0x40
    LOS_OFF = 0x41
    AIS_ON = 0x42
    AIS_OFF = 0x43
    RAI_ON = 0x44
    RAI_OFF = 0x45
    LOF_ON = 0x46
    LOF_OFF = 0x47
    SABITS = 0x7F


ALARMS = {
    event: (event.name.partition("_")[0], event.name.endswith("_ON"))
    for event in LineEvent
    if event is not LineEvent.SABITS
}
"""Event -> (name of the defect, whether it began)."""

SA_BITS = {"Sa8": 0x80, "Sa7": 0x40, "Sa6": 0x01, "Sa5": 0x20, "Sa4": 0x10}
"""The bits of a SABITS octet."""


class LineMode(enum.IntEnum):
    """How a line is used: as 31 timeslots, or as one channel of 1984 kbit/s."""

    CHANNELIZED = 0x20
    SUPERCHANNEL = 0x21


class TsMode(enum.IntEnum):
    """How a timeslot is used."""

    OFF = 0x00
    RAW = 0x10
    HDLCFCS = 0x11


class Packed(ctypes.Structure):
    """A structure of the protocol: no padding, host byte order."""

    _pack_ = 1


class Header(Packed):
    """Begins every message; `length` counts it, too."""

    _fields_ = (
        ("magic", ctypes.c_uint16),
        ("length", ctypes.c_uint16),
        ("type", ctypes.c_uint8),
        ("intf", ctypes.c_uint8),
        ("line", ctypes.c_uint8),
        ("ts", ctypes.c_uint8),
    )
    magic: int
    length: int
    type: int
    intf: int
    line: int
    ts: int


class IntfInfo(Packed):
    """An interface of the daemon."""

    _fields_ = (("id", ctypes.c_uint8), ("n_lines", ctypes.c_uint8))
    id: int
    n_lines: int


class LineConfig(Packed):
    """What LINE_CONFIG sets."""

    _fields_ = (("mode", ctypes.c_uint8),)
    mode: int


class LineInfo(Packed):
    """A line of an interface; `status` has no meaning yet."""

    _fields_ = (("id", ctypes.c_uint8), ("mode", ctypes.c_uint8), ("status", ctypes.c_uint8))
    id: int
    mode: int
    status: int


class TsConfig(Packed):
    """What TS_OPEN asks for. `read_bufsize` is the chunk in which RAW octets come; never 0, even for HDLC."""

    _fields_ = (("mode", ctypes.c_uint8), ("flags", ctypes.c_uint8), ("read_bufsize", ctypes.c_uint16))
    mode: int
    flags: int
    read_bufsize: int


class TsInfo(Packed):
    """A timeslot of a line."""

    _fields_ = (
        ("id", ctypes.c_uint8),
        ("mode", ctypes.c_uint8),
        ("flags", ctypes.c_uint8),
        ("read_bufsize", ctypes.c_uint16),
        ("status", ctypes.c_uint8),
    )
    id: int
    mode: int
    flags: int
    read_bufsize: int
    status: int


class SaBits(Packed):
    """The payload of SABITS, request and event."""

    _fields_ = (("bits", ctypes.c_uint8),)
    bits: int


@dataclass(frozen=True, slots=True)
class Form:
    """What a request consists of: which of (intf, line, ts) must be given (True), may be given (None) or must
    be unspecified (False); its payload, and the elements of its response.
    """

    fields: tuple[bool | None, bool | None, bool | None]
    payload: type[Packed] | None = None
    answer: type[Packed] | None = None


REQUESTS = {
    Request.INTF_QUERY: Form((None, False, False), answer=IntfInfo),
    Request.LINE_QUERY: Form((True, None, False), answer=LineInfo),
    Request.TS_QUERY: Form((True, True, None), answer=TsInfo),
    Request.LINE_CONFIG: Form((True, True, False), payload=LineConfig, answer=LineInfo),
    Request.TS_OPEN: Form((True, True, True), payload=TsConfig, answer=TsInfo),
    Request.SABITS: Form((True, True, False), payload=SaBits),
}

_S = TypeVar("_S", bound=Packed)


class Malformed(ValueError):
    """A message that the protocol does not allow; the text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message without its header's magic and length."""

    kind: int
    intf: int = UNSPECIFIED
    line: int = UNSPECIFIED
    ts: int = UNSPECIFIED
    payload: bytes = b""

    @property
    def is_event(self) -> bool:
        """Whether it is an event, not a response."""
        return self.kind & KIND_MASK == EVENT

    def pack(self) -> bytes:
        """The octets of the message."""
        length = ctypes.sizeof(Header) + len(self.payload)
        header = Header(MAGIC, length, self.kind, self.intf, self.line, self.ts)
        return bytes(header) + self.payload

    def one(self, structure: type[_S]) -> _S:
        """The payload as that structure. Raises Malformed if it is of another length."""
        wanted = ctypes.sizeof(structure)
        if len(self.payload) != wanted:
            raise Malformed(f"{structure.__name__} has {wanted} octets, not {len(self.payload)}")
        return structure.from_buffer_copy(self.payload)

    def many(self, structure: type[_S]) -> list[_S]:
        """The payload as an array of that structure. Raises Malformed if it is no whole number of them."""
        size = ctypes.sizeof(structure)
        if len(self.payload) % size:
            raise Malformed(f"{len(self.payload)} octets are no array of {structure.__name__} of {size}")
        return [structure.from_buffer_copy(self.payload, at) for at in range(0, len(self.payload), size)]


def unpack(packet: bytes) -> Message:
    """The message in a packet. Raises Malformed for a wrong magic or length."""
    size = ctypes.sizeof(Header)
    if len(packet) < size:
        raise Malformed(f"{len(packet)} octets are shorter than the header of {size}")
    header = Header.from_buffer_copy(packet)
    if header.magic != MAGIC:
        raise Malformed(f"magic {header.magic:#06x} is not {MAGIC:#06x}")
    if header.length != len(packet):
        raise Malformed(f"the header says {header.length} octets, the packet has {len(packet)}")
    return Message(header.type, header.intf, header.line, header.ts, packet[size:])


def check_request(message: Message) -> tuple[Request, Form]:
    """What is requested. Raises Malformed for what makes the daemon close the connection."""
    try:
        request = Request(message.kind)
    except ValueError:
        raise Malformed(f"there is no request of type {message.kind:#04x}") from None
    form = REQUESTS[request]
    for name, rule in zip(("intf", "line", "ts"), form.fields, strict=True):
        given = getattr(message, name) != UNSPECIFIED
        if rule is not None and rule is not given:
            wanted = "must be given" if rule else f"must be {UNSPECIFIED:#04x}"
            raise Malformed(f"{request.name}: {name} {wanted}")
    wanted_octets = ctypes.sizeof(form.payload) if form.payload else 0
    if len(message.payload) != wanted_octets:
        raise Malformed(f"{request.name}: {len(message.payload)} octets of payload, not {wanted_octets}")
    return request, form


def payload_of(elements: Iterable[Packed]) -> bytes:
    """Structures, one behind the other."""
    return b"".join(bytes(element) for element in elements)


def sa_names(bits: int) -> Sequence[str]:
    """The names of the Sa bits that are one in a SABITS octet."""
    return [name for name, mask in SA_BITS.items() if bits & mask]


def default_path() -> Path:
    """Where a daemon listens unless it is told otherwise."""
    return Path(tempfile.gettempdir()) / DEFAULT_SOCKET
