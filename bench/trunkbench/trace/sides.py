"""Which side of the interface sent a frame, told by the frame itself where the capture does not tell it.

The C/R bit (Q.921 clause 3.3.2, table 1) is 1 in commands of the network side and responses of the user side,
0 in the others. I, UI, SABME and DISC are always commands and UA, DM and FRMR always responses (3.6), so
their C/R bit names the sender. RR, RNR and REJ may be either; there the poll decides: a P/F bit of 1 that
answers a poll is a response (3.5.1), one without a poll is a command, and 0 is taken for an acknowledgement,
that is a response.
"""

from __future__ import annotations

import enum
from collections.abc import Collection

from trunkbench.trace.record import Direction
from trunkwire.side import Side

COMMANDS = frozenset({"I", "UI", "SABME", "SABM", "DISC"})
RESPONSES = frozenset({"UA", "DM", "FRMR"})
SUPERVISORY = frozenset({"RR", "RNR", "REJ"})


class How(enum.Enum):
    """How the sender of a frame is known."""

    TOLD = "told by the capture"
    SIDE = "direction told, side inferred from the C/R bit"
    C_R = "inferred from the C/R bit"
    POLL = "inferred from C/R and the polls before it"
    UNKNOWN = "not known"


class SideWatch:
    """Follows one D channel of a capture.

    `contradictions` counts frames whose C/R bit says another side than the capture does; there the C/R bit,
    which was on the line, is believed.
    """

    def __init__(self) -> None:
        self.local: Side | None = None
        self.contradictions = 0
        self._polls: dict[tuple[int, int], Side] = {}

    def sender(
        self, kind: str, address: tuple[int, int, int], pf: bool, direction: Direction, told: Side | None
    ) -> tuple[Side | None, How]:
        """The sender of a frame of this `kind` (I, RR, SABME …) and `address` (SAPI, C/R, TEI).

        `told` is the recording end's side as the capture has it, `direction` as seen from there.
        """
        sapi, c_r, tei = address
        commander = Side.NETWORK if c_r else Side.USER
        if kind in COMMANDS or kind in RESPONSES:
            sender = commander if kind in COMMANDS else commander.peer
            how = self._compare(sender, direction, told)
        elif direction is not Direction.UNKNOWN and (local := self.local or told) is not None:
            sender = local if direction is Direction.OUT else local.peer
            how = How.TOLD if local is told else How.SIDE
        elif kind in SUPERVISORY:
            sender, how = self._by_poll(commander, (sapi, tei), pf), How.POLL
        else:
            return None, How.UNKNOWN
        if pf:
            self._follow_polls(sender, commander, (sapi, tei))
        return sender, how

    def fixed(
        self, kind: str, address: tuple[int, int, int], pf: bool, direction: Direction, told: Side | None
    ) -> bool:
        """Whether `sender` gives the same for such a frame whenever it comes, and learns nothing from it."""
        return not pf and direction is Direction.UNKNOWN and told is None

    def certain(
        self, kind: str, address: tuple[int, int, int], pf: bool, direction: Direction, told: Side | None
    ) -> bool:
        """Whether such a frame has the same sender whenever it comes, and contradicts nothing. `sender` may
        learn from it which end recorded, which tells no more than how other frames' senders are known."""
        if pf or (kind not in COMMANDS and kind not in RESPONSES):
            return False
        if told is None or direction is Direction.UNKNOWN:
            return True
        by_network = bool(address[1]) is (kind in COMMANDS)
        return (told is Side.NETWORK) is (by_network is (direction is Direction.OUT))

    def _compare(self, sender: Side, direction: Direction, told: Side | None) -> How:
        """Learn the recording end's side from a frame of certain sender, and compare with what was told."""
        if direction is Direction.UNKNOWN:
            return How.C_R
        self.local = sender if direction is Direction.OUT else sender.peer
        if told is None:
            return How.SIDE
        self.contradictions += told is not self.local
        return How.TOLD if told is self.local else How.SIDE

    def _by_poll(self, commander: Side, link: tuple[int, int], pf: bool) -> Side:
        """The sender of a supervisory frame, from whether it can answer a poll."""
        return commander if pf and self._polls.get(link) is not commander else commander.peer

    def _follow_polls(self, sender: Side, commander: Side, link: tuple[int, int]) -> None:
        """Remember who waits for an F bit of 1 on this data link, after a frame with a P or F bit of 1."""
        if sender is commander:
            self._polls[link] = sender
        elif self._polls.get(link) is sender.peer:
            del self._polls[link]


def inferred(hows: Collection[How]) -> str:
    """A sentence saying that sides were inferred, and how; "" when the capture told them all."""
    if How.POLL in hows:
        return (
            "Sides are inferred: from the C/R bit of I and U frames (Q.921 3.3.2), and for RR, RNR and REJ "
            "from the polls before them; the capture does not tell them."
        )
    if How.C_R in hows:
        return "Sides are inferred from the C/R bit (Q.921 3.3.2): the capture does not tell them."
    if How.SIDE in hows:
        return "Which end is network and which is user is inferred from the C/R bit (Q.921 3.3.2)."
    return ""
