"""What a tester has to be told of an implementation under test (`[conform]`; a PIXIT, ISO/IEC 9646-5).

The numbers are called parties at the implementation under test. What is not given makes the cases that need
it inconclusive, with that reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from trunkwire.ticks import SECOND, Tick

_Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]+$")]
_Duration = Annotated[Tick, msgspec.Meta(description="a duration as text")]

Stimulus = Literal["bench", "operator", "none"]


class ConformConfig(msgspec.Struct, frozen=True):
    """`[conform]`: what the tester may take for granted. Timers that differ from the Recommendation's stand
    in `[timers]`.
    """

    answers: _Digits | None = None
    """A number that is answered within `patience`."""
    rings: _Digits | None = None
    """A number that is alerted and never answered."""
    busy: _Digits | None = None
    """A number whose user is busy (cause 17)."""
    proceeds: _Digits | None = None
    """A number that is accepted with CALL PROCEEDING, and no more happens."""
    silent: _Digits | None = None
    """A number at which SETUP gets no response at all."""
    tones: _Digits | None = None
    """A number that is answered by PROGRESS with in-band information."""
    announces: _Digits | None = None
    """A number at which the call is cleared by DISCONNECT with tones in the channel (progress
    description 8).
    """
    overlap: _Digits | None = None
    """The first digits of `answers`: with them alone SETUP is acknowledged, and more digits are awaited."""
    channel: Annotated[int, msgspec.Meta(ge=1, le=31)] = 1
    """The B channel that the tester asks for."""
    stimulus: Stimulus = "none"
    """How the implementation is made to place and to clear calls: by the bench (it runs our own stack or a
    peer), by an operator who is asked to, or not at all.
    """
    state_numbers: Literal["side", "user"] = "side"
    """How a network side counts the call states that it reports: as the network's own (2.1.2), or as the user
    side of a call in that direction would (a deviation, which the cases of 5.8.10 hold against it once a
    state).
    """
    wait: _Duration = SECOND
    """How long a response may take, and how long silence is listened to."""
    patience: _Duration = 20 * SECOND
    """How long the implementation's user or its operator may take."""
    tolerance: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.05
    """By what part of its value a timer may be off."""

    def contradictions(self) -> Iterator[str]:
        """Keys that are each valid and cannot hold together: `key: reason; remedy`."""
        parties = ("answers", "rings", "busy", "proceeds", "silent", "tones", "announces")
        given = {party: getattr(self, party) for party in parties if getattr(self, party) is not None}
        for party, number in given.items():
            first = next(other for other, theirs in given.items() if theirs == number)
            if first != party:
                yield f"{party}: {number} is the number of {first} already; each does one thing"
        if self.overlap is not None and self.answers is not None:
            begins = self.answers.startswith(self.overlap) and self.answers != self.overlap
            if not begins:
                yield f"overlap: {self.overlap} must be the first digits of answers ({self.answers}), not all"

    def with_plan(self, plan: Mapping[str, Sequence[str]]) -> ConformConfig:
        """The same, with what is not given taken from a device's plan (`[dut.plan]`)."""
        said = {"answers": "answers", "rings": "never_answers", "busy": "busy"}
        taken = {
            party: plan[kind][0]
            for party, kind in said.items()
            if getattr(self, party) is None and plan.get(kind)
        }
        return msgspec.structs.replace(self, **taken)


OWN_NUMBERS = ConformConfig(
    answers="300",
    rings="301",
    busy="200",
    proceeds="303",
    silent="304",
    tones="305",
    announces="306",
    overlap="30",
    stimulus="bench",
)
"""What our own stack and the peers in `tests/peers` are told to do while they are under test."""
