"""Messages that libpri prints behind "DL-DATA request": asked of layer 2 (Q.921 4.1.1.3), not sent yet.

libpri prints such a message again when it leaves, so the request says nothing new. But it may never leave
(the link is down, the call is over), or the log may lack that line. So a request is held back, and with it
what comes after it; it is dropped when the same message is seen sent. When it is answered, when many lines
have passed or when the log ends, it stands where it was printed, with `NOT_SEEN_SENT` among its words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from trunkbench.trace.inputs.options import Item
from trunkbench.trace.record import Direction, FrameRecord, Layer

NOT_SEEN_SENT = "requested of layer 2 (DL-DATA request) and not seen sent"
LINES = 500
"""Lines of the log that a request is held back for: libpri gives up to establish a link in fewer."""
_FLAG = 0x80


@dataclass(slots=True)
class _Entry:
    """Something of the log that waits; `header` is that of a request of which nothing is known yet."""

    item: Item
    header: bytes = b""
    line: int = 0
    dropped: bool = False


class Requests:
    """What a log says, in its order, without the requests that were sent; `kept` counts the others."""

    def __init__(self) -> None:
        self.kept = 0
        self._waiting: deque[_Entry] = deque()
        self._open: list[_Entry] = []

    def take(self, item: Item, line: int) -> Iterator[Item]:
        """What is known with this item, which came with that line of the log."""
        entry = _Entry(item)
        if isinstance(item, FrameRecord):
            header = _header(_message(item))
            if NOT_SEEN_SENT in item.words:
                entry.header, entry.line = header, line
                self._open.append(entry)
            elif self._open and header:
                self._compare(item, header)
        self._waiting.append(entry)
        yield from self._ready()

    def pass_line(self, line: int) -> Iterator[Item]:
        """That line of the log is over: what has waited for long waits no more."""
        while self._open and line - self._open[0].line > LINES:
            self._open.pop(0)
        yield from self._ready()

    def finish(self) -> Iterator[Item]:
        """The end of the log."""
        self._open.clear()
        yield from self._ready()

    def _compare(self, record: FrameRecord, header: bytes) -> None:
        """A message crossed: it is the one that was requested, or an answer to it."""
        same_span = [entry for entry in self._open if getattr(entry.item, "span", "") == record.span]
        if record.direction is Direction.OUT:
            sent = next((entry for entry in same_span if _is_sent(entry, record, header)), None)
            if sent is not None:
                sent.dropped = True
                self._open.remove(sent)
            return
        answered = [entry for entry in same_span if _other_end(entry.header) == header[:-1]]
        for entry in answered:
            self._open.remove(entry)

    def _ready(self) -> Iterator[Item]:
        still = self._open[0] if self._open else None
        while self._waiting and self._waiting[0] is not still:
            entry = self._waiting.popleft()
            if not entry.dropped:
                self.kept += entry.line > 0
                yield entry.item


def _message(record: FrameRecord) -> bytes:
    """The message in a frame, empty if it carries none (Q.921 3.6: I and UI frames carry information)."""
    data = record.data
    if record.layer is Layer.Q931:
        return data
    if record.layer is not Layer.LAPD or len(data) < 4:
        return b""
    return data[4:] if not data[2] & 1 else data[3:] if data[2] & 0xEF == 0x03 else b""


def _header(message: bytes) -> bytes:
    """Discriminator, call reference and type (Q.931 4.2 to 4.4), empty if they are not all there."""
    end = 3 + (message[1] & 0x0F) if len(message) > 2 else 0
    return message[:end] if end <= len(message) else b""


def _is_sent(entry: _Entry, record: FrameRecord, header: bytes) -> bool:
    """Whether the record is the requested message, as far as the two are known."""
    request = entry.item
    assert isinstance(request, FrameRecord)
    if entry.header != header:
        return False
    if len(request.words) > 1 or record.words or request.rebuilt or record.rebuilt:
        return True  # octets that were put together, or not all: the lengths say nothing
    missing = (record.original or len(record.data)) - len(record.data)
    return (request.original or len(request.data)) == len(_message(record)) + missing


def _other_end(header: bytes) -> bytes:
    """Discriminator and call reference of the other side's messages of the same call (Q.931 4.3)."""
    if len(header) < 4:
        return header[:-1]
    return header[:2] + bytes((header[2] ^ _FLAG,)) + header[3:-1]
