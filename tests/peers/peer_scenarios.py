"""Conversations that any two ends of a trunk must be able to have, whichever stacks they are.

Each scenario gets a `Pair` (near is the network side, far the user side) with the link up and idle, and
hands back what it saw as plain data; the tests judge it. Clauses are those of Q.931 unless another
Recommendation is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from subscriber import E1_CHANNELS, NORMAL_CLEARING, Behaviour, CallRecord, Tally
from trunk_link import End, TrunkLink

SECOND = 64_000
_SUPERVISORY = 4  # octets of a LAPD frame without information

TEN_CAUSES = (1, 16, 17, 19, 21, 27, 28, 34, 41, 42, 58, 88, 102)
"""Causes that both sides clear with, from each class of Q.850; ten are asked for, these are thirteen."""

PLAN = {
    "300": Behaviour.answers(),
    "301": Behaviour.answers(after=2 * SECOND),
    "302": Behaviour.answers(hang_up_after=3 * SECOND, cause=31),
    "200": Behaviour.busy(),
    "400": Behaviour.in_band(17, clear_after=5 * SECOND),
    "500": Behaviour.alerts_only(),
    "600": Behaviour.silent(),
    **{f"1{cause:03}": Behaviour.rejects(cause) for cause in TEN_CAUSES},
    **{f"2{cause:03}": Behaviour.answers(hang_up_after=SECOND // 10, cause=cause) for cause in TEN_CAUSES},
}
"""The numbers behind each end."""


class TrunkEnd(End, Protocol):
    """An end whose parties are scripted and that can be asked to place and clear calls."""

    up: bool
    tally: Tally
    records: list[CallRecord]

    def place(
        self,
        called: str,
        now: int,
        *,
        channel: int | None = None,
        exclusive: bool = False,
        complete: bool = True,
    ) -> CallRecord:
        """Send a SETUP."""
        ...

    def dial_on(self, record: CallRecord, digits: str, now: int) -> None:
        """Send INFORMATION with further digits."""
        ...

    def hang_up(self, record: CallRecord, now: int, cause: int = NORMAL_CLEARING) -> None:
        """Begin to clear."""
        ...

    def restart(self, channel: int | None, now: int) -> None:
        """Send RESTART."""
        ...

    def block(self, channel: int) -> None:
        """Take a channel out of use."""
        ...

    def unblock(self, channel: int) -> None:
        """Give it back."""
        ...

    def restarted(self) -> list[int | None]:
        """The channels that the peer has restarted (None: all), in order."""
        ...

    def restarts_acknowledged(self) -> list[int | None]:
        """The channels of the RESTART ACKNOWLEDGEs received."""
        ...

    def active(self) -> list[CallRecord]:
        """Answered calls."""
        ...

    def audit(self) -> list[str]:
        """What is not idle."""
        ...


@runtime_checkable
class Enquirer(Protocol):
    """An end that can ask for the peer's call state."""

    records: list[CallRecord]

    def enquire(self, record: CallRecord, now: int) -> None:
        """Send STATUS ENQUIRY."""
        ...

    def told_of_status(self) -> list[tuple[int, int]]:
        """(cause, call state) of each STATUS received so far."""
        ...


@dataclass(slots=True)
class Pair:
    """Two ends and their link; `mute` is the link's loss switch."""

    near: TrunkEnd
    far: TrunkEnd
    link: TrunkLink

    def until_ended(self, *calls: CallRecord, within: int = 20 * SECOND) -> bool:
        """Run until these calls are over on the end that holds the record."""
        return self.until(lambda: all(call.ended_at is not None for call in calls), within)

    def until_active(self, *calls: CallRecord) -> bool:
        """Run until these calls are answered."""
        return self.until(lambda: all(call.active for call in calls))

    def ends(self, from_near: bool) -> tuple[TrunkEnd, TrunkEnd]:
        """(caller's end, called end)."""
        return (self.near, self.far) if from_near else (self.far, self.near)

    def until(self, done: Callable[[], bool], within: int = 20 * SECOND) -> bool:
        """Run until done, then let the line fall quiet."""
        reached = self.link.run_until(done, within)
        self.link.settle()
        return reached

    def audit(self) -> dict[str, list[str]]:
        """What either end has left."""
        return {"near": self.near.audit(), "far": self.far.audit()}


