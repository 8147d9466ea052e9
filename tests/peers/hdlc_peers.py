"""HDLC of spandsp and of libosmocore by ctypes: timeslot octets (most significant bit first) in and out.

Neither keeps anything global; both are used by the peer test and by the benchmark `hdlc-busy`.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

_OSMO_STATE = 64  # struct osmo_isdnhdlc_vars has 32 octets
_BIT_REVERSED = 4
_LARGEST = 4096

_TakeFrame = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint8), ctypes.c_int, ctypes.c_int
)
_Underflow = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Spandsp:
    """hdlc_rx, hdlc_tx and crc_itu16 of spandsp."""

    def __init__(self) -> None:
        self._library = library = ctypes.CDLL("libspandsp.so.2")
        pointer, number, text, flag = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_bool
        library.hdlc_rx_init.restype = library.hdlc_tx_init.restype = pointer
        library.hdlc_rx_init.argtypes = [pointer, flag, flag, number, _TakeFrame, pointer]
        library.hdlc_rx_put.argtypes = [pointer, text, number]
        library.hdlc_rx_free.argtypes = library.hdlc_tx_free.argtypes = [pointer]
        library.hdlc_tx_init.argtypes = [pointer, flag, number, flag, _Underflow, pointer]
        library.hdlc_tx_frame.argtypes = [pointer, text, number]
        library.hdlc_tx_flags.argtypes = [pointer, number]
        library.hdlc_tx_get.argtypes = [pointer, text, ctypes.c_size_t]
        library.crc_itu16_append.argtypes = [text, number]

    def with_fcs(self, frame: bytes) -> bytes:
        """The frame and its FCS."""
        buffer = ctypes.create_string_buffer(frame, len(frame) + 8)
        length = self._library.crc_itu16_append(buffer, len(frame))
        return buffer.raw[:length]

    def decode(self, octets: bytes) -> list[bytes]:
        """The frames whose FCS holds, as they are handed to a callback."""
        frames: list[bytes] = []
        string_at, keep = ctypes.string_at, frames.append

        def take(_context: object, data: int, length: int, good: int) -> None:
            if length > 0 and good:
                keep(string_at(data, length))

        callback = _TakeFrame(take)
        receiver = self._library.hdlc_rx_init(None, False, False, 1, callback, None)
        self._library.hdlc_rx_put(receiver, octets, len(octets))
        self._library.hdlc_rx_free(receiver)
        return frames

    def run(self, octets: bytes) -> None:
        """Decode without handing anything over: each frame goes to a C function that does nothing with it."""
        ignore = ctypes.cast(ctypes.CDLL(None).labs, _TakeFrame)
        receiver = self._library.hdlc_rx_init(None, False, False, 1, ignore, None)
        self._library.hdlc_rx_put(receiver, octets, len(octets))
        self._library.hdlc_rx_free(receiver)

    def encode(self, frames: Sequence[bytes]) -> bytes:
        """The frames with flags between them."""
        silent = _Underflow(lambda _context: None)
        sender = self._library.hdlc_tx_init(None, False, 2, False, silent, None)
        self._library.hdlc_tx_flags(sender, 2)
        octets = b""
        for frame in frames:
            if self._library.hdlc_tx_frame(sender, frame, len(frame)) != 0:
                raise RuntimeError(f"spandsp refused a frame of {len(frame)} octets")
            size = len(frame) * 6 // 5 + 12
            buffer = ctypes.create_string_buffer(size)
            length = self._library.hdlc_tx_get(sender, buffer, size)
            octets += buffer.raw[:length]
        self._library.hdlc_tx_free(sender)
        return octets


class Osmocore:
    """osmo_isdnhdlc of libosmocore."""

    def __init__(self) -> None:
        self._library = library = ctypes.CDLL("libosmocore.so.19")
        pointer, number = ctypes.c_void_p, ctypes.c_int
        for init in (library.osmo_isdnhdlc_rcv_init, library.osmo_isdnhdlc_out_init):
            init.argtypes = [pointer, ctypes.c_uint32]
        library.osmo_isdnhdlc_decode.argtypes = [pointer, pointer, number, pointer, pointer, number]
        library.osmo_isdnhdlc_encode.argtypes = [
            pointer,
            pointer,
            ctypes.c_uint16,
            pointer,
            pointer,
            number,
        ]

    def decode(self, octets: bytes) -> list[bytes]:
        """The frames whose FCS holds, one call each."""
        frames: list[bytes] = []
        state, source = ctypes.create_string_buffer(_OSMO_STATE), ctypes.create_string_buffer(octets)
        target, used = ctypes.create_string_buffer(_LARGEST), ctypes.c_int()
        self._library.osmo_isdnhdlc_rcv_init(state, _BIT_REVERSED)
        begin, at, end, decode = ctypes.addressof(source), 0, len(octets), self._library.osmo_isdnhdlc_decode
        where = ctypes.byref(used)
        while at < end:
            length = decode(state, begin + at, end - at, where, target, _LARGEST)
            if length > 0:
                frames.append(target.raw[:length])
            at += used.value or 1
        return frames

    def encode(self, frames: Sequence[bytes]) -> bytes:
        """The frames with flags between them."""
        state, target = ctypes.create_string_buffer(_OSMO_STATE), ctypes.create_string_buffer(_LARGEST)
        used = ctypes.c_int()
        self._library.osmo_isdnhdlc_out_init(state, _BIT_REVERSED)
        octets = b""
        for frame in frames:
            source, at = ctypes.create_string_buffer(frame), 0
            while at < len(frame):
                begin = ctypes.addressof(source) + at
                length = self._library.osmo_isdnhdlc_encode(
                    state, begin, len(frame) - at, ctypes.byref(used), target, _LARGEST
                )
                octets += target.raw[:length]
                at += used.value
        length = self._library.osmo_isdnhdlc_encode(state, None, 0, ctypes.byref(used), target, 16)
        return octets + target.raw[:length]
