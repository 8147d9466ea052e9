"""The alignment table (G.706 clause 4): every cell by a named conversation, and nothing else accepted."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from trunkwire.e1 import Alignment, AlignmentMisuse, Seen, Sync
from trunkwire.e1.align import TABLE

SEARCH = Alignment(crc4=True)
BIT2 = SEARCH.found()
SECOND_FAS = BIT2.bit2(True)
BASIC = SECOND_FAS.fas(True)


def passed(alignment: Alignment, si_bits: str, first: int = 0) -> Alignment:
    """Frames go by in BASIC; the Si bits of every second one (the first, if `first` is 1) are given."""
    bits = iter(si_bits)
    for number in itertools.count():
        if number % 2 == (first + 1) % 2:
            alignment = alignment.multiframe_frame(None)
        elif (bit := next(bits, None)) is None:
            return alignment
        else:
            alignment = alignment.multiframe_frame(int(bit))
        if alignment.sync is not Sync.BASIC:
            return alignment
    raise AssertionError


MULTIFRAME = passed(BASIC, "00101111" * 2)

CONVERSATIONS: dict[tuple[Sync, Seen], tuple[Callable[[], Alignment], Sync, str]] = {
    (Sync.SEARCH, Seen.FAS): (lambda: SEARCH.found(), Sync.BIT2, "4.1.2 a"),
    (Sync.BIT2, Seen.BIT2_ONE): (lambda: BIT2.bit2(True), Sync.SECOND_FAS, "4.1.2 b"),
    (Sync.BIT2, Seen.BIT2_ZERO): (lambda: BIT2.bit2(False), Sync.SEARCH, "4.1.2 b"),
    (Sync.SECOND_FAS, Seen.FAS): (lambda: SECOND_FAS.fas(True), Sync.BASIC, "4.1.2 c"),
    (Sync.SECOND_FAS, Seen.NO_FAS): (lambda: SECOND_FAS.fas(False), Sync.SEARCH, "4.1.2 c"),
    (Sync.BASIC, Seen.FAS): (lambda: BASIC.fas(True), Sync.BASIC, "4.1.1"),
    (Sync.BASIC, Seen.NO_FAS): (lambda: BASIC.fas(False), Sync.BASIC, "4.1.1"),
    (Sync.BASIC, Seen.THIRD_NO_FAS): (
        lambda: BASIC.fas(False).fas(False).fas(False),
        Sync.SEARCH,
        "4.1.1",
    ),
    (Sync.BASIC, Seen.BIT2_ONE): (lambda: BASIC.bit2(True), Sync.BASIC, "4.1.1"),
    (Sync.BASIC, Seen.BIT2_ZERO): (lambda: BASIC.bit2(False), Sync.BASIC, "4.1.1"),
    (Sync.BASIC, Seen.THIRD_BIT2_ZERO): (
        lambda: BASIC.bit2(False).bit2(False).bit2(False),
        Sync.SEARCH,
        "4.1.1",
    ),
    (Sync.BASIC, Seen.SECOND_MFAS): (lambda: passed(BASIC, "00101111" * 2), Sync.MULTIFRAME, "4.2"),
    (Sync.BASIC, Seen.MFAS_TIMEOUT): (lambda: passed(BASIC, "0" * 40), Sync.SEARCH, "4.2"),
    (Sync.MULTIFRAME, Seen.FAS): (lambda: MULTIFRAME.fas(True), Sync.MULTIFRAME, "4.1.1"),
    (Sync.MULTIFRAME, Seen.NO_FAS): (lambda: MULTIFRAME.fas(False), Sync.MULTIFRAME, "4.1.1"),
    (Sync.MULTIFRAME, Seen.THIRD_NO_FAS): (
        lambda: MULTIFRAME.fas(False).fas(False).fas(False),
        Sync.SEARCH,
        "4.1.1",
    ),
    (Sync.MULTIFRAME, Seen.BIT2_ONE): (lambda: MULTIFRAME.bit2(True), Sync.MULTIFRAME, "4.1.1"),
    (Sync.MULTIFRAME, Seen.BIT2_ZERO): (lambda: MULTIFRAME.bit2(False), Sync.MULTIFRAME, "4.1.1"),
    (Sync.MULTIFRAME, Seen.THIRD_BIT2_ZERO): (
        lambda: MULTIFRAME.bit2(False).bit2(False).bit2(False),
        Sync.SEARCH,
        "4.1.1",
    ),
    (Sync.MULTIFRAME, Seen.CRC_EXCESS): (lambda: MULTIFRAME.crc_excess(), Sync.SEARCH, "4.3.2"),
}


@pytest.mark.parametrize("cell", CONVERSATIONS, ids=lambda cell: f"{cell[0].name}-{cell[1].name}")
def test_each_cell_leads_where_its_clause_says(cell: tuple[Sync, Seen]) -> None:
    talk, after, clause = CONVERSATIONS[cell]
    assert talk().sync is after
    assert TABLE[cell[0]][cell[1]] == (after, clause)


def test_no_cell_is_without_a_conversation() -> None:
    assert {(sync, seen) for sync, row in TABLE.items() for seen in row} == set(CONVERSATIONS)


@pytest.mark.parametrize("sync", Sync)
def test_what_a_state_does_not_list_raises_and_changes_nothing(sync: Sync) -> None:
    alignment = Alignment(True, sync)
    for seen in set(Seen) - set(TABLE[sync]):
        with pytest.raises(AlignmentMisuse, match=f"{sync.name} cannot see {seen.name}"):
            alignment.see(seen)
        assert alignment == Alignment(True, sync)


@pytest.mark.parametrize("state", [BASIC, MULTIFRAME], ids=["basic", "multiframe"])
def test_only_consecutive_errors_count(state: Alignment) -> None:
    alignment = state.fas(False).fas(False).fas(True).fas(False).fas(False)
    assert alignment.sync is state.sync
    assert alignment.fas_errors == 2
    alignment = state.bit2(False).bit2(False).bit2(True).bit2(False).bit2(False)
    assert alignment.sync is state.sync
    # Right bits 2 between bad FAS do not save the alignment: they are counted apart.
    assert state.fas(False).bit2(True).fas(False).bit2(True).fas(False).sync is Sync.SEARCH


def test_a_new_search_starts_without_memory() -> None:
    assert BASIC.bit2(False).fas(False).fas(False).fas(False) == SEARCH
    assert MULTIFRAME.crc_excess() == SEARCH


def test_without_crc4_frame_alignment_is_enough() -> None:
    alignment = Alignment(crc4=False).found().bit2(True).fas(True)
    assert alignment.sync is Sync.BASIC
    assert alignment.in_service
    assert not BASIC.in_service
    assert MULTIFRAME.in_service


def test_two_mfas_must_lie_a_multiple_of_2_ms_apart() -> None:
    # 1.5 ms apart (six frames without FAS, twelve in all): not a multiframe.
    assert passed(BASIC, "001011" * 2).sync is Sync.BASIC
    # 4 ms apart with a broken one between: a multiframe (4.2).
    assert passed(BASIC, "00101111" + "10101111" + "00101111").sync is Sync.MULTIFRAME


def test_six_bits_make_a_signal_not_fewer() -> None:
    assert passed(BASIC, "01011" + "11").phases == 0
    assert passed(BASIC, "001011").phases != 0


def test_the_search_for_the_multiframe_takes_8_ms() -> None:
    alignment = BASIC
    for _ in range(63):
        alignment = alignment.multiframe_frame(None)
    assert alignment.sync is Sync.BASIC
    assert alignment.multiframe_frame(None).sync is Sync.SEARCH
