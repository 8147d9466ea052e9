"""Our Facility against tshark's: operations, errors, problems and every argument, with both its settings.

tshark takes all facilities of a capture for ETSI's or all for QSIG's, by a preference; ours are told apart
one by one. It reads the indefinite form as well as we do, once the preference is the right one.
"""

from __future__ import annotations

import json
import struct
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from berwrite import QSIG_HEAD, ROSE, Sampler, failed, invoke, rejected, returned
from peerlib import require_program

from trunkwire.rose import Flavour, facility_view
from trunkwire.rose.components import PROBLEMS
from trunkwire.rose.etsi_access import ETSI
from trunkwire.rose.qsig_services import QSIG

LINKTYPE_LAPD = 203
MESSAGE = bytes.fromhex("00 01 00 00 08 02 00 01 62")
"""An I frame with FACILITY."""
SETTINGS = {Flavour.ETSI: "Facility as ETSI", Flavour.QSIG: "Facility as QSIG"}
TABLES = {Flavour.ETSI: ETSI, Flavour.QSIG: QSIG}
HEADS = {Flavour.ETSI: ROSE, Flavour.QSIG: QSIG_HEAD}

THREE_PARTY_AND_TRANSFER = {4, 5, 6}
"""tshark does not know begin3PTY, end3PTY (EN 300 188-1) and ectExecute (EN 300 369-1)."""
AUTHENTICATION = {"param", "authAlg"}
"""tshark calls an algorithm with a parameter broken (ECMA-306: any type, by algorithm)."""
UNNAMED = {
    "extensionArgument",  # any type
    "argument",
    "result",  # not a name of a field, but of the whole
}

Layers = dict[str, list[Any]]


