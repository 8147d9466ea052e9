"""The words of a data link connection (Q.921 clauses 4 and 5, Annex B): states, events, primitives, settings,
errors.
"""

from __future__ import annotations

import enum

import msgspec

from trunkwire.lapd.rows import NamedState
from trunkwire.ticks import SECOND, Tick


class State(NamedState):
    """States of Annex B. State 5 is split as in the tables of Annex D, so that a state says all that matters.

    States 1 to 3 come before a TEI; a link with a fixed one (every PRI) begins in state 4.
    """

    TEI_UNASSIGNED = 10
    ASSIGN_AWAITING_TEI = 20
    ESTABLISH_AWAITING_TEI = 30
    TEI_ASSIGNED = 40
    AWAITING_ESTABLISHMENT = 50
    """5.0: layer 3 asked for it."""
    AWAITING_REESTABLISHMENT = 51
    """5.1: the link layer resets the link by itself."""
    PENDING_RELEASE = 52
    """5.2: layer 3 asked for release while SABME was unanswered."""
    AWAITING_RELEASE = 60
    MULTIPLE_FRAME_ESTABLISHED = 70
    TIMER_RECOVERY = 80

    @property
    def number(self) -> int:
        """The number of the state in Annex B."""
        return self.value // 10

    @property
    def title(self) -> str:
        """Number and name as a reader of Annex B knows them, such as "7 multiple frame established"."""
        return f"{self.number} {super().title}"


class Event(enum.IntEnum):
    """What a row of the table answers. FINAL is a response with F = 1; others are commands or have F = 0."""

    ESTABLISH = 1
    RELEASE = 2
    DATA = 3
    UNIT_DATA = 4
    OWN_BUSY = 5
    OWN_READY = 6
    T200 = 10
    T200_LAST = 11
    """T200 expired and the retransmission counter stands at N200."""
    T203 = 12
    SABME = 20
    DISC = 21
    UA = 22
    UA_FINAL = 23
    DM = 24
    DM_FINAL = 25
    FRMR = 26
    UI = 27
    XID = 28
    I = 30  # noqa: E741 - the Recommendation's name
    RR = 31
    RR_FINAL = 32
    RNR = 33
    RNR_FINAL = 34
    REJ = 35
    REJ_FINAL = 36
    NR_ERROR = 40
    """N(R) of an I or S frame is outside V(A) to V(S)."""
    FRAME_ERROR = 41
    """A frame that may not be: MDL-ERROR codes L to O."""
    ASSIGN = 50
    """MDL-ASSIGN request: management has a TEI for the link."""
    REMOVE = 51
    """MDL-REMOVE request: management takes the TEI away."""
    ERROR_RESPONSE = 52
    """MDL-ERROR response: management could get no TEI."""
    DEACTIVATE = 53
    """Layer 1 has been inactive for long (persistent deactivation)."""


LOCAL_EVENTS = frozenset(event for event in Event if event <= Event.OWN_READY)
MANAGEMENT_EVENTS = frozenset((Event.ASSIGN, Event.REMOVE, Event.ERROR_RESPONSE, Event.DEACTIVATE))
TIMER_EVENTS = frozenset((Event.T200, Event.T200_LAST, Event.T203))
REMOTE_EVENTS = frozenset(Event) - LOCAL_EVENTS - MANAGEMENT_EVENTS - TIMER_EVENTS - {Event.NR_ERROR}

STATES_WITHOUT_TEI = frozenset(
    (State.TEI_UNASSIGNED, State.ASSIGN_AWAITING_TEI, State.ESTABLISH_AWAITING_TEI)
)

GROUP_TEI = 127
"""The TEI of the broadcast data link connection (Q.921 3.3.4.1)."""

MANAGEMENT_SAPI = 63
"""The SAPI of layer 2 management (Q.921 3.3.3)."""


class ErrorCode(enum.StrEnum):
    """MDL-ERROR indications (Q.921 Table II.1)."""

    A = "A"
    """Supervisory response with F = 1 that nobody asked for."""
    B = "B"
    """DM with F = 1 that nobody asked for."""
    C = "C"
    """UA with F = 1 that nobody asked for."""
    D = "D"
    """UA with F = 0."""
    E = "E"
    """DM with F = 0 while the link is up."""
    F = "F"
    """The peer re-established the link (SABME)."""
    G = "G"
    """SABME was not answered N200 times."""
    H = "H"
    """DISC was not answered N200 times."""
    I = "I"  # noqa: E741 - the Recommendation's name
    """A status enquiry was not answered N200 times."""
    J = "J"
    """N(R) error."""
    K = "K"
    """FRMR was received."""
    L = "L"
    """Frame not implemented, or a command sent as a response or the reverse."""
    M = "M"
    """Information field in a frame that has none."""
    N = "N"
    """Frame of wrong size."""
    O = "O"  # noqa: E741 - the Recommendation's name
    """Information field longer than N201."""


class Transmit(msgspec.Struct, frozen=True, gc=False):
    """Give `frame` (address to end of information) to the framer."""

    frame: bytes


# The outputs below name the link they come from: `tei` and `sapi` stand last, and are 0 on a PRI.


