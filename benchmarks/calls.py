"""`calls`: calls a second of our two sides back to back, beside libpri back to back in the same process.

A call is SETUP, CALL PROCEEDING, ALERTING, CONNECT, CONNECT ACKNOWLEDGE, DISCONNECT, RELEASE, RELEASE
COMPLETE, in LAPD frames that cross as octets; thirty calls are up together, then all are cleared. libpri is
driven with the least Python that works: two callbacks that move a frame, and one decision an event. Both
drop LAPD acknowledgements into the same kind of queue. Rounds of the two alternate, so that the machine's
mood meets both; before they are timed, the messages of a call are found to be the same ones in the same
order.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

from benchmarks.result import Result
from trunkwire.lapd import Data, Established, LapdLink, Released, Transmit
from trunkwire.q931.call import Call, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.events import Indication, IndicationKind, SendData
from trunkwire.q931.messages import MessageType
from trunkwire.q931.settings import E1_CHANNELS
from trunkwire.side import Side

TARGET, GOAL = 0.25, 1.0
_PEERS = Path(__file__).parent.parent / "tests" / "peers"
_HEADER = 4  # octets of an I frame before the message
_NETWORK, _USER = 1, 2
_RING, _HANGUP, _ANSWER, _HANGUP_ACK, _HANGUP_REQ = 5, 6, 8, 9, 15
_NORMAL = 16

EXPECTED = [
    MessageType.SETUP,
    MessageType.CALL_PROCEEDING,
    MessageType.ALERTING,
    MessageType.CONNECT,
    MessageType.CONNECT_ACKNOWLEDGE,
    MessageType.DISCONNECT,
    MessageType.RELEASE,
    MessageType.RELEASE_COMPLETE,
]


class OurEnd:
    """One end of ours: LAPD below, call control above, and a called party that answers at once."""

    def __init__(self, side: Side) -> None:
        self.link, self.control = LapdLink(side), CallControl(side)
        self.sent: deque[bytes] = deque()
        self.calls: list[Call] = []
        self.connected = self.released = 0

    def receive(self, frame: bytes, now: int) -> None:
        """A frame has come over."""
        self.link.receive(frame, now)
        self.drain(now)

    def drain(self, now: int) -> None:
        """Carry out what both machines want, until they want nothing."""
        link, control = self.link, self.control
        busy = True
        while busy:
            busy = False
            while (output := link.poll_output()) is not None:
                busy = True
                if type(output) is Transmit:
                    self.sent.append(output.frame)
                elif type(output) is Data:
                    control.receive(output.data, now)
                elif type(output) is Established:
                    control.link_established(now)
                elif type(output) is Released:
                    control.link_released(now)
            while (wish := control.poll_output()) is not None:
                busy = True
                if type(wish) is SendData:
                    link.send(wish.data, now)
                elif type(wish) is Indication:
                    self.indication(wish, now)

    def indication(self, indication: Indication, now: int) -> None:
        """What the parties do."""
        call, control = indication.call, self.control
        assert call is not None
        if indication.kind is IndicationKind.SETUP:
            control.proceeding(call, now)
            control.alerting(call, now)
            control.connect(call, now)
        elif indication.kind is IndicationKind.CONNECT:
            self.connected += 1
        elif indication.kind is IndicationKind.RELEASED:
            self.released += 1

    def place(self, channel: int, now: int) -> None:
        """Place a call on that channel."""
        request = SetupRequest(called="5551234", calling="1000", channel=channel, sending_complete=True)
        self.calls.append(self.control.setup(request, now))
        self.drain(now)

    def clear(self, now: int) -> None:
        """Hang up every call placed."""
        for call in self.calls:
            self.control.disconnect(call, _NORMAL, now)
        self.calls.clear()
        self.drain(now)


class LibpriEnd:
    """One end of libpri with the same called party."""

    def __init__(self, library: Any, binding: Any, node: int) -> None:
        self.library, self.binding = library, binding
        self.sent: deque[bytes] = deque()
        self.received: deque[bytes] = deque()
        self.calls: list[int] = []
        self.answered: list[int] = []
        self.connected = self.released = 0
        self._read, self._write = binding.IoCallback(self._on_read), binding.IoCallback(self._on_write)
        self.handle = library.pri_new_cb(-1, node, binding.SWITCH_EUROISDN_E1, self._read, self._write, None)
        library.pri_hangup_fix_enable(self.handle, 1)

    def _on_read(self, _handle: int, buffer: int, _room: int) -> int:
        if not self.received:
            return 0
        frame = self.received.popleft() + b"\0\0"
        ctypes.memmove(buffer, frame, len(frame))
        return len(frame)

    def _on_write(self, _handle: int, buffer: int, length: int) -> int:
        self.sent.append(ctypes.string_at(buffer, length - 2))
        return length

    def receive(self, frame: bytes, _now: int) -> None:
        """A frame has come over."""
        self.received.append(frame)
        library, handle = self.library, self.handle
        while self.received:
            event = library.pri_check_event(handle)
            if event:
                self.event(event)

    def event(self, pointer: int) -> None:
        """What the parties do."""
        library, binding, handle = self.library, self.binding, self.handle
        kind = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_int))[0]
        if kind == _RING:
            ring = ctypes.cast(pointer, ctypes.POINTER(binding.RingEvent)).contents
            library.pri_proceeding(handle, ring.call, ring.channel, 0)
            library.pri_acknowledge(handle, ring.call, ring.channel, 0)
            library.pri_answer(handle, ring.call, ring.channel, 0)
        elif kind == _ANSWER:
            self.connected += 1
        elif kind in (_HANGUP_REQ, _HANGUP, _HANGUP_ACK):
            hangup = ctypes.cast(pointer, ctypes.POINTER(binding.HangupEvent)).contents
            if kind != _HANGUP_ACK:
                library.pri_hangup(handle, hangup.call, hangup.cause)
            if kind != _HANGUP_REQ:
                self.released += 1

    def place(self, channel: int, _now: int) -> None:
        """Place a call on that channel."""
        library, binding = self.library, self.binding
        call = library.pri_new_call(self.handle)
        request = library.pri_sr_new()
        library.pri_sr_set_channel(request, channel, 1, 0)
        library.pri_sr_set_bearer(request, binding.TRANSFER_SPEECH, binding.LAYER1_ALAW)
        library.pri_sr_set_called(request, b"5551234", 1, 1)
        library.pri_sr_set_caller(request, b"1000", None, 1, 0)
        library.pri_setup(self.handle, call, request)
        library.pri_sr_free(request)
        self.calls.append(call)

    def clear(self, _now: int) -> None:
        """Hang up every call placed."""
        for call in self.calls:
            self.library.pri_hangup(self.handle, call, _NORMAL)
        self.calls.clear()


End = OurEnd | LibpriEnd


class Pair:
    """Two ends of one kind and the queues between them; the network side calls."""

    def __init__(self, network: End, user: End) -> None:
        self.network, self.user = network, user
        self.now = 0
        self.log: list[int] | None = None

    def pump(self) -> None:
        """Carry frames over until nothing is under way."""
        ways = ((self.network.sent, self.user), (self.user.sent, self.network))
        while self.network.sent or self.user.sent:
            for sent, end in ways:
                while sent:
                    frame = sent.popleft()
                    if self.log is not None:
                        self._note(frame)
                    end.receive(frame, self.now)

    def _note(self, frame: bytes) -> None:
        if not frame[2] & 1 and len(frame) > _HEADER:  # an I frame; the reference has two octets
            assert self.log is not None
            self.log.append(frame[_HEADER + 4])

    def round(self) -> None:
        """Thirty calls up together, and down again."""
        self.now += 64_000
        for channel in E1_CHANNELS:
            self.network.place(channel, self.now)
        self.pump()
        self.network.clear(self.now)
        self.pump()

    def check(self, rounds: int) -> None:
        """Raises RuntimeError unless every call of so many rounds was answered and cleared."""
        asked = rounds * len(E1_CHANNELS)
        if (self.network.connected, self.network.released) != (asked, asked):
            raise RuntimeError(
                f"of {asked} calls {self.network.connected} were answered, {self.network.released} cleared"
            )


def ours() -> Pair:
    """Our two sides, in service."""
    network, user = OurEnd(Side.NETWORK), OurEnd(Side.USER)
    pair = Pair(network, user)
    network.link.establish(0)
    network.drain(0)
    pair.pump()
    return pair


def libpris() -> Pair | str:
    """libpri's two sides, in service; or why there are none."""
    sys.path.insert(0, str(_PEERS))
    try:
        import libpri_binding as binding

        library = binding.load()
    except (ImportError, OSError) as error:
        return f"libpri (Debian package libpri1.4) cannot be used: {error}"
    quiet = binding.MessageCallback(lambda _handle, _text: None)
    library.pri_set_message(quiet)
    library.pri_set_error(quiet)
    pair = Pair(LibpriEnd(library, binding, _NETWORK), LibpriEnd(library, binding, _USER))
    pair.quiet = quiet  # type: ignore[attr-defined]  # the library calls it for as long as it lives
    pair.pump()
    return pair