def one_call(pair: Pair, *, from_near: bool, called: str, within: int = 20 * SECOND) -> dict[str, Any]:
    """One call to a number whose party clears by itself, to its end."""
    caller, party = pair.ends(from_near)
    record = caller.place(called, pair.link.now)
    ended = pair.until_ended(record, within=within)
    pair.link.run_for(SECOND)
    other = next((seen for seen in reversed(party.records) if not seen.outgoing), None)
    return {
        "ended": ended,
        "call": record.summary(),
        "party": other.summary() if other is not None else None,
        "audit": pair.audit(),
    }


def answered_call(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """A call answered after two seconds, held for three and cleared by the called party with cause 31."""
    caller, _ = pair.ends(from_near)
    first = caller.place("301", pair.link.now)
    answered = pair.until_active(first)
    summary = first.summary()
    caller.hang_up(first, pair.link.now)
    pair.until_ended(first)
    return {
        "answered": answered,
        "first": summary,
        "second": one_call(pair, from_near=from_near, called="302"),
    }


def thirty_calls(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """All thirty channels at once, then one call too many, and all cleared: half by the caller, half not."""
    caller, party = pair.ends(from_near)
    calls = [
        caller.place("300", pair.link.now, channel=channel, exclusive=index % 2 == 0)
        for index, channel in enumerate(E1_CHANNELS)
    ]
    pair.until(lambda: len(caller.active()) == 30 == len(party.active()))
    result: dict[str, Any] = {
        "caller_active": sorted(call.channel or 0 for call in caller.active()),
        "party_active": sorted(call.channel or 0 for call in party.active()),
    }
    extra = caller.place("300", pair.link.now)
    pair.until_ended(extra)
    result["extra"] = extra.summary()
    result["still_active"] = [len(caller.active()), len(party.active())]
    for index, call in enumerate(calls):
        if index % 2:
            caller.hang_up(call, pair.link.now)
        else:
            party.hang_up(next(c for c in party.active() if c.channel == call.channel), pair.link.now)
    result["cleared"] = pair.until_ended(*calls)
    result["cleared_by"] = [call.cleared_by for call in calls]
    result["audit"] = pair.audit()
    return result


def refused_channels(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """The called end refuses a busy channel wanted exclusively (44), and any when none is left (34; 5.1.2).

    A channel that is busy there and only preferred is changed for another in the first response.
    """
    caller, party = pair.ends(from_near)
    party.block(5)
    exclusive = caller.place("300", pair.link.now, channel=5, exclusive=True)
    pair.until_ended(exclusive)
    preferred = caller.place("300", pair.link.now, channel=5)
    pair.until_active(preferred)
    changed_to = [preferred.channel, party.active()[-1].channel if party.active() else None]
    caller.hang_up(preferred, pair.link.now)
    pair.until_ended(preferred)
    others = [channel for channel in E1_CHANNELS if channel != 5]
    for channel in others:
        party.block(channel)
    none_left = caller.place("300", pair.link.now)
    pair.until_ended(none_left)
    for channel in E1_CHANNELS:
        party.unblock(channel)
    return {
        "exclusive": exclusive.summary(),
        "changed_to": changed_to,
        "none_left": none_left.summary(),
        "audit": pair.audit(),
    }


def chosen_channels(
    pair: Pair, *, from_near: bool, wanted: Sequence[int] = (1, 15, 17, 31)
) -> dict[str, Any]:
    """Exclusive channels on an idle trunk are the ones used (5.1.2 a)."""
    caller, party = pair.ends(from_near)
    calls = [caller.place("300", pair.link.now, channel=channel, exclusive=True) for channel in wanted]
    pair.until_active(*calls)
    channels = {"caller": [c.channel for c in calls], "party": [c.channel for c in party.active()]}
    for call in calls:
        caller.hang_up(call, pair.link.now)
    pair.until_ended(*calls)
    return {"channels": channels, "audit": pair.audit()}


def glare(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """Both ends ask for one channel in the same tick (5.7): the network's call has it; the user's is moved if
    its channel was preferred, and refused with 44 if it was exclusive. Called "from near", three channels at
    once, with the user's calls preferred; "from far", one, exclusively.
    """
    now = pair.link.now
    channels = (5, 6, 7) if from_near else (5,)
    down = [pair.near.place("300", now, channel=channel, exclusive=True) for channel in channels]
    up = [pair.far.place("300", now, channel=channel, exclusive=not from_near) for channel in channels]
    pair.until(lambda: all(call.active or call.ended_at is not None for call in (*down, *up)))
    seen = {
        "down": [(call.active, call.channel) for call in down],
        "up": [(call.active, call.cause, call.cleared_by) for call in up],
        "channels": sorted(call.channel or 0 for call in pair.near.active()),
        "at_far": sorted(call.channel or 0 for call in pair.far.active()),
    }
    for call in (*down, *up):
        (pair.near if call in down else pair.far).hang_up(call, pair.link.now)
    pair.until_ended(*down, *up)
    return seen | {"audit": pair.audit()}


def causes(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """Thirteen causes, each cleared three ways: by the caller, by the called party, and before the answer."""
    caller, party = pair.ends(from_near)
    seen: dict[str, dict[int, int | None]] = {"by_caller": {}, "by_party": {}, "rejected": {}}
    for cause in TEN_CAUSES:
        call = caller.place("300", pair.link.now)
        pair.until_active(call)
        other = party.active()[-1]
        caller.hang_up(call, pair.link.now, cause)
        pair.until_ended(call, other)
        seen["by_caller"][cause] = other.cause if other.cleared_by == "peer" else None
        for kind, prefix in (("by_party", "2"), ("rejected", "1")):
            call = caller.place(f"{prefix}{cause:03}", pair.link.now)
            pair.until_ended(call)
            seen[kind][cause] = call.cause if call.cleared_by == "peer" else None
    return {"seen": {kind: list(pairs.items()) for kind, pairs in seen.items()}, "audit": pair.audit()}


def restart(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """RESTART of an idle channel, then of the interface (5.5), then a call over the restarted channel."""
    ours, theirs = pair.ends(from_near)
    ours.restart(3, pair.link.now)
    one = pair.until(lambda: len(ours.restarts_acknowledged()) == 1)
    ours.restart(None, pair.link.now)
    everything = pair.until(lambda: _covers_the_interface(ours.restarts_acknowledged()[1:]))
    call = ours.place("300", pair.link.now, channel=3, exclusive=True)
    usable = pair.until_active(call)
    ours.hang_up(call, pair.link.now)
    pair.until_ended(call)
    return {
        "acknowledged": [one, everything],
        "sent": ours.restarts_acknowledged(),
        "seen": theirs.restarted(),
        "usable": usable,
        "audit": pair.audit(),
    }


def _covers_the_interface(restarted: Sequence[int | None]) -> bool:
    return list(restarted) in ([None], list(E1_CHANNELS))


def no_response(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """A SETUP that nobody answers: sent again after T303, given up after another (5.1.1, 5.2.5.3)."""
    caller, party = pair.ends(from_near)
    start = pair.link.now
    frames = len(pair.link.frames)
    record = caller.place("600", start)
    pair.link.run_until(lambda: record.ended_at is not None, 60 * SECOND)
    messages = [f for f in pair.link.frames[frames:] if len(f.frame) > _SUPERVISORY]
    setups = [f.sent_at - start for f in messages if f.frame[8:9] == b"\x05"]
    responses = [f.frame.hex() for f in messages if f.from_near != from_near]
    for left in [seen for seen in party.records if seen.ended_at is None]:
        party.hang_up(left, pair.link.now, 1)
    pair.link.run_for(20 * SECOND)
    return {
        "call": record.summary(),
        "setups_at": setups,
        "responses": responses,
        "gave_up_after": (record.ended_at or 0) - start,
    }


def quiet_line(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """A minute without calls: only the supervision of Q.921 5.10 (T203) is heard."""
    frames = len(pair.link.frames)
    pair.link.run_for(60 * SECOND)
    crossed = pair.link.frames[frames:]
    return {
        "up": [pair.near.up, pair.far.up],
        "polls": len(crossed),
        "longest": max((len(f.frame) for f in crossed), default=0),
    }


def lost_link(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """The D channel falls silent under an active call: after N200 polls the link is down (Q.921 5.6.7)."""
    caller, _ = pair.ends(from_near)
    call = caller.place("300", pair.link.now)
    pair.until_active(call)
    cut_at = pair.link.now
    pair.link.lose = lambda _from_near, _frame: True
    down = pair.link.run_until(lambda: not (pair.near.up or pair.far.up), 60 * SECOND)
    down_after = pair.link.now - cut_at
    pair.link.run_for(120 * SECOND)
    cleared = call.ended_at is not None
    pair.link.lose = None
    back = pair.link.run_until(lambda: pair.near.up and pair.far.up, 60 * SECOND)
    pair.link.run_for(40 * SECOND)
    again = one_call(pair, from_near=from_near, called="302")
    return {
        "down": down,
        "down_after": down_after,
        "cleared": cleared,
        "cleared_after": (call.ended_at or 0) - cut_at,
        "call": call.summary(),
        "back": back,
        "again": again,
    }


def short_loss(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """Every fifth frame is lost, both ways, through ten calls; Q.921 5.6 and 5.8 make it good."""
    caller, _ = pair.ends(from_near)
    count = [0]

    def lose(_from_near: bool, _frame: bytes) -> bool:
        count[0] += 1
        return count[0] % 5 == 0

    pair.link.lose = lose
    calls = []
    for _ in range(10):
        call = caller.place("302", pair.link.now)
        pair.until_ended(call, within=60 * SECOND)
        calls.append(call.summary())
    pair.link.lose = None
    pair.link.run_for(20 * SECOND)
    return {
        "calls": calls,
        "lost": sum(f.delivered_at is None for f in pair.link.frames),
        "up": [pair.near.up, pair.far.up],
        "audit": pair.audit(),
    }


def overlap(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """Digits one by one: SETUP with the first, INFORMATION with each of the rest (5.1.3, 5.2.4)."""
    caller, party = pair.ends(from_near)
    call = caller.place("3", pair.link.now, complete=False)
    acknowledged = pair.until(lambda: "SETUP_ACK" in call.names())
    caller.dial_on(call, "00", pair.link.now)
    answered = pair.until_active(call)
    called = party.records[-1].called
    caller.hang_up(call, pair.link.now)
    pair.until_ended(call)
    return {"acknowledged": acknowledged, "answered": answered, "called": called, "audit": pair.audit()}


def status_enquiry(pair: Pair, *, from_near: bool) -> dict[str, Any]:
    """Our end asks for the peer's call state, ringing and active (5.8.10); libpri never asks."""
    caller, party = pair.ends(from_near)
    ours = next(end for end in (caller, party) if isinstance(end, Enquirer))
    told = []
    for called in ("500", "300"):
        call = caller.place(called, pair.link.now)
        pair.link.run_for(SECOND)
        ours.enquire(ours.records[-1], pair.link.now)
        told.append(ours.told_of_status())
        pair.link.settle()
        pair.link.run_for(10 * SECOND)
        told.append(ours.told_of_status())
        caller.hang_up(call, pair.link.now)
        pair.until_ended(call)
    return {"told": told, "audit": pair.audit()}


Scenario = Callable[..., dict[str, Any]]

SCENARIOS: dict[str, Scenario] = {
    "answered_call": answered_call,
    "thirty_calls": thirty_calls,
    "refused_channels": refused_channels,
    "chosen_channels": chosen_channels,
    "glare": glare,
    "causes": causes,
    "busy": lambda pair, *, from_near: one_call(pair, from_near=from_near, called="200"),
    "in_band": lambda pair, *, from_near: one_call(pair, from_near=from_near, called="400"),
    "restart": restart,
    "no_response": no_response,
    "quiet_line": quiet_line,
    "lost_link": lost_link,
    "short_loss": short_loss,
    "overlap": overlap,
}
"""By the name that tests and reports use."""

WITH_OURS: dict[str, Scenario] = {"status_enquiry": status_enquiry}
"""Those in which one end has to be ours."""

SHORT = ("thirty_calls", "refused_channels", "chosen_channels", "glare", "causes", "busy", "restart")
"""Those that need no more than a few seconds of line time: all that is asked for where time is real."""
