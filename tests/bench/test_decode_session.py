"""The command line of decode: which output, strictness, following a file, progress, what is refused."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any, cast

import pytest
from made_traces import CALL, SETUP, Terminal, decode, i_frame, trace

from trunkbench.cli import build_parser, main
from trunkbench.trace import Direction, FrameRecord, PcapngWriter
from trunkbench.trace import progress as progress_module
from trunkbench.trace import session as session_module
from trunkbench.trace.inputs.options import InputOptions
from trunkbench.trace.inputs.source import wait_a_little
from trunkbench.trace.progress import Progress, wanted
from trunkbench.trace.session import Session
from trunkbench.trace.views import VIEWS
from trunkwire.q931.message import build

BROKEN = trace(i_frame(SETUP), i_frame(build(SETUP)[:-1], 1))


# -- which output ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("-V", "-x"), "-V and -x are different outputs"),
        (("--calls", "--fields", "frame.number"), "--calls and --fields are different outputs"),
        (("--json", "--ladder"), "--ladder and --json are different outputs"),
        (("--pcapng", "a", "--wav", "b"), "--pcapng and --wav are different outputs"),
        (("--csv",), "--csv belongs to --calls"),
        (("--calls", "--csv", "--json"), "different forms of --calls"),
        (("--layer2",), "--layer2 belongs to --ladder"),
        (("--ladder", "picture.png"), "--ladder picture.png: the file's name must end in .svg or .html"),
        (
            ("--fields", "frame.number,lapd.tie"),
            "--fields lapd.tie: there is no such field; did you mean lapd.tei",
        ),
        (("--wav", "x", "--number", "3"), "--number is about frames; --wav takes --channel"),
    ],
)
def test_what_does_not_go_together_is_refused(options: tuple[str, ...], says: str) -> None:
    code, out, err = decode(CALL, *options)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(
    "options",
    [
        ("--user", "16=lapd"),
        ("--user", "0=x"),
        ("--user", "lapd"),
        ("-j", "0"),
        ("-j", "x"),
        ("--satop", "0"),
        ("--cesopsn", "2142"),
        ("--cesopsn", "2142=32"),
        ("--cesopsn", "x=3"),
    ],
)
def test_values_that_cannot_be(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["decode", "-", *options])
    assert caught.value.code == 2
    assert options[1].partition("=")[0] in capsys.readouterr().err


def test_a_trace_behind_ladder_is_the_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.pcapng"
    path.write_bytes(CALL)
    shown = []
    for words in ((str(path), "--ladder"), ("--ladder", str(path)), ("--ladder", "--", str(path))):
        assert main(["decode", *words]) == 0
        shown.append(capsys.readouterr().out)
    assert "Call 1:" in shown[0]
    assert shown == [shown[0]] * 3
    assert main(["decode", "--ladder", str(tmp_path / "x.svg"), str(path)]) == 0
    assert (tmp_path / "x.svg").read_text().startswith("<")
    lacking: list[list[str]] = [[], ["--ladder"], ["--ladder", str(tmp_path / "x.html")]]
    for given in lacking:
        assert main(["decode", *given]) == 2
    assert capsys.readouterr().err.count("no trace is named") == 3


def test_every_output_has_a_function() -> None:
    for name, view in VIEWS.items():
        module = __import__(view.module, fromlist=[view.function])
        assert callable(getattr(module, view.function)), name


def test_a_link_type_that_the_user_names() -> None:
    """147 is USER0."""
    data = bytearray(CALL)
    at = data.index(b"\xcb\x00", 28)  # 203 in the interface description
    data[at] = 147
    assert "USER0" in decode(bytes(data))[1]
    assert decode(bytes(data), "--user", "0=lapd")[1] == decode(CALL)[1]


def test_the_help_names_every_output(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["decode", "--help"])
    out = capsys.readouterr().out
    for word in ("--calls", "--fields", "--json", "--ladder", "--parquet", "--where", "--follow", "--strict"):
        assert word in out


# -- strictness --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-V",),
        ("-x",),
        ("--json",),
        ("--calls",),
        ("--fields", "frame.number"),
        ("--ladder",),
        ("--call", "65"),
        ("--number", "7"),
        ("--pcapng", os.devnull),
    ],
    ids=" ".join,
)
def test_strict_makes_a_broken_frame_the_exit_code_of_every_output(options: tuple[str, ...]) -> None:
    assert decode(BROKEN, *options)[0] == 0
    assert decode(BROKEN, "--strict", *options)[0] == 1
    assert decode(CALL, "--strict", *options)[0] == 0
    assert decode(BROKEN, "--strict", *options)[1] == decode(BROKEN, *options)[1]


# -- following ---------------------------------------------------------------------------------------------


def capture_of(count: int) -> bytes:
    return trace(*(i_frame(SETUP, n) for n in range(count)))


def test_a_file_that_grows_is_followed_until_it_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "growing.pcapng"
    one, two = capture_of(1), capture_of(2)
    path.write_bytes(one)
    command = [sys.executable, "-c", "from trunkbench.cli import main; raise SystemExit(main())"]
    child = subprocess.Popen(
        [*command, "decode", "--follow", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline().startswith(" frame")
    assert "S=0" in child.stdout.readline()
    assert two.startswith(one)
    with path.open("ab") as file:
        file.write(two[len(one) :])
    assert "S=1" in child.stdout.readline()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out, err) == (0, "", "")


def test_an_output_that_comes_at_the_end_comes_when_following_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "growing.pcapng"
    path.write_bytes(capture_of(1))
    waits = []

    def wait() -> bool:
        waits.append(True)
        signal.raise_signal(signal.SIGINT)
        return True

    monkeypatch.setattr(session_module, "wait_a_little", wait)
    assert main(["decode", "--follow", "--calls", str(path)]) == 0
    assert len(waits) == 1
    assert "not ended when the trace ends" in capsys.readouterr().out


def session_of(follow: bool) -> Session:
    parser = build_parser("decode")[0]
    words = ["decode", "-", *(["--follow"] if follow else [])]
    arguments = parser.parse_args(words)
    return Session(io.BytesIO(CALL), "x", arguments, print, None, InputOptions())


def test_an_interrupt_ends_the_reading_and_nothing_else() -> None:
    session = session_of(follow=True)
    before = signal.getsignal(signal.SIGINT)
    frames = []
    for frame in session.decoded():
        frames.append(frame)
        if len(frames) == 2:
            signal.raise_signal(signal.SIGINT)
    assert len(frames) == 2
    assert signal.getsignal(signal.SIGINT) is before
    assert not session._wait()


def test_a_second_interrupt_is_not_waited_for() -> None:
    session = session_of(follow=True)
    frames = session.decoded()
    next(frames)
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    frames.close()  # type: ignore[attr-defined]


def test_without_follow_an_interrupt_is_an_interrupt() -> None:
    frames = session_of(follow=False).decoded()
    next(frames)
    with pytest.raises(KeyboardInterrupt):
        signal.default_int_handler(signal.SIGINT, cast(FrameType, None))
    assert len(list(frames)) == 2


def test_an_interrupt_while_a_read_waits_wakes_it() -> None:
    """The handler raises within the reading of the source, and nowhere else."""
    session = session_of(follow=True)
    frames = session.decoded()
    next(frames)
    handler = cast(Any, signal.getsignal(signal.SIGINT))
    reading = argparse.Namespace(
        f_globals={"__name__": wait_a_little.__module__}, f_code=argparse.Namespace(co_name="pull")
    )
    with pytest.raises(KeyboardInterrupt):
        handler(signal.SIGINT, reading)
    frames.close()  # type: ignore[attr-defined]


# -- progress ----------------------------------------------------------------------------------------------


class Clock:
    """A clock that goes a tenth of a second each time that it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


