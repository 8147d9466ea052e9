"""Operations at a public network's access: diversion, transfer, conference, completion, message waiting ...

Each service names its standard; the types are those of its ASN.1 module. Advice of charge is in `charging`.
"""

from __future__ import annotations

from trunkwire.rose.addresses import (
    ADDRESS,
    ETSI_BASIC_SERVICE,
    PARTY_NUMBER,
    PARTY_SUBADDRESS,
    PRESENTED_ADDRESS_SCREENED,
    PRESENTED_NUMBER_UNSCREENED,
    Q931_ELEMENTS,
    SERVED_USER,
)
from trunkwire.rose.repertoire import Fault, Operation, Service
from trunkwire.rose.schema import (
    BOOLEAN,
    INTEGER,
    OCTETS,
    TIME,
    enumerated,
    explicit,
    implicit,
    integer,
    optional,
    sequence,
    sequence_of,
    set_of,
)

ARC = "0.4.0."
"""itu-t, identified organization, etsi: the arc of all global values of these services."""

GENERAL = Service(
    "EN 300 196-1",
    (),
    (
        Fault(0, "notSubscribed"),
        Fault(3, "notAvailable"),
        Fault(4, "notImplemented"),
        Fault(6, "invalidServedUserNr"),
        Fault(7, "invalidCallState"),
        Fault(8, "basicServiceNotProvided"),
        Fault(9, "notIncomingCall"),
        Fault(10, "supplementaryServiceInteractionNotAllowed"),
        Fault(11, "resourceUnavailable"),
    ),
)

_PROCEDURE = enumerated("cfu", "cfb", "cfnr")
_REASON = enumerated("unknown", "cfu", "cfb", "cfnr", "cdAlerting", "cdImmediate")
_SUBSCRIPTION = enumerated(
    "noNotification", "notificationWithoutDivertedToNr", "notificationWithDivertedToNr"
)
_RESULT = sequence(
    servedUserNr=SERVED_USER,
    basicService=ETSI_BASIC_SERVICE,
    procedure=_PROCEDURE,
    forwardedToAddress=ADDRESS,
)
DIVERSION = Service(
    "EN 300 207-1",
    (
        Operation(
            7,
            "activationDiversion",
            sequence(
                procedure=_PROCEDURE,
                basicService=ETSI_BASIC_SERVICE,
                forwardedToAddress=ADDRESS,
                servedUserNr=SERVED_USER,
                noReplyTimer=optional(INTEGER),
            ),
        ),
        Operation(
            8,
            "deactivationDiversion",
            sequence(procedure=_PROCEDURE, basicService=ETSI_BASIC_SERVICE, servedUserNr=SERVED_USER),
        ),
        Operation(
            9,
            "activationStatusNotificationDiv",
            sequence(
                procedure=_PROCEDURE,
                basicService=ETSI_BASIC_SERVICE,
                forwardedToAddress=ADDRESS,
                servedUserNr=SERVED_USER,
            ),
        ),
        Operation(
            10,
            "deactivationStatusNotificationDiv",
            sequence(procedure=_PROCEDURE, basicService=ETSI_BASIC_SERVICE, servedUserNr=SERVED_USER),
        ),
        Operation(
            11,
            "interrogationDiversion",
            sequence(
                procedure=_PROCEDURE, basicService=optional(ETSI_BASIC_SERVICE), servedUserNr=SERVED_USER
            ),
            set_of("diversion", _RESULT),
        ),
        Operation(
            12,
            "diversionInformation",
            sequence(
                diversionReason=_REASON,
                basicService=ETSI_BASIC_SERVICE,
                servedUserSubaddress=optional(PARTY_SUBADDRESS),
                callingAddress=optional(explicit(0, PRESENTED_ADDRESS_SCREENED)),
                originalCalledNr=optional(explicit(1, PRESENTED_NUMBER_UNSCREENED)),
                lastDivertingNr=optional(explicit(2, PRESENTED_NUMBER_UNSCREENED)),
                lastDivertingReason=optional(explicit(3, _REASON)),
                userInfo=optional(Q931_ELEMENTS),
            ),
        ),
        Operation(
            13,
            "callDeflection",
            sequence(deflectionAddress=ADDRESS, presentationAllowedDivertedToUser=optional(BOOLEAN)),
        ),
        Operation(
            14,
            "callRerouteing",
            sequence(
                rerouteingReason=_REASON,
                calledAddress=ADDRESS,
                rerouteingCounter=INTEGER,
                q931InfoElement=Q931_ELEMENTS,
                lastRerouteingNr=explicit(1, PRESENTED_NUMBER_UNSCREENED),
                subscriptionOption=optional(explicit(2, _SUBSCRIPTION)),
                callingPartySubaddress=optional(explicit(3, PARTY_SUBADDRESS)),
            ),
        ),
        Operation(
            15,
            "divertingLegInformation2",
            sequence(
                diversionCounter=INTEGER,
                diversionReason=_REASON,
                divertingNr=optional(explicit(1, PRESENTED_NUMBER_UNSCREENED)),
                originalCalledNr=optional(explicit(2, PRESENTED_NUMBER_UNSCREENED)),
            ),
        ),
        Operation(17, "interrogateServedUserNumbers", None, set_of("servedUserNr", PARTY_NUMBER)),
        Operation(
            18,
            "divertingLegInformation1",
            sequence(
                diversionReason=_REASON,
                subscriptionOption=_SUBSCRIPTION,
                divertedToNumber=optional(PRESENTED_NUMBER_UNSCREENED),
            ),
        ),
        Operation(19, "divertingLegInformation3", BOOLEAN),
    ),
    (
        Fault(12, "invalidDivertedToNr"),
        Fault(14, "specialServiceNr"),
        Fault(15, "diversionToServedUserNr"),
        Fault(23, "incomingCallAccepted"),
        Fault(24, "numberOfDiversionsExceeded"),
        Fault(46, "notActivated"),
        Fault(48, "requestAlreadyAccepted"),
    ),
)

