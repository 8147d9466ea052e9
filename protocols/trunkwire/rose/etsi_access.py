"""Operations at a public network's access, second part: call barring and its PIN; and the joined table."""

from __future__ import annotations

from trunkwire.rose.addresses import ETSI_BASIC_SERVICE, PARTY_NUMBER, SERVED_USER
from trunkwire.rose.charging import ETSI_CHARGING
from trunkwire.rose.etsi import (
    ARC,
    CLOSED_USER_GROUP,
    COMPLETION,
    COMPLETION_NO_REPLY,
    COMPLETION_T,
    CONFERENCE,
    DIVERSION,
    FREEPHONE,
    GENERAL,
    MALICIOUS_CALL,
    MESSAGE_WAITING,
    PRECEDENCE,
    THREE_PARTY,
    TRANSFER,
    USER_TO_USER,
)
from trunkwire.rose.repertoire import Fault, Flavour, Operation, Service, repertoire
from trunkwire.rose.schema import IA5, INTEGER, optional, sequence, set_of

_BARRING = ARC + "1001.1."
_CHANGE = sequence(
    basicService=ETSI_BASIC_SERVICE,
    pin=IA5,
    barringProgram=optional(INTEGER),
    servedUserNr=optional(SERVED_USER),
)
BARRING = Service(
    "EN 301 001-1",
    (
        Operation(_BARRING + "1", "activationOcb", _CHANGE),
        Operation(_BARRING + "2", "deactivationOcb", _CHANGE),
        Operation(
            _BARRING + "3",
            "activationStatusNotificationOcb",
            sequence(basicService=ETSI_BASIC_SERVICE, barringProgram=INTEGER, servedUserNr=SERVED_USER),
        ),
        Operation(
            _BARRING + "4",
            "deactivationStatusNotificationOcb",
            sequence(
                basicService=ETSI_BASIC_SERVICE, barringProgram=optional(INTEGER), servedUserNr=SERVED_USER
            ),
        ),
        Operation(
            _BARRING + "5",
            "interrogationOcb",
            sequence(basicService=ETSI_BASIC_SERVICE, servedUserNr=optional(SERVED_USER)),
            set_of(
                "barring",
                sequence(
                    servedUserNr=SERVED_USER,
                    basicService=ETSI_BASIC_SERVICE,
                    barringProgramList=set_of("barringProgram", INTEGER),
                ),
            ),
        ),
        Operation(_BARRING + "6", "disableOcb", IA5),
        Operation(_BARRING + "7", "ocbInvoked"),
    ),
    (Fault(_BARRING + "10", "invalidBarringProgram"), Fault(_BARRING + "11", "noBarringProgram")),
)

_PIN = ARC + "1002.1."
PIN_SET = Service(
    "EN 301 002-1",
    (
        Operation(_PIN + "1", "modifyPin", sequence(oldPin=IA5, newPin=IA5, servedUserNr=PARTY_NUMBER)),
        Operation(_PIN + "2", "possibleFraudulentPinUse"),
        Operation(_PIN + "3", "possibleFraudulentTanUse"),
    ),
    tuple(
        Fault(_PIN + str(number), name)
        for number, name in enumerate(
            (
                "invalidPin",
                "pinNotProvided",
                "invalidNewPin",
                "userControlBlocked",
                "changeOfPinRequired",
                "primitivePin",
                "newPinIsOldPin",
                "invalidTan",
            ),
            10,
        )
    ),
)

ETSI_SERVICES = (
    GENERAL,
    DIVERSION,
    USER_TO_USER,
    CLOSED_USER_GROUP,
    MALICIOUS_CALL,
    THREE_PARTY,
    TRANSFER,
    PRECEDENCE,
    ETSI_CHARGING,
    CONFERENCE,
    FREEPHONE,
    COMPLETION,
    COMPLETION_T,
    COMPLETION_NO_REPLY,
    MESSAGE_WAITING,
    BARRING,
    PIN_SET,
)
ETSI = repertoire(Flavour.ETSI, ETSI_SERVICES)
