"""The worker process of the libpri facility tests: what libpri sends, by switch type and service.

The request: `{"switches": {name: [libpri's number, its side]}}`; the answer: `{name: {service: [contents in
hex]}}`. Prototypes are those of libpri.h 1.4; functions are taken anew by subscript, beside those of
`libpri_binding`.
"""

from __future__ import annotations

import faulthandler
from ctypes import c_char_p, c_int, c_void_p
from typing import Any

from clockhook import VirtualClock
from libpri import Libpri
from libpri_switch_worker import SECOND, SwitchEnd
from our_end import OurEnd
from peer_scenarios import PLAN
from peerlib import worker_main
from trunk_link import TrunkLink

from trunkwire.q931.messages import Id
from trunkwire.q931.view import view
from trunkwire.side import Side

CHANNELS = tuple(range(1, 16))
LAPD_HEADER = 4
NATIONAL = 0x21
"""Type of number and numbering plan of Q.931 4.5.10: national, E.164."""
ALLOWED = 0
UNCONDITIONAL = 15
"""Reason for redirection (Q.931 4.6.7)."""


def prototype(library: Libpri, name: str, *arguments: Any) -> Any:
    function = library.functions[name]
    function.restype, function.argtypes = c_int, arguments
    return function


class Sender:
    """libpri on one side of a link that is up, and what it has sent."""

    def __init__(self, switch: int, side: Side) -> None:
        self.library = library = Libpri(VirtualClock())
        near = OurEnd(side.peer, plan=PLAN)
        self.end = SwitchEnd(switch, library, side, plan=PLAN, channels=CHANNELS)
        enable = self.library.functions["pri_facility_enable"]
        enable.restype, enable.argtypes = None, (c_void_p,)
        enable(self.end._pri)
        self.link = TrunkLink(near, self.end)
        self.link.run_until(lambda: near.up and self.end.up, 10 * SECOND)
        self.link.settle()

    def sent(self) -> list[str]:
        """The contents of each Facility since the last time, in hexadecimal."""
        self.link.run_until(lambda: False, self.link.now + SECOND)
        found = [
            element.octets[2:].hex()
            for crossed in self.link.frames
            if not crossed.from_near
            for element in view(crossed.frame[LAPD_HEADER:]).elements
            if element.identifier == Id.FACILITY
        ]
        self.link.frames.clear()
        return found

    def call(self, name: bytes, diverted: bytes) -> None:
        """A SETUP with the caller's name and the number that diverted."""
        functions = self.library.functions
        self.end._enter(self.link.now)
        call = functions.pri_new_call(self.end._pri)
        request = functions.pri_sr_new()
        functions.pri_sr_set_channel(request, CHANNELS[0], 1, 0)
        functions.pri_sr_set_bearer(request, 0, 3)
        functions.pri_sr_set_called(request, b"300", 0, 1)
        functions.pri_sr_set_caller(request, b"2001", name, NATIONAL, ALLOWED)
        redirect = prototype(self.library, "pri_sr_set_redirecting", c_void_p, c_char_p, c_int, c_int, c_int)
        redirect(request, diverted, NATIONAL, ALLOWED, UNCONDITIONAL)
        functions.pri_setup(self.end._pri, call, request)
        functions.pri_sr_free(request)

    def message(self, name: str) -> None:
        """pri_mwi_activate or pri_mwi_deactivate on a call of its own."""
        self.end._enter(self.link.now)
        call = self.library.functions.pri_new_call(self.end._pri)
        mwi = prototype(
            self.library, name, c_void_p, c_void_p, c_char_p, c_int, c_char_p, c_int, c_char_p, c_int
        )
        mwi(self.end._pri, call, b"2001", NATIONAL, b"Ann", ALLOWED, b"300", NATIONAL)


def facilities(switch: int, side: Side) -> dict[str, list[str]]:
    sender = Sender(switch, side)
    found: dict[str, list[str]] = {}
    sender.link.frames.clear()
    sender.call(b"Ann Onym", b"2345")
    found["setup"] = sender.sent()
    for name in ("pri_mwi_activate", "pri_mwi_deactivate"):
        sender = Sender(switch, side)
        sender.link.frames.clear()
        sender.message(name)
        found[name] = sender.sent()
    return found


def work(request: dict[str, Any]) -> dict[str, Any]:
    faulthandler.enable()
    return {name: facilities(number, Side(side)) for name, (number, side) in request["switches"].items()}


if __name__ == "__main__":
    worker_main(work)
