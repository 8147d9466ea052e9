"""Q.931 against our own stack in both roles: every case passes and nothing is left over."""

from __future__ import annotations

import pytest

from trunkbench.config import load_config
from trunkbench.conform.case import CaseResult, Summary, Verdict
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.html import html
from trunkbench.conform.session import Session
from trunkwire.side import Side


def run_all(role: Side) -> list[CaseResult]:
    with Session(load_config(), role) as session:
        return [session.run(case) for case in select(catalogue(role), ["q931"])]


@pytest.mark.parametrize("role", Side, ids=lambda role: role.value)
def test_our_stack_passes_every_case(role: Side) -> None:
    results = run_all(role)
    assert {r.case.path: r.reason for r in results if r.verdict is not Verdict.PASS} == {}
    assert [f"{r.case.path}: {note}" for r in results for note in r.notes] == []


@pytest.mark.parametrize("role", Side, ids=lambda role: role.value)
def test_every_case_has_a_name_a_purpose_and_a_clause_of_its_own(role: Side) -> None:
    cases = catalogue(role)
    assert len({case.path for case in cases}) == len({case.id for case in cases}) == len(cases)
    assert all(case.purpose.endswith(".") and case.clause and case.script for case in cases)
    assert {case.role for case in cases} == {role}


def test_there_are_enough_cases() -> None:
    """At least 250 of Q.931 (issue: conformance), each of the four kinds of behaviour in either role."""
    groups = [case.group for role in Side for case in catalogue(role) if case.group.startswith("q931/")]
    assert len(groups) >= 250
    assert {(group.split("/")[1], group.split("/")[3]) for group in groups} == {
        (role.value, kind) for role in Side for kind in ("valid", "inopportune", "invalid", "timers")
    }


@pytest.mark.long
@pytest.mark.parametrize("role", Side, ids=lambda role: role.value)
def test_the_whole_run_is_drawn(role: Side) -> None:
    """Every case of both layers has a ladder, whatever its frames hold."""
    with Session(load_config(), role) as session:
        results = [session.run(case) for case in catalogue(role)]
    page = html(Summary(results), "ours", "")
    assert page.count("<details") == page.count("</pre>") == len(results)
    assert sum("no frame crossed" in result.ladder() for result in results) == 0
