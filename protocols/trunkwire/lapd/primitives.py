"""What layer 2 management asks of the data links, and sends (Q.921 4.1.1, Table 6)."""

from __future__ import annotations

import msgspec

from trunkwire.lapd.events import Transmit


class AssignRequest(msgspec.Struct, frozen=True):
    """MDL-ASSIGN request: the data links of this terminal use `tei`."""

    tei: int


class RemoveRequest(msgspec.Struct, frozen=True):
    """MDL-REMOVE request: the data links of this terminal lose `tei`."""

    tei: int


class ErrorResponse(msgspec.Struct, frozen=True):
    """MDL-ERROR response: no TEI could be had."""


Primitive = Transmit | AssignRequest | RemoveRequest | ErrorResponse
