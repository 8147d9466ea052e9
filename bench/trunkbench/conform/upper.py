"""The upper tester: how the user of the implementation under test is made to do something (ISO/IEC 9646-1).

What cannot be asked of an implementation is said with `NotPossible`; the case is then inconclusive. Called
parties need no stimulus: they are numbers, and the PIXIT says what is behind each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class NotPossible(Exception):
    """The implementation's user cannot be made to do that."""


class Upper(Protocol):
    """The user above the implementation under test. Each verb is about the one call that is up."""

    def place(self, called: str, *, complete: bool) -> None:
        """Place a call; without `complete` more digits may follow (overlap sending)."""
        ...

    def dial_on(self, digits: str) -> None:
        """Send further digits of the call being placed."""
        ...

    def hang_up(self) -> None:
        """Clear the call with cause 16, or after DISCONNECT with tones, release it."""
        ...

    def enquire(self) -> None:
        """Ask for the tester's call state (STATUS ENQUIRY)."""
        ...

    def restart(self, channel: int | None) -> None:
        """RESTART that channel, or the whole interface."""
        ...

    def release_link(self) -> None:
        """Release the data link (DL-RELEASE request)."""
        ...

    def establish_link(self) -> None:
        """Ask for the data link (DL-ESTABLISH request)."""
        ...

    def audit(self) -> list[str]:
        """What the implementation still holds, by its own count; [] when it is idle or cannot be asked."""
        ...

    def reset(self) -> None:
        """Give up whatever is left of the latest case."""
        ...


class NoUpper:
    """Nobody moves the implementation: cases that need it are inconclusive."""

    def place(self, called: str, *, complete: bool) -> None:
        """Not possible."""
        raise NotPossible("needs an outgoing call by the IUT; set conform.stimulus, or use an IUT that dials")

    def dial_on(self, digits: str) -> None:
        """Not possible."""
        raise NotPossible("needs further digits from the IUT's user (conform.stimulus)")

    def hang_up(self) -> None:
        """Not possible."""
        raise NotPossible("needs the IUT's user to clear the call (conform.stimulus)")

    def enquire(self) -> None:
        """Not possible."""
        raise NotPossible("needs a STATUS ENQUIRY by the IUT, which nobody can ask it for")

    def restart(self, channel: int | None) -> None:
        """Not possible."""
        raise NotPossible("needs a RESTART by the IUT, which nobody can ask it for")

    def release_link(self) -> None:
        """Not possible."""
        raise NotPossible("needs a DL-RELEASE request at the IUT, which nobody can ask it for")

    def establish_link(self) -> None:
        """Not possible."""
        raise NotPossible("needs a DL-ESTABLISH request at the IUT, which nobody can ask it for")

    def audit(self) -> list[str]:
        """Nothing is known."""
        return []

    def reset(self) -> None:
        """Nothing can be done."""


class OperatorUpper(NoUpper):
    """Somebody stands at the implementation and is asked to; the tester waits for what then comes."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def place(self, called: str, *, complete: bool) -> None:
        """Ask for a call."""
        self._tell(f"make the device call {called}" + ("" if complete else ", digit by digit (overlap)"))

    def hang_up(self) -> None:
        """Ask for the call to be cleared."""
        self._tell("hang up at the device")
