"""What the ports of a bench, its topology and its clock must not say against each other."""

from __future__ import annotations

import pytest

from trunkbench.config import parse_config
from trunkbench.errors import ConfigError

LOOPBACK = '[bench]\nname = "b"\n[[span]]\nname = "s"\n'


def rig(topology: str, extra: str) -> str:
    """A bench on one hardware port, with `extra` in its span or after it."""
    return (
        f'[bench]\nname = "b"\nclock = "paced"\ntopology = "{topology}"\n'
        f'[[span]]\nname = "s"\nport = "dahdi:1"\n{extra}\n'
    )


def problems(text: str) -> list[str]:
    """The problems reported for a file, without its first line."""
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "b.toml")
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


@pytest.mark.parametrize(
    ("topology", "extra", "problem"),
    [
        (
            "crossover",
            "",
            "span[0].far_port: is missing; a crossover needs the port at the other end of the cable",
        ),
        (
            "crossover",
            'far_port = "dahdi:1"',
            "span[0].far_port: is the near port itself; name the port at the other end of the cable",
        ),
        (
            "carrier",
            'far_port = "dahdi:2"',
            "span[0].far_port: topology 'carrier' has somebody else at the far end; use 'crossover'",
        ),
        (
            "carrier",
            'end = "far"',
            "span[0].end: only topology 'through-dut' has spans of the far end, not 'carrier'",
        ),
        (
            "carrier",
            '[[span]]\nname = "t"\nport = "dahdi:2"\nlaw = "ulaw"',
            "span[1].law: 'ulaw', but span[0] has 'alaw': use one law for all",
        ),
    ],
)
def test_hardware(topology: str, extra: str, problem: str) -> None:
    assert problems(rig(topology, extra)) == [problem]


def test_the_loopback_has_both_ends_itself() -> None:
    expected = "span[0].far_port: the loopback has both ends itself; name a hardware port, or leave it out"
    assert expected in problems(LOOPBACK + 'far_port = "dahdi:1"\n')


def test_a_card_clock_needs_a_card() -> None:
    text = LOOPBACK.replace('name = "b"', 'name = "b"\nclock = "card"')
    expected = "bench.clock: 'card' takes the time from a hardware port, and there is none; use 'virtual'"
    assert problems(text) == [expected]


def test_both_ports_of_a_crossover_are_hardware() -> None:
    config = parse_config(rig("crossover", 'far_port = "dahdi:2"'), "b.toml")
    assert config.hardware_ports == ("dahdi:1", "dahdi:2")
