"""`-j N`: the work spread over processes, the output in its order.

Every process reads the whole trace, since what a frame means may depend on those before it, and makes the
output of every N-th part only; of the others it follows what it must. A process holds the output of its part
until the one before has written its own, and then writes it itself: a token goes round. So memory is bounded
by one part a process, and the bytes are those of one process.

Each process needs its own place in the file, so a pipe is read by one process whatever N is.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from trunkbench.errors import TrunkbenchError
from trunkbench.trace.output import writer
from trunkbench.trace.progress import Progress

if TYPE_CHECKING:
    from trunkbench.trace.session import Session

_TOKEN = b"."
_BROKEN_PIPE, _INTERRUPTED = 141, 130
"""Exit codes of a process that nobody reads from, and of an interrupted one."""


class Output:
    """Where a view writes. `mine` says whether the present part is to be made by this process; `end` ends
    it."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self.write = write
        self.mine = True

    def end(self) -> None:
        """The part is over."""


class _Ring(Output):
    """The output of one of several processes. `take` and `give` are where the token comes from and goes."""

    def __init__(self, session: Session, place: int, jobs: int, take: int, give: int) -> None:
        super().__init__(self._keep)
        self._parts: list[bytes | str] = []
        """Output, and complaints that belong in its midst."""
        self._out, self._complain = writer(), session.telling
        session.telling = self._tell
        self._place, self._jobs, self.take, self.give = place, jobs, take, give
        self._part = 0
        self._failed = False
        self.mine = place == 0

    def _keep(self, octets: bytes) -> None:
        self._parts.append(octets)

    def _tell(self, text: str) -> None:
        if self.mine:
            self._parts.append(text)

    def end(self) -> None:
        """The part is over: if it was ours, write it when its turn comes."""
        if self._failed:
            return
        if self.mine:
            self._failed = True  # until it has been written: there is no second try
            if os.read(self.take, 1) != _TOKEN:
                raise BrokenPipeError  # the process before us has ended, since nobody reads its output
            for part in self._parts:
                if isinstance(part, bytes):
                    self._out(part)
                else:
                    self._complain(part)
            self._parts.clear()
            sys.stdout.flush()
            with contextlib.suppress(BrokenPipeError):  # the next one may have nothing more to write
                os.write(self.give, _TOKEN)
            self._failed = False
        self._part += 1
        self.mine = self._part % self._jobs == self._place


def can_split(session: Session) -> bool:
    """Whether several processes can read the session's file."""
    if session.arguments.jobs < 2 or session.options.path is None or not hasattr(os, "fork"):
        return False
    return stat.S_ISREG(os.fstat(session.file.fileno()).st_mode)


def run(session: Session, view: Callable[[Session, Output], None]) -> None:
    """Make a view's output with as many processes as the session asks for; this one is the first of them.

    Raises BrokenPipeError when the output is not read any more.
    """
    if not can_split(session):
        view(session, Output(writer()))
        return
    sys.stdout.flush()
    jobs = session.arguments.jobs
    at = os.lseek(session.file.fileno(), 0, os.SEEK_CUR)  # before anyone reads on
    pipes = [os.pipe() for _ in range(jobs)]
    os.write(pipes[0][1], _TOKEN)
    children = []
    for place in range(1, jobs):
        child = os.fork()
        if not child:
            _child(session, view, pipes, place, at)
        children.append(child)
    telling = session.telling
    ends: list[int] = []
    output = _ring(session, pipes, 0)
    try:
        try:
            view(session, output)
        finally:
            output.end()
    finally:
        session.telling = telling
        for end in (output.take, output.give):
            os.close(end)
        ends += [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    if _BROKEN_PIPE in ends:
        raise BrokenPipeError
    if any(ends):
        raise RuntimeError(f"a process of -j {jobs} ended with exit code {max(ends, key=abs)}")


def _ring(session: Session, pipes: list[tuple[int, int]], place: int) -> _Ring:
    """The output of the process at this place, which keeps its own ends of the pipes only."""
    take, give = pipes[place][0], pipes[(place + 1) % len(pipes)][1]
    for end in (end for pipe in pipes for end in pipe if end not in (take, give)):
        os.close(end)
    return _Ring(session, place, len(pipes), take, give)


def _child(
    session: Session,
    view: Callable[[Session, Output], None],
    pipes: list[tuple[int, int]],
    place: int,
    at: int,
) -> NoReturn:
    """What another process than the first does, to its end. `at` is where the file was when it began."""
    code = 1
    try:
        _own_place(session.file.fileno(), str(session.options.path), at)
        session.progress = Progress(None)
        output = _ring(session, pipes, place)
        try:
            view(session, output)
        finally:
            output.end()
        code = 0
    except TrunkbenchError:
        code = 0  # the first process meets it too, and tells
    except BrokenPipeError:
        code = _BROKEN_PIPE
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def _own_place(descriptor: int, path: str, at: int) -> None:
    """Give an open file a place in it, at octet `at`, that is not shared with other processes."""
    again = os.open(path, os.O_RDONLY)
    os.lseek(again, at, os.SEEK_SET)
    os.dup2(again, descriptor)
    os.close(again)
