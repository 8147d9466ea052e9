"""A timeslot that a client of the server has open: between its data socket and one end of a Wire.

To the client it is RAW, a byte stream at 8000 octets/s, or HDLC, one frame a packet. On the Wire it is what
the other end of the line has made of it, frames or octets. Where the two differ, our own HDLC stands between
them, so that a client may also bring the D channel's bits itself.
"""

from __future__ import annotations

import contextlib
import socket
from collections import Counter

from trunkbench.device import Mode, Port
from trunkbench.errors import PortError, QueueFull
from trunkbench.ports.e1dproto import HDLC_OCTETS, IDLE, TsMode
from trunkwire.hdlc import BitEncoder, GoodFrame, Receiver
from trunkwire.ticks import SAMPLE, Tick

KEEP_SAMPLES = 10 * 8000
"""How much of what a client has sent is kept: nobody listens to what is older."""

MAX_PACKET = 4096
READS = 64
"""Packets taken from one client at a time."""


class Track:
    """What a client transmits, as a source: octets from a sample on, idle where there is nothing."""

    def __init__(self, first: int) -> None:
        self.first = first
        self._octets = bytearray()

    @property
    def end(self) -> int:
        """The sample behind the last."""
        return self.first + len(self._octets)

    def extend(self, octets: bytes) -> None:
        """Append octets; what is too old is let go."""
        self._octets += octets
        surplus = len(self._octets) - KEEP_SAMPLES
        if surplus > KEEP_SAMPLES // 8:
            del self._octets[:surplus]
            self.first += surplus

    def __call__(self, first: int, n: int) -> bytes:
        """The `n` octets from sample `first` on."""
        before = min(max(self.first - first, 0), n)
        at = first + before - self.first
        found = bytes(self._octets[at : at + n - before])
        return bytes((IDLE,)) * before + found + bytes((IDLE,)) * (n - before - len(found))


def idle(first: int, n: int) -> bytes:
    """What a timeslot carries that nobody transmits on."""
    return bytes((IDLE,)) * n


class DataSlot:
    """One open timeslot. `sock` is the server's end of the data socket, `carried` its mode on the Wire.

    `bufsize` is the chunk of octets that a RAW client asked for. `counters` is the line's.
    Frames wait until tick `ready`, when both ends of the Wire are sure to listen.
    """

    def __init__(
        self,
        slot: int,
        mode: TsMode,
        bufsize: int,
        port: Port,
        carried: Mode,
        sock: socket.socket,
        counters: Counter[str],
        now: Tick,
        ready: Tick,
    ) -> None:
        self.slot, self.mode, self.bufsize = slot, mode, bufsize
        self.sock = sock
        self.held: bytes | None = None
        """A frame for which the line had no room yet."""
        self.resting = False
        """Whether the server does not listen to the client because of that."""
        self.ready = ready
        self._port = port
        self._counters = counters
        self._hdlc = mode is TsMode.HDLCFCS
        self._framed = carried is Mode.FRAMES
        first = -(-now // SAMPLE)
        self._heard_to = first
        self._track = Track(first)
        self._chunk = bytearray()
        self._talking = False
        self._encoder = BitEncoder() if self._hdlc and not self._framed else None
        self._receiver = Receiver() if self._hdlc is not self._framed else None
        sock.setblocking(False)
        if not self._framed:
            port.play(slot, self._track, first * SAMPLE)

    @property
    def by_sample(self) -> bool:
        """Whether octets have to be moved as line time passes (else frames move when they come)."""
        return not (self._hdlc and self._framed)

    @property
    def by_packet(self) -> bool:
        """Whether the client's packets are frames, to be taken when they come."""
        return self._hdlc

    # -- as line time passes ------------------------------------------------------------------------------

    def serve(self, upto: int, ahead: int) -> bool:
        """Deliver what was received before sample `upto`, fetch what is sent before sample `ahead`.

        False when the client has closed the slot.
        """
        n = upto - self._heard_to
        if n > 0:
            octets = self._port.heard(self.slot, self._heard_to, n)
            self._heard_to = upto
            if not self._deliver_octets(octets):
                return False
        n = ahead - self._track.end
        return self._fetch(n) if n > 0 else True

    def _deliver_octets(self, octets: bytes) -> bool:
        if self._hdlc:
            assert self._receiver is not None
            frames = [event.data for event in self._receiver.receive(octets) if isinstance(event, GoodFrame)]
            return all(self.deliver(frame) for frame in frames)
        self._chunk += octets
        while len(self._chunk) >= self.bufsize:
            chunk = bytes(self._chunk[: self.bufsize])
            del self._chunk[: self.bufsize]
            if not self._give(chunk):
                return False
        return True

    def _fetch(self, n: int) -> bool:
        """Take `n` octets from the client; what it has not sent in time is idle."""
        if self._encoder is not None:
            self._track.extend(self._encoder.octets(n))
            return True
        try:
            octets = self.sock.recv(n)
            if not octets:
                return False
            self._talking = True
        except BlockingIOError:
            octets = b""
        except OSError:
            return False
        if len(octets) < n and self._talking:
            self._counters["underruns"] += 1
        octets += bytes((IDLE,)) * (n - len(octets))
        self._track.extend(octets)
        if self._framed:
            assert self._receiver is not None
            for event in self._receiver.receive(octets):
                if isinstance(event, GoodFrame):
                    self._transmit(event.data)
        return True

    # -- as frames come -----------------------------------------------------------------------------------

    def take_packets(self, now: Tick) -> bool:
        """Send the frames that the client has written. False when it has closed the slot."""
        if self.held is not None:
            if now < self.ready:
                return True
            frame, self.held = self.held, None
            self._transmit(frame)
        for _ in range(READS):
            if self.held is not None:
                break
            try:
                packet = self.sock.recv(MAX_PACKET)
            except BlockingIOError:
                break
            except OSError:
                return False
            if not packet:
                return False
            if len(packet) > HDLC_OCTETS:
                self._counters["frames too long"] += 1  # the protocol has no way to say so
            elif self._encoder is not None:
                self._encoder.queue(packet)
            elif now < self.ready:
                self.held = packet
            else:
                self._transmit(packet)
        return True

    def _transmit(self, frame: bytes) -> None:
        try:
            self._port.send(self.slot, frame)
        except QueueFull:
            self.held = frame
        except PortError:  # shorter than any receiver takes: it would be discarded over there
            self._counters["frames too short"] += 1

    def deliver(self, frame: bytes) -> bool:
        """Hand a frame that was received to the client. False when it has closed the slot."""
        if not self._hdlc:
            return True  # it hears the bits of it
        if len(frame) > HDLC_OCTETS:
            self._counters["frames too long"] += 1
            return True
        return self._give(frame)

    def _give(self, data: bytes) -> bool:
        try:
            self.sock.send(data)
        except BlockingIOError:
            self._counters["overruns"] += 1  # nobody reads: what came is lost
        except OSError:
            return False
        return True

    # -- the end ------------------------------------------------------------------------------------------

    def close(self, now: Tick) -> None:
        """The timeslot is given back; from here on it is idle."""
        self.sock.close()
        if not self._framed:
            with contextlib.suppress(PortError):  # the line may have been closed before
                self._port.play(self.slot, idle, -(-now // SAMPLE) * SAMPLE)
