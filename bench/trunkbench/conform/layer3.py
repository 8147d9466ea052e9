"""The tester of call control: raw Q.931 messages for one call, and what may come back.

Messages are built with the codec, or are octets as they stand. The tester keeps no state machine: it knows
the call reference, and which state the script believes the implementation under test to be in, so that it
can answer a STATUS ENQUIRY (5.8.10). What an implementation may send at any time is passed over unless it is
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from trunkbench.config import TimersConfig
from trunkbench.conform.pixit import ConformConfig
from trunkbench.conform.q931.timers import span_of
from trunkbench.conform.tester import Arrival, Failed, Inconclusive, Station, Tester
from trunkbench.conform.upper import Upper
from trunkbench.pump import Pump
from trunkwire.g711 import Law
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    Layer1,
    Location,
    RestartClass,
    RestartIndicatorIE,
)
from trunkwire.q931.message import Element, HeaderError, Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick, seconds

Mt = MessageType

AT_ANY_TIME = frozenset({Mt.NOTIFY, Mt.PROGRESS, Mt.INFORMATION, Mt.FACILITY, Mt.STATUS_ENQUIRY})
"""What an implementation may send in between without breaking a case that does not ask for it."""

GLOBAL = 0
"""The global call reference (4.3)."""

UNKNOWN_REFERENCE = 0x2A55
"""A call reference that the tester never gives to a call."""


_AS_USER = {1: 6, 2: 25, 3: 9, 4: 7, 6: 1, 7: 4, 9: 3, 25: 2, 8: 10, 11: 12, 12: 11}
"""State of the network side -> the number of the user side's state with the same part in the call."""


@dataclass(frozen=True, slots=True)
class Want:
    """A message that would do: its type, and what it has to say."""

    type: int
    causes: tuple[int, ...] = ()
    """One of them, in the first cause element; none given: whatever it is."""
    state: int | None = None
    """The call state that it reports."""
    holds: Callable[[Message], bool] | None = None
    says: str = ""
    """What `holds` asks for, in words."""

    def fits(self, message: Message) -> bool:
        """Whether the message is such a one."""
        if message.type != self.type:
            return False
        cause, state = message.get(CauseIE), message.get(CallStateIE)
        if self.causes and (cause is None or int(cause.value) not in self.causes):
            return False
        if self.state is not None and (state is None or int(state.state) != self.state):
            return False
        return self.holds is None or self.holds(message)

    def __str__(self) -> str:
        told = [name_of(self.type)]
        if self.causes:
            told.append("cause " + " or ".join(map(str, self.causes)))
        if self.state is not None:
            told.append(f"call state {self.state}")
        return ", ".join(told) + (f", {self.says}" if self.says else "")


def name_of(kind: int) -> str:
    """A message type by its name, or its octet."""
    return Mt(kind).title if kind in set(Mt) else f"message type {kind:#04x}"


def told_by(message: Message) -> str:
    """A message in a few words, for a reason."""
    cause, state = message.get(CauseIE), message.get(CallStateIE)
    told = [name_of(message.type)]
    if cause is not None:
        told.append(f"cause {int(cause.value)}")
    if state is not None:
        told.append(f"call state {int(state.state)}")
    return ", ".join(told)


def either(wants: Sequence[Want]) -> str:
    """The wants joined by "or"."""
    return " or ".join(map(str, wants))


