"""spandsp's caller identification by ctypes: sending, receiving, fields in and out of messages."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, c_char_p, c_int, c_int16, c_uint8, c_void_p
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
PUT_MESSAGE = ctypes.CFUNCTYPE(None, c_void_p, POINTER(c_uint8), c_int)
BLOCK = 160

CLASS, CLIP, CLIP_DTMF = 1, 2, 5
"""Telcordia by Bell 202, ETSI by V.23, ETSI by DTMF."""
STANDARD = {"bell202": CLASS, "v23": CLIP}
DEFAULT = -1
"""What spandsp sends if it is not told how long its preamble is to be."""


class Adsi:
    """The functions of adsi.c."""

    def __init__(self, soname: str) -> None:
        library = ctypes.CDLL(soname)
        for name, result, arguments in (
            ("adsi_tx_init", c_void_p, [c_void_p, c_int]),
            ("adsi_tx_set_preamble", None, [c_void_p, c_int, c_int, c_int, c_int]),
            ("adsi_tx_put_message", c_int, [c_void_p, c_char_p, c_int]),
            ("adsi_tx", c_int, [c_void_p, POINTER(c_int16), c_int]),
            ("adsi_tx_free", c_int, [c_void_p]),
            ("adsi_rx_init", c_void_p, [c_void_p, c_int, PUT_MESSAGE, c_void_p]),
            ("adsi_rx", c_int, [c_void_p, POINTER(c_int16), c_int]),
            ("adsi_rx_free", c_int, [c_void_p]),
            ("adsi_add_field", c_int, [c_void_p, c_char_p, c_int, c_uint8, c_char_p, c_int]),
            (
                "adsi_next_field",
                c_int,
                [c_void_p, c_char_p, c_int, c_int, POINTER(c_uint8), POINTER(c_void_p), POINTER(c_int)],
            ),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        self._library: Any = library

    def send(self, standard: int, message: bytes, mark_bits: int = DEFAULT) -> Samples:
        """The sound of a message (type to last parameter: spandsp adds the checksum), or of digits."""
        state = self._library.adsi_tx_init(None, standard)
        self._library.adsi_tx_set_preamble(state, DEFAULT, mark_bits, DEFAULT, DEFAULT)
        if self._library.adsi_tx_put_message(state, message, len(message)) < 0:
            raise RuntimeError(f"spandsp does not send {message!r}")
        pieces = []
        made = BLOCK
        while made == BLOCK:
            piece = np.zeros(BLOCK, np.int16)
            made = self._library.adsi_tx(state, _pointer(piece), BLOCK)
            pieces.append(piece[:made])
        self._library.adsi_tx_free(state)
        return np.concatenate(pieces)

    def receive(self, standard: int, samples: Samples) -> list[bytes]:
        """The messages that it makes of the sound, without their checksums."""
        heard: list[bytes] = []
        put = PUT_MESSAGE(lambda _user, octets, count: heard.append(bytes(octets[:count])))
        state = self._library.adsi_rx_init(None, standard, put, None)
        for first in range(0, len(samples), BLOCK):
            piece = np.ascontiguousarray(samples[first : first + BLOCK])
            self._library.adsi_rx(state, _pointer(piece), len(piece))
        self._library.adsi_rx_free(state)
        return heard

    def build(self, standard: int, kind: int, fields: Sequence[tuple[int, bytes]]) -> bytes:
        """A message of that type with those fields, as it puts it together (no checksum)."""
        state = self._library.adsi_tx_init(None, standard)
        buffer = ctypes.create_string_buffer(256)
        length = self._library.adsi_add_field(state, buffer, -1, kind, None, 0)
        for number, body in fields:
            length = self._library.adsi_add_field(state, buffer, length, number, body, len(body))
        self._library.adsi_tx_free(state)
        return buffer.raw[:length]

    def fields(self, standard: int, message: bytes) -> list[tuple[int, bytes]]:
        """Type of the message and its fields, as it takes them apart."""
        state = self._library.adsi_rx_init(None, standard, PUT_MESSAGE(lambda *_: None), None)
        held = ctypes.create_string_buffer(message, len(message) + 1)
        number, body, length = c_uint8(), c_void_p(), c_int()
        found: list[tuple[int, bytes]] = []
        at = 0
        while True:
            at = self._library.adsi_next_field(
                state, held, len(message), at, ctypes.byref(number), ctypes.byref(body), ctypes.byref(length)
            )
            if at <= 0:
                break
            found.append((number.value, ctypes.string_at(body.value, length.value) if body.value else b""))
        self._library.adsi_rx_free(state)
        return found


def _pointer(array: Samples) -> Any:
    return array.ctypes.data_as(POINTER(c_int16))
