"""Both directions of pseudowires and TDMoE spans come merged by time, whenever each was recognised."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import carried
import pytest
from carried import e1_line, ether, hdlc_slot, ipv4, pseudowire, speech, t1_line, tdmoe, udp

from trunkbench.cli import main
from trunkbench.trace.inputs import InputOptions, merging, open_trace
from trunkbench.trace.inputs.merging import Merged
from trunkbench.trace.record import Direction, Foreign, FrameRecord, Happening

ROUNDS = 4
GAP = 110
OCTETS = 24 * GAP
PAIR_US = {"E1": 1000, "T1": 1000, "CESoPSN": 1000, "one timeslot": 5000, "TDMoE": 1000}
"""Octets of a packet, as time."""


def message(kind: int, to_originator: bool, body: str = "") -> bytes:
    return bytes((8, 2, 0x80 if to_originator else 0, 1, kind)) + bytes.fromhex(body)


def dialogue() -> tuple[list[bytes], list[bytes]]:
    """I frames (Q.921 3.6.1) of the network side and of the user side, which speak in turn."""
    calls = [
        (message(0x05, False, "04038090a31803a98381700381 3231"), message(0x07, True)),
        (message(0x0F, False), message(0x45, True, "08028090")),
        (message(0x4D, False, "08028090"), message(0x5A, True)),
    ] * ROUNDS
    network, user = [], []
    for n, (asked, answered) in enumerate(calls):
        network.append(bytes((2, 1, n << 1, n << 1)) + asked)
        user.append(bytes((0, 1, n << 1, (n + 1) << 1)) + answered)
    return network, user


def lines(octets: int = OCTETS) -> list[bytes]:
    """The D channel of each direction; the user side speaks half a gap later."""
    network, user = dialogue()
    return [
        hdlc_slot(network, octets, lead=12, gap=GAP),
        hdlc_slot(user, octets, lead=12 + GAP // 2, gap=GAP + 4),
    ]


def wrap(kind: str, d_channel: bytes, *, back: bool) -> list[bytes]:
    """The packets of one direction."""

    def slots(count: int, place: int) -> list[bytes]:
        filled = speech(1, len(d_channel))
        return [d_channel if slot == place else filled for slot in range(1, count + 1)]

    ports = (5001, 5000) if back else (5000, 5001)
    if kind == "TDMoE":
        return [ether(one, 0xD00D, back=back) for one in tdmoe(slots(31, 16))]
    if kind == "E1":
        payloads = pseudowire(e1_line(slots(31, 16)), 256)
    elif kind == "T1":
        payloads = pseudowire(t1_line(slots(24, 24)), 193)
    elif kind == "CESoPSN":
        payloads = pseudowire(bytes(one for row in zip(*slots(6, 4), strict=True) for one in row), 48)
    else:
        payloads = pseudowire(d_channel, 40)
    return [ether(ipv4(udp(one, *ports), 17, back=back), back=back) for one in payloads]


def alternate(there: Sequence[bytes], back: Sequence[bytes]) -> list[bytes]:
    return [one for pair in zip_longest(there, back) for one in pair if one is not None]


def capture(kind: str, packets: Sequence[bytes]) -> bytes:
    return carried.pcap(packets, step_us=PAIR_US[kind] // 2)


def frames(raw: bytes, options: InputOptions | None = None) -> list[FrameRecord]:
    items = list(open_trace(io.BytesIO(raw), "x", options))
    numbers = [item.number for item in items if isinstance(item, FrameRecord | Happening | Foreign)]
    assert numbers == sorted(numbers)
    return [item for item in items if isinstance(item, FrameRecord)]


@pytest.mark.parametrize("kind", PAIR_US)
def test_both_directions_come_in_the_order_of_their_dialogue(kind: str, tmp_path: Path) -> None:
    there, back = (wrap(kind, line, back=way) for line, way in zip(lines(), (False, True), strict=True))
    raw = capture(kind, alternate(there, back))
    found = frames(raw)
    network, user = dialogue()
    assert [frame.data for frame in found] == alternate(network, user)
    assert [frame.direction for frame in found] == [Direction.OUT, Direction.IN] * len(network)
    assert [frame.at_ns for frame in found] == sorted(frame.at_ns for frame in found)
    path = tmp_path / "both.pcap"
    path.write_bytes(raw)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        main(["explain", str(path)])
    assert f"{ROUNDS} calls" in told.getvalue()
    assert "backwards" not in told.getvalue()


@pytest.mark.parametrize("kind", ["E1", "CESoPSN", "TDMoE"])
@pytest.mark.parametrize("missing", [pytest.param(1, marks=pytest.mark.long), 7, 60])
def test_a_direction_that_begins_late_is_merged_too(kind: str, missing: int) -> None:
    there, back = (wrap(kind, line, back=way) for line, way in zip(lines(), (False, True), strict=True))
    packets = [*there[:missing], *alternate(there[missing:], back[missing:])]
    found = frames(capture(kind, packets))
    assert [frame.data for frame in found if frame.direction is Direction.OUT] == dialogue()[0]
    late = [frame.data for frame in found if frame.direction is Direction.IN]
    assert late == dialogue()[1][-len(late) :]
    assert len(late) >= len(dialogue()[1]) // 2
    assert [frame.at_ns for frame in found] == sorted(frame.at_ns for frame in found)


def test_a_direction_that_stops_is_not_waited_for_for_ever() -> None:
    """What the other one says goes on coming out, and not only at the end."""
    octets = 24_000  # three seconds
    there = wrap("CESoPSN", hdlc_slot(dialogue()[0] * 9, octets, gap=200), back=False)
    back = wrap("CESoPSN", lines()[1], back=True)[:100]
    found = frames(capture("CESoPSN", alternate(there, back)))
    assert [frame.data for frame in found if frame.direction is Direction.OUT] == dialogue()[0] * 9
    # Behind the end of the other direction packets come alone: 1,150 of them are a second and a portion.
    waited = [
        frame.number - (100 + (frame.at_ns - 1000 * 10**9) // 10**6)
        for frame in found
        if frame.direction is Direction.OUT
    ]
    assert max(waited) <= 1150


def test_a_direction_that_shows_nothing_itself_is_told_by_the_other() -> None:
    """Speech alone shows no timeslots; their number is that of the way back."""
    there = wrap("CESoPSN", lines()[0], back=False)
    back = wrap("CESoPSN", speech(9, OCTETS), back=True)
    trace = open_trace(io.BytesIO(capture("CESoPSN", alternate(there, back))), "x")
    assert sum(isinstance(item, FrameRecord) for item in trace) == len(dialogue()[0])
    assert trace.findings[:2] == [
        "10.0.0.1:5000 to 10.0.0.2:5001 out is CESoPSN of 6 timeslots",
        "10.0.0.1:5000 to 10.0.0.2:5001 in is CESoPSN of 6 timeslots",
    ]
    shorter = [one[:-8] for one in back]  # no direction of the same pseudowire
    trace = open_trace(io.BytesIO(capture("CESoPSN", alternate(there, shorter))), "x")
    assert sum(isinstance(item, FrameRecord) for item in trace) == len(dialogue()[0])
    assert not [told for told in trace.findings if " in is " in told]


@dataclass
class Known:
    """A direction known up to a time."""

    known_ns: int


def at(*times: int) -> Iterator[Happening]:
    return (Happening(time, str(time)) for time in times)


def test_what_waits_is_bounded_in_time_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    second = merging.PATIENCE_NS
    fast, slow = Known(0), Known(0)
    merged = Merged()
    merged.join(fast)
    merged.keep(at(3, 1, 2))
    assert [item.what for item in merged.ripe() if isinstance(item, Happening)] == ["1", "2", "3"]
    merged.join(slow)
    merged.keep(at(5 * second, second, 2 * second))
    fast.known_ns = second
    assert merged.ripe() == []
    fast.known_ns = 2 * second
    assert [item.at_ns for item in merged.ripe() if isinstance(item, Happening)] == [second]
    slow.known_ns = 2 * second + 3_000_000
    fast.known_ns = 6 * second
    assert len(merged.ripe()) == 2
    monkeypatch.setattr(merging, "HELD", 10)
    merged.keep(at(*range(7 * second, 7 * second + 14)))
    assert len(merged.ripe()) == 4
    assert len(merged.all()) == 10
    assert merged.all() == []


@pytest.mark.parametrize(("skew", "first"), [(0, 65_530), (36, 65_530), (40_000, 5)])
@pytest.mark.parametrize("kind", ["E1", "CESoPSN"])
def test_rtp_behind_the_control_word_over_udp(kind: str, first: int, skew: int) -> None:
    """Not as RFC 4553 4.1 has it over UDP, but it is sent; its sequence number may begin anywhere."""
    d_channel = lines(600)[0]
    filled = [speech(n, 600) for n in range(31)]
    if kind == "E1":
        payloads = pseudowire(e1_line([*filled[:15], d_channel, *filled[:15]]), 256, first=first)
    else:
        rows = zip(*filled[:3], d_channel, *filled[:2], strict=True)
        payloads = pseudowire(bytes(one for row in rows for one in row), 48, first=first)
    packets = []
    for index, one in enumerate(payloads):
        number = (int.from_bytes(one[2:4], "big") + skew) % 65_536
        rtp = b"\x80\x60" + number.to_bytes(2, "big") + (index * 256).to_bytes(4, "big") + b"\0\0\xca\xfe"
        packets.append(ether(ipv4(udp(b"\0\0" + one[2:4] + rtp + one[4:]), 17)))
    found = frames(carried.pcap(packets))
    assert found
    assert [frame.data for frame in found] == dialogue()[0][: len(found)]
