"""Cause values of Q.850 (clause 2.2.7, table 1): class, meaning, and what usually produces each on a real
trunk."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType


class CauseClass(enum.IntEnum):
    """Bits 7 to 5 of a cause value (Q.850 2.2.5)."""

    NORMAL_EVENT = 0
    NORMAL_EVENT_CONTINUED = 1
    RESOURCE_UNAVAILABLE = 2
    SERVICE_NOT_AVAILABLE = 3
    SERVICE_NOT_IMPLEMENTED = 4
    INVALID_MESSAGE = 5
    PROTOCOL_ERROR = 6
    INTERWORKING = 7


class Cause(enum.IntEnum):
    """Cause values of the ITU coding standard. Values without a member are kept as plain integers."""

    UNALLOCATED = 1
    NO_ROUTE_TO_TRANSIT_NETWORK = 2
    NO_ROUTE_TO_DESTINATION = 3
    SEND_SPECIAL_INFORMATION_TONE = 4
    MISDIALLED_TRUNK_PREFIX = 5
    CHANNEL_UNACCEPTABLE = 6
    CALL_AWARDED = 7
    PREEMPTION = 8
    PREEMPTION_CIRCUIT_RESERVED = 9
    QOR_PORTED_NUMBER = 14
    NORMAL_CLEARING = 16
    USER_BUSY = 17
    NO_USER_RESPONDING = 18
    NO_ANSWER = 19
    SUBSCRIBER_ABSENT = 20
    CALL_REJECTED = 21
    NUMBER_CHANGED = 22
    REDIRECTION_TO_NEW_DESTINATION = 23
    REJECTED_BY_FEATURE = 24
    EXCHANGE_ROUTING_ERROR = 25
    NON_SELECTED_USER_CLEARING = 26
    DESTINATION_OUT_OF_ORDER = 27
    INVALID_NUMBER_FORMAT = 28
    FACILITY_REJECTED = 29
    RESPONSE_TO_STATUS_ENQUIRY = 30
    NORMAL_UNSPECIFIED = 31
    NO_CIRCUIT = 34
    NETWORK_OUT_OF_ORDER = 38
    FRAME_MODE_CONNECTION_OUT_OF_SERVICE = 39
    FRAME_MODE_CONNECTION_OPERATIONAL = 40
    TEMPORARY_FAILURE = 41
    SWITCH_CONGESTION = 42
    ACCESS_INFORMATION_DISCARDED = 43
    CHANNEL_UNAVAILABLE = 44
    PRECEDENCE_CALL_BLOCKED = 46
    RESOURCE_UNAVAILABLE = 47
    QUALITY_OF_SERVICE_UNAVAILABLE = 49
    FACILITY_NOT_SUBSCRIBED = 50
    OUTGOING_BARRED_IN_CUG = 53
    INCOMING_BARRED_IN_CUG = 55
    BEARER_NOT_AUTHORISED = 57
    BEARER_NOT_AVAILABLE = 58
    INCONSISTENT_ACCESS_INFORMATION = 62
    SERVICE_UNAVAILABLE = 63
    BEARER_NOT_IMPLEMENTED = 65
    CHANNEL_TYPE_NOT_IMPLEMENTED = 66
    FACILITY_NOT_IMPLEMENTED = 69
    ONLY_RESTRICTED_DIGITAL = 70
    SERVICE_NOT_IMPLEMENTED = 79
    INVALID_CALL_REFERENCE = 81
    CHANNEL_DOES_NOT_EXIST = 82
    SUSPENDED_CALL_OTHER_IDENTITY = 83
    CALL_IDENTITY_IN_USE = 84
    NO_CALL_SUSPENDED = 85
    CALL_IDENTITY_CLEARED = 86
    USER_NOT_IN_CUG = 87
    INCOMPATIBLE_DESTINATION = 88
    NON_EXISTENT_CUG = 90
    INVALID_TRANSIT_NETWORK = 91
    INVALID_MESSAGE = 95
    MANDATORY_IE_MISSING = 96
    UNKNOWN_MESSAGE_TYPE = 97
    WRONG_MESSAGE_FOR_STATE = 98
    UNKNOWN_IE = 99
    INVALID_IE_CONTENTS = 100
    MESSAGE_NOT_COMPATIBLE = 101
    TIMER_EXPIRY = 102
    PARAMETER_PASSED_ON = 103
    MESSAGE_WITH_UNKNOWN_PARAMETER = 110
    PROTOCOL_ERROR = 111
    INTERWORKING = 127

    @property
    def cause_class(self) -> CauseClass:
        """The class that bits 7 to 5 name."""
        return CauseClass(self // 16)

    @property
    def meaning(self) -> str:
        """What the Recommendation calls it."""
        return _CAUSES[self][0]

    @property
    def usually(self) -> str:
        """What usually produces it on a trunk."""
        return _CAUSES[self][1]


_CAUSES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        1: (
            "unallocated (unassigned) number",
            "the digits are well formed but lead to nobody: a wrong number, or one that the exchange's "
            "number plan lacks",
        ),
        2: (
            "no route to specified transit network",
            "the caller asked for a carrier that this exchange cannot reach",
        ),
        3: (
            "no route to destination",
            "the routing table has no way to these digits: a missing route or prefix, or a destination "
            "barred at the far carrier",
        ),
        4: (
            "send special information tone",
            "the destination cannot be reached for a lasting reason and the exchange wants the three-tone "
            "signal played",
        ),
        5: (
            "misdialled trunk prefix",
            "a trunk prefix was dialled where none belongs, or left out",
        ),
        6: (
            "channel unacceptable",
            "the peer refuses the B-channel it was told to use, often after the two sides disagree about "
            "channel numbering",
        ),
        7: (
            "call awarded and being delivered in an established channel",
            "a packet-mode call is put onto a channel that already carries such calls",
        ),
        8: (
            "preemption",
            "a call of higher precedence took the circuit",
        ),
        9: (
            "preemption, circuit reserved for reuse",
            "a call of higher precedence took the circuit and keeps it for itself",
        ),
        14: (
            "QoR: ported number",
            "the number has moved to another carrier and the query on release tells so",
        ),
        16: (
            "normal call clearing",
            "one of the parties hung up",
        ),
        17: (
            "user busy",
            "the called line is in use, or a PBX has no free extension in the group that was called",
        ),
        18: (
            "no user responding",
            "nothing answered the SETUP before T303 or T310 ran out: equipment unplugged, asleep or on "
            "another D channel",
        ),
        19: (
            "no answer from user (user alerted)",
            "it rang until T301 or the exchange's ringing limit ran out and nobody picked up",
        ),
        20: (
            "subscriber absent",
            "a mobile phone is switched off or out of coverage",
        ),
        21: (
            "call rejected",
            "the called equipment could have taken the call and chose not to: do not disturb, screening, "
            "a dial plan that hangs up",
        ),
        22: (
            "number changed",
            "the number was given to somebody else or moved; the new one may stand in the diagnostics",
        ),
        23: (
            "redirection to new destination",
            "the exchange is told to route the call elsewhere",
        ),
        24: (
            "call rejected due to feature at the destination",
            "a service of the called party, such as anonymous call rejection, refused it",
        ),
        25: (
            "exchange routing error",
            "the call went round in a loop of exchanges until its hop counter ran out",
        ),
        26: (
            "non-selected user clearing",
            "several terminals were offered the call and another one got it",
        ),
        27: (
            "destination out of order",
            "the called party's interface is down: no layer 1, no data link, or T309 ran out",
        ),
        28: (
            "invalid number format (address incomplete)",
            "too few or too many digits, or a number type that does not go with them",
        ),
        29: (
            "facility rejected",
            "a supplementary service that the caller asked for cannot be given",
        ),
        30: (
            "response to STATUS ENQUIRY",
            "a STATUS sent because it was asked for; not an error",
        ),
        31: (
            "normal, unspecified",
            "clearing that fits no other cause of the normal class; also what gateways send when they "
            "lost the real one",
        ),
        34: (
            "no circuit/channel available",
            "all B-channels of the trunk are in use, at this exchange or at one behind it",
        ),
        38: (
            "network out of order",
            "a failure in the network that is likely to last: retrying at once is no use",
        ),
        39: (
            "permanent frame mode connection out of service",
            "told in a STATUS about a permanent frame relay connection that is down",
        ),
        40: (
            "permanent frame mode connection operational",
            "told in a STATUS about a permanent frame relay connection that is up",
        ),
        41: (
            "temporary failure",
            "something inside the exchange or gateway failed for this call; the next attempt may work",
        ),
        42: (
            "switching equipment congestion",
            "the exchange is overloaded or out of call records; the trunk itself may be free",
        ),
        43: (
            "access information discarded",
            "user-user, subaddress or compatibility information could not be carried and was dropped",
        ),
        44: (
            "requested circuit/channel not available",
            "the very B-channel that was named is taken or out of service: glare, or sides that disagree "
            "after a lost release",
        ),
        46: (
            "precedence call blocked",
            "no circuit could be preempted for a call of this precedence",
        ),
        47: (
            "resource unavailable, unspecified",
            "no DSP, no codec, no licence: a gateway without means for one more call",
        ),
        49: (
            "quality of service not available",
            "throughput or delay that was asked for cannot be given",
        ),
        50: (
            "requested facility not subscribed",
            "the service exists but this line has not ordered it",
        ),
        53: (
            "outgoing calls barred within CUG",
            "the caller's closed user group lets nobody call out",
        ),
        55: (
            "incoming calls barred within CUG",
            "the called party's closed user group takes no calls",
        ),
        57: (
            "bearer capability not authorised",
            "the line has not ordered this bearer, for example 64 kbit/s data on a telephony trunk",
        ),
        58: (
            "bearer capability not presently available",
            "the bearer is implemented but cannot be given just now",
        ),
        62: (
            "inconsistency in designated outgoing access information and subscriber class",
            "the access asked for does not go with the subscriber's class",
        ),
        63: (
            "service or option not available, unspecified",
            "a service is refused for a reason that no other cause of the class names",
        ),
        65: (
            "bearer capability not implemented",
            "the exchange does not know the bearer, for example a data call offered to a voice gateway",
        ),
        66: (
            "channel type not implemented",
            "a kind of channel was asked for that the equipment does not have",
        ),
        69: (
            "requested facility not implemented",
            "the exchange does not know the supplementary service",
        ),
        70: (
            "only restricted digital information bearer capability is available",
            "unrestricted 64 kbit/s was asked for across equipment that cannot carry all-zero octets",
        ),
        79: (
            "service or option not implemented, unspecified",
            "something that was asked for does not exist here",
        ),
        81: (
            "invalid call reference value",
            "a message for a call that this side has already forgotten, or never had",
        ),
        82: (
            "identified channel does not exist",
            "a channel number that the interface has not got: logical against timeslot numbering, or a "
            "fractional E1",
        ),
        83: (
            "a suspended call exists, but this call identity does not",
            "resuming with the wrong call identity",
        ),
        84: (
            "call identity in use",
            "suspending with a call identity that another suspended call has",
        ),
        85: (
            "no call suspended",
            "resuming where nothing is suspended",
        ),
        86: (
            "call having the requested call identity has been cleared",
            "resuming a call whose other party has hung up meanwhile",
        ),
        87: (
            "user not member of CUG",
            "a call into a closed user group from outside it",
        ),
        88: (
            "incompatible destination",
            "the called equipment cannot handle the bearer or its compatibility information, such as a "
            "telephone offered a data call",
        ),
        90: (
            "non-existent CUG",
            "the closed user group named in the call is unknown",
        ),
        91: (
            "invalid transit network selection",
            "the carrier code is not well formed",
        ),
        95: (
            "invalid message, unspecified",
            "a message is wrong in a way that no other cause of the class names",
        ),
        96: (
            "mandatory information element is missing",
            "a message without an element that it has to have; the diagnostics name it",
        ),
        97: (
            "message type non-existent or not implemented",
            "another dialect of the protocol at the other end, or a switch type set wrongly",
        ),
        98: (
            "message not compatible with call state, or type non-existent or not implemented",
            "the two sides disagree about the state of the call, often after a lost message or a timer race",
        ),
        99: (
            "information element or parameter non-existent or not implemented",
            "an element that the receiver does not know; the diagnostics name it and the call usually "
            "goes on",
        ),
        100: (
            "invalid information element contents",
            "an element is coded in a way that the receiver does not accept; the diagnostics name it",
        ),
        101: (
            "message not compatible with call state",
            "the two sides disagree about the state of the call",
        ),
        102: (
            "recovery on timer expiry",
            "a message stayed unanswered for a whole timer; the diagnostics name the timer",
        ),
        103: (
            "parameter non-existent or not implemented, passed on",
            "a transit exchange met something that it does not know and let it through",
        ),
        110: (
            "message with unrecognised parameter discarded",
            "a transit exchange met something that it does not know and dropped the message",
        ),
        111: (
            "protocol error, unspecified",
            "a violation that no other cause of the class names",
        ),
        127: (
            "interworking, unspecified",
            "the other network gave no reason that translates: analog lines, R2, SIP gateways",
        ),
    }
)
