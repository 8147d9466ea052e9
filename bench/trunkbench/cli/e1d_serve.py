"""`trunkbench e1d-serve`: offer a span of the bench, or a pair of lines, as osmo-e1d would.

It runs until it is interrupted or terminated, and gives everything back then.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType

from trunkwire.ticks import SECOND, Tick

LOOK_EVERY: Tick = SECOND // 10
"""How often it looks whether somebody wants it to end."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--hw", metavar="FILE", help="offer the far end of each span of this bench (TOML file)")
    what.add_argument(
        "--pair", action="store_true", help="offer interfaces 0 and 1, connected to each other, instead"
    )
    parser.add_argument(
        "--socket",
        metavar="PATH",
        type=Path,
        help="where to listen (default: osmo-e1d.ctl in the folder for temporary files)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve until somebody ends it; the exit code."""
    from trunkbench.config import load_config
    from trunkbench.e1dserver import offer_bench, offer_pair
    from trunkbench.ports.e1dproto import default_path

    path = arguments.socket or default_path()
    terminated = False

    def terminate(number: int, frame: FrameType | None) -> None:
        nonlocal terminated
        terminated = True

    signal.signal(signal.SIGTERM, terminate)
    with offer_pair(path) if arguments.pair else offer_bench(load_config(arguments.hw), path) as offer:
        print(_described(arguments.pair, len(offer.server.interfaces), path), flush=True)
        while not terminated:
            offer.run(offer.pump.now + LOOK_EVERY)
    print("terminated: every timeslot was given back", file=sys.stderr)
    return 0


def _described(pair: bool, interfaces: int, path: Path) -> str:
    if pair:
        return f"{path}: interfaces 0 and 1, line 0 each, connected to each other"
    numbers = ", ".join(str(number) for number in range(interfaces))
    word = "interfaces" if interfaces > 1 else "interface"
    return f"{path}: {word} {numbers}, line 0, with our exchange at the other end"
