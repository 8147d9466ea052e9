"""The worker of libosmoabis' multipoint test: several data links of its LAPD on one D channel with ours.

The request is `{"scenario": name}`, or `{}` for all probes: frames laid before the library alone.
"""

from __future__ import annotations

import random
from typing import Any

from osmo_lapd_worker import OsmoLapd
from peerlib import worker_main

from trunkwire.lapd import Data, LapdEntity, LapdSettings, Transmit, UnitData
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, SECOND, Tick

TEIS = (5, 6, 7)


class Multipoint(OsmoLapd):
    """The library with data links of several TEIs; it counts what each of them was given."""

    def __init__(self, network: bool, teis: tuple[int, ...]) -> None:
        super().__init__(network)
        self.given: list[tuple[int, str]] = []
        for tei in teis:
            if not self.abis.lapd_tei_alloc(self.instance, tei):
                raise RuntimeError(f"libosmoabis gave no TEI {tei}")

    def _indicated(self, primitive: Any, tei: int, sapi: int, context: Any) -> None:
        before = len(self.data)
        super()._indicated(primitive, tei, sapi, context)
        self.given += [(tei, data.hex()) for data in self.data[before:]]

    def start_link(self, tei: int) -> None:
        """Ask for establishment."""
        self.abis.lapd_sap_start(self.instance, tei, 0)

    def send_on(self, tei: int, octets: bytes) -> None:
        """DL-DATA request."""
        self.abis.lapd_transmit(self.instance, tei, 0, self._message(octets))


class Bus:
    """Their end and ours, in virtual time."""

    STEP = 50 * MILLISECOND

    def __init__(self, theirs: Multipoint, ours: list[LapdEntity], loss: float = 0.0) -> None:
        self.theirs = theirs
        self.ours = ours
        self.now: Tick = 0
        self.loss = loss
        self.rng = random.Random(921)
        self.data: list[tuple[int, str]] = []
        self.notices: list[str] = []

    def carries(self) -> bool:
        return self.rng.random() >= self.loss

    def settle(self) -> None:
        busy = True
        while busy:
            busy = False
            for end in self.ours:
                while (output := end.poll_output()) is not None:
                    busy = True
                    if isinstance(output, Transmit):
                        if self.carries():
                            self.theirs.receive(output.frame)
                    elif isinstance(output, Data | UnitData):
                        self.data.append((output.tei, output.data.hex()))
                    else:
                        self.notices.append(repr(output))
            while self.theirs.frames:
                busy = True
                frame = self.theirs.frames.pop(0)
                for end in self.ours if self.carries() else []:
                    end.receive(frame, self.now)

    def run(self, duration: Tick) -> None:
        for _ in range(0, duration, self.STEP):
            self.settle()
            self.now += self.STEP
            for end in self.ours:
                end.handle_timer(self.now)
            self.theirs.advance(self.now)
        self.settle()


def exchange(bus: Bus, send: Any) -> None:
    """60 messages each way on each link, with one frame in thirty lost."""
    bus.loss = 0.03
    for number in range(60):
        for index, tei in enumerate(TEIS):
            octets = bytes((tei, number))
            send(index, tei, octets)
            bus.theirs.send_on(tei, octets)
        bus.run(200 * MILLISECOND)
    bus.loss = 0.0
    bus.run(30 * SECOND)


def our_network() -> Bus:
    """Three terminals of the library on our network side, each with its fixed TEI."""
    network = LapdEntity(Side.NETWORK, LapdSettings(tei=None))
    bus = Bus(Multipoint(False, TEIS), [network])
    for tei in TEIS:
        bus.theirs.start_link(tei)
    bus.run(SECOND)
    exchange(bus, lambda _index, tei, octets: network.send(octets, bus.now, tei=tei))
    return bus


def our_terminals() -> Bus:
    """Three of our terminals, of fixed TEIs, on the library's network side."""
    terminals = [LapdEntity(Side.USER, LapdSettings(tei=tei), random=lambda: 7) for tei in TEIS]
    bus = Bus(Multipoint(True, TEIS), terminals)
    for terminal in terminals:
        terminal.establish(0)
    bus.run(SECOND)
    exchange(bus, lambda index, _tei, octets: terminals[index].send(octets, bus.now))
    return bus


def automatic() -> Bus:
    """A terminal of ours asks the library's network side for a TEI; what it is given, it cannot take."""
    settings = LapdSettings(tei=None)
    bus = Bus(Multipoint(True, ()), [LapdEntity(Side.USER, settings, random=lambda: 4711)])
    bus.ours[0].establish(0)
    bus.run(8 * SECOND)
    return bus


SCENARIOS = {work.__name__: work for work in (our_network, our_terminals, automatic)}

PROBES = {
    "request for any TEI": (True, "fcff030f000501ff"),
    "request for TEI 5": (True, "fcff030f0006010b"),
    "verify": (True, "fcff030f00000701"),
    "broadcast UI": (False, "02ff0308aa"),
    "check of TEI 0": (False, "feff030f00000401"),
    "removal of TEI 0": (False, "feff030f00000601"),
}


def probe(name: str, kept: list[Multipoint]) -> dict[str, Any]:
    """What the library sends and hands up for one frame; whether it then still establishes its link.

    The timers of an instance go on in the library, so that its callbacks have to outlive it: in `kept`.
    """
    network, frame = PROBES[name]
    theirs = Multipoint(network, ())
    kept.append(theirs)
    theirs.receive(bytes.fromhex(frame))
    theirs.advance(3 * SECOND)
    sent, handed = [octets.hex() for octets in theirs.frames], list(theirs.primitives)
    theirs.frames.clear()
    theirs.start()
    return {"sent": sent, "handed": handed, "establishes": [octets.hex() for octets in theirs.frames]}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Run the scenario named, or all probes."""
    if "scenario" not in request:
        kept: list[Multipoint] = []
        return {name: probe(name, kept) for name in PROBES}
    bus = SCENARIOS[request["scenario"]]()
    return {
        "ours_got": bus.data,
        "theirs_got": bus.theirs.given,
        "teis": [end.teis for end in bus.ours],
        "states": [end.link(tei).state.number for end in bus.ours for tei in end.teis],
        "audit": [end.audit() for end in bus.ours],
        "notices": bus.notices,
    }


if __name__ == "__main__":
    worker_main(work)
