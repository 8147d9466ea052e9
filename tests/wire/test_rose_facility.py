"""Facility contents: known vectors, whose operations they are, every operation, and what is broken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from berwrite import (
    EXTENSIONS,
    QSIG_HEAD,
    ROSE,
    Leaf,
    Sampler,
    failed,
    integer,
    invoke,
    rejected,
    returned,
    tlv,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkwire.rose import Argument, FacilityView, Flavour, Kind, Profile, facility_view
from trunkwire.rose.components import PROBLEMS, Problem
from trunkwire.rose.etsi_access import ETSI
from trunkwire.rose.qsig_services import QSIG
from trunkwire.rose.repertoire import Code, Operation, Repertoire
from trunkwire.rose.schema import Optional, Type

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
CAPTURES = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
REAL = "91a1120201bc02010f300a0201010a0100a1028200"
"""The Facility of the second SETUP of the first capture (e1/libpri-e1-euroisdn), as a carrier sent it."""

HEADS = {Flavour.ETSI: ROSE, Flavour.QSIG: QSIG_HEAD}
TABLES = {Flavour.ETSI: ETSI, Flavour.QSIG: QSIG}
OTHER = {Flavour.ETSI: Flavour.QSIG, Flavour.QSIG: Flavour.ETSI}


def leaves(view: FacilityView) -> list[Leaf]:
    """Name and value of every primitive value in the arguments."""
    return [
        (found.name, found.value)
        for component in view.components
        for argument in component.arguments
        for _, found in argument.walk()
        if not found.children and not found.kind.startswith(("SEQUENCE", "SET"))
    ]


def value(view: FacilityView, name: str) -> object:
    """The value of a name in the first component's argument, or its word."""
    found = view.components[0].arguments[0].find(name)
    assert found is not None
    return found.word or found.value


def payloads(table: Repertoire) -> Iterator[tuple[Operation, str, Type | Optional | None]]:
    """Every argument and every result of a table."""
    for operation in table.operations.values():
        yield operation, "argument", operation.argument
        if operation.result is not None:
            yield operation, "result", operation.result


def component(operation: Code, kind: str, octets: bytes, *, indefinite: bool = False) -> bytes:
    write = invoke if kind == "argument" else returned
    return write(operation, octets, indefinite=indefinite)


def test_the_real_facility_is_a_diversion() -> None:
    view = facility_view(bytes.fromhex(REAL), 30)
    (found,) = view.components
    assert (view.flavour, view.profile, view.errors) == (Flavour.ETSI, Profile.ROSE, ())
    assert (found.kind, found.invoke_id, found.code, found.name) == (
        Kind.INVOKE,
        -68,
        15,
        "divertingLegInformation2",
    )
    assert found.standard == "EN 300 207-1"
    assert value(view, "diversionCounter") == 1
    assert value(view, "diversionReason") == "unknown"
    assert value(view, "divertingNr") == "numberNotAvailableDueToInterworking"
    assert [(depth, field.offset, field.name) for depth, field in view.rows()][3:] == [
        (0, 31, "invoke"),
        (1, 33, "invokeId"),
        (1, 36, "operation"),
        (1, 39, "argument"),
        (2, 41, "diversionCounter"),
        (2, 44, "diversionReason"),
        (2, 47, "divertingNr"),
        (3, 49, "numberNotAvailableDueToInterworking"),
    ]


def test_the_real_facility_stands_in_the_capture() -> None:
    path = CAPTURES / "e1" / "libpri-e1-euroisdn.linuxlapd.pcap"
    if not path.exists():
        pytest.skip("the first capture is not there: set TRUNKBENCH_CAPTURES to the folder of real captures")
    assert path.read_bytes().count(bytes.fromhex("1c15" + REAL)) == 1


def test_plain_values_for_json() -> None:
    assert facility_view(bytes.fromhex(REAL)).tree() == {
        "profile": 17,
        "flavour": "ETSI",
        "why": "protocol profile ROSE, and the contents fit",
        "components": [
            {
                "component": "invoke",
                "invoke_id": -68,
                "operation_value": 15,
                "name": "divertingLegInformation2",
                "argument": {
                    "diversionCounter": 1,
                    "diversionReason": "unknown",
                    "divertingNr": {"numberNotAvailableDueToInterworking": None},
                },
                "says": ["diverted once", "reason unknown", "by a number not available"],
            }
        ],
    }


