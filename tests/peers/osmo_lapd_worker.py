"""The worker of the libosmoabis test: its LAPD (an independent Q.921) talks with ours, in virtual time.

The request is `{"side": "user" | "network", "scenario": name}`; `side` is what we play. libosmocore's clocks
are set by hand (`osmo_gettimeofday_override`), so no time passes.
"""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable
from typing import Any

from peerlib import worker_main

from trunkwire.lapd import Data, LapdLink, LapdSettings, Released, State, Transmit
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, SECOND, Tick

HEADROOM, SIZE = 64, 512
PRIMITIVES = {0: "unit data", 1: "data", 2: "establish", 3: "release", 7: "error"}
OPERATIONS = {0: "request", 1: "response", 2: "indication", 3: "confirm"}
MONOTONIC = 1


class Msgb(ctypes.Structure):
    """struct msgb of libosmocore."""

    _fields_ = (
        ("links", ctypes.c_void_p * 4),
        ("l1h", ctypes.c_void_p),
        ("l2h", ctypes.c_void_p),
        ("l3h", ctypes.c_void_p),
        ("l4h", ctypes.c_void_p),
        ("control", ctypes.c_ulong * 5),
        ("data_len", ctypes.c_uint16),
        ("len", ctypes.c_uint16),
        ("head", ctypes.c_void_p),
        ("tail", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
    )


class Primitive(ctypes.Structure):
    """struct osmo_prim_hdr of libosmocore."""

    _fields_ = (
        ("sap", ctypes.c_uint),
        ("primitive", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("msg", ctypes.POINTER(Msgb)),
    )


Message = ctypes.POINTER(Msgb)
SendFrame = ctypes.CFUNCTYPE(None, Message, ctypes.c_void_p)
TakePrimitive = ctypes.CFUNCTYPE(
    None, ctypes.POINTER(Primitive), ctypes.c_uint8, ctypes.c_uint8, ctypes.c_void_p
)


class OsmoLapd:
    """The library's end of the link: TEI 0, SAPI 0."""

    def __init__(self, network: bool) -> None:
        self.core = ctypes.CDLL("libosmocore.so.19", mode=ctypes.RTLD_GLOBAL)
        self.abis = ctypes.CDLL("libosmoabis.so.10")
        self.frames: list[bytes] = []
        self.data: list[bytes] = []
        self.primitives: list[str] = []
        self._microseconds = 0
        self._declare()
        self._take_time()
        self._callbacks = SendFrame(self._sent), TakePrimitive(self._indicated)
        profile = ctypes.addressof(ctypes.c_char.in_dll(self.abis, "lapd_profile_isdn"))
        self.instance = self.abis.lapd_instance_alloc2(
            int(network), self._callbacks[0], None, self._callbacks[1], None, profile, b"trunkbench"
        )
        if not self.abis.lapd_tei_alloc(self.instance, 0):
            raise RuntimeError("libosmoabis gave no TEI 0")

    def _declare(self) -> None:
        pointer, octet = ctypes.c_void_p, ctypes.c_uint8
        self.core.msgb_alloc.restype = Message
        self.core.msgb_alloc.argtypes = [ctypes.c_uint16, ctypes.c_char_p]
        self.core.msgb_free.argtypes = [Message]
        for clock in (self.core.osmo_gettimeofday_override_add, self.core.osmo_clock_override_add):
            clock.argtypes = [ctypes.c_long, ctypes.c_long]
        self.core.osmo_clock_override_add.argtypes = [ctypes.c_int, ctypes.c_long, ctypes.c_long]
        self.core.osmo_clock_override_enable.argtypes = [ctypes.c_int, ctypes.c_bool]
        allocate = self.abis.lapd_instance_alloc2
        allocate.restype = pointer
        allocate.argtypes = [
            ctypes.c_int,
            SendFrame,
            pointer,
            TakePrimitive,
            pointer,
            pointer,
            ctypes.c_char_p,
        ]
        self.abis.lapd_tei_alloc.restype = pointer
        self.abis.lapd_tei_alloc.argtypes = [pointer, octet]
        self.abis.lapd_receive.argtypes = [pointer, Message, ctypes.POINTER(ctypes.c_int)]
        self.abis.lapd_transmit.argtypes = [pointer, octet, octet, Message]
        self.abis.lapd_sap_start.argtypes = [pointer, octet, octet]

    def _take_time(self) -> None:
        ctypes.c_bool.in_dll(self.core, "osmo_gettimeofday_override").value = True
        self.core.osmo_clock_override_enable(MONOTONIC, True)
        self._pass(1_000_000_000)
        self._microseconds = 0

    def _pass(self, microseconds: int) -> None:
        seconds, rest = divmod(microseconds, 1_000_000)
        self.core.osmo_gettimeofday_override_add(seconds, rest)
        self.core.osmo_clock_override_add(MONOTONIC, seconds, rest * 1000)

    def _message(self, octets: bytes) -> Any:
        message = self.core.msgb_alloc(SIZE, b"trunkbench")
        body = message[0]
        body.data += HEADROOM
        body.tail = body.data + len(octets)
        body.len = len(octets)
        ctypes.memmove(body.data, octets, len(octets))
        return message

    def _sent(self, message: Any, _context: Any) -> None:
        self.frames.append(ctypes.string_at(message[0].data, message[0].len))
        self.core.msgb_free(message)

    def _indicated(self, primitive: Any, _tei: int, _sapi: int, _context: Any) -> None:
        name = PRIMITIVES.get(primitive[0].primitive, "other")
        message = primitive[0].msg
        if name == "data" and message and message[0].l3h:
            self.data.append(ctypes.string_at(message[0].l3h, message[0].tail - message[0].l3h))
        else:
            self.primitives.append(f"{name} {OPERATIONS[primitive[0].operation]}")
        if message:
            self.core.msgb_free(message)

    def start(self) -> None:
        """Ask for establishment."""
        self.abis.lapd_sap_start(self.instance, 0, 0)

    def send(self, octets: bytes) -> None:
        """DL-DATA request."""
        self.abis.lapd_transmit(self.instance, 0, 0, self._message(octets))

    def receive(self, frame: bytes) -> None:
        """A frame of ours."""
        message, error = self._message(frame), ctypes.c_int(0)
        message[0].l2h = message[0].data
        self.abis.lapd_receive(self.instance, message, ctypes.byref(error))

    def advance(self, now: Tick) -> None:
        """Let the library's clocks come to `now` and its timers run."""
        target = now * 125 // 8
        self._pass(target - self._microseconds)
        self._microseconds = target
        self.core.osmo_timers_prepare()
        self.core.osmo_timers_update()


class Pair:
    """Their end and ours, and a line that drops what `lose` says."""

    STEP = 50 * MILLISECOND

    def __init__(self, side: Side) -> None:
        self.ours = LapdLink(side, LapdSettings())
        self.theirs = OsmoLapd(network=side is Side.USER)
        self.now: Tick = 0
        self.lose: Callable[[bytes], bool] = lambda frame: False
        self.data: list[bytes] = []
        self.notices: list[str] = []
        self.crossed: list[tuple[str, str]] = []

    def settle(self) -> None:
        """Carry frames until neither end has more to say."""
        busy = True
        while busy:
            busy = False
            while (output := self.ours.poll_output()) is not None:
                busy = True
                if isinstance(output, Transmit):
                    self.crossed.append(("ours", output.frame.hex()))
                    if not self.lose(output.frame):
                        self.theirs.receive(output.frame)
                elif isinstance(output, Data):
                    self.data.append(output.data)
                else:
                    self.notices.append(repr(output))
            while self.theirs.frames:
                busy = True
                frame = self.theirs.frames.pop(0)
                self.crossed.append(("theirs", frame.hex()))
                if not self.lose(frame):
                    self.ours.receive(frame, self.now)

    def run(self, duration: Tick) -> None:
        """Let time pass."""
        for _ in range(0, duration, self.STEP):
            self.settle()
            self.now += self.STEP
            self.ours.handle_timer(self.now)
            self.theirs.advance(self.now)
        self.settle()

    def come_up(self) -> None:
        """Establish from the user side, as on a PRI."""
        if self.ours.side is Side.USER:
            self.ours.establish(self.now)
        else:
            self.theirs.start()
        self.run(SECOND)


def exchange(pair: Pair) -> None:
    """300 messages each way: the window fills, sequence numbers wrap, T203 passes in between."""
    for number in range(300):
        pair.ours.send(number.to_bytes(2, "big") + b"from us", pair.now)
        pair.theirs.send(number.to_bytes(2, "big") + b"from them")
        if number % 10 == 0:
            pair.run(200 * MILLISECOND)
    pair.run(25 * SECOND)


def loss(pair: Pair) -> None:
    """One frame in twenty is lost, either way; everything arrives all the same."""
    rng = random.Random(921)
    pair.lose = lambda frame: rng.random() < 0.05
    for number in range(100):
        pair.ours.send(number.to_bytes(2, "big") + b"from us", pair.now)
        pair.theirs.send(number.to_bytes(2, "big") + b"from them")
        pair.run(500 * MILLISECOND)
    pair.lose = lambda frame: False
    pair.run(10 * SECOND)


def heavy_loss(pair: Pair) -> None:
    """One frame in eight is lost: enquiries fail too, so the link is reset, and that is reported."""
    rng = random.Random(921)
    pair.lose = lambda frame: rng.random() < 0.125
    for number in range(100):
        pair.ours.send(number.to_bytes(2, "big") + b"from us", pair.now)
        pair.theirs.send(number.to_bytes(2, "big") + b"from them")
        pair.run(500 * MILLISECOND)
    pair.lose = lambda frame: False
    pair.run(10 * SECOND)


def busy(pair: Pair) -> None:
    """We are busy: they hold their data.

    Version 1.3 goes on holding it when RR says that we are ready (Q.921 5.6.5 ends the condition there), and
    even when the link is established anew; so what follows the busy condition is not judged against it.
    """
    pair.ours.set_own_busy(True, pair.now)
    pair.settle()
    for number in range(5):
        pair.theirs.send(number.to_bytes(2, "big"))
    pair.run(5 * SECOND)
    pair.notices.append(f"while busy: {len(pair.data)}")
    pair.ours.set_own_busy(False, pair.now)
    pair.run(5 * SECOND)


def outage(pair: Pair) -> None:
    """Nothing crosses for a minute; both give up, and the user side brings the link up again."""
    pair.ours.send(b"lost", pair.now)
    pair.lose = lambda frame: True
    pair.run(60 * SECOND)
    pair.notices.append(f"state {pair.ours.state.number}")
    pair.lose = lambda frame: False
    if pair.ours.state is State.TEI_ASSIGNED:
        pair.come_up()
    pair.run(20 * SECOND)
    pair.ours.send(b"again", pair.now)
    pair.theirs.send(b"again")
    pair.run(SECOND)


def release_by_us(pair: Pair) -> None:
    """DISC from us, UA from them."""
    pair.ours.release(pair.now)
    pair.run(SECOND)


def collision(pair: Pair) -> None:
    """Both sides ask for establishment of a link that is up, at the same time."""
    pair.ours.establish(pair.now)
    pair.theirs.start()
    pair.run(5 * SECOND)
    pair.ours.send(b"after", pair.now)
    pair.theirs.send(b"after")
    pair.run(SECOND)


SCENARIOS = {
    work.__name__: work for work in (exchange, loss, heavy_loss, busy, outage, release_by_us, collision)
}


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Run the scenario; what both ends saw."""
    pair = Pair(Side(request["side"]))
    pair.come_up()
    up = pair.ours.state is State.MULTIPLE_FRAME_ESTABLISHED
    SCENARIOS[request["scenario"]](pair)
    counters = pair.ours.counters
    return {
        "up": up,
        "state": pair.ours.state.number,
        "audit": pair.ours.audit(),
        "ours_got": [data.hex() for data in pair.data],
        "theirs_got": [data.hex() for data in pair.theirs.data],
        "notices": pair.notices,
        "released": any(Released.__name__ in notice for notice in pair.notices),
        "primitives": pair.theirs.primitives,
        "retransmissions": counters.retransmissions,
        "frames": len(pair.crossed),
        "first": pair.crossed[:2],
        "last": pair.crossed[-2:],
    }


if __name__ == "__main__":
    worker_main(work)
