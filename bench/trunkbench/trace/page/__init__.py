"""A trace as a picture or as a page: `trunkbench decode --ladder out.svg|out.html`.

`write_page` and `write_svg` take what a decoder yields; `show` does the same for a session of the command
line. Traces of any length are read in bounded memory: a page embeds the first frames and those that findings
name, and says how many it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.explain.explainer import Explainer
from trunkbench.trace.page.collection import MOST_FRAMES, Collection
from trunkbench.trace.page.html import write_html
from trunkbench.trace.page.sketch import sketches
from trunkbench.trace.page.svg import write_svg as _write_svg
from trunkbench.trace.record import Foreign, Happening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkbench.trace.session import Session

__all__ = ["MOST_FRAMES", "show", "write_page", "write_svg"]

Shown = Decoded | Happening | Foreign


class _Watched:
    """A stream that is explained while it passes."""

    def __init__(self, items: Iterable[Shown], limit: int = MOST_FRAMES) -> None:
        self._items = items
        self.explainer = Explainer()
        self.collection = Collection(limit)

    def __iter__(self) -> Iterator[Shown]:
        for item in self._items:
            if isinstance(item, Decoded):
                self.explainer.frame(item)
                self.collection.watch(item)
            elif isinstance(item, Happening):
                self.explainer.happening(item)
            else:
                self.explainer.foreign(item)
            yield item

    def collect(self, shown: Iterable[Shown]) -> None:
        """Take what is shown of the stream."""
        fresh = self.explainer.book.fresh
        for item in shown:
            if not isinstance(item, Foreign):
                self.collection.take(item)
            if fresh:
                self.collection.want(fresh)
                fresh.clear()


def show(session: Session) -> None:
    """Write the file that `--ladder` names, and say so."""
    path = Path(session.arguments.ladder)
    watched = _Watched(session.decoded())
    watched.collect(session.filters.select(iter(watched)) if session.filters else watched)
    _finish(watched, session.decoder)
    form = session.trace.format
    _write(path, watched, Path(session.name).name, form, layer2=session.arguments.layer2)
    left = watched.collection.left_out
    more = f"; {left:,} of {watched.collection.total:,} frames are left out" if left else ""
    calls = watched.collection.calls
    session.say(f"{path}: {calls:,} {'call' if calls == 1 else 'calls'}{more}")


def write_page(
    path: Path, items: Iterable[Shown], decoder: Decoder, name: str, form: str = "", limit: int = MOST_FRAMES
) -> None:
    """Write a page of everything that `decoder` made of a trace. Raises OSError."""
    watched = _Watched(items, limit)
    watched.collect(watched)
    _finish(watched, decoder)
    _write(path, watched, name, form)


def write_svg(
    path: Path, items: Iterable[Shown], decoder: Decoder, limit: int = MOST_FRAMES, *, layer2: bool = False
) -> None:
    """Write the ladders of all calls as one picture. Raises OSError."""
    watched = _Watched(items, limit)
    watched.collect(watched)
    _finish(watched, decoder)
    _write(path.with_suffix(".svg"), watched, path.name, "", layer2=layer2)


def _finish(watched: _Watched, decoder: Decoder) -> None:
    watched.collection.finish(watched.collection.open_rows.finish(decoder.finish()))


def _write(path: Path, watched: _Watched, name: str, form: str, *, layer2: bool = False) -> None:
    collection = watched.collection
    report = watched.explainer.report()
    with path.open("w", encoding="utf-8") as file:
        if path.suffix.lower() == ".svg":
            left = collection.left_out
            note = f"{left:,} of {collection.total:,} frames are left out." if left else ""
            _write_svg(file, sketches(collection.frames, layer2=layer2), note)
        else:
            write_html(file, collection, report, name, form, layer2=layer2)
