"""libpri loaded: its clock, its messages, and its events copied out of the memory that it reuses."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass

import libpri_binding as binding
from clockhook import Clock, VirtualClock

_ACTIVE_CALLS = re.compile(r"active-calls:(\d+)")


@dataclass(frozen=True, slots=True)
class Event:
    """One event of libpri, its fields copied: the library reuses the memory of the event before."""

    name: str
    tick: int
    channel: int | None = None
    cause: int | None = None
    called: str = ""
    calling: str = ""
    flexible: bool = False
    complete: bool = True
    in_band: bool = False
    reference: int = 0
    call: int | None = None
    calling_presentation: int = 0
    """Presentation and screening of the calling number, as octet 3a of its element has them (4.5.10)."""
    redirecting: str = ""
    redirecting_reason: int = 0


class Libpri:
    """The loaded library and the clock that it reads; makes the ends.

    Raises OSError when the library is absent or of another ABI, LookupError when its clock can't be replaced.
    """

    def __init__(self, clock: Clock | None = None, soname: str = binding.SONAME) -> None:
        self.functions = binding.load(soname)
        self.clock: Clock = VirtualClock() if clock is None else clock
        self.clock.install(soname)
        self.messages: list[str] = []
        # Without these two libpri writes to the standard output.
        self._message = binding.MessageCallback(self._keep)
        self.functions.pri_set_message(self._message)
        self.functions.pri_set_error(self._message)

    def _keep(self, _pri: object, text: bytes | None) -> None:
        self.messages.append((text or b"").decode("utf-8", "replace").rstrip("\n"))

    @property
    def version(self) -> str:
        """The version that the library gives itself."""
        return str(self.functions.pri_get_version().decode())

    def active_calls(self, pri: int) -> int:
        """The number of calls that libpri itself holds records of on this D channel."""
        text = self.functions.pri_dump_info_str(pri)
        try:
            found = _ACTIVE_CALLS.search(ctypes.string_at(text).decode("utf-8", "replace"))
        finally:
            _free(text)
        if found is None:
            raise RuntimeError("pri_dump_info_str no longer counts active calls")
        return int(found[1])


def copy_event(pointer: int, now: int) -> Event:
    """The fields of a libpri event that we use, by the layout of its kind."""
    head = binding.ChannelEvent.from_address(pointer)
    name = binding.EVENT_NAMES.get(head.e, f"EVENT_{head.e}")
    layout = binding.EVENT_LAYOUTS.get(name)
    channel = None if head.channel in (-1, 0) or head.channel % 256 == 255 else head.channel % 256
    if layout is None:
        return Event(name, now, channel)
    fields = layout.from_address(pointer)
    if isinstance(fields, binding.ErrorEvent):
        return Event(name, now, called=fields.err.decode("utf-8", "replace"))
    mask = getattr(fields, "progressmask", 0)
    return Event(
        name,
        now,
        channel,
        cause=getattr(fields, "cause", None),
        called=getattr(fields, "callednum", b"").decode("latin-1"),
        calling=getattr(fields, "callingnum", b"").decode("latin-1"),
        flexible=bool(getattr(fields, "flexible", 0)),
        complete=bool(getattr(fields, "complete", 1)),
        in_band=bool(mask // binding.PROGRESS_IN_BAND % 2),
        reference=getattr(fields, "cref", 0),
        call=fields.call,
        calling_presentation=getattr(fields, "callingpres", 0),
        redirecting=getattr(fields, "redirectingnum", b"").decode("latin-1"),
        redirecting_reason=getattr(fields, "redirectingreason", 0),
    )


def _free(pointer: int) -> None:
    free = ctypes.CDLL(None).free
    free.argtypes, free.restype = (ctypes.c_void_p,), None
    free(pointer)
