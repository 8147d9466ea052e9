"""What a facility says, in words: each vector is written out, with the clause that its octets follow."""

from __future__ import annotations

import pytest
from berwrite import EXTENSIONS, QSIG_HEAD, ROSE, failed, invoke, rejected, returned, tlv

from trunkwire.rose import facility_view, facts


def h(octets: str) -> bytes:
    return bytes.fromhex(octets)


EUR = "8103" + b"EUR".hex()
CASES: list[tuple[str, bytes, str]] = [
    (
        "EN 300 207-1 divertingLegInformation2",
        ROSE
        + invoke(
            15,
            tlv(
                0x30,
                h("020102 0a0101")
                + tlv(0xA1, tlv(0xA0, tlv(0xA1, h("0a0102") + tlv(0x12, b"2312345"))))
                + tlv(0xA2, tlv(0xA3, tlv(0x80, b"99"))),
            ),
        ),
        "divertingLegInformation2: diverted 2 times, unconditional, by 2312345, first called 99 (restricted)",
    ),
    (
        "EN 300 207-1 divertingLegInformation1 and 3",
        ROSE
        + invoke(18, tlv(0x30, h("0a0103 0a0102") + tlv(0xA0, tlv(0x80, b"42"))))
        + invoke(19, h("0101ff")),
        "divertingLegInformation1: no reply, to 42; "
        "divertingLegInformation3: the number diverted to may be shown",
    ),
    (
        "EN 300 207-1 activationDiversion for all numbers",
        ROSE + invoke(7, tlv(0x30, h("0a0101 0a0100") + tlv(0x30, tlv(0x80, b"300")) + h("0500"))),
        "activationDiversion: when busy for all numbers to 300",
    ),
    (
        "EN 300 207-1 interrogationDiversion, its result",
        ROSE
        + returned(
            11,
            tlv(
                0x31,
                tlv(0x30, tlv(0x80, b"20") + h("0a0101 0a0102") + tlv(0x30, tlv(0x80, b"30"))),
            ),
        ),
        "return result interrogationDiversion: when there is no reply for 20 to 30",
    ),
    (
        "EN 300 182-1 aOCDCurrency",
        ROSE + invoke(33, tlv(0x30, tlv(0xA1, h(EUR) + tlv(0xA2, h("81020096 820101"))) + h("820100"))),
        "aOCDCurrency: EUR 1.50, so far",
    ),
    (
        "EN 300 182-1 aOCDChargingUnit",
        ROSE + invoke(34, tlv(0x30, tlv(0xA1, h("3003020103 3003020104")) + h("820101"))),
        "aOCDChargingUnit: 7 units, in total",
    ),
    (
        "EN 300 182-1 aOCECurrency",
        ROSE + invoke(35, tlv(0x30, tlv(0x30, tlv(0xA1, h(EUR) + tlv(0xA2, h("810105 820104")))))),
        "aOCECurrency: EUR 50",
    ),
    (
        "EN 300 182-1 aOCECurrency, an amount of whole units",
        ROSE + invoke(35, tlv(0x30, tlv(0x30, tlv(0xA1, h(EUR) + tlv(0xA2, h("810105 820103")))))),
        "aOCECurrency: EUR 5",
    ),
    ("EN 300 182-1 free of charge", ROSE + invoke(35, h("3002 8100")), "aOCECurrency: free of charge"),
    ("EN 300 182-1 not available", ROSE + invoke(36, h("0500")), "aOCEChargingUnit: charge not available"),
    (
        "EN 300 182-1 aOCSCurrency by the time",
        ROSE
        + invoke(
            31,
            tlv(
                0x30,
                tlv(
                    0x30,
                    h("0a0100")
                    + tlv(0xA1, h(EUR) + tlv(0xA2, h("810107 820100")) + h("830100 a406 81013c 820102")),
                ),
            ),
        ),
        "aOCSCurrency: basicCommunication EUR 0.007 per 60 x oneSecond",
    ),
    (
        "EN 300 369-1 ectInform",
        ROSE + invoke("0.4.0.369.1.5", tlv(0x30, h("0a0101") + tlv(0xA0, tlv(0x80, b"77")))),
        "ectInform: active, now with 77",
    ),
    (
        "EN 300 745-1 mWIIndicate",
        ROSE + invoke("0.4.0.745.1.3", tlv(0x30, tlv(0xA1, tlv(0x80, b"500")) + h("a303020103"))),
        "mWIIndicate: 3 messages, at 500",
    ),
    ("EN 300 369-1 explicitEctExecute", ROSE + invoke("0.4.0.369.1.1", h("020105")), "explicitEctExecute: 5"),
    (
        "ECMA-176 pathReplacePropose",
        QSIG_HEAD + invoke(4, tlv(0x30, tlv(0x12, b"12") + tlv(0x80, b"4000"))),
        "pathReplacePropose: callIdentity 12, rerouteingNumber 4000",
    ),
    ("EN 300 369-1 ectExecute", ROSE + invoke(6), "ectExecute"),
    ("ECMA-164 callingName", QSIG_HEAD + invoke(0, tlv(0x80, b"J\xf6rg")), "callingName: 'Jörg'"),
    (
        "ECMA-164 connectedName, UTF-8 and restricted",
        QSIG_HEAD + invoke(2, tlv(0xA3, tlv(4, "引示号".encode()) + h("020109"))),
        "connectedName: '引示号' (restricted)",
    ),
    ("ECMA-164 calledName, none", QSIG_HEAD + invoke(1, h("8400")), "calledName: not available"),
    ("ECMA-164 busyName, restricted", QSIG_HEAD + invoke(3, h("8700")), "busyName: restricted"),
    (
        "ECMA-174 divertingLegInformation2 with names",
        QSIG_HEAD
        + invoke(
            21,
            tlv(
                0x30,
                h("020101 0a0102") + tlv(0xA1, tlv(0xA0, tlv(0x80, b"21"))) + tlv(0xA3, tlv(0x80, b"Ann")),
            ),
        ),
        "divertingLegInformation2: diverted once, busy, by 21, by 'Ann'",
    ),
    (
        "ECMA-178 callTransferComplete",
        QSIG_HEAD
        + invoke(12, tlv(0x30, h("0a0100") + tlv(0xA0, tlv(0x80, b"33") + h("0a0103")) + tlv(0x80, b"Bo"))),
        "callTransferComplete: now with 33, 'Bo'",
    ),
    (
        "ECMA-212 aocFinal",
        QSIG_HEAD + invoke(61, tlv(0x30, tlv(0x30, tlv(0xA1, h(EUR) + tlv(0xA2, h("81010c 820102")))))),
        "aocFinal: EUR 1.2",
    ),
    (
        "ECMA-347 mCMNewMsg (ECMA-242 mWIActivate)",
        QSIG_HEAD + invoke(80, tlv(0x30, tlv(0x80, b"21") + h("0a0101") + h("830102"))),
        "mCMNewMsg (mWIActivate): 2 messages, for 21",
    ),
    ("Q.932 reject", ROSE + rejected(1, 1), "reject: unrecognizedOperation"),
    ("EN 300 196-1 error", ROSE + failed(3), "return error notAvailable"),
    ("Q.950 error", EXTENSIONS + failed(1012), "return error remoteUserBusyAgain"),
    (
        "National ISDN, a name follows",
        EXTENSIONS + invoke("1.2.840.10005.0.4", h("0a0100")) + invoke(0, tlv(0x80, b"Al")),
        "informationFollowing: 0; callingName: 'Al'",
    ),
    (
        "National ISDN, a transfer",
        EXTENSIONS + invoke("1.2.840.10005.0.8", tlv(0x30, h("020107"))),
        "initiateTransfer",
    ),
    ("nobody's operation", ROSE + invoke(700), "operation 700"),
    ("ETSI's arc, nobody's operation", ROSE + invoke("0.4.0.9.9"), "operation 0.4.0.9.9 (unknown)"),
    ("a result without contents", ROSE + h("a203 020101"), "return result"),
    ("nothing at all", b"\x91", "there is no component"),
    (
        "an argument that lacks its reason",
        ROSE + invoke(15, h("3003 020103")),
        "divertingLegInformation2: diverted 3 times !! diversionReason: it is missing",
    ),
    ("noise", ROSE + b"\x07", "not a component: the octets end before the length"),
]


