"""LAPD frames against golden octets (Q.921 clause 3), and reading and writing against construct."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapd_talk import frame_of, words_of

from trunkwire.codec import EncodeError
from trunkwire.lapd.frames import (
    InformationFrame,
    InvalidFrame,
    SupervisoryFrame,
    SupervisoryFunction,
    UnnumberedFrame,
    UnnumberedFunction,
    build,
    parse,
)
from trunkwire.side import Side

# Control octets from Q.921 Table 5; address from 3.2 and 3.3.2 (SAPI 0, TEI 0). The first is what libpri
# sends.
GOLDEN = [
    (Side.USER, "SABME P", "00017f"),
    (Side.NETWORK, "SABME P", "02017f"),
    (Side.NETWORK, "UA F", "000173"),
    (Side.USER, "UA F", "020173"),
    (Side.USER, "DISC P", "000153"),
    (Side.NETWORK, "DISC", "020143"),
    (Side.USER, "DM F", "02011f"),
    (Side.USER, "DM", "02010f"),
    (Side.NETWORK, "UI +08", "02010308"),
    (Side.USER, "XID P +82", "0001bf82"),
    (Side.NETWORK, "FRMR F +0102030405", "0001970102030405"),
    (Side.USER, "RR command P nr=5", "0001010b"),
    (Side.NETWORK, "RR response F nr=127", "000101ff"),
    (Side.NETWORK, "RNR command nr=1", "02010502"),
    (Side.USER, "REJ response nr=2", "02010904"),
    (Side.USER, "I ns=1 nr=2 +0802", "000102040802"),
    (Side.NETWORK, "I P ns=127 nr=0 +08", "0201fe0108"),
]


@pytest.mark.parametrize(("side", "words", "octets"), GOLDEN)
def test_golden_frame(side: Side, words: str, octets: str) -> None:
    assert frame_of(words, side).hex() == octets
    assert words_of(bytes.fromhex(octets), side) == words


@given(st.binary(min_size=3, max_size=20))
def test_reading_equals_construct(data: bytes) -> None:
    if data[2] % 4 != 3 and len(data) < 4:
        with pytest.raises(InvalidFrame):
            parse(data)
        return
    kinds: list[Any]
    kinds = [InformationFrame, SupervisoryFrame, InformationFrame, UnnumberedFrame]
    kind = kinds[data[2] % 4]
    by_tree = kind.layout.tree.parse(data)
    assert kind.layout.parse(data) == by_tree
    assert kind.layout.build(by_tree) == data
    if data[0] % 2 == 0 and data[1] % 2 == 1:
        assert parse(data) == by_tree
        assert build(by_tree) == data
    else:
        with pytest.raises(InvalidFrame, match="extension bits"):
            parse(data)


@pytest.mark.parametrize(
    ("octets", "reason"), [("", "0 octets"), ("0001", "2 octets"), ("000101", "3 octets")]
)
def test_what_is_too_short_is_no_frame(octets: str, reason: str) -> None:
    with pytest.raises(InvalidFrame, match=reason):
        parse(bytes.fromhex(octets))


def test_a_number_that_does_not_fit_is_refused_by_name() -> None:
    frame = InformationFrame(sapi=0, cr=True, tei=0, ns=128, nr=0, pf=False, information=b"")
    with pytest.raises(EncodeError, match="ns"):
        build(frame)


def test_an_undefined_function_is_kept() -> None:
    frame = parse(bytes.fromhex("00012f"))
    assert isinstance(frame, UnnumberedFrame)
    assert frame.function is None
    assert build(frame).hex() == "00012f"
    supervisory = parse(bytes.fromhex("00010d00"))
    assert isinstance(supervisory, SupervisoryFrame)
    assert supervisory.function not in set(SupervisoryFunction)
    assert len({function.value for function in UnnumberedFunction}) == 7
