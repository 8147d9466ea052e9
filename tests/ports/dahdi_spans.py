"""Two spans of the real DAHDI driver without a card, joined to each other: the crossover cable of the guest.

Only in the virtual machine of tests/vm: it makes and takes away spans. `TRUNKBENCH_VM` is set there.
"""

from __future__ import annotations

import os
from pathlib import Path

from trunkbench.ports.dahdi_abi import LawCode, Signalling
from trunkbench.ports.dahdi_driver import CONTROL, Driver

IN_GUEST = os.environ.get("TRUNKBENCH_VM") == "1" and Path(CONTROL).exists()
WHY_NOT = "the real DAHDI driver runs in a virtual machine only: make test-dahdi"

DYNAMIC = "loc"
NEAR, FAR = 1, 2
ADDRESSES = {NEAR: "1:0", FAR: "1:1"}
"""The driver of local spans joins those whose addresses differ in the last part."""

_CHANNELS = 31
_SPANS = Path("/sys/bus/dahdi_spans/devices")


def ensure_spans() -> None:
    """Make the two spans, or whichever of them is missing."""
    driver = Driver()
    try:
        for number, address in ADDRESSES.items():
            if driver.span(number) is None:
                made = driver.create_dynamic(DYNAMIC, address)
                assert made == number, f"the span got number {made}"
    finally:
        driver.close()


def destroy_span(number: int) -> None:
    """Take a span away whose channels are closed: its peer loses the signal."""
    driver = Driver()
    try:
        driver.destroy_dynamic(DYNAMIC, ADDRESSES[number])
    finally:
        driver.close()


class PulledCard:
    """Takes a span out of the driver with its channels open, like a card that is removed; `back` ends it."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._device = (_SPANS / f"span-{number}").resolve().parent
        (self._device / "unassign_span").write_text("1\n")

    def back(self) -> None:
        """The span is there again, with its old numbers.

        Each channel is opened and closed once: the driver remembers who had it open when the card was pulled,
        and would give its module's reference back for it once more at the next pull.
        """
        first = (self.number - 1) * _CHANNELS + 1
        (self._device / "assign_span").write_text(f"1:{self.number}:{first}\n")
        driver = Driver()
        try:
            for channel in range(first, first + _CHANNELS):
                driver.configure_channel(channel, Signalling.CLEAR, LawCode.ALAW)
                driver.close_channel(driver.open_channel(channel, "after the pull"))
                driver.configure_channel(channel, Signalling.NONE, LawCode.DEFAULT)
        finally:
            driver.close()
