"""How many calls a second libpri makes back to back: both sides in one process, frames in memory.

A call is SETUP, CALL PROCEEDING, ALERTING, CONNECT, CONNECT ACKNOWLEDGE, DISCONNECT, RELEASE and RELEASE
COMPLETE, with the acknowledgements of LAPD. Callbacks are ctypes callbacks into the shortest Python that can
carry a frame; no scripts, records or clocks of `LibpriEnd` are in the way, so that it is libpri's speed that
is measured.

Run as a program: `libpri_calls.py CALLS` prints one JSON object: calls, seconds, calls_per_second, answered,
cleared, frames, version. Absent library: exit status 1 and the reason on the standard error.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from collections import deque
from typing import Any

import libpri_binding as binding

_CHANNELS = (*range(1, 16), *range(17, 32))
_RING, _HANGUP, _ANSWER, _HANGUP_REQ = 5, 6, 8, 15


class _Side:
    """One side; `line` is what it has been sent and `peer_line` what it sends to."""

    def __init__(self, library: Any, node: int, line: deque[bytes], peer_line: deque[bytes]) -> None:
        self.library = library
        self.line = line
        self.frames = self.answered = self.cleared = 0
        two = bytes(2)  # the room of the FCS

        def read(_pri: int, buffer: int, _room: int) -> int:
            if not line:
                return 0
            frame = line.popleft() + two
            ctypes.memmove(buffer, frame, len(frame))
            return len(frame)

        def write(_pri: int, buffer: int, length: int) -> int:
            peer_line.append(ctypes.string_at(buffer, length - 2))
            self.frames += 1
            return length

        self._callbacks = binding.IoCallback(read), binding.IoCallback(write)
        self.pri = library.pri_new_cb(-1, node, binding.SWITCH_EUROISDN_E1, *self._callbacks, None)
        library.pri_hangup_fix_enable(self.pri, 1)

    def serve(self) -> None:
        """Take all frames that wait; answer calls, clear what is being cleared."""
        library, pri = self.library, self.pri
        while self.line:
            pointer = library.pri_check_event(pri)
            if not pointer:
                continue
            kind = ctypes.c_int.from_address(pointer).value
            if kind == _RING:
                ring = binding.RingEvent.from_address(pointer)
                call, channel = ring.call, ring.channel
                library.pri_proceeding(pri, call, channel, 0)
                library.pri_acknowledge(pri, call, channel, 0)
                library.pri_answer(pri, call, channel, 0)
            elif kind == _ANSWER:
                self.answered += 1
            elif kind in (_HANGUP, _HANGUP_REQ):
                hangup = binding.HangupEvent.from_address(pointer)
                library.pri_hangup(pri, hangup.call, hangup.cause)
                self.cleared += kind == _HANGUP

    def place(self, channel: int) -> int:
        """Send a SETUP; the call's handle."""
        library = self.library
        call: int = library.pri_new_call(self.pri)
        request = library.pri_sr_new()
        library.pri_sr_set_channel(request, channel, 1, 0)
        library.pri_sr_set_bearer(request, binding.TRANSFER_SPEECH, binding.LAYER1_ALAW)
        library.pri_sr_set_called(request, b"5551234", binding.PLAN_UNKNOWN, 1)
        library.pri_sr_set_caller(request, b"1000", None, binding.PLAN_UNKNOWN, 0)
        library.pri_setup(self.pri, call, request)
        library.pri_sr_free(request)
        return call


def measure(calls: int) -> dict[str, Any]:
    """Place that many calls one after the other from the user side and clear each; what it took.

    Raises OSError when the library is absent.
    """
    library = binding.load()
    silent = binding.MessageCallback(lambda _pri, _text: None)
    library.pri_set_message(silent)
    library.pri_set_error(silent)
    to_network: deque[bytes] = deque()
    to_user: deque[bytes] = deque()
    network = _Side(library, binding.NODE_NETWORK, to_network, to_user)
    user = _Side(library, binding.NODE_CPE, to_user, to_network)

    def pump() -> None:
        while to_network or to_user:
            network.serve()
            user.serve()

    pump()
    frames = network.frames + user.frames
    started = time.perf_counter()
    for index in range(calls):
        call = user.place(_CHANNELS[index % len(_CHANNELS)])
        pump()
        library.pri_hangup(user.pri, call, 16)
        pump()
    took = time.perf_counter() - started
    return {
        "calls": calls,
        "seconds": took,
        "calls_per_second": calls / took,
        "answered": user.answered,
        "cleared": user.cleared,
        "frames": network.frames + user.frames - frames,
        "version": library.pri_get_version().decode(),
    }


if __name__ == "__main__":
    try:
        print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)))
    except OSError as error:
        sys.exit(f"libpri can't be measured: {error} (Debian package libpri1.4)")
