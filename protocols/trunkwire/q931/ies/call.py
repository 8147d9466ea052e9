"""Elements about the state and the course of a call (Q.931 4.5): cause, channel, progress, state, restart and
text."""

from __future__ import annotations

from typing import Annotated, ClassVar

from trunkwire.codec.layout import Layout, Record
from trunkwire.codec.primitives import Bits, Each, Fixed, Marked, Rest, Slots, Text, When
from trunkwire.codec.slots import SlotMap
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies.element import IE, ie
from trunkwire.q931.ies.values import (
    CallStateValue,
    ChannelType,
    Coding,
    DisplayInformation,
    DisplayKind,
    Location,
    NotificationDescription,
    ProgressDescription,
    RestartClass,
    Selection,
    UserProtocol,
)


@ie(0x08, clause="4.5.12", title="cause")
class CauseIE(IE, frozen=True, kw_only=True):
    """Why a call is cleared or a message refused (contents in Q.850 2.2)."""

    coding: Annotated[Coding, Bits("3", 7, 6, ws="q931.coding_standard")] = Coding.ITU
    location: Annotated[Location | int, Bits("3", 4, 1, ws="q931.cause_location")] = Location.USER
    recommendation: Annotated[int | None, Bits("3a", 7, 1, ws="q931.cause.recommendation")] = None
    value: Annotated[Cause | int, Bits("4", 7, 1, ws="q931.cause_value")]
    diagnostics: Annotated[bytes, Rest("5")] = b""


@ie(
    0x18,
    clause="4.5.13",
    title="channel identification",
    octets={
        "3.1": When(interface_given=1),
        "3.2": When(primary=1, selection=1),
        "3.3": When(primary=1, selection=1, is_map=0),
        "3.3/map": When(primary=1, selection=1, is_map=1),
    },
)
class ChannelIdentificationIE(IE, frozen=True, kw_only=True):
    """Which channels of which interface. The defaults name B-channels of a primary rate interface by
    number."""

    interface_given: Annotated[bool, Bits("3", 7, 7, ws="q931.channel.interface_id_present")] = False
    primary: Annotated[bool, Bits("3", 6, 6, ws="q931.channel.interface_type")] = True
    exclusive: Annotated[bool, Bits("3", 4, 4, ws="q931.channel.exclusive")] = False
    d_channel: Annotated[bool, Bits("3", 3, 3, ws="q931.channel.dchan")] = False
    selection: Annotated[Selection, Bits("3", 2, 1, ws="q931.channel.selection")] = Selection.AS_INDICATED
    interface: Annotated[tuple[int, ...] | None, Each("3.1", ws="q931.channel.interface_id")] = None
    coding: Annotated[Coding | None, Bits("3.2", 7, 6, ws="q931.coding_standard")] = None
    is_map: Annotated[bool | None, Bits("3.2", 5, 5, ws="q931.channel.map")] = None
    channel_type: Annotated[ChannelType | int | None, Bits("3.2", 4, 1, ws="q931.channel.element_type")] = (
        None
    )
    numbers: Annotated[tuple[int, ...] | None, Each("3.3", ws="q931.channel.number")] = None
    slot_map: Annotated[SlotMap | None, Slots("3.3/map", ws="q931.channel.slot_map")] = None

    @classmethod
    def of(cls, *channels: int, exclusive: bool = True) -> ChannelIdentificationIE:
        """B-channels of a primary rate interface by their numbers, the interface being implicit."""
        return cls(
            exclusive=exclusive,
            coding=Coding.ITU,
            is_map=False,
            channel_type=ChannelType.B,
            numbers=tuple(channels),
        )

    @classmethod
    def of_map(cls, *channels: int, exclusive: bool = True, octets: int = 4) -> ChannelIdentificationIE:
        """B-channels of a primary rate interface as a slot map of `octets` octets (4 at 2048 kbit/s, 3 at
        1544)."""
        slot_map = SlotMap(tuple(sorted(channels)), octets)
        return cls(
            exclusive=exclusive, coding=Coding.ITU, is_map=True, channel_type=ChannelType.B, slot_map=slot_map
        )

    @classmethod
    def any_channel(cls, *, primary: bool = True) -> ChannelIdentificationIE:
        """Any channel of a primary rate interface (or else of a basic one) will do."""
        return cls(primary=primary, selection=Selection.ANY)

    @classmethod
    def of_basic(cls, channel: int, *, exclusive: bool = True) -> ChannelIdentificationIE:
        """B1 or B2 of a basic interface. Raises ValueError for another channel."""
        if channel not in (1, 2):
            raise ValueError(f"channel {channel}: a basic interface has B1 and B2")
        return cls(primary=False, exclusive=exclusive, selection=Selection(channel))

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels indicated, whether by number, by slot map, or as B1 or B2 of a basic interface."""
        if self.numbers is not None:
            return self.numbers
        if self.slot_map is not None:
            return self.slot_map.slots
        basic = not self.primary and self.selection in (Selection.AS_INDICATED, Selection.B2)
        return (int(self.selection),) if basic else ()


@ie(0x1E, clause="4.5.23", title="progress indicator")
class ProgressIndicatorIE(IE, frozen=True, kw_only=True):
    """Something about the course of the call, such as in-band information being available."""

    coding: Annotated[Coding, Bits("3", 7, 6, ws="q931.coding_standard")] = Coding.ITU
    location: Annotated[Location | int, Bits("3", 4, 1, ws="q931.progress_indicator.location")] = (
        Location.USER
    )
    description: Annotated[
        ProgressDescription | int, Bits("4", 7, 1, ws="q931.progress_indicator.description")
    ]


@ie(0x14, clause="4.5.7", title="call state")
class CallStateIE(IE, frozen=True, kw_only=True):
    """The state that the sender's side of the call is in."""

    coding: Annotated[Coding, Bits("3", 8, 7, ws="q931.coding_standard")] = Coding.ITU
    state: Annotated[CallStateValue | int, Bits("3", 6, 1, ws="q931.call_state")]


