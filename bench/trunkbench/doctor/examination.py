"""The examination of a bench, step by step: each step needs those before it, and says what to do if it fails.

It opens the ports that the config names, watches the line, brings the D channel up, places one call, finds
out whether both sides number their channels alike, then has every channel carry a call and listens to both
ways. On a public port it keeps to the safety rules like everybody else.
"""

from __future__ import annotations

from collections.abc import Callable

from trunkbench.bench import Bench
from trunkbench.build import Trunk
from trunkbench.call import Call
from trunkbench.conditions import any_of
from trunkbench.config import BenchConfig
from trunkbench.device import TimeBase
from trunkbench.doctor import ports
from trunkbench.doctor.advice import ALARMS, call_advice, clock_problem, other_clock, why_down
from trunkbench.doctor.audio import check_audio
from trunkbench.doctor.findings import Finding, Findings, ranges
from trunkbench.doctor.listening import shift_of
from trunkbench.errors import CallFailed, ConfigError, NotOnThisBench, PeerError, PortError
from trunkbench.ports.guard import DialRefused
from trunkbench.slips import explain, rate
from trunkbench.span import SpanEnd
from trunkwire.ticks import Tick, seconds

NUMBER = "300"

_TIMES = {
    TimeBase.EXACT: "exact time",
    TimeBase.CARD: "time by the card's clock",
    TimeBase.HOST: "time by the host's clock",
}


class Patient(Bench):
    """A bench that is built and opened, and whose spans are brought into service when the doctor says so."""

    def _bring_into_service(self) -> None:
        self.opened_at = self.pump.now

    def bring_up(self) -> None:
        """Raises PeerError when a D channel does not come up."""
        self._establish()


