"""The variables, queues and timers of one data link connection, and what it can do (Q.921 3.5, 5.9).

The rows of `trunkwire.lapd.table` name the procedures of `trunkwire.lapd.procedures`; those work on this
object.
"""

from __future__ import annotations

from collections import deque

from trunkwire.lapd.events import (
    GROUP_TEI,
    Counters,
    Data,
    Error,
    ErrorCode,
    LapdSettings,
    Output,
    State,
    Transmit,
)
from trunkwire.lapd.frames import (
    InformationFrame,
    SupervisoryFrame,
    SupervisoryFunction,
    UnnumberedFrame,
    UnnumberedFunction,
)
from trunkwire.side import Side
from trunkwire.ticks import Tick

MODULUS = 128

_RR, _RNR = SupervisoryFunction.RR, SupervisoryFunction.RNR


class Connection:
    """State variables V(S), V(A), V(R), conditions, I queue, timers and pending outputs of one connection."""

    __slots__ = (
        "_command_bit",
        "_response_bit",
        "_supervisory",
        "ack_pending",
        "command",
        "counters",
        "now",
        "outputs",
        "own_busy",
        "peer_busy",
        "queue",
        "rc",
        "reject_exception",
        "retry",
        "sent",
        "settings",
        "state",
        "t200",
        "t203",
        "tei",
        "units",
        "va",
        "vr",
        "vs",
    )

    def __init__(self, side: Side, settings: LapdSettings) -> None:
        self.settings = settings
        self.state = State.TEI_UNASSIGNED if settings.tei is None else State.TEI_ASSIGNED
        self.tei = GROUP_TEI if settings.tei is None else settings.tei
        """The TEI of the link; 127 while it has none of its own."""
        # Q.921 3.3.2: the network sends commands with C/R = 1, the user with 0; responses are the other way
        # round.
        self._command_bit = side is Side.NETWORK
        self._response_bit = not self._command_bit
        self._supervisory: dict[tuple[int, int, bool, bool], bytes] = {}
        self.vs = self.va = self.vr = self.rc = 0
        self.peer_busy = self.own_busy = self.reject_exception = self.ack_pending = False
        self.queue: deque[bytes] = deque()
        """Information that waits for its (next) transmission."""
        self.sent: deque[bytes] = deque()
        """Information of the I frames V(A) to V(S) - 1, which are not acknowledged."""
        self.units: deque[bytes] = deque()
        """Information of UI frames that wait for a TEI."""
        self.outputs: deque[Output] = deque()
        self.t200: Tick | None = None
        self.t203: Tick | None = None
        self.retry: Tick | None = None
        """When to ask for establishment again (settings.reestablish_after)."""
        self.now: Tick = 0
        self.command = False
        """Whether the frame in hand is a command."""
        self.counters = Counters()

    def report(self, code: ErrorCode) -> None:
        """MDL-ERROR indication."""
        self.counters.errors += 1
        self.outputs.append(Error(code, self.state, self.tei, self.settings.sapi))

    def take_tei(self, tei: int) -> None:
        """Use `tei` from now on (127: have none)."""
        self.tei = tei
        self._supervisory.clear()

    def start_t200(self) -> None:
        """Start T200, or start it anew."""
        self.t200 = self.now + self.settings.t200

    def start_t203(self) -> None:
        """Start T203, or start it anew."""
        self.t203 = self.now + self.settings.t203

    def send_unnumbered(
        self, function: UnnumberedFunction, pf: bool, command: bool, data: bytes = b""
    ) -> None:
        """Send a U frame."""
        high, low = function.value
        frame = UnnumberedFrame(
            sapi=self.settings.sapi,
            cr=self._command_bit if command else self._response_bit,
            tei=self.tei,
            modifier_high=high,
            pf=pf,
            modifier_low=low,
            information=data,
        )
        self._transmit(UnnumberedFrame.layout.build(frame))

    def send_supervisory(self, function: SupervisoryFunction, pf: bool, command: bool) -> None:
        """Send RR, RNR or REJ with N(R) = V(R), which acknowledges all that was received."""
        key = (function, self.vr, pf, command)
        octets = self._supervisory.get(key)
        if octets is None:  # at most 3 x 128 x 4 different ones in a connection's life
            frame = SupervisoryFrame(
                sapi=self.settings.sapi,
                cr=self._command_bit if command else self._response_bit,
                tei=self.tei,
                function=function,
                nr=self.vr,
                pf=pf,
            )
            octets = self._supervisory[key] = SupervisoryFrame.layout.build(frame)
        self.ack_pending = False
        self._transmit(octets)

    def send_status(self, pf: bool, command: bool) -> None:
        """RR, or RNR while this receiver is busy."""
        self.send_supervisory(_RNR if self.own_busy else _RR, pf, command)

    def send_information(self) -> None:
        """Send the first of the I queue with N(S) = V(S), P = 0 (Q.921 5.6.1)."""
        data = self.queue.popleft()
        frame = InformationFrame(
            sapi=self.settings.sapi,
            cr=self._command_bit,
            tei=self.tei,
            ns=self.vs,
            nr=self.vr,
            pf=False,
            information=data,
        )
        self.sent.append(data)
        self.vs = (self.vs + 1) % MODULUS
        self.ack_pending = False
        self.counters.information_sent += 1
        self._transmit(InformationFrame.layout.build(frame))
        if self.t200 is None:
            self.t203 = None
            self.start_t200()

    def deliver(self, data: bytes) -> None:
        """DL-DATA indication."""
        self.counters.information_received += 1
        self.outputs.append(Data(data, self.tei, self.settings.sapi))

    def acknowledge(self, nr: int) -> None:
        """V(A) = N(R): forget the I frames that the peer has."""
        for _ in range((nr - self.va) % MODULUS):
            self.sent.popleft()
        self.va = nr

    def is_valid(self, nr: int) -> bool:
        """Whether V(A) <= N(R) <= V(S), counted modulo 128 (Q.921 3.5.2.6)."""
        return (nr - self.va) % MODULUS <= len(self.sent)

    def _transmit(self, octets: bytes) -> None:
        self.counters.frames_sent += 1
        self.outputs.append(Transmit(octets))
