"""The steps of Q.931 cases: send, expect, expect nothing, check the state, ask the user, wait for a timer."""

from __future__ import annotations

from dataclasses import dataclass

from trunkbench.conform.case import Step
from trunkbench.conform.layer3 import CallTester, Want, either, name_of
from trunkbench.conform.tester import Inconclusive, Tester
from trunkwire.q931.ies import CauseIE
from trunkwire.q931.message import Element
from trunkwire.ticks import Tick, seconds


def _calls(tester: Tester) -> CallTester:
    assert isinstance(tester, CallTester)
    return tester


@dataclass(frozen=True, slots=True)
class Send:
    """Send a message of the call. `cause` adds a cause element with the tester's location in front."""

    type: int
    ies: tuple[Element, ...] = ()
    cause: int | None = None
    tail: bytes = b""
    """Octets behind the elements, as they stand: what the codec would not build."""
    says: str = ""
    reference: int | None = None
    to_originator: bool | None = None

    def run(self, tester: Tester) -> None:
        """Send it."""
        calls = _calls(tester)
        ies = self.ies
        if self.cause is not None:
            ies = (CauseIE(location=calls.location, value=self.cause), *ies)
        if not self.tail:
            calls.send(self.type, *ies, reference=self.reference, to_originator=self.to_originator)
            return
        if ies or self.reference is not None:
            raise ValueError(f"{self}: octets as they stand go with nothing else")
        calls.send_octets(calls.header(self.type) + self.tail)

    def __str__(self) -> str:
        told = [name_of(self.type)]
        if self.cause is not None:
            told.append(f"cause {self.cause}")
        if self.reference is not None:
            told.append(f"call reference {self.reference:#06x}")
        return "send " + ", ".join(told) + (f", {self.says}" if self.says else "")


@dataclass(frozen=True, slots=True)
class SendOctets:
    """Send octets that need not be a message."""

    data: bytes
    says: str

    def run(self, tester: Tester) -> None:
        """Send them."""
        _calls(tester).send_octets(self.data)

    def __str__(self) -> str:
        return f"send {self.says} ({self.data.hex(' ')})"


@dataclass(frozen=True, slots=True)
class Expect:
    """One of these messages has to come next; those of `may` may come before it."""

    wants: tuple[Want, ...]
    within: Tick | None = None
    may: tuple[Want, ...] = ()
    answers: bool = True
    """Whether an enquiry is answered, and a RELEASE under a call reference that the tester does not know."""
    patient: bool = False
    """Whether a called party has to do something first, which may take as long as the PIXIT says."""

    def run(self, tester: Tester) -> None:
        """Wait for it."""
        calls = _calls(tester)
        within = calls.pixit.patience if self.patient else self.within
        message = calls.expect(*self.wants, within=within, may=self.may)
        if self.answers:
            calls.answer(message)

    def __str__(self) -> str:
        told = f"expect {either(self.wants)}"
        return told + (f" (before it perhaps {either(self.may)})" if self.may else "")


@dataclass(frozen=True, slots=True)
class ExpectSetup:
    """A SETUP by the implementation has to come."""

    def run(self, tester: Tester) -> None:
        """Wait for it, for as long as its user may take."""
        calls = _calls(tester)
        calls.expect_setup(calls.pixit.patience)

    def __str__(self) -> str:
        return "expect SETUP"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No message of the call, for `pixit.wait` or as long as is said."""

    duration: Tick | None = None
    may: tuple[Want, ...] = ()

    def run(self, tester: Tester) -> None:
        """Listen."""
        calls = _calls(tester)
        duration = calls.pixit.wait if self.duration is None else self.duration
        calls.expect_nothing(duration, may=self.may)

    def __str__(self) -> str:
        told = "expect no response" if self.duration is None else f"nothing for {seconds(self.duration):g} s"
        return told + (f" (but perhaps {either(self.may)})" if self.may else "")


@dataclass(frozen=True, slots=True)
class State:
    """STATUS ENQUIRY has to find the implementation in that call state (5.8.10)."""

    number: int
    strictly: bool = False
    """Whether the number has to be the side's own, whatever the PIXIT says."""

    def run(self, tester: Tester) -> None:
        """Ask."""
        _calls(tester).check_state(self.number, strictly=self.strictly)

    def __str__(self) -> str:
        return f"STATUS ENQUIRY finds call state {self.number}"


@dataclass(frozen=True, slots=True)
class Believe:
    """The implementation should be in that state now; nothing is asked."""

    number: int

    def run(self, tester: Tester) -> None:
        """Keep it for an enquiry of the implementation."""
        _calls(tester).believed = self.number

    def __str__(self) -> str:
        return f"(call state {self.number})"


@dataclass(frozen=True, slots=True)
class Expires:
    """A timer of the implementation expires: one of these messages comes neither earlier nor later than it
    may.

    The time counts from what the step before sent or got.
    """

    timer: str
    wants: tuple[Want, ...]

    def run(self, tester: Tester) -> None:
        """Silence up to the shortest time, then the message within the longest."""
        calls = _calls(tester)
        low, high = calls.timer(self.timer)
        started = calls.mark
        calls.expect_nothing(max(0, started + low - calls.now))
        calls.expect(*self.wants, within=started + high - calls.now)

    def __str__(self) -> str:
        return f"{self.timer} expires: expect {either(self.wants)}"


@dataclass(frozen=True, slots=True)
class ExpiresSilently:
    """A timer of the implementation expires and nothing is sent: its longest time passes."""

    timer: str

    def run(self, tester: Tester) -> None:
        """Listen until it must have expired."""
        calls = _calls(tester)
        _low, high = calls.timer(self.timer)
        calls.expect_nothing(max(0, calls.mark + high - calls.now))

    def __str__(self) -> str:
        return f"{self.timer} expires: expect no message"


@dataclass(frozen=True, slots=True)
class Ask:
    """A stimulus of the implementation's user: `verb` of `Upper`, with these arguments."""

    verb: str
    arguments: tuple[object, ...] = ()

    def run(self, tester: Tester) -> None:
        """Ask, when what the tester sent last has arrived. What cannot be asked makes the case
        inconclusive.
        """
        tester.run_until(tester.now + tester.pixit.wait // 4)
        getattr(tester.upper, self.verb)(*self.arguments)

    def __str__(self) -> str:
        return f"the IUT's user: {self.verb.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class Place:
    """The implementation's user places a call."""

    complete: bool = True

    def run(self, tester: Tester) -> None:
        """Ask for it; `500` is what is dialled."""
        tester.upper.place("500", complete=self.complete)

    def __str__(self) -> str:
        return "the IUT's user: place a call" + ("" if self.complete else ", digit by digit")


def number_of(tester: CallTester, party: str) -> str:
    """The number of that kind of party in the PIXIT. Raises Inconclusive without one."""
    number: str | None = getattr(tester.pixit, party)
    if number is None:
        raise Inconclusive(f"the PIXIT names no number that {party} (conform.{party})")
    return number


def script(*steps: Step) -> tuple[Step, ...]:
    """The steps as a tuple, for a reader's eye."""
    return steps
