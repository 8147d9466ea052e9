"""HDLC bit by bit, for one channel: zero insertion, flags, abort, idle (Q.921 clause 2).

`Receiver` takes timeslot octets in any portions; `BitEncoder` gives them. Both carry every bit position over,
so frames need not begin on an octet of the timeslot. `trunkwire.hdlc.bulk` does the same for whole arrays.

The receiver's theory: it counts the ones in a row (line bits, seven at most). A zero after five ones was
inserted by the sender, after six it ends a flag, seven ones are an abort or the idle line. Every other bit is
content. When a flag ends, the last six bits taken for content were the flag's own `011111`, so they are taken
off again.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Iterator

from trunkwire.hdlc.events import BadFrame, BadKind, GoodFrame, HdlcEvent, Limits
from trunkwire.hdlc.fcs import FCS_OCTETS, fcs_holds, fcs_octets

FLAG = "01111110"
ABORT = "1" * 7
_TO_VALUES = bytes.maketrans(b"01", b"\0\1")


class Fill(enum.Enum):
    """What the line carries between frames."""

    FLAGS = "flags"
    MARK = "mark"


def _line(frame: bytes) -> str:
    """The line bits of `frame` and its FCS after zero insertion, first bit first, as '0' and '1'."""
    octets = frame + fcs_octets(frame)
    bits = f"{int.from_bytes(octets, 'little'):0{8 * len(octets)}b}"[::-1]
    return bits.replace("11111", "111110")


def encode(frame: bytes) -> bytes:
    """The line bits of `frame` and its FCS after zero insertion, without flags: one octet, 0 or 1, a bit.

    `frame` runs from the address to the end of the information. Source: Q.921 2.6 to 2.8.
    """
    return _line(frame).encode().translate(_TO_VALUES)


class BitEncoder:
    """The sending end of one HDLC channel: frames in, timeslot octets out, whatever the bit positions.

    Flags follow one another without a shared zero; the flag that closes a frame also opens the next. A queued
    frame starts behind the flag that is on its way. With `Fill.MARK` the line rests at one between frames.
    """

    def __init__(self, fill: Fill = Fill.FLAGS) -> None:
        self._fill = fill
        self._queue: deque[bytes] = deque()
        self._bits = ""  # composed and not yet given out; always the rest of one flag, frame or fill
        self._in_frame = False  # whether `_bits` is the rest of a frame with its closing flag
        self._after_flag = False  # whether what was composed last ended with a flag
        self.position = 0
        """How many line bits were given out so far."""

    def queue(self, frame: bytes) -> None:
        """Append `frame` (address to end of information; the FCS is added here)."""
        self._queue.append(bytes(frame))

    @property
    def queued(self) -> int:
        """How many frames have not begun."""
        return len(self._queue)

    @property
    def idle(self) -> bool:
        """Whether no frame is queued or on its way."""
        return not self._queue and not self._in_frame

    def abort(self) -> bool:
        """Break off the frame that is on its way with seven ones (Q.921 2.10). False if there is none."""
        if not self._in_frame:
            return False
        self._bits = ABORT
        self._in_frame = self._after_flag = False
        return True

    def octets(self, count: int) -> bytes:
        """The next `count` octets of the timeslot, most significant bit first on the line."""
        wanted = 8 * count
        parts = [self._bits]
        have = len(self._bits)
        while have < wanted:
            part = self._compose(wanted - have)
            parts.append(part)
            have += len(part)
        bits = "".join(parts)
        self._bits = bits[wanted:]
        self._in_frame = self._in_frame and len(self._bits) > 0
        self.position += wanted
        return int(bits[:wanted], 2).to_bytes(count, "big") if count else b""

    def _compose(self, missing: int) -> str:
        """The next stretch of line: a queued frame, or enough fill for `missing` bits."""
        self._in_frame = bool(self._queue)
        if self._queue:
            opening = "" if self._after_flag else FLAG
            self._after_flag = True
            return opening + _line(self._queue.popleft()) + FLAG
        if self._fill is Fill.FLAGS:
            self._after_flag = True
            return FLAG * -(-missing // 8)
        # Fewer than seven ones between two flags would be a frame of ones, not an idle line.
        rest = max(missing, 8) if self._after_flag else missing
        self._after_flag = False
        return "1" * rest


class _Plain:
    """What an octet of the timeslot does to a receiver when it holds neither a flag's end nor an abort."""

    __slots__ = ("count", "ones", "value")

    def __init__(self, ones: int, count: int, value: int) -> None:
        self.ones, self.count, self.value = ones, count, value


