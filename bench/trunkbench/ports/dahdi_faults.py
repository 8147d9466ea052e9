"""What can be done to the line of a DAHDI span: defects, loops, a timeslot that sends back what it hears.

Which maintenance functions a card has only its driver knows: it answers ENOSYS to the others. Those that
insert a single defect are tried when the port is opened; those that loop the line are not, since trying
them would break it, and are learnt to be missing when they are first used.
"""

from __future__ import annotations

import errno
import heapq
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


def maintenance(driver: Driver, number: int) -> frozenset[str]:
    """The faults that the span's driver can insert."""
    if not _has(driver, number, abi.Maint.NONE):
        return frozenset()
    found = {kind for kind, command in DEFECTS.items() if _has(driver, number, command)}
    return frozenset(found | set(LOOPS))


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
