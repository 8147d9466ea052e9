"""Advice of charge: EN 300 182-1 at a public access, ECMA-212 (ISO/IEC 15050) between private exchanges."""

from __future__ import annotations

from trunkwire.rose.addresses import EXTENSION, PARTY_NUMBER, extensions
from trunkwire.rose.repertoire import Fault, Operation, Service
from trunkwire.rose.schema import (
    IA5,
    INTEGER,
    NULL,
    Type,
    choice,
    enumerated,
    explicit,
    implicit,
    optional,
    sequence,
    sequence_of,
)

MULTIPLIER = enumerated("oneThousandth", "oneHundredth", "oneTenth", "one", "ten", "hundred", "thousand")
_SCALE = enumerated(
    "oneHundredthSecond",
    "oneTenthSecond",
    "oneSecond",
    "tenSeconds",
    "oneMinute",
    "oneHour",
    "twentyFourHours",
)
_AMOUNT = sequence(currencyAmount=implicit(1, INTEGER), multiplier=implicit(2, MULTIPLIER))
_TIME = sequence(lengthOfTimeUnit=implicit(1, INTEGER), scale=implicit(2, _SCALE))
_DURATION = sequence(
    dCurrency=implicit(1, IA5),
    dAmount=implicit(2, _AMOUNT),
    dChargingType=implicit(3, enumerated("continuousCharging", "stepFunction")),
    dTime=implicit(4, _TIME),
    dGranularity=optional(implicit(5, _TIME)),
)
_FLAT = sequence(fRCurrency=implicit(1, IA5), fRAmount=implicit(2, _AMOUNT))
_VOLUME = sequence(
    vRCurrency=implicit(1, IA5),
    vRAmount=implicit(2, _AMOUNT),
    vRVolumeUnit=implicit(3, enumerated("octet", "segment", "message")),
)
_ITEM = enumerated(
    "basicCommunication", "callAttempt", "callSetup", "userToUserInfo", "operationOfSupplementaryServ"
)
_RECORDED = sequence(rCurrency=implicit(1, IA5), rAmount=implicit(2, _AMOUNT))
_ASSOCIATION = choice(chargeNumber=explicit(0, PARTY_NUMBER), chargeIdentifier=INTEGER)

_CHARGED_ITEM = sequence(
    chargedItem=_ITEM,
    chargingtype=choice(
        specificCurrency=choice(
            durationCurrency=implicit(1, _DURATION),
            flatRateCurrency=implicit(2, _FLAT),
            volumeRateCurrency=implicit(3, _VOLUME),
        ),
        specialChargingCode=INTEGER,
        freeOfCharge=implicit(4, NULL),
        currencyInfoNotAvailable=implicit(5, NULL),
    ),
)
_ITEMS = sequence_of("aOCSCurrencyInfo", _CHARGED_ITEM)
_KIND = enumerated("subTotal", "total")
_DURING_BILLING = enumerated("normalCharging", "reverseCharging", "creditCardCharging")
_END_BILLING = enumerated(
    "normalCharging",
    "reverseCharging",
    "creditCardCharging",
    "callForwardingUnconditional",
    "callForwardingBusy",
    "callForwardingNoReply",
    "callDeflection",
    "callTransfer",
)
_UNITS = sequence_of(
    "recordedUnits",
    sequence(
        units=choice(recordedNumberOfUnits=INTEGER, notAvailable=NULL),
        recordedTypeOfUnits=optional(INTEGER),
    ),
)


def _or_not_available(**info: Type) -> Type:
    return choice(chargeNotAvailable=NULL, **info)


def _during(specific: str, recorded: str, type_: Type) -> Type:
    """AOC-D: what is recorded so far, unless nothing is charged."""
    charged = sequence(
        **{recorded: implicit(1, type_)},
        typeOfChargingInfo=implicit(2, _KIND),
        aOCDBillingId=optional(implicit(3, _DURING_BILLING)),
    )
    return choice(**{specific: charged, "freeOfCharge": implicit(1, NULL)})


def _at_the_end(specific: str, recorded: str, type_: Type) -> Type:
    """AOC-E: what the call cost, unless nothing is charged, and with what it is associated."""
    charged = sequence(**{recorded: implicit(1, type_)}, aOCEBillingId=optional(implicit(2, _END_BILLING)))
    return sequence(
        charge=choice(**{specific: charged, "freeOfCharge": implicit(1, NULL)}),
        chargingAssociation=optional(_ASSOCIATION),
    )


