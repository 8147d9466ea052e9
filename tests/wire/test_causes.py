"""Q.850 causes: complete, classed by their bits, and each said in words."""

from __future__ import annotations

import pytest

from trunkwire.q931.causes import Cause, CauseClass

TABLE_1 = [
    *(1, 2, 3, 4, 5, 6, 7, 8, 9, 14),
    *(16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31),
    *(34, 38, 39, 40, 41, 42, 43, 44, 46, 47),
    *(49, 50, 53, 55, 57, 58, 62, 63),
    *(65, 66, 69, 70, 79),
    *(81, 82, 83, 84, 85, 86, 87, 88, 90, 91, 95),
    *(96, 97, 98, 99, 100, 101, 102, 103, 110, 111),
    127,
]
"""Q.850 table 1."""


def test_every_cause_of_table_1_has_a_member() -> None:
    assert sorted(Cause) == TABLE_1


@pytest.mark.parametrize("cause", Cause, ids=lambda cause: cause.name)
def test_each_cause_has_words(cause: Cause) -> None:
    assert cause.meaning
    assert len(cause.usually) > 20
    assert cause.meaning != cause.usually
    assert "  " not in cause.meaning + cause.usually


def test_no_two_causes_share_words() -> None:
    assert len({cause.meaning for cause in Cause}) == len(Cause)
    assert len({cause.usually for cause in Cause}) == len(Cause)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (Cause.UNALLOCATED, CauseClass.NORMAL_EVENT),
        (Cause.USER_BUSY, CauseClass.NORMAL_EVENT_CONTINUED),
        (Cause.NO_CIRCUIT, CauseClass.RESOURCE_UNAVAILABLE),
        (Cause.RESOURCE_UNAVAILABLE, CauseClass.RESOURCE_UNAVAILABLE),
        (Cause.BEARER_NOT_AVAILABLE, CauseClass.SERVICE_NOT_AVAILABLE),
        (Cause.BEARER_NOT_IMPLEMENTED, CauseClass.SERVICE_NOT_IMPLEMENTED),
        (Cause.INVALID_MESSAGE, CauseClass.INVALID_MESSAGE),
        (Cause.MANDATORY_IE_MISSING, CauseClass.PROTOCOL_ERROR),
        (Cause.INTERWORKING, CauseClass.INTERWORKING),
    ],
)
def test_the_class_is_bits_7_to_5(cause: Cause, expected: CauseClass) -> None:
    assert cause.cause_class is expected
