"""Ladders before they are drawn: for each call its title, its two ends, and its rungs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from trunkbench.trace.calls import End, peer_of
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import name_of, number_of
from trunkbench.trace.lines import Places, elapsed
from trunkbench.trace.record import Direction
from trunkbench.trace.telling import parties_of
from trunkwire.lapd import GROUP_TEI
from trunkwire.side import Side

PAUSE_NS = 1_000_000_000
"""A pause of this length or more is marked between two rungs."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One frame: `rightwards` is None where its sender is not known; `odd` is what is wrong with it."""

    number: int
    time: str
    name: str
    rightwards: bool | None
    message: bool
    told: tuple[str, ...]
    odd: tuple[str, ...]
    pause: bool


@dataclass(slots=True)
class Sketch:
    """The ladder of one call; call 0 is the global call reference of a D channel."""

    call: int
    title: str
    left: str
    right: str
    rungs: list[Rung] = field(default_factory=list)


def sketches(frames: list[Decoded], *, layer2: bool = False) -> Iterator[Sketch]:
    """The ladders of all calls among `frames`, in the order in which they began; the interface's own last.

    `layer2` adds the other frames of a call's data link.
    """
    left = _left(frames)
    by_call: dict[tuple[int, str], list[Decoded]] = {}
    for frame in frames:
        if frame.message is not None:
            call = frame.call.number if frame.call else 0
            by_call.setdefault((call, "" if call else frame.record.span), []).append(frame)
    places = Places(frame.record for frame in frames)
    for call, span in sorted(by_call, key=lambda key: (key[0] == 0, key)):
        messages = by_call[call, span]
        sketch = Sketch(call, _title(messages, places), _end(left), _end(peer_of(left)))
        sketch.rungs.extend(_rungs(_with_layer2(frames, messages) if layer2 else messages, left))
        yield sketch


def _left(frames: Iterable[Decoded]) -> End:
    """The end in the left column: the network, or where sides are not known, the one that recorded."""
    return Side.NETWORK if any(frame.sender is not None for frame in frames) else Direction.OUT


def _end(end: End) -> str:
    return name_of(end, "other end").removeprefix("the ")


def _title(messages: list[Decoded], places: Places) -> str:
    """What a call was."""
    first = messages[0]
    place = places.of(first.record)
    where = f", {place}" if place else ""
    call = first.call
    if call is None:
        return f"Global call reference{where}: the interface, no single call"
    facts = [f"reference {call.reference}"]
    if call.origin is not None:
        facts[0] += f" of {name_of(call.origin)}"
    if call.setup_ns is None:
        facts.append("begun before this trace")
    facts += filter(None, [parties_of(first.message) if first.message else ""])
    facts += filter(None, [next((m.channel for m in reversed(messages) if m.channel), "")])
    clearing = next((m for m in messages if m.cause), None)
    if clearing is not None:
        by = f" by {name_of(clearing.end)}" if clearing.end else ""
        facts.append(f"cleared{by} with {clearing.cause}")
    return f"Call {call.number}{where}: {'; '.join(facts)}"


def _with_layer2(frames: list[Decoded], messages: list[Decoded]) -> list[Decoded]:
    """The messages, and between the first and the last of them the other frames of their data link."""
    first, last = messages[0].order, messages[-1].order
    links = {message.link for message in messages}
    mine = {message.order for message in messages}
    return [
        f
        for f in frames
        if f.order in mine or (first <= f.order <= last and f.message is None and f.link in links)
    ]


def _rungs(rows: list[Decoded], left: End) -> Iterator[Rung]:
    first = rows[0]
    epoch = first.record.at_ns
    if first.call is not None and first.call.setup_ns is not None:
        epoch = first.call.setup_ns
    several = len({row.layer2.tei for row in rows}) > 1
    before: int | None = None
    for row in rows:
        at_ns = row.record.at_ns
        terminal = [f"TEI {row.layer2.tei}" if row.layer2.tei != GROUP_TEI else "to all"] if several else []
        faults = (f"octet {fault.offset}: {fault.text}" for fault in row.faults)
        yield Rung(
            number_of(row),
            elapsed(at_ns, epoch),
            row.name if row.message is not None else row.lapd,
            None if row.end is None else row.end is left,
            row.message is not None,
            (*terminal, *row.facts),
            (*row.warnings, *row.remarks, *faults),
            before is not None and at_ns - before >= PAUSE_NS,
        )
        before = at_ns
