"""The rule of the codec: layouts are declared. No element module shifts, masks or parses by hand."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import trunkwire.q931.ies as ies

MODULES = sorted(Path(ies.__file__).parent.glob("*.py"))
FORBIDDEN = (ast.LShift, ast.RShift, ast.BitAnd, ast.BitXor, ast.Invert)
NAMES = {"parse", "build", "decode", "encode", "from_bytes", "to_bytes", "unpack", "pack"}


def offences(source: str) -> list[str]:
    """What in a module computes octets, with its line."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, FORBIDDEN):
            found.append(f"line {node.lineno}: {type(node.op).__name__}")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            found.append(f"line {node.lineno}: Invert")
        elif isinstance(node, ast.FunctionDef) and node.name.lstrip("_") in NAMES:
            found.append(f"line {node.lineno}: def {node.name}")
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in NAMES:
                found.append(f"line {node.lineno}: {called}()")
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_element_modules_only_declare(module: Path) -> None:
    assert offences(module.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    [
        "x = octet >> 4",
        "x = octet & 0x7F",
        "x <<= 1",
        "x = ~x",
        "def parse(body): pass",
        "x = int.from_bytes(b, 'big')",
    ],
)
def test_the_rule_sees_what_it_forbids(line: str) -> None:
    assert offences(line)
