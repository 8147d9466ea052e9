"""`trunkbench services`: the access services in English and Chinese, or the numbers of one configuration."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from trunkbench.errors import UsageError

_COLUMNS = 100


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("service", nargs="?", metavar="SERVICE", help="only this one, such as one-number")
    parser.add_argument(
        "--hw", type=Path, metavar="FILE", help="list the numbers of this configuration instead"
    )
    parser.add_argument("--lang", choices=("en", "zh", "both"), default="both", help="default: both")


def run(arguments: argparse.Namespace) -> int:
    """Print them; 0. Raises UsageError for a service that does not exist or a file without a plan."""
    if arguments.hw is not None:
        if arguments.service is not None:
            raise UsageError("give a service to be explained, or --hw FILE to see its numbers")
        print("\n".join(_numbers(arguments.hw)))
        return 0
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


def _numbers(path: Path) -> list[str]:
    """A row a number: what it is, and how many calls it is sold for."""
    from trunkbench.access.config import build_network
    from trunkbench.config import load_config

    config = load_config(path)
    if config.access is None:
        raise UsageError(f"{path} has no [access] plan: there are no numbers to list")
    network = build_network(config.access, {span.name: len(span.slots) for span in config.spans})
    rows = [("number", "service", "calls at once")]
    for key, number in config.access.numbers():
        calls = network.promised(number)
        rows.append((number, key.partition("[")[0].replace("_", " "), str(calls)))
    for number, line in sorted(network.lines.items()):
        if number not in network.services:
            rows.append((number, f"line, {line.use.value}", str(int(line.use.takes))))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    return [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>13}" for a, b, c in rows]
