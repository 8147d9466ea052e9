"""How call progress tones sound in a country: frequencies, cadence, level and tolerance, as data.

China by GB/T 3380; Europe by ETSI TR 101 041-2; the others by ITU-T E.180 Supplement 2 and the national
practice it lists. A tone is written as in most telephony software, `450/350,0/350`: frequencies in Hz (0 is
silence, `+` adds a second one), a slash, milliseconds; repeated for ever. No duration means without end.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from trunkwire.tones.kinds import ToneKind
from trunkwire.tones.pattern import Pattern, patterns_of


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a cadence: frequencies in Hz (none is silence) and length in ms (0 is without end)."""

    freqs: tuple[float, ...]
    ms: int


@dataclass(frozen=True, slots=True)
class ToneSpec:
    """One tone: segments played in turn and repeated, and the level of the whole tone in dBm0.

    Two frequencies share the power equally. A rising tone does so evenly in dB, by `rise_db` over `rise_ms`.
    """

    segments: tuple[Segment, ...]
    level_dbm0: float = -10.0
    rise_db: float = 0.0
    rise_ms: int = 0

    @classmethod
    def parse(
        cls, text: str, level_dbm0: float = -10.0, *, rise_db: float = 0.0, rise_ms: int = 0
    ) -> ToneSpec:
        """The tone written as `450/350,0/350`. Raises ValueError naming the part that is not understood."""
        segments = []
        for part in text.split(","):
            freqs, slash, ms = part.strip().partition("/")
            try:
                parsed = tuple(float(f) for f in freqs.split("+") if float(f) != 0)
                segments.append(Segment(parsed, int(ms) if slash else 0))
            except ValueError:
                raise ValueError(f"tone {text!r}: {part!r} is not Hz[+Hz][/ms], such as 450/350") from None
        return cls(tuple(segments), level_dbm0, rise_db, rise_ms)

    def __post_init__(self) -> None:
        if not self.segments or not self.segments[0].freqs:
            raise ValueError("a tone begins with a frequency, such as 450/350,0/350")
        if len(self.segments) > 1 and any(s.ms <= 0 for s in self.segments):
            raise ValueError("each segment of a cadence needs a duration in ms; only a lone one needs none")
        for segment in self.segments:
            if len(segment.freqs) > 2 or not all(0 < f < 4000 for f in segment.freqs):
                raise ValueError(f"{segment.freqs}: a segment has at most two frequencies, of 0 to 4000 Hz")

    @property
    def freqs(self) -> tuple[float, ...]:
        """The frequencies of the first segment, in Hz."""
        return self.segments[0].freqs

    @property
    def continuous(self) -> bool:
        """Whether the tone never pauses."""
        return len(self.segments) == 1

    @property
    def on_ms(self) -> int:
        """How long the first segment sounds; 0 if without end."""
        return 0 if self.continuous else self.segments[0].ms

    @property
    def off_ms(self) -> int:
        """How long the first pause lasts; 0 if there is none."""
        return next((s.ms for s in self.segments if not s.freqs), 0)

    @property
    def period_ms(self) -> int:
        """After how long the cadence repeats; 0 if it has none."""
        return 0 if self.continuous else sum(s.ms for s in self.segments)

    def __str__(self) -> str:
        parts = []
        for segment in self.segments:
            freqs = "+".join(f"{f:g}" for f in segment.freqs) or "0"
            parts.append(f"{freqs}/{segment.ms}" if segment.ms else freqs)
        return ",".join(parts)


@dataclass(frozen=True, eq=False)
class Zone:
    """The tones of a country or standard.

    `freq_tolerance_hz` and `cadence_tolerance` (a share of each duration) bound what is recognised as one of
    them; `min_level_dbm0` is the weakest tone that counts.
    """

    name: str
    title: str
    tones: Mapping[ToneKind, ToneSpec] = field(repr=False)
    freq_tolerance_hz: float = 12.0
    cadence_tolerance: float = 0.10
    min_level_dbm0: float = -40.0

    def __getitem__(self, kind: ToneKind) -> ToneSpec:
        """The tone of that kind. Raises KeyError naming the zone and what it does have."""
        try:
            return self.tones[kind]
        except KeyError:
            has = ", ".join(k.value for k in self.tones)
            raise KeyError(f"zone {self.name!r} has no {kind.value} tone; it has {has}") from None

    @functools.cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """The distinct cadences of its tones, for detection."""
        return patterns_of(self)

    def __contains__(self, kind: ToneKind) -> bool:
        return kind in self.tones

    def alike(self, kind: ToneKind) -> tuple[ToneKind, ...]:
        """Every kind that sounds the same in this zone, that kind first: no ear can tell them apart."""
        segments = self[kind].segments
        return (kind, *(k for k, spec in self.tones.items() if k is not kind and spec.segments == segments))


