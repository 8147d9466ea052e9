"""What becomes of a received message: the order of checks of Q.931 5.8.1 to 5.8.7.

Nothing that is received raises. Headers that name no call are counted and dropped; a message finds its call,
or the terminal that answers a broadcast, or the null state, and the tables say what follows; one that they
have no row for is unexpected.
"""

from __future__ import annotations

from trunkwire.codec.errors import DecodeError
from trunkwire.q931 import maintenance
from trunkwire.q931.call import PEER_ALLOCATED, Call
from trunkwire.q931.causes import Cause
from trunkwire.q931.engine import Engine
from trunkwire.q931.faults import fault_of, remark_of
from trunkwire.q931.ies import CauseIE
from trunkwire.q931.message import HeaderError, Message
from trunkwire.q931.messages import Id
from trunkwire.q931.procedure import Received
from trunkwire.q931.restart import RestartMachine
from trunkwire.q931.segmentation import Reassembler
from trunkwire.q931.service import channels_named
from trunkwire.q931.states import CallState
from trunkwire.ticks import Tick

_RELEASE = Received.RELEASE
_CLEARING = (Received.DISCONNECT, Received.RELEASE, Received.RELEASE_COMPLETE)
_IMPLEMENTED = frozenset(int(event) for event in Received if event < Received.UNEXPECTED)


class Reception(Engine):
    """The way of a message from the data link to a row of the tables."""

    def receive(self, data: bytes, now: Tick, *, tei: int = 0, broadcast: bool = False) -> None:
        """A message from the data link. Never raises; what is wrong with it follows 5.8.

        `tei` is that of the data link, which matters at the network side of a point-to-multipoint interface;
        `broadcast` says that it came as unnumbered information for all terminals.
        """
        self.now = now
        if self._segmented:
            whole = self._reassemble(data, tei)
            if whole is None:
                return
            data = whole
        try:
            message = self.codec.parse(data, self._peer)
        except HeaderError as error:
            if not self._receive_maintenance(data):
                self._ignore(error.rule)
            return
        if self.dialect.interface is not None:
            message = self.dialect.received(message)
        if message.reference and not broadcast:
            self._receive_call(message, tei)
        elif message.reference_length == 0:
            self._ignore("dummy call reference")
        elif broadcast and message.reference == 0:
            self._ignore("global call reference by broadcast")
        elif broadcast:
            self._receive_broadcast(message)
        else:
            self._receive_global(message, tei)

    def _reassemble(self, data: bytes, tei: int) -> bytes | None:
        """What the message or segment makes whole (Annex H), or None."""
        reassembler = self._reassembling.get(tei) or Reassembler(self._t314)
        whole = reassembler.receive(data, self.now)
        self._settle_segments(tei, reassembler)
        return whole

    def _receive_maintenance(self, data: bytes) -> bool:
        """SERVICE and its acknowledgement, where the interface has them; False for anything else."""
        kind = self.settings.maintenance
        if kind is None or data[:1] != bytes((kind.discriminator,)):
            return False
        try:
            message = maintenance.parse(kind, data)
        except DecodeError:
            self._ignore("maintenance message")
            return True
        event = Received.SERVICE_ACKNOWLEDGE if message.acknowledge else Received.SERVICE
        for number in channels_named(message):
            known = number is None or number in self.channels
            if not known or not self.fire(self.service_machine(number), event, message):
                self._ignore("SERVICE of another channel" if not known else "SERVICE ACKNOWLEDGE unasked")
        return True

    def _receive_call(self, message: Message, tei: int) -> None:
        reference = message.reference
        key = reference if message.to_originator else reference | PEER_ALLOCATED
        if self.multipoint:
            if not message.to_originator:
                key |= tei << 16
            elif (offer := self.offers.get(reference)) is not None and offer.call.tei != tei:
                terminal = offer.terminal(self, tei)
                if terminal is not None:
                    self._deliver(terminal, message)
                    return
        call = self.calls.get(key)
        if call is None or (call.tei != tei and self.multipoint):
            if message.type == Received.SETUP and message.to_originator:
                self._ignore("SETUP with the call reference flag of an answer")  # 5.8.3.2 d)
                return
            call = self._new_call(message, key, tei)
        if message.issues or message.type == _RELEASE:  # as in `_deliver`, without the detour
            self._receive_suspect(call, message)
        elif not self.fire(call, message.type, message):
            self._unexpected(call, message)

    def _receive_broadcast(self, message: Message) -> None:
        """A message to all terminals: only SETUP begins anything (5.2.1)."""
        key = message.reference | PEER_ALLOCATED
        call = None if message.to_originator else self.calls.get(key)
        if call is None:
            if message.type != Received.SETUP or message.to_originator or self.multipoint:
                self._ignore("a message by broadcast that is no SETUP to a terminal")
                return
            call = self._new_call(message, key, self.tei)
            call.broadcast = True
        self._deliver(call, message)

    def _new_call(self, message: Message, key: int, tei: int) -> Call:
        tei = tei if self.multipoint else self.tei
        call = Call(
            message.reference,
            message.to_originator,
            self._null,
            message.reference_length,
            cells=self.call_cells,
            tei=tei,
        )
        call.key = key
        return call

    def _deliver(self, call: Call, message: Message) -> None:
        if message.issues or message.type == Received.RELEASE:
            self._receive_suspect(call, message)
        elif not self.fire(call, message.type, message):
            self._unexpected(call, message)

    def _receive_suspect(self, call: Call, message: Message) -> None:
        """A message with something wrong in it, in the order of 5.8.4 to 5.8.7."""
        kind = message.type
        if kind not in call.cells.get(call.state, {}):
            self._unexpected(call, message)
            return
        if kind == Received.SETUP and call.state is not self._null:  # ignored whatever it holds (5.8.3.2)
            self.fire(call, kind, message)
            return
        fault = fault_of(message.issues)
        remark = remark_of(message.issues)
        if kind == Received.RELEASE and call.cause is None and message.get(CauseIE) is None:
            # it begins the clearing, so its cause is mandatory (3.1.9)
            fault = fault or remark or (Cause.MANDATORY_IE_MISSING, bytes((Id.CAUSE,)))
        if call.state is CallState.U1 and remark is not None and Id.CHANNEL_IDENTIFICATION in remark[1]:
            # the network's first response has to name the channel (3.1.1 to 3.1.3, 3.1.15)
            fault = fault or remark
        if kind in _CLEARING:
            call.fault = fault or remark
            self.fire(call, kind, message)
            return
        call.fault = fault
        if fault is not None:
            self.fire(call, Received.FAULTY_SETUP if kind == Received.SETUP else Received.FAULTY, message)
            call.fault = None
            return
        self.fire(call, kind, message)
        if remark is not None and self.settings.report_ignored and call.state is not self._null:
            self.transmit_status(call, *remark)

    def _unexpected(self, owner: Call | RestartMachine, message: Message) -> None:
        known = message.type in _IMPLEMENTED
        self.fire(owner, Received.UNEXPECTED if known else Received.UNKNOWN, message)

    def _receive_global(self, message: Message, tei: int) -> None:
        machine = self.asking if message.to_originator else self.answering
        machine.tei = tei if self.multipoint else self.tei
        if message.type not in machine.cells.get(machine.state, {}):
            self._unexpected(machine, message)
            return
        machine.fault = fault_of(message.issues)
        if machine.fault is not None:
            self.fire(machine, Received.FAULTY, message)
        else:
            self.fire(machine, message.type, message)

    def _ignore(self, rule: str) -> None:
        self.ignored[rule] = self.ignored.get(rule, 0) + 1
