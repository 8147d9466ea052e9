"""What the writers of cases share: one maker of cases, and the states that some behaviour concerns."""

from __future__ import annotations

from trunkbench.conform.case import Case, Step
from trunkbench.conform.q931.states import PREAMBLES
from trunkwire.side import Side

LIVE = {
    Side.USER: ("U2", "U3", "U4", "U7", "U8", "U9", "U10", "U25"),
    Side.NETWORK: ("N2", "N3", "N4", "N7", "N9", "N10", "N25"),
}
"""States of a call that both sides know of and nobody clears: either may begin to (5.3.3, 5.3.4)."""

TAKEN = {
    Side.USER: ("U1", "U6", *LIVE[Side.USER]),
    Side.NETWORK: ("N1", "N6", *LIVE[Side.NETWORK]),
}
"""Those, and the states in which SETUP has had no response yet."""

CLEARING = {Side.USER: ("U11", "U12", "U19"), Side.NETWORK: ("N11", "N12", "N19")}
"""States in which the call is being cleared."""

LETTER = {Side.USER: "U", Side.NETWORK: "N"}


def case(
    role: Side,
    state: str,
    kind: str,
    name: str,
    clause: str,
    purpose: str,
    *steps: Step,
    preamble: tuple[Step, ...] | None = None,
    postamble: tuple[Step, ...] = (),
) -> Case:
    """A case of Q.931 in the group of its state and kind, with the preamble of the state."""
    return Case(
        group=f"q931/{role.value}/{state}/{kind}",
        name=name,
        role=role,
        state=state,
        purpose=purpose,
        clause=clause,
        script=steps,
        preamble=PREAMBLES[state] if preamble is None else preamble,
        postamble=postamble,
    )
