"""The configuration file: what it may say; every mistake is reported with file, key, reason and remedy."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.config import EndConfig, load_config, parse_config
from trunkbench.errors import ConfigError
from trunkbench.numbers import Plan, configured
from trunkwire.q931.causes import Cause
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, SECOND

ROOT = Path(__file__).resolve().parents[2]
MINIMAL = '[bench]\nname = "b"\n[[span]]\nname = "s"\n'


def problems(text: str) -> list[str]:
    """The problems reported for a file, without its first line."""
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "b.toml")
    first, *rest = str(caught.value).splitlines()
    assert first.startswith("b.toml: ")
    return [line.strip() for line in rest]


def test_packaged_loopback_is_the_default() -> None:
    config = load_config()
    assert config.bench.topology == "crossover"
    assert config.hardware_ports == ()
    assert [span.near for span in config.spans] == [Side.NETWORK]
    assert config.spans[0].slots == (*range(1, 16), *range(17, 32))
    assert config.line.zone == "cn"
    assert config.timing.slack == 0
    assert config.describe() == "loopback (packaged loopback.toml): crossover, 1 span on loopback"


def test_the_file_in_hw_config_is_the_packaged_one() -> None:
    packaged = ROOT / "bench" / "trunkbench" / "data" / "loopback.toml"
    assert (ROOT / "hw-config" / "loopback.toml").read_bytes() == packaged.read_bytes()


@pytest.mark.parametrize("path", sorted((ROOT / "hw-config").glob("*.toml")), ids=lambda path: path.name)
def test_every_shipped_configuration_loads(path: Path) -> None:
    assert load_config(path).source == str(path)


def test_minimal_file_takes_every_default() -> None:
    config = parse_config(MINIMAL, "b.toml")
    assert config.near == EndConfig(calling="1000", selection="ascending", channel="exclusive")
    assert config.far == EndConfig(calling="300", selection="descending", channel="exclusive")
    assert config.timers.lapd() == config.timers.q931() == {}


def test_timers_are_overrides_in_ticks() -> None:
    config = parse_config(
        MINIMAL
        + '[timers]\nT200 = "350ms"\nk = 15\nN200 = 5\nN201 = 128\nN202 = 4\nT201 = "2s"\nT202 = "3s"\n'
        + 'T307 = "2m"\nT309 = "1.5m"\nT312 = "9s"\nT314 = "5s"\nT318 = "3s"\nT319 = "6s"\n'
        + '[timing]\nslack = "40 ms"\n',
        "b.toml",
    )
    assert config.timers.lapd() == {
        "t200": 350 * MILLISECOND,
        "t201": 2 * SECOND,
        "t202": 3 * SECOND,
        "n200": 5,
        "n201": 128,
        "n202": 4,
        "k": 15,
    }
    assert config.timers.q931() == {
        "t307": 120 * SECOND,
        "t309": 90 * SECOND,
        "t312": 9 * SECOND,
        "t314": 5 * SECOND,
        "t318": 3 * SECOND,
        "t319": 6 * SECOND,
    }
    assert config.timing.slack == 40 * MILLISECOND


def test_spans_and_hardware_ports() -> None:
    config = parse_config(
        '[bench]\nname = "b"\nclock = "paced"\ntopology = "through-dut"\n'
        '[[span]]\nname = "a"\nport = "dahdi:2"\nnear = "user"\nb_channels = [3, 1]\n'
        '[[span]]\nname = "b"\nport = "dahdi:1"\n[dut.plan]\nanswers = ["300"]\nbusy = ["200"]\n',
        "b.toml",
    )
    assert config.hardware_ports == ("dahdi:1", "dahdi:2")
    assert config.spans[0].slots == (3, 1)
    assert config.dut is not None
    assert config.dut.plan.answers == ("300",)
    assert config.describe() == "b (b.toml): through-dut, 2 spans on dahdi"


def test_all_mistakes_are_reported_at_once() -> None:
    found = problems(
        '[bench]\nname = ""\nsed = 3\ntopology = "crosover"\n[lines]\n'
        '[[span]]\nname = "a"\nnear = "netwrk"\nd_channel = 77\nb_channels = [1, 55]\n'
        '[timers]\nT20 = "3s"\nT200 = 3\nt303 = "4s"\nT305 = "4 parsecs"\n'
    )
    assert [line.split(":")[0] for line in found] == [
        "lines",
        "bench.sed",
        "bench.name",
        "bench.topology",
        "span[0].near",
        "span[0].d_channel",
        "span[0].b_channels[1]",
        "timers.T20",
        "timers.t303",
        "timers.T200",
        "timers.T305",
    ]


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        ("[lin]\n", "lin: unknown key; did you mean 'line'?"),
        ('[timers]\nt303 = "4s"\n', "timers.t303: unknown key; did you mean 'T303'?"),
        ("[line]\nqqq = 1\n", "line.qqq: unknown key; valid here: caller_id, zone"),
        (
            '[far]\nselection = "asending"\n',
            "far.selection: must be one of 'ascending', 'descending', 'round-robin', not 'asending'; "
            "did you mean 'ascending'?",
        ),
        (
            "[timing]\nslack = 2\n",
            "timing.slack: must be a duration as text with its unit, such as '350ms', not 2",
        ),
        ('[line]\nzone = "ck"\n', "line.zone: there is no tone zone 'ck'; did you mean 'uk'?"),
        ("[timers]\nk = 128\n", "timers.k: expected `int` <= 127 (given: 128)"),
        ("[timers]\nN200 = true\n", "timers.N200: expected `int`, got `bool` (given: True)"),
        ("near = 3\n", "span[0].near: must be one of 'user', 'network', not 3"),
        ('[[span]]\nname = "s"\n', "span[1].name: 's' is the name of span[0] already"),
        ('[[span]]\nport = "loopback"\n', "span[1].name: is missing; it has no default"),
        ("b_channels = [1, 16]\n", "span[0].b_channels: timeslot 16 carries the D channel (d_channel)"),
        ("b_channels = [1, 2, 1]\n", "span[0].b_channels: timeslot 1 is listed more than once"),
        (
            'port = "dahdi:1"\nfar_port = "dahdi:2"\n',
            "bench.clock: 'virtual' time cannot drive hardware (dahdi:1, dahdi:2); write clock = \"card\"",
        ),
        (
            'end = "far"\n',
            "span[0].end: only topology 'through-dut' has spans of the far end, not 'crossover'",
        ),
        ("public = true\n", "span[0].public: the loopback reaches nobody; mark hardware ports only"),
        (
            '[safety]\nallow = ["300", "1101"]\n',
            "safety.allow: 1101 may reach the emergency number 110: it is never dialled",
        ),
        (
            '[dut]\nname = "x"\n',
            "dut: topology 'crossover' has no device under test; choose dut-pbx, dut-exchange or through-dut",
        ),
        (
            "[near]\ncalling = 'abc'\n",
            "near.calling: expected `str` matching regex '^[0-9]{1,15}$' (given: 'abc')",
        ),
    ],
)
def test_each_mistake_has_key_reason_and_remedy(extra: str, problem: str) -> None:
    assert problems(MINIMAL + extra) == [problem]


def test_wrong_shapes() -> None:
    assert problems("bench = 3\nspan = 4\n") == [
        "bench: must be a table, not 3",
        "span: must be one or more tables, each opened by [[span]]",
    ]
    assert problems("") == [
        "bench: is missing; it has no default",
        "span: is missing; it has no default",
    ]
    assert problems('[bench]\nname = "b"\n[span]\nname = "s"\n') == [
        "span: must be one or more tables, each opened by [[span]]"
    ]
    assert problems('source = "x"\n' + MINIMAL)[0].startswith("source: unknown key")


def test_bits_are_the_loopbacks_own() -> None:
    text = (
        '[bench]\nname = "b"\nclock = "paced"\ndepth = "bits"\n'
        '[[span]]\nname = "s"\nport = "dahdi:1"\nfar_port = "dahdi:2"\n'
    )
    assert problems(text) == ["bench.depth: 'bits' renders the loopback's line; a hardware port has its own"]


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read: No such file"):
        load_config(tmp_path / "gone.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[bench\n")
    with pytest.raises(ConfigError, match=r"broken\.toml: is not valid TOML: .*line 1"):
        load_config(broken)
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_config(broken)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(["bench", "span", "line", "timing", "timers", "near", "far", "dut", "source", "x"])


@given(
    tables=st.dictionaries(
        _KEYS, _VALUES | st.dictionaries(st.sampled_from(["name", "T200", "plan"]), _VALUES)
    )
)
def test_any_values_load_or_are_reported(tables: dict[str, Any]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda text: tables)
        try:
            config = parse_config("", "b.toml")
        except ConfigError as error:
            reported = str(error).splitlines()
        else:
            reported = [config.source, config.spans[0].name]
    assert len(reported) > 1


def test_numbers_of_an_end() -> None:
    config = parse_config(
        MINIMAL
        + """[near.numbers]