@pytest.mark.parametrize(("body", "text"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_in_words(body: bytes, text: str) -> None:
    assert facility_view(body).summary() == text


@pytest.mark.parametrize(
    ("number", "octets", "text"),
    [
        (0, "e4", "ä"),
        (1, "e4", "ä"),
        (3, "b9", "š"),
        (4, "a6", "Ĥ"),
        (5, "ac", "Ŧ"),
        (6, "b6", "Ж"),
        (7, "d9", "Ω"),
        (8, "5f15", "引"),
        (9, "e5bc95", "引"),
        (9, "ff", "\ufffd"),
        (77, "e4", "ä"),
    ],
)
def test_names_of_every_character_set(number: int, octets: str, text: str) -> None:
    name = tlv(0xA1, tlv(4, h(octets)) + tlv(2, bytes((number,))))
    assert facility_view(QSIG_HEAD + invoke(0, name)).summary() == f"callingName: {text!r}"


def test_facts_have_their_kind() -> None:
    (found,) = facility_view(CASES[0][1]).components
    assert {fact.kind for fact in facts(found)} == {"diversion"}
    (charge,) = facility_view(CASES[4][1]).components
    assert [(fact.kind, fact.text) for fact in facts(charge)] == [
        ("charge", "EUR 1.50"),
        ("charge", "so far"),
    ]


def test_control_characters_of_a_name_are_escaped() -> None:
    assert (
        facility_view(QSIG_HEAD + invoke(0, tlv(0x80, b"a\x1b[2J"))).summary() == r"callingName: 'a\x1b[2J'"
    )
