"""What is wrong with messages themselves (Q.931 clause 5.8): types, elements, their order and contents."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from trunkbench.trace.decoder import Decoded, message_name
from trunkbench.trace.explain.finding import Kind, Severity
from trunkbench.trace.explain.stories import Story
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.telling import element_name
from trunkwire.q931.message import DISCRIMINATOR, Issue, IssueKind
from trunkwire.q931.messages import Id
from trunkwire.q931.messages import MessageType as Type

MISSING = Kind(
    "ie-missing",
    "a mandatory element is missing",
    Severity.FAULT,
    77,
    "Q.931 5.8.6.1",
    "The receiver has to refuse the message: SETUP with RELEASE COMPLETE, others with STATUS, cause 96.",
    ("the sender's message; the tree of the frame (-V) shows what it has",),
)
PROGRESS = Kind(
    "progress-without-indicator",
    "PROGRESS without its progress indicator",
    Severity.FAULT,
    65,
    "Q.931 3.1.8, 5.8.6.1",
    "The progress indicator is what PROGRESS is for. Without it the receiver does not know that tones are in "
    "the B channel, answers with STATUS, cause 96, and the caller hears nothing.",
    (
        "the sender: gateways that translate SIP 183 without early media do this",
        "a network side that adds an exception for it at the receiving PBX",
    ),
)
INVALID = Kind(
    "ie-invalid",
    "a mandatory element has invalid contents",
    Severity.FAULT,
    76,
    "Q.931 5.8.6.2",
    "The receiver has to refuse the message with cause 100 and the element's identifier as diagnostics.",
    ("the octets of the element in the tree of the frame (-V)",),
)
INVALID_OPTIONAL = Kind(
    "ie-invalid-optional",
    "an element has invalid contents",
    Severity.SUSPECT,
    40,
    "Q.931 5.8.7.2",
    "The receiver ignores the element and goes on; it may tell so in STATUS, cause 100.",
    ("what the element was for: a display, a number, a compatibility that is lost now",),
)
TRUNCATED = Kind(
    "message-truncated",
    "a message ends within an element",
    Severity.FAULT,
    64,
    "Q.931 4.5.1",
    "The length of the last element says more octets than there are: the sender counts wrongly, or the end "
    "was "
    "cut off.",
    ("frames of this sender longer than N201 (260 octets), or a driver that cuts the last octets",),
)
DUPLICATE = Kind(
    "ie-duplicate",
    "an element stands more often than it may",
    Severity.SUSPECT,
    38,
    "Q.931 5.8.5.2",
    "Only the first one counts; a receiver may also refuse the message.",
    ("which of them the receiver uses, if its behaviour depends on it",),
)
ORDER = Kind(
    "ie-order",
    "elements are out of sequence",
    Severity.SUSPECT,
    36,
    "Q.931 5.8.5.1",
    "Elements stand in ascending order of their identifiers. A receiver may take one that is out of sequence "
    "for missing.",
    ("the sender's software: an element that was added at the wrong place",),
)
UNEXPECTED = Kind(
    "ie-unexpected",
    "an element does not belong into the message",
    Severity.NOTE,
    18,
    "Q.931 5.8.7.3",
    "The receiver treats it as unknown: it ignores it, or tells so in STATUS, cause 99.",
    ("nothing, unless STATUS with cause 99 comes back",),
)
UNKNOWN_IE = Kind(
    "ie-unknown",
    "an element is not known",
    Severity.NOTE,
    17,
    "Q.931 5.8.7.1",
    "An element of another dialect; the receiver ignores it or tells so in STATUS, cause 99.",
    ("the switch type (dialect) configured at both ends",),
)
COMPREHENSION = Kind(
    "ie-comprehension",
    "an unknown element that has to be understood",
    Severity.FAULT,
    61,
    "Q.931 5.8.7.1",
    "Identifiers 0x00 to 0x0f of an element that is not known make the receiver refuse the message, cause "
    "96.",
    ("the switch type (dialect) configured at both ends",),
)
UNKNOWN_MESSAGE = Kind(
    "message-unknown",
    "an unknown message type",
    Severity.FAULT,
    62,
    "Q.931 5.8.4",
    "The receiver answers with STATUS, cause 97 or 98.",
    ("the switch type (dialect) configured at both ends", "a damaged octet, if it happened once"),
)
SHIFT = Kind(
    "shift-down",
    "a locking shift goes down to a lower codeset",
    Severity.FAULT,
    57,
    "Q.931 4.5.3",
    "A locking shift may only go up; a receiver ignores this one and reads the elements behind it in the "
    "wrong "
    "codeset.",
    ("the sender has to use a non-locking shift, or order its elements by codeset",),
)
HEADER = Kind(
    "header-broken",
    "a message whose header cannot be read",
    Severity.FAULT,
    68,
    "Q.931 5.8.1, 5.8.2, 5.8.3.1",
    "Too short, or a call reference that is longer than this interface has: the receiver ignores it "
    "without a "
    "word.",
    ("the sender's call reference length: 2 octets on a PRI, 1 on a BRI",),
)

KINDS: Mapping[IssueKind, Kind] = MappingProxyType(
    {
        IssueKind.MISSING_MANDATORY: MISSING,
        IssueKind.INVALID_MANDATORY: INVALID,
        IssueKind.INVALID_OPTIONAL: INVALID_OPTIONAL,
        IssueKind.UNREAD_IE: INVALID_OPTIONAL,
        IssueKind.TRUNCATED: TRUNCATED,
        IssueKind.DUPLICATE: DUPLICATE,
        IssueKind.OUT_OF_SEQUENCE: ORDER,
        IssueKind.UNEXPECTED_IE: UNEXPECTED,
        IssueKind.UNRECOGNISED_IE: UNKNOWN_IE,
        IssueKind.COMPREHENSION_REQUIRED: COMPREHENSION,
        IssueKind.UNKNOWN_MESSAGE: UNKNOWN_MESSAGE,
    }
)
"""What each issue of a message is told as; a shift and a bare PROGRESS have kinds of their own."""


class ElementTheme(Theme):
    """Watches the issues of messages."""

    checked = "message types and information elements"
    kinds = (PROGRESS, SHIFT, HEADER, *dict.fromkeys(KINDS.values()))

    def frame(self, frame: Decoded) -> None:
        """Messages whose header is broken; a frame that the capture cut is none."""
        layer2, record = frame.layer2, frame.record
        begins = layer2.kind != "UI" and layer2.information[:1] == bytes((DISCRIMINATOR,))
        if begins and frame.has_message and frame.message is None and record.original is None:
            text = frame.faults[-1].text if frame.faults else f"{len(layer2.information)} octets"
            self.book.add(HEADER, frame, text, side=frame.end)

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """Any message."""
        message, record = frame.message, frame.record
        if message is None or record.original is not None:
            return
        name = message_name(message.type)
        for issue in message.issues:
            self._issue(frame, issue, name, story)
        if message.type not in (Type.RELEASE, Type.RELEASE_COMPLETE) or record.rebuilt:
            return
        if frame.signalling_end is not None:
            return  # H.225.0 has its reasons in the user-user element
        first = story is not None and story.whole and Type.DISCONNECT not in story.seen
        first = first and story is not None and Type.RELEASE not in story.seen
        if first and story is not None and not any(ie.identifier == Id.CAUSE for ie in message.ies):
            text = f"{name} as the first clearing message of the call has no cause"
            self.book.add(MISSING, frame, text, side=frame.end, call=story.name)

    def _issue(self, frame: Decoded, issue: Issue, name: str, story: Story | None) -> None:
        kind = KINDS[issue.kind]
        if frame.record.rebuilt and kind in (MISSING, INVALID, ORDER):
            return  # a log need not have printed every element, nor in the order of the line
        if issue.kind is IssueKind.UNKNOWN_MESSAGE:
            text = f"message type {frame.message.type:#04x}" if frame.message else issue.detail
        else:
            text = f"{element_name(issue.identifier, issue.codeset)} in {name}: {issue.detail}"
        if issue.identifier == Id.SHIFT:
            kind, text = SHIFT, f"in {name}: {issue.detail}"
        elif kind is MISSING:
            text = f"{name} has no {element_name(issue.identifier, issue.codeset)}"
            if issue.identifier == Id.PROGRESS_INDICATOR and name == "PROGRESS":
                kind = PROGRESS
        call = None if story is None else story.name
        self.book.add(kind, frame, text, side=frame.end, call=call, key=(text, frame.end))
