"""`trunkbench services`: the access services in English and Chinese, or the numbers of one configuration."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from trunkbench.errors import UsageError

if TYPE_CHECKING:
    from trunkbench.access.classify import Language

_COLUMNS = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("service", nargs="?", metavar="SERVICE", help="only this one, such as one-number")
    parser.add_argument(
        "--hw", type=Path, metavar="FILE", help="list the numbers of this configuration instead"
    )
    parser.add_argument(
        "--areas", action="store_true", help="with --hw: say where each number belongs, too (takes a second)"
    )
    parser.add_argument("--lang", choices=("en", "zh", "both"), default="both", help="default: both")


def run(arguments: argparse.Namespace) -> int:
    """Print them; 0. Raises UsageError for a service that does not exist or a file without a plan."""
    if arguments.hw is not None:
        if arguments.service is not None:
            raise UsageError("give a service to be explained, or --hw FILE to see its numbers")
        where: Language = "zh" if arguments.lang == "zh" else "en"
        print("\n".join(_numbers(arguments.hw, where if arguments.areas else None)))
        return 0
    if arguments.areas:
        raise UsageError("--areas belongs to --hw FILE: it says where the numbers of a configuration belong")
    from trunkbench.access.catalogue import catalogue, folded

    entries = catalogue()
    chosen = [entry for entry in entries if arguments.service in (None, entry.key)]
    if not chosen:
        there = ", ".join(entry.key for entry in entries)
        raise UsageError(f"there is no service {arguments.service!r}; there are {there}")
    for n, entry in enumerate(chosen):
        if n:
            print()
        print(f"{entry.key}: {entry.title} ({entry.title_zh})")
        if arguments.lang != "zh":
            print(textwrap.indent(textwrap.fill(entry.text, _COLUMNS - 2), "  "))
        if arguments.lang != "en":
            print(textwrap.indent("\n".join(folded(entry.text_zh, _COLUMNS - 2)), "  "))
        if arguments.service is not None:
            print(textwrap.indent(entry.example.rstrip(), "    "))
    return 0


def _numbers(path: Path, where: Language | None) -> list[str]:
    """A row a number: what it is, how many calls it is sold for, what is behind it, what it looks like."""
    from trunkbench.access.listing import leases_listed, listed, remark
    from trunkbench.config import load_config

    config = load_config(path)
    if config.access is None:
        raise UsageError(f"{path} has no [access] plan: there are no numbers to list")
    rows = listed(config, where)
    leased = [f"leased: {lease}" for lease in leases_listed(config)]
    if not rows:
        return [f"the [access] plan of {path} has no numbers: nobody can be called by it", *leased]
    table = [("number", "service", "calls at once", "behind", "looks like")]
    table += [(row.number, row.service, str(row.calls), row.behind, row.looks or "-") for row in rows]
    a, b, c, d = (max(len(line[column]) for line in table) for column in range(4))
    lines = [f"{n:<{a}}  {s:<{b}}  {k:>{c}}  {e:<{d}}  {x}" for n, s, k, e, x in table]
    lines += leased
    told = remark(rows)
    return lines if told is None else [*lines, told]
