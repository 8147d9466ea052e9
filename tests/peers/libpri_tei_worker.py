"""The worker of libpri's TEI test: its layer 2 on a basic rate D channel talks with ours, in virtual time.

The request is `{"scenario": name}` for a conversation with `LapdEntity`, or `{}` for all probes: frames laid
before libpri alone, to see what it does with them.
"""

from __future__ import annotations

import ctypes
import random
from collections import deque
from collections.abc import Callable
from typing import Any

import libpri_binding as binding
from clockhook import VirtualClock
from libpri_library import Libpri, copy_event
from peerlib import worker_main

from trunkwire.lapd import LapdEntity, LapdSettings, Transmit
from trunkwire.lapd.management import ManagementType, read_management
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

FCS_ROOM = 2
MULTIPOINT, POINT_TO_POINT = 0, 1
AUTOMATIC = LapdSettings(tei=None)


class BasicRate:
    """One end of a basic rate D channel, layer 2 of libpri only; the surface of our own machines."""

    def __init__(self, side: Side, mode: int = MULTIPOINT) -> None:
        self.library = Libpri(VirtualClock())
        self.functions = self.library.functions
        self.frames: deque[bytes] = deque()
        self.events: list[str] = []
        self._received: deque[bytes] = deque()
        self._callbacks = binding.IoCallback(self._read), binding.IoCallback(self._write)
        new = self.functions.pri_new_bri_cb
        new.restype = ctypes.c_void_p
        new.argtypes = (*[ctypes.c_int] * 4, binding.IoCallback, binding.IoCallback, ctypes.c_void_p)
        node = binding.NODE_NETWORK if side is Side.NETWORK else binding.NODE_CPE
        self._pri = new(-1, mode, node, binding.SWITCH_EUROISDN_E1, *self._callbacks, None)
        if not self._pri:
            raise RuntimeError("libpri made no basic rate interface")

    def _read(self, _pri: int, buffer: int, _room: int) -> int:
        if not self._received:
            return 0
        frame = self._received.popleft()
        ctypes.memmove(buffer, frame + bytes(FCS_ROOM), len(frame) + FCS_ROOM)
        return len(frame) + FCS_ROOM

    def _write(self, _pri: int, buffer: int, length: int) -> int:
        self.frames.append(ctypes.string_at(buffer, length - FCS_ROOM))
        return length

    def _take(self, pointer: int | None, now: Tick) -> None:
        if pointer:
            self.events.append(copy_event(pointer, now).name)

    def receive(self, frame: bytes, now: Tick) -> None:
        self.library.clock.set(now)
        self._received.append(frame)
        while self._received:
            self._take(self.functions.pri_check_event(self._pri), now)

    def next_deadline(self) -> Tick | None:
        moment = self.functions.pri_schedule_next(self._pri)
        return self.library.clock.tick_of(moment[0]) if moment else None

    def handle_timer(self, now: Tick) -> None:
        self.library.clock.set(now)
        while (due := self.next_deadline()) is not None and due <= now:
            self._take(self.functions.pri_schedule_run(self._pri), now)
            if self.next_deadline() == due:
                break


def words(frame: bytes) -> str:
    """A frame of TEI management in words, another one in hexadecimal."""
    message = read_management(frame[3:]) if frame[:1] in (b"\xfe", b"\xfc") else None
    if message is None:
        return frame.hex()
    name = ManagementType(message.type).name.lower().replace("_", " ")
    return f"{name} ai={','.join(map(str, message.teis))}"


class Bus:
    """libpri's end, ours, and what crossed between them."""

    def __init__(self, peer: BasicRate, ours: list[LapdEntity]) -> None:
        self.peer = peer
        self.ours = ours
        self.now: Tick = 0
        self.crossed: list[str] = []
        self.outputs: list[str] = []
        self.lose = False

    def settle(self) -> None:
        busy = True
        while busy:
            busy = False
            while self.peer.frames:
                busy = True
                frame = self.peer.frames.popleft()
                self.crossed.append(f"libpri: {words(frame)}")
                for end in [] if self.lose else self.ours:
                    end.receive(frame, self.now)
            for number, end in enumerate(self.ours):
                while (output := end.poll_output()) is not None:
                    busy = True
                    if isinstance(output, Transmit):
                        self.crossed.append(f"ours: {words(output.frame)}")
                        if not self.lose:
                            self.peer.receive(output.frame, self.now)
                    else:
                        self.outputs.append(f"{number} {output!r}")

    def run(self, seconds: float) -> None:
        until = self.now + round(seconds * SECOND)
        while True:
            self.settle()
            ends: list[Any] = [self.peer, *self.ours]
            times = [due for end in ends if (due := end.next_deadline()) is not None]
            if not times or min(times) > until:
                self.now = until
                return
            self.now = max(self.now, min(times))
            for end in ends:
                end.handle_timer(self.now)


def terminals(count: int) -> list[LapdEntity]:
    rng = random.Random(921)
    return [LapdEntity(Side.USER, AUTOMATIC, random=lambda: rng.randrange(65536)) for _ in range(count)]


