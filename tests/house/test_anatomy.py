"""The anatomy of the code: short functions, short files, a purpose in every first line, no sleeping."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sources import ROOT, all_files, forget, label, modules, statements, tree

LONGEST_FUNCTION = 60
LONGEST_FILE = 500

_FILES = all_files()
_PACED = {ROOT / "tests" / "peers" / "clockhook.py"}  # real time stands in where a C clock cannot be hooked


@pytest.fixture(scope="module", autouse=True)
def trees_are_given_back() -> Iterator[None]:
    """See `sources.forget`."""
    yield
    forget()


def test_there_is_something_to_look_at() -> None:
    assert {path.name for path in _FILES} >= {"ticks.py", "config.py", "plugin.py", "test_anatomy.py"}


def test_files_are_short_and_say_what_they_are() -> None:
    assert [fault for path in _FILES for fault in faults_of(path)] == []


def faults_of(path: Path) -> Iterator[str]:
    """What is wrong with the anatomy of a file."""
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > LONGEST_FILE:
        yield f"{label(path)} has {lines} lines"
    if not purpose(tree(path)):
        yield f"{label(path)}: its first line must say what it is"
    yield from (f"{label(path)}, {fault}" for fault in long_functions(statements(tree(path))))


def test_module_names_of_tests_are_unique() -> None:
    names = [path.stem for path in _FILES if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


def test_tests_never_sleep() -> None:
    sleepers = [
        f"{label(path)}:{node.lineno}"
        for path in _FILES
        if ROOT / "tests" in path.parents and path not in _PACED and "sleep" in path.read_text("utf-8")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and _called(node) in {"sleep"}
    ]
    assert sleepers == []


def _called(node: ast.Call) -> str:
    """What is called, if it is a name or an attribute of one."""
    match node.func:
        case ast.Name(name) | ast.Attribute(ast.Name("time"), name):
            return name
    return ""


def test_no_global_is_rebound() -> None:
    rebound = [
        f"{label(path)}:{node.lineno}: {', '.join(node.names)}"
        for package in ("trunkwire", "trunkbench", "pytest_trunkbench")
        for path in modules(package)
        for node in statements(tree(path))
        if isinstance(node, ast.Global)
    ]
    assert rebound == []


def test_a_long_function_is_seen() -> None:
    body = "\n".join(["    x = 1"] * LONGEST_FUNCTION)
    module = ast.parse(f"class C:\n    pass\n\nasync def f():\n{body}\n\ndef g(): ...\n")
    assert list(long_functions(ast.walk(module))) == [f"line 4: f() has {LONGEST_FUNCTION + 1} lines"]


@pytest.mark.parametrize("source", ["", "import ast", "x = 1\n'''late'''", '"""\n   \n"""', '"""Short"""'])
def test_a_missing_purpose_is_seen(source: str) -> None:
    assert not purpose(ast.parse(source))


def purpose(module: ast.Module) -> str | None:
    """The first line of the module's docstring, if it is a sentence of at least three words."""
    docstring = ast.get_docstring(module)
    first = docstring.splitlines()[0] if docstring else ""
    return first if len(first.split()) >= 3 else None


def long_functions(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Functions with more lines than allowed."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"line {node.lineno}: {node.name}() has {lines} lines"
