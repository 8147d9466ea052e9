"""Numbers: what an end of the bench does with a call to each of its numbers.

`exchange.number("300")` gives the number to be programmed; what is not programmed is unallocated. A plan is
plain data, so that it can be shown, compared, and tampered with by tests of the tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from trunkbench.arguments import clearing_cause
from trunkbench.arguments import sound as checked
from trunkbench.config import PlanConfig
from trunkbench.device import Source
from trunkbench.errors import NotOnThisBench
from trunkwire.q931.causes import Cause
from trunkwire.ticks import Duration, Tick, seconds, ticks
from trunkwire.tones import BUSY, ToneKind, ToneSpec

if TYPE_CHECKING:
    from trunkbench.config import EndConfig, NumberConfig
    from trunkbench.exchange import Exchange

Sound = ToneKind | ToneSpec | Source
"""What a party can say: a tone of its line's zone, a tone of any description, or a source of samples."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens when a number is called.

    `answers`: alerts at once, connects `after` ticks. `alerts`: alerts and never answers. `disconnects`:
    accepts the call, and `after` ticks later clears it with `cause`; `in_band` announces in-band
    information (progress description 8) and `sound` is what the channel then carries. `rejects`: refuses
    with `cause` as the first response.
    """

    kind: Literal["answers", "alerts", "disconnects", "rejects"]
    after: Tick = 0
    cause: Cause | int = Cause.NORMAL_CLEARING
    in_band: bool = False
    sound: Sound | None = None

    def __str__(self) -> str:
        after = f" after {seconds(self.after):g} s" if self.after else ""
        cause = f" with cause {int(self.cause)}" if self.kind in ("disconnects", "rejects") else ""
        return f"{self.kind}{after}{cause}" + (" and in-band information" if self.in_band else "")


UNALLOCATED = Plan("rejects", cause=Cause.UNALLOCATED)


def configured(config: EndConfig) -> dict[str, Plan]:
    """What the configuration says that an end's numbers do."""
    return {digits: _configured(number) for digits, number in config.numbers.items()}


def _configured(number: NumberConfig) -> Plan:
    if number.busy:
        return Plan("disconnects", cause=Cause.USER_BUSY)
    if number.rejects is not None:
        return Plan("rejects", cause=number.rejects)
    return Plan("alerts") if number.never_answers else Plan("answers", after=number.answers or 0)


class Number:
    """A number of one end, to be told what it does. Each verb replaces the one before and returns the
    number.
    """

    def __init__(self, exchange: Exchange, digits: str, plans: dict[str, Plan] | None = None) -> None:
        """`plans` is where it is programmed: those of the exchange, unless it is one terminal's."""
        self._exchange = exchange
        self._own = plans
        self.digits = digits

    @property
    def _plans(self) -> dict[str, Plan]:
        return self._exchange.plans if self._own is None else self._own

    @property
    def plan(self) -> Plan:
        """What it does now."""
        return self._plans.get(self.digits, UNALLOCATED)

    def answers(self, *, after: Duration = 0) -> Number:
        """It rings, and is answered that long after the call arrived."""
        return self._program(Plan("answers", after=ticks(after)))

    def never_answers(self) -> Number:
        """It rings, and rings."""
        return self._program(Plan("alerts"))

    def busy(self, *, tone: bool = False, after: Duration = 0) -> Number:
        """Its user is busy (cause 17).

        Without `tone` the cause is all there is, and the caller's own exchange plays the tone. With it the
        far end announces in-band information (progress description 8) and plays busy tone in the channel.
        """
        if tone:
            return self.disconnects(Cause.USER_BUSY, sound=BUSY, after=after)
        return self.disconnects(Cause.USER_BUSY, after=after)

    def rejects(self, cause: Cause | int = Cause.CALL_REJECTED) -> Number:
        """The call is refused with that cause as the first response (RELEASE COMPLETE)."""
        return self._program(Plan("rejects", cause=clearing_cause(cause)))

    def unallocated(self) -> Number:
        """Nobody has this number (cause 1)."""
        return self._program(UNALLOCATED)

    def disconnects(
        self,
        cause: Cause | int,
        *,
        sound: Sound | None = None,
        in_band: bool | None = None,
        after: Duration = 0,
    ) -> Number:
        """The call is accepted, and cleared that long after with DISCONNECT.

        `in_band` announces in-band information; by default exactly when there is a `sound` to hear.
        """
        promised = sound is not None if in_band is None else in_band
        return self._program(
            Plan(
                "disconnects",
                after=ticks(after),
                cause=clearing_cause(cause),
                in_band=promised,
                sound=checked(sound),
            )
        )

    def _program(self, plan: Plan) -> Number:
        self._plans[self.digits] = plan
        return self


class PlannedNumber:
    """A number of a device under test: the bench cannot program it, only check what its plan says of it.

    The verbs are those of `Number`; each raises NotOnThisBench when `[dut.plan]` does not name the number for
    it, so that a test whose wish the device cannot fulfil is skipped with that reason.
    """

    def __init__(self, plan: PlanConfig, digits: str) -> None:
        self._plan = plan
        self.digits = digits

    def answers(self, *, after: Duration = 0) -> PlannedNumber:
        """It is answered; when, is the device's affair."""
        return self._check("answers", self._plan.answers)

    def never_answers(self) -> PlannedNumber:
        """It rings, and rings."""
        return self._check("never_answers", self._plan.never_answers)

    def busy(self, *, tone: bool = False, after: Duration = 0) -> PlannedNumber:
        """Its user is busy; where the tone comes from is the device's affair."""
        return self._check("busy", self._plan.busy)

    def rejects(self, cause: Cause | int = Cause.CALL_REJECTED) -> PlannedNumber:
        """The call is refused."""
        return self._check("rejects", self._plan.rejects)

    def unallocated(self) -> PlannedNumber:
        """Nobody has this number."""
        return self._check("unallocated", self._plan.unallocated)

    def disconnects(
        self,
        cause: Cause | int,
        *,
        sound: Sound | None = None,
        in_band: bool | None = None,
        after: Duration = 0,
    ) -> PlannedNumber:
        """No plan can name this."""
        raise NotOnThisBench(
            f"number {self.digits}: a device under test cannot be told to clear with cause {int(cause)}"
        )

    def _check(self, wish: str, numbers: tuple[str, ...]) -> PlannedNumber:
        if self.digits in numbers:
            return self
        has = ", ".join(numbers) if numbers else "no number"
        raise NotOnThisBench(
            f"the device's plan names {has} under {wish}, not {self.digits}: program the device and add "
            f'{wish} = ["{self.digits}"] to [dut.plan]'
        )
