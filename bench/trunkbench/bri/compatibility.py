"""Whether a call is for a terminal: its number, its subaddress, its bearer (Q.931 Annex B).

What SETUP says is compared where both sides say something: a terminal without numbers takes calls to any, and
a SETUP without a number reaches every terminal. On a bus a terminal that a call is not for stays silent, so
that others may have it (5.2.5.1 a, B.3.1).
"""

from __future__ import annotations

from collections.abc import Sequence

from trunkbench.bri.config import Bearer
from trunkwire.g711 import Law
from trunkwire.q931.ies import BearerCapabilityIE, CalledSubaddressIE, Layer1, TransferCapability
from trunkwire.q931.message import Message

BEARERS: dict[Bearer, TransferCapability] = {
    "speech": TransferCapability.SPEECH,
    "3.1kHz": TransferCapability.AUDIO_3K1,
    "64k": TransferCapability.UNRESTRICTED_DIGITAL,
}

LAYER_1 = {Law.ALAW: Layer1.G711_A_LAW, Law.ULAW: Layer1.G711_MU_LAW}

IA5 = 0x50
"""The first octet of a subaddress in IA5 characters (authority and format identifier 50, Q.931 4.5.9)."""


def bearer_element(bearer: Bearer, law: Law) -> BearerCapabilityIE:
    """The bearer capability of a call; unrestricted 64 kbit/s names no companding law (4.5.5)."""
    layer1 = None if bearer == "64k" else LAYER_1[law]
    return BearerCapabilityIE(capability=BEARERS[bearer], layer1=layer1)


def subaddress_element(text: str) -> CalledSubaddressIE:
    """The called party subaddress for characters of IA5. Raises ValueError for others, or more than 19."""
    if not text.isascii() or not 1 <= len(text) <= 19:
        raise ValueError(f"subaddress {text!r}: write 1 to 19 ASCII characters")
    return CalledSubaddressIE(address=bytes((IA5,)) + text.encode("ascii"))


def subaddress_text(element: CalledSubaddressIE) -> str:
    """The characters of a called party subaddress; what is not IA5 as hexadecimal digits."""
    octets = element.address
    if octets[:1] == bytes((IA5,)) and octets[1:].isascii():
        return octets[1:].decode("ascii")
    return octets.hex()


def same_number(called: str, msn: str) -> bool:
    """Whether the digits called are a terminal's: equal, or one with a prefix in front of the other."""
    return called.endswith(msn) or msn.endswith(called)


def mismatch(
    message: Message, called: str, msn: Sequence[str], subaddress: str | None, bearer: Sequence[Bearer]
) -> str | None:
    """Why the SETUP is not for a terminal with these; None if it is."""
    if called and msn and not any(same_number(called, number) for number in msn):
        return f"number {called} is none of its own"
    wanted = message.get(CalledSubaddressIE)
    if wanted is not None and subaddress is not None and subaddress_text(wanted) != subaddress:
        return f"subaddress {subaddress_text(wanted)} is not its own"
    capability = message.get(BearerCapabilityIE)
    if capability is not None and capability.capability not in {BEARERS[each] for each in bearer}:
        return f"bearer {_named(capability.capability)} is none that it serves"
    return None


def _named(capability: TransferCapability | int) -> str:
    names: dict[int, str] = {int(value): name for name, value in BEARERS.items()}
    return str(names.get(capability, capability))
