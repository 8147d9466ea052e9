"""What call control hands out: messages for the data link, and indications for its user."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from trunkwire.q931.call import Call
    from trunkwire.q931.message import Message


class IndicationKind(enum.Enum):
    """What the user of the machine is told (the indications and confirmations of Annex A)."""

    SETUP = "setup"
    """A call has arrived; its channel is `call.channel`."""
    REFUSED = "refused"
    """A SETUP was refused by this machine (channel, or contents); the call never existed. `cause` says why.
    """
    MORE_INFO = "more info"
    PROCEEDING = "proceeding"
    PROGRESS = "progress"
    ALERTING = "alerting"
    CONNECT = "connect"
    """The call was answered. On the network side with `auto_acknowledge` off, `acknowledge` is awaited."""
    ACKNOWLEDGED = "acknowledged"
    """CONNECT ACKNOWLEDGE has come: the answered call is active at both ends."""
    INFORMATION = "information"
    NUMBER_COMPLETE = "number complete"
    """T302 expired with what may be a whole number; CALL PROCEEDING was sent."""
    NOTIFY = "notify"
    STATUS = "status"
    DISCONNECT = "disconnect"
    """The peer clears. If it promises tones, the channel stays connected until `release`."""
    RELEASED = "released"
    """The call is over: reference and channel are free. The last indication of every call, exactly once."""
    RESTART = "restart"
    """RESTART was received for `channels`. With `auto_restart` off, `confirm_restart` is awaited."""
    RESTARTED = "restarted"
    """Our RESTART was acknowledged for `channels`."""
    RESTART_FAILED = "restart failed"
    """`channels` were not restarted and went to maintenance (5.5.1, 5.5.2)."""


class Indication(msgspec.Struct, frozen=True):
    """Something the user of the machine has to know. `call` is None for what concerns the whole interface."""

    call: Call | None
    kind: IndicationKind
    message: Message | None = None
    cause: int | None = None
    """For what ends a call or refuses it: the cause value (Q.850), a `Cause` where it has a name."""
    channels: tuple[int, ...] = ()


class SendData(msgspec.Struct, frozen=True):
    """A message for the data link to send acknowledged (DL-DATA request)."""

    data: bytes
    tei: int = 0


class Broadcast(msgspec.Struct, frozen=True):
    """A message for every terminal of a point-to-multipoint interface (DL-UNIT-DATA request, TEI 127)."""

    data: bytes


class EstablishLink(msgspec.Struct, frozen=True):
    """The data link is to be (re-)established (DL-ESTABLISH request)."""

    tei: int = 0


class ReleaseLink(msgspec.Struct, frozen=True):
    """The data link is to be released (DL-RELEASE request)."""

    tei: int = 0


Output = SendData | Broadcast | EstablishLink | ReleaseLink | Indication
