"""The interfaces between the bench and what it drives: devices, ports and clocks (docs/design.md).

A device never blocks: waiting belongs to the clock, so that one pump serves many devices. Times are line time
in ticks (`trunkwire.ticks`).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import msgspec

from trunkwire.ticks import Tick

Fds = Sequence[tuple[int, int]]
"""(file descriptor, poll mask) pairs."""

Source = Callable[[int, int], bytes]
"""A pure function (first sample, count) -> that many octets of the line's companding law.

Samples are numbered on the line's own axis: sample n is the octet of the timeslot at ticks 8n … 8n+7.
"""


class Mode(enum.Enum):
    """How a timeslot is used once opened."""

    FRAMES = "frames"  # HDLC frames, FCS made and checked by the port
    OCTETS = "octets"  # transparent octets: audio, or HDLC done by us
    CAS = "cas"  # octets plus ABCD bits in timeslot 16
    BITS = "bits"  # raw bits, no octet alignment implied


class TimeBase(enum.Enum):
    """How exact the event times of a port are."""

    EXACT = "exact"  # the loopback: to the bit
    CARD = "card"  # counted by the card's own sample clock
    HOST = "host"  # taken by the host when it looked


@dataclass(frozen=True, slots=True)
class Caps:
    """What a port can do."""

    modes: frozenset[Mode]
    slots: tuple[int, ...]
    alarms: frozenset[str]
    faults: frozenset[str]
    time: TimeBase


@dataclass(frozen=True, slots=True)
class LineFault:
    """A fault to insert from `start` (tick) for `duration` ticks; `kind` is a name listed in `Caps.faults`.

    `slot` is the timeslot it touches, or None for the whole line; `args` belong to the kind.
    """

    kind: str
    start: Tick
    duration: Tick
    slot: int | None = None
    args: tuple[int, ...] = ()


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A good HDLC frame, without flags and FCS; `at` is the tick of the last bit of its closing flag."""

    at: Tick
    slot: int
    data: bytes


class BadFrame(msgspec.Struct, frozen=True, gc=False):
    """What was received in place of a frame; `error` is one of the names of `trunkwire.hdlc`."""

    at: Tick
    slot: int
    error: str
    data: bytes


class Cas(msgspec.Struct, frozen=True, gc=False):
    """The ABCD bits received for a channel have changed."""

    at: Tick
    slot: int
    abcd: int


class Alarm(msgspec.Struct, frozen=True, gc=False):
    """A defect or failure of the line began (`on`) or ended; `name` as in G.775 (LOS, LOF, AIS, RAI …)."""

    at: Tick
    name: str
    on: bool


class Gap(msgspec.Struct, frozen=True, gc=False):
    """Audio of `slot` from sample `first`, `n` samples long, was lost on the way to us, and why."""

    at: Tick
    slot: int
    first: int
    n: int
    cause: str


class Gone(msgspec.Struct, frozen=True, gc=False):
    """The device has vanished; nothing more will come from it."""

    at: Tick
    reason: str


Event = Frame | BadFrame | Cas | Alarm | Gap | Gone


@runtime_checkable
class Device(Protocol):
    """Anything with events: a span's end, a modem, a relay board, a console."""

    def fds(self) -> Fds:
        """The descriptors to wait on, asked before each wait."""
        ...

    def next_deadline(self) -> Tick | None:
        """The next tick at which `poll` has something to do without any descriptor becoming ready."""
        ...

    def poll(self, now: Tick) -> Iterator[Event]:
        """The events up to and including `now`, ordered by `.at`. Never blocks."""
        ...

    def close(self) -> None:
        """Give the device back. Idempotent; allowed after Gone."""
        ...


@runtime_checkable
class Port(Device, Protocol):
    """One end of a span: 32 timeslots (E1) that are opened one by one."""

    @property
    def caps(self) -> Caps:
        """What this port can do."""
        ...

    def open(self, slot: int, mode: Mode) -> None:
        """Open a timeslot. Raises PortError if it is open already or the mode is not in `caps`."""
        ...

    def send(self, slot: int, frame: bytes) -> None:
        """Queue one HDLC frame, without FCS, on a slot opened as FRAMES. Raises QueueFull."""
        ...

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        """Transmit `source` on the slot from tick `start` (a multiple of 8) on; None is idle (silence)."""
        ...

    def cas(self, slot: int, abcd: int) -> None:
        """Send these ABCD bits for a channel from now on."""
        ...

    def insert(self, fault: LineFault) -> None:
        """Insert a fault; PortError unless `caps.faults` names its kind."""
        ...

    def horizon(self, slot: int) -> Tick:
        """Audio received on the slot is final before this tick."""
        ...

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """`n` octets received on the slot from sample `first` on; all of it must lie before the horizon."""
        ...


@runtime_checkable
class Counting(Protocol):
    """A port that moves audio by a sample clock of its own."""

    def counted(self) -> Tick:
        """Line time by the port's own count, as of the latest block that was read."""
        ...

    def lost(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The (first sample, length) stretches of those samples that never arrived."""
        ...


@runtime_checkable
class Tallying(Protocol):
    """A port that counts what it could not do in time."""

    def stats(self) -> Mapping[str, int]:
        """Counters by name; `underruns` and `overruns` among them."""
        ...


class Clock(Protocol):
    """Where line time comes from."""

    def wait(self, until: Tick, fds: Fds) -> Tick:
        """Wait until that tick or until a descriptor is ready; the tick now, at or before `until`."""
        ...
