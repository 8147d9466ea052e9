"""Call establishment (5.1, 5.2): calls that the tester places, and calls that the implementation places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from trunkbench.conform.case import Case, Step
from trunkbench.conform.layer3 import CallTester, Mt, Want
from trunkbench.conform.q931.states import First, Setup, setup_elements
from trunkbench.conform.q931.steps import Expect, Nothing, Send, State, number_of
from trunkbench.conform.q931.writing import case
from trunkbench.conform.tester import Failed, Tester
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    ChannelIdentificationIE,
    NotificationIndicatorIE,
    ProgressDescription,
    ProgressIndicatorIE,
    SendingCompleteIE,
)
from trunkwire.side import Side

CLEARED_AS_BUSY = tuple(Want(kind, (17,)) for kind in (Mt.RELEASE_COMPLETE, Mt.DISCONNECT, Mt.RELEASE))
ACCEPTED = (Want(Mt.CALL_PROCEEDING), Want(Mt.ALERTING), Want(Mt.CONNECT))


@dataclass(frozen=True, slots=True)
class SetupWith:
    """The tester places a call with a channel of its own choosing."""

    party: str
    channel: Literal["any", "asked", "d"]
    """Any channel, the one that the PIXIT says, or the D channel, which is no channel for calls."""
    exclusive: bool = True
    says: str = ""

    def run(self, tester: Tester) -> None:
        """Send SETUP with a new call reference."""
        assert isinstance(tester, CallTester)
        tester.reference, tester.ours = tester.new_reference(), True
        if self.channel == "any":
            element = ChannelIdentificationIE.any_channel()
        else:
            number = tester.channel if self.channel == "asked" else tester.d_channel
            element = ChannelIdentificationIE.of(number, exclusive=self.exclusive)
        called = number_of(tester, self.party)
        tester.send(Mt.SETUP, *setup_elements(tester, called, channel=element))

    def __str__(self) -> str:
        return f"send SETUP to a number that {self.party}, {self.says}"


@dataclass(frozen=True, slots=True)
class SecondSetup:
    """A second call of the tester, exclusively for the channel of the first, with a call reference
    of its own.
    """

    party: str = "answers"

    def run(self, tester: Tester) -> None:
        """Send SETUP, expect it refused, and leave the first call as the call of the case."""
        assert isinstance(tester, CallTester)
        reference = tester.new_reference()
        ies = setup_elements(tester, number_of(tester, self.party))
        tester.send(Mt.SETUP, *ies, reference=reference, to_originator=False)
        refusal = Want(Mt.RELEASE_COMPLETE, (44,), holds=lambda message: message.reference == reference)
        tester.expect(refusal)

    def __str__(self) -> str:
        return "send SETUP for the same channel, expect RELEASE COMPLETE, cause 44"


@dataclass(frozen=True, slots=True)
class ExpectChannel:
    """The first response names the channel that was asked for, or one."""

    asked: bool = True
    kinds: frozenset[int] = field(
        default_factory=lambda: frozenset({Mt.SETUP_ACKNOWLEDGE, Mt.CALL_PROCEEDING, Mt.ALERTING, Mt.CONNECT})
    )

    def run(self, tester: Tester) -> None:
        """Wait for the first response and look at its channel identification."""
        assert isinstance(tester, CallTester)
        message = tester.expect(*(Want(kind) for kind in sorted(self.kinds)))
        element = message.get(ChannelIdentificationIE)
        channels = () if element is None else element.channels
        if self.asked:
            unsaid = element is None and tester.role is Side.USER  # then it is the one of SETUP (3.1.2)
            if not unsaid and channels != (tester.channel,):
                raise Failed(
                    f"the first response names channel {channels}, not {tester.channel}", tester.last_frame()
                )
        elif len(channels) != 1:
            raise Failed(
                f"the first response names channels {channels}; one has to be chosen", tester.last_frame()
            )

    def __str__(self) -> str:
        return "expect a first response that names " + (
            "the channel asked for" if self.asked else "a channel"
        )


@dataclass(frozen=True, slots=True)
class SetupHolds:
    """The SETUP of the implementation has what 3.1.14 makes mandatory in its direction."""

    def run(self, tester: Tester) -> None:
        """Look at the SETUP that the preamble has received."""
        assert isinstance(tester, CallTester)
        setup = tester.setup
        assert setup is not None
        missing = [cls.title for cls in (BearerCapabilityIE,) if setup.get(cls) is None]
        if tester.role is Side.NETWORK and setup.get(ChannelIdentificationIE) is None:
            missing.append(ChannelIdentificationIE.title)
        if setup.get(CalledNumberIE) is None and setup.get(SendingCompleteIE) is not None:
            missing.append(CalledNumberIE.title)
        if missing:
            raise Failed(f"the SETUP lacks {', '.join(missing)}", tester.last_frame())
        if setup.reference == 0:
            raise Failed("the SETUP has the global call reference", tester.last_frame())

    def __str__(self) -> str:
        return "SETUP has its mandatory elements"


def arriving(role: Side) -> Iterator[Case]:
    """Calls to the parties of the PIXIT."""
    user = role is Side.USER
    null, clause = ("U0", "5.2") if user else ("N0", "5.1")

    def one(name: str, section: str, purpose: str, *steps: Step) -> Case:
        return case(role, null, "valid", name, section, purpose, *steps)

    proceeding, alerting = Want(Mt.CALL_PROCEEDING), Want(Mt.ALERTING)
    yield one(
        "call-answered",
        f"{clause}.8",
        "A call to a number that answers is connected and active.",
        *(Setup("answers"), Expect((Want(Mt.CONNECT),), may=(proceeding, alerting), patient=True)),
        *(Send(Mt.CONNECT_ACKNOWLEDGE), State(10)),
    )
    yield one(
        "call-alerted",
        "5.2.5" if user else "5.1.7",
        "A call to a number that rings is alerted.",
        *(Setup("rings"), Expect((alerting,), may=(proceeding,), patient=True), State(7 if user else 4)),
    )
    yield one(
        "call-proceeding",
        f"{clause}.5",
        "A call with all its digits is acknowledged by CALL PROCEEDING.",
        *(Setup("proceeds"), Expect((proceeding,)), State(9 if user else 3)),
    )
    yield one(
        "call-to-busy",
        "5.2.5.1" if user else "5.1.9",
        "A call to a busy number is cleared with cause 17.",
        *(Setup("busy"), Expect(CLEARED_AS_BUSY, may=(proceeding,), patient=True)),
    )
    yield one(
        "call-with-tones",
        f"{clause}.6",
        "In-band information is announced by PROGRESS with a progress indicator.",
        *(Setup("tones"), Expect((_PROGRESS,), may=(proceeding,), patient=True)),
    )


def on_channels(role: Side) -> Iterator[Case]:
    """The choice of the channel."""
    null, clause = ("U0", "5.2.3") if role is Side.USER else ("N0", "5.1.2")

    def one(name: str, section: str, purpose: str, *steps: Step) -> Case:
        return case(role, null, "valid", name, section, purpose, *steps)

    yield one(
        "channel-exclusive",
        clause,
        "A call for a free channel exclusively gets that channel.",
        *(SetupWith("proceeds", "asked", says="its channel exclusively"), ExpectChannel()),
    )
    yield one(
        "channel-preferred",
        clause,
        "A call that prefers a free channel gets that channel.",
        *(SetupWith("proceeds", "asked", exclusive=False, says="its channel preferred"), ExpectChannel()),
    )
    yield one(
        "channel-any",
        clause,
        "A call for any channel gets one, which the first response names.",
        *(SetupWith("proceeds", "any", says="any channel"), ExpectChannel(asked=False)),
    )
    yield one(
        "channel-none-such",
        f"{clause}; Q.850 causes 82, 44",
        "A call exclusively for a channel that the interface does not have is refused with cause 82 or 44.",
        SetupWith("answers", "d", says="the number of the D channel exclusively"),
        *(Expect((Want(Mt.RELEASE_COMPLETE, (82, 44)),)), State(0)),
    )
    answered = Expect((Want(Mt.CONNECT),), may=(Want(Mt.CALL_PROCEEDING), Want(Mt.ALERTING)), patient=True)
    yield one(
        "channel-taken",
        clause,
        "A call exclusively for a channel in use is refused with cause 44.",
        *(Setup("answers"), answered, Send(Mt.CONNECT_ACKNOWLEDGE), SecondSetup(), State(10)),
    )


_PROGRESS = Want(
    Mt.PROGRESS,
    holds=lambda message: any(ie.description in (1, 8) for ie in message.all(ProgressIndicatorIE)),
    says="progress description 1 or 8",
)


def overlap(role: Side) -> Iterator[Case]:
    """Digits that come one after the other."""
    state = "U25" if role is Side.USER else "N2"
    clause = "5.2.4" if role is Side.USER else "5.1.3"
    null = "U0" if role is Side.USER else "N0"
    yield case(
        role,
        null,
        "valid",
        "overlap",
        clause,
        "A SETUP without all digits is acknowledged by SETUP ACKNOWLEDGE.",
        Setup("overlap", complete=False),
        Expect((Want(Mt.SETUP_ACKNOWLEDGE),)),
        State(int(state[1:])),
    )
    yield case(
        role,
        state,
        "valid",
        "information",
        clause,
        f"In {state}, INFORMATION with the missing digits completes the call.",
        RestOfDigits(),
        Expect(ACCEPTED),
    )
    yield case(
        role,
        state,
        "valid",
        "information-sending-complete",
        clause,
        f"In {state}, INFORMATION with the missing digits and sending complete completes the call.",
        RestOfDigits(complete=True),
        Expect(ACCEPTED),
    )


@dataclass(frozen=True, slots=True)
class RestOfDigits:
    """INFORMATION with what `answers` has beyond `overlap`."""

    complete: bool = False

    def run(self, tester: Tester) -> None:
        """Send it."""
        assert isinstance(tester, CallTester)
        rest = number_of(tester, "answers")[len(number_of(tester, "overlap")) :]
        ies = (CalledNumberIE(digits=rest),)
        tester.send(Mt.INFORMATION, *((SendingCompleteIE(), *ies) if self.complete else ies))

    def __str__(self) -> str:
        return "send INFORMATION with the missing digits" + (" and sending complete" if self.complete else "")


def placing(role: Side) -> Iterator[Case]:
    """Calls that the implementation places: every step of the tester's answer."""
    user = role is Side.USER
    first = "U1" if user else "N6"
    clause = "5.1" if user else "5.2"
    steps = {
        # state: (message, state after it)
        first: (
            (Mt.SETUP_ACKNOWLEDGE, 2 if user else 25),
            (Mt.CALL_PROCEEDING, 3 if user else 9),
            (Mt.ALERTING, 4 if user else 7),
        ),
        "U2" if user else "N25": ((Mt.CALL_PROCEEDING, 3 if user else 9), (Mt.ALERTING, 4 if user else 7)),
        "U3" if user else "N9": ((Mt.ALERTING, 4 if user else 7),),
        "U4" if user else "N7": (),
    }
    acknowledged, alerted = (".3", ".7") if user else (".4", ".5")
    clauses = {Mt.SETUP_ACKNOWLEDGE: acknowledged, Mt.CALL_PROCEEDING: ".5", Mt.ALERTING: alerted}
    yield case(
        role,
        first,
        "valid",
        "setup",
        f"{clause}.1, 3.1.14",
        "The SETUP of the IUT has its mandatory elements and a call reference of its own.",
        SetupHolds(),
    )
    for state, answers in steps.items():
        for kind, after in answers:
            name = Mt(kind).title
            send = First(kind) if state == first else Send(kind)
            yield case(
                role,
                state,
                "valid",
                name.lower().replace(" ", "-"),
                clause + clauses[kind],
                f"In {state}, {name} takes the call to state {after}.",
                send,
                Nothing(),
                State(after),
            )
        send = First(Mt.CONNECT) if state == first else Send(Mt.CONNECT)
        yield case(
            role,
            state,
            "valid",
            "connect",
            f"{clause}.8",
            f"In {state}, CONNECT is answered by CONNECT ACKNOWLEDGE and the call is active.",
            send,
            Expect((Want(Mt.CONNECT_ACKNOWLEDGE),)),
            State(10),
        )


