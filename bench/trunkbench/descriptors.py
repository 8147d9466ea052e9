"""Which devices, sockets and event descriptors this process holds open: for the leak audit.

Plain files are left out: they belong to whoever runs the test. Only Linux tells (`/proc/self/fd`);
elsewhere the answer is empty.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path("/proc/self/fd")
_HARMLESS = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/pts/")


def open_devices() -> dict[int, str]:
    """Descriptor -> what it is, for everything that is neither a plain file nor harmless."""
    found: dict[int, str] = {}
    try:
        links = list(_FOLDER.iterdir())
    except OSError:
        return found
    for link in links:
        try:
            target = str(link.readlink())
        except OSError:  # the descriptor of the listing itself
            continue
        if target.startswith(("/dev/", "socket:", "anon_inode:")) and not target.startswith(_HARMLESS):
            found[int(link.name)] = target
    return found


def newly_open(before: dict[int, str]) -> list[str]:
    """What is open now and was not then, one line each."""
    return [
        f"descriptor {number} is open: {target}"
        for number, target in sorted(open_devices().items())
        if before.get(number) != target
    ]
