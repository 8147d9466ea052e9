"""Operations between private exchanges that go with a call.

Names, diversion, transfer, path replacement, completion, recall, offer, do not disturb, intrusion. Each
service names its standard of Ecma International (ISO/IEC repeats them); the types are those of its ASN.1
module.
"""

from __future__ import annotations

from trunkwire.rose.addresses import (
    ADDRESS,
    EXTENSION,
    PARTY_NUMBER,
    PARTY_SUBADDRESS,
    PRESENTED_ADDRESS_SCREENED,
    PRESENTED_NUMBER_SCREENED,
    PRESENTED_NUMBER_UNSCREENED,
    Q931_ELEMENTS,
    QSIG_BASIC_SERVICE,
    extensions,
    nothing_or_extensions,
)
from trunkwire.rose.repertoire import Fault, Operation, Service
from trunkwire.rose.schema import (
    BOOLEAN,
    CHARACTERS,
    INTEGER,
    NULL,
    NUMERIC,
    choice,
    enumerated,
    explicit,
    flags,
    implicit,
    integer,
    optional,
    sequence,
    set_of,
)

GENERAL = Service(
    "Q.950",
    (),
    (
        Fault(0, "userNotSubscribed"),
        Fault(1, "rejectedByNetwork"),
        Fault(2, "rejectedByUser"),
        Fault(3, "notAvailable"),
        Fault(5, "insufficientInformation"),
        Fault(6, "invalidServedUserNr"),
        Fault(7, "invalidCallState"),
        Fault(8, "basicServiceNotProvided"),
        Fault(9, "notIncomingCall"),
        Fault(10, "supplementaryServiceInteractionNotAllowed"),
        Fault(11, "resourceUnavailable"),
        Fault(25, "callFailure"),
        Fault(43, "proceduralError"),
        Fault(1000, "temporarilyUnavailable"),
        Fault(1007, "notAuthorized"),
        Fault(1008, "unspecified", EXTENSION),
    ),
)

_SET = sequence(
    nameData=CHARACTERS,
    characterSet=optional(
        integer(
            unknown=0,
            iso8859_1=1,
            iso8859_2=3,
            iso8859_3=4,
            iso8859_4=5,
            iso8859_5=6,
            iso8859_7=7,
            iso10646_BmpString=8,
            iso10646_utf_8String=9,
        )
    ),
)
NAME = choice(
    namePresentationAllowedSimple=implicit(0, CHARACTERS),
    namePresentationAllowedExtended=implicit(1, _SET),
    namePresentationRestrictedSimple=implicit(2, CHARACTERS),
    namePresentationRestrictedExtended=implicit(3, _SET),
    nameNotAvailable=implicit(4, NULL),
    namePresentationRestrictedNull=implicit(7, NULL),
)
_NAME_ARGUMENT = choice(
    name=NAME,
    nameSequence=sequence(name=NAME, extension=optional(extensions(5))),
)
NAMES = Service(
    "ECMA-164",
    tuple(
        Operation(code, name, _NAME_ARGUMENT)
        for code, name in enumerate(("callingName", "calledName", "connectedName", "busyName"))
    ),
)

