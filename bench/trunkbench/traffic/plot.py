"""Blocking against load, drawn by matplotlib (an optional extra: `pip install 'trunkbench[plot]'`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trunkbench.errors import FileError, UsageError
from trunkbench.traffic.advice import Advice, blocking_of
from trunkbench.traffic.formulas import erlang_b
from trunkbench.traffic.statistics import Estimate

_POINTS = 200
_CAPACITIES = (1, 2, 6, 23, 30, 60, 90, 120)
"""Sizes that can be bought: a line, BRI, a small group, T1, one E1 and several."""
_LEAST = 1e-4
"""Blocking below this is not drawn: nobody plans for it."""


def draw_blocking(advice: Advice, path: Path) -> None:
    """Draw the blocking of the channels found, and of the sizes next to them, against the load offered.

    The file's suffix chooses the format (.svg, .png, .pdf). Raises UsageError without matplotlib or for a
    format that it does not have, FileError when the file cannot be written.
    """
    figure, axes = _figure()
    top = max(2 * advice.offered, 1.0)
    if advice.demand.sources is not None:
        top = min(top, 0.99 * advice.demand.sources)
    for channels in _sizes(advice.channels):
        chosen = channels == advice.channels
        loads = [top * n / _POINTS for n in range(1, _POINTS + 1)]
        points = [(load, blocking_of(advice.demand, load, channels)) for load in loads]
        _curve(axes, points, channels, chosen=chosen)
    axes.axhline(advice.demand.blocking, linestyle="--", linewidth=1, color="grey")
    axes.plot([advice.offered], [max(advice.blocking, _LEAST)], "o", color="black", zorder=5)
    axes.annotate(
        f"{advice.offered:.2f} erlangs\n{advice.blocking:.2%}",
        (advice.offered, max(advice.blocking, _LEAST)),
        textcoords="offset points",
        xytext=(8, -24),
    )
    axes.set_title(f"{advice.channels} channels for at most {advice.demand.blocking:.2%} busy")
    _save(figure, path)


def draw_measured(channels: int, offered: float, measured: Estimate, path: Path) -> None:
    """Draw Erlang B's curve for so many channels, and on it what was measured with its 99 % interval.

    Raises as `draw_blocking` does.
    """
    figure, axes = _figure()
    top = max(2 * offered, 1.0)
    loads = [top * n / _POINTS for n in range(1, _POINTS + 1)]
    _curve(axes, [(load, erlang_b(channels, load)) for load in loads], channels, chosen=True)
    value = max(measured.value, _LEAST)
    below = min(measured.half, value - _LEAST / 10)
    axes.errorbar(
        [offered], [value], yerr=[[below], [measured.half]], fmt="o", color="black", capsize=4, zorder=5
    )
    axes.set_title(
        f"{offered:.2f} erlangs on {channels} channels: {measured.value:.3%} ± {measured.half:.3%}"
    )
    _save(figure, path)


def _sizes(channels: int) -> list[int]:
    """The channels found, with the next size below and above that can be bought."""
    below = [size for size in _CAPACITIES if size < channels][-1:]
    above = [size for size in _CAPACITIES if size > channels][:1]
    return [*below, channels, *above]


def check_plots() -> None:
    """Raises UsageError without matplotlib: to be told before anything is reckoned, not after."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise UsageError("--plot draws with matplotlib: pip install 'trunkbench[plot]'") from None


def _figure() -> tuple[Any, Any]:
    check_plots()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot()
    axes.set_yscale("log")
    axes.set_ylim(_LEAST, 1)
    axes.set_xlabel("offered load in erlangs")
    axes.set_ylabel("share of calls that hear busy")
    axes.grid(visible=True, which="both", alpha=0.2)
    return figure, axes


def _curve(axes: Any, points: list[tuple[float, float]], channels: int, *, chosen: bool) -> None:
    seen = [(load, share) for load, share in points if share >= _LEAST]
    label = f"{channels} channel{'' if channels == 1 else 's'}"
    axes.plot([x for x, _ in seen], [y for _, y in seen], linewidth=2.5 if chosen else 1.2, label=label)
    axes.legend(loc="lower right")


def _save(figure: Any, path: Path) -> None:
    try:
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except ValueError as error:
        raise UsageError(f"{path}: {error}".splitlines()[0]) from None
    except OSError as error:
        raise FileError(f"{path}: cannot be written ({error.strerror}); give another file") from error
