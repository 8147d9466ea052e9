"""Quantities on the command line: durations, shares, counts. For argparse, so errors name what was given."""

from __future__ import annotations

import argparse

from trunkwire import ticks as line_time


def seconds(text: str) -> float:
    """A duration such as "3m" or "200s", in seconds."""
    try:
        return line_time.seconds(line_time.ticks(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def share(text: str) -> float:
    """0.01 or 1%."""
    try:
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: write it as 0.01 or 1%") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text}: a share is 0 to 1, or 0% to 100%")
    return value


def number(text: str) -> float:
    """A number of calls or erlangs, zero or more."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if not 0 <= value < 1e9:
        raise argparse.ArgumentTypeError(f"{text}: give a number between 0 and a milliard")
    return value


def count(text: str) -> int:
    """A whole number, one or more."""
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number of one or more")
    return int(text)
