"""Call states and restart states (Q.931 2.1, 2.2, 2.4; numbers of 4.5.7 and table 4-8).

U states belong to the user side of the interface, N states to the network side. Their numbers agree where
the call state information element says so; inside the machine a network state is its number plus 100, so
that one table key says which side it is about.
"""

from __future__ import annotations

import enum

from trunkwire.side import Side

_NETWORK = 100


class CallState(enum.IntEnum):
    """The state of one call at one side of the interface."""

    U0 = 0
    U1 = 1
    U2 = 2
    U3 = 3
    U4 = 4
    U6 = 6
    U7 = 7
    U8 = 8
    U9 = 9
    U10 = 10
    U11 = 11
    U12 = 12
    U15 = 15
    U17 = 17
    U19 = 19
    U25 = 25
    N0 = _NETWORK
    N1 = _NETWORK + 1
    N2 = _NETWORK + 2
    N3 = _NETWORK + 3
    N4 = _NETWORK + 4
    N6 = _NETWORK + 6
    N7 = _NETWORK + 7
    N8 = _NETWORK + 8
    N9 = _NETWORK + 9
    N10 = _NETWORK + 10
    N11 = _NETWORK + 11
    N12 = _NETWORK + 12
    N15 = _NETWORK + 15
    N17 = _NETWORK + 17
    N19 = _NETWORK + 19
    N22 = _NETWORK + 22
    N25 = _NETWORK + 25

    @property
    def number(self) -> int:
        """The call state value of octet 3 of the call state information element (4.5.7)."""
        return int(self) % _NETWORK

    @property
    def side(self) -> Side:
        """The side of the interface whose state this is."""
        return Side.NETWORK if self >= _NETWORK else Side.USER

    @property
    def title(self) -> str:
        """The name that the Recommendation gives the state (2.1.1, 2.1.2)."""
        return _TITLES[self.number]

    def __str__(self) -> str:
        return f"{self.name} ({self.title})"


_TITLES = {
    0: "null",
    1: "call initiated",
    2: "overlap sending",
    3: "outgoing call proceeding",
    4: "call delivered",
    6: "call present",
    7: "call received",
    8: "connect request",
    9: "incoming call proceeding",
    10: "active",
    11: "disconnect request",
    12: "disconnect indication",
    15: "suspend request",
    17: "resume request",
    19: "release request",
    22: "call abort",
    25: "overlap receiving",
}


class RestartState(enum.IntEnum):
    """The state of one of the two restart machines of an interface (2.4; call state values 0, 61 and 62)."""

    R0 = 200
    R1 = 261
    R2 = 262

    @property
    def number(self) -> int:
        """The value of the call state information element under the global call reference (table 4-8)."""
        return int(self) - 200

    @property
    def title(self) -> str:
        """The name that the Recommendation gives the state."""
        return {0: "null", 61: "restart request", 62: "restart"}[self.number]

    def __str__(self) -> str:
        return f"{self.name} ({self.title})"


class HoldState(enum.IntEnum):
    """The auxiliary state of a call, beside its call state (Q.932 6, hold and retrieve)."""

    IDLE = 300
    HOLD_REQUEST = 301
    HOLD_INDICATION = 302
    HELD = 303
    RETRIEVE_REQUEST = 304
    RETRIEVE_INDICATION = 305

    @property
    def number(self) -> int:
        """0 when the call is not held and nothing is asked for."""
        return int(self) - 300

    @property
    def title(self) -> str:
        """The name that the Recommendation gives the state."""
        return "call held" if self is HoldState.HELD else self.name.lower().replace("_", " ")

    def __str__(self) -> str:
        return f"{self.name} ({self.title})"


class ServiceState(enum.IntEnum):
    """Whether a change of service of one channel is under way (maintenance protocol)."""

    SETTLED = 400
    REQUESTED = 401
    INDICATED = 402

    @property
    def number(self) -> int:
        """0 when nothing is under way."""
        return int(self) - 400

    @property
    def title(self) -> str:
        """The state in words."""
        return {0: "settled", 1: "service request", 2: "service indication"}[self.number]

    def __str__(self) -> str:
        return f"{self.name} ({self.title})"
