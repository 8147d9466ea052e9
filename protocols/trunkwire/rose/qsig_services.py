"""Operations between private exchanges beside the basic ones, and the joined table of QSIG.

Common information, interception, interruption, single step transfer, dialogue, call identification,
synchronization, make call request.
"""

from __future__ import annotations

from trunkwire.rose.addresses import (
    EXTENSION,
    PARTY_NUMBER,
    PRESENTED_ADDRESS_SCREENED,
    PRESENTED_ADDRESS_UNSCREENED,
    PRESENTED_NUMBER_UNSCREENED,
    QSIG_BASIC_SERVICE,
    extensions,
    nothing_or_extensions,
)
from trunkwire.rose.charging import QSIG_CHARGING
from trunkwire.rose.qsig_calls import (
    COMPLETION,
    DIVERSION,
    DO_NOT_DISTURB,
    GENERAL,
    INTRUSION,
    NAME,
    NAMES,
    OFFER,
    PATH_REPLACEMENT,
    RECALL,
    TRANSFER,
)
from trunkwire.rose.qsig_messages import MAILBOX, MESSAGE_CENTRE, SHORT_MESSAGES
from trunkwire.rose.qsig_mobility import PERSONAL, WIRELESS
from trunkwire.rose.repertoire import Fault, Flavour, Operation, Service, repertoire
from trunkwire.rose.schema import (
    BMP,
    BOOLEAN,
    IA5,
    INTEGER,
    NULL,
    NUMERIC,
    OCTETS,
    TIME,
    choice,
    enumerated,
    explicit,
    flags,
    implicit,
    integer,
    optional,
    sequence,
    sequence_of,
)

_FEATURES = flags(
    reserved=0,
    ssCFreRoutingSupported=1,
    ssCTreRoutingSupported=2,
    ssCCBSpossible=3,
    ssCCNRpossible=4,
    ssCOsupported=5,
    ssCIforcedRelease=6,
    ssCIisolation=7,
    ssCIwaitOnBusy=8,
    ssAOCsupportChargeRateProvAtGatewPinx=9,
    ssAOCsupportInterimChargeProvAtGatewPinx=10,
    ssAOCsupportFinalChargeProvAtGatewPinx=11,
    anfPRsupportedAtCooperatingPinx=12,
    anfCINTcanInterceptImmediate=13,
    anfCINTcanInterceptDelayed=14,
    anfWTMIreRoutingSupported=15,
    anfPUMIreRoutingSupported=16,
    ssSSCTreRoutingSupported=17,
)
_COMMON = sequence(
    featureIdentifier=optional(implicit(2, _FEATURES)),
    ssDNDOprotectionLevel=optional(implicit(3, INTEGER)),
    ssCIprotectionLevel=optional(implicit(4, INTEGER)),
    equipmentIdentity=optional(
        implicit(
            5,
            sequence(
                nodeId=optional(implicit(1, IA5)),
                groupId=optional(implicit(2, IA5)),
                unitId=optional(implicit(3, IA5)),
            ),
        )
    ),
    partyCategory=optional(implicit(6, enumerated("unknown", "extension", "pisnAttendant", "emergExt"))),
    extension=optional(extensions(7)),
)
_NOTHING = nothing_or_extensions(1)
COMMON = Service(
    "ECMA-251",
    (Operation(84, "cmnRequest", _NOTHING, _COMMON), Operation(85, "cmnInform", _COMMON)),
)

