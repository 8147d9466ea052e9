"""Messages that call control does not have, as the decoder shows them: national types, those of other issues,
maintenance, and what the tables of all messages say of them.
"""

from __future__ import annotations

import pytest

from trunkbench.trace import Direction
from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.lines import line
from trunkbench.trace.record import record_at
from trunkbench.trace.tree import tree


def decoded(octets: str) -> Decoded:
    """One frame with this message."""
    data = bytes.fromhex("02010000" + octets)
    return Decoder().decode(record_at(0, Direction.OUT, data, "D"))


@pytest.mark.parametrize(
    ("octets", "says"),
    [
        ("08020001 06 660101", "GROUP SERVICE"),
        ("08020001 6a", "FACILITY ACKNOWLEDGE"),
        ("08020001 77", "message 0x77"),
        ("08020001 00 0d 0802 8090", "ESCAPE"),
        ("43020000 07 0101c2 1803a98385", "SERVICE"),
        ("03020000 05", "maintenance message 0x05"),
    ],
)
def test_each_message_has_a_name(octets: str, says: str) -> None:
    assert f" {says}" in line(decoded(octets), 0)


def test_what_stands_behind_an_escape_is_not_judged_as_elements() -> None:
    frame = decoded("08020001 00 0d 0802 8090")
    assert (frame.faults, frame.remarks) == ((), ())
    assert "national type: 13\n" in tree(frame, 0)


def test_a_facility_without_its_element_is_told() -> None:
    assert any("facility is missing" in remark for remark in decoded("08020001 62").remarks)
    assert decoded("08020001 64").remarks == ()


def test_a_broken_element_that_call_control_does_not_act_upon_is_a_fault() -> None:
    (fault,) = decoded("08020001 7b 4302 0281").faults
    assert (fault.offset, "octet 3 is one of 2 octets, not of 3" in fault.text) == (9, True)


def test_titles_stand_where_the_meaning_is_a_figure() -> None:
    text = tree(decoded("08020081 05 0407 9090 2343 0072 d3"), 0)
    assert "user rate: 3 2.4 kbit/s\n" in text
    assert "modem: 19 V.22 bis\n" in text
    assert "layer 1 protocol: 3 G.711 A-law\n" in text
