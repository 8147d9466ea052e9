"""Ways through the call centre: the menu, transfers, numbers of their own, other accesses, and what is left
behind."""

from __future__ import annotations

import random
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trunkbench import Bench, Call, Cause, ConfigError, all_of
from trunkbench.callcentre.hears import hears_sound, likeness
from trunkbench.callcentre.pbx import CallCentrePbx
from trunkbench.config import BenchConfig, load_config, parse_config
from trunkbench.errors import UsageError
from trunkwire.ticks import SECOND
from trunkwire.tones import BUSY, Ident

MakeBench = Callable[..., Bench]
MakeConfig = Callable[..., BenchConfig]

NUMBER = "62300000"
KEYS = f'\n[call_centre]\nnumbers = ["{NUMBER}"]\n'
MENU = """
[call_centre.groups]
sales = ["ann", "ben"]
[call_centre.menu]
tries = 2
timeout = "3s"
{more}
[call_centre.menu.keys]
1 = "sales"
2 = "cay"
"#" = "queue"
9 = "02812345678"
"""
AGENTS = 'agents = ["ann", "ben", "cay"]\nstrategy = "order"\nanswer_after = "1s"\n'


def opened(make_bench: MakeBench, keys: str, **choices: str) -> tuple[Bench, CallCentrePbx]:
    bench = make_bench(more=KEYS + keys, **choices)
    assert bench.call_centre is not None
    return bench, bench.call_centre


def with_menu(make_bench: MakeBench, more: str = "", keys: str = AGENTS) -> tuple[Bench, CallCentrePbx, Call]:
    """A caller who has been answered by the menu and hears its prompt."""
    bench, centre = opened(make_bench, keys + MENU.format(more=more))
    call = bench.near.dial(NUMBER)
    bench.run_until(hears_sound(call, centre.prompt), within="2s")
    return bench, centre, call


def whats(centre: CallCentrePbx) -> list[str]:
    return [event.what for event in centre.events if event.what != "agent"]


# -- the menu ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("digit", "agent"), [("1", "ann"), ("2", "cay"), ("#", "ann")])
def test_a_digit_leads_to_its_group(make_bench: MakeBench, digit: str, agent: str) -> None:
    bench, centre, call = with_menu(make_bench)
    call.send_digits(digit)
    bench.run_until(centre.agent(agent).heard_by(call), within="3s")
    assert whats(centre) == ["arrived", "menu", "pressed", "rang", "answered"]
    assert bench.audit() == []


def test_the_menu_is_left_by_its_own_line_time_and_listens_no_more(make_bench: MakeBench) -> None:
    bench, centre, call = with_menu(make_bench)
    call.send_digits("2")
    bench.run_until(centre.agent("cay").talks, within="3s")
    steps = bench.pump.steps
    bench.run_for("10s")
    assert bench.pump.steps - steps < 20  # while it was open it looked ten times a second
    call.send_digits("1")
    bench.run_for("1s")
    assert centre.agent("cay").talks
    assert bench.audit() == []


def test_a_wrong_digit_gives_the_prompt_again_and_the_last_try_leads_to_the_queue(
    make_bench: MakeBench,
) -> None:
    bench, centre, call = with_menu(make_bench)
    call.send_digits("5")
    bench.run_for("1s")
    bench.run_until(hears_sound(call, centre.prompt), within="2s")
    call.send_digits("6")
    bench.run_until(centre.agent("ann").heard_by(call), within="3s")
    assert whats(centre) == ["arrived", "menu", "pressed", "menu", "pressed", "rang", "answered"]
    assert [event.digits for event in centre.events if event.what == "pressed"] == ["5", "6"]
    assert bench.audit() == []


def test_who_presses_nothing_hears_the_prompt_twice_and_is_then_led_on(make_bench: MakeBench) -> None:
    bench, centre, _call = with_menu(make_bench)
    lasts = centre.prompt.seconds + 3
    bench.run_until(centre.agent("ann").rings, within="20s")
    assert abs(bench.now / SECOND - 2 * lasts) < 0.2
    assert whats(centre).count("menu") == 2
    assert bench.audit() == []


def test_a_menu_may_hang_up(make_bench: MakeBench) -> None:
    bench, centre, call = with_menu(make_bench, 'otherwise = "hang-up"')
    bench.run_until(call.ended, within="20s")
    assert (call.outcome.cleared_by, call.outcome.cause) == ("far", Cause.NORMAL_CLEARING)
    (away,) = [event for event in centre.events if event.what == "turned away"]
    assert away.why == "no digit"
    bench.run_until(call.hears(BUSY), within="3s")
    assert bench.audit() == []


