"""DAHDI's ioctls and structures, octet by octet, against numbers that a C compiler made of the header."""

from __future__ import annotations

import dataclasses
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.ports import dahdi_abi as abi

STRUCTURES = [
    abi.Number, abi.ChannelParams, abi.SpanInfo, abi.MaintInfo, abi.LineSetup, abi.ChannelSetup,
    abi.BufferInfo, abi.VersionInfo, abi.DynamicSpan,
]  # fmt: skip

# Printed by a C program with dahdi/user.h of dahdi-linux 2.11.1 on amd64, and accepted by the driver.
IOCTLS = {
    "FLUSH": 0x4004DA03,
    "SYNC": 0x0000DA04,
    "GET_PARAMS": 0xC088DA05,
    "GETEVENT": 0x8004DA08,
    "SPANSTAT": 0xC13ADA0A,
    "MAINT": 0x4008DA0B,
    "SPANCONFIG": 0x4024DA12,
    "CHANCONFIG": 0x404CDA13,
    "GET_BUFINFO": 0x8018DA1B,
    "SET_BUFINFO": 0x4018DA1B,
    "HDLCFCSMODE": 0x4004DA25,
    "SPECIFY": 0x4004DA26,
    "SETLAW": 0x4004DA27,
    "GETRXBITS": 0x8004DA2B,
    "SETTXBITS": 0x4004DA2B,
    "GETVERSION": 0x80A0DA39,
    "LOOPBACK": 0x4004DA3A,
    "DYNAMIC_CREATE": 0xC048DA50,
    "DYNAMIC_DESTROY": 0x4048DA51,
    "STARTUP": 0x4004DA63,
    "SHUTDOWN": 0x4004DA64,
}

SIZES = {
    abi.Number: 4,
    abi.ChannelParams: 136,
    abi.SpanInfo: 314,
    abi.MaintInfo: 8,
    abi.LineSetup: 36,
    abi.ChannelSetup: 76,
    abi.BufferInfo: 24,
    abi.VersionInfo: 160,
    abi.DynamicSpan: 72,
}

# offsetof() of fields behind texts and behind the last int before one.
OFFSETS = {
    (abi.ChannelParams, "name"): 48,
    (abi.ChannelParams, "prewinktime"): 88,
    (abi.ChannelParams, "chan_alarms"): 132,
    (abi.SpanInfo, "alarms"): 64,
    (abi.SpanInfo, "fecount"): 92,
    (abi.SpanInfo, "irqmisses"): 112,
    (abi.SpanInfo, "lboname"): 140,
    (abi.SpanInfo, "irq"): 300,
    (abi.SpanInfo, "spantype"): 308,
    (abi.ChannelSetup, "sigtype"): 44,
    (abi.DynamicSpan, "numchans"): 60,
}


@pytest.mark.parametrize(("name", "number"), IOCTLS.items())
def test_ioctl_number(name: str, number: int) -> None:
    assert getattr(abi, name) == number


def test_every_ioctl_declared_is_pinned() -> None:
    declared = {
        name
        for name, value in vars(abi).items()
        if isinstance(value, int) and name.isupper() and value >> 8 & 0xFF == 0xDA and value > 0xDA00
    }
    assert declared == set(IOCTLS)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_size(structure: type[abi.Structure]) -> None:
    assert structure.size() == SIZES[structure]


@pytest.mark.parametrize(("structure", "field"), OFFSETS)
def test_offset_of_a_field(structure: type[abi.Structure], field: str) -> None:
    """Setting one field changes the octets from its offset on, and none before."""
    names = [known.name for known in dataclasses.fields(structure)]
    empty = structure.unpack(bytes(structure.size()))
    value: object = "x" if isinstance(getattr(empty, field), str) else 1
    changed = dataclasses.replace(empty, **{field: value}).pack()
    first = next(index for index, octet in enumerate(changed) if octet)
    assert field in names
    assert first == OFFSETS[structure, field]


def test_span_status_as_the_driver_gave_it() -> None:
    """The status of a dynamic span, field by field, as the running driver filled it in."""
    octets = struct.pack(
        "=i20s40s7i5I7i40s40s40s40sii6s",
        1, b"DYN/loc/1:0", b"Dynamic 'loc' span at '1:0'", 8, *[0] * 6, *[0] * 5, 0, 0, 31, 31, 2, 0, 0,
        b"0 db (CSU)/0-133 feet (DSX-1)", b"", b"", b"DYN/loc/1:0", 0, 67568, b"DYNAM",
    )  # fmt: skip
    info = abi.SpanInfo.unpack(octets)
    assert (info.spanno, info.name, info.desc) == (1, "DYN/loc/1:0", "Dynamic 'loc' span at '1:0'")
    assert (info.alarms, info.numchans, info.totalchans, info.totalspans) == (abi.AlarmFlag.RED, 31, 31, 2)
    assert (info.lboname, info.spantype) == ("0 db (CSU)/0-133 feet (DSX-1)", "DYNAM")
    assert info.pack() == octets


def _values(structure: type[abi.Structure]) -> st.SearchStrategy[abi.Structure]:
    fields: dict[str, st.SearchStrategy[object]] = {}
    for name, code in structure._codes:
        if code == "i":
            fields[name] = st.integers(-(2**31), 2**31 - 1)
        elif code == "I":
            fields[name] = st.integers(0, 2**32 - 1)
        else:
            letters = st.characters(min_codepoint=1, max_codepoint=126)
            fields[name] = st.text(letters, max_size=int(code[:-1]) - 1)
    return st.builds(structure, **fields)


@settings(deadline=None, max_examples=60)
@given(st.one_of([_values(structure) for structure in STRUCTURES]))
def test_what_is_packed_is_unpacked(value: abi.Structure) -> None:
    assert type(value).unpack(value.pack()) == value


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_other_length_is_refused(structure: type[abi.Structure]) -> None:
    for length in (*range(structure.size()), structure.size() + 1):
        with pytest.raises(ValueError, match=rf"{structure.__name__} has {structure.size()} octets"):
            structure.unpack(bytes(length))


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1])
def test_a_number_that_does_not_fit_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="Number"):
        abi.Number(value).pack()


def test_a_text_needs_room_for_its_closing_zero() -> None:
    assert abi.DynamicSpan(driver="x" * 19, addr="1:0").pack()[19] == 0
    with pytest.raises(ValueError, match=r"DynamicSpan\.driver.*too long"):
        abi.DynamicSpan(driver="x" * 20, addr="1:0").pack()


def test_texts_that_are_not_utf8_are_shown_all_the_same() -> None:
    octets = bytearray(abi.VersionInfo().pack())
    octets[:3] = b"\xff1\0"
    assert abi.VersionInfo.unpack(bytes(octets)).version == "\ufffd1"


def test_hdlc_signalling_contains_clear() -> None:
    """A channel that the driver runs as HDLC is a clear channel to it (user.h)."""
    signalling = abi.Signalling
    assert int(signalling.HDLCFCS) == 0x380
    assert all(
        kind & signalling.CLEAR
        for kind in (signalling.HDLCRAW, signalling.HDLCFCS, signalling.HARDHDLC, signalling.MTP2)
    )
