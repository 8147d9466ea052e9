"""Plans that contradict themselves are refused with key path and remedy; plans that only look odd are not."""

from __future__ import annotations

import pytest

from trunkbench.access.config import build_network
from trunkbench.access.services import LineGroup
from trunkbench.bench import Bench
from trunkbench.config import BenchConfig, packaged_config, parse_config
from trunkbench.errors import ConfigError

HEAD = '[bench]\nname = "plan"\n[[span]]\nname = "E1"\n[[span]]\nname = "E2"\n[access]\narea = "028"\n'
FIXED = '[[access.fixed_line]]\nnumber = "{}"\n'
LINE = '[[access.line]]\nnumber = "{}"\nuse = "{}"\n'
ONE = '[[access.one_number]]\nnumber = "{}"\nlines = {}\n'
AT = '[[access.one_number.at]]\nhours = "{}"\nlines = {}\n'
GROUP = '[[access.analog_group]]\npilot = "{}"\nmembers = {}\n'
TRUNK = '[[access.digital_trunk]]\nnumber = "{}"\nspans = {}\n'
SERVICE = '[[access.service_number]]\nnumber = "{}"\n'
TO = '[[access.service_number.to]]\nnumber = "{}"\n'
MOBILE = '[[access.mobile]]\nnumber = "{}"\nline = "{}"\n'
FORWARD = '[[access.forwarding]]\nnumber = "{}"\n{} = "{}"\n'


def plan(*tables: str) -> BenchConfig:
    return parse_config(HEAD + "".join(tables), "plan.toml")


