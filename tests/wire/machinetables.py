"""Which machines have pages, and which conversation runs which cell of their tables (for `machinepages`)."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import lapd_talk
import test_lapd_cells
import test_lapd_parameters
import test_lapd_tei_cells
import test_loopstart_cells
import test_q931_tables

from trunkwire.lapd import LapdSettings, assignment, parameters, terminal
from trunkwire.lapd import table as lapd_table
from trunkwire.loopstart import circuit as loop_circuit
from trunkwire.loopstart import station as loop_station
from trunkwire.q931.procedure import Row, event_name, name_of

MakeCell = Callable[..., Any]
MachineRow = tuple[str, str, str, Mapping[str, str], Sequence[Any]]
"""Slug, title, text, states by name, cells."""

Q931 = {
    "user": (
        "Q.931, user side",
        "Basic call control and the supplementary procedures of the user (terminal, PBX): clause 5, Annex A.",
    ),
    "network": (
        "Q.931, network side",
        "Basic call control and the supplementary procedures of the network: clause 5 and Annex A.",
    ),
    "broadcast": (
        "Q.931, a call offered to several terminals",
        "The network's call while SETUP was sent by broadcast (5.2.5), beside the table of the network side.",
    ),
    "terminal": (
        "Q.931, one terminal that answers a broadcast SETUP",
        "What the network keeps for each terminal that has responded (5.2.5, 5.3.2).",
    ),
    "offer": ("Q.931, the offer", "The offer of a call by broadcast as a whole (5.2.5)."),
    "restart": ("Q.931, restart", "The two restart machines of an interface (5.5, states R0 to R2)."),
    "hold": (
        "Hold and retrieve",
        "The auxiliary states of a call (Q.932 6), beside its call state.",
    ),
    "service": (
        "Channels in and out of service",
        "SERVICE and SERVICE ACKNOWLEDGE of the North American switches (maintenance protocol).",
    ),
}
"""Title and text of the tables of `test_q931_tables.TABLES`."""


def machines(cell: MakeCell) -> Iterator[MachineRow]:
    """Every machine, its cells made with `cell`."""
    for machine in (*LAPD, *LOOP):
        yield _machine(cell, *machine)
    yield from _q931(cell)


def _q931(cell: MakeCell) -> Iterator[MachineRow]:
    takers: dict[tuple[int, int, int], list[str]] = defaultdict(list)
    for conversation in test_q931_tables.ALL:
        name = f"{conversation.side.value}: {conversation.name}"
        for key in test_q931_tables.cells_seen(conversation):
            takers[key].append(name)
    for name in test_q931_tables.TABLES:
        title, about = Q931[name]
        table = test_q931_tables.table_of(name)
        states = sorted({state for row in table for state in row.states}, key=int)
        titles = {state.name: f"{state.name} {state.title}" for state in states}
        cells = [_q931_cell(cell, *each, takers) for each in test_q931_tables.cells_of(table)]
        ends = {each.to for each in cells} - set(titles)
        titles.update({end: end for end in sorted(ends)})
        yield f"q931-{name}", title, about, titles, cells


def _q931_cell(
    cell: MakeCell, state: Any, event: int, row: Row, takers: Mapping[tuple[int, int, int], list[str]]
) -> Any:
    return cell(
        state.name,
        event_name(event),
        name_of(row.when) if row.when else "",
        ", ".join(name_of(action) for action in row.actions) or "nothing",
        row.to.name if row.to else state.name,
        row.clause,
        tuple(takers.get((state, event, id(row)), ())),
    )


class _Watched(dict[Any, Any]):
    """Rows of a state by event, which tell of each row that is looked up."""

    def __init__(self, rows: Mapping[Any, Any], seen: set[int]) -> None:
        super().__init__(rows)
        self._seen = seen

    def get(self, key: Any, default: Any = None) -> Any:
        row = super().get(key, default)
        if row is not default:
            self._seen.add(id(row))
        return row

    def __getitem__(self, key: Any) -> Any:
        row = super().__getitem__(key)
        self._seen.add(id(row))
        return row


Played = Iterator[tuple[str, Any, Callable[[], object]]]
"""Of each conversation its name, its machine brought to where it begins, and what then runs it."""


def _links() -> Played:
    for state, steps, *_ in test_lapd_cells.ALL:
        talk = lapd_talk.reach(test_lapd_cells.NAMES[state])
        yield f"state {state}: {steps}", talk.link, functools.partial(talk.steps, steps)


def _terminals() -> Played:
    for state, steps, *_ in test_lapd_tei_cells.TERMINAL_LINES:
        talk = test_lapd_tei_cells.a_terminal(state)
        yield f"{state}: {steps}", talk.machine, functools.partial(talk.steps, steps)

    fixed = test_lapd_tei_cells.Conversation(terminal.Terminal(LapdSettings(tei=5), None))
    yield (
        "a fixed TEI, wanted again once it was removed",
        fixed.machine,
        lambda: fixed.steps("remove ai=5; want"),
    )


def _networks() -> Played:
    for state, steps, *_ in test_lapd_tei_cells.NETWORK_LINES:
        talk = test_lapd_tei_cells.a_network(state)
        yield f"{state}: {steps}", talk.machine, functools.partial(talk.steps, steps)


def _negotiations() -> Played:
    for state, steps, *_ in test_lapd_parameters.LINES:
        talk = test_lapd_parameters.Talk(state)
        yield f"{state}: {steps}", talk.machine, functools.partial(talk.steps, steps)


def _circuits() -> Played:
    for state, steps, *_ in test_loopstart_cells.CIRCUIT_LINES:
        talk = test_loopstart_cells.a_circuit(state)
        yield f"{state}: {steps}", talk.machine, functools.partial(talk.steps, steps)


def _stations() -> Played:
    for state, steps, *_ in test_loopstart_cells.STATION_LINES:
        talk = test_loopstart_cells.a_station(state)
        yield f"{state}: {steps}", talk.machine, functools.partial(talk.steps, steps)


LOOP = (
    (
        "loopstart-circuit",
        "Loop start, the exchange's line circuit",
        "Ringing, ring trip, the caller's number, seizure, answer supervision, open feed: an analog line "
        "as the exchange has it (GR-506-CORE, ETSI ES 201 970, EN 300 659-1).",
        loop_circuit,
        _circuits,
    ),
    (
        "loopstart-station",
        "Loop start, the customer's set",
        "A telephone, or a PBX's port for exchange lines, on an analog line.",
        loop_station,
        _stations,
    ),
)
"""The same of the machines of an analog line."""

LAPD = (
    (
        "lapd-link",
        "LAPD, one data link connection",
        "Q.921 clause 5 and the nine states of Annex B, for both sides; state 5 is split as in Annex D.",
        lapd_table,
        _links,
    ),
    (
        "lapd-tei-terminal",
        "LAPD, the TEI of a terminal",
        "TEI management at the user side: assignment, check, verify and removal (Q.921 5.3).",
        terminal,
        _terminals,
    ),
    (
        "lapd-tei-network",
        "LAPD, one TEI as the network has it",
        "The assignment source point, for each TEI: assignment, check, verify and removal (Q.921 5.3).",
        assignment,
        _networks,
    ),
    (
        "lapd-parameters",
        "LAPD, the parameters of a link",
        "N201, k and T200 agreed by XID (Q.921 5.4, Appendix IV).",
        parameters,
        _negotiations,
    ),
)
"""Slug, title, text, the module with the table, and the conversations of each machine of LAPD."""


def _machine(
    cell: MakeCell, slug: str, title: str, about: str, module: ModuleType, played: Callable[[], Played]
) -> MachineRow:
    takers: dict[int, list[str]] = defaultdict(list)
    seen: set[int] = set()
    watched = {state: _Watched(rows, seen) for state, rows in module.TRANSITIONS.items()}
    for name, machine, run in played():
        machine._transitions = watched
        seen.clear()
        run()
        for row in seen:
            takers[row].append(name)
    short = _short(module)
    cells = [
        cell(
            short[row.state],
            row.event.name.replace("_", " "),
            "",
            ", ".join(name_of(action) for action in row.actions) or "nothing",
            short[row.next_state],
            row.clause,
            tuple(takers.get(id(row), ())),
        )
        for row in module.TABLE
    ]
    titles = {name: _titled(name, state.title) for state, name in short.items()}
    return slug, title, about, titles, cells


def _short(module: ModuleType) -> dict[Any, str]:
    """The states in their order, by a name that is short enough for a column."""
    if module is lapd_table:
        return {state: number for number, state in test_lapd_cells.NAMES.items()}
    return {state: state.title for state in module.TRANSITIONS}


def _titled(name: str, title: str) -> str:
    return f"{name} {title.partition(' ')[2]}" if name[0].isdigit() else title
