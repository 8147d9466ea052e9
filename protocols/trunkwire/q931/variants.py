"""Switch variants as data: in what a national or a private D channel differs from Q.931.

One declaration each, in the order in which the fields stand in `Variant`; `trunkwire.q931.dialect` applies it
to what is sent, and docs/variants.md shows it as a table. Whatever a declaration does not name is as Q.931
has it. Received messages are taken by Q.931 alone: a variant says what is sent, and a peer may say more.

Sources: EuroISDN ETS 300 102-1 and EN 300 403-1; National ISDN-2 SR-NWT-002343 and SR-4994; 4ESS AT&T
TR 41459; 5ESS custom AT&T 235-900-342; DMS-100 Nortel NIS-A211-1; QSIG ECMA-143 (ISO/IEC 11572). The four
North American ones build on ANSI T1.607, whose timers they have here; the maintenance messages are those that
libpri exchanges with such switches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import Location, NumberingPlan, NumberType
from trunkwire.q931.maintenance import Maintenance
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.ticks import SECOND, Tick


@dataclass(frozen=True, slots=True)
class Numbering:
    """Type of number and numbering plan of a number that is given by its digits only (4.5.8, 4.5.10)."""

    kind: NumberType = NumberType.UNKNOWN
    plan: NumberingPlan = NumberingPlan.E164


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What one kind of switch sends, and how."""

    name: str
    title: str
    source: str
    messages_without: frozenset[MessageType] = frozenset()
    """Messages that it does not have: asking for one is refused."""
    elements_without: frozenset[int] = frozenset()
    """Elements that no message of it carries."""
    within: Mapping[MessageType, frozenset[int]] = field(default_factory=dict)
    """Elements that a particular message does not carry, though others do."""
    display_charset: int | None = None
    """What stands before the text of a display, with bit 8 set; None: the text begins at once (4.5.16)."""
    called: Numbering = Numbering()
    calling: Numbering = Numbering()
    locations: tuple[Location, Location] = (Location.USER, Location.PUBLIC_LOCAL)
    """(user side, network side) in cause and progress elements (Q.850 2.2.3)."""
    causes: frozenset[int] | None = None
    """The causes that it has; another goes as the unspecified one of its class. None: all of Q.850."""
    progress: frozenset[int] | None = None
    """The progress descriptions that it has; an indicator with another is left out. None: all (4.5.23)."""
    exclusive_only: bool = False
    """Whether SETUP always names one channel, exclusively: there is no negotiation (5.1.2)."""
    explicit_interface: bool = True
    """Whether one D channel may serve several interfaces, so that the channel identification names one."""
    overlap: bool = True
    """Whether digits may follow SETUP; otherwise every SETUP is complete as it is (5.1.1, 5.1.3)."""
    symmetric: bool = False
    """Whether both sides follow the user side's procedures (Annex D; ECMA-143)."""
    restart_at_start: bool = False
    """Whether the network side restarts the interface when the data link comes up first (5.5)."""
    maintenance: Maintenance | None = None
    """Whose SERVICE messages take channels out of service: those of AT&T (discriminator 0x03) or those of
    National ISDN (0x43).
    """
    timers: Mapping[Timer, tuple[Tick, Tick]] = field(default_factory=dict)
    """Timer -> (user side, network side), where they differ from tables 9-1 and 9-2."""

    def __hash__(self) -> int:
        return hash(self.name)


_EN_BLOC = frozenset({MessageType.SETUP_ACKNOWLEDGE, MessageType.INFORMATION})
_BASIC_ACCESS = frozenset(
    {
        MessageType.HOLD,
        MessageType.HOLD_ACKNOWLEDGE,
        MessageType.HOLD_REJECT,
        MessageType.RETRIEVE,
        MessageType.RETRIEVE_ACKNOWLEDGE,
        MessageType.RETRIEVE_REJECT,
        MessageType.SUSPEND,
        MessageType.SUSPEND_ACKNOWLEDGE,
        MessageType.SUSPEND_REJECT,
        MessageType.RESUME,
        MessageType.RESUME_ACKNOWLEDGE,
        MessageType.RESUME_REJECT,
    }
)
_STIMULUS = frozenset(
    {
        Id.SIGNAL,
        Id.SWITCHHOOK,
        Id.FEATURE_ACTIVATION,
        Id.FEATURE_INDICATION,
        Id.INFORMATION_REQUEST,
        Id.SERVICE_PROFILE_IDENTIFICATION,
        Id.ENDPOINT_IDENTIFIER,
    }
)
_NORTH_AMERICAN = _STIMULUS | {Id.SENDING_COMPLETE, Id.KEYPAD_FACILITY, Id.DATE_TIME, Id.CLOSED_USER_GROUP}

_Q931_1988 = frozenset(
    {
        *(1, 2, 3, 6, 7, 16, 17, 18, 19, 21, 22, 26, 27, 28, 29, 30, 31, 34, 38, 41, 42, 43, 44, 47),
        *(49, 50, 57, 58, 63, 65, 66, 69, 70, 79, 81, 82, 83, 84, 85, 86, 88, 91, 95, 96, 97, 98, 99),
        *(100, 101, 102, 111, 127),
    }
)
"""The causes of Q.931 (1988), on which the older specifications build; Q.850 has added to them since."""

