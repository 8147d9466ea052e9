"""The decoder against tshark, on real captures and on traces of our own: every field that both have.

Real captures are found through TRUNKBENCH_CAPTURES, by default in ../shared/captures beside the checkout.
"""

from __future__ import annotations

import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from peerlib import require_program

from trunkbench.trace import FrameRecord, PcapngWriter, read_frames
from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.layer2 import layer2_fields
from trunkbench.trace.record import Direction
from trunkwire.codec.layout import Layout
from trunkwire.codec.slots import SlotMap
from trunkwire.codec.walk import FieldView
from trunkwire.lapd.frames import InformationFrame, SupervisoryFrame, UnnumberedFrame
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    DECLARED,
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    DisplayIE,
    Layer1,
    Location,
    ProgressDescription,
    ProgressIndicatorIE,
    RawIE,
    SendingCompleteIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.q931.view import view
from trunkwire.side import Side

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURES = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
NAMES = [
    "e1/libpri-e1-euroisdn.linuxlapd.pcap",
    "e1/hp-comware.linuxlapd.pcap",
    "e1/q931-only-snippets.linuxlapd.pcap",
    "bri/i4b-dchannel.linuxlapd.pcap",
    "bri/goeller-d2gsm.linuxlapd.pcap",
    "bri/auroraduet.linuxlapd.pcap",
    "abis/abis-accept-network.pcap",
]
GSM = ["-o", "lapd.use_gsm_sapi_values:TRUE"]
ETSI = ["-o", "q932.facility_encoding:Facility as ETSI"]
"""By default tshark takes every Facility for QSIG, and real ETSI ones for malformed."""

HEADER = ["disc", "call_ref_len", "call_ref_flag", "call_ref", "message_type", "layer_ident"]
OWN_NAMES = [f"q931.{name}" for name in HEADER] + ["tei.msg", "tei.entity", "tei.action"]
EXTRA = ["lapd.control.f", "lapd.direction", "lapd.control.u_modifier_cmd", "lapd.control.u_modifier_resp"]

Fields = dict[str, list[str]]


def capture(name: str) -> Path:
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"capture {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    return path


def wireshark_names() -> list[str]:
    """Wireshark's name of every field that our declarations give one."""
    layouts: list[Layout[InformationFrame] | Layout[SupervisoryFrame] | Layout[UnnumberedFrame]] = [
        InformationFrame.layout,
        SupervisoryFrame.layout,
        UnnumberedFrame.layout,
    ]
    plans = [layout.plan for layout in layouts] + [cls.layout.plan for cls in DECLARED]
    names = {field.place.ws: None for plan in plans for field in plan.fields if field.place.ws}
    return [*names, *OWN_NAMES]


def tshark(path: Path, names: list[str], *options: str) -> list[Fields]:
    """What tshark has for each field of each frame, in wire order."""
    program = require_program("tshark", "tshark")
    command = [
        program,
        "-n",
        "-r",
        str(path),
        *options,
        "-T",
        "fields",
        "-E",
        "occurrence=a",
        "-E",
        "aggregator=\x1f",
    ]
    for name in names:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    return [
        {
            name: value.split("\x1f") if value else []
            for name, value in zip(names, line.split("\t"), strict=True)
        }
        for line in done.stdout.splitlines()
    ]


def records(path: Path) -> list[FrameRecord]:
    with path.open("rb") as file:
        items = list(read_frames(file, path.name))
    frames = [item for item in items if isinstance(item, FrameRecord)]
    assert len(frames) == len(items), items
    return frames


def decoded(frames: list[FrameRecord]) -> list[Decoded]:
    decoder = Decoder()
    return [decoder.decode(frame) for frame in frames]


def our_fields(frame: Decoded) -> Iterator[FieldView]:
    yield from layer2_fields(frame.record.data)
    if frame.message is not None:
        message = view(frame.layer2.information)
        yield from message.header
        for element in message.elements:
            assert not element.error, element
            yield from element.fields


def agrees(name: str, ours: object, theirs: str) -> bool:
    """Whether a value of ours is what tshark prints for that field."""
    if name == "q931.call_ref":
        return ours == int(theirs, 16)
    if isinstance(ours, int):
        number = {"True": 1, "False": 0}.get(theirs)
        return int(ours) == (int(theirs, 0) if number is None else number)
    if isinstance(ours, bytes):
        return ours.hex() == theirs.replace(":", "")
    return str(ours) == theirs


