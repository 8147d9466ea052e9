"""Worker process: what the clock hook does to libpri, and what becomes of a crash inside the library."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
from collections.abc import Callable
from typing import Any

import clockhook
import libpri_binding as binding
from clockhook import VirtualClock
from libpri import Libpri, LibpriEnd
from peerlib import worker_main

from trunkwire.side import Side


def timers() -> dict[str, Any]:
    """One side alone: the ticks at which its SABMEs leave, and the refusals of a wrong use."""
    end = LibpriEnd(Libpri(VirtualClock()), Side.USER, timers={"T200": 32_000, "N200": 2})
    sent = []
    now = 0
    while now < 20 * 64_000 and (due := end.next_deadline()) is not None:
        sent += [(now, frame.hex()) for frame in iter(end.poll_output, None)]
        now = due
        end.handle_timer(now)
    refused = []
    attempts: tuple[Callable[[], None], ...] = (
        lambda: end.handle_timer(now - 1),
        lambda: clockhook.redirect("libpri.so.1.4", {"no_such_import": end.library.functions.pri_new_cb}),
        lambda: clockhook.redirect("libnothing.so", {}),
    )
    for attempt in attempts:
        try:
            attempt()
        except (ValueError, LookupError) as error:
            refused.append(str(error))
    end.close()
    try:
        end.receive(b"", now)
    except RuntimeError as error:
        refused.append(str(error))
    return {"sent": sent, "refused": refused, "deadline_when_closed": end.next_deadline()}


def too_long() -> str:
    """A frame that does not fit libpri's buffer raises in Python and leaves the library alone."""
    end = LibpriEnd(Libpri(VirtualClock()), Side.USER)
    try:
        end.receive(bytes(5000), 1)
    except ValueError as error:
        return str(error)
    return "taken"


def crash() -> None:
    """Hand the library a wrong pointer."""
    library = Libpri(VirtualClock())
    with contextlib.suppress(ctypes.ArgumentError):
        library.functions.pri_check_event(16)


def silence() -> int:
    """How many octets the library wrote to the standard output, messages provoked."""
    reader, writer = os.pipe()
    keep = os.dup(1)
    os.dup2(writer, 1)
    library = Libpri(VirtualClock())
    end = LibpriEnd(library, Side.USER)
    library.functions.pri_dump_event(end._pri, ctypes.byref(binding.ChannelEvent(1, 0)))
    end.receive(bytes.fromhex("00 01 7f 00 00 00 00"), 1)
    library.functions.pri_hangup(end._pri, 0, 16)
    ctypes.CDLL(None).fflush(None)
    os.dup2(keep, 1)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        noise = len(pipe.read())
    return noise if library.messages else -1


def work(request: dict[str, Any]) -> Any:
    """Run the one named."""
    faulthandler.enable()
    return {"timers": timers, "too_long": too_long, "crash": crash, "silence": silence}[request["what"]]()


if __name__ == "__main__":
    worker_main(work)
