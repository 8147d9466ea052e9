"""Operations between private exchanges for users who move: wireless terminals and personal mobility.

Wireless: ECMA-302 (location), ECMA-304 (calls), ECMA-306 (authentication). Personal: ECMA-282, ECMA-284.
"""

from __future__ import annotations

from trunkwire.rose.addresses import (
    ADDRESS,
    PARTY_NUMBER,
    PARTY_SUBADDRESS,
    PRESENTED_NUMBER_SCREENED,
    Q931_ELEMENTS,
    QSIG_BASIC_SERVICE,
    extensions,
)
from trunkwire.rose.qsig_calls import NAME
from trunkwire.rose.repertoire import Fault, Operation, Service
from trunkwire.rose.schema import (
    ANY,
    BOOLEAN,
    INTEGER,
    NULL,
    OCTETS,
    Type,
    choice,
    enumerated,
    explicit,
    implicit,
    integer,
    optional,
    sequence,
    sequence_of,
    set_of,
)

_SEVERAL = extensions(1, "extension", "sequOfExtn")
_MORE = optional(_SEVERAL)
_DONE = choice(null=NULL, extended=_SEVERAL)
_USER = choice(pisnNumber=PARTY_NUMBER, alternativeId=OCTETS)
_LATE = optional(extensions(4, "extension", "sequOfExtn"))
_IDENTITY = choice(
    pisnNumber=PARTY_NUMBER,
    alternativeId=implicit(10, OCTETS),
    both=implicit(11, sequence(pisnNumber=PARTY_NUMBER, alternativeId=OCTETS)),
)
_OPTIONS = enumerated("noNotification", "notificationWithoutDivertedToNr", "notificationWithDivertedToNr")


def _located(**more: Type) -> Type:
    return sequence(wtmUserId=_USER, basicService=optional(QSIG_BASIC_SERVICE), **more, argExtension=_MORE)


_LOCATION = (
    Operation(50, "locUpdate", _located(visitPINX=PARTY_NUMBER), _DONE),
    Operation(51, "locDelete", _located(), _DONE),
    Operation(52, "locDeReg", _located(), _DONE),
    Operation(
        53,
        "pisnEnquiry",
        sequence(alternativeId=OCTETS, argExtension=_MORE),
        sequence(wtmUserId=_USER, resExtension=_MORE),
    ),
    Operation(
        97,
        "getRRCInf",
        _located(),
        sequence(alternativeId=optional(OCTETS), rrClass=optional(INTEGER), argExtension=_MORE),
    ),
    Operation(
        98,
        "locInfoCheck",
        _located(visitPINX=PARTY_NUMBER),
        sequence(checkResult=enumerated("locInfChk-correct", "locInfChk-incorrect"), argExtension=_MORE),
    ),
)


def _enquired(place: str, identity: str, name: str) -> Type:
    """Where a user is (WTMI, PUMI): at a place, or diverted."""
    return choice(
        currLocation=implicit(1, sequence(**{place: PARTY_NUMBER, identity: _IDENTITY}, argExtension=_LATE)),
        cfuActivated=implicit(
            2,
            sequence(
                divToAddress=ADDRESS,
                divOptions=_OPTIONS,
                **{name: optional(explicit(1, NAME))},
                argExtension=_LATE,
            ),
        ),
    )


def _diverted(place: str, identity: str, caller: str, subaddress: str) -> Type:
    return sequence(
        **{place: PARTY_NUMBER},
        callingNumber=PRESENTED_NUMBER_SCREENED,
        **{identity: _IDENTITY},
        qSIGInfoElement=Q931_ELEMENTS,
        callingUserSub=optional(explicit(1, PARTY_SUBADDRESS)),
        **{
            caller: optional(explicit(2, NAME)),
            subaddress: optional(explicit(3, PARTY_SUBADDRESS)),
        },
        argExtension=_LATE,
    )


