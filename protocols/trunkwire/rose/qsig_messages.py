"""Operations between private exchanges about messages.

Message centres and mailboxes (ECMA-347), short messages (ECMA-325).
"""

from __future__ import annotations

from trunkwire.rose.addresses import (
    PARTY_NUMBER,
    PRESENTED_ADDRESS_UNSCREENED,
    extensions,
    nothing_or_extensions,
)
from trunkwire.rose.qsig_calls import NAME
from trunkwire.rose.repertoire import Fault, Operation, Service
from trunkwire.rose.schema import (
    BMP,
    BOOLEAN,
    INTEGER,
    NULL,
    NUMERIC,
    OCTETS,
    TIME,
    UTF8,
    Type,
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

_CENTRE = choice(
    integer=implicit(0, INTEGER), partyNumber=explicit(1, PARTY_NUMBER), numericString=implicit(2, NUMERIC)
)
_MESSAGE_TYPE = enumerated(
    allServices=0,
    speech=1,
    unrestrictedDigitalInformation=2,
    audio3100Hz=3,
    telephony=32,
    teletex=33,
    telefaxGroup4Class1=34,
    videotextSyntaxBased=35,
    videotelephony=36,
    telefaxGroup2_3=37,
    email=51,
    video=52,
    fileTransfer=53,
    shortMessageService=54,
    speechAndVideo=55,
    speechAndFax=56,
    speechAndEmail=57,
    videoAndFax=58,
    videoAndEmail=59,
    faxAndEmail=60,
    speechVideoAndFax=61,
    speechVideoAndEmail=62,
    speechFaxAndEmail=63,
    videoFaxAndEmail=64,
    speechVideoFaxAndEmail=65,
    multimediaUnknown=66,
    serviceUnknown=67,
)
_MESSAGES = {
    "msgCentreId": optional(_CENTRE),
    "nrOfMessages": optional(implicit(3, INTEGER)),
    "originatingNr": optional(explicit(4, PARTY_NUMBER)),
    "timestamp": optional(TIME),
    "priority": optional(implicit(5, INTEGER)),
    "argumentExt": optional(extensions(6, "extension", "multipleExtension")),
}
_LATE = optional(extensions(3, "extension", "multipleExtension"))
_ASKED = sequence(
    servedUserNr=PARTY_NUMBER,
    specificMessageType=_MESSAGE_TYPE,
    msgCentreId=optional(_CENTRE),
    argumentExt=_LATE,
)
_DONE = nothing_or_extensions(1, "none", single="extension", multiple="multipleExtension")
_MONITORED = optional(_DONE)
_PARTY = sequence(servedUserNr=PARTY_NUMBER, messageCentreID=_CENTRE)
_HEADER = sequence(
    originatorNr=PARTY_NUMBER,
    timeStamp=optional(implicit(1, TIME)),
    priority=optional(implicit(2, INTEGER)),
)
_INFO = choice(
    completeInfo=implicit(1, sequence_of("addressHeader", _HEADER)),
    compressedInfo=implicit(
        2,
        sequence(nrOfMessages=INTEGER, lastTimeStamp=optional(TIME), highestPriority=optional(INTEGER)),
    ),
    noMsgsOfMsgType=NULL,
)
_MODE = integer("compressed", "complete")
_MONITORING = sequence_of(
    "mCMServiceInfo",
    sequence(
        messageType=_MESSAGE_TYPE,
        mCMModeNew=optional(implicit(1, _MODE)),
        mCMModeRetrieved=optional(implicit(2, _MODE)),
    ),
)
MESSAGE_CENTRE = Service(
    "ECMA-347",
    (
        Operation(
            80,
            "mCMNewMsg",
            sequence(servedUserNr=PARTY_NUMBER, specificMessageType=_MESSAGE_TYPE, **_MESSAGES),
            _DONE,
            also="mWIActivate",
        ),
        Operation(81, "mCMNoNewMsg", _ASKED, _DONE, also="mWIDeactivate"),
        Operation(
            82,
            "mCMUpdateReq",
            _ASKED,
            sequence_of("message", sequence(specificMessageType=_MESSAGE_TYPE, **_MESSAGES)),
            also="mWIInterrogate",
        ),
        Operation(
            115,
            "mCMUpdate",
            sequence(
                partyInfo=_PARTY,
                messageType=_MESSAGE_TYPE,
                updateInfo=choice(
                    newMsgInfoOnly=explicit(1, _INFO),
                    retrievedMsgInfoOnly=explicit(2, _INFO),
                    allMsgInfo=sequence(newMsgInfo=_INFO, retrievedMsgInfo=_INFO),
                ),
                moreInfoFollows=optional(BOOLEAN),
                extensions=_MONITORED,
            ),
            _DONE,
        ),
        Operation(
            116,
            "mCMService",
            sequence(
                partyInfo=_PARTY,
                mCMChange=choice(
                    activateMCM=implicit(1, _MONITORING),
                    deactivateMCM=implicit(2, sequence_of("messageType", _MESSAGE_TYPE)),
                    setToDefaultValues=NULL,
                ),
                extensions=_MONITORED,
            ),
            _DONE,
        ),
        Operation(
            117,
            "mCMInterrogate",
            sequence(
                partyInfo=_PARTY,
                interrogateInfo=sequence_of("messageType", _MESSAGE_TYPE),
                extensions=_MONITORED,
            ),
            sequence(interrogateResult=_MONITORING, extensions=_MONITORED),
        ),
        Operation(
            118,
            "mCMailboxFull",
            sequence(
                partyInfo=_PARTY,
                mailboxFullFor=sequence_of(
                    "mailbox",
                    sequence(messageType=_MESSAGE_TYPE, capacityReached=optional(INTEGER)),
                ),
                extensions=_MONITORED,
            ),
        ),
    ),
    (Fault(1037, "mCMModeNotProvided"),),
)

_STRING = choice(stringBmp=BMP, stringUtf8=UTF8)
_OWNER = sequence(
    servedUserNr=PRESENTED_ADDRESS_UNSCREENED,
    messageType=optional(_MESSAGE_TYPE),
    messageCentreID=_CENTRE,
)
MAILBOX = Service(
    "ECMA-347 (mailbox identification)",
    (
        Operation(
            119,
            "mIDMailboxAuth",
            sequence(
                partyInfo=_OWNER,
                servedUserName=optional(NAME),
                mailBox=optional(explicit(8, _STRING)),
                password=_STRING,
                extensions=_MONITORED,
            ),
            _DONE,
        ),
        Operation(
            120,
            "mIDMailboxID",
            sequence(
                partyInfo=_OWNER,
                servedUserName=optional(NAME),
                mailBox=_STRING,
                extensions=_MONITORED,
            ),
            _DONE,
        ),
    ),
    (Fault(1039, "invalidMailbox"), Fault(1040, "authorizationFailed")),
)


_DATA_HEADER = sequence_of(
    "header",
    choice(
        smscControlParameterHeader=implicit(
            0,
            flags(
                sRforTransactionCompleted=0,
                sRforPermanentError=1,
                sRforTempErrorSCnotTrying=2,
                sRforTempErrorSCstillTrying=3,
                cancelSRRforConcatenatedSM=6,
                includeOrigUDHintoSR=7,
            ),
        ),
        concatenated8BitSMHeader=implicit(
            1,
            sequence(
                concatenated8BitSMReferenceNumber=INTEGER,
                maximumNumberOf8BitSMInConcatenatedSM=INTEGER,
                sequenceNumberOf8BitSM=INTEGER,
            ),
        ),
        concatenated16BitSMHeader=implicit(
            2,
            sequence(
                concatenated16BitSMReferenceNumber=INTEGER,
                maximumNumberOf16BitSMInConcatenatedSM=INTEGER,
                sequenceNumberOf16BitSM=INTEGER,
            ),
        ),
        applicationPort8BitHeader=implicit(
            3, sequence(destination8BitPort=INTEGER, originator8BitPort=INTEGER)
        ),
        applicationPort16BitHeader=implicit(
            4, sequence(destination16BitPort=INTEGER, originator16BitPort=INTEGER)
        ),
        dataHeaderSourceIndicator=implicit(5, integer(originalSender=1, originalReceiver=2, sMSC=3)),
        wirelessControlHeader=implicit(6, OCTETS),
        genericUserValue=implicit(99, sequence(parameterValue=INTEGER, genericUserData=OCTETS)),
    ),
)
_TEXT = sequence(
    shortMessageTextType=integer("iA5Coded", "octetCoded", "uniCoded", "compressedCoded"),
    shortMessageTextData=OCTETS,
)
_DATA = sequence(
    userDataHeader=optional(implicit(0, _DATA_HEADER)),
    **{"class": optional(implicit(1, INTEGER))},
    compressed=optional(implicit(2, BOOLEAN)),
    shortMessageText=_TEXT,
)
_MESSAGE = optional(extensions(1))
_VALIDITY = choice(
    validityPeriodRel=implicit(0, INTEGER),
    validityPeriodAbs=implicit(1, TIME),
    validityPeriodEnh=implicit(
        2,
        sequence(
            singleShotSM=optional(BOOLEAN),
            enhancedVP=optional(
                choice(
                    validityPeriodRel=implicit(0, INTEGER),
                    validityPeriodSec=implicit(1, INTEGER),
                    validityPeriodSemi=implicit(2, OCTETS),
                )
            ),
        ),
    ),
)
_RESPONSE = choice(
    null=NULL,
    protocolIdentifier=INTEGER,
    userData=implicit(0, _DATA),
    resChoiceSeq=implicit(1, sequence(protocolIdentifier=INTEGER, userData=_DATA)),
)


def _failed(stamped: bool) -> Type:
    """The parameter of an error of the short message service."""
    stamp = {"serviceCentreTimeStamp": TIME} if stamped else {}
    saved = {} if stamped else {"scAddressSaved": optional(implicit(2, BOOLEAN))}
    return sequence(
        failureCause=INTEGER,
        **stamp,
        protocolIdentifier=optional(implicit(0, INTEGER)),
        userData=optional(implicit(1, _DATA)),
        **saved,
    )


SHORT_MESSAGES = Service(
    "ECMA-325",
    (
        Operation(
            107,
            "smsSubmit",
            sequence(
                destinationAddress=PARTY_NUMBER,
                originatingAddress=PARTY_NUMBER,
                messageReference=INTEGER,
                smSubmitParameter=sequence(
                    protocolIdentifier=INTEGER,
                    validityPeriod=optional(_VALIDITY),
                    statusReportRequest=optional(implicit(11, BOOLEAN)),
                    replyPath=optional(implicit(12, BOOLEAN)),
                    rejectDuplicates=optional(implicit(13, BOOLEAN)),
                ),
                userData=_DATA,
                smsExtension=_MESSAGE,
            ),
            sequence(
                serviceCentreTimeStamp=TIME,
                protocolIdentifier=optional(implicit(3, INTEGER)),
                userData=optional(implicit(4, _DATA)),
                smsExtension=_MESSAGE,
            ),
        ),
        Operation(
            108,
            "smsDeliver",
            sequence(
                originatingAddress=PARTY_NUMBER,
                destinationAddress=PARTY_NUMBER,
                originatingName=optional(NAME),
                smDeliverParameter=sequence(
                    protocolIdentifier=INTEGER,
                    serviceCentreTimeStamp=TIME,
                    priority=optional(implicit(11, BOOLEAN)),
                    moreMessagesToSend=optional(implicit(12, BOOLEAN)),
                    statusReportIndication=optional(implicit(13, BOOLEAN)),
                    replyPath=optional(implicit(14, BOOLEAN)),
                ),
                userData=_DATA,
                smsExtension=_MESSAGE,
            ),
            sequence(smsDeliverResponseChoice=_RESPONSE, smsExtension=_MESSAGE),
        ),
        Operation(
            109,
            "smsStatusReport",
            sequence(
                messageReference=INTEGER,
                serviceCentreTimeStamp=TIME,
                dischargeTime=TIME,
                recipientAddress=PARTY_NUMBER,
                recipientName=optional(explicit(10, NAME)),
                destinationAddress=PARTY_NUMBER,
                status=INTEGER,
                priority=optional(implicit(11, BOOLEAN)),
                moreMessagesToSend=optional(implicit(12, BOOLEAN)),
                statusReportQualifier=optional(implicit(13, BOOLEAN)),
                protocolIdentifier=optional(INTEGER),
                userData=optional(_DATA),
                smsExtension=_MESSAGE,
            ),
            sequence(smsStatusReportResponseChoice=_RESPONSE, smsExtension=_MESSAGE),
        ),
        Operation(
            110,
            "smsCommand",
            sequence(
                destinationAddress=PARTY_NUMBER,
                messageReference=INTEGER,
                messageNumber=INTEGER,
                protocolIdentifier=INTEGER,
                commandType=integer(
                    "enquiry",
                    "cancelSRR",
                    "deletePreviouslySubmittedSM",
                    "enableSRRrelatingToPreviouslySubmittedSM",
                ),
                commandData=optional(OCTETS),
                statusReportRequest=optional(BOOLEAN),
                smsExtension=_MESSAGE,
            ),
            sequence(
                serviceCentreTimeStamp=TIME,
                protocolIdentifier=optional(INTEGER),
                userData=optional(_DATA),
                smsExtension=_MESSAGE,
            ),
        ),
        Operation(
            111,
            "scAlert",
            sequence(originatingAddress=PARTY_NUMBER, smsExtension=_MESSAGE),
            choice(null=NULL, smsExtension=extensions(1)),
        ),
    ),
    (
        Fault(1026, "smsDeliverError", _failed(False)),
        Fault(1027, "smsSubmitError", _failed(True)),
        Fault(1028, "smsStatusReportError", _failed(False)),
        Fault(1029, "smsCommandError", _failed(True)),
    ),
)
