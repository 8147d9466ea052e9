"""The tables of Q.931 are what the machine does: every cell is exercised, and every row is missed when it
is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
import q931_broadcast
import q931_crossings
import q931_hold
import q931_information
import q931_network
import q931_null
import q931_service
import q931_suspend
import q931_user
from q931_talk import Conversation, Talk

from trunkwire.q931 import (
    table_broadcast,
    table_hold,
    table_network,
    table_restart,
    table_service,
    table_user,
)
from trunkwire.q931.call import Call
from trunkwire.q931.procedure import Row, State, Table, cells, event_name
from trunkwire.q931.restart import RestartMachine

ALL = [
    *q931_user.CONVERSATIONS,
    *q931_network.CONVERSATIONS,
    *q931_crossings.CONVERSATIONS,
    *q931_broadcast.CONVERSATIONS,
    *q931_null.CONVERSATIONS,
    *q931_hold.CONVERSATIONS,
    *q931_suspend.CONVERSATIONS,
    *q931_information.CONVERSATIONS,
    *q931_service.CONVERSATIONS,
]
TABLES: dict[str, tuple[ModuleType, str]] = {
    "user": (table_user, "TABLE"),
    "network": (table_network, "TABLE"),
    "broadcast": (table_broadcast, "CALL"),
    "terminal": (table_broadcast, "TERMINAL"),
    "offer": (table_broadcast, "OFFER"),
    "restart": (table_restart, "TABLE"),
    "hold": (table_hold, "AUXILIARY"),
    "service": (table_service, "TABLE"),
}

Cell = tuple[State, int, Row]


@pytest.mark.parametrize(
    "conversation", ALL, ids=lambda conversation: f"{conversation.side.value}: {conversation.name}"
)
def test_conversation(conversation: Conversation) -> None:
    Talk(conversation).run()


def test_names_of_conversations_are_unique() -> None:
    names = [(conversation.side, conversation.name) for conversation in ALL]
    assert len(names) == len(set(names))


def table_of(name: str) -> Table:
    """The table of that name."""
    module, attribute = TABLES[name]
    found: Table = getattr(module, attribute)
    return found


def cells_of(table: Table) -> Iterator[Cell]:
    """Every cell: a state, an event, and a row that may answer it there."""
    for row in table:
        for state in row.states:
            for event in row.events:
                yield state, event, row


def cells_seen(conversation: Conversation) -> set[tuple[int, int, int]]:
    """(state, event, identity of the row) of every row that the conversation takes."""
    talk = Talk(conversation)
    seen: set[tuple[int, int, int]] = set()

    def observe(owner: Call | RestartMachine, event: int, row: Row) -> None:
        seen.add((owner.state, event, id(row)))

    talk.machine.observer = observe
    talk.run()
    return seen


@pytest.fixture(scope="module")
def seen() -> dict[str, set[tuple[int, int, int]]]:
    """The cells that each conversation takes, by side and name."""
    return {f"{each.side.value}: {each.name}": cells_seen(each) for each in ALL}


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_has_a_conversation(name: str, seen: dict[str, set[tuple[int, int, int]]]) -> None:
    taken = set().union(*seen.values())
    missing = [
        f"{state}: {event_name(event)}: {row}"
        for state, event, row in cells_of(table_of(name))
        if (state, event, id(row)) not in taken
    ]
    assert missing == []


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_missed(
    name: str, seen: dict[str, set[tuple[int, int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row is deleted in turn; a conversation that took it must then come out differently."""
    (module, attribute), table = TABLES[name], table_of(name)
    takers: dict[int, list[Conversation]] = {}
    for each in ALL:
        for _state, _event, row_id in seen[f"{each.side.value}: {each.name}"]:
            takers.setdefault(row_id, []).append(each)
    survivors = []
    for index, row in enumerate(table):
        monkeypatch.setattr(module, attribute, table[:index] + table[index + 1 :])
        if all(holds(each) for each in takers.get(id(row), [])):
            survivors.append(str(row))
    assert survivors == []


def holds(conversation: Conversation) -> bool:
    """Whether the conversation comes out as written."""
    try:
        Talk(conversation).run()
    except Exception:
        return False
    return True


@pytest.mark.parametrize("name", TABLES)
def test_rows_behind_one_without_condition_would_be_dead(name: str) -> None:
    for state, events in cells(table_of(name)).items():
        for event, rows in events.items():
            assert [row.when for row in rows[:-1]].count(None) == 0, f"{state} {event_name(event)}"


@pytest.mark.parametrize("name", TABLES)
def test_rows_read_as_lines_with_a_clause(name: str) -> None:
    for row in table_of(name):
        text = str(row)
        assert text.startswith(row.states[0].name)
        assert row.clause
        assert text.endswith(f"[{row.clause}]")
        assert "<" not in text, "an action or condition has no name"
