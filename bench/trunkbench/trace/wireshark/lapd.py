"""How tshark 4.0 reads a frame of LAPD, modulo 128: address, control (Q.921 3.2 to 3.6), and what follows.

tshark tells commands from responses only where the capture says which side sent; else all are commands.
"""

from __future__ import annotations

from trunkbench.trace.wireshark.names import FORMS
from trunkbench.trace.wireshark.steps import Fields
from trunkwire.side import Side

UI = 0x03
CALL_CONTROL = 0
"""The SAPI whose information tshark takes for Q.931, whatever its discriminator."""

_SENT = {Side.USER: "0", Side.NETWORK: "1"}
_ADDRESS = ("lapd.address", "lapd.sapi", "lapd.cr", "lapd.ea1", "lapd.tei", "lapd.ea2")


def lapd_fields(frame: bytes, sender: Side | None = None) -> Fields:
    """The fields of layer 2; a frame that is too short has those that tshark found before the end."""
    fields: Fields = []
    if len(frame) < 2:
        return fields
    if sender is not None:
        fields.append(("lapd.direction", _SENT[sender]))
    address = frame[0] << 8 | frame[1]
    fields += [(name, FORMS[name].of(address)) for name in _ADDRESS]
    if len(frame) > 2:
        response = sender is not None and bool(frame[0] & 2) is (sender is Side.USER)
        fields += _control(frame[2:4], response)
    return fields


def _control(octets: bytes, response: bool) -> Fields:
    first = octets[0]
    unnumbered = first & 3 == 3
    if len(octets) < 2 and not unnumbered:
        return []
    control = first if unnumbered else octets[1] << 8 | first
    poll = [("lapd.control.f" if response else "lapd.control.p", "1")]
    if unnumbered:
        modifier = "lapd.control.u_modifier_resp" if response else "lapd.control.u_modifier_cmd"
        return [
            ("lapd.control", f"0x{control:04x}"),
            *(poll if first & 0x10 else []),
            (modifier, FORMS[modifier].of(first)),
            ("lapd.control.ftype", "0x03"),
        ]
    fields = [("lapd.control", f"0x{control:04x}"), ("lapd.control.n_r", str(control >> 9))]
    if control & 1:
        fields.append(("lapd.control.s_ftype", FORMS["lapd.control.s_ftype"].of(control)))
    else:
        fields.append(("lapd.control.n_s", str(first >> 1)))
        poll = [("lapd.control.p", "1")]  # an I frame is always a command
    fields += poll if control & 0x100 else []
    return [*fields, ("lapd.control.ftype", f"0x{control & 1:04x}")]


def information(frame: bytes) -> bytes | None:
    """The octets that tshark hands on from an I frame or a UI frame without P bit; None for other frames."""
    if len(frame) < 3:
        return None
    if frame[2] == UI:
        return frame[3:]
    return frame[4:] if not frame[2] & 1 and len(frame) >= 4 else None


def sapi(frame: bytes) -> int:
    """The service access point identifier."""
    return frame[0] >> 2
