"""One run of the decoder over one trace: reading, decoding, filtering, and what is said beside the output.

A view takes from it whichever of these it needs: `items()` (what the file holds, as it was read), `decoded()`
(frames decoded, nothing left out), `shown()` (decoded and filtered). Damage of the file goes to standard
error where it occurs. Whatever is read is read once and in its order, so that a pipe will do.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO, Union

import msgspec

from trunkbench.trace.capture import Damage
from trunkbench.trace.inputs.opening import Trace, open_trace
from trunkbench.trace.inputs.options import InputOptions
from trunkbench.trace.inputs.source import wait_a_little
from trunkbench.trace.progress import Progress
from trunkbench.trace.record import UNTIMED, Audio, Foreign, FrameRecord, Happening

if TYPE_CHECKING:
    from trunkbench.trace.decoder import Decoded, Decoder
    from trunkbench.trace.filters import Filters
    from trunkbench.trace.texts import Texts
    from trunkbench.trace.wireshark.packets import PacketTexts

Shown = Union["Decoded", Happening, Foreign]
"""What a view has to show: a decoded frame, something that happened, or a packet with nothing to decode."""

_SOURCE, _PULL = "trunkbench.trace.inputs.source", "pull"
"""Where a trace is read from its file."""

Undamaged = FrameRecord | Happening | Audio | Foreign


class Session:
    """See the module. `say` prints one text on standard output, `filters` is what is asked for."""

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        arguments: argparse.Namespace,
        say: Callable[[str], None],
        filters: Filters | None,
        options: InputOptions,
        progress: Progress | None = None,
    ) -> None:
        self.file = file
        self.name = name
        self.arguments = arguments
        self.say = say
        self.filters = filters
        self.options = options
        self._decoder: Decoder | None = None
        self.epoch: int | None = None
        """Time of the trace's first item, from which times are counted."""
        self.damaged = False
        self.broken = 0
        """Frames that could not be read whole (counted where `--strict` asks for it, and in `decoded`)."""
        self.progress = progress if progress is not None else Progress(None)
        self.with_texts = filters is not None and filters.where is not None
        """Whether Wireshark's fields are wanted beside the frames. To be set before anything is read."""
        self._texts: Texts | None = None
        self._trace: Trace | None = None
        if filters is not None and filters.where is not None:
            filters.fields = self.texts_of
        self._stopped = False
        self.telling: Callable[[str], None] = _on_stderr

    @property
    def decoder(self) -> Decoder:
        """The decoder, imported and made at its first use: not every view decodes."""
        if self._decoder is None:
            from trunkbench.trace.decoder import Decoder

            self._decoder = Decoder()
        return self._decoder

    @property
    def trace(self) -> Trace:
        """The trace, recognised. Raises NotACapture for a file that is none."""
        if self._trace is None:
            options = self.options
            if self.arguments.follow:
                options = msgspec.structs.replace(options, wait=self._wait)
            self._trace = open_trace(self.file, self.name, options)
        return self._trace

    def _wait(self) -> bool:
        """At the end of a file that grows: show what there is, wait a little, and say whether to go on."""
        sys.stdout.flush()
        return not self._stopped and wait_a_little()

    @property
    def plain(self) -> bool:
        """Whether every frame is to be shown and none judged: a view may take a faster path of its own."""
        return not self.filters and not self.arguments.strict and not self.arguments.follow

    def texts_of(self, item: Shown) -> PacketTexts:
        """Wireshark's fields of the packet that the item is from. To be asked while it is the newest, except
        for frames.
        """
        if isinstance(item, Happening | Foreign):
            return self._texting().texts_of(item)
        return item.texts if item.texts is not None else self._texting().texts_of(item.record)

    def _texting(self) -> Texts:
        if self._texts is None:
            from trunkbench.trace.texts import Texts

            self._texts = Texts()
        return self._texts

    def items(self) -> Iterator[Undamaged]:
        """What the trace holds, in its order; damage is told and counted instead of yielded."""
        for item in self._read():
            if self.arguments.strict and isinstance(item, FrameRecord):
                self.broken += self.decoder.decode(item).broken
            yield item

    def _read(self) -> Iterator[Undamaged]:
        trace = self._source()
        with self._interruptible():
            while (item := self._next(trace)) is not None:
                self.progress.step()
                if isinstance(item, Damage):
                    self.damage(item)
                    continue
                if self.epoch is None or self.epoch == UNTIMED:
                    self.epoch = item.at_ns
                yield item

    def each_packet(self, take: Callable[[PacketTexts], None]) -> None:
        """Read everything, and give Wireshark's fields of every packet, or of every frame of a trace that has
        no packets.
        """
        self.with_texts = True
        self._texting().take = take
        for _ in self.items():
            pass

    def _source(self) -> Iterator[Undamaged | Damage]:
        trace = self.trace
        if not self.with_texts:
            return iter(trace)
        return self._texting().items(trace, self.name, self.options)

    def decoded(self) -> Iterator[Shown]:
        """The items with frames decoded; audio is left out."""
        decode = self.decoder.decode
        for item in self._read():
            if isinstance(item, FrameRecord):
                frame = decode(item)
                self.broken += frame.broken
                if self._texts is not None:
                    frame.texts = self._texts.texts_of(item)
                yield frame
            elif not isinstance(item, Audio):
                yield item

    def shown(self) -> Iterator[Shown]:
        """The decoded items that the filters let through."""
        if not self.filters:
            return self.decoded()
        return self.filters.select(self.decoded())

    def write(self, text: str) -> None:
        """Print one line for a program to read: never coloured, never changed."""
        sys.stdout.write(text + "\n")

    def damage(self, damage: Damage) -> None:
        """Tell of damage of the file itself."""
        self.damaged = True
        self.complain(damage.describe(self.name))

    def complain(self, text: str) -> None:
        """Say something on standard error, behind what has been printed so far."""
        self.progress.pause()
        sys.stdout.flush()  # so that the complaint stands where it belongs when both go to one terminal
        self.telling(text)

    def terminal_width(self) -> int | None:
        """Columns of the terminal that the output goes to, None if it goes elsewhere."""
        if not sys.stdout.isatty():
            return None
        import shutil

        return max(shutil.get_terminal_size().columns, 60)

    def nothing(self) -> str:
        """What to say when there is nothing to show."""
        return "No frames." if self.epoch is None else "No frame is let through by the filters."

    def finish(self) -> None:
        """Say what can be said only at the end: what was found out about the trace, and what contradicts
        it."""
        for finding in self._trace.findings if self._trace is not None else ():
            self.complain(f"{self.name}: {finding}")
        count = self._decoder.contradictions if self._decoder is not None else 0
        if count:
            self.complain(
                f"{self.name}: the C/R bit of {count} frames contradicts the side that the capture tells; "
                "the C/R bit was believed"
            )

    def _next(self, trace: Iterator[Undamaged | Damage]) -> Undamaged | Damage | None:
        """The next item; None at the end, or once it has been asked to stop."""
        return None if self._stopped else next(trace, None)

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """While a trace is followed, Ctrl-C ends the reading and not what is being made of it."""
        if not self.arguments.follow:
            yield
            return

        import signal

        def stop(_signal: int, frame: FrameType | None) -> None:
            again, self._stopped = self._stopped, True
            waiting = frame is not None and frame.f_globals.get("__name__") == _SOURCE
            if again or (waiting and frame is not None and frame.f_code.co_name == _PULL):
                raise KeyboardInterrupt  # a read that waits for a pipe ends by nothing else

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def _on_stderr(text: str) -> None:
    """Where complaints go."""
    print(f"trunkbench: {text}", file=sys.stderr)
