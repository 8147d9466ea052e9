"""What stands beside D-channel frames in a trace, in every output: happenings, packets of nothing, other
layers, messages without a layer 2; and tables of many calls."""

from __future__ import annotations

import json
import re
import struct
import sys
from pathlib import Path

import pytest
from made_traces import BUSY, SETUP, decode, i_frame

from trunkbench.trace.callrows import CallRow
from trunkbench.trace.calltable import SAMPLE, table_lines
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.h225 import signalling_end
from trunkbench.trace.octets import octet_table
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkwire.q931.message import build

RR = bytes.fromhex("02010102")
FISU = bytes.fromhex("838300")
ARP = bytes.fromhex("ffffffffffff 020000000001 0806 0001080006040001").ljust(60, b"\0")
LOG = (
    b"[15:05:47:710] [Thread: 1] [Chan 1] - Call started at Mon Jul  6 15:05:47 2009 on chan 1\n"
    b"[15:05:47:710] [Thread: 1] [Chan 1] - CAS Tx >> [SEIZE] 0x00\n"
    b"[15:05:47:951] [Thread: 1] [Chan 1] - CAS Rx << [SEIZE ACK] 0x0C\n"
    b"[15:05:48:070] [Thread: 1] [Chan 1] - MF Rx << 1 [ON]\n"
)


def pcap(link_type: int, *packets: bytes) -> bytes:
    """A pcap file, packets a second apart."""
    file = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)
    for n, data in enumerate(packets):
        file += struct.pack("<IIII", n + 1, 0, len(data), len(data)) + data
    return file


def shown(data: bytes, *options: str) -> str:
    """What is printed; on standard error may stand what was found out about the trace, and nothing else."""
    code, out, err = decode(data, *options)
    assert code == 0
    assert all(text.startswith("trunkbench: standard input: ") for text in err.splitlines())
    return out


def test_a_packet_with_nothing_to_decode_has_a_line_and_a_number() -> None:
    data = pcap(1, ARP, ARP)
    lines = shown(data).splitlines()
    assert lines[1].startswith("     1     0.000000            -             ")
    assert lines[2].startswith("     2     1.000000            -             ")
    assert "ARP" in lines[1]
    assert shown(data, "-V").count("ARP") == 2
    assert shown(data, "-x").count("ARP") == 2
    assert shown(data, "--fields", "frame.number,frame.time_epoch,lapd.tei") == (
        "1\t1.000000000\t\n2\t2.000000000\t\n"
    )
    assert [json.loads(text)["n"] for text in shown(data, "--json").splitlines()] == [1, 2]
    assert shown(data, "--calls") == "No call in this trace.\n"


def test_filters_know_packets_with_nothing_to_decode_by_number_and_time() -> None:
    data = pcap(1, ARP, ARP, ARP)
    assert shown(data, "--where", "frame.number == 2", "--fields", "frame.number") == "2\n"
    assert shown(data, "--since", "1", "--until", "1.5", "--fields", "frame.number") == "2\n"
    assert shown(data, "--where", "not lapd", "--fields", "frame.number") == "1\n2\n3\n"
    for of_frames in (("--tei", "0"), ("--message", "setup"), ("--call", "1")):
        assert shown(data, *of_frames) == "No frame is let through by the filters.\n"


def test_signal_units_of_mtp2_in_every_output() -> None:
    data = pcap(140, FISU)
    line = shown(data).splitlines()[1]
    assert "MTP2" in line
    assert "FISU BSN 3 BIB 1 FSN 3 FIB 1 LI 0" in line
    assert "  FISU BSN 3" in shown(data, "-V")
    assert "         0  83 83 00\n" in shown(data, "-V")
    assert "   0  83 83 00" in shown(data, "-x")
    assert shown(data, "--calls") == "No call in this trace.\n"


def test_messages_without_a_layer_2() -> None:
    data = pcap(147, build(SETUP), build(BUSY))
    line = shown(data, "--user", "0=q931").splitlines()[2]
    assert line.split()[:4] == ["2", "1.000000", "1.000000", "?"]
    assert "RELEASE COMPLETE" in line
    assert "LAPD" not in shown(data, "--user", "0=q931", "-V")
    assert '"17 user busy"' not in shown(data, "--user", "0=q931", "--calls", "--csv")
    assert ",17,user busy," in shown(data, "--user", "0=q931", "--calls", "--csv")


H225 = bytes.fromhex("7e 01 04 05") + bytes(0x103)
"""A user-user element with a length of two octets, as H.225.0 clause 7.2.2.31 has it."""


def test_the_user_user_element_of_h_225_has_a_longer_length() -> None:
    """Where there is no layer 2 (TPKT); what it carries is not taken for elements of Q.931."""
    message = build(SETUP) + H225
    data = pcap(147, message)
    line = shown(data, "--user", "0=q931").splitlines()[1]
    assert line.endswith("ref 65 flag 0; channel 7 exclusive; to 300; speech; H.225.0 263 octets")
    tree = shown(data, "--user", "0=q931", "-V")
    assert "    user-user of H.225.0 (0x7e) at octet 20, 261 octets\n" in tree
    assert "        21                  length: 260\n" in tree
    table = shown(data, "--user", "0=q931", "-x").splitlines()
    assert "  20  7e                        user-user of H.225.0 (0x7e)" in table
    assert "  21  01 04                     length: 260" in table
    assert "  23  05                        protocol: 5 asn1" in table
    [entry] = [json.loads(text) for text in shown(data, "--user", "0=q931", "--json").splitlines()]
    assert entry["q931"]["ies"][-1]["octets"] == H225.hex()
    assert entry["faults"] == entry["remarks"] == []
    assert covered(FrameRecord(0, Direction.OUT, message, layer=Layer.Q931)) == message


