"""What is wrong with a received message, as the error procedures ask for it (Q.931 5.8.5 to 5.8.7).

The codec lists issues; here they become the one cause that the answer carries. A fault stops the message
(or, while clearing, is told to the peer in the next clearing message); a remark lets it pass.
"""

from __future__ import annotations

from trunkwire.q931.causes import Cause
from trunkwire.q931.message import Issue, IssueKind
from trunkwire.q931.messages import Id

Fault = tuple[Cause, bytes]
"""(cause, diagnostics: the identifiers of the elements concerned)."""

_FAULTS = {
    IssueKind.MISSING_MANDATORY: Cause.MANDATORY_IE_MISSING,
    IssueKind.COMPREHENSION_REQUIRED: Cause.MANDATORY_IE_MISSING,
    IssueKind.INVALID_MANDATORY: Cause.INVALID_IE_CONTENTS,
}
_ACCESS = frozenset(
    {
        Id.CALLING_SUBADDRESS,
        Id.CALLED_SUBADDRESS,
        Id.CONNECTED_SUBADDRESS,
        Id.LOW_LAYER_COMPATIBILITY,
        Id.HIGH_LAYER_COMPATIBILITY,
        Id.USER_USER,
    }
)
"""Access information elements: between users, of no concern to the network (5.8.7.2)."""

_REMARKS = {
    IssueKind.UNRECOGNISED_IE: Cause.UNKNOWN_IE,
    IssueKind.UNEXPECTED_IE: Cause.UNKNOWN_IE,
    IssueKind.INVALID_OPTIONAL: Cause.INVALID_IE_CONTENTS,
    IssueKind.TRUNCATED: Cause.INVALID_IE_CONTENTS,
}

_PRECEDENCE = (
    Cause.MANDATORY_IE_MISSING,
    Cause.UNKNOWN_IE,
    Cause.INVALID_IE_CONTENTS,
    Cause.ACCESS_INFORMATION_DISCARDED,
)


def fault_of(issues: tuple[Issue, ...]) -> Fault | None:
    """The fault in a mandatory element, a missing one before a broken one (5.8.6), or None."""
    return _first(issues, _FAULTS)


def remark_of(issues: tuple[Issue, ...]) -> Fault | None:
    """What was skipped without harm (5.8.7), elements not recognised first, or None.

    Elements of other codesets are skipped without a word: a side need not know any codeset but 0 (4.5.2).
    """
    return _first(tuple(issue for issue in issues if issue.codeset == 0), _REMARKS)


def _first(issues: tuple[Issue, ...], causes: dict[IssueKind, Cause]) -> Fault | None:
    found: dict[Cause, list[int]] = {}
    for issue in issues:
        cause = causes.get(issue.kind)
        if cause is not None:
            if causes is _REMARKS and cause is Cause.INVALID_IE_CONTENTS and issue.identifier in _ACCESS:
                cause = Cause.ACCESS_INFORMATION_DISCARDED
            found.setdefault(cause, []).append(issue.identifier)
    for cause in _PRECEDENCE:
        if cause in found:
            return cause, bytes(found[cause][:8])
    return None