_PROCEDURE = enumerated("cfu", "cfb", "cfnr")
_REASON = enumerated("unknown", "cfu", "cfb", "cfnr")
_SUBSCRIPTION = enumerated(
    "noNotification", "notificationWithoutDivertedToNr", "notificationWithDivertedToNr"
)
_MORE = optional(extensions(1))
_NOTHING = nothing_or_extensions(1)
DIVERSION = Service(
    "ECMA-174",
    (
        Operation(
            15,
            "activateDiversionQ",
            sequence(
                procedure=_PROCEDURE,
                basicService=QSIG_BASIC_SERVICE,
                divertedToAddress=ADDRESS,
                servedUserNr=PARTY_NUMBER,
                activatingUserNr=PARTY_NUMBER,
                extension=_MORE,
            ),
            _NOTHING,
        ),
        Operation(
            16,
            "deactivateDiversionQ",
            sequence(
                procedure=_PROCEDURE,
                basicService=QSIG_BASIC_SERVICE,
                servedUserNr=PARTY_NUMBER,
                deactivatingUserNr=PARTY_NUMBER,
                extension=_MORE,
            ),
            _NOTHING,
        ),
        Operation(
            17,
            "interrogateDiversionQ",
            sequence(
                procedure=_PROCEDURE,
                basicService=optional(QSIG_BASIC_SERVICE),
                servedUserNr=PARTY_NUMBER,
                interrogatingUserNr=PARTY_NUMBER,
                extension=_MORE,
            ),
            set_of(
                "diversion",
                sequence(
                    servedUserNr=PARTY_NUMBER,
                    basicService=QSIG_BASIC_SERVICE,
                    procedure=_PROCEDURE,
                    divertedToAddress=ADDRESS,
                    remoteEnabled=optional(BOOLEAN),
                    extension=_MORE,
                ),
            ),
        ),
        Operation(
            18,
            "checkRestriction",
            sequence(
                servedUserNr=PARTY_NUMBER,
                basicService=QSIG_BASIC_SERVICE,
                divertedToNr=PARTY_NUMBER,
                extension=_MORE,
            ),
            _NOTHING,
        ),
        Operation(
            19,
            "callRerouteing",
            sequence(
                rerouteingReason=_REASON,
                originalRerouteingReason=optional(implicit(0, _REASON)),
                calledAddress=ADDRESS,
                diversionCounter=INTEGER,
                pSS1InfoElement=Q931_ELEMENTS,
                lastRerouteingNr=explicit(1, PRESENTED_NUMBER_UNSCREENED),
                subscriptionOption=implicit(2, _SUBSCRIPTION),
                callingPartySubaddress=optional(explicit(3, PARTY_SUBADDRESS)),
                callingNumber=explicit(4, PRESENTED_NUMBER_SCREENED),
                callingName=optional(explicit(5, NAME)),
                originalCalledNr=optional(explicit(6, PRESENTED_NUMBER_UNSCREENED)),
                redirectingName=optional(explicit(7, NAME)),
                originalCalledName=optional(explicit(8, NAME)),
                extension=optional(extensions(9)),
            ),
            _NOTHING,
        ),
        Operation(
            20,
            "divertingLegInformation1",
            sequence(
                diversionReason=_REASON,
                subscriptionOption=_SUBSCRIPTION,
                nominatedNr=PARTY_NUMBER,
                extension=optional(extensions(9)),
            ),
        ),
        Operation(
            21,
            "divertingLegInformation2",
            sequence(
                diversionCounter=INTEGER,
                diversionReason=_REASON,
                originalDiversionReason=optional(implicit(0, _REASON)),
                divertingNr=optional(explicit(1, PRESENTED_NUMBER_UNSCREENED)),
                originalCalledNr=optional(explicit(2, PRESENTED_NUMBER_UNSCREENED)),
                redirectingName=optional(explicit(3, NAME)),
                originalCalledName=optional(explicit(4, NAME)),
                extension=optional(extensions(5)),
            ),
        ),
        Operation(
            22,
            "divertingLegInformation3",
            sequence(
                presentationAllowedIndicator=BOOLEAN,
                redirectionName=optional(explicit(0, NAME)),
                extension=_MORE,
            ),
        ),
        Operation(23, "cfnrDivertedLegFailed", _NOTHING),
    ),
    (
        Fault(12, "invalidDivertedToNr"),
        Fault(14, "specialServiceNr"),
        Fault(15, "diversionToServedUserNr"),
        Fault(24, "numberOfDiversionsExceeded"),
    ),
)

