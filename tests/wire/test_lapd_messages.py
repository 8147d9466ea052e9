"""Messages of TEI management: golden octets (Q.921 5.3.6), and reading and writing against construct."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkwire.codec import EncodeError
from trunkwire.lapd.frames import UnnumberedFrame, UnnumberedFunction, parse
from trunkwire.lapd.management import (
    ActionIndicator,
    ManagementMessage,
    ManagementType,
    management_frame,
    read_management,
)
from trunkwire.side import Side

# Octets by 5.3.6 and 3.2; the first four are what libpri sends.
GOLDEN = [
    (Side.USER, ManagementType.IDENTITY_REQUEST, 127, 0xB0F2, "fcff030fb0f201ff"),
    (Side.NETWORK, ManagementType.IDENTITY_ASSIGNED, 64, 0x79D6, "feff030f79d60281"),
    (Side.NETWORK, ManagementType.IDENTITY_CHECK_REQUEST, 127, 0, "feff030f000004ff"),
    (Side.NETWORK, ManagementType.IDENTITY_REMOVE, 127, 0, "feff030f000006ff"),
    (Side.NETWORK, ManagementType.IDENTITY_DENIED, 127, 1, "feff030f000103ff"),
    (Side.USER, ManagementType.IDENTITY_CHECK_RESPONSE, 65, 0xFFFF, "fcff030fffff0583"),
    (Side.USER, ManagementType.IDENTITY_VERIFY, 126, 0, "fcff030f000007fd"),
]


@pytest.mark.parametrize(("side", "kind", "tei", "reference", "octets"), GOLDEN)
def test_golden_message(side: Side, kind: ManagementType, tei: int, reference: int, octets: str) -> None:
    assert management_frame(side, kind, tei, reference).hex() == octets
    frame = parse(bytes.fromhex(octets))
    assert isinstance(frame, UnnumberedFrame)
    assert (frame.sapi, frame.tei, frame.function, frame.pf) == (63, 127, UnnumberedFunction.UI, False)
    message = read_management(frame.information)
    assert message is not None
    assert (message.type, message.tei, message.reference, message.teis) == (kind, tei, reference, (tei,))


def test_every_truncation_is_no_message() -> None:
    octets = bytes.fromhex("0fb0f201ff")
    assert [read_management(octets[:length]) for length in range(5)] == [None] * 5
    assert read_management(octets) is not None


@pytest.mark.parametrize(
    ("octets", "teis"),
    [
        ("0f00000580", (64,)),  # says that another octet follows, and none does
        ("0f000005808283", (64, 65, 65)),
        ("0f0000058083ff", (64, 65)),
        ("0f00000581ff", (64,)),
    ],
)
def test_an_action_indicator_of_several_teis(octets: str, teis: tuple[int, ...]) -> None:
    """5.3.6.5: bit 1 of each octet says whether it is the last."""
    message = read_management(bytes.fromhex(octets))
    assert message is not None
    assert message.teis == teis


@given(st.binary(max_size=9))
def test_reading_equals_construct(octets: bytes) -> None:
    if len(octets) >= 5:
        by_tree = ManagementMessage.layout.tree.parse(octets)
        assert ManagementMessage.layout.parse(octets) == by_tree
        assert ManagementMessage.layout.build(by_tree) == octets
    message = read_management(octets)
    known = len(octets) >= 5 and octets[0] == 15 and 1 <= octets[3] <= 7
    assert (message is not None) is known
    if message is not None:
        assert 1 <= len(message.teis) <= len(octets) - 4


@given(st.integers(0, 127), st.booleans())
def test_an_octet_of_the_action_indicator(tei: int, last: bool) -> None:
    octet = ActionIndicator.layout.build(ActionIndicator(tei=tei, last=last))
    assert octet == bytes((2 * tei + last,))
    assert ActionIndicator.layout.parse(octet) == ActionIndicator(tei=tei, last=last)


def test_what_does_not_fit_is_refused_by_name() -> None:
    for tei, reference, field in ((128, 0, "tei"), (64, 65536, "reference")):
        with pytest.raises(EncodeError, match=field):
            management_frame(Side.USER, ManagementType.IDENTITY_REQUEST, tei, reference)
