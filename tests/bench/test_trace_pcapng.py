"""The pcapng writer, judged by layout (draft-ietf-opsawg-pcapng) and by our own reader."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.trace import Direction, FrameRecord, PcapngWriter, TraceWriteError, read_frames, record_at
from trunkbench.trace.capture import Damage, Packet, read_capture
from trunkwire.side import Side

SABME = bytes.fromhex("00017f")


def packets_of(data: bytes) -> list[Packet]:
    """All packets; fails on any damage."""
    items = list(read_capture(io.BytesIO(data)))
    assert not [item for item in items if isinstance(item, Damage)]
    return [item for item in items if isinstance(item, Packet)]


def test_layout_of_a_file_with_one_frame() -> None:
    """Octet for octet: section header, interface (link type 203, ns), enhanced packet with its direction."""
    file = io.BytesIO()
    with PcapngWriter(file) as writer:
        writer.write(record_at(64_000, Direction.OUT, SABME, "span 1"))
    data = file.getvalue()
    blocks = []
    at = 0
    while at < len(data):
        kind, total = struct.unpack_from("<II", data, at)
        assert struct.unpack_from("<I", data, at + total - 4) == (total,)
        assert total % 4 == 0
        blocks.append((kind, data[at + 8 : at + total - 4]))
        at += total
    assert [kind for kind, _ in blocks] == [0x0A0D0D0A, 1, 6]
    assert blocks[0][1][:16] == struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    assert blocks[1][1][:8] == struct.pack("<HHI", 203, 0, 0)
    assert struct.pack("<HH", 2, 6) + b"span 1" in blocks[1][1]  # if_name
    assert struct.pack("<HHB", 9, 1, 9) in blocks[1][1]  # if_tsresol: 10^-9
    assert blocks[2][1] == (
        struct.pack("<IIIII", 0, 0, 1_000_000_000, 3, 3)
        + SABME
        + b"\0"
        + struct.pack("<HHI", 2, 4, 2)  # epb_flags: outbound
        + struct.pack("<HH", 0, 0)
    )


records = st.builds(
    FrameRecord,
    at_ns=st.integers(0, 2**64 - 1),
    direction=st.sampled_from(Direction),
    data=st.binary(max_size=300),
    span=st.sampled_from(["", "span 1", "跨度 2"]),
    slot=st.sampled_from([0, 16, 31]),
    side=st.sampled_from([None, *Side]),
)


@given(st.lists(records, max_size=20))
def test_what_is_written_is_read_back(written: list[FrameRecord]) -> None:
    file = io.BytesIO()
    writer = PcapngWriter(file, comment="a run")
    for record in written:
        writer.write(record)
    writer.close()
    flags = {Direction.UNKNOWN: 0, Direction.IN: 1, Direction.OUT: 2}
    assert [
        (p.at_ns, p.direction, p.data, p.name, p.link_type, p.original) for p in packets_of(file.getvalue())
    ] == [(r.at_ns, flags[r.direction], r.data, r.span, 203, len(r.data)) for r in written]


def test_a_record_comes_back_whole() -> None:
    """Span, timeslot, side and direction too, through the interface's name and description."""
    file = io.BytesIO()
    written = [
        FrameRecord(7, Direction.IN, SABME, "span 2", 16, Side.NETWORK, 1),
        FrameRecord(8, Direction.OUT, SABME, "", 0, None, 2),
    ]
    with PcapngWriter(file) as writer:
        for record in written:
            writer.write(record)
    file.seek(0)
    found = [
        msgspec.structs.replace(r, offset=0, span=written[n].span)
        for n, r in enumerate(read_frames(file))
        if isinstance(r, FrameRecord)
    ]
    assert found == written


def test_each_span_is_one_interface_whenever_it_appears() -> None:
    file = io.BytesIO()
    with PcapngWriter(file) as writer:
        for span in ("a", "b", "a", "b"):
            writer.write(record_at(0, Direction.IN, SABME, span))
    found = packets_of(file.getvalue())
    assert [(p.interface, p.name, p.description) for p in found] == [
        (0, "a", "D channel in timeslot 16"),
        (1, "b", "D channel in timeslot 16"),
    ] * 2


