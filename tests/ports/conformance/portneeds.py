"""What a case of the conformance suite needs of a rig, and why it is skipped without.

A need is judged by what the rig declares, never by what happened: a case that is not skipped has to pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from portrigs import MEANS, Rig, Traits

from trunkbench.device import Mode

Need = Callable[[type[Rig]], str | None]
"""The reason for which a rig does not serve; None if it does."""

_F = TypeVar("_F", bound=Callable[..., None])


def needs(*wanted: Need) -> Callable[[_F], _F]:
    """Mark a case with what it needs."""

    def mark(case: _F) -> _F:
        case.needs = wanted  # type: ignore[attr-defined]
        return case

    return mark


def reason_to_skip(case: Any, rig: type[Rig]) -> str | None:
    """Why the case does not apply to the rig; None if it does."""
    wanted: Iterable[Need] = getattr(case, "needs", ())
    return next((reason for need in wanted if (reason := need(rig)) is not None), None)


def means(name: str) -> Need:
    """The rig has that means (`portrigs.MEANS`)."""
    assert name in MEANS
    without = {
        "harm": "nothing here can cut its line",
        "vanish": "nothing here can take its device away",
        "starve": "what nobody reads in time is not lost here",
        "mixed": "both ends of a timeslot are opened alike here",
    }
    return lambda rig: None if name in rig.means else without[name]


def far_end(has: Callable[[Traits], bool], without: str) -> Need:
    """The far end, at which one-sided cases look, has something."""
    return lambda rig: None if has(rig.far_traits) else without


counts_samples = far_end(lambda traits: traits.counts, "line time is exact, nothing is ever lost")
tells_bad_frames = far_end(lambda traits: traits.tells_bad, "the port tells of no bad frames")


def alarm(name: str) -> Need:
    """The far end names that alarm."""
    return far_end(lambda traits: name in traits.caps.alarms, f"no alarm {name} in its capabilities")


def has_mode(wanted: Mode) -> Need:
    """The far end has that mode."""
    return far_end(lambda traits: wanted in traits.caps.modes, f"no mode {wanted.value} in its capabilities")


def faults(rig: type[Rig]) -> str | None:
    """One of the ends can insert faults."""
    some = rig.near_traits.caps.faults or rig.far_traits.caps.faults
    return None if some else "no fault in its capabilities"
