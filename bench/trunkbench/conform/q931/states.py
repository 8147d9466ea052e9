"""How a tester takes an implementation to each call state (the preambles), for both roles.

Names are the Recommendation's: U4 is the user side of state 4, N4 the network side (2.1.1, 2.1.2). States on
the way of a call that the tester places need a called party of the PIXIT; those of a call that the
implementation places need its user.
"""

from __future__ import annotations

from dataclasses import dataclass

from trunkbench.conform.case import Step
from trunkbench.conform.layer3 import CallTester, Mt, Want
from trunkbench.conform.q931.steps import Ask, Believe, Expect, ExpectSetup, Nothing, Place, Send, number_of
from trunkbench.conform.tester import Tester
from trunkwire.q931.ies import (
    CalledNumberIE,
    ChannelIdentificationIE,
    ProgressDescription,
    ProgressIndicatorIE,
    SendingCompleteIE,
)
from trunkwire.q931.message import Element
from trunkwire.side import Side

TONES = ProgressIndicatorIE(description=ProgressDescription.INBAND_INFORMATION)


def setup_elements(
    tester: CallTester, number: str, *, complete: bool = True, channel: Element | None = None
) -> tuple[Element, ...]:
    """The elements of the tester's SETUP, in the order of 3.1.14."""
    chosen = ChannelIdentificationIE.of(tester.channel) if channel is None else channel
    elements: tuple[Element, ...] = (tester.bearer, chosen, CalledNumberIE(digits=number))
    return (SendingCompleteIE(), *elements) if complete else elements


@dataclass(frozen=True, slots=True)
class Setup:
    """The tester places a call to a kind of party: SETUP with a call reference of its own."""

    party: str
    complete: bool = True
    digits: str = ""
    """What is dialled in place of the party's number."""

    def run(self, tester: Tester) -> None:
        """Send SETUP."""
        assert isinstance(tester, CallTester)
        number = self.digits or number_of(tester, self.party)
        tester.reference, tester.ours = tester.new_reference(), True
        tester.send(Mt.SETUP, *setup_elements(tester, number, complete=self.complete))

    def __str__(self) -> str:
        return f"send SETUP to a number that {self.party}" + (
            "" if self.complete else ", more digits to follow"
        )


@dataclass(frozen=True, slots=True)
class First:
    """The first response to the implementation's SETUP: it names the channel (5.1.2, 5.2.3)."""

    type: int

    def run(self, tester: Tester) -> None:
        """Send it with the channel of the SETUP."""
        assert isinstance(tester, CallTester)
        tester.send(self.type, ChannelIdentificationIE.of(tester.channel))

    def __str__(self) -> str:
        return f"send {Mt(self.type).title} with the channel of the SETUP"


def _wanted(kind: int) -> Expect:
    return Expect((Want(kind),), may=tuple(Want(early) for early in _EARLIER.get(kind, ())), patient=True)


_EARLIER: dict[int, tuple[int, ...]] = {
    Mt.ALERTING: (Mt.SETUP_ACKNOWLEDGE, Mt.CALL_PROCEEDING),
    Mt.CONNECT: (Mt.SETUP_ACKNOWLEDGE, Mt.CALL_PROCEEDING, Mt.ALERTING),
    Mt.CALL_PROCEEDING: (Mt.SETUP_ACKNOWLEDGE,),
}
"""What may come before a message on the way to a state."""

PLACED = (Place(), ExpectSetup())
ANSWERED = (Setup("answers"), _wanted(Mt.CONNECT))

_TO_USER: dict[str, tuple[Step, ...]] = {
    "U0": (),
    "U1": (*PLACED, Believe(1)),
    "U2": (*PLACED, First(Mt.SETUP_ACKNOWLEDGE), Believe(2)),
    "U3": (*PLACED, First(Mt.CALL_PROCEEDING), Believe(3)),
    "U4": (*PLACED, First(Mt.ALERTING), Believe(4)),
    "U6": (Setup("silent"), Nothing(), Believe(6)),
    "U7": (Setup("rings"), _wanted(Mt.ALERTING), Believe(7)),
    "U8": (*ANSWERED, Believe(8)),
    "U9": (Setup("proceeds"), _wanted(Mt.CALL_PROCEEDING), Believe(9)),
    "U25": (Setup("overlap", complete=False), _wanted(Mt.SETUP_ACKNOWLEDGE), Believe(25)),
}
"""The states of the user side that the tester, as network, reaches without another state before."""

_ACTIVE_USER = (*ANSWERED, Send(Mt.CONNECT_ACKNOWLEDGE), Believe(10))
_ACTIVE_NETWORK = (*ANSWERED, Believe(10))

_TO_NETWORK: dict[str, tuple[Step, ...]] = {
    "N0": (),
    "N1": (Setup("silent"), Nothing(), Believe(1)),
    "N2": (Setup("overlap", complete=False), _wanted(Mt.SETUP_ACKNOWLEDGE), Believe(2)),
    "N3": (Setup("proceeds"), _wanted(Mt.CALL_PROCEEDING), Believe(3)),
    "N4": (Setup("rings"), _wanted(Mt.ALERTING), Believe(4)),
    "N6": (*PLACED, Believe(6)),
    "N7": (*PLACED, First(Mt.ALERTING), Believe(7)),
    "N9": (*PLACED, First(Mt.CALL_PROCEEDING), Believe(9)),
    "N25": (*PLACED, First(Mt.SETUP_ACKNOWLEDGE), Believe(25)),
}
"""The same for the network side, the tester being the user."""


def _clearing(active: tuple[Step, ...], asked: int, told: int) -> tuple[tuple[Step, ...], ...]:
    """Preambles of: clearing begun by the implementation, by the tester with tones, and RELEASE awaited."""
    begun = (*active, Ask("hang_up"), Expect((Want(Mt.DISCONNECT),)), Believe(asked))
    tones = (
        *active,
        Send(Mt.DISCONNECT, (TONES,), cause=16, says="tones in the channel"),
        Nothing(),
        Believe(told),
    )
    released = (*active, Send(Mt.DISCONNECT, cause=16), Expect((Want(Mt.RELEASE),)), Believe(19))
    return begun, tones, released


_U11, _U12, _U19 = _clearing(_ACTIVE_USER, 11, 12)
_N12, _N11, _N19 = _clearing(_ACTIVE_NETWORK, 12, 11)

PREAMBLES: dict[str, tuple[Step, ...]] = {
    **_TO_USER,
    "U10": _ACTIVE_USER,
    "U11": _U11,
    "U12": _U12,
    "U19": _U19,
    **_TO_NETWORK,
    "N10": _ACTIVE_NETWORK,
    "N11": _N11,
    "N12": _N12,
    "N19": _N19,
}
"""Call state -> the steps to it. N8 is passed through by a network that connects at once (5.2.8)."""


def states_of(role: Side) -> tuple[str, ...]:
    """The states of a role in the order of their numbers, null first."""
    letter = "U" if role is Side.USER else "N"
    return tuple(sorted((s for s in PREAMBLES if s[0] == letter), key=lambda state: int(state[1:])))


def number(state: str) -> int:
    """The call state value of a state's name (4.5.7)."""
    return int(state[1:])
