"""The bench's configuration: one TOML file a bench, strictly checked before anything is opened.

The structs below are the definition of the file: a table is a struct, a key is a field, and whatever they do
not name is refused. All that is wrong with a file is reported at once (`ConfigError`), each problem with its
key path, the reason, and the nearest valid spelling. Without a file the packaged `data/loopback.toml` holds.
"""

from __future__ import annotations

import difflib
import enum
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from trunkbench.access.config import AccessConfig
from trunkbench.access.contradictions import plan_contradictions
from trunkbench.access.leasing import lease_contradictions
from trunkbench.callcentre.config import CallCentreConfig
from trunkbench.conform.pixit import ConformConfig
from trunkbench.emergency import emergency_in
from trunkbench.errors import ConfigError
from trunkbench.spanconfig import LOOPBACK, SpanConfig
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick, ticks

__all__ = [
    "LOOPBACK",
    "BenchConfig",
    "BenchSection",
    "Depth",
    "DutConfig",
    "EndConfig",
    "LineConfig",
    "NumberConfig",
    "PlanConfig",
    "SafetyConfig",
    "SpanConfig",
    "TimersConfig",
    "TimingConfig",
    "Topology",
    "load_config",
    "packaged_config",
    "parse_config",
]

Topology = Literal["crossover", "dut-pbx", "dut-exchange", "through-dut", "carrier"]
Depth = Literal["event", "bits"]

_DURATION = "a duration as text"
DurationText = Annotated[Tick, msgspec.Meta(description=_DURATION)]
"""Ticks here, text such as "350ms" in the file."""

_Count = Annotated[int, msgspec.Meta(ge=1)]
_Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]+$")]


class BenchSection(msgspec.Struct, frozen=True):
    """`[bench]`: what the whole bench is."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    topology: Topology = "crossover"
    """What is at the other end; tests ask for it, never for a card (docs/design.md, "Topologies")."""
    seed: int = 1
    clock: Literal["virtual", "paced", "card"] = "virtual"
    """Where line time comes from: it jumps, or follows the host's clock, or the first card's sample count."""
    depth: Depth = "event"
    no_circuit: Literal["busy", "congestion"] = "busy"
    """The tone the near exchange plays when no circuit was found (Q.850 causes 34, 42, 44)."""


class NumberConfig(msgspec.Struct, frozen=True):
    """An entry of `[near.numbers]` or `[far.numbers]`: what happens when that number is called; one key."""

    answers: DurationText | None = None
    """Rings, and is answered that long after the call arrived ("0s": at once)."""
    never_answers: Literal[True] | None = None
    busy: Literal[True] | None = None
    """Its user is busy (Q.850 cause 17)."""
    rejects: Annotated[int, msgspec.Meta(ge=1, le=127)] | None = None
    """Is refused with this cause as the first response."""


class EndConfig(msgspec.Struct, frozen=True):
    """`[near]` and `[far]`: how that end of every span places its calls, and what its numbers do."""

    calling: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,15}$")] = "1000"
    """The number of its first caller; those after it count up."""
    selection: Literal["ascending", "descending", "round-robin"] = "ascending"
    """The order in which a free B channel is looked for."""
    channel: Literal["exclusive", "preferred", "any"] = "exclusive"
    """What SETUP asks for (Q.931 5.1.2, 5.2.3): this channel only, this one rather, or whichever."""
    numbers: dict[_Digits, NumberConfig] = {}
    """What its numbers do when they are called, until somebody programs them otherwise."""


_BELL_202 = frozenset({"cn", "us"})
"""Zones whose networks send the caller's number with Bell 202: YDN 069 in China, GR-30-CORE."""


class LineConfig(msgspec.Struct, frozen=True):
    """`[line]`: the customer's line."""

    zone: str = "cn"
    """The tone zone, by its name in `trunkwire.tones.ZONES`."""
    caller_id: Literal["v23", "bell202", "none"] | None = None
    """How analog lines are told who calls; by default as the zone's networks do."""

    @property
    def caller_id_standard(self) -> str:
        """The modem's name: Bell 202 in China and North America, V.23 elsewhere (EN 300 659-1); "none" when
        nothing is sent."""
        return self.caller_id or ("bell202" if self.zone in _BELL_202 else "v23")


