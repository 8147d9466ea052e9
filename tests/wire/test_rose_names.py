"""The value of every operation and error against a second list.

All else about an operation is tested with the tables' own values, so that a wrong one would go unseen there.
"""

from __future__ import annotations

import pytest

from trunkwire.rose.etsi_access import ETSI
from trunkwire.rose.qsig_services import QSIG
from trunkwire.rose.repertoire import Repertoire

ETSI_OPERATIONS = """
    1:userUserService 2:cUGCall 3:mCIDRequest 4:begin3PTY 5:end3PTY 6:ectExecute 7:activationDiversion
    8:deactivationDiversion 9:activationStatusNotificationDiv 10:deactivationStatusNotificationDiv
    11:interrogationDiversion 12:diversionInformation 13:callDeflection 14:callRerouteing
    15:divertingLegInformation2 17:interrogateServedUserNumbers 18:divertingLegInformation1
    19:divertingLegInformation3 24:mLPPLFBQuery 25:mLPPCallRequest 26:mLPPCallPreemption
    30:chargingRequest 31:aOCSCurrency 32:aOCSSpecialArr 33:aOCDCurrency 34:aOCDChargingUnit
    35:aOCECurrency 36:aOCEChargingUnit 40:beginCONF 41:addCONF 42:splitCONF 43:dropCONF 44:isolateCONF
    45:reattachCONF 46:partyDISC 0.4.0.1001.1.1:activationOcb 0.4.0.1001.1.2:deactivationOcb
    0.4.0.1001.1.3:activationStatusNotificationOcb 0.4.0.1001.1.4:deactivationStatusNotificationOcb
    0.4.0.1001.1.5:interrogationOcb 0.4.0.1001.1.6:disableOcb 0.4.0.1001.1.7:ocbInvoked
    0.4.0.1002.1.1:modifyPin 0.4.0.1002.1.2:possibleFraudulentPinUse
    0.4.0.1002.1.3:possibleFraudulentTanUse 0.4.0.1065.1.1:cCNRRequest 0.4.0.1065.1.2:cCNRInterrogate
    0.4.0.1065.2.1:cCNR-T-Request 0.4.0.210.1.1:callFPH 0.4.0.210.1.2:monitor-T-FPH
    0.4.0.210.1.3:free-T-FPH 0.4.0.210.1.4:call-T-FPH 0.4.0.359.1.1:callInfoRetain
    0.4.0.359.1.10:eraseCallLinkageID 0.4.0.359.1.11:cCBSStopAlerting 0.4.0.359.1.2:cCBSRequest
    0.4.0.359.1.3:cCBSDeactivate 0.4.0.359.1.4:cCBSInterrogate 0.4.0.359.1.5:cCBSErase
    0.4.0.359.1.6:cCBSRemoteUserFree 0.4.0.359.1.7:cCBSCall 0.4.0.359.1.8:cCBSStatusRequest
    0.4.0.359.1.9:cCBSBFree 0.4.0.359.2.1:cCBS-T-Request 0.4.0.359.2.2:cCBS-T-Call
    0.4.0.359.2.3:cCBS-T-Suspend 0.4.0.359.2.4:cCBS-T-Resume 0.4.0.359.2.5:cCBS-T-RemoteUserFree
    0.4.0.359.2.6:cCBS-T-Available 0.4.0.369.1.1:explicitEctExecute 0.4.0.369.1.2:requestSubaddress
    0.4.0.369.1.3:subaddressTransfer 0.4.0.369.1.4:ectLinkIdRequest 0.4.0.369.1.5:ectInform
    0.4.0.369.1.6:ectLoopTest 0.4.0.745.1.1:mWIActivate 0.4.0.745.1.2:mWIDeactivate
    0.4.0.745.1.3:mWIIndicate
"""
ETSI_ERRORS = """
    0:notSubscribed 1:rejectedByTheNetwork 2:rejectedByTheUser 3:notAvailable 4:notImplemented
    6:invalidServedUserNr 7:invalidCallState 8:basicServiceNotProvided 9:notIncomingCall
    10:supplementaryServiceInteractionNotAllowed 11:resourceUnavailable 12:invalidDivertedToNr
    14:specialServiceNr 15:diversionToServedUserNr 16:invalidOrUnregisteredCUGIndex
    17:requestedBasicServiceViolatesCUGConstraints 18:outgoingCallsBarredWithinCUG
    19:incomingCallsBarredWithinCUG 20:userNotMemberOfCUG
    21:inconsistencyInDesignatedFacilityAndSubscriberClass 23:incomingCallAccepted
    24:numberOfDiversionsExceeded 26:noChargingInfoAvailable 28:illConferenceId 29:illPartyId
    30:numberOfPartiesExceeded 31:notActive 32:notAllowed 44:unauthorizedPrecedenceLevel 46:notActivated
    48:requestAlreadyAccepted 0.4.0.1001.1.10:invalidBarringProgram 0.4.0.1001.1.11:noBarringProgram
    0.4.0.1002.1.10:invalidPin 0.4.0.1002.1.11:pinNotProvided 0.4.0.1002.1.12:invalidNewPin
    0.4.0.1002.1.13:userControlBlocked 0.4.0.1002.1.14:changeOfPinRequired 0.4.0.1002.1.15:primitivePin
    0.4.0.1002.1.16:newPinIsOldPin 0.4.0.1002.1.17:invalidTan 0.4.0.359.1.20:invalidCallLinkageID
    0.4.0.359.1.21:invalidCCBSReference 0.4.0.359.1.22:longTermDenial 0.4.0.359.1.23:shortTermDenial
    0.4.0.359.1.24:cCBSIsAlreadyActivated 0.4.0.359.1.25:alreadyAccepted
    0.4.0.359.1.26:outgoingCCBSQueueFull 0.4.0.359.1.27:callFailureReasonNotBusy
    0.4.0.359.1.28:notReadyForCall 0.4.0.359.2.20:longTermDenial 0.4.0.359.2.21:shortTermDenial
    0.4.0.369.1.21:linkIdNotAssignedByNetwork 0.4.0.745.1.10:invalidReceivingUserNr
    0.4.0.745.1.11:receivingUserNotSubscribed 0.4.0.745.1.12:controllingUserNotRegistered
    0.4.0.745.1.13:indicationNotDelivered 0.4.0.745.1.14:maxNumOfControllingUsersReached
    0.4.0.745.1.15:maxNumOfActiveInstancesReached
"""
QSIG_OPERATIONS = """
    0:callingName 1:calledName 2:connectedName 3:busyName 4:pathReplacePropose 5:pathReplaceSetup
    6:pathReplaceRetain 7:callTransferIdentify 8:callTransferAbandon 9:callTransferInitiate
    10:callTransferSetup 11:callTransferActive 12:callTransferComplete 13:callTransferUpdate
    14:subaddressTransfer 15:activateDiversionQ 16:deactivateDiversionQ 17:interrogateDiversionQ
    18:checkRestriction 19:callRerouteing 20:divertingLegInformation1 21:divertingLegInformation2
    22:divertingLegInformation3 23:cfnrDivertedLegFailed 27:ccnrRequest 28:ccCancel 29:ccExecPossible
    30:ccPathReserve 31:ccRingout 32:ccSuspend 33:ccResume 34:callOfferRequest 35:doNotDisturbActivateQ
    36:doNotDisturbDeactivateQ 37:doNotDisturbInterrogateQ 38:doNotDisturbOverrideQ
    39:doNotDisturbOvrExecuteQ 40:ccbsRequest 41:pathRetain 42:serviceAvailable 43:callIntrusionRequest
    44:callIntrusionGetCIPL 45:callIntrusionIsolate 46:callIntrusionForcedRelease
    47:callIntrusionWOBRequest 48:callIntrusionCompleted 49:cfbOverride 50:locUpdate 51:locDelete
    52:locDeReg 53:pisnEnquiry 54:wtmiEnquiry 55:wtmiDivert 56:wtmiInform 57:recallAlerting
    58:recallAnswered 59:chargeRequest 60:getFinalCharge 61:aocFinal 62:aocInterim 63:aocRate
    64:aocComplete 65:aocDivChargeReq 66:cintLegInformation1 67:cintLegInformation2 68:cintCondition
    69:cintDisable 70:cintEnable 71:wtmoCall 72:authWtmUser 73:getWtatParam 74:wtatParamEnq
    75:getWtanParam 76:wtanParamEnq 77:transferAuthParam 78:synchronizationRequest
    79:synchronizationInfo 80:mCMNewMsg 81:mCMNoNewMsg 82:mCMUpdateReq 84:cmnRequest 85:cmnInform
    86:pathReplaceInvite 87:callInterruptionRequest 88:callProtectionRequest 89:pumRegistr 90:pumDelReg
    91:pumDe-reg 92:pumInterrog 93:pumiEnquiry 94:pumiDivert 95:pumiInform 96:pumoCall 97:getRRCInf
    98:locInfoCheck 99:ssctInitiate 100:ssctSetup 101:ssctPostDial 102:ssctDigitInfo 103:display
    104:keypad 105:callIdentificationAssign 106:callIdentificationUpdate 107:smsSubmit 108:smsDeliver
    109:smsStatusReport 110:smsCommand 111:scAlert 112:mCRequest 113:mCInform 114:mCAlerting
    115:mCMUpdate 116:mCMService 117:mCMInterrogate 118:mCMailboxFull 119:mIDMailboxAuth
    120:mIDMailboxID
"""
QSIG_ERRORS = """
    0:userNotSubscribed 1:rejectedByNetwork 2:rejectedByUser 3:notAvailable 5:insufficientInformation
    6:invalidServedUserNr 7:invalidCallState 8:basicServiceNotProvided 9:notIncomingCall
    10:supplementaryServiceInteractionNotAllowed 11:resourceUnavailable 12:invalidDivertedToNr
    14:specialServiceNr 15:diversionToServedUserNr 24:numberOfDiversionsExceeded 25:callFailure
    43:proceduralError/notActivated 1000:temporarilyUnavailable 1001:collision
    1002:criteriaPermanentlyUnachievable 1003:criteriaTemporarilyUnachievable
    1004:invalidRerouteingNumber 1005:unrecognizedCallIdentity 1006:establishmentFailure
    1007:notAuthorized 1008:unspecified 1009:notBusy 1010:shortTermRejection 1011:longTermRejection
    1012:remoteUserBusyAgain 1013:failureToMatch 1014:failedDueToInterworking 1015:locationNotKnown
    1016:freeOfCharge 1017:paramNotAvailable 1019:pumUserNotSubscribedToThisServiceOpt
    1020:pumUserFailedAuthentication 1021:hostingAddrInvalid 1022:pumUserNotRegistered
    1023:noDisplayAvailable 1024:displayTemporarilyNotAvailable 1025:notPresentable 1026:smsDeliverError
    1027:smsSubmitError 1028:smsStatusReportError 1029:smsCommandError 1030:invalidDestinationNumber
    1031:invalidCooperationNumber 1032:mCRequestNotAllowed 1033:mCExecutionNotAllowed
    1034:mCDestUserBusy 1035:mCCoopUserBusy 1036:mCCoopUserRejected 1037:mCMModeNotProvided
    1039:invalidMailbox 1040:authorizationFailed
"""
""""/" between the names that two standards give to the same value."""


@pytest.mark.parametrize(
    ("table", "operations", "errors"),
    [
        pytest.param(ETSI, ETSI_OPERATIONS, ETSI_ERRORS, id="ETSI"),
        pytest.param(QSIG, QSIG_OPERATIONS, QSIG_ERRORS, id="QSIG"),
    ],
)
def test_values_and_names(table: Repertoire, operations: str, errors: str) -> None:
    assert {f"{code}:{row.name}" for code, row in table.operations.items()} == set(operations.split())
    assert {f"{code}:{row.name.replace(' or ', '/')}" for code, row in table.errors.items()} == set(
        errors.split()
    )


def test_every_operation_has_its_standard() -> None:
    for table in (ETSI, QSIG):
        assert set(table.standards) == {row.name for row in table.operations.values()}
        assert all(table.standards.values())
    assert ETSI.standards["aOCDCurrency"] == "EN 300 182-1"
    assert QSIG.standards["callingName"] == "ECMA-164"
