"""Leased channels in the configuration: what is refused, and what the exchange's model counts."""

from __future__ import annotations

import pytest

from trunkbench.access.config import build_network, nailed_up
from trunkbench.access.leasing import NONE, leases_on
from trunkbench.access.services import Hours
from trunkbench.config import parse_config
from trunkbench.errors import ConfigError
from trunkwire.ticks import SECOND

HEAD = '[bench]\nname = "x"\n[[span]]\nname = "E1"\n{span}\n'
HOUR = 3600 * SECOND


def lease(channels: str, more: str = "", span: str = "E1") -> str:
    return f'[[access.leased]]\nspan = "{span}"\nchannels = {channels}\n{more}\n'


@pytest.mark.parametrize(
    ("span", "leases", "said"),
    [
        ("", lease("[16]"), "leased[0].channels: timeslot 16 of span 'E1' carries its D channel"),
        ('kind = "t1"', lease("[25]"), "timeslot 25 of span 'E1' is none of its B channels"),
        ("b_channels = [1, 2]", lease("[3]"), "timeslot 3 of span 'E1' is none of its B channels"),
        ("", lease("[1, 1]"), "leased[0].channels: timeslot 1 of 'E1' is leased more than once"),
        ("", lease("[1]") + lease("[1]", 'hours = "08:00-09:00"'), "leased[1].channels: timeslot 1 of 'E1'"),
        ("", lease("[1]", 'hours = "08:00-08:00"'), "leased[0].hours: 08:00-08:00 is no time at all"),
        ('kind = "bri"', lease("[1, 2]"), "leased: every channel of span 'E1' is leased for good"),
        (
            'kind = "bri"\nmode = "point-to-multipoint"\n[[span.terminal]]\nname = "one"',
            lease("[1]"),
            "leased[0].span: 'E1' is a bus",
        ),
        ("", lease("[1]", span="E2"), "leased[0].span: there is no span 'E2'"),
        ("", lease("[]"), "access.leased[0].channels"),
    ],
)
def test_a_lease_that_cannot_be_is_refused(span: str, leases: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse_config(HEAD.format(span=span) + leases, "test.toml")
    assert said in str(refused.value)


def test_leases_of_a_span() -> None:
    text = HEAD.format(span="") + '[access]\nstarts = "08:30"\n'
    text += lease("[31, 30]") + lease("[5]", 'hours = "08:00-18:00"') + lease("[6]", 'hours = "22:00-06:00"')
    config = parse_config(text, "test.toml")
    leases = leases_on(config.access, "E1")
    assert leases.permanent == {30, 31}
    assert leases.hours[5] == Hours(8 * HOUR, 18 * HOUR)
    assert list(leases.hours) == [5, 6, 30, 31]
    assert leases.away_at_first == 1
    assert leases_on(config.access, "E2") == leases_on(None, "E1") == NONE
    assert config.access is not None
    nailed = [nailed_up(config.access, ("E1",), hour * HOUR) for hour in (0, 7, 8, 17, 18, 23)]
    assert nailed == [3, 2, 3, 3, 2, 3]
    assert nailed_up(config.access, ("E2",), 0) == 0


def test_the_model_sells_the_channels_that_are_left_at_that_hour() -> None:
    tables = '[[access.digital_trunk]]\nnumber = "1"\nspans = ["E1"]\n'
    tables += lease("[30, 31]") + lease("[5]", 'hours = "08:00-18:00"')
    for starts, promised in (("10:00", 27), ("19:00", 28)):
        text = HEAD.format(span="") + f'[access]\nstarts = "{starts}"\n' + tables
        config = parse_config(text, "test.toml").access
        assert config is not None
        assert build_network(config, {"E1": 30}).promised("1") == promised
