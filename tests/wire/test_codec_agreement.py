"""All views of a layout agree on every input that construct accepts, for every declared element."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trunkwire.codec import DecodeError, EncodeError
from trunkwire.q931.ies import CATALOGUE, IE, ChangeStatusIE, CongestionLevelIE, RepeatIndicatorIE, ShiftIE
from trunkwire.q931.ies.call import DisplayPrefix
from trunkwire.q931.ies.diagnostics import LAYOUTS

LIKELY = bytes.fromhex("80889098a3a8a1a9b3ab932101 18c6e6eb703000ff")
EVERY = (*CATALOGUE.values(), *LAYOUTS, ChangeStatusIE, DisplayPrefix)
SINGLE = (ShiftIE, CongestionLevelIE, RepeatIndicatorIE)
BODIES = st.one_of(
    st.binary(max_size=12),
    st.lists(st.sampled_from(LIKELY), max_size=12).map(bytes),
)


def assert_agreement(cls: type[IE], body: bytes) -> IE | None:
    """Generated parser, construct tree, walk and builder tell the same of one body."""
    layout = cls.layout
    fields = layout.walk(body)
    try:
        expected = layout.tree.parse(body)
    except DecodeError:
        with pytest.raises(DecodeError) as refused:
            layout.parse(body)
        errors = [field for field in fields if field.error]
        assert errors, "the walk must show what is wrong"
        assert refused.value.offset == errors[0].offset
        assert 0 <= refused.value.offset <= len(body)
        return None
    value: IE = layout.parse(body)
    assert value == expected
    assert type(value) is cls
    assert not [field for field in fields if field.error]
    seen = {field.name: field.value for field in fields}
    for field in layout.plan.fields:
        assert seen.get(field.name) == getattr(value, field.name)
    assert layout.build(value) == body, "a value builds back as it was received"
    canonical = msgspec.structs.replace(value, received=b"")
    assert layout.build(canonical) == layout.tree.build(value)
    assert bool(value.received) == (layout.build(canonical) != body)
    again = layout.parse(layout.build(canonical))
    assert again == canonical
    return value


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
@settings(deadline=None, max_examples=20)
@given(body=BODIES)
@example(body=b"")
def test_views_agree_on_random_bodies(cls: type[IE], body: bytes) -> None:
    assert_agreement(cls, body)


@pytest.mark.long
@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
@settings(deadline=None, max_examples=400)
@given(body=BODIES)
def test_views_agree_on_many_random_bodies(cls: type[IE], body: bytes) -> None:
    assert_agreement(cls, body)


def agreed(cls: type[IE], one: Iterable[int], several: Iterable[int]) -> int:
    """How many bodies of one octet, and of two to four made of these octets, construct accepts."""
    accepted = sum(assert_agreement(cls, bytes([octet])) is not None for octet in one)
    for pair in itertools.product(several, repeat=2):
        accepted += assert_agreement(cls, bytes(pair)) is not None
        accepted += assert_agreement(cls, bytes((*pair, 5))) is not None
        accepted += assert_agreement(cls, bytes((*pair, 0x85))) is not None
        accepted += assert_agreement(cls, bytes((*pair, *pair))) is not None
    return accepted


@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_views_agree_on_bodies_of_one_octet_and_of_several(cls: type[IE]) -> None:
    one = range(256) if cls in SINGLE else range(0, 256, 7)
    assert agreed(cls, one, range(0, 256, 85)), f"{cls.__name__} accepts nothing"


@pytest.mark.long
@pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
def test_views_agree_on_every_body_of_one_octet_and_many_of_several(cls: type[IE]) -> None:
    assert agreed(cls, range(256), range(0, 256, 23))


def test_a_shift_refuses_other_elements() -> None:
    with pytest.raises(DecodeError, match="bits 8 to 5 hold 10, not 9"):
        ShiftIE.layout.parse(b"\xa1")


def test_a_received_form_is_dropped_when_a_field_changes() -> None:
    value = ShiftIE(codeset=6)
    odd = msgspec.structs.replace(value, received=b"\x95")
    assert ShiftIE.layout.build(odd) == b"\x96"
    with pytest.raises(EncodeError, match=r"ShiftIE\.codeset: 8 is not an integer of 0 to 7"):
        ShiftIE.layout.build(ShiftIE(codeset=8))
