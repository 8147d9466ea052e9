"""Every kind of finding: a trace that triggers it, with its frames and whose doing it is, and a near miss."""

from __future__ import annotations

import explain_calls
import explain_links
import explain_messages
import pytest
from explaincase import Case, explained, found

from trunkbench.trace.explain import KINDS

CASES = (*explain_links.CASES, *explain_calls.CASES, *explain_messages.CASES)
EACH = pytest.mark.parametrize("case", CASES, ids=[f"{case.slug}-{n}" for n, case in enumerate(CASES)])


def test_every_kind_has_a_case() -> None:
    assert {case.slug for case in CASES} == {kind.slug for kind in KINDS}
    assert len({kind.slug for kind in KINDS}) == len(KINDS)


@EACH
def test_it_is_found(case: Case) -> None:
    findings = found(case.trigger(), case.slug)
    assert len(findings) == 1, [f.kind.slug for f in explained(case.trigger()).findings]
    finding = findings[0]
    assert tuple(finding.frames) == case.frames
    assert finding.side is case.side
    assert case.says in finding.text


@EACH
def test_a_near_miss_is_not(case: Case) -> None:
    assert found(case.near(), case.slug) == []
