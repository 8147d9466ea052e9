"""What frames carry for layer 2 itself, as the decoder shows it: TEI management, XID, FRMR."""

from __future__ import annotations

import pytest

from trunkbench.trace import Direction
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.layer2 import carried, read_layer2
from trunkbench.trace.record import record_at
from trunkbench.trace.tree import tree
from trunkwire.lapd import parameters
from trunkwire.lapd.events import LapdSettings

XID = bytes.fromhex("0001af") + parameters.offer(LapdSettings())
FRMR = bytes.fromhex("020197 0a0c 06 09 08")
REQUEST = bytes.fromhex("fcff03 0f c81e 01 ff")


def shown(data: bytes) -> str:
    """The tree of one frame."""
    return tree(Decoder().decode(record_at(0, Direction.OUT, data, "D")), 0)


def test_parameters_of_an_xid_frame_in_the_tree() -> None:
    text = shown(XID)
    assert "  LAPD 0/0 XID\n" in text
    assert "         7    9  0000 0101  parameter: 5 n201 sent\n" in text
    assert "value: 260\n" in text
    assert "octets of information" not in text
    assert "!!" not in text


def test_the_rejected_frame_of_an_frmr_in_the_tree() -> None:
    text = shown(FRMR)
    assert "V(S): 3\n" in text
    assert "V(R): 4\n" in text
    assert "         7    9  .... 1...  invalid nr: yes\n" in text


@pytest.mark.parametrize(
    ("octets", "faults"),
    [
        (REQUEST, ()),
        (REQUEST[:6], ((6, "octet 8 is missing"),)),
        (
            REQUEST[:6] + b"\x09\xff",
            ((6, "message type 9 is not known (5.3.6.4)"),),
        ),
        (XID[:-1], ((7, "octet 9: 14 octets announced, 13 left"),)),
        (XID[:3], ()),
        (FRMR[:5], ((5, "octet 7 is missing"),)),
        (bytes.fromhex("fcff03"), ((3, "octet 5 is missing"),)),
    ],
)
def test_what_is_broken_is_a_fault_with_its_offset(
    octets: bytes, faults: tuple[tuple[int, str], ...]
) -> None:
    layer2 = read_layer2(octets)
    assert layer2.faults == faults
    assert tuple((f.offset, f.error) for f in carried(layer2, 3) if f.error) == faults


def test_an_i_frame_carries_nothing_for_layer_2() -> None:
    assert carried(read_layer2(bytes.fromhex("02010000080201"))) == ()


def test_service_access_points_of_others_are_named() -> None:
    assert "  LAPD 62/25 UI, operation and maintenance of a GSM base station\n" in shown(
        bytes.fromhex("fa330380800005")
    )
    assert "  LAPD 61/25 UI\n" in shown(bytes.fromhex("f6330380800005"))
    assert "  LAPD 0/0 XID\n" in shown(XID)
