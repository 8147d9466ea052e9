"""The known deviations of other implementations: data, checked against what the suite says, and told in
the docs.

A file has two lists. `[[deviation]]`: `cases` (paths, wildcards allowed), `clause`, what the clause
`asks`, what the implementation `does`, and a `reading` of who is wrong. `[[open]]`: cases that give no
verdict, and why.
"""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


class Deviation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cases that an implementation fails, for one reason."""

    cases: tuple[str, ...]
    clause: str
    asks: str
    does: str
    reading: str


class Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cases that give no verdict."""

    cases: tuple[str, ...]
    why: str


class Deviations(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file."""

    deviation: tuple[Deviation, ...] = ()
    open: tuple[Open, ...] = ()


def load(name: str) -> Deviations:
    """The deviations of the implementation of that name, from the file beside this one."""
    text = Path(__file__).with_name(f"conform_{name}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Deviations)


def matching(patterns: Sequence[str], paths: Sequence[str]) -> set[str]:
    """The paths that any of the patterns names."""
    return {path for path in paths if any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)}


def complaints(known: Deviations, verdicts: Mapping[str, str]) -> list[str]:
    """What the file and the verdicts (path -> verdict) say differently, a line each."""
    found: list[str] = []
    lists: dict[str, tuple[Deviation | Open, ...]] = {"fail": known.deviation, "inconclusive": known.open}
    for verdict, entries in lists.items():
        actual = {path for path, each in verdicts.items() if each == verdict}
        listed: dict[str, int] = {}
        for number, entry in enumerate(entries, 1):
            for pattern in entry.cases:
                named = matching([pattern], list(verdicts))
                if not named:
                    found.append(f"{verdict} entry {number}: {pattern!r} names no case")
                for path in sorted(named):
                    if path in listed:
                        found.append(
                            f"{path} is listed twice ({verdict} entries {listed[path]} and {number})"
                        )
                    listed[path] = number
        found += [f"new: {path} is {verdict} and is not listed" for path in sorted(actual - set(listed))]
        found += [
            f"gone: {path} is listed as {verdict} and is {verdicts[path]}"
            for path in sorted(set(listed) - actual)
        ]
    return found


def render(title: str, known: Deviations, verdicts: Mapping[str, str]) -> str:
    """The section of the document about one implementation."""
    counts = {verdict: list(verdicts.values()).count(verdict) for verdict in ("pass", "fail", "inconclusive")}
    lines = [
        f"### {title}",
        "",
        f"{len(verdicts)} cases: {counts['pass']} pass, {counts['fail']} fail, "
        f"{counts['inconclusive']} inconclusive.",
        "",
        "| clause | what it asks | what this does | reading | cases |",
        "|---|---|---|---|---|",
    ]
    for entry in known.deviation:
        cases = f"{len(matching(entry.cases, list(verdicts)))}: " + ", ".join(f"`{p}`" for p in entry.cases)
        lines.append(f"| {entry.clause} | {entry.asks} | {entry.does} | {entry.reading} | {cases} |")
    lines += ["", "Without a verdict:", ""]
    for undecided in known.open:
        lines.append(f"- {', '.join(f'`{pattern}`' for pattern in undecided.cases)}: {undecided.why}")
    return "\n".join(lines) + "\n"


def marks(name: str) -> tuple[str, str]:
    """The lines between which an implementation's section stands."""
    return f"<!-- {name}: written by make deviations -->\n", f"<!-- end of {name} -->\n"


def section(name: str, document: str) -> str:
    """What the document says of an implementation. Raises ValueError without its marks."""
    begin, end = marks(name)
    if begin not in document or end not in document:
        raise ValueError(f"docs/conformance.md has no marks for {name}")
    return document.partition(begin)[2].partition(end)[0]


def replaced(name: str, document: str, text: str) -> str:
    """The document with that section in place of the one that it has."""
    begin, end = marks(name)
    return document.replace(begin + section(name, document) + end, begin + text + end)
