"""Call states (Q.931 clause 5.8.11), messages that do not fit them, and restarts (5.5)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from trunkbench.trace.calls import End, peer_of
from trunkbench.trace.decoder import Decoded, message_name
from trunkbench.trace.explain.finding import Kind, Severity, known_by, name_of, number_of
from trunkbench.trace.explain.stories import SECOND, Story
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.telling import ranges, words
from trunkwire.q931.ies import CallStateIE, CallStateValue, ChannelIdentificationIE
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType as Type

LOOP = 3
LOOP_NS = 600 * SECOND
_CROSSING_NS = SECOND
T316 = 120 * SECOND
_KEPT = 2000

STATE = Kind(
    "state-mismatch",
    "STATUS tells another call state than the messages show",
    Severity.FAULT,
    70,
    "Q.931 5.8.11",
    "The two sides are in different states of the same call. One of them missed or ignored a message.",
    ("which message should have brought the sender of STATUS further; whether it reached its call control",),
)
MISFIT = Kind(
    "message-out-of-state",
    "a message that does not fit the state of the call",
    Severity.FAULT,
    60,
    "Q.931 5.8.4",
    "The order of the messages of one side is not one that a call can have; the other answers with STATUS, "
    "cause 98 or 101, or ignores it.",
    ("the sender's call control: gateways that translate SIP responses one by one do this",),
)
RESTART_LOOP = Kind(
    "restart-loop",
    "the same channels are restarted again and again",
    Severity.FAULT,
    87,
    "Q.931 5.5",
    "RESTART is acknowledged, and comes again: the side that sends it does not find its channels idle, or "
    "starts over itself.",
    ("the sender: its software restarts, or its channel never gets idle",),
)
RESTART_UNANSWERED = Kind(
    "restart-unanswered",
    "RESTART is not answered (T316)",
    Severity.FAULT,
    86,
    "Q.931 5.5.1",
    "RESTART has to be answered by RESTART ACKNOWLEDGE within T316 (2 minutes). Until then the channels are "
    "out of service for one side.",
    (
        "the silent side: many carriers' exchanges ignore RESTART of single channels; switch it off then "
        "(resetinterval=never)",
    ),
)

_SETTING_UP = frozenset(
    {
        CallStateValue.CALL_INITIATED,
        CallStateValue.OVERLAP_SENDING,
        CallStateValue.OUTGOING_CALL_PROCEEDING,
        CallStateValue.CALL_DELIVERED,
        CallStateValue.CALL_PRESENT,
        CallStateValue.CALL_RECEIVED,
        CallStateValue.INCOMING_CALL_PROCEEDING,
        CallStateValue.OVERLAP_RECEIVING,
    }
)
_RANK: dict[int, int] = {
    Type.SETUP_ACKNOWLEDGE: 1,
    Type.CALL_PROCEEDING: 2,
    Type.ALERTING: 3,
    Type.CONNECT: 4,
}
"""The order in which the called side's messages may come; none comes twice."""


@dataclass(slots=True)
class _Restarts:
    """RESTARTs of one side for the same channels."""

    sent: list[tuple[int, int]] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    known: str = ""
    """How the side that sent the last of them is known."""


