"""The pages of the state machines are those of the tables, and every cell on them has a conversation."""

from __future__ import annotations

import machinepages
import machinetables
import pytest


@pytest.fixture(scope="module")
def machines() -> list[machinepages.Machine]:
    """Every machine that has a page."""
    return [machinepages.Machine(*row) for row in machinetables.machines(machinepages.Cell)]


def test_every_cell_is_run_by_a_named_conversation(machines: list[machinepages.Machine]) -> None:
    assert len(machines) == 14
    assert [(machine.slug, cell) for machine in machines for cell in machine.uncovered] == []


def test_the_pages_are_what_the_tables_say() -> None:
    """`make machines` writes them."""
    written = {path.name: path.read_text(encoding="utf-8") for path in machinepages.FOLDER.glob("*.md")}
    assert written == machinepages.pages()


def test_a_row_less_is_another_page_and_one_without_a_conversation_says_so(
    machines: list[machinepages.Machine],
) -> None:
    machine = machines[0]
    fewer = machine._replace(cells=machine.cells[1:])
    assert machinepages.page(fewer) != machinepages.page(machine)
    alone = machine.cells[0]._replace(conversations=())
    lonely = machine._replace(cells=[alone, *machine.cells[1:]])
    assert "| **none** |" in machinepages.page(lonely)
    assert "99." in machinepages.index([lonely])
    assert "| **none** |" not in machinepages.page(machine)


def test_diagrams_draw_each_way_once_and_name_its_events(machines: list[machinepages.Machine]) -> None:
    for machine in machines:
        lines = list(machinepages.diagram(machine))
        arrows = [line.strip().partition(":")[0] for line in lines if "-->" in line]
        assert len(arrows) == len(set(arrows))
        ways = {(cell.state, cell.to) for cell in machine.cells if cell.to != cell.state}
        assert len(arrows) == len(ways)
        assert lines[0] == "```mermaid"
