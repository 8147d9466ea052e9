"""What the verbs of a test accept, checked where it is given: a mistake is told at its own line, before
anything has changed, and not in the middle of a run.
"""

from __future__ import annotations

from typing import Any

from trunkbench.errors import UsageError
from trunkwire.q931.causes import Cause
from trunkwire.tones import ToneKind, ToneSpec

_LAST_CAUSE = 127  # seven bits (Q.850 table 1)


def clearing_cause(cause: Any) -> Cause | int:
    """`cause`. Raises UsageError for what no cause element can carry."""
    if isinstance(cause, bool) or not isinstance(cause, int) or not 0 <= cause <= _LAST_CAUSE:
        raise UsageError(f"cause {cause!r}: give a member of Cause, or a value of 0 to {_LAST_CAUSE} (Q.850)")
    return cause


def tone_kind(kind: Any) -> ToneKind:
    """`kind`. Raises UsageError for what is no tone to listen for."""
    if not isinstance(kind, ToneKind):
        names = ", ".join(each.name for each in ToneKind)
        raise UsageError(f"{kind!r} is no tone: import one of {names} from trunkwire.tones")
    return kind


def sound(given: Any) -> Any:
    """`given`. Raises UsageError for what nobody can say."""
    if given is None or isinstance(given, ToneKind | ToneSpec) or callable(given):
        return given
    raise UsageError(
        f"{given!r} is no sound: give a tone of trunkwire.tones, a ToneSpec, or a source "
        "(first sample, count) -> octets"
    )
