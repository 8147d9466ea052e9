"""Under `TRUNKBENCH_REQUIRE_PEERS=1` any skip of a peer test is a failure, however it came about.

One reason stands: the real captures lie beside the checkout, not in a Debian package, so a test that misses
them skips with a reason that says "capture".
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from peerlib import REQUIRE, peers_required

_HERE = Path(__file__).parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip under this folder into a failure where peers are required."""
    report = yield
    if report.skipped and peers_required() and not hasattr(report, "wasxfail") and _HERE in item.path.parents:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if "capture" not in reason.lower():
            report.outcome = "failed"
            report.longrepr = f"{REQUIRE} is set, and this peer test skipped: {reason}"
    return report
