"""A passive bus in words: one network side and several terminals, each a `LapdEntity`, on one D channel.

A line of the log is "who > what": frames in words with their TEI, outputs as `lapd_talk` writes them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lapd_talk import output_words

from trunkwire.lapd import (
    Data,
    EntityOutput,
    LapdEntity,
    LapdSettings,
    TeiAssigned,
    TeiRemoved,
    Transmit,
    UnitData,
)
from trunkwire.lapd.events import GROUP_TEI, MANAGEMENT_SAPI
from trunkwire.lapd.frames import UnnumberedFrame, parse
from trunkwire.lapd.management import ManagementType, read_management
from trunkwire.side import Side

MULTIPOINT = LapdSettings(
    tei=None, k=2, n200=2, t200=1000, t203=10_000, t201=1500, t202=3000, n202=3, tm20=2000, nm20=3
)

Fate = Callable[[bytes, int], Iterator[tuple[int, bytes]]]


def whole(frame: bytes, now: int) -> Iterator[tuple[int, bytes]]:
    """A line that carries everything at once."""
    yield now, frame


class Draw:
    """Reference numbers in a known order: those given, then one after the other."""

    def __init__(self, *numbers: int) -> None:
        self.numbers = list(numbers)
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return self.numbers.pop(0) if self.numbers else 1000 + self.count


def management_words(octets: bytes) -> str:
    """A TEI management frame in words: "identity request ri=5 ai=127"."""
    frame = parse(octets)
    assert isinstance(frame, UnnumberedFrame)
    message = read_management(frame.information)
    assert message is not None
    name = ManagementType(message.type).name.lower().replace("_", " ")
    reference = f" ri={message.reference}" if message.reference else ""
    return f"{name}{reference} ai={','.join(map(str, message.teis))}"


def words(output: EntityOutput, side: Side) -> str:
    """An output of an entity in words."""
    match output:
        case Transmit(frame):
            header = parse(frame)
            if header.sapi == MANAGEMENT_SAPI:
                assert header.tei == GROUP_TEI
                assert header.cr is (side is Side.NETWORK)
                return f"> {management_words(frame)}"
            return f"> {header.tei} {output_words(Transmit(addressed(frame, 0)), side)[2:]}"
        case TeiAssigned(tei):
            return f"{tei} assigned"
        case TeiRemoved(tei):
            return f"{tei} removed"
    return f"{output.tei} {output_words(output, side)}"


def addressed(frame: bytes, tei: int, sapi: int = 0) -> bytes:
    """The frame under another TEI and SAPI, its C/R bit kept."""
    blank = UnnumberedFrame(sapi=sapi, cr=parse(frame).cr, tei=tei, modifier_high=0, pf=False, modifier_low=0)
    return UnnumberedFrame.layout.build(blank)[:2] + frame[2:]


class Bus:
    """The entities, the clock, and a line that does what `fate` says with each frame."""

    def __init__(
        self,
        terminals: int = 1,
        *,
        settings: LapdSettings = MULTIPOINT,
        network: LapdSettings | None = None,
        draws: list[Draw] | None = None,
        fate: Fate = whole,
    ) -> None:
        self.network = LapdEntity(Side.NETWORK, network or settings)
        draws = draws or [Draw(100 + number) for number in range(terminals)]
        self.terminals = [LapdEntity(Side.USER, settings, random=draw) for draw in draws]
        self.log: list[str] = []
        self.heard: list[tuple[int, EntityOutput]] = []
        """(end, output) of all that is no frame; end 0 is the network."""
        self.fate = fate
        self.now = self.count = 0
        self.flying: list[tuple[int, int, int, bytes]] = []

    @property
    def ends(self) -> list[LapdEntity]:
        """The network, then the terminals."""
        return [self.network, *self.terminals]

    def add(self, settings: LapdSettings = MULTIPOINT, draw: Draw | None = None) -> LapdEntity:
        """Connect one more terminal."""
        self.terminals.append(LapdEntity(Side.USER, settings, random=draw or Draw(500)))
        return self.terminals[-1]

    def drain(self) -> None:
        """Log what the ends have to say, and put their frames on the line."""
        for number, end in enumerate(self.ends):
            name = f"t{number}" if number else "net"
            while (output := end.poll_output()) is not None:
                self.log.append(f"{name} {words(output, end.side)}")
                if isinstance(output, Transmit):
                    for arrival, octets in self.fate(output.frame, self.now):
                        self.count += 1
                        heapq.heappush(self.flying, (arrival, self.count, number, octets))
                else:
                    self.heard.append((number, output))

    def run(self, duration: int = 0) -> list[str]:
        """Let time pass; what was logged in it."""
        until = self.now + duration
        del self.log[:]
        while True:
            self.drain()
            times = [deadline for end in self.ends if (deadline := end.next_deadline()) is not None]
            times += [self.flying[0][0]] if self.flying else []
            if not times or min(times) > until:
                self.now = until
                return list(self.log)
            self.now = max(self.now, min(times))
            while self.flying and self.flying[0][0] <= self.now:
                _, _, origin, octets = heapq.heappop(self.flying)
                for end in self.terminals if origin == 0 else [self.network]:
                    end.receive(octets, self.now)
                self.drain()
            for end in self.ends:
                end.handle_timer(self.now)

    def data(self, end: int) -> list[tuple[int, bytes]]:
        """(TEI, information) that an end was given, broadcasts too."""
        return [
            (output.tei, output.data)
            for number, output in self.heard
            if number == end and isinstance(output, Data | UnitData)
        ]


def lines(cells: Mapping[str, str]) -> Iterator[tuple[str, str, list[str], str, bool]]:
    """(state, steps, outputs, next state, whether the timer runs) of each line."""
    for state, text in cells.items():
        for line in filter(str.strip, text.splitlines()):
            steps, out, following, timer = (field.strip() for field in line.split("|"))
            yield (
                state,
                steps,
                [word.strip() for word in out.split(";") if word.strip()],
                state if following == "=" else following,
                timer != "",
            )


class Recorder(dict[Any, Any]):
    """The rows of a state, noting which were looked up."""

    def __init__(self, rows: Mapping[Any, Any], seen: set[tuple[str, str]]) -> None:
        super().__init__(rows)
        self.seen = seen

    def get(self, key: Any, default: object = None) -> Any:
        row = self[key]
        self.seen.add((row.state.name, row.event.name))
        return row
