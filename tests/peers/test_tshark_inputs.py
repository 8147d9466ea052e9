"""Readers of captures and probes against tshark: the same packets, times, octets and fields.

Real captures are found through TRUNKBENCH_CAPTURES, by default in ../shared/captures beside the checkout.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import pkgutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import carried
import pytest
from carried import data_chunk, data_indication, data_request, ether, ipv4, sctp, tcp, tpkt
from peerlib import require_program

import trunkwire.carriers
from trunkbench.trace.inputs import Item, open_trace
from trunkbench.trace.record import Direction, Foreign, FrameRecord, Happening, Layer
from trunkwire.carriers.mtp2 import IsupHead, MessageUnit, SignalUnit
from trunkwire.carriers.tdmoe import Tdmoe
from trunkwire.codec import Record
from trunkwire.q931.message import parse

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURES = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
Q931 = ["-o", "iua.use_gsm_sapi_values:FALSE"]
"""By default tshark takes IUA for GSM's, whose SAPI 0 carries radio signalling."""
FRAME = bytes.fromhex("00010000") + carried.SETUP
AT = 1_233_053_260_520_914


def capture(name: str) -> Path:
    """A real capture, or skip."""
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"capture {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    return path


def run(path: Path, *arguments: str) -> str:
    """What tshark prints."""
    command = [require_program("tshark", "tshark"), "-n", "-r", str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=True).stdout


def rows(path: Path, names: list[str], *options: str) -> list[dict[str, list[str]]]:
    """The named fields of every packet."""
    wanted = [part for name in names for part in ("-e", name)]
    out = run(path, *options, "-T", "fields", *wanted).splitlines()
    return [
        {name: text.split(",") if text else [] for name, text in zip(names, line.split("\t"), strict=True)}
        for line in out
    ]


def items(path: Path) -> list[Item]:
    """What we read."""
    with path.open("rb") as file:
        return list(open_trace(file, path.name))


def stamp(at_ns: int) -> str:
    """frame.time_epoch."""
    return f"{at_ns // 10**9}.{at_ns % 10**9:09d}"


def layouts() -> Iterator[type[Record]]:
    """Every layout of the carriers."""
    for module in pkgutil.iter_modules(trunkwire.carriers.__path__):
        found = importlib.import_module(f"trunkwire.carriers.{module.name}")
        for value in vars(found).values():
            if isinstance(value, type) and issubclass(value, Record) and value is not Record:
                yield value


def names_unknown(path: Path, names: Iterable[str]) -> set[str]:
    """Those of the names that tshark says are no fields."""
    wanted = [part for name in names for part in ("-e", name)]
    command = [require_program("tshark", "tshark"), "-n", "-r", str(path), "-T", "fields", *wanted]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    told = {line.strip() for line in done.stderr.splitlines()}
    return {name for name in names if name in told}


def test_every_name_that_a_carrier_claims_is_one_of_wireshark(tmp_path: Path) -> None:
    path = tmp_path / "empty.pcap"
    path.write_bytes(carried.pcap([]))
    claimed = {field.place.ws for cls in layouts() for field in cls.layout.plan.fields if field.place.ws}
    assert len(claimed) > 80
    assert names_unknown(path, [*claimed, "no.such.field"]) == {"no.such.field"}


def _over(*chunks: bytes, back: bool = False) -> bytes:
    ports = (9900, 30_000) if back else (30_000, 9900)
    return ether(ipv4(sctp(*chunks, source=ports[0], destination=ports[1]), 132, back=back), back=back)


def _iua_packets() -> list[bytes]:
    whole = data_request(carried.SETUP)
    body = sctp(data_chunk(9, data_request(carried.RELEASE_COMPLETE)))
    return [
        _over(data_chunk(1, whole)),
        _over(data_chunk(1, data_indication(carried.CONNECT)), back=True),
        _over(data_chunk(2, whole[:20], flags=2), data_chunk(3, whole[20:], flags=1)),
        _over(data_chunk(4, carried.iua((5, 5), carried.interface(7), carried.dlci()))),
        _over(data_chunk(5, whole), data_chunk(6, data_request(carried.CONNECT, 8))),
        ether(ipv4(body[:40], 132, more=True)),
        ether(ipv4(body[40:], 132, offset=40)),
        ether(carried.ipv6(sctp(data_chunk(10, whole)), 132), 0x86DD, tags=(7,)),
        _over(carried.chunk(3, bytes(12))),
    ]