USER_TO_USER = Service(
    "EN 300 286-1",
    (
        Operation(
            1,
            "userUserService",
            sequence(
                service=implicit(1, integer(service1=1, service2=2, service3=3)),
                preferred=implicit(2, BOOLEAN),
            ),
        ),
    ),
    (Fault(1, "rejectedByTheNetwork"), Fault(2, "rejectedByTheUser")),
)

CLOSED_USER_GROUP = Service(
    "EN 300 138-1",
    (
        Operation(
            2,
            "cUGCall",
            sequence(oARequested=optional(implicit(1, BOOLEAN)), cUGIndex=optional(implicit(2, INTEGER))),
        ),
    ),
    (
        Fault(16, "invalidOrUnregisteredCUGIndex"),
        Fault(17, "requestedBasicServiceViolatesCUGConstraints"),
        Fault(18, "outgoingCallsBarredWithinCUG"),
        Fault(19, "incomingCallsBarredWithinCUG"),
        Fault(20, "userNotMemberOfCUG"),
        Fault(21, "inconsistencyInDesignatedFacilityAndSubscriberClass"),
    ),
)

MALICIOUS_CALL = Service("EN 300 130-1", (Operation(3, "mCIDRequest"),))

THREE_PARTY = Service("EN 300 188-1", (Operation(4, "begin3PTY"), Operation(5, "end3PTY")))

_TRANSFER = ARC + "369.1."
TRANSFER = Service(
    "EN 300 369-1",
    (
        Operation(6, "ectExecute"),
        Operation(_TRANSFER + "1", "explicitEctExecute", INTEGER),
        Operation(_TRANSFER + "2", "requestSubaddress"),
        Operation(_TRANSFER + "3", "subaddressTransfer", PARTY_SUBADDRESS),
        Operation(_TRANSFER + "4", "ectLinkIdRequest", None, INTEGER),
        Operation(
            _TRANSFER + "5",
            "ectInform",
            sequence(
                callStatus=enumerated("alerting", "active"),
                redirectionNumber=optional(PRESENTED_NUMBER_UNSCREENED),
            ),
        ),
        Operation(
            _TRANSFER + "6",
            "ectLoopTest",
            INTEGER,
            enumerated("insufficientInformation", "noLoopExists", "simultaneousTransfer"),
        ),
    ),
    (Fault(_TRANSFER + "21", "linkIdNotAssignedByNetwork"),),
)

