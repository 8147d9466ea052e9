"""Conditions: what a test waits for, when it held, and why it never can.

A condition is asked with `check(upto)` and answers with the tick at which it came true, at or before
`upto`, or None. `failed()` gives the reason when it has become impossible, so that a wait ends at once
instead of at its limit. `next_look(now)` is the next tick at which asking again makes sense although
nothing has happened on the signalling side (a listener looks at every 20 ms block); None when only an event
can change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, runtime_checkable

from trunkbench.errors import UsageError
from trunkwire.ticks import Tick, seconds


@runtime_checkable
class Condition(Protocol):
    """What `Bench.run_until` and `await bench.until(...)` take."""

    def check(self, upto: Tick) -> Tick | None:
        """The tick, at or before `upto`, at which it came true; None if it has not."""
        ...

    def failed(self) -> str | None:
        """Why it can no longer come true; None while it can."""
        ...

    def describe(self) -> str:
        """What is waited for, in a few words."""
        ...

    def next_look(self, now: Tick) -> Tick | None:
        """The next tick after `now` at which the answer may change by itself."""
        ...


def condition_of(given: object) -> Condition:
    """`given`. Raises UsageError for what nobody can wait for."""
    if isinstance(given, When | Elapsed | AllOf | AnyOf):  # a protocol takes long to ask for
        return given
    if not isinstance(given, Condition):
        raise UsageError(
            f"{given!r} is no condition: wait for call.active, call.hears(BUSY), call.cleared, all_of(…) …"
        )
    return given


class When:
    """A condition about one party's state: true while `since()` gives the tick at which it came true.

    `bool(condition)` is its truth now, so that `assert call.active` reads as it should.
    """

    __slots__ = ("_failed", "_since", "_text")

    def __init__(
        self,
        text: str,
        since: Callable[[], Tick | None],
        failed: Callable[[], str | None],
    ) -> None:
        self._text = text
        self._since = since
        self._failed = failed

    def check(self, upto: Tick) -> Tick | None:
        """See `Condition.check`."""
        since = self._since()
        return since if since is not None and since <= upto else None

    def failed(self) -> str | None:
        """See `Condition.failed`."""
        return self._failed()

    def describe(self) -> str:
        """See `Condition.describe`."""
        return self._text

    def next_look(self, now: Tick) -> Tick | None:
        """Only an event can change it."""
        return None

    def __bool__(self) -> bool:
        return self._since() is not None

    def __repr__(self) -> str:
        return f"<{self._text}: {bool(self)}>"


class AllOf:
    """Every part holds at the same moment."""

    def __init__(self, parts: Iterable[Condition]) -> None:
        self._parts = [condition_of(part) for part in parts]
        if not self._parts:
            raise ValueError("all_of() of nothing: give it at least one condition")

    def check(self, upto: Tick) -> Tick | None:
        """The latest of the parts' ticks, when all hold."""
        latest: Tick | None = None
        for part in self._parts:
            at = part.check(upto)
            if at is None:
                # Asked first next time: a wait for thirty calls then asks one part a step, not thirty.
                self._parts.remove(part)
                self._parts.insert(0, part)
                return None
            latest = at if latest is None else max(latest, at)
        return latest

    def failed(self) -> str | None:
        """The first reason of any part."""
        for part in self._parts:
            if part.check(_EVER) is None:
                reason = part.failed()
                if reason is not None:
                    return reason
        return None

    def describe(self) -> str:
        """How many, and the parts that do not hold."""
        if len(self._parts) == 1:
            return self._parts[0].describe()
        missing = [part.describe() for part in self._parts if part.check(_EVER) is None]
        return f"all of {len(self._parts)}" + (f" (missing: {_shorten(missing)})" if missing else "")

    def next_look(self, now: Tick) -> Tick | None:
        """The earliest of the parts'."""
        return _earliest(self._parts, now)


class AnyOf:
    """At least one part holds."""

    def __init__(self, parts: Iterable[Condition]) -> None:
        self._parts = [condition_of(part) for part in parts]
        if not self._parts:
            raise ValueError("any_of() of nothing: give it at least one condition")

    def check(self, upto: Tick) -> Tick | None:
        """The earliest of the parts' ticks."""
        ticks = [at for part in self._parts if (at := part.check(upto)) is not None]
        return min(ticks) if ticks else None

    def failed(self) -> str | None:
        """All the reasons, when every part has one."""
        reasons = [part.failed() for part in self._parts]
        if any(reason is None for reason in reasons):
            return None
        return "; ".join(reason for reason in reasons if reason is not None)

    def describe(self) -> str:
        """The parts."""
        return f"any of: {_shorten([part.describe() for part in self._parts])}"

    def next_look(self, now: Tick) -> Tick | None:
        """The earliest of the parts'."""
        return _earliest(self._parts, now)


def all_of(conditions: Iterable[Condition]) -> AllOf:
    """True while every one of the conditions is. Raises ValueError for none at all, UsageError for others."""
    return AllOf(conditions)


def any_of(conditions: Iterable[Condition]) -> AnyOf:
    """True while at least one of the conditions is. Errors as of `all_of`."""
    return AnyOf(conditions)


class Elapsed:
    """A moment of line time."""

    def __init__(self, at: Tick) -> None:
        self.at = at

    def check(self, upto: Tick) -> Tick | None:
        """True from that tick on."""
        return self.at if upto >= self.at else None

    def failed(self) -> str | None:
        """Time always comes."""
        return None

    def describe(self) -> str:
        """The moment."""
        return f"{seconds(self.at):.3f} s of line time"

    def next_look(self, now: Tick) -> Tick | None:
        """Its moment."""
        return self.at


_EVER: Tick = 1 << 62


def _earliest(parts: list[Condition], now: Tick) -> Tick | None:
    earliest: Tick | None = None
    for part in parts:
        look = part.next_look(now)
        if look is not None and (earliest is None or look < earliest):
            earliest = look
    return earliest


def _shorten(texts: list[str], most: int = 4) -> str:
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
