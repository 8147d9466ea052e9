"""libpri as one end of a trunk: an independent Q.921 and Q.931 in this process, in line time, no socket.

`Libpri` (`libpri_library`) is the library with its clock and its messages; `LibpriEnd` is one D channel
of it behind the surface that every end of a link has: `receive(frame, now)`, `handle_timer(now)`,
`poll_output()`, `next_deadline()`, `close()`. Frames are LAPD frames without FCS, times are ticks of
1/64000 s. The called parties behind the end are scripted (`subscriber.Behaviour`, by number). Use it in a
process of its own: the library prints, keeps global state, and a wrong pointer takes the process along.
"""

from __future__ import annotations

import ctypes
import heapq
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import libpri_binding as binding
from libpri_library import Event, Libpri, copy_event
from subscriber import (
    CHANNEL_UNACCEPTABLE,
    CHANNEL_UNAVAILABLE,
    E1_CHANNELS,
    NO_CIRCUIT,
    NORMAL_CLEARING,
    UNALLOCATED,
    Behaviour,
    CallRecord,
    Tally,
)

from trunkwire.side import Side

__all__ = ["Libpri", "LibpriEnd"]

FCS_ROOM = 2
"""libpri counts the frame check sequence in every length, but leaves its octets to others."""

_ANY_CHANNEL = 0xFF
FIRST_RESPONSE_CAUSES = frozenset({1, 34, 44, 81, 82, 88})
"""The causes with which libpri answers a SETUP by RELEASE COMPLETE. With any other it sends nothing at all as
long as it has sent no response to the SETUP, so that a party who rejects with one of those proceeds first."""

_MILLISECONDS_PER_SECOND = 1000
_TICKS_PER_SECOND = 64_000


@dataclass(order=True, slots=True)
class _Planned:
    at: int
    order: int
    action: Callable[[int], None] = field(compare=False)