_MLPP = sequence(
    precLevel=enumerated("flashOverride", "flash", "immediate", "priority", "routine"),
    lfbIndictn=enumerated("lfbAllowed", "lfbNotAllowed", "pathReserved"),
    mlppSvcDomn=OCTETS,
)
PRECEDENCE = Service(
    "Q.955.3",
    (
        Operation(
            24,
            "mLPPLFBQuery",
            sequence(mlppParams=_MLPP, ieArg=Q931_ELEMENTS),
            sequence(
                statusQuery=enumerated(
                    success=1,
                    failure=2,
                    bearerCapabilityNotAuthorized=3,
                    bearerCapabilityNotImplemented=4,
                    bearerCapabilityNotAvailable=5,
                    pathReservationDenied=6,
                ),
                location=Q931_ELEMENTS,
            ),
        ),
        Operation(
            25,
            "mLPPCallRequest",
            _MLPP,
            enumerated(
                successCalledUserMLPPSubscriber=1,
                successCalledUserNotMLPPSubscriber=2,
                failureCaseA=3,
                failureCaseB=4,
            ),
        ),
        Operation(
            26,
            "mLPPCallPreemption",
            enumerated(circuitReservedForReuse=1, circuitNotReservedForReuse=2),
        ),
    ),
    (Fault(44, "unauthorizedPrecedenceLevel"),),
)

CONFERENCE = Service(
    "EN 300 185-1",
    (
        Operation(
            40,
            "beginCONF",
            optional(INTEGER),
            sequence(conferenceId=INTEGER, partyId=optional(INTEGER)),
        ),
        Operation(41, "addCONF", INTEGER, INTEGER),
        Operation(42, "splitCONF", sequence(conferenceId=INTEGER, partyId=INTEGER)),
        Operation(43, "dropCONF", INTEGER),
        Operation(44, "isolateCONF", INTEGER),
        Operation(45, "reattachCONF", INTEGER),
        Operation(46, "partyDISC", INTEGER),
    ),
    (
        Fault(28, "illConferenceId"),
        Fault(29, "illPartyId"),
        Fault(30, "numberOfPartiesExceeded"),
        Fault(31, "notActive"),
        Fault(32, "notAllowed"),
    ),
)

_FREEPHONE = ARC + "210.1."
FREEPHONE = Service(
    "EN 300 210-1",
    (
        Operation(_FREEPHONE + "1", "callFPH", optional(PARTY_NUMBER)),
        Operation(
            _FREEPHONE + "2",
            "monitor-T-FPH",
            sequence(
                q931InfoElement=Q931_ELEMENTS,
                servedUserDestination=PARTY_NUMBER,
                queueIdentity=optional(INTEGER),
            ),
        ),
        Operation(
            _FREEPHONE + "3",
            "free-T-FPH",
            sequence(servedUserDestination=PARTY_NUMBER, fPHReference=INTEGER),
        ),
        Operation(
            _FREEPHONE + "4",
            "call-T-FPH",
            sequence(fPHReference=INTEGER, calledFreephoneNr=optional(PARTY_NUMBER)),
        ),
    ),
)

_MODE = enumerated("globalRecall", "specificRecall")
_COMPLETION = ARC + "359.1."
_FREE = sequence(recallMode=_MODE, cCBSReference=INTEGER, addressOfB=ADDRESS, q931InfoElement=Q931_ELEMENTS)
_CALL = sequence(
    addressOfB=ADDRESS,
    q931InfoElement=Q931_ELEMENTS,
    cCBSReference=INTEGER,
    subAddressOfA=optional(PARTY_SUBADDRESS),
)
_REQUESTED = sequence(recallMode=_MODE, cCBSReference=INTEGER)
_INTERROGATE = sequence(cCBSReference=optional(INTEGER), partyNumberOfA=optional(PARTY_NUMBER))
_INTERROGATED = sequence(recallMode=_MODE, callDetails=optional(sequence_of("call", _CALL)))
COMPLETION = Service(
    "EN 300 359-1",
    (
        Operation(_COMPLETION + "1", "callInfoRetain", INTEGER),
        Operation(_COMPLETION + "2", "cCBSRequest", INTEGER, _REQUESTED),
        Operation(_COMPLETION + "3", "cCBSDeactivate", INTEGER),
        Operation(_COMPLETION + "4", "cCBSInterrogate", _INTERROGATE, _INTERROGATED),
        Operation(
            _COMPLETION + "5",
            "cCBSErase",
            sequence(
                recallMode=_MODE,
                cCBSReference=INTEGER,
                addressOfB=ADDRESS,
                q931InfoElement=Q931_ELEMENTS,
                eraseReason=enumerated(
                    "normal-unspecified", "t-CCBS2-timeout", "t-CCBS3-timeout", "basic-call-failed"
                ),
            ),
        ),
        Operation(_COMPLETION + "6", "cCBSRemoteUserFree", _FREE),
        Operation(_COMPLETION + "7", "cCBSCall", INTEGER),
        Operation(
            _COMPLETION + "8",
            "cCBSStatusRequest",
            sequence(recallMode=_MODE, cCBSReference=INTEGER, q931InfoElement=Q931_ELEMENTS),
            BOOLEAN,
        ),
        Operation(_COMPLETION + "9", "cCBSBFree", _FREE),
        Operation(_COMPLETION + "10", "eraseCallLinkageID", INTEGER),
        Operation(_COMPLETION + "11", "cCBSStopAlerting", INTEGER),
    ),
    tuple(
        Fault(_COMPLETION + str(number), name)
        for number, name in enumerate(
            (
                "invalidCallLinkageID",
                "invalidCCBSReference",
                "longTermDenial",
                "shortTermDenial",
                "cCBSIsAlreadyActivated",
                "alreadyAccepted",
                "outgoingCCBSQueueFull",
                "callFailureReasonNotBusy",
                "notReadyForCall",
            ),
            20,
        )
    ),
)