def dissect(bodies: list[bytes], path: Path, setting: str) -> list[Layers]:
    """What tshark finds in each body: the last part of each field's name, lower case, with its values."""
    program = require_program("tshark", "tshark")
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_LAPD))
        for body in bodies:
            frame = MESSAGE + bytes((0x1C, len(body))) + body
            file.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)
    command = [program, "-n", "-r", str(path), "-T", "json", "--no-duplicate-keys"]
    command += ["-o", f"q932.facility_encoding:{setting}"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[Layers] = []
    for packet in json.loads(run.stdout):
        layers: Layers = defaultdict(list)
        for name, value in fields(packet["_source"]["layers"]):
            layers[name].append(value)
        found.append(layers)
    assert len(found) == len(bodies)
    return found


def fields(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every field of a tree of JSON with the last part of its name."""
    for key, value in node.items():
        name = key if key.startswith("_ws") else key.rpartition(".")[2]
        name = name.removesuffix("_element").lower()
        values = value if isinstance(value, list) else [value]
        for one in values:
            if isinstance(one, dict):
                yield name, None
                yield from fields(one)
            else:
                yield name, one


def text(value: object) -> str:
    """A value as tshark prints it."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, bytes):
        return ":".join(f"{octet:02x}" for octet in value)
    return "" if value is None else str(value)


def same(ours: object, theirs: object, kind: str) -> bool:
    """Whether a value of ours is one of tshark's; its names of octets and times are its own."""
    if theirs is None or ours is None:
        return True
    if kind in ("OCTET STRING", "BIT STRING", "GeneralizedTime", "BMPString"):
        return bool(str(theirs))
    return str(theirs).lower() in (text(ours), str(bool(ours)).lower())


def disagreements(body: bytes, layers: Layers) -> list[str]:
    """Arguments of ours that tshark does not have, and complaints of its."""
    view = facility_view(body)
    wrong = [f"ours: {error}" for error in view.errors]
    wrong += [f"tshark: {name}" for name in layers if name.startswith(("_ws.malformed", "_ws.expert"))]
    for component in view.components:
        for argument in component.arguments:
            for _, found in argument.walk():
                if found.children or found.name in UNNAMED or found.kind.endswith(" OF"):
                    continue
                theirs = layers.get(found.name.lower().replace("-", "_"), layers.get(found.name.lower()))
                if theirs is None:
                    wrong.append(f"{found.name} is not among tshark's fields")
                elif not any(same(found.value, value, found.kind) for value in theirs):
                    wrong.append(f"{found.name}: {found.value!r}, tshark: {theirs}")
    return wrong


Row = tuple[str, int, bytes]
"""What it is, the operation's value, the contents of the element."""


def samples(flavour: Flavour, indefinite: bool) -> Iterator[Row]:
    """An argument and a result of every operation that tshark knows."""
    sampler = Sampler(seed=11, indefinite=indefinite)
    for code, operation in TABLES[flavour].operations.items():
        if not isinstance(code, int) or (flavour is Flavour.ETSI and code in THREE_PARTY_AND_TRANSFER):
            continue
        for kind, type_, write in (
            ("argument", operation.argument, invoke),
            ("result", operation.result, returned),
        ):
            if kind == "result" and type_ is None:
                continue
            octets = b"" if type_ is None else sampler.sample(type_, kind)
            names = {name for name, _ in sampler.leaves}
            if names & AUTHENTICATION or (flavour is Flavour.QSIG and "nsapEncodedNumber" in names):
                continue  # ECMA-165 has no NSAP number; ours reads it as EN 300 196-1 has it
            body = HEADS[flavour] + write(code, octets, indefinite=indefinite)
            if len(body) < 240:
                yield f"{operation.name} {kind}", code, body


@pytest.mark.parametrize("flavour", [Flavour.ETSI, Flavour.QSIG])
def test_every_local_operation_and_argument_agrees(flavour: Flavour, tmp_path: Path) -> None:
    rows = [*samples(flavour, indefinite=False), *samples(flavour, indefinite=True)]
    assert len(rows) > 60
    found = dissect([body for *_, body in rows], tmp_path / "all.pcap", SETTINGS[flavour])
    wrong = {}
    for (name, code, body), layers in zip(rows, found, strict=True):
        told = disagreements(body, layers)
        if str(code) not in layers["local"] or str(code) not in layers["operation"]:
            told.append(f"operation {code}, tshark: {layers['local']}")
        if told:
            wrong[f"{name} {body.hex()}"] = told
    assert wrong == {}


def test_errors_and_problems_agree(tmp_path: Path) -> None:
    codes = [code for code in ETSI.errors if isinstance(code, int)]
    problems = [(blamed, number) for blamed, names in PROBLEMS.items() for number in range(len(names))]
    bodies = [ROSE + failed(code) for code in codes]
    bodies += [ROSE + rejected(blamed.value, number) for blamed, number in problems]
    found = dissect(bodies, tmp_path / "errors.pcap", SETTINGS[Flavour.ETSI])
    for code, layers in zip(codes, found, strict=False):
        assert layers["local"] == [str(code)]
    for (blamed, number), layers in zip(problems, found[len(codes) :], strict=True):
        name = {"GENERAL": "general", "INVOKE": "invoke"}.get(blamed.name) or blamed.name.title().replace(
            "_", ""
        )
        assert str(number) in layers[name.lower()], (blamed, number, dict(layers))


@pytest.mark.long
def test_tshark_calls_operations_as_we_do() -> None:
    program = require_program("tshark", "tshark")
    run = subprocess.run([program, "-G", "values"], capture_output=True, text=True, check=True)
    theirs: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in run.stdout.splitlines():
        kind, field, *rest = (*line.split("\t"), "")
        if kind == "V" and field in ("qsig.operation", "qsig.error", "isdn_sup.operation", "isdn_sup.error"):
            theirs[field][int(rest[0])].add(rest[1])
    assert {number: {row.name} for number, row in QSIG.operations.items()} == theirs["qsig.operation"]
    ours = {
        number: {row.name.replace("cUGCall", "cUGcall")}
        for number, row in ETSI.operations.items()
        if isinstance(number, int) and number not in THREE_PARTY_AND_TRANSFER
    }
    assert ours == theirs["isdn_sup.operation"]
    for field, table in (("qsig.error", QSIG), ("isdn_sup.error", ETSI)):
        for number, names in theirs[field].items():
            assert names <= set(table.errors[number].name.split(" or ")), (field, number)


def test_where_tshark_is_wrong_ours_is_not(tmp_path: Path) -> None:
    """The real facility of the first capture with tshark's default: another operation, and broken."""
    real = bytes.fromhex("91a1120201bc02010f300a0201010a0100a1028200")
    (default,) = dissect([real], tmp_path / "default.pcap", SETTINGS[Flavour.QSIG])
    assert "15" in default["operation"]
    assert any("ber error" in name for name in default), "taken for QSIG's activateDiversionQ"
    (right,) = dissect([real], tmp_path / "right.pcap", SETTINGS[Flavour.ETSI])
    assert "diversioncounter" in right
    assert "diversioncounter" not in default
    assert (facility_view(real).flavour, disagreements(real, right)) == (Flavour.ETSI, [])
