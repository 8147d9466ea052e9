"""Elements of the other codesets that are known (Q.931 4.5.2, 4.5.3): 4 for ISO/IEC, 5 national, 6 the local
network's, 7 the user's own. Which of them a network uses is not in the message.
"""

from __future__ import annotations

import enum
from typing import Annotated

from trunkwire.codec.primitives import Bits, Rest, Text
from trunkwire.q931.ies.element import IE, ie
from trunkwire.q931.ies.supplementary import Redirecting, Subaddress


class PartyCategory(enum.IntEnum):
    """Party category (ETS 300 192)."""

    UNKNOWN = 0
    EXTENSION = 1
    OPERATOR = 2
    EMERGENCY_EXTENSION = 3


class DigitsEncoding(enum.IntEnum):
    """How generic digits are coded (T1.607)."""

    BCD_EVEN = 0
    BCD_ODD = 1
    IA5 = 2
    BINARY = 3


@ie(0x31, codeset=4, clause="ISO/IEC 15056", title="transit counter")
class TransitCounterIE(IE, frozen=True, kw_only=True):
    """How many private exchanges a call has passed."""

    count: Annotated[int, Bits("3", 5, 1)]


@ie(0x32, codeset=5, clause="ETS 300 192", title="party category")
class PartyCategoryIE(IE, frozen=True, kw_only=True):
    """What kind of party calls or is called."""

    category: Annotated[PartyCategory | int, Bits("3", 3, 1, ws="q931.party_category")]


@ie(0x1A, codeset=5, clause="Belgian national use", title="charging advice")
class ChargingAdviceIE(IE, frozen=True, kw_only=True):
    """Charges, in the network's own coding."""

    contents: Annotated[bytes, Rest("3")] = b""


@ie(0x1D, codeset=5, clause="National ISDN", title="operator system access")
class OperatorAccessIE(IE, frozen=True, kw_only=True):
    """How the caller wants an operator, in the network's own coding."""

    contents: Annotated[bytes, Rest("3")] = b""


@ie(0x01, codeset=6, clause="AT&T TR 41459", title="originating line information")
class OriginatingLineIE(IE, frozen=True, kw_only=True):
    """What kind of line the call comes from (II digits)."""

    digits: Annotated[int, Bits("3", 8, 1)]


@ie(0x1A, codeset=6, clause="Belgian network use", title="charging advice")
class NetworkChargingAdviceIE(IE, frozen=True, kw_only=True):
    """Charges, in the network's own coding."""

    contents: Annotated[bytes, Rest("3")] = b""


@ie(0x28, codeset=6, clause="network use", title="display")
class NetworkDisplayIE(IE, frozen=True, kw_only=True):
    """Text that a private exchange sends to its telephones."""

    text: Annotated[str, Text("3", ws="q931.avaya_display")] = ""


@ie(0x37, codeset=6, clause="AT&T TR 41459", title="generic digits")
class GenericDigitsIE(IE, frozen=True, kw_only=True):
    """Digits that are no number to dial: accounts, authorization codes."""

    encoding: Annotated[DigitsEncoding | int, Bits("3", 8, 6)]
    kind: Annotated[int, Bits("3", 5, 1)]
    digits: Annotated[bytes, Rest("4")] = b""


@ie(0x74, codeset=6, clause="network use", title="redirecting number")
class NetworkRedirectingNumberIE(Redirecting, frozen=True, kw_only=True):
    """The redirecting number as it was coded before Q.952 had it."""


@ie(0x75, codeset=6, clause="National ISDN", title="redirecting subaddress")
class RedirectingSubaddressIE(Subaddress, frozen=True, kw_only=True):
    """The subaddress that the call was diverted from."""


@ie(0x7B, codeset=6, clause="National ISDN", title="call appearance")
class CallAppearanceIE(IE, frozen=True, kw_only=True):
    """The key of a telephone on which the call stands."""

    appearance: Annotated[int, Bits("3", 7, 1)]
    further: Annotated[int | None, Bits("3a", 7, 1)] = None


@ie(0x66, clause="network use", title="interface service")
class InterfaceServiceIE(IE, frozen=True, kw_only=True):
    """Of the group service messages, in the network's own coding."""

    contents: Annotated[bytes, Rest("3")] = b""


@ie(0x67, clause="network use", title="channel status")
class ChannelStatusIE(IE, frozen=True, kw_only=True):
    """Of the resynchronisation messages, in the network's own coding."""

    contents: Annotated[bytes, Rest("3")] = b""


@ie(0x68, clause="network use", title="version information")
class VersionInfoIE(IE, frozen=True, kw_only=True):
    """Of the version message, in the network's own coding."""

    contents: Annotated[bytes, Rest("3")] = b""
