"""Our own stack as one end of a trunk: `LapdLink` below `CallControl`, with the scripted parties of a peer.

It does what the bench does with the two machines and nothing more, so that what an independent stack says
about it is said about the machines.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping

from subscriber import (
    E1_CHANNELS,
    NORMAL_CLEARING,
    UNALLOCATED,
    Behaviour,
    CallRecord,
    Tally,
)

from trunkwire import lapd
from trunkwire.lapd import LapdLink, LapdSettings
from trunkwire.q931.call import Call, ChannelChoice, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.events import (
    EstablishLink,
    Indication,
    IndicationKind,
    ReleaseLink,
    SendData,
)
from trunkwire.q931.ies import CallStateIE, CauseIE, ProgressDescription, SendingCompleteIE
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side

_NAMES = {
    IndicationKind.MORE_INFO: "SETUP_ACK",
    IndicationKind.PROCEEDING: "PROCEEDING",
    IndicationKind.PROGRESS: "PROGRESS",
    IndicationKind.ALERTING: "RINGING",
    IndicationKind.CONNECT: "ANSWER",
    IndicationKind.ACKNOWLEDGED: "CONNECT_ACK",
    IndicationKind.DISCONNECT: "HANGUP_REQ",
    IndicationKind.RELEASED: "HANGUP",
}
"""What both kinds of end call the events of a call."""


class OurEnd:
    """One end of a D channel played by our machines; the arguments are those of `LibpriEnd`."""

    def __init__(
        self,
        side: Side,
        now: int = 0,
        *,
        plan: Mapping[str, Behaviour] | None = None,
        default: Behaviour | None = None,
        channels: Iterable[int] = E1_CHANNELS,
        overlap: bool = False,
        link_settings: LapdSettings | None = None,
        settings: CallControlSettings | None = None,
    ) -> None:
        self.side = side
        self.plan = dict(plan or {})
        self.default = default or Behaviour.rejects(UNALLOCATED)
        self.tally = Tally()
        self.records: list[CallRecord] = []
        self.indications: list[Indication] = []
        self.link_errors: list[str] = []
        self.up = False
        self.link = LapdLink(side, link_settings or LapdSettings())
        self.control = CallControl(side, settings or CallControlSettings(channels=tuple(channels)))
        self._overlap = overlap
        self._restarted: list[int | None] = []
        self._acknowledged: list[int | None] = []
        self._output: list[bytes] = []
        self._planned: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = 0
        self.link.establish(now)
        self._drain(now)

    # -- the surface of an end of a link -------------------------------------------------------------------

    def receive(self, frame: bytes, now: int) -> None:
        """One frame, without FCS."""
        self.link.receive(frame, now)
        self._drain(now)

    def handle_timer(self, now: int) -> None:
        """Run what has become due in either machine and in the scripts."""
        for machine in (self.link, self.control):
            deadline = machine.next_deadline()
            if deadline is not None and deadline <= now:
                machine.handle_timer(now)
                self._drain(now)
        while self._planned and self._planned[0][0] <= now:
            heapq.heappop(self._planned)[2](now)
            self._drain(now)

    def poll_output(self) -> bytes | None:
        """The next frame to send."""
        return self._output.pop(0) if self._output else None

    def next_deadline(self) -> int | None:
        """The earliest of both machines' deadlines and the scripts'."""
        times = [self.link.next_deadline(), self.control.next_deadline()]
        if self._planned:
            times.append(self._planned[0][0])
        return min((time for time in times if time is not None), default=None)

    def close(self) -> None:
        """Stop the scripts."""
        self._planned.clear()

    @property
    def in_service(self) -> bool:
        """Whether the data link is established."""
        return self.up

    # -- what a test asks of it ----------------------------------------------------------------------------

    def place(
        self,
        called: str,
        now: int,
        *,
        channel: int | None = None,
        exclusive: bool = False,
        calling: str = "1000",
        complete: bool = True,
    ) -> CallRecord:
        """Send a SETUP, also for a channel that we have in use: the peer is to decide."""
        record = CallRecord(True, called, calling, channel=channel, began_at=now)
        self.records.append(record)
        choice = ChannelChoice.EXCLUSIVE if exclusive else ChannelChoice.PREFERRED
        request = SetupRequest(
            called=called,
            calling=calling,
            channel=channel,
            choice=ChannelChoice.ANY if channel is None else choice,
            sending_complete=complete,
        )
        call = self.control.setup(request, now, insist=True)
        record.events.append(("SETUP", now))
        record.handle, record.reference, call.user_data = call, call.reference, record
        self.tally.placed += 1
        self._drain(now)
        return record

    def dial_on(self, record: CallRecord, digits: str, now: int) -> None:
        """Send further digits of an overlap call, one INFORMATION each."""
        for digit in digits:
            self.control.information(_call(record), digit, now)
        record.called += digits
        self._drain(now)

    def hang_up(self, record: CallRecord, now: int, cause: int = NORMAL_CLEARING) -> None:
        """Begin to clear a call with a cause; nothing happens to a call that is being cleared already."""
        if record.cleared_by is not None or record.ended_at is not None:
            return
        record.cleared_by, record.cause = "us", cause
        record.events.append((f"hang up {cause}", now))
        self.tally.causes_sent[cause] += 1
        if record.outgoing or record.responded:
            self.control.disconnect(_call(record), cause, now)
        else:
            self.control.reject(_call(record), cause, now)
        self._drain(now)

    def restart(self, channel: int | None, now: int) -> None:
        """Send RESTART for one channel, or with None for the whole interface."""
        self.control.restart(None if channel is None else [channel], now)
        self._drain(now)

    def restarted(self) -> list[int | None]:
        """The channels that the peer has restarted (None: the whole interface), in order."""
        return self._restarted

    def restarts_acknowledged(self) -> list[int | None]:
        """The channels of the RESTART ACKNOWLEDGEs received, in order."""
        return self._acknowledged

    def block(self, channel: int) -> None:
        """Take a channel out of use, as a party with other plans for it would."""
        self.control.channels.seize(channel, self)

    def unblock(self, channel: int) -> None:
        """Give it back."""
        self.control.channels.free(channel, self)

    def enquire(self, record: CallRecord, now: int) -> None:
        """Send STATUS ENQUIRY for a call."""
        self.control.status_enquiry(_call(record), now)
        self._drain(now)

    def told_of_status(self) -> list[tuple[int, int]]:
        """(cause, call state) of each STATUS that call control passed on."""
        told = []
        for indication in self.indications:
            if indication.kind is IndicationKind.STATUS and indication.message is not None:
                cause, state = indication.message.get(CauseIE), indication.message.get(CallStateIE)
                assert cause is not None
                assert state is not None
                told.append((int(cause.value), int(state.state)))
        return told

    def active(self) -> list[CallRecord]:
        """The calls that are answered and not being cleared."""
        return [record for record in self.records if record.active]

    def audit(self) -> list[str]:
        """What is not idle, in the words of call control."""
        return self.control.audit()

    # -- between the machines ------------------------------------------------------------------------------

    def _drain(self, now: int) -> None:
        """Hand outputs from machine to machine until both are quiet."""
        busy = True
        while busy:
            busy = False
            while (below := self.link.poll_output()) is not None:
                busy = True
                self._from_link(below, now)
            while (above := self.control.poll_output()) is not None:
                busy = True
                self._from_control(above, now)

    def _from_link(self, output: object, now: int) -> None:
        match output:
            case lapd.Transmit(frame=frame):
                self._output.append(frame)
            case lapd.Data(data=data):
                self.control.receive(data, now)
            case lapd.Established():
                self.up = True
                self.control.link_established(now)
            case lapd.Released():
                self.up = False
                self.control.link_released(now)
            case lapd.Error(code=code):
                self.link_errors.append(str(code.value))

    def _from_control(self, output: object, now: int) -> None:
        match output:
            case SendData(data=data):
                self.link.send(data, now)
            case EstablishLink():
                self.link.establish(now)
            case ReleaseLink():
                self.link.release(now)
            case Indication():
                self.indications.append(output)
                self._indicate(output, now)

    # -- indications of call control -----------------------------------------------------------------------

    def _indicate(self, told: Indication, now: int) -> None:
        self.tally.events[told.kind.name] += 1
        call = told.call
        if told.kind is IndicationKind.RESTART:
            self._restarted.append(_one_or_all(told.channels))
        elif told.kind is IndicationKind.RESTARTED:
            self._acknowledged.append(_one_or_all(told.channels))
        elif told.kind is IndicationKind.REFUSED:
            self.tally.received += 1
            self.tally.causes_sent[int(told.cause or 0)] += 1
        elif call is not None and told.kind is IndicationKind.SETUP:
            self._arrived(call, told, now)
        elif call is not None and isinstance(call.user_data, CallRecord):
            self._progressed(call, call.user_data, told, now)

    def _arrived(self, call: Call, told: Indication, now: int) -> None:
        record = CallRecord(False, call.called, call.calling, call.reference, call.channel, call, now)
        record.events.append(("RING", now))
        call.user_data = record
        self.records.append(record)
        self.tally.received += 1
        complete = told.message is not None and told.message.get(SendingCompleteIE) is not None
        if self._overlap and not complete and call.called not in self.plan:
            record.responded = True
            self.control.more_info(call, now)
            return
        self._serve(record, now)

    def _progressed(self, call: Call, record: CallRecord, told: Indication, now: int) -> None:
        kind = told.kind
        if kind in _NAMES:
            record.events.append((_NAMES[kind], now))
        record.channel = call.channel if call.channel is not None else record.channel
        if call.progress is not None and call.progress.description is ProgressDescription.INBAND_INFORMATION:
            record.progress = True
        if kind in (IndicationKind.CONNECT, IndicationKind.ACKNOWLEDGED):
            self._answered(record, now)
        elif kind is IndicationKind.INFORMATION and not record.outgoing:
            record.called = call.called
            if record.called in self.plan:
                self._serve(record, now)
        elif kind in (IndicationKind.DISCONNECT, IndicationKind.RELEASED):
            self._cleared(call, record, told, now)

    def _answered(self, record: CallRecord, now: int) -> None:
        if record.answered_at is None and record.cleared_by is None:
            record.answered_at = now
            self.tally.answered += 1

    def _cleared(self, call: Call, record: CallRecord, told: Indication, now: int) -> None:
        if record.cleared_by is None:
            record.cleared_by = "peer" if call.cleared_by == "remote" else "us"
            record.cause = None if call.cause is None else int(call.cause)
            if record.cleared_by == "peer" and record.cause is not None:
                self.tally.causes_seen[record.cause] += 1
        if told.kind is IndicationKind.RELEASED:
            record.ended_at = now

    # -- the scripts of the parties ------------------------------------------------------------------------

    def _at(self, tick: int, action: Callable[[int], None]) -> None:
        self._order += 1
        heapq.heappush(self._planned, (tick, self._order, action))

    def _serve(self, record: CallRecord, now: int) -> None:
        """Set the called party's script going."""
        script = self.plan.get(record.called, self.default)
        call = _call(record)

        def step(request: Callable[[int], None]) -> Callable[[int], None]:
            def act(at: int) -> None:
                if record.cleared_by is None and record.ended_at is None:
                    record.responded = True
                    request(at)

            return act

        def answer(at: int) -> None:
            self.control.connect(call, at)
            if self.side is Side.NETWORK:
                self._answered(record, at)  # 5.1.8: the network is active once it has sent CONNECT
            if script.clear_after is not None:
                self._at(at + script.clear_after, hang_up)

        def progress(at: int) -> None:
            cause = () if script.progress_cause is None else (CauseIE(value=script.progress_cause),)
            self.control.progress(call, at, ies=cause)

        def hang_up(at: int) -> None:
            self.hang_up(record, at, script.clear_cause)

        if script.proceeding:
            step(lambda at: self.control.proceeding(call, at))(now)
        if script.progress_after is not None:
            self._at(now + script.progress_after, step(progress))
        if script.alerting_after is not None:
            self._at(now + script.alerting_after, step(lambda at: self.control.alerting(call, at)))
        if script.answer_after is not None:
            self._at(now + script.answer_after, step(answer))
        elif script.clear_after is not None:
            self._at(now + script.clear_after, hang_up)


def _call(record: CallRecord) -> Call:
    if not isinstance(record.handle, Call):
        raise ValueError(f"the call to {record.called} never left: it has no call reference")
    return record.handle


def _one_or_all(channels: tuple[int, ...]) -> int | None:
    return channels[0] if len(channels) == 1 else None