class Established(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """The link is up. `by_peer`: DL-ESTABLISH indication, else the confirmation of what was asked for.

    `reset`: it was up before, and I frames that were sent or queued are lost.
    """

    by_peer: bool
    reset: bool = False
    tei: int = 0
    sapi: int = 0


class Released(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """The link is down. `requested`: DL-RELEASE confirm; else an indication.

    `by_peer`: the peer sent DISC or DM; neither flag: the peer did not answer, or the link has lost its TEI
    (`tei` is 127 if it never had one).
    """

    requested: bool
    by_peer: bool
    tei: int = 0
    sapi: int = 0


class Data(msgspec.Struct, frozen=True, repr_omit_defaults=True, gc=False):
    """The information of an I frame, in sequence (DL-DATA indication)."""

    data: bytes
    tei: int = 0
    sapi: int = 0


class UnitData(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """The information of a UI frame (DL-UNIT DATA indication); `tei` 127: it was broadcast."""

    data: bytes
    tei: int = 0
    sapi: int = 0


class Exchange(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """An XID frame, for whoever negotiates parameters (Q.921 5.4); the link itself answers nothing."""

    data: bytes
    command: bool
    pf: bool
    tei: int = 0
    sapi: int = 0


class Error(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """MDL-ERROR indication, raised in `state`."""

    code: ErrorCode
    state: State
    tei: int = 0
    sapi: int = 0


class AssignWanted(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """MDL-ASSIGN indication: the link has something to do and no TEI; `assign` or `refuse_tei` answers it."""

    sapi: int = 0


class TeiAssigned(msgspec.Struct, frozen=True):
    """A terminal has this TEI from now on (of a `LapdEntity`)."""

    tei: int


class TeiRemoved(msgspec.Struct, frozen=True):
    """The terminal with this TEI has lost it; its links are released (of a `LapdEntity`)."""

    tei: int


Output = Transmit | Established | Released | Data | UnitData | Exchange | Error | AssignWanted
EntityOutput = (
    Transmit | Established | Released | Data | UnitData | Exchange | Error | TeiAssigned | TeiRemoved
)


class LapdMisuse(RuntimeError):
    """The local user asked for what the state does not allow; nothing was changed."""

    def __init__(self, state: State, event: Event) -> None:
        wish = event.name.lower().replace("_", " ")
        super().__init__(f"LAPD link in state {state.title}: {wish} is not allowed now")
        self.state = state
        self.event = event


class LapdSettings(msgspec.Struct, frozen=True):
    """Parameters of one data link connection, with the defaults of a PRI (Q.921 5.9). Times in ticks."""

    sapi: int = 0
    tei: int | None = 0
    """None: automatic, asked for when the link is first needed (5.3.2)."""
    k: int = 7
    """I frames that may be outstanding (5.9.5)."""
    n200: int = 3
    """Retransmissions of one frame (5.9.2)."""
    n201: int = 260
    """Octets of an information field (5.9.3)."""
    t200: Tick = SECOND
    """Wait for an acknowledgement (5.9.1)."""
    t203: Tick = 10 * SECOND
    """Longest time without a frame from the peer (5.9.8)."""
    n202: int = 3
    """Identity requests that one attempt to get a TEI may take (5.9.4)."""
    t201: Tick = SECOND
    """Wait for identity check responses, network side (5.9.6)."""
    t202: Tick = 2 * SECOND
    """Wait for an answer to an identity request or verify, user side (5.9.7)."""
    nm20: int = 3
    """XID commands that one negotiation of parameters may take (Appendix IV)."""
    tm20: Tick = 5 * SECOND // 2
    """Wait for an XID response (Appendix IV)."""
    reestablish_after: Tick | None = None
    """Ask for establishment this long after the link was lost; None leaves it to layer 3."""

    def __post_init__(self) -> None:
        for name, low, high in _BOUNDS:
            value = getattr(self, name)
            if value is None and name == "tei":
                continue
            if not low <= value <= high:
                raise ValueError(f"LAPD setting {name} = {value}: must be within {low} and {high}")
        if self.t203 <= self.t200:
            raise ValueError(
                f"LAPD settings t203 = {self.t203}, t200 = {self.t200} ticks: T203 must be longer than T200"
            )
        if self.reestablish_after is not None and self.reestablish_after < 1:
            raise ValueError(f"LAPD setting reestablish_after = {self.reestablish_after}: at least one tick")


_FOREVER = 1 << 62
_BOUNDS = (
    ("sapi", 0, 63),
    ("tei", 0, 127),
    ("k", 1, 127),
    ("n200", 1, 1000),
    ("n201", 1, 65535),
    ("t200", 1, _FOREVER),
    ("t203", 1, _FOREVER),
    ("n202", 1, 1000),
    ("t201", 1, _FOREVER),
    ("t202", 1, _FOREVER),
    ("nm20", 1, 1000),
    ("tm20", 1, _FOREVER),
)


class Counters(msgspec.Struct):
    """What a link has counted since it was made."""

    frames_sent: int = 0
    frames_received: int = 0
    information_sent: int = 0
    information_received: int = 0
    retransmissions: int = 0
    """I frames put back for another transmission."""
    enquiries: int = 0
    rejects_sent: int = 0
    rejects_received: int = 0
    out_of_sequence: int = 0
    foreign: int = 0
    """Frames for another SAPI or TEI, ignored."""
    invalid: int = 0
    """Octets that are no LAPD frame, discarded (2.9)."""
    errors: int = 0
    """MDL-ERROR indications."""
