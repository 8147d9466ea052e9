"""Code points of the information elements of basic call control (Q.931 4.5), in the Recommendation's terms.

An integer that has no member is kept as it is, never refused.
"""

from __future__ import annotations

import enum

from trunkwire.q931.ies.coded import Titled


class Coding(enum.IntEnum):
    """Coding standard (octet 3, bits 7 and 6, of many elements)."""

    ITU = 0
    ISO_IEC = 1
    NATIONAL = 2
    NETWORK = 3


class Location(enum.IntEnum):
    """Who reports (Q.850 2.2.3)."""

    USER = 0
    PRIVATE_LOCAL = 1
    PUBLIC_LOCAL = 2
    TRANSIT = 3
    PUBLIC_REMOTE = 4
    PRIVATE_REMOTE = 5
    INTERNATIONAL = 7
    BEYOND_INTERWORKING = 10


class TransferCapability(Titled):
    """Information transfer capability (4.5.5)."""

    SPEECH = 0, "speech"
    UNRESTRICTED_DIGITAL = 8, "unrestricted digital"
    RESTRICTED_DIGITAL = 9, "restricted digital"
    AUDIO_3K1 = 16, "3.1 kHz audio"
    DIGITAL_WITH_TONES = 17, "unrestricted digital with tones and announcements"
    VIDEO = 24, "video"


class TransferMode(enum.IntEnum):
    """Transfer mode (4.5.5)."""

    CIRCUIT = 0
    PACKET = 2


class TransferRate(Titled):
    """Information transfer rate in circuit mode (4.5.5); 0 is used with packet mode."""

    PACKET = 0, "packet mode"
    K64 = 0x10, "64 kbit/s"
    TWO_64K = 0x11, "2 x 64 kbit/s"
    K384 = 0x13, "384 kbit/s"
    K1536 = 0x15, "1536 kbit/s"
    K1920 = 0x17, "1920 kbit/s"
    MULTIRATE = 0x18, "multirate, of 64 kbit/s each"


class Layer1(Titled):
    """User information layer 1 protocol (4.5.5)."""

    V110 = 1, "V.110, I.460 and X.30 rate adaption"
    G711_MU_LAW = 2, "G.711 µ-law"
    G711_A_LAW = 3, "G.711 A-law"
    G721_ADPCM = 4, "G.721 32 kbit/s ADPCM and I.460"
    H221_H242 = 5, "H.221 and H.242"
    H223_H245 = 6, "H.223 and H.245"
    NON_ITU_RATE_ADAPTION = 7, "rate adaption that is not the ITU's"
    V120 = 8, "V.120 rate adaption"
    X31_FLAG_STUFFING = 9, "X.31 HDLC flag stuffing"
    G728 = 10, "G.728"
    G729 = 11, "G.729"


class Layer2(Titled):
    """User information layer 2 protocol (4.5.5, 4.5.19)."""

    BASIC_MODE_ISO_1745 = 1, "basic mode, ISO 1745"
    Q921 = 2, "Q.921"
    X25_SINGLE_LINK = 6, "X.25 single link"
    X25_MULTILINK = 7, "X.25 multilink"
    LAPB_EXTENDED_T71 = 8, "extended LAPB for half duplex, T.71"
    HDLC_ARM = 9, "HDLC ARM"
    HDLC_NRM = 10, "HDLC NRM"
    HDLC_ABM = 11, "HDLC ABM"
    LAN_LLC = 12, "LAN logical link control"
    X75_SLP = 13, "X.75 single link procedure"
    Q922 = 14, "Q.922"
    Q922_CORE = 15, "core aspects of Q.922"
    USER_SPECIFIED = 16, "user specified"
    ISO_7776 = 17, "ISO/IEC 7776 DTE to DTE"


class Layer3(Titled):
    """User information layer 3 protocol (4.5.5, 4.5.19)."""

    Q931 = 2, "Q.931"
    X25 = 6, "X.25 packet layer"
    ISO_8208 = 7, "ISO/IEC 8208"
    X223 = 8, "X.223 and ISO/IEC 8878"
    CLNP_ISO_8473 = 9, "connectionless network protocol, ISO/IEC 8473"
    T70 = 10, "T.70 minimum network layer"
    TR_9577 = 11, "ISO/IEC TR 9577"
    USER_SPECIFIED = 16, "user specified"


