"""The switch variant of a span: what a config may say of it, and that a bench works in every one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trunkbench import Bench, all_of
from trunkbench.config import BenchConfig, parse_config
from trunkbench.errors import ConfigError, NotOnThisBench
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play
from trunkbench.spankind import KINDS
from trunkbench.timeline import FrameEntry
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import CauseIE, SendingCompleteIE
from trunkwire.q931.message import Message, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.q931.variants import VARIANTS
from trunkwire.side import Side
from trunkwire.ticks import SECOND

MakeConfig = Callable[..., BenchConfig]
MINIMAL = '[bench]\nname = "b"\n[[span]]\nname = "s"\n'
EN_BLOC = ["ni2", "4ess", "5ess", "dms100"]


def messages(bench: Bench) -> list[tuple[bool, Message]]:
    """The Q.931 messages in the trace, in order: (sent by the near end, message)."""
    frames = [entry for entry in bench.timeline.entries if isinstance(entry, FrameEntry)]
    return [(frame.out, parse(frame.data[4:])) for frame in frames if frame.data[4:5] == b"\x08"]


def test_each_kind_has_a_variant_by_default() -> None:
    assert {name: kind.switch for name, kind in KINDS.items()} == {
        "e1": "euroisdn",
        "t1": "ni2",
        "bri": "euroisdn",
    }
    assert parse_config(MINIMAL, "b.toml").spans[0].switch == "euroisdn"
    assert parse_config(MINIMAL + 'kind = "t1"\n', "b.toml").spans[0].switch == "ni2"
    assert parse_config(MINIMAL + 'kind = "t1"\nswitch = "4ess"\n', "b.toml").spans[0].switch == "4ess"


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_can_be_named(name: str) -> None:
    assert parse_config(MINIMAL + f'switch = "{name}"\n', "b.toml").spans[0].switch == name


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        (
            'switch = "dms-100"\n',
            "span[0].switch: must be one of 'euroisdn', 'ni2', '4ess', '5ess', 'dms100', 'qsig', 'q931', "
            "not 'dms-100'; did you mean 'dms100'?",
        ),
        (
            'kind = "bri"\nswitch = "ni2"\n',
            "span[0].switch: 'ni2' is a variant of the primary rate interface; a BRI has 'euroisdn'",
        ),
        (
            'switch = "dms100"\n[near]\nchannel = "any"\n',
            "near.channel: 'any', but DMS-100 (span[0].switch) always asks for one channel exclusively",
        ),
        (
            'switch = "dms100"\n[far]\nchannel = "preferred"\n',
            "far.channel: 'preferred', but DMS-100 (span[0].switch) always asks for one channel exclusively",
        ),
    ],
)
def test_what_cannot_be_is_named(extra: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(MINIMAL + extra, "b.toml")
    assert [line.strip() for line in str(caught.value).splitlines()[1:]] == [problem]


@pytest.mark.parametrize("switch", [name for name in VARIANTS if name not in ("euroisdn", "q931")])
@pytest.mark.parametrize("near", ["network", "user"])
@pytest.mark.parametrize("scenario", ["thirty-calls", "busy-tone", "restart"])
def test_the_scenarios_pass_in_every_variant(
    make_config: MakeConfig, switch: str, near: str, scenario: str
) -> None:
    config = make_config(span=f'switch = "{switch}"\nnear = "{near}"\nb_channels = [1, 2, 3]')
    result = play(SCENARIOS[scenario], config)
    assert (result.verdict, result.reason) == ("passed", "")


@pytest.mark.parametrize("switch", ["ni2", "qsig"])
def test_a_full_trunk_in_a_variant(make_config: MakeConfig, switch: str) -> None:
    result = play(SCENARIOS["no-channel"], make_config(span=f'switch = "{switch}"\nb_channels = [1, 2, 3]'))
    assert (result.verdict, result.reason) == ("passed", "")


@pytest.mark.parametrize("switch", VARIANTS)
def test_the_span_s_variant_is_what_goes_over_the_line(make_bench: Callable[..., Bench], switch: str) -> None:
    bench = make_bench(span=f'switch = "{switch}"')
    bench.far.number("300").rejects(cause=Cause.SUBSCRIBER_ABSENT)
    call = bench.near.dial("300")
    bench.run_until(call.ended, within="5s")
    said = [message for _near, message in messages(bench) if message.type != MessageType.RESTART]
    setup = next(message for message in said if message.type == MessageType.SETUP)
    assert (setup.get(SendingCompleteIE) is None) == (switch in EN_BLOC)
    told = said[-1].get(CauseIE)
    assert told is not None
    assert told.value == (20 if switch in ("euroisdn", "q931") else 31)
    assert told.location == (1 if switch == "qsig" else 0)
    assert {span.variant for span in (*bench.near.spans, *bench.far.spans)} == {VARIANTS[switch]}


@pytest.mark.parametrize("switch", VARIANTS)
def test_only_a_dms_100_begins_with_a_restart(make_bench: Callable[..., Bench], switch: str) -> None:
    for near in ("network", "user"):
        bench = make_bench(span=f'switch = "{switch}"\nnear = "{near}"')
        ends = {span.side: span.control for span in (*bench.near.spans, *bench.far.spans)}
        assert ends[Side.NETWORK].asking.sent == (switch == "dms100")
        assert ends[Side.USER].asking.sent == 0
        assert bench.audit() == []
        call = bench.near.dial("300")  # the bench was not in service before the channels were idle again
        assert call.channel == 1


@pytest.mark.parametrize("switch", ["ni2", "5ess"])
def test_en_bloc_variants_take_a_number_as_it_comes(make_bench: Callable[..., Bench], switch: str) -> None:
    bench = make_bench(span=f'switch = "{switch}"')
    bench.far.number("300").answers()
    short = bench.near.dial("30", complete=False)
    bench.run_until(short.ended, within="2s")
    assert short.outcome.cause is Cause.UNALLOCATED
    with pytest.raises(NotOnThisBench, match="has no digits behind SETUP"):
        bench.near.dial("3", complete=False).more_digits("00")


def test_qsig_asks_for_digits(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(span='switch = "qsig"')
    bench.far.number("300").answers()
    call = bench.near.dial("30", complete=False)
    bench.run_for("100ms")
    call.more_digits("0")
    bench.run_until(call.active, within="2s")


def test_timers_of_the_config_go_before_those_of_the_variant(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(span='switch = "ni2"')
    (span,) = bench.near.spans
    assert span.control.settings.durations(Side.NETWORK)[Timer.T309] == 90 * SECOND
    bench = make_bench(span='switch = "ni2"', more='[timers]\nT309 = "7s"\n')
    (span,) = bench.near.spans
    assert span.control.settings.durations(Side.NETWORK)[Timer.T309] == 7 * SECOND


def test_calls_in_a_variant_both_ways(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(span='switch = "qsig"\nb_channels = [1, 2]')
    bench.far.number("300").answers()
    bench.near.number("2000").answers()
    calls = [bench.near.dial("300"), bench.far.dial("2000")]
    bench.run_until(all_of(call.active for call in calls), within="2s")
    bench.run_for("100ms")
    kinds = [(near, message.type) for near, message in messages(bench)]
    assert (True, MessageType.CONNECT_ACKNOWLEDGE) in kinds
    assert (False, MessageType.CONNECT_ACKNOWLEDGE) in kinds
    for call in calls:
        call.hang_up()
    bench.run_until(all_of(call.cleared for call in calls), within="2s")
    assert bench.audit() == []
