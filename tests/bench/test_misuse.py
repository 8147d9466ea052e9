"""The API used wrongly: the message names what is wrong and what to write, and nothing has changed then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trunkbench import Bench, Call, Cause, all_of, any_of
from trunkbench.errors import UsageError
from trunkwire.q931.errors import ProtocolMisuse
from trunkwire.tones import BUSY


@pytest.fixture
def ringing(bench: Bench) -> Call:
    """A call that rings at the far end."""
    bench.far.number("300").never_answers()
    call = bench.near.dial("300")
    bench.run_until(call.alerting, within="1s")
    return call


def told(error: type[Exception], pattern: str, act: Callable[[], Any]) -> None:
    with pytest.raises(error, match=pattern):
        act()


PROGRAMMING: dict[str, tuple[str, Callable[[Bench], Any]]] = {
    "a number as int": (r"number 300: write it as a string", lambda b: b.near.dial(300)),  # type: ignore[arg-type]
    "letters": (r"number 'abc': write digits", lambda b: b.far.number("abc")),
    "no calls": (r"dial_many\('300', 0\): give the number of calls", lambda b: b.near.dial_many("300", 0)),
    "a cause too large": (r"cause 128: .* 0 to 127", lambda b: b.far.number("3").rejects(128)),
    "a negative cause": (r"cause -1: ", lambda b: b.far.number("3").disconnects(-1)),
    "a cause by name": (r"cause 'busy': give a member of Cause", lambda b: b.far.number("3").rejects("busy")),  # type: ignore[arg-type]
    "no cause at all": (r"cause True: ", lambda b: b.far.number("3").rejects(True)),
    "a sound by name": (r"'beep' is no sound", lambda b: b.far.number("3").disconnects(17, sound="beep")),  # type: ignore[arg-type]
    "a span too many": (r"restart of span 1: this end has 1", lambda b: b.near.restart(span=1)),
    "a span before the first": (r"restart of span -1", lambda b: b.near.restart(span=-1)),
    "waiting for a truth": (r"True is no condition", lambda b: b.run_until(True, within="1s")),  # type: ignore[arg-type]
    "all of numbers": (r"1 is no condition", lambda b: all_of([1])),  # type: ignore[list-item]
    "any of calls": (r"is no condition: wait for call.active", lambda b: any_of(b.near.dial_many("3", 2))),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("mistake", PROGRAMMING)
def test_a_mistake_is_told_at_its_own_line(bench: Bench, mistake: str) -> None:
    pattern, act = PROGRAMMING[mistake]
    told(UsageError, pattern, lambda: act(bench))
    assert bench.far.plans == {}


def test_the_limits_of_causes_are_causes(bench: Bench) -> None:
    bench.far.number("301").rejects(127)
    call = bench.near.dial("301")
    bench.run_until(call.cleared, within="1s")
    assert call.outcome.cause is Cause.INTERWORKING


ON_A_CALL: dict[str, tuple[str, Callable[[Call], Any]]] = {
    "rejected by who dialled": (r"was dialled here: only the called party rejects", lambda c: c.reject()),
    "answered by who dialled": (r"was dialled here: only the called party answers", lambda c: c.answer()),
    "hung up with no cause": (r"cause 999: ", lambda c: c.hang_up(999)),
    "a tone by name": (r"'busy' is no tone: .*BUSY", lambda c: c.hears("busy")),  # type: ignore[arg-type]
    "a sound by name": (r"'beep' is no sound", lambda c: c.play("beep")),  # type: ignore[arg-type]
    "letters dialled on": (r"number '3x': write digits", lambda c: c.more_digits("3x")),
}


@pytest.mark.parametrize("mistake", ON_A_CALL)
def test_a_mistake_leaves_the_call_as_it_was(bench: Bench, ringing: Call, mistake: str) -> None:
    pattern, act = ON_A_CALL[mistake]
    before = (ringing.where(), ringing.called, ringing.hung_up_at, ringing.ended_at, bench.digest())
    told(UsageError, pattern, lambda: act(ringing))
    assert (ringing.where(), ringing.called, ringing.hung_up_at, ringing.ended_at, bench.digest()) == before
    bench.far.calls[0].answer()
    bench.run_until(ringing.active, within="1s")


@pytest.mark.parametrize("verb", ["answer", "reject"])
def test_what_comes_too_late_changes_nothing(bench: Bench, ringing: Call, verb: str) -> None:
    party = bench.far.calls[0]
    ringing.hang_up(Cause.USER_BUSY)
    bench.run_until(party.cleared, within="1s")
    before = (party.where(), party.hung_up_at, party.outcome, bench.digest())
    told(ProtocolMisuse, r"U0 \(null\)", getattr(party, verb))
    assert (party.where(), party.hung_up_at, party.outcome, bench.digest()) == before
    bench.run_until(party.hears(BUSY), within="4s")


def test_an_answer_too_many_leaves_the_booked_ones(bench: Bench) -> None:
    bench.far.number("300").answers(after="2s")
    first, second = bench.near.dial_many("300", 2)
    bench.run_until(all_of([first.alerting, second.alerting]), within="1s")
    bench.far.calls[0].answer()
    told(ProtocolMisuse, "CONNECT", bench.far.calls[0].answer)
    bench.run_until(all_of([first.active, second.active]), within="2s")
    assert first.active_at is not None
    assert second.active_at is not None
    assert first.active_at < second.active_at


def test_a_caller_refused_here_can_neither_be_answered_nor_dialled_on(bench: Bench) -> None:
    bench.far.number("300").answers()
    bench.run_until(all_of(call.active for call in bench.near.dial_many("300", 30)), within="5s")
    extra = bench.near.dial("300")
    told(UsageError, "was dialled here", extra.reject)
    told(UsageError, "has no channel: it cannot take further digits", lambda: extra.more_digits("1"))
    told(UsageError, "has no channel to play into", lambda: extra.play(BUSY))


AFTER_CLOSE: dict[str, Callable[[Bench, Call], Any]] = {
    "run_until": lambda bench, call: bench.run_until(call.active, within="1s"),
    "run_for": lambda bench, _: bench.run_for("1s"),
    "run": lambda bench, _: bench.run(),
    "settle": lambda bench, _: bench.settle(),
    "audit": lambda bench, _: bench.audit(),
    "reset": lambda bench, _: bench.reset(),
    "hang_up_all": lambda bench, _: bench.hang_up_all(),
    "dial": lambda bench, _: bench.near.dial("300"),
    "dial_many": lambda bench, _: bench.near.dial_many("300", 2),
    "restart": lambda bench, _: bench.near.restart(),
    "answer": lambda bench, _: bench.far.calls[0].answer(),
    "reject": lambda bench, _: bench.far.calls[0].reject(),
    "hang_up": lambda _, call: call.hang_up(),
    "more_digits": lambda _, call: call.more_digits("1"),
    "outcome": lambda _, call: call.outcome,
    "play": lambda _, call: call.play(BUSY),
    "send_digits": lambda _, call: call.send_digits("1"),
}


@pytest.mark.parametrize("verb", AFTER_CLOSE)
def test_what_needs_line_time_is_refused_once_the_bench_is_closed(
    make_bench: Callable[..., Bench], verb: str
) -> None:
    bench = make_bench()
    bench.far.number("300").answers(after="1s")
    call = bench.near.dial("300")
    bench.run_until(call.active if verb == "outcome" else call.alerting, within="2s")
    bench.run_for("100ms")
    bench.close()
    told(UsageError, r"the bench is closed: .* open another one", lambda: AFTER_CLOSE[verb](bench, call))


def test_the_timeline_can_be_asked_for_once_the_bench_is_closed(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = make_bench()
    bench.far.number("300").rejects(Cause.CALL_REJECTED)
    call = bench.near.dial("300")
    bench.run_until(call.cleared, within="1s")
    before = (call.outcome, bench.digest())
    bench.close()
    assert (call.outcome, bench.digest()) == before, "it heard nothing over the trunk"
    assert bench.save_artifacts(tmp_path / "a")


def test_artefacts_with_audio_are_refused_once_the_bench_is_closed(
    make_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = make_bench()
    bench.far.number("300").answers()
    bench.run_until(bench.near.dial("300").active, within="1s")
    bench.run_for("1s")
    bench.close()
    told(UsageError, "the bench is closed: ", lambda: bench.save_artifacts(tmp_path / "a"))


@pytest.mark.parametrize("config", [3, b"loopback.toml", {"bench": {}}, []])
def test_what_is_no_configuration_is_named_with_what_is(config: Any) -> None:
    message = r"is no configuration of a bench: give Bench.from_config\(\) the name of a TOML file"
    told(UsageError, message, lambda: Bench.from_config(config))
    told(UsageError, message, lambda: Bench(config))
