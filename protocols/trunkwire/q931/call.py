"""One call: what is asked for in SETUP, and what is known of the call while it lives (Q.931 clause 5)."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

from trunkwire.q931.causes import Cause
from trunkwire.q931.elements import channel_element
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    Layer1,
    ProgressIndicatorIE,
    SendingCompleteIE,
)
from trunkwire.q931.message import Element
from trunkwire.q931.procedure import Cells, Timer
from trunkwire.q931.states import CallState
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkwire.q931.broadcast import Offer
    from trunkwire.q931.dialect import Dialect
    from trunkwire.q931.hold import HoldMachine

PEER_ALLOCATED = 0x8000
"""Set in the key of a call whose reference the peer allocated: the call reference flag of what we send
(4.3).
"""


BROADCAST_TEI = 127
"""The group TEI: every terminal of the interface (Q.921 3.3.4.2)."""

NO_CELLS: Cells = {}


class ChannelChoice(enum.Enum):
    """How binding the channel in SETUP is (5.1.2, 5.2.3.1, 5.2.3.2)."""

    EXCLUSIVE = "exclusive"
    PREFERRED = "preferred"
    ANY = "any"


SPEECH_A_LAW = BearerCapabilityIE(layer1=Layer1.G711_A_LAW)
"""Speech at 64 kbit/s, G.711 A-law: the octets 80 90 A3."""


class SetupRequest(msgspec.Struct, frozen=True):
    """What goes into SETUP. `ies` are further elements; the machine puts all of them into the order of 4.5.1.

    `channel` None leaves the number to the selection rule, or with `choice` ANY, to the peer.
    `sending_complete` says that no digits will follow (en bloc, 5.1.1). A number may be given as its digits
    or as a whole element.
    """

    called: str | CalledNumberIE = ""
    calling: str | CallingNumberIE = ""
    bearer: BearerCapabilityIE = SPEECH_A_LAW
    channel: int | None = None
    choice: ChannelChoice = ChannelChoice.EXCLUSIVE
    sending_complete: bool = False
    ies: tuple[Element, ...] = ()


class Call:
    """A call reference in use. Read it; only call control writes it, but for `user_data`, which it never
    touches.
    """

    __slots__ = (
        "answer_due",
        "armed",
        "broadcast",
        "called",
        "calling",
        "cause",
        "cause_location",
        "cells",
        "channel",
        "choice",
        "cleared_by",
        "congested",
        "enquiries",
        "fault",
        "hold",
        "identity",
        "key",
        "offer",
        "outgoing",
        "progress",
        "reference",
        "reference_length",
        "releases",
        "resumes",
        "setup_data",
        "setups",
        "state",
        "tei",
        "user_data",
    )

    def __init__(
        self,
        reference: int,
        outgoing: bool,
        state: CallState,
        reference_length: int = 2,
        *,
        cells: Cells = NO_CELLS,
        tei: int = 0,
    ) -> None:
        self.reference = reference
        self.reference_length = reference_length
        self.outgoing = outgoing
        """Whether this side sent SETUP."""
        self.state = state
        self.cells = cells
        self.key = reference if outgoing else reference | PEER_ALLOCATED
        """The call reference as this side sends it, value and flag; at the network side of a
        point-to-multipoint interface, with the terminal's TEI above them for a call that a terminal placed.
        """
        self.tei = tei
        """The TEI of the data link that the call's messages use; 127 while the call is offered to all."""
        self.broadcast = False
        """Whether the SETUP of the call was broadcast, by us or by the peer."""
        self.offer: Offer | None = None
        """Network side: how the terminals answer the broadcast SETUP."""
        self.hold: HoldMachine | None = None
        """The call's auxiliary state, once hold was asked for (Q.932 6)."""
        self.identity: bytes | None = None
        """Under which name the call is, or is to be, suspended (5.6)."""
        self.resumes: Call | None = None
        """Network side: the suspended call that this one is to stand for, until RESUME is answered."""
        self.congested = False
        """Whether the peer has said that it takes no USER INFORMATION for now."""
        self.channel: int | None = None
        self.choice = ChannelChoice.EXCLUSIVE
        self.called = ""
        """The digits called, as far as known; overlap digits are appended."""
        self.calling = ""
        self.cause: Cause | int | None = None
        """Why the call is or was cleared: the first cause sent or received."""
        self.cause_location: int | None = None
        self.cleared_by: str | None = None
        """"local" or "remote": who began the clearing."""
        self.progress: ProgressIndicatorIE | None = None
        """The last progress indicator received."""
        self.armed: dict[Timer, Tick] = {}
        """The running timers and when they expire."""
        self.user_data: object = None
        self.answer_due = not outgoing  # our first response has to name the channel (5.1.2, 5.2.3)
        self.setup_data = b""
        self.setups = 0
        self.releases = 0
        self.enquiries = 0
        self.fault: tuple[Cause, bytes] | None = None  # what 5.8 found wrong with the message in hand

    @property
    def timers(self) -> tuple[str, ...]:
        """The names of the running timers."""
        return tuple(timer.name for timer in self.armed)

    def __repr__(self) -> str:
        origin = "ours" if self.outgoing else "the peer's"
        return f"<call {self.reference} ({origin}) in {self.state}, channel {self.channel}>"


def digits_of(number: str | CalledNumberIE | CallingNumberIE) -> str:
    """The digits of a number, however it was given."""
    return number if isinstance(number, str) else number.digits


def called_elements(number: str | CalledNumberIE, dialect: Dialect) -> tuple[Element, ...]:
    """The called party number element, if there is a number."""
    if isinstance(number, str):
        return (dialect.called(number),) if number else ()
    return (number,)


def setup_elements(
    request: SetupRequest, channel: int | None, dialect: Dialect, basic: bool = False
) -> tuple[Element, ...]:
    """The elements of SETUP for the channel chosen; None leaves the channel to the peer. `basic`: on a basic
    interface.
    """
    exclusive = request.choice is ChannelChoice.EXCLUSIVE
    calling = request.calling
    elements: list[Element] = [
        request.bearer,
        channel_element(channel, exclusive, basic),
        *called_elements(request.called, dialect),
    ]
    if not isinstance(calling, str):
        elements.append(calling)
    elif calling:
        elements.append(dialect.calling(calling))
    if request.sending_complete:
        elements.append(SendingCompleteIE())
    return (*elements, *request.ies)
