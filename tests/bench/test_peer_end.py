"""Somebody else's stack at one end of a span: on the pump, audited by its own count, never programmed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from trunkbench import Bench, Cause
from trunkbench.build import Ends
from trunkbench.config import SpanConfig, load_config
from trunkbench.errors import NotOnThisBench
from trunkbench.scenarios import SCENARIOS, Check
from trunkbench.scenarios.runner import play
from trunkbench.scenarios.stage import Kind, judge
from trunkbench.span import PeerEnd
from trunkwire import lapd
from trunkwire.q931.message import parse
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

MakeBench = Callable[..., Bench]


class Refuser:
    """A stack of one idea: it answers every SETUP with RELEASE COMPLETE, cause 21."""

    def __init__(self, span: SpanConfig, side: Side) -> None:
        self.span = span
        self.side = side
        self.link = lapd.LapdLink(side)
        self.in_service = False
        self.held: list[str] = []
        self.closed = 0

    def receive(self, frame: bytes, now: Tick) -> None:
        """Into the data link."""
        self.link.receive(frame, now)
        self._now = now

    def handle_timer(self, now: Tick) -> None:
        """The data link's."""
        self.link.handle_timer(now)
        self._now = now

    def next_deadline(self) -> Tick | None:
        """The data link's."""
        return self.link.next_deadline()

    def poll_output(self) -> bytes | None:
        """The next frame."""
        while (output := self.link.poll_output()) is not None:
            match output:
                case lapd.Transmit():
                    return output.frame
                case lapd.Established():
                    self.in_service = True
                case lapd.Data():
                    message = parse(output.data)
                    if message.type == MessageType.SETUP:
                        reference = (message.reference | 0x8000).to_bytes(2, "big")
                        self.link.send(b"\x08\x02" + reference + b"\x5a\x08\x02\x80\x95", self._now)
        return None

    def audit(self) -> list[str]:
        """Whatever it was told that it holds."""
        return self.held

    def close(self) -> None:
        """Count."""
        self.closed += 1


def peer_of(bench: Bench) -> Refuser:
    (end,) = bench.trunk.far
    assert isinstance(end, PeerEnd)
    assert isinstance(end.peer, Refuser)
    return end.peer


@pytest.mark.parametrize("side", ["network", "user"])
def test_a_peer_plays_the_other_side_and_is_called(make_bench: MakeBench, side: str) -> None:
    bench = make_bench(span=f'near = "{side}"', ends=Ends(far=Refuser))
    peer = peer_of(bench)
    assert peer.side is Side(side).peer
    assert peer.span.name == "span1"
    call = bench.near.dial("300")
    bench.run_until(call.cleared, within="1s")
    assert (call.cause, call.decided_by, call.outcome.result) == (Cause.CALL_REJECTED, "far", "rejected")
    bench.run_for("30s")
    assert bench.trunk.far[0].in_service, "its timers were served"
    assert bench.audit() == []


def test_what_a_peer_holds_is_part_of_the_audit(make_bench: MakeBench) -> None:
    bench = make_bench(ends=Ends(far=Refuser))
    peer_of(bench).held = ["2 calls"]
    before = bench.now
    assert bench.audit() == ["far: span1 far (user side): 2 calls"]
    assert bench.now - before >= 60 * SECOND, "it was given time to let go of them"
    assert not bench.quiet()


def test_a_peer_is_given_back_with_its_port(make_bench: MakeBench) -> None:
    bench = make_bench(ends=Ends(far=Refuser))
    peer = peer_of(bench)
    bench.close()
    bench.close()
    assert peer.closed == 1


def test_a_peer_cannot_be_programmed_nor_made_to_dial(make_bench: MakeBench) -> None:
    bench = make_bench(ends=Ends(far=Refuser))
    for ask in (
        lambda: bench.far.number("300"),
        lambda: bench.far.dial("300"),
        lambda: bench.far.restart(),
    ):
        with pytest.raises(NotOnThisBench):
            ask()
    assert bench.far.calls == []
    assert not bench.far.ours
    assert bench.near.ours


@pytest.mark.parametrize("name", ["busy-tone", "no-channel", "restart"])
def test_scenarios_that_need_the_far_end_are_skipped_with_the_reason(name: str) -> None:
    result = play(SCENARIOS[name], load_config(), ends=Ends(far=Refuser))
    assert (result.verdict, result.exit_code) == ("skipped", 0)
    assert result.reason
    assert result.to_json()["reason"] == result.reason


# -- the verdict on checks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "code"), [("call", 1), ("target", 3), ("media", 4)])
def test_the_first_check_that_does_not_hold_decides(kind: Kind, code: int) -> None:
    good, bad = Check("good", True, "call", ""), Check("bad", False, kind, "because")
    others = [Check("worse", False, other, "") for other in ("call", "target", "media")]
    assert judge([good]) == ("passed", "", 0)
    assert judge([]) == ("passed", "", 0)
    assert judge([good, bad, good]) == ("failed", "bad: because", code)
    verdict, reason, exit_code = judge([good, bad, *others])
    assert (verdict, exit_code) == ("failed", code)
    assert re.fullmatch(r"bad: because \(and 3 more\)", reason)
    assert judge([others[0]])[1] == "worse"


def test_a_call_centre_is_played_by_a_far_end_of_ours_only(make_bench: MakeBench) -> None:
    keys = '[call_centre]\nnumbers = ["300"]\nagents = 1\n'
    assert make_bench(more=keys, ends=Ends(far=Refuser)).call_centre is None
    assert make_bench(more=keys).call_centre is not None
