"""What an exchange gives the lines of its subscribers: tones of its own, the channel of a trunk, or nothing.

Listening is a matter of the line's ear (`trunkbench.ear`); speaking goes into the B channel of the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from trunkbench.arguments import sound as checked
from trunkbench.device import TimeBase
from trunkbench.ear import LocalFeed, TrunkFeed, first_sample
from trunkbench.errors import UsageError
from trunkbench.hearing import Hearing
from trunkbench.numbers import Sound
from trunkbench.outcome import NO_CIRCUIT_CAUSES, UNOBTAINABLE_CAUSES, End
from trunkwire.g711 import Law
from trunkwire.ticks import SAMPLE, SECOND, Tick
from trunkwire.tones import (
    BUSY,
    UNOBTAINABLE,
    Ident,
    ToneKind,
    ToneSource,
    ToneSpec,
    Zone,
    ident_source,
    tone_source,
)
from trunkwire.tones.dtmf import dtmf_source

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.device import Source
    from trunkbench.pump import Pump


BUFFERED: Tick = SECOND // 8
"""What a card may have been given to send already: 125 ms, two jitter buffers of three blocks and some. A
sound that begins now begins inside it.
"""


class Lines:
    """The subscribers' side of one exchange."""

    def __init__(self, end: End, law: Law, zone: Zone, pump: Pump) -> None:
        self.end: End = end
        self.law = law
        self.zone = zone
        self.hearing = Hearing(law, zone)
        self.no_circuit: ToneKind = BUSY
        """The tone for causes 34, 42 and 44."""
        self.identify = True
        """Whether parties speak their identification tone as soon as they are connected."""
        self.spoken_for: Callable[[Call], bool] = lambda call: False
        """Says into a call that is connected what its party has to say; False where that is nothing of its
        own."""
        self._pump = pump
        self._idents: dict[Ident, Source] = {}
        self._tones: dict[ToneKind, ToneSource] = {}

    # -- listening ----------------------------------------------------------------------------------------

    def to_tone(self, call: Call, kind: ToneKind) -> None:
        """Connect the line to a tone of this exchange, unless it hears that already."""
        feed = call.ear.feed
        if isinstance(feed, LocalFeed) and feed.name == kind.value:
            return
        source = self.source(kind, first_sample(self._pump.now))
        assert source is not None
        call.ear.connect(LocalFeed(source, kind.value), self._pump.now)

    def to_tone_for_cause(self, call: Call) -> None:
        """The tone for the cause that ended the call, to a line that is still off hook."""
        if call.hung_up_at is not None:
            return
        if call.cause in NO_CIRCUIT_CAUSES:
            kind = self.no_circuit
        elif call.cause in UNOBTAINABLE_CAUSES:
            kind = UNOBTAINABLE
        else:
            kind = BUSY
        self.to_tone(call, kind)

    def to_trunk(self, call: Call) -> None:
        """Connect the line to its channel, for listening."""
        if call.span is not None and call.slot is not None:
            call.ear.connect(TrunkFeed(call.span.port, call.slot, call.span.other), self._pump.now)

    def to_nothing(self, call: Call) -> None:
        """Take the line off everything, in both directions."""
        call.ear.connect(None, self._pump.now)
        self.silence(call)

    # -- speaking -----------------------------------------------------------------------------------------

    def play(self, call: Call, sound: Sound | None) -> None:
        """Speak a sound into the call's channel from now on.

        Raises UsageError without a channel, and for what is no sound.
        """
        if call.span is None or call.slot is None or call.cleared_at is not None:
            raise UsageError(f"{call.name} has no channel to play into")
        self._pump.check_open()
        start = first_sample(self._pump.now)
        call.span.port.play(call.slot, self.source(checked(sound), start), start * SAMPLE)

    def play_digits(self, call: Call, digits: str) -> None:
        """Speak DTMF digits into the channel: on a card as soon as its jitter buffer lets all of them pass.

        Raises ValueError for a digit that DTMF does not have.
        """
        exact = call.span is None or call.span.port.caps.time is TimeBase.EXACT
        start = self._pump.now + (0 if exact else BUFFERED)
        self.play(call, dtmf_source(digits, self.law, first_sample(start)))

    def introduce(self, call: Call) -> None:
        """Let the party speak the identification tone of its channel, if parties do."""
        if call.bridged or self.spoken_for(call):
            return
        if self.identify and call.span is not None and call.slot is not None:
            self.play(
                call, self.tone_of(Ident(self.end, call.span.index, call.span.identified_by(call.slot)))
            )

    def silence(self, call: Call) -> None:
        """Stop speaking into the channel."""
        if call.span is not None and call.slot is not None and call.cleared_at is None:
            start = first_sample(self._pump.now) * SAMPLE
            call.span.port.play(call.slot, None, start)

    def source(self, sound: Sound | None, start: int) -> Source | None:
        """The samples of a sound that begins at sample `start`. UsageError for a tone the zone lacks."""
        if isinstance(sound, ToneKind):
            if sound not in self.zone.tones:
                raise UsageError(f"zone {self.zone.name!r} has no {sound.value} tone")
            return self._tone(sound).starting_at(start)
        if isinstance(sound, ToneSpec):
            return tone_source(sound, self.law, start)
        return sound

    def _tone(self, kind: ToneKind) -> ToneSource:
        """A tone of the zone; its tables are made once."""
        tone = self._tones.get(kind)
        if tone is None:
            tone = self._tones[kind] = tone_source(self.zone.tones[kind], self.law)
        return tone

    def tone_of(self, ident: Ident) -> Source:
        """The identification tone of a channel: made once, since it is pure and has no beginning."""
        source = self._idents.get(ident)
        if source is None:
            source = self._idents[ident] = ident_source(ident, self.law)
        return source
