"""Messages of TEI management (Q.921 5.3.6): one declaration, read and written by it.

They travel as the information of UI commands on SAPI 63, TEI 127. Octets are numbered as in its figure, where
the control field is octet 4.
"""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar

from trunkwire.codec import Bits, DecodeError, Layout, Number, Record, Rest
from trunkwire.lapd.events import GROUP_TEI, MANAGEMENT_SAPI
from trunkwire.lapd.frames import UnnumberedFrame, UnnumberedFunction, build
from trunkwire.side import Side

LAYER_MANAGEMENT = 0x0F
"""The layer management entity identifier of TEI management (5.3.6.2)."""

AUTOMATIC_TEIS = range(64, 127)
"""TEIs that the network gives out; those below are fixed in the terminal (3.3.4.2)."""


class ManagementType(enum.IntEnum):
    """Message types (5.3.6.4)."""

    IDENTITY_REQUEST = 1
    IDENTITY_ASSIGNED = 2
    IDENTITY_DENIED = 3
    IDENTITY_CHECK_REQUEST = 4
    IDENTITY_CHECK_RESPONSE = 5
    IDENTITY_REMOVE = 6
    IDENTITY_VERIFY = 7


class ActionIndicator(Record, frozen=True, kw_only=True):
    """One octet of the action indicator field: a TEI, and whether it is the last one (5.3.6.5)."""

    layout: ClassVar[Layout[ActionIndicator]]

    tei: Annotated[int, Bits("1", 8, 2, ws="tei.action")]
    last: Annotated[bool, Bits("1", 1, 1, ws="tei.extend")] = True


class ManagementMessage(Record, frozen=True, kw_only=True):
    """One message. `reference` is Ri (0 where it has no meaning), `tei` Ai; 127 means any TEI, or all."""

    layout: ClassVar[Layout[ManagementMessage]]

    entity: Annotated[int, Bits("5", 8, 1, ws="tei.entity")] = LAYER_MANAGEMENT
    reference: Annotated[int, Number("6", 2, ws="tei.reference")] = 0
    type: Annotated[ManagementType, Bits("8", 8, 1, ws="tei.msg")]
    tei: Annotated[int, Bits("9", 8, 2, ws="tei.action")]
    last: Annotated[bool, Bits("9", 1, 1, ws="tei.extend")] = True
    further: Annotated[bytes, Rest("10")] = b""

    @property
    def teis(self) -> tuple[int, ...]:
        """All TEIs of the action indicator; a check response may list several (5.3.3.2)."""
        found, last = [self.tei], self.last
        for octet in self.further:
            if last:
                break
            indicator = ActionIndicator.layout.parse(bytes((octet,)))
            found.append(indicator.tei)
            last = indicator.last
        return tuple(found)


ActionIndicator.layout = Layout(ActionIndicator)
ManagementMessage.layout = Layout(ManagementMessage)


def management_frame(side: Side, kind: ManagementType, tei: int, reference: int = 0) -> bytes:
    """The UI command by which `side` sends the message."""
    message = ManagementMessage(reference=reference, type=kind, tei=tei)
    return unit_frame(side, MANAGEMENT_SAPI, ManagementMessage.layout.build(message))


def unit_frame(side: Side, sapi: int, information: bytes) -> bytes:
    """A UI command on the broadcast link of a SAPI (5.2.2); its C/R bit is the side's (3.3.2)."""
    high, low = UnnumberedFunction.UI.value
    return build(
        UnnumberedFrame(
            sapi=sapi,
            cr=side is Side.NETWORK,
            tei=GROUP_TEI,
            modifier_high=high,
            pf=False,
            modifier_low=low,
            information=information,
        )
    )


def read_management(information: bytes) -> ManagementMessage | None:
    """The message, or None if it is none of TEI management: too short, another entity, an unknown type."""
    try:
        message = ManagementMessage.layout.parse(information)
    except DecodeError:
        return None
    known = message.entity == LAYER_MANAGEMENT and message.type in set(ManagementType)
    return message if known else None
