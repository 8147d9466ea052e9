"""SCTP (RFC 9260): the common header, a chunk, and the chunk that carries user data."""

from __future__ import annotations

import enum
from typing import Annotated, ClassVar

from trunkwire.codec import Bits, Layout, Number, Record, Rest


class ChunkType(enum.IntEnum):
    """RFC 9260 3.2, and the extensions that occur beside it."""

    DATA = 0
    INIT = 1
    INIT_ACK = 2
    SACK = 3
    HEARTBEAT = 4
    HEARTBEAT_ACK = 5
    ABORT = 6
    SHUTDOWN = 7
    SHUTDOWN_ACK = 8
    ERROR = 9
    COOKIE_ECHO = 10
    COOKIE_ACK = 11
    ECNE = 12
    CWR = 13
    SHUTDOWN_COMPLETE = 14
    AUTH = 15
    I_DATA = 64
    ASCONF_ACK = 128
    RE_CONFIG = 130
    FORWARD_TSN = 192
    ASCONF = 193

    @property
    def words(self) -> str:
        """Its name as RFC 9260 writes it."""
        return self.name.replace("_", " ")


class SctpHeader(Record, frozen=True, kw_only=True):
    """The common header (RFC 9260 3.1)."""

    layout: ClassVar[Layout[SctpHeader]]

    source: Annotated[int, Number("1", 2, ws="sctp.srcport")]
    destination: Annotated[int, Number("3", 2, ws="sctp.dstport")]
    tag: Annotated[int, Number("5", 4, ws="sctp.verification_tag")]
    checksum: Annotated[int, Number("9", 4, ws="sctp.checksum")] = 0
    chunks: Annotated[bytes, Rest("13")]


class Chunk(Record, frozen=True, kw_only=True):
    """Any chunk (RFC 9260 3.2); `length` includes these four octets, not the padding."""

    layout: ClassVar[Layout[Chunk]]

    type: Annotated[int, Bits("1", 8, 1, ws="sctp.chunk_type")]
    flags: Annotated[int, Bits("2", 8, 1, ws="sctp.chunk_flags")] = 0
    length: Annotated[int, Number("3", 2, ws="sctp.chunk_length")]
    value: Annotated[bytes, Rest("5")]


class DataChunk(Record, frozen=True, kw_only=True):
    """DATA (RFC 9260 3.3.1)."""

    layout: ClassVar[Layout[DataChunk]]

    type: Annotated[int, Bits("1", 8, 1, ws="sctp.chunk_type")] = ChunkType.DATA
    reserved: Annotated[int, Bits("2", 8, 5)] = 0
    immediate: Annotated[bool, Bits("2", 4, 4, ws="sctp.data_i_bit")] = False
    unordered: Annotated[bool, Bits("2", 3, 3, ws="sctp.data_u_bit")] = False
    beginning: Annotated[bool, Bits("2", 2, 2, ws="sctp.data_b_bit")] = True
    ending: Annotated[bool, Bits("2", 1, 1, ws="sctp.data_e_bit")] = True
    length: Annotated[int, Number("3", 2, ws="sctp.chunk_length")]
    tsn: Annotated[int, Number("5", 4, ws="sctp.data_tsn_raw")]
    stream: Annotated[int, Number("9", 2, ws="sctp.data_sid")] = 0
    stream_sequence: Annotated[int, Number("11", 2, ws="sctp.data_ssn")] = 0
    protocol: Annotated[int, Number("13", 4, ws="sctp.data_payload_proto_id")]
    data: Annotated[bytes, Rest("17")]


class InitChunk(Record, frozen=True, kw_only=True):
    """INIT and INIT ACK (RFC 9260 3.3.2, 3.3.3) up to their parameters."""

    layout: ClassVar[Layout[InitChunk]]

    type: Annotated[int, Bits("1", 8, 1, ws="sctp.chunk_type")] = ChunkType.INIT
    flags: Annotated[int, Bits("2", 8, 1, ws="sctp.chunk_flags")] = 0
    length: Annotated[int, Number("3", 2, ws="sctp.chunk_length")]
    tag: Annotated[int, Number("5", 4, ws="sctp.init_initiate_tag")]
    window: Annotated[int, Number("9", 4, ws="sctp.init_credit")] = 0
    outbound: Annotated[int, Number("13", 2, ws="sctp.init_nr_out_streams")] = 1
    inbound: Annotated[int, Number("15", 2, ws="sctp.init_nr_in_streams")] = 1
    tsn: Annotated[int, Number("17", 4, ws="sctp.init_initial_tsn")]
    parameters: Annotated[bytes, Rest("21")] = b""


SctpHeader.layout = Layout(SctpHeader)
Chunk.layout = Layout(Chunk)
DataChunk.layout = Layout(DataChunk)
InitChunk.layout = Layout(InitChunk)
