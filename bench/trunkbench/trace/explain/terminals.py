"""TEI management (Q.921 clause 5.3): terminals that get no TEI, lose it, or share it."""

from __future__ import annotations

from collections import OrderedDict

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import Kind, Severity, number_of
from trunkbench.trace.explain.stories import SECOND
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.layer2 import management
from trunkwire.lapd import GROUP_TEI
from trunkwire.lapd.management import ManagementMessage, ManagementType
from trunkwire.side import Side

_KEPT = 1000
REQUESTS = 3

DENIED = Kind(
    "tei-denied",
    "a TEI is denied",
    Severity.FAULT,
    88,
    "Q.921 5.3.2",
    "The network has no TEI for the terminal, or not the one that it asked for. Without one it cannot call.",
    (
        "how many terminals are on the bus: a network may permit eight, or only the ones that it knows",
        "a terminal that asks anew after every restart until all TEIs are used up",
        "a point-to-point interface, which has only TEI 0, given a point-to-multipoint terminal",
    ),
)
REMOVED = Kind(
    "tei-removed",
    "a TEI is taken away",
    Severity.FAULT,
    86,
    "Q.921 5.3.4",
    "Identity remove takes the TEI from every terminal that has it; its data link and its calls are gone.",
    (
        "the identity check before it: nobody answered, or two terminals did",
        "a terminal that was unplugged",
    ),
)
DUPLICATE = Kind(
    "tei-duplicate",
    "two terminals have the same TEI",
    Severity.FAULT,
    89,
    "Q.921 5.3.3.2",
    "One identity check was answered with two different reference numbers Ri: two terminals share the TEI "
    "and "
    "disturb each other's data link.",
    ("terminals with a fixed TEI set to the same value; give each its own, or let the network assign them",),
)
UNASSIGNED = Kind(
    "tei-unanswered",
    "requests for a TEI are not answered",
    Severity.FAULT,
    87,
    "Q.921 5.3.2.1",
    "A terminal asks for a TEI (T202, N202) and the network neither assigns nor denies one.",
    (
        "whether the interface is point-to-point: there nobody assigns TEIs and the terminal has to use 0",
        "layer 1 from the network",
    ),
)
UNCHECKED = Kind(
    "tei-check-unanswered",
    "identity checks are not answered",
    Severity.SUSPECT,
    45,
    "Q.921 5.3.3.2",
    "The network asked twice (T201) who has a TEI and nobody answered; it may remove it now.",
    ("a terminal that was unplugged, or one that does not implement TEI management",),
)


class TerminalTheme(Theme):
    """Watches identity requests, checks and removals."""

    checked = "TEI management"
    kinds = (DUPLICATE, DENIED, UNASSIGNED, REMOVED, UNCHECKED)

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._requests: OrderedDict[str, list[int]] = OrderedDict()
        self._checks: OrderedDict[tuple[str, int], list[tuple[int, int]]] = OrderedDict()
        self._answers: dict[tuple[str, int], dict[int, int]] = {}

    def frame(self, frame: Decoded) -> None:
        """Any frame."""
        told = management(frame.layer2)
        if told is None:
            return
        span, number = frame.record.span, number_of(frame)
        match told.type:
            case ManagementType.IDENTITY_REQUEST:
                self._requested(frame, span)
            case ManagementType.IDENTITY_ASSIGNED:
                self._requests.pop(span, None)
            case ManagementType.IDENTITY_DENIED:
                self._requests.pop(span, None)
                which = "a TEI" if told.tei == GROUP_TEI else f"TEI {told.tei}"
                self.book.add(DENIED, frame, f"the network denies {which}", side=Side.NETWORK, key=span)
            case ManagementType.IDENTITY_REMOVE:
                which = "all TEIs were" if told.tei == GROUP_TEI else f"TEI {told.tei} was"
                asked = [check for check, _ in self._checks.pop((span, told.tei), ())]
                self.book.add(REMOVED, frame, f"{which} taken away", frames=asked, key=(span, told.tei))
            case ManagementType.IDENTITY_CHECK_REQUEST:
                checks = self._checks.setdefault((span, told.tei), [])
                if not checks or frame.record.at_ns - checks[-1][1] > 5 * SECOND:
                    self._answers.pop((span, told.tei), None)
                    checks.clear()
                checks.append((number, frame.record.at_ns))
                _bound(self._checks)
            case ManagementType.IDENTITY_CHECK_RESPONSE:
                self._answered(frame, told)

    def _requested(self, frame: Decoded, span: str) -> None:
        requests = self._requests.setdefault(span, [])
        requests.append(number_of(frame))
        del requests[:-10]
        if len(requests) >= REQUESTS:
            text = f"the network answers none of {REQUESTS} and more identity requests"
            self.book.add(UNASSIGNED, frame, text, side=Side.NETWORK, frames=requests, key=span)

    def _answered(self, frame: Decoded, told: ManagementMessage) -> None:
        for tei in told.teis:
            key = (frame.record.span, tei)
            self._checks.pop(key, None)
            answers = self._answers.setdefault(key, {})
            if len(self._answers) > _KEPT:
                self._answers.clear()
                continue
            answers[told.reference] = number_of(frame)
            if len(answers) > 1:
                text = f"TEI {tei}: identity check responses with Ri {', '.join(map(str, sorted(answers)))}"
                frames = list(answers.values())
                self.book.add(DUPLICATE, frame, text, side=Side.USER, frames=frames, key=key)

    def end(self, at_ns: int) -> None:
        """Checks without a response, unless the capture lacks that terminal's frames altogether."""
        unseen = {(link.link[0], link.link[3]) for link in self.links if link.one_way() is not None}
        for (span, tei), checks in self._checks.items():
            if len(checks) > 1 and (span, tei) not in unseen and tei != GROUP_TEI:
                text = f"nobody answers the identity checks of TEI {tei}"
                numbers = [number for number, _ in checks]
                self.book.note(UNCHECKED, text, at_ns, numbers, side=Side.USER, key=(span, tei))


def _bound(kept: OrderedDict[tuple[str, int], list[tuple[int, int]]]) -> None:
    if len(kept) > _KEPT:
        kept.popitem(last=False)