_CAUSE = integer(
    unknown=0,
    cintBnan=1,
    cintBus=2,
    cintCug=3,
    cintDnd=4,
    cintIbd=5,
    cintInn=6,
    cintMob1=7,
    cintMob2=8,
    cintMob3=9,
    cintNcmp=10,
    cintNcong=11,
    cintNre=12,
    cintOos=13,
    cintRrs=14,
    cintTbnan=15,
    cintTnre=16,
    cintTrans=17,
    cintUpl=18,
    cintInvDiv=19,
    cintHold=20,
)
_INTERCEPTED = nothing_or_extensions(5, "none")
INTERCEPTION = Service(
    "ECMA-221",
    (
        Operation(
            66,
            "cintLegInformation1",
            sequence(
                interceptionCause=_CAUSE,
                interceptedToNumber=PARTY_NUMBER,
                extension=optional(_INTERCEPTED),
            ),
        ),
        Operation(
            67,
            "cintLegInformation2",
            sequence(
                interceptionCause=_CAUSE,
                calledNumber=optional(explicit(1, PRESENTED_NUMBER_UNSCREENED)),
                originalCalledNumber=optional(explicit(2, PRESENTED_NUMBER_UNSCREENED)),
                calledName=optional(explicit(3, NAME)),
                originalCalledName=optional(explicit(4, NAME)),
                extension=optional(_INTERCEPTED),
            ),
        ),
        Operation(
            68,
            "cintCondition",
            sequence(
                interceptionCause=_CAUSE,
                originalCalledNumber=optional(explicit(1, PRESENTED_NUMBER_UNSCREENED)),
                calledName=optional(explicit(2, NAME)),
                originalCalledName=optional(explicit(3, NAME)),
                extension=optional(_INTERCEPTED),
            ),
        ),
        Operation(69, "cintDisable", _INTERCEPTED),
        Operation(70, "cintEnable", _INTERCEPTED),
    ),
)

_SEVERAL = optional(extensions(1, "extension", "sequenceOfExtn"))
INTERRUPTION = Service(
    "ECMA-264",
    (
        Operation(
            87,
            "callInterruptionRequest",
            sequence(
                cpiCapabilityLevel=enumerated(
                    interruptionLowPriority=1, interruptionMediumPriority=2, interruptionHighPriority=3
                ),
                argumentExtension=_SEVERAL,
            ),
        ),
        Operation(
            88,
            "callProtectionRequest",
            sequence(
                cpiProtectionLevel=enumerated(
                    "noProtection", "lowProtection", "mediumProtection", "totalProtection"
                ),
                argumentExtension=_SEVERAL,
            ),
        ),
    ),
)

SINGLE_STEP = Service(
    "ECMA-300",
    (
        Operation(
            99,
            "ssctInitiate",
            sequence(
                rerouteingNumber=PARTY_NUMBER,
                transferredAddress=PRESENTED_ADDRESS_SCREENED,
                awaitConnect=BOOLEAN,
                transferredName=optional(explicit(1, NAME)),
                transferringAddress=optional(explicit(2, PRESENTED_ADDRESS_SCREENED)),
                transferringName=optional(explicit(3, NAME)),
                argumentExtension=optional(extensions(4)),
            ),
            _NOTHING,
        ),
        Operation(
            100,
            "ssctSetup",
            sequence(
                transferringAddress=optional(explicit(1, PRESENTED_ADDRESS_SCREENED)),
                transferringName=optional(explicit(2, NAME)),
                argumentExtension=optional(extensions(3)),
            ),
        ),
        Operation(101, "ssctPostDial", _NOTHING),
        Operation(
            102,
            "ssctDigitInfo",
            sequence(
                reroutingNumber=optional(explicit(1, PARTY_NUMBER)),
                sendingComplete=optional(implicit(2, NULL)),
                argumentExtension=optional(extensions(3)),
            ),
        ),
    ),
)

_DIALOGUE = optional(extensions(2, "extension", "multipleExtension"))
DIALOGUE = Service(
    "ECMA-311",
    (
        Operation(
            103,
            "display",
            sequence(
                displayString=choice(
                    displayStringNormal=implicit(0, BMP), displayStringExtended=implicit(1, BMP)
                ),
                extension=_DIALOGUE,
            ),
        ),
        Operation(104, "keypad", sequence(keypadString=implicit(0, BMP), extension=_DIALOGUE)),
    ),
    (
        Fault(1023, "noDisplayAvailable"),
        Fault(1024, "displayTemporarilyNotAvailable"),
        Fault(1025, "notPresentable"),
    ),
)

