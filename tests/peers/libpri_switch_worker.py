"""The worker process of the libpri switch type tests: libpri in one of its switch types against our variant.

The request: `{"switches": {name: [libpri's number, our variant, B channels]}, "paced": bool, "trace": path or
null}`. For each switch both ends play either role, and either calls; every B channel carries a call at once.
"""

from __future__ import annotations

import faulthandler
import sys
from typing import Any

from clockhook import PacedClock, VirtualClock
from libpri import Libpri, LibpriEnd
from our_end import OurEnd
from peer_report import write_trace
from peer_scenarios import PLAN, Pair, TrunkEnd
from peerlib import worker_main
from subscriber import CallRecord
from trunk_link import Crossed, TrunkLink

from trunkwire.q931.ies import CallingNumberIE
from trunkwire.q931.message import parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.settings import CallControlSettings
from trunkwire.q931.variants import VARIANTS
from trunkwire.side import Side

SECOND = 64_000


class SwitchEnd(LibpriEnd):
    """libpri in one of its switch types."""

    def __init__(self, switch: int, *arguments: Any, **choices: Any) -> None:
        self._switch = switch
        super().__init__(*arguments, **choices)

    def _new_handle(self, node: int) -> Any:
        new = self.library.functions.pri_new_cb
        return new(-1, node, self._switch, self._read, self._write, None)


def pair_of(
    library: Libpri, switch: int, variant: str, channels: tuple[int, ...], ours: Side
) -> tuple[Pair, bool]:
    """The two ends with the link up; near is the network side."""
    settings = CallControlSettings(variant=VARIANTS[variant], channels=channels)
    ends: dict[Side, TrunkEnd] = {
        ours: OurEnd(ours, plan=PLAN, settings=settings),
        ours.peer: SwitchEnd(switch, library, ours.peer, plan=PLAN, channels=channels),
    }
    near, far = ends[Side.NETWORK], ends[Side.USER]
    link = TrunkLink(near, far)
    up = link.run_until(lambda: near.up and far.up, 10 * SECOND)
    link.settle()
    return Pair(near, far, link), up


def full_house(pair: Pair, channels: tuple[int, ...], from_near: bool) -> dict[str, Any]:
    """Every channel, one call too many in two ways, a busy number, and clearing from either end."""
    caller, party = pair.ends(from_near)
    calls = [caller.place("300", pair.link.now, channel=channel, exclusive=True) for channel in channels]
    pair.until(lambda: len(caller.active()) == len(channels) == len(party.active()))
    seen: dict[str, Any] = {
        "caller_active": sorted(call.channel or 0 for call in caller.active()),
        "party_active": sorted(call.channel or 0 for call in party.active()),
    }
    any_channel = caller.place("300", pair.link.now)
    taken = caller.place("300", pair.link.now, channel=channels[0], exclusive=True)
    pair.until_ended(any_channel, taken)
    seen["refused"] = [(call.cause, call.cleared_by) for call in (any_channel, taken)]
    seen["still_active"] = [len(caller.active()), len(party.active())]
    for index, call in enumerate(calls):
        if index % 2:
            caller.hang_up(call, pair.link.now)
        else:
            party.hang_up(next(c for c in party.active() if c.channel == call.channel), pair.link.now)
    seen["cleared"] = pair.until_ended(*calls)
    seen["cleared_by"] = sorted({str(call.cleared_by) for call in calls})
    busy: CallRecord = caller.place("200", pair.link.now, channel=channels[-1], exclusive=True)
    pair.until_ended(busy)
    seen["busy"] = [busy.cause, busy.cleared_by]
    absent = caller.place("2102", pair.link.now, channel=channels[-1], exclusive=True)
    pair.until_ended(absent)
    seen["cause_102"] = [absent.cause, absent.cleared_by]
    pair.link.run_for(SECOND)
    seen["audit"] = pair.audit()
    return seen


def elements_of(frames: list[Crossed], from_near: bool) -> dict[str, list[int]]:
    """Message type -> the identifiers of the elements that one end's first such message has."""
    found: dict[str, list[int]] = {}
    for crossed in frames:
        if crossed.from_near is from_near and crossed.frame[4:5] == b"\x08":
            message = parse(crossed.frame[4:])
            name = getattr(message.type, "name", str(message.type))
            found.setdefault(name, [element.identifier for element in message.ies])
    return found


def screening_of(frames: list[Crossed], from_near: bool) -> int | None:
    """What the first SETUP of one end says of its calling number (4.5.10); None if it sends none."""
    for crossed in frames:
        if crossed.from_near is from_near and crossed.frame[4:5] == b"\x08":
            message = parse(crossed.frame[4:])
            number = message.get(CallingNumberIE) if message.type == MessageType.SETUP else None
            if number is not None and number.screening is not None:
                return int(number.screening)
    return None


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Each switch in each role, called from either end: the results by "switch/our side/caller"."""
    faulthandler.enable()
    results: dict[str, Any] = {}
    crossed: list[Crossed] = []
    for name, (switch, variant, numbers) in request["switches"].items():
        channels = tuple(numbers)
        for ours in Side:
            for from_near in (True, False):
                key = f"{name}/{ours.value}/{'near' if from_near else 'far'}"
                print(f"libpri as {key}", file=sys.stderr)
                library = Libpri(PacedClock() if request["paced"] else VirtualClock())
                pair, up = pair_of(library, switch, variant, channels, ours)
                result = full_house(pair, channels, from_near)
                frames = pair.link.frames
                results[key] = result | {
                    "link_up": up,
                    "messages": library.messages,
                    "version": library.version,
                    "screening": screening_of(frames, ours is Side.USER),
                    "ours": elements_of(frames, ours is Side.NETWORK),
                    "theirs": elements_of(frames, ours is Side.USER),
                    "frames": len(frames),
                    "line_time_s": pair.link.now / SECOND,
                    "tally": {"near": pair.near.tally.summary(), "far": pair.far.tally.summary()},
                }
                offset = crossed[-1].sent_at + SECOND if crossed else 0
                crossed += [Crossed(f.sent_at + offset, f.delivered_at, f.from_near, f.frame) for f in frames]
    if request.get("trace"):
        write_trace(request["trace"], crossed)
    return results


if __name__ == "__main__":
    worker_main(work)