def test_plain_values_lose_nothing_that_is_wrong() -> None:
    twice = tlv(0x30, b"\2\1\1\x0a\1\1" + tlv(0x85, b"a") + tlv(0x86, b"b"))
    tree = facility_view(ROSE + invoke(15, twice), 3).tree()
    (found,) = tree["components"]
    assert found["argument"]["undeclared"] == [
        {"value": "61", "error": "[5] is not declared here"},
        {"value": "62", "error": "[6] is not declared here"},
    ]
    assert tree["errors"] == [
        [20, "undeclared: [5] is not declared here"],
        [23, "undeclared: [6] is not declared here"],
    ]
    assert facility_view(b"").tree()["errors"] == [[0, "the protocol profile (octet 3) is missing"]]


def test_networking_extensions_stand_before_the_components() -> None:
    body = bytes.fromhex("9f aa14 800100 a106 8004 31323334 820101 a304 8002 3939 920112 8b0102") + invoke(
        0, tlv(0x80, b"Al")
    )
    view = facility_view(body)
    assert [part.name for part in view.extensions] == [
        "networkFacilityExtension",
        "networkProtocolProfile",
        "interpretation",
    ]
    extension, profile, interpretation = view.extensions
    assert [(child.name, child.word or child.value) for child in extension.children] == [
        ("sourceEntity", "endPINX"),
        ("sourceEntityAddress", "unknownPartyNumber"),
        ("destinationEntity", "anyTypeOfPINX"),
        ("destinationEntityAddress", "unknownPartyNumber"),
    ]
    assert [(depth, field.name) for depth, field in view.rows()][3:6] == [
        (0, "networkFacilityExtension"),
        (1, "sourceEntity"),
        (1, "sourceEntityAddress"),
    ]
    assert (profile.value, interpretation.word) == (18, "rejectAnyUnrecognisedInvokePdu")
    assert [found.name for found in view.components] == ["callingName"]
    assert view.errors == ()


@pytest.mark.parametrize("flavour", [Flavour.ETSI, Flavour.QSIG])
@pytest.mark.parametrize("indefinite", [False, True], ids=["definite", "indefinite"])
def test_every_operation_is_named_with_its_arguments(flavour: Flavour, indefinite: bool) -> None:
    sampler = Sampler(seed=5, indefinite=indefinite, everything=True)
    wrong = []
    for operation, kind, type_ in payloads(TABLES[flavour]):
        octets = b"" if type_ is None else sampler.sample(type_, kind)
        expected = [] if type_ is None else sampler.leaves
        body = HEADS[flavour] + component(operation.code, kind, octets, indefinite=indefinite)
        view = facility_view(body)
        (found,) = view.components
        got = (view.flavour, found.name, view.errors, leaves(view))
        if got != (flavour, operation.name, (), expected):
            wrong.append((operation.name, kind, got, body.hex()))
    assert wrong == []