def problems(*tables: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        plan(*tables)
    first, *found = str(refused.value).splitlines()
    assert first == "plan.toml: the configuration is unusable:"
    return [line.strip().removeprefix("access.") for line in found]


E1 = TRUNK.format("62300000", '["E1"]')


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        pytest.param(
            [E1, TRUNK.format("62310000", '["E2", "E1"]')],
            "digital_trunk[1].spans: span 'E1' carries digital_trunk[0] already; "
            "name further numbers under digital_trunk[0].owns, or give this trunk another span",
            id="two trunks on a span",
        ),
        pytest.param(
            [TRUNK.format("62300000", '["E1", "E1"]')],
            "digital_trunk[0].spans: span 'E1' stands here twice; name it once",
            id="a span twice",
        ),
        pytest.param(
            [ONE.format("86082660", '["11111111", "86082660"]')],
            "one_number[0].lines: 86082660 is the virtual number itself; "
            "bind lines with numbers of their own",
            id="virtual among its lines",
        ),
        pytest.param(
            [ONE.format("028-86082660", '["11111111"]'), AT.format("18:00-08:00", '["86082660"]')],
            "one_number[0].at[0].lines: 86082660 is the virtual number itself; "
            "bind lines with numbers of their own",
            id="virtual among its lines at night, without the code",
        ),
        pytest.param(
            [ONE.format("1000", '["2000"]'), ONE.format("3000", '["1000"]')],
            "one_number[1].lines: 1000 is the number of a one-number service (one_number[0].number); "
            "a line needs a number of its own",
            id="another virtual number as line",
        ),
        pytest.param(
            [E1, GROUP.format("99999999", '["028-62300000"]')],
            "analog_group[0].members: 02862300000 is the number of a digital trunk "
            "(digital_trunk[0].number); a line needs a number of its own",
            id="trunk as member, with the code",
        ),
        pytest.param(
            [E1, SERVICE.format("400-800-1234"), TO.format("62300000"), GROUP.format("9", '["4008001234"]')],
            "analog_group[0].members: 4008001234 is the number of a service number "
            "(service_number[0].number); a line needs a number of its own",
            id="service number as member",
        ),
        pytest.param(
            [MOBILE.format("13800138000", "13800138000")],
            "mobile[0].line: 13800138000 is the number of a mobile (mobile[0].number); "
            "a line needs a number of its own",
            id="mobile as its own line",
        ),
        pytest.param(
            [E1, LINE.format("62300000", "incoming")],
            "line[0].number: 62300000 is the number of a digital trunk (digital_trunk[0].number); "
            "a line needs a number of its own",
            id="trunk as a line",
        ),
        pytest.param(
            [GROUP.format("99999999", '["11111111", "028-99999999"]')],
            "analog_group[0].members: 028-99999999 is the pilot, a line of the group already; leave it out",
            id="pilot as its own member",
        ),
        pytest.param(
            [GROUP.format("99999999", '["11111111"]'), GROUP.format("88888888", '["99999999"]')],
            "analog_group[1].members: 99999999 is another group's pilot (analog_group[0].pilot); "
            "a member never hunts",
            id="another pilot as member",
        ),
        pytest.param(
            [GROUP.format("99999999", '["11111111", "22222222", "1111 1111"]')],
            "analog_group[0].members: line 11111111 stands here 2 times; name it once",
            id="member twice",
        ),
        pytest.param(
            [ONE.format("86082660", '["11111111", "028-11111111", "02811111111"]')],
            "one_number[0].lines: line 11111111 stands here 3 times; name it once",
            id="line three times in three spellings",
        ),
        pytest.param(
            [ONE.format("86082660", '["11111111"]'), AT.format("18:00-08:00", '["2", "2"]')],
            "one_number[0].at[0].lines: line 2 stands here 2 times; name it once",
            id="line twice at night",
        ),
        pytest.param(
            [FIXED.format("11111111"), LINE.format("028-11111111", "outgoing")],
            "line[0].use: 'outgoing', but fixed_line[0] says 'bothway'; keep one",
            id="two uses of a line",
        ),
        pytest.param(
            [LINE.format("1", "outgoing"), LINE.format("1", "outgoing")],
            "line[1].number: line[0] speaks of line 1 already; keep one",
            id="a line's table twice",
        ),
        pytest.param(
            [ONE.format("86082660", '["11111111"]'), AT.format("09:00-09:00", '["11111111"]')],
            'one_number[0].at[0].hours: 09:00-09:00 is no time at all; the whole day is "00:00-24:00"',
            id="no time at all",
        ),
        pytest.param(
            [E1, SERVICE.format("12333"), TO.format("62300000"), 'hours = "00:00-00:00"\n'],
            'service_number[0].to[0].hours: 00:00-00:00 is no time at all; the whole day is "00:00-24:00"',
            id="no time at all, translated",
        ),
        pytest.param(
            [SERVICE.format("4001"), TO.format("400-1")],
            "service_number[0].to[0].number: leads back to 4001 (4001 → 4001); "
            "translate it to a line, a group or a trunk",
            id="translated to itself",
        ),
        pytest.param(
            [
                *(E1, SERVICE.format("4001"), TO.format("62300000"), TO.format("4002")),
                *(SERVICE.format("4002"), TO.format("0284003"), SERVICE.format("4003"), TO.format("4001")),
                *(SERVICE.format("4004"), TO.format("4001")),
            ],
            "service_number[0].to[1].number: leads back to 4001 (4001 → 4002 → 4003 → 4001); "
            "translate it to a line, a group or a trunk",
            id="translated in a circle",
        ),
        pytest.param(
            [E1, SERVICE.format("4001"), TO.format("62300001")],
            "service_number[0].to[0].number: nobody has the number 62300001; "
            "a number outside can stand in the plan as [[access.fixed_line]] or [[access.mobile]]",
            id="translated to nobody",
        ),
        *(
            pytest.param(
                [E1, FORWARD.format("028-62300000", way, "13900000000")],
                f"forwarding[0].{way}: nobody has the number 13900000000; "
                "a number outside can stand in the plan as [[access.fixed_line]] or [[access.mobile]]",
                id=f"sent on to nobody, {way}",
            )
            for way in ("unconditional", "busy", "no_answer")
        ),
        pytest.param(
            [E1, FORWARD.format("62300001", "busy", "62300000")],
            "forwarding[0].number: nobody has the number 62300001; forward one that has a table",
            id="nobody sent on",
        ),
        pytest.param(
            [
                FIXED.format("1"),
                FORWARD.format("1", "busy", "1"),
                FORWARD.format("0281", "no_answer", "1"),
            ],
            "forwarding[1].number: 0281 has forwarding[0] already; make it one",
            id="sent on twice",
        ),
        pytest.param(
            [ONE.format("86082660", '["1"]'), E1, 'owns = ["028-86082660"]\n'],
            "digital_trunk[0].owns: 028-86082660 is the number of a one-number service "
            "(one_number[0].number), which no call ever shows; leave it out",
            id="a virtual number is never shown",
        ),
        pytest.param(
            [ONE.format("86082660", '["119"]')],
            "one_number[0].lines: 119 is an emergency number; choose another",
            id="an emergency number as line",
        ),
        pytest.param(
            [E1, 'owns = ["028110"]\n'],
            "digital_trunk[0].owns: 028110 is an emergency number; choose another",
            id="an emergency number owned",
        ),
    ],
)
def test_a_contradiction_is_told_with_its_key_and_what_to_do(tables: list[str], said: str) -> None:
    assert problems(*tables) == [said]


def test_a_number_with_the_code_of_the_area_and_without_is_one_number() -> None:
    found = problems(FIXED.format("86082660"), ONE.format("028-86082660", '["1"]'))
    paths = ("fixed_line[0].number", "one_number[0].number")
    written = ("86082660", "02886082660")
    assert found == [
        f"{path}: {number} belongs to 2 services ({other} too); a number has one"
        for path, number, other in zip(paths, written, reversed(paths), strict=True)
    ]


