"""Reset and failure of the data link under a call (5.8.8, 5.8.9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkbench.conform.case import Case
from trunkbench.conform.layer3 import CallTester, Mt, Want
from trunkbench.conform.q931.steps import Believe, Expect, Nothing, Send, State
from trunkbench.conform.q931.writing import CLEARING, TAKEN, case
from trunkbench.conform.tester import Tester
from trunkwire.side import Side
from trunkwire.ticks import SECOND

CLEARED = (Want(Mt.DISCONNECT, (41,)),)
ENQUIRY = (Want(Mt.STATUS_ENQUIRY), Want(Mt.STATUS))


@dataclass(frozen=True, slots=True)
class Reset:
    """The tester establishes the data link anew while it is up: SABME (5.8.8)."""

    def run(self, tester: Tester) -> None:
        """Have it reset."""
        tester.run_until(tester.now + tester.pixit.wait // 4)
        assert isinstance(tester, CallTester)
        calls = tester
        tester.reset_link(lambda: calls.send(Mt.STATUS_ENQUIRY))

    def __str__(self) -> str:
        return "reset the data link (SABME) before the answer to a STATUS ENQUIRY is acknowledged"


@dataclass(frozen=True, slots=True)
class Fail:
    """The data link fails: the tester releases it (DISC). With `mute` it stays down until `Restore`."""

    mute: bool

    def run(self, tester: Tester) -> None:
        """DISC; the implementation sees a DL-RELEASE indication."""
        tester.run_until(tester.now + tester.pixit.wait // 4)
        tester.release_link(mute=self.mute)

    def __str__(self) -> str:
        return "release the data link (DISC)" + (" and let nothing across" if self.mute else "")


@dataclass(frozen=True, slots=True)
class Pass:
    """Line time passes with the line cut: a timer of the implementation runs out, or a second goes by."""

    timer: str = ""

    def run(self, tester: Tester) -> None:
        """Wait."""
        assert isinstance(tester, CallTester)
        tester.run_until(tester.mark + tester.timer(self.timer)[1] if self.timer else tester.now + SECOND)

    def __str__(self) -> str:
        return f"wait until {self.timer} has expired" if self.timer else "wait a second"


@dataclass(frozen=True, slots=True)
class Restore:
    """The line carries frames again, and the data link is established."""

    def run(self, tester: Tester) -> None:
        """Bring it up; whoever asks for it first."""
        tester.station.muted = False
        tester.bring_up()
        # Both ends may have asked for the link at once: have that over before the call is asked about.
        tester.run_until(tester.now + 3 * tester.pixit.wait)
        tester.bring_up()

    def __str__(self) -> str:
        return "establish the data link"


def resets(role: Side) -> Iterator[Case]:
    """What a reset does to a call in each kind of state."""
    overlap = ("U2", "U25") if role is Side.USER else ("N2", "N25")
    kept = ("U3", "U4", "U7", "U9", "U10") if role is Side.USER else ("N3", "N4", "N7", "N9", "N10")
    for state in overlap:
        yield case(
            role,
            state,
            "valid",
            "link-reset",
            "5.8.8 a)",
            f"In {state}, a reset of the data link clears the call with DISCONNECT, cause 41.",
            Reset(),
            Expect(CLEARED),
        )
    for state in kept:
        yield case(
            role,
            state,
            "valid",
            "link-reset",
            "5.8.8 c)",
            f"In {state}, a reset of the data link leaves the call as it is.",
            Reset(),
            Nothing(may=ENQUIRY),
            State(int(state[1:])),
        )
    release = "U19" if role is Side.USER else "N19"
    yield case(
        role,
        release,
        "valid",
        "link-reset",
        "5.8.8 b)",
        f"In {release}, a reset of the data link changes nothing: the clearing goes on.",
        Reset(),
        Nothing(),
        Send(Mt.RELEASE_COMPLETE),
        State(0),
    )


def failures(role: Side) -> Iterator[Case]:
    """What a failure does to a call: those that are not active end, active ones wait for T309."""
    active = "U10" if role is Side.USER else "N10"
    for state in (*TAKEN[role], *CLEARING[role]):
        if state == active:
            continue
        yield case(
            role,
            state,
            "valid",
            "link-failure",
            "5.8.9",
            f"In {state}, a failure of the data link ends the call.",
            Fail(mute=True),
            Pass(),
            Restore(),
            State(0),
        )
    yield case(
        role,
        active,
        "valid",
        "link-failure-restored",
        "5.8.9",
        f"In {active}, the call survives a failure of the data link that is over before T309 expires.",
        Fail(mute=False),
        Restore(),
        Nothing(may=ENQUIRY),
        State(10),
    )
    yield case(
        role,
        active,
        "valid",
        "link-failure-checked",
        "5.8.9",
        f"In {active}, after a failure of the data link the IUT sends STATUS or STATUS ENQUIRY.",
        Fail(mute=False),
        Restore(),
        Expect((Want(Mt.STATUS, (31,), 10), Want(Mt.STATUS_ENQUIRY))),
        State(10),
    )
    yield case(
        role,
        active,
        "timers",
        "t309",
        "5.8.9",
        f"In {active}, the call ends when T309 expires before the data link is back.",
        Fail(mute=True),
        Pass("T309"),
        Restore(),
        Believe(0),
        State(0),
    )


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from resets(role)
    yield from failures(role)
