"""How long elements may be (Q.931 clause 3): to the octet, in either way of parsing."""

from __future__ import annotations

import pytest

from trunkwire.q931.ies import BY_IDENTIFIER
from trunkwire.q931.lengths import LONGEST
from trunkwire.q931.message import IssueKind, MessageCodec
from trunkwire.q931.messages import Id

OCTETS = {
    # the element: its length by the tables of clause 3, identifier and length octet counted
    Id.CAUSE: 32,
    Id.CALL_STATE: 3,
    Id.PROGRESS_INDICATOR: 4,
    Id.DISPLAY: 82,
    Id.KEYPAD_FACILITY: 34,
    Id.CALLED_SUBADDRESS: 23,
    Id.CALLING_SUBADDRESS: 23,
    Id.RESTART_INDICATOR: 3,
    Id.LOW_LAYER_COMPATIBILITY: 18,
    Id.HIGH_LAYER_COMPATIBILITY: 5,
    Id.USER_USER: 131,
}


@pytest.mark.parametrize("identifier", OCTETS, ids=lambda identifier: str(identifier.name))
def test_one_octet_more_than_may_be_is_an_issue(identifier: Id) -> None:
    longest = OCTETS[identifier] - 2
    assert LONGEST[identifier] == longest
    codec = MessageCodec()
    for length, too_long in ((longest, False), (longest + 1, True), (longest, False), (255, True)):
        element = bytes((identifier, length)) + bytes((0x80,)) * length
        issues = codec.parse(bytes.fromhex("080200010f") + element).issues
        found = [issue for issue in issues if f"{longest} may stand" in issue.detail]
        assert bool(found) == too_long, f"{length} octets"
        assert all(issue.kind is IssueKind.INVALID_OPTIONAL for issue in found)
        assert all(issue.identifier == identifier for issue in found)


def test_only_elements_that_are_declared_have_a_length() -> None:
    assert set(LONGEST) <= set(BY_IDENTIFIER) | {Id.CALL_IDENTITY, Id.DATE_TIME, Id.SIGNAL}
