"""The bench at its edges: prefixes of programmed numbers, what the called party knows, when a wait looks."""

from __future__ import annotations

import pytest

from trunkbench import Bench, Cause, all_of, any_of
from trunkbench.build import Ends
from trunkbench.call import Phase
from trunkbench.device import Mode
from trunkbench.errors import CallFailed, PeerError
from trunkbench.outcome import Outcome
from trunkbench.ports.wire import Wire
from trunkbench.timeline import CallEntry
from trunkwire.g711 import Law
from trunkwire.q931.ies import NotificationIndicatorIE
from trunkwire.ticks import Tick
from trunkwire.tones import BUSY


def test_a_prefix_dialled_as_a_whole_number_is_no_number(bench: Bench) -> None:
    """Nothing more will come (sending complete), so nothing is waited for: neither digits nor T302."""
    bench.far.number("300").answers()
    call = bench.near.dial("30")
    bench.run_until(call.cleared, within="1s")
    assert (call.outcome.result, call.outcome.cause) == ("unallocated", Cause.UNALLOCATED)


def test_a_whole_number_without_sending_complete_is_served(bench: Bench) -> None:
    bench.far.number("300").answers()
    call = bench.near.dial("300", complete=False)
    bench.run_until(call.active, within="1s")


def test_both_parties_know_that_it_rings(bench: Bench) -> None:
    bench.far.number("300").never_answers()
    call = bench.near.dial("300")
    bench.run_until(call.alerting, within="1s")
    (party,) = bench.far.calls
    assert call.phase is party.phase is Phase.ALERTING
    assert "alerting" in call.where()
    assert party.alerting
    assert party.alerting_at is not None
    assert call.alerting_at is not None
    assert call.dialled_at < party.alerting_at < call.alerting_at


def test_a_refusal_is_noted_with_its_cause(bench: Bench) -> None:
    bench.far.number("300").answers()
    first = bench.near.dial("300", channel=5)
    bench.run_until(first.active, within="1s")
    refused = bench.near.dial("300", channel=5, insist=True)
    bench.run_until(refused.cleared, within="1s")
    notes = [str(event) for event in bench.timeline.entries]
    assert any("refused an arriving call with cause 44" in note for note in notes)


def test_a_wait_that_listens_ends_at_its_limit_and_not_at_the_end_of_a_block(bench: Bench) -> None:
    bench.far.number("300").never_answers()
    call = bench.near.dial("300")
    bench.run_until(call.alerting, within="1s")
    before = bench.now
    with pytest.raises(CallFailed, match="not within 5ms"):
        bench.run_until(call.hears(BUSY), within="5ms")
    assert bench.now - before == 5 * 64


def test_one_who_listens_is_asked_as_often_beside_one_who_waits(bench: Bench) -> None:
    """The moment at which a tone is heard does not depend on what else is waited for, nor on the order."""
    moments = []
    for turn in range(3):
        bench.far.number("300").busy()
        bench.far.number("301").never_answers()
        call, other = bench.near.dial("300"), bench.near.dial("301")
        start = bench.now
        hears, active = call.hears(BUSY), other.active
        condition = (any_of([hears, active]), any_of([active, hears]), hears)[turn]
        bench.run_until(condition, within="10s")
        moments.append(bench.now - start)
        bench.hang_up_all()
        bench.run_until(all_of([call.cleared, other.cleared]), within="60s")
    # The blocks of the listener lie on a grid of their own.
    assert max(moments) - min(moments) <= 20 * 64


def test_a_call_that_nobody_cleared_yet_is_not_over(bench: Bench) -> None:
    bench.far.number("300").never_answers()
    call = bench.near.dial("300")
    bench.run_until(call.alerting, within="1s")
    outcome: Outcome = call.outcome
    assert (outcome.cause, outcome.cleared_by, outcome.decided_by) == (None, None, None)


class Mute:
    """A peer that never says a word."""

    def __init__(self) -> None:
        self.closed = 0

    in_service = False

    def receive(self, frame: bytes, now: Tick) -> None:
        """Deaf, too."""

    def handle_timer(self, now: Tick) -> None:
        """There are no timers."""

    def poll_output(self) -> bytes | None:
        """Nothing, ever."""
        return None

    def next_deadline(self) -> Tick | None:
        """Never."""
        return None

    def audit(self) -> list[str]:
        """It holds nothing."""
        return []

    def close(self) -> None:
        """Count."""
        self.closed += 1


def test_a_span_that_never_comes_up_is_named_and_everything_is_given_back() -> None:
    peer = Mute()
    with pytest.raises(
        PeerError, match=r"span1 near.*, span1 far.*: the D channel did not come up within 30 s"
    ):
        Bench.from_config(ends=Ends(far=lambda _span, _side: peer))
    assert peer.closed == 1


def test_what_is_under_way_to_a_closed_port_never_arrives() -> None:
    wire = Wire(law=Law.ALAW, crc4=True)
    for end in (wire.near, wire.far):
        end.open(16, Mode.FRAMES)
    wire.near.send(16, b"\x00\x01\x7f")
    due = wire.far.next_deadline()
    assert due is not None
    wire.far.close()
    assert list(wire.far.poll(due)) == []


def test_what_has_no_consequence_for_a_call_is_told_all_the_same(bench: Bench) -> None:
    """NOTIFY changes nothing of a call; the timeline says that it came (Q.931 5.9)."""
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    (party,) = bench.far.calls
    assert party.span is not None
    assert party.q931 is not None
    held = NotificationIndicatorIE(description=0)
    party.span.control.notify(party.q931, bench.pump.now, ies=(held,))
    party.span.drain()
    bench.run_for("100ms")
    told = [entry.what for entry in bench.timeline.entries if isinstance(entry, CallEntry)]
    assert "notify" in told
    assert call.active
