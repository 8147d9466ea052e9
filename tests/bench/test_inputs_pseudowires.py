"""E1 lines in packets: SAToP, CESoPSN and TDMoE, and UDP that is none of them."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import carried
import pytest
from carried import e1_line, ether, ipv4, ipv6, pseudowire, shifted, slots, speech, t1_line, tdmoe, udp

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs import InputOptions, Item, open_trace, pseudowires
from trunkbench.trace.inputs.network import Told
from trunkbench.trace.inputs.opening import Trace
from trunkbench.trace.inputs.pseudowires import FLOWS
from trunkbench.trace.record import Audio, Direction, Foreign, FrameRecord, Happening

SENT = [
    bytes.fromhex("00010000") + carried.SETUP,
    bytes.fromhex("02010102"),
    bytes.fromhex("02010002") + carried.CONNECT,
]
OCTETS = 1200
UDP = 17


def read(packets: Sequence[bytes], options: InputOptions | None = None) -> tuple[Trace, list[Item]]:
    """The trace and all its items; every packet must have one, in order."""
    trace = open_trace(io.BytesIO(carried.pcap(packets)), "x", options)
    items = list(trace)
    numbers = [item.number for item in items if not isinstance(item, Damage)]
    assert numbers == sorted(numbers)
    assert sorted(set(numbers)) == list(range(1, len(packets) + 1))
    return trace, items


def frames(items: Sequence[Item]) -> list[FrameRecord]:
    """The frames among items."""
    return [item for item in items if isinstance(item, FrameRecord)]


def over_udp(payloads: Sequence[bytes], *, six: bool = False, back: bool = False) -> list[bytes]:
    """UDP in IP in Ethernet."""
    ports = (5001, 5000) if back else (5000, 5001)
    if six:
        return [ether(ipv6(udp(one, *ports), UDP, back=back), 0x86DD, back=back) for one in payloads]
    return [ether(ipv4(udp(one, *ports), UDP, back=back), back=back) for one in payloads]


@pytest.mark.parametrize("rtp", [False, True])
@pytest.mark.parametrize(
    ("size", "bits", "six"), [(256, 0, False), (256, 3, True), (64, 129, False), (40, 0, False)]
)
def test_satop_is_found_at_any_bit_and_its_d_channel_read(size: int, bits: int, six: bool, rtp: bool) -> None:
    line = shifted(e1_line(slots(31, 16, SENT, OCTETS)), bits)
    trace, items = read(over_udp(pseudowire(line, size, rtp=rtp), six=six))
    found = frames(items)
    assert [frame.data for frame in found] == SENT
    assert {frame.slot for frame in found} == {16}
    assert {frame.fcs for frame in found} == {True}
    host = "[fd00::1]:5000 to [fd00::2]:5001" if six else "10.0.0.1:5000 to 10.0.0.2:5001"
    assert {frame.span for frame in found} == {host}
    assert f"{host} out is SAToP of an E1" in trace.findings
    assert any("timeslot 16 carries HDLC" in told for told in trace.findings)
    # 12 flags before it, 2.048 Mbit/s: the end of the first frame is where the bits say
    assert 0 < found[0].at_ns - 1000 * 10**9 < 6_000_000


@pytest.mark.parametrize("slot", [1, 17, 31])
def test_satop_finds_every_d_channel(slot: int) -> None:
    timeslots = slots(31, slot, SENT, OCTETS)
    timeslots[1 if slot != 2 else 2] = carried.hdlc_slot(SENT[1:], OCTETS)
    _, items = read(over_udp(pseudowire(e1_line(timeslots), 256)))
    assert sorted({(frame.slot, frame.data) for frame in frames(items)}) == sorted(
        {(slot, data) for data in SENT} | {(2, data) for data in SENT[1:]}
    )


def test_both_ways_of_a_pseudowire_are_one_span() -> None:
    line = e1_line(slots(31, 16, SENT, OCTETS))
    there, back = over_udp(pseudowire(line, 256)), over_udp(pseudowire(line, 256), back=True)
    _, items = read([packet for pair in zip(there, back, strict=True) for packet in pair])
    found = frames(items)
    assert {frame.span for frame in found} == {"10.0.0.1:5000 to 10.0.0.2:5001"}
    assert [frame.direction for frame in found].count(Direction.OUT) == len(SENT)
    assert [frame.direction for frame in found].count(Direction.IN) == len(SENT)


def test_lost_packets_of_satop_are_said_and_the_line_found_again() -> None:
    packets = over_udp(pseudowire(e1_line(slots(31, 16, [*SENT, *[SENT[1]] * 30], OCTETS)), 256))
    del packets[100:102]
    _, items = read(packets)
    lost = [item for item in items if isinstance(item, Happening) and "lost before" in item.what]
    assert [(item.number, item.alarm) for item in lost] == [(105, True)]  # four were waited for
    assert lost[0].at_ns == 1000 * 10**9 + 100 * 10**6
    assert lost[0].what == "SAToP: 2 packets lost before sequence number 96"
    behind = [frame.at_ns for frame in frames(items) if frame.at_ns > 1000 * 10**9 + 103_000_000]
    assert behind


def test_packets_that_come_again_are_not_taken_twice() -> None:
    packets = over_udp(pseudowire(e1_line(slots(31, 16, SENT, OCTETS)), 256))
    packets.insert(80, packets[79])
    _, items = read(packets)
    assert [frame.data for frame in frames(items)] == SENT
    assert any(isinstance(item, Happening) and "came again" in item.what for item in items)


def test_the_bits_of_the_control_word_are_happenings() -> None:
    payloads = [bytearray(one) for one in pseudowire(e1_line(slots(31, 16, SENT, OCTETS)), 256)]
    payloads[90][0] |= 0x08
    payloads[91][0] |= 0x0C
    _, items = read(over_udp([bytes(one) for one in payloads]))
    told = [(item.what, item.alarm) for item in items if isinstance(item, Happening) and "bit)" in item.what]
    assert told == [
        ("SAToP: the line at the sender has failed (L bit)", True),
        ("SAToP: the sender loses packets (R bit)", True),
        ("SAToP: the line at the sender works again (L bit)", False),
        ("SAToP: the sender loses no packets any more (R bit)", False),
    ]


@pytest.mark.parametrize(
    ("count", "d_channel", "size"), [(1, 1, 40), (2, 2, 48), (6, 4, 48), (30, 16, 240), (31, 16, 248)]
)
def test_cesopsn_and_its_number_of_timeslots_are_found(count: int, d_channel: int, size: int) -> None:
    timeslots = slots(count, d_channel, SENT, OCTETS)
    line = bytes(octet for sample in zip(*timeslots, strict=True) for octet in sample)
    trace, items = read(over_udp(pseudowire(line, size)))
    assert [(frame.slot, frame.data) for frame in frames(items)] == [(d_channel, data) for data in SENT]
    assert trace.findings[0].endswith(f"is CESoPSN of {count} timeslots")


def test_lost_packets_of_cesopsn_keep_time() -> None:
    timeslots = slots(6, 4, [*SENT, *[SENT[1]] * 30], OCTETS)
    line = bytes(octet for sample in zip(*timeslots, strict=True) for octet in sample)
    packets = over_udp(pseudowire(line, 48))
    _, all_items = read(packets)
    _, items = read([*packets[:90], *packets[93:]])
    times = {frame.at_ns for frame in frames(all_items)}
    found = [frame.at_ns for frame in frames(items)]
    assert len(times) - 2 <= len(found) < len(times)
    assert set(found) <= times


def test_udp_that_counts_but_holds_no_line_is_left_alone() -> None:
    noise = over_udp(pseudowire(speech(3, 256 * 40), 256))
    _, items = read(noise)
    assert {type(item) for item in items} == {Foreign}
    assert frames(items) == []


def test_udp_of_other_kinds_is_foreign() -> None:
    packets = [
        ether(ipv4(udp(b"REGISTER sip:x SIP/2.0\r\n\r\n", 5060, 5060), UDP)),
        ether(ipv4(udp(b"\x80\x08" + bytes((0, n)) + bytes(168), 4000, 4002), UDP)) if (n := 1) else b"",
        *[
            ether(ipv4(udp(b"\x80\x08" + bytes((0, n)) + bytes(8) + speech(n, 160), 4000, 4002), UDP))
            for n in range(60)
        ],
    ]
    trace, items = read(packets)
    assert {type(item) for item in items} == {Foreign}
    assert items[0].what == "UDP, SIP"  # type: ignore[union-attr]
    assert trace.findings == []


def test_a_port_that_an_option_names_is_taken_at_its_word() -> None:
    packets = over_udp(pseudowire(b"\xff" * 256 * 300, 256))
    trace, items = read(packets, InputOptions(satop=frozenset({5001})))
    assert any(isinstance(item, Happening) and "AIS" in item.what for item in items)
    assert "is SAToP of an E1" in trace.findings[0]
    trace, items = read(packets)
    assert {type(item) for item in items} == {Foreign}


@pytest.mark.parametrize(("channels", "d_channel"), [(31, 16), (24, 24), (1, 1), (30, 30)])
def test_tdmoe_is_read_channel_by_channel(channels: int, d_channel: int) -> None:
    packets = [ether(one, 0xD00D) for one in tdmoe(slots(channels, d_channel, SENT, OCTETS), span=5)]
    trace, items = read(packets)
    found = frames(items)
    assert [(frame.slot, frame.data) for frame in found] == [(d_channel, data) for data in SENT]
    assert {(frame.span, frame.direction) for frame in found} == {("TDMoE span 5", Direction.OUT)}
    assert any(f"timeslot {d_channel} carries HDLC" in told for told in trace.findings)
    # 12 flags, then the frame with its FCS and one flag: at 64 kbit/s, to the bit
    bits = 8 * 12 + 8 * (len(SENT[0]) + 2) + 8
    assert abs(found[0].at_ns - 1000 * 10**9 - bits * 15_625) <= 5 * 15_625


def test_tdmoe_signalling_counter_and_alarm() -> None:
    timeslots = slots(31, 16, [], 400)
    packets = tdmoe(timeslots, signalling=[1] * 31)
    packets[20:] = tdmoe(timeslots, signalling=[1, 2, 13, *[1] * 28])[20:]
    packets[30] = packets[30][:3] + bytes((packets[30][3] | 1,)) + packets[30][4:]
    del packets[40:42]
    _, items = read([ether(one, 0xD00D) for one in packets])
    told = [(item.number, item.what, item.alarm, item.slot) for item in items if isinstance(item, Happening)]
    assert told == [
        (21, "CAS channel 2: ABCD 0001 to 0010", None, 2),
        (21, "CAS channel 3: ABCD 0001 to 1101", None, 3),
        (31, "TDMoE: yellow alarm", True, 0),
        (32, "TDMoE: yellow alarm ended", False, 0),
        (41, "TDMoE: 2 packets lost before packet 42", True, 0),
    ]


def test_both_ends_of_a_tdmoe_span_and_more() -> None:
    packets = tdmoe(slots(2, 2, SENT, 400))
    there = [ether(one, 0xD00D) for one in packets]
    back = [ether(one, 0xD00D, back=True) for one in packets]
    third = [one[:11] + b"\x07" + one[12:] for one in there]
    _, items = read([one for three in zip(there, back, third, strict=True) for one in three])
    assert {(frame.span, frame.direction) for frame in frames(items)} == {
        ("TDMoE span 0", Direction.OUT),
        ("TDMoE span 0", Direction.IN),
        ("TDMoE span 0, ends 2", Direction.OUT),
    }


@pytest.mark.parametrize("change", [slice(6, 8), slice(2, 3)])
def test_absurd_tdmoe_headers_are_said(change: slice) -> None:
    packet = bytearray(tdmoe(slots(2, 2, SENT, 8))[0])
    for value in (0, 255):
        packet[change] = bytes((value,)) * len(packet[change])
        _, items = read([ether(bytes(packet), 0xD00D)])
        assert [type(item) for item in items] == [Foreign]


def test_audio_is_given_when_asked_for() -> None:
    timeslots = slots(3, 2, SENT, 800)
    packets = [ether(one, 0xD00D) for one in tdmoe(timeslots)]
    _, items = read(packets, InputOptions(audio=True))
    heard: dict[int, bytes] = {}
    for item in items:
        if isinstance(item, Audio):
            assert item.first == len(heard.get(item.slot, b""))
            heard[item.slot] = heard.get(item.slot, b"") + item.octets
    assert heard[1] == timeslots[0]
    assert heard[3] == timeslots[2]


def cesopsn(frames: Sequence[bytes], count: int = 6, octets: int = OCTETS) -> list[bytes]:
    """CESoPSN payloads of eight samples of each timeslot; the fourth is the D channel."""
    timeslots = slots(count, 4, frames, octets)
    return pseudowire(bytes(octet for sample in zip(*timeslots, strict=True) for octet in sample), 8 * count)


@pytest.mark.parametrize("order", [(1, 0), (2, 0, 1), (4, 1, 2, 3, 0)])
@pytest.mark.parametrize("kind", ["SAToP", "CESoPSN"])
def test_packets_that_overtook_others_are_put_in_order(order: tuple[int, ...], kind: str) -> None:
    line = e1_line(slots(31, 16, SENT * 8, OCTETS))
    packets = over_udp(pseudowire(line, 256) if kind == "SAToP" else cesopsn(SENT * 8))
    _, expected = read(packets)
    for at in range(11, 100, 10):
        packets[at : at + len(order)] = [packets[at + place] for place in order]
    _, items = read(packets)
    assert [frame.data for frame in frames(items)] == SENT * 8
    assert [frame.at_ns for frame in frames(items)] == [frame.at_ns for frame in frames(expected)]
    assert not [item for item in items if isinstance(item, Happening)]


def test_one_frame_in_a_timeslot_of_flags_will_do_and_the_end_is_a_last_look() -> None:
    packets = over_udp(cesopsn(SENT[:1], octets=8 * 11))
    assert len(packets) == 11
    trace, items = read(packets)
    assert [frame.data for frame in frames(items)] == SENT[:1]
    assert trace.findings[0] == "10.0.0.1:5000 to 10.0.0.2:5001 out is CESoPSN of 6 timeslots"


def test_an_option_tells_what_is_too_short_to_tell() -> None:
    packets = over_udp(cesopsn([], octets=200))
    _, items = read(packets)
    assert {type(item) for item in items} == {Foreign}
    trace, _ = read(packets, InputOptions(cesopsn={5001: 6}))
    assert "is CESoPSN of 6 timeslots" in trace.findings[0]
    trace, items = read(packets, InputOptions(cesopsn={5001: 7}))  # 48 octets are not of seven timeslots
    assert trace.findings == []


def test_something_else_before_a_pseudowire_does_not_hide_it() -> None:
    hello = over_udp([b"hello", b"\0\0\0\x09once"])
    _, items = read(hello + over_udp(cesopsn(SENT)))
    assert [frame.data for frame in frames(items)] == SENT


@pytest.mark.parametrize("rtp", [False, True])
@pytest.mark.parametrize("labels", [1, 2])
def test_satop_over_mpls(labels: int, rtp: bool) -> None:
    line = e1_line(slots(31, 16, SENT, OCTETS))
    packets = []
    for index, one in enumerate(pseudowire(line, 256)):
        stack = b"".join((n << 12 | (n == labels) << 8 | 64).to_bytes(4, "big") for n in range(1, labels + 1))
        behind = b"\x80\x60" + one[2:4] + (index * 256).to_bytes(4, "big") + b"\0\0\xca\xfe" if rtp else b""
        packets.append(ether(stack + one[:4] + behind + one[4:], 0x8847))
    _, items = read(packets)
    assert [frame.data for frame in frames(items)] == SENT
    assert {frame.span for frame in frames(items)} == {f"MPLS label {labels}"}


def test_ip_over_mpls_and_what_is_neither() -> None:
    label = (17 << 12 | 1 << 8 | 64).to_bytes(4, "big")
    packets = [
        ether(label + ipv4(udp(b"x", 53, 53), UDP), 0x8847),
        ether(label + b"\x10\0\0\x01" + bytes(30), 0x8847),
        ether(bytes(4 * 9), 0x8847),
    ]
    _, items = read(packets)
    assert [item.what for item in items if isinstance(item, Foreign)] == [
        "UDP, DNS",
        "MPLS label 17",
        "MPLS with too many labels",
    ]


def test_cesopsn_over_ethernet() -> None:
    head = (9 << 12 | 0x102).to_bytes(4, "big")
    _, items = read([ether(head + one, 0x88D8) for one in cesopsn(SENT)])
    assert [(frame.span, frame.data) for frame in frames(items)] == [
        ("emulated circuit 9", one) for one in SENT
    ]


@pytest.mark.parametrize(
    ("extended", "padded", "bits", "size"),
    [
        (True, False, 0, 192),
        (True, False, 77, 192),
        (False, False, 5, 193),
        (True, True, 0, 200),
        (False, True, 0, 50),
    ],
)
def test_satop_of_a_t1(extended: bool, padded: bool, bits: int, size: int) -> None:
    line = shifted(t1_line(slots(24, 24, SENT, OCTETS), extended=extended, padded=padded), bits)
    trace, items = read(over_udp(pseudowire(line, size)))
    assert [(frame.slot, frame.data) for frame in frames(items)] == [(24, data) for data in SENT]
    assert trace.findings[0].endswith("is SAToP of a T1")
    assert ("extended superframe" in trace.findings[1]) is extended
    # 12 flags, the frame with FCS and a flag, in timeslot 24 of frames of 125 us
    octets = 12 + len(SENT[0]) + 2 + 1
    assert abs(frames(items)[0].at_ns - 1000 * 10**9 - octets * 125_000) < 125_000 * 2


def test_a_t1_that_loses_packets_is_found_again() -> None:
    line = t1_line(slots(24, 24, [*SENT, *[SENT[1]] * 60], OCTETS))
    packets = over_udp(pseudowire(line, 192))
    del packets[60:62]
    _, items = read(packets)
    lost = [item.what for item in items if isinstance(item, Happening) and "lost before" in item.what]
    assert lost == ["SAToP: 2 packets lost before sequence number 56"]
    spoilt = [*over_udp(pseudowire(line[: 192 * 60] + shifted(line[192 * 60 :], 3), 192))]
    _, items = read(spoilt)
    told = [item.what[:3] for item in items if isinstance(item, Happening)]
    assert told[0] == "LOF"
    late = [frame for frame in frames(items) if frame.at_ns > 1000 * 10**9 + 100_000_000]
    assert late


def test_a_pseudowire_among_many_other_flows_is_found() -> None:
    others = [
        ether(ipv4(udp(bytes((0, 0, 0, n % 256)) + speech(n, 200), n, 9), UDP)) for n in range(FLOWS + 20)
    ]
    late = [ether(ipv4(udp(one, 5000, 5001), UDP)) for one in cesopsn(SENT)]
    _, items = read([*others, *late])
    assert [frame.data for frame in frames(items)] == SENT


def test_what_is_kept_of_undecided_flows_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pseudowires, "ALL_UNDECIDED", 10_000)
    wires = pseudowires.Pseudowires(InputOptions(), open_trace(io.BytesIO(carried.pcap([])), "x"))
    noise = speech(1, 1000)

    def kept(flow: int, number: int) -> bool:
        word = struct.pack(">BBH", 0, 0, number)
        return wires.take(word + noise, (f"a {flow}", "b"), Told(1, 0, 0, Direction.OUT)) is not None

    assert [kept(flow, number) for flow in range(5) for number in (1, 2)] == [True] * 10
    assert not kept(5, 1)  # there is no room, so it is left alone
    assert not kept(4, 9)  # and so is this one; what it held is free again
    assert [kept(6, number) for number in (1, 2)] == [True, True]
    assert not kept(5, 2)
