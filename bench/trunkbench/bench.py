"""The bench: two ends, the spans between them, and line time.

`near` is where calls are placed from by default, `far` is the side that is called. Waiting is done here and
nowhere else: `run_until` for a test that does one thing after the other, `run` for stories (coroutines)
that go on side by side. Both stop at the very tick at which a condition came true.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from trunkbench.build import Ends, Trunk, build_trunk, make_clock
from trunkbench.clock import VirtualClock
from trunkbench.clockwatch import ClockWatch
from trunkbench.conditions import Condition, Elapsed
from trunkbench.config import BenchConfig, Depth, PlanConfig, load_config
from trunkbench.descriptors import newly_open, open_devices
from trunkbench.device import Clock, Tallying
from trunkbench.errors import PeerError, PortError, UsageError
from trunkbench.exchange import Exchange
from trunkbench.latency import Latency, measured
from trunkbench.numbers import Plan
from trunkbench.pump import Pump
from trunkbench.slips import explain
from trunkbench.stories import Driver, Story, Wait, end_all
from trunkbench.timeline import Timeline
from trunkwire.q931.causes import Cause
from trunkwire.ticks import SECOND, Duration, Tick, seconds, ticks

if TYPE_CHECKING:
    from trunkbench.access.network import Network
    from trunkbench.analog import LinePlant
    from trunkbench.callcentre.pbx import CallCentrePbx
    from trunkbench.leased.channel import LeasedChannel
    from trunkbench.leased.leasing import Leasing

T = TypeVar("T")

SERVICE_LIMIT: Tick = 30 * SECOND
"""How long the spans may take to come into service: three establishments by N200 × T200 and some (Q.921
5.5.1).
"""

CLEARING_LIMIT: Tick = 90 * SECOND
"""How long clearing everything may take: T305, then T308 twice (Q.931 5.3.3), or T306 before."""


class Bench:
    """A trunk with an exchange at each end. Use it as a context manager, or `close()` it."""

    def __init__(
        self,
        config: BenchConfig | None = None,
        *,
        depth: Depth | None = None,
        seed: int | None = None,
        clock: Clock | None = None,
        ends: Ends | None = None,
    ) -> None:
        self.config = load_config() if config is None else _checked(config)
        self.depth: Depth = depth or self.config.bench.depth
        self.seed = self.config.bench.seed if seed is None else seed
        self.random = random.Random(self.seed)
        self.slack = self.config.timing.slack
        self.progress: Callable[[Bench], None] | None = None
        """Called after every step of a wait: for somebody who wants to watch."""
        self.network: Network | None = None
        """The numbers of `[access]` and what is behind them, where the configuration has such."""
        self.plant: LinePlant | None = None
        """The analog lines, where the bench has such."""
        self.call_centre: CallCentrePbx | None = None
        """The call centre that the far end plays, where `[call_centre]` says so and the far end is ours."""
        self.leasing: Leasing | None = None
        """The leased channels' hours and tests, where `[[access.leased]]` has such."""
        self._closed = False
        self._driving = False
        self._clock, self._ends = clock, ends or Ends()
        self._build()
        self._descriptors = open_devices()
        self._bring_into_service()

    @classmethod
    def from_config(
        cls,
        config: BenchConfig | str | Path | None = None,
        *,
        depth: Depth | None = None,
        seed: int | None = None,
        clock: Clock | None = None,
        ends: Ends | None = None,
    ) -> Bench:
        """The bench that a config (or its file; None is the packaged loopback) describes, in service.

        Raises ConfigError, UsageError for what is neither a config nor the name of a file, and PeerError when
        a span does not come into service.
        """
        if config is None or isinstance(config, str | Path):
            config = load_config(config)
        return cls(config, depth=depth, seed=seed, clock=clock, ends=ends)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # -- time ---------------------------------------------------------------------------------------------

    @property
    def now(self) -> Tick:
        """Line time, in ticks since the spans came into service."""
        return self.pump.now - self.timeline.epoch

    def run_until(self, condition: Condition, *, within: Duration) -> None:
        """Run until the condition holds, and stop at that tick.

        Raises CallFailed, with a table of who is where, when it does not hold `within` that time, or at
        once when it has become impossible.
        """
        self._drive(lambda driver: driver.wait(self.until(condition, within=within)))

    def run_for(self, duration: Duration) -> None:
        """Run for that long, whatever happens."""
        self._drive(lambda driver: driver.wait(self.sleep(duration)))

    def until(self, condition: Condition, *, within: Duration) -> Wait:
        """In a story: `await bench.until(call.active, within="10s")`."""
        return Wait(condition, self.pump.now + ticks(within) + self.slack, within)

    def sleep(self, duration: Duration) -> Wait:
        """In a story: let that much line time pass."""
        return Wait(Elapsed(self.pump.now + ticks(duration)))

    def run(self, *stories: Story) -> list[Any]:
        """Run stories side by side until all have returned; what they returned, in their order.

        The first one that raises ends all the others (their `finally` blocks run) and its error is raised.
        Raises UsageError for what is no story, and inside a story (there, `await bench.until(…)`).
        """
        try:
            return self._drive(lambda driver: driver.run(stories))
        finally:
            end_all(stories)

    # -- leased channels ----------------------------------------------------------------------------------

    @property
    def leased(self) -> tuple[LeasedChannel, ...]:
        """The timeslots that are connected for data (`[[access.leased]]`); see `trunkbench.leased`."""
        return () if self.leasing is None else self.leasing.channels

    # -- service ------------------------------------------------------------------------------------------

    def hang_up_all(self) -> None:
        """Both ends hang up whatever they still hold."""
        for exchange in (self.near, self.far):
            exchange.hang_up_all()

    def settle(self) -> None:
        """Hang up everything and run until it is quiet, or until clearing can take no longer."""
        self.pump.check_open()
        self.hang_up_all()
        limit = self.pump.now + CLEARING_LIMIT
        known = self._begun()
        while not self.quiet() and self.pump.now < limit:
            self.pump.step(limit)
            if self._begun() != known:  # a call was under way, or a set still rang
                known = self._begun()
                self.hang_up_all()

    def _begun(self) -> int:
        """How many calls both ends have seen begin."""
        return len(self.near.calls) + len(self.far.calls)

    def quiet(self) -> bool:
        """Whether no end holds a call and no frame is under way."""
        return self.near.quiet() and self.far.quiet() and self.pump.bookings() == 0

    def audit(self) -> list[str]:
        """What is left after everybody has hung up: channels, call references, timers, descriptors; [] is
        clean.
        """
        self.pump.check_open()
        self.settle()
        found = [f"near: {line}" for line in self.near.audit()]
        found += [f"far: {line}" for line in self.far.audit()]
        if self.pump.bookings():
            found.append(f"bench: {self.pump.bookings()} bookings left on the agenda")
        return found + [f"bench: {line}" for line in newly_open(self._descriptors)]

    def reset(self) -> None:
        """As if newly opened: calls, plans, timeline, seed and epoch begin anew.

        Where the whole bench is software it *is* opened anew, with a `near` and a `far` of its own, so that
        the same story has the same digest as on a new bench. Hardware, peers of a test's own and a clock that
        was given stay: the spans are left in service, where layer 2 goes on counting, as do call references
        and the choice of channels, and all of that shows in the digest. Calls from before keep their
        outcomes.

        Raises PeerError when the ends cannot be brought to rest; nothing is forgotten then.
        """
        left = self.audit()
        if left:
            raise PeerError("the bench cannot be reset, something is left over:\n" + "\n".join(left))
        self.random.seed(self.seed)
        if not self.trunk.ports and self._clock is None and self._ends == Ends():
            # The wires of before stay open: they hold nothing, and what was heard on them can be asked for.
            self.pump.close("the bench has been reset since: take bench.near and bench.far anew")
            self._build()
            self._bring_into_service()
            return
        self.near.reset()
        self.far.reset()
        if self.near.switch is not None:
            from trunkbench.access.opening import renew

            self.network = renew(self)
        self._program_device()
        self._begin()

    def reservations(self) -> list[str]:
        """What limits the verdicts on audio: what the ports lost on the way, slips, clocks that differ."""
        found = []
        for end in self.trunk.ends:
            lost = {slot: count for slot, count in sorted(end.lost_samples.items()) if count}
            if lost:
                total = sum(lost.values()) / 8
                slots = ", ".join(map(str, lost))
                found.append(
                    f"{end.name}: {total:.0f} ms of audio were lost on timeslots {slots}; "
                    "nothing is concluded from them"
                )
            story = explain(end.slips, end.config.clock, end.config.far_port is not None)
            if story:
                found.append(f"{end.name}: {story}")
        for port in self.trunk.ports:
            stats = port.stats() if isinstance(port, Tallying) else {}
            counted = ", ".join(
                f"{name} {stats[name]}" for name in ("underruns", "overruns") if stats.get(name)
            )
            if counted:
                found.append(
                    f"{getattr(port, 'name', type(port).__name__)}: {counted}, by the port's own count"
                )
        return found + self.clocks.report()

    def latency(self) -> Latency:
        """How long messages and speech took so far, by the line's own time (`trunkbench.latency`)."""
        return measured(self)

    def describe(self) -> str:
        """One line: the config and what is behind it."""
        return f"{self.config.describe()}, depth {self.depth}, seed {self.seed}"

    def who_is_where(self) -> str:
        """A table of every call of both ends that is not over."""
        rows = [
            call.where() for exchange in (self.near, self.far) for call in exchange.calls if not call.cleared
        ]
        return "\n".join(f"  {row}" for row in rows) if rows else "  no calls"

    def digest(self) -> str:
        """The digest of the run so far (see `trunkbench.timeline`)."""
        return self.timeline.digest()

    def save_artifacts(self, folder: Path) -> list[Path]:
        """Write trace, ladder, audio and event log of the run to `folder` (made if need be); what was
        written.
        """
        from trunkbench.artifacts import save

        try:
            return save(self, folder)
        except PortError:
            self.pump.check_open()
            raise

    def close(self) -> None:
        """Give every device back. Idempotent.

        The timeline and its digest stay to be asked for. Whatever needs line time (waiting, dialling, hanging
        up, an audit) or what came over the trunk (the outcome of a call, artefacts) raises UsageError from
        then on.
        """
        if not self._closed:
            self._closed = True
            self._give_back(
                "the bench is closed: its spans were given back, and line time stands still; "
                "open another one (Bench.from_config), or do this before close()"
            )

    # -- inside -------------------------------------------------------------------------------------------

    def _drive(self, work: Callable[[Driver], T]) -> T:
        self.pump.check_open()
        if self._driving:
            raise UsageError(
                "the bench is waiting already: in a story, `await bench.until(…)` or `bench.sleep(…)`"
            )
        watch = None if self.progress is None else self._show_progress
        self._driving = True
        try:
            return work(Driver(self.pump, self.timeline.epoch, self.who_is_where, watch))
        finally:
            self._driving = False

    def _show_progress(self) -> None:
        if self.progress is not None:
            self.progress(self)

    def _build(self) -> None:
        """Everything but the configuration: pump, spans and the two ends of the bench, not in service yet."""
        self.pump = Pump(self._clock or VirtualClock())
        self.timeline = Timeline(self.seed)
        self.trunk: Trunk = build_trunk(self.config, self.depth, self.pump, self.timeline, self._ends)
        if self._clock is None:
            self.pump.clock = make_clock(self.config, self.trunk)
        self.clocks = ClockWatch(self.trunk.ports)
        self.pump.add(self.clocks)
        self.near = Exchange("near", self.config.near, self.config, self.trunk.near, self.pump, self.timeline)
        self.far = Exchange("far", self.config.far, self.config, self.trunk.far, self.pump, self.timeline)
        self._arrange()
        if self.config.access is not None:
            from trunkbench.access.opening import open_access

            self.network, self.plant = open_access(self)
        if self.config.access is not None and self.config.access.leased:
            from trunkbench.leased.leasing import Leasing

            self.leasing = Leasing(self)
            self.pump.add(self.leasing)
        ours = self.far.spans or self.far.guest or self.far.analog  # else there is nobody to play it
        if self.config.call_centre is not None and ours:
            from trunkbench.callcentre.pbx import CallCentrePbx

            self.call_centre = CallCentrePbx(self.far, self.config.call_centre, self.config)

    def _arrange(self) -> None:
        """What the topology makes of the two ends (docs/design.md, "Topologies")."""
        topology, near, far = self.config.bench.topology, self.near, self.far
        self._program_device()
        if topology == "carrier":
            near.arrivals, far.guest = far, True
            near.capacity //= 2  # a call that the carrier brings back takes two channels
        elif topology == "through-dut":
            near.capacity = far.capacity = min(near.capacity, far.capacity)
        if topology in ("carrier", "through-dut"):
            near.beyond, far.beyond = far, near
        public = sum(end.config.public for end in self.trunk.near)
        if public:
            near.capacity = min(near.capacity, public * self.config.safety.max_calls)

    def _program_device(self) -> None:
        """Give the far end the plan of the device; on the loopback our own far end plays the device."""
        if self.config.bench.topology not in ("dut-pbx", "dut-exchange"):
            return
        far = self.far
        plan = far.dut_plan = self.config.dut.plan if self.config.dut is not None else PlanConfig()
        for digits in plan.answers:
            far.plans[digits] = Plan("answers")
        for digits in plan.busy:
            far.plans[digits] = Plan("disconnects", cause=Cause.USER_BUSY)
        for digits in plan.rejects:
            far.plans[digits] = Plan("rejects", cause=Cause.CALL_REJECTED)
        for digits in plan.never_answers:
            far.plans[digits] = Plan("alerts")

    def _bring_into_service(self) -> None:
        try:
            self._establish()
        except BaseException:
            self._give_back("the spans of the bench did not come into service; open another one")
            raise

    def _establish(self) -> None:
        limit = self.pump.now + SERVICE_LIMIT
        for end in (*self.trunk.near, *self.trunk.far):
            end.start(self.pump.now)
        while not all(end.in_service for end in (*self.trunk.near, *self.trunk.far)):
            if self.pump.now >= limit:
                down = [end.name for end in (*self.trunk.near, *self.trunk.far) if not end.in_service]
                raise PeerError(
                    f"{', '.join(down)}: the D channel did not come up within {seconds(SERVICE_LIMIT):g} s; "
                    "check that one side is network and the other user, "
                    "and that the D channel's timeslot agrees"
                )
            self.pump.step(limit)
        # Let what the establishment left behind (a UA, a first RR) arrive, so that every run begins alike.
        limit = self.pump.now + SECOND
        while self.pump.now < limit:
            self.pump.step(limit)
        self._begin()

    def _begin(self) -> None:
        """Line time begins."""
        self.timeline.begin(self.pump.now)
        if self.leasing is not None:
            self.leasing.begin()

    def _give_back(self, why: str) -> None:
        self.pump.close(why)
        self.trunk.close()
        if self.plant is not None:
            self.plant.close()


def _checked(config: object) -> BenchConfig:
    if not isinstance(config, BenchConfig):
        raise UsageError(
            f"{config!r} is no configuration of a bench: give Bench.from_config() the name of a TOML file, a "
            "BenchConfig (trunkbench.config.load_config), or nothing for the packaged loopback"
        )
    return config


def all_calls(exchanges: Iterable[Exchange]) -> list[Any]:
    """Every call of those ends, in the order in which they began."""
    calls = [call for exchange in exchanges for call in exchange.calls]
    return sorted(calls, key=lambda call: (call.dialled_at, call.end != "near", call.index))
