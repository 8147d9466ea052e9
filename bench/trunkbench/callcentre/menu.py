"""The menu: a prompt, a wait for a digit, another try, and an end.

Sans-I/O: told the digits that were heard and the time, it says whether the prompt is to be played again or
where the call goes. Digits may be pressed while the prompt is still playing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trunkwire.ticks import Tick


@dataclass(frozen=True, slots=True)
class MenuSettings:
    """Digit -> target; `timeout` ticks after the prompt of `prompt` ticks it is over, `tries` times."""

    keys: Mapping[str, str]
    timeout: Tick
    tries: int
    otherwise: str
    prompt: Tick


@dataclass(frozen=True, slots=True)
class PlayPrompt:
    """Play the prompt, for the `time`th time."""

    time: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The call goes to `target`; `digit` is what was pressed, "" when nothing fit."""

    target: str
    digit: str


MenuOutput = PlayPrompt | Chosen


class Menu:
    """One caller's way through the menu."""

    def __init__(self, settings: MenuSettings) -> None:
        self.settings = settings
        self.times = 0
        self._until: Tick | None = None
        self._output: MenuOutput | None = None

    def open(self, now: Tick) -> None:
        """The caller is connected: the prompt begins."""
        self._again(now)

    def pressed(self, digit: str, now: Tick) -> None:
        """A digit was heard. One that is not in the menu counts as a try."""
        if self._until is None:
            return
        target = self.settings.keys.get(digit)
        if target is None:
            self._again(now)
        else:
            self._choose(target, digit)

    def handle_timer(self, now: Tick) -> None:
        """Nothing was pressed in time."""
        if self._until is not None and self._until <= now:
            self._again(now)

    def next_deadline(self) -> Tick | None:
        """When the wait for a digit is over; None before it began and after the choice."""
        return self._until

    def poll_output(self) -> MenuOutput | None:
        """What to do; None when there is nothing more."""
        output, self._output = self._output, None
        return output

    def _again(self, now: Tick) -> None:
        if self.times == self.settings.tries:
            self._choose(self.settings.otherwise, "")
            return
        self.times += 1
        self._until = now + self.settings.prompt + self.settings.timeout
        self._output = PlayPrompt(self.times)

    def _choose(self, target: str, digit: str) -> None:
        self._until = None
        self._output = Chosen(target, digit)