ETSI_CHARGING = Service(
    "EN 300 182-1",
    (
        Operation(
            30,
            "chargingRequest",
            enumerated("chargingInformationAtCallSetup", "chargingDuringACall", "chargingAtTheEndOfACall"),
            choice(aOCSCurrencyInfoList=_ITEMS, aOCSSpecialArrInfo=INTEGER, chargingInfoFollows=NULL),
        ),
        Operation(31, "aOCSCurrency", _or_not_available(aOCSCurrencyInfoList=_ITEMS)),
        Operation(32, "aOCSSpecialArr", _or_not_available(aOCSSpecialArrInfo=INTEGER)),
        Operation(
            33,
            "aOCDCurrency",
            _or_not_available(aOCDCurrencyInfo=_during("specificCurrency", "recordedCurrency", _RECORDED)),
        ),
        Operation(
            34,
            "aOCDChargingUnit",
            _or_not_available(
                aOCDChargingUnitInfo=_during("specificChargingUnits", "recordedUnitsList", _UNITS)
            ),
        ),
        Operation(
            35,
            "aOCECurrency",
            _or_not_available(
                aOCECurrencyInfo=_at_the_end("specificCurrency", "recordedCurrency", _RECORDED)
            ),
        ),
        Operation(
            36,
            "aOCEChargingUnit",
            _or_not_available(
                aOCEChargingUnitInfo=_at_the_end("specificChargingUnits", "recordedUnitsList", _UNITS)
            ),
        ),
    ),
    (Fault(26, "noChargingInfoAvailable"),),
)

_RATE_ITEMS = sequence_of(
    "aocSCurrencyInfo",
    sequence(
        chargedItem=_ITEM,
        rateType=choice(
            durationCurrency=implicit(1, _DURATION),
            flatRateCurrency=implicit(2, _FLAT),
            volumeRateCurrency=implicit(3, _VOLUME),
            specialChargingCode=INTEGER,
            freeOfCharge=implicit(4, NULL),
            currencyInfoNotAvailable=implicit(5, NULL),
            freeOfChargefromBeginning=implicit(6, NULL),
        ),
    ),
)
_MORE = extensions(1, "extension", "multipleExtension")
_MODES = enumerated(
    "rate", "rateInterim", "rateFinal", "interim", "final", "interimFinal", "rateInterimFinal"
)


def _charge(billing: str, kinds: Type) -> Type:
    specific = sequence(recordedCurrency=implicit(1, _RECORDED), **{billing: optional(implicit(2, kinds))})
    return choice(
        chargeNotAvailable=implicit(0, NULL), freeOfCharge=implicit(1, NULL), specificCurrency=specific
    )


QSIG_CHARGING = Service(
    "ECMA-212",
    (
        Operation(
            59,
            "chargeRequest",
            sequence(
                adviceModeCombinations=sequence_of("adviceModeCombination", _MODES),
                chargeReqArgExtension=optional(_MORE),
            ),
            sequence(adviceModeCombination=_MODES, chargeReqResExtension=optional(_MORE)),
        ),
        Operation(60, "getFinalCharge", choice(none=NULL, extended=_MORE)),
        Operation(
            61,
            "aocFinal",
            sequence(
                finalCharge=_charge("finalBillingId", _END_BILLING),
                chargingAssociation=optional(_ASSOCIATION),
                finalArgExtension=optional(_MORE),
            ),
        ),
        Operation(
            62,
            "aocInterim",
            sequence(
                interimCharge=_charge("interimBillingId", _DURING_BILLING),
                interimArgExtension=optional(_MORE),
            ),
        ),
        Operation(
            63,
            "aocRate",
            sequence(
                aocRate=choice(chargeNotAvailable=NULL, aocSCurrencyInfoList=_RATE_ITEMS),
                rateArgExtension=optional(_MORE),
            ),
        ),
        Operation(
            64,
            "aocComplete",
            sequence(
                chargedUser=PARTY_NUMBER,
                chargingAssociation=optional(_ASSOCIATION),
                completeArgExtension=optional(_MORE),
            ),
            sequence(
                chargingOption=enumerated("aocFreeOfCharge", "aocContinueCharging", "aocStopCharging"),
                completeResExtension=optional(_MORE),
            ),
        ),
        Operation(
            65,
            "aocDivChargeReq",
            sequence(
                divertingUser=PARTY_NUMBER,
                chargingAssociation=optional(_ASSOCIATION),
                diversionType=enumerated(
                    "callForwardingUnconditional",
                    "callForwardingBusy",
                    "callForwardingNoReply",
                    "callDeflection",
                ),
                aocDivChargeReqArgExt=optional(_MORE),
            ),
        ),
    ),
    (Fault(1008, "unspecified", EXTENSION), Fault(1016, "freeOfCharge")),
)
