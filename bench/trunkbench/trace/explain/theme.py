"""What a theme is: a few kinds of findings and the small machine that watches for them."""

from __future__ import annotations

from typing import ClassVar

from trunkbench.trace.decoder import Decoded
from trunkbench.trace.explain.finding import Kind, Notebook
from trunkbench.trace.explain.stories import Links, Stories, Story
from trunkbench.trace.record import Happening


class Theme:
    """One theme. Its methods see the stories as they were before the frame."""

    checked: ClassVar[str]
    """What it checks, in a few words, for the sentence about a clean trace."""
    kinds: ClassVar[tuple[Kind, ...]]

    def __init__(self, book: Notebook, stories: Stories, links: Links) -> None:
        self.book = book
        self.stories = stories
        self.links = links

    def frame(self, frame: Decoded) -> None:
        """Any frame."""

    def message(self, frame: Decoded, story: Story | None, replaced: Story | None) -> None:
        """A Q.931 message with the story of its call (None: no single call), and the call under the same
        reference that it has replaced.
        """

    def happening(self, happening: Happening) -> None:
        """Something beside frames."""

    def end(self, at_ns: int) -> None:
        """The trace is over; `at_ns` is its latest time stamp."""
