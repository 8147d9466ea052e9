"""Q.921 against our own layer 2 in both roles: every case passes, and the judge is not the judged."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import trunkbench.conform.q921
from trunkbench.config import load_config
from trunkbench.conform.case import Case, CaseResult, Verdict
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.session import Session
from trunkwire.side import Side

FOLDER = Path(trunkbench.conform.q921.__file__).parent
RULES_OF_OURS = ("table", "procedures", "link", "entity", "connection", "terminal", "assignment", "reactions")
STATES = ("4.0", "5.0", "5.1", "5.2", "6.0", *(f"{n}.{condition}" for n in (7, 8) for condition in range(8)))


def q921(role: Side) -> list[Case]:
    return list(select(catalogue(role), ["q921"]))


@pytest.mark.parametrize("role", Side, ids=lambda role: role.value)
def test_our_layer_2_passes_every_case(role: Side) -> None:
    with Session(load_config(), role) as session:
        results = [session.run(case) for case in q921(role)]
    assert {r.case.path: r.reason for r in results if r.verdict is not Verdict.PASS} == {}
    silent = [r.case.path for r in results if not any(record.data for record in r.records)]
    assert silent == []


def test_there_are_enough_cases() -> None:
    """At least 120 (issue: conformance), in each role; every state, every kind of behaviour."""
    for role in Side:
        cases = q921(role)
        assert len(cases) >= 120
        assert {case.state for case in cases} >= {*STATES, "TEI"}
        kinds = {case.group.split("/")[3] for case in cases}
        assert kinds == {"valid", "inopportune", "invalid", "timers"}
        assert all(case.clause.startswith("Q.921 ") and case.layer == 2 for case in cases)


def test_automatic_tei_is_for_the_role_that_has_it() -> None:
    assert any(case.state == "3.0" for case in q921(Side.USER))
    assert not any(case.state == "3.0" for case in q921(Side.NETWORK))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_the_tester_of_layer_2_knows_the_layout_of_frames_only(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    modules |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert {module for module in modules if module.startswith("trunkwire")} <= {
        "trunkwire.lapd.frames",
        "trunkwire.side",
        "trunkwire.ticks",
    }
    assert not {f"trunkwire.lapd.{name}" for name in RULES_OF_OURS} & modules
    assert not {"trunkbench.conform.ours", "trunkbench.conform.ours_link", "trunkbench.span"} & modules


def test_the_testers_own_data_link_hears_and_says_nothing() -> None:
    (case,) = select(catalogue(Side.USER), ["q921/user/7.0/valid/window"])
    with Session(load_config(), Side.USER, one_case=False) as session:
        line = session._line_of_its_own(case)
        with line:
            result = line.run(case)
            counters = line.station.link.counters
    assert result.verdict is Verdict.PASS
    assert (counters.frames_received, counters.frames_sent) == (0, 0)


def judged_in_place(monkeypatch: pytest.MonkeyPatch, role: Side, *paths: str) -> list[CaseResult]:
    """As on hardware: on the line that the other cases use, with a whole stack at the other end."""
    monkeypatch.setattr(Session, "_on_loopback", property(lambda _session: False))
    cases = select(catalogue(role), paths)
    with Session(load_config(), role) as session:
        return [session.run(case) for case in cases]


@pytest.mark.parametrize("role", Side, ids=lambda role: role.value)
def test_on_a_line_in_use_nothing_fails_and_the_cases_of_layer_3_go_on(
    role: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = judged_in_place(monkeypatch, role, "q921", "q931/*/?0/valid")
    assert [(r.case.path, r.reason) for r in results if r.verdict is Verdict.FAIL] == []
    passed = {r.case.path for r in results if r.verdict is Verdict.PASS}
    assert len([path for path in passed if path.startswith("q921")]) > 200
    assert {case.path for case in select(catalogue(role), ["q931/*/?0/valid"])} <= passed


def test_without_tei_management_a_case_that_needs_it_gives_no_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (result,) = judged_in_place(monkeypatch, Side.USER, "q921/user/3.0/valid/assigned")
    assert (result.verdict, result.reason) == (
        Verdict.INCONCLUSIVE,
        'needs a basic access with TEI management (kind = "bri")',
    )


def test_the_ladder_names_frames_and_messages_of_tei_management() -> None:
    cases = select(catalogue(Side.USER), ["q921/user/3.0/valid/assigned", "q921/user/7.1/valid/rr-p1"])
    with Session(load_config(), Side.USER) as session:
        assigned, enquiry = (session.run(case).ladder().splitlines() for case in cases)
    assert assigned[0].split() == ["time", "tester", "(network)", "IUT", "(user)"]
    assert [line.split("│")[1].strip("─▶◀ ") for line in assigned[1:4]] == [
        "identity request Ri=9e37 Ai=127",
        "identity assigned Ri=9e37 Ai=70",
        "SABME P=1 TEI 70",
    ]
    assert enquiry[-1].split("│")[1].strip("─▶◀ ") == "RR response F=1 N(R)=0"