def test_a_caller_leaves_the_menu_by_hanging_up(make_bench: MakeBench) -> None:
    bench, centre, call = with_menu(make_bench)
    call.hang_up()
    bench.run_until(call.cleared, within="2s")
    bench.run_for("20s")
    assert whats(centre) == ["arrived", "menu", "gave up"]
    assert bench.audit() == []


def test_waiting_is_counted_from_the_queue_and_anew_after_a_transfer(make_bench: MakeBench) -> None:
    bench, centre, call = with_menu(make_bench)
    cay = centre.agent("cay").never_answers()
    bench.run_for("4s")
    call.send_digits("2")
    bench.run_until(cay.rings, within="1s")
    rang = bench.now
    bench.run_for("3s")
    call.hang_up()
    bench.run_until(cay.ready, within="1s")
    (gave_up,) = [event for event in centre.events if event.what == "gave up"]
    assert (gave_up.waited, gave_up.why) == (bench.now - rang, "caller")
    cay.answers()
    again = bench.near.dial(NUMBER)
    bench.run_until(again.active, within="1s")
    again.send_digits("2")
    bench.run_until(cay.talks, within="1s")
    bench.run_for("2s")
    for agent in centre.agents:
        agent.never_answers()
    cay.transfer()
    bench.run_for("1s")
    again.hang_up()
    bench.run_until(centre.waits(0), within="1s")
    bench.run_for("1s")
    ends = [(event.what, event.why) for event in centre.events if event.what in ("ended", "gave up")]
    assert ends == [("gave up", "caller"), ("ended", "transfer"), ("gave up", "caller")]
    waited = [event.waited for event in centre.events if event.what == "gave up"][-1]
    assert waited is not None
    assert abs(waited - SECOND) < SECOND // 50
    assert bench.audit() == []


def test_a_full_queue_behind_a_menu_ends_the_call_with_busy(make_bench: MakeBench) -> None:
    bench, centre, first = with_menu(make_bench, keys=AGENTS + "queue_length = 0\nlogged_in = ['cay']\n")
    first.send_digits("2")
    bench.run_until(centre.agent("cay").talks, within="3s")
    second = bench.near.dial(NUMBER)
    bench.run_until(second.active, within="1s")
    second.send_digits("2")
    bench.run_until(second.hears(BUSY), within="4s")
    assert second.outcome.cause is Cause.USER_BUSY
    assert bench.audit() == []


def test_a_group_is_asked_and_nobody_else(make_bench: MakeBench) -> None:
    bench, centre, first = with_menu(make_bench)
    first.send_digits("2")
    bench.run_until(centre.agent("cay").talks, within="3s")
    second = bench.near.dial(NUMBER)
    bench.run_until(second.active, within="1s")
    second.send_digits("2")
    bench.run_until(hears_sound(second, centre.announcement), within="3s")
    third = bench.near.dial(NUMBER)
    bench.run_until(third.active, within="1s")
    third.send_digits("1")
    bench.run_until(centre.agent("ann").heard_by(third), within="3s")  # overtakes who waits for cay
    first.hang_up()
    bench.run_until(centre.agent("cay").heard_by(second), within="3s")
    assert bench.audit() == []


# -- transfer ----------------------------------------------------------------------------------------------


def test_transfer_to_an_agent_a_group_and_the_queue(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, AGENTS + '[call_centre.groups]\nlate = ["cay"]\n')
    ann, ben, cay = centre.agents
    call = bench.near.dial(NUMBER)
    bench.run_until(ann.heard_by(call), within="3s")
    ann.transfer("ben")
    bench.run_until(hears_sound(call, centre.music), within="1s")
    bench.run_until(ben.heard_by(call), within="2s")
    assert ann.ready
    ben.transfer("late")
    bench.run_until(cay.heard_by(call), within="3s")
    cay.transfer()
    bench.run_until(ann.heard_by(call), within="3s")
    sent = [(event.agent, event.to) for event in centre.events if event.what == "transferred"]
    assert sent == [("ann", "ben"), ("ben", "late"), ("cay", "queue")]
    with pytest.raises(UsageError, match="no agent or group 'nobody'; it has queue, late, ann, ben, cay"):
        ann.transfer("nobody")
    with pytest.raises(UsageError, match="no call to transfer"):
        ben.transfer()
    ben.pause()
    with pytest.raises(UsageError, match="paused"):
        ann.transfer("ben")
    assert ann.talks
    assert call.active
    assert bench.audit() == []


