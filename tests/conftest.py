"""Settings of the whole suite: property tests judge what is computed, never how fast the machine was."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# 25 draws of a property that names no number of its own: the suite is one that is run often.
settings.register_profile(
    "trunkbench", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow]
)
# CI judges the change and not the luck of a draw; everybody else's runs draw anew.
settings.register_profile("trunkbench-ci", settings.get_profile("trunkbench"), derandomize=True)
settings.load_profile("trunkbench-ci" if os.environ.get("CI") else "trunkbench")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the suite can be told: which back ends the port conformance suite runs on, and to be thorough."""
    parser.addoption("--long", action="store_true", help="run the tests marked long or realtime, too")
    named = os.environ.get("TRUNKBENCH_PORT_PAIR")
    parser.addoption(
        "--port-pair",
        action="append",
        metavar="NAME",
        default=named.split(",") if named else [],
        help="run the port conformance suite on this back end (may be given again; default: all that run "
        "anywhere, or $TRUNKBENCH_PORT_PAIR)",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `--long`, tests marked long or realtime are not run (`make test-ports` runs them).

    The suite stays one that is run often, and no verdict in it depends on how busy the machine was.
    """
    if config.getoption("long"):
        return
    marks = ("long", "realtime")
    left = [item for item in items if any(item.get_closest_marker(mark) is not None for mark in marks)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look through it ever again.

    Ten thousand tests and their modules are a million objects; each full collection would walk them all.
    """
    gc.collect()
    gc.freeze()