_IDENTIFICATION = sequence(
    switchingSubDomainName=optional(implicit(0, IA5)),
    linkageID=choice(subDomainID=implicit(1, OCTETS), globallyUniqueID=implicit(2, OCTETS)),
    timeStamp=optional(implicit(3, TIME)),
)
_LINKED = optional(
    choice(extension=explicit(3, EXTENSION), sequenceOfExt=implicit(4, sequence_of("extension", EXTENSION)))
)
IDENTIFICATION = Service(
    "ECMA-314",
    (
        Operation(
            105,
            "callIdentificationAssign",
            sequence(
                globalCallID=explicit(0, _IDENTIFICATION),
                threadID=optional(explicit(1, _IDENTIFICATION)),
                legID=optional(explicit(2, _IDENTIFICATION)),
                extension=_LINKED,
            ),
        ),
        Operation(
            106,
            "callIdentificationUpdate",
            sequence(
                globalCallID=optional(explicit(0, _IDENTIFICATION)),
                threadID=optional(explicit(1, _IDENTIFICATION)),
                legID=optional(explicit(2, _IDENTIFICATION)),
                extension=_LINKED,
            ),
        ),
    ),
)

_ACTION = integer("enslavement", "holdon")
_SYNCHRONIZED = optional(extensions(1, "extension", "sequOfExtn"))
SYNCHRONIZATION = Service(
    "ECMA-245",
    (
        Operation(
            78,
            "synchronizationRequest",
            sequence(action=_ACTION, argExtension=_SYNCHRONIZED),
            sequence(action=_ACTION, response=BOOLEAN, argExtension=_SYNCHRONIZED),
        ),
        Operation(
            79,
            "synchronizationInfo",
            sequence(stateinfo=integer("freerunning", "idle"), argExtension=_SYNCHRONIZED),
        ),
    ),
)

_REQUESTED = optional(nothing_or_extensions(0, "none"))
_CORRELATION = sequence(
    correlationData=NUMERIC,
    correlationReason=optional(integer("unknown", "mCACommunication", "cTIApplication")),
)
MAKE_CALL = Service(
    "ECMA-344",
    (
        Operation(
            112,
            "mCRequest",
            sequence(
                callType=choice(basicService=QSIG_BASIC_SERVICE, cisc=NULL),
                retainOrigCall=optional(BOOLEAN),
                destinationAddress=PRESENTED_ADDRESS_UNSCREENED,
                requestingAddress=optional(explicit(0, PRESENTED_ADDRESS_UNSCREENED)),
                cooperatingAddress=optional(explicit(1, PRESENTED_ADDRESS_UNSCREENED)),
                correlation=_CORRELATION,
                extensions=_REQUESTED,
            ),
            sequence(extensions=_REQUESTED),
        ),
        Operation(
            113,
            "mCInform",
            sequence(
                requestingAddress=optional(explicit(0, PRESENTED_ADDRESS_UNSCREENED)),
                cooperatingAddress=optional(explicit(1, PRESENTED_ADDRESS_UNSCREENED)),
                correlation=_CORRELATION,
                extensions=_REQUESTED,
            ),
        ),
        Operation(114, "mCAlerting", sequence(correlation=_CORRELATION, extensions=_REQUESTED)),
    ),
    tuple(
        Fault(code, name)
        for code, name in enumerate(
            (
                "invalidDestinationNumber",
                "invalidCooperationNumber",
                "mCRequestNotAllowed",
                "mCExecutionNotAllowed",
                "mCDestUserBusy",
                "mCCoopUserBusy",
                "mCCoopUserRejected",
            ),
            1030,
        )
    ),
)

QSIG_SERVICES = (
    GENERAL,
    NAMES,
    DIVERSION,
    TRANSFER,
    PATH_REPLACEMENT,
    COMPLETION,
    RECALL,
    OFFER,
    DO_NOT_DISTURB,
    INTRUSION,
    QSIG_CHARGING,
    COMMON,
    INTERCEPTION,
    INTERRUPTION,
    SINGLE_STEP,
    DIALOGUE,
    IDENTIFICATION,
    SYNCHRONIZATION,
    MAKE_CALL,
    MESSAGE_CENTRE,
    MAILBOX,
    WIRELESS,
    PERSONAL,
    SHORT_MESSAGES,
)
QSIG = repertoire(Flavour.QSIG, QSIG_SERVICES)
