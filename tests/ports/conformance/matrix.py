"""Writes docs/ports/conformance.md: which case of the suite runs on which back end, and why not.

    make conformance

The table is made from the cases and from what each rig declares, so it needs no hardware; a test compares the
file with it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from portcases_audio import AudioCases
from portcases_frames import FrameCases
from portcases_line import LineCases
from portcases_open import OpenCases
from portneeds import reason_to_skip
from portpairs import PLACES, rig_type
from portrigs import Rig

PAGE = Path(__file__).resolve().parents[3] / "docs" / "ports" / "conformance.md"

GROUPS = {
    "Timeslots and capabilities": OpenCases,
    "Frames": FrameCases,
    "Audio": AudioCases,
    "Line and device": LineCases,
}

INTRODUCTION = """\
# Port conformance

One suite of named cases runs on two joined ports of every back end: what `trunkbench.device` promises is kept
by all of them, or the case is skipped for a capability that the back end declares it does not have.
`make conformance` writes this page from the cases and from what the back ends declare; a test keeps it true.

`make test` runs the suite on all back ends but DAHDI, in virtual time: the sockets of osmo-e1d and the link
of the serial card are real, waiting is not. DAHDI runs in real time in its virtual machine (`make
test-dahdi`). `pytest tests/ports/conformance --port-pair NAME` runs it on one back end; a new one needs a rig
in that folder, which says how two of its ports are joined and how time passes.
"""


def cases(group: type) -> Iterator[Callable[..., None]]:
    """The cases of a group, in the order of the file."""
    for name, member in vars(group).items():
        if name.startswith("test_") and inspect.isfunction(member):
            yield member


def title(case: Callable[..., None]) -> str:
    """The name of a case as words."""
    return case.__name__.removeprefix("test_").replace("_", " ")


def page() -> str:
    """The whole page."""
    rigs = [rig_type(name) for name in PLACES]
    lines = [INTRODUCTION]
    lines += ["| back end | what is joined | time | timeslots | modes | alarms | faults |"]
    lines += ["|---|---|---|---|---|---|---|", *(_about(rig) for rig in rigs), ""]
    reasons: list[str] = []
    for heading, group in GROUPS.items():
        lines += [f"## {heading}", "", f"| case | {' | '.join(rig.name for rig in rigs)} |"]
        lines.append("|---|" + "---|" * len(rigs))
        for case in cases(group):
            cells = [_cell(case, rig, reasons) for rig in rigs]
            lines.append(f"| {title(case)} | {' | '.join(cells)} |")
        lines.append("")
    lines += ["## Why a case is skipped", ""]
    lines += [f"{number}. {reason}" for number, reason in enumerate(reasons, 1)]
    return "\n".join(lines) + "\n"


def _about(rig: type[Rig]) -> str:
    ends = (rig.near_traits.caps, rig.far_traits.caps)
    cells = [rig.name, rig.title]
    for show in (
        lambda caps: caps.time.value,
        lambda caps: str(len(caps.slots)),
        lambda caps: ", ".join(sorted(mode.value for mode in caps.modes)),
        lambda caps: ", ".join(sorted(caps.alarms)),
        lambda caps: ", ".join(sorted(caps.faults)) or "none",
    ):
        near, far = (show(caps) for caps in ends)
        cells.append(near if near == far else f"{near} / {far}")
    return f"| {' | '.join(cells)} |"


def _cell(case: Callable[..., None], rig: type[Rig], reasons: list[str]) -> str:
    reason = reason_to_skip(case, rig)
    if reason is None:
        return "yes"
    if reason not in reasons:
        reasons.append(reason)
    return f"– ({reasons.index(reason) + 1})"


def main() -> int:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
