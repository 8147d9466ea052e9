"""How the cases of layer 2 are made: group, role, preamble of the state, in one place."""

from __future__ import annotations

from typing import Literal

from trunkbench.conform.case import Case, Step
from trunkbench.conform.q921.states import PREAMBLES
from trunkwire.side import Side

Kind = Literal["valid", "inopportune", "invalid", "timers"]


class Maker:
    """Makes the cases of one role, state and kind of behaviour."""

    def __init__(
        self,
        role: Side,
        state: str,
        kind: Kind,
        preamble: tuple[Step, ...] | None = None,
        *,
        basic: bool = False,
    ) -> None:
        self.role = role
        self.state = state
        self.kind = kind
        self.preamble = PREAMBLES[state] if preamble is None else preamble
        self.basic = basic

    def __call__(self, name: str, purpose: str, clause: str, *script: Step) -> Case:
        """One case."""
        return Case(
            group=f"q921/{self.role.value}/{self.state}/{self.kind}",
            name=name,
            role=self.role,
            state=self.state,
            purpose=purpose,
            clause=f"Q.921 {clause}",
            preamble=self.preamble,
            script=script,
            layer=2,
            access="basic" if self.basic else "any",
        )