@ie(0x79, clause="4.5.25", title="restart indicator")
class RestartIndicatorIE(IE, frozen=True, kw_only=True):
    """What a RESTART takes back to the null state."""

    restart_class: Annotated[RestartClass | int, Bits("3", 3, 1, ws="q931.restart_indicator")]


@ie(0x27, clause="4.5.22", title="notification indicator")
class NotificationIndicatorIE(IE, frozen=True, kw_only=True):
    """An event during the call; services that extend the octet by a data structure leave it in `data`."""

    description: Annotated[NotificationDescription | int, Bits("3", 7, 1, ws="q931.notification_description")]
    data: Annotated[bytes, Rest("4")] = b""


@ie(0x28, clause="4.5.16", title="display", octets={"3": Marked(8, 8, 1)})
class DisplayIE(IE, frozen=True, kw_only=True):
    """Text for the user. Some national variants put an octet with bit 8 set, the character set, before it."""

    charset: Annotated[int | None, Bits("3", 7, 1)] = None
    text: Annotated[str, Text("4", ws="q931.display_information")]


class DisplayPrefix(Record, frozen=True, kw_only=True):
    """What the octet before the text says where it is AT&T's (TR 41459): what is displayed, and whether it
    is asked for or given."""

    layout: ClassVar[Layout[DisplayPrefix]]

    information: Annotated[DisplayInformation | int, Bits("3", 7, 5)]
    kind: Annotated[DisplayKind | int, Bits("3", 4, 1)]


DisplayPrefix.layout = Layout(DisplayPrefix)


@ie(0x2C, clause="4.5.18", title="keypad facility")
class KeypadIE(IE, frozen=True, kw_only=True):
    """Characters typed on a keypad."""

    keys: Annotated[str, Text("3", ws="q931.keypad_facility")]


@ie(0x7E, clause="4.5.30", title="user-user")
class UserUserIE(IE, frozen=True, kw_only=True):
    """Octets that the network carries between the users unread."""

    protocol: Annotated[UserProtocol | int, Bits("3", 8, 1, ws="q931.user.protocol_discriminator")]
    data: Annotated[bytes, Rest("4")] = b""


@ie(0xA1, clause="4.5.27", title="sending complete")
class SendingCompleteIE(IE, frozen=True, kw_only=True):
    """The called number is complete. A single octet without contents."""


@ie(0x90, clause="4.5.3", title="shift", octets={"1": Fixed(8, 5, 0b1001)})
class ShiftIE(IE, frozen=True, kw_only=True):
    """Another codeset for the elements behind it (locking), or for the next one only (non-locking; 4.5.4)."""

    non_locking: Annotated[bool, Bits("1", 4, 4)] = False
    codeset: Annotated[int, Bits("1", 3, 1, ws="q931.locking_codeset")]
