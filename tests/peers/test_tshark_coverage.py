"""No field that tshark reads from an element is missing in our view: a frame for every golden vector, which
are all elements with all their octet groups, and for every kind of a cause's diagnostics.
"""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
from peerlib import require_program
from test_tshark_q931 import shifted, write_pcap

from trunkwire.q931.ies import CauseIE, FacilityIE, SegmentedMessageIE
from trunkwire.q931.ies.golden import GOLDEN
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.q931.view import view

OF_THE_HEADER = {"disc", "call_ref_len", "call_ref_flag", "call_ref", "message_type"}
OF_EVERY_ELEMENT = {"extension_ind", "information_element", "information_element_len", "locking_codeset"}
AS_OCTETS = {
    "data",
    "call_state.data",
    "cause.data",
    "high_layer_compat.data",
    "date_time",
    "user.string",
    "user.bytes",
    "user.len",
}
"""What tshark has as the octets of a whole element; we have its parts."""
ELSEWHERE = {
    "sending_complete": "the element itself",
    "more_data": "the element itself",
    "segment.first": "the first and remaining of the segmented message element",
    "segment.not_first": "the first and remaining of the segmented message element",
    "message_segment": "the part that a segment carries",
}
WRONG = {
    "bearer_capability.default_packet_size": "taken from a user-specified layer 3 protocol",
    "bearer_capability.intermediate_rate": "taken from V.120's octet 5b",
    "send_data_net_independent_clock": "taken from V.120's octet 5b",
    "accept_data_net_independent_clock": "taken from V.120's octet 5b",
    "send_data_flow_control": "taken from V.120's octet 5b",
    "accept_data_flow_control": "taken from V.120's octet 5b",
    "rate_adaption_header": "taken from octet 5c of V.110",
    "multiple_frame_establishment": "taken from octet 5c of V.110",
    "mode_of_operation": "taken from octet 5c of V.110",
    "protocol_negotiation": "taken from octet 5c of V.110",
    "message_originator": "taken from octet 5c of V.110",
    "negotiation_is_done": "taken from octet 5c of V.110",
    "uil2": "taken from octet 5d of V.110",
    "layer_ident": "taken from octet 4a",
    "bearer_capability.mode": "taken from octet 4b",
    "netid.length": "taken from octet 3 of a transit network selection",
    "cause_call.diagnostic": "octets that have parts, among them the element of a rejection (cause 21)",
}
"""Names that tshark gives to what does not have them, with the reason."""
DIAGNOSTICS = {
    1: "8e",
    3: "81",
    17: "01",
    21: "80 41",
    22: "70 03 81 34 32",
    43: "1c",
    49: "82",
    57: "b1",
    65: "33 10 91",
    66: "88",
    88: "7c",
    96: "18",
    97: "62",
    99: "1c 7e",
    100: "18",
    101: "62",
    102: "33 30 33",
}


def frames() -> Iterator[tuple[str, bytes]]:
    """(name, octets of a message) of everything that is compared."""
    for golden in GOLDEN:
        if not isinstance(golden.value, FacilityIE):
            message = Message(1, MessageType.SETUP, shifted(golden.value))
            if isinstance(golden.value, SegmentedMessageIE):
                message = Message(1, MessageType.SEGMENT, (golden.value,))
            yield f"{golden.value.title} {golden.body}", build(message)
    causes = list(DIAGNOSTICS.items())
    causes += [(21, "84 18"), (21, "88 18")]
    for value, octets in causes:
        cause = CauseIE(value=value, diagnostics=bytes.fromhex(octets))
        yield f"cause {value} {octets}", build(Message(1, MessageType.STATUS, (cause,)))


def named(octets: bytes) -> set[str]:
    """Wireshark's names of the fields of our view that hold something."""
    elements = view(octets).elements
    return {field.ws.partition(".")[2] for element in elements for field in element.fields if field.ws}


def test_every_field_of_tshark_is_ours(tmp_path: Path) -> None:
    made = list(frames())
    path = tmp_path / "made.pcap"
    write_pcap(path, [octets for _, octets in made])
    command = [require_program("tshark", "tshark"), "-n", "-r", str(path), "-T", "pdml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    packets = ElementTree.fromstring(done.stdout).findall("packet")
    assert len(packets) == len(made)
    excused: set[str] = set()
    missing = []
    for packet, (name, octets) in zip(packets, made, strict=True):
        ours = named(octets)
        for field in packet.iterfind("proto[@name='q931']//field"):
            theirs = field.get("name", "")
            short = theirs.removeprefix("q931.")
            if short == theirs or short in OF_THE_HEADER | OF_EVERY_ELEMENT | AS_OCTETS | ours:
                continue
            if short in ELSEWHERE or short in WRONG:
                excused.add(short)
            else:
                missing.append(f"{name}: {theirs} = {field.get('show')}")
    assert missing == []
    assert excused == set(ELSEWHERE) - {"message_segment"} | set(WRONG), "an excuse has outlived its reason"


@pytest.mark.parametrize("octets", ["80 90", "80 90 a3"])
def test_our_names_are_seen(octets: str) -> None:
    """The comparison sees what is there: it is no empty set that is compared."""
    body = bytes.fromhex(octets)
    seen = named(bytes((8, 1, 1, MessageType.SETUP, 4, len(body))) + body)
    assert {"coding_standard", "transfer_mode"} <= seen
    assert ("uil1" in seen) is (len(body) == 3)
