"""What an ear reports: tones with their measured figures, and other sounds (`trunkwire.tones.cadence`)."""

from __future__ import annotations

import enum

import msgspec

from trunkwire.tones.kinds import ToneKind


class HeardTone(msgspec.Struct, frozen=True):
    """A tone, recognised or not, with what was measured of it.

    kind: the tone of the zone, None if the zone has none like it; kinds: every kind that sounds the same.
    freqs: one or two frequencies in Hz. cadence: the stretches of sound and pause in ms, in the order of
    the zone's data (of hearing, for an unknown tone), empty for a continuous one; a pause not over yet is
    missing. level_dbm0: the level while it sounds. first_block: the 20 ms block in which it began;
    decided_block: the one with which it was decided. A later report with the same first_block replaces the
    earlier one.
    """

    kind: ToneKind | None
    kinds: tuple[ToneKind, ...]
    freqs: tuple[float, ...]
    cadence: tuple[int, ...]
    level_dbm0: float
    first_block: int
    decided_block: int

    @property
    def freq_hz(self) -> float:
        """The first, or only, frequency."""
        return self.freqs[0]

    @property
    def on_ms(self) -> int:
        """How long it sounds; 0 for a continuous tone."""
        return self.cadence[0] if self.cadence else 0

    @property
    def off_ms(self) -> int | None:
        """How long it pauses; 0 for a continuous tone; None if the pause was not over when it was decided."""
        if not self.cadence:
            return 0
        return self.cadence[1] if len(self.cadence) > 1 else None

    def describe(self) -> str:
        """In words, such as "busy (450 Hz, 350/350 ms, -10.1 dBm0)"."""
        name = self.kind.value if self.kind else "unknown tone"
        freqs = " + ".join(f"{f:.0f}" for f in self.freqs)
        cadence = "/".join(str(ms) for ms in self.cadence) + " ms" if self.cadence else "continuous"
        return f"{name} ({freqs} Hz, {cadence}, {self.level_dbm0:.1f} dBm0)"


class SoundKind(enum.Enum):
    """A sound that is no tone, by a rule of thumb."""

    SPEECH = "speech"
    """Its level changes all the time and most of it is below 2 kHz: an announcement, or music."""
    OTHER = "other"
    """Steady or hissing: noise, hum, a modem."""


class HeardSound(msgspec.Struct, frozen=True):
    """A sound that is no tone, reported when it has lasted for some time and again when it is over.

    first_block: where it began; blocks: how long it has lasted, in 20 ms blocks, at decided_block; ended:
    whether it is over (its last second of silence is not counted). level_dbm0: the mean while it sounded.
    """

    kind: SoundKind
    first_block: int
    blocks: int
    level_dbm0: float
    decided_block: int
    ended: bool

    @property
    def duration_ms(self) -> int:
        """How long it has lasted, in ms."""
        return 20 * self.blocks

    def describe(self) -> str:
        """In words, such as "speech of 2.4 s (-18.0 dBm0)"."""
        return f"{self.kind.value} of {self.duration_ms / 1000:.1f} s ({self.level_dbm0:.1f} dBm0)"


Heard = HeardTone | HeardSound
