"""The worker process of the supplementary libpri tests: hold and retrieve, and SERVICE, in both roles.

The request: `{"switches": {name: [libpri's number, our maintenance protocol]}, "paced": bool,
"trace": path or null}`.
"""

from __future__ import annotations

import faulthandler
import itertools
from typing import Any

from clockhook import PacedClock, VirtualClock
from libpri import Libpri
from libpri_library import Event
from libpri_switch_worker import SwitchEnd
from our_end import OurEnd
from peer_report import write_trace
from peerlib import worker_main
from subscriber import Behaviour, CallRecord
from trunk_link import Crossed, TrunkLink

from trunkwire.q931.call import Call
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import ChannelStatus
from trunkwire.q931.maintenance import Maintenance
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side

SECOND = 64_000
EUROISDN_E1 = 5
PLAN = {"300": Behaviour.answers()}
FACILITY_REJECTED = 29


class HoldingEnd(SwitchEnd):
    """libpri with hold and SERVICE switched on; what it is asked, it grants or, told to, refuses."""

    def __init__(self, switch: int, *arguments: Any, **choices: Any) -> None:
        super().__init__(switch, *arguments, **choices)
        functions = self.library.functions
        functions.pri_hold_enable(self._pri, 1)
        functions.pri_set_service_message_support(self._pri, 1)
        self.refuses = False

    def _on_hold(self, event: Event) -> None:
        functions = self.library.functions
        if self.refuses:
            functions.pri_hold_rej(self._pri, event.call, FACILITY_REJECTED)
        else:
            functions.pri_hold_ack(self._pri, event.call)

    def _on_retrieve(self, event: Event) -> None:
        functions = self.library.functions
        if self.refuses:
            functions.pri_retrieve_rej(self._pri, event.call, FACILITY_REJECTED)
        else:
            functions.pri_retrieve_ack(self._pri, event.call, event.channel or 1)

    def ask(self, name: str, now: int, *arguments: Any) -> int:
        """Call a function of libpri on this D channel."""
        self._enter(now)
        done: int = getattr(self.library.functions, name)(self._pri, *arguments)
        self._check()
        return done

    def told(self) -> list[str]:
        """The supplementary events since the last time."""
        seen = [
            event.name for event in self.events if event.name.split("_")[0] in ("HOLD", "RETRIEVE", "SERVICE")
        ]
        self.events.clear()
        return seen


class HoldingOurs(OurEnd):
    """Our end, which grants or refuses likewise."""

    refuses = False

    def _indicate(self, told: Indication, now: int) -> None:
        super()._indicate(told, now)
        call = told.call
        if told.kind is IndicationKind.HOLD and call is not None:
            if self.refuses:
                self.control.hold_reject(call, FACILITY_REJECTED, now)
            else:
                self.control.hold_acknowledge(call, now)
        elif told.kind is IndicationKind.RETRIEVE and call is not None:
            if self.refuses:
                self.control.retrieve_reject(call, FACILITY_REJECTED, now)
            else:
                self.control.retrieve_acknowledge(call, now)

    def ask(self, name: str, now: int, *arguments: Any, **choices: Any) -> None:
        """A request of call control."""
        getattr(self.control, name)(*arguments, now, **choices)
        self._drain(now)

    def told(self) -> list[str]:
        """The supplementary indications since the last time."""
        names = ("HOLD", "HELD", "RETRIEVE", "SERVICE")
        seen = [one.kind.name for one in self.indications if one.kind.name.startswith(names)]
        self.indications.clear()
        return seen