def messages_of_a_call(pair: Pair) -> list[int]:
    """The message types that cross in one call, in order."""
    pair.log = []
    pair.network.place(E1_CHANNELS[0], pair.now)
    pair.pump()
    pair.network.clear(pair.now)
    pair.pump()
    log, pair.log = pair.log, None
    pair.network.connected = pair.network.released = 0
    return log


def run(quick: bool = False) -> Result:
    """Compare the messages, then time rounds of both in turn."""
    what = "calls/s of our two sides, LAPD and codec included, beside libpri's two sides"
    mine, theirs = ours(), libpris()
    if (seen := messages_of_a_call(mine)) != EXPECTED:
        return Result("calls", error=f"our messages of a call: {seen}")
    if isinstance(theirs, Pair) and (seen := messages_of_a_call(theirs)) != EXPECTED:
        return Result("calls", error=f"libpri's messages of a call: {seen}")
    rounds = 4 if quick else 60
    pairs = [mine] if isinstance(theirs, str) else [mine, theirs]
    spent = [0.0 for _ in pairs]
    for pair in pairs:
        pair.round()  # warm
    for _ in range(rounds):
        for index, pair in enumerate(pairs):
            began = time.perf_counter()
            pair.round()
            spent[index] += time.perf_counter() - began
    for pair in pairs:
        pair.check(rounds + 1)
    left = [
        line for end in (mine.network, mine.user) if isinstance(end, OurEnd) for line in end.control.audit()
    ]
    if left:
        return Result("calls", error=f"left over: {left[0]}")
    rates = [rounds * len(E1_CHANNELS) / seconds for seconds in spent]
    if isinstance(theirs, str):
        return Result("calls", what=what, skipped=theirs, detail=f"ours {rates[0]:,.0f} calls/s")
    return Result(
        "calls",
        value=rates[0] / rates[1],
        what=what,
        target=TARGET,
        goal=GOAL,
        detail=f"ours {rates[0]:,.0f} calls/s, libpri {rates[1]:,.0f} calls/s",
    )


if __name__ == "__main__":
    print(run("--quick" in sys.argv).line())
