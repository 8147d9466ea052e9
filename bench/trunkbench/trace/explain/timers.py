"""Messages that stay unanswered (Q.931 clause 9, tables 9-1 and 9-2): which timer ran out, and who was
silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trunkbench.trace.calls import End, peer_of
from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import Kind, Severity, known_by, name_of
from trunkbench.trace.explain.stories import (
    CLEARING,
    SECOND,
    Said,
    Story,
    acknowledged,
    cause_of,
    cause_value,
    holed,
)
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.telling import clean, element_name
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import IE, RawIE
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType as Type
from trunkwire.side import Side

T303 = 4 * SECOND
T305 = 30 * SECOND
T308 = 4 * SECOND
T313 = 4 * SECOND
LONGEST_GAP = 9.5 * SECOND
"""T302 is 10 to 15 s and T310 at least 10 s; what a person did took less."""
CHANGED_WITHIN = 10 * SECOND

SETUP_UNANSWERED = Kind(
    "setup-unanswered",
    "SETUP is not answered (T303)",
    Severity.FAULT,
    91,
    "Q.931 5.1.1, 5.2.5.3",
    "The called side says nothing at all to a SETUP: T303 (4 s) ran out, the SETUP was repeated or not, and "
    "the call is given up.",
    (
        "the call control of the silent side: its D channel may be up with nothing behind it",
        "a SETUP that the silent side discards: call reference length (2 octets on a PRI, 1 on a BRI), "
        "discriminator, a missing mandatory element",
        "if not even layer 2 acknowledged it: the data link, not the call",
    ),
)
SETUP_REPEATED = Kind(
    "setup-repeated",
    "SETUP is answered only when repeated",
    Severity.SUSPECT,
    58,
    "Q.931 5.1.1, 5.2.5.3",
    "T303 (4 s) ran out once, the second SETUP was answered. The caller waited in silence.",
    (
        "the load of the answering side, or the network behind it: SIP gateways that answer only when they "
        "ring",
    ),
)
SETUP_CHANGED = Kind(
    "setup-changed",
    "a repeated SETUP differs from the first",
    Severity.FAULT,
    68,
    "Q.931 5.1.1",
    "A SETUP that is sent again when T303 has run out has to be the same. Here it is not: what the first one "
    "said is lost, or the second counts as another call.",
    ("the sender's retransmission: elements that it takes from a buffer which is gone, such as Facility",),
)
STALLED = Kind(
    "call-stalled",
    "the call stalls after the first answer (T304, T310)",
    Severity.FAULT,
    79,
    "Q.931 5.1.3, 5.2.5.3",
    "The called side took the call (SETUP ACKNOWLEDGE or CALL PROCEEDING) and then said nothing for so long "
    "that the other cleared it.",
    (
        "what is behind the silent side: a route that does not answer, a gateway waiting for its far end",
        "T310 of the clearing side: 10 s in many exchanges, too short for slow routes",
    ),
)
OVERLAP = Kind(
    "overlap-timeout",
    "digits were awaited in vain (T302)",
    Severity.FAULT,
    82,
    "Q.931 5.1.3, 5.2.4",
    "The number was incomplete for the receiving side; it waited 10 to 15 s for more digits and cleared.",
    (
        "the number: too short, or truncated on its way",
        "en-bloc dialling without the sending complete element: the receiver cannot know that this is all",
    ),
)
RANG_OUT = Kind(
    "rang-out",
    "it rang and nobody answered",
    Severity.NOTE,
    16,
    "Q.931 5.2.5.3",
    "Cause 19 after ALERTING: T301 (3 minutes or more) or the exchange's own limit ran out.",
    ("nothing; or the limit, when it is shorter than users expect",),
)
DISCONNECT_UNANSWERED = Kind(
    "disconnect-unanswered",
    "DISCONNECT is not answered (T305)",
    Severity.FAULT,
    72,
    "Q.931 5.3.3",
    "DISCONNECT has to be answered by RELEASE; for 30 s it was not. One side has cleared the call, the other "
    "may still hold it and its B channel.",
    ("the silent side's call control; whether it charges for the call all that time",),
)
RELEASE_UNANSWERED = Kind(
    "release-unanswered",
    "RELEASE is not answered (T308)",
    Severity.FAULT,
    82,
    "Q.931 5.3.3, 5.3.4",
    "RELEASE was sent, repeated after T308 (4 s) or not, and never completed. The B channel is put into "
    "maintenance by one side; for the other it may stay busy.",
    (
        "RESTART of that channel, which brings both sides together again",
        "the silent side: it may have forgotten the call before, and ignores the message",
    ),
)
CONNECT_UNACKNOWLEDGED = Kind(
    "connect-unacknowledged",
    "CONNECT is not acknowledged (T313)",
    Severity.FAULT,
    84,
    "Q.931 5.2.8",
    "The user answered and the network did not confirm within T313 (4 s): the called party talks into a "
    "channel that is not connected.",
    ("the network side: the call was probably cleared or awarded to another terminal at that moment",),
)
STATUS_UNANSWERED = Kind(
    "status-enquiry-unanswered",
    "STATUS ENQUIRY is not answered (T322)",
    Severity.FAULT,
    67,
    "Q.931 5.8.10",
    "STATUS must follow within T322 (4 s), in every call state. It did not.",
    ("the silent side's call control: it does not implement the procedure, or hangs",),
)
EXPIRED = Kind(
    "timer-expired",
    "a timer ran out (cause 102)",
    Severity.FAULT,
    73,
    "Q.850 cause 102; Q.931 9",
    "The side that says cause 102 waited for a message in vain; the diagnostics name its timer.",
    ("why the message that it waited for did not come: the frames before, and the side that owed it",),
)

AWAITED: Mapping[str, str] = MappingProxyType(
    {
        "301": "an answer (CONNECT) after ALERTING",
        "302": "further digits (INFORMATION) after SETUP ACKNOWLEDGE",
        "303": "any answer to SETUP",
        "304": "CALL PROCEEDING, ALERTING or CONNECT after the last digits",
        "305": "RELEASE after DISCONNECT",
        "306": "RELEASE after a DISCONNECT with tones in the B channel",
        "308": "RELEASE COMPLETE after RELEASE",
        "309": "the data link to come back",
        "310": "ALERTING, CONNECT or PROGRESS after CALL PROCEEDING",
        "312": "the answers of further terminals to a broadcast SETUP",
        "313": "CONNECT ACKNOWLEDGE after CONNECT",
        "314": "the next segment of a message",
        "316": "RESTART ACKNOWLEDGE after RESTART",
        "317": "the channels to be idle after RESTART",
        "318": "RESUME ACKNOWLEDGE or RESUME REJECT",
        "319": "SUSPEND ACKNOWLEDGE or SUSPEND REJECT",
        "320": "a packet call after the last one",
        "321": "an answer over the other D channel",
        "322": "STATUS after STATUS ENQUIRY",
    }
)
"""What each timer of table 9-1 and 9-2 waits for."""


class TimerTheme(Theme):
    """Watches messages that have to be answered."""

    checked = "answers and timers"
    kinds = (
        SETUP_UNANSWERED,
        CONNECT_UNACKNOWLEDGED,
        RELEASE_UNANSWERED,
        STALLED,
        EXPIRED,
        DISCONNECT_UNANSWERED,
        SETUP_CHANGED,
        STATUS_UNANSWERED,
        OVERLAP,
        SETUP_REPEATED,
        RANG_OUT,
    )

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._enquiries: dict[int, tuple[End | None, int]] = {}

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """Any message."""
        message = frame.message
        if story is None or message is None:
            return
        if replaced is not None and replaced.live:
            self._replaced(frame, message, story, replaced)
        elif replaced is not None and not replaced.ended:
            self._released(replaced, frame.record.at_ns, known_by(frame))
        asked = len(story.setups) > 1 and story.answered is None
        if asked and frame.end is not None and frame.end is not story.originator:
            numbers = [said.number for said in story.setups]
            text = f"{name_of(frame.end)} answered SETUP number {len(story.setups)}"
            self.book.add(SETUP_REPEATED, frame, text, side=frame.end, frames=numbers, call=story.name)
        self._enquiry(frame, message, story)
        if story.clearing is None:
            told = message.type in CLEARING and self._cleared(frame, message, story)
            if not told and cause_value(message) == Cause.TIMER_EXPIRY:
                self._expired(frame, message, story)
        elif message.type == Type.RELEASE and not story.tones and story.latest is not None:
            waited = frame.record.at_ns - story.latest.at_ns
            latest = story.latest
            if latest.type == Type.DISCONNECT and latest.sender is frame.end and waited >= T305 * 0.95:
                self._held(story, latest, frame.record.at_ns, known_by(frame))

    def _cleared(self, frame: Decoded, message: Message, story: Story) -> bool:
        """The first clearing message: whether it shows that a timer ran out."""
        sender, latest = frame.end, story.latest
        if sender is None or latest is None or not story.whole or self._unseen(story) is not None:
            return False
        waited = frame.record.at_ns - latest.at_ns
        if sender is not story.originator:
            if latest.type == Type.CONNECT and latest.sender is Side.USER and waited >= T313 * 0.95:
                self._unacknowledged(story, frame.record.at_ns, latest.number)
                return True
            return self._overlap(frame, story, latest, waited)
        if story.answered is None:
            unanswered = len(story.setups) > 1 or waited >= T303 * 0.95
            if unanswered:
                self._setup_unanswered(story, frame.record.at_ns, known_by(frame))
            return unanswered
        self._stalled(frame, message, story, latest)
        return False

    def _stalled(self, frame: Decoded, message: Message, story: Story, latest: Said) -> None:
        """The caller's side gives up a call that the other had taken."""
        cause, sender = cause_value(message), frame.end
        waited = frame.record.at_ns - latest.at_ns
        if sender is not None:
            theirs = story.last.get(peer_of(sender), latest)
            stalled = theirs.type in (Type.CALL_PROCEEDING, Type.SETUP_ACKNOWLEDGE)
            silent = cause in (Cause.NO_USER_RESPONDING, Cause.DESTINATION_OUT_OF_ORDER, Cause.NO_ANSWER)
            if stalled and silent and waited >= LONGEST_GAP and not story.connected:
                what = theirs.type.title if isinstance(theirs.type, Type) else ""
                text = f"after {what} {name_of(peer_of(sender))} was silent for {waited / SECOND:.1f} s"
                self.book.add(
                    STALLED, frame, text, side=peer_of(sender), frames=(theirs.number,), call=story.name
                )
        if cause == Cause.NO_ANSWER and Type.ALERTING in story.seen and not story.connected:
            self.book.add(RANG_OUT, frame, "cleared with cause 19 after ALERTING", call=story.name)

    def _overlap(self, frame: Decoded, story: Story, latest: Said, waited: int) -> bool:
        """The called side gives up waiting for digits."""
        awaiting = Type.SETUP_ACKNOWLEDGE in story.seen and not story.seen & _BEYOND_OVERLAP
        if not awaiting or waited < LONGEST_GAP:
            return False
        dialled = f"the digits {clean(story.digits)[1:-1]}" if story.digits else "no digits at all"
        text = f"nothing followed {dialled} for {waited / SECOND:.1f} s"
        side = story.originator
        self.book.add(OVERLAP, frame, text, side=side, frames=(latest.number,), call=story.name)
        return True

    def _setup_unanswered(self, story: Story, at_ns: int, known: str) -> None:
        if holed(self.links, story):
            return
        silent = None if story.originator is None else peer_of(story.originator)
        who = name_of(silent, "the called side")
        times = "once" if len(story.setups) == 1 else f"{len(story.setups)} times"
        layer2 = {
            True: "; its layer 2 acknowledged it, so the data link works and the call control is silent",
            False: "; not even its layer 2 acknowledged it",
            None: "",
        }[acknowledged(self.links, story)]
        if story.misled:
            layer2 = "; what it says has the wrong call reference flag"
        text = f"{who} says nothing to a SETUP sent {times}{layer2}"
        numbers = [said.number for said in story.setups]
        self.book.note(SETUP_UNANSWERED, text, at_ns, numbers, side=silent, known=known, call=story.name)

    def _replaced(self, frame: Decoded, message: Message, story: Story, before: Story) -> None:
        """A SETUP under a reference whose call has not ended."""
        first = before.setup
        waiting = before.answered is None and message.type == Type.SETUP and not frame.record.rebuilt
        if not waiting or first is None or frame.record.at_ns - before.setups[-1].at_ns > CHANGED_WITHIN:
            return
        lacking = _names(first) - _names(message)
        added = _names(message) - _names(first)
        said = []
        if lacking:
            said.append(f"lacks {', '.join(sorted(lacking))} of the first")
        if added:
            said.append(f"adds {', '.join(sorted(added))}")
        text = f"the second SETUP {' and '.join(said) or 'has other contents than the first'}"
        numbers = [setup.number for setup in before.setups]
        self.book.add(SETUP_CHANGED, frame, text, side=frame.end, frames=numbers, call=story.name)

    def _enquiry(self, frame: Decoded, message: Message, story: Story) -> None:
        asked = self._enquiries.get(story.call.number)
        if message.type == Type.STATUS_ENQUIRY:
            if asked is not None and asked[0] is frame.end and frame.end is not None:
                text = f"{name_of(peer_of(frame.end))} does not tell its call state"
                self.book.add(
                    STATUS_UNANSWERED,
                    frame,
                    text,
                    side=peer_of(frame.end),
                    frames=(asked[1],),
                    call=story.name,
                )
            if len(self._enquiries) > 10_000:
                self._enquiries.clear()
            self._enquiries[story.call.number] = (frame.end, frame.record.number or frame.order + 1)
        elif asked is not None and frame.end is not asked[0]:
            del self._enquiries[story.call.number]

    def _expired(self, frame: Decoded, message: Message, story: Story) -> None:
        cause = cause_of(message)
        timer = "" if cause is None else cause.diagnostics.decode("latin-1").strip()
        awaited = AWAITED.get(timer)
        side = frame.end
        who = name_of(side)
        named = f"T{timer}" if timer.isascii() and timer.isalnum() else "a timer that is not named"
        text = f"{who} ran {named} out" + (f": it waited for {awaited}" if awaited else "")
        numbers = () if story.latest is None else (story.latest.number,)
        owed = peer_of(side) if side is not None and awaited else None
        self.book.add(EXPIRED, frame, text, side=owed, frames=numbers, call=story.name)

    def _released(self, story: Story, at_ns: int, known: str) -> None:
        """A call whose RELEASE was never completed."""
        first = story.releases[0]
        if story.ended or first.sender is None or len({said.sender for said in story.releases}) > 1:
            return
        if story.latest is not None and at_ns - story.latest.at_ns < T308 * 0.95:
            return
        times = "once" if len(story.releases) == 1 else f"{len(story.releases)} times"
        text = f"{name_of(peer_of(first.sender))} does not complete a RELEASE sent {times}"
        numbers = [said.number for said in story.releases]
        self.book.note(
            RELEASE_UNANSWERED, text, at_ns, numbers, side=peer_of(first.sender), known=known, call=story.name
        )

    def _unseen(self, story: Story) -> End | None:
        """The side whose frames the capture does not have at all."""
        link = self.links.get((*story.where, 0, story.call.key[4]))
        return None if link is None else link.one_way()

    def end(self, at_ns: int) -> None:
        """What is unanswered at the end of the trace, if it went on long enough for the timer."""
        for story in self.stories:
            latest = story.latest
            if latest is None or story.ended or latest.sender is None or holed(self.links, story):
                continue
            waited, missing = at_ns - latest.at_ns, peer_of(latest.sender)
            if self._unseen(story) is missing:
                continue
            if story.releases:
                self._released(story, at_ns, "")
            elif latest.type == Type.SETUP and story.answered is None:
                if waited >= (T303 if len(story.setups) > 1 else 2 * T303):
                    self._setup_unanswered(story, at_ns, "")
            elif latest.type == Type.DISCONNECT and waited >= T305 and not story.tones:
                self._held(story, latest, at_ns, "")
            elif latest.type == Type.CONNECT and latest.sender is Side.USER and waited >= T313:
                self._unacknowledged(story, at_ns, latest.number)

    def _held(self, story: Story, latest: Said, at_ns: int, known: str) -> None:
        """A DISCONNECT without RELEASE."""
        side = None if latest.sender is None else peer_of(latest.sender)
        text = f"{name_of(side)} does not release the call"
        numbers = (latest.number,)
        self.book.note(DISCONNECT_UNANSWERED, text, at_ns, numbers, side=side, known=known, call=story.name)

    def _unacknowledged(self, story: Story, at_ns: int, number: int) -> None:
        if story.misled and not story.whole:
            return  # the confirmation has the flag of the call that has a SETUP
        text = "the network side does not confirm the answer"
        self.book.note(CONNECT_UNACKNOWLEDGED, text, at_ns, (number,), side=Side.NETWORK, call=story.name)


_BEYOND_OVERLAP = {int(Type.CALL_PROCEEDING), int(Type.ALERTING), int(Type.CONNECT), int(Type.PROGRESS)}


def _names(message: Message) -> set[str]:
    """The elements of a message by name."""
    return {
        element_name(ie.identifier, ie.codeset if isinstance(ie, RawIE) else 0)
        for ie in message.ies
        if isinstance(ie, (RawIE, IE))
    }
