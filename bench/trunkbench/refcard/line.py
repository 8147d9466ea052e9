"""The reference card's serial line, and what can be wrong with a serial line.

`PtyLine` is a device that any program opens, `MemoryLine` stays in the process and in its time. On both the
rate is limited in both directions, octets are dropped and corrupted by a seed, and the line can stall.
"""

from __future__ import annotations

import os
import random
import select
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from trunkbench.device import Fds
from trunkbench.errors import PortError
from trunkbench.ports.serialline import LineGone
from trunkbench.refcard.card import RefCard
from trunkwire.ticks import MILLISECOND, SECOND, Tick

LOW_WATER = 1024
READ_OCTETS = 4096
BUFFERED = 4096
"""Octets that a line in memory holds in each direction, as a driver does."""

BURST: Tick = 20 * MILLISECOND
"""How much unused line time may be made up for: what a UART's driver holds."""


@dataclass(slots=True)
class Harm:
    """What is wrong with a line: chances per octet, and `baud` (0: no limit; 8N1, ten bits an octet)."""

    drop: float = 0.0
    corrupt: float = 0.0
    baud: int = 0
    stalled_until: Tick = 0


class _Meter:
    """How many octets one direction may carry."""

    def __init__(self, harm: Harm) -> None:
        self._harm = harm
        self._spent: Tick = 0
        """Until when the line is taken by what it has carried."""

    def room(self, now: Tick) -> int:
        if now < self._harm.stalled_until:
            return 0
        if not self._harm.baud:
            return READ_OCTETS
        self._spent = max(self._spent, now - BURST)
        return min(int((now - self._spent) * self._harm.baud / (10 * SECOND)), READ_OCTETS)

    def spend(self, octets: int) -> None:
        if self._harm.baud:
            self._spent += int(octets * 10 * SECOND / self._harm.baud)


class CardLine(ABC):
    """A card and its end of a serial line. `seed` is of the harm that happens by chance."""

    def __init__(self, card: RefCard, *, seed: int = 0, harm: Harm | None = None) -> None:
        self.card = card
        self.harm = harm or Harm()
        self._random = random.Random(seed)
        self._unsent = bytearray()
        self._in, self._out = _Meter(self.harm), _Meter(self.harm)
        self._closed = False

    @abstractmethod
    def _take(self, most: int) -> bytes:
        """Octets that the host has sent, b"" when there are none."""

    @abstractmethod
    def _give(self, octets: bytes) -> int:
        """How many octets the line takes towards the host."""

    @abstractmethod
    def _release(self) -> None:
        """Take the device away."""

    def fds(self, now: Tick) -> Fds:
        """What to wait on; none for a line without descriptor."""
        return ()

    def next_deadline(self, now: Tick) -> Tick:
        """When `poll` is due. A line that is not free to carry is looked at every millisecond."""
        due = self.card.next_deadline()
        return min(due, now + MILLISECOND) if self.harm.baud or now < self.harm.stalled_until else due

    def poll(self, now: Tick) -> None:
        """Carry what can be carried, in both directions."""
        if self._closed:
            return
        while (room := self._in.room(now)) and (octets := self._take(room)):
            self._in.spend(len(octets))
            self.card.receive(self._harmed(octets), now)
        self.card.advance(now)
        while room := self._out.room(now):
            while len(self._unsent) < LOW_WATER and (made := self.card.transmit()) is not None:
                self._unsent += self._harmed(made)
            taken = self._give(bytes(self._unsent[:room])) if self._unsent else 0
            if not taken:
                return
            self._out.spend(taken)
            del self._unsent[:taken]

    def noise(self, octets: bytes) -> None:
        """Put octets onto the line towards the host that the card never sent."""
        self._unsent += octets

    def close(self) -> None:
        """The device vanishes. Idempotent."""
        if not self._closed:
            self._closed = True
            self._release()

    def _harmed(self, octets: bytes) -> bytes:
        drop, corrupt = self.harm.drop, self.harm.corrupt
        if not drop and not corrupt:
            return octets
        out = bytearray()
        for octet in octets:
            chance = self._random.random()
            if chance >= drop:
                out.append(octet ^ 1 << self._random.randrange(8) if chance < drop + corrupt else octet)
        return bytes(out)