def test_transfer_back_goes_to_the_head_of_the_queue(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, "agents = 1\nanswer_after = '500ms'\nring_for = '4s'\n")
    first, second = (bench.near.dial(NUMBER) for _ in range(2))
    bench.run_until(all_of([centre.talks(1), centre.waits(1)]), within="3s")
    centre.agent("a1").never_answers().transfer()
    assert [call.caller for call in centre.waiting] == [first.caller, second.caller]
    assert bench.audit() == []


def test_transfer_to_a_number_joins_the_caller_to_it(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, AGENTS)
    bench.near.number("02812345678").answers(after="2s")
    ann = centre.agent("ann")
    call = bench.near.dial(NUMBER)
    bench.run_until(ann.heard_by(call), within="3s")
    ann.transfer("028-12345678")
    bench.run_until(hears_sound(call, centre.music), within="2s")
    assert ann.ready
    (outside,) = [each for each in bench.near.calls if not each.outgoing]
    bench.run_until(outside.active, within="3s")
    said = bench.near.lines.tone_of
    tones = [said(Ident("near", 0, each.slot or 0)) for each in (outside, call)]
    bench.run_until(
        all_of([hears_sound(call, tones[0]), hears_sound(outside, tones[1])]), within="2s"
    )  # each hears the other, through the PBX
    outside.hang_up()
    bench.run_until(call.ended, within="1s")
    ends = [(event.why, event.to) for event in centre.events if event.what == "ended"]
    assert ends == [("transfer", None), ("called party", "02812345678")]
    assert bench.audit() == []


def test_a_number_that_does_not_take_a_transfer_ends_the_call_with_its_cause(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, AGENTS)
    bench.near.number("02812345678").busy()
    call = bench.near.dial(NUMBER)
    bench.run_until(centre.agent("ann").talks, within="3s")
    centre.agent("ann").transfer("02812345678")
    bench.run_until(call.hears(BUSY), within="4s")
    assert (call.outcome.cause, call.outcome.cleared_by) == (Cause.USER_BUSY, "far")
    assert whats(centre)[-4:] == ["transferred", "ended", "sent on", "turned away"]
    assert bench.audit() == []


@pytest.mark.parametrize("ends", ["caller hangs up while it rings", "busy", "caller hangs up"])
def test_a_caller_who_is_sent_on_by_the_menu(make_bench: MakeBench, ends: str) -> None:
    bench, centre, call = with_menu(make_bench)
    outside = bench.near.number("02812345678")
    outside.busy() if ends == "busy" else outside.answers(after="2s")
    call.send_digits("9")
    if ends == "busy":
        bench.run_until(call.hears(BUSY), within="4s")
        assert call.outcome.cause is Cause.USER_BUSY
        assert whats(centre)[-2:] == ["sent on", "turned away"]
    else:
        bench.run_for("1s")
        if ends == "caller hangs up":
            bench.run_for("3s")
        call.hang_up()
        bench.run_until(all_of(each.cleared for each in bench.near.calls), within="2s")
        assert whats(centre)[-1] == ("ended" if ends == "caller hangs up" else "gave up")
    assert bench.audit() == []


def test_a_caller_cannot_be_sent_on_where_no_channel_is_left(make_bench: MakeBench) -> None:
    direct = '[call_centre.direct]\n62300001 = "02812345678"\n'
    bench, centre = opened(make_bench, AGENTS + direct, span='kind = "bri"')
    bench.near.number("02812345678").answers(after="2s")
    first = bench.near.dial(NUMBER)
    bench.run_until(centre.agent("ann").talks, within="3s")
    second = bench.near.dial("62300001")
    bench.run_until(second.hears(BUSY), within="4s")
    assert second.outcome.result == "no-circuit"
    assert whats(centre)[-3:] == ["arrived", "sent on", "turned away"]
    assert centre.events[-1].why == "no circuit"
    (refused,) = [call for call in bench.far.calls if call.outgoing]
    assert refused.hung_up_at is not None
    first.hang_up()
    bench.run_until(all_of([first.cleared, second.cleared]), within="2s")
    third = bench.near.dial("62300001")
    bench.run_until(third.alerting, within="500ms")  # before the number has answered
    bench.run_until(third.active, within="3s")
    outside = next(call for call in bench.near.calls if not call.outgoing)
    assert outside.slot is not None
    said = bench.near.lines.tone_of(Ident("near", 0, outside.slot))
    bench.run_until(hears_sound(third, said), within="1s")
    (answered,) = [event for event in centre.events if event.what == "answered" and event.to is not None]
    assert (answered.to, answered.caller) == ("02812345678", third.caller)
    assert answered.waited is not None
    assert 2 * SECOND < answered.waited < 3 * SECOND
    since = bench.now
    bench.run_for("2s")
    third.hang_up()
    bench.run_until(all_of(call.cleared for call in bench.near.calls), within="2s")
    ended = [event for event in centre.events if event.what == "ended"][-1]
    assert (ended.to, ended.why) == ("02812345678", "caller")
    assert ended.talked is not None
    assert 2 * SECOND < ended.talked < bench.now - since + SECOND
    assert bench.audit() == []