def compare(frame: Decoded, theirs: Fields) -> int:
    """Compare every field of a frame that both have a name for; how many values were compared."""
    ours: dict[str, list[object]] = defaultdict(list)
    for field in our_fields(frame):
        if not field.ws:
            continue
        assert not field.error, field
        value = field.value
        if isinstance(value, SlotMap):
            value = tuple(frame.layer2.information[field.offset : field.offset + field.length])
        ours[field.ws] += value if isinstance(value, tuple) else [value]
    count = 0
    for name in theirs:
        if name in EXTRA:
            continue
        mine, other = ours[name], theirs[name]
        if name == "lapd.control.p":  # shown for commands only, and only where set
            assert not other or frame.layer2.p_f == bool(int(other[0], 0)), (frame.record.number, name)
            continue
        if name == "lapd.control.s_ftype":  # shown in place: RNR is 4, REJ is 8
            other = [hex(int(value, 0) >> 2) for value in other]
        same = len(mine) == len(other) and all(map(agrees, [name] * len(mine), mine, other))
        assert same, f"frame {frame.record.number}: {name} is {mine!r} here and {other!r} in tshark"
        count += len(mine)
    return count


def check_layer2(frame: Decoded, theirs: Fields) -> None:
    """Sender, P/F and the names of U frames."""
    if theirs["lapd.direction"]:
        told = Side.NETWORK if theirs["lapd.direction"][0] in ("1", "True") else Side.USER
        assert frame.sender is told, frame.record.number
    for name in ("lapd.control.p", "lapd.control.f"):
        for value in theirs[name]:
            assert frame.layer2.p_f == bool(int(value, 0))
    unnumbered = theirs["lapd.control.u_modifier_cmd"] + theirs["lapd.control.u_modifier_resp"]
    codes = {"SABME": 0x6C, "DISC": 0x40, "UA": 0x60, "DM": 0x0C, "UI": 0x00, "FRMR": 0x84, "XID": 0xAC}
    if unnumbered:
        assert int(unnumbered[0], 0) << 2 == codes[frame.layer2.kind], frame.record.number


@pytest.mark.parametrize("name", NAMES[:-1])
def test_every_frame_of_a_real_capture_agrees(name: str) -> None:
    path = capture(name)
    theirs = tshark(path, wireshark_names() + EXTRA)
    ours = decoded(records(path))
    assert len(ours) == len(theirs) > 0
    compared = 0
    for frame, fields in zip(ours, theirs, strict=True):
        assert not frame.faults, frame.faults
        compared += compare(frame, fields)
        check_layer2(frame, fields)
    assert compared > 8 * len(ours), "too few fields were compared for this to mean anything"


def test_what_the_lines_tell_of_the_first_capture_is_what_tshark_says() -> None:
    """Message types, call references, causes, channels and numbers as the strict decoder has them."""
    path = capture(NAMES[0])
    names = ["message_type", "call_ref", "call_ref_flag", "cause_value", "channel.number"]
    digits = ["calling_party_number.digits", "called_party_number.digits", "display_information"]
    theirs = tshark(path, [f"q931.{name}" for name in names + digits])
    ours = decoded(records(path))
    assert len(ours) == len(theirs) == 16
    for frame, fields in zip(ours, theirs, strict=True):
        message = frame.message
        assert message is not None
        found: list[list[object]] = [
            [int(message.type)],
            [message.reference],
            [int(message.to_originator)],
            [int(ie.value) for ie in message.all(CauseIE)],
            [n for ie in message.all(ChannelIdentificationIE) for n in ie.channels],
            [ie.digits for ie in message.all(CallingNumberIE)],
            [ie.digits for ie in message.all(CalledNumberIE)],
            [ie.text for ie in message.all(DisplayIE)],
        ]
        expected = [fields[f"q931.{name}"] for name in names + digits]
        for name, mine, other in zip(names + digits, found, expected, strict=True):
            assert len(mine) == len(other), (frame.record.number, name)
            assert all(map(agrees, [f"q931.{name}"] * len(mine), mine, other)), (frame.record.number, name)


