"""What explain is told of a trace, what it says of one in which there is nothing for it, and of alarms."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import pytest
from explaincase import explained, found
from tracetalk import N, Talk, U

from trunkbench.cli import main
from trunkbench.trace.explain import Explainer
from trunkbench.trace.explain.text import headline, to_json
from trunkbench.trace.record import Direction, Foreign, FrameRecord, Layer

MTP2 = FrameRecord(0, Direction.UNKNOWN, b"\x80\x80\x00", layer=Layer.MTP2)
PPP = FrameRecord(0, Direction.UNKNOWN, b"\xff\x03\xc0\x21", layer=Layer.OTHER)


def a_pcap(link_type: int, talk: Talk) -> bytes:
    file = io.BytesIO()
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type))
    for record in talk.items:
        assert isinstance(record, FrameRecord)
        seconds, rest = divmod(record.at_ns, 1_000_000_000)
        size = len(record.data)
        file.write(struct.pack("<IIII", seconds, rest // 1000, size, size) + record.data)
    return file.getvalue()


def test_options_that_name_what_a_trace_carries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "user3.pcap"
    path.write_bytes(a_pcap(150, Talk().up().call()))
    assert main(["explain", str(path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "Nothing was examined: the trace has 10 packets with nothing to decode (first: USER3"
    )
    assert "Nothing is wrong" not in said
    assert main(["explain", str(path), "--user", "3=lapd", "--satop", "4000", "--cesopsn", "4001=31"]) == 0
    assert capsys.readouterr().out.startswith("Nothing is wrong in 10 frames and 1 call:")
    with pytest.raises(SystemExit) as refused:
        main(["explain", str(path), "--user", "16=lapd"])
    assert refused.value.code == 2
    assert "write it as 0=lapd" in capsys.readouterr().err


def test_nothing_is_right_where_nothing_was_examined() -> None:
    report = explained([MTP2, MTP2, PPP])
    assert headline(report) == (
        "Nothing was examined: the trace has 2 frames of MTP2 and 1 frame that are no LAPD, and no frames "
        "of LAPD or Q.931."
    )
    assert not report.clean
    assert (report.frames, report.examined) == (3, 0)


def test_what_was_not_examined_is_told() -> None:
    mixed = [*Talk().up().call().items, MTP2]
    assert headline(explained(mixed)).startswith("Nothing is wrong in 10 frames and 1 call: ")
    assert headline(explained(mixed)).endswith(" Not examined: 1 frame of MTP2.")
    silent = explained([*Talk().up().setup().wait(4).setup().wait(4).s(U).items, MTP2])
    assert headline(silent).endswith("the worst first. Not examined: 1 frame of MTP2.")
    other = explained(Talk().up().carry(N, b"\x41\x01").items)
    assert headline(other).endswith("Of 1 frame only layer 2 was: they do not carry Q.931.")
    told = to_json(explained(mixed))
    assert (told["frames"], told["examined"], told["clean"], told["layer_2_only"]) == (11, 10, True, 0)
    json.dumps(told)


def test_packets_without_frames_are_counted() -> None:
    explainer = Explainer()
    explainer.foreign(Foreign(1, 0, 0, "ARP"))
    explainer.foreign(Foreign(2, 0, 0, "SCTP INIT"))
    assert "2 packets with nothing to decode (first: ARP)" in headline(explainer.report())


def test_one_event_of_a_log_is_one_finding() -> None:
    talk = Talk(None, span="Span 1").up()
    talk.happen("D-channel is down!", True).wait(1)
    talk.span = ""
    talk.happen("PRI got event: HDLC Abort (6) on D-channel of span 1", True)
    for channel in range(1, 4):
        talk.happen(f"Detected alarm on channel {channel}: Red Alarm", True)
    talk.happen("  == Primary D-Channel on span 1 down", True).wait(1)
    talk.happen("  == Primary D-Channel on span 2 down", True).wait(1)
    talk.happen("  == Primary D-Channel on span 1 up", False)
    talk.happen("  == Primary D-Channel on span 1 down", True)
    items = talk.items
    assert [(one.text, one.count) for one in found(items, "alarm")] == [
        ("Detected alarm on channel 1: Red Alarm", 3)
    ]
    one, two = found(items, "d-channel-down")
    assert (one.text, one.count, two.count) == ("Span 1: D-channel is down!", 2, 1)
    assert not [near for near in one.nearby if "D-Channel on span" in near]
    assert [near for near in one.nearby if "Red Alarm" in near]
    assert len(found(items, "hdlc-errors")) == 1


def test_the_interface_of_a_d_channel_is_no_line() -> None:
    talk = Talk(None).up()
    talk.happen("%CONTROLLER-5-UPDOWN: Controller E1 0/0/0, changed state to down (LOS detected)", True)
    talk.happen("%LINK-3-UPDOWN: Interface Serial0/0/0:15, changed state to down", True)
    talk.happen("%LINEPROTO-5-UPDOWN: Line protocol on Interface Serial0/0/0:15, changed state to down", True)
    assert [one.count for one in found(talk.items, "alarm")] == [1]
    assert [one.count for one in found(talk.items, "d-channel-down")] == [1]