class CallTester(Tester):
    """The tester with one call. `reference` is None without one; `ours` says that the tester has allocated
    it.
    """

    def __init__(
        self,
        station: Station,
        pump: Pump,
        flush: Callable[[], None],
        pixit: ConformConfig,
        upper: Upper,
        timers: TimersConfig,
    ) -> None:
        super().__init__(station, pump, flush, pixit, upper)
        self.timers = timers
        self.reference: int | None = None
        self.ours = True
        self.setup: Message | None = None
        """The SETUP of the implementation under test."""
        self.channel = pixit.channel
        self.d_channel = 16
        self.bearer = BearerCapabilityIE(layer1=Layer1.G711_A_LAW)
        self.believed = 0
        """The call state that the script believes the implementation to be in."""
        self._last_reference = 0
        self._decisive: int | None = None
        """The frame that the script has sent or taken last: where silence begins."""

    def adapt(self, d_channel: int, law: Law) -> None:
        """Tell what kind of line it is: which channel number is none, and how speech is coded (4.5.5)."""
        self.d_channel = d_channel
        layer1 = Layer1.G711_A_LAW if law is Law.ALAW else Layer1.G711_MU_LAW
        self.bearer = BearerCapabilityIE(layer1=layer1)

    def begin(self) -> None:
        """A new case: no call."""
        super().begin()
        self.reference, self.setup, self.believed = None, None, 0
        self.channel = self.pixit.channel
        self._decisive = None

    # -- sending ------------------------------------------------------------------------------------------

    def new_reference(self) -> int:
        """A call reference of the tester's own that no earlier case has used lately."""
        self._last_reference = self._last_reference % 8000 + 1
        return self._last_reference

    def send(
        self, kind: int, *ies: Element, reference: int | None = None, to_originator: bool | None = None
    ) -> None:
        """Send a message of the call, or of another reference."""
        flag = not self.ours if to_originator is None else to_originator
        value = self.reference if reference is None else reference
        if value is None:
            raise Inconclusive(f"there is no call for {name_of(kind)} to belong to")
        self.send_octets(build(Message(value, kind, ies, flag)))

    def send_octets(self, data: bytes) -> None:
        """Send octets as they stand in an I frame."""
        if not self.station.up:
            raise Inconclusive("the data link is down: nothing can be sent")
        self.station.message(data, self.now)
        self.flush()
        self.mark = self.now
        self._decisive = self.last_frame()

    def header(self, kind: int) -> bytes:
        """The first five octets of a message of the call (4.1)."""
        assert self.reference is not None
        flag = 0 if self.ours else 0x8000
        return b"\x08\x02" + (self.reference | flag).to_bytes(2, "big") + bytes((kind,))

    # -- receiving ----------------------------------------------------------------------------------------

    def expect(self, *wants: Want, within: Tick | None = None, may: Sequence[Want] = ()) -> Message:
        """The next message that counts has to be one of `wants`, those of `may` passed over. Raises
        Failed.
        """
        limit = self.now + (self.pixit.wait if within is None else within)
        while (arrival := self.next_message(limit)) is not None:
            message = self._sorted(arrival, (*wants, *may))
            if message is None:
                continue
            self.mark = arrival.at
            self._decisive = arrival.frame
            if any(want.fits(message) for want in wants):
                return message
            if not any(want.fits(message) for want in may):
                raise Failed(f"expected {either(wants)}; got {told_by(message)}", arrival.frame)
        waited = seconds(self.pixit.wait if within is None else within)
        raise Failed(f"expected {either(wants)}; nothing came in {waited:g} s", self._decisive)

    def expect_setup(self, within: Tick) -> Message:
        """The SETUP of a call by the implementation; the tester's call is that from then on."""
        limit = self.now + within
        while (arrival := self.next_message(limit)) is not None:
            message = self._parsed(arrival)
            if message.type == Mt.SETUP and not message.to_originator:
                self.reference, self.ours, self.setup = message.reference, False, message
                self.mark, self._decisive = arrival.at, arrival.frame
                element = message.get(ChannelIdentificationIE)
                if element is not None and element.channels:
                    self.channel = element.channels[0]
                return message
        raise Failed(f"expected SETUP; nothing came in {seconds(within):g} s")

    def expect_nothing(self, duration: Tick, *, may: Sequence[Want] = ()) -> None:
        """No message of the call for that long, those of `may` passed over. Raises Failed."""
        limit = self.now + duration
        while (arrival := self.next_message(limit)) is not None:
            message = self._sorted(arrival, may)
            if message is not None and not any(want.fits(message) for want in may):
                raise Failed(f"expected no response; got {told_by(message)}", arrival.frame)

    def last_frame(self) -> int | None:
        """The index of the latest frame of the record."""
        return len(self.station.records) - 1 if self.station.records else None

    def _parsed(self, arrival: Arrival) -> Message:
        try:
            return parse(arrival.data)
        except HeaderError as error:
            raise Failed(f"the IUT has sent what is no message: {error}", arrival.frame) from error

    def _sorted(self, arrival: Arrival, wants: Sequence[Want]) -> Message | None:
        """The message if it counts; what belongs elsewhere is answered as far as it must be, and dropped."""
        message = self._parsed(arrival)
        wanted = any(want.type == message.type for want in wants)
        if message.reference == GLOBAL and message.type == Mt.RESTART and not wanted:
            self._acknowledge_restart(message)
            return None
        if wanted:
            return message
        mine = message.reference == self.reference and message.to_originator == self.ours
        if not mine and message.reference != GLOBAL and message.type == Mt.SETUP:
            cause = CauseIE(location=Location.USER, value=21)  # a call of its own accord: refused
            self.send(Mt.RELEASE_COMPLETE, cause, reference=message.reference, to_originator=True)
            return None
        if message.type == Mt.STATUS_ENQUIRY:
            self.answer_enquiry(message)
            return None
        return None if message.type in AT_ANY_TIME else message

    def _acknowledge_restart(self, message: Message) -> None:
        kept = (ChannelIdentificationIE, RestartIndicatorIE)
        ies = tuple(ie for ie in message.ies if isinstance(ie, kept))
        self.send(Mt.RESTART_ACKNOWLEDGE, *ies, reference=GLOBAL, to_originator=True)

    def answer(self, message: Message) -> None:
        """Answer what the script has no interest in the answer of."""
        if message.type == Mt.STATUS_ENQUIRY:
            self.answer_enquiry(message)
        elif message.type == Mt.RELEASE and message.reference not in (self.reference, GLOBAL):
            flag = not message.to_originator
            self.send(Mt.RELEASE_COMPLETE, reference=message.reference, to_originator=flag)

    def answer_enquiry(self, message: Message) -> None:
        """STATUS with the state that the script believes in (5.8.10)."""
        cause = CauseIE(location=self.location, value=30)
        state = CallStateIE(state=self.believed)
        self.send(
            Mt.STATUS, cause, state, reference=message.reference, to_originator=not message.to_originator
        )

    @property
    def location(self) -> Location:
        """The location in the tester's causes (Q.850 2.2.3)."""
        return Location.USER if self.role is Side.NETWORK else Location.PUBLIC_LOCAL

    # -- what the steps share -----------------------------------------------------------------------------

    def check_state(self, number: int, *, strictly: bool = False) -> None:
        """STATUS ENQUIRY, and STATUS with cause 30 and that call state (5.8.10).

        A call that is over may also be disowned with RELEASE COMPLETE or RELEASE, cause 81 (5.8.3.2 a).
        States that the PIXIT says are counted otherwise are taken as such, unless it is to be done
        `strictly`.
        """
        self.send(Mt.STATUS_ENQUIRY)
        if number:
            wants = [Want(Mt.STATUS, (30,), number)]
            if self.pixit.state_numbers == "user" and self.role is Side.NETWORK and not strictly:
                wants.append(Want(Mt.STATUS, (30,), _AS_USER.get(number, number)))
            self.expect(*wants)
            self.believed = number
            return
        answer = self.expect(
            Want(Mt.STATUS, (30,), 0), Want(Mt.RELEASE_COMPLETE, (81,)), Want(Mt.RELEASE, (81,))
        )
        if answer.type == Mt.RELEASE:
            self.send(Mt.RELEASE_COMPLETE)
        self.believed = 0

    def timer(self, name: str) -> tuple[Tick, Tick]:
        """The shortest and the longest time that the timer of the implementation may run, with tolerance."""
        given: Tick | None = getattr(self.timers, name.lower())
        low, high = span_of(name, self.role) if given is None else (given, given)
        tolerance = self.pixit.tolerance
        return round(low * (1 - tolerance)), round(high * (1 + tolerance)) + SECOND // 5

    def clear_call(self) -> None:
        """Bring the call to null: RELEASE, and where a collision leaves it unanswered (5.3.5), an enquiry.

        Raises Failed if the implementation still has the call.
        """
        if self.reference is None:
            return
        self.station.messages.clear()
        self.send(Mt.RELEASE, CauseIE(location=self.location, value=31))
        limit = self.now + self.pixit.wait
        over = False
        while not over and (arrival := self.next_message(limit)) is not None:
            message = self._parsed(arrival)
            over = message.reference == self.reference and message.type in (Mt.RELEASE_COMPLETE, Mt.RELEASE)
        if not over:
            self.check_state(0)
        self.run_until(self.now + self.pixit.wait // 10)
        self.station.messages.clear()
        self.reference = None

    def restart_interface(self) -> None:
        """RESTART of the whole interface, and its acknowledgement (5.5)."""
        indicator = RestartIndicatorIE(restart_class=RestartClass.SINGLE_INTERFACE)
        self.send(Mt.RESTART, indicator, reference=GLOBAL, to_originator=False)
        self.expect(Want(Mt.RESTART_ACKNOWLEDGE))
