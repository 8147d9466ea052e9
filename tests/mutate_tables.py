"""Delete every row of every transition table in turn and see whether the suite notices.

    python tests/mutate_tables.py [NAME ...] [--list]

Each table stands under a dotted name: a tuple of rows, which its machine reads when it is made, or rows by
state and event, which its machine looks up as it goes. A row is taken out in a child process of this one (the
modules are imported once), the tests named beside the table are run there, and a row whose absence no test
notices is a survivor. Survivors are listed; one that has a reason in `REASONS` is expected. The exit code is
1 when a row survived without a reason, or when the tests fail on the whole table.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
_QUIET = ("-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header")


def _as_it_is(_module: Any) -> None:
    """The machine reads the table whenever it is made."""


def _compiled(module: Any) -> None:
    """The table is compiled beside itself when its module is loaded: do so again."""
    module.TRANSITIONS = module.compile_table(module.TABLE)


class _Cell(NamedTuple):
    """A row of a table by state and event."""

    state: Any
    event: Any
    row: Any

    def __str__(self) -> str:
        return f"{self.state.name}: {self.event.name}: {self.row}"


@dataclass(frozen=True)
class Target:
    """A table by its dotted name, what pytest runs to notice, and what to do once the table was changed."""

    table: str
    tests: tuple[str, ...]
    renew: Callable[[Any], None] = _as_it_is

    @property
    def module(self) -> Any:
        """The module of the table, loaded."""
        return importlib.import_module(self.table.partition(":")[0])

    @property
    def name(self) -> str:
        """The table's name in its module."""
        return self.table.partition(":")[2]

    def rows(self) -> tuple[Any, ...]:
        """The rows of the table, in its order."""
        table = getattr(self.module, self.name)
        if isinstance(table, Mapping):
            return tuple(_Cell(state, event, row) for state, of in table.items() for event, row in of.items())
        return tuple(table)

    def drop(self, index: int) -> None:
        """Take a row out, in this process, for good."""
        rows = self.rows()
        if isinstance(rows[index], _Cell):
            del getattr(self.module, self.name)[rows[index].state][rows[index].event]
        else:
            setattr(self.module, self.name, rows[:index] + rows[index + 1 :])
        self.renew(self.module)


_Q931 = "tests/wire/test_q931_tables.py::test_conversation"
_LAPD = ("tests/wire/test_lapd_cells.py", "tests/wire/test_lapd_conversations.py")
_LOOP = ("tests/wire/test_loopstart_cells.py",)
_TEI = ("tests/wire/test_lapd_tei_cells.py",)

TARGETS = {
    "user": Target("trunkwire.q931.table_user:TABLE", (_Q931, "-k", "user")),
    "network": Target("trunkwire.q931.table_network:TABLE", (_Q931, "-k", "network")),
    "broadcast": Target("trunkwire.q931.table_broadcast:CALL", (_Q931, "-k", "network and all")),
    "terminal": Target("trunkwire.q931.table_broadcast:TERMINAL", (_Q931, "-k", "network and all")),
    "offer": Target("trunkwire.q931.table_broadcast:OFFER", (_Q931, "-k", "network and all")),
    "restart": Target("trunkwire.q931.table_restart:TABLE", (_Q931, "-k", "restart")),
    "hold": Target(
        "trunkwire.q931.table_hold:AUXILIARY", (_Q931, "-k", "hold or held or retrieve or channel")
    ),
    "service": Target("trunkwire.q931.table_service:TABLE", (_Q931, "-k", "ATT or NATIONAL")),
    "lapd": Target("trunkwire.lapd.table:TABLE", _LAPD, _compiled),
    "tei-terminal": Target("trunkwire.lapd.terminal:TABLE", _TEI, _compiled),
    "tei-network": Target("trunkwire.lapd.assignment:TABLE", _TEI, _compiled),
    "lapd-errors": Target("trunkwire.lapd.reactions:TABLE", ("tests/wire/test_lapd_management.py",)),
    "xid": Target("trunkwire.lapd.parameters:TABLE", ("tests/wire/test_lapd_parameters.py",), _compiled),
    "loop-circuit": Target("trunkwire.loopstart.circuit:TABLE", _LOOP, _compiled),
    "loop-station": Target("trunkwire.loopstart.station:TABLE", _LOOP, _compiled),
    "e1": Target("trunkwire.e1.align:TABLE", ("tests/wire/test_e1_align.py", "tests/wire/test_e1_framer.py")),
    "serial": Target("trunkwire.seriallink.table:TABLE", ("tests/wire/test_seriallink_link.py",)),
}

REASONS: dict[str, str] = {}
"""Rows that may survive, written as this script prints them, each with the reason."""


def main(argv: Sequence[str] | None = None) -> int:
    """Mutate the tables named (by default all); the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(TARGETS)}")
    parser.add_argument("--list", action="store_true", help="only number and print the rows")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="children at a time")
    arguments = parser.parse_args(argv)
    if unknown := sorted(set(arguments.names) - set(TARGETS)):
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    os.chdir(ROOT)
    chosen = {name: TARGETS[name] for name in arguments.names or TARGETS}
    if arguments.list:
        for name, target in chosen.items():
            for index, row in enumerate(target.rows()):
                print(f"{name} {index}: {row}")
        return 0
    unexplained = 0
    for name, target in chosen.items():
        if not survives(target, None):
            print(f"{name}: the tests fail on the whole table: {' '.join(target.tests)}", file=sys.stderr)
            return 1
        left = survivors(target, arguments.jobs)
        print(f"{name}: {len(target.rows())} rows, {len(left)} survived", flush=True)
        for index in left:
            text = f"{name} {index}: {target.rows()[index]}"
            print(f"  {text}\n    {REASONS.get(text, 'NO REASON GIVEN')}")
            unexplained += text not in REASONS
    return 1 if unexplained else 0


def survivors(target: Target, jobs: int) -> list[int]:
    """The indices of the rows whose absence no test notices."""
    waiting = list(range(len(target.rows())))
    running: dict[int, int] = {}
    found = []
    while waiting or running:
        while waiting and len(running) < jobs:
            index = waiting.pop(0)
            running[start(target, index)] = index
        pid, status = os.wait()
        index = running.pop(pid)
        if os.waitstatus_to_exitcode(status) == 0:
            found.append(index)
    return sorted(found)


def survives(target: Target, index: int | None) -> bool:
    """Whether the tests pass without that row (None: with all rows)."""
    _pid, status = os.waitpid(start(target, index), 0)
    return os.waitstatus_to_exitcode(status) == 0


def start(target: Target, index: int | None) -> int:
    """Fork a child that runs the tests without that row; its process number. It exits 0 if they pass."""
    target.rows()  # loads the modules once, before the fork
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        with Path(os.devnull).open("w") as null:
            os.dup2(null.fileno(), 1)
            os.dup2(null.fileno(), 2)
        if index is not None:
            target.drop(index)
        code = int(pytest.main([*_QUIET, *target.tests]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
