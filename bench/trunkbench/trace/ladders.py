"""Ladders: the messages of each call as arrows between the two ends, as text of 100 columns.

The time stands at the left, counted from the call's SETUP; what matters of each message at the right. Sides
that the capture does not tell are inferred (`trunkbench.trace.sides`) and the ladder says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from trunkbench.trace.calls import End, TracedCall, peer_of
from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.lines import Places
from trunkbench.trace.record import UNTIMED, Direction, FrameRecord
from trunkbench.trace.sides import inferred
from trunkbench.trace.telling import parties_of
from trunkwire.lapd import GROUP_TEI
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

WIDTH = 100
_TIME = 12
_ARROW = 34
_MARGIN = " " * (_TIME + 2)
_PAUSE_NS = 1_000_000_000
"""A pause of this length or more is marked between two arrows."""

_ENDS: dict[End, str] = {Direction.OUT: "this end", Direction.IN: "the other end"}
"""What ends are called of which the side is not known."""

Ends = tuple[str, str]


def ladder(
    records: Iterable[FrameRecord],
    call_reference: int | None = None,
    *,
    ends: Ends | None = None,
    layer2: bool = False,
    width: int = WIDTH,
) -> str:
    """The ladders of all calls in `records`, or of those with `call_reference`, as text of `width` columns.

    `ends` names the recording end and its peer, such as ("near", "far"), and puts the recording end left;
    without it the network side stands left. `layer2` adds the supervisory frames of the calls' data links.
    The text ends with a newline; without calls it says so.
    """
    decoder = Decoder()
    return ladder_of([decoder.decode(record) for record in records], call_reference, ends, layer2, width)


def ladder_of(
    frames: list[Decoded],
    call_reference: int | None = None,
    ends: Ends | None = None,
    layer2: bool = False,
    width: int = WIDTH,
) -> str:
    """As `ladder`, for frames that are decoded already."""
    left = _left_side(frames, ends)
    blocks = ["\n".join(block) for block in _blocks(frames, call_reference, left, ends, layer2, width)]
    if not blocks:
        wanted = "" if call_reference is None else f" with call reference {call_reference}"
        return f"No call{wanted} in {len(frames)} frames.\n"
    told = textwrap.fill(inference(frames), width)
    return "\n\n".join(blocks) + "\n" + (f"\n{told}\n" if told else "")


def end_words(end: End) -> str:
    """Such as "the user side", or "this end" where sides are not known."""
    return f"the {end.value} side" if isinstance(end, Side) else _ENDS[end]


def inference(frames: Iterable[Decoded]) -> str:
    """A sentence saying that sides were inferred, and how; "" when the capture told them all."""
    return inferred({frame.how for frame in frames})


def _left_side(frames: list[Decoded], ends: Ends | None) -> End:
    """The end in the left column: the recording one if the ends have names or nobody tells the sides."""
    if all(frame.sender is None for frame in frames) and any(frame.end is not None for frame in frames):
        return Direction.OUT
    if ends is None:
        return Side.NETWORK
    for frame in frames:
        if frame.sender is not None and frame.record.direction is not Direction.UNKNOWN:
            return frame.sender if frame.record.direction is Direction.OUT else frame.sender.peer
    return Side.NETWORK


def _blocks(
    frames: list[Decoded], reference: int | None, left: End, ends: Ends | None, layer2: bool, width: int
) -> Iterator[list[str]]:
    """The lines of each call, in the order in which they began; then those of the global call reference."""
    by_call: dict[int, list[Decoded]] = {}
    for frame in frames:
        if frame.message is not None:
            by_call.setdefault(frame.call.number if frame.call else 0, []).append(frame)
    places = Places(frame.record for frame in frames)
    for number in sorted(by_call, key=lambda number: (number == 0, number)):
        messages = by_call[number]
        if reference is not None and messages[0].reference != reference:
            continue
        rows = _with_layer2(frames, messages) if layer2 else messages
        yield [*_head(messages, left, ends, width, places), *_rows(rows, messages[0], left, width)]


def _with_layer2(frames: list[Decoded], messages: list[Decoded]) -> list[Decoded]:
    """The messages with the other frames of their data link between the first and the last of them."""
    first, last = messages[0], messages[-1]
    between = frames[first.order : last.order + 1]
    mine = {message.order for message in messages}
    return [f for f in between if f.order in mine or (f.message is None and f.link == first.link)]


def _head(messages: list[Decoded], left: End, ends: Ends | None, width: int, places: Places) -> list[str]:
    """The title of a call and the names of the two columns."""
    first = messages[0]
    titles = [_ENDS.get(end, end.value) for end in (left, peer_of(left))]
    if ends is not None:
        titles = [f"{end} ({side})" for end, side in zip(ends, titles, strict=True)]
    gap = _ARROW + 2 - len(titles[0]) - len(titles[1])
    columns = f"{'since SETUP' if first.call else 'time':>{_TIME}}  {titles[0]}{' ' * max(gap, 1)}{titles[1]}"
    return [*_title(first, messages, width, places), columns]


def _title(first: Decoded, messages: list[Decoded], width: int, places: Places) -> list[str]:
    """What the call was, in a line or two."""
    call = first.call
    place = places.of(first.record)
    where = f", {place}" if place else ""
    if call is None:
        return [f"Global call reference{where}: the interface, no single call"]
    facts = [f"call reference {call.reference}"]
    if call.origin is not None:
        facts[0] += f" of {end_words(call.origin)}"
    if call.setup_ns is None:
        facts.append("begun before this trace")
    facts += filter(None, [parties_of(first.message) if first.message else ""])
    facts += filter(None, [next((m.channel for m in reversed(messages) if m.channel), "")])
    clearing = next((m for m in _selected(messages) if m.cause), None)
    if clearing is not None:
        by = f" by {end_words(clearing.end)}" if clearing.end else ""
        facts.append(f"cleared{by} with {clearing.cause}")
    return _filled(facts, f"Call {call.number}{where}: ", "    ", width)


def _selected(messages: list[Decoded]) -> list[Decoded]:
    """The messages of the terminal that has the call, where several have answered (Q.931 5.2.9); else all."""
    acknowledged = MessageType.CONNECT_ACKNOWLEDGE
    taken = (m.layer2.tei for m in messages if m.message is not None and m.message.type == acknowledged)
    tei = next(taken, None)
    return messages if tei is None else [m for m in messages if m.layer2.tei == tei]


def _filled(facts: Iterable[str], first: str, later: str, width: int) -> list[str]:
    """The facts, separated by "; ", in lines of `width` that break within a fact only if it is longer than
    a line.
    """
    lines = [first]
    fresh = True
    for fact in facts:
        if fresh:
            lines[-1] += fact
        elif len(lines[-1]) + 2 + len(fact) <= width:
            lines[-1] += "; " + fact
        else:
            lines[-1] += ";"
            lines.append(later + fact)
        fresh = False
    return [part for text in lines for part in textwrap.wrap(text, width, subsequent_indent=later) or [""]]


def _rows(rows: list[Decoded], first: Decoded, left: End, width: int) -> Iterator[str]:
    """The arrows with their times and facts, and a mark for each long pause."""
    call: TracedCall | None = first.call
    epoch = call.setup_ns if call is not None and call.setup_ns is not None else first.record.at_ns
    room = max(width - len(_MARGIN) - _ARROW - 4, 20)
    before: int | None = None
    several = len({row.layer2.tei for row in rows}) > 1
    for row in rows:
        if before is not None and row.record.at_ns - before >= _PAUSE_NS:
            yield f"{_MARGIN}│{'⋮':^{_ARROW}}│"
        before = row.record.at_ns
        terminal = [f"TEI {row.layer2.tei}" if row.layer2.tei != GROUP_TEI else "to all"] if several else []
        told = [*terminal, *row.facts, *row.warnings, *(f"octet {f.offset}: {f.text}" for f in row.faults)]
        lines = _filled(told, "", "  ", room)
        untold = UNTIMED in (row.record.at_ns, epoch)
        time = f"{'-':>{_TIME}}" if untold else f"{(row.record.at_ns - epoch) / 1e9:{_TIME}.6f}"
        yield f"{time}  {_arrow(row, left)}  {lines[0]}".rstrip()
        for line in lines[1:]:
            yield f"{_MARGIN}│{'':{_ARROW}}│  {line}"


def _arrow(row: Decoded, left: End) -> str:
    """One rung: solid for messages, dotted for frames of layer 2, plain without arrowhead if the sender is
    unknown.
    """
    name = row.name if row.message is not None else row.lapd
    stroke = "─" if row.message is not None else "·"
    rung = f" {name} ".center(_ARROW - 2, stroke)[: _ARROW - 2]
    end = row.sender if isinstance(left, Side) else row.end
    if end is None:
        return f"│{stroke}{rung}{stroke}│"
    return f"│{stroke}{rung}▶│" if end is left else f"│◀{rung}{stroke}│"
