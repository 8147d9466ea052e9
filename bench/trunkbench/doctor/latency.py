"""How long speech takes until it is heard, when every party begins at one moment after a silence."""

from __future__ import annotations

from trunkbench.call import Call
from trunkbench.doctor.listening import first_sound, heard_octets
from trunkbench.latency import LONGEST
from trunkwire.ticks import SAMPLE, Tick
from trunkwire.tones import BLOCK_SAMPLES, Ident


def one_way(speaker: Call, listener: Call, since: Tick) -> Tick | None:
    """From the moment the party began to speak (`since`) until the other heard it; None if it never did."""
    if speaker.span is None or speaker.slot is None or listener.span is None or listener.slot is None:
        return None
    first = -(-since // SAMPLE)
    said = speaker.exchange.lines.tone_of(Ident(speaker.end, speaker.span.index, speaker.slot))
    law = listener.span.law
    begins = first_sound(law.silent(1) + said(first, BLOCK_SAMPLES), law)
    arrives = first_sound(
        law.silent(1) + heard_octets(listener.span, listener.slot, first, LONGEST // SAMPLE), law
    )
    return None if arrives is None or begins is None else max(arrives - begins, 0) * SAMPLE


def round_trip(call: Call, half: Call, since: Tick) -> Tick | None:
    """There and back: the sum of both ways, in which the two ends' axes cancel out."""
    there, back = one_way(call, half, since), one_way(half, call, since)
    return None if there is None or back is None else there + back