_TRANSFERRED = optional(extensions(9))
_IDENTIFIED = sequence(callIdentity=NUMERIC, rerouteingNumber=PARTY_NUMBER, extension=optional(extensions(6)))
TRANSFER = Service(
    "ECMA-178",
    (
        Operation(7, "callTransferIdentify", _NOTHING, _IDENTIFIED),
        Operation(8, "callTransferAbandon", _NOTHING),
        Operation(9, "callTransferInitiate", _IDENTIFIED, _NOTHING),
        Operation(
            10,
            "callTransferSetup",
            sequence(callIdentity=NUMERIC, argumentExtension=optional(extensions(0))),
            _NOTHING,
        ),
        Operation(
            11,
            "callTransferActive",
            sequence(
                connectedAddress=PRESENTED_ADDRESS_SCREENED,
                basicCallInfoElements=optional(Q931_ELEMENTS),
                connectedName=optional(NAME),
                argumentExtension=_TRANSFERRED,
            ),
        ),
        Operation(
            12,
            "callTransferComplete",
            sequence(
                endDesignation=enumerated("primaryEnd", "secondaryEnd"),
                redirectionNumber=PRESENTED_NUMBER_SCREENED,
                basicCallInfoElements=optional(Q931_ELEMENTS),
                redirectionName=optional(NAME),
                callStatus=optional(enumerated("answered", "alerting")),
                argumentExtension=_TRANSFERRED,
            ),
        ),
        Operation(
            13,
            "callTransferUpdate",
            sequence(
                redirectionNumber=PRESENTED_NUMBER_SCREENED,
                redirectionName=optional(NAME),
                basicCallInfoElements=optional(Q931_ELEMENTS),
                argumentExtension=_TRANSFERRED,
            ),
        ),
        Operation(
            14,
            "subaddressTransfer",
            sequence(redirectionSubaddress=PARTY_SUBADDRESS, argumentExtension=optional(extensions(0))),
        ),
    ),
    (
        Fault(1004, "invalidRerouteingNumber"),
        Fault(1005, "unrecognizedCallIdentity"),
        Fault(1006, "establishmentFailure"),
    ),
)

_PATH = sequence(callIdentity=NUMERIC, rerouteingNumber=PARTY_NUMBER, extension=_MORE)
PATH_REPLACEMENT = Service(
    "ECMA-176",
    (
        Operation(4, "pathReplacePropose", _PATH),
        Operation(5, "pathReplaceSetup", sequence(callIdentity=NUMERIC, extension=_MORE), _NOTHING),
        Operation(6, "pathReplaceRetain", _PATH, _NOTHING),
        Operation(86, "pathReplaceInvite", _NOTHING),
    ),
    (
        Fault(1001, "collision"),
        Fault(1002, "criteriaPermanentlyUnachievable"),
        Fault(1003, "criteriaTemporarilyUnachievable"),
    ),
)

_NONE = nothing_or_extensions(14, "none")
_COMPLETED = optional(_NONE)
_REQUEST = sequence(
    numberA=PRESENTED_NUMBER_UNSCREENED,
    numberB=PARTY_NUMBER,
    service=Q931_ELEMENTS,
    subaddrA=optional(explicit(10, PARTY_SUBADDRESS)),
    subaddrB=optional(explicit(11, PARTY_SUBADDRESS)),
    can_retain_service=optional(implicit(12, BOOLEAN)),
    retain_sig_connection=optional(implicit(13, BOOLEAN)),
    extension=_COMPLETED,
)
_REQUESTED = sequence(
    no_path_reservation=optional(implicit(0, BOOLEAN)),
    retain_service=optional(implicit(1, BOOLEAN)),
    extension=_COMPLETED,
)
_OPTIONAL = choice(
    fullArg=implicit(
        0,
        sequence(
            numberA=PARTY_NUMBER,
            numberB=PARTY_NUMBER,
            service=Q931_ELEMENTS,
            subaddrA=optional(explicit(10, PARTY_SUBADDRESS)),
            subaddrB=optional(explicit(11, PARTY_SUBADDRESS)),
            extension=_COMPLETED,
        ),
    ),
    extArg=_NONE,
)
COMPLETION = Service(
    "ECMA-186",
    (
        Operation(27, "ccnrRequest", _REQUEST, _REQUESTED),
        Operation(28, "ccCancel", _OPTIONAL),
        Operation(29, "ccExecPossible", _OPTIONAL),
        Operation(30, "ccPathReserve", _NONE, _NONE),
        Operation(31, "ccRingout", _NONE),
        Operation(32, "ccSuspend", _NONE),
        Operation(33, "ccResume", _NONE),
        Operation(40, "ccbsRequest", _REQUEST, _REQUESTED),
    ),
    (
        Fault(1010, "shortTermRejection"),
        Fault(1011, "longTermRejection"),
        Fault(1012, "remoteUserBusyAgain"),
        Fault(1013, "failureToMatch"),
        Fault(1014, "failedDueToInterworking"),
    ),
)