class Selection(enum.IntEnum):
    """Information channel selection (4.5.13, octet 3); what 1 means depends on the interface type."""

    NO_CHANNEL = 0
    AS_INDICATED = 1
    B2 = 2
    ANY = 3


class ChannelType(Titled):
    """Channel type or map element type (4.5.13, octet 3.2)."""

    B = 3, "B-channel units"
    H0 = 6, "H0-channel units"
    H11 = 8, "H11-channel units"
    H12 = 9, "H12-channel units"


class ProgressDescription(enum.IntEnum):
    """What a progress indicator says (4.5.23)."""

    NOT_END_TO_END_ISDN = 1
    DESTINATION_NON_ISDN = 2
    ORIGINATION_NON_ISDN = 3
    RETURNED_TO_ISDN = 4
    SERVICE_CHANGE = 5
    INBAND_INFORMATION = 8
    DELAY_AT_CALLED_INTERFACE = 10


class NumberType(enum.IntEnum):
    """Type of number (4.5.8)."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK_SPECIFIC = 3
    SUBSCRIBER = 4
    ABBREVIATED = 6


class NumberingPlan(Titled):
    """Numbering plan identification (4.5.8)."""

    UNKNOWN = 0, "unknown"
    E164 = 1, "E.164"
    X121 = 3, "X.121"
    TELEX = 4, "F.69 telex"
    NATIONAL = 8, "national"
    PRIVATE = 9, "private"


class Presentation(enum.IntEnum):
    """Presentation indicator (4.5.10)."""

    ALLOWED = 0
    RESTRICTED = 1
    NOT_AVAILABLE = 2


class Screening(enum.IntEnum):
    """Screening indicator (4.5.10)."""

    USER_NOT_SCREENED = 0
    USER_VERIFIED_PASSED = 1
    USER_VERIFIED_FAILED = 2
    NETWORK = 3


class CallStateValue(enum.IntEnum):
    """Call state value (4.5.7): U0..U25 and N0..N25 share the numbers; 61 and 62 belong to the global call
    reference."""

    NULL = 0
    CALL_INITIATED = 1
    OVERLAP_SENDING = 2
    OUTGOING_CALL_PROCEEDING = 3
    CALL_DELIVERED = 4
    CALL_PRESENT = 6
    CALL_RECEIVED = 7
    CONNECT_REQUEST = 8
    INCOMING_CALL_PROCEEDING = 9
    ACTIVE = 10
    DISCONNECT_REQUEST = 11
    DISCONNECT_INDICATION = 12
    SUSPEND_REQUEST = 15
    RESUME_REQUEST = 17
    RELEASE_REQUEST = 19
    CALL_ABORT = 22
    OVERLAP_RECEIVING = 25
    RESTART_REQUEST = 61
    RESTART = 62


class RestartClass(enum.IntEnum):
    """What is restarted (4.5.25)."""

    INDICATED_CHANNELS = 0
    SINGLE_INTERFACE = 6
    ALL_INTERFACES = 7


class NotificationDescription(enum.IntEnum):
    """Notification description (4.5.22, Q.932 and the supplementary services)."""

    USER_SUSPENDED = 0
    USER_RESUMED = 1
    BEARER_SERVICE_CHANGE = 2
    ASN1_COMPONENT = 3
    CALL_COMPLETION_DELAY = 4
    CONFERENCE_ESTABLISHED = 0x42
    CONFERENCE_DISCONNECTED = 0x43
    OTHER_PARTY_ADDED = 0x44
    ISOLATED = 0x45
    REATTACHED = 0x46
    OTHER_PARTY_ISOLATED = 0x47
    OTHER_PARTY_REATTACHED = 0x48
    OTHER_PARTY_SPLIT = 0x49
    OTHER_PARTY_DISCONNECTED = 0x4A
    CONFERENCE_FLOATING = 0x4B
    CALL_WAITING = 0x60
    DIVERSION_ACTIVATED = 0x68
    CALL_TRANSFER_ALERTING = 0x69
    CALL_TRANSFER_ACTIVE = 0x6A
    REMOTE_HOLD = 0x79
    REMOTE_RETRIEVAL = 0x7A
    CALL_DIVERTING = 0x7B


class HighLayer(enum.IntEnum):
    """High layer characteristics identification (4.5.17)."""

    TELEPHONY = 1
    FACSIMILE_G3 = 4
    FACSIMILE_G4_CLASS_1 = 0x21
    FACSIMILE_G4_CLASSES_2_3 = 0x24
    MIXED_MODE_TELETEX = 0x28
    PROCESSABLE_TELETEX = 0x29
    TELETEX = 0x31
    VIDEOTEX = 0x32
    VIDEOTEX_INTERWORKING = 0x33
    TELEX = 0x35
    MESSAGE_HANDLING = 0x38
    OSI_APPLICATION = 0x41
    FTAM = 0x42
    VIDEOTELEPHONY = 0x60
    VIDEOCONFERENCING = 0x61
    AUDIOGRAPHIC_CONFERENCING = 0x62
    MULTIMEDIA = 0x68
    MAINTENANCE = 0x5E
    MANAGEMENT = 0x5F


class UserProtocol(enum.IntEnum):
    """Protocol discriminator of user-user information (4.5.30)."""

    USER_SPECIFIC = 0
    OSI_HIGH_LAYER = 1
    X244 = 2
    SYSTEM_MANAGEMENT = 3
    IA5 = 4
    ASN1 = 5
    V120 = 7
    Q931 = 8


class SubaddressType(enum.IntEnum):
    """Type of subaddress (4.5.9)."""

    NSAP = 0
    USER_SPECIFIED = 2


class NetworkKind(enum.IntEnum):
    """Type of network identification (4.5.21, 4.5.29)."""

    USER_SPECIFIED = 0
    NATIONAL = 2
    INTERNATIONAL = 3


class NetworkPlan(enum.IntEnum):
    """Network identification plan (4.5.21, 4.5.29)."""

    UNKNOWN = 0
    CARRIER = 1
    DATA_NETWORK = 3


class Signal(enum.IntEnum):
    """Signal value (4.5.28)."""

    DIAL_TONE = 0x00
    RING_BACK_TONE = 0x01
    INTERCEPT_TONE = 0x02
    NETWORK_CONGESTION_TONE = 0x03
    BUSY_TONE = 0x04
    CONFIRM_TONE = 0x05
    ANSWER_TONE = 0x06
    CALL_WAITING_TONE = 0x07
    OFF_HOOK_WARNING_TONE = 0x08
    PREEMPTION_TONE = 0x09
    TONES_OFF = 0x3F
    ALERTING_PATTERN_0 = 0x40
    ALERTING_PATTERN_1 = 0x41
    ALERTING_PATTERN_2 = 0x42
    ALERTING_PATTERN_3 = 0x43
    ALERTING_PATTERN_4 = 0x44
    ALERTING_PATTERN_5 = 0x45
    ALERTING_PATTERN_6 = 0x46
    ALERTING_PATTERN_7 = 0x47
    ALERTING_OFF = 0x4F


class RedirectionReason(enum.IntEnum):
    """Reason for redirection (octet 3b of the redirecting number)."""

    UNKNOWN = 0
    BUSY = 1
    NO_REPLY = 2
    DEFLECTION = 4
    OUT_OF_ORDER = 9
    BY_CALLED_EQUIPMENT = 10
    UNCONDITIONAL = 15


class CongestionLevel(enum.IntEnum):
    """Congestion level (4.5.14)."""

    RECEIVER_READY = 0
    RECEIVER_NOT_READY = 15


class Repetition(enum.IntEnum):
    """Repeat indication (4.5.24)."""

    PRIORITY = 2


class ChannelStatus(enum.IntEnum):
    """New status in a change status element of the maintenance protocol; the greater, the more severe."""

    IN_SERVICE = 0
    MAINTENANCE = 1
    OUT_OF_SERVICE = 2


class DisplayInformation(enum.IntEnum):
    """Whether a display is asked for or given (AT&T TR 41459)."""

    REQUESTED = 1
    INCLUDED = 3


class DisplayKind(enum.IntEnum):
    """What a display is (AT&T TR 41459)."""

    CALLING_PARTY_NAME = 1
    CONNECTED_PARTY_NAME = 2
    ORIGINAL_CALLED_PARTY_NAME = 5
