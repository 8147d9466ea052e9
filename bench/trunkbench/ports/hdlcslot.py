"""Our HDLC over a clear channel: frames for a back end whose card moves plain octets on the D channel.

Octets are given as octets come in, a fixed lead ahead, so the card's clock sets the pace; between frames the
line carries flags (Q.921 2.8). A frame is on its way after at most the lead: it is short, since nothing else
delays a message. Ticks of received frames count the line bits from where the first octets were placed.
"""

from __future__ import annotations

from trunkbench.device import BadFrame, Frame
from trunkbench.errors import QueueFull
from trunkwire.hdlc import BadKind, BitEncoder, GoodFrame, Limits, Receiver
from trunkwire.ticks import SAMPLE, Tick

QUEUE_LIMIT = 256
"""Frames that have not begun; one more is refused."""


class HdlcSlot:
    """Both directions of one HDLC channel. `name` is for messages, `lead` how many octets are sent ahead."""

    def __init__(
        self, name: str, slot: int, *, lead: int, limits: Limits | None = None, queue_limit: int = QUEUE_LIMIT
    ) -> None:
        self.name = name
        self.slot = slot
        self.lead = lead
        self.bad: dict[str, int] = {}
        """How many bad frames were received, by the name of what was wrong."""
        self._encoder = BitEncoder()
        self._limits = limits
        self._receiver = Receiver(limits)
        self._queue_limit = queue_limit
        self._origin: Tick | None = None
        self._received = 0
        self._sent = 0

    @property
    def queued(self) -> int:
        """How many frames have not begun."""
        return self._encoder.queued

    def queue(self, frame: bytes) -> None:
        """Append a frame, without FCS. Raises QueueFull when too many wait."""
        if self._encoder.queued >= self._queue_limit:
            raise QueueFull(
                f"{self.name}: {self._queue_limit} frames wait for the line; send again when some have gone"
            )
        self._encoder.queue(frame)

    def receive(self, octets: bytes, now: Tick) -> list[Frame | BadFrame]:
        """The frames that ended in the next octets from the card, which has given them by `now`."""
        if self._origin is None:
            self._origin = max(now - len(octets) * SAMPLE, 0)
            self._received, self._sent = 0, len(octets)  # nothing could be sent while these came
        self._received += len(octets)
        found: list[Frame | BadFrame] = []
        for event in self._receiver.receive(octets):
            at = min(self._origin + event.end_bit - 1, now)  # the card may run ahead of the bench's clock
            if isinstance(event, GoodFrame):
                found.append(Frame(at, self.slot, event.data))
            else:
                self._count(event.kind)
                found.append(BadFrame(at, self.slot, event.kind.value, b""))
        return found

    def owed(self) -> int:
        """How many octets the card should be given now; none before it has given any."""
        return 0 if self._origin is None else max(self._received + self.lead - self._sent, 0)

    def transmit(self, n: int) -> bytes:
        """The next `n` octets for the card."""
        self._sent += n
        return self._encoder.octets(n)

    def lose(self, now: Tick) -> None:
        """Octets were lost on their way: hunt for the next flag, and place what comes from `now` on anew."""
        self._receiver = Receiver(self._limits)
        self._origin = None
        self._encoder.abort()

    def _count(self, kind: BadKind) -> None:
        self.bad[kind.value] = self.bad.get(kind.value, 0) + 1
