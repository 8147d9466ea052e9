"""Worker process: libpri's own debug output about conversations, and the frames that it is about.

The request: `{"runs": [{"level": PRI_DEBUG_* bits, "calls": number, "seed": number}]}`. Of each run the
network side prints; what it wrote and read is handed back as [out, octets] in order, beside the text.
"""

from __future__ import annotations

import ctypes
import faulthandler
import random
from collections import deque
from typing import Any

import libpri_binding as binding
from peerlib import worker_main

CAUSES = (1, 16, 17, 19, 21, 27, 31, 34, 38, 41, 42, 44, 58, 63, 79, 88, 100, 102, 127)
NAMES = (None, b"Alice", b"Bob and Co.", b"O'Neil [x]", b"a (b) 7")
_RING, _HANGUP, _HANGUP_REQ, _INFO, _SETUP_ACK = 5, 6, 15, 12, 14


class Side:
    """One side; `line` is what it has been sent, `peer_line` what it sends to."""

    def __init__(
        self, library: Any, node: int, line: deque[bytes], peer_line: deque[bytes], rng: random.Random
    ) -> None:
        self.library, self.line, self.rng = library, line, rng
        self.crossed: list[tuple[bool, str]] = []
        two = bytes(2)  # the room of the FCS

        def read(_pri: int, buffer: int, _room: int) -> int:
            if not line:
                return 0
            frame = line.popleft()
            self.crossed.append((False, frame.hex()))
            ctypes.memmove(buffer, frame + two, len(frame) + 2)
            return len(frame) + 2

        def write(_pri: int, buffer: int, length: int) -> int:
            frame = ctypes.string_at(buffer, length - 2)
            self.crossed.append((True, frame.hex()))
            peer_line.append(frame)
            return length

        self._callbacks = binding.IoCallback(read), binding.IoCallback(write)
        self.pri = library.pri_new_cb(-1, node, binding.SWITCH_EUROISDN_E1, *self._callbacks, None)
        library.pri_hangup_fix_enable(self.pri, 1)

    def serve(self) -> None:
        """Take all frames that wait, and answer as the seed says."""
        library, pri, rng = self.library, self.pri, self.rng
        while self.line:
            pointer = library.pri_check_event(pri)
            if not pointer:
                continue
            kind = ctypes.c_int.from_address(pointer).value
            if kind == _RING:
                ring = binding.RingEvent.from_address(pointer)
                call, channel = ring.call, ring.channel
                if rng.random() < 0.2:
                    library.pri_hangup(pri, call, rng.choice(CAUSES))
                    continue
                library.pri_proceeding(pri, call, channel, 0)
                if rng.random() < 0.4:
                    library.pri_progress_with_cause(pri, call, channel, 1, rng.choice((-1, 31)))
                library.pri_acknowledge(pri, call, channel, rng.randrange(2))
                if rng.random() < 0.3:
                    library.pri_notify(pri, call, channel, rng.randrange(3))
                library.pri_answer(pri, call, channel, 0)
            elif kind in (_HANGUP, _HANGUP_REQ):
                hangup = binding.HangupEvent.from_address(pointer)
                library.pri_hangup(pri, hangup.call, hangup.cause)

    def place(self, channel: int) -> int:
        """Send a SETUP of some kind; the call's handle."""
        library, rng = self.library, self.rng
        call: int = library.pri_new_call(self.pri)
        request = library.pri_sr_new()
        library.pri_sr_set_channel(request, channel, rng.randrange(2), 0)
        library.pri_sr_set_bearer(request, rng.choice((0x00, 0x08, 0x10)), binding.LAYER1_ALAW)
        called = "".join(rng.choice("0123456789*#") for _ in range(rng.randrange(1, 18)))
        library.pri_sr_set_called(request, called.encode(), rng.choice((0x00, 0x21, 0x11, 0x41)), 1)
        caller = "".join(rng.choice("0123456789") for _ in range(rng.randrange(0, 14)))
        presentation = rng.choice((0x00, 0x01, 0x03, 0x20, 0x23))
        library.pri_sr_set_caller(request, caller.encode(), rng.choice(NAMES), 0x21, presentation)
        library.pri_setup(self.pri, call, request)
        library.pri_sr_free(request)
        return call


def work(request: dict[str, Any]) -> list[dict[str, Any]]:
    """What each run said, and the frames that its network side read and wrote."""
    faulthandler.enable()
    library = binding.load()
    said: list[bytes] = []
    listening = binding.MessageCallback(lambda _pri, text: said.append(text or b""))
    library.pri_set_message(listening)
    library.pri_set_error(listening)
    library.pri_set_debug.argtypes = (ctypes.c_void_p, ctypes.c_int)
    return [converse(library, run, said) for run in request["runs"]]


def converse(library: Any, request: dict[str, Any], said: list[bytes]) -> dict[str, Any]:
    """One run between two new sides."""
    said.clear()
    rng = random.Random(request["seed"])
    to_network: deque[bytes] = deque()
    to_user: deque[bytes] = deque()
    network = Side(library, binding.NODE_NETWORK, to_network, to_user, rng)
    library.pri_set_debug(network.pri, request["level"])
    network.crossed.clear()  # its first SABME left before it could be told to print
    user = Side(library, binding.NODE_CPE, to_user, to_network, rng)

    def pump() -> None:
        while to_network or to_user:
            network.serve()
            user.serve()

    pump()
    for index in range(request["calls"]):
        side = rng.choice((network, user))
        call = side.place(index % 15 + 1)
        pump()
        library.pri_hangup(side.pri, call, rng.choice(CAUSES))
        pump()
    library.pri_reset(network.pri, 3)
    pump()
    return {
        "text": b"".join(said).decode("latin-1"),
        "crossed": network.crossed,
    }


if __name__ == "__main__":
    worker_main(work)