def test_progress_appears_after_a_second_on_a_terminal_and_goes_away() -> None:
    screen = Terminal(io.BytesIO(), encoding="utf-8")
    file = io.BytesIO(bytes(1000))
    with contextlib.redirect_stderr(screen):
        bar = Progress(file, Clock())
        for _ in range(9):
            bar.step(progress_module._STRIDE)
        screen.flush()
        assert screen.buffer.getvalue() == b""  # type: ignore[attr-defined]
        file.read(500)
        for _ in range(5):
            bar.step(progress_module._STRIDE)
        bar.pause()
        bar.step(progress_module._STRIDE * 3)
        bar.stop()
        bar.step(10_000)
        screen.flush()
    text = screen.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert "reading" in text
    assert "frames/s" in text


def test_without_a_file_there_is_no_progress() -> None:
    bar = Progress(None, Clock())
    bar.step(100_000)
    bar.stop()
    assert progress_module._size(io.BytesIO()) is None


@pytest.mark.parametrize(
    ("out", "err", "streams", "there"),
    [
        (False, True, True, True),
        (True, True, True, False),
        (True, True, False, True),
        (False, False, True, False),
    ],
)
def test_where_there_is_progress(
    out: bool, err: bool, streams: bool, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", argparse.Namespace(isatty=lambda: out))
    monkeypatch.setattr(sys, "stderr", argparse.Namespace(isatty=lambda: err))
    assert wanted(streams) is there


def test_a_big_trace_needs_little_memory_and_shows_its_last_frame(tmp_path: Path) -> None:
    """Constant memory is measured by the benchmark; here nothing may be kept per frame."""
    path = tmp_path / "many.pcapng"
    with PcapngWriter(path) as writer:
        for n in range(3000):
            writer.write(FrameRecord(n * 1000, Direction.OUT, i_frame(SETUP, n % 128), "", 16, None))
    parser = build_parser("decode")[0]
    arguments = parser.parse_args(["decode", str(path)])
    with path.open("rb") as file:
        session = Session(file, "x", arguments, print, None, InputOptions())
        count = sum(1 for _ in session.decoded())
    assert count == 3000
    assert len(session.decoder.calls) == 1
