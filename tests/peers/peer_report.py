"""What a run against a peer proved, as a file and in the terminal's summary.

Everything that crossed is written as pcapng (link type 203, directions in epb_flags) and decoded by tshark,
which knows LAPD and Q.931 independently of both ends; it must find no malformed frame.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from peerlib import record_result
from trunk_link import Crossed

from trunkbench.trace import Direction, PcapngWriter, record_at
from trunkwire.side import Side

REPORT = "TRUNKBENCH_PEER_REPORT"
"""Names one JSON file that gathers the results of all peers, beside each peer's own of `record_result`."""


def write_trace(path: str, frames: Iterable[Crossed]) -> None:
    """The frames as the near (network) end saw them; a lost one stands there if that end sent it."""
    with PcapngWriter(path) as writer:
        for frame in sorted(frames, key=lambda crossed: crossed.sent_at):
            direction = Direction.OUT if frame.from_near else Direction.IN
            if frame.from_near or frame.delivered_at is not None:
                writer.write(record_at(frame.sent_at, direction, frame.frame, "E1", side=Side.NETWORK))


@functools.cache
def _version_of(tshark: str) -> str:
    told = subprocess.run([tshark, "--version"], capture_output=True, text=True, timeout=60, check=True)
    return told.stdout.split()[2]


def judged_by_tshark(tshark: str, trace: Path) -> dict[str, Any]:
    """tshark's version, how many frames it decoded as Q.931, and each frame that it objects to."""
    fields = ("frame.number", "_ws.col.Protocol", "_ws.malformed", "_ws.expert.message")
    command = [tshark, "-r", str(trace), "-T", "fields", *(part for name in fields for part in ("-e", name))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    rows = [(line + "\t\t\t").split("\t")[:4] for line in done.stdout.splitlines()]
    bad = [f"frame {number}: {remark or malformed}" for number, _, malformed, remark in rows if malformed]
    return {
        "version": _version_of(tshark),
        "frames": len(rows),
        "q931": sum(protocol == "Q.931" for _, protocol, _, _ in rows),
        "malformed": len(bad),
        "malformed_frames": bad[:10],
        "remarks": sorted({remark for *_, remark in rows if remark}),
    }


def summary_of(name: str, peer: str, results: Mapping[str, Any], tshark: Mapping[str, Any]) -> dict[str, Any]:
    """One peer's result from the results of its worker and tshark's judgement."""
    tallies = [tally for result in results.values() for tally in result["tally"].values()]
    seen = sorted({cause for tally in tallies for cause in tally["causes_seen"]})
    return {
        "name": name,
        "peer": peer,
        "version": next(iter(results.values()))["version"],
        "scenarios": sorted(results),
        "calls": sum(tally["placed"] for tally in tallies),
        "answered": sum(tally["answered"] for tally in tallies) // 2,
        "causes_seen": seen,
        "frames": sum(result["frames"] for result in results.values()),
        "line_time_s": round(sum(result["line_time_s"] for result in results.values()), 3),
        "tshark": dict(tshark),
    }


def gather(folder: Path, into: Path) -> None:
    """All peers' results in one file. Others may be writing: whoever is last finds every file whole."""
    peers = []
    for file in sorted(folder.glob("*.json")):
        try:
            peers.append({"name": file.stem} | json.loads(file.read_text(encoding="utf-8")))
        except json.JSONDecodeError:
            continue
    part = into.with_name(f"{into.name}.{os.getpid()}")
    part.write_text(json.dumps(peers, indent=2) + "\n", encoding="utf-8")
    part.replace(into)


class _Summary:
    """Adds the peers' lines to the terminal's summary."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("peers")
        for line in self.lines:
            terminalreporter.write_line(line)


def publish(config: pytest.Config, result: Mapping[str, Any]) -> Path:
    """Keep one peer's result: its own file, the gathered file if there is one, a line in the summary."""
    path = record_result(result["name"], result)
    gathered = os.environ.get(REPORT)
    if gathered:
        gather(path.parent, Path(gathered))
    plugin = config.pluginmanager.get_plugin("trunkbench-peer-summary")
    if plugin is None:
        plugin = _Summary()
        config.pluginmanager.register(plugin, "trunkbench-peer-summary")
    causes = " ".join(str(cause) for cause in result["causes_seen"])
    plugin.lines.append(
        f"{result['name']}: {result['peer']} {result['version']}, {result['calls']} calls, "
        f"{result['answered']} answered, causes {causes}; {result['frames']} frames, "
        f"tshark {result['tshark']['version']}: {result['tshark']['malformed']} malformed"
    )
    return path
