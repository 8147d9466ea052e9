"""Opening what a config names, and if that fails, why: rights, the device, or somebody else who has it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from trunkbench.config import BenchConfig
from trunkbench.doctor.findings import Findings, Step
from trunkbench.errors import PortError
from trunkbench.lock import held_by

_RIGHTS = {errno.EACCES, errno.EPERM}
_HELD = {errno.EBUSY, errno.EADDRINUSE}
_HELD_WORDS = ("in use", "is busy", "held by", "already open")
_RIGHTS_WORDS = ("permission",)

_WHAT_TO_DO: dict[Step, tuple[str, ...]] = {
    "permissions": (
        "`ls -l` of the device shows the group that may use it: have yourself added to it, "
        "`sudo usermod -aG GROUP $USER`, and log in anew",
        "in a container, the device has to be passed in as well",
    ),
    "device": (
        "`trunkbench ports` lists what there is; correct `port` in the configuration if it is there by "
        "another name",
        "if it is missing there too: is the card plugged in, its driver loaded, its daemon running?",
    ),
    "timeslots": (
        "end the program that has it (an exchange such as asterisk, another run, a monitor), or name another "
        "port",
    ),
}


def locked(config: BenchConfig) -> str:
    """Who else runs on a port of this bench, for people; "" if nobody does."""
    held = [(port, held_by(port)) for port in config.hardware_ports]
    return "; ".join(
        f"{port} is held by another run of trunkbench ({holder})" for port, holder in held if holder
    )


def could_not_open(error: PortError, findings: Findings) -> None:
    """Say at which step opening failed; the steps before it went well."""
    step = step_of(error)
    order: tuple[Step, ...] = ("permissions", "device", "timeslots")
    passed = {"permissions": "nothing refused us", "device": "it is there"}
    if step == "device":
        findings.not_tried("permissions", "there is no device to have rights on")
    else:
        for earlier in order[: order.index(step)]:
            findings.ok(earlier, passed[earlier])
    users = [who for path in _paths(error) for who in users_of(path)] if step == "timeslots" else []
    also = (f"these processes have the device open: {', '.join(users)}",) if users else ()
    findings.failed(step, str(error), *also, *_WHAT_TO_DO[step])


def step_of(error: PortError) -> Step:
    """Whether rights, the device, or somebody else who holds a timeslot kept the port from being opened."""
    numbers = {cause.errno for cause in _chain(error) if isinstance(cause, OSError)}
    text = str(error).lower()
    if numbers & _RIGHTS or any(word in text for word in _RIGHTS_WORDS):
        return "permissions"
    if numbers & _HELD or any(word in text for word in _HELD_WORDS):
        return "timeslots"
    return "device"


def users_of(path: str, proc: Path = Path("/proc")) -> list[str]:
    """The processes that have that file open, as far as we may see: "name (pid)"."""
    found = []
    for fd in sorted(proc.glob("[0-9]*/fd/*")):
        try:
            if str(fd.readlink()) != path:
                continue
            process = fd.parents[1]
            who = f"{(process / 'comm').read_text().strip()} ({process.name})"
        except OSError:
            continue  # it has ended, or is not ours to look at
        if who not in found and process.name != str(os.getpid()):
            found.append(who)
    return found


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _paths(error: PortError) -> list[str]:
    return [str(cause.filename) for cause in _chain(error) if isinstance(cause, OSError) and cause.filename]
