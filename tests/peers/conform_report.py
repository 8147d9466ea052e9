"""`make deviations`: run the suite against the peers that are installed, and write their sections of
the document.

Ends with exit status 1, and says why, when the lists of known deviations do not hold.
"""

from __future__ import annotations

import sys
from pathlib import Path

from conform_deviations import DOCUMENT, complaints, load, render, replaced
from conform_worker import IMPLEMENTATIONS
from peerlib import run_worker


def main() -> int:
    """Every implementation; 0 when all lists hold."""
    code = 0
    for name in IMPLEMENTATIONS:
        run = run_worker(Path(__file__).with_name("conform_worker.py"), {"implementation": name})
        verdicts = {row["path"]: row["verdict"] for row in run["results"]}
        known = load(name)
        for line in complaints(known, verdicts):
            code = 1
            print(f"{run['name']}: {line}")
        document = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(replaced(name, document, render(run["name"], known, verdicts)), encoding="utf-8")
        print(run["table"])
        counts = ", ".join(
            f"{list(verdicts.values()).count(v)} {v}" for v in ("pass", "fail", "inconclusive")
        )
        print(f"{run['name']}: {len(verdicts)} cases, {counts}")
    return code


if __name__ == "__main__":
    sys.exit(main())