@pytest.mark.parametrize("flavour", [Flavour.ETSI, Flavour.QSIG])
def test_contents_outweigh_the_profile(flavour: Flavour) -> None:
    """With the other's profile an operation is still told, unless its argument fits the other's as well."""
    sampler = Sampler(seed=6)
    head = {Flavour.ETSI: EXTENSIONS, Flavour.QSIG: ROSE}[flavour]
    ambiguous = set()
    for operation, kind, type_ in payloads(TABLES[flavour]):
        octets = b"" if type_ is None else sampler.sample(type_, kind)
        view = facility_view(head + component(operation.code, kind, octets))
        if view.flavour is not flavour:
            assert (view.flavour, view.errors) == (OTHER[flavour], ())
            ambiguous.add(operation.name)
    # null where both have a null, and an argument that all of the other's optional parts leave room for
    assert ambiguous <= {
        "chargingRequest", "aOCSCurrency", "aOCSSpecialArr", "aOCDCurrency", "aOCDChargingUnit", "beginCONF",
        "cUGCall", "connectedName", "ccPathReserve", "ccRingout", "ccResume", "callOfferRequest",
        "doNotDisturbDeactivateQ",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("head", "code", "flavour"),
    [
        (ROSE, "0.4.0.369.1.2", Flavour.ETSI),
        (EXTENSIONS, "0.4.0.369.1.2", Flavour.ETSI),
        (ROSE, "1.3.12.9.1", Flavour.QSIG),
        (EXTENSIONS, "1.0.13868.1", Flavour.QSIG),
        (EXTENSIONS, "1.2.840.10005.0.4", Flavour.NATIONAL),
    ],
)
def test_an_arc_decides(head: bytes, code: str, flavour: Flavour) -> None:
    view = facility_view(head + invoke(code))
    assert (view.flavour, view.why) == (flavour, f"object identifier {code}")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (EXTENSIONS + bytes.fromhex(REAL)[1:], "the contents fit ETSI's divertingLegInformation2"),
        (ROSE + invoke(21, b"\x30\3\2\1\1"), "the contents come closest to QSIG's divertingLegInformation2"),
        (ROSE + invoke(999), "neither ETSI nor QSIG knows the operation"),
        (b"\x85" + returned(30, b"\5\0"), "nothing tells better"),
        (b"\x85" + rejected(0, 0), "nothing tells"),
        (b"\x91", "nothing tells"),
        (b"", "it is empty"),
    ],
)
def test_why_is_said(body: bytes, why: str) -> None:
    assert facility_view(body).why == why


def test_what_nobody_knows_is_shown_by_its_tags() -> None:
    view = facility_view(ROSE + invoke(999, tlv(0x30, tlv(2, b"\7") + tlv(0x81, b"ab"))))
    (found,) = view.components
    assert (view.flavour, found.name, found.title) == (Flavour.UNKNOWN, "", "operation 999")
    assert [(part.name, part.value) for _, part in found.arguments[0].walk()] == [
        ("argument", None),
        ("INTEGER", 7),
        ("[1]", b"ab"),
    ]
    assert view.errors == ()


@pytest.mark.parametrize(("head", "flavour"), [(ROSE, Flavour.ETSI), (QSIG_HEAD, Flavour.QSIG)])
def test_without_a_value_the_profile_tells_unless_something_is_known(head: bytes, flavour: Flavour) -> None:
    body = head + rejected(1, 2)
    assert facility_view(body).flavour is flavour
    assert facility_view(body, prefer=OTHER[flavour]).flavour is OTHER[flavour]
    assert facility_view(body, prefer=OTHER[flavour]).why == "what was spoken before"
    null = head + returned(30, tlv(5, b""))  # both have an operation 30 with a null result
    assert facility_view(null).flavour is flavour
    assert facility_view(null, prefer=OTHER[flavour]).flavour is OTHER[flavour]


@pytest.mark.parametrize("problem", list(Problem))
def test_every_problem_of_a_reject(problem: Problem) -> None:
    for number, name in enumerate(PROBLEMS[problem]):
        (found,) = facility_view(ROSE + rejected(problem.value, number, number=-4)).components
        assert (found.kind, found.invoke_id, found.problem, found.errors) == (Kind.REJECT, -4, name, ())
    (beyond,) = facility_view(ROSE + rejected(problem.value, 77)).components
    assert beyond.problem == "problem 77"


def test_a_reject_of_something_unknown_has_no_identifier() -> None:
    (found,) = facility_view(ROSE + rejected(0, 2, number=None)).components
    assert (found.invoke_id, found.problem, found.errors) == (None, "badlyStructuredComponent", ())


@pytest.mark.parametrize("flavour", [Flavour.ETSI, Flavour.QSIG])
def test_every_error_is_named(flavour: Flavour) -> None:
    sampler = Sampler(seed=7)
    for code, fault in TABLES[flavour].errors.items():
        octets = b"" if fault.parameter is None else sampler.sample(fault.parameter, "parameter")
        view = facility_view(HEADS[flavour] + failed(code, octets))
        (found,) = view.components
        assert (view.flavour, found.kind, found.name) == (flavour, Kind.RETURN_ERROR, fault.name)
        assert (found.code, view.errors) == (code, ())


