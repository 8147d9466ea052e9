"""`trunkbench run`: play scenarios on a bench and say what held.

The exit code is that of the first scenario that did not pass; a verdict for a person, or `--json` with one
object a line for a program.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkbench.cli.show import Watcher, calls_table, verdict_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkbench.bench import Bench
    from trunkbench.scenarios import Result


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="SCENARIO",
        help="which to play, in this order (default: all; --list names them)",
    )
    parser.add_argument(
        "--hw", metavar="FILE", help="TOML file of the bench (default: the software loopback)"
    )
    parser.add_argument(
        "--depth",
        choices=("event", "bits"),
        help="render the loopback's line bits where someone looks (event), or all of them (bits)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="seed of the run (default: the config's)")
    parser.add_argument("--json", action="store_true", help="one JSON object a scenario, one a line")
    parser.add_argument(
        "--artifacts",
        metavar="DIR",
        type=Path,
        help="keep trace, ladder, audio and event log in DIR/SCENARIO",
    )
    parser.add_argument(
        "--far-bug",
        metavar="NAME",
        help="let the far end of the loopback have a known bug, named as the scenario that finds it",
    )
    parser.add_argument("--list", action="store_true", help="name the scenarios and leave")


def run(arguments: argparse.Namespace) -> int:
    """Play what was asked for; the exit code."""
    from trunkbench.config import load_config
    from trunkbench.errors import UsageError
    from trunkbench.scenarios import SCENARIOS
    from trunkbench.scenarios.runner import play

    if arguments.list:
        width = max(map(len, SCENARIOS))
        for scenario in SCENARIOS.values():
            print(f"{scenario.name:{width}} {scenario.summary}")
        return 0
    names = arguments.scenarios or list(SCENARIOS)
    for name in names:
        if name not in SCENARIOS:
            raise UsageError(f"there is no scenario {name!r}; choose from {', '.join(SCENARIOS)}")
    more: dict[str, Any] = {} if arguments.far_bug is None else {"prepare": _misbehaviour(arguments.far_bug)}
    config = load_config(arguments.hw)
    if arguments.artifacts is not None:  # a folder that cannot be made is better found out before the run
        arguments.artifacts.mkdir(parents=True, exist_ok=True)
    exit_code = 0
    for name in names:
        folder = arguments.artifacts / name if arguments.artifacts is not None else None
        with Watcher(name, enabled=not arguments.json) as watcher:
            result = play(
                SCENARIOS[name],
                config,
                depth=arguments.depth,
                seed=arguments.seed,
                artifacts=folder,
                progress=watcher.show,
                **more,
                waiting=_waiting,
            )
        _print(result, as_json=arguments.json, folder=folder)
        exit_code = exit_code or result.exit_code
    return exit_code


def _misbehaviour(name: str) -> Callable[[Bench], None]:
    from trunkbench.errors import UsageError
    from trunkbench.misbehaviour import MISBEHAVIOURS

    if name not in MISBEHAVIOURS:
        raise UsageError(f"there is no bug {name!r} to have; choose from {', '.join(MISBEHAVIOURS)}")
    return MISBEHAVIOURS[name]


def _waiting(port: str, holder: str) -> None:
    """Somebody else has the port: say why nothing goes on."""
    print(f"trunkbench: waiting for {port}, held by {holder}", file=sys.stderr, flush=True)


def _print(result: Result, *, as_json: bool, folder: Path | None) -> None:
    if as_json:
        print(json.dumps(result.to_json(), ensure_ascii=False), flush=True)
        return
    print(calls_table(result.calls))
    print("\n".join(verdict_lines(result)))
    if folder is not None:
        print(f"  artefacts in {folder}")
    print(flush=True)
    sys.stdout.flush()
