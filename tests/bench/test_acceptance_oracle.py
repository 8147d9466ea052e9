"""The exchange's model is wrong, and an acceptance notices: what it expects comes from the tables alone.

Each case changes the model's own code, as a mistake in it would, before the rows are made and measured.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from sources import ROOT

from trunkbench.acceptance import RowResult, measure, rows_of
from trunkbench.access import config as access_config
from trunkbench.access import network as access_network
from trunkbench.access.calls import Redirection
from trunkbench.access.hunting import Group, RingingPool
from trunkbench.access.lines import Line, Trunk, Use
from trunkbench.access.services import Destination, Hours, Translated
from trunkbench.bench import Bench
from trunkbench.config import load_config, parse_config
from trunkwire.q931.ies import RedirectionReason

CONFIG = load_config(ROOT / "hw-config" / "loopback-call-centre.toml")

Mistake = Callable[[pytest.MonkeyPatch], object]


def hunts_like(wrong: str, instead_of: str) -> Mistake:
    right = Group.next

    def mistaken(self: Group, *arguments: Any) -> Line | None:
        hunting = self.hunting
        if hunting == instead_of:
            self.hunting = wrong  # type: ignore[assignment]
        try:
            return right(self, *arguments)
        finally:
            self.hunting = hunting

    return lambda patch: patch.setattr(Group, "next", mistaken)


def rings_one(self: RingingPool) -> None:
    for line in self.lines:
        if line.free and not self.ringing:
            line.holder = self


def in_order(self: Translated, visit: Any) -> Any:
    return iter([each for each in self.destinations if each.serves(visit.caller.area, visit.time_of_day)])


def any_area(self: Destination, area: str, time_of_day: int) -> bool:
    return self.hours is None or self.hours.holds(time_of_day)


def translated(**wrong: Any) -> Mistake:
    right = access_config._translated

    def mistaken(number: str, table: Any) -> Translated:
        service = right(number, table)
        for name, value in wrong.items():
            setattr(service, name, value)
        return service

    return lambda patch: patch.setattr(access_config, "_translated", mistaken)


def always_unconditional(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        access_network, "Redirection", lambda own, reason: Redirection(own, RedirectionReason.UNCONDITIONAL)
    )


def dropped(patch: pytest.MonkeyPatch) -> None:
    def send_on(self: Any, own: str, to: str, reason: str, visit: Any) -> Any:
        return (yield from self.way(to, visit))

    patch.setattr(access_network.Network, "_send_on", send_on)


def attribute(owner: type, name: str, wrong: Any) -> Mistake:
    value = property(wrong) if isinstance(getattr(owner, name), property) else wrong
    return lambda patch: patch.setattr(owner, name, value)


MISTAKES: dict[str, tuple[Mistake, str]] = {
    "circular is linear": (
        hunts_like("linear", "circular"),
        "88888888 analog-group: lines after the last used",
    ),
    "uniform is linear": (
        hunts_like("linear", "uniform"),
        "77777777 analog-group: lines idle longest first",
    ),
    "a pool rings one line": (
        attribute(RingingPool, "_ring", rings_one),
        "66666666 analog-group: lines all at once",
    ),
    "shares are ignored": (
        attribute(Translated, "_order", in_order),
        "400-800-1234 400: goes to 62300000, 99999999 by percentage",
    ),
    "areas are ignored": (
        attribute(Destination, "serves", any_area),
        "400-600-1000 400: callers of other areas are refused",
    ),
    "areas are ignored, by capacity": (
        attribute(Destination, "serves", any_area),
        "400-600-1000 400: capacity 4 from area 028",
    ),
    "hours are ignored": (
        attribute(Hours, "holds", lambda self, time_of_day: False),
        "028-86082660 one-number: 44444444 at 18:00-08:00",
    ),
    "a 400 is paid by the called": (translated(payer="called"), "400-800-1234 400: the cost is shared"),
    "an 800 is open to mobiles": (translated(mobiles=True), "800-810-8888 800: mobiles are refused"),
    "lines for incoming calls may call": (
        attribute(Use, "makes", lambda self: True),
        "88888888 analog-group: no calls from 81111111",
    ),
    "lines for outgoing calls are rung": (
        attribute(Use, "takes", lambda self: True),
        "88888888 analog-group: line 82222222 is not rung",
    ),
    "a trunk has a channel less": (
        attribute(Trunk, "capacity", lambda self: self.channels - self.nailed - 1),
        "62320000 digital-trunk: capacity 2",
    ),
    "hunting rings an engaged line": (
        attribute(Line, "free", lambda self: self.use.takes),
        "99999999 analog-group: lines from the first",
    ),
    "the reason is always unconditional": (
        always_unconditional,
        "62301236 forwarding: on busy to 62310000",
    ),
    "the redirection is dropped": (dropped, "62301235 forwarding: always to 62301236"),
}


def measured(title: str) -> RowResult:
    """The row as it is called under the mistake: its name comes from the tables, so it is there."""
    (row,) = [row for row in rows_of(CONFIG, numbers=(title.split(" ")[0],)) if row.title == title]
    with Bench(CONFIG) as bench:
        return measure(bench, row)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_model_fails_its_row(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make, title = MISTAKES[mistake]
    make(monkeypatch)
    assert measured(title).verdict == "failed"


def test_an_exchange_that_breaks_down_fails_the_row_and_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Line, "free", property(lambda self: self.use.takes))
    story = measured("62301234 fixed-line: caller 2 hears busy").story()
    assert (
        "the exchange does not break down: ValueError: line 62301234 is engaged (trunkbench.access." in story
    )


def test_a_chain_that_is_too_long_is_no_loop() -> None:
    """Six numbers, of which each sends its calls to the next: the first can never be reached."""
    lines = [f"6200000{n}" for n in range(7)]
    text = '[bench]\nname = "b"\n[[span]]\nname = "E1"\n'
    text += "".join(f'[[access.fixed_line]]\nnumber = "{line}"\n' for line in lines)
    text += "".join(
        f'[[access.forwarding]]\nnumber = "{line}"\nunconditional = "{to}"\n'
        for line, to in itertools.pairwise(lines)
    )
    config = parse_config(text, "chain.toml")
    (row,) = [row for row in rows_of(config, numbers=("62000000",)) if row.service == "forwarding"]
    assert row.promise == "sent on more than 5 times it ends, cause 25"
    with Bench(config) as bench:
        result = measure(bench, row)
    assert result.verdict == "held"
    assert "busy 450 Hz" in result.measured
    assert "nobody who dials 62000000 ever gets through" in result.notes[0]
