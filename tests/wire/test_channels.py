"""The channel table: selection, owners, and what an unusual list does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkwire.q931.channels import ChannelState, ChannelTable, Selection
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