def _plain(ones: int, octet: int) -> _Plain | None:
    """The effect of `octet` after `ones` ones in a row, or None if a flag or an abort ends in it."""
    count = value = 0
    for place in range(7, -1, -1):
        if octet >> place & 1:
            ones = min(ones + 1, 7)
            if ones == 7:
                return None
            if ones < 6:
                value |= 1 << count
                count += 1
        else:
            if ones >= 6:
                return None
            count += ones < 5
            ones = 0
    return _Plain(ones, count, value)


_PLAIN = tuple(tuple(_plain(ones, octet) for octet in range(256)) for ones in range(8))


class Receiver:
    """The receiving end of one HDLC channel: timeslot octets in, good and bad frames out, in order of their
    end.

    Nothing is reported for fill: flags, shared flags, flags that share a zero, mark idle. A frame that was
    broken off by seven ones is an abort only if it had content. What precedes the first flag is not a frame.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._ones = 7  # the line is taken to have been idle
        self._hunting = True
        self._octets = bytearray()  # whole octets of content, at most max_octets + 2 of them
        self._tail = 0  # the content bits that do not make an octet yet, first bit lowest
        self._tail_bits = 0
        self._overflow = False
        self.position = 0
        """How many line bits were received so far."""

    @property
    def state(self) -> tuple[bool, int, bytes, int, int, bool]:
        """Everything that decides how later bits are read; two receivers with equal states go on alike."""
        ones = self._ones
        return self._hunting, ones, bytes(self._octets), self._tail, self._tail_bits, self._overflow

    def receive(self, octets: bytes) -> list[HdlcEvent]:
        """Take the next octets of the timeslot (most significant bit first on the line);

        what ended in them.
        """
        events: list[HdlcEvent] = []
        index, end = 0, len(octets)
        while index < end:
            octet = octets[index]
            plain = _PLAIN[self._ones][octet]
            index += 1
            if plain is not None:
                self._ones = plain.ones
                if not self._hunting:
                    self._append(plain.value, plain.count)
                self.position += 8
                continue
            before = (self._ones, self._hunting, self._tail, self._tail_bits, len(self._octets))
            events.extend(self._bit_by_bit(octet))
            if before == (self._ones, self._hunting, self._tail, self._tail_bits, len(self._octets)):
                # The octet changed nothing, so neither will others like it: idle flags or mark.
                run = end - index - len(octets[index:].lstrip(bytes((octet,))))
                index += run
                self.position += 8 * run
        return events

    def _append(self, value: int, count: int) -> None:
        tail = self._tail | value << self._tail_bits
        count += self._tail_bits
        if count >= 8:
            if len(self._octets) < self._limits.max_octets + 2:
                self._octets.append(tail & 0xFF)
            else:
                self._overflow = True
            tail >>= 8
            count -= 8
        self._tail, self._tail_bits = tail, count

    def _bit_by_bit(self, octet: int) -> Iterator[HdlcEvent]:
        for place in range(7, -1, -1):
            self.position += 1
            if octet >> place & 1:
                self._ones = min(self._ones + 1, 7)
                if self._ones == 7 and not self._hunting:
                    yield from self._aborted()
                elif self._ones < 6 and not self._hunting:
                    self._append(1, 1)
                continue
            ones, self._ones = self._ones, 0
            if ones == 6:
                if not self._hunting:
                    yield from self._closed()
                self._open()
            elif ones < 5 and not self._hunting:
                self._append(0, 1)

    def _open(self) -> None:
        self._hunting = self._overflow = False
        self._octets.clear()
        self._tail = self._tail_bits = 0

    def _content_bits(self, surplus: int) -> int:
        return 8 * len(self._octets) + self._tail_bits - surplus

    def _aborted(self) -> Iterator[HdlcEvent]:
        bits = self._content_bits(5)
        if bits > 0 or self._overflow:
            whole = min(bits >> 3, self._limits.max_octets + 1)
            yield BadFrame(BadKind.ABORT, whole, self.position)
        self._open()
        self._hunting = True

    def _closed(self) -> Iterator[HdlcEvent]:
        """The frame between the last flag and the one whose final zero has just come."""
        bits = self._content_bits(6)
        limits = self._limits
        if bits <= 0 and not self._overflow:
            return
        whole = min(bits >> 3, limits.max_octets + 1)
        if whole > limits.max_octets or self._overflow or bits > 8 * limits.max_octets:
            yield BadFrame(BadKind.TOO_LONG, limits.max_octets + 1, self.position)
        elif whole < limits.min_octets:
            yield BadFrame(BadKind.TOO_SHORT, whole, self.position)
        elif bits & 7:
            yield BadFrame(BadKind.NOT_OCTET_ALIGNED, whole, self.position)
        elif not fcs_holds(content := bytes(self._octets[:whole])):
            yield BadFrame(BadKind.BAD_FCS, whole, self.position)
        else:
            yield GoodFrame(content[:-FCS_OCTETS], self.position)
