"""What is made of measured rows: exit codes, a line a number, the table, the page; and the command itself."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from trunkbench.acceptance import CheckResult, PlaceResult, Report, RowResult, child
from trunkbench.acceptance.html import html
from trunkbench.acceptance.show import Watcher, numbers_table, row_line, story
from trunkbench.cli import main

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e"

TRUNK = """
[bench]
name = "one trunk"
[[span]]
name = "BRI"
kind = "bri"
[[access.digital_trunk]]
number = "62300000"
spans = ["BRI"]
"""


def row(promise: str = "capacity 4", verdict: str = "held", **more: Any) -> RowResult:
    told = {"number": "62300000", "service": "digital-trunk", "aspect": "capacity", "measured": "4 of 4"}
    told |= more
    title = f"{told['number']} {told['service']}: {promise}"
    return RowResult(row=title, promise=promise, verdict=verdict, **told)  # type: ignore[arg-type]


FAILED = row(
    "caller 5 hears busy",
    "failed",
    aspect="one more",
    measured="speech, cause 17 (user busy)",
    reason="caller 5 hears busy tone: it hears speech",
    checks=(
        CheckResult("caller 5 does not get through", True),
        CheckResult("caller 5 hears busy tone", False, "it hears speech"),
    ),
    artifacts="kept/here",
)
SKIPPED = row("capacity 1", "skipped", number="62301234", measured="", reason="needs analog line 62301234")


def report(*rows: RowResult, **more: Any) -> Report:
    return Report("bench", "plan.toml", rows=list(rows), asked=more.pop("asked", len(rows)), **more)


@pytest.mark.parametrize(
    ("made", "code", "headline"),
    [
        (report(row(), row()), 0, "bench: all 2 rows held; 0 calls, 0 s of line time in 0.0 s"),
        (report(row(), SKIPPED), 0, "bench: 1 rows held, 1 skipped;"),
        (report(row(), FAILED, SKIPPED), 1, "bench: 1 of 3 rows failed, 1 skipped;"),
        (report(FAILED, errors=["broken"]), 1, "bench: 1 of 1 rows failed;"),
        (report(row(), asked=3), 3, "bench: all 1 rows held; 2 of 3 were not run;"),
        (report(SKIPPED), 3, "bench: none of 1 rows could be measured, 1 skipped;"),
        (report(), 3, "bench: none of 0 rows could be measured;"),
        (report(row(), errors=["no card"]), 5, "bench: all 1 rows held;"),
    ],
)
def test_the_verdict_on_a_plan(made: Report, code: int, headline: str) -> None:
    assert made.exit_code == code
    assert made.headline().startswith(headline)
    assert made.to_json()["exit_code"] == code


def test_a_number_is_summed_up() -> None:
    figures = {"promised": 4, "reached": 3, "seized": 4, "answered": 3}
    figures |= {"first_response_ms": 8.0, "post_dial_delay_ms": 10.0, "connect_ms": 900.0}  # type: ignore[dict-item]
    places = (
        PlaceResult("E1 channel 1", "1000", "its party", "its party", True),
        PlaceResult("E1 channel 2", "1001", "dead", "its party", False),
    )
    full = row(figures=figures, places=places)
    ringing = row("ringback", aspect="ringing", figures={"post_dial_delay_ms": 12.0, "connect_ms": 12000.0})
    shown = [
        row(n, aspect="caller ID out", measured=m)
        for n, m in (("a", "62300000"), ("b", "62300000"), ("c", "1"))
    ]
    left = row(
        "caller ID", aspect="caller ID in", checks=(CheckResult("nothing is left over", False, "a timer"),)
    )
    (summary,) = report(full, FAILED, ringing, *shown, left).summaries()
    assert (summary.promised, summary.reached, summary.answer_seizure_ratio) == (4, 3, 0.75)
    assert (summary.one_more, summary.caller_id_out) == ("speech, cause 17 (user busy)", "62300000, 1")
    assert (summary.first_response_ms, summary.post_dial_delay_ms, summary.connect_ms) == (8.0, 12.0, 900.0)
    assert (summary.places, summary.places_well, summary.left_over) == (2, 1, True)
    assert (summary.verdict, summary.failed) == ("failed", ("caller 5 hears busy",))


def test_what_a_person_reads() -> None:
    told = story(report(row(), FAILED, SKIPPED, SKIPPED, errors=["no card"]))
    assert "62300000  digital-trunk" in told
    assert "✗ 1 failed" in told
    assert "  caller 5 hears busy tone: it hears speech\n  artefacts: kept/here" in told
    assert "– 62301234 digital-trunk: capacity 1 and 1 more: skipped: needs analog line 62301234" in told
    assert told.endswith("in 0.0 s")
    assert "error: no card" in told
    assert row_line(row()) == "✓ 62300000 digital-trunk: capacity 4: 4 of 4"
    assert row_line(FAILED).endswith(": caller 5 hears busy tone: it hears speech")
    assert len({line.index("calls") for line in numbers_table(report(row())).splitlines()[:1]}) == 1


def test_progress_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with Watcher() as watcher:
        watcher.total(2)
        watcher.begins(row().row)
        watcher.ends(row())
        watcher.ends(FAILED)
    assert capsys.readouterr().err.splitlines() == [
        "accept: [1/2] ✓ 62300000 digital-trunk: capacity 4: 4 of 4",
        "accept: [2/2] ✗ 62300000 digital-trunk: caller 5 hears busy: "
        "caller 5 hears busy tone: it hears speech",
    ]


class Terminal(io.StringIO):
    """Where a person watches."""

    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    with Watcher() as watcher:
        watcher.total(2)
        watcher.begins("62300000 digital-trunk: [capacity 4]")
        watcher.ends(row())
        watcher.begins(FAILED.row)
        watcher.ends(FAILED)
    shown = terminal.getvalue()
    assert "✗ 62300000 digital-trunk: caller 5 hears busy: caller 5 hears busy tone: it hears speech" in shown
    assert "2/2" in shown
    assert "1 failed" in shown


def test_a_narrow_terminal_has_a_few_lines_a_number() -> None:
    figures = {"promised": 4, "reached": 4, "seized": 4, "answered": 4}
    told = report(row(figures=figures), FAILED)
    assert numbers_table(told, 200) == numbers_table(told)
    narrow = numbers_table(told, 40).splitlines()
    assert max(map(len, narrow)) <= 40
    assert narrow[0] == "✗ 1 failed 62300000 digital-trunk"
    assert "  calls: 4 of 4" in narrow


def test_nothing_on_the_page_can_act() -> None:
    calls = ({"caller": HOSTILE, "called": HOSTILE, "outcome": HOSTILE, "heard": [{"kind": HOSTILE}]},)
    places = (PlaceResult(HOSTILE, HOSTILE, HOSTILE, HOSTILE, False),)
    checks = (CheckResult(HOSTILE, False, HOSTILE),)
    hostile = row(
        HOSTILE,
        "failed",
        number=HOSTILE,
        service=HOSTILE,
        measured=HOSTILE,
        reason=HOSTILE,
        notes=(HOSTILE,),
        calls=calls,
        places=places,
        checks=checks,
        artifacts=HOSTILE,
    )
    made = Report(HOSTILE, HOSTILE, topology=HOSTILE, fault=HOSTILE, rows=[hostile], errors=[HOSTILE])
    page = html(made)
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("</script>") == 1


def test_results_are_the_same_after_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(FAILED), type=RowResult) == FAILED
    assert child.row_of({"row": msgspec.to_builtins(FAILED)}) == FAILED


# -- the command --------------------------------------------------------------------------------------------


@pytest.fixture
def trunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "trunk.toml"
    path.write_text(TRUNK, encoding="utf-8")
    return path


def test_every_row_of_a_trunk_holds(
    trunk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (trunk.parent / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n", encoding="utf-8")
    (trunk.parent / "conftest.py").write_text("raise RuntimeError\n", encoding="utf-8")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--nonsense")  # somebody's own settings have no say
    assert main(["accept", "--hw", str(trunk), "--html", "page.html", "--json", "all.json"]) == 0
    out, err = capsys.readouterr()
    assert "62300000  digital-trunk  2 of 2  busy 450 Hz 350/350 ms -10 dBm0, cause 34" in out
    assert "one trunk: all 8 rows held; " in out
    assert "accept: [1/8] ✓ 62300000 digital-trunk: capacity 2: 2 of 2 connected, 4 of 4 parties" in err
    made = json.loads((trunk.parent / "all.json").read_text(encoding="utf-8"))
    assert (made["exit_code"], made["asked"], made["numbers"][0]["reached"]) == (0, 8, 2)
    (one_more,) = [each for each in made["rows"] if each["aspect"] == "one more"]
    (heard,) = one_more["figures"]["heard"]
    assert (heard["kind"], round(heard["freq_hz"]), round(heard["on_ms"], -1)) == ("busy", 450, 350)
    page = (trunk.parent / "page.html").read_text(encoding="utf-8")
    assert "<b>accepted</b> one trunk: all 8 rows held" in page
    assert not (trunk.parent / ".trunkbench").exists()


def test_rows_can_be_named_without_being_run(trunk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["accept", "--hw", str(trunk), "--list"]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "62300000 digital-trunk: capacity 2",
        "62300000 digital-trunk: caller 3 hears busy",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--number", "62309999"], 2, "no row is about 62309999"),
        (["--fault", "rust"], 2, "no fault 'rust'"),
        (["--fault", "dead-line"], 2, "no number with several lines"),
        (["--html", "nowhere/page.html"], 5, "nowhere/page.html: No such file"),
        (["--hw", "absent.toml"], 5, "absent.toml: cannot be read"),
    ],
)
def test_what_cannot_be_asked_for(
    trunk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    assert main(["accept", "--hw", str(trunk), *arguments]) == code
    assert said in capsys.readouterr().err


@pytest.mark.long
def test_a_card_that_is_not_there(trunk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = TRUNK.replace('kind = "bri"', 'port = "dahdi:99"').replace(
        '"one trunk"', '"rig"\ntopology = "dut-pbx"\nclock = "card"'
    )
    trunk.write_text(text, encoding="utf-8")
    assert main(["accept", "--hw", str(trunk), "--number", "62300000"]) == 5
    out = capsys.readouterr().out
    assert "error: " in out
    assert "dahdi" in out
    assert "rig: none of 8 rows could be measured" in out


class Scripted:
    """A child that tells what it is told to, and ends with that exit code."""

    def __init__(self, events: list[dict[str, Any]], code: int | None) -> None:
        self._events, self.code = events, code

    def __call__(self, arguments: list[str]) -> Scripted:
        self.arguments = arguments
        return self

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def events(self) -> Iterator[dict[str, Any]]:
        yield from self._events


@pytest.mark.parametrize(
    ("events", "ended", "code", "said"),
    [
        ([{"row": msgspec.to_builtins(row())}], 2, 130, "7 of 8 were not run"),
        ([{"row": msgspec.to_builtins(row())}], 1, 3, "7 of 8 were not run"),
        ([{"row": msgspec.to_builtins(FAILED)}, {"error": "x"}], 1, 1, "error: x"),
        ([{"error": "the tests cannot be collected"}], 2, 5, "error: the tests cannot be collected"),
        ([], 4, 5, "error: the tests ended with pytest's exit code 4"),
        ([], -11, 5, "error: the tests ended with pytest's exit code -11"),
    ],
)
def test_a_run_that_does_not_come_to_its_end(
    trunk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    events: list[dict[str, Any]],
    ended: int,
    code: int,
    said: str,
) -> None:
    scripted = Scripted(events, ended)
    monkeypatch.setattr(child, "Child", scripted)
    assert main(["accept", "--hw", str(trunk), "--depth", "bits", "--artifacts", "kept"]) == code
    assert said in capsys.readouterr().out
    assert scripted.arguments == [f"--hw={trunk}", "--depth=bits", "--trunkbench-artifacts=kept"]


@pytest.mark.long
@pytest.mark.parametrize("whole_group", [True, False])
def test_what_was_measured_before_ctrl_c_is_reported(tmp_path: Path, whole_group: bool) -> None:
    command = [sys.executable, "-m", "trunkbench", "accept", "--json", "part.json"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        assert run.stderr is not None
        assert run.stderr.readline().startswith("accept: [1/")
        (os.killpg if whole_group else os.kill)(run.pid, signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "trunkbench: interrupted" in err
    made = json.loads((tmp_path / "part.json").read_text(encoding="utf-8"))
    assert 1 <= len(made["rows"]) < made["asked"]
    assert f"{made['asked'] - len(made['rows'])} of {made['asked']} were not run" in out


def test_json_on_standard_output(
    trunk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(child, "Child", Scripted([{"row": msgspec.to_builtins(row())}], 0))
    assert main(["accept", "--hw", str(trunk), "--json", "-"]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["rows"][0]["measured"] == "4 of 4"
    assert err == ""
