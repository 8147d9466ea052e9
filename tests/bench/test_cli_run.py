"""`trunkbench run` and `trunkbench demo`: what they print, what they leave, and how they exit."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trunkbench import Bench, all_of
from trunkbench.cli import main
from trunkbench.cli.show import calls_table, cause_text, verdict_lines
from trunkbench.config import load_config
from trunkbench.device import LineFault
from trunkbench.scenarios import SCENARIOS, Result, Scenario, Stage, runner
from trunkbench.trace.frames import read_frames
from trunkbench.trace.record import FrameRecord
from trunkwire.ticks import SECOND
from trunkwire.tones import RINGBACK

Capture = pytest.CaptureFixture[str]
FILES = {"trace.pcapng", "ladder.txt", "timeline.jsonl", "audio"}


def frames_of(trace: Path) -> list[FrameRecord]:
    with trace.open("rb") as file:
        return [item for item in read_frames(file, trace.name) if isinstance(item, FrameRecord)]


def spoil(monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Bench], None]) -> None:
    """Every bench that `run` opens is prepared with a fault."""
    play = runner.play

    def faulty(*arguments: Any, **choices: Any) -> Result:
        return play(*arguments, **choices, prepare=prepare)

    monkeypatch.setattr(runner, "play", faulty)


def test_the_scenarios_are_listed(capsys: Capture) -> None:
    assert main(["run", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(SCENARIOS)
    assert list(SCENARIOS)[:4] == ["thirty-calls", "busy-tone", "no-channel", "restart"]
    assert all(scenario.summary in line for line, scenario in zip(listed, SCENARIOS.values(), strict=True))


def test_without_names_all_are_played_in_their_order(capsys: Capture) -> None:
    assert main(["run", "--json", "--seed", "7"]) == 0
    printed = capsys.readouterr()
    rows = [json.loads(line) for line in printed.out.splitlines()]
    assert [row["scenario"] for row in rows] == list(SCENARIOS)
    assert {row["verdict"] for row in rows} == {"passed"}
    assert {row["seed"] for row in rows} == {7}
    assert {row["depth"] for row in rows} == {"event"}
    assert printed.err == "", "a program reads this"


def test_names_are_played_in_the_order_given_at_the_depth_asked_for(capsys: Capture) -> None:
    assert main(["run", "--json", "--depth", "bits", "restart", "busy-tone"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["scenario"], row["depth"]) for row in rows] == [("restart", "bits"), ("busy-tone", "bits")]
    assert all(row["wall_s"] > 0 and row["line_time_s"] > 0 for row in rows)


def test_an_unknown_scenario_stops_before_anything_is_played(capsys: Capture) -> None:
    assert main(["run", "busy-tone", "bsy-tone"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "there is no scenario 'bsy-tone'; choose from thirty-calls, busy-tone" in printed.err


def test_a_bad_config_stops_before_anything_is_opened(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*arguments: object, **choices: object) -> None:
        raise AssertionError("a bench was opened")

    monkeypatch.setattr(Bench, "__init__", opened)
    config = tmp_path / "bad.toml"
    config.write_text('[bench]\nname = "x"\nsede = 4\n[[span]]\nname = "a"\n')
    assert main(["run", "busy-tone", "--hw", str(config)]) == 5
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"{config}: the configuration is unusable" in printed.err
    assert "bench.sede: unknown key; did you mean 'seed'?" in printed.err
    assert main(["run", "--hw", str(tmp_path / "absent.toml")]) == 5
    assert "absent.toml: cannot be read" in capsys.readouterr().err


def test_a_config_of_one_s_own_is_played_on(tmp_path: Path, capsys: Capture) -> None:
    config = tmp_path / "own.toml"
    config.write_text('[bench]\nname = "own"\nseed = 42\n[[span]]\nname = "west"\nb_channels = [3]\n')
    assert main(["run", "--json", "busy-tone", "--hw", str(config)]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["seed"] == 42
    assert {(call["span"], call["channel"]) for call in row["calls"]} == {("west", 3)}


def test_artefacts_go_to_a_folder_a_scenario(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "kept"
    assert main(["run", "busy-tone", "restart", "--artifacts", str(folder)]) == 0
    assert {path.name for path in folder.iterdir()} == {"busy-tone", "restart"}
    for name in ("busy-tone", "restart"):
        assert {path.name for path in (folder / name).iterdir()} == FILES
        assert frames_of(folder / name / "trace.pcapng")
        assert f"artefacts in {folder / name}" in capsys.readouterr().out or name == "restart"
    assert len(list((folder / "restart" / "audio").iterdir())) == 8


def line_fault(kind: str, slot: int | None = None, *args: int) -> Callable[[Bench], None]:
    def prepare(bench: Bench) -> None:
        port = bench.trunk.wires[0].far
        port.insert(LineFault(kind, bench.pump.now + 1, 3600 * SECOND, slot, args))

    return prepare


def leak(bench: Bench) -> None:
    bench.far.spans[0].control.channels.seize(7, object())


def wrong_tone(bench: Bench) -> None:
    from dataclasses import replace

    bench.far.answering.tamper = lambda plan: replace(plan, sound=RINGBACK) if plan.in_band else plan


def wrong_cause(bench: Bench) -> None:
    from dataclasses import replace

    bench.far.answering.tamper = lambda plan: replace(plan, cause=21)


@pytest.mark.parametrize(
    ("name", "prepare", "code", "told"),
    [
        ("busy-tone", wrong_cause, 1, "cause 17, decided by the far end"),
        ("thirty-calls", leak, 3, "29 of 30"),
        ("busy-tone", wrong_tone, 4, "hears ringback"),
        ("thirty-calls", line_fault("slot-dead", 9), 4, "on channel 9: dead"),
    ],
)
def test_exit_codes_of_what_does_not_hold(
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    name: str,
    prepare: Callable[[Bench], None],
    code: int,
    told: str,
) -> None:
    spoil(monkeypatch, prepare)
    assert main(["run", name]) == code
    printed = capsys.readouterr().out
    assert "✗" in printed
    assert told in printed
    assert f"{name}: FAILED: " in printed


def test_the_first_scenario_that_fails_gives_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    spoil(monkeypatch, wrong_tone)
    assert main(["run", "--json", "restart", "busy-tone", "thirty-calls"]) == 4
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["verdict"] for row in rows] == ["passed", "failed", "passed"], "the others are played too"
    assert "ringback" in rows[1]["reason"]


def test_what_a_person_sees(capsys: Capture) -> None:
    assert main(["run", "thirty-calls", "busy-tone"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0].split()[:4] == ["caller", "called", "from", "span"]
    assert lines[2].startswith("2000–2029 (30)")
    assert "1–15,17–31" in lines[2]
    assert lines[3].startswith("300–329 (30)")
    assert "thirty-calls: PASSED" in lines
    assert "busy-tone: PASSED" in lines
    assert "cause 17 user busy" in lines
    assert all(len(line) <= 100 for line in lines if "line time" not in line)
    stages = printed.err.splitlines()
    assert all(line.startswith(("thirty-calls: ", "busy-tone: ")) for line in stages)
    assert any("near to far: talking (30 of 30)" in line for line in stages)
    assert "of line time" in stages[0]


def test_on_a_terminal_progress_is_live_and_leaves_the_table(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "trunkbench", "run", "restart"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
        check=True,
    )
    os.close(theirs)
    drawn = os.read(ours, 1 << 16)
    os.close(ours)
    assert b"\x1b[" in drawn
    assert b"restart" in drawn
    assert b"\x1b" not in done.stdout
    assert "restart: PASSED" in done.stdout.decode()


# -- the table ---------------------------------------------------------------------------------------------


def call(caller: str, channel: int | None = 1, **more: object) -> dict[str, Any]:
    row: dict[str, Any] = {
        "caller": caller, "called": "300", "from": "near", "span": "span1", "channel": channel,
        "active_from_s": 1.0, "active_to_s": 2.0, "outcome": "answered", "cause": 16, "decided_by": None,
        "heard": [], "cleared_by": "near",
    }  # fmt: skip
    return row | more


def test_calls_that_fared_alike_are_one_row() -> None:
    calls = [call(str(1000 + n), n, active_from_s=n / 10, active_to_s=9 - n / 10) for n in (1, 2, 3, 5)]
    _, _, row, cause = calls_table(calls).splitlines()
    assert row.split()[:2] == ["1001–1005", "(4)"]
    assert "1–3,5" in row
    assert "0.500–8.500" in row, "while all of them were active"
    assert cause == "cause 16 normal call clearing"
    assert len(calls_table(calls, fold=False).splitlines()) == 2 + 4 + 1
    assert len(calls_table(calls[:3]).splitlines()) == 2 + 3 + 1, "a few are shown each"


@pytest.mark.parametrize(
    "different",
    [
        {"outcome": "failed"}, {"cause": 17}, {"from": "far"}, {"decided_by": "far"}, {"cleared_by": "far"},
        {"active_from_s": None, "active_to_s": None}, {"called": "301"}, {"span": "span2"},
        {"heard": [{"kind": "busy", "freq_hz": None, "on_ms": None, "off_ms": None, "via": "local"}]},
    ],
)  # fmt: skip
def test_a_call_that_fared_otherwise_has_its_own_row(different: dict[str, object]) -> None:
    calls = [call(str(n)) for n in range(4)] + [{**call("9"), **different}] + [call(str(n)) for n in range(4)]
    rows = calls_table(calls).splitlines()[2:5]
    assert [row.split()[0] for row in rows] == ["0–3", "9", "0–3"]


def test_cells_without_a_value_and_long_lists_of_sounds() -> None:
    sounds = [
        {"kind": kind, "freq_hz": 450.0, "on_ms": 350.0, "off_ms": 350.0, "via": "trunk"}
        for kind in ("ringback", "busy", "congestion")
    ]
    nothing = call("1", None, span=None, active_from_s=None, cause=None, outcome="in-progress")
    lines = calls_table([nothing, call("2", active_to_s=None, heard=sounds)]).splitlines()
    assert lines[2].split() == ["1", "300", "near", "–", "–", "–", "in-progress", "–", "–", "–"]
    assert "1.000–  " in lines[3], "still active"
    assert lines[3].endswith("ringback 450 Hz 350/350 (trunk),")
    assert lines[4].strip() == "busy 450 Hz 350/350 (trunk),"
    assert lines[5].strip() == "congestion 450 Hz 350/350 (trunk)"


def test_causes_as_text() -> None:
    assert cause_text(17) == "17 user busy"
    assert cause_text(None) == "–"
    assert cause_text(125) == "125"


def test_a_verdict_names_the_failed_check_and_the_speed() -> None:
    from trunkbench.scenarios import Check

    result = Result(
        scenario="x", verdict="failed", reason="why: because\n  table", depth="event", seed=3,
        line_time=2 * SECOND, wall_s=0.5, digest="abc", exit_code=1,
        checks=(Check("good", True, "call", ""), Check("bad", False, "call", "detail")),
    )  # fmt: skip
    text = verdict_lines(result)
    assert text[:2] == ["  ✓ good", "  ✗ bad: detail"]
    assert "x: FAILED: why: because" in text
    assert text[-1] == "  2.0 s of line time in 0.50 s (4 × real time), depth event, seed 3, digest abc"


# -- Ctrl-C ------------------------------------------------------------------------------------------------


def interrupted(stage: Stage) -> None:
    """Three calls are up when somebody presses Ctrl-C."""
    bench = stage.bench
    bench.far.number("300").answers()
    calls = bench.near.dial_many("300", 3)
    bench.run_until(all_of(call.active for call in calls), within="5s")
    raise KeyboardInterrupt


@pytest.fixture
def ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario in which Ctrl-C is pressed."""
    monkeypatch.setitem(SCENARIOS, "interrupted", Scenario("interrupted", "Ctrl-C", interrupted))


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_clears_every_call_and_keeps_the_captures_whole(tmp_path: Path, capsys: Capture) -> None:
    assert main(["run", "interrupted", "busy-tone", "--artifacts", str(tmp_path)]) == 130
    printed = capsys.readouterr()
    assert "PASSED" not in printed.out
    told = printed.err.splitlines()[-3:]
    assert told[0] == "trunkbench: interrupted"
    assert told[1] == "interrupted: 3 calls cleared, nothing is left over"
    assert told[2].endswith(f"artefacts up to here in {tmp_path / 'interrupted'}")
    assert not (tmp_path / "busy-tone").exists(), "nothing else is played"
    folder = tmp_path / "interrupted"
    assert {path.name for path in folder.iterdir()} == FILES
    released = {frame.data[6:8] for frame in frames_of(folder / "trace.pcapng") if frame.data[8:9] == b"\x4d"}
    assert len({reference[1] for reference in released}) == 3, "RELEASE of each call is in the capture"
    assert "near call" not in printed.err


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_says_what_could_not_be_cleared(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    spoil(monkeypatch, leak)
    assert main(["run", "interrupted"]) == 130
    told = capsys.readouterr().err.splitlines()
    assert "interrupted: 3 calls cleared, left over:" in told
    assert told[-1].strip().startswith("far: span1 far")
    assert told[-1].endswith("channel 7 is in use")


def test_an_interrupt_reaches_whoever_plays_with_its_notes() -> None:
    scenario = Scenario("interrupted", "Ctrl-C", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        runner.play(scenario, load_config())
    assert caught.value.__notes__ == ["interrupted: 3 calls cleared, nothing is left over"]


# -- the demo ----------------------------------------------------------------------------------------------


def test_the_demo_shows_the_table_the_verdict_and_a_ladder(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "demo"
    assert main(["demo", "--artifacts", str(folder)]) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert sum(line.startswith("20") for line in lines) == 31, "each caller has a row"
    assert "full-house: PASSED" in lines
    assert "busy 450 Hz 350/350 (local)" in printed
    for message in ("SETUP", "CALL PROCEEDING", "ALERTING", "CONNECT", "DISCONNECT", "RELEASE COMPLETE"):
        assert f"─ {message} ─" in printed
    assert max(len(line) for line in lines if "line time" not in line and str(folder) not in line) <= 110
    assert {path.name for path in folder.iterdir()} == FILES
    assert len(list((folder / "audio").iterdir())) == 31
    assert frames_of(folder / "trace.pcapng")


def test_a_demo_that_fails_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture) -> None:
    spoil(monkeypatch, line_fault("slot-dead", 9))
    assert main(["demo", "--artifacts", str(tmp_path)]) == 4
    assert "full-house: FAILED: each hears the party on its own channel" in capsys.readouterr().out