def test_the_addresses_and_controls_of_abis_agree() -> None:
    """GSM A-bis is LAPD with other SAPIs, and no Q.931 behind it."""
    path = capture(NAMES[-1])
    names = [name for name in wireshark_names() if name.startswith("lapd.")]
    theirs = tshark(path, names + EXTRA, *GSM)
    ours = decoded(records(path))
    assert len(ours) == len(theirs) == 85
    for frame, fields in zip(ours, theirs, strict=True):
        compare(frame, fields)


@pytest.mark.parametrize("name", NAMES[:-1])
def test_our_pcapng_of_a_real_capture_reads_the_same(name: str, tmp_path: Path) -> None:
    """Link type 203 by our writer: the same fields, nanosecond times, and directions in epb_flags."""
    frames = records(capture(name))
    path = tmp_path / "own.pcapng"
    with PcapngWriter(path) as writer:
        for n, frame in enumerate(frames):
            writer.write(FrameRecord(frame.at_ns + n, frame.direction, frame.data, "span 1", 16))
    extra = ["frame.time_epoch", "frame.packet_flags_direction", "frame.interface_name", "_ws.malformed"]
    theirs = tshark(path, wireshark_names() + EXTRA + extra, *ETSI)
    ours = decoded(records(path))
    for n, (one, fields) in enumerate(zip(ours, theirs, strict=True)):
        compare(one, {name: fields[name] for name in wireshark_names()})
        seconds, fraction = divmod(frames[n].at_ns + n, 10**9)
        assert fields["frame.time_epoch"] == [f"{seconds}.{fraction:09d}"]
        expected = {Direction.OUT: 2, Direction.IN: 1}[one.record.direction]
        assert int(fields["frame.packet_flags_direction"][0], 0) == expected
        assert fields["frame.interface_name"] == ["span 1"]
        assert not fields["_ws.malformed"]


def made_messages() -> Iterator[Message]:
    """Messages with what the real captures lack: slot maps, every cause, diagnostics, an unknown element."""
    bearer = BearerCapabilityIE(layer1=Layer1.G711_A_LAW)
    numbers = (CallingNumberIE(digits="13800138000"), CalledNumberIE(digits="300"))
    complete = SendingCompleteIE()
    channel = ChannelIdentificationIE.of(31)
    yield Message(1, MessageType.SETUP, (complete, bearer, channel, *numbers))
    yield Message(0x7FFF, MessageType.SETUP, (bearer, ChannelIdentificationIE.any_channel(), *numbers))
    slots = ChannelIdentificationIE.of_map(1, 2, 15, 17, 31)
    yield Message(1, MessageType.CALL_PROCEEDING, (slots,), to_originator=True)
    progress = ProgressIndicatorIE(
        location=Location.PUBLIC_LOCAL, description=ProgressDescription.INBAND_INFORMATION
    )
    for cause in Cause:
        ie = CauseIE(location=Location.TRANSIT, value=cause)
        yield Message(1, MessageType.DISCONNECT, (ie, progress), to_originator=True)
    invalid = CauseIE(value=Cause.INVALID_IE_CONTENTS, diagnostics=b"\x18")
    yield Message(2, MessageType.RELEASE_COMPLETE, (invalid,), to_originator=True)
    date_time = RawIE(0, 0x29, bytes((26, 11, 22, 21, 5)))
    yield Message(2, MessageType.CONNECT, (date_time,), to_originator=True)


def test_tshark_reads_what_our_codec_and_writer_make(tmp_path: Path) -> None:
    path = tmp_path / "made.pcapng"
    frames = []
    for n, message in enumerate(made_messages()):
        frame = InformationFrame(
            sapi=0, cr=True, tei=0, ns=n % 128, nr=0, pf=False, information=build(message)
        )
        data = InformationFrame.layout.build(frame)
        frames.append(FrameRecord(n * 15_625, Direction.OUT, data, "span 1", 16, number=n + 1))
    with PcapngWriter(path) as writer:
        for record in frames:
            writer.write(record)
    theirs = tshark(path, [*wireshark_names(), "_ws.malformed"])
    assert len(theirs) == len(frames)
    for one, fields in zip(decoded(frames), theirs, strict=True):
        assert not fields.pop("_ws.malformed"), one.record.number
        compare(one, fields)
