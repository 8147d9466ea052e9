"""`trunkbench decode --wav DIR`: the audio of B channels, one WAV file a channel and direction.

A file begins with the first sample of its channel in either direction, so that both directions of a channel
fit each other. Gaps are filled with silence and told. Samples are 16-bit linear, or the octets of the line as
G.711 (WAV formats 6 and 7). Nothing is kept in memory: a trace may hold days.
"""

from __future__ import annotations

import re
import struct
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from trunkbench.trace.pcapng import TraceWriteError
from trunkbench.trace.record import Audio, Direction
from trunkwire.g711 import Law

if TYPE_CHECKING:
    from trunkbench.trace.session import Session

RATE = 8000
_OPEN_FILES = 48
_LONGEST_GAP = 3600 * RATE
"""Samples of a gap that are filled; a longer one is told and left out."""
_LARGEST = 0xFFFF_0000
"""Octets of a WAV file's data."""
_FORMATS = {Law.ALAW: 6, Law.ULAW: 7}
_STEP = 60 * RATE

Key = tuple[str, int, Direction]


@dataclass(slots=True)
class Channel:
    """One file. `gaps` and `filled` count gaps and the samples put into them, `repeated` samples that came
    twice and were left out, `skipped` those of gaps too long to be filled."""

    path: Path
    law: Law
    begin: int
    samples: int = 0
    gaps: int = 0
    filled: int = 0
    repeated: int = 0
    skipped: int = 0

    def describe(self) -> str:
        """One line for the user."""
        told = [f"{self.samples / RATE:.3f} s from {self.begin / RATE:.3f} s on"]
        if self.gaps:
            told.append(
                f"{self.gaps} gap{'s' if self.gaps > 1 else ''} filled with {self.filled / RATE:.3f} s"
            )
        if self.skipped:
            told.append(f"{self.skipped / RATE:.0f} s of gaps left out")
        if self.repeated:
            told.append(f"{self.repeated} samples came twice")
        return f"{self.path}: {', '.join(told)}"


class WavWriter:
    """Writes audio items to files in a folder, which is made.

    `g711` keeps the octets of the line; else samples are 16-bit linear. `law` is that of items that do not
    tell theirs. Raises TraceWriteError, naming the file, when one cannot be made or written.
    """

    def __init__(self, folder: str | Path, *, law: Law = Law.ALAW, g711: bool = False) -> None:
        self._folder = Path(folder)
        self._law = law
        self._g711 = g711
        self.channels: dict[Key, Channel] = {}
        self._begins: dict[tuple[str, int], int] = {}
        self._files: OrderedDict[Key, BinaryIO] = OrderedDict()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TraceWriteError(f"{folder}: cannot make this folder: {error.strerror}") from error

    def write(self, audio: Audio) -> None:
        """Take the next octets of a channel."""
        key = (audio.span, audio.slot, audio.direction)
        channel = self.channels.get(key)
        if channel is None:
            channel = self.channels[key] = self._new(key, audio)
        octets, at = audio.octets, audio.first - channel.begin - channel.skipped
        gap = at - channel.samples
        if gap < 0:
            channel.repeated += min(-gap, len(octets))
            octets = octets[-gap:]
        elif gap > _LONGEST_GAP:
            channel.skipped += gap
        elif gap:
            channel.gaps += 1
            channel.filled += gap
            self._fill(key, channel, gap)
        self._put(key, channel, octets)

    def close(self) -> list[Channel]:
        """Put the lengths into all files; what they are."""
        for key in list(self._files):
            self._settle(key)
        return [self.channels[key] for key in sorted(self.channels, key=lambda key: (*key[:2], key[2].value))]

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _new(self, key: Key, audio: Audio) -> Channel:
        span, slot, direction = key
        begin = self._begins.setdefault((span, slot), audio.first)
        law = Law(audio.law) if audio.law else self._law
        words = [re.sub(r"[^\w.-]+", "-", span)[:80].strip("-."), f"ts{slot:02d}" if slot else ""]
        words.append("" if direction is Direction.UNKNOWN else direction.value)
        stem = "_".join(filter(None, words)) or "audio"
        taken = {channel.path.name for channel in self.channels.values()}
        name, number = f"{stem}.wav", 2
        while name in taken:
            name, number = f"{stem}_{number}.wav", number + 1
        # The other direction may have begun earlier than this one, but not this one before the file.
        return Channel(self._folder / name, law, min(begin, audio.first))

    def _fill(self, key: Key, channel: Channel, gap: int) -> None:
        silence = bytes((channel.law.silence,))
        while gap:
            size = min(gap, _STEP)
            self._put(key, channel, silence * size)
            gap -= size

    def _put(self, key: Key, channel: Channel, octets: bytes) -> None:
        width = 1 if self._g711 else 2
        room = _LARGEST // width - channel.samples
        if len(octets) > room:
            raise TraceWriteError(
                f"{channel.path}: more audio than a WAV file holds; cut the trace into parts"
            )
        data = octets if self._g711 else channel.law.decode(octets).astype("<i2").tobytes()
        try:
            self._file(key, channel).write(data)
        except OSError as error:
            raise TraceWriteError(f"{channel.path}: cannot be written: {error.strerror}") from error
        channel.samples += len(octets)

    def _file(self, key: Key, channel: Channel) -> BinaryIO:
        """The open file of a channel; the one that was not written to for longest makes room."""
        file = self._files.get(key)
        if file is not None:
            self._files.move_to_end(key)
            return file
        while len(self._files) >= _OPEN_FILES:
            self._settle(next(iter(self._files)))
        if channel.samples:
            file = channel.path.open("r+b")
            # Not to its end: a file that was settled may have been padded.
            file.seek(len(self._header(channel)) + channel.samples * (1 if self._g711 else 2))
        else:
            file = channel.path.open("w+b")
            file.write(self._header(channel))
        self._files[key] = file
        return file

    def _settle(self, key: Key) -> None:
        """Write the header with the lengths as they are, and close the file."""
        file, channel = self._files.pop(key), self.channels[key]
        try:
            with file:
                if self._g711 and channel.samples % 2:
                    file.write(b"\0")  # chunks are padded to an even length
                file.seek(0)
                file.write(self._header(channel))
        except OSError as error:
            raise TraceWriteError(f"{channel.path}: cannot be written: {error.strerror}") from error

    def _header(self, channel: Channel) -> bytes:
        """RIFF, the format chunk, for G.711 the fact chunk, and the head of the data chunk."""
        width = 1 if self._g711 else 2
        size = channel.samples * width
        kind = _FORMATS[channel.law] if self._g711 else 1
        form = struct.pack("<HHIIHH", kind, 1, RATE, RATE * width, width, 8 * width)
        chunks = b"fmt " + struct.pack("<I", len(form)) + form
        if self._g711:
            form += b"\0\0"
            chunks = b"fmt " + struct.pack("<I", len(form)) + form
            chunks += b"fact" + struct.pack("<II", 4, channel.samples)
        total = 4 + len(chunks) + 8 + size + size % 2
        return b"RIFF" + struct.pack("<I", total) + b"WAVE" + chunks + b"data" + struct.pack("<I", size)


def show(session: Session) -> None:
    """Write all audio of the trace, and say what is in which file."""
    with WavWriter(session.arguments.wav) as writer:
        for item in session.items():
            if isinstance(item, Audio) and (
                not session.filters or session.filters.wants_audio(item.at_ns, item.slot)
            ):
                writer.write(item)
        channels = writer.close()
    for channel in channels:
        session.say(channel.describe())
    if not channels:
        session.say("No audio of a B channel in this trace.")