def _zone(
    name: str,
    title: str,
    tones: Mapping[str, str | ToneSpec],
    *,
    levels: Mapping[str, float] | None = None,
    freq_tolerance_hz: float = 12.0,
) -> Zone:
    specs = {}
    for kind, tone in tones.items():
        level = (levels or {}).get(kind, -10.0)
        specs[ToneKind(kind)] = tone if isinstance(tone, ToneSpec) else ToneSpec.parse(tone, level)
    return Zone(name, title, MappingProxyType(specs), freq_tolerance_hz)


_SIT = "950/330,1400/330,1800/330,0/1000"  # special information tone, ITU-T E.180 clause 6

_ALL = (
    # GB/T 3380 lets a generator be off by 25 Hz. The ear here takes 20, so that a neighbour's 425 Hz is never
    # taken for 450. The howler's rise is 10 dB in 15 s: the standard leaves the rate open.
    _zone(
        "cn",
        "China (GB/T 3380)",
        {
            "dial": "450",
            "special-dial": "450",
            "busy": "450/350,0/350",
            "ringback": "450/1000,0/4000",
            "congestion": "450/700,0/700",
            "unobtainable": "450/100,0/100,450/100,0/100,450/100,0/100,450/400,0/400",
            "call-waiting": "450/400,0/4000",
            "record": "950/400,0/10000",
            "howler": ToneSpec.parse("950", -10.0, rise_db=10.0, rise_ms=15_000),
            "long-distance": "450/200,0/200,450/200,0/600",
            "reminder": "1400/400,0/10000",
        },
        freq_tolerance_hz=20.0,
    ),
    _zone(
        "etsi",
        "Europe (ETSI TR 101 041-2)",
        {
            "dial": "425",
            "special-dial": "425/400,0/40",
            "busy": "425/500,0/500",
            "ringback": "425/1000,0/4000",
            "congestion": "425/200,0/200",
            "unobtainable": _SIT,
            "call-waiting": "425/200,0/600,425/200,0/3000",
            "record": "1400/400,0/15000",
        },
    ),
    _zone(
        "de",
        "Germany",
        {
            "dial": "425",
            "busy": "425/480,0/480",
            "ringback": "425/1000,0/4000",
            "congestion": "425/240,0/240",
            "unobtainable": _SIT,
            "call-waiting": "425/200,0/200,425/200,0/5000",
        },
    ),
    _zone(
        "fr",
        "France",
        {
            "dial": "440",
            "busy": "440/500,0/500",
            "ringback": "440/1500,0/3500",
            "congestion": "440/250,0/250",
            "unobtainable": _SIT,
            "call-waiting": "440/300,0/10000",
            "record": "1400/500,0/15000",
        },
    ),
    _zone(
        "nl",
        "Netherlands",
        {
            "dial": "425",
            "busy": "425/500,0/500",
            "ringback": "425/1000,0/4000",
            "congestion": "425/250,0/250",
            "unobtainable": _SIT,
            "call-waiting": "425/500,0/9500",
            "record": "1400/500,0/15000",
        },
    ),
    _zone(
        "ru",
        "Russian Federation",
        {
            "dial": "425",
            "busy": "425/350,0/350",
            "ringback": "425/1000,0/4000",
            "congestion": "425/175,0/175",
            "unobtainable": _SIT,
            "call-waiting": "425/200,0/5000",
            "record": "1400/400,0/15000",
        },
    ),
    _zone(
        "uk",
        "United Kingdom",
        {
            "dial": "350+440",
            "busy": "400/375,0/375",
            "ringback": "400+450/400,0/200,400+450/400,0/2000",
            "congestion": "400/400,0/350,400/225,0/525",
            "unobtainable": "400",
            "call-waiting": "400/100,0/4000",
            "record": "1400/500,0/60000",
        },
    ),
    _zone(
        "us",
        "United States, North America",
        {
            "dial": "350+440",
            "busy": "480+620/500,0/500",
            "ringback": "440+480/2000,0/4000",
            "congestion": "480+620/250,0/250",
            "unobtainable": _SIT,
            "call-waiting": "440/300,0/10000",
            "record": "1400/500,0/15000",
        },
        # The precise tone plan sets each frequency: dial -13, ringback -19, busy and congestion -24 dBm0.
        levels={"dial": -10.0, "ringback": -16.0, "busy": -21.0, "congestion": -21.0, "call-waiting": -13.0},
    ),
)

ZONES: Mapping[str, Zone] = MappingProxyType({zone.name: zone for zone in _ALL})
"""The zones by name."""

DEFAULT_ZONE = "cn"


def zone(name: str = DEFAULT_ZONE) -> Zone:
    """The zone of that name. Raises ValueError naming the nearest spelling and every zone there is."""
    try:
        return ZONES[name]
    except KeyError:
        near = difflib.get_close_matches(name, ZONES, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"tone zone {name!r} is unknown: {hint}zones are {', '.join(ZONES)}") from None