class TimingConfig(msgspec.Struct, frozen=True):
    """`[timing]`: how exactly times are judged."""

    slack: DurationText = 0
    """Added to every `within`; zero on the loopback, which is exact."""


class TimersConfig(msgspec.Struct, frozen=True):
    """`[timers]`: values that differ from the Recommendation's; None keeps its default.

    T200 to T203, N200 to N202 and k are those of Q.921 5.9; the others those of Q.931 9.1 and 9.2.
    """

    t200: DurationText | None = msgspec.field(default=None, name="T200")
    t201: DurationText | None = msgspec.field(default=None, name="T201")
    t202: DurationText | None = msgspec.field(default=None, name="T202")
    t203: DurationText | None = msgspec.field(default=None, name="T203")
    n200: _Count | None = msgspec.field(default=None, name="N200")
    n201: _Count | None = msgspec.field(default=None, name="N201")
    n202: _Count | None = msgspec.field(default=None, name="N202")
    k: Annotated[int, msgspec.Meta(ge=1, le=127)] | None = None
    t301: DurationText | None = msgspec.field(default=None, name="T301")
    t302: DurationText | None = msgspec.field(default=None, name="T302")
    t303: DurationText | None = msgspec.field(default=None, name="T303")
    t304: DurationText | None = msgspec.field(default=None, name="T304")
    t305: DurationText | None = msgspec.field(default=None, name="T305")
    t306: DurationText | None = msgspec.field(default=None, name="T306")
    t307: DurationText | None = msgspec.field(default=None, name="T307")
    t308: DurationText | None = msgspec.field(default=None, name="T308")
    t309: DurationText | None = msgspec.field(default=None, name="T309")
    t310: DurationText | None = msgspec.field(default=None, name="T310")
    t312: DurationText | None = msgspec.field(default=None, name="T312")
    t313: DurationText | None = msgspec.field(default=None, name="T313")
    t314: DurationText | None = msgspec.field(default=None, name="T314")
    t316: DurationText | None = msgspec.field(default=None, name="T316")
    t317: DurationText | None = msgspec.field(default=None, name="T317")
    t318: DurationText | None = msgspec.field(default=None, name="T318")
    t319: DurationText | None = msgspec.field(default=None, name="T319")
    t322: DurationText | None = msgspec.field(default=None, name="T322")

    def lapd(self) -> dict[str, int]:
        """The Q.921 values given, by field name (times in ticks)."""
        return self._given(("t200", "t201", "t202", "t203", "n200", "n201", "n202", "k"))

    def q931(self) -> dict[str, Tick]:
        """The Q.931 timers given, by field name, in ticks."""
        return self._given(tuple(name for name in self.__struct_fields__ if name.startswith("t3")))

    def _given(self, names: tuple[str, ...]) -> dict[str, int]:
        return {name: value for name in names if (value := getattr(self, name)) is not None}


class PlanConfig(msgspec.Struct, frozen=True):
    """`[dut.plan]`: what the device under test does with a call, by called number."""

    answers: tuple[_Digits, ...] = ()
    busy: tuple[_Digits, ...] = ()
    rejects: tuple[_Digits, ...] = ()
    never_answers: tuple[_Digits, ...] = ()
    unallocated: tuple[_Digits, ...] = ()


class DutConfig(msgspec.Struct, frozen=True):
    """`[dut]`: the device under test at the other end."""

    name: str = ""
    plan: PlanConfig = PlanConfig()


class SafetyConfig(msgspec.Struct, frozen=True):
    """`[safety]`: what ports marked `public` may do. Emergency numbers are never dialled."""

    allow: tuple[_Digits, ...] = ()
    """The numbers that may be dialled, whole; nothing else is."""
    max_calls: _Count = 2
    """Calls at the same time on one public port."""
    calls_per_minute: _Count = 6
    max_call: DurationText = 3 * 60 * SECOND
    """How long one call may last before it is cleared."""


