"""The command line's frame: lazy subcommands, messages and exit codes for every class of error."""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import types

import pytest

from trunkbench import cli, errors


class Command(types.ModuleType):
    """A subcommand that does what the test tells it to."""

    def __init__(self, outcome: int | BaseException) -> None:
        super().__init__("trunkbench.cli.run")
        self.outcome = outcome
        self.given: argparse.Namespace | None = None

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """One option and one argument."""
        parser.add_argument("--depth")
        parser.add_argument("what", nargs="*")

    def run(self, arguments: argparse.Namespace) -> int:
        """The outcome."""
        self.given = arguments
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


def main(monkeypatch: pytest.MonkeyPatch, outcome: int | BaseException) -> int:
    """The exit code of `trunkbench run` when that ends with `outcome`."""
    monkeypatch.setitem(sys.modules, "trunkbench.cli.run", Command(outcome))
    return cli.main(["run"])


def test_a_subcommand_gets_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    command = Command(0)
    monkeypatch.setitem(sys.modules, "trunkbench.cli.run", command)
    assert cli.main(["run", "busy-tone", "restart", "--depth", "bits"]) == 0
    assert command.given is not None
    assert (command.given.what, command.given.depth) == (["busy-tone", "restart"], "bits")


@pytest.mark.parametrize("code", range(6))
def test_its_exit_code_is_the_process_s(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    assert main(monkeypatch, code) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.CallFailed("call 3: cleared by the far end"), 1),
        (errors.UsageError("no scenario 'bsy-tone'"), 2),
        (errors.TargetNotReached("29 of 30 calls ran"), 3),
        (errors.MediaFailed("channel 9 is silent"), 4),
        (errors.ConfigError("b.toml: unusable"), 5),
        (errors.PortError("dahdi:1: absent"), 5),
        (errors.PeerError("two RELEASE COMPLETE"), 5),
    ],
)
def test_each_class_of_error_has_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    assert main(monkeypatch, error) == code
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"trunkbench: {error}\n")


def test_files_and_interruption(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(monkeypatch, FileNotFoundError(2, "No such file or directory", "x.pcap")) == 5
    assert main(monkeypatch, KeyboardInterrupt()) == 130
    assert (
        capsys.readouterr().err == "trunkbench: x.pcap: No such file or directory\ntrunkbench: interrupted\n"
    )


def test_a_fault_of_ours_is_not_a_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(monkeypatch, ZeroDivisionError("oops")) == 5
    printed = capsys.readouterr().err
    assert "ZeroDivisionError: oops" in printed
    assert "fault of trunkbench itself" in printed


@pytest.mark.parametrize("argv", [[], ["rn"], ["--dpth"]])
def test_an_unknown_word_is_a_usage_error(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(argv)
    assert caught.value.code == 2
    assert "usage: trunkbench" in capsys.readouterr().err


def test_help_lists_commands_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in cli.COMMANDS)
    assert cli.EXIT_CODES in printed


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    code = (
        "import sys, types\n"
        "command = types.ModuleType('trunkbench.cli.run')\n"
        "command.configure = lambda parser: None\n"
        "command.run = lambda arguments: [print('x' * 1000) for _ in range(1000)] and 0\n"
        "sys.modules['trunkbench.cli.run'] = command\n"
        "from trunkbench.cli import main\n"
        "sys.exit(main(['run']))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, printed = process.communicate(timeout=60)
    assert (process.returncode, printed) == (141, b"")


# -- terminals that do not have every character -------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "errors", "printed"),
    [
        ("ascii", "strict", b"\\u53f7 \\u00b1 \\ud83d\\ude00 \\udc80"),
        ("ascii", "surrogateescape", b"\\u53f7 \\u00b1 \\ud83d\\ude00 \\udc80"),
        ("ascii", "replace", b"? ? ? ?"),
        ("latin-1", "strict", b"\\u53f7 \xb1 \\ud83d\\ude00 \\udc80"),
        ("gb18030", "strict", "号 ± \N{GRINNING FACE} ".encode("gb18030") + b"\\udc80"),
        ("utf-8", "strict", "号 ± \N{GRINNING FACE} ".encode() + b"\\udc80"),
    ],
)
def test_what_the_terminal_cannot_show_is_escaped(
    encoding: str, errors: str, printed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, octets = "号 ± \N{GRINNING FACE} \udc80", io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(octets, encoding, errors, write_through=True))
    monkeypatch.setattr(sys, "stderr", None)  # as under a service manager that gives none
    cli._encode_everything()
    print(text, end="")
    assert octets.getvalue() == printed
    if encoding == "ascii" and errors == "strict":
        assert json.loads(f'"{printed.decode()}"') == text


def test_every_command_prints_where_ascii_is_all_there_is() -> None:
    code = (
        "import sys\n"
        "from trunkbench.trace.output import writer\n"
        "sys.argv[1:] = ['services', 'one-number', '--lang', 'zh']\n"
        "from trunkbench.cli import main\n"
        "code = main()\n"
        "writer()('号'.encode())\n"
        "sys.exit(code)\n"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(rb"one-number: One-number service (\u4e00\u53f7\u901a)")
    assert done.stdout.endswith("号".encode())  # octets, such as decode's, are as they were