_COMPLETION_T = ARC + "359.2."
_REQUEST_T = sequence(
    destinationAddress=ADDRESS,
    q931InfoElement=Q931_ELEMENTS,
    retentionSupported=optional(implicit(1, BOOLEAN)),
    presentationAllowedIndicator=optional(implicit(2, BOOLEAN)),
    originatingAddress=optional(ADDRESS),
)
COMPLETION_T = Service(
    "EN 300 359-1 (private networks)",
    (
        Operation(_COMPLETION_T + "1", "cCBS-T-Request", _REQUEST_T, BOOLEAN),
        Operation(_COMPLETION_T + "2", "cCBS-T-Call"),
        Operation(_COMPLETION_T + "3", "cCBS-T-Suspend"),
        Operation(_COMPLETION_T + "4", "cCBS-T-Resume"),
        Operation(_COMPLETION_T + "5", "cCBS-T-RemoteUserFree"),
        Operation(_COMPLETION_T + "6", "cCBS-T-Available"),
    ),
    (Fault(_COMPLETION_T + "20", "longTermDenial"), Fault(_COMPLETION_T + "21", "shortTermDenial")),
)

_NO_REPLY = ARC + "1065.1."
COMPLETION_NO_REPLY = Service(
    "EN 301 065-1",
    (
        Operation(_NO_REPLY + "1", "cCNRRequest", INTEGER, _REQUESTED),
        Operation(_NO_REPLY + "2", "cCNRInterrogate", _INTERROGATE, _INTERROGATED),
        Operation(ARC + "1065.2.1", "cCNR-T-Request", _REQUEST_T, BOOLEAN),
    ),
)

_WAITING = ARC + "745.1."
_MESSAGE = sequence(messageRef=INTEGER, status=enumerated("addedMessage", "removedMessage"))
_INVOCATION = enumerated("deferred", "immediate", "combined")
MESSAGE_WAITING = Service(
    "EN 300 745-1",
    (
        Operation(
            _WAITING + "1",
            "mWIActivate",
            sequence(
                receivingUserNr=PARTY_NUMBER,
                basicService=ETSI_BASIC_SERVICE,
                controllingUserNr=optional(explicit(1, PARTY_NUMBER)),
                numberOfMessages=optional(explicit(2, INTEGER)),
                controllingUserProvidedNr=optional(explicit(3, PARTY_NUMBER)),
                time=optional(explicit(4, TIME)),
                messageId=optional(explicit(5, _MESSAGE)),
                mode=optional(explicit(6, _INVOCATION)),
            ),
        ),
        Operation(
            _WAITING + "2",
            "mWIDeactivate",
            sequence(
                receivingUserNr=PARTY_NUMBER,
                basicService=ETSI_BASIC_SERVICE,
                controllingUserNr=optional(PARTY_NUMBER),
                mode=optional(_INVOCATION),
            ),
        ),
        Operation(
            _WAITING + "3",
            "mWIIndicate",
            sequence(
                controllingUserNr=optional(explicit(1, PARTY_NUMBER)),
                basicService=optional(explicit(2, ETSI_BASIC_SERVICE)),
                numberOfMessages=optional(explicit(3, INTEGER)),
                controllingUserProvidedNr=optional(explicit(4, PARTY_NUMBER)),
                time=optional(explicit(5, TIME)),
                messageId=optional(explicit(6, _MESSAGE)),
            ),
        ),
    ),
    tuple(
        Fault(_WAITING + str(number), name)
        for number, name in enumerate(
            (
                "invalidReceivingUserNr",
                "receivingUserNotSubscribed",
                "controllingUserNotRegistered",
                "indicationNotDelivered",
                "maxNumOfControllingUsersReached",
                "maxNumOfActiveInstancesReached",
            ),
            10,
        )
    ),
)
