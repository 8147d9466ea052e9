"""The doctor on a good bench and on broken ones, each made of fakes; what it prints is what the docs show."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from documents import blocks
from dutbox import BoxPort, Cards, DutBox, install
from sources import ROOT

from trunkbench.cli import main
from trunkbench.config import SpanConfig
from trunkbench.device import Alarm, Event, Gap
from trunkbench.doctor.findings import STEPS
from trunkbench.errors import PortError
from trunkbench.lock import lock_path
from trunkbench.numbers import Plan
from trunkbench.ports.wire import Wire
from trunkbench.slips import SLIP
from trunkwire.g711 import Law
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

PBX = """
[bench]
name = "rack"
topology = "dut-pbx"
clock = "card"

[[span]]
name = "trunk"
port = "cards:1"

[dut.plan]
answers = ["300"]
"""
CROSSOVER = """
[bench]
name = "rack"
clock = "card"

[[span]]
name = "trunk"
port = "cards:1"
far_port = "cards:2"
"""


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cards:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRUNKBENCH_LOCK_DIR", str(tmp_path))
    return install(monkeypatch)


def pbx(cards: Cards, *, side: Side | None = None, echo: bool = True, **theirs: object) -> None:
    """A private exchange on cards:1, which may see its line otherwise than the bench does."""

    def open_port(span: SpanConfig) -> BoxPort:
        mine = msgspec.structs.replace(span, **theirs)
        box = DutBox([mine], side=side or span.near.peer)
        return box.becomes_exchange({"300": Plan("answers")}, echo=echo).ports[0]

    cards.ports["1"] = open_port


def wire(cards: Cards, change: Callable[[object], object] = lambda port: port) -> None:
    """A crossover cable between cards:1 and cards:2."""
    line = Wire(law=Law.ALAW, history=1 << 62)
    cards.ports["1"] = lambda span: change(line.near)  # type: ignore[assignment, return-value]
    cards.ports["2"] = lambda span: line.far


def refuses(cards: Cards, number: int, why: str) -> None:
    """cards:1 cannot be opened: the system says so, and the back end puts it into words."""

    def open_port(span: SpanConfig) -> BoxPort:
        try:
            raise OSError(number, errno.errorcode[number], "/dev/cards/1")
        except OSError as error:
            raise PortError(f"cards:1: {why}") from error

    cards.ports["1"] = open_port


class Eventful:
    """A port with events of its own."""

    def __init__(self, port: object, events: Iterator[Event]) -> None:
        self.port = port
        self._events = events
        self._next: Event | None = next(events, None)

    def __getattr__(self, name: str) -> object:
        return getattr(self.port, name)

    def next_deadline(self) -> Tick | None:
        soonest = self.port.next_deadline()  # type: ignore[attr-defined]
        own = self._next.at if self._next is not None else None
        return own if soonest is None or (own is not None and own < soonest) else soonest

    def poll(self, now: Tick) -> Iterator[Event]:
        yield from self.port.poll(now)  # type: ignore[attr-defined]
        while self._next is not None and self._next.at <= now:
            yield self._next
            self._next = next(self._events, None)


def examine(text: str, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    """The exit code of the command, and what it printed."""
    Path("rack.toml").write_text(text, encoding="utf-8")
    code = main(["doctor", "--hw", "rack.toml", *options])
    return code, capsys.readouterr().out


def joined(printed: str) -> str:
    """Without the line breaks that the width of the terminal makes."""
    return " ".join(printed.split())


def good(cards: Cards) -> str:
    pbx(cards)
    return PBX.replace('"cards:1"', '"cards:1"\nclock = "recover"')


def no_permission(cards: Cards) -> str:
    refuses(cards, errno.EACCES, "/dev/cards/1 cannot be opened: permission denied")
    return PBX


def no_device(cards: Cards) -> str:
    refuses(cards, errno.ENOENT, "there is no /dev/cards/1")
    return PBX


def held(cards: Cards) -> str:
    refuses(cards, errno.EBUSY, "timeslot 16 is in use")
    return PBX


def two_masters(cards: Cards) -> str:
    def slips() -> Iterator[Event]:
        for at in range(2 * SECOND, 60 * SECOND, 5 * SECOND // 2):
            yield from (Gap(at, slot, at // 8, 1, SLIP) for slot in (1, 2, 3))

    wire(cards, lambda port: Eventful(port, slips()))
    return CROSSOVER + 'far_clock = "internal"\n'


def wrong_timeslot(cards: Cards) -> str:
    pbx(cards, d_channel=1)
    return PBX


def other_numbering(cards: Cards) -> str:
    pbx(cards, channel_numbering="logical")
    return PBX.replace('"cards:1"', '"cards:1"\nclock = "recover"')


BENCHES: dict[str, tuple[Callable[[Cards], str], int]] = {
    "A good bench": (good, 0),
    "No permission": (no_permission, 5),
    "No device": (no_device, 5),
    "A channel held by another process": (held, 5),
    "Two masters": (two_masters, 5),
    "The D channel on another timeslot": (wrong_timeslot, 5),
    "Logical against timeslot numbering": (other_numbering, 4),
}


SLOW = ("The D channel on another timeslot",)
"""It listens on every timeslot for a while: left to `make soak`."""


@pytest.mark.parametrize(
    "title",
    [pytest.param(title, marks=pytest.mark.long) if title in SLOW else title for title in BENCHES],
)
def test_what_it_prints_is_what_the_docs_show(
    cards: Cards, capsys: pytest.CaptureFixture[str], title: str
) -> None:
    make, expected = BENCHES[title]
    code, printed = examine(make(cards), capsys)
    assert code == expected, printed
    assert printed in shown(title), printed


def shown(title: str) -> list[str]:
    """The texts below a heading of docs/doctor.md."""
    path = ROOT / "docs" / "doctor.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    begin = lines.index(f"### {title}") + 1
    end = next((at for at, line in enumerate(lines) if at >= begin and line.startswith("#")), len(lines))
    return [block.text for block in blocks(path, "text") if begin < block.line <= end]


def test_both_ends_playing_one_side_is_told(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    pbx(cards, side=Side.NETWORK)
    code, printed = examine(PBX, capsys)
    assert code == 5
    assert "the other end plays the network side too" in joined(printed)
    assert 'write near = "user"' in printed


@pytest.mark.parametrize("alarm", ["LOS", "LOF", "AIS", "RAI"])
def test_alarms_say_where_to_look(cards: Cards, capsys: pytest.CaptureFixture[str], alarm: str) -> None:
    wire(cards, lambda port: Eventful(port, iter([Alarm(SECOND, alarm, True)])))
    code, printed = examine(CROSSOVER, capsys)
    assert code == 5
    assert re.search(rf"✗ line +trunk near \(network side\): {alarm}\n +→ {alarm}: ", printed)
    assert "Not examined: D channel, call, numbering, audio, latency." in printed


def test_an_alarm_that_has_ended_is_none(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    events = [Alarm(SECOND, "LOS", True), Alarm(2 * SECOND, "LOS", False)]
    wire(cards, lambda port: Eventful(port, iter(events)))
    assert examine(CROSSOVER, capsys)[0] == 0


def test_a_crossover_is_examined_both_ways(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    wire(cards)
    code, printed = examine(CROSSOVER, capsys)
    assert code == 0
    assert "30 channels, both ways, each hears its own party" in joined(printed)
    assert "cards:1 has clock = internal, cards:2 has recover" in joined(printed)


def test_a_port_that_tells_more_of_itself_is_quoted(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    """Such as the buffers of a DAHDI channel."""

    class Telling(Eventful):
        def describe(self) -> str:
            return "a card with buffers of 60 ms"

    wire(cards, lambda port: Telling(port, iter(())))
    printed = examine(CROSSOVER, capsys)[1]
    assert (
        "cards:1: 31 timeslots (frames, octets), exact time\n                  a card with buffers" in printed
    )


def test_a_device_that_is_silent_is_said_to_be(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    pbx(cards, echo=False)
    code, printed = examine(PBX, capsys)
    assert code == 0
    assert "the device is silent on all of them: nothing can be said of the audio" in joined(printed)
    assert "audio: not measured" in printed


def test_without_a_number_no_call_is_tried(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    pbx(cards)
    code, printed = examine(PBX.replace('"300"', ""), capsys)
    assert code == 0
    assert "– call            no number to dial: name one that answers in [dut.plan] answers" in printed
    assert (
        "Nothing is wrong as far as could be seen; not examined: call, numbering, audio, latency." in printed
    )


def test_a_number_that_nobody_has(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    pbx(cards)
    code, printed = examine(PBX.replace('"300"', '"301"'), capsys)
    assert code == 1
    assert "✗ call            301 was not reached" in printed
    assert "the other end does not know the number" in joined(printed)


def test_slips_of_a_device_that_makes_its_own_clock(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    pbx(cards)
    inner = cards.ports["1"]
    slips = [Gap(at * SECOND, 5, at * 8000, 1, SLIP) for at in (1, 4, 7)]
    cards.ports["1"] = lambda span: Eventful(inner(span), iter(slips))  # type: ignore[assignment, return-value]
    code, printed = examine(PBX, capsys)
    assert code == 5
    said = " ".join(printed.split())
    assert "3 slips, one every 3 s: the clocks differ by 41.7 ppm; both ends are masters" in said
    assert "✓ audio" in printed  # a slip now and then does not keep calls from being examined


def test_a_carrier_is_always_the_master(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    text = PBX.replace("dut-pbx", "carrier").partition("[dut.plan]")[0] + 'near = "user"\n'
    cards.ports["1"] = lambda span: (
        DutBox([span], side=Side.NETWORK).becomes_tandem(lambda line: line).ports[0]
    )
    code, printed = examine(text, capsys)
    assert code == 5
    assert "two masters: a carrier never follows" in joined(printed)
    assert "✓ audio           15 channels, both ways" in printed
    assert "audio, there and back: p50 40." in printed


def test_a_public_trunk_is_examined_within_its_rules(
    cards: Cards, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PBX.replace("dut-pbx", "carrier").partition("[dut.plan]")[0]
    text += 'near = "user"\nclock = "recover"\npublic = true\n[safety]\nallow = ["10086"]\n'
    boxes: list[DutBox] = []

    def open_port(span: SpanConfig) -> BoxPort:
        boxes.append(DutBox([span], side=Side.NETWORK).becomes_tandem(lambda line: line))
        return boxes[-1].ports[0]

    cards.ports["1"] = open_port
    code, printed = examine(text, capsys)
    assert code == 0, printed
    assert "10086 answered" in joined(printed), printed
    assert "2 channels, both ways" in joined(printed)


def test_a_port_that_another_run_has(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    import fcntl

    pbx(cards)
    path = lock_path("cards:1")
    path.write_text("process 4711\n")
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        code, printed = examine(PBX, capsys)
    assert code == 5
    assert "cards:1 is held by another run of trunkbench (process 4711)" in joined(printed)


def test_a_configuration_that_is_none(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = examine("[bench]\nnme = 'x'\n", capsys)
    assert code == 5
    assert "✗ configuration   rack.toml: the configuration is unusable:\n" in printed
    assert "did you mean 'name'?" in joined(printed)


def test_a_port_that_vanishes_meanwhile(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    from trunkbench.device import Gone

    wire(cards, lambda port: Eventful(port, iter([Gone(SECOND, "cards:1 was unplugged")])))
    code, printed = examine(CROSSOVER, capsys)
    assert code == 5
    assert "cards:1 was unplugged" in joined(printed)


def test_json_has_every_step(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = examine(no_permission(cards), capsys, "--json")
    found = json.loads(printed)
    assert (code, found["exit_code"]) == (5, 5)
    assert [row["step"] for row in found["steps"]] == list(STEPS)
    assert [row["state"] for row in found["steps"]] == ["ok", "failed"] + ["not tried"] * 9
    assert any("usermod" in advice for advice in found["steps"][1]["advice"])


def test_a_good_bench_takes_less_than_half_a_minute(cards: Cards, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed = examine(good(cards), capsys, "--json")
    assert (code, json.loads(printed)["line_time_s"] < 30) == (0, True)


def test_a_time_that_is_none_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--listen", "soon"]) == 2
    assert "--listen" in capsys.readouterr().err