class Examination:
    """One bench under examination. `listen` is how long the line is watched, `tell` hears every finding."""

    def __init__(self, config: BenchConfig, *, listen: Tick, tell: Callable[[Finding], None]) -> None:
        self.config = config
        self.listen = listen
        self.findings = Findings(tell)

    def run(self) -> Findings:
        """All steps, up to the first one that leaves nothing for the others to stand on."""
        findings, config = self.findings, self.config
        findings.ok("configuration", _described(config))
        in_use = ports.locked(config)
        if in_use:
            findings.failed("timeslots", in_use, "wait until it has ended, or end it")
            findings.rest("the port is not free")
            return findings
        try:
            bench = Patient(config)
        except ConfigError as error:
            findings.failed("device", str(error))
        except PortError as error:
            ports.could_not_open(error, findings)
        else:
            with bench:
                self._opened(bench)
                self._examine(bench)
                findings.line_time = bench.pump.now
        findings.rest("needs what has failed above")
        return findings

    # -- one step after the other -------------------------------------------------------------------------

    def _examine(self, bench: Patient) -> None:
        try:
            self._watch(bench)
            if not self._line(bench) or not self._d_channel(bench):
                return
            call = self._one_call(bench)
            if call is not None and self._numbering(bench, call):
                check_audio(bench, self._number(), self.findings)
        except PortError as error:
            self.findings.failed(
                "line", str(error), "the device vanished during the examination: cable, power, driver"
            )

    def _opened(self, bench: Patient) -> None:
        findings, trunk = self.findings, bench.trunk
        if not self.config.hardware_ports:
            findings.ok("permissions", "none are needed: the software loopback")
            findings.ok("device", "the software loopback: exact time, every mode and fault")
        else:
            findings.ok("permissions", f"{', '.join(self.config.hardware_ports)} opened")
            findings.ok("device", "\n".join(_device(spec, trunk) for spec in _specs(self.config, trunk)))
        slots = "\n".join(
            f"{end.name}: D channel on {end.config.d_channel}, B channels {ranges(end.slot_of.values())}"
            for end in trunk.ends
            if end.is_near or self.config.hardware_ports
        )
        findings.ok("timeslots", slots)

    def _watch(self, bench: Patient) -> None:
        """See what the line does, and then what the clocks do on it."""
        bench.run_for(f"{seconds(self.listen)}s")
        if not self.config.hardware_ports:
            self.findings.ok("clock source", "one clock for both ends")
            return
        for span in self.config.spans:
            ends = [end for end in bench.trunk.ends if end.config.name == span.name]
            both = span.far_port is not None
            here = f"span {span.name}: {span.port} has clock = {span.clock}"
            there = f"{span.far_port} has {span.clock_at_far_port}" if both else other_clock(self.config)
            slips = max((end.slips for end in ends), key=len)
            problem, advice = clock_problem(self.config, span.clock, span.clock_at_far_port, both)
            if slips or problem:
                story = rate(slips) if problem else explain(slips, span.clock, both)
                wrong = f"{here}, {there}: {problem}" if problem else f"{here}, {there}"
                self.findings.failed("clock source", f"{wrong}\n{story}".strip(), *advice)
            else:
                watched = f"no slip reported in {seconds(self.listen):g} s"
                self.findings.ok("clock source", f"{here}, {there}; {watched}")

    def _line(self, bench: Patient) -> bool:
        good = True
        for end in bench.trunk.ends:
            defects = sorted(alarm for alarm in end.alarms if alarm in ALARMS)
            if defects:
                good = False
                advice = [ALARMS[alarm] for alarm in defects]
                self.findings.failed("line", f"{end.name}: {', '.join(defects)}", *advice)
        if good:
            self.findings.ok("line", f"in sync, no alarm for {seconds(self.listen):g} s")
        return good

    def _d_channel(self, bench: Patient) -> bool:
        before = bench.pump.now
        try:
            bench.bring_up()
        except PeerError:
            for end in bench.trunk.ends:
                if not end.in_service:
                    text, advice = why_down(end, bench, before)
                    self.findings.failed("D channel", f"{end.name}: {text}", *advice)
            return False
        sides = ", ".join(f"{end.name} on timeslot {end.config.d_channel}" for end in bench.trunk.near)
        self.findings.ok("D channel", f"up: {sides}")
        return True

    def _number(self) -> str | None:
        """What can be dialled on this bench; None if nothing can."""
        config = self.config
        if config.bench.topology in ("dut-pbx", "dut-exchange"):
            answers = config.dut.plan.answers if config.dut is not None else ()
            return answers[0] if answers else None
        if any(span.public for span in config.spans):
            return config.safety.allow[0] if config.safety.allow else None
        return NUMBER

    def _one_call(self, bench: Patient) -> Call | None:
        number = self._number()
        if number is None:
            where = (
                '[safety] allow = ["…"]' if any(s.public for s in self.config.spans) else "[dut.plan] answers"
            )
            self.findings.not_tried("call", f"no number to dial: name one that answers in {where}")
            return None
        call = None
        try:
            bench.far.number(number).answers()
            call = bench.near.dial(number, channel=_telling_channel(bench))
            bench.run_until(any_of([call.active, call.ended]), within="30s")
        except (NotOnThisBench, DialRefused) as refusal:
            self.findings.not_tried("call", str(refusal))
            return None
        except CallFailed as failure:
            self.findings.failed("call", str(failure).partition("\n")[0], "is there anybody who answers?")
        if call is not None and call.active:
            took = seconds((call.active_at or 0) - call.dialled_at)
            self.findings.ok("call", f"{number} answered after {took:.3f} s on channel {call.channel}")
            return call
        if call is not None and call.ended_at is not None:
            self.findings.failed("call", f"{number} was not reached: {call.where()}", *call_advice(call))
        bench.settle()
        return None

    def _numbering(self, bench: Patient, call: Call) -> bool:
        """Whether channel numbers mean the same timeslots on both sides: found by listening to all."""
        shift = shift_of(bench, call)
        number = call.channel
        bench.settle()
        here = self.config.spans[0].channel_numbering
        if shift is not None:
            mine, theirs = shift
            other = "logical" if here == "timeslot" else "timeslot"
            likely = abs(mine - theirs) == 1 and max(mine, theirs) > self.config.spans[0].d_channel
            advice = (
                f'write channel_numbering = "{other}" for this span: the other end counts channels '
                f"{'without a gap for the D channel' if other == 'logical' else 'by their timeslots'}"
                if likely
                else "compare the order of timeslots on both sides: equipment in between may have moved them"
            )
            self.findings.failed(
                "numbering",
                f"channel {number} is timeslot {mine} here, and what is said in it is on timeslot {theirs} "
                "at the other end",
                advice,
            )
            return False
        self.findings.ok("numbering", f"channel {number} is timeslot {call.slot} on both sides ({here})")
        return True


# -- what is said ------------------------------------------------------------------------------------------


def _described(config: BenchConfig) -> str:
    spans = ", ".join(
        f"{span.name} on {' and '.join(filter(None, (span.port, span.far_port)))}, {span.near.value} side"
        for span in config.spans
    )
    return f"{config.source}: {config.bench.topology}, {spans}"


def _specs(config: BenchConfig, trunk: Trunk) -> list[tuple[str, int]]:
    """The port's name in the config, and its place in `trunk.ports`."""
    names = [name for span in config.spans for name in (span.port, span.far_port) if name is not None]
    return [(name, index) for index, name in enumerate(names) if index < len(trunk.ports)]


def _device(spec: tuple[str, int], trunk: Trunk) -> str:
    name, index = spec
    caps = trunk.ports[index].caps
    modes = ", ".join(sorted(mode.value for mode in caps.modes))
    more = getattr(trunk.ports[index], "describe", None)
    told = f"\n{more()}" if more is not None else ""
    return f"{name}: {len(caps.slots)} timeslots ({modes}), {_TIMES[caps.time]}{told}"


def _telling_channel(bench: Patient) -> int | None:
    """A channel that betrays how channels are counted: the first one behind the D channel's timeslot."""
    span = bench.near.spans[0] if bench.near.spans and isinstance(bench.near.spans[0], SpanEnd) else None
    if span is None:
        return None
    return next((n for n, slot in span.slot_of.items() if slot > span.config.d_channel), None)
