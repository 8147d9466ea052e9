"""Link types 203 and 177, and the FCS that is found by checking it."""

from __future__ import annotations

import io
import struct

import pytest

from trunkbench.trace import Damage, Direction, FrameRecord, NotACapture, read_frames
from trunkbench.trace.frames import FcsWatch
from trunkwire.hdlc.fcs import fcs_octets
from trunkwire.side import Side

SABME = bytes.fromhex("00017f")
RR = bytes.fromhex("00010102")


def pcap(packets: list[bytes], link: int = 203, original: int | None = None) -> io.BytesIO:
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for n, packet in enumerate(packets):
        data += struct.pack("<IIII", n, 0, len(packet), original or len(packet)) + packet
    return io.BytesIO(data)


def sll(kind: int, network: bool = False, protocol: int = 0x30) -> bytes:
    return struct.pack(">HHHB7xH", kind, 8445, 0, network, protocol)


def frames(file: io.BytesIO) -> list[FrameRecord]:
    items = list(read_frames(file))
    assert not [item for item in items if isinstance(item, Damage)]
    return [item for item in items if isinstance(item, FrameRecord)]


def test_plain_lapd() -> None:
    found = frames(pcap([SABME, RR]))
    assert [(f.data, f.direction, f.side, f.number, f.at_ns) for f in found] == [
        (SABME, Direction.UNKNOWN, None, 1, 0),
        (RR, Direction.UNKNOWN, None, 2, 10**9),
    ]


def test_linux_lapd_tells_direction_and_side() -> None:
    found = frames(pcap([sll(4) + SABME, sll(0) + RR, sll(4, network=True) + SABME], 177))
    assert [(f.data, f.direction, f.side) for f in found] == [
        (SABME, Direction.OUT, Side.USER),
        (RR, Direction.IN, Side.USER),
        (SABME, Direction.OUT, Side.NETWORK),
    ]


def test_a_broken_linux_header_costs_one_packet() -> None:
    items = list(read_frames(pcap([sll(4)[:9], sll(4, protocol=0x800) + SABME, sll(4) + SABME], 177)))
    problems = [item.problem for item in items if isinstance(item, Damage)]
    assert "9 octets, less than a Linux LAPD header" in problems[0]
    assert "protocol 0x0800" in problems[1]
    assert [item.data for item in items if isinstance(item, FrameRecord)] == [SABME]


def test_a_frame_that_was_cut_says_so_and_keeps_its_octets() -> None:
    (frame,) = frames(pcap([SABME + fcs_octets(SABME)], original=400))
    assert (frame.original, frame.fcs, len(frame.data)) == (400, None, 5)


def test_only_foreign_packets_are_no_capture_of_ours() -> None:
    with pytest.raises(NotACapture, match=r"link type 1 \(Ethernet\)") as caught:
        list(read_frames(pcap([b"x"], 1)))
    assert caught.value.exit_code == 2


def test_foreign_packets_among_ours_are_left_out_and_reported_once() -> None:
    """A pcapng file may hold interfaces of other link types; the first such packet's offset is given."""
    head = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    interfaces = b"".join(struct.pack("<IIHHII", 1, 20, link, 0, 0, 20) for link in (203, 1))

    def packet(interface: int) -> bytes:
        return struct.pack("<IIIIIII3sxI", 6, 36, interface, 0, 0, 3, 3, SABME, 36)

    items = list(read_frames(io.BytesIO(head + interfaces + packet(0) + packet(1) + packet(1) + packet(0))))
    assert [item.data for item in items if isinstance(item, FrameRecord)] == [SABME, SABME]
    (damage,) = [item for item in items if isinstance(item, Damage)]
    assert damage == Damage(28 + 40 + 36, "2 packets of link type 1 (Ethernet)", "they were left out", False)


def test_an_fcs_is_found_by_checking_it() -> None:
    found = frames(pcap([data + fcs_octets(data) for data in (SABME, RR, RR)]))
    assert [(f.data, f.fcs) for f in found] == [(SABME, True), (RR, True), (RR, True)]


def test_without_an_fcs_nothing_is_taken_off() -> None:
    assert [(f.data, f.fcs) for f in frames(pcap([SABME, RR]))] == [(SABME, None), (RR, None)]


def test_a_wrong_fcs_is_reported_once_right_ones_prevail() -> None:
    good = RR + fcs_octets(RR)
    bad = RR + bytes([fcs_octets(RR)[0] ^ 1, fcs_octets(RR)[1]])
    found = frames(pcap([good, good, bad, good]))
    assert [f.fcs for f in found] == [True, True, False, True]
    assert found[2].data == RR


def test_two_octets_that_agree_by_chance_stay_where_frames_have_no_fcs() -> None:
    watch = FcsWatch()
    for _ in range(10):
        assert watch.strip(RR, False) == (RR, None)
    lucky = RR + fcs_octets(RR)
    assert watch.strip(lucky, False) == (lucky, None)


def test_three_frames_without_an_fcs_do_not_yet_prove_that_there_is_none() -> None:
    """A capture may begin with errored frames; from the fourth on, chance is the likelier explanation."""
    right = RR + fcs_octets(RR)
    for wrong, taken in ((3, True), (4, False)):
        watch = FcsWatch()
        for _ in range(wrong):
            watch.strip(SABME, False)
        assert (watch.strip(right, False) == (RR, True)) is taken


def test_an_fcs_that_the_file_announces_is_judged_from_the_first_frame_on() -> None:
    assert FcsWatch().strip(RR + b"\0\0", True) == (RR, False)
    assert FcsWatch().strip(RR + fcs_octets(RR), True) == (RR, True)
