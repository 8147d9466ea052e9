"""`python -m trunkbench.refcard`: two reference cards and a crossover cable, until it is ended.

Prints the device of the near card and that of the far card, one a line, when both can be opened.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from trunkbench.errors import PortError
from trunkbench.refcard.bench import CardPlan, RefBench
from trunkbench.refcard.line import Harm
from trunkwire.ticks import ticks

WORST_PPM = 1000.0
"""Twenty times what G.703 lets an E1 clock be off by."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trunkbench.refcard",
        description="Two serial trunk cards in software with a crossover cable between them.",
    )
    parser.add_argument("--near", type=Path, metavar="PATH", help="link the near card's device to PATH")
    parser.add_argument("--far", type=Path, metavar="PATH", help="link the far card's device to PATH")
    parser.add_argument(
        "--channels", type=int, default=30, metavar="N", help="B channels that the cards declare (default 30)"
    )
    parser.add_argument(
        "--d-channel", type=int, default=16, metavar="SLOT", help="timeslot of the D channel (default 16)"
    )
    parser.add_argument("--baud", type=int, default=0, help="limit both serial lines to this rate, 8N1")
    parser.add_argument(
        "--drop", type=float, default=0.0, metavar="P", help="chance that an octet is dropped"
    )
    parser.add_argument(
        "--corrupt", type=float, default=0.0, metavar="P", help="chance that a bit of an octet is inverted"
    )
    parser.add_argument(
        "--reset-every", metavar="TIME", help='both cards start anew that often, such as "5s"'
    )
    for end in ("near", "far"):
        parser.add_argument(
            f"--{end}-ppm",
            type=float,
            default=0.0,
            metavar="PPM",
            help=f"by how many millionths the {end} card's oscillator is fast (default 0)",
        )
    parser.add_argument(
        "--seed", type=int, default=1, help="of everything that happens by chance (default 1)"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or Ctrl-C. Exit codes: 0 ended so, 2 usage, 5 a device cannot be made."""
    parser = _parser()
    given = parser.parse_args(argv)
    free = [slot for slot in range(1, 32) if slot != given.d_channel]
    if not 1 <= given.channels <= len(free):
        parser.error(f"--channels {given.channels}: choose 1 to {len(free)}")
    slots = tuple(sorted([*free[: given.channels], given.d_channel]))
    if max(abs(given.near_ppm), abs(given.far_ppm)) > WORST_PPM:
        parser.error(f"--near-ppm and --far-ppm: at most {WORST_PPM:g}")
    try:
        every = ticks(given.reset_every) if given.reset_every else None
    except ValueError as error:
        parser.error(f"--reset-every: {error}")
    plans = [
        CardPlan(link, slots, Harm(given.drop, given.corrupt, given.baud), every, ppm)
        for link, ppm in ((given.near, given.near_ppm), (given.far, given.far_ppm))
    ]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with RefBench(*plans, seed=given.seed) as cards:
            print(*cards.paths, sep="\n", flush=True)
            while True:
                cards.poll()
                cards.wait()
    except KeyboardInterrupt:
        return 0
    except PortError as error:
        print(f"trunkbench: {error}", file=sys.stderr)
        return 5


if __name__ == "__main__":
    sys.exit(main())
