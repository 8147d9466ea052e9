"""Elements of the generic procedures for supplementary services (Q.932 clause 8): functional and stimulus,
and the redirection number of diversion.
"""

from __future__ import annotations

import enum
from typing import Annotated

from trunkwire.codec.primitives import Bits, IfMore, Rest, Septets, Text
from trunkwire.q931.ies.element import IE, ie
from trunkwire.q931.ies.values import NumberingPlan, NumberType, Presentation


class FacilityProfile(enum.IntEnum):
    """Protocol profile of a facility (Q.932 8.2): what the components are."""

    REMOTE_OPERATIONS = 0x11
    CMIP = 0x12
    ACSE = 0x13
    NETWORKING_EXTENSIONS = 0x1F


class FeatureStatus(enum.IntEnum):
    """Status indicator of a feature indication (Q.932 8.2)."""

    DEACTIVATED = 0
    ACTIVATED = 1
    PROMPT = 2
    PENDING = 3


class InformationType(enum.IntEnum):
    """Type of information that is asked for (Q.932 8.2)."""

    UNDEFINED = 0
    AUTHORIZATION_CODE = 1
    ADDRESS_DIGITS = 2
    TERMINAL_IDENTIFICATION = 3


@ie(0x1C, clause="Q.932 8.2", title="facility")
class FacilityIE(IE, frozen=True, kw_only=True):
    """Components of a supplementary service, or with networking extensions what QSIG puts before them.

    `service` (octet 3a) is a network's own.
    """

    profile: Annotated[FacilityProfile | int, Bits("3", 5, 1, ws="q932.pp")] = (
        FacilityProfile.REMOTE_OPERATIONS
    )
    service: Annotated[int | None, Bits("3a", 7, 1)] = None
    components: Annotated[bytes, Rest("4")] = b""


@ie(0x0D, clause="Q.932 8.2", title="extended facility")
class ExtendedFacilityIE(IE, frozen=True, kw_only=True):
    """A facility that has to be understood."""

    profile: Annotated[FacilityProfile | int, Bits("3", 5, 1, ws="q932.pp")] = (
        FacilityProfile.REMOTE_OPERATIONS
    )
    service: Annotated[int | None, Bits("3a", 7, 1)] = None
    components: Annotated[bytes, Rest("4")] = b""


@ie(0x32, clause="Q.932 8.2", title="information request")
class InformationRequestIE(IE, frozen=True, kw_only=True):
    """The network asks for more (`prompt`), or has what it asked for. Octet 3a is a network's own."""

    prompt: Annotated[bool, Bits("3", 7, 7)] = True
    kind: Annotated[InformationType | int, Bits("3", 6, 1)] = InformationType.UNDEFINED
    specifics: Annotated[int | None, Bits("3a", 7, 1)] = None


@ie(0x36, clause="CCITT Q.932 (11/88)", title="switchhook")
class SwitchhookIE(IE, frozen=True, kw_only=True):
    """The handset of a stimulus terminal, in the network's own coding: later issues lack the element."""

    hook: Annotated[int, Bits("3", 8, 1)]


@ie(0x38, clause="Q.932 8.2", title="feature activation")
class FeatureActivationIE(IE, frozen=True, kw_only=True):
    """A feature key by the number that was agreed for it."""

    feature: Annotated[int, Septets("3")]


@ie(0x39, clause="Q.932 8.2", title="feature indication", octets={"4": IfMore()})
class FeatureIndicationIE(IE, frozen=True, kw_only=True):
    """What became of a feature."""

    feature: Annotated[int, Septets("3")]
    spare: Annotated[int | None, Bits("4", 8, 5)] = None
    status: Annotated[FeatureStatus | int | None, Bits("4", 4, 1)] = None


@ie(0x3A, clause="Q.932 8.2", title="service profile identification")
class ServiceProfileIE(IE, frozen=True, kw_only=True):
    """The name under which a terminal asks for its profile (SPID)."""

    profile: Annotated[str, Text("3")] = ""


@ie(0x3B, clause="Q.932 8.2", title="endpoint identifier", octets={"4": IfMore()})
class EndpointIdentifierIE(IE, frozen=True, kw_only=True):
    """Which terminals are meant: user service identifier, and terminal identifier with its interpretation
    (`others`: all but that one). `more` and `last` are the extension bits, 0 and 1."""

    more: Annotated[bool, Bits("3", 8, 8)] = False
    user_service: Annotated[int, Bits("3", 7, 1)]
    last: Annotated[bool | None, Bits("4", 8, 8)] = None
    others: Annotated[bool | None, Bits("4", 7, 7)] = None
    terminal: Annotated[int | None, Bits("4", 6, 1)] = None


@ie(0x76, clause="Q.952 (diversion)", title="redirection number")
class RedirectionNumberIE(IE, frozen=True, kw_only=True):
    """The number that the call is diverted to."""

    kind: Annotated[NumberType | int, Bits("3", 7, 5)] = NumberType.UNKNOWN
    plan: Annotated[NumberingPlan | int, Bits("3", 4, 1)] = NumberingPlan.E164
    presentation: Annotated[Presentation | int | None, Bits("3a", 7, 6)] = None
    digits: Annotated[str, Text("4")] = ""


@ie(0x7F, clause="4.5.1", title="escape for extension")
class EscapeIE(IE, frozen=True, kw_only=True):
    """An element whose identifier is in octet 3."""

    extended: Annotated[int, Bits("3", 8, 1)]
    contents: Annotated[bytes, Rest("4")] = b""
