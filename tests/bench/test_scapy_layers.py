"""scapy layers: traces are read, filtered, shown and edited, and every octet comes back."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.config import conf
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether
from scapy.layers.sctp import SCTP, SCTPChunkData
from scapy.packet import Packet, Raw, fuzz
from scapy.sendrecv import sniff
from scapy.utils import rdpcap, wrpcap

from trunkbench.scapy_layers import (
    ELEMENTS,
    IUA,
    LAPD,
    Q931,
    IUADlci,
    IUAParameter,
    LayoutPacket,
    LinuxLAPD,
    TDMoE,
    TEIManagement,
    element,
    packet_class,
)
from trunkwire.carriers.iua import IuaHeader, MessageName
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    DisplayIE,
    SendingCompleteIE,
    ShiftIE,
)
from trunkwire.q931.ies.codesets import PartyCategoryIE
from trunkwire.q931.ies.golden import GOLDEN
from trunkwire.q931.view import view

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURES = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
FIRST = "e1/libpri-e1-euroisdn.linuxlapd.pcap"
REAL = (
    FIRST,
    "e1/hp-comware.linuxlapd.pcap",
    "e1/q931-only-snippets.linuxlapd.pcap",
    "bri/i4b-dchannel.linuxlapd.pcap",
    "bri/goeller-d2gsm.linuxlapd.pcap",
    "bri/auroraduet.linuxlapd.pcap",
    "abis/abis-accept-network.pcap",
    "other/h323.pcap",
)
SETUP = bytes.fromhex("0201 0600 0802 0007 05 0403 8090a3 1803 a18381 7004 8132 3334 a1")
Cause = element(CauseIE)


@pytest.fixture(autouse=True)
def _errors_are_raised() -> Iterator[None]:
    """scapy turns a layer that raises into raw octets unless it is told not to."""
    held, conf.debug_dissector = conf.debug_dissector, True
    yield
    conf.debug_dissector = held


def capture(name: str) -> str:
    path = CAPTURES / name
    if not path.exists():
        pytest.skip(f"capture {name} is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    return str(path)


def rebuilt(packet: Packet) -> bytes:
    """The octets that the fields say, without those that were read."""
    again = packet.copy()
    for layer in layers(again):
        layer.raw_packet_cache = None
    return bytes(again)


def layers(packet: Any) -> Iterator[Packet]:
    """All layers of a packet, with those within its fields."""
    while packet:
        yield packet
        for field in packet.packetfields:
            value = packet.getfieldval(field.name)
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, Packet):
                    yield from layers(inner)
        packet = packet.payload


def pcap(linktype: int, *frames: bytes) -> io.BytesIO:
    file = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, linktype)
    for frame in frames:
        file += struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame
    return io.BytesIO(file)


def test_a_setup_has_its_fields() -> None:
    packet = LAPD(SETUP)
    assert [type(layer).__name__ for layer in layers(packet)] == [
        "LAPD",
        "Q931",
        "Q931BearerCapability",
        "Q931ChannelIdentification",
        "Q931CalledNumber",
        "Q931SendingComplete",
    ]
    assert (packet.sapi, packet.tei, packet.cr, packet.ns, packet.nr, packet.format) == (0, 0, 1, 3, 0, 0)
    assert (packet[Q931].reference, packet[Q931].to_originator, packet[Q931].message_type) == (7, 0, 5)
    assert packet[element(BearerCapabilityIE)].layer1 == 3
    assert packet[element(ChannelIdentificationIE)].numbers == [1]
    assert packet[element(CalledNumberIE)].digits == b"234"
    assert element(SendingCompleteIE) in packet
    assert Cause not in packet
    assert rebuilt(packet) == SETUP


def test_show_names_fields_and_values() -> None:
    text = LAPD(SETUP).show(dump=True)
    assert text is not None
    assert "###[ Q931BearerCapability ]###" in text
    assert "message_type= SETUP" in text
    assert "g711_a_law" in text
    supervisory = str(LAPD(bytes.fromhex("00010109")).show(dump=True))
    assert "function" in supervisory
    assert "modifier_high" not in supervisory
    assert "ns  " not in supervisory
    assert "recommendation" not in str(LAPD(bytes.fromhex("000106000802000745080284a2")).show(dump=True))


@pytest.mark.parametrize("name", REAL)
def test_every_real_frame_comes_back(name: str) -> None:
    packets = rdpcap(capture(name))
    assert packets
    for packet in packets:
        assert bytes(packet) == packet.original
        if LAPD in packet:
            assert rebuilt(packet) == packet.original


def test_the_first_capture_is_read_and_filtered() -> None:
    packets = sniff(offline=capture(FIRST), lfilter=lambda packet: Cause in packet, quiet=True)
    assert [packet[Cause].value for packet in packets] == [16] * 4
    whole = rdpcap(capture(FIRST))
    assert [len(whole), len(whole.filter(lambda packet: packet[Q931].message_type == 0x05))] == [16, 2]
    assert {type(packet) for packet in whole} == {LinuxLAPD}


@pytest.mark.parametrize("codeset", sorted({cls.of_codeset for cls in ELEMENTS}))
def test_every_golden_vector_comes_back(codeset: int) -> None:
    shift = b"" if codeset == 0 else bytes((0x90 + codeset,))
    for golden in GOLDEN:
        declared = type(golden.value)
        if declared.of_codeset != codeset:
            continue
        body = bytes.fromhex(golden.body)
        octets = body if declared.identifier >= 0x80 else bytes((declared.identifier, len(body))) + body
        octets = octets or bytes((declared.identifier,))
        message = bytes.fromhex("08 02 00 01 05") + shift + octets
        packet = Q931(message)
        assert type(packet.ies[-1]) is ELEMENTS[declared], golden
        assert rebuilt(packet) == message, golden
        check_fields(packet.ies[-1], golden.value)


def check_fields(packet: Packet, value: Any) -> None:
    for field in type(value).layout.plan.fields:
        held = getattr(value, field.name)
        if isinstance(held, int | str | bytes):
            wanted = held.encode("latin-1") if isinstance(held, str) else held
            assert packet.getfieldval(field.name) == wanted, field.name


def test_shifts_choose_the_codeset() -> None:
    head = bytes.fromhex("08 02 00 01 05")
    locked = Q931(head + bytes.fromhex("95 32 01 80 32 01 81"))
    assert [type(ie) for ie in locked.ies[1:]] == [element(PartyCategoryIE)] * 2
    once = Q931(head + bytes.fromhex("9d 32 01 80 28 01 41"))
    assert [type(ie) for ie in once.ies] == [
        element(ShiftIE),
        element(PartyCategoryIE),
        element(DisplayIE),
    ]


def test_packets_are_built_with_counted_lengths() -> None:
    release = Q931(reference=7, message_type=0x5A, ies=[Cause(location=4, value=34)])
    frame = LAPD(cr=1, ns=3, nr=5) / release
    assert bytes(frame).hex() == "0201060a080200075a080284a2"
    message = view(bytes(release))
    assert (message.title, message.errors, message.elements[0].value) == (
        "RELEASE COMPLETE",
        (),
        CauseIE.layout.parse(bytes.fromhex("84a2")),
    )
    assert bytes(LAPD(format=3, modifier_high=3, modifier_low=3, pf=1, cr=1)).hex() == "02017f"
    assert bytes(Q931(reference_length=0, message_type=1)).hex() == "080001"
    assert bytes(Q931(ies=[element(CalledNumberIE)(kind=2)])).hex() == "08020000627001a1"
    assert bytes(LAPD(format=1, nr=9)).hex() == "00010112"
    assert bytes(Q931(reference_length=1, reference=5, to_originator=1, message_type=1)).hex() == "08018501"


def test_an_edit_changes_what_it_says_and_nothing_else() -> None:
    packet = LAPD(SETUP)
    packet[element(CalledNumberIE)].digits = b"99999"
    packet[element(CalledNumberIE)].ie_len = None
    packet[element(ChannelIdentificationIE)].numbers = [17, 18]
    packet[element(ChannelIdentificationIE)].ie_len = None
    expected = (
        SETUP.hex().replace("180" + "3a18381", "1804a1831192").replace("700481323334", "7006813939393939")
    )
    assert bytes(packet).hex() == expected
    packet[element(ChannelIdentificationIE)].numbers[1] = 19
    expected = expected.replace("a1831192", "a1831193")
    assert bytes(packet).hex() == expected
    packet.ns = 100
    assert bytes(packet).hex() == expected.replace("02010600", "0201c800", 1)


def test_files_are_written_with_the_right_link_type(tmp_path: Path) -> None:
    path = tmp_path / "out.pcap"
    wrpcap(str(path), [LAPD(SETUP), LAPD(bytes.fromhex("02 01 7f"))])
    assert path.read_bytes()[20:24] == struct.pack("<I", 203)
    first, second = rdpcap(str(path))
    assert (bytes(first), second.format, second.modifier_high, second.pf) == (SETUP, 3, 3, 1)


def test_linux_lapd_and_management() -> None:
    octets = bytes.fromhex("0004 0000 0000 0000000000000000 0030 fcff 03 0f 1234 01 ff")
    (packet,) = rdpcap(pcap(177, octets))
    assert (packet.packet_type, packet[LAPD].sapi, packet[LAPD].tei) == (4, 63, 127)
    assert (packet[TEIManagement].type, packet[TEIManagement].reference, packet[TEIManagement].tei) == (
        1,
        0x1234,
        127,
    )
    assert rebuilt(packet) == octets


def test_tdmoe_over_ethernet() -> None:
    octets = bytes(12) + bytes.fromhex("d00d 0000 08 02 0042 0020") + bytes(range(32)) * 8
    (packet,) = rdpcap(pcap(1, octets))
    assert (packet[TDMoE].counter, packet[TDMoE].channels, packet[TDMoE].signalling) == (0x42, 32, 1)
    assert packet[TDMoE].payload.load == bytes(range(32)) * 8
    assert rebuilt(packet) == octets
    assert bytes(Ether() / TDMoE(channels=31))[12:14] == b"\xd0\x0d"


def test_iua_over_sctp() -> None:
    message = Q931(SETUP[4:])
    iua = IUA(
        message_class=5,
        message_type=1,
        parameters=[
            IUAParameter(tag=1, value=Raw(bytes(4))),
            IUAParameter(tag=5, value=IUADlci(sapi=0, tei=3)),
            IUAParameter(tag=0x0E, value=message),
        ],
    )
    chunk = SCTPChunkData(beginning=1, ending=1, tsn=1, stream_id=0, stream_seq=0, proto_id=1, data=iua)
    frame = bytes(Ether(src="00:00:00:00:00:01", dst="00:00:00:00:00:02") / IP() / SCTP() / chunk)
    packet = Ether(frame)
    header = IuaHeader.layout.parse(bytes(packet[IUA]))
    assert header.message is MessageName.DATA_REQUEST
    assert header.length == len(bytes(packet[IUA])) == 8 + 8 + 8 + 4 + 24
    assert packet[IUADlci].tei == 3
    assert packet[element(CalledNumberIE)].digits == b"234"
    assert bytes(packet) == rebuilt(packet) == frame


@pytest.mark.parametrize(
    "octets", ["", "01", "01 00 05 01", "0100 0501 000000", "0100 0501 00000010 0001 0008"]
)
def test_truncated_iua_comes_back(octets: str) -> None:
    data = bytes.fromhex(octets)
    if data:
        assert rebuilt(IUA(data)) == data


def test_every_truncation_comes_back() -> None:
    for end in range(1, len(SETUP)):
        assert rebuilt(LAPD(SETUP[:end])) == SETUP[:end]


@given(st.binary(min_size=1, max_size=40))
@settings(deadline=None, max_examples=60)
def test_noise_comes_back(octets: bytes) -> None:
    assert rebuilt(LAPD(octets)) == octets
    assert rebuilt(LAPD(b"\2\1\0\0\x08\2\0\1\5" + octets)) == b"\2\1\0\0\x08\2\0\1\5" + octets
    assert rebuilt(IUA(octets)) == octets
    assert rebuilt(TDMoE(octets)) == octets
    assert rebuilt(LinuxLAPD(octets)) == octets


def test_fuzzing_makes_frames_that_read_back() -> None:
    pattern = fuzz(LAPD() / Q931(ies=[Cause(), element(BearerCapabilityIE)()]))
    made = [bytes(pattern) for _ in range(40)]
    assert len(set(made)) == 40
    for octets in made:
        assert rebuilt(LAPD(octets)) == octets


def test_a_hidden_field_is_refused() -> None:
    with pytest.raises(TypeError, match="scapy has attributes payload of its own"):
        packet_class("Bad", LayoutPacket, [type("F", (), {"name": "payload"})()], "")
    with pytest.raises(KeyError):
        element(CauseIE.__mro__[1])
