"""Diagnostics of causes in words (Q.850 table 1)."""

from __future__ import annotations

import pytest

from trunkwire.q931.causes import Cause
from trunkwire.q931.diagnostics import elements_named, explain, message_named, timer_named
from trunkwire.q931.ies import CauseIE, Coding


@pytest.mark.parametrize(
    ("cause", "diagnostics", "words"),
    [
        (Cause.INVALID_IE_CONTENTS, "18", "channel identification"),
        (Cause.MANDATORY_IE_MISSING, "04 1e", "bearer capability, progress indicator"),
        (Cause.UNKNOWN_IE, "55", "element 0x55"),
        (Cause.INCOMPATIBLE_DESTINATION, "04", "bearer capability"),
        (Cause.ACCESS_INFORMATION_DISCARDED, "7e", "user user"),
        (Cause.UNKNOWN_MESSAGE_TYPE, "77", "message type 0x77"),
        (Cause.WRONG_MESSAGE_FOR_STATE, "07", "CONNECT"),
        (Cause.MESSAGE_NOT_COMPATIBLE, "02", "CALL PROCEEDING"),
        (Cause.TIMER_EXPIRY, "33 30 33", "T303"),
        (Cause.TIMER_EXPIRY, "b2 33", "b2 33"),
        (Cause.USER_BUSY, "80", "80"),
        (Cause.USER_BUSY, "", ""),
        (Cause.UNKNOWN_IE, "", ""),
        (Cause.WRONG_MESSAGE_FOR_STATE, "", ""),
    ],
)
def test_explained(cause: Cause, diagnostics: str, words: str) -> None:
    assert explain(CauseIE(value=cause, diagnostics=bytes.fromhex(diagnostics))) == words


def test_what_is_named() -> None:
    assert elements_named(CauseIE(value=Cause.MANDATORY_IE_MISSING, diagnostics=b"\x04\x18")) == (0x04, 0x18)
    assert elements_named(CauseIE(value=Cause.USER_BUSY, diagnostics=b"\x04")) == ()
    assert message_named(CauseIE(value=Cause.WRONG_MESSAGE_FOR_STATE, diagnostics=b"\x07")) == 7
    assert message_named(CauseIE(value=Cause.WRONG_MESSAGE_FOR_STATE)) is None
    assert timer_named(CauseIE(value=Cause.TIMER_EXPIRY, diagnostics=b"310")) == "T310"
    assert timer_named(CauseIE(value=Cause.TIMER_EXPIRY)) == ""


def test_another_coding_standard_is_not_explained() -> None:
    national = CauseIE(coding=Coding.NATIONAL, value=Cause.UNKNOWN_IE, diagnostics=b"\x18")
    assert explain(national) == "18"
