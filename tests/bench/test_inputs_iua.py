"""IUA over SCTP (RFC 4233, RFC 9260) within every link layer, from captures made by hand."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import carried
import pytest
from carried import CONNECT, SETUP, data_chunk, data_indication, data_request, dlci, interface, iua, sctp
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.trace.inputs import Item, open_trace
from trunkbench.trace.inputs.fragments import DATAGRAMS, LARGEST, PIECES, Fragments
from trunkbench.trace.inputs.sctpflows import FLOWS, PROTOCOLS, REMEMBERED, WAITING, Associations, UserMessage
from trunkbench.trace.record import Direction, Foreign, FrameRecord, Happening, Layer

SCTP = 132


def read(packets: Sequence[bytes], link: int = carried.ETHERNET) -> list[Item]:
    """What a capture of these packets holds."""
    return list(open_trace(io.BytesIO(carried.pcap(packets, link)), "x"))


def over_ip(*chunks: bytes, back: bool = False) -> bytes:
    """SCTP in IPv4 in Ethernet."""
    return carried.ether(carried.ipv4(sctp(*chunks), SCTP, back=back), back=back)


def messages(items: Sequence[Item]) -> list[tuple[int, bytes]]:
    """Packet number and octets of the Q.931 messages."""
    return [(item.number, item.data) for item in items if isinstance(item, FrameRecord)]


def test_a_request_goes_out_and_an_indication_comes_in() -> None:
    request, indication = read(
        [
            over_ip(data_chunk(1, data_request(SETUP))),
            over_ip(data_chunk(9, data_indication(CONNECT)), back=True),
        ]
    )
    assert isinstance(request, FrameRecord)
    assert isinstance(indication, FrameRecord)
    assert (request.data, request.direction, request.layer) == (SETUP, Direction.OUT, Layer.Q931)
    assert (indication.data, indication.direction) == (CONNECT, Direction.IN)
    assert request.span == indication.span == "IUA interface 7"
    assert (request.at_ns, indication.at_ns) == (1000 * 10**9, 1000 * 10**9 + 10**6)
    assert (request.offset, indication.number) == (24, 2)


@pytest.mark.parametrize(
    ("link", "wrap"),
    [
        (carried.ETHERNET, lambda ip: carried.ether(ip)),
        (carried.ETHERNET, lambda ip: carried.ether(ip, tags=(100, 5))),
        (carried.ETHERNET, lambda ip: carried.ether(ip) + bytes(9)),  # padding behind the IP packet
        (carried.ETHERNET, lambda ip: carried.ether(b"\xaa\xaa\x03\0\0\0\x08\0" + ip, len(ip) + 8)),
        (carried.RAW, lambda ip: ip),
        (12, lambda ip: ip),
        (14, lambda ip: ip),
        (228, lambda ip: ip),
        (0, lambda ip: struct.pack("<I", 2) + ip),
        (0, lambda ip: struct.pack(">I", 2) + ip),
        (108, lambda ip: struct.pack(">I", 2) + ip),
        (carried.SLL, lambda ip: struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x0800) + ip),
        (carried.SLL2, lambda ip: struct.pack(">HHIHBB8s", 0x0800, 0, 2, 1, 0, 6, bytes(8)) + ip),
    ],
)
def test_every_link_layer(link: int, wrap: object) -> None:
    ip = carried.ipv4(sctp(data_chunk(1, data_request(SETUP))), SCTP)
    assert messages(read([wrap(ip)], link)) == [(1, SETUP)]  # type: ignore[operator]


@pytest.mark.parametrize("family", [10, 23, 24, 28, 30])
@pytest.mark.parametrize("order", ["<", ">"])
def test_ipv6_on_the_loopback_of_each_system(family: int, order: str) -> None:
    packet = struct.pack(order + "I", family) + carried.ipv6(sctp(data_chunk(1, data_request(SETUP))), SCTP)
    assert messages(read([packet], 0)) == [(1, SETUP)]


@pytest.mark.parametrize(
    ("packet", "what"),
    [
        (b"\x1c\0\0", "a loopback packet that ends within its header"),
        (b"\x1c\0\0\0", "a packet that ends within its headers"),
        (b"\x07\0\0\0" + bytes(20), "loopback, address family 7"),
    ],
)
def test_what_else_is_on_a_loopback_is_named(packet: bytes, what: str) -> None:
    (item,) = read([packet], 0)
    assert isinstance(item, Foreign)
    assert item.what == what


@pytest.mark.parametrize("extension", [None, 0, 60, 43])
@pytest.mark.parametrize("link", [carried.ETHERNET, carried.RAW, 229])
def test_ipv6_with_extension_headers(link: int, extension: int | None) -> None:
    body = sctp(data_chunk(1, data_request(SETUP)))
    if extension is None:
        ip = carried.ipv6(body, SCTP)
    else:
        ip = carried.ipv6(struct.pack(">BB6x8x", SCTP, 1) + body, extension)
    assert messages(read([carried.ether(ip, 0x86DD) if link == carried.ETHERNET else ip], link)) == [
        (1, SETUP)
    ]


def test_ip_within_ip_and_sctp_within_udp() -> None:
    body = sctp(data_chunk(1, data_request(SETUP)))
    tunnel = carried.ipv4(carried.ipv4(body, SCTP), 4)
    over_udp = carried.ipv4(carried.udp(body, 9899, 9899), 17)
    assert messages(read([tunnel], carried.RAW)) == [(1, SETUP)]
    assert messages(read([over_udp], carried.RAW)) == [(1, SETUP)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 1, 1, 2)])
@pytest.mark.parametrize("version", [4, 6])
def test_ip_fragments_in_any_order(order: tuple[int, ...], version: int) -> None:
    body = sctp(data_chunk(1, data_request(SETUP + bytes(80))))
    cuts = [(0, 48), (48, 96), (96, len(body))]
    pieces = []
    for at, end in cuts:
        more = end < len(body)
        if version == 4:
            pieces.append(carried.ether(carried.ipv4(body[at:end], SCTP, ident=77, offset=at, more=more)))
        else:
            head = struct.pack(">BBHI", SCTP, 0, at | more, 77)
            pieces.append(carried.ether(carried.ipv6(head + body[at:end], 44), 0x86DD))
    items = read([pieces[index] for index in order])
    assert messages(items) == [(len(order), SETUP + bytes(80))]
    assert [type(item) for item in items[:-1]] == [Foreign] * (len(order) - 1)
    assert "fragment at octet" in items[0].what  # type: ignore[union-attr]


def test_fragments_under_way_are_bounded() -> None:
    fragments = Fragments()
    for key in range(DATAGRAMS + 1):
        assert fragments.add((key,), 0, True, b"begin") is None
    assert fragments.add((0,), 5, False, b"end") is None  # given up for the newer ones
    assert fragments.add((DATAGRAMS,), 5, False, b"end") == b"beginend"
    assert fragments.add(("far",), 65_530, False, bytes(100)) is None
    for piece in range(PIECES + 1):
        assert fragments.add(("crumbs",), 8 * piece, piece < PIECES, bytes(8)) is None


@given(st.binary(min_size=1, max_size=400), st.lists(st.integers(1, 49), max_size=8), st.randoms())
def test_fragments_join_whatever_their_cuts_and_order(data: bytes, cuts: list[int], random: object) -> None:
    ends = sorted({8 * cut for cut in cuts if 8 * cut < len(data)} | {len(data)})
    pieces = list(zip([0, *ends[:-1]], ends, strict=True))
    pieces += pieces[:2]
    random.shuffle(pieces)  # type: ignore[attr-defined]
    fragments = Fragments()
    whole = [fragments.add((1,), at, end < len(data), data[at:end]) for at, end in pieces]
    assert data in whole


def test_chunks_bundled_with_others_and_several_messages_in_a_packet() -> None:
    sack = carried.chunk(3, bytes(12))
    items = read([over_ip(sack, data_chunk(1, data_request(SETUP)), data_chunk(2, data_request(CONNECT)))])
    assert messages(items) == [(1, SETUP), (1, CONNECT)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("first", [1, 2**32 - 2])
def test_a_message_in_several_chunks(order: tuple[int, ...], first: int) -> None:
    message = data_request(SETUP)
    parts = [(2, message[:13]), (0, message[13:30]), (1, message[30:])]
    chunks = [data_chunk((first + n) % 2**32, data, flags=flags) for n, (flags, data) in enumerate(parts)]
    items = read([over_ip(chunks[index]) for index in order])
    assert messages(items) == [(3, SETUP)]
    assert "a fragment" in items[0].what  # type: ignore[union-attr]


def test_what_is_sent_again_is_not_taken_twice() -> None:
    chunk = data_chunk(5, data_request(SETUP))
    items = read([over_ip(chunk), over_ip(chunk), over_ip(chunk, back=True)])
    assert messages(items) == [(1, SETUP), (3, SETUP)]  # the other direction numbers by itself
    assert items[1] == Foreign(2, items[1].at_ns, items[1].offset, "SCTP DATA sent again (TSN 5)")  # type: ignore[union-attr]


def test_a_new_association_numbers_anew() -> None:
    chunk = data_chunk(5, data_request(SETUP))
    init = carried.chunk(1, struct.pack(">IIHHI", 1, 65_535, 1, 1, 5))
    items = read([over_ip(chunk), over_ip(init), over_ip(chunk)])
    assert messages(items) == [(1, SETUP), (3, SETUP)]
    assert items[1].what == "SCTP INIT"  # type: ignore[union-attr]


def test_the_memory_of_sequence_numbers_is_bounded() -> None:
    chunks = [data_chunk(tsn, data_request(CONNECT)) for tsn in range(REMEMBERED + 1)]
    items = read([over_ip(*chunks[at : at + 64]) for at in range(0, len(chunks), 64)] + [over_ip(chunks[0])])
    assert len(messages(items)) == REMEMBERED + 2


def test_the_port_tells_where_the_payload_protocol_does_not() -> None:
    body = sctp(data_chunk(1, data_request(SETUP), protocol=0))
    elsewhere = sctp(data_chunk(1, data_request(SETUP), protocol=0), source=5, destination=6)
    other = sctp(data_chunk(2, b"diameter", protocol=46))
    items = read([carried.ipv4(one, SCTP) for one in (body, elsewhere, other)], carried.RAW)
    assert messages(items) == [(1, SETUP)]
    assert items[2].what == "SCTP DATA, Diameter"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("message", "what", "alarm"),
    [
        (iua((0, 0), (12, struct.pack(">I", 2))), "IUA ERROR, invalid interface identifier", None),
        (iua((0, 1), (13, struct.pack(">HH", 1, 3))), "IUA NOTIFY, AS active", False),
        (iua((0, 1), (13, struct.pack(">HH", 2, 3))), "IUA NOTIFY, ASP failure", True),
        (iua((0, 4), interface(7), dlci(0, 64), (16, struct.pack(">I", 1))),
         "IUA TEI STATUS INDICATION, SAPI 0 TEI 64, TEI unassigned", None),
        (iua((0, 5), interface(7), dlci(0, 64)), "IUA TEI QUERY REQUEST, SAPI 0 TEI 64", None),
        (iua((3, 1), (4, b"hello")), 'IUA ASP UP, "hello"', None),
        (iua((3, 4)), "IUA ASP UP ACK", None),
        (iua((3, 3), (9, b"beat")), "IUA HEARTBEAT", None),
        (iua((4, 1), (11, struct.pack(">I", 1)), interface(7)), "IUA ASP ACTIVE", None),
        (iua((5, 5), interface(7), dlci()), "IUA ESTABLISH REQUEST, SAPI 0 TEI 0", None),
        (iua((5, 6), interface(7), dlci()), "IUA ESTABLISH CONFIRM, SAPI 0 TEI 0", None),
        (iua((5, 7), interface(7), dlci()), "IUA ESTABLISH INDICATION, SAPI 0 TEI 0", None),
        (iua((5, 8), interface(7), dlci(), (15, struct.pack(">I", 0))),
         "IUA RELEASE REQUEST, SAPI 0 TEI 0, reason management", None),
        (iua((5, 9), interface(7), dlci()), "IUA RELEASE CONFIRM, SAPI 0 TEI 0", None),
        (iua((5, 10), interface(7), dlci(), (15, struct.pack(">I", 1))),
         "IUA RELEASE INDICATION, SAPI 0 TEI 0, reason physical alarm", True),
        (iua((5, 10), (15, struct.pack(">I", 2))), "IUA RELEASE INDICATION, reason DM received", None),
        (iua((5, 1), interface(7), dlci()), "IUA DATA REQUEST, SAPI 0 TEI 0, without protocol data", None),
        (iua((9, 9)), "IUA class 9 type 9", None),
        (b"\x02" + iua((3, 1))[1:], "IUA ASP UP, version 2", None),
        (iua((3, 1), (4, b"x"))[:-4], "IUA ASP UP, parameter 0x0004 with the length 5 is broken", None),
        (iua((3, 1))[:7], "IUA message of 7 octets, cut off", None),
    ],
)  # fmt: skip
def test_what_is_no_message_is_a_happening(message: bytes, what: str, alarm: bool | None) -> None:
    (item,) = read([over_ip(data_chunk(1, message))])
    assert isinstance(item, Happening)
    assert (item.what, item.alarm, item.number) == (what, alarm, 1)


def test_identifiers_name_the_span() -> None:
    texts = [(3, b"span-3\0"), (1, struct.pack(">I", 4_294_967_295))]
    items = read(
        [over_ip(data_chunk(n, iua((5, 1), text, dlci(), (14, SETUP)))) for n, text in enumerate(texts)]
    )
    spans = [item.span for item in items if isinstance(item, FrameRecord)]
    assert spans == ["IUA interface span-3", "IUA interface 4294967295"]


def test_terminals_and_gateways_are_told_apart() -> None:
    other = carried.ipv4(sctp(data_chunk(1, data_request(SETUP))), SCTP).replace(
        b"\x0a\0\0\x02", b"\x0a\0\0\x09"
    )
    items = read(
        [
            over_ip(data_chunk(1, data_request(SETUP, tei=64))),
            over_ip(data_chunk(2, data_indication(CONNECT, tei=64)), back=True),
            carried.ether(other),
        ]
    )
    spans = [item.span for item in items if isinstance(item, FrameRecord)]
    assert spans == ["IUA interface 7, TEI 64", "IUA interface 7, TEI 64", "IUA interface 7 of 10.0.0.9"]


def test_what_another_sapi_carries_is_not_q931() -> None:
    packet = iua((5, 3), interface(7), dlci(16, 64), (14, b"\x10\x00\xfb\x01\x01"))
    (item,) = read([over_ip(data_chunk(1, packet))])
    assert isinstance(item, FrameRecord)
    assert (item.layer, item.direction) == (Layer.OTHER, Direction.OUT)


@given(st.binary(max_size=80), st.integers(0, 120), st.integers(1, 4))
def test_spoilt_packets_yield_an_item_each(noise: bytes, place: int, link: int) -> None:
    good = over_ip(data_chunk(1, data_request(SETUP)), data_chunk(2, data_indication(CONNECT)))
    spoilt = good[:place] + noise + good[place + len(noise) :]
    number = {1: carried.ETHERNET, 2: carried.RAW, 3: carried.SLL, 4: carried.SLL2}[link]
    items = read([spoilt, good, spoilt[: place + 1]], number)
    assert {item.number for item in items} == {1, 2, 3}  # type: ignore[union-attr]


def test_every_cut_of_a_packet_says_what_it_is() -> None:
    good = over_ip(data_chunk(1, data_request(SETUP)))
    items = read([good[:size] for size in range(len(good))])
    assert all(isinstance(item, Foreign | Happening | FrameRecord) for item in items)
    assert messages(items) == []
    assert len(items) == len(good)


def test_the_longest_datagram_and_one_that_is_longer() -> None:
    fragments = Fragments()
    assert fragments.add((1,), LARGEST - 7, False, bytes(7)) is None
    assert fragments.add((1,), 0, True, bytes(LARGEST - 7)) == bytes(LARGEST)
    assert fragments.add((2,), 0, True, bytes(LARGEST - 7)) is None
    assert fragments.add((2,), LARGEST - 7, False, bytes(8)) is None


@pytest.mark.parametrize("kind", sorted(PROTOCOLS.items() - {(1, "IUA")}))
def test_other_users_of_sctp_are_named(kind: tuple[int, str]) -> None:
    (item,) = read([over_ip(data_chunk(1, bytes(30), protocol=kind[0]))])
    assert item.what == f"SCTP DATA, {kind[1]}"  # type: ignore[union-attr]


def test_known_numbers_of_users_of_sctp() -> None:
    assert {PROTOCOLS[number] for number in (2, 3, 5, 46)} == {"M2UA", "M3UA", "M2PA", "Diameter"}


@pytest.mark.parametrize(
    ("chunk", "what"),
    [
        (carried.chunk(11), "SCTP COOKIE ACK"),
        (carried.chunk(6), "SCTP ABORT"),
        (carried.chunk(77), "SCTP chunk 77"),
        (carried.chunk(0, bytes(11), 3), "SCTP DATA, cut off"),
        (b"\x03\0\0\x03", "SCTP SACK, its length 3 beyond the packet"),
        (b"\x03\0\0\x09abcd", "SCTP SACK, its length 9 beyond the packet"),
    ],
)
def test_chunks_are_named(chunk: bytes, what: str) -> None:
    (item,) = read([over_ip(chunk)])
    assert isinstance(item, Foreign)
    assert item.what == what


def test_a_chunk_of_no_data_at_all() -> None:
    (item,) = read([over_ip(data_chunk(1, b""))])
    assert isinstance(item, Happening)
    assert item.what == "IUA message of 0 octets, cut off"


def test_fragments_of_messages_are_bounded_by_their_octets() -> None:
    associations = Associations()
    size = 1000
    room = WAITING // (size + 16)
    first = data_chunk(0, b"begins".ljust(size, b"."), flags=2)
    later = [data_chunk(10 + 2 * n, bytes(size), flags=0) for n in range(room)]
    for one in (first, *later[:-1]):
        list(associations.take(sctp(one), "a", "b"))
    (whole,) = associations.take(sctp(data_chunk(1, b"ends", flags=1)), "a", "b")
    assert isinstance(whole, UserMessage)  # just within the bound
    associations = Associations()
    for one in (first, *later):
        list(associations.take(sctp(one), "a", "b"))
    (lost,) = associations.take(sctp(data_chunk(1, b"ends", flags=1)), "a", "b")
    assert lost == "SCTP DATA, a fragment (TSN 1)"


def test_associations_are_bounded_and_the_oldest_is_forgotten() -> None:
    associations = Associations()
    chunk = sctp(data_chunk(1, data_request(SETUP)))
    for number in range(FLOWS):
        list(associations.take(chunk, f"host {number}", "gateway"))
    assert list(associations.take(chunk, "host 0", "gateway")) == ["SCTP DATA sent again (TSN 1)"]
    list(associations.take(chunk, "one more", "gateway"))
    assert list(associations.take(chunk, "host 1", "gateway")) == ["SCTP DATA sent again (TSN 1)"]
    (again,) = associations.take(chunk, "host 0", "gateway")
    assert isinstance(again, UserMessage)
