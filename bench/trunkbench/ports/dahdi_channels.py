"""What the channels of a DAHDI span are configured as: found, set for the bench, and given back as found.

What nobody has configured the port configures. A process that was killed leaves its channels configured,
clear or as CAS, and nothing tells them from those of `dahdi_cfg`; so each of the two is taken for the other
if nobody has it open and it has no idle bits, which `cas=` of `dahdi_cfg` gives and we do not. Anything else
is somebody's intention, and an error that says what to write.
"""

from __future__ import annotations

import contextlib

from trunkbench.device import Mode
from trunkbench.errors import PortError
from trunkbench.ports import dahdi_abi as abi
from trunkbench.ports.dahdi_driver import Driver
from trunkbench.ports.dahdi_line import signalling_name

DRIVER_HDLC = frozenset({abi.Signalling.HDLCFCS, abi.Signalling.HARDHDLC, abi.Signalling.MTP2})
"""The driver or the card makes frames of the channel's bits."""

_USABLE = {
    Mode.FRAMES: DRIVER_HDLC | {abi.Signalling.CLEAR},
    Mode.OCTETS: frozenset({abi.Signalling.CLEAR}),
    Mode.CAS: frozenset({abi.Signalling.CAS}),
}
_OURS = {
    Mode.FRAMES: abi.Signalling.CLEAR,
    Mode.OCTETS: abi.Signalling.CLEAR,
    Mode.CAS: abi.Signalling.CAS,
}
"""What the bench configures for each mode, and so what a run that was killed leaves."""

_KEYWORD = {Mode.FRAMES: "dchan", Mode.OCTETS: "bchan", Mode.CAS: "cas"}


class Channels:
    """The channels of one span by timeslot, and how each was found that had to be configured."""

    def __init__(
        self, driver: Driver, span: int, law: abi.LawCode, by_slot: dict[int, abi.ChannelParams]
    ) -> None:
        self._driver = driver
        self._span = span
        self._law = law
        self._numbers = {slot: params.channo for slot, params in by_slot.items()}
        self._found: dict[int, abi.Signalling] = {}

    def number(self, slot: int) -> int:
        """The driver's number of the channel that is this timeslot."""
        return self._numbers[slot]

    def configured(self, slot: int, mode: Mode, name: str) -> int:
        """The signalling of the channel, fit for the mode; `name` is for messages.

        Raises PortError if the channel has gone, is held, is configured for something else, or cannot be.
        """
        number = self._numbers[slot]
        fresh = self._driver.channel(number)
        if fresh is None or fresh.spanno != self._span:
            raise PortError(f"{name}: channel {number} has gone; see /proc/dahdi")
        if fresh.sigtype in _USABLE[mode]:
            return fresh.sigtype
        if fresh.sigtype in _OURS.values() and not fresh.idlebits:
            # The driver would change it under whoever has it open.
            self._driver.close_channel(self._driver.open_channel(number, name))
        elif fresh.sigtype != abi.Signalling.NONE:
            raise PortError(
                f"{name}: channel {number} is configured as {signalling_name(fresh.sigtype)}, and cannot be "
                f"opened as {mode.value}: write {_KEYWORD[mode]}={number} in /etc/dahdi/system.conf and run "
                "dahdi_cfg, or set the D channel and B channels of the bench as they are there"
            )
        try:
            self._driver.configure_channel(number, _OURS[mode], self._law)
        except OSError as error:
            raise PortError(
                f"{name}: channel {number} cannot be configured as {_KEYWORD[mode]}: {error.strerror}"
            ) from error
        self._found.setdefault(number, abi.Signalling(fresh.sigtype))
        return _OURS[mode]

    def give_back(self) -> None:
        """Each channel, closed by now, as it was found. One that has gone is left out."""
        for number, signalling in self._found.items():
            with contextlib.suppress(OSError):
                self._driver.configure_channel(number, signalling, abi.LawCode.DEFAULT)
        self._found.clear()
