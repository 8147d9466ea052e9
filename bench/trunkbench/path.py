"""What carries a call, as an exchange sees it: an end of a digital span, or an end of an analog line.

Calls, lines and listening know no more of what is below them than this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from trunkbench.device import Port
from trunkbench.ear import Speaker
from trunkbench.numbers import Plan
from trunkwire.g711 import Law
from trunkwire.q931.call import Call as Q931Call
from trunkwire.q931.call import SetupRequest
from trunkwire.q931.causes import Cause
from trunkwire.q931.message import Element
from trunkwire.q931.variants import Variant
from trunkwire.ticks import Tick


class PathControl(Protocol):
    """What an exchange asks for on behalf of a call: the requests of Q.931 Annex A that every path has."""

    def setup(self, request: SetupRequest, now: Tick, *, insist: bool = False) -> Q931Call:
        """Offer a call. Raises NoChannelAvailable when there is no room for it."""

    def more_info(self, call: Q931Call, now: Tick) -> None:
        """Ask for further digits."""

    def information(self, call: Q931Call, digits: str, now: Tick, *, ies: Sequence[Element] = ()) -> None:
        """Send further digits."""

    def proceeding(self, call: Q931Call, now: Tick) -> None:
        """The call is accepted."""

    def progress(self, call: Q931Call, now: Tick) -> None:
        """There is something to hear."""

    def alerting(self, call: Q931Call, now: Tick) -> None:
        """The called party rings."""

    def connect(self, call: Q931Call, now: Tick) -> None:
        """The called party answers."""

    def reject(self, call: Q931Call, cause: Cause | int, now: Tick) -> None:
        """Refuse a call that nothing was sent for yet."""

    def disconnect(
        self, call: Q931Call, cause: Cause | int, now: Tick, *, progress: int | None = None
    ) -> None:
        """Clear."""

    def notify(self, call: Q931Call, now: Tick, *, ies: Sequence[Element]) -> None:
        """Tell the other party of something."""

    def release(self, call: Q931Call, now: Tick) -> None:
        """Let go of a call that the other side clears."""

    def hold(self, call: Q931Call, now: Tick) -> None:
        """Put it on hold."""

    def hold_acknowledge(self, call: Q931Call, now: Tick) -> None:
        """It is on hold."""

    def retrieve(self, call: Q931Call, now: Tick) -> None:
        """Take it back."""

    def retrieve_acknowledge(self, call: Q931Call, now: Tick) -> None:
        """It is taken back."""


class Path(Protocol):
    """One end of a span or of an analog line."""

    index: int
    """Its number for identification tones; several lines share one, each with a slot of its own."""
    name: str
    port: Port
    law: Law

    @property
    def label(self) -> str:
        """What it is called in tables: the name of the span, or "line" and its number."""

    @property
    def other(self) -> Speaker | None:
        """The other end, where that is on this bench too."""

    @property
    def slot_of(self) -> Mapping[int, int]:
        """Channel number -> slot of the port."""

    @property
    def control(self) -> PathControl:
        """Who is asked for calls."""

    @property
    def variant(self) -> Variant:
        """The switch variant that it speaks."""

    @property
    def station(self) -> str | None:
        """The name of the terminal that it is, if it is one."""

    @property
    def line(self) -> str | None:
        """The number of the analog line that it is an end of, if it is one."""

    @property
    def in_line(self) -> bool:
        """Whether everything that the other exchange says is heard on the line itself, tones included."""

    def own_plan(self, called: str) -> Plan | None:
        """What it does with a call to that number; None is what the exchange does."""

    def not_sent(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) stretches in which the other end may have heard nothing of this one."""

    def identified_by(self, slot: int) -> int:
        """The number for identification tones of whoever is at this end of that slot."""

    def drain(self) -> None:
        """Hand on whatever is waiting to be sent or told."""