@pytest.mark.parametrize("octets", [H225[:-1], b"\x7e\x00", b"\x7e\x02\x05\x41", b"\x7e\x00\x03\x04ab", b""])
def test_a_plain_user_user_element_is_left_to_q_931(octets: bytes) -> None:
    assert signalling_end(build(SETUP) + octets) is None
    assert signalling_end(octets) is None


def covered(record: FrameRecord) -> bytes:
    """The octets in the table of a frame."""
    rows = octet_table(Decoder().decode(record), 0).splitlines()[1:]
    found = [re.match(r" *[0-9]+  ((?:[0-9a-f]{2} )*[0-9a-f]{2})(?:   |$)", text) for text in rows]
    return bytes.fromhex("".join(match[1] for match in found if match))


def test_what_happened_beside_frames() -> None:
    lines = shown(LOG).splitlines()
    assert "CAS sent: SEIZE" in lines[2]
    assert lines[-1].split()[:2] == ["4", "0.360000"]
    assert "CAS sent: SEIZE" in shown(LOG, "-V")
    assert "CAS sent: SEIZE" in shown(LOG, "-x")
    assert "CAS sent: SEIZE" in shown(LOG, "--json")
    assert shown(LOG, "--calls") == "No call in this trace.\n"
    assert shown(LOG, "--fields", "frame.number") == ""
    assert shown(LOG, "--where", "frame.number", "--fields", "frame.number") == ""
    assert len(shown(LOG, "--where", "frame.number >= 3").splitlines()) == 3
    assert len(shown(LOG, "--since", "0.3").splitlines()) == 2
    assert shown(LOG, "--cause", "16") == "No frame is let through by the filters.\n"


HEX = "".join(
    f"{'O' if n % 2 else 'I'}\n000000 {data.hex(' ')}\n\n" for n, data in enumerate((i_frame(SETUP), RR))
)


def test_fields_of_a_trace_that_is_no_capture() -> None:
    names = "frame.number,lapd.control.ftype,q931.message_type"
    lines = shown(HEX.encode(), "--fields", names).splitlines()
    assert [text.split("\t")[1:] for text in lines] == [["0x0000", "0x05"], ["0x0001", ""]]
    where = ("--where", "q931.message_type == 5")
    assert shown(HEX.encode(), "--fields", names, *where) == lines[0] + "\n"
    assert len(shown(HEX.encode(), *where).splitlines()) == 3


def row(number: int, span: str = "", **more: int | str | tuple[str, ...] | None) -> CallRow:
    told: dict[str, object] = dict.fromkeys(CallRow.__struct_fields__)
    told |= {"number": number, "reference": 1, "origin": "user", "span": span, "caller": "1" * number}
    told |= {"called": "777", "bearer": "speech", "cleared_by": "", "messages": 3, "retransmissions": 0}
    told |= {"slot": 0, "anomalies": (), "first": 1, "last": 2, "cut": "", "setup_ns": 0, **more}
    return CallRow(**told)  # type: ignore[arg-type]


def test_a_table_of_many_calls_is_made_while_they_come() -> None:
    """Its columns are as wide as the first rows ask for; a longer one pushes its line out."""
    taken = []

    def rows() -> list[CallRow]:
        return [row(n % 5 + 1 if n < SAMPLE + 5 else 30) for n in range(SAMPLE + 6)]

    def one_by_one() -> object:
        for entry in rows():
            taken.append(entry)
            yield entry

    lines = table_lines(one_by_one(), lambda: 0, 80)  # type: ignore[arg-type]
    next(lines)
    assert len(taken) == SAMPLE
    rest = list(lines)
    assert len(rest) == SAMPLE + 6
    assert {text.index("  777  ") for text in rest[:-1]} == {rest[0].index("  777  ")}
    assert rest[-1].index("  777  ") > rest[0].index("  777  ")
    assert list(table_lines([], lambda: 0, 80)) == []


def test_spans_and_repetitions_in_the_table() -> None:
    wide = list(table_lines([row(1, "span7")], lambda: 0, 160))
    assert "span7" in wide[1]
    assert "span" not in next(iter(table_lines([row(1)], lambda: 0, 160)))
    again = [row(1, retransmissions=4, cut="not ended when the trace ends")]
    assert [text.strip() for text in table_lines(again, lambda: 0, 80)][2:] == [
        "! not ended when the trace ends",
        "! 4 retransmissions",
    ]
    assert len(list(table_lines(again, lambda: 0, 160))) == 3


def test_without_pyarrow_parquet_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, out, err = decode(pcap(203, RR), "--parquet", str(tmp_path / "x.parquet"))
    assert (code, out) == (2, "")
    assert "pip install 'trunkbench[parquet]'" in err


def test_parquet_of_whatever_a_trace_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    from trunkbench.trace.views import parquet as view

    monkeypatch.setattr(view, "ROWS", 2)
    out = tmp_path / "trace"
    assert "4 frames" in shown(LOG, "--parquet", str(out))
    table = parquet.read_table(out).to_pylist()
    assert [entry["n"] for entry in table] == [1, 2, 3, 4]
    assert table[1]["facts"][0].startswith("CAS sent")
    assert table[1]["span"] == "channel 1"
    assert parquet.read_table(tmp_path / "trace.calls.parquet").num_rows == 0
    shown(pcap(203, i_frame(SETUP), RR), "--parquet", str(out))
    first, second = parquet.read_table(out).to_pylist()
    assert (first["message"], first["ns"], first["nr"], first["reference"]) == ("SETUP", 0, 0, 65)
    assert (second["kind"], second["ns"], second["nr"], second["message"]) == ("RR", None, 1, None)
    code, _, err = decode(LOG, "--parquet", str(tmp_path / "none" / "x"))
    assert code == 5
    assert "cannot be written" in err