class LibpriEnd:
    """One end of a D channel, played by libpri (EuroISDN E1, primary rate, TEI 0).

    `plan` says by called number what the party there does; `default` answers for all other numbers.
    `timers` are libpri's own by name, in ticks (counters as they are), for example `{"T303": 64_000}`.
    """

    def __init__(
        self,
        library: Libpri,
        side: Side,
        now: int = 0,
        *,
        plan: Mapping[str, Behaviour] | None = None,
        default: Behaviour | None = None,
        channels: Iterable[int] = E1_CHANNELS,
        overlap: bool = False,
        timers: Mapping[str, int] | None = None,
    ) -> None:
        self.library = library
        self.side = side
        self.plan = dict(plan or {})
        self.default = default or Behaviour.rejects(UNALLOCATED)
        self.channels = tuple(channels)
        self.tally = Tally()
        self.events: list[Event] = []
        self.up = False
        self.calls: dict[int, CallRecord] = {}
        self.records: list[CallRecord] = []
        self.busy: dict[int, CallRecord] = {}
        self.blocked: set[int] = set()
        self._to_restart: list[int] = []
        self._overlap = overlap
        self._received: deque[bytes] = deque()
        self._output: deque[bytes] = deque()
        self._planned: list[_Planned] = []
        self._order = 0
        self._trouble: Exception | None = None
        self._closed = False
        # Both must outlive the handle, and the library writes its first SABME before it returns one.
        self._read, self._write = binding.IoCallback(self._on_read), binding.IoCallback(self._on_write)
        functions = library.functions
        library.clock.set(now)
        node = binding.NODE_NETWORK if side is Side.NETWORK else binding.NODE_CPE
        self._pri = self._new_handle(node)
        if not self._pri:
            raise RuntimeError(f"libpri {library.version} made no {side.value} side: {library.messages[-1:]}")
        functions.pri_hangup_fix_enable(self._pri, 1)
        functions.pri_connect_ack_enable(self._pri, 1)  # only then is a CONNECT ACKNOWLEDGE an event
        functions.pri_set_overlapdial(self._pri, int(overlap))
        if side is Side.NETWORK:
            functions.pri_date_time_send_option(self._pri, binding.DATE_TIME_NEVER)
        for name, value in (timers or {}).items():
            counter = name in ("N200", "K")
            setting = value if counter else value * _MILLISECONDS_PER_SECOND // _TICKS_PER_SECOND
            functions.pri_set_timer(self._pri, binding.TIMERS[name], setting)

    def _new_handle(self, node: int) -> Any:
        new = self.library.functions.pri_new_cb
        return new(-1, node, binding.SWITCH_EUROISDN_E1, self._read, self._write, None)

    # -- the surface of an end of a link -------------------------------------------------------------------

    def receive(self, frame: bytes, now: int) -> None:
        """One frame, without FCS, whose last bit arrived at `now`."""
        self._enter(now)
        self._received.append(frame)
        while self._received:
            self._take(self.library.functions.pri_check_event(self._pri), now)

    def handle_timer(self, now: int) -> None:
        """Run what has become due: libpri's timers, then the script of the parties behind it."""
        self._enter(now)
        while (due := self._library_deadline()) is not None and due <= now:
            before = self._timer_moment()
            self._take(self.library.functions.pri_schedule_run(self._pri), now)
            if self._timer_moment() == before and self._library_deadline() == due:
                break  # not fired: real time is short of it by less than a microsecond
        while self._planned and self._planned[0].at <= now:
            heapq.heappop(self._planned).action(now)
        self._check()

    def poll_output(self) -> bytes | None:
        """The next frame to send, without FCS, or None."""
        return self._output.popleft() if self._output else None

    def next_deadline(self) -> int | None:
        """The tick at which `handle_timer` has something to do."""
        library = self._library_deadline()
        script = self._planned[0].at if self._planned else None
        if library is None or script is None:
            return script if library is None else library
        return min(library, script)

    def close(self) -> None:
        """Stop: nothing is accepted or sent any more. libpri has no call that frees its handle."""
        self._closed = True
        self._planned.clear()
        self._output.clear()

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
        hang_up_after: int | None = None,
    ) -> CallRecord:
        """Send a SETUP; `channel` None leaves the choice to the peer. `hang_up_after` counts from the answer.

        Raises RuntimeError when libpri refuses to place the call.
        """
        self._enter(now)
        functions = self.library.functions
        call = functions.pri_new_call(self._pri)
        request = functions.pri_sr_new()
        functions.pri_sr_set_channel(request, _ANY_CHANNEL if channel is None else channel, int(exclusive), 0)
        functions.pri_sr_set_bearer(request, binding.TRANSFER_SPEECH, binding.LAYER1_ALAW)
        functions.pri_sr_set_called(request, called.encode(), binding.PLAN_UNKNOWN, int(complete))
        functions.pri_sr_set_caller(request, calling.encode(), None, binding.PLAN_UNKNOWN, 0)
        record = CallRecord(True, called, calling, channel=channel, handle=call, began_at=now)
        record.hang_up_after = hang_up_after
        record.events.append(("SETUP", now))
        self.calls[call] = record
        self.records.append(record)
        if channel is not None:
            self.busy.setdefault(channel, record)
        failed = functions.pri_setup(self._pri, call, request)
        functions.pri_sr_free(request)
        self._check()
        if failed:
            raise RuntimeError(f"pri_setup({called!r}) gave {failed}: {self.library.messages[-1:]}")
        self.tally.placed += 1
        return record

    def dial_on(self, record: CallRecord, digits: str, now: int) -> None:
        """Send further digits of an overlap call, one INFORMATION each."""
        self._enter(now)
        for digit in digits:
            self._do("pri_information", record, digit.encode())
        record.called += digits

    def hang_up(self, record: CallRecord, now: int, cause: int = NORMAL_CLEARING) -> None:
        """Begin to clear a call with a cause; nothing happens to a call that is being cleared already."""
        if record.cleared_by is not None or record.ended_at is not None:
            return
        self._enter(now)
        record.cleared_by, record.cause = "us", cause
        record.events.append((f"hang up {cause}", now))
        self.tally.causes_sent[cause] += 1
        self._do("pri_hangup", record, cause)
        self._check()
        if cause == CHANNEL_UNACCEPTABLE or not (record.outgoing or record.responded):
            # RELEASE COMPLETE as the first response, or RELEASE with cause 6: no event will tell the end.
            self._ended(record, now)

    def restart(self, channel: int | None, now: int) -> None:
        """Send RESTART for one channel, or with None for every one, each when the one before is acknowledged.

        libpri has no way to say "the whole interface" (4.5.25, class 6): asked for channel -1 it sends class
        0 with an interface identifier and no channel.
        """
        self._to_restart = list(self.channels) if channel is None else [channel]
        self._restart_next(now)

    def _restart_next(self, now: int) -> None:
        self._enter(now)
        if self._to_restart:
            self.library.functions.pri_reset(self._pri, self._to_restart.pop(0))
            self._check()

    def block(self, channel: int) -> None:
        """Take a channel out of use, as a party with other plans for it would."""
        self.blocked.add(channel)

    def unblock(self, channel: int) -> None:
        """Give it back."""
        self.blocked.discard(channel)

    def restarted(self) -> list[int | None]:
        """The channels that the peer has restarted (None: the whole interface), in order."""
        return [event.channel for event in self.events if event.name == "RESTART"]

    def restarts_acknowledged(self) -> list[int | None]:
        """The channels of the RESTART ACKNOWLEDGEs received, in order."""
        return [event.channel for event in self.events if event.name == "RESTART_ACK"]

    def library_calls(self) -> int:
        """The number of calls that libpri itself holds records of."""
        return self.library.active_calls(self._pri)

    def active(self) -> list[CallRecord]:
        """The calls that are answered and not being cleared."""
        return [record for record in self.records if record.active]

    def audit(self) -> list[str]:
        """What is not idle: calls of this end, channels, and calls that libpri itself counts."""
        found = [
            f"call {record.called} on channel {record.channel} is left" for record in self.calls.values()
        ]
        found += [f"channel {channel} is taken" for channel in sorted(self.busy)]
        if self.library_calls():
            found.append(f"libpri counts {self.library_calls()} calls")
        return found

    # -- between libpri and the queues ---------------------------------------------------------------------

    def _enter(self, now: int) -> None:
        if self._closed:
            raise RuntimeError("this libpri end is closed")
        self.library.clock.set(now)

    def _check(self) -> None:
        """Raise what a callback could not: ctypes lets no exception pass through C."""
        if self._trouble is not None:
            trouble, self._trouble = self._trouble, None
            raise trouble

    def _on_read(self, _pri: int, buffer: int, room: int) -> int:
        if not self._received:
            return 0
        frame = self._received.popleft()
        if len(frame) + FCS_ROOM > room:
            self._trouble = ValueError(f"frame of {len(frame)} octets; libpri takes {room - FCS_ROOM}")
            return 0
        ctypes.memmove(buffer, frame + bytes(FCS_ROOM), len(frame) + FCS_ROOM)
        return len(frame) + FCS_ROOM

    def _on_write(self, _pri: int, buffer: int, length: int) -> int:
        if not self._closed:
            self._output.append(ctypes.string_at(buffer, length - FCS_ROOM))
        return length  # anything else is a short write to libpri

    def _timer_moment(self) -> int | None:
        moment = self.library.functions.pri_schedule_next(self._pri)
        return moment[0].total_microseconds() if moment else None

    def _library_deadline(self) -> int | None:
        if self._closed:
            return None
        moment = self.library.functions.pri_schedule_next(self._pri)
        return self.library.clock.tick_of(moment[0]) if moment else None

    def _do(self, name: str, record: CallRecord, *arguments: Any) -> None:
        getattr(self.library.functions, name)(self._pri, record.handle, *arguments)

    def _at(self, tick: int, action: Callable[[int], None]) -> None:
        self._order += 1
        heapq.heappush(self._planned, _Planned(tick, self._order, action))

    def _take(self, pointer: int | None, now: int) -> None:
        self._check()
        if pointer:
            event = copy_event(pointer, now)
            self.events.append(event)
            self.tally.events[event.name] += 1
            handler = getattr(self, f"_on_{event.name.lower()}", None)
            if handler is not None:
                handler(event)
            self._check()

    # -- events of libpri, by name -------------------------------------------------------------------------

    def _known(self, event: Event) -> CallRecord | None:
        record = self.calls.get(event.call) if event.call is not None else None
        if record is not None:
            record.events.append((event.name, event.tick))
            record.progress = record.progress or event.in_band
            if event.channel is not None and record.channel != event.channel:
                self._leave_channel(record)
                record.channel = event.channel
                self.busy.setdefault(event.channel, record)
        return record

    def _leave_channel(self, record: CallRecord) -> None:
        if record.channel is not None and self.busy.get(record.channel) is record:
            del self.busy[record.channel]

    def _on_dchan_up(self, _event: Event) -> None:
        self.up = True

    def _on_dchan_down(self, _event: Event) -> None:
        self.up = False

    def _on_restart_ack(self, event: Event) -> None:
        self._restart_next(event.tick)

    def _on_ring(self, event: Event) -> None:
        assert event.call is not None
        record = CallRecord(
            False, event.called, event.calling, event.reference, handle=event.call, began_at=event.tick
        )
        record.events.append(("RING", event.tick))
        self.tally.received += 1
        self.calls[event.call] = record
        self.records.append(record)
        channel, cause = self._choose(event)
        if channel is None:
            self.hang_up(record, event.tick, cause)
            return
        record.channel = channel
        self.busy[channel] = record
        if not event.complete and self._overlap and event.called not in self.plan:
            record.responded = True
            self._do("pri_need_more_info", record, channel, 0)
            return
        self._serve(record, event.tick)

    def _choose(self, event: Event) -> tuple[int | None, int]:
        """A channel for an incoming call, or None and the cause of the refusal (Q.931 5.1.2, 5.2.3.1).

        Glare (5.7) is the application's with libpri: a user gives up the channel that it has just asked for.
        """
        wanted = event.channel
        rival = None if wanted is None else self.busy.get(wanted)
        if self.side is Side.USER and rival is not None and rival.outgoing and not rival.responded:
            self._leave_channel(rival)
            rival.channel = None
        free = [channel for channel in self.channels if channel not in self.busy.keys() | self.blocked]
        if wanted in free:
            return wanted, 0
        if wanted is not None and not event.flexible:
            return None, CHANNEL_UNAVAILABLE
        return (free[0] if free else None), NO_CIRCUIT

    def _on_info_received(self, event: Event) -> None:
        record = self._known(event)
        if record is None:
            return
        record.called += event.called
        if record.called in self.plan or event.complete:
            self._serve(record, event.tick)

    def _serve(self, record: CallRecord, now: int) -> None:
        """Set the called party's script going."""
        script = self.plan.get(record.called, self.default)
        channel = record.channel or 0

        def step(name: str, *arguments: Any) -> Callable[[int], None]:
            def act(at: int) -> None:
                if record.cleared_by is None and record.ended_at is None:
                    self._enter(at)
                    record.responded = True
                    self._do(name, record, *arguments)

            return act

        def answer(at: int) -> None:
            step("pri_answer", channel, 0)(at)
            if self.side is Side.NETWORK:
                self._answered(record, at)  # 5.1.8: the network is active once it has sent CONNECT
            if script.clear_after is not None:
                self._at(at + script.clear_after, lambda when: self.hang_up(record, when, script.clear_cause))

        refuses = script.clear_after is not None and script.answer_after is None
        if script.proceeding or (refuses and script.clear_cause not in FIRST_RESPONSE_CAUSES):
            step("pri_proceeding", channel, 0)(now)
        if script.progress_after is not None:
            cause = -1 if script.progress_cause is None else script.progress_cause
            self._at(now + script.progress_after, step("pri_progress_with_cause", channel, 1, cause))
        if script.alerting_after is not None:
            self._at(now + script.alerting_after, step("pri_acknowledge", channel, 0))
        if script.answer_after is not None:
            self._at(now + script.answer_after, answer)
        elif script.clear_after is not None:
            self._at(now + script.clear_after, lambda when: self.hang_up(record, when, script.clear_cause))

    def _on_setup_ack(self, event: Event) -> None:
        self._known(event)

    _on_proceeding = _on_progress = _on_ringing = _on_setup_ack

    def _on_answer(self, event: Event) -> None:
        record = self._known(event)
        if record is None:
            return
        self._do("pri_connect_ack", record, 0)
        self._answered(record, event.tick)
        if record.hang_up_after is not None:
            self._at(event.tick + record.hang_up_after, lambda when: self.hang_up(record, when))

    def _on_connect_ack(self, event: Event) -> None:
        record = self._known(event)
        if record is not None:
            self._answered(record, event.tick)

    def _answered(self, record: CallRecord, now: int) -> None:
        if record.answered_at is None and record.cleared_by is None:
            record.answered_at = now
            self.tally.answered += 1

    def _on_hangup_req(self, event: Event) -> None:
        """DISCONNECT: libpri sends RELEASE when it is told to hang up."""
        record = self._cleared(event)
        if record is not None:
            self._do("pri_hangup", record, event.cause or NORMAL_CLEARING)

    def _on_hangup(self, event: Event) -> None:
        """RELEASE, RELEASE COMPLETE or a timer: libpri frees its call when it is told to hang up."""
        record = self._cleared(event)
        if record is not None:
            self._do("pri_hangup", record, event.cause or NORMAL_CLEARING)
            self._ended(record, event.tick)

    def _on_hangup_ack(self, event: Event) -> None:
        """The last message of a clearing that we began: libpri has freed the call already."""
        record = self._known(event)
        if record is not None:
            self._ended(record, event.tick)

    def _cleared(self, event: Event) -> CallRecord | None:
        record = self._known(event)
        if record is not None and record.cleared_by is None:
            record.cleared_by, record.cause = "peer", event.cause
            if event.cause is not None:
                self.tally.causes_seen[event.cause] += 1
        return record

    def _ended(self, record: CallRecord, now: int) -> None:
        record.ended_at = now
        self._leave_channel(record)
        self.calls = {handle: other for handle, other in self.calls.items() if other is not record}
