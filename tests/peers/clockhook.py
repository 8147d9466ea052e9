"""Virtual time for a C library: its imported `gettimeofday` and `time` are redirected to a clock of ours.

The dynamic linker leaves the address of every imported function in the library's global offset table
(System V ABI, AMD64 supplement, "Relocation": R_X86_64_JUMP_SLOT and R_X86_64_GLOB_DAT). Writing a
callback's address into such a slot redirects the calls of that one library and of nothing else in the
process. Where the machine is not amd64 Linux the paced clock stands in: it lets real time pass instead, so
that only short conversations are sensible.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import struct
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

TICKS_PER_SECOND = 64_000
EPOCH = 1_700_000_000
"""The library's wall clock at tick 0, in seconds; any fixed number would do."""

_SHT_RELA = 4
_R_GLOB_DAT, _R_JUMP_SLOT = 6, 7
_SECTION = struct.Struct("<IIQQQQIIQQ")
_RELA = struct.Struct("<QQq")


class TimeVal(ctypes.Structure):
    """struct timeval of a 64-bit Linux."""

    _fields_ = (("seconds", ctypes.c_long), ("microseconds", ctypes.c_long))

    def total_microseconds(self) -> int:
        """The whole value in microseconds."""
        return int(self.seconds) * 1_000_000 + int(self.microseconds)


_GetTimeOfDay = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(TimeVal), ctypes.c_void_p)
_Time = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_void_p)


def why_no_virtual_time() -> str | None:
    """The reason why the hook can't be used here, or None when it can."""
    if sys.platform != "linux" or platform.machine() != "x86_64" or sys.maxsize < 2**32:
        return f"the clock hook knows amd64 Linux only; this is {platform.machine()} {sys.platform}"
    return None


def _mapping_of(soname: str) -> tuple[int, Path]:
    """Load address and file of a library that this process has loaded. Raises LookupError."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[2] == "00000000" and Path(fields[5]).name.startswith(soname):
            return int(fields[0].split("-")[0], 16), Path(fields[5])
    raise LookupError(f"{soname} is not loaded in this process")


def _slots(image: bytes, names: Iterable[str]) -> Iterable[tuple[str, int]]:
    """(name, offset of its global-offset-table slot) for each wanted import of an ELF64 shared object."""
    wanted = set(names)
    (table,) = struct.unpack_from("<Q", image, 40)
    size, count = struct.unpack_from("<HH", image, 58)
    sections = [_SECTION.unpack_from(image, table + size * index) for index in range(count)]
    for section in sections:
        if section[1] != _SHT_RELA or section[6] == 0:
            continue
        symbols = sections[section[6]]
        strings = sections[symbols[6]]
        for at in range(section[4], section[4] + section[5], _RELA.size):
            offset, info, _addend = _RELA.unpack_from(image, at)
            if info % 2**32 not in (_R_GLOB_DAT, _R_JUMP_SLOT):
                continue
            (name_at,) = struct.unpack_from("<I", image, symbols[4] + (info // 2**32) * 24)
            start = strings[4] + name_at
            name = image[start : image.index(b"\0", start)].decode()
            if name in wanted:
                yield name, offset


def redirect(soname: str, functions: Mapping[str, Any]) -> None:
    """Make the loaded library `soname` call these ctypes callbacks in place of its imports of those names.

    The caller keeps the callbacks alive for as long as the library can run.
    Raises LookupError when the library is not loaded or imports no function of a given name, OSError when
    the page of a slot can't be made writable.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    base, path = _mapping_of(soname)
    found = dict(_slots(path.read_bytes(), functions))
    missing = sorted(set(functions) - set(found))
    if missing:
        raise LookupError(f"{path} imports no {', '.join(missing)}; its clock can't be replaced")
    page = mmap.PAGESIZE
    for name, offset in found.items():
        slot = base + offset
        # With full RELRO the table was made read-only after relocation. A slot is aligned: one page holds it.
        if libc.mprotect(slot - slot % page, page, mmap.PROT_READ | mmap.PROT_WRITE) != 0:
            raise OSError(ctypes.get_errno(), f"mprotect of the slot of {name} in {path}")
        ctypes.c_void_p.from_address(slot).value = ctypes.cast(functions[name], ctypes.c_void_p).value


class VirtualClock:
    """A clock that stands still until it is set: the library sees line time, to the microsecond below."""

    paced = False

    def __init__(self) -> None:
        self.now = 0
        self._callbacks = {"gettimeofday": _GetTimeOfDay(self._gettimeofday), "time": _Time(self._time)}

    def _gettimeofday(self, value: Any, _zone: object) -> int:
        whole, rest = divmod(self.now, TICKS_PER_SECOND)
        value[0].seconds = EPOCH + whole
        value[0].microseconds = rest * 1000 // 64
        return 0

    def _time(self, store: int | None) -> int:
        now = EPOCH + self.now // TICKS_PER_SECOND
        if store:
            ctypes.c_long.from_address(store).value = now
        return now

    def install(self, soname: str) -> None:
        """Become the clock of that loaded library. Raises as `redirect` does."""
        redirect(soname, self._callbacks)

    def set(self, now: int) -> None:
        """It is now tick `now`. Raises ValueError if that lies before the last tick set."""
        if now < self.now:
            raise ValueError(f"time runs backwards: tick {now} after {self.now}")
        self.now = now

    def tick_of(self, moment: TimeVal) -> int:
        """The first tick at which the library's clock has reached that moment."""
        return -(-(moment.total_microseconds() - EPOCH * 1_000_000) * 64 // 1000)


class PacedClock:
    """The real clock behind the same face: `set(now)` sleeps until tick `now` of real time has come."""

    paced = True

    def __init__(self) -> None:
        self.now = 0
        self._epoch = time.time_ns() // 1000

    def install(self, soname: str) -> None:
        """Nothing to redirect: the library goes on reading the real clock."""

    def set(self, now: int) -> None:
        """Return once real time has reached tick `now`."""
        self.now = max(self.now, now)
        wait = (self._epoch + -(-now * 1000 // 64)) - time.time_ns() // 1000
        if wait > 0:
            time.sleep(wait / 1e6)

    def tick_of(self, moment: TimeVal) -> int:
        """The first tick at which real time has reached that moment; never before the last tick set."""
        return max(self.now, -(-(moment.total_microseconds() - self._epoch) * 64 // 1000))


Clock = VirtualClock | PacedClock