class Ends:
    """Both ends with the link up."""

    def __init__(self, library: Libpri, ours: Side, switch: int, settings: CallControlSettings) -> None:
        self.ours = HoldingOurs(ours, plan=PLAN, settings=settings)
        self.theirs = HoldingEnd(switch, library, ours.peer, plan=PLAN)
        self.link = TrunkLink(self.ours, self.theirs)
        self.link.run_until(lambda: self.ours.up and self.theirs.up, 10 * SECOND)
        self.rest()

    def rest(self) -> None:
        """Let every answer come."""
        self.link.run_for(SECOND // 2)

    def told(self) -> list[list[str]]:
        """What ours and what libpri were told."""
        return [self.ours.told(), self.theirs.told()]


def hold(library: Libpri, ours: Side, by_us: bool, reserves: bool, crossed: list[Crossed]) -> dict[str, Any]:
    """One call, held and retrieved by one end; first refused, then granted."""
    ends = Ends(library, ours, EUROISDN_E1, CallControlSettings(hold_reserves=reserves))
    record: CallRecord = ends.ours.place("300", ends.link.now, channel=1, exclusive=True)
    ends.rest()
    call = record.handle
    assert isinstance(call, Call)
    theirs = next(iter(ends.theirs.calls))
    seen: dict[str, Any] = {"active": call.state.number}
    for refuses in (True, False):
        ends.ours.refuses = ends.theirs.refuses = refuses
        if by_us:
            ends.ours.ask("hold", ends.link.now, call)
        else:
            ends.theirs.ask("pri_hold", ends.link.now, theirs)
        ends.rest()
        seen["hold refused" if refuses else "hold"] = [
            *ends.told(),
            call.hold.state.name if call.hold else "",
        ]
    seen["channel held"] = call.channel
    for refuses in (True, False):
        ends.ours.refuses = ends.theirs.refuses = refuses
        if by_us:
            ends.ours.ask("retrieve", ends.link.now, call, channel=1)
        else:
            ends.theirs.ask("pri_retrieve", ends.link.now, theirs, 1)
        ends.rest()
        seen["retrieve refused" if refuses else "retrieve"] = [
            *ends.told(),
            call.hold.state.name if call.hold else "",
        ]
    seen["channel"] = call.channel
    ends.ours.hang_up(record, ends.link.now)
    ends.rest()
    seen["audit"] = ends.ours.audit()
    crossed += ends.link.frames
    return seen


def service(
    library: Libpri, ours: Side, switch: int, kind: Maintenance, crossed: list[Crossed]
) -> dict[str, Any]:
    """Channel 5 taken out of service and back, by either end."""
    ends = Ends(library, ours, switch, CallControlSettings(maintenance=kind))
    seen: dict[str, Any] = {}
    channels = ends.ours.control.channels
    for status in (ChannelStatus.OUT_OF_SERVICE, ChannelStatus.IN_SERVICE):
        ends.ours.ask("service", ends.link.now, [5], status)
        ends.rest()
        seen[f"ours {status.name}"] = [*ends.told(), channels.state(5).value]
    for status in (ChannelStatus.OUT_OF_SERVICE, ChannelStatus.IN_SERVICE):
        done = ends.theirs.ask("pri_maintenance_service", ends.link.now, 0, 6, int(status))
        ends.rest()
        seen[f"theirs {status.name}"] = [*ends.told(), channels.state(6).value, done]
    seen["audit"] = ends.ours.audit()
    crossed += ends.link.frames
    return seen


def work(request: dict[str, Any]) -> dict[str, Any]:
    """All of it, in both roles."""
    faulthandler.enable()
    results: dict[str, Any] = {}
    crossed: list[Crossed] = []

    def library() -> Libpri:
        return Libpri(PacedClock() if request["paced"] else VirtualClock())

    for ours in Side:
        for by_us, reserves in itertools.product((True, False), repeat=2):
            key = f"hold/{ours.value}/{'ours' if by_us else 'theirs'}/{'kept' if reserves else 'given up'}"
            results[key] = hold(library(), ours, by_us, reserves, crossed)
        for name, (switch, kind) in request["switches"].items():
            results[f"{name}/{ours.value}"] = service(library(), ours, switch, Maintenance[kind], crossed)
    if request.get("trace"):
        write_trace(request["trace"], crossed)
    return results


if __name__ == "__main__":
    worker_main(work)
