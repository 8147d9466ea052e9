"""Worker process: hundreds of calls at random moments between our machines and libpri, on one D channel.

The request: `{"libpri": "near" | "far", "seed": number, "calls": number, "trace": file}`. The mix follows
from the seed; the result says what either end holds at the end, and which conversations lack a proper end.
"""

from __future__ import annotations

import faulthandler
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from clockhook import VirtualClock
from libpri import Libpri, LibpriEnd
from our_end import OurEnd
from peer_report import write_trace
from peerlib import worker_main
from subscriber import E1_CHANNELS, Behaviour, CallRecord
from trunk_link import Crossed, TrunkLink

from trunkwire.q931.errors import ProtocolMisuse
from trunkwire.q931.message import parse
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

SECOND = 64_000
CAUSES = (1, 16, 17, 18, 19, 21, 27, 28, 31, 34, 38, 41, 42, 47, 58, 63, 79, 88, 111, 127)
NUMBERS = range(300, 340)


def plan(rng: random.Random) -> dict[str, Behaviour]:
    """Parties of every kind; none is silent, since libpri never lets go of a call that it left unanswered."""
    parties = {}
    for number in NUMBERS:
        after = rng.choice((0, rng.randrange(SECOND // 10), rng.randrange(20 * SECOND)))
        later = rng.choice((0, rng.randrange(SECOND // 20), rng.randrange(30 * SECOND)))
        cause = rng.choice(CAUSES)
        kinds = (
            Behaviour.answers(after),
            Behaviour.answers(after, hang_up_after=later, cause=cause),
            Behaviour(alerting_after=after, answer_after=after + later),
            Behaviour.busy(),
            Behaviour.rejects(cause, after=after),
            Behaviour.rejects(cause, after=after, proceeding=True),
            Behaviour.alerts_only(),
            Behaviour.in_band(clear_after=later),
        )
        parties[str(number)] = rng.choice(kinds)
    return parties


class Mix:
    """Places calls and hangs them up, as the seed says."""

    def __init__(self, link: TrunkLink, ends: tuple[OurEnd | LibpriEnd, ...], rng: random.Random) -> None:
        self.link, self.ends, self.rng = link, ends, rng
        self._planned: list[tuple[int, int, Callable[[], None]]] = []

    def run(self, calls: int) -> None:
        """So many calls, then everybody hangs up."""
        rng, link = self.rng, self.link
        for order in range(calls):
            self._place(order, rng.choice(self.ends))
            self._run_to(link.now + rng.choice((0, rng.randrange(SECOND // 2))))
        self._run_to(link.now + 60 * SECOND)
        for end in self.ends:
            for record in end.records:
                self._hang_up(end, record, 16)
        self._run_to(link.now + 400 * SECOND)

    def _place(self, order: int, end: OurEnd | LibpriEnd) -> None:
        rng, now = self.rng, self.link.now
        digits, overlap = str(rng.choice((*NUMBERS, 298))), rng.random() < 0.2
        record = end.place(
            digits[:1] if overlap else digits,
            now,
            channel=rng.choice((None, rng.choice(E1_CHANNELS))),
            exclusive=rng.random() < 0.5,
            complete=not overlap,
        )
        if overlap:
            at = now + rng.randrange(2 * SECOND)
            self._planned.append((at, order, lambda: self._dial_on(end, record, digits[1:])))
        if rng.random() < 0.7:
            at = now + rng.choice((0, rng.randrange(SECOND // 10), rng.randrange(40 * SECOND)))
            cause = rng.choice((16, 17, 31, 41))
            self._planned.append((at, order, lambda: self._hang_up(end, record, cause)))

    def _dial_on(self, end: OurEnd | LibpriEnd, record: CallRecord, digits: str) -> None:
        if record.ended_at is None and record.cleared_by is None:
            end.dial_on(record, digits, self.link.now)

    def _hang_up(self, end: OurEnd | LibpriEnd, record: CallRecord, cause: int) -> None:
        if record.ended_at is None and record.cleared_by is None:
            end.hang_up(record, self.link.now, cause)

    def _run_to(self, tick: int) -> None:
        while due := [entry for entry in self._planned if entry[0] <= tick]:
            first = min(due, key=lambda entry: entry[:2])
            self._planned.remove(first)
            self.link.run_for(max(0, first[0] - self.link.now))
            try:
                first[2]()
            except ProtocolMisuse:
                continue  # the call is being cleared already, and its user was not told yet
        self.link.run_for(max(0, tick - self.link.now))


def unfinished(frames: list[Crossed]) -> list[str]:
    """The conversations that end neither with RELEASE COMPLETE nor with RELEASE from both sides (5.3.4)."""
    conversations: dict[tuple[bool, int], list[tuple[bool, int]]] = defaultdict(list)
    for crossed in frames:
        if len(crossed.frame) > 4 and not crossed.frame[2] & 1:  # an I frame
            message = parse(crossed.frame[4:])
            of_near = crossed.from_near != message.to_originator
            conversations[of_near, message.reference].append((crossed.from_near, int(message.type)))
    found = []
    for (of_near, reference), messages in conversations.items():
        released = {from_near for from_near, kind in messages if kind == MessageType.RELEASE}
        if messages[-1][1] != MessageType.RELEASE_COMPLETE and len(released) < 2:
            found.append(f"call {reference} of the {'near' if of_near else 'far'} end: {messages}")
    return found


def work(request: dict[str, Any]) -> dict[str, Any]:
    """Run the mix asked for."""
    faulthandler.enable()
    library = Libpri(VirtualClock())
    rng = random.Random(request["seed"])
    libpri_side, our_side = (
        (Side.NETWORK, Side.USER) if request["libpri"] == "near" else (Side.USER, Side.NETWORK)
    )
    ours = OurEnd(our_side, plan=plan(rng), overlap=True)
    theirs = LibpriEnd(library, libpri_side, plan=plan(rng), overlap=True)
    near, far = (theirs, ours) if request["libpri"] == "near" else (ours, theirs)
    link = TrunkLink(near, far)
    link.run_until(lambda: near.up and far.up, 10 * SECOND)
    Mix(link, (near, far), rng).run(request["calls"])
    write_trace(request["trace"], link.frames)
    return {
        "version": library.version,
        "audit": ours.audit(),
        "link_errors": ours.link_errors,
        "unfinished": unfinished(link.frames),
        "left_in_libpri": theirs.library_calls(),
        "frames": len(link.frames),
        "line_time_s": link.now / SECOND,
        "tally": {"ours": ours.tally.summary(), "libpri": theirs.tally.summary()},
        "digest": link.digest(),
    }


if __name__ == "__main__":
    worker_main(work)
