"""The names that Cisco IOS prints for messages, elements and frames (Q.931 clause 4, Q.921 clause 3)."""

from __future__ import annotations

import re

from trunkwire.lapd.frames import (
    Frame,
    InformationFrame,
    SupervisoryFrame,
    SupervisoryFunction,
    UnnumberedFrame,
    UnnumberedFunction,
)
from trunkwire.lapd.management import ManagementMessage, ManagementType
from trunkwire.q931.messages import MessageType

_SHORT = {
    "ALERT": MessageType.ALERTING,
    "CALLPROC": MessageType.CALL_PROCEEDING,
    "CALLPROCEEDING": MessageType.CALL_PROCEEDING,
    "CONNECTACK": MessageType.CONNECT_ACKNOWLEDGE,
    "SETUPACK": MessageType.SETUP_ACKNOWLEDGE,
    "RELEASECOMP": MessageType.RELEASE_COMPLETE,
    "RESTARTACK": MessageType.RESTART_ACKNOWLEDGE,
    "STATUSENQ": MessageType.STATUS_ENQUIRY,
    "INFO": MessageType.INFORMATION,
    "USERINFO": MessageType.USER_INFORMATION,
    "CONGESTION": MessageType.CONGESTION_CONTROL,
    "HOLDACK": MessageType.HOLD_ACKNOWLEDGE,
    "HOLDREJ": MessageType.HOLD_REJECT,
    "RETRIEVEACK": MessageType.RETRIEVE_ACKNOWLEDGE,
    "RETRIEVEREJ": MessageType.RETRIEVE_REJECT,
    "SUSPENDACK": MessageType.SUSPEND_ACKNOWLEDGE,
    "SUSPENDREJ": MessageType.SUSPEND_REJECT,
    "RESUMEACK": MessageType.RESUME_ACKNOWLEDGE,
    "RESUMEREJ": MessageType.RESUME_REJECT,
}
_MESSAGES = {kind.name.replace("_", ""): int(kind) for kind in MessageType} | {
    name: int(kind) for name, kind in _SHORT.items()
}
_MAINTENANCE = {"SERVICE": 0x0F, "SERVICEACK": 0x07, "SERVICEACKNOWLEDGE": 0x07}

_ELEMENTS = {
    "bearer capability": 0x04,
    "cause": 0x08,
    "call identity": 0x10,
    "call state": 0x14,
    "channel id": 0x18,
    "channel identification": 0x18,
    "change status": 0x01,
    "facility": 0x1C,
    "progress ind": 0x1E,
    "progress indicator": 0x1E,
    "net specific fac": 0x20,
    "network specific facilities": 0x20,
    "notification ind": 0x27,
    "notification indicator": 0x27,
    "notify indicator": 0x27,
    "display": 0x28,
    "date/time": 0x29,
    "date / time": 0x29,
    "keypad facility": 0x2C,
    "keypad": 0x2C,
    "signal": 0x34,
    "information rate": 0x40,
    "connected number": 0x4C,
    "connected party number": 0x4C,
    "connected subaddr": 0x4D,
    "connected subaddress": 0x4D,
    "calling party number": 0x6C,
    "calling party subaddr": 0x6D,
    "calling party subaddress": 0x6D,
    "called party number": 0x70,
    "called party subaddr": 0x71,
    "called party subaddress": 0x71,
    "original called number": 0x73,
    "redirecting number": 0x74,
    "transit net select": 0x78,
    "transit network selection": 0x78,
    "restart ind": 0x79,
    "restart indicator": 0x79,
    "low layer compat": 0x7C,
    "low layer compatibility": 0x7C,
    "high layer compat": 0x7D,
    "high layer compatibility": 0x7D,
    "user-user": 0x7E,
    "user-user ie": 0x7E,
    "user user": 0x7E,
}
_CODESET = re.compile(r"(?:Codeset|codeset) (\d)\s+(?:IE|ie)\s*(?:0x)?([0-9A-Fa-f]{1,2})$")
_VALUE = re.compile(
    r"\s*,?\s*(?:0x((?:[0-9A-Fa-f]{2})+)(?![0-9A-Fa-f])|'(.*?)'(?=\s*(?:,|-|$))|\"([^\"]*)\")"
)

_CAPABILITIES = {
    "speech": 0x00,
    "unrestricted digital": 0x08,
    "restricted digital": 0x09,
    "3.1khz audio": 0x10,
    "3.1 khz audio": 0x10,
    "unrestricted digital with tones": 0x11,
    "7khz audio": 0x11,
    "video": 0x18,
}
_RATES = {
    "packet - not used": 0x00,
    "64 kbit/s": 0x10,
    "2x64 kbit/s": 0x11,
    "384 kbit/s": 0x13,
    "1536 kbit/s": 0x15,
    "1920 kbit/s": 0x17,
}

