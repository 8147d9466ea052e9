"""Call collisions (5.7): both sides ask for the same channel at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkbench.conform.case import Case
from trunkbench.conform.layer3 import CallTester, Mt, Want
from trunkbench.conform.q931.setup import ACCEPTED
from trunkbench.conform.q931.states import setup_elements
from trunkbench.conform.q931.steps import number_of
from trunkbench.conform.q931.writing import case
from trunkbench.conform.tester import Failed, Tester
from trunkwire.q931.ies import ChannelIdentificationIE
from trunkwire.q931.message import Message
from trunkwire.side import Side


@dataclass(frozen=True, slots=True)
class Collide:
    """The tester's SETUP for the channel of the implementation's, which has had no response yet.

    With `refused` it has to be answered by RELEASE COMPLETE, cause 44; otherwise it is served, on the channel
    that it asks for or, where `moved`, on another. The call is cleared then.
    """

    exclusive: bool
    refused: bool
    moved: bool

    def run(self, tester: Tester) -> None:
        """Send SETUP under a call reference of its own, judge the answer, and clear that call."""
        assert isinstance(tester, CallTester)
        mine = tester.new_reference()
        element = ChannelIdentificationIE.of(tester.channel, exclusive=self.exclusive)
        ies = setup_elements(tester, number_of(tester, "proceeds"), channel=element)
        tester.send(Mt.SETUP, *ies, reference=mine, to_originator=False)

        def about_mine(message: Message) -> bool:
            return message.reference == mine and message.to_originator

        if self.refused:
            tester.expect(Want(Mt.RELEASE_COMPLETE, (44,), holds=about_mine))
            return
        answer = tester.expect(*(Want(want.type, holds=about_mine) for want in ACCEPTED))
        given = answer.get(ChannelIdentificationIE)
        channels = (tester.channel,) if given is None else given.channels
        if self.moved and tester.channel in channels:
            raise Failed(f"the call was given channel {tester.channel}, which is taken", tester.last_frame())
        if not self.moved and channels != (tester.channel,):
            raise Failed(f"the call was given channel {channels}, not {tester.channel}", tester.last_frame())
        tester.send(Mt.RELEASE_COMPLETE, reference=mine, to_originator=False)

    def __str__(self) -> str:
        how = "exclusively" if self.exclusive else "preferred"
        result = (
            "RELEASE COMPLETE, cause 44" if self.refused else "it to be served" + " elsewhere" * self.moved
        )
        return f"send SETUP for the channel of the IUT's, {how}; expect {result}"


def cases(role: Side) -> Iterator[Case]:
    """All of a role: the network's call has priority."""
    if role is Side.NETWORK:
        yield case(
            role,
            "N6",
            "valid",
            "glare-exclusive",
            "5.7",
            "In N6, a SETUP of the user exclusively for the same channel is refused with cause 44.",
            Collide(exclusive=True, refused=True, moved=False),
        )
        yield case(
            role,
            "N6",
            "valid",
            "glare-preferred",
            "5.7",
            "In N6, a SETUP of the user that prefers the same channel is given another.",
            Collide(exclusive=False, refused=False, moved=True),
        )
    else:
        yield case(
            role,
            "U1",
            "valid",
            "glare",
            "5.7",
            "In U1, a SETUP of the network for the same channel is served on it.",
            Collide(exclusive=True, refused=False, moved=False),
        )
