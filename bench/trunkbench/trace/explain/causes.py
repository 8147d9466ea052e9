"""Causes (Q.850): what each usually means here, who said it, and its diagnostics read out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trunkbench.trace.calls import End, peer_of
from trunkbench.trace.decoder import Decoded, message_name
from trunkbench.trace.explain.advice import CONGESTION, NORMAL, PROTOCOL, PROVISIONING
from trunkbench.trace.explain.finding import Kind, Severity, name_of
from trunkbench.trace.explain.stories import CLEARING, Story, cause_of, holed
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.record import Direction
from trunkbench.trace.telling import element_name
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import CauseIE, Location, ProgressDescription, ProgressIndicatorIE
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType as Type
from trunkwire.side import Side

PROVISION = Kind(
    "cause-provisioning",
    "refused for a reason of provisioning",
    Severity.FAULT,
    81,
    "Q.850 2.2.7",
    "The number, the service or the bearer is not set up for this line. It fails every time until somebody "
    "changes a configuration.",
    (
        "the line of advice at the cause itself; compare with a call that works: number, bearer, calling "
        "number",
    ),
)
NETWORK = Kind(
    "cause-network",
    "refused for want of a circuit or by congestion",
    Severity.FAULT,
    74,
    "Q.850 2.2.7",
    "No channel, a failure or an overload in an exchange. The same call may work later.",
    ("the location: which network says it", "how many of the trunk's channels were in use at that time"),
)
PROTOCOL_ERROR = Kind(
    "cause-protocol",
    "one side says that the other broke the protocol",
    Severity.FAULT,
    83,
    "Q.931 5.8; Q.850 2.2.7",
    "The sender of this cause refused a message. The diagnostics name the element or the message.",
    ("the message just before, from the other side, and in it what the diagnostics name",),
)
REFUSED = Kind(
    "cause-user",
    "the called side did not take the call",
    Severity.NOTE,
    15,
    "Q.850 2.2.7",
    "Something at the called party, not on this line.",
    ("nothing here, unless it happens to every call: then the called number or its equipment",),
)
BUSY_AS_CLEARING = Kind(
    "busy-as-16",
    "refused with cause 16 before it rang",
    Severity.SUSPECT,
    54,
    "Q.850 causes 16, 17, 21",
    "Normal clearing is what a party does who hangs up. Before ALERTING nobody can have hung up at the "
    "called "
    "side: busy, no route or rejection was translated to cause 16, and the caller hears the wrong tone or "
    "tries no other route.",
    (
        "the gateway or PBX of the side that cleared: its mapping of causes (SIP 486 is 17, 480 is 18 or 31)",
        "with progress indicator 8 the tone in the B channel tells what it was",
    ),
)
WRONG_LOCATION = Kind(
    "cause-location",
    "a user claims to be the public network",
    Severity.SUSPECT,
    26,
    "Q.850 2.2.3",
    "The location says where the cause arose. A user side that says public network makes everybody look for "
    "the fault at the carrier.",
    ("the sender's configuration of the cause location; a PBX is 'user' or 'private network'",),
)
SILENT_ANSWER = Kind(
    "answer-without-alerting",
    "answered without ALERTING",
    Severity.NOTE,
    14,
    "Q.931 5.2.5.1",
    "CONNECT came without ALERTING: a machine answered at once. The caller heard no ringing, and is charged "
    "from there.",
    ("nothing for IVRs and data; otherwise what answers for the called party",),
)

SAID_BY: Mapping[int, str] = MappingProxyType(
    {
        Location.USER: "the user's equipment",
        Location.PRIVATE_LOCAL: "the private network (PBX) at the sender's side",
        Location.PUBLIC_LOCAL: "the carrier's exchange that serves this line",
        Location.TRANSIT: "a transit network between the two parties",
        Location.PUBLIC_REMOTE: "the far carrier's exchange",
        Location.PRIVATE_REMOTE: "the PBX at the far end",
        Location.INTERNATIONAL: "an international exchange",
        Location.BEYOND_INTERWORKING: "something behind a gateway",
    }
)
"""Who a location stands for (Q.850 2.2.3)."""

_ELEMENTS = (Cause.MANDATORY_IE_MISSING, Cause.UNKNOWN_IE, Cause.INVALID_IE_CONTENTS, 43)
_MESSAGES = (97, 98, 101)
_TABLES = ((PROTOCOL_ERROR, PROTOCOL), (PROVISION, PROVISIONING), (NETWORK, CONGESTION), (REFUSED, NORMAL))


_ASKING = frozenset({Type.STATUS_ENQUIRY, Type.STATUS})
"""Messages that ask for a call, known or not."""


class CauseTheme(Theme):
    """Watches the first cause of each call and every STATUS."""

    checked = "causes"
    kinds = (PROTOCOL_ERROR, PROVISION, NETWORK, BUSY_AS_CLEARING, WRONG_LOCATION, REFUSED, SILENT_ANSWER)

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """Any message."""
        message = frame.message
        if message is None:
            return
        cause = cause_of(message)
        first = message.type in CLEARING and (story is None or story.clearing is None)
        status = message.type in (Type.STATUS, Type.SUSPEND_REJECT, Type.RESUME_REJECT, Type.HOLD_REJECT)
        if cause is not None and (first or status or self._unknown(frame, cause, message, story)):
            self._cause(frame, cause, message, story)
            if first and story is not None:
                self._cleared(frame, cause, message, story)
        if cause is not None and frame.end is Side.USER and cause.location == Location.PUBLIC_LOCAL:
            text = f"cause {int(cause.value)} of the user side with location 'local public network'"
            self.book.add(WRONG_LOCATION, frame, text, side=Side.USER, call=story.name if story else None)
        if message.type == Type.CONNECT and story is not None:
            self._answer(frame, story)

    def _cause(self, frame: Decoded, cause: CauseIE, message: Message, story: Story | None) -> None:
        value = int(cause.value)
        if value == Cause.TIMER_EXPIRY or value == Cause.NO_ANSWER:
            return  # told with the timers
        if value == Cause.INVALID_CALL_REFERENCE and story is not None and story.ended:
            said = story.latest
            knows = said is not None and said.sender is not frame.end and said.sender in _cleared_by(story)
            if said is None or not knows or said.type in _ASKING:
                return  # a message that crossed with the end of the call, or asks for it
        found = next(((kind, advice) for kind, advice in _TABLES if value in advice), None)
        if found is None:
            return
        kind, advice = found
        meaning = cause.value.meaning if isinstance(cause.value, Cause) else "not in Q.850"
        text = f"cause {value} {meaning}, said in {message_name(message.type)}{who_said(frame.end, cause)}"
        if cause.diagnostics:
            text += f". It names: {diagnostics(cause)}"
        text += f". {advice[value]}"
        asked = story.latest if kind is PROTOCOL_ERROR and story is not None else None
        owes = peer_of(frame.end) if kind is PROTOCOL_ERROR and frame.end is not None else None
        numbers = () if asked is None or asked.sender is frame.end else (asked.number,)
        key = (value, int(cause.location), frame.end, cause.diagnostics)
        call = None if story is None else story.name
        self.book.add(kind, frame, text, side=owes, frames=numbers, call=call, key=key)

    def _unknown(self, frame: Decoded, cause: CauseIE, message: Message, story: Story | None) -> bool:
        """Whether a call under clearing, or a cleared one, is unknown to the side that a message was for."""
        if cause.value != Cause.INVALID_CALL_REFERENCE or message.type not in CLEARING:
            return False
        if story is None or story.latest is None or holed(self.links, story):
            return False
        asked = story.latest
        if asked.type == Type.RELEASE:  # RELEASE of both sides completes the clearing (5.3.5)
            return all(said.sender is not frame.end for said in story.releases)
        return asked.sender is not frame.end and asked.type != Type.RELEASE_COMPLETE

    def _cleared(self, frame: Decoded, cause: CauseIE, message: Message, story: Story) -> None:
        """Cause 16 from the called side before it rang."""
        by_called = frame.end is not None and frame.end is not story.originator
        rang = {int(Type.ALERTING), int(Type.CONNECT)} & story.seen
        if cause.value != Cause.NORMAL_CLEARING or not by_called or rang or not story.whole:
            return
        tones = ProgressDescription.INBAND_INFORMATION in {
            ie.description for ie in message.all(ProgressIndicatorIE)
        }
        text = f"{name_of(frame.end)} cleared before it rang" + (
            "; progress indicator 8: a tone in the B channel tells why" if tones else ""
        )
        self.book.add(BUSY_AS_CLEARING, frame, text, side=frame.end, call=story.name)

    def _answer(self, frame: Decoded, story: Story) -> None:
        speech = story.setup is not None and not _digital(story.setup)
        if story.whole and speech and story.connected is None and Type.ALERTING not in story.seen:
            self.book.add(SILENT_ANSWER, frame, f"{name_of(frame.end)} answered at once", call=story.name)


def _cleared_by(story: Story) -> set[End | None]:
    """The ends that have cleared a call themselves, and so know that it is over."""
    released = {said.sender for said in story.releases}
    return released if story.clearing is None else {story.clearing.sender, *released}


def _digital(setup: Message) -> bool:
    """Whether a call is for data: nobody hears it ring."""
    from trunkwire.q931.ies import BearerCapabilityIE, TransferCapability

    bearer = setup.get(BearerCapabilityIE)
    speech = (TransferCapability.SPEECH, TransferCapability.AUDIO_3K1)
    return bearer is not None and bearer.capability not in speech


def who_said(sender: End | None, cause: CauseIE) -> str:
    """Who said a cause and where it arose, such as " by the network side; it arose at the PBX at the far
    end"."""
    location = int(cause.location)
    by = f" by {name_of(sender)}" if sender else ""
    if location == Location.USER:
        where = (
            "it arose in the far party's equipment"
            if sender in (Side.NETWORK, Direction.IN)
            else "it arose there itself"
        )
        return f"{by}; location 'user': {where}"
    place = SAID_BY.get(location, f"location {location}, which is not defined")
    return f"{by}; it arose in {place}"


def diagnostics(cause: CauseIE) -> str:
    """The diagnostics of a cause read out (Q.850 table 1): elements, message or timer by name."""
    octets = cause.diagnostics
    if cause.value in _ELEMENTS:
        return ", ".join(f"the element {element_name(octet)} ({octet:#04x})" for octet in octets)
    if cause.value in _MESSAGES:
        kind = Type(octets[0]).title if octets[0] in set(Type) else "an unknown message"
        return f"the message {kind} ({octets[0]:#04x})"
    if cause.value == Cause.CHANNEL_DOES_NOT_EXIST:
        return f"channel identification {octets.hex(' ')}"
    return octets.hex(" ")
