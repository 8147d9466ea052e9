"""LAPD frames as a trace shows them (Q.921 clause 3): tolerant reading, names, and TEI management (5.3.1).

`trunkwire.lapd.frames` and `trunkwire.lapd.management` declare the layouts; here a frame that its strict
reader refuses still says what it can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from trunkwire.codec import Layout
from trunkwire.codec.walk import FieldView
from trunkwire.lapd.events import MANAGEMENT_SAPI
from trunkwire.lapd.frames import (
    SHORTEST,
    InformationFrame,
    InvalidFrame,
    SupervisoryFrame,
    UnnumberedFrame,
    parse,
)
from trunkwire.lapd.management import LAYER_MANAGEMENT, ManagementMessage, ManagementType
from trunkwire.lapd.modulo8 import SABM, BasicInformationFrame, BasicSupervisoryFrame
from trunkwire.lapd.view import information_fields
from trunkwire.q931.message import DISCRIMINATOR, MAX_REFERENCE_LENGTH
from trunkwire.q931.messages import MessageType

MODULUS, BASIC = 128, 8
"""What Q.921 counts by (3.5.2.1), and what links count by that begin with SABM."""
FIRST_OTHER_SAPI = 4
"""Below this the first octet of an address means SAPI 0, call control (Q.921 3.3)."""
_TYPES = frozenset(int(kind) for kind in MessageType)


class Layer2(msgspec.Struct, frozen=True, gc=False):
    """What layer 2 of a frame says. `kind` is I, RR, SABME … as in Q.921 table 5, "" if it cannot be told.

    `faults` are (offset, text) pairs; `information` is what the frame carries for layer 3 or management.
    """

    kind: str
    sapi: int
    c_r: int
    tei: int
    p_f: bool = False
    n_s: int = 0
    n_r: int = 0
    information: bytes = b""
    modulus: int = MODULUS
    faults: tuple[tuple[int, str], ...] = ()

    @property
    def managed(self) -> bool:
        """Whether the frame carries TEI management."""
        return management(self) is not None

    def summary(self, command: bool | None) -> str:
        """Such as "0/0 I S=3 R=1 P": SAPI/TEI, kind, N(S), N(R), and P in a `command`, F in a response."""
        if not self.kind:
            return "not LAPD"
        parts = [f"{self.sapi}/{self.tei}", self.kind]
        if self.kind == "I":
            parts.append(f"S={self.n_s}")
        if self.kind in ("I", "RR", "RNR", "REJ"):
            parts.append(f"R={self.n_r}")
        if self.p_f:
            parts.append("P/F" if command is None else "P" if command else "F")
        if self.modulus == BASIC:
            parts.append("mod 8")
        return " ".join(parts)


def read_layer2(data: bytes) -> Layer2:
    """Layer 2 of a frame (address to end of information). Never raises: what is wrong stands in `faults`."""
    try:
        frame = parse(data)
    except InvalidFrame as error:
        return Layer2("", -1, 0, -1, faults=((0, f"{error}"),))
    address = (frame.sapi, int(frame.cr), frame.tei)
    if isinstance(frame, InformationFrame):
        return Layer2("I", *address, frame.pf, frame.ns, frame.nr, frame.information)
    if isinstance(frame, SupervisoryFrame):
        kind = getattr(frame.function, "name", "")
        faults = (
            _surplus(frame.surplus, 4)
            if kind
            else ((2, f"supervisory function {frame.function} is unknown"),)
        )
        return Layer2(kind, *address, frame.pf, 0, frame.nr, faults=faults)
    function = frame.function
    if (frame.modifier_high, frame.modifier_low) == SABM:
        return Layer2("SABM", *address, frame.pf, modulus=BASIC, faults=_surplus(frame.information, 3))
    if function is None:
        modifiers = f"{frame.modifier_high:03b}/{frame.modifier_low:02b}"
        return Layer2(
            "", *address, frame.pf, faults=((2, f"unnumbered frame with modifiers {modifiers} is unknown"),)
        )
    carries = function.name in ("UI", "XID", "FRMR")
    if not carries:
        return Layer2(function.name, *address, frame.pf, faults=_surplus(frame.information, 3))
    fields = information_fields(function.name, frame.sapi, frame.information, 3)
    faults = tuple((field.offset, field.error) for field in fields if field.error)
    return Layer2(function.name, *address, frame.pf, 0, 0, frame.information, faults=faults)


def read_basic(data: bytes) -> Layer2:
    """As `read_layer2`, of a frame on a link that counts modulo 8."""
    if len(data) < SHORTEST or data[2] % 4 == 3:
        return read_layer2(data)
    if data[2] % 2:
        short = BasicSupervisoryFrame.layout.parse(data)
        address = (short.sapi, int(short.cr), short.tei)
        kind = getattr(short.function, "name", "")
        faults = (
            _surplus(short.surplus, 3)
            if kind
            else ((2, f"supervisory function {short.function} is unknown"),)
        )
        return Layer2(kind, *address, short.pf, 0, short.nr, modulus=BASIC, faults=faults)
    frame = BasicInformationFrame.layout.parse(data)
    address = (frame.sapi, int(frame.cr), frame.tei)
    return Layer2("I", *address, frame.pf, frame.ns, frame.nr, frame.information, modulus=BASIC)


def looks_basic(data: bytes) -> bool:
    """Whether a frame can only be one of a link that counts modulo 8: a supervisory one of a single control
    octet, or an I frame with a Q.931 message where modulo 128 has its N(R).
    """
    if len(data) < SHORTEST or data[0] & 1 or not data[1] & 1:
        return False
    if data[2] % 4 == 1:
        return len(data) == SHORTEST
    if data[2] % 2 or data[0] >= FIRST_OTHER_SAPI or len(data) < SHORTEST + 5:
        return False
    return data[3] == DISCRIMINATOR and data[4] <= MAX_REFERENCE_LENGTH and data[5 + data[4]] in _TYPES


def _surplus(octets: bytes, offset: int) -> tuple[tuple[int, str], ...]:
    """The fault of an information field where Q.921 permits none (5.8.5 a)."""
    if not octets:
        return ()
    return ((offset, f"{len(octets)} octets in a frame without information field ({octets[:8].hex(' ')})"),)


def management(layer2: Layer2) -> ManagementMessage | None:
    """The TEI management message of a frame, None if it carries none or a broken one."""
    if layer2.kind != "UI" or layer2.sapi != MANAGEMENT_SAPI or len(layer2.information) < 5:
        return None
    message = ManagementMessage.layout.parse(layer2.information)
    return message if message.entity == LAYER_MANAGEMENT else None


def describe_management(message: ManagementMessage) -> str:
    """Such as "identity assigned, Ri 4040, Ai 99"."""
    kind = message.type
    name = kind.name.replace("_", " ").lower() if isinstance(kind, ManagementType) else f"message {kind}"
    return f"{name}, Ri {message.reference}, Ai {', '.join(map(str, message.teis))}"


def _layout(control: int, modulus: int) -> Layout[Any]:
    """The layout of a frame with this first control octet."""
    if control % 4 == 3:
        return UnnumberedFrame.layout
    if modulus == BASIC:
        return BasicSupervisoryFrame.layout if control % 2 else BasicInformationFrame.layout
    return SupervisoryFrame.layout if control % 2 else InformationFrame.layout


def layer2_fields(data: bytes, modulus: int = MODULUS) -> Iterator[FieldView]:
    """All fields of layer 2 with their bits and errors, for the tree. Never raises."""
    layout = _layout(data[2] if len(data) > 2 else 0, modulus)
    for field in layout.walk(data):
        if field.name not in ("information", "surplus"):
            yield field
    layer2 = read_layer2(data)
    yield from carried(layer2, len(data) - len(layer2.information))


def carried(layer2: Layer2, start: int = 0) -> tuple[FieldView, ...]:
    """The fields of what a frame carries for layer 2 itself (TEI management, XID, FRMR), which begins at
    octet `start`; empty for every other frame. Never raises."""
    return information_fields(layer2.kind, layer2.sapi, layer2.information, start)
