"""One user at a time: a lock on every hardware port that a bench uses.

The lock is `flock` on a file named after the port, so two configurations that share a port exclude each
other, whoever starts them, and a killed run frees its ports by dying. The software loopback needs none.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from trunkbench.config import BenchConfig
from trunkbench.errors import PortError

LOCK_FOLDER = "TRUNKBENCH_LOCK_DIR"
"""The environment variable that names another folder for lock files than the system's temporary one."""


class BenchLock:
    """Holds the hardware ports of `config` within the context; waits while somebody else has them.

    `waiting` is called once for each port that somebody else holds, with the port and who holds it.
    Raises PortError when a lock file cannot be opened.
    """

    def __init__(self, config: BenchConfig, waiting: Callable[[str, str], None] | None = None) -> None:
        self._ports = config.hardware_ports
        self._waiting = waiting
        self._held: list[int] = []

    def __enter__(self) -> BenchLock:
        try:
            for port in self._ports:  # sorted, so two benches that share two ports cannot wait for each other
                self._held.append(self._take(port))
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Give the ports back. Idempotent."""
        while self._held:
            os.close(self._held.pop())

    def _take(self, port: str) -> int:
        """An open descriptor that holds the port's lock."""
        import fcntl  # Linux: only hardware is locked

        path = lock_path(port)
        descriptor = _open(path)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if self._waiting is not None:
                    holder = os.pread(descriptor, 100, 0).decode(errors="replace").strip()
                    self._waiting(port, holder or "another process")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            _sign(path)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def held_by(port: str) -> str:
    """Who runs on a hardware port at this moment, "" if nobody does. Waits for nobody, and takes nothing."""
    import fcntl  # Linux: only hardware is locked

    try:
        descriptor = os.open(lock_path(port), os.O_RDONLY)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(descriptor, 100, 0).decode(errors="replace").strip() or "another process"
    finally:
        os.close(descriptor)
    return ""


def lock_path(port: str) -> Path:
    """The lock file of a hardware port."""
    folder = Path(os.environ.get(LOCK_FOLDER) or tempfile.gettempdir())
    return folder / f"trunkbench-{re.sub(r'[^A-Za-z0-9.-]+', '-', port)}.lock"


def _open(path: Path) -> int:
    """Open the lock file, made for everybody if there is none.

    It is opened for reading wherever it exists: in a sticky folder Linux may refuse to open another user's
    file with O_CREAT (fs.protected_regular), and flock needs no right to write.
    """
    try:
        try:
            return os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError as error:
        raise PortError(
            f"{path}: the port's lock cannot be opened: {error.strerror}; "
            f"name a folder that you may write to in {LOCK_FOLDER}"
        ) from error


def _sign(path: Path) -> None:
    """Leave word of who holds the lock, for whoever waits; another user's file keeps what it says."""
    try:
        path.write_text(f"process {os.getpid()}\n", encoding="ascii")
    except OSError:
        return
