"""What one end did not send in time is held neither against the line nor against the other end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from trunkbench import Bench
from trunkbench.build import Ends
from trunkbench.call import Call
from trunkbench.device import Caps, Gap, LineFault, TimeBase
from trunkbench.end import EARLY
from trunkbench.hearing import misheard
from trunkbench.ports.wire import WirePort
from trunkbench.span import ACROSS
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, SECOND


def talk_with_a_hole(bench: Bench, told: int | None) -> list[str]:
    """One call in which the far end is silent for 200 ms, and says so, as having begun so many samples later
    by its own axis, or does not (None); what was misheard.
    """
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    bench.run_until(call.active, within="1s")
    start = bench.pump.now
    bench.run_for("1s")
    assert call.slot is not None
    first = bench.pump.now // SAMPLE + 1
    bench.trunk.wires[0].far.insert(LineFault("slot-dead", first * SAMPLE, 1600 * SAMPLE, call.slot))
    if told is not None:
        bench.trunk.far[0]._event(
            Gap(bench.pump.now, call.slot, first + told, 1600, "underrun: nothing was sent in time")
        )
    bench.run_for("1s")
    return misheard([call], start, bench.pump.now)


@pytest.mark.parametrize("told", [0, 1 - ACROSS, EARLY, EARLY + 320, None])
def test_a_hole_that_the_sender_admits_is_no_fault_of_the_line(bench: Bench, told: int | None) -> None:
    wrong = talk_with_a_hole(bench, told)
    if told is not None and told <= EARLY:
        assert wrong == []
        assert any("200 ms of audio were lost" in line for line in bench.reservations())
    else:
        assert len(wrong) == 1
        assert "channel 1" in wrong[0]


def test_only_the_time_around_the_hole_is_excused(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    far, near = bench.trunk.far[0], bench.trunk.near[0]
    assert (near.other, far.other) == (far, near)
    far._event(Gap(0, 5, 1000, 100, "underrun: nothing was sent in time"))
    far._event(Gap(0, 6, 1000, 100, "overrun"))
    excused = (1000 - EARLY, EARLY + 100 + ACROSS)
    assert far.not_sent(5, 900, 150) == far.not_sent(5, 0, 1000 - EARLY + 1) == [excused]
    assert far.not_sent(5, 1000 + 100 + ACROSS, 50) == []
    assert far.not_sent(5, 0, 1000 - EARLY) == []
    assert far.not_sent(6, 900, 5000) == []


def test_what_a_port_could_not_do_in_time_is_told_with_the_run(bench: Bench) -> None:
    class Card:
        name = "card 1"

        def stats(self) -> dict[str, int]:
            return {"underruns": 2, "overruns": 0, "frames": 7}

        def close(self) -> None:
            pass

    bench.trunk.ports.append(Card())  # type: ignore[arg-type]
    assert bench.reservations() == ["card 1: underruns 2, by the port's own count"]


class Late:
    """A port that hears everything so late, by a clock of its own or (`exact`) by none."""

    def __init__(self, port: WirePort, late: int, exact: bool, dead: bool) -> None:
        self.port = port
        self._late = late
        self._exact = exact
        self._dead = dead

    def __getattr__(self, name: str) -> object:
        return getattr(self.port, name)

    @property
    def caps(self) -> Caps:
        caps = self.port.caps
        return caps if self._exact else dataclasses.replace(caps, time=TimeBase.CARD)

    def heard(self, slot: int, first: int, n: int) -> bytes:
        before = n if self._dead else min(max(self._late - first, 0), n)
        silence = bytes((Law.ALAW.silence,)) * before
        return silence + (
            self.port.heard(slot, first + before - self._late, n - before) if n > before else b""
        )


@pytest.mark.parametrize(
    ("ms", "exact", "dead", "wrong"),
    [(200, False, False, ""), (200, True, False, "does not hear its party"), (450, False, False, ""),
     (560, False, False, "does not hear its party"), (0, False, True, "dead from the far end")],
)  # fmt: skip
def test_a_party_that_comes_late_on_a_card_is_not_misheard(
    ms: int, exact: bool, dead: bool, wrong: str
) -> None:
    """Half a second at most, and only where time is a card's."""
    ends = Ends(wrap_near=lambda port: Late(port, ms * 8, exact, dead))  # type: ignore[arg-type, return-value]
    with Bench.from_config(ends=ends) as bench:
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="1s")
        start = bench.pump.now
        bench.run_for("2s")
        found = misheard([call], start, bench.pump.now)
    assert [wrong in line for line in found] == ([True] if wrong else []), found


@pytest.mark.parametrize(("ms", "wrong"), [(250, ""), (560, "does not hear its party")])
def test_a_party_that_comes_back_from_hold_is_as_late(ms: int, wrong: str) -> None:
    ends = Ends(wrap_near=lambda port: Late(port, ms * 8, False, False))  # type: ignore[arg-type, return-value]
    with Bench.from_config(ends=ends) as bench:
        bench.far.number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="1s")
        bench.run_for("2s")
        call.hold()
        bench.run_until(call.held, within="1s")
        bench.run_for("1s")
        call.retrieve()
        bench.run_until(call.retrieved, within="1s")
        start = bench.pump.now
        bench.run_for("2s")
        found = misheard([call], start, bench.pump.now)
    assert [wrong in line for line in found] == ([True] if wrong else []), found


# -- tones --------------------------------------------------------------------------------------------------


def busy_with(bench: Bench, *gaps: tuple[int, int]) -> Call:
    """A busy party whose tone comes in-band, heard for three seconds; at each of the gaps (ms
    from the end of the call, ms long) the far end admits to have sent nothing in time.
    """
    bench.far.number("200").busy(tone=True)
    call = bench.near.dial("200")
    bench.run_until(call.ended, within="5s")
    first = bench.pump.now // SAMPLE
    for at, length in gaps:
        gap = Gap(bench.pump.now, call.slot or 0, first + at * 8, length * 8, "underrun: nothing was sent")
        bench.trunk.far[0]._event(gap)
    bench.run_for("3s")
    return call


def test_a_tone_that_is_whole_across_a_gap_that_may_have_been_is_heard(bench: Bench) -> None:
    call = busy_with(bench, (1000, 60), (1100, 60))
    assert [sound.kind for sound in call.outcome.heard if sound.via == "trunk"] == ["busy"]
    assert call.outcome.findings == ()
    assert call.lost_audio()


def test_between_several_gaps_no_tone_is_pieced_together_and_nobody_is_called_silent(bench: Bench) -> None:
    call = busy_with(bench, (700, 60), (1400, 60), (2100, 60))
    assert "busy" not in [sound.kind for sound in call.outcome.heard]
    assert call.outcome.findings == ()


@pytest.mark.parametrize(("gaps", "seconds_"), [((), 3.0), (((500, 100),), 2.15), (((0, 3000),), 0.0)])
def test_how_long_was_listened_is_told_without_the_gaps(
    bench: Bench, gaps: tuple[tuple[int, int], ...], seconds_: float
) -> None:
    """A gap may be heard up to 250 ms later than it was sent."""
    call = busy_with(bench, *gaps)
    assert call.listened_since_end() / SECOND == pytest.approx(seconds_, abs=0.02)
