"""A conformance run as JUnit XML, for a CI server: a suite a group, a case a case."""

from __future__ import annotations

import re
from itertools import groupby
from xml.etree import ElementTree

from trunkbench.conform.case import CaseResult, Summary, Verdict

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold (section 2.2)."""


def junit(summary: Summary, name: str) -> str:
    """The document. Inconclusive cases are `skipped`, with the reason."""
    root = ElementTree.Element("testsuites", {"name": name, **_counts(summary.results)})
    for group, results in groupby(summary.results, key=lambda result: result.case.group):
        of_group = list(results)
        suite = ElementTree.SubElement(root, "testsuite", {"name": group, **_counts(of_group)})
        for result in of_group:
            _case(suite, result)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _counts(results: list[CaseResult]) -> dict[str, str]:
    tally = {verdict: sum(result.verdict is verdict for result in results) for verdict in Verdict}
    return {
        "tests": str(len(results)),
        "failures": str(tally[Verdict.FAIL]),
        "skipped": str(tally[Verdict.INCONCLUSIVE]),
        "time": f"{sum(result.line_time_s for result in results):.6f}",
    }


def _case(suite: ElementTree.Element, result: CaseResult) -> None:
    case = result.case
    element = ElementTree.SubElement(
        suite,
        "testcase",
        classname=case.group.replace("/", "."),
        name=f"{case.id} {case.name}",
        time=f"{result.line_time_s:.6f}",
    )
    properties = ElementTree.SubElement(element, "properties")
    for key, value in (("purpose", case.purpose), ("clause", case.clause), ("state", case.state)):
        ElementTree.SubElement(properties, "property", name=key, value=value)
    if result.verdict is Verdict.PASS:
        return
    tag = "failure" if result.verdict is Verdict.FAIL else "skipped"
    told = ElementTree.SubElement(element, tag, message=_clean(result.reason))
    decided = f"decided by {result.decided_by}\n" if result.frame is not None else ""
    told.text = _clean(f"{case.purpose} ({case.clause})\n{result.reason}\n{decided}\n{result.ladder()}")


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
