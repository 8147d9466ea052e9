"""The scenarios about the machines notice a far end that does otherwise, and say what it did."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from trunkbench.bench import Bench
from trunkbench.config import load_config
from trunkbench.numbers import Plan
from trunkbench.scenarios import SCENARIOS, Result
from trunkbench.scenarios.runner import play
from trunkwire.q931 import hold
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Link, Received, Timer
from trunkwire.q931.states import CallState, HoldState
from trunkwire.ticks import SECOND

Spoil = Callable[[Bench], None]


def played(name: str, spoil: Spoil | None = None) -> Result:
    """The scenario on the loopback, with its bench spoilt before."""
    return play(SCENARIOS[name], load_config(), prepare=spoil)


def controls(bench: Bench) -> tuple[CallControl, CallControl]:
    """Call control of the near and of the far end."""
    (near,), (far,) = bench.near.spans, bench.far.spans
    return near.control, far.control


def forget(control: CallControl, state: CallState, event: int) -> None:
    """This machine has no row for that event there."""
    control.call_cells = {each: dict(rows) for each, rows in control.call_cells.items()}
    del control.call_cells[state][event]


def no_t309(bench: Bench) -> None:
    forget(controls(bench)[1], CallState.U10, Timer.T309)


def no_status_enquiry(bench: Bench) -> None:
    for control, state in zip(controls(bench), (CallState.N10, CallState.U10), strict=True):
        forget(control, state, Link.UP)


def ringing_call_is_kept(bench: Bench) -> None:
    for control, state in zip(controls(bench), (CallState.N7, CallState.U7), strict=True):
        forget(control, state, Link.DOWN)


def impatient_link(bench: Bench) -> None:
    """A far end that polls so often that a short outage is a failure to it."""
    link = bench.far.spans[0].link._link
    link.settings = type(link.settings)(t203=SECOND // 4, t200=SECOND // 8, n200=1)
    link.t203 = bench.pump.now + SECOND // 4


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (no_t309, "T309 expires: the calls are cleared at both ends, cause 27"),
        (no_status_enquiry, "STATUS ENQUIRY and STATUS: not seen: STATUS, STATUS_ENQUIRY"),
        (ringing_call_is_kept, "the ringing call is cleared at once at both ends, cause 27"),
        (impatient_link, "both data links go on"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
def test_link_loss_names_what_did_not_hold(spoil: Spoil, reason: str) -> None:
    result = played("link-loss", spoil)
    assert result.verdict == "failed"
    failed = [f"{check.text}: {check.detail}" for check in result.checks if not check.held]
    assert any(reason in line for line in failed), failed


def deaf_in_overlap(bench: Bench) -> None:
    forget(controls(bench)[1], CallState.U25, Received.INFORMATION)


def patient_in_overlap(bench: Bench) -> None:
    forget(controls(bench)[1], CallState.U25, Timer.T302)


def wrong_cause_for_incomplete(bench: Bench) -> None:
    bench.far.spans[0].is_complete = bool


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (deaf_in_overlap, "near call 1 (2000 → 300) active"),
        (patient_in_overlap, "30 until T302"),
        (wrong_cause_for_incomplete, "one digit and no more: cause 28, decided by the far end: cause 1"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
def test_overlap_names_what_did_not_hold(spoil: Spoil, reason: str) -> None:
    result = played("overlap", spoil)
    assert result.verdict == "failed"
    failed = [f"{check.text}: {check.detail}" for check in result.checks if not check.held]
    assert any(reason in line for line in failed), failed


def user_insists(bench: Bench) -> None:
    """A user side that clears the network's call when it collides with its own."""
    bench.far.answering.tamper = lambda plan: Plan("rejects", cause=Cause.CHANNEL_UNAVAILABLE)


def test_glare_that_is_settled_otherwise_is_noticed() -> None:
    result = played("glare", user_insists)
    assert result.verdict == "failed"
    assert result.reason.startswith("one channel, preferred: the network's calls have their channels")


def drops_held_calls(bench: Bench) -> None:
    """A far end that refuses to be put on hold."""
    _near, far = controls(bench)
    far.hold_cells = {state: dict(rows) for state, rows in far.hold_cells.items()}
    rows = far.hold_cells[HoldState.IDLE]
    rows[Received.HOLD] = tuple(
        dataclasses.replace(
            row, actions=(hold.reject(MessageType.HOLD_REJECT, Cause.FACILITY_REJECTED),), to=None
        )
        for row in rows[Received.HOLD]
    )


def talks_on_while_held(bench: Bench) -> None:
    """A far exchange that leaves a held party on the channel."""
    bench.far.lines.to_nothing = lambda call: None  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (drops_held_calls, "HOLD was refused with cause 29"),
        (talks_on_while_held, "the caller holds: nobody hears anything in the held call"),
    ],
    ids=lambda each: each.__name__ if callable(each) else "",
)
def test_hold_names_what_did_not_hold(spoil: Spoil, reason: str) -> None:
    result = played("hold", spoil)
    assert result.verdict == "failed"
    failed = [f"{check.text}: {check.detail}" for check in result.checks if not check.held]
    assert any(reason in line for line in failed), failed


def deaf_to_service(bench: Bench) -> None:
    """A far end that acknowledges SERVICE and goes on using the channel."""
    bench.far.spans[0].control.channels.set_far = lambda number, status: None  # type: ignore[method-assign]


def test_out_of_service_names_an_end_that_takes_no_notice() -> None:
    result = played("out-of-service", deaf_to_service)
    assert result.verdict == "failed"
    assert (
        "both ends have channels 2 and 1 as out-of-service: channel 2 there; channel 1 there" in result.reason
    )
    assert any("played on the packaged t1.toml" in note for note in result.notes)
