"""The project's Python files as syntax trees, for the tests that look at the code itself."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = {
    "trunkwire": ROOT / "protocols" / "trunkwire",
    "trunkbench": ROOT / "bench" / "trunkbench",
    "pytest_trunkbench": ROOT / "fixtures" / "pytest_trunkbench",
}
"""Import package -> its folder, lowest layer first."""


def modules(package: str) -> Iterator[Path]:
    """Every Python file of an import package."""
    return iter(sorted(PACKAGES[package].rglob("*.py")))


def all_files() -> list[Path]:
    """Every Python file of the repository's own folders."""
    folders = [*PACKAGES.values(), ROOT / "tests", ROOT / "benchmarks"]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@functools.cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """Every statement below a node, however deep; nothing within expressions."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from statements(child)


def label(path: Path) -> str:
    """A file as a message names it."""
    return path.relative_to(ROOT).as_posix()


def imports(node: ast.AST, *, at_import: bool = False) -> Iterator[tuple[int, str]]:
    """(line, absolute module name) of every import below `node`.

    `at_import`: only those that run when the module is imported: not in functions, not under TYPE_CHECKING.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((child.lineno, alias.name) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield child.lineno, "." * child.level + (child.module or "")
        elif isinstance(child, ast.expr):
            continue  # no statement stands within an expression
        elif at_import and (isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) or _for_types(child)):
            continue
        else:
            yield from imports(child, at_import=at_import)


@functools.cache
def imports_of(path: Path, *, at_import: bool = False) -> tuple[tuple[int, str], ...]:
    """`imports` of a file."""
    return tuple(imports(tree(path), at_import=at_import))


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def forget() -> None:
    """Give the trees back: a million nodes that stay would burden every later test of the same process."""
    tree.cache_clear()
    imports_of.cache_clear()
