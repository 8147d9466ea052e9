"""LAPD frames as a trace shows them (Q.921 clause 3): tolerant reading, names, and TEI management (5.3.1).

`trunkwire.lapd.frames` and `trunkwire.lapd.management` declare the layouts; here a frame that its strict
reader refuses still says what it can.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from trunkwire.codec import Layout
from trunkwire.codec.walk import FieldView
from trunkwire.lapd.events import MANAGEMENT_SAPI
from trunkwire.lapd.frames import InformationFrame, InvalidFrame, SupervisoryFrame, UnnumberedFrame, parse
from trunkwire.lapd.management import LAYER_MANAGEMENT, ManagementMessage, ManagementType

Fields = tuple[FieldView, ...]


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
        return Layer2(kind, *address, frame.pf, 0, frame.nr, b"", faults)
    function = frame.function
    if function is None:
        modifiers = f"{frame.modifier_high:03b}/{frame.modifier_low:02b}"
        return Layer2(
            "", *address, frame.pf, faults=((2, f"unnumbered frame with modifiers {modifiers} is unknown"),)
        )
    carries = function.name in ("UI", "XID", "FRMR")
    faults = () if carries else _surplus(frame.information, 3)
    return Layer2(function.name, *address, frame.pf, 0, 0, frame.information if carries else b"", faults)


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


def layer2_fields(data: bytes) -> Iterator[FieldView]:
    """All fields of layer 2 with their bits and errors, for the tree. Never raises."""
    control = data[2] if len(data) > 2 else 0
    layouts = {3: UnnumberedFrame.layout, 1: SupervisoryFrame.layout}
    layout: Layout[UnnumberedFrame] | Layout[SupervisoryFrame] | Layout[InformationFrame]
    layout = layouts.get(control % 4, InformationFrame.layout)  # type: ignore[assignment]
    for field in layout.walk(data):
        if field.name not in ("information", "surplus"):
            yield field
    layer2 = read_layer2(data)
    if management(layer2) is not None:
        yield from ManagementMessage.layout.walk(layer2.information, len(data) - len(layer2.information))
