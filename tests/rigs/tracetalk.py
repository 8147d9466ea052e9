"""Traces written down message by message, for tests of what explains them.

`Talk` numbers I frames and sets call reference flags as both ends would, unless it is told otherwise.
"""

from __future__ import annotations

from trunkbench.trace.record import Direction, FrameRecord, Happening, Layer
from trunkwire.lapd.frames import (
    Frame,
    InformationFrame,
    SupervisoryFrame,
    SupervisoryFunction,
    UnnumberedFrame,
    UnnumberedFunction,
)
from trunkwire.lapd.frames import build as build_frame
from trunkwire.lapd.management import ManagementMessage, ManagementType
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    Layer1,
    RawIE,
)
from trunkwire.q931.ies.element import IE
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType as Type
from trunkwire.side import Side

U, N = Side.USER, Side.NETWORK
SPEECH = BearerCapabilityIE(layer1=Layer1.G711_A_LAW)
Element = IE | RawIE


class Talk:
    """Both ends of one data link, recorded at `side` (None: the trace tells no directions)."""

    def __init__(self, side: Side | None = N, span: str = "", tei: int = 0, start: float = 0) -> None:
        self.items: list[FrameRecord | Happening] = []
        self.now = start
        self.side, self.span, self.tei = side, span, tei
        self.next = {U: 0, N: 0}
        self.seen = {U: 0, N: 0}
        """What each side would acknowledge."""
        self.owner: dict[int, Side] = {}

    def wait(self, seconds: float) -> Talk:
        self.now += seconds
        return self

    def gap(self, seconds: float) -> Talk:
        """The next record comes so many seconds after the last."""
        self.now += seconds - 0.01
        return self

    def record(self, data: bytes, sender: Side, **fields: object) -> Talk:
        direction = Direction.UNKNOWN
        if self.side is not None:
            direction = Direction.OUT if sender is self.side else Direction.IN
        at_ns = round(self.now * 1e9)
        given = {"span": self.span, "slot": 16, "side": self.side, **fields}
        self.items.append(FrameRecord(at_ns, direction, data, **given))  # type: ignore[arg-type]
        self.now += 0.01
        return self

    def say(
        self, sender: Side, kind: int, ref: int, *ies: Element, flag: bool | None = None, lost: bool = False
    ) -> Talk:
        """A Q.931 message in an I frame; `lost` means that the capture does not have it."""
        if kind == Type.SETUP:
            self.owner[ref] = sender
        owner = self.owner.get(ref, sender)
        flag = owner is not sender if flag is None else flag
        octets = build(Message(ref, kind, tuple(ies), flag))
        return self.carry(sender, octets, lost=lost)

    def carry(
        self, sender: Side, octets: bytes, *, n_s: int | None = None, lost: bool = False, **fields: object
    ) -> Talk:
        """Octets in an I frame, with the next N(S) or that one."""
        number = self.next[sender] if n_s is None else n_s
        if n_s is None:
            self.next[sender] = (number + 1) % 128
        frame = InformationFrame(
            sapi=0,
            cr=sender is N,
            tei=self.tei,
            ns=number,
            nr=self.seen[sender],
            pf=False,
            information=octets,
        )
        if lost:
            self.now += 0.01
        else:
            self.record(InformationFrame.layout.build(frame), sender, **fields)
        self.seen[sender.peer] = self.next[sender]
        return self

    def s(
        self, sender: Side, function: str = "RR", *, n_r: int | None = None, poll: bool = False,
        final: bool = False, response: bool = True,
    ) -> Talk:  # fmt: skip
        """RR, RNR or REJ: a response unless it polls."""
        response = response and not poll
        frame = SupervisoryFrame(
            sapi=0,
            cr=(sender is N) != response,
            tei=self.tei,
            function=SupervisoryFunction[function],
            nr=self.seen[sender] if n_r is None else n_r,
            pf=poll or final,
        )
        return self.record(SupervisoryFrame.layout.build(frame), sender)

    def un(
        self, sender: Side, function: str, information: bytes = b"", *, cr: bool | None = None, sapi: int = 0,
        tei: int | None = None,
    ) -> Talk:  # fmt: skip
        """SABME, UA, DISC, DM, FRMR or UI."""
        response = function in ("UA", "DM", "FRMR")
        frame: Frame = UnnumberedFrame(
            sapi=sapi,
            cr=((sender is N) != response) if cr is None else cr,
            tei=self.tei if tei is None else tei,
            modifier_high=UnnumberedFunction[function].value[0],
            modifier_low=UnnumberedFunction[function].value[1],
            pf=function != "UI",
            information=information,
        )
        if function in ("SABME", "DISC"):
            self.next, self.seen = {U: 0, N: 0}, {U: 0, N: 0}
        return self.record(build_frame(frame), sender)

    def manage(self, sender: Side, kind: ManagementType, reference: int, tei: int) -> Talk:
        """TEI management."""
        message = ManagementMessage(reference=reference, type=kind, tei=tei)
        return self.un(sender, "UI", ManagementMessage.layout.build(message), sapi=63, tei=127)

    def happen(self, what: str, alarm: bool | None) -> Talk:
        at_ns = round(self.now * 1e9)
        self.items.append(Happening(at_ns, what, self.span, alarm=alarm))
        return self

    def up(self) -> Talk:
        """The data link is established."""
        return self.un(U, "SABME").un(N, "UA")

    def setup(self, sender: Side = N, ref: int = 1, channel: int = 1, *more: Element, **how: object) -> Talk:
        """A SETUP for a telephone call to `to` from `by`."""
        to, by = str(how.get("to", "4711")), str(how.get("by", "0815"))
        exclusive = bool(how.get("exclusive", True))
        elements: list[Element] = [
            BearerCapabilityIE(layer1=Layer1.G711_A_LAW),
            ChannelIdentificationIE.of(channel, exclusive=exclusive),
        ]
        if by:
            elements.append(CallingNumberIE(digits=by))
        if to:
            elements.append(CalledNumberIE(digits=to))
        elements = sorted([*elements, *more], key=lambda ie: (ie.identifier >= 0x80, ie.identifier))
        return self.say(sender, Type.SETUP, ref, *elements)

    def answer(self, sender: Side = U, ref: int = 1, channel: int = 1) -> Talk:
        """CALL PROCEEDING, ALERTING, CONNECT and the acknowledgement."""
        self.say(sender, Type.CALL_PROCEEDING, ref, ChannelIdentificationIE.of(channel))
        self.say(sender, Type.ALERTING, ref).wait(2)
        self.say(sender, Type.CONNECT, ref)
        return self.say(sender.peer, Type.CONNECT_ACKNOWLEDGE, ref)

    def clear(self, sender: Side = N, ref: int = 1, cause: int = 16, *more: Element) -> Talk:
        """DISCONNECT, RELEASE and RELEASE COMPLETE."""
        self.say(sender, Type.DISCONNECT, ref, CauseIE(value=cause), *more)
        self.say(sender.peer, Type.RELEASE, ref)
        return self.say(sender, Type.RELEASE_COMPLETE, ref)

    def call(self, sender: Side = N, ref: int = 1, channel: int = 1, **how: object) -> Talk:
        """A whole call without a fault."""
        self.setup(sender, ref, channel, **how)
        self.answer(sender.peer, ref, channel).wait(20)
        return self.clear(sender, ref)


def logged(messages: list[tuple[float, Direction, bytes]], rebuilt: bool = False) -> list[FrameRecord]:
    """Messages without layer 2 and sides, as most logs have them: (seconds, direction, octets)."""
    return [
        FrameRecord(round(at * 1e9), way, octets, layer=Layer.Q931, rebuilt=rebuilt)
        for at, way, octets in messages
    ]