class BenchConfig(msgspec.Struct, frozen=True):
    """One bench, as its file describes it."""

    bench: BenchSection
    spans: Annotated[tuple[SpanConfig, ...], msgspec.Meta(min_length=1)] = msgspec.field(name="span")
    line: LineConfig = LineConfig()
    timing: TimingConfig = TimingConfig()
    timers: TimersConfig = TimersConfig()
    near: EndConfig = EndConfig()
    far: EndConfig = EndConfig(calling="300", selection="descending")
    dut: DutConfig | None = None
    safety: SafetyConfig = SafetyConfig()
    conform: ConformConfig | None = None
    access: AccessConfig | None = None
    """`[access]`: the public exchange and the numbers people can dial."""
    call_centre: CallCentreConfig | None = None
    """`[call_centre]`: the call centre that the far end plays."""
    source: Annotated[str, msgspec.Meta(description="not in the file")] = ""
    """The file that this was read from."""

    @property
    def hardware_ports(self) -> tuple[str, ...]:
        """The ports that are not the loopback, sorted; empty when no hardware is needed."""
        ports = {span.port for span in self.spans if not span.is_loopback}
        return tuple(sorted(ports | {span.far_port for span in self.spans if span.far_port is not None}))

    def describe(self) -> str:
        """One line: the file, the topology and the back ends."""
        back_ends = sorted({span.port.partition(":")[0] for span in self.spans})
        spans = f"{len(self.spans)} span{'s' if len(self.spans) != 1 else ''}"
        return f"{self.bench.name} ({self.source}): {self.bench.topology}, {spans} on {', '.join(back_ends)}"


def load_config(path: str | Path | None = None) -> BenchConfig:
    """The configuration in the TOML file `path`; None is the packaged loopback.

    Raises ConfigError, naming the file and every problem in it.
    """
    if path is None:
        return packaged_config("loopback.toml")
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigError(f"{path}: cannot be read: {reason}; give the TOML file of a bench") from error
    return parse_config(text, str(path))


def packaged_config(name: str) -> BenchConfig:
    """The configuration of that file name that comes with the package: `loopback.toml` or `t1.toml`."""
    text = (resources.files("trunkbench") / "data" / name).read_text(encoding="utf-8")
    return parse_config(text, f"packaged {name}")


def parse_config(text: str, source: str) -> BenchConfig:
    """The configuration in the TOML `text`; `source` names it in messages. Raises ConfigError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: is not valid TOML: {error}") from error
    problems: list[str] = []
    config = _table(BenchConfig, tables, "", problems)
    if config is not None:
        config = msgspec.structs.replace(config, source=source)
        problems += _contradictions(config)
    if config is None or problems:
        raise ConfigError(
            "\n".join([f"{source}: the configuration is unusable:", *(f"  {p}" for p in problems)])
        )
    return msgspec.structs.replace(config, access=config.access and config.access.spelled_alike())


# -- from TOML values to structs, with every problem kept --------------------------------------------------

_S = TypeVar("_S", bound=msgspec.Struct)


def _table(struct: type[_S], table: object, path: str, problems: list[str]) -> _S | None:
    """The struct that `table` describes, or None if a problem was added."""
    if not isinstance(table, dict):
        problems.append(f"{path}: must be a table, not {_shown(table)}")
        return None
    before = len(problems)
    hints = typing.get_type_hints(struct, include_extras=True)
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct) if field.name != "source"}
    for key in (key for key in table if key not in fields):
        problems.append(f"{_join(path, key)}: unknown key{_nearest(key, fields)}")
    values: dict[str, Any] = {}
    for key, field in fields.items():
        if key in table:
            values[field.name] = _value(hints[field.name], table[key], _join(path, key), problems)
        elif field.required:
            problems.append(f"{_join(path, key)}: is missing; it has no default")
    return struct(**values) if len(problems) == before else None


def _value(kind: Any, value: object, path: str, problems: list[str]) -> Any:
    """One value of the declared `kind`; anything, once a problem was added."""
    arms = [arm for arm in _union(kind) if arm is not types.NoneType]
    bare, notes = _unannotated(arms[0])
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return _table(bare, value, path, problems)
    item = typing.get_args(bare)[0] if typing.get_origin(bare) is tuple else None
    if isinstance(item, type) and issubclass(item, msgspec.Struct):
        return _tables(item, value, path, problems)
    if typing.get_origin(bare) is dict:
        return _mapping(typing.get_args(bare), value, path, problems)
    if _DURATION in notes:
        return _duration(value, path, problems)
    choices = _choices(bare)
    if choices and value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        problems.append(f"{path}: must be one of {listed}, not {_shown(value)}{_nearest(value, choices)}")
        return None
    try:
        return msgspec.convert(value, type=arms[0] if len(arms) == 1 else kind)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        problems.append(
            f"{path}{where.rstrip('`')}: {reason[0].lower()}{reason[1:]} (given: {_shown(value)})"
        )
        return None


def _tables(struct: type[_S], value: object, path: str, problems: list[str]) -> tuple[_S | None, ...] | None:
    """An array of tables."""
    if not isinstance(value, list) or not value:
        problems.append(f"{path}: must be one or more tables, each opened by [[{path}]]")
        return None
    return tuple(_table(struct, item, f"{path}[{index}]", problems) for index, item in enumerate(value))


def _mapping(kinds: tuple[Any, Any], table: object, path: str, problems: list[str]) -> dict[Any, Any] | None:
    """A table whose keys are the user's own."""
    if not isinstance(table, dict):
        problems.append(f"{path}: must be a table, not {_shown(table)}")
        return None
    return {
        _value(kinds[0], key, _join(path, key), problems): _value(kinds[1], value, _join(path, key), problems)
        for key, value in table.items()
    }


