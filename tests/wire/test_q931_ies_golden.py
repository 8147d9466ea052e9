"""Every declared element against its golden vectors: all views, truncations, the words for misfits."""

from __future__ import annotations

import msgspec
import pytest

from trunkwire.codec import DecodeError, EncodeError, SlotMap
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    BY_IDENTIFIER,
    CATALOGUE,
    DECLARED,
    TRACED,
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    DisplayIE,
    HighLayerCompatibilityIE,
    Layer1,
    LowLayerCompatibilityIE,
    Selection,
)
from trunkwire.q931.ies.golden import GOLDEN, ODD, Golden, Odd


def _name(golden: Golden | Odd) -> str:
    return f"{type(golden.value).__name__}-{golden.body.replace(' ', '') or 'empty'}"


@pytest.mark.parametrize("golden", GOLDEN, ids=_name)
def test_golden_vector_in_every_view(golden: Golden) -> None:
    layout, body = type(golden.value).layout, bytes.fromhex(golden.body)
    assert layout.build(golden.value) == body
    assert layout.tree.build(golden.value) == body
    assert layout.parse(body) == golden.value
    assert layout.tree.parse(body) == golden.value
    fields = {field.name: field for field in layout.walk(body, base=100)}
    for field in layout.plan.fields:
        held = getattr(golden.value, field.name)
        assert (fields[field.name].value if field.name in fields else None) == held
    assert all(100 <= field.offset <= 100 + len(body) for field in fields.values())


@pytest.mark.parametrize("golden", GOLDEN, ids=_name)
def test_every_truncation_gives_a_value_or_an_error_with_its_offset(golden: Golden) -> None:
    layout, body = type(golden.value).layout, bytes.fromhex(golden.body)
    for length in range(len(body)):
        part = body[:length]
        errors = [field for field in layout.walk(part) if field.error]
        if errors:
            with pytest.raises(DecodeError) as refused:
                layout.parse(part)
            assert refused.value.offset == errors[0].offset <= length
            with pytest.raises(DecodeError):
                layout.tree.parse(part)
        else:
            value = layout.parse(part)
            assert value == layout.tree.parse(part)
            assert layout.build(value) == part


@pytest.mark.parametrize("odd", ODD, ids=_name)
def test_odd_octets_are_accepted_and_kept(odd: Odd) -> None:
    layout, body = type(odd.value).layout, bytes.fromhex(odd.body)
    value = layout.parse(body)
    assert value.received == body
    assert msgspec.structs.replace(value, received=b"") == odd.value
    assert layout.tree.parse(body) == value
    assert layout.build(value) == body
    assert layout.build(odd.value) != body


def test_every_element_has_a_golden_vector_and_a_clause() -> None:
    assert {type(golden.value) for golden in GOLDEN} == set(CATALOGUE.values()) == {*DECLARED, *TRACED}
    assert all(golden.source for golden in GOLDEN)
    assert all(cls.clause and cls.title for cls in CATALOGUE.values())
    assert {cls.identifier: cls for cls in DECLARED} == BY_IDENTIFIER
    assert len(CATALOGUE) == len(DECLARED) + len(TRACED)


def test_channels_are_told_however_they_are_coded() -> None:
    assert ChannelIdentificationIE.of(7, 9).channels == (7, 9)
    assert ChannelIdentificationIE.of_map(9, 7).channels == (7, 9)
    assert ChannelIdentificationIE(primary=False, selection=Selection.B2).channels == (2,)
    assert ChannelIdentificationIE(primary=False, selection=Selection.ANY).channels == ()
    assert ChannelIdentificationIE.any_channel().channels == ()


def test_unknown_code_points_are_kept() -> None:
    assert CauseIE.layout.parse(b"\x8f\xf7") == CauseIE(location=15, value=119)
    assert BearerCapabilityIE.layout.parse(b"\x9f\x90\xbf") == BearerCapabilityIE(capability=31, layer1=31)
    value = HighLayerCompatibilityIE.layout.parse(b"\x91\xff")
    assert HighLayerCompatibilityIE.layout.build(value) == b"\x91\xff"


def test_only_the_extension_octets_of_its_own_protocol_are_read() -> None:
    value = BearerCapabilityIE.layout.parse(bytes.fromhex("88 90 29 48 bb"))
    assert value.layer1 is Layer1.X31_FLAG_STUFFING
    assert value.user_rate == 8
    assert (value.header, value.intermediate_rate, value.stop_bits) == (None, None, None)
    assert value.received == bytes.fromhex("88 90 29 48 bb")


@pytest.mark.parametrize(
    ("value", "where", "reason"),
    [
        (CauseIE(value=200), "CauseIE.value", "200 is not an integer of 0 to 127"),
        (CauseIE(value=Cause.USER_BUSY, location=16), "CauseIE.location", "16 is not"),
        (
            ChannelIdentificationIE(),
            "ChannelIdentificationIE.coding",
            "octet 3.2 is called for by the fields before it",
        ),
        (ChannelIdentificationIE.of(200), "ChannelIdentificationIE.numbers", "0 to 127"),
        (ChannelIdentificationIE.of_map(32), "ChannelIdentificationIE.slot_map", "slot 32 is outside 0..31"),
        (
            msgspec.structs.replace(ChannelIdentificationIE.any_channel(), numbers=(1,)),
            "ChannelIdentificationIE.numbers",
            "octet 3.3 has no place",
        ),
        (BearerCapabilityIE(multiplier=6), "BearerCapabilityIE.multiplier", "octet 4.1 has no place"),
        (
            BearerCapabilityIE(layer1=Layer1.V110, asynchronous=True),
            "BearerCapabilityIE.negotiable",
            "octet 5a needs it",
        ),
        (
            BearerCapabilityIE(layer1=Layer1.V110, stop_bits=1, data_bits=3, parity=3),
            "BearerCapabilityIE.stop_bits",
            "without the octet before it",
        ),
        (LowLayerCompatibilityIE(layer2_window=7), "LowLayerCompatibilityIE.layer2_window", "no place"),
        (CalledNumberIE(digits="１"), "CalledNumberIE.digits", "one octet a character"),
        (CallingNumberIE(presentation=0, digits="1"), "CallingNumberIE.screening", "octet 3a needs it"),
        (DisplayIE(text="é"), "DisplayIE.charset", "read back as another field"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_misfit_is_named_by_field_path(value: CauseIE, where: str, reason: str) -> None:
    with pytest.raises(EncodeError) as refused:
        type(value).layout.build(value)
    assert refused.value.where == where
    assert reason in refused.value.reason


def test_a_slot_map_of_another_length_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"3 octets .* or 4 .*, not 2") as refused:
        ChannelIdentificationIE.layout.parse(bytes.fromhex("a9930001"))
    assert refused.value.where == "ChannelIdentificationIE.slot_map"
    assert refused.value.offset == 2
    with pytest.raises(EncodeError, match="3 or 4 octets, not 5"):
        ChannelIdentificationIE.layout.build(
            msgspec.structs.replace(ChannelIdentificationIE.of_map(1), slot_map=SlotMap((1,), 5))
        )
