"""What layer 2 management does about MDL-ERROR indications (Q.921 Appendix II, Table II.1)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from trunkwire.lapd.events import ErrorCode


class Action(enum.Enum):
    """What Table II.1 asks of one side."""

    LOG = "log the error"
    CHECK = "check the TEI: none has it: remove it; several have it: remove it"
    VERIFY = "ask the network to check the TEI"


@dataclass(frozen=True, slots=True)
class Reaction:
    """One row of the table: the error, the states in which it arises, what either side does about it."""

    code: ErrorCode
    condition: str
    states: tuple[int, ...]
    network: Action
    user: Action


_LOG, _CHECK, _VERIFY = Action.LOG, Action.CHECK, Action.VERIFY

TABLE: tuple[Reaction, ...] = (
    Reaction(ErrorCode.A, "supervisory response with F = 1, unsolicited", (7,), _LOG, _LOG),
    Reaction(ErrorCode.B, "DM with F = 1, unsolicited", (7, 8), _LOG, _LOG),
    Reaction(ErrorCode.C, "UA with F = 1, unsolicited", (4, 7, 8), _CHECK, _VERIFY),
    Reaction(ErrorCode.D, "UA with F = 0, unsolicited", (4, 5, 6, 7, 8), _CHECK, _VERIFY),
    Reaction(ErrorCode.E, "DM with F = 0", (7, 8), _LOG, _LOG),
    Reaction(ErrorCode.F, "the peer re-established: SABME", (7, 8), _LOG, _LOG),
    Reaction(ErrorCode.G, "SABME sent N200 times in vain", (5,), _CHECK, _VERIFY),
    Reaction(ErrorCode.H, "DISC sent N200 times in vain", (6,), _CHECK, _VERIFY),
    Reaction(ErrorCode.I, "status enquiry sent N200 times in vain", (8,), _LOG, _LOG),
    Reaction(ErrorCode.J, "N(R) error", (7, 8), _LOG, _LOG),
    Reaction(ErrorCode.K, "FRMR", (7, 8), _LOG, _LOG),
    Reaction(ErrorCode.L, "frame that is not implemented", (4, 5, 6, 7, 8), _LOG, _LOG),
    Reaction(ErrorCode.M, "information field where none is permitted", (4, 5, 6, 7, 8), _LOG, _LOG),
    Reaction(ErrorCode.N, "frame of wrong size", (4, 5, 6, 7, 8), _LOG, _LOG),
    Reaction(ErrorCode.O, "information field longer than N201", (4, 5, 6, 7, 8), _LOG, _LOG),
)

REACTIONS: Mapping[ErrorCode, Reaction] = {row.code: row for row in TABLE}
