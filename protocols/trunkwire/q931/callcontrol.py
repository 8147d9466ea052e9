"""All calls of one D-channel, seen from one side: call control as a machine (Q.931 clause 5).

Two rules:

1. **Sans-I/O.** The data link hands messages to `receive` and says when it comes and goes; `handle_timer` and
   `next_deadline` carry the time; `poll_output` gives, one at a time, what is to be done: messages for the
   data link and indications for the user of the machine. One mutation, then drain all outputs, then ask for
   the next deadline.
2. **The tables are the specification.** `table_user`, `table_network`, `table_broadcast` and `table_restart`
   say for each state which events it takes, what is done, and where it goes. A request that the state has no
   row for raises `ProtocolMisuse` and changes nothing. A message that it has no row for is unexpected, and
   follows clause 5.8 like everything else that a peer can get wrong: nothing that is received raises.

`engine` fires the rows, `requests` is what the local user may ask for, `reception` is the way of a message
through 5.8, and here is the data link.
"""

from __future__ import annotations

from trunkwire.q931.call import Call, ChannelChoice, SetupRequest
from trunkwire.q931.errors import (
    CallControlError,
    LinkNotEstablished,
    NoChannelAvailable,
    NoReferenceAvailable,
    ProtocolMisuse,
)
from trunkwire.q931.events import (
    Broadcast,
    EstablishLink,
    Indication,
    IndicationKind,
    Output,
    ReleaseLink,
    SendData,
)
from trunkwire.q931.procedure import Link
from trunkwire.q931.reception import Reception
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.states import CallState
from trunkwire.q931.supplementary_requests import SupplementaryRequests
from trunkwire.ticks import Tick

__all__ = [
    "Broadcast",
    "Call",
    "CallControl",
    "CallControlError",
    "CallControlSettings",
    "CallState",
    "ChannelChoice",
    "EstablishLink",
    "Indication",
    "IndicationKind",
    "LinkNotEstablished",
    "NoChannelAvailable",
    "NoReferenceAvailable",
    "Output",
    "ProtocolMisuse",
    "ReleaseLink",
    "SendData",
    "SetupRequest",
]


class CallControl(SupplementaryRequests, Reception):
    """Call control of one D-channel.

    `channels` is the table of B-channels; `calls` the calls by `Call.key`; `offers` the broadcast SETUPs that
    terminals may still answer, by call reference; `asking` and `answering` the two restart machines;
    `ignored` counts what 5.8.1 to 5.8.3 have discarded, by rule.
    """

    def establish_link(self, now: Tick, *, tei: int = 0) -> None:
        """Ask for the data link to be established."""
        self.now = now
        self.emit(EstablishLink(tei))

    def release_link(self, now: Tick, *, tei: int = 0) -> None:
        """Ask for the data link to be released; calls are cleared when `link_released` says that it is."""
        self.now = now
        self.emit(ReleaseLink(tei))

    def link_established(self, now: Tick, *, tei: int = 0) -> None:
        """The data link is in multiple-frame operation, for the first time, again, or after a reset (5.8.8,
        5.8.9). At the network side of a point-to-multipoint interface, that of the terminal `tei`.
        """
        self.now = now
        event = Link.RESET if self._is_up(tei) else Link.UP
        self._links.add(tei)
        self._reassembling.pop(tei, None)
        self.link_up = True
        if not self.multipoint:
            self.tei = tei
        self._tell_link(event, tei)
        if self._waiting:
            self._send_waiting(tei)

    def link_released(self, now: Tick, *, tei: int = 0) -> None:
        """The data link is lost: calls that are not active end, the others wait for T309 (5.8.9)."""
        self.now = now
        self._drop_waiting(tei)
        self._reassembling.pop(tei, None)
        if not self._is_up(tei):
            return
        if self.multipoint:
            self._links.discard(tei)
            self.link_up = bool(self._links)
        else:
            self._links.clear()
            self.link_up = False
        self._tell_link(Link.DOWN, tei)
        if any(not self.multipoint or call.tei == tei for call in self.calls.values()):
            self.emit(EstablishLink(tei))

    def _is_up(self, tei: int) -> bool:
        return tei in self._links if self.multipoint else self.link_up

    def _tell_link(self, event: Link, tei: int) -> None:
        for call in tuple(self.calls.values()):
            if not self.multipoint or call.tei == tei:
                self.fire(call, event, None)
        for offer in tuple(self.offers.values()):
            terminal = offer.terminals.get(tei)
            if terminal is not None:
                self.fire(terminal, event, None)

    def _send_waiting(self, tei: int) -> None:
        waiting = tuple(self._waiting)
        self._waiting.clear()
        for output in waiting:
            if not self.multipoint:
                self.emit(SendData(output.data, tei))
            elif output.tei == tei:
                self.emit(output)
            else:
                self._waiting.append(output)

    def _drop_waiting(self, tei: int) -> None:
        for output in tuple(self._waiting):
            if not self.multipoint or output.tei == tei:
                self._waiting.remove(output)