@pytest.mark.parametrize(
    ("bits", "value", "word", "error"),
    [
        ("0760", "0", "", ""),
        ("0640", "01", "ssCFreRoutingSupported", ""),
        ("00 00 00 01", "000000000000000000000001", "bit 23", ""),
        ("0c 00", b"\x0c\0", "", "12 unused bits"),
        ("07", b"\x07", "", "7 unused bits"),
        ("08 00", b"\x08\0", "", "8 unused bits"),
        ("", b"", "", "the octets of a bit string are missing"),
    ],
)
def test_named_bits(bits: str, value: str | bytes, word: str, error: str) -> None:
    octets = bytes.fromhex(bits)
    (found,) = facility_view(QSIG_HEAD + invoke(85, tlv(0x30, tlv(0x82, octets)))).components
    field = found.arguments[0].child("featureIdentifier")
    assert field is not None
    assert (field.value, field.error) == (value, error)
    if not error:
        assert field.word == word


def test_an_error_that_two_services_share_has_both_names() -> None:
    (found,) = facility_view(QSIG_HEAD + failed(43)).components
    assert found.name == "proceduralError or notActivated"


def test_linked_identifiers_and_several_components() -> None:
    linked = tlv(0xA1, tlv(2, integer(5)) + tlv(0x80, integer(-3)) + tlv(2, integer(3)))
    view = facility_view(ROSE + linked + tlv(0xA2, tlv(2, integer(9))) + rejected(0, 0))
    assert [found.kind for found in view.components] == [Kind.INVOKE, Kind.RETURN_RESULT, Kind.REJECT]
    first, second, _ = view.components
    assert (first.invoke_id, first.linked_id, first.name) == (5, -3, "mCIDRequest")
    assert (second.invoke_id, second.code, second.arguments) == (9, None, ())
    assert view.errors == ()


def test_what_stands_behind_a_result_is_kept() -> None:
    sequence = tlv(0x30, tlv(2, b"\x29") + tlv(2, b"\7"))
    (found,) = facility_view(ROSE + tlv(0xA2, tlv(2, b"\1") + sequence + tlv(4, b"x"))).components
    assert (found.code, [(part.name, part.value) for part in found.arguments]) == (
        41,
        [("result", 7), ("undeclared", b"x")],
    )
    (bare,) = facility_view(ROSE + tlv(0xA2, tlv(2, b"\1") + tlv(4, b"x"))).components
    assert (bare.error, bare.arguments[0].value) == ("OCTET STRING is not a result", b"x")


def test_one_broken_component_leaves_the_others() -> None:
    broken = tlv(0xA1, tlv(2, integer(5)) + tlv(4, b"xx"))
    view = facility_view(ROSE + broken + invoke(3), 100)
    first, second = view.components
    assert first.error == "its operation value is missing"
    assert second.name == "mCIDRequest"
    assert view.errors == ((101, "its operation value is missing"),)
    assert first.arguments[0].value == b"xx"


