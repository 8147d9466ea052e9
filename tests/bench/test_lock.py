"""One user at a time on each hardware port, across processes, and a killed one frees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from trunkbench.config import BenchConfig, load_config, parse_config
from trunkbench.errors import PortError
from trunkbench.lock import LOCK_FOLDER, BenchLock, lock_path

HOLDER = """
import sys
from trunkbench.config import parse_config
from trunkbench.lock import BenchLock

def waiting(port, holder):
    print("waits for", port, holder, flush=True)

with BenchLock(parse_config(sys.argv[1], "x"), waiting):
    print("holds", flush=True)
    sys.stdin.read()
print("freed", flush=True)
"""


def bench_toml(*ports: str) -> str:
    """A bench on these hardware ports."""
    spans = "".join(f'[[span]]\nname = "{port}"\nport = "{port}"\n' for port in ports)
    return f'[bench]\nname = "b"\nclock = "paced"\ntopology = "carrier"\n{spans}'


class Holder:
    """Another process that takes the lock, says so, and keeps it until its standard input closes."""

    def __init__(self, *ports: str) -> None:
        command = [sys.executable, "-c", HOLDER, bench_toml(*ports)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def says(self) -> str:
        """The next line it prints; waits for it."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        """Let it finish by itself."""
        self.process.communicate(timeout=60)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lock files of this test's own."""
    monkeypatch.setenv(LOCK_FOLDER, str(tmp_path))
    return tmp_path


def config(*ports: str) -> BenchConfig:
    """The parsed configuration of `bench_toml`."""
    return parse_config(bench_toml(*ports), "x")


def test_loopback_needs_no_lock(folder: Path) -> None:
    with BenchLock(load_config()), BenchLock(load_config()):
        assert list(folder.iterdir()) == []


def test_a_second_process_waits_and_a_killed_one_frees_the_port() -> None:
    first = Holder("dahdi:1", "dahdi:2")
    assert first.says() == "holds"
    second = Holder("dahdi:2")
    assert second.says() == f"waits for dahdi:2 process {first.process.pid}"
    first.process.kill()
    assert second.says() == "holds"
    first.process.communicate(timeout=60)
    with BenchLock(config("dahdi:1")):
        pass
    second.end()


def test_release_lets_the_next_one_in() -> None:
    held = BenchLock(config("dahdi:1"))
    with held:
        other = Holder("dahdi:1")
        assert other.says() == f"waits for dahdi:1 process {os.getpid()}"
        held.release()
        assert other.says() == "holds"
    other.end()


def test_ports_apart_do_not_wait() -> None:
    with BenchLock(config("dahdi:1")):
        other = Holder("dahdi:2")
        assert other.says() == "holds"
        other.end()


def test_lock_files_are_named_after_the_port(folder: Path) -> None:
    assert lock_path("serial:/dev/ttyUSB0") == folder / "trunkbench-serial-dev-ttyUSB0.lock"


def test_an_unusable_folder_is_reported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LOCK_FOLDER, str(folder / "gone"))
    with pytest.raises(PortError, match=rf"gone.*cannot be opened: No such file.*{LOCK_FOLDER}"):
        BenchLock(config("dahdi:1")).__enter__()


def test_no_descriptor_is_left_when_the_second_port_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    (folder / "trunkbench-dahdi-2.lock").symlink_to(folder / "gone" / "x")
    with pytest.raises(PortError):
        BenchLock(config("dahdi:1", "dahdi:2")).__enter__()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