_UNNUMBERED = {function.name: function for function in UnnumberedFunction}
_COMMANDS = frozenset({"SABME", "DISC", "UI", "INFO"})
_MANAGEMENT = {
    "IDREQ": ManagementType.IDENTITY_REQUEST,
    "IDASSN": ManagementType.IDENTITY_ASSIGNED,
    "IDASN": ManagementType.IDENTITY_ASSIGNED,
    "IDDENY": ManagementType.IDENTITY_DENIED,
    "IDDEN": ManagementType.IDENTITY_DENIED,
    "IDCKRQ": ManagementType.IDENTITY_CHECK_REQUEST,
    "IDCKRP": ManagementType.IDENTITY_CHECK_RESPONSE,
    "IDREM": ManagementType.IDENTITY_REMOVE,
    "IDVER": ManagementType.IDENTITY_VERIFY,
    "IDVERF": ManagementType.IDENTITY_VERIFY,
}
_FRAME = re.compile(r"(INFO|RR|RNR|REJ|SABME|DM|DISC|UA|UI|FRMR|XID)([cprf]?)\Z")


def message_type(name: str, discriminator: int) -> int | None:
    """The type of the message that IOS calls `name`, None if there is none."""
    plain = re.sub(r"[^A-Z]", "", name.upper())
    if discriminator != 8 and plain in _MAINTENANCE:
        return _MAINTENANCE[plain]
    return _MESSAGES.get(plain)


def element_of(name: str) -> int | None:
    """The identifier of the element that IOS calls `name`."""
    if match := _CODESET.match(name.strip()):
        return int(match[2], 16)
    return _ELEMENTS.get(" ".join(name.lower().split()))


def value_of(text: str) -> bytes | None:
    """The octets of a value: figures, text between quotes, or both; None if it begins with neither."""
    octets, at = b"", 0
    while match := _VALUE.match(text, at):
        octets += (
            bytes.fromhex(match[1]) if match[1] else (match[2] or match[3] or "").encode("latin-1", "replace")
        )
        at = match.end()
    return octets if at else None


def bearer_of(told: dict[str, str]) -> bytes | None:
    """Bearer capability out of the lines that explain one, without what they do not tell (layer 1)."""
    capability = _CAPABILITIES.get(told.get("transfer capability", "").lower())
    rate = _RATES.get(told.get("transfer rate", "64 kbit/s").lower())
    mode = {"circuit": 0x00, "packet": 0x40}.get(told.get("transfer mode", "circuit").lower())
    if capability is None or rate is None or mode is None:
        return None
    return bytes((0x04, 2, 0x80 | capability, 0x80 | mode | rate))


def frame_of(name: str, fields: dict[str, int], data: bytes, from_network: bool) -> Frame | None:
    """The frame that IOS calls `name` (with a suffix: p poll, f final, c command, r response)."""
    sapi, tei = fields.get("sapi", 0) & 0x3F, fields.get("tei", 0) & 0x7F
    if name in _MANAGEMENT:
        message = ManagementMessage(
            type=_MANAGEMENT[name], reference=fields.get("ri", 0) & 0xFFFF, tei=fields.get("ai", 0) & 0x7F
        )
        octets = ManagementMessage.layout.build(message)
        return UnnumberedFrame(
            sapi=63, cr=from_network, tei=127, modifier_high=0, modifier_low=0, pf=False, information=octets
        )
    match = _FRAME.match(name)
    if match is None:
        return None
    kind, suffix = match[1], match[2]
    command = suffix in "cp" if suffix else kind in _COMMANDS
    # A command of the network and a response of the user have C/R = 1 (Q.921 3.3.2).
    cr, pf = command == from_network, suffix in ("p", "f")
    nr, ns = fields.get("nr", 0) & 0x7F, fields.get("ns", 0) & 0x7F
    if kind == "INFO":
        return InformationFrame(sapi=sapi, cr=cr, tei=tei, ns=ns, nr=nr, pf=pf, information=data)
    if kind in SupervisoryFunction.__members__:
        return SupervisoryFrame(sapi=sapi, cr=cr, tei=tei, function=SupervisoryFunction[kind], nr=nr, pf=pf)
    high, low = _UNNUMBERED[kind].value
    return UnnumberedFrame(
        sapi=sapi, cr=cr, tei=tei, modifier_high=high, modifier_low=low, pf=pf, information=data
    )
