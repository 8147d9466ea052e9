"""The conformance suite against other people's stacks: exactly the deviations that are listed, and no other.

A deviation that is new, and one that has gone, both fail; the document has to say what the list says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from clockhook import why_no_virtual_time
from conform_deviations import DOCUMENT, Deviation, Deviations, Open, complaints, load, render, section
from peer_runs import Once
from peerlib import absent, record_result, require_library, run_worker

pytestmark = pytest.mark.long

LIBRARIES = {
    "libpri": ("libpri.so.1.4", "libpri1.4"),
    "libpri_link": ("libpri.so.1.4", "libpri1.4"),
    "osmo": ("libosmoabis.so.10", "libosmoabis10"),
}


@pytest.fixture(scope="session")
def once() -> Once:
    return Once()


@pytest.fixture
def judged(once: Once, name: str) -> dict[str, Any]:
    require_library(*LIBRARIES[name])
    reason = why_no_virtual_time()
    if reason is not None:
        absent(reason)
    worker = Path(__file__).with_name("conform_worker.py")
    run: dict[str, Any] = once.of(name, lambda: run_worker(worker, {"implementation": name}))
    return run


def verdicts_of(run: dict[str, Any]) -> dict[str, str]:
    return {row["path"]: row["verdict"] for row in run["results"]}


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_deviations_are_those_that_are_listed(judged: dict[str, Any], name: str) -> None:
    verdicts = verdicts_of(judged)
    record_result(
        f"conform-{name}",
        {
            "peer": judged["name"],
            "conformance": {v: list(verdicts.values()).count(v) for v in ("pass", "fail", "inconclusive")},
        },
    )
    reasons = {row["path"]: row["reason"] for row in judged["results"]}
    found = complaints(load(name), verdicts)
    assert found == [], "\n".join(f"{line} ({reasons.get(line.split()[1], '')})" for line in found)


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_document_says_so(judged: dict[str, Any], name: str) -> None:
    text = section(name, DOCUMENT.read_text(encoding="utf-8"))
    assert text == render(judged["name"], load(name), verdicts_of(judged)), "run: make deviations"


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_failure_is_decided_by_a_frame(judged: dict[str, Any], name: str) -> None:
    assert [
        row["path"] for row in judged["results"] if row["verdict"] == "fail" and not row["decided_by"]
    ] == []


VERDICTS = {"a/b/valid/x": "pass", "a/b/valid/y": "fail", "a/b/valid/z": "inconclusive"}


def listed(*failing: str, undecided: tuple[str, ...] = ("a/b/valid/z",)) -> Deviations:
    entries = tuple(Deviation((path,), "1.2", "this", "that", "theirs") for path in failing)
    return Deviations(entries, (Open(undecided, "because"),))


def test_a_list_that_holds() -> None:
    assert complaints(listed("a/b/*/y"), VERDICTS) == []


@pytest.mark.parametrize(
    ("known", "line"),
    [
        (listed(), "new: a/b/valid/y is fail and is not listed"),
        (listed("a/b/valid/[xy]"), "gone: a/b/valid/x is listed as fail and is pass"),
        (listed("a/b/valid/y", undecided=()), "new: a/b/valid/z is inconclusive and is not listed"),
        (listed("a/b/valid/y", "a/b/valid/w"), "fail entry 2: 'a/b/valid/w' names no case"),
        (
            listed("a/b/valid/y", "a/b/*/y"),
            "a/b/valid/y is listed twice (fail entries 1 and 2)",
        ),
    ],
)
def test_a_list_that_does_not_hold(known: Deviations, line: str) -> None:
    assert complaints(known, VERDICTS) == [line]