class PtyLine(CardLine):
    """A card behind a pty, whose other end is the serial device (`path`) that a host opens.

    `link` makes a symbolic link to it. Raises PortError when that cannot be made.
    """

    def __init__(
        self, card: RefCard, *, seed: int = 0, harm: Harm | None = None, link: Path | None = None
    ) -> None:
        import tty  # Linux only

        super().__init__(card, seed=seed, harm=harm)
        self._master, self._slave = os.openpty()  # our own hold on it keeps the pty when the host leaves
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._link = link
        if link is not None:
            try:
                link.symlink_to(self.path)
            except OSError as error:
                self._link = None
                self.close()
                raise PortError(
                    f"reference card: {link} cannot be made: {error.strerror}; remove what is there, "
                    "or choose another place"
                ) from None

    def fds(self, now: Tick) -> Fds:
        """The pty, for what the line is free to carry."""
        if self._closed:
            return ()
        mask = select.POLLIN if self._in.room(now) else 0
        if self._unsent and self._out.room(now):
            mask |= select.POLLOUT
        return ((self._master, mask),) if mask else ()

    def _take(self, most: int) -> bytes:
        try:
            return os.read(self._master, most)
        except BlockingIOError:
            return b""

    def _give(self, octets: bytes) -> int:
        try:
            return os.write(self._master, octets)
        except BlockingIOError:
            return 0

    def _release(self) -> None:
        os.close(self._master)
        os.close(self._slave)
        if self._link is not None and self._link.is_symlink():
            self._link.unlink()


class MemoryLine(CardLine):
    """A card in the same process and time: the host's port is made on `host`."""

    def __init__(self, card: RefCard, *, seed: int = 0, harm: Harm | None = None) -> None:
        super().__init__(card, seed=seed, harm=harm)
        self._to_card = bytearray()
        self._to_host = bytearray()
        self.host = MemoryEnd(self._to_card, self._to_host)

    @property
    def busy(self) -> bool:
        """Whether octets are under way that nobody has taken."""
        return bool(self._to_card or self._to_host)

    def _take(self, most: int) -> bytes:
        octets = bytes(self._to_card[:most])
        del self._to_card[:most]
        return octets

    def _give(self, octets: bytes) -> int:
        room = max(BUFFERED - len(self._to_host), 0)
        self._to_host += octets[:room]
        return len(octets[:room])

    def _release(self) -> None:
        self.host.gone = "it was pulled"


class MemoryEnd:
    """The host's end of a MemoryLine, in place of `trunkbench.ports.serialline.SerialLine`."""

    def __init__(self, to_card: bytearray, to_host: bytearray) -> None:
        self.gone = ""
        """Why the line has ended, once it has."""
        self._to_card, self._to_host = to_card, to_host

    @property
    def look_every(self) -> Tick | None:
        """A millisecond while something is here that nobody has read."""
        return MILLISECOND if self._to_host else None

    def fds(self, *, writing: bool) -> Fds:
        """None: octets in memory have no descriptor."""
        return ()

    def read(self) -> bytes:
        """What has come. Raises LineGone once the device has been taken away."""
        self._check()
        octets = bytes(self._to_host)
        self._to_host.clear()
        return octets

    def write(self, octets: bytes) -> int:
        """How many octets were taken. Raises LineGone once the device has been taken away."""
        self._check()
        taken = octets[: max(BUFFERED - len(self._to_card), 0)]
        self._to_card += taken
        return len(taken)

    def close(self) -> None:
        """Nothing is held."""

    def _check(self) -> None:
        if self.gone:
            raise LineGone(self.gone)
