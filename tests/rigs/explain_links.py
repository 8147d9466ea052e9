"""Cases of data links, TEI management, the line and the capture."""

from __future__ import annotations

import msgspec
from explaincase import Case, Items
from tracetalk import N, Talk, U

from trunkbench.trace.record import FrameRecord, Layer
from trunkwire.lapd.management import ManagementType as M
from trunkwire.q931.messages import MessageType as Type

REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))


def sabme(count: int) -> Items:
    talk = Talk()
    for _ in range(count):
        talk.un(U, "SABME").wait(1)
    return (talk if count > 2 else talk.un(N, "UA")).items


def loops(count: int) -> Items:
    talk = Talk()
    for _ in range(count):
        talk.up().s(U).wait(5)
    return talk.items


def refused(answer: str) -> Items:
    return Talk().un(U, "SABME").un(N, answer).items


def starting(times: int, seconds: float) -> Items:
    """DM so many times, and so long after it UA."""
    talk = Talk()
    for _ in range(times):
        talk.un(U, "SABME").un(N, "DM").wait(seconds - 0.02)
    return talk.up().items


def released(with_call: bool) -> Items:
    talk = Talk().up().setup()
    talk.answer().wait(5)
    if not with_call:
        talk.clear()
    return talk.un(N, "DISC").un(U, "UA").items


def disc(count: int) -> Items:
    talk = Talk().up().wait(1)
    for _ in range(count):
        talk.un(U, "DISC").wait(1)
    return talk.un(N, "UA").items


def rejected(function: str) -> Items:
    information = bytes([0x01, 0x05, 0x00, 0x00, 0x08])
    return Talk().up().un(N, function, information if function == "FRMR" else b"").items


def sabm(control: int) -> Items:
    return Talk().record(bytes([0, 1, control]), U).items


def basic(control: int) -> Items:
    """An I frame with a Q.931 message behind one control octet, or behind two."""
    message = bytes([8, 2, 0, 1, Type.STATUS_ENQUIRY])
    second = b"" if control == 0 else b"\x00"
    return Talk().record(bytes([2, 1, control]) + second + message, N).items


def same_side(second: bool) -> Items:
    talk = Talk().un(N, "SABME").wait(1)
    return talk.un(U, "SABME", cr=second).items


def repeats(count: int) -> Items:
    talk = Talk().up()
    talk.setup()
    octets = talk.items[-1].data[4:]  # type: ignore[union-attr]
    for _ in range(count):
        talk.wait(1).carry(N, octets, n_s=0)
    return talk.s(U).items


def rejects(count: int) -> Items:
    talk = Talk().up()
    for _ in range(count):
        talk.s(U, "REJ", n_r=0).wait(1)
    return talk.items


def gap(asked: bool) -> Items:
    """N(S)=1 of the network is not in the trace; the user rejects, or acknowledges all the same."""
    talk = Talk().up()
    talk.setup(N, 1, 1)
    talk.setup(N, 2, 2).items.pop()
    talk.setup(N, 3, 3)
    return talk.s(U, "REJ", n_r=1).items if asked else talk.s(U, n_r=3).items


def polls(count: int) -> Items:
    talk = Talk().up().wait(10)
    for _ in range(count):
        talk.s(N, poll=True).wait(1)
    return talk.s(U, final=True).items


def stuck(seconds: float) -> Items:
    return Talk().up().s(U, "RNR").wait(seconds).s(U, "RR" if seconds < 10 else "RNR").wait(1).items


def tei(*steps: tuple[M, int, int]) -> Items:
    talk = Talk()
    for kind, reference, value in steps:
        sender = U if kind in (M.IDENTITY_REQUEST, M.IDENTITY_CHECK_RESPONSE) else N
        talk.manage(sender, kind, reference, value).wait(1)
    return talk.items


def alarm(well: bool) -> Items:
    talk = Talk().up().happen("signal lost", not well).wait(1)
    return talk.call().items


def down(whether: bool) -> Items:
    """What Asterisk logs when it loses a D channel, twice, and once more after it has come up."""
    talk = Talk(span="Span 1").up()
    talk.happen("D-channel is down!" if whether else "D-Channel on span 1 up", whether).wait(1)
    talk.happen("== Primary D-Channel on span 1 down", True if whether else None).wait(1)
    return talk.happen("== Primary D-Channel on span 1 up", False).items


def aborted(whether: bool) -> Items:
    return Talk().up().happen("PRI got event: HDLC Abort (6) on D-channel of span 1", whether or None).items


def fcs(right: bool) -> Items:
    talk = Talk().up()
    return [*talk.items, msgspec.structs.replace(talk.items[1], fcs=right)]


def surplus(octets: bytes) -> Items:
    """RR with octets behind its control field, where an information field may not be."""
    return Talk().up().record(bytes([0x00, 0x01, 0x01, 0x02]) + octets, N).items


def turned(reverse: bool) -> Items:
    talk = Talk().up()
    talk.call()
    if not reverse:
        return talk.items
    return [msgspec.structs.replace(item, data=item.data.translate(REVERSED)) for item in records(talk)]


def records(talk: Talk) -> list[FrameRecord]:
    return [item for item in talk.items if isinstance(item, FrameRecord)]


def contradiction(wrong: bool) -> Items:
    talk = Talk().up()
    side = U if wrong else N
    return [msgspec.structs.replace(item, side=side) for item in records(talk)]


def clock(step: float) -> Items:
    return Talk(start=100).up().wait(step).s(U).items


def cut(original: int | None) -> Items:
    talk = Talk().up().call()
    return [msgspec.structs.replace(item, original=original) for item in records(talk)[:3]]


