"""Two reference cards in a process of their own, for tests in real time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


class Cards:
    """Two reference cards in a process of their own; their devices."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.paths = [str(folder / "near"), str(folder / "far")]
        command = [
            sys.executable,
            "-m",
            "trunkbench.refcard",
            "--near",
            self.paths[0],
            "--far",
            self.paths[1],
        ]
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.printed = [self.process.stdout.readline().strip() for _ in range(2)]

    def end(self) -> int:
        """End the process; its exit code."""
        self.process.terminate()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(10)
