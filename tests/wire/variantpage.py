"""The tables of docs/variants.md, made from the declarations. As a program: writes them into the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from trunkwire.q931.causes import Cause
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.variants import VARIANTS, Numbering, Variant
from trunkwire.side import Side
from trunkwire.ticks import SECOND

PAGE = Path(__file__).resolve().parents[2] / "docs" / "variants.md"
BEGIN, END = "<!-- made from the declarations: begin -->", "<!-- end -->"


def yes(value: bool) -> str:
    return "yes" if value else "no"


def listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "–"


def number(numbering: Numbering) -> str:
    return f"{numbering.kind.name.lower()}, {numbering.plan.name.lower()}"


def timers(variant: Variant) -> str:
    """Timers that differ from the Recommendation's, in seconds, user and network side."""
    standard = {side: CallControlSettings().durations(side) for side in Side}
    found = {side: CallControlSettings(variant=variant).durations(side) for side in Side}
    return listed(
        f"{timer.name} {found[Side.USER][timer] // SECOND}/{found[Side.NETWORK][timer] // SECOND}"
        for timer in found[Side.USER]
        if any(found[side][timer] != standard[side][timer] for side in Side)
    )


def causes(variant: Variant) -> str:
    """The causes of Q.850 that go as unspecified."""
    if variant.causes is None:
        return "–"
    return listed(str(int(cause)) for cause in Cause if cause not in variant.causes)


ROWS: dict[str, Callable[[Variant], str]] = {
    "`switch`": lambda v: f"`{v.name}`",
    "source": lambda v: v.source,
    "digits behind SETUP (overlap)": lambda v: yes(v.overlap),
    "sending complete": lambda v: yes(Id.SENDING_COMPLETE not in v.elements_without),
    "called number by its digits": lambda v: number(v.called),
    "calling number by its digits": lambda v: number(v.calling),
    "channel may be preferred, or any": lambda v: yes(not v.exclusive_only),
    "interface may be named (NFAS)": lambda v: yes(v.explicit_interface),
    "display begins with": lambda v: (
        "–"
        if Id.DISPLAY in v.elements_without
        else "text"
        if v.display_charset is None
        else f"octet {0x80 | v.display_charset:#04x}"
    ),
    "progress descriptions": lambda v: "all" if v.progress is None else listed(map(str, sorted(v.progress))),
    "location, user and network side": lambda v: "/".join(str(int(location)) for location in v.locations),
    "causes that go as unspecified": causes,
    "both sides alike": lambda v: yes(v.symmetric),
    "RESTART at the start": lambda v: yes(v.restart_at_start),
    "SERVICE": lambda v: (
        "–" if v.maintenance is None else f"discriminator {v.maintenance.discriminator:#04x}"
    ),
    "timers, in s, user/network": timers,
}


def tables() -> str:
    """All of it, in Markdown."""
    variants = list(VARIANTS.values())
    lines = ["| | " + " | ".join(v.title for v in variants) + " |", "|---" * (len(variants) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(cell(v) for v in variants) + " |" for name, cell in ROWS.items()]
    lines += ["", "Elements that no message carries:", ""]
    elements = sorted({identifier for v in variants for identifier in v.elements_without})
    lines += ["| element | not in |", "|---|---|"]
    lines += [
        f"| {Id(identifier).title} | {listed(v.name for v in variants if identifier in v.elements_without)} |"
        for identifier in elements
    ]
    lines += ["", "Elements that some messages do not carry:", "", "| message | element | not in |"]
    lines.append("|---|---|---|")
    lines += [
        f"| {message.title} | {Id(identifier).title} | {v.name} |"
        for v in variants
        for message, identifiers in v.within.items()
        for identifier in sorted(identifiers)
    ]
    lines += ["", "Messages that are not sent:", "", "| message | not in |", "|---|---|"]
    messages = sorted({message for v in variants for message in v.messages_without})
    lines += [
        f"| {MessageType(message).title} | "
        f"{listed(v.name for v in variants if message in v.messages_without)} |"
        for message in messages
    ]
    return "\n".join(lines)


def page_with(made: str, text: str) -> str:
    """The page with what stands between the marks replaced."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(tables(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