_ENQUIRY = sequence(pisnNumber=PARTY_NUMBER, qSIGInfoElement=Q931_ELEMENTS, argExtension=_LATE)
_CALLS = (
    Operation(54, "wtmiEnquiry", _ENQUIRY, _enquired("visitPINX", "wtmIdentity", "wtmName")),
    Operation(55, "wtmiDivert", _diverted("visitPINX", "wtmIdentity", "callingName", "wtmUserSub"), _DONE),
    Operation(56, "wtmiInform", sequence(wtmIdentity=_IDENTITY, argExtension=_LATE)),
    Operation(
        71,
        "wtmoCall",
        sequence(
            destinationNumber=optional(explicit(0, PARTY_NUMBER)),
            sendingComplete=optional(implicit(1, NULL)),
            extension=optional(extensions(2)),
        ),
    ),
)

_DUMMY = optional(extensions(5, "extension", "sequOfExtn"))
_ALGORITHM = sequence(
    authAlg=integer("ct2", "dect", "gsm", "pci", "pwt", "us-gsm", "phs", "tetra"), param=optional(ANY)
)
_SESSION = sequence(authSessionKey=OCTETS, calculationParam=OCTETS)
_CALCULATED = sequence_of(
    "calcWtatInfoUnit",
    sequence(
        authChallenge=OCTETS,
        authResponse=OCTETS,
        derivedCipherKey=optional(implicit(1, OCTETS)),
        calculationParam=optional(implicit(2, OCTETS)),
    ),
)
_TERMINAL = sequence(
    authAlgorithm=_ALGORITHM,
    wtatParamInfoChoice=choice(
        authSessionKeyInfo=implicit(1, _SESSION),
        calcWtatInfo=implicit(2, _CALCULATED),
        authKey=implicit(3, OCTETS),
        challLen=implicit(4, INTEGER),
    ),
)
_TERMINAL_ASKED = sequence(
    wtmUserId=_USER, canCompute=optional(NULL), authChallenge=optional(OCTETS), dummyExtension=_DUMMY
)
_TERMINAL_TOLD = sequence(wtatParamInfo=_TERMINAL, dummyExtension=_DUMMY)
_NETWORK_ASKED = sequence(
    wtmUserId=_USER,
    authChallenge=OCTETS,
    authAlgorithm=_ALGORITHM,
    canCompute=optional(NULL),
    dummyExtension=_DUMMY,
)
_NETWORK_TOLD = sequence(
    wtanParamInfo=choice(
        authSessionKeyInfo=implicit(1, _SESSION),
        calcWtanInfo=implicit(2, sequence(authResponse=OCTETS, calculationParam=optional(OCTETS))),
    ),
    dummyExtension=_DUMMY,
)
_AUTHENTICATION = (
    Operation(
        72,
        "authWtmUser",
        sequence(
            wtmUserId=_USER,
            calcWtatInfo=optional(implicit(1, _CALCULATED)),
            dummyExtension=_DUMMY,
        ),
        sequence(autWtmResValue=enumerated("auth-res-correct", "auth-res-incorrect"), dummyExtension=_DUMMY),
    ),
    Operation(73, "getWtatParam", _TERMINAL_ASKED, _TERMINAL_TOLD),
    Operation(74, "wtatParamEnq", _TERMINAL_ASKED, _TERMINAL_TOLD),
    Operation(75, "getWtanParam", _NETWORK_ASKED, _NETWORK_TOLD),
    Operation(76, "wtanParamEnq", _NETWORK_ASKED, _NETWORK_TOLD),
    Operation(77, "transferAuthParam", _TERMINAL_TOLD),
)
WIRELESS = Service(
    "ECMA-302, ECMA-304, ECMA-306",
    _LOCATION + _CALLS + _AUTHENTICATION,
    (Fault(1015, "locationNotKnown"), Fault(1017, "paramNotAvailable")),
)