class StateTheme(Theme):
    """Watches STATUS, the order of messages, and RESTART."""

    checked = "call states and restarts"
    kinds = (RESTART_LOOP, RESTART_UNANSWERED, STATE, MISFIT)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._restarts: OrderedDict[tuple[str, int, End | None, tuple[int, ...]], _Restarts] = OrderedDict()

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """Any message."""
        message = frame.message
        if message is None:
            return
        if message.type == Type.RESTART:
            self._restart(frame, message)
        elif message.type == Type.RESTART_ACKNOWLEDGE:
            self._restarted(frame, message)
        elif message.type == Type.STATUS and story is not None:
            self._status(frame, message, story)
        elif story is not None and message.type in _RANK:
            self._order(frame, message, story)

    def _status(self, frame: Decoded, message: Message, story: Story) -> None:
        ie = message.get(CallStateIE)
        if ie is None or story.latest is None or not story.whole:
            return
        state = ie.state
        quiet = frame.record.at_ns - story.latest.at_ns >= _CROSSING_NS
        expected = ""
        if story.clearing is not None:
            expected = "a clearing state" if state == CallStateValue.ACTIVE and quiet else ""
        elif story.connected is not None and Type.CONNECT_ACKNOWLEDGE in story.seen:
            expected = "10 active" if state in _SETTING_UP else ""
        elif story.connected is None and state == CallStateValue.ACTIVE:
            expected = "a state before the answer"
        if expected:
            led = f"the messages lead to {expected}"
            text = f"{name_of(frame.end)} is in state {int(state)} {words(state)}, where {led}"
            numbers = (story.latest.number,)
            self.book.add(STATE, frame, text, side=frame.end, frames=numbers, call=story.name)

    def _order(self, frame: Decoded, message: Message, story: Story) -> None:
        if frame.end is None or frame.end is story.originator or story.call.key[4] != frame.layer2.tei:
            return
        rank = _RANK[message.type]
        if not story.whole:
            return
        later = [kind for kind in story.seen if _RANK.get(kind, 0) >= rank]
        if later and story.clearing is None and not frame.warnings:
            before = message_name(max(later, key=lambda kind: _RANK[kind]))
            text = f"{message_name(message.type)} after {before}"
            self.book.add(MISFIT, frame, text, side=frame.end, call=story.name)

    def _restart(self, frame: Decoded, message: Message) -> None:
        key = (frame.record.span, frame.record.slot, frame.end, _channels(message))
        restarts = self._restarts.setdefault(key, _Restarts())
        if len(self._restarts) > _KEPT:
            self._restarts.popitem(last=False)
        at_ns, number = frame.record.at_ns, number_of(frame)
        restarts.sent = [(when, sent) for when, sent in restarts.sent if at_ns - when <= LOOP_NS]
        restarts.sent = [*restarts.sent, (at_ns, number)][-20:]
        what = f"channels {ranges(key[3])}" if key[3] else "the interface"
        restarts.pending = [*restarts.pending, number][-20:]
        restarts.known = known_by(frame)
        if len(restarts.pending) > 1:
            side = None if frame.end is None else peer_of(frame.end)
            text = f"RESTART of {what}"
            self.book.add(RESTART_UNANSWERED, frame, text, side=side, frames=restarts.pending, key=key)
        elif len(restarts.sent) >= LOOP:
            text = f"{what} within ten minutes"
            numbers = [sent for _, sent in restarts.sent]
            self.book.add(RESTART_LOOP, frame, text, side=frame.end, frames=numbers, key=key)

    def _restarted(self, frame: Decoded, message: Message) -> None:
        sender = None if frame.end is None else peer_of(frame.end)
        where = (frame.record.span, frame.record.slot, sender)
        exact = self._restarts.get((*where, _channels(message)))
        if exact is not None:
            exact.pending.clear()
            return
        for key, restarts in self._restarts.items():  # an acknowledgement may name fewer channels, or none
            if key[:3] == where:
                restarts.pending.clear()

    def end(self, at_ns: int) -> None:
        """A RESTART that was sent once and waits for longer than T316."""
        for key, restarts in self._restarts.items():
            span, slot, sender, channels = key
            if len(restarts.pending) != 1 or at_ns - restarts.sent[-1][0] < T316:
                continue
            silent = None if sender is None else peer_of(sender)
            if silent is not None and self._unseen(span, slot, silent, restarts.sent[-1][0]):
                continue
            text = f"RESTART of {f'channels {ranges(channels)}' if channels else 'the interface'}"
            numbers = restarts.pending
            self.book.note(
                RESTART_UNANSWERED, text, at_ns, numbers, side=silent, known=restarts.known, key=key
            )

    def _unseen(self, span: str, slot: int, side: End, since: int) -> bool:
        """Whether an answer of `side` may have been missed by the capture."""
        for link in self.links:
            if link.link[:2] == (span, slot):
                missed = link.hole_ns is not None and link.hole_ns >= since
                if missed or link.one_way() is side:
                    return True
        return False


def _channels(message: Message) -> tuple[int, ...]:
    ie = message.get(ChannelIdentificationIE)
    return () if ie is None else tuple(sorted(ie.channels))
