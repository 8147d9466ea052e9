"""The restart procedure (5.5), and the global call reference (5.8.3.2 f)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkbench.conform.case import Case, Step
from trunkbench.conform.layer3 import GLOBAL, CallTester, Mt, Want
from trunkbench.conform.q931.steps import Ask, Expect, Expires, Nothing, State
from trunkbench.conform.q931.writing import CLEARING, TAKEN, case
from trunkbench.conform.tester import Tester
from trunkwire.q931.ies import ChannelIdentificationIE, RestartClass, RestartIndicatorIE
from trunkwire.q931.message import Element, Message
from trunkwire.side import Side

OTHER_CHANNEL = 2
"""The channel that the implementation restarts."""


def indicator(value: int) -> RestartIndicatorIE:
    """A restart indicator of that class."""
    return RestartIndicatorIE(restart_class=value)


@dataclass(frozen=True, slots=True)
class Restart:
    """The tester sends RESTART, or another message of the global call reference."""

    ies: tuple[Element, ...]
    says: str
    type: int = Mt.RESTART
    to_originator: bool = False

    def run(self, tester: Tester) -> None:
        """Send it."""
        assert isinstance(tester, CallTester)
        tester.send(self.type, *self.ies, reference=GLOBAL, to_originator=self.to_originator)

    def __str__(self) -> str:
        return f"send {Mt(self.type).title} with the global call reference, {self.says}"


@dataclass(frozen=True, slots=True)
class RestartChannel:
    """RESTART of the channel of the case, and its acknowledgement."""

    def run(self, tester: Tester) -> None:
        """Send it and wait."""
        assert isinstance(tester, CallTester)
        element = ChannelIdentificationIE.of(tester.channel)
        tester.send(
            Mt.RESTART,
            element,
            indicator(RestartClass.INDICATED_CHANNELS),
            reference=GLOBAL,
            to_originator=False,
        )
        tester.expect(acknowledged(RestartClass.INDICATED_CHANNELS, tester.channel))

    def __str__(self) -> str:
        return "send RESTART of the channel; expect RESTART ACKNOWLEDGE of it"


def acknowledged(restart_class: int, channel: int | None = None) -> Want:
    """RESTART ACKNOWLEDGE of that class, and of that channel alone."""

    def holds(message: Message) -> bool:
        said, element = message.get(RestartIndicatorIE), message.get(ChannelIdentificationIE)
        if said is None or said.restart_class != restart_class or message.reference != GLOBAL:
            return False
        return channel is None or (element is not None and element.channels == (channel,))

    what = f"class {int(restart_class)}" + ("" if channel is None else f", channel {channel}")
    return Want(Mt.RESTART_ACKNOWLEDGE, holds=holds, says=what)


def received(role: Side) -> Iterator[Case]:
    """RESTART by the tester (5.5.2)."""
    null, active = ("U0", "U10") if role is Side.USER else ("N0", "N10")
    interface, everything = indicator(RestartClass.SINGLE_INTERFACE), indicator(RestartClass.ALL_INTERFACES)

    def one(state: str, name: str, purpose: str, *steps: Step) -> Case:
        return case(role, state, "valid", name, "5.5.2", purpose, *steps)

    yield one(null, "restart-channel", "RESTART of a channel is acknowledged for it.", RestartChannel())
    yield one(
        null,
        "restart-interface",
        "RESTART of a single interface is acknowledged with that class.",
        Restart((interface,), "a single interface"),
        Expect((acknowledged(RestartClass.SINGLE_INTERFACE),)),
    )
    yield one(
        null,
        "restart-all-interfaces",
        "RESTART of all interfaces is acknowledged with that class.",
        Restart((everything,), "all interfaces"),
        Expect((acknowledged(RestartClass.ALL_INTERFACES),)),
    )
    for state in (*TAKEN[role], *CLEARING[role]):
        yield one(
            state,
            "restart-channel",
            f"In {state}, RESTART of the call's channel is acknowledged and the call is over.",
            RestartChannel(),
            State(0),
        )
    yield one(
        active,
        "restart-interface",
        f"In {active}, RESTART of the interface is acknowledged and the call is over.",
        Restart((interface,), "a single interface"),
        Expect((acknowledged(RestartClass.SINGLE_INTERFACE),)),
        State(0),
    )


def faulty(role: Side) -> Iterator[Case]:
    """RESTART with something wrong, and what has no place under the global call reference."""
    null = "U0" if role is Side.USER else "N0"
    channels = indicator(RestartClass.INDICATED_CHANNELS)
    probes = (
        ("restart-without-indicator", "5.8.6.1", (), "without restart indicator", (96,)),
        ("restart-without-channel", "5.5.2, 5.8.6.1", (channels,), "channels, none named", (96,)),
        ("restart-reserved-class", "4.5.25, 5.8.6.2", (indicator(5),), "a reserved class", (100,)),
    )
    for name, clause, ies, says, causes in probes:
        purpose = f"RESTART {says} is answered by STATUS with cause {causes[0]}, and no restart."
        yield case(
            role,
            null,
            "invalid",
            name,
            clause,
            purpose,
            Restart(ies, says),
            Expect((Want(Mt.STATUS, causes),)),
        )
    for kind in (Mt.CALL_PROCEEDING, Mt.DISCONNECT, Mt.RELEASE, Mt.INFORMATION):
        name = Mt(kind).title
        yield case(
            role,
            null,
            "invalid",
            f"global-{name.lower().replace(' ', '-')}",
            "5.8.3.2 f)",
            f"{name} with the global call reference is answered by STATUS with it, cause 81.",
            Restart((), "which it does not have", type=kind),
            Expect((_GLOBAL_STATUS,)),
        )


_GLOBAL_STATUS = Want(
    Mt.STATUS,
    (81,),
    0,
    holds=lambda message: message.reference == GLOBAL,
    says="the global call reference",
)


def sent(role: Side) -> Iterator[Case]:
    """RESTART by the implementation (5.5.1)."""
    null = "U0" if role is Side.USER else "N0"
    restart = Want(Mt.RESTART)
    answer = Acknowledge()
    yield case(
        role,
        null,
        "valid",
        "restart-by-the-iut",
        "5.5.1",
        "The IUT restarts a channel with RESTART, and is satisfied with RESTART ACKNOWLEDGE.",
        Ask("restart", (OTHER_CHANNEL,)),
        Expect((restart,)),
        answer,
        Nothing(),
    )
    yield case(
        role,
        null,
        "timers",
        "t316",
        "5.5.1",
        "Without RESTART ACKNOWLEDGE the IUT sends RESTART again when T316 expires.",
        Ask("restart", (OTHER_CHANNEL,)),
        Expect((restart,)),
        Expires("T316", (restart,)),
        answer,
        Nothing(),
    )


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """RESTART ACKNOWLEDGE for that channel."""

    def run(self, tester: Tester) -> None:
        """Send it."""
        assert isinstance(tester, CallTester)
        element = ChannelIdentificationIE.of(OTHER_CHANNEL)
        ies = (element, indicator(RestartClass.INDICATED_CHANNELS))
        tester.send(Mt.RESTART_ACKNOWLEDGE, *ies, reference=GLOBAL, to_originator=True)

    def __str__(self) -> str:
        return "send RESTART ACKNOWLEDGE"


def cases(role: Side) -> Iterator[Case]:
    """All of a role."""
    yield from received(role)
    yield from faulty(role)
    yield from sent(role)