_PERSON = choice(pumNumber=PARTY_NUMBER, alternativeId=OCTETS)
_REGISTRATION = enumerated("inCallRegistration", "outCallRegistration", "allCallRegistration")
_PARAMETERS = sequence(
    durationOfSession=optional(implicit(1, INTEGER)), numberOfOutgCalls=optional(implicit(2, INTEGER))
)
_PIN = optional(choice(pumUserPin=implicit(6, OCTETS), activatingUserPin=implicit(7, OCTETS)))
PERSONAL = Service(
    "ECMA-282, ECMA-284",
    (
        Operation(
            89,
            "pumRegistr",
            sequence(
                pumUserId=_PERSON,
                basicService=QSIG_BASIC_SERVICE,
                hostingAddr=PARTY_NUMBER,
                activatingUserAddr=optional(explicit(0, PARTY_NUMBER)),
                serviceOption=optional(_REGISTRATION),
                sessionParams=optional(_PARAMETERS),
                userPin=_PIN,
                argExtension=_LATE,
            ),
            sequence(
                pumNumber=PARTY_NUMBER,
                serviceOption=optional(_REGISTRATION),
                sessionParams=optional(_PARAMETERS),
                argExtension=_LATE,
            ),
        ),
        Operation(
            90,
            "pumDelReg",
            sequence(
                pumUserId=_PERSON,
                basicService=QSIG_BASIC_SERVICE,
                hostingAddr=PARTY_NUMBER,
                serviceOption=_REGISTRATION,
                argExtension=_LATE,
            ),
            _DONE,
        ),
        Operation(
            91,
            "pumDe-reg",
            sequence(
                pumUserId=_PERSON,
                basicService=QSIG_BASIC_SERVICE,
                hostingAddr=optional(explicit(0, PARTY_NUMBER)),
                activatingUserAddr=optional(explicit(1, PARTY_NUMBER)),
                serviceOption=optional(_REGISTRATION),
                userPin=_PIN,
                argExtension=_LATE,
            ),
            _DONE,
        ),
        Operation(
            92,
            "pumInterrog",
            sequence(
                pumUserId=_PERSON,
                basicService=QSIG_BASIC_SERVICE,
                hostingAddr=optional(explicit(0, PARTY_NUMBER)),
                activatingUserAddr=optional(explicit(1, PARTY_NUMBER)),
                serviceOption=optional(explicit(2, _REGISTRATION)),
                homeInfoOnly=optional(BOOLEAN),
                userPin=_PIN,
                argExtension=_LATE,
            ),
            set_of(
                "registration",
                sequence(
                    basicService=optional(implicit(0, QSIG_BASIC_SERVICE)),
                    hostingAddr=optional(explicit(1, PARTY_NUMBER)),
                    serviceOption=optional(implicit(2, _REGISTRATION)),
                    interrogParams=optional(_PARAMETERS),
                    argExtension=_LATE,
                ),
            ),
        ),
        Operation(93, "pumiEnquiry", _ENQUIRY, _enquired("hostingAddr", "pumIdentity", "pumName")),
        Operation(
            94,
            "pumiDivert",
            _diverted("hostingAddr", "pumIdentity", "callingUserName", "pumUserSub"),
            _DONE,
        ),
        Operation(95, "pumiInform", sequence(pumIdentity=_IDENTITY, argExtension=_LATE)),
        Operation(
            96,
            "pumoCall",
            sequence(
                destinationNumber=optional(explicit(0, PARTY_NUMBER)),
                pumIdentity=optional(explicit(1, _IDENTITY)),
                sendingComplete=optional(implicit(2, NULL)),
                extension=optional(extensions(3)),
            ),
        ),
    ),
    (
        Fault(1019, "pumUserNotSubscribedToThisServiceOpt"),
        Fault(1020, "pumUserFailedAuthentication"),
        Fault(1021, "hostingAddrInvalid"),
        Fault(1022, "pumUserNotRegistered"),
    ),
)
