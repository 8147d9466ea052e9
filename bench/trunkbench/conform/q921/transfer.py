"""Transfer of information, states 7 and 8 (Q.921 5.6, 5.8.1, 5.9): numbers, window, REJ, busy, timers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from trunkbench.conform.case import Case, Step
from trunkbench.conform.q921.making import Maker
from trunkbench.conform.q921.states import ESTABLISHED, PREAMBLES, SABME, UA, in_operation
from trunkbench.conform.q921.steps import Do, Expires, Quiet, Repeats, Rx, Tx, duration, next_frame, told
from trunkbench.conform.q921.units import MODULUS, Fr, command, response
from trunkbench.conform.tester import Failed, Tester
from trunkwire.side import Side

RR = response("RR")
ENQUIRY = command("RR", p=True)
ENQUIRIES = (ENQUIRY, Fr("I", pf=True))
"""What may be sent when T200 expires with an I frame outstanding: an enquiry, or the frame again (5.6.7)."""


def sent(ns: int) -> Fr:
    """An I frame of the implementation."""
    return Fr("I", ns=ns)


@dataclass(frozen=True, slots=True)
class Stream:
    """Send that many I frames one after the other, each to be acknowledged by RR."""

    count: int

    def run(self, tester: Tester) -> None:
        """Raises Failed at the first that is not acknowledged."""
        for ns in range(self.count):
            Tx(Fr("I", ns=ns)).run(tester)
            Rx(response("RR", nr=ns + 1)).run(tester)

    def __str__(self) -> str:
        return f"send {self.count} I frames, each acknowledged by RR"


@dataclass(frozen=True, slots=True)
class Window:
    """One I frame more than the window has room for: k come, the next after RR."""

    def run(self, tester: Tester) -> None:
        """Raises Failed."""
        k = int(tester.station.settings.k)
        for _ in range(k + 1):
            Do("send_data").run(tester)
        for ns in range(k):
            Rx(sent(ns)).run(tester)
        found = next_frame(tester, tester.now + duration(tester, "t200") // 2)
        if found is not None:
            raise Failed(f"k is {k}: expected no frame; got {told(*found)}", found[0].frame)
        Tx(response("RR", nr=1)).run(tester)
        Rx(sent(k)).run(tester)

    def __str__(self) -> str:
        return "IUT's user: k + 1 DL-DATA requests; expect k I frames, and the next one after RR"


def cases(role: Side) -> Iterator[Case]:
    """State 7.0 with information under way, and timer recovery that began with it."""
    yield from _receiving(role)
    yield from _sending(role)
    yield from _rejected(role)
    yield from _busy(role)
    yield from _timers(role)
    yield from _recovering(role)


def _receiving(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "valid")
    yield case(
        "numbers-wrap",
        "Sequence numbers go round: N(R) after 128 frames is 0 again.",
        "3.5.2, 5.6.2",
        Stream(MODULUS + 2),
        *in_operation(nr=2),
    )
    yield case(
        "burst",
        "I frames that come one after the other are all acknowledged.",
        "5.6.2",
        Tx(Fr("I", ns=0)),
        Tx(Fr("I", ns=1)),
        Tx(Fr("I", ns=2, pf=True)),
        Acknowledged(3),
        *in_operation(nr=3),
    )
    yield from _receiving_out_of_sequence(role)


def _receiving_out_of_sequence(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "valid")
    yield case(
        "rej-once",
        "One gap gets one REJ, whatever follows; the frame that was missing ends it.",
        "5.8.1",
        Tx(Fr("I", ns=1)),
        Rx(response("REJ")),
        Tx(Fr("I", ns=2)),
        Quiet(),
        Tx(Fr("I", ns=0)),
        Rx(response("RR", nr=1)),
        Tx(Fr("I", ns=1)),
        Rx(response("RR", nr=2)),
    )
    yield case(
        "rej-again",
        "After the gap is filled, another gap gets another REJ.",
        "5.8.1",
        Tx(Fr("I", ns=1)),
        Rx(response("REJ")),
        Tx(Fr("I", ns=0)),
        Rx(response("RR", nr=1)),
        Tx(Fr("I", ns=2)),
        Rx(response("REJ", nr=1)),
    )
    yield case(
        "duplicate",
        "An I frame that came before is out of sequence: REJ with what is expected.",
        "5.8.1",
        Tx(Fr("I")),
        Rx(response("RR", nr=1)),
        Tx(Fr("I")),
        Rx(response("REJ", nr=1)),
    )
    yield from _receiving_or_not(role)


def _receiving_or_not(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "valid")
    yield case(
        "empty-information",
        "An I frame without information is acknowledged.",
        "3.4.1, 5.6.2",
        Tx(Fr("I", info=b"")),
        Rx(response("RR", nr=1)),
    )
    yield case(
        "busy-and-back",
        "Own receiver busy is told by RNR, its end by RR; I frames are taken again.",
        "5.6.6",
        Do("busy"),
        Rx(response("RNR")),
        Tx(Fr("I")),
        Quiet(),
        Do("ready"),
        Rx(response("RR")),
        Tx(Fr("I")),
        Rx(response("RR", nr=1)),
    )
    yield case(
        "longest-information",
        "An I frame of N201 octets is acknowledged.",
        "5.9.3",
        Tx(Fr("I", info=b"\x55" * 260)),
        Rx(response("RR", nr=1)),
    )


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Wait for an S frame with that N(R) and F = 1; those before it acknowledge less."""

    nr: int

    def run(self, tester: Tester) -> None:
        """Raises Failed."""
        Rx(*(response("RR", nr=nr) for nr in range(1, self.nr)), response("RR", f=True, nr=self.nr)).run(
            tester
        )
        for _ in range(self.nr - 1):
            found = next_frame(tester, tester.now + duration(tester, "t200") // 4)
            if found is None:
                return
            arrival, frame = found
            if frame is None or frame.kind != "RR":
                raise Failed(f"expected RR; got {told(arrival, frame)}", arrival.frame)

    def __str__(self) -> str:
        return f"expect RR up to N(R)={self.nr} F=1"


def _sending(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "valid")
    data = Do("send_data")
    yield case(
        "data",
        "DL-DATA request: an I frame with P = 0; acknowledged by RR it is not sent again.",
        "5.6.1, 5.6.3",
        data,
        Rx(sent(0)),
        Tx(response("RR", nr=1)),
        Quiet("t200", 1.5),
    )
    yield case(
        "data-acknowledged-by-i",
        "N(R) of an I frame acknowledges as RR does.",
        "5.6.3.2",
        data,
        Rx(sent(0)),
        Tx(Fr("I", nr=1)),
        Rx(response("RR", nr=1)),
        Quiet("t200", 1.5),
    )
    yield case(
        "data-acknowledged-by-rnr",
        "N(R) of RNR acknowledges: the I frame is not sent again.",
        "5.6.5",
        data,
        Rx(sent(0)),
        Tx(response("RNR", nr=1)),
        Expires("t200", ENQUIRY),
    )
    yield case(
        "data-carries-nr",
        "An I frame acknowledges what has come before.",
        "5.6.1, 3.5.2",
        Tx(Fr("I")),
        Rx(response("RR", nr=1)),
        data,
        Rx(Fr("I", nr=1)),
    )
    yield from _sending_several(role)


def _sending_several(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "valid")
    data = Do("send_data")
    yield case(
        "two-frames",
        "Two I frames bear N(S) 0 and 1, and one RR acknowledges both.",
        "5.6.1, 5.6.3.2",
        data,
        data,
        Rx(sent(0)),
        Rx(sent(1)),
        Tx(response("RR", nr=2)),
        Quiet("t200", 1.5),
    )
    yield case("window", "No more than k I frames are outstanding.", "5.9.5, 5.6.1", Window())
    yield case(
        "sabme-discards",
        "SABME while an I frame is outstanding: UA, and the I frame is not sent again.",
        "5.7.2",
        data,
        Rx(sent(0)),
        Tx(SABME),
        Rx(UA),
        Quiet("t200", 1.5),
        *in_operation(),
    )


def _rejected(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "valid")
    three: tuple[Step, ...] = (
        Do("send_data"),
        Do("send_data"),
        Do("send_data"),
        Rx(sent(0)),
        Rx(sent(1)),
        Rx(sent(2)),
    )
    yield case(
        "data-again-by-rej",
        "REJ makes the IUT send again from N(R) on.",
        "5.6.4",
        *three,
        Tx(response("REJ", nr=1)),
        Rx(sent(1)),
        Rx(sent(2)),
        Tx(response("RR", nr=3)),
        Quiet("t200", 1.5),
    )
    yield case(
        "data-again-by-rej-p1",
        "REJ with P = 1 is answered by RR with F = 1, and the IUT sends again.",
        "5.6.4, 5.1.2",
        *three,
        Tx(command("REJ", p=True, nr=2)),
        Rx(response("RR", f=True)),
        Rx(sent(2)),
    )
    yield case(
        "rej-acknowledges-all",
        "REJ that acknowledges everything makes the IUT send nothing again.",
        "5.6.4",
        *three,
        Tx(response("REJ", nr=3)),
        Quiet("t200", 1.5),
    )


def _busy(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.4", "valid", (*ESTABLISHED, Tx(response("RNR")), Quiet("t200", 0.1)))
    data = Do("send_data")
    yield case(
        "data-waits",
        "To a busy tester no I frame is sent; RR lets it through.",
        "5.6.5",
        data,
        Quiet(),
        Tx(RR),
        Rx(sent(0)),
    )
    yield case(
        "data-waits-for-rej",
        "REJ ends the busy condition as RR does.",
        "5.6.5",
        data,
        Quiet(),
        Tx(response("REJ")),
        Rx(sent(0)),
    )
    yield case(
        "still-busy",
        "A second RNR keeps the IUT from sending.",
        "5.6.5",
        data,
        Quiet(),
        Tx(response("RNR")),
        Quiet(),
    )
    yield case(
        "sabme-ends-busy",
        "SABME ends the busy condition: an I frame is sent.",
        "5.5.1.2, 5.7.2",
        Tx(SABME),
        Rx(UA),
        data,
        Rx(sent(0)),
    )
    timers = Maker(role, "7.4", "timers", (*ESTABLISHED, Tx(response("RNR"))))
    yield timers(
        "t200",
        "A busy tester is asked at T200, and again as long as it answers that it is busy.",
        "5.6.5, 5.6.7",
        Expires("t200", ENQUIRY),
        Tx(response("RNR", f=True)),
        Expires("t200", ENQUIRY),
        Tx(response("RNR", f=True)),
        Expires("t200", ENQUIRY),
        Tx(response("RR", f=True)),
        Quiet("t200", 1.5),
    )
    yield timers(
        "n200",
        "A busy tester that answers no enquiry: N200 of them, then the link is established anew.",
        "5.6.5, 5.9.2",
        Repeats(ENQUIRY, ends_in=(SABME,)),
    )


def _timers(role: Side) -> Iterator[Case]:
    case = Maker(role, "7.0", "timers")
    yield case(
        "t203",
        "A link on which nothing comes is asked about when T203 expires.",
        "5.10.3",
        Expires("t203", ENQUIRY),
    )
    yield case(
        "t203-restarted",
        "Each frame that comes starts T203 anew.",
        "5.10.3",
        Quiet("t203", 0.5),
        Tx(Fr("I")),
        Rx(response("RR", nr=1)),
        Expires("t203", command("RR", p=True, nr=1)),
    )
    yield case(
        "t203-answered",
        "The answer to the enquiry starts T203 again.",
        "5.10.3, 5.6.7",
        Expires("t203", ENQUIRY),
        Tx(response("RR", f=True)),
        Expires("t203", ENQUIRY),
    )
    yield case(
        "t200",
        "An I frame that is not acknowledged: at T200 an enquiry, or the I frame again with P = 1.",
        "5.6.7",
        Do("send_data"),
        Rx(sent(0)),
        Expires("t200", *ENQUIRIES),
    )
    yield case(
        "t200-second-frame",
        "T200 starts anew when a part of what is outstanding is acknowledged.",
        "5.6.3.2",
        Do("send_data"),
        Do("send_data"),
        Rx(sent(0)),
        Rx(sent(1)),
        Quiet("t200", 0.5),
        Tx(response("RR", nr=1)),
        Expires("t200", ENQUIRY, Fr("I", pf=True, ns=1)),
    )
    yield case(
        "n200-data",
        "An I frame that is never acknowledged: N200 enquiries, then the link is established anew.",
        "5.6.7, 5.9.2",
        Do("send_data"),
        Rx(sent(0)),
        Repeats(*ENQUIRIES, ends_in=(SABME,)),
    )


def _recovering(role: Side) -> Iterator[Case]:
    preamble: tuple[Step, ...] = (
        *PREAMBLES["7.0"],
        Do("send_data"),
        Rx(sent(0)),
        Expires("t200", *ENQUIRIES),
    )
    case = Maker(role, "8.0", "valid", preamble)
    yield case(
        "data-missing",
        "The answer shows that the I frame is missing: it is sent again.",
        "5.6.7",
        Tx(response("RR", f=True)),
        Rx(sent(0)),
        Tx(response("RR", nr=1)),
        Quiet("t200", 1.5),
    )
    yield case(
        "data-arrived",
        "The answer acknowledges the I frame: it is not sent again.",
        "5.6.7",
        Tx(response("RR", f=True, nr=1)),
        Quiet("t200", 1.5),
    )
    yield case(
        "data-rej",
        "REJ with F = 1 makes the IUT send the I frame again.",
        "5.6.7, 5.6.4",
        Tx(response("REJ", f=True)),
        Rx(sent(0)),
    )
    yield case(
        "data-busy",
        "RNR with F = 1: the I frame waits until the tester is ready.",
        "5.6.7, 5.6.5",
        Tx(response("RNR", f=True)),
        Quiet(),
        Tx(RR),
        Rx(sent(0)),
    )
    yield case(
        "data-f0",
        "RR with F = 0 that acknowledges the I frame does not end timer recovery.",
        "5.6.7",
        Tx(response("RR", nr=1)),
        Expires("t200", *ENQUIRIES),
    )
    yield case(
        "data-queued",
        "No I frame is sent while an answer is awaited; then it is.",
        "5.6.7",
        Do("send_data"),
        Quiet(),
        Tx(response("RR", f=True, nr=1)),
        Rx(sent(1)),
    )
