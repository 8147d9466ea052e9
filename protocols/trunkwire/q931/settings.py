"""What can be set on call control: timers (Q.931 tables 9-1, 9-2), channels, and choices left to us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from trunkwire.q931.channels import Selection
from trunkwire.q931.maintenance import Maintenance
from trunkwire.q931.procedure import Timer
from trunkwire.q931.segmentation import N201
from trunkwire.q931.variants import Q931, Variant
from trunkwire.side import Side
from trunkwire.ticks import SECOND, Tick

E1_CHANNELS = (*range(1, 16), *range(17, 32))
"""The B-channels of a 2,048 kbit/s interface whose D-channel is timeslot 16 (I.431)."""

_DEFAULTS: dict[Timer, tuple[Tick, Tick]] = {
    # timer: (user side, table 9-2; network side, table 9-1)
    Timer.T301: (180 * SECOND, 180 * SECOND),  # optional at the user, but for Annex D
    Timer.T302: (15 * SECOND, 12 * SECOND),
    Timer.T303: (4 * SECOND, 4 * SECOND),  # optional at the user, but for Annex D
    Timer.T304: (30 * SECOND, 20 * SECOND),  # optional at the user
    Timer.T305: (30 * SECOND, 30 * SECOND),
    Timer.T306: (30 * SECOND, 30 * SECOND),
    Timer.T307: (180 * SECOND, 180 * SECOND),
    Timer.T308: (4 * SECOND, 4 * SECOND),
    Timer.T309: (6 * SECOND, 6 * SECOND),  # optional at the user
    Timer.T310: (60 * SECOND, 10 * SECOND),  # optional at the user, but for Annex D
    Timer.T312: (6 * SECOND, 6 * SECOND),  # T303 and two seconds, where calls are broadcast
    Timer.T313: (4 * SECOND, 4 * SECOND),
    Timer.T316: (120 * SECOND, 120 * SECOND),
    Timer.T317: (60 * SECOND, 60 * SECOND),
    Timer.T318: (4 * SECOND, 4 * SECOND),
    Timer.T319: (4 * SECOND, 4 * SECOND),
    Timer.T322: (4 * SECOND, 4 * SECOND),
    Timer.T_HOLD: (4 * SECOND, 4 * SECOND),
    Timer.T_RETRIEVE: (4 * SECOND, 4 * SECOND),
    Timer.T_SERVICE: (4 * SECOND, 4 * SECOND),
}


def _some_digits(digits: str) -> bool:
    return digits != ""


@dataclass(frozen=True, slots=True)
class CallControlSettings:
    """Settings of one D-channel's call control. Timers are in ticks; None takes the default of the side."""

    channels: tuple[int, ...] = E1_CHANNELS
    variant: Variant = Q931
    """What the switch at this interface sends, where that differs from the Recommendation."""
    interface: int | None = None
    """The interface that channel identifications name, where one D-channel serves several; None: they leave
    it implicit (4.5.13).
    """
    selection: Selection = Selection.ASCENDING
    auto_release: bool = True
    """Answer DISCONNECT with RELEASE at once (5.3.3, 5.3.4.2), unless the peer promises tones (progress 8).
    """
    auto_acknowledge: bool = True
    """Network side: answer CONNECT with CONNECT ACKNOWLEDGE at once (5.2.8); otherwise the user of the
    machine does.
    """
    auto_restart: bool = True
    """Answer RESTART at once (5.5.2); otherwise after `confirm_restart`, guarded by T317."""
    report_ignored: bool = True
    """Answer an element that was skipped with STATUS 99 or 100 (an option of 5.8.7)."""
    number_complete: Callable[[str], bool] = _some_digits
    """Overlap: when T302 expires, whether the digits received so far may be a whole number (5.1.3, 5.2.4)."""
    enquiries: int = 2
    """How often STATUS ENQUIRY is sent before the call is given up (5.8.10)."""
    point_to_multipoint: bool = False
    """Several terminals share the D-channel: the network side offers calls by broadcast (5.2), and data links
    are established when they are needed.
    """
    basic: bool = False
    """Whether the interface is a basic one, whose channels 1 and 2 are B1 and B2 (4.5.13)."""
    reference_length: int = 2
    """Octets of our call references: 2 on a primary rate interface, 1 on a basic one (4.3)."""
    restarts: int = 2
    """How often RESTART is sent before its channels are given up (the limit of 5.5.1, N316)."""
    hold_reserves: bool = True
    """A held call keeps its channel reserved; otherwise it gives it up until it is retrieved (Q.932 6)."""
    auto_hold: bool = False
    """Let the peer hold and retrieve at once; otherwise the user of the machine is asked (Q.932 6)."""
    suspension: bool = True
    """Network side: calls can be suspended (5.6)."""
    auto_suspend: bool = True
    """Network side: answer SUSPEND and RESUME at once; otherwise the user of the machine does."""
    maintenance: Maintenance | None = None
    """Whose SERVICE messages the interface has; None: those of the variant. Where that has none either,
    they are discarded (5.8.1).
    """
    auto_service: bool = True
    """Answer SERVICE at once; otherwise after `confirm_service`."""
    segmentation: bool = False
    """Messages longer than `n201` go out in segments, and segments that come are put together (Annex H)."""
    n201: int = N201
    """The most octets that the data link carries in one frame (Q.921 5.9.3)."""
    location: int | None = None
    """The location in our cause elements (Q.850 2.2.3); None: user (0), or on the network side, public
    network (2).
    """
    t301: Tick | None = None
    t302: Tick | None = None
    t303: Tick | None = None
    t304: Tick | None = None
    t305: Tick | None = None
    t306: Tick | None = None
    t307: Tick | None = None
    t308: Tick | None = None
    t309: Tick | None = None
    t310: Tick | None = None
    t312: Tick | None = None
    t313: Tick | None = None
    t314: Tick | None = None
    """How long the next segment may take (Annex H); 4 s on both sides (tables 9-1, 9-2)."""
    t316: Tick | None = None
    t317: Tick | None = None
    t318: Tick | None = None
    t319: Tick | None = None
    t322: Tick | None = None
    t_hold: Tick | None = None
    t_retrieve: Tick | None = None
    t_service: Tick | None = None

    def __post_init__(self) -> None:
        if self.maintenance is None:
            object.__setattr__(self, "maintenance", self.variant.maintenance)

    def durations(self, side: Side) -> dict[Timer, Tick]:
        """The duration of every timer on that side. Raises ValueError for one that is not positive."""
        found = {}
        for timer, defaults in _DEFAULTS.items():
            value: Tick | None = getattr(self, timer.name.lower())
            ours = self.variant.timers.get(timer, defaults)[side is Side.NETWORK]
            found[timer] = ours if value is None else value
            if found[timer] <= 0:
                raise ValueError(f"{timer.name} = {found[timer]} ticks: a timer must be positive")
        if self.t312 is None:
            found[Timer.T312] = found[Timer.T303] + 2 * SECOND
        if found[Timer.T312] <= found[Timer.T303]:
            raise ValueError(f"T312 = {found[Timer.T312]} ticks: it must be longer than T303 (table 9-1)")
        return found