def in_passing(role: Side) -> Iterator[Case]:
    """PROGRESS, NOTIFY and INFORMATION change no state."""
    announces = {Side.USER: ("U2", "U3", "U4"), Side.NETWORK: ("N9", "N25", "N7")}[role]
    notifies = {
        Side.USER: ("U3", "U4", "U7", "U8", "U9", "U10"),
        Side.NETWORK: ("N3", "N4", "N7", "N9", "N10"),
    }[role]
    tones = ProgressIndicatorIE(description=ProgressDescription.INBAND_INFORMATION)
    for state in announces:
        yield case(
            role,
            state,
            "valid",
            "progress",
            "5.1.6" if role is Side.USER else "5.2.6",
            f"In {state}, PROGRESS changes no state and gets no answer.",
            Send(Mt.PROGRESS, (tones,)),
            Nothing(),
            State(int(state[1:])),
        )
    for state in notifies:
        yield case(
            role,
            state,
            "valid",
            "notify",
            "5.9",
            f"In {state}, NOTIFY changes no state and gets no answer.",
            Send(Mt.NOTIFY, (NotificationIndicatorIE(description=2),)),
            Nothing(),
            State(int(state[1:])),
        )
        yield case(
            role,
            state,
            "valid",
            "information",
            "3.1.6",
            f"In {state}, INFORMATION that adds no digit changes no state and gets no answer.",
            Send(Mt.INFORMATION),
            Nothing(),
            State(int(state[1:])),
        )


def called(role: Side) -> Iterator[Case]:
    """The last step of a call to the user side; and what the network side does with an acknowledgement."""
    if role is Side.USER:
        yield case(
            role,
            "U8",
            "valid",
            "connect-acknowledge",
            "5.2.8",
            "In U8, CONNECT ACKNOWLEDGE makes the call active.",
            Send(Mt.CONNECT_ACKNOWLEDGE),
            Nothing(),
            State(10),
        )
    else:
        yield case(
            role,
            "N10",
            "valid",
            "connect-acknowledge",
            "5.1.8",
            "In N10, CONNECT ACKNOWLEDGE gets no answer and changes nothing.",
            Send(Mt.CONNECT_ACKNOWLEDGE),
            Nothing(),
            State(10),
        )


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from arriving(role)
    yield from on_channels(role)
    yield from overlap(role)
    yield from placing(role)
    yield from in_passing(role)
    yield from called(role)