@pytest.mark.parametrize(
    ("octets", "offset", "error"),
    [
        ("", 7, "the protocol profile (octet 3) is missing"),
        ("91", 7, "there is no component"),
        ("85" + "a103020101", 7, "protocol profile 0x05 is not known"),
        ("91 a100", 8, "its invoke identifier is missing"),
        ("91 a180 020101", 8, "its end-of-contents octets are missing (X.690 8.1.3.6)"),
        ("91 a106 020101 0601 80", 13, "operation: an object identifier that ends within an arc"),
        ("91 a40a 020101 a405 0201010201", 8, "its problem is missing"),
        ("91 a109 020101 02010f 0101ff", 16, "argument: BOOLEAN is not its type"),
        ("91 a109 020101 020103 0101ff", 16, "argument: BOOLEAN, though it has no argument"),
        ("91 a106 020101 02010f", 16, "argument: it is missing"),
        ("91 a10b 020101 02010f 3003020101", 21, "diversionReason: it is missing"),
        ("91 a10e 020101 02010f 3006 020101 0a0109", 21, "diversionReason: 9 is not declared"),
        ("91 a1", 8, "octets: the octets end before the length"),
        ("91 a108 020101 02010f 1000", 16, "argument: SEQUENCE holds no elements"),
        ("91 a109 020101 02010f 100201", 16, "argument: length 2, but 1 octets are left"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(octets: str, offset: int, error: str) -> None:
    view = facility_view(bytes.fromhex(octets), 7)
    assert (offset, error) in view.errors


@pytest.mark.parametrize(
    ("octets", "title"),
    [
        ("93 600c a10a 0608 2b0c098948010100", "associate request (ACSE AARQ)"),
        ("93 6103 800100", "associate response (ACSE AARE)"),
        ("93 6203 800100", "release request (ACSE RLRQ)"),
        ("93 6303 800100", "release response (ACSE RLRE)"),
        ("93 6403 800100", "abort (ACSE ABRT)"),
        ("92 6703 020101", ""),
    ],
)
def test_what_is_not_rose_is_shown_by_its_tags(octets: str, title: str) -> None:
    view = facility_view(bytes.fromhex(octets))
    (found,) = view.components
    assert (found.kind, found.name, view.flavour) == (Kind.OTHER, title, Flavour.UNKNOWN)
    assert found.arguments[0].children


def tops(view: FacilityView) -> Iterator[Argument]:
    yield from view.extensions
    for found in view.components:
        yield from found.parts


def check(body: bytes, base: int) -> None:
    """What holds of any octets: nothing raised, and every place lies within them."""
    view = facility_view(body, base)
    for _, field in view.rows():
        assert base <= field.offset <= field.offset + field.length <= base + len(body)
    for top in tops(view):
        for _, found in top.walk():
            assert base <= found.offset <= found.offset + found.length <= base + len(body)
    assert all(base <= offset <= base + len(body) for offset, _ in view.errors)
    assert view.tree()["flavour"] == view.flavour.value
    assert isinstance(view.summary(), str)


@given(st.binary(max_size=60), st.integers(0, 300))
@settings(deadline=None, max_examples=100)
def test_noise_never_raises(body: bytes, base: int) -> None:
    check(body, base)


@given(
    st.sampled_from([Flavour.ETSI, Flavour.QSIG]),
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3),
)
@settings(deadline=None, max_examples=100)
def test_spoilt_components_never_raise(flavour: Flavour, seed: int, spoils: list[tuple[int, int]]) -> None:
    sampler = Sampler(seed, indefinite=seed % 2 == 1)
    rows = list(payloads(TABLES[flavour]))
    operation, kind, type_ = rows[seed % len(rows)]
    octets = b"" if type_ is None else sampler.sample(type_, kind)
    body = bytearray(HEADS[flavour] + component(operation.code, kind, octets))
    for place, octet in spoils:
        body[place % len(body)] = octet
    check(bytes(body), 9)


@pytest.mark.parametrize("flavour", [Flavour.ETSI, Flavour.QSIG])
def test_every_truncation_is_told(flavour: Flavour) -> None:
    sampler = Sampler(seed=3, indefinite=True, everything=True)
    operation = TABLES[flavour].operations[{Flavour.ETSI: 12, Flavour.QSIG: 19}[flavour]]
    assert operation.argument is not None
    octets = invoke(operation.code, sampler.sample(operation.argument, "argument"), indefinite=True)
    body = HEADS[flavour] + octets
    for end in range(len(HEADS[flavour]) + 1, len(body)):
        check(body[:end], 0)
        assert facility_view(body[:end]).errors, body[:end].hex()
    assert facility_view(body).errors == ()


@pytest.mark.parametrize("octet", [0x30, 0xA1, 0xA2, 0xA4, 0xAA])
def test_depth_is_bounded(octet: int) -> None:
    check(ROSE + bytes((octet, 0x80)) * 400, 0)
