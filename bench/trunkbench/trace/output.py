"""Octets for standard output, whatever encoding its text has."""

from __future__ import annotations

import sys
from collections.abc import Callable


def writer() -> Callable[[bytes], None]:
    """A function that writes all of the octets it is given on standard output."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:  # a text stream that someone has put in its place

        def as_text(octets: bytes) -> None:
            sys.stdout.write(octets.decode("utf-8"))

        return as_text
    sys.stdout.flush()

    def write(octets: bytes) -> None:
        written = raw.write(octets)
        while written is not None and written < len(octets):  # unbuffered output may take less at a time
            octets = octets[written:]
            written = raw.write(octets)

    return write
