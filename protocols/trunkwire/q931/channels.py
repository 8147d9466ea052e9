"""The B-channels of one interface: which are idle, whose the others are, and which one is taken next.

Channel numbers are those of the channel identification information element (Q.931 4.5.13): on a European E1
the timeslot numbers 1 to 15 and 17 to 31.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

from trunkwire.q931.ies import ChannelStatus


class Selection(enum.Enum):
    """Which idle channel is taken when the choice is free. The two ends of a trunk choose from opposite
    ends.
    """

    ASCENDING = "ascending"
    DESCENDING = "descending"
    ROUND_ROBIN = "round-robin"


class ChannelState(enum.Enum):
    """What a channel is doing."""

    IDLE = "idle"
    IN_USE = "in use"
    RESTARTING = "restarting"  # between RESTART and RESTART ACKNOWLEDGE (5.5)
    MAINTENANCE = (
        "maintenance"  # given up after T308 or T316 expired twice; until it is restored or restarted
    )
    LEASED = "leased"  # connected for data, at both ends: call control has no such channel meanwhile
    # not in service by SERVICE messages; of the two ends, ours counts first
    OUT_OF_SERVICE_NEAR = "out of service here"
    OUT_OF_SERVICE_FAR = "out of service at the far end"
    MAINTENANCE_FAR = "in maintenance at the far end"  # takes calls from there only


_IDLE, _IN_USE = ChannelState.IDLE, ChannelState.IN_USE
_MAINTENANCE_FAR = ChannelState.MAINTENANCE_FAR


class ChannelTable:
    """The state and the owner of every channel of the interface."""

    def __init__(self, numbers: Sequence[int], selection: Selection = Selection.ASCENDING) -> None:
        if len(set(numbers)) != len(numbers):
            raise ValueError(f"channels {list(numbers)}: each channel number may stand once")
        ordered = tuple(sorted(numbers))
        self.selection = selection
        self._order = ordered[::-1] if selection is Selection.DESCENDING else ordered
        self._state = dict.fromkeys(ordered, ChannelState.IDLE)
        self._leased: set[int] = set()
        self._owner: dict[int, object] = {}
        self._last: int | None = None
        self._near: dict[int, ChannelStatus] = {}  # those that are not in service
        self._far: dict[int, ChannelStatus] = {}

    @property
    def numbers(self) -> tuple[int, ...]:
        """The channels of the interface, ascending; those that are leased now are not of it."""
        if not self._leased:
            return tuple(self._state)
        return tuple(number for number in self._state if number in self)

    def __contains__(self, number: int | None) -> bool:
        return number in self._state and self._state[number] is not ChannelState.LEASED

    def __iter__(self) -> Iterator[int]:
        return iter(self.numbers)

    def state(self, number: int) -> ChannelState:
        """The state of a channel. Raises KeyError for one that the interface does not have."""
        return self._state[number]

    def owner(self, number: int) -> object | None:
        """The call that holds the channel, if any does."""
        return self._owner.get(number)

    def idle(self, number: int) -> bool:
        """Whether the interface has the channel and it is free to be taken."""
        return self._state.get(number) is _IDLE

    def takes_calls(self, number: int) -> bool:
        """Whether a call that the peer places may have the channel."""
        state = self._state.get(number)
        return state is _IDLE or state is _MAINTENANCE_FAR

    def pick(self) -> int | None:
        """The channel that the selection rule would take now; None when no channel is idle."""
        state = self._state
        if self.selection is Selection.ROUND_ROBIN and self._last is not None:
            start = self._order.index(self._last) + 1
            order: Sequence[int] = self._order[start:] + self._order[:start]
        else:
            order = self._order
        for number in order:
            if state[number] is _IDLE:
                return number
        return None

    def seize(self, number: int, owner: object) -> None:
        """Give an idle channel to a call. Raises ValueError if it is not idle."""
        if not self.takes_calls(number):
            raise ValueError(f"channel {number} is not idle: {self._state.get(number)}")
        self._state[number] = _IN_USE
        self._owner[number] = owner
        self._last = number

    def free(self, number: int, owner: object) -> None:
        """Take the channel back from its owner; a channel that the owner does not hold stays as it is."""
        if self._owner.get(number) is owner:
            del self._owner[number]
            self._state[number] = self._at_rest(number)

    def hand_over(self, number: int, old: object, new: object) -> None:
        """The channel has another owner, if it is the old one's."""
        if self._owner.get(number) is old:
            self._owner[number] = new

    def to_maintenance(self, number: int) -> None:
        """Take the channel out of use, whoever holds it."""
        self._owner.pop(number, None)
        self._state[number] = ChannelState.MAINTENANCE

    def to_restarting(self, number: int) -> None:
        """Hold the channel until its restart is over, whoever holds it."""
        self._owner.pop(number, None)
        self._state[number] = ChannelState.RESTARTING

    def restore(self, number: int) -> None:
        """Put a channel that is restarting or in maintenance back to idle."""
        if self._state[number] in (ChannelState.RESTARTING, ChannelState.MAINTENANCE):
            self._state[number] = self._at_rest(number)

    # leased channels

    def lease(self, number: int) -> None:
        """Connect the channel for data: no call gets it, no restart touches it, until `end_lease`.

        A call that has it keeps it until it is over; only then is the state LEASED.
        """
        self._leased.add(number)
        self._settle(number)

    def end_lease(self, number: int) -> None:
        """The channel is for calls again."""
        self._leased.discard(number)
        self._settle(number)

    # service

    def near(self, number: int) -> ChannelStatus:
        """The status that this side gives the channel."""
        return self._near.get(number, ChannelStatus.IN_SERVICE)

    def far(self, number: int) -> ChannelStatus:
        """The status that the peer gives the channel."""
        return self._far.get(number, ChannelStatus.IN_SERVICE)

    def set_near(self, number: int, status: ChannelStatus) -> None:
        """This side gives the channel that status; a call on it goes on."""
        self._serve(self._near, number, status)

    def set_far(self, number: int, status: ChannelStatus) -> None:
        """The peer gives the channel that status; a call on it goes on."""
        self._serve(self._far, number, status)

    def _serve(self, which: dict[int, ChannelStatus], number: int, status: ChannelStatus) -> None:
        if status is ChannelStatus.IN_SERVICE:
            which.pop(number, None)
        else:
            which[number] = status
        self._settle(number)

    def _settle(self, number: int) -> None:
        """A channel that neither a call nor a restart holds takes the state that it has at rest."""
        if self._state[number] in _RESTING:
            self._state[number] = self._at_rest(number)

    def _at_rest(self, number: int) -> ChannelState:
        if number in self._leased:
            return ChannelState.LEASED
        if number in self._near:
            return ChannelState.OUT_OF_SERVICE_NEAR
        return _FAR[self._far[number]] if number in self._far else _IDLE

    def busy(self) -> list[tuple[int, ChannelState]]:
        """The channels that are neither idle nor leased, with their states, in ascending order."""
        return [(number, state) for number, state in self._state.items() if state not in _UNHELD]


_FAR = {
    ChannelStatus.MAINTENANCE: ChannelState.MAINTENANCE_FAR,
    ChannelStatus.OUT_OF_SERVICE: ChannelState.OUT_OF_SERVICE_FAR,
}
_UNHELD = frozenset({ChannelState.IDLE, ChannelState.LEASED})
_RESTING = frozenset({*_UNHELD, ChannelState.OUT_OF_SERVICE_NEAR, *_FAR.values()})
