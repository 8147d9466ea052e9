"""A visit: one call to the call centre, what has become of it so far, and what its caller is to hear."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkbench.ear import first_sample
from trunkbench.incoming import is_clearing
from trunkwire.ticks import Tick
from trunkwire.tones.dtmfreceiver import DtmfReceiver

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.callcentre.menu import Menu
    from trunkbench.callcentre.supervision import ToneWatch
    from trunkbench.numbers import Sound

Says = Callable[[int], "Sound | None"]
"""Makes the sound that begins at a sample of the line's axis."""


class Stage(enum.Enum):
    """Where a caller is."""

    ARRIVED = "arrived"
    MENU = "in the menu"
    QUEUE = "in the queue"
    """It waits, or rings at an agent."""
    TALKS = "talks"
    SENT_ON = "sent on"
    """It is joined, or about to be, to a call that the PBX has placed."""
    BUSY = "hears busy"
    """On an analog line, where nothing else can be done with a caller for whom there is no room."""
    OVER = "over"


@dataclass(slots=True, eq=False)
class Visit:
    """One call, as the PBX holds it. Ticks are the pump's."""

    call: Call
    arrived_at: Tick
    stage: Stage = Stage.ARRIVED
    agent: str | None = None
    """Who talks to the caller, or did last."""
    talks_since: Tick | None = None
    queued_at: Tick | None = None
    answered: bool = False
    """Whether the PBX has answered the call, be it with an agent, a menu or an announcement."""
    says: Says | None = None
    menu: Menu | None = None
    receiver: DtmfReceiver | None = None
    listened: int = 0
    """Samples before this one were fed to the receiver."""
    watch: ToneWatch | None = None
    """On an analog line: listens whether the exchange has let go."""
    until: Tick | None = None
    """How long the caller hears busy."""
    onward: Call | None = None
    """The call that the PBX has placed for this one."""
    why: str = "caller"
    """Who ends the talk: caller, agent, line (the access fails), or a transfer."""

    @property
    def gone(self) -> bool:
        """Whether nothing can be done with the call any more."""
        q931 = self.call.q931
        over = self.stage is Stage.OVER or self.call.ended_at is not None
        return over or q931 is None or is_clearing(q931)

    def say(self, says: Says | None) -> None:
        """Let the caller hear that from now on, or as soon as it is connected; None: the identification tone
        of its channel.
        """
        self.says = says
        if self.call.active and not self.gone:
            self.call.exchange.lines.introduce(self.call)

    def speak(self) -> bool:
        """Play what there is to say, from its beginning; False where that is the channel's own tone."""
        if self.says is None:
            return False
        lines, start = self.call.exchange.lines, first_sample(self.call.exchange.now)
        sound = self.says(start)
        if sound is None:
            lines.silence(self.call)
        else:
            lines.play(self.call, sound)
        return True

    def listen_from_now(self) -> None:
        """Begin to look for digits."""
        self.listened = first_sample(self.call.exchange.now)
        self.receiver = DtmfReceiver(self.call.exchange.lines.law, self.listened)

    def heard_digits(self) -> str:
        """The digits accepted since this was asked last. What was lost on the way is silence to it."""
        assert self.receiver is not None
        end = self.call.last_sample()
        if end <= self.listened:
            return ""
        octets = self.call.ear.octets(self.listened, end - self.listened)
        self.listened = end
        return "".join(digit.digit for digit in self.receiver.feed(octets))