"300" = { answers = "1s" }
"200" = { busy = true }
"201" = { never_answers = true }
"202" = { rejects = 21 }
""",
        "b.toml",
    )
    assert configured(config.near) == {
        "300": Plan("answers", after=SECOND),
        "200": Plan("disconnects", cause=Cause.USER_BUSY),
        "201": Plan("alerts"),
        "202": Plan("rejects", cause=21),
    }
    assert configured(config.far) == {}


def test_numbers_that_make_no_sense() -> None:
    found = problems(MINIMAL + '[near.numbers]\n"300" = { busy = true, rejects = 21 }\n"301" = {}\n')
    assert [line.partition(":")[0] for line in found] == ["near.numbers.300", "near.numbers.301"]
    assert all("exactly one of answers, never_answers, busy, rejects" in line for line in found)
    (found_one,) = problems(MINIMAL + '[near.numbers]\n"3x0" = { busy = true }\n')
    assert found_one.startswith("near.numbers.3x0: ")
    (found_one,) = problems(MINIMAL + '[near.numbers]\n"300" = { bsy = true }\n')
    assert found_one == "near.numbers.300.bsy: unknown key; did you mean 'busy'?"
    (found_one,) = problems(MINIMAL + "[near]\nnumbers = 3\n")
    assert found_one == "near.numbers: must be a table, not 3"
    (found_one,) = problems(MINIMAL + '[near.numbers]\n"300" = { answers = 1 }\n')
    assert "must be a duration as text" in found_one
