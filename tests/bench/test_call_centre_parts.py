"""What the call centre is made of: recordings, hearing which one it is, the menu, and the configuration."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench import Bench, ConfigError
from trunkbench.callcentre.bridge import DELAY, Overheard
from trunkbench.callcentre.builtin import BuiltIn
from trunkbench.callcentre.hears import ALIKE, SoundMeter, hears_sound, likeness
from trunkbench.callcentre.menu import Chosen, Menu, MenuSettings, PlayPrompt
from trunkbench.callcentre.sounds import Playing, Recording
from trunkbench.config import BenchConfig
from trunkbench.ear import Ear, LocalFeed
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, SECOND
from trunkwire.tones import ZONES, Ident, ident_source, tone_source

MakeBench = Callable[..., Bench]
MakeConfig = Callable[..., BenchConfig]

A, U = Law.ALAW, Law.ULAW


@pytest.fixture(scope="module")
def own() -> BuiltIn:
    return BuiltIn()


def ramp(name: str, length: int, first: int = 0) -> Recording:
    """A recording in which every sample can be told from the others."""
    return Recording(name, (8 * np.arange(first, first + length)).astype(np.int16))


# -- recordings --------------------------------------------------------------------------------------------


@given(st.integers(0, 40), st.integers(-20, 90), st.integers(0, 50), st.booleans())
def test_a_recording_plays_once_and_another_over_and_over(
    start: int, first: int, n: int, loops: bool
) -> None:
    once, then = ramp("once", 7), ramp("then", 5, 100)
    source = once.playing(A, start, then if loops else None)
    tape = A.silent(start) + once.octets(A) + (then.octets(A) * 40 if loops else A.silent(200))
    whole = A.silent(20) + tape
    assert source(first, n) == whole[20 + first : 20 + first + n]


def test_recordings_follow_each_other_and_refuse_what_is_none() -> None:
    source = Playing(A, 2, (ramp("a", 3), ramp("b", 2, 50)))
    assert source.repeats_from == 7
    assert source(0, 8) == A.silent(2) + ramp("a", 3).octets(A) + ramp("b", 2, 50).octets(A) + A.silent(1)
    with pytest.raises(ValueError, match="cannot render -1"):
        source(0, -1)
    with pytest.raises(ValueError, match="recording x: it has no samples"):
        Recording("x", np.zeros(0, np.int16))
    with pytest.raises(TypeError, match="one row of int16"):
        Recording("x", np.zeros(8))
    assert repr(ramp("a", 8000)) == "<recording a, 1.0 s>"


# -- which one it is ---------------------------------------------------------------------------------------


def heard_as(recording: Recording, at: int, law: Law, *, gain: float = 1.0, n: int = 6400) -> bytes:
    """What comes of `n` samples of a recording from `at` on: to µ-law and back, and weaker or turned over."""
    looped = np.resize(recording.samples, at + n)[at:]
    other = U if law is A else A
    converted = other.decode(other.encode((looped * gain).astype(np.int16)))
    return law.encode(converted).tobytes()


@settings(max_examples=12)
@given(
    st.sampled_from(["announcement", "prompt", "music"]), st.integers(0, 60000), st.booleans(), st.booleans()
)
def test_a_recording_is_known_at_any_place_and_level_and_in_any_law(
    own: BuiltIn, name: str, at: int, weak: bool, turned: bool
) -> None:
    gain = (0.1 if weak else 1.0) * (-1 if turned else 1)
    for law in Law:
        heard = heard_as(getattr(own, name), at, law, gain=gain)
        alike = {
            recording.name: SoundMeter(recording, law).compare(heard, 0)
            for recording in (own.announcement, own.prompt, own.music)
        }
        assert alike.pop(name) > 0.97
        assert max(alike.values()) < 0.5


def test_a_line_with_an_offset_is_heard_as_well(own: BuiltIn) -> None:
    heard = A.encode((own.music.samples[800:7200] + 4000).astype(np.int16)).tobytes()
    assert SoundMeter(own.music, A).compare(heard, 0) > 0.97


def test_tones_voices_of_agents_noise_and_silence_are_no_recording(own: BuiltIn) -> None:
    sounds = [tone_source(spec, A)(0, 6400) for spec in ZONES["cn"].tones.values()]
    sounds += [ident_source(Ident("far", span, 7), A)(0, 6400) for span in (0, 7, 15)]
    sounds.append(np.random.default_rng(3).integers(0, 256, 6400).astype(np.uint8).tobytes())
    for recording in (own.announcement, own.prompt, own.music):
        meter = SoundMeter(recording, A)
        assert max(meter.compare(sound, 0) for sound in sounds) < 0.5 < ALIKE
        assert meter.compare(A.silent(6400), 0) == 0
        assert meter.compare(heard_as(recording, 800, A, gain=0.001), 0) == 0  # -76 dBm0: nobody hears that


@settings(max_examples=15)
@given(st.integers(0, 2000))
def test_a_source_is_known_up_to_250_ms_late(own: BuiltIn, late: int) -> None:
    source = own.announcement.playing(A, 1000, own.music)
    now = 80000  # music
    heard = U.encode(A.decode(source(now - late, 3200)))
    meter = SoundMeter(source, A)
    assert meter.compare(A.encode(U.decode(heard)).tobytes(), now) > 0.97
    assert meter.compare(source(now - 6000, 3200), now) < 0.5
    assert meter.compare(source(now + 4000, 3200), now) < 0.5


def test_what_is_too_short_is_no_evidence(own: BuiltIn) -> None:
    with pytest.raises(ValueError, match="too short to be told from others"):
        SoundMeter(Recording("beep", own.music.samples[:1000]), A)
    short = Recording("jingle", own.music.samples[:2400])
    meter = SoundMeter(short, A)
    assert meter.blocks == 15
    assert meter.compare(heard_as(short, 700, A, n=2400), 0) > 0.97


def test_hearing_ends_with_the_call_and_says_how_alike_it_was(make_bench: MakeBench) -> None:
    bench = make_bench()
    own = BuiltIn()
    bench.far.number("300").answers()
    call = bench.near.dial("300")
    bench.run_until(call.active, within="2s")
    listens = hears_sound(call, own.music)
    assert (
        hears_sound(call, own.music.playing(A, 0)).describe().endswith("hears that source (at best 0% alike)")
    )
    with pytest.raises(AssertionError, match=r"hears music \(at best \d+% alike\)"):
        bench.run_until(listens, within="2s")
    bench.far.calls[0].play(own.music.playing(bench.far.lines.law, 0, own.music))
    begun = bench.pump.now
    bench.run_until(listens, within="2s")
    assert listens.describe().endswith("hears music (at best 100% alike)")
    assert likeness(call, own.music, begun) > 0.99
    waits = hears_sound(call, own.announcement)
    call.hang_up()
    with pytest.raises(AssertionError, match="on hook and hears nothing"):
        bench.run_until(waits, within="2s")


def test_a_bridge_plays_what_is_final_and_silence_for_the_rest() -> None:
    ear = Ear(A)
    ear.connect(LocalFeed(tone_source(next(iter(ZONES["cn"].tones.values())), A), "tone"), 0)
    now = 1000 * SAMPLE
    source = Overheard(ear, lambda: now)
    assert source(DELAY + 100, 50) == ear.octets(100, 50)
    assert source(DELAY + 990, 20) == ear.octets(990, 10) + A.silent(10)
    assert source(DELAY + 2000, 5) == A.silent(5)


# -- the menu ----------------------------------------------------------------------------------------------

MENU = MenuSettings({"1": "sales", "#": "queue"}, timeout=3 * SECOND, tries=2, otherwise="ann", prompt=SECOND)


def test_the_menu_by_the_clock() -> None:
    menu = Menu(MENU)
    assert (menu.next_deadline(), menu.poll_output()) == (None, None)
    menu.pressed("1", 0)  # not open yet
    assert menu.poll_output() is None
    menu.open(10)
    assert (menu.poll_output(), menu.next_deadline()) == (PlayPrompt(1), 10 + 4 * SECOND)
    menu.handle_timer(9 + 4 * SECOND)
    assert menu.poll_output() is None
    menu.handle_timer(10 + 4 * SECOND)
    assert menu.poll_output() == PlayPrompt(2)
    menu.handle_timer(20 * SECOND)
    assert (menu.poll_output(), menu.next_deadline()) == (Chosen("ann", ""), None)


@pytest.mark.parametrize(
    ("pressed", "outputs"),
    [
        ("1", [Chosen("sales", "1")]),
        ("#", [Chosen("queue", "#")]),
        ("2#", [PlayPrompt(2), Chosen("queue", "#")]),
        ("23", [PlayPrompt(2), Chosen("ann", "")]),
        ("11", [Chosen("sales", "1"), None]),
    ],
)
def test_the_menu_by_what_is_pressed(pressed: str, outputs: list[object]) -> None:
    menu = Menu(MENU)
    menu.open(0)
    menu.poll_output()
    said = []
    for at, digit in enumerate(pressed, 1):
        menu.pressed(digit, at)
        said.append(menu.poll_output())
    assert said == outputs


# -- the configuration -------------------------------------------------------------------------------------

WRONG = [
    ("agents = 0", "agents"),
    ("agents = []", "a call centre has one agent or more"),
    ('agents = ["a", "a"]', "a is named twice"),
    ('agents = ["queue"]', "queue: is the name of a target"),
    ("agents = 2\nlogged_in = 3", "logged_in: 3, but there are 2 agents"),
    ('agents = 2\nlogged_in = ["b1"]', "logged_in: there is no agent 'b1'"),
    ('agents = 2\nstrategy = "longest-idel"', "did you mean 'longest-idle'"),
    ("agents = 2\nwrap_up = 5", "wrap_up: must be a duration as text"),
    ('agents = 2\n[call_centre.groups]\na1 = ["a2"]', "groups.a1: is the name of an agent"),
    ("agents = 2\n[call_centre.groups]\nsales = []", "groups.sales: name one agent or more"),
    ('agents = 2\n[call_centre.groups]\nsales = ["x"]', "groups.sales: there is no agent 'x'"),
    ('agents = 2\n[call_centre.direct]\n1 = "sale"', "direct.1: there is no group or agent 'sale'"),
    ("agents = 2\n[call_centre.menu.keys]", "menu.keys: name one digit or more"),
    ('agents = 2\n[call_centre.menu.keys]\n12 = "a1"', "menu.keys.12"),
    ('agents = 2\n[call_centre.menu]\notherwise = "x"\nkeys = {1 = "a1"}', "menu.otherwise: there is no"),
    ("agents = 500", "agents"),
]


@pytest.mark.parametrize(("keys", "said"), WRONG)
def test_what_cannot_be_a_call_centre_is_refused(make_config: MakeConfig, keys: str, said: str) -> None:
    with pytest.raises(ConfigError, match="call_centre") as refused:
        make_config(more=f'[call_centre]\nnumbers = ["1"]\n{keys}\n')
    assert said in str(refused.value)


def test_numbers_are_needed_and_each_has_one_master(make_config: MakeConfig) -> None:
    with pytest.raises(ConfigError, match=r"numbers: is missing, and there is no \[access\]"):
        make_config(more="[call_centre]\nagents = 1\n")
    with pytest.raises(ConfigError, match=r"62300000 has a plan in \[far.numbers\] already"):
        make_config(
            more='[call_centre]\nagents = 1\nnumbers = ["6230 0000"]\n'
            "[far.numbers]\n62300000 = {busy = true}\n"
        )
    with pytest.raises(ConfigError, match="the device itself is at the far end"):
        make_config(
            bench='topology = "dut-pbx"\nclock = "card"',
            span='port = "dahdi:1"',
            more='[call_centre]\nagents = 1\nnumbers = ["1"]\n',
        )


def test_by_default_it_answers_every_line_and_trunk_number(make_config: MakeConfig) -> None:
    config = make_config(
        more="""
[access]
area = "028"
[[access.fixed_line]]
number = "62301234"
[[access.digital_trunk]]
number = "028-62300000"
spans = ["span1"]
owns = ["62300001"]
[[access.service_number]]
number = "4008001234"
[[access.service_number.to]]
number = "62301234"
[call_centre]
agents = 2
"""
    )
    assert config.call_centre is not None
    numbers = set(config.call_centre.answered(config.access))
    assert {"62301234", "62300000", "02862300000", "62300001"} <= numbers
    assert "4008001234" not in numbers


def test_more_agents_than_tones_need_the_channels_tone(make_config: MakeConfig) -> None:
    spans = "".join(f'[[span]]\nname = "s{n}"\n' for n in range(13))
    keys = '[call_centre]\nnumbers = ["1"]\nagents = 94\n'
    with pytest.raises(ConfigError, match="94 agents, but there are 62 identification tones left"):
        Bench(make_config(more=spans + keys))
