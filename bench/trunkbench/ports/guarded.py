"""A public port behind its guard: every frame is read before it is sent (`trunkbench.ports.guard`).

Only the frames of a primary rate's one data link pass: SAPI 0, TEI 0, numbered information and what
supervises it (Q.921 clause 3). An information frame that is sent again, because the data link asked for it,
is counted once. What would reach the line unread is refused: octets on the D channel, signalling bits,
unnumbered information. If nobody clears a call that has lasted too long, the port is closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from trunkbench.device import Caps, Counting, Event, Fds, Frame, Gone, LineFault, Mode, Port, Source
from trunkbench.errors import PortError
from trunkbench.ports.guard import DialRefused, Guard
from trunkwire.lapd import frames
from trunkwire.lapd.frames import InformationFrame, SupervisoryFrame, UnnumberedFrame, UnnumberedFunction
from trunkwire.ticks import Tick

_LINK = frozenset(
    {
        UnnumberedFunction.SABME,
        UnnumberedFunction.DISC,
        UnnumberedFunction.DM,
        UnnumberedFunction.UA,
        UnnumberedFunction.FRMR,
    }
)
"""Unnumbered frames that establish and release; UI and XID carry information past the sequence numbers."""

_SETS_UP = frozenset({UnnumberedFunction.SABME, UnnumberedFunction.UA})


def guarded(port: Port, guard: Guard, d_slot: int) -> GuardedPort:
    """`port` behind `guard`; it counts samples if the port does."""
    return (
        CountingGuardedPort(port, guard, d_slot)
        if isinstance(port, Counting)
        else GuardedPort(port, guard, d_slot)
    )


class GuardedPort:
    """A public port behind its guard; otherwise the port itself."""

    def __init__(self, port: Port, guard: Guard, d_slot: int) -> None:
        self.guard = guard
        self._port = port
        self._d_slot = d_slot
        self._now: Tick = 0
        self._unconfirmed: dict[int, bytes] = {}  # N(S) -> information, oldest first
        self._cut = False

    @property
    def caps(self) -> Caps:
        """The port's."""
        return self._port.caps

    def fds(self) -> Fds:
        """The port's."""
        return self._port.fds()

    def open(self, slot: int, mode: Mode) -> None:
        """As the port; but the D channel as FRAMES only, and no mode whose signalling is not read."""
        if slot == self._d_slot and mode is not Mode.FRAMES:
            raise PortError(
                f"timeslot {slot} of a public port is opened as frames only: "
                "octets would pass the guard unread"
            )
        if mode not in (Mode.FRAMES, Mode.OCTETS):
            raise PortError(f"timeslot {slot} of a public port: {mode.value} would pass the guard unread")
        self._port.open(slot, mode)

    def send(self, slot: int, frame: bytes) -> None:
        """As the port. Raises DialRefused for what the guard refuses; nothing is sent then."""
        self._screen(frame)
        self._port.send(slot, frame)

    def play(self, slot: int, source: Source | None, start: Tick) -> None:
        """As the port, on any timeslot but the D channel's."""
        if slot == self._d_slot:
            raise PortError(f"timeslot {slot} of a public port carries the D channel: it takes frames only")
        self._port.play(slot, source, start)

    def cas(self, slot: int, abcd: int) -> None:
        """Refused: what signalling bits and the registers behind them dial is not read."""
        raise DialRefused(f"timeslot {slot} of a public port: signalling bits would pass the guard unread")

    def insert(self, fault: LineFault) -> None:
        """As the port."""
        self._port.insert(fault)

    def horizon(self, slot: int) -> Tick:
        """As the port."""
        return self._port.horizon(slot)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        """As the port."""
        return self._port.heard(slot, first, n)

    def stats(self) -> Mapping[str, int]:
        """The port's counters, if it has any."""
        counters = getattr(self._port, "stats", None)
        return counters() if counters is not None else {}

    def next_deadline(self) -> Tick | None:
        """The port's, or when the line is to be cut."""
        deadline, cut = self._port.next_deadline(), None if self._cut else self.guard.cut_off_at()
        return cut if deadline is None or (cut is not None and cut < deadline) else deadline

    def poll(self, now: Tick) -> Iterator[Event]:
        """The port's events, and Gone when the line was cut because of a call that lasted too long."""
        self._now = now
        for event in self._port.poll(now):
            if isinstance(event, Frame):
                self._received(event.data)
            yield event
        cut = self.guard.cut_off_at()
        if cut is not None and cut <= now and not self._cut:
            self._cut = True
            self._port.close()
            yield Gone(now, "a call has lasted longer than [safety] max_call and was not cleared: line cut")

    def close(self) -> None:
        """The port's."""
        self._port.close()

    # -- inside -------------------------------------------------------------------------------------------

    def _screen(self, octets: bytes) -> None:
        """Raise DialRefused unless the frame may go out."""
        try:
            frame = frames.parse(octets)
        except frames.InvalidFrame as error:
            raise DialRefused(f"a public port sends LAPD frames only: {error}") from error
        if frame.sapi or frame.tei:
            raise DialRefused(
                f"a frame of SAPI {frame.sapi}, TEI {frame.tei}: the data link of a primary rate is 0, 0"
            )
        match frame:
            case InformationFrame():
                if self._unconfirmed.get(frame.ns) != frame.information:
                    self.guard.outgoing(frame.information, self._now)
                    self._unconfirmed[frame.ns] = frame.information
            case SupervisoryFrame():
                if frame.surplus:
                    raise DialRefused("a supervisory frame with information behind it (Q.921 3.4.2)")
            case UnnumberedFrame():
                self._screen_unnumbered(frame)

    def _screen_unnumbered(self, frame: UnnumberedFrame) -> None:
        if frame.function not in _LINK or (
            frame.information and frame.function is not UnnumberedFunction.FRMR
        ):
            name = (
                frame.function.name if frame.function is not None else "an unnumbered frame of no known kind"
            )
            raise DialRefused(
                f"{name}{' with information' if frame.information else ''}: a public port sends information "
                "in numbered frames only, where the guard can follow it"
            )
        if frame.function in _SETS_UP:
            self._unconfirmed.clear()

    def _received(self, octets: bytes) -> None:
        """Learn what the network has confirmed, and what it says of calls."""
        try:
            frame = frames.parse(octets)
        except frames.InvalidFrame:
            return
        match frame:
            case InformationFrame():
                self._confirm(frame.nr)
                self.guard.incoming(frame.information)
            case SupervisoryFrame():
                self._confirm(frame.nr)
            case UnnumberedFrame() if frame.function in _SETS_UP:
                self._unconfirmed.clear()

    def _confirm(self, nr: int) -> None:
        """N(R) confirms every frame before it (Q.921 3.5.2.5); one that fits none of ours confirms none."""
        sent = list(self._unconfirmed)
        if not sent or nr == (sent[-1] + 1) % 128:
            self._unconfirmed.clear()
        elif nr in sent:
            for ns in sent[: sent.index(nr)]:
                del self._unconfirmed[ns]


class CountingGuardedPort(GuardedPort):
    """A guarded port that counts samples (`trunkbench.device.Counting`)."""

    def counted(self) -> Tick:
        """The port's."""
        assert isinstance(self._port, Counting)
        return self._port.counted()

    def lost(self, slot: int, first: int, n: int) -> list[tuple[int, int]]:
        """The port's."""
        assert isinstance(self._port, Counting)
        return self._port.lost(slot, first, n)
