"""A run of cases against one implementation under test: the line, the two ends, and order between cases.

The tester stands at the near end of the first span. At the other end stands our own stack, or a peer whose
factory is given, or on hardware whatever the port's line leads to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from trunkbench.build import Ends, PeerFactory, build_trunk, make_clock
from trunkbench.clock import VirtualClock
from trunkbench.config import BenchConfig, Depth, SpanConfig
from trunkbench.conform.case import Case, CaseResult, Step, Verdict
from trunkbench.conform.layer3 import CallTester
from trunkbench.conform.ours import OurUpper
from trunkbench.conform.ours_link import LINK_PIXIT, NAME, link_maker, link_upper
from trunkbench.conform.pixit import OWN_NUMBERS, ConformConfig
from trunkbench.conform.tester import Failed, Inconclusive, Station
from trunkbench.conform.upper import NotPossible, NoUpper, OperatorUpper, Upper
from trunkbench.device import Clock
from trunkbench.errors import PeerError, PortError, UsageError
from trunkbench.pump import Pump
from trunkbench.span import Peer, PeerEnd, SpanEnd
from trunkbench.timeline import Timeline
from trunkwire.g711 import Law
from trunkwire.lapd import LapdSettings
from trunkwire.side import Side
from trunkwire.ticks import SECOND, seconds

_PATIENCE = 3
"""So many cases in a row may find the data link dead before the run is given up."""


def unsuited(span: SpanConfig) -> str | None:
    """Why the cases of Q.931 are not for a span; None when they are."""
    if span.kind == "bri":
        return "the cases of Q.931 are written for primary rate: call references and channels of two octets"
    if span.switch not in ("euroisdn", "q931"):
        return f"the cases of Q.931 are not those of switch variant {span.switch!r}; use euroisdn or q931"
    return None


@dataclass(frozen=True, slots=True)
class Implementation:
    """An implementation under test that runs in this process in place of our own stack.

    `make` makes it for the far end of the span; `upper` makes the hand that moves it, given what was made and
    a function that sends what it has ready.
    """

    name: str
    make: PeerFactory
    upper: Callable[[Peer, Pump, Callable[[], None]], Upper]
    pixit: ConformConfig = OWN_NUMBERS


class Session:
    """The bench of a run. `role` is the role of the implementation under test. Close it at the end."""

    def __init__(
        self,
        config: BenchConfig,
        role: Side,
        *,
        implementation: Implementation | None = None,
        depth: Depth | None = None,
        clock: Clock | None = None,
        tell: Callable[[str], None] | None = None,
        prepare: Callable[[SpanEnd], None] | None = None,
        one_case: bool = False,
    ) -> None:
        """Raises UsageError for a public port, ConfigError and PortError as a bench does.

        `tell` shows an operator what to do. `prepare` is let loose on our own stack, to put faults into it.
        `one_case`: for one case of layer 2 on a loopback, with nothing to be put right after it.
        """
        first = config.spans[0]
        if first.public:
            raise UsageError(f"span {first.name!r} is public: broken messages are not for the public network")
        span = msgspec.structs.replace(first, near=role.peer, end="near")
        config = msgspec.structs.replace(config, spans=(span,))
        self.role = role
        self._config = config
        self._implementation = implementation
        self._depth = depth
        self._one_case = one_case
        self._unsuited = unsuited(span)
        self._dead = 0
        self.pump = Pump(clock or VirtualClock())
        self.timeline = Timeline(config.bench.seed)
        self.station = Station(role.peer, LapdSettings(**config.timers.lapd()), span.name)
        far = None if implementation is None else implementation.make
        ends = Ends(near=lambda _span, _side: self.station, far=far)
        self.trunk = build_trunk(config, depth or config.bench.depth, self.pump, self.timeline, ends)
        try:
            if clock is None:
                self.pump.clock = make_clock(config, self.trunk)
            end = self.trunk.near[0]
            assert isinstance(end, PeerEnd)
            self._end = end
            pixit, upper = self._upper(config, implementation, tell, prepare)
            self.tester = CallTester(self.station, self.pump, end.drain, pixit, upper, config.timers)
            self.tester.adapt(span.d_channel, Law(span.law))
            for other in self.trunk.far:
                other.start(self.pump.now)
        except BaseException:
            self.trunk.close()
            raise

    def _upper(
        self,
        config: BenchConfig,
        implementation: Implementation | None,
        tell: Callable[[str], None] | None,
        prepare: Callable[[SpanEnd], None] | None,
    ) -> tuple[ConformConfig, Upper]:
        """What is known of the implementation under test, and the hand that moves it."""
        far = self.trunk.far[0] if self.trunk.far else None
        if isinstance(far, SpanEnd):
            if prepare is not None:
                prepare(far)
            return OWN_NUMBERS, OurUpper(far, OWN_NUMBERS)
        if isinstance(far, PeerEnd):
            assert implementation is not None
            return implementation.pixit, implementation.upper(far.peer, self.pump, far.drain)
        pixit = config.conform or ConformConfig()
        if config.dut is not None:
            pixit = pixit.with_plan(msgspec.structs.asdict(config.dut.plan))
        if pixit.stimulus == "operator" and tell is not None:
            return pixit, OperatorUpper(tell)
        return pixit, NoUpper()

    def close(self) -> None:
        """Give the line back. Idempotent."""
        self.trunk.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    # -- one case -----------------------------------------------------------------------------------------

    def run(self, case: Case) -> CaseResult:
        """Run one case, and bring the implementation under test back to its null state.

        Raises PeerError when nothing can be sent any more (the port has gone).
        """
        if case.role is not self.role:
            raise UsageError(
                f"{case.path} is for the {case.role.value} role, this run is for {self.role.value}"
            )
        if case.layer == 2 and not self._one_case and self._on_loopback:
            with self._line_of_its_own(case) as line:
                return line.run(case)
        tester = self.tester
        self.timeline.begin(self.pump.now)
        tester.begin()
        verdict, reason, frame = Verdict.PASS, "", None
        try:
            self._play(case)
        except Failed as failure:
            verdict, reason, frame = Verdict.FAIL, str(failure), failure.frame
        except Inconclusive as reservation:
            verdict, reason, frame = Verdict.INCONCLUSIVE, str(reservation), reservation.frame
        line_time = seconds(self.pump.now - self.station.epoch)
        records = tuple(self.station.records)
        notes = () if self._one_case else tuple(self._restore(case))
        return CaseResult(case, verdict, reason, frame, records, notes, line_time)

    @property
    def _on_loopback(self) -> bool:
        """Whether both ends of the line are in this process, in virtual time."""
        return bool(self.trunk.far and self.trunk.wires) and isinstance(self.pump.clock, VirtualClock)

    def _line_of_its_own(self, case: Case) -> Session:
        """A fresh line for a case of layer 2: what one leaves behind decides nothing about the next.

        Our own stack stands there with layer 2 alone, so that nothing above it asks for links by itself.
        """
        config, span = self._config, self._config.spans[0]
        if case.access == "basic":
            span = SpanConfig(name=span.name, kind="bri", near=span.near)
        ours = Implementation(NAME, link_maker(config.timers.lapd()), link_upper, LINK_PIXIT)
        return Session(
            msgspec.structs.replace(config, spans=(span,)),
            self.role,
            implementation=self._implementation or ours,
            depth=self._depth,
            one_case=True,
        )

    def _play(self, case: Case) -> None:
        """The preamble, in which nothing can fail, then the script."""
        try:
            if case.layer == 3 and self._unsuited is not None:
                raise Inconclusive(self._unsuited)
            if case.layer == 3:
                self._bring_up()
                self.station.begin(self.pump.now)
            else:
                if case.access == "basic" and self._config.spans[0].kind != "bri":
                    raise Inconclusive('needs a basic access with TEI management (kind = "bri")')
                self.station.raw = True
            self._steps(case.preamble)
        except Failed as failure:
            raise Inconclusive(f"{case.state} was not reached: {failure}", failure.frame) from failure
        self._steps(case.script)

    def _bring_up(self) -> None:
        """The tester's data link up. A line that stays dead from one case to the next ends the run."""
        try:
            self.tester.bring_up()
        except Inconclusive as dead:
            self._dead += 1
            if self._dead == _PATIENCE:
                raise PeerError(
                    f"{dead}, {self._dead} times in a row: check the line, and that the IUT is the "
                    f"{self.role.value} side (--role)"
                ) from dead
            raise
        self._dead = 0

    def _steps(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            try:
                step.run(self.tester)
            except NotPossible as reason:
                raise Inconclusive(str(reason)) from reason

    def abandon(self) -> list[str]:
        """Clear the call of a case that was broken off; what is left, a line each."""
        try:
            self._end_layer_two()
            self.tester.clear_call()
        except (Failed, Inconclusive, PortError, PeerError) as trouble:
            return [f"the call may be left at the IUT: {trouble}"]
        return ["the call of that case was cleared, nothing is left over"]

    # -- between cases ------------------------------------------------------------------------------------

    def _restore(self, case: Case) -> list[str]:
        """Bring the implementation back to null; what could not be done in the ordinary way, a line each."""
        notes: list[str] = []
        try:
            self._end_layer_two()
            self._steps(case.postamble)
            self.tester.clear_call()
        except (Failed, Inconclusive) as trouble:
            notes.append(f"postamble: {trouble}")
            notes += self._force()
        left = self.tester.upper.audit()
        if left:
            notes += [f"left over: {line}" for line in left]
            if not notes[0].startswith("postamble"):
                self._force()
        return notes

    def _end_layer_two(self) -> None:
        if self.station.raw or self.station.muted:
            self.station.muted = False
            self.station.renew()
            self.tester.bring_up()

    def _force(self) -> list[str]:
        """The data link anew, a RESTART of the interface, and time for timers to give up."""
        station, tester = self.station, self.tester
        try:
            tester.upper.reset()
        except NotPossible as reason:
            return [str(reason)]
        station.renew()
        self.pump.step(self.pump.now)
        try:
            tester.bring_up()
            tester.restart_interface()
        except (Failed, Inconclusive) as trouble:
            return [f"the IUT could not be brought to its null state: {trouble}"]
        tester.run_until(self.pump.now + 2 * SECOND)
        return ["the data link was established anew and the interface restarted"]
