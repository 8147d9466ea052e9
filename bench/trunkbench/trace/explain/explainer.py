"""Explains a trace while it is read: every theme watches the stream, the notebook gathers what they find."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.causes import CauseTheme
from trunkbench.trace.explain.channels import ChannelTheme
from trunkbench.trace.explain.elements import ElementTheme
from trunkbench.trace.explain.finding import Finding, Kind, Notebook, Severity
from trunkbench.trace.explain.flow import FlowTheme
from trunkbench.trace.explain.legs import LegTheme
from trunkbench.trace.explain.link import LinkTheme
from trunkbench.trace.explain.medium import MediumTheme
from trunkbench.trace.explain.numbers import NumberTheme
from trunkbench.trace.explain.references import ReferenceTheme
from trunkbench.trace.explain.services import ServiceTheme
from trunkbench.trace.explain.states import StateTheme
from trunkbench.trace.explain.stories import Links, Stories
from trunkbench.trace.explain.terminals import TerminalTheme
from trunkbench.trace.explain.theme import Theme
from trunkbench.trace.explain.timers import TimerTheme
from trunkbench.trace.ladders import inference
from trunkbench.trace.record import UNTIMED, Direction, Foreign, Happening
from trunkbench.trace.sequence import AGAIN
from trunkbench.trace.sides import How
from trunkwire.lapd import GROUP_TEI
from trunkwire.side import Side

THEMES: tuple[type[Theme], ...] = (
    MediumTheme,
    LinkTheme,
    FlowTheme,
    TerminalTheme,
    ReferenceTheme,
    ChannelTheme,
    TimerTheme,
    StateTheme,
    ElementTheme,
    ServiceTheme,
    CauseTheme,
    NumberTheme,
    LegTheme,
)
"""All themes, from the line upwards."""

KINDS: tuple[Kind, ...] = tuple(kind for theme in THEMES for kind in theme.kinds)
"""Every kind of finding there is."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What a trace says. `findings` are the worst first; `checked` names the themes; `inferred` says how the
    sides are known where the capture does not tell them; `ours` is the side of the recording end.
    """

    findings: tuple[Finding, ...]
    frames: int
    calls: int
    checked: tuple[str, ...]
    inferred: str
    ours: Side | None
    left_out: int
    unread: tuple[tuple[str, int], ...] = ()
    """What frames were that nothing of is examined, and how many: other protocols than LAPD and Q.931."""
    layer2_only: int = 0
    """Frames of which only layer 2 is examined: what they carry is not Q.931."""
    foreign: int = 0
    """Packets in which there is nothing to decode."""
    foreign_like: str = ""
    """What the first of them is."""

    def count(self, severity: Severity) -> int:
        """How many findings are of a severity."""
        return sum(finding.kind.severity is severity for finding in self.findings)

    @property
    def examined(self) -> int:
        """How many frames were examined."""
        return self.frames - sum(count for _, count in self.unread)

    @property
    def clean(self) -> bool:
        """Whether something was examined, and there is nothing but notes."""
        return self.examined > 0 and not self.faulty

    @property
    def faulty(self) -> bool:
        """Whether there is more than notes."""
        return bool(self.count(Severity.FAULT) or self.count(Severity.SUSPECT))


class Explainer:
    """Takes what a trace holds, one thing after another, and reports in the end."""

    def __init__(self) -> None:
        self.book = Notebook()
        self._stories = Stories()
        self._links = Links()
        self._themes = [theme(self.book, self._stories, self._links) for theme in THEMES]
        self._framed = [theme for theme in self._themes if type(theme).frame is not Theme.frame]
        self._called = [theme for theme in self._themes if type(theme).message is not Theme.message]
        self._medium = next(theme for theme in self._themes if isinstance(theme, MediumTheme))
        self._hows: dict[How, Decoded] = {}
        self._out: set[Side] = set()
        self._in: set[Side] = set()
        self._frames = 0
        self._latest_ns: int | None = None
        self._foreign = 0
        self._foreign_like = ""

    def frame(self, frame: Decoded) -> None:
        """The next frame."""
        if frame.completes is not None:
            frame, message = copy.copy(frame), frame.completes
            frame.message = message
        self._frames += 1
        if frame.record.at_ns == UNTIMED:  # at no other time than what was last seen
            at_ns = 0 if self._latest_ns is None else self._latest_ns
            frame = copy.copy(frame)
            frame.record = msgspec.structs.replace(frame.record, at_ns=at_ns)
        at_ns = frame.record.at_ns
        self._latest_ns = at_ns if self._latest_ns is None else max(self._latest_ns, at_ns)
        self._hows.setdefault(frame.how, frame)
        if frame.sender is not None:
            heard = {Direction.OUT: self._out, Direction.IN: self._in}.get(frame.record.direction)
            if heard is not None:
                heard.add(frame.sender)
        for theme in self._framed:
            theme.frame(frame)
        if frame.message is not None and _call_control(frame) and not _resent(frame):
            story, replaced = self._stories.of(frame)
            for theme in self._called:
                theme.message(frame, story, replaced)
            if story is not None:
                story.follow(frame)
        self._links.follow(frame)

    def happening(self, happening: Happening) -> None:
        """The next happening between frames."""
        if self._latest_ns is not None:
            self._latest_ns = max(self._latest_ns, happening.at_ns)
        for theme in self._themes:
            theme.happening(happening)

    def foreign(self, packet: Foreign) -> None:
        """The next packet in which there is nothing to decode."""
        self._foreign_like = self._foreign_like or packet.what
        self._foreign += 1

    def report(self) -> Report:
        """What was found. To be asked once, at the end."""
        for theme in self._themes:
            theme.end(self._latest_ns or 0)
        findings = self.book.findings()
        for finding in findings:
            if finding.kind.severity is not Severity.NOTE:
                finding.nearby = self._medium.around(finding)
        told = len(self._out) == 1 and self._out != self._in
        return Report(
            tuple(findings),
            self._frames,
            self._stories.count,
            tuple(theme.checked for theme in self._themes),
            inference(self._hows.values()),
            next(iter(self._out)) if told else None,
            self.book.left_out,
            tuple(self._medium.unread.items()),
            self._medium.layer2_only,
            self._foreign,
            self._foreign_like,
        )


def explain(items: Iterable[Decoded | Happening]) -> Report:
    """The report on a whole trace, in its order."""
    explainer = Explainer()
    for item in items:
        if isinstance(item, Happening):
            explainer.happening(item)
        else:
            explainer.frame(item)
    return explainer.report()


def _resent(frame: Decoded) -> bool:
    """Whether layer 2 has sent the message again (Q.921 5.6.7): the peer's layer 3 sees it once."""
    return any(told.startswith("N(S)=") and told.endswith(AGAIN) for told in frame.repetition)


def _call_control(frame: Decoded) -> bool:
    """Whether a message is surely Q.931's: not one of the protocols that send UI frames to single TEIs."""
    layer2 = frame.layer2
    return layer2.kind != "UI" or layer2.tei == GROUP_TEI
