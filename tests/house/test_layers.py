"""The layers `trunkwire <- trunkbench <- pytest_trunkbench`, and the purity of trunkwire (docs/design.md)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest
from sources import PACKAGES, ROOT, all_files, forget, imports, imports_of, label, modules, tree

ORDER = list(PACKAGES)
WIRE_MAY_IMPORT = {"construct", "numpy", "msgspec", "trunkwire"}
_IMPURE = """
    _thread asyncio concurrent contextvars datetime fcntl getpass importlib io
    logging mmap multiprocessing os pathlib platform pty random rich sched scapy secrets
    select selectors serial shutil signal socket ssl subprocess sys tempfile termios threading
    time tkinter urllib uuid warnings
"""
IMPURE = frozenset(_IMPURE.split())
"""Clocks, randomness, input and output, threads, and the state of the process."""
IMPURE_CALLS = {"open", "print", "input", "breakpoint", "__import__"}
LINUX_ONLY = {"fcntl", "termios", "pty", "tty", "pwd", "grp", "resource"}
SCAPY_HOME = "trunkbench.scapy_layers"


@pytest.fixture(scope="module", autouse=True)
def trees_are_given_back() -> Iterator[None]:
    """See `sources.forget`."""
    yield
    forget()


def test_layers_point_downwards() -> None:
    faults = [
        fault for package in ORDER for path in modules(package) for fault in upward(tree(path), package)
    ]
    assert faults == []


def test_trunkwire_is_pure() -> None:
    faults = [f"{label(path)}:{fault}" for path in modules("trunkwire") for fault in impure(tree(path))]
    assert faults == []


def test_scapy_lives_in_one_module() -> None:
    importers = {
        label(path)
        for package in ORDER
        for path in modules(package)
        if any(name.partition(".")[0] == "scapy" for _, name in imports_of(path))
    }
    assert importers <= {"bench/trunkbench/scapy_layers.py"}
    eager = [
        label(path)
        for path in all_files()
        if "tests" not in path.parts and "scapy" in path.read_text(encoding="utf-8")
        for _, name in imports_of(path, at_import=True)
        if name == SCAPY_HOME
    ]
    assert eager == [], "scapy costs more than a second to import: do it inside the function that needs it"


def test_no_event_loop_anywhere() -> None:
    users = {
        label(path)
        for path in all_files()
        for _, name in imports_of(path)
        if name.partition(".")[0] == "asyncio"
    }
    assert users == set(), "decided against (docs/decisions): the pump is the only loop"


def test_loopback_and_decoder_need_no_linux() -> None:
    faults = [
        f"{label(path)}:{line}: imports {name} when it is imported"
        for package in ORDER
        for path in modules(package)
        for line, name in imports_of(path, at_import=True)
        if name.partition(".")[0] in LINUX_ONLY
    ]
    assert faults == []


def test_source_roots_are_not_packages() -> None:
    assert [
        root for root in ("bench", "protocols", "fixtures") if (ROOT / root / "__init__.py").exists()
    ] == []


@pytest.mark.parametrize("package", ORDER)
def test_packages_are_typed(package: str) -> None:
    assert (PACKAGES[package] / "py.typed").exists()


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("import trunkbench", "trunkwire"),
        ("def f():\n    from trunkbench.device import Port", "trunkwire"),
        ("import pytest_trunkbench.plugin", "trunkbench"),
        ("import pytest", "trunkbench"),
    ],
)
def test_an_upward_import_is_seen(source: str, package: str) -> None:
    assert len(list(upward(ast.parse(source), package))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "from os import environ",
        "def f():\n    import random",
        "import numpy as np\nnp.random.default_rng()",
        "from numpy import random",
        "import scapy.all",
        "import rich",
        "open('x')",
        "def f():\n    print(1)",
        "count = 0\ndef f():\n    global count\n    count += 1",
    ],
)
def test_an_impurity_is_seen(source: str) -> None:
    assert list(impure(ast.parse(source))) != []


def upward(module: ast.Module, package: str) -> Iterator[str]:
    """Imports of a higher layer, and of pytest below the plugin."""
    higher = set(ORDER[ORDER.index(package) + 1 :])
    if package != "pytest_trunkbench":
        higher |= {"pytest", "_pytest"}
    for line, name in imports(module):
        if name.partition(".")[0] in higher:
            yield f"{package}, line {line}: imports {name}"


def impure(module: ast.Module) -> Iterator[str]:
    """What a pure module must not do, with its line."""
    for line, name in imports(module):
        top = name.partition(".")[0]
        if top in IMPURE or (top not in WIRE_MAY_IMPORT and top not in sys.stdlib_module_names and top):
            yield f"{line}: imports {name}"
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            yield f"{node.lineno}: calls {node.func.id}()"
        elif isinstance(node, ast.Attribute) and node.attr == "random":
            yield f"{node.lineno}: uses {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and any(alias.name == "random" for alias in node.names):
            yield f"{node.lineno}: imports random from {node.module}"
        elif isinstance(node, ast.Global):
            yield f"{node.lineno}: rebinds the global {', '.join(node.names)}"
