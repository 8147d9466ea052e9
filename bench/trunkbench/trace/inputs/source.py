"""Where a reader of traces gets its octets from: any binary file, pipe or object, packed or not, growing or
not.

`Source` unpacks gzip and Zstandard by itself, two layers at most (see `compression` for the limits), and
with `follow` waits for more at the end of a file that grows, until it is interrupted.
"""

from __future__ import annotations

import os
import select
import stat
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs.compression import PIECE, Pull, Unpacker, kind_of

LAYERS = 2
"""Layers of compression that are taken off: a capture within .gz within .zst."""
HEAD = 64 * 1024
"""Octets that a format is recognised by, at most."""
LONGEST_LINE = 1024 * 1024
POLL = 0.2
"""Seconds between two looks at a file that is followed."""


def wait_a_little() -> bool:
    """What `follow` does between two looks: sleep. True: go on."""
    time.sleep(POLL)
    return True


class _Feed:
    """The file itself. `taken` counts its octets; what happens to a followed file goes into `problems`."""

    def __init__(
        self, file: BinaryIO, wait: Callable[[], bool] | None, problems: list[Damage], path: str | None = None
    ) -> None:
        self._file = file
        self._read: Callable[[int], bytes] = getattr(file, "read1", file.read)
        self._wait = wait
        self._problems = problems
        self._path = path
        self._ended = False
        self.taken = 0
        self._number, self._mode = _descriptor(file)

    def pull(self, size: int, patient: bool) -> bytes | None:
        """See `Pull`."""
        try:
            while not self._ended:
                if self._would_block(patient):
                    return None
                data = self._read(size)
                if data:
                    self.taken += len(data)
                    return data
                if not self._may_grow():
                    self._ended = True
                elif not patient:
                    return None
                elif self._wait is not None and not self._wait():
                    self._ended = True
        except KeyboardInterrupt:
            if self._wait is None:
                raise
            self._ended = True  # the way to end following: what was read is shown to its end
        return b""

    def _would_block(self, patient: bool) -> bool:
        """Whether one would wait for a pipe that is followed, and does not want to."""
        if patient or self._wait is None or self._number is None or stat.S_ISREG(self._mode):
            return False
        return not select.select([self._number], [], [], 0)[0]

    def _may_grow(self) -> bool:
        """Whether the end that was reached may be followed by more."""
        if self._wait is None:
            return False
        if self._number is None:
            return True
        if not stat.S_ISREG(self._mode):
            # A pipe that nobody writes to any more has ended, but for one with a name: others may open it.
            return stat.S_ISFIFO(self._mode) and self._path is not None
        now = os.fstat(self._number)
        problem = ""
        if now.st_size < self.taken:
            problem = f"the file was cut to {now.st_size} octets while it was followed"
        elif self._path is not None:
            try:
                there = os.stat(self._path)  # noqa: PTH116 - the same call as for the descriptor
                replaced = (there.st_ino, there.st_dev) != (now.st_ino, now.st_dev)
            except OSError:
                replaced = True
            problem = "the file was replaced or removed while it was followed" if replaced else ""
        if problem:
            self._problems.append(Damage(self.taken, problem, "start again to read the new one", True))
        return not problem


def _descriptor(file: Any) -> tuple[int | None, int]:
    """The descriptor of `file` and its mode, if it has one."""
    try:
        number = file.fileno()
        return number, os.fstat(number).st_mode
    except (OSError, AttributeError, ValueError):
        return None, 0


class Source:
    """The octets of a trace, unpacked.

    `wait` is called at the end of a file that grows, and says whether to look again; None means that the end
    is the end. `path` is the file's own, if it has one, so that its replacement is noticed. `problems` holds
    what was found wrong below the trace: damaged compression, a followed file that was replaced.
    """

    def __init__(
        self, file: BinaryIO, wait: Callable[[], bool] | None = None, path: str | None = None
    ) -> None:
        self.problems: list[Damage] = []
        self.layers: list[str] = []
        """Names of the compressions found, outermost first."""
        self._feed = _Feed(file, wait, self.problems, path)
        self._pull: Pull = self._feed.pull
        self._unpacked = False
        self._buffer = b""
        self._at = 0
        self._before = 0
        self.follows = wait is not None

    @property
    def offset(self) -> int:
        """Octets read so far, counted behind the compression."""
        return self._before + self._at

    @property
    def waiting(self) -> bytes:
        """What was read ahead and not yet taken."""
        return self._buffer[self._at :]

    def fill(self, size: int, patient: bool = True) -> bool | None:
        """Read one more piece ahead: True if it came, False at the end, None if one would have to wait.

        `size` is how much is wanted at most; nothing is read when as much is there.
        """
        if not self._unpacked and (state := self._open(patient)) is not True:
            return state
        have = len(self._buffer) - self._at
        if have >= size:
            return True
        piece = self._pull(max(size - have, PIECE), patient)
        if not piece:
            return None if piece is None else False
        self._append(piece)
        return True

    def peek(self, size: int) -> bytes:
        """The next `size` octets without taking them; fewer only at the end."""
        while len(self._buffer) - self._at < size and self.fill(size):
            pass
        return self._buffer[self._at : self._at + size]

    def read(self, count: int) -> bytes:
        """Take `count` octets; fewer only at the end."""
        end = self._at + count
        if end > len(self._buffer):
            self._gather(count)
            end = self._at + count
        data = self._buffer[self._at : end]
        self._at += len(data)
        return data

    def readline(self, longest: int = LONGEST_LINE) -> bytes:
        """Take a line with its line feed; without one at the end, or where the line is longer than
        `longest`."""
        searched = 0
        while True:
            end = self._buffer.find(b"\n", self._at + searched, self._at + longest)
            if end >= 0:
                return self.read(end + 1 - self._at)
            searched = len(self._buffer) - self._at
            if searched >= longest or self.fill(searched + 1) is not True:
                return self.read(min(longest, len(self._buffer) - self._at))

    def _gather(self, count: int) -> None:
        """Read ahead until `count` octets are there or the end is."""
        if self.fill(count) is not True:
            return
        parts = [self._buffer[self._at :]]
        have = len(parts[0])
        while have < count:
            piece = self._pull(max(count - have, PIECE), True)
            if not piece:
                break
            parts.append(piece)
            have += len(piece)
        self._before += self._at
        self._buffer, self._at = b"".join(parts), 0

    def _append(self, piece: bytes) -> None:
        self._before += self._at
        self._buffer = self._buffer[self._at :] + piece if self._at < len(self._buffer) else piece
        self._at = 0

    def _open(self, patient: bool) -> bool | None:
        """Take off the compression that the first octets show. True when that is done."""
        while len(self.layers) < LAYERS:
            while len(self._buffer) < 4:
                piece = self._pull(PIECE, patient)
                if piece is None:
                    return None
                if not piece:
                    break
                self._buffer += piece
            kind = kind_of(self._buffer)
            if kind is None:
                break
            self.layers.append(kind)
            self._pull = Unpacker(
                kind, _Pushed(self._buffer, self._pull).pull, self._taken, self.problems
            ).pull
            self._buffer = b""
        self._unpacked = True
        return True

    def _taken(self) -> int:
        return self._feed.taken


class _Pushed:
    """A pull with octets put back before it."""

    def __init__(self, head: bytes, then: Pull) -> None:
        self._head = head
        self._then = then

    def pull(self, size: int, patient: bool) -> bytes | None:
        """See `Pull`."""
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._then(size, patient)
