"""The error tree of the bench. Each message names what, where, and what to do.

The exit code of the command line follows from the class (docs/design.md, "Errors and bad input").
"""

from __future__ import annotations


class TrunkbenchError(Exception):
    """Base of every error that the bench raises on purpose."""

    exit_code = 5


class CallFailed(TrunkbenchError, AssertionError):
    """A call or a check did not hold."""

    exit_code = 1


class UsageError(TrunkbenchError):
    """The command line or a call of the API asks for something that does not exist."""

    exit_code = 2


class NotOnThisBench(UsageError):
    """What a test asks for is not there to be had on this bench; a test skips with this reason."""


class TargetNotReached(TrunkbenchError):
    """Fewer calls ran than were asked for."""

    exit_code = 3


class MediaFailed(TrunkbenchError):
    """The signalling held and the audio did not."""

    exit_code = 4


class ConfigError(TrunkbenchError):
    """A bench configuration is unusable; nothing was opened."""


class FileError(TrunkbenchError):
    """A file that is to be read cannot be opened."""


class PortError(TrunkbenchError):
    """A port could not be opened, or refused an operation."""


class QueueFull(PortError):
    """A port's transmit queue is full; nothing of the frame was sent."""


class PeerError(TrunkbenchError):
    """What is at the other end misbehaves in a way that leaves no verdict."""
