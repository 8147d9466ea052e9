"""Every kind of finding: a trace that triggers it, with its frames and whose doing it is, and a near miss."""

from __future__ import annotations

import explain_calls
import explain_links
import explain_messages
import pytest
from explaincase import Case, explained, found

from trunkbench.trace.explain import KINDS

CASES = (*explain_links.CASES, *explain_calls.CASES, *explain_messages.CASES)
FOLLOWS: dict[str, tuple[set[str], set[str]]] = {
    "modulo-8": ({"begins-mid-call"}, {"begins-mid-call"}),
    "link-refused": (set(), {"link-refused-once"}),
    "link-refused-once": (set(), {"link-refused"}),
    "same-side": ({"side-contradiction"}, set()),
    "ns-gap": (set(), {"capture-gap"}),
    "capture-gap": (set(), {"ns-gap"}),
    "other-protocol": (set(), {"ie-missing"}),
    "setup-changed": (set(), {"setup-repeated"}),
    "call-stalled": ({"cause-user"}, {"cause-user"}),
    "overlap-timeout": ({"cause-provisioning"}, {"cause-provisioning"}),
    "reference-flag": ({"begins-mid-call"}, set()),
    "reference-global": ({"ie-missing", "ie-unexpected"}, set()),
    "channel-stuck": ({"cause-network", "link-reset-with-calls"}, {"link-reset-with-calls"}),
    "channel-half-cleared": ({"cause-protocol"}, set()),
    "facility-broken": (set(), {"facility-refused"}),
    "header-broken": (set(), {"begins-mid-call"}),
    "cause-protocol": (set(), {"busy-as-16"}),
    "number-two-forms": ({"cause-provisioning"}, {"cause-provisioning"}),
    "number-truncated": ({"cause-provisioning"}, set()),
    "caller-refused": ({"cause-provisioning"}, {"cause-provisioning"}),
}
"""What else may be found in the traces of a kind, and in its near misses; in all others nothing is."""
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
    others = {one.kind.slug for one in explained(case.trigger()).findings} - {case.slug}
    assert others <= FOLLOWS.get(case.slug, (set(), set()))[0]


@EACH
def test_a_near_miss_is_not(case: Case) -> None:
    assert found(case.near(), case.slug) == []
    others = {one.kind.slug for one in explained(case.near()).findings}
    assert others <= FOLLOWS.get(case.slug, (set(), set()))[1]
