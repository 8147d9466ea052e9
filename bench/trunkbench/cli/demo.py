"""`trunkbench demo`: the main job in one go, on the software loopback.

Thirty-one customers dial one number over one thirty-channel trunk. Thirty talk at once, each hears the
party on its channel; the thirty-first finds the trunk full and hears busy tone. All hang up, and every
channel is idle again. Then the ladder of one call, decoded from the D-channel trace that was just recorded.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from trunkbench.cli.show import Watcher, calls_table, verdict_lines


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--depth", choices=("event", "bits"), help="as for run")
    parser.add_argument(
        "--artifacts",
        metavar="DIR",
        type=Path,
        default=Path("demo-artifacts"),
        help="where trace, ladder, audio and event log go (default: demo-artifacts)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Play it; 0 if all held."""
    from trunkbench.config import load_config
    from trunkbench.scenarios.full_house import FULL_HOUSE
    from trunkbench.scenarios.runner import play
    from trunkbench.trace.frames import read_frames
    from trunkbench.trace.ladders import ladder
    from trunkbench.trace.record import FrameRecord

    print("Thirty-one customers dial 300 over one E1 of thirty channels.\n", flush=True)
    with Watcher("demo") as watcher:
        result = play(
            FULL_HOUSE,
            load_config(),
            depth=arguments.depth,
            artifacts=arguments.artifacts,
            progress=watcher.show,
        )
    print(calls_table(result.calls, fold=False))
    print()
    print("\n".join(verdict_lines(result)))
    trace = arguments.artifacts / "trace.pcapng"
    with trace.open("rb") as file:
        frames = [item for item in read_frames(file, str(trace)) if isinstance(item, FrameRecord)]
    print(f"\nThe first of these calls, decoded from {trace}:\n")
    print(ladder(frames, 1, ends=("near", "far")))
    print(f"See also: trunkbench decode {trace}")
    print(f"          {arguments.artifacts / 'audio'}: what each caller heard")
    return result.exit_code
