"""Slips and what they say of the clocks; who has a device open; which step an error belongs to."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from trunkbench.doctor.ports import step_of, users_of
from trunkbench.errors import PortError
from trunkbench.slips import explain, period, rate
from trunkwire.ticks import SECOND


def test_periodic_slips_give_the_difference_of_the_clocks() -> None:
    slips = [at * 125 * SECOND for at in range(1, 5)]
    assert period(slips) == 125 * SECOND
    assert rate(slips) == "4 slips, one every 125 s: the clocks differ by 1 ppm"


@pytest.mark.parametrize(
    ("clock", "ours", "cure"),
    [
        (
            "internal",
            True,
            'both ends are masters (this port has clock = "internal"): write far_clock = "recover"',
        ),
        (
            "internal",
            False,
            'both ends are masters (this port has clock = "internal"): write clock = "recover"',
        ),
        ("recover", True, "the far port recovers too: nobody is master; make one end internal"),
        ("recover", False, "so does the other end: nobody is master; make one end internal"),
    ],
)
def test_the_cause_depends_on_both_sources(clock: str, ours: bool, cure: str) -> None:
    slips = [SECOND, 2 * SECOND, 3 * SECOND]
    assert explain(slips, clock, ours).endswith(cure)  # type: ignore[arg-type]


def test_irregular_or_few_slips_are_no_clock() -> None:
    assert period([SECOND, 2 * SECOND]) is None
    assert period([1 * SECOND, 2 * SECOND, 9 * SECOND, 10 * SECOND]) is None
    assert "the line or the card loses frames" in explain([SECOND, 2 * SECOND], "internal", True)
    assert explain([], "internal", True) == rate([]) == ""


@pytest.mark.parametrize(
    ("number", "text", "step"),
    [
        (errno.EACCES, "x", "permissions"),
        (errno.EPERM, "x", "permissions"),
        (errno.EBUSY, "x", "timeslots"),
        (errno.ENODEV, "x", "device"),
        (None, "timeslot 3: it is in use by another program", "timeslots"),
        (None, "no permission; add yourself to the group", "permissions"),
        (None, "there is no such socket", "device"),
    ],
)
def test_the_step_that_an_error_belongs_to(number: int | None, text: str, step: str) -> None:
    error = PortError(text)
    if number is not None:
        error.__cause__ = OSError(number, "why")
    assert step_of(error) == step


def test_who_has_a_device_open(tmp_path: Path) -> None:
    for pid, name, target in (("12", "asterisk", "/dev/card"), ("13", "cat", "/dev/null")):
        (tmp_path / pid / "fd").mkdir(parents=True)
        (tmp_path / pid / "comm").write_text(f"{name}\n")
        (tmp_path / pid / "fd" / "3").symlink_to(target)
    assert users_of("/dev/card", tmp_path) == ["asterisk (12)"]