def test_an_empty_trace_is_a_whole_file(tmp_path: Path) -> None:
    writer = PcapngWriter(tmp_path / "t.pcapng")
    assert packets_of((tmp_path / "t.pcapng").read_bytes()) == []
    writer.close()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(record_at(0, Direction.IN, SABME, "a"))


def test_what_has_reached_the_disk_is_whole_at_any_moment(tmp_path: Path) -> None:
    """A process killed between two calls leaves a file without damage: only whole blocks are flushed."""
    path = tmp_path / "t.pcapng"
    writer = PcapngWriter(path)
    sizes = set()
    for n in range(3000):
        writer.write(record_at(n, Direction.IN, bytes(200 + n % 7), "a"))
        if n % 100 == 0:
            on_disk = path.read_bytes()
            packets_of(on_disk)
            sizes.add(len(on_disk))
    assert len(sizes) > 1, "nothing was flushed before the end"
    writer.flush()
    assert len(packets_of(path.read_bytes())) == 3000 == writer.frames
    writer.close()


class Disk(io.BytesIO):
    """A file of limited size that also takes long writes in pieces."""

    room = 1500

    def write(self, data: object) -> int:
        taken = min(len(memoryview(data)), 64, self.room - self.tell())  # type: ignore[arg-type]
        if taken <= 0:
            raise OSError(28, "No space left on device")
        return super().write(memoryview(data)[:taken])  # type: ignore[arg-type]


def test_short_writes_are_continued_and_a_full_disk_is_named() -> None:
    disk = Disk()
    writer = PcapngWriter(disk)
    for n in range(10):
        writer.write(record_at(n, Direction.IN, SABME, "a"))
    writer.flush()
    assert len(packets_of(disk.getvalue())) == 10
    writer.write(record_at(11, Direction.IN, bytes(2000), "a"))
    with pytest.raises(TraceWriteError, match="No space left on device"):
        writer.flush()


def test_a_full_disk_leaves_whole_blocks_in_a_file_of_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.pcapng"
    writer = PcapngWriter(path)
    writer.write(record_at(1, Direction.IN, SABME, "a"))
    writer.flush()
    whole = path.read_bytes()
    file = writer._file
    assert isinstance(file, io.FileIO)
    real: io.FileIO = file

    class Failing:
        """Takes ten octets, then fails as a full disk does."""

        left = 10

        def write(self, data: memoryview) -> int:
            if not self.left:
                raise OSError(28, "No space left on device")
            taken, self.left = self.left, 0
            return real.write(data[:taken])

        def truncate(self, size: int) -> int:
            return real.truncate(size)

        def close(self) -> None:
            real.close()  # what a real file does too

    monkeypatch.setattr(writer, "_file", Failing())
    writer.write(record_at(2, Direction.IN, SABME, "a"))
    with pytest.raises(TraceWriteError, match="what was written before is whole"):
        writer.close()
    assert path.read_bytes() == whole


def test_a_buffered_file_of_the_caller_is_flushed_too(tmp_path: Path) -> None:
    path = tmp_path / "t.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.write(record_at(1, Direction.IN, SABME, "a"))
        writer.flush()
        assert len(packets_of(path.read_bytes())) == 1
        writer.close()
        assert not file.closed


def test_a_trace_that_cannot_be_made_names_its_path(tmp_path: Path) -> None:
    with pytest.raises(TraceWriteError, match="no-such-folder"):
        PcapngWriter(tmp_path / "no-such-folder" / "t.pcapng")


@pytest.mark.parametrize("at_ns", [-1, 2**64])
def test_a_time_that_does_not_fit_is_refused(at_ns: int) -> None:
    writer = PcapngWriter(io.BytesIO())
    with pytest.raises(ValueError, match="64 bits"):
        writer.write(FrameRecord(at_ns, Direction.IN, SABME))