def mid_call(whole: bool) -> Items:
    talk = Talk()
    talk.call()
    return talk.items[0 if whole else 3 :]


def one_way(both: bool) -> Items:
    """The network answers a terminal whose frames are not in the trace."""
    talk = Talk(tei=64)
    if both:
        talk.un(U, "SABME")
    return talk.un(N, "UA").wait(1).un(N, "UA").items


def other(layer: Layer, information: bytes) -> Items:
    if layer is Layer.LAPD:
        return Talk().carry(N, information).items
    return Talk().record(b"\x81\x82\x03abc", N, layer=layer).items


def remove(*kinds: M) -> Items:
    return tei(*((kind, 0, 64) for kind in kinds))


ASK, GIVE, DENY = M.IDENTITY_REQUEST, M.IDENTITY_ASSIGNED, M.IDENTITY_DENIED
CHECK, REPLY, REMOVE = M.IDENTITY_CHECK_REQUEST, M.IDENTITY_CHECK_RESPONSE, M.IDENTITY_REMOVE
SETUP_PIECE = bytes([8, 2, 0, 1, Type.SETUP])

CASES = (
    Case("link-unanswered", lambda: sabme(3), lambda: sabme(2), (1, 2, 3), N, "network side answers none"),
    Case("link-loop", lambda: loops(3), lambda: loops(2), (2, 5, 8), None, "TEI 0"),
    Case("link-refused", lambda: refused("DM"), lambda: refused("UA"), (1, 2), N),
    Case("link-refused", lambda: starting(2, 1), lambda: starting(1, 60), (1, 2, 3, 4), N),
    Case("link-refused-once", lambda: starting(1, 60), lambda: starting(1, 61), (1, 2, 4), N, "once"),
    Case("link-released", lambda: released(True), lambda: released(False), (8,), N, "with one call up"),
    Case("disc-unanswered", lambda: disc(3), lambda: disc(2), (3, 4, 5), N),
    Case("frmr", lambda: rejected("FRMR"), lambda: rejected("DM"), (3,), U, "invalid N(R)"),
    Case("modulo-8", lambda: sabm(0x3F), lambda: sabm(0x7F), (1,), U, "SABM on the data link SAPI 0"),
    Case("modulo-8", lambda: basic(0x00), lambda: basic(0x02), (1,), None, "single control octet"),
    Case("same-side", lambda: same_side(True), lambda: same_side(False), (1, 2), None, "two network sides"),
    Case("retransmissions", lambda: repeats(3), lambda: repeats(2), (4, 5, 6), None, "the network side"),
    Case("rej-burst", lambda: rejects(3), lambda: rejects(2), (3, 4, 5), None, "the user side"),
    Case("ns-gap", lambda: gap(True), lambda: gap(False), (4, 5), None, "N(S)=1"),
    Case("capture-gap", lambda: gap(False), lambda: gap(True), (4, 5), None, "N(S)=1"),
    Case("poll-unanswered", lambda: polls(3), lambda: polls(2), (3, 4, 5), U, "T203"),
    Case("rnr-stuck", lambda: stuck(11), lambda: stuck(9), (3, 4), U),
    Case(
        "tei-denied",
        lambda: tei((ASK, 7, 127), (DENY, 7, 127)),
        lambda: tei((ASK, 7, 127), (GIVE, 7, 64)),
        (2,),
        N,
    ),
    Case(
        "tei-removed",
        lambda: remove(CHECK, CHECK, REMOVE),
        lambda: remove(CHECK, REPLY),
        (1, 2, 3),
        None,
        "TEI 64",
    ),
    Case(
        "tei-duplicate",
        lambda: tei((CHECK, 0, 64), (REPLY, 1, 64), (REPLY, 2, 64)),
        lambda: tei((CHECK, 0, 64), (REPLY, 1, 64), (REPLY, 1, 64)),
        (2, 3),
        U,
        "Ri 1, 2",
    ),
    Case(
        "tei-unanswered",
        lambda: tei((ASK, 1, 127), (ASK, 2, 127), (ASK, 3, 127)),
        lambda: tei((ASK, 1, 127), (ASK, 2, 127), (GIVE, 2, 64), (ASK, 3, 127)),
        (1, 2, 3),
        N,
    ),
    Case("tei-check-unanswered", lambda: remove(CHECK, CHECK), lambda: remove(CHECK), (1, 2), U),
    Case("alarm", lambda: alarm(False), lambda: alarm(True), (), None, "signal lost"),
    Case("d-channel-down", lambda: down(True), lambda: down(False), (), None, "D-channel is down"),
    Case("hdlc-errors", lambda: aborted(True), lambda: aborted(False), (), None, "HDLC Abort (6)"),
    Case("fcs-errors", lambda: fcs(False), lambda: fcs(True), (3,)),
    Case("frame-broken", lambda: surplus(b"xy"), lambda: surplus(b""), (3,), N, "octet 4"),
    Case("bit-order", lambda: turned(True), lambda: turned(False), tuple(range(1, 11))),
    Case("side-contradiction", lambda: contradiction(True), lambda: contradiction(False), (1, 2)),
    Case("clock-backwards", lambda: clock(-3), lambda: clock(0), (2, 3), None, "2.990000 s"),
    Case("capture-cut", lambda: cut(99), lambda: cut(None), (1, 2, 3)),
    Case("begins-mid-call", lambda: mid_call(False), lambda: mid_call(True), (1,)),
    Case("one-way-capture", lambda: one_way(False), lambda: one_way(True), (), None, "TEI 64"),
    Case(
        "other-protocol",
        lambda: other(Layer.OTHER, b""),
        lambda: other(Layer.LAPD, SETUP_PIECE),
        (1,),
        None,
        "no LAPD",
    ),
)
