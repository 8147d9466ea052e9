"""N(S) of the I frames of one data link: repeated and missing ones (Q.921 clause 3.5.2; 5.6.2, 5.8.1).

A trace has no V(R) to ask, so the expected N(S) of each side is one more than that side's last, from 0 after
SABME.
"""

from __future__ import annotations

from trunkbench.trace.layer2 import Layer2
from trunkwire.side import Side

MODULUS = 128
AGAIN = " again"
"""How `SequenceWatch.follow` ends what it says of a repeated frame."""


class SequenceWatch:
    """Follows the I frames of both sides of one data link."""

    def __init__(self) -> None:
        self._next: dict[Side, int] = {}
        self._sent: dict[tuple[Side, int], bytes] = {}

    def follow(self, frame: Layer2, sender: Side) -> str:
        """What is odd about the frame's N(S), "" as a rule."""
        if frame.kind == "SABME":
            self._next = {Side.USER: 0, Side.NETWORK: 0}
            self._sent.clear()
            return ""
        if frame.kind != "I":
            return ""
        expected = self._next.get(sender)
        repeated = self._sent.get((sender, frame.n_s)) == frame.information
        self._sent[sender, frame.n_s] = frame.information
        behind = 0 if expected is None else (expected - frame.n_s) % MODULUS
        if repeated and 0 < behind <= MODULUS // 2:
            return f"N(S)={frame.n_s}{AGAIN}"  # the expectation stands: what came after it may come again too
        self._next[sender] = (frame.n_s + 1) % MODULUS
        return f"N(S)={frame.n_s} where {expected} was due" if behind else ""
