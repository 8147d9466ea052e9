"""What a scripted party behind a trunk's end does with a call: shared by every in-process peer end.

All times are ticks (1/64000 s) counted from the arrival of the SETUP, unless a field says otherwise.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# Cause values of Q.850, as plain numbers: this file serves both stacks and leans on neither.
UNALLOCATED, CHANNEL_UNACCEPTABLE, NORMAL_CLEARING, USER_BUSY = 1, 6, 16, 17
NO_USER_RESPONDING, NO_CIRCUIT, CHANNEL_UNAVAILABLE, TIMER_EXPIRY = 18, 34, 44, 102

E1_CHANNELS = (*range(1, 16), *range(17, 32))
"""The B channels of an E1 primary rate access: timeslots 1–15 and 17–31; 16 is the D channel (I.431)."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A called party. A time that is None means that the thing never happens."""

    proceeding: bool = True
    alerting_after: int | None = 0
    progress_after: int | None = None  # PROGRESS with progress indicator 8: in-band information is available
    progress_cause: int | None = None  # the cause sent with that PROGRESS
    answer_after: int | None = None
    clear_after: int | None = None  # counted from the answer, or from the SETUP if there is no answer
    clear_cause: int = NORMAL_CLEARING

    @classmethod
    def answers(
        cls, after: int = 0, hang_up_after: int | None = None, cause: int = NORMAL_CLEARING
    ) -> Behaviour:
        """Alerts at once, answers, and may hang up that long after the answer."""
        return cls(answer_after=after, clear_after=hang_up_after, clear_cause=cause)

    @classmethod
    def rejects(cls, cause: int, after: int = 0, *, proceeding: bool = False) -> Behaviour:
        """Clears with a cause, as the first response or after CALL PROCEEDING."""
        return cls(proceeding=proceeding, alerting_after=None, clear_after=after, clear_cause=cause)

    @classmethod
    def busy(cls) -> Behaviour:
        """Rejects with cause 17."""
        return cls.rejects(USER_BUSY)

    @classmethod
    def alerts_only(cls) -> Behaviour:
        """Rings and is never answered."""
        return cls()

    @classmethod
    def silent(cls) -> Behaviour:
        """Sends no response of any kind to the SETUP."""
        return cls(proceeding=False, alerting_after=None)

    @classmethod
    def in_band(cls, cause: int = USER_BUSY, *, clear_after: int | None = None) -> Behaviour:
        """Announces a tone in the B channel (progress indicator 8) in place of ringing; may clear later."""
        return cls(
            alerting_after=None,
            progress_after=0,
            progress_cause=cause,
            clear_after=clear_after,
            clear_cause=cause,
        )


@dataclass(slots=True)
class CallRecord:
    """One call as an end saw it."""

    outgoing: bool
    called: str
    calling: str
    reference: int = 0
    channel: int | None = None
    handle: object = None
    began_at: int = 0
    answered_at: int | None = None
    ended_at: int | None = None
    cause: int | None = None  # of the clearing, whoever began it
    cleared_by: str | None = None  # "us" or "peer"
    hang_up_after: int | None = None  # of a call that we placed, counted from the answer
    responded: bool = False  # we have sent a response to an incoming SETUP
    progress: bool = False  # in-band information was announced to us
    events: list[tuple[str, int]] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Answered and not cleared."""
        return self.answered_at is not None and self.cleared_by is None and self.ended_at is None

    def names(self) -> list[str]:
        """The events without their times."""
        return [name for name, _ in self.events]

    def summary(self) -> dict[str, object]:
        """The record as plain data, for JSON."""
        return {
            "outgoing": self.outgoing,
            "called": self.called,
            "calling": self.calling,
            "channel": self.channel,
            "events": self.names(),
            "active": self.active,
            "ended": self.ended_at is not None,
            "cause": self.cause,
            "cleared_by": self.cleared_by,
            "progress": self.progress,
            "began_at": self.began_at,
            "answered_at": self.answered_at,
            "ended_at": self.ended_at,
        }


@dataclass(slots=True)
class Tally:
    """An end's own count of what happened."""

    placed: int = 0
    received: int = 0
    answered: int = 0
    events: Counter[str] = field(default_factory=Counter)
    causes_sent: Counter[int] = field(default_factory=Counter)
    causes_seen: Counter[int] = field(default_factory=Counter)

    def summary(self) -> dict[str, object]:
        """The count as plain data, for JSON."""
        return {
            "placed": self.placed,
            "received": self.received,
            "answered": self.answered,
            "events": dict(sorted(self.events.items())),
            "causes_sent": sorted(self.causes_sent),
            "causes_seen": sorted(self.causes_seen),
        }