_PROGRESS_1988 = frozenset({1, 2, 3, 4, 8})
_NATIONAL_NUMBER = Numbering(NumberType.NATIONAL, NumberingPlan.E164)
_T1_607: Mapping[Timer, tuple[Tick, Tick]] = {Timer.T309: (90 * SECOND, 90 * SECOND)}

Q931 = Variant(
    name="q931",
    title="Q.931 as it stands",
    source="ITU-T Q.931 (05/98)",
)
EUROISDN = Variant(
    name="euroisdn",
    title="EuroISDN",
    source="ETS 300 102-1, EN 300 403-1",
    elements_without=_STIMULUS | {Id.NETWORK_SPECIFIC_FACILITIES, Id.TRANSIT_NETWORK_SELECTION},
    explicit_interface=False,
)
NI2 = Variant(
    name="ni2",
    title="National ISDN-2",
    source="SR-NWT-002343, SR-4994",
    messages_without=_EN_BLOC | _BASIC_ACCESS,
    elements_without=_NORTH_AMERICAN,
    display_charset=0x31,
    called=_NATIONAL_NUMBER,
    calling=_NATIONAL_NUMBER,
    causes=_Q931_1988,
    progress=_PROGRESS_1988 | {10},
    overlap=False,
    maintenance=Maintenance.NATIONAL,
    timers=_T1_607,
)
ATT_4ESS = Variant(
    name="4ess",
    title="AT&T 4ESS",
    source="AT&T TR 41459",
    messages_without=_EN_BLOC | _BASIC_ACCESS,
    elements_without=_NORTH_AMERICAN,
    called=_NATIONAL_NUMBER,
    calling=_NATIONAL_NUMBER,
    causes=_Q931_1988,
    progress=_PROGRESS_1988,
    overlap=False,
    maintenance=Maintenance.ATT,
    timers=_T1_607,
)
ATT_5ESS = Variant(
    name="5ess",
    title="AT&T 5ESS custom",
    source="AT&T 235-900-342",
    messages_without=_EN_BLOC | _BASIC_ACCESS,
    elements_without=_NORTH_AMERICAN,
    causes=_Q931_1988,
    progress=_PROGRESS_1988,
    overlap=False,
    maintenance=Maintenance.ATT,
    timers=_T1_607,
)
DMS100 = Variant(
    name="dms100",
    title="DMS-100",
    source="Nortel NIS-A211-1",
    messages_without=_EN_BLOC | _BASIC_ACCESS,
    elements_without=_NORTH_AMERICAN | {Id.USER_USER},
    display_charset=0x31,
    called=_NATIONAL_NUMBER,
    calling=_NATIONAL_NUMBER,
    causes=_Q931_1988,
    progress=_PROGRESS_1988,
    exclusive_only=True,
    overlap=False,
    restart_at_start=True,
    timers=_T1_607,
)
QSIG = Variant(
    name="qsig",
    title="QSIG basic call",
    source="ECMA-143, ISO/IEC 11572",
    messages_without=_BASIC_ACCESS,
    elements_without=_STIMULUS
    | {
        Id.DISPLAY,
        Id.KEYPAD_FACILITY,
        Id.DATE_TIME,
        Id.CLOSED_USER_GROUP,
        Id.NETWORK_SPECIFIC_FACILITIES,
        Id.TRANSIT_NETWORK_SELECTION,
        Id.USER_USER,
    },
    within=dict.fromkeys(
        (MessageType.CALL_PROCEEDING, MessageType.ALERTING, MessageType.PROGRESS, MessageType.CONNECT),
        frozenset({Id.BEARER_CAPABILITY, Id.HIGH_LAYER_COMPATIBILITY}),
    ),
    called=Numbering(NumberType.UNKNOWN, NumberingPlan.PRIVATE),
    calling=Numbering(NumberType.UNKNOWN, NumberingPlan.PRIVATE),
    locations=(Location.PRIVATE_LOCAL, Location.PRIVATE_LOCAL),
    causes=_Q931_1988,
    explicit_interface=False,
    symmetric=True,
    timers={
        Timer.T302: (15 * SECOND, 15 * SECOND),
        Timer.T304: (30 * SECOND, 30 * SECOND),
        Timer.T310: (120 * SECOND, 120 * SECOND),
    },
)

VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {variant.name: variant for variant in (Q931, EUROISDN, NI2, ATT_4ESS, ATT_5ESS, DMS100, QSIG)}
)
"""The variants by the name that `switch` has in a config."""


def unspecified(cause: int) -> int:
    """The unspecified cause of the class of `cause` (Q.850 2.2.5): 31, 47, 63, 79, 95, 111 or 127."""
    last = (Cause.NORMAL_UNSPECIFIED, Cause.RESOURCE_UNAVAILABLE, 63, 79, 95, 111, 127)
    return next(int(value) for value in last if cause <= value)
