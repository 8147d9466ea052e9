"""The channel table: selection, owners, and what an unusual list does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkwire.q931.channels import ChannelState, ChannelTable, Selection
from trunkwire.q931.ies import ChannelStatus
from trunkwire.q931.settings import E1_CHANNELS

FIVE = (1, 2, 3, 17, 18)


def taken(table: ChannelTable, count: int) -> list[int]:
    """The channels that so many calls get, one after the other."""
    found = []
    for _ in range(count):
        number = table.pick()
        assert number is not None
        table.seize(number, object())
        found.append(number)
    return found


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection.ASCENDING, [1, 2, 3, 17, 18]),
        (Selection.DESCENDING, [18, 17, 3, 2, 1]),
        (Selection.ROUND_ROBIN, [1, 2, 3, 17, 18]),
    ],
)
def test_order(selection: Selection, expected: list[int]) -> None:
    table = ChannelTable(FIVE, selection)
    assert taken(table, 5) == expected
    assert table.pick() is None


@pytest.mark.parametrize(
    ("selection", "next_one"),
    [(Selection.ASCENDING, 1), (Selection.DESCENDING, 18), (Selection.ROUND_ROBIN, 3)],
)
def test_the_next_after_a_release(selection: Selection, next_one: int) -> None:
    table = ChannelTable(FIVE, selection)
    for number in (1, 2):
        owner = object()
        table.seize(number, owner)
        table.free(number, owner)
    assert table.pick() == next_one


def test_round_robin_goes_around() -> None:
    table = ChannelTable((1, 2, 3), Selection.ROUND_ROBIN)
    seen = []
    for _ in range(7):
        number, owner = table.pick(), object()
        assert number is not None
        table.seize(number, owner)
        table.free(number, owner)
        seen.append(number)
    assert seen == [1, 2, 3, 1, 2, 3, 1]


def test_only_the_owner_frees() -> None:
    table = ChannelTable(FIVE)
    owner = object()
    table.seize(3, owner)
    table.free(3, object())
    assert table.state(3) is ChannelState.IN_USE
    table.free(3, owner)
    assert table.idle(3)


def test_what_is_not_idle_cannot_be_seized() -> None:
    table = ChannelTable(FIVE)
    table.seize(3, object())
    table.to_maintenance(2)
    for number in (2, 3, 16):
        with pytest.raises(ValueError, match=f"channel {number} is not idle"):
            table.seize(number, object())
    assert table.busy() == [(2, ChannelState.MAINTENANCE), (3, ChannelState.IN_USE)]


def test_restore_spares_a_call() -> None:
    table = ChannelTable(FIVE)
    table.to_restarting(1)
    table.to_maintenance(2)
    table.seize(3, object())
    for number in (1, 2, 3):
        table.restore(number)
    assert table.busy() == [(3, ChannelState.IN_USE)]


def test_a_channel_stands_once() -> None:
    with pytest.raises(ValueError, match="each channel number may stand once"):
        ChannelTable((1, 1))


def test_the_channels_of_an_e1() -> None:
    assert len(E1_CHANNELS) == 30
    assert not {0, 16, 32} & set(E1_CHANNELS)


@given(
    st.lists(st.tuples(st.sampled_from(FIVE), st.booleans()), max_size=40), st.sampled_from(list(Selection))
)
def test_pick_is_idle_or_none_is(steps: list[tuple[int, bool]], selection: Selection) -> None:
    table = ChannelTable(FIVE, selection)
    owners: dict[int, object] = {}
    for number, seize in steps:
        if seize and number not in owners:
            owners[number] = object()
            table.seize(number, owners[number])
        elif not seize and number in owners:
            table.free(number, owners.pop(number))
        picked = table.pick()
        assert picked is None if len(owners) == len(FIVE) else picked not in owners
        assert {number for number, _state in table.busy()} == set(owners)


IN, LOW, OUT = ChannelStatus.IN_SERVICE, ChannelStatus.MAINTENANCE, ChannelStatus.OUT_OF_SERVICE
SERVICE = [
    # near, far, state, whether a call of ours and a call of the peer may have it
    (IN, IN, ChannelState.IDLE, True, True),
    (IN, LOW, ChannelState.MAINTENANCE_FAR, False, True),
    (IN, OUT, ChannelState.OUT_OF_SERVICE_FAR, False, False),
    *[
        (near, far, ChannelState.OUT_OF_SERVICE_NEAR, False, False)
        for near in (LOW, OUT)
        for far in (IN, LOW, OUT)
    ],
]


@pytest.mark.parametrize(("near", "far", "state", "ours", "theirs"), SERVICE)
def test_the_more_severe_status_of_the_two_ends_counts(
    near: ChannelStatus, far: ChannelStatus, state: ChannelState, ours: bool, theirs: bool
) -> None:
    table = ChannelTable((3,))
    table.set_near(3, near)
    table.set_far(3, far)
    assert (table.near(3), table.far(3)) == (near, far)
    assert table.state(3) is state
    assert table.pick() == (3 if ours else None)
    assert table.idle(3) is ours
    assert table.takes_calls(3) is theirs
    if theirs:
        table.seize(3, "a call of the peer")
        table.free(3, "a call of the peer")
    else:
        with pytest.raises(ValueError, match="channel 3 is not idle"):
            table.seize(3, "a call of the peer")
    assert table.state(3) is state
    table.set_near(3, IN)
    table.set_far(3, IN)
    assert table.state(3) is ChannelState.IDLE


@pytest.mark.parametrize("hold", [ChannelTable.to_maintenance, ChannelTable.to_restarting])
def test_service_does_not_end_a_restart_and_outlives_it(hold: Callable[[ChannelTable, int], None]) -> None:
    table = ChannelTable((3,))
    hold(table, 3)
    held = table.state(3)
    table.set_far(3, OUT)
    assert table.state(3) is held
    table.restore(3)
    assert table.state(3) is ChannelState.OUT_OF_SERVICE_FAR


def test_a_channel_is_handed_over_by_its_owner_only() -> None:
    table = ChannelTable((3,))
    table.seize(3, "one")
    table.hand_over(3, "two", "three")
    assert table.owner(3) == "one"
    table.hand_over(3, "one", "two")
    assert table.owner(3) == "two"
    assert table.state(3) is ChannelState.IN_USE


def test_a_leased_channel_is_none_of_call_controls() -> None:
    table = ChannelTable(FIVE)
    table.lease(2)
    assert table.state(2) is ChannelState.LEASED
    assert table.numbers == tuple(table) == (1, 3, 17, 18)
    assert 2 not in table
    assert not table.takes_calls(2)
    assert taken(table, 4) == [1, 3, 17, 18]
    assert table.pick() is None
    table.end_lease(2)
    assert table.pick() == 2
    assert tuple(table) == FIVE


def test_a_lease_waits_for_the_call_and_survives_service_and_restart() -> None:
    table, call = ChannelTable(FIVE), object()
    table.seize(3, call)
    table.lease(3)
    assert (table.state(3), 3 in table) == (ChannelState.IN_USE, True)
    table.to_restarting(3)
    table.restore(3)
    assert table.state(3) is ChannelState.LEASED
    table.set_near(3, ChannelStatus.OUT_OF_SERVICE)
    assert table.state(3) is ChannelState.LEASED
    assert table.busy() == []
    table.end_lease(3)
    assert table.state(3) is ChannelState.OUT_OF_SERVICE_NEAR
    table.seize(1, call)
    table.lease(1)
    table.free(1, call)
    assert table.state(1) is ChannelState.LEASED
