"""What call control hands out: messages for the data link, and indications for its user."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from trunkwire.q931.call import Call
    from trunkwire.q931.ies import ChannelStatus
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
    HOLD = "hold"
    """The peer asks to hold the call: `hold_acknowledge` or `hold_reject` is awaited, unless `auto_hold` has
    granted it (Q.932)."""
    HELD = "held"
    """Our HOLD was acknowledged."""
    HOLD_REJECTED = "hold rejected"
    """Our HOLD was refused, with `cause`; 102 when nobody has answered it."""
    RETRIEVE = "retrieve"
    """The peer asks for the held call: `retrieve_acknowledge` or `retrieve_reject` is awaited, unless
    `auto_hold` has granted it."""
    RETRIEVED = "retrieved"
    """Our RETRIEVE was acknowledged; the call is on `call.channel`."""
    RETRIEVE_REJECTED = "retrieve rejected"
    """Our RETRIEVE was refused, with `cause`; 102 when nobody has answered it. The call stays held."""
    SUSPEND = "suspend"
    """The user asks to suspend the call: `suspend_accept` or `suspend_reject` is awaited (5.6.1)."""
    SUSPENDED = "suspended"
    """The call is suspended. At the user side RELEASED follows; at the network side it is kept (5.6.2)."""
    SUSPEND_REJECTED = "suspend rejected"
    """Our SUSPEND was refused, with `cause`; 102 when nobody has answered it. The call is active."""
    RESUME = "resume"
    """The user asks for a suspended call, `call.resumes`, by a new one: `resume_accept` or `resume_reject` is
    awaited (5.6.4)."""
    RESUMED = "resumed"
    """The call is active again. At the network side it stands for the call `resumes`, which ends now."""
    RESUME_REJECTED = "resume rejected"
    """Our RESUME was refused, with `cause`; RELEASED follows."""
    USER_INFORMATION = "user information"
    CONGESTION_CONTROL = "congestion control"
    """`call.congested` says whether USER INFORMATION may be sent."""
    FACILITY = "facility"
    SERVICE = "service"
    """The peer has given `channels` the `status`. With `auto_service` off, `confirm_service` is awaited."""
    SERVICE_CHANGED = "service changed"
    """Our SERVICE for `channels` was acknowledged."""
    SERVICE_FAILED = "service failed"
    """Nobody has acknowledged our SERVICE; what was to come back into service has not."""


class Indication(msgspec.Struct, frozen=True):
    """Something the user of the machine has to know. `call` is None for what concerns the whole interface."""

    call: Call | None
    kind: IndicationKind
    message: Message | None = None
    cause: int | None = None
    """For what ends a call or refuses it: the cause value (Q.850), a `Cause` where it has a name."""
    channels: tuple[int, ...] = ()
    status: ChannelStatus | None = None
    """For SERVICE indications: the status meant."""
    resumes: Call | None = None
    """For RESUMED at the network side: the suspended call that goes on as `call`."""


class SendData(msgspec.Struct, frozen=True, gc=False):
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