def _duration(value: object, path: str, problems: list[str]) -> Tick | None:
    """A duration written as text, in ticks: a bare number would not say its unit."""
    if not isinstance(value, str):
        problems.append(
            f"{path}: must be a duration as text with its unit, such as '350ms', not {_shown(value)}"
        )
        return None
    try:
        return ticks(value)
    except ValueError as error:
        problems.append(f"{path}: {error}")
        return None


def _union(kind: Any) -> tuple[Any, ...]:
    """The arms of a union, or the type itself."""
    return typing.get_args(kind) if typing.get_origin(kind) in (types.UnionType, typing.Union) else (kind,)


def _unannotated(kind: Any) -> tuple[Any, frozenset[str]]:
    """The type inside `Annotated`, and the descriptions that were attached."""
    if typing.get_origin(kind) is not Annotated:
        return kind, frozenset()
    bare, *notes = typing.get_args(kind)
    return bare, frozenset(
        note.description for note in notes if isinstance(note, msgspec.Meta) and note.description
    )


def _choices(kind: Any) -> tuple[str, ...]:
    """The texts that a Literal or an enum allows, or none if the type is no choice."""
    if typing.get_origin(kind) is Literal:
        return typing.get_args(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return tuple(member.value for member in kind)
    return ()


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shown(value: object) -> str:
    """A TOML value as a message shows it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _nearest(given: object, valid: Mapping[str, object] | tuple[str, ...]) -> str:
    """The hint at the nearest valid spelling, or what is valid when nothing is near."""
    by_lower = {name.lower(): name for name in valid}
    near = difflib.get_close_matches(str(given).lower(), by_lower, n=1, cutoff=0.5)
    if near:
        return f"; did you mean {by_lower[near[0]]!r}?"
    return f"; valid here: {', '.join(sorted(valid))}" if isinstance(valid, Mapping) else ""


# -- what no single key can say ----------------------------------------------------------------------------


def _port_contradictions(config: BenchConfig, span: SpanConfig, path: str) -> Iterator[str]:
    """What the ports of a span and the topology say of each other."""
    topology = config.bench.topology
    if span.far_port is not None:
        if span.is_loopback:
            yield f"{path}.far_port: the loopback has both ends itself; name a hardware port, or leave it out"
        if topology != "crossover":
            yield f"{path}.far_port: topology {topology!r} has somebody else at the far end; use 'crossover'"
        if span.far_port == span.port:
            yield f"{path}.far_port: is the near port itself; name the port at the other end of the cable"
    elif topology == "crossover" and not span.is_loopback:
        yield f"{path}.far_port: is missing; a crossover needs the port at the other end of the cable"
    if span.far_clock is not None and span.far_port is None:
        yield f"{path}.far_clock: belongs to far_port, which this span does not have"
    if span.end == "far" and topology != "through-dut":
        yield f"{path}.end: only topology 'through-dut' has spans of the far end, not {topology!r}"
    if span.public and span.is_loopback:
        yield f"{path}.public: the loopback reaches nobody; mark hardware ports only"


def _switch_contradictions(config: BenchConfig, span: SpanConfig, path: str) -> Iterator[str]:
    """What the switch variant of a span makes of the other sections."""
    from trunkwire.q931.variants import VARIANTS

    variant = VARIANTS[span.switch]
    for end, section in (("near", config.near), ("far", config.far)):
        if variant.exclusive_only and section.channel != "exclusive":
            yield (
                f"{end}.channel: {section.channel!r}, but {variant.title} ({path}.switch) always asks for "
                "one channel exclusively"
            )


def _timer_contradictions(timers: TimersConfig) -> Iterator[str]:
    """What the machines say of the timers that they are to run with."""
    from trunkwire.lapd import LapdSettings
    from trunkwire.q931.settings import CallControlSettings

    try:
        LapdSettings(**timers.lapd())
        for side in Side:
            CallControlSettings(**timers.q931()).durations(side)  # type: ignore[arg-type]  # ticks by name
    except ValueError as error:
        yield f"timers: {error}"


def _contradictions(config: BenchConfig) -> Iterator[str]:
    """Keys that are each valid and cannot hold together, and the zone, which must exist."""
    from trunkwire.tones.zones import ZONES

    if config.conform is not None:
        yield from (f"conform.{problem}" for problem in config.conform.contradictions())
    if config.access is not None:
        spans = {span.name: len(span.slots) for span in config.spans}
        yield from (f"access.{problem}" for problem in plan_contradictions(config.access, spans))
        yield from (f"access.{problem}" for problem in lease_contradictions(config.access, config.spans))
    if config.call_centre is not None:
        yield from (f"call_centre.{problem}" for problem in config.call_centre.contradictions(config))
    if config.line.zone not in ZONES:
        yield f"line.zone: there is no tone zone {config.line.zone!r}{_nearest(config.line.zone, ZONES)}"
    yield from _timer_contradictions(config.timers)
    names = [span.name for span in config.spans]
    for index, span in enumerate(config.spans):
        path = f"span[{index}]"
        if span.name in names[:index]:
            yield f"{path}.name: {span.name!r} is the name of span[{names.index(span.name)}] already"
        if span.law != config.spans[0].law:
            yield f"{path}.law: {span.law!r}, but span[0] has {config.spans[0].law!r}: use one law for all"
        yield from (f"{path}.{problem}" for problem in span.contradictions())
        yield from _switch_contradictions(config, span, path)
        yield from _port_contradictions(config, span, path)
    for end, numbers in (("near", config.near.numbers), ("far", config.far.numbers)):
        for digits, does in numbers.items():
            given = [name for name in does.__struct_fields__ if getattr(does, name) is not None]
            if len(given) != 1:
                choices = ", ".join(does.__struct_fields__)
                yield f"{end}.numbers.{digits}: must have exactly one of {choices}"
    if config.bench.clock == "virtual" and config.hardware_ports:
        ports = ", ".join(config.hardware_ports)
        yield f"bench.clock: 'virtual' time cannot drive hardware ({ports}); write clock = \"card\""
    if config.bench.clock == "card" and not config.hardware_ports:
        yield "bench.clock: 'card' takes the time from a hardware port, and there is none; use 'virtual'"
    for number in config.safety.allow:
        dangerous = emergency_in(number)
        if dangerous is not None:
            yield f"safety.allow: {number} may reach the emergency number {dangerous}: it is never dialled"
    if config.bench.depth == "bits" and config.hardware_ports:
        yield "bench.depth: 'bits' renders the loopback's line; a hardware port has its own"
    if config.dut is not None and not config.bench.topology.startswith(("dut-", "through-")):
        topologies = "dut-pbx, dut-exchange or through-dut"
        yield f"dut: topology {config.bench.topology!r} has no device under test; choose {topologies}"