def _tpkt_packets() -> list[bytes]:
    stream = tpkt(carried.SETUP) + tpkt(carried.CONNECT) * 2
    cuts = [0, 12, len(tpkt(carried.SETUP)), len(stream)]
    segments = [tcp(b"", 999, 0x02)]
    segments += [tcp(stream[at:end], 1000 + at) for at, end in itertools.pairwise(cuts)]
    return [ether(ipv4(one, 6)) for one in segments]


TDMOE = carried.tdmoe(carried.slots(24, 24, [FRAME], 64), signalling=[9] * 24, span=3)
TDMOE_FIELDS = [field for field in Tdmoe.layout.plan.fields if field.place.ws]
Q931_NAMES = ["frame.number", "q931.message_type", "q931.call_ref", "iua.int_interface_identifier"]
Row = dict[str, list[str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    """A capture of IUA, then TPKT, then TDMoE, and what one run of tshark says of it."""
    path = tmp_path_factory.mktemp("made") / "made.pcap"
    packets = [*_iua_packets(), *_tpkt_packets(), *(ether(one, 0xD00D) for one in TDMOE)]
    path.write_bytes(carried.pcap(packets))
    return path, rows(path, [*Q931_NAMES, *(field.place.ws for field in TDMOE_FIELDS)], *Q931)


def _types(found: Iterable[Row]) -> list[tuple[int, int]]:
    """Packet and type of every Q.931 message."""
    return [
        (int(row["frame.number"][0]), int(kind, 16)) for row in found for kind in row["q931.message_type"]
    ]


def _our_types(frames: Sequence[FrameRecord]) -> list[tuple[int, int]]:
    return [(one.number, int(parse(one.data).type)) for one in frames]


def test_iua_messages_are_those_that_tshark_finds(made: tuple[Path, list[Row]]) -> None:
    path, found = made[0], made[1][: len(_iua_packets())]
    frames = [item for item in items(path) if isinstance(item, FrameRecord) and item.span.startswith("IUA")]
    assert len(frames) == 7
    assert _our_types(frames) == _types(found)
    theirs = [int(reference, 16) for row in found for reference in row["q931.call_ref"]]
    assert [parse(one.data).reference for one in frames] == theirs
    identifiers = {number for row in found for number in row["iua.int_interface_identifier"]}
    spans = {f"IUA interface {int(number, 16)}" for number in identifiers}
    assert spans == {one.span.partition(" of ")[0] for one in frames}


def test_tpkt_messages_are_those_that_tshark_finds(made: tuple[Path, list[Row]]) -> None:
    path, found = made[0], made[1][len(_iua_packets()) : -len(TDMOE)]
    frames = [item for item in items(path) if isinstance(item, FrameRecord) and ":1720" in item.span]
    assert len(frames) == 3
    assert _our_types(frames) == _types(found)


def test_tpkt_messages_of_a_real_call_are_those_that_tshark_finds() -> None:
    path = capture("other/h323.pcap")
    frames = [item for item in items(path) if isinstance(item, FrameRecord)]
    assert frames
    assert _our_types(frames) == _types(rows(path, Q931_NAMES))


def _packets(path: Path) -> list[tuple[str, bytes, dict[str, Any]]]:
    """Time, octets and layers of each packet as tshark has them."""
    told = json.loads(run(path, "-T", "json", "-x", "--no-duplicate-keys"))
    layers = [packet["_source"]["layers"] for packet in told]
    return [
        (
            one["frame"]["frame.time_epoch"],
            bytes.fromhex(one["frame_raw"][0] if "frame_raw" in one else ""),
            one,
        )
        for one in layers
    ]


def _same(path: Path) -> None:
    """The same packets, times and octets; and who sent the LAPD frames."""
    theirs = _packets(path)
    ours = items(path)
    assert len(ours) == len(theirs)
    for number, (item, (at, octets, layers)) in enumerate(zip(ours, theirs, strict=True), 1):
        assert isinstance(item, FrameRecord | Happening | Foreign)
        assert item.number == number
        assert stamp(item.at_ns) == at
        if isinstance(item, FrameRecord):
            assert item.data == octets
        if (
            isinstance(item, FrameRecord)
            and item.layer is Layer.LAPD
            and "lapd.direction" in layers.get("lapd", {})
        ):
            from_network = layers["lapd"]["lapd.direction"] == "1"
            assert (item.direction is Direction.IN) == from_network


@pytest.mark.parametrize("name", ["e1/dpnss-eyesdn.trc", "bri/i4b.trace"])
def test_real_probes_are_read_as_tshark_reads_them(name: str) -> None:
    _same(capture(name))


def test_made_eyesdn_is_read_as_tshark_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "made.trc"
    records = [
        (AT + n, n % 3, kind, FRAME + bytes(range(250, 256))) for n, kind in enumerate([0, 1, 10, 11, 3])
    ]
    records += [(AT, 0, 1, bytes.fromhex("0201017f")), (AT, 0, 0, bytes.fromhex("000173"))]
    path.write_bytes(carried.eyesdn(records))
    _same(path)


@pytest.mark.parametrize("order", [pytest.param("<", marks=pytest.mark.long), ">"])
def test_made_i4b_is_read_as_tshark_reads_it(tmp_path: Path, order: str) -> None:
    path = tmp_path / "made.trace"
    packets = [(AT + n, 1 + n % 3, n % 2, FRAME[: 4 + n]) for n in range(12)]
    path.write_bytes(carried.i4b(packets, order=order))
    _same(path)


@pytest.mark.parametrize("first", [("-c", "1000"), pytest.param((), marks=pytest.mark.long)])
def test_signal_units_have_the_fields_that_tshark_finds(first: tuple[str, ...]) -> None:
    path = capture("e1/isup_load_generator.pcap")
    names = ["mtp2.bsn", "mtp2.bib", "mtp2.fsn", "mtp2.fib", "mtp2.li", "mtp3.dpc", "mtp3.opc", "isup.cic"]
    fcs = "mtp2.capture_contains_frame_check_sequence:TRUE"
    theirs = rows(path, [*names, "isup.message_type"], "-o", fcs, *first)
    ours = [item for item in items(path) if isinstance(item, FrameRecord)]
    assert len(ours) == 5265
    ours = ours[: len(theirs)]
    messages = 0
    for item, row in zip(ours, theirs, strict=True):
        unit = SignalUnit.layout.parse(item.data)
        values = [unit.bsn, int(unit.bib), unit.fsn, int(unit.fib), unit.length]
        assert [[str(value)] for value in values] == [row[name] for name in names[:5]]
        if unit.kind == "MSU":
            label = MessageUnit.layout.parse(unit.rest)
            assert [[str(label.destination)], [str(label.origin)]] == [row["mtp3.dpc"], row["mtp3.opc"]]
            if row["isup.cic"]:
                isup = IsupHead.layout.parse(label.rest)
                assert [str(isup.circuit)] == row["isup.cic"]
                assert [str(isup.type)] == [str(int(kind, 0)) for kind in row["isup.message_type"]]
                messages += 1
    assert len(theirs) == (1000 if first else 5265)
    assert messages > 10


def test_tdmoe_headers_have_the_fields_that_tshark_finds(made: tuple[Path, list[Row]]) -> None:
    for packet, row in zip(TDMOE, made[1][-len(TDMOE) :], strict=True):
        header = Tdmoe.layout.parse(packet)
        for field in TDMOE_FIELDS:
            theirs = [int(text, 0) for text in row[field.place.ws]]
            assert theirs == [int(getattr(header, field.name))], field.name
