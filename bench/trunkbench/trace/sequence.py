"""N(S) of the I frames of one data link: repeated and missing ones (Q.921 clause 3.5.2; 5.6.2, 5.8.1).

A trace has no V(R) to ask, so the expected N(S) of each side is one more than that side's last, from 0 after
SABME.
"""

from __future__ import annotations

from trunkbench.trace.layer2 import BASIC, MODULUS, Layer2
from trunkbench.trace.sides import SUPERVISORY
from trunkwire.side import Side

AGAIN = " again"
"""How `SequenceWatch.follow` ends what it says of a repeated frame."""


class Sent:
    """What one side has sent: the N(S) that is due, and the information of each number's last frame."""

    __slots__ = ("due", "frames")

    def __init__(self) -> None:
        self.due: int | None = None
        self.frames: dict[int, bytes] = {}

    def restart(self) -> None:
        """The link is established anew."""
        self.due = 0
        self.frames.clear()


class SequenceWatch:
    """Follows the I frames of both sides of one data link."""

    def __init__(self) -> None:
        self._user, self._network = Sent(), Sent()
        self.modulus = 0
        """What the link counts by, 0 while nothing has told it."""

    def sent(self, sender: Side) -> Sent:
        """What a side has sent, for whoever follows some of its frames himself."""
        return self._network if sender is Side.NETWORK else self._user

    def follow(self, frame: Layer2, sender: Side) -> str:
        """What is odd about the frame's N(S), "" as a rule."""
        if frame.kind == "I":
            return self.numbered(frame.n_s, frame.information, sender, frame.modulus)
        if frame.kind in ("SABME", "SABM"):
            self._user.restart()
            self._network.restart()
            self.modulus = MODULUS if frame.kind == "SABME" else BASIC
        elif frame.kind in SUPERVISORY:
            self.modulus = frame.modulus
        return ""

    def numbered(self, n_s: int, information: bytes, sender: Side, modulus: int = MODULUS) -> str:
        """As `follow`, for an I frame."""
        self.modulus = modulus
        sent = self.sent(sender)
        due, frames = sent.due, sent.frames
        behind = 0 if due is None else (due - n_s) % modulus
        repeated = behind and frames.get(n_s) == information
        frames[n_s] = information
        if repeated and behind <= modulus // 2:
            return f"N(S)={n_s}{AGAIN}"  # what is due stays due: what came after it may come again too
        sent.due = (n_s + 1) % modulus
        return f"N(S)={n_s} where {due} was due" if behind else ""
