"""Every bit of a layout by name: what is read is written back, and what is edited is written as it says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.planoctets import read, write
from trunkwire.carriers.iua import IuaHeader
from trunkwire.carriers.tdmoe import Tdmoe
from trunkwire.codec.layout import Record
from trunkwire.lapd.frames import InformationFrame, SupervisoryFrame, UnnumberedFrame
from trunkwire.q931.ies import (
    CATALOGUE,
    BearerCapabilityIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
)
from trunkwire.q931.ies.golden import GOLDEN

RECORDS: list[type[Record]] = [
    *CATALOGUE.values(), InformationFrame, SupervisoryFrame, UnnumberedFrame, IuaHeader, Tdmoe,
]  # fmt: skip


@given(st.sampled_from(RECORDS), st.lists(st.integers(0, 255), max_size=16))
@settings(deadline=None, max_examples=120)
def test_any_octets_are_written_back(record: type[Record], octets: list[int]) -> None:
    body = bytes(octets)
    assert write(record.layout.plan, read(record.layout.plan, body)) == body


def test_every_golden_vector_is_written_back() -> None:
    for golden in GOLDEN:
        plan, body = type(golden.value).layout.plan, bytes.fromhex(golden.body)
        values = read(plan, body)
        assert write(plan, values) == body
        for field in plan.fields:
            held = getattr(golden.value, field.name)
            if isinstance(held, int):
                assert values[field.name] == int(held), (golden.body, field.name)


@pytest.mark.parametrize(
    ("record", "values", "octets"),
    [
        (CauseIE, {"location": 4, "value": 34}, "84 a2"),
        (CauseIE, {"location": 4, "recommendation": 3, "value": 34}, "04 83 a2"),
        (CauseIE, {"location": 4, "value": 34, "ext_4": 0}, "84 22"),
        (CauseIE, {"location": 4, "spare_3": 1, "value": 34, "trailing": b"\1"}, "94 a2 01"),
        (CallingNumberIE, {"kind": 2, "plan": 1, "digits": b"12"}, "a1 31 32"),
        (CallingNumberIE, {"kind": 2, "plan": 1, "presentation": 1, "digits": b"1"}, "21 a0 31"),
        (CallingNumberIE, {"kind": 2, "plan": 1, "undeclared_3a": b"\x85"}, "a1 85"),
        (BearerCapabilityIE, {"capability": 0, "mode": 0, "rate": 16, "layer1": 3}, "80 90 a3"),
        (ChannelIdentificationIE, {"primary": 1, "selection": 1, "channel_type": 3, "numbers": (1, 2)},
         "a1 83 01 82"),
        (Tdmoe, {"subaddress": 1, "counter": 2, "channels": 31}, "0001 0002 001f"),
    ],
)  # fmt: skip
def test_values_are_written_as_they_say(record: type[Record], values: dict[str, Any], octets: str) -> None:
    assert write(record.layout.plan, values) == bytes.fromhex(octets)


def test_what_is_absent_has_no_name() -> None:
    values = read(CauseIE.layout.plan, bytes.fromhex("84 90"))
    assert "recommendation" not in values
    assert (values["ext_3"], values["ext_4"], values["value"]) == (1, 1, 16)
    assert read(CauseIE.layout.plan, b"") == {}


def test_a_number_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="counter: 65536 does not fit 2 octets"):
        write(Tdmoe.layout.plan, {"counter": 65536})