@pytest.mark.parametrize("hours", ["09:00-24:01", "24:00-09:00", "9:00-10:00", "09:00"])
def test_hours_that_no_day_has(hours: str) -> None:
    assert "one_number[0].at[0].hours" in problems(ONE.format("1", '["2"]'), AT.format(hours, '["2"]'))[0]


def test_an_area_that_is_no_code() -> None:
    wrong = problems(E1, SERVICE.format("4001"), TO.format("62300000"), 'areas = ["Chengdu"]\n')
    assert wrong[0].startswith("service_number[0].to[0].areas")


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param(
            [
                ONE.format("86082660", '["11111111", "22222222"]'),
                AT.format("18:00-08:00", '["22222222"]'),
                AT.format("00:00-24:00", '["22222222", "11111111"]'),
            ],
            id="lines again at other hours",
        ),
        pytest.param(
            [
                ONE.format("86082660", '["11111111", "99999999"]'),
                GROUP.format("99999999", '["11111111"]'),
                FIXED.format("33333333"),
                GROUP.format("88888888", '["11111111", "33333333"]'),
                MOBILE.format("13800138000", "11111111"),
            ],
            id="a line of several services",
        ),
        pytest.param(
            [
                *(FIXED.format(number) for number in "123"),
                FORWARD.format("1", "busy", "2"),
                FORWARD.format("2", "unconditional", "1"),
                FORWARD.format("3", "busy", "3"),
            ],
            id="sent on in a circle, which the exchange ends",
        ),
        pytest.param(
            [
                *(E1, SERVICE.format("4001"), TO.format("4002"), SERVICE.format("4002")),
                *(TO.format("62300000"), SERVICE.format("4003"), TO.format("4001"), TO.format("4002")),
            ],
            id="translated through others, and to one of them twice",
        ),
        pytest.param(
            [E1, 'owns = ["62300001"]\n', SERVICE.format("4001"), TO.format("02862300001")],
            id="a number that a trunk owns is dialled in to",
        ),
        pytest.param([FIXED.format("1"), LINE.format("1", "bothway")], id="said twice alike"),
    ],
)
def test_what_only_looks_odd_is_a_plan(tables: list[str]) -> None:
    assert plan(*tables).access is not None


def test_what_comes_with_the_package_is_a_plan() -> None:
    config = packaged_config("loopback-call-centre.toml")
    assert config.access is not None
    assert config.access.spelled_alike() == config.access


# -- one number in two spellings ---------------------------------------------------------------------------


def test_every_table_means_the_same_number_in_either_spelling() -> None:
    access = plan(
        ONE.format("028-86082660", '["11111111", "028-22222222", "33333333"]'),
        AT.format("18:00-08:00", '["22222222"]'),
        GROUP.format("028-99999999", '["02811111111"]'),
        LINE.format("028-11111111", "outgoing"),
        TRUNK.format("62300000", '["E1"]') + 'owns = ["028-99999999"]\n',
        SERVICE.format("4001") + TO.format("86082660") + TO.format("02862300000"),
        MOBILE.format("13800138000", "028-33333333"),
        FORWARD.format("028-62300000", "busy", "99999999"),
    ).access
    assert access is not None
    network = build_network(access, {"E1": 30, "E2": 30})
    assert sorted(network.lines) == ["02811111111", "02822222222", "02899999999", "33333333"]
    assert network.promised("86082660") == 2  # 11111111 is for outgoing calls only, in all three spellings
    assert network.forwardings["62300000"].busy == "02899999999"
    assert isinstance(network.find("02899999999"), LineGroup)
    assert isinstance(network.find("99999999"), LineGroup)


def test_forwarding_in_the_other_spelling_is_not_lost() -> None:
    config = plan(
        FIXED.format("62301234"),
        FIXED.format("02862301235"),
        FORWARD.format("028-62301234", "unconditional", "6230-1235"),
    )
    with Bench(config) as bench:
        bench.far.number("02862301235").answers()
        call = bench.near.dial("62301234")
        bench.run_until(call.active, within="20s")
        assert call.line == "02862301235"
        bench.settle()
        assert bench.audit() == []


def test_a_line_keeps_its_calls_when_a_trunk_may_show_its_number() -> None:
    access = plan(FIXED.format("62301234"), E1, 'owns = ["028-62301234", "62300001"]\n').access
    assert access is not None
    network = build_network(access, {"E1": 30, "E2": 30})
    assert (network.promised("62301234"), network.promised("02862300001")) == (1, 30)
