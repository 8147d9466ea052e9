"""The scenarios that `trunkbench run` plays, by name."""

from __future__ import annotations

from trunkbench.scenarios.bri_terminals import BRI_TERMINALS
from trunkbench.scenarios.busy_tone import BUSY_TONE
from trunkbench.scenarios.glare import GLARE
from trunkbench.scenarios.hold import HOLD
from trunkbench.scenarios.known_bugs import KNOWN_BUGS
from trunkbench.scenarios.link_loss import LINK_LOSS
from trunkbench.scenarios.no_channel import NO_CHANNEL
from trunkbench.scenarios.out_of_service import OUT_OF_SERVICE
from trunkbench.scenarios.overlap import OVERLAP
from trunkbench.scenarios.restart import RESTART
from trunkbench.scenarios.stage import Check, Result, Scenario, Skip, Stage
from trunkbench.scenarios.t1_twenty_three import T1_TWENTY_THREE
from trunkbench.scenarios.thirty_calls import THIRTY_CALLS

__all__ = ["SCENARIOS", "Check", "Result", "Scenario", "Skip", "Stage"]

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        THIRTY_CALLS,
        BUSY_TONE,
        NO_CHANNEL,
        RESTART,
        GLARE,
        LINK_LOSS,
        OVERLAP,
        HOLD,
        OUT_OF_SERVICE,
        *KNOWN_BUGS,
        T1_TWENTY_THREE,
        BRI_TERMINALS,
    )
}
