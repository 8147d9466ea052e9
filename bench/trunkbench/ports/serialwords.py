"""What is said over the serial card's link, in the bench's words and back."""

from __future__ import annotations

import enum

from trunkbench.device import Caps, Mode, TimeBase
from trunkwire import seriallink
from trunkwire.seriallink import messages as msg

FAULTS = {kind: kind.name.lower().replace("_", "-") for kind in msg.FaultKind if kind}
"""Kind on the link -> name in `trunkbench.ports.faults`."""

FAULT_KINDS = {name: kind for kind, name in FAULTS.items()}

MODES = {Mode.FRAMES: msg.SlotMode.FRAMES, Mode.OCTETS: msg.SlotMode.OCTETS}


def caps(card: msg.Capabilities) -> Caps:
    """What a card has declared, as a port says it; codes of a later version are left out."""
    modes = ((Mode.FRAMES, card.frames), (Mode.OCTETS, card.octets))
    return Caps(
        modes=frozenset(mode for mode, has in modes if has),
        slots=tuple(sorted(set(card.slots) & set(range(1, 32)))),
        alarms=frozenset(kind.name for kind in msg.AlarmKind if kind and kind in card.alarms),
        faults=frozenset(name for kind, name in FAULTS.items() if kind in card.faults),
        time=TimeBase.CARD,
    )


def name_of(code: int, what: str) -> str:
    """The name of an enumerated code ("bad-fcs"), or the code itself where a later version has added one."""
    return code.name.lower().replace("_", "-") if isinstance(code, enum.Enum) else f"{what} {code}"


def incompatible(found: seriallink.Incompatible) -> str:
    """Why the peer cannot be talked to, and what to do."""
    if found.same_role:
        return (
            "what answers is a host too, or our own echo; connect a trunk card, and check that no loop "
            "is closed"
        )
    theirs, ours = (".".join(map(str, version)) for version in (found.theirs, found.ours))
    return (
        f"the card speaks version {theirs} of the link protocol, this bench {ours}; "
        "load firmware of the same major version"
    )


def request_name(refusal: msg.Refusal) -> str:
    """Which request a card has refused."""
    kind = msg.NUMBERED.get(refusal.refused)
    name = kind.__name__ if kind is not None else f"request {refusal.refused}"
    return f"{name} of timeslot {refusal.slot}" if refusal.slot else name