# -- numbers, accesses, sound files ------------------------------------------------------------------------


def test_direct_numbers_lead_past_the_menu(make_bench: MakeBench) -> None:
    direct = f'[call_centre.direct]\n"623-00001" = "cay"\n62300002 = "02812345678"\n{MENU.format(more="")}'
    bench, centre = opened(make_bench, AGENTS + direct)
    bench.near.number("02812345678").answers()
    call, through = bench.near.dial("62300001"), bench.near.dial("62300002")
    bench.run_until(centre.agent("cay").heard_by(call), within="2s")
    bench.run_until(through.active, within="2s")
    other = bench.near.dial("62300003")
    bench.run_until(other.ended, within="2s")
    assert other.outcome.cause is Cause.UNALLOCATED
    assert bench.audit() == []


def test_a_number_that_is_programmed_does_what_it_was_told(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, "agents = 1")
    bench.far.number(NUMBER).busy()
    call = bench.near.dial(NUMBER)
    bench.run_until(call.ended, within="2s")
    assert centre.events == []


def test_the_number_may_come_digit_by_digit(make_bench: MakeBench) -> None:
    bench, centre = opened(make_bench, "agents = 1")
    call = bench.near.dial(NUMBER[:3], complete=False)
    bench.run_for("1s")
    assert centre.events == []
    call.more_digits(NUMBER[3:])
    bench.run_until(centre.agent("a1").heard_by(call), within="3s")
    assert bench.audit() == []


@pytest.mark.parametrize(
    "span", ['kind = "bri"', 'kind = "t1"', 'near = "user"', 'channel_numbering = "logical"']
)
def test_behind_any_digital_access(make_bench: MakeBench, span: str) -> None:
    bench, centre = opened(make_bench, "agents = 1", span=span)
    talks = bench.near.dial(NUMBER)
    bench.run_until(centre.agent("a1").heard_by(talks), within="4s")
    waits = bench.near.dial(NUMBER)
    bench.run_until(hears_sound(waits, centre.announcement), within="2s")
    (talking,) = centre.talking
    bench.run_until(talking.hears_own_channel(), within="1s")
    assert bench.audit() == []


def write_wav(path: Path, samples: list[float], rate: int = 8000, width: int = 2, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        octets = np.repeat(np.array(samples), channels)
        linear = (octets * 9000).astype("<i2") if width == 2 else (octets * 100 + 128).astype(np.uint8)
        file.writeframes(linear.tobytes())


def test_announcement_and_music_from_files(tmp_path: Path) -> None:
    noise = random.Random(7)
    write_wav(tmp_path / "welcome.wav", [noise.uniform(-1, 1) for _ in range(16000)])
    write_wav(tmp_path / "band.wav", [noise.uniform(-0.9, 0.9) for _ in range(12000)], width=1, channels=2)
    config = '[bench]\nname = "files"\n[[span]]\nname = "E1"\n' + KEYS + "agents = 1\n"
    (tmp_path / "bench.toml").write_text(config + 'announcement = "welcome.wav"\nmusic = "band.wav"\n')
    with Bench(load_config(tmp_path / "bench.toml")) as bench:
        centre = bench.call_centre
        assert centre is not None
        assert (centre.announcement.seconds, centre.music.seconds) == (2.0, 1.5)
        bench.near.dial(NUMBER)
        waits = bench.near.dial(NUMBER)
        bench.run_until(hears_sound(waits, centre.announcement), within="3s")
        bench.run_until(hears_sound(waits, centre.music), within="4s")
        assert likeness(waits, centre.announcement, bench.pump.now - SECOND) < 0.5
        assert bench.audit() == []


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"rate": 44100}, "has 44100 samples a second of 16 bit; give it 8000"),
        ({"samples": []}, "has no samples"),
        ({"missing": True}, "cannot be read as a WAV file"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused(tmp_path: Path, how: dict[str, object], said: str) -> None:
    if not how.pop("missing", False):
        write_wav(tmp_path / "welcome.wav", **{"samples": [0.5] * 4000, **how})  # type: ignore[arg-type]
    keys = KEYS + 'agents = 1\nannouncement = "welcome.wav"\n'
    config = parse_config(f'[bench]\nname = "x"\n[[span]]\nname = "E1"\n{keys}', str(tmp_path / "bench.toml"))
    with pytest.raises(ConfigError, match=said):
        Bench(config)
