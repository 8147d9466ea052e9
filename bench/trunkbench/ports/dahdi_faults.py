"""What can be done to the line of a DAHDI span: defects, loops, a timeslot that sends back what it hears.

Which maintenance functions a card has only its driver knows, and there is no harmless way to ask for one: the
driver does what it is asked about. Harmless is DAHDI_MAINT_NONE, which a driver without any of them answers
with ENOSYS. What those have that answer it is known by their names, from the source of DAHDI 2.11.1 (the
`maint` functions of the drivers, in E1 mode); of others only trying tells, which is done when asked for.
"""

from __future__ import annotations

import errno
import heapq
import re
from collections.abc import Callable, Mapping

from trunkbench.device import LineFault
from trunkbench.errors import PortError
from trunkbench.ports import dahdi_abi as abi
from trunkbench.ports.dahdi_driver import Driver
from trunkwire.ticks import Tick

DEFECTS = {
    "fas-defect": abi.Maint.FAS_DEFECT,
    "multiframe-defect": abi.Maint.MULTI_DEFECT,
    "crc4-defect": abi.Maint.CRC_DEFECT,
    "cas-defect": abi.Maint.CAS_DEFECT,
    "prbs-defect": abi.Maint.PRBS_DEFECT,
    "bipolar-defect": abi.Maint.BIPOLAR_DEFECT,
}
"""Faults that are inserted once."""

LOOPS = {
    "local-loop": abi.Maint.LOCALLOOP,
    "line-loop": abi.Maint.NETWORKLINELOOP,
    "payload-loop": abi.Maint.NETWORKPAYLOADLOOP,
}
"""Faults that last: the span hears itself, or the far end does."""

SLOT_LOOP = "slot-loop"
"""One timeslot sends back what it receives: every driver has it."""


_ALL = frozenset(DEFECTS) | frozenset(LOOPS)
_LOCAL = frozenset({"local-loop"})

_KNOWN: tuple[tuple[str, str, frozenset[str]], ...] = (
    (r"TE\d+/", "", _ALL),  # wct4xxp
    (r"WCTE\d+/", "", _ALL),  # wcte43x
    (r"WCT13x/", "", _ALL),  # wcte13xp
    (r"WCT1/", r"TE12|E100P", _LOCAL),  # wcte12xp, wct1xxp; wcte11xp says yes to everything and does nothing
    (r"Tor2/", "", _LOCAL),  # tor2 says yes to everything, too
)
"""How a driver names its spans, a part of the card's name, and what it does in E1 mode."""


def maintenance(driver: Driver, info: abi.SpanInfo, *, by_trying: bool = False) -> frozenset[str]:
    """The faults that the span's driver can insert: as is known of it or, if so asked, found by trying.

    Trying inserts each defect once, and closes and opens each loop: calls on the line would suffer.
    """
    if not _has(driver, info.spanno, abi.Maint.NONE):
        return frozenset()
    if by_trying:
        return frozenset(kind for kind in sorted(_ALL) if _tried(driver, info.spanno, kind))
    for name, card, kinds in _KNOWN:
        if re.match(name, info.name) and re.search(card, info.devicetype):
            return kinds
    return frozenset()


def _tried(driver: Driver, number: int, kind: str) -> bool:
    if kind in DEFECTS:
        return _has(driver, number, DEFECTS[kind])
    there = _has(driver, number, LOOPS[kind])
    return there and _has(driver, number, abi.Maint.NONE)


def _has(driver: Driver, number: int, command: abi.Maint) -> bool:
    try:
        driver.maintain(number, command)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EINVAL, errno.ENOTTY, errno.EOPNOTSUPP):
            return False
        raise
    return True


class Faults:
    """The faults of one open span, booked by tick. `kinds` are those that it has, as far as is known."""

    def __init__(self, driver: Driver, number: int, name: str, kinds: frozenset[str]) -> None:
        self.kinds = kinds
        self.looped: set[int] = set()
        """The timeslots that send back what they receive."""
        self._driver = driver
        self._number = number
        self._name = name
        self._agenda: list[tuple[Tick, int, Callable[[], None]]] = []
        self._booked = 0

    def insert(self, fault: LineFault, fds: Mapping[int, int]) -> None:
        """Book a fault of one of the `kinds`; `fds` are the descriptors of the open timeslots."""
        kind, slot = fault.kind, fault.slot
        if kind in DEFECTS:
            self._book(fault.start, lambda: self._maintain(kind, DEFECTS[kind]))
            return
        if kind == SLOT_LOOP:
            if slot is not None and slot not in fds:
                raise PortError(f"{self._name}: fault {kind!r} needs a timeslot that is open, not {slot}")
            touched = {slot: fds[slot]} if slot is not None else dict(fds)
            begin, end = lambda: self._loop(touched, True), lambda: self._loop(touched, False)
        else:
            command = LOOPS[kind]
            begin, end = lambda: self._maintain(kind, command), lambda: self._maintain(kind, abi.Maint.NONE)
        self._book(fault.start, begin)
        self._book(fault.start + fault.duration, end)

    def due(self) -> Tick | None:
        """When the next fault begins or ends."""
        return self._agenda[0][0] if self._agenda else None

    def run(self, now: Tick) -> None:
        """Begin and end what is due. Raises PortError if the driver refuses."""
        while self._agenda and self._agenda[0][0] <= now:
            heapq.heappop(self._agenda)[2]()

    def _book(self, at: Tick, action: Callable[[], None]) -> None:
        self._booked += 1
        heapq.heappush(self._agenda, (at, self._booked, action))

    def _loop(self, slots: Mapping[int, int], on: bool) -> None:
        for slot, fd in slots.items():
            self._driver.loop(fd, on)
            (self.looped.add if on else self.looped.discard)(slot)

    def _maintain(self, kind: str, command: abi.Maint) -> None:
        try:
            self._driver.maintain(self._number, command)
        except OSError as error:
            if error.errno == errno.ENOSYS:
                self.kinds -= {kind}
            raise PortError(
                f"{self._name}: the driver of this card refuses {kind!r}: {error.strerror}; those it has: "
                f"{', '.join(sorted(self.kinds))}"
            ) from error