_RECALLED = optional(extensions(6, "extension", "multipleExtension"))
RECALL = Service(
    "ECMA-214",
    (
        Operation(
            57,
            "recallAlerting",
            sequence(
                alertedNumber=optional(explicit(1, PRESENTED_NUMBER_SCREENED)),
                alertedName=optional(explicit(2, NAME)),
                argumentExtension=_RECALLED,
            ),
        ),
        Operation(
            58,
            "recallAnswered",
            sequence(
                connectedNumber=explicit(1, PRESENTED_NUMBER_SCREENED),
                connectedSubaddress=optional(explicit(2, PARTY_SUBADDRESS)),
                connectedName=optional(explicit(3, NAME)),
                argumentExtension=_RECALLED,
            ),
        ),
    ),
)

_LIST = flags(
    callOffer=0,
    dndo_low=1,
    dndo_medium=2,
    dndo_high=3,
    ci_low=4,
    ci_medium=5,
    ci_high=6,
)
_OFFERED = choice(
    serviceList=_LIST,
    extendedServiceList=sequence(serviceList=_LIST, extension=EXTENSION),
)
_SEVERAL = extensions(1, "extension", "sequenceOfExtn")
_ANY_MORE = optional(_SEVERAL)
_PLAIN = choice(null=NULL, extended=_SEVERAL)
OFFER = Service(
    "ECMA-192",
    (
        Operation(34, "callOfferRequest", _PLAIN, _PLAIN),
        Operation(41, "pathRetain", _OFFERED),
        Operation(42, "serviceAvailable", _OFFERED),
        Operation(49, "cfbOverride", _PLAIN),
    ),
    (Fault(1009, "notBusy"),),
)

_PROTECTION = enumerated("lowProtection", "mediumProtection", "highProtection", "fullProtection")
_STATUS = sequence(
    status=optional(
        set_of(
            "service",
            sequence(basicService=QSIG_BASIC_SERVICE, dndProtectionLevel=optional(_PROTECTION)),
        )
    ),
    resultExtension=_ANY_MORE,
)
_SERVED = sequence(basicService=QSIG_BASIC_SERVICE, servedUserNr=PARTY_NUMBER, argumentExtension=_ANY_MORE)
DO_NOT_DISTURB = Service(
    "ECMA-194",
    (
        Operation(35, "doNotDisturbActivateQ", _SERVED, _STATUS),
        Operation(36, "doNotDisturbDeactivateQ", _SERVED, _PLAIN),
        Operation(
            37,
            "doNotDisturbInterrogateQ",
            sequence(servedUserNr=PARTY_NUMBER, argumentExtension=_ANY_MORE),
            _STATUS,
        ),
        Operation(
            38,
            "doNotDisturbOverrideQ",
            sequence(
                dndoCapabilityLevel=enumerated(overrideLowProt=1, overrideMediumProt=2, overrideHighProt=3),
                argumentExtension=_ANY_MORE,
            ),
        ),
        Operation(39, "doNotDisturbOvrExecuteQ", _PLAIN, _PLAIN),
    ),
    (Fault(43, "notActivated"),),
)

INTRUSION = Service(
    "ECMA-203",
    (
        Operation(
            43,
            "callIntrusionRequest",
            sequence(
                ciCapabilityLevel=enumerated(intrusionLowProt=1, intrusionMediumProt=2, intrusionHighProt=3),
                argumentExtension=_ANY_MORE,
            ),
            sequence(
                ciUnwantedUserStatus=enumerated("unwantedUserIntruded", "unwantedUserIsolated"),
                resultExtension=_ANY_MORE,
            ),
        ),
        Operation(
            44,
            "callIntrusionGetCIPL",
            _PLAIN,
            sequence(ciProtectionLevel=_PROTECTION, resultExtension=_ANY_MORE),
        ),
        Operation(45, "callIntrusionIsolate", _PLAIN, _PLAIN),
        Operation(46, "callIntrusionForcedRelease", _PLAIN, _PLAIN),
        Operation(47, "callIntrusionWOBRequest", _PLAIN, _PLAIN),
        Operation(48, "callIntrusionCompleted", _PLAIN),
    ),
)
