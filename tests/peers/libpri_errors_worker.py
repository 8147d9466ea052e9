"""Worker process: raw Q.931 messages thrown at libpri and at our call control, and what each answers.

The messages are octets written by hand; a link of ours (`LapdLink`) carries them and hands nothing else
across. The request: `{"probes": {name: [message in hex, …]}}`; the result: by target, side and name, the
answers in hex and what is left at the end.
"""

from __future__ import annotations

import faulthandler
from typing import Any

from clockhook import VirtualClock
from libpri import Libpri, LibpriEnd
from our_end import OurEnd
from peer_scenarios import TrunkEnd
from peerlib import worker_main
from subscriber import Behaviour
from trunk_link import TrunkLink

from trunkwire import lapd
from trunkwire.lapd import LapdLink
from trunkwire.side import Side

PLAN = {"300": Behaviour.answers()}
_BETWEEN_MESSAGES = 2_000  # ticks: long enough for every answer to have come


class Thrower:
    """An end of the link without call control: it sends what it is given and keeps what it gets."""

    def __init__(self, side: Side) -> None:
        self.up = False
        self.answers: list[bytes] = []
        self._link = LapdLink(side)
        self._output: list[bytes] = []
        self._link.establish(0)
        self._drain()

    def throw(self, message: bytes, now: int) -> None:
        """Send these octets in an I frame."""
        self._link.send(message, now)
        self._drain()

    def receive(self, frame: bytes, now: int) -> None:
        """A frame has arrived."""
        self._link.receive(frame, now)
        self._drain()

    def handle_timer(self, now: int) -> None:
        """The link's timers."""
        self._link.handle_timer(now)
        self._drain()

    def next_deadline(self) -> int | None:
        """The link's."""
        return self._link.next_deadline()

    def poll_output(self) -> bytes | None:
        """The next frame to send."""
        return self._output.pop(0) if self._output else None

    def _drain(self) -> None:
        while (output := self._link.poll_output()) is not None:
            match output:
                case lapd.Transmit(frame=frame):
                    self._output.append(frame)
                case lapd.Data(data=data):
                    self.answers.append(data)
                case lapd.Established():
                    self.up = True


def probe(target: TrunkEnd, side: Side, messages: list[str]) -> dict[str, Any]:
    """Throw the messages one after the other at `target`, which plays `side`."""
    thrower = Thrower(side.peer)
    link = TrunkLink(thrower, target)
    link.run_until(lambda: thrower.up and target.up, 64_000)
    for message in messages:
        thrower.throw(bytes.fromhex(message), link.now)
        link.run_for(_BETWEEN_MESSAGES)
    return {
        "answers": [answer.hex() for answer in thrower.answers],
        "calls": len([record for record in target.records if record.ended_at is None]),
        "up": [thrower.up, target.up],
    }


def work(request: dict[str, Any]) -> dict[str, Any]:
    """All probes at both targets, as user and as network side."""
    faulthandler.enable()
    results: dict[str, Any] = {}
    for side in Side:
        for name, messages in request["probes"].items():
            targets: dict[str, TrunkEnd] = {
                "libpri": LibpriEnd(Libpri(VirtualClock()), side, plan=PLAN),
                "ours": OurEnd(side, plan=PLAN),
            }
            for target, end in targets.items():
                results[f"{target}/{side.value}/{name}"] = probe(end, side, messages)
    return results


if __name__ == "__main__":
    worker_main(work)
