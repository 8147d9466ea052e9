"""The reference card's serial line: a pty, and what can be wrong with a serial line.

The rate is limited in both directions, octets are dropped and corrupted by a seed, and the line can stall.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
from dataclasses import dataclass
from pathlib import Path

from trunkbench.device import Fds
from trunkbench.errors import PortError
from trunkbench.refcard.card import RefCard
from trunkwire.ticks import MILLISECOND, SECOND, Tick

LOW_WATER = 1024
READ_OCTETS = 4096
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


class CardLine:
    """A card behind a pty, whose other end is the serial device (`path`) that a host opens.

    `link` makes a symbolic link to it. Close it, or use it as a context manager.
    """

    def __init__(
        self, card: RefCard, *, seed: int = 0, harm: Harm | None = None, link: Path | None = None
    ) -> None:
        import tty  # Linux only

        self.card = card
        self.harm = harm or Harm()
        self._random = random.Random(seed)
        self._master, self._slave = os.openpty()  # our own hold on it keeps the pty when the host leaves
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._link = link
        if link is not None:
            try:
                link.symlink_to(self.path)
            except OSError as error:
                self.close()
                raise PortError(f"reference card: {link} cannot be made: {error.strerror}") from None
        self._unsent = bytearray()
        self._in, self._out = _Meter(self.harm), _Meter(self.harm)

    def __enter__(self) -> CardLine:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def fds(self, now: Tick) -> Fds:
        """What to wait on."""
        if self._master < 0:
            return ()
        mask = select.POLLIN if self._in.room(now) else 0
        if self._unsent and self._out.room(now):
            mask |= select.POLLOUT
        return ((self._master, mask),) if mask else ()

    def next_deadline(self, now: Tick) -> Tick:
        """When `poll` is due. A line with a limit is looked at every millisecond."""
        due = self.card.next_deadline()
        return min(due, now + MILLISECOND) if self.harm.baud or now < self.harm.stalled_until else due

    def poll(self, now: Tick) -> None:
        """Carry what can be carried, in both directions."""
        if self._master < 0:
            return
        with contextlib.suppress(BlockingIOError):
            while room := self._in.room(now):
                octets = os.read(self._master, room)
                self._in.spend(len(octets))
                self.card.receive(self._harmed(octets), now)
        self.card.advance(now)
        self._write(now)

    def write(self, octets: bytes) -> None:
        """Put octets onto the line that the card never sent: noise."""
        self._unsent += octets

    def close(self) -> None:
        """The device vanishes. Idempotent."""
        if self._master >= 0:
            os.close(self._master)
            os.close(self._slave)
            self._master = -1
            if self._link is not None and self._link.is_symlink():
                self._link.unlink()

    def _write(self, now: Tick) -> None:
        with contextlib.suppress(BlockingIOError):
            while room := self._out.room(now):
                while len(self._unsent) < LOW_WATER and (octets := self.card.transmit()) is not None:
                    self._unsent += self._harmed(octets)
                if not self._unsent:
                    return
                taken = os.write(self._master, self._unsent[:room])
                self._out.spend(taken)
                del self._unsent[:taken]

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
