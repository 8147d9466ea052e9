"""Trunkbench: places and answers real calls on E1/PRI trunks, listens, and says who got through and why.

The names below are the public API; each is imported when it is first used, so that `import trunkbench`
costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkbench.bench import Bench
    from trunkbench.build import Ends
    from trunkbench.call import Call
    from trunkbench.conditions import Condition, all_of, any_of
    from trunkbench.config import BenchConfig, load_config
    from trunkbench.errors import CallFailed, ConfigError, TrunkbenchError
    from trunkbench.outcome import Heard, Outcome
    from trunkwire.q931.causes import Cause

_HOMES = {
    "Bench": "trunkbench.bench",
    "BenchConfig": "trunkbench.config",
    "Call": "trunkbench.call",
    "CallFailed": "trunkbench.errors",
    "Cause": "trunkwire.q931.causes",
    "Condition": "trunkbench.conditions",
    "ConfigError": "trunkbench.errors",
    "Ends": "trunkbench.build",
    "Heard": "trunkbench.outcome",
    "Outcome": "trunkbench.outcome",
    "TrunkbenchError": "trunkbench.errors",
    "all_of": "trunkbench.conditions",
    "any_of": "trunkbench.conditions",
    "load_config": "trunkbench.config",
}

__all__ = [
    "Bench",
    "BenchConfig",
    "Call",
    "CallFailed",
    "Cause",
    "Condition",
    "ConfigError",
    "Ends",
    "Heard",
    "Outcome",
    "TrunkbenchError",
    "all_of",
    "any_of",
    "load_config",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'trunkbench' has no attribute {name!r}")
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
