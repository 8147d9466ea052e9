"""Numbers, subaddresses and basic services in arguments (EN 300 196-1 annex D, ECMA-165 annex B)."""

from __future__ import annotations

from trunkwire.rose.schema import (
    ANY,
    BOOLEAN,
    NULL,
    NUMERIC,
    OCTETS,
    OID,
    Fields,
    Type,
    application,
    choice,
    enumerated,
    explicit,
    implicit,
    optional,
    sequence,
    sequence_of,
)

PUBLIC_TYPE = enumerated(
    unknown=0,
    internationalNumber=1,
    nationalNumber=2,
    networkSpecificNumber=3,
    subscriberNumber=4,
    abbreviatedNumber=6,
)
PRIVATE_TYPE = enumerated(
    unknown=0,
    level2RegionalNumber=1,
    level1RegionalNumber=2,
    pTNSpecificNumber=3,
    localNumber=4,
    abbreviatedNumber=6,
)
PARTY_NUMBER = choice(
    unknownPartyNumber=implicit(0, NUMERIC),
    publicPartyNumber=implicit(1, sequence(publicTypeOfNumber=PUBLIC_TYPE, publicNumberDigits=NUMERIC)),
    nsapEncodedNumber=implicit(2, OCTETS),
    dataPartyNumber=implicit(3, NUMERIC),
    telexPartyNumber=implicit(4, NUMERIC),
    privatePartyNumber=implicit(5, sequence(privateTypeOfNumber=PRIVATE_TYPE, privateNumberDigits=NUMERIC)),
    nationalStandardPartyNumber=implicit(8, NUMERIC),
)
PARTY_SUBADDRESS = choice(
    userSpecifiedSubaddress=sequence(subaddressInformation=OCTETS, oddCountIndicator=optional(BOOLEAN)),
    nSAPSubaddress=OCTETS,
)
SCREENING = enumerated(
    "userProvidedNotScreened",
    "userProvidedVerifiedAndPassed",
    "userProvidedVerifiedAndFailed",
    "networkProvided",
)
ADDRESS = sequence(partyNumber=PARTY_NUMBER, partySubaddress=optional(PARTY_SUBADDRESS))
NUMBER_SCREENED = sequence(partyNumber=PARTY_NUMBER, screeningIndicator=SCREENING)
ADDRESS_SCREENED = sequence(
    partyNumber=PARTY_NUMBER, screeningIndicator=SCREENING, partySubaddress=optional(PARTY_SUBADDRESS)
)
PRESENTED_ADDRESS_SCREENED = choice(
    presentationAllowedAddress=implicit(0, ADDRESS_SCREENED),
    presentationRestricted=implicit(1, NULL),
    numberNotAvailableDueToInterworking=implicit(2, NULL),
    presentationRestrictedAddress=implicit(3, ADDRESS_SCREENED),
)
PRESENTED_ADDRESS_UNSCREENED = choice(
    presentationAllowedAddress=implicit(0, ADDRESS),
    presentationRestricted=implicit(1, NULL),
    numberNotAvailableDueToInterworking=implicit(2, NULL),
    presentationRestrictedAddress=implicit(3, ADDRESS),
)
PRESENTED_NUMBER_SCREENED = choice(
    presentationAllowedNumber=implicit(0, NUMBER_SCREENED),
    presentationRestricted=implicit(1, NULL),
    numberNotAvailableDueToInterworking=implicit(2, NULL),
    presentationRestrictedNumber=implicit(3, NUMBER_SCREENED),
)
PRESENTED_NUMBER_UNSCREENED = choice(
    presentationAllowedNumber=explicit(0, PARTY_NUMBER),
    presentationRestricted=implicit(1, NULL),
    numberNotAvailableDueToInterworking=implicit(2, NULL),
    presentationRestrictedNumber=explicit(3, PARTY_NUMBER),
)
Q931_ELEMENTS = application(0, OCTETS)
"""Information elements of Q.931 (EN 300 196-1 annex D; PSS1InformationElement of ECMA-165 annex B)."""

ETSI_BASIC_SERVICE = enumerated(
    allServices=0,
    speech=1,
    unrestrictedDigitalInformation=2,
    audio3k1Hz=3,
    unrestrictedDigitalInformationWithTonesAndAnnouncements=4,
    multirate=5,
    telephony3k1Hz=32,
    teletex=33,
    telefaxGroup4Class1=34,
    videotexSyntaxBased=35,
    videotelephony=36,
    telefaxGroup2_3=37,
    telephony7kHz=38,
    euroFileTransfer=39,
    fileTransferAndAccessManagement=40,
    videoconference=41,
    audioGraphicConference=42,
)
QSIG_BASIC_SERVICE = enumerated(
    allServices=0,
    speech=1,
    unrestrictedDigitalInformation=2,
    audio3100Hz=3,
    telephony=32,
    teletex=33,
    telefaxGroup4Class1=34,
    videotexSyntaxBased=35,
    videotelephony=36,
)
SERVED_USER = choice(individualNumber=PARTY_NUMBER, allNumbers=NULL)
EXTENSION: Fields = sequence(extensionId=OID, extensionArgument=ANY)
"""What a manufacturer adds (ECMA-165 annex B, class EXTENSION)."""


def extensions(one: int, single: str = "single", multiple: str = "multiple") -> Type:
    """The choice that ends QSIG's arguments: one extension behind tag `one`, several behind the next."""
    return choice(
        **{
            single: implicit(one, EXTENSION),
            multiple: implicit(one + 1, sequence_of("extension", EXTENSION)),
        }
    )


def nothing_or_extensions(one: int, nothing: str = "null", **names: str) -> Type:
    """NULL, or `extensions`: the argument of an operation that says all by its name."""
    several = extensions(one, **names)
    return choice(**{nothing: NULL, "extended": several})