def three_terminals() -> Bus:
    """Three of our terminals on libpri's network: TEIs, links, a check that one of them asks for."""
    bus = Bus(BasicRate(Side.NETWORK), terminals(3))
    for terminal in bus.ours:
        terminal.establish(bus.now)
        bus.run(0.5)
    bus.run(15)
    bus.ours[0].verify(bus.now)
    bus.run(5)
    bus.ours[1].negotiate(bus.now)  # libpri has no XID
    bus.run(10)
    return bus


def libpri_terminal() -> Bus:
    """libpri's terminal on our network: TEI, link both ways, check, removal, and it asks again."""
    bus = Bus(BasicRate(Side.USER), [LapdEntity(Side.NETWORK, AUTOMATIC)])
    network = bus.ours[0]
    bus.run(2)
    network.establish(bus.now, 64)
    bus.run(2)
    network.check(bus.now, 64)
    bus.run(5)
    network.remove(bus.now, 64)
    bus.run(5)
    network.check(bus.now)
    bus.run(15)
    return bus


def libpri_terminal_after_an_outage() -> Bus:
    """Nothing crosses for a minute: both sides give up, the network forgets the TEI, all comes back."""
    settings = LapdSettings(tei=None, reestablish_after=2 * SECOND)
    bus = Bus(BasicRate(Side.USER), [LapdEntity(Side.NETWORK, settings)])
    bus.run(2)
    bus.lose = True
    bus.run(60)
    bus.lose = False
    bus.run(40)
    return bus


def terminals_after_an_outage() -> Bus:
    """Our terminals on libpri's network, a minute without a line."""
    rng = random.Random(1)
    settings = LapdSettings(tei=None, reestablish_after=2 * SECOND)
    ours = [LapdEntity(Side.USER, settings, random=lambda: rng.randrange(65536)) for _ in range(2)]
    bus = Bus(BasicRate(Side.NETWORK), ours)
    for terminal in ours:
        terminal.establish(0)
    bus.run(5)
    bus.lose = True
    bus.run(60)
    bus.lose = False
    bus.run(60)
    return bus


def point_to_point(side: Side) -> Bus:
    """TEI 0 on both sides: no management, one link."""
    bus = Bus(BasicRate(side.peer, POINT_TO_POINT), [LapdEntity(side)])
    bus.ours[0].establish(0)
    bus.run(30)
    return bus


SCENARIOS: dict[str, Callable[[], Bus]] = {
    "three terminals": three_terminals,
    "libpri terminal": libpri_terminal,
    "libpri terminal after an outage": libpri_terminal_after_an_outage,
    "terminals after an outage": terminals_after_an_outage,
    "point to point, we are the user": lambda: point_to_point(Side.USER),
    "point to point, we are the network": lambda: point_to_point(Side.NETWORK),
}


# Frames before libpri alone: (second, frame in hexadecimal)

REQUEST = "fcff030f000501ff"
UP = ((1, REQUEST), (1.1, "00817f"))
Script = tuple[tuple[float, str], ...]
PROBES: dict[str, tuple[Side, Script, float]] = {
    "never answered": (Side.USER, (), 30),
    "assigned a fixed TEI": (Side.USER, ((0, "assign 0b"),), 3),
    "UA with F = 1 in state 7, user": (Side.USER, ((0, "assign 81"), (0.1, "008173"), (2, "008173")), 5),
    "request for TEI 5": (Side.NETWORK, ((1, "fcff030f0006010b"),), 3),
    "UA with F = 1 in state 7, network": (Side.NETWORK, (*UP, (2, "028173")), 5),
    "SABME unanswered": (Side.NETWORK, UP, 60),
    "undefined control field in state 7": (Side.NETWORK, (*UP, (2, "00812f")), 5),
    "two answers to a check": (
        Side.NETWORK,
        ((1, REQUEST), (2, "fcff030f00000781"), (2.1, "fcff030f11110581"), (2.1, "fcff030f22220581")),
        5,
    ),
}


def probe(name: str) -> list[str]:
    """What libpri sends, in words, from the last frame of the script on."""
    side, script, seconds = PROBES[name]
    peer = BasicRate(side)
    now: Tick = 0
    sent: list[str] = []
    last = b""
    todo = [(round(at * SECOND), text) for at, text in script]
    while True:
        while peer.frames:
            last = peer.frames.popleft()
            sent.append(words(last))
        due = peer.next_deadline()
        if todo and (due is None or todo[0][0] <= due):
            now, text = max(now, todo[0][0]), todo.pop(0)[1]
            if text.startswith("assign"):  # under the Ri of its request
                text = f"feff030f{last[4:6].hex()}02{text[7:]}"
            if not todo:
                sent.clear()
            peer.receive(bytes.fromhex(text), now)
        elif due is None or due > seconds * SECOND:
            return sent
        else:
            now = max(now, due)
            peer.handle_timer(now)


def work(request: dict[str, Any]) -> Any:
    """Run the scenario named, or all probes."""
    if "scenario" not in request:
        return {name: probe(name) for name in PROBES}
    bus = SCENARIOS[request["scenario"]]()
    return {
        "crossed": bus.crossed,
        "outputs": bus.outputs,
        "teis": [end.teis for end in bus.ours],
        "states": [end.link(tei).state.number for end in bus.ours for tei in end.teis or ()],
        "audit": [end.audit() for end in bus.ours],
        "events": bus.peer.events,
        "version": bus.peer.library.version,
    }


if __name__ == "__main__":
    worker_main(work)
