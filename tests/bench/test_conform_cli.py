"""`trunkbench conform` on the command line: selection, exit codes, and the reports it writes."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from trunkbench import cli
from trunkbench.conform.case import Case, CaseResult, Verdict
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.session import Session
from trunkwire.side import Side

GROUP = "q931/user/U4/valid"
VOID = {"meta", "br"}


def test_a_group_that_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["conform", "--role", "user", GROUP]) == 0
    out, err = capsys.readouterr()
    assert GROUP in out
    assert "cases passed" in out.splitlines()[-1]
    assert f": {GROUP}: 0 failed" in err


def test_the_list_names_purpose_clause_and_steps(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["conform", "--role", "user", "--list", "-v", f"{GROUP}/connect"]) == 0
    out = capsys.readouterr().out
    assert "Q931.U04_V_" in out
    assert "CONNECT is answered by CONNECT ACKNOWLEDGE and the call is active. (5.1.8)" in out
    assert "expect CONNECT ACKNOWLEDGE" in out


@pytest.mark.parametrize("pattern", ["q931/*/U4/valid/connect", "q931/user/U4/valid/conn*", "Q931.U04_V_*"])
def test_wildcards(pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["conform", "--role", "user", "--list", pattern]) == 0
    assert f"{GROUP}/connect\n" in capsys.readouterr().out


def test_a_group_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["conform", "--role", "network", GROUP]) == 2
    assert f"no case matches '{GROUP}'" in capsys.readouterr().err


def test_json_has_an_object_a_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["conform", "--role", "user", "--json", GROUP]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["verdict"] for row in rows} == {"pass"}
    assert {row["path"].rpartition("/")[0] for row in rows} == {GROUP}
    assert all(row["purpose"] and row["clause"] and row["id"].startswith("Q931.U04_V_") for row in rows)


def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case fails by its third frame, but those called `connect`, which give no verdict."""
    run = Session.run

    def judged(session: Session, case: Case) -> CaseResult:
        result = run(session, case)
        verdict = Verdict.INCONCLUSIVE if case.name == "connect" else Verdict.FAIL
        return CaseResult(case, verdict, "as <told> & so", 2, result.records, ("a note",), 1.0)

    monkeypatch.setattr(Session, "run", judged)


def test_a_failure_is_told_with_its_frame_and_ladder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deaf(monkeypatch)
    assert cli.main(["conform", "--role", "user", f"{GROUP}/disconnect"]) == 1
    out = capsys.readouterr().out
    assert "as <told> & so" in out
    assert "decided by frame 3 at " in out
    assert "DISCONNECT ────" in out
    assert "1 of 1 cases failed" in out


def test_no_verdict_is_not_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf(monkeypatch)
    assert cli.main(["conform", "--role", "user", f"{GROUP}/connect"]) == 3


def test_junit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deaf(monkeypatch)
    file = tmp_path / "conform.xml"
    assert cli.main(["conform", "--role", "user", "--junit", str(file), GROUP]) == 1
    root = ElementTree.fromstring(file.read_text(encoding="utf-8"))
    (suite,) = root.findall("testsuite")
    cases = suite.findall("testcase")
    assert suite.get("name") == GROUP
    assert (suite.get("tests"), suite.get("skipped")) == (str(len(cases)), "1")
    assert len(suite.findall("testcase/failure")) == len(cases) - 1 == int(suite.get("failures") or 0)
    text = suite.findall("testcase/failure")[0].text
    assert text is not None
    assert "as <told> & so" in text
    assert "tester (network)" in text


class Balanced(HTMLParser):
    """Every element that is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more."""
        values = dict(attrs)
        self.links += [str(values["href"])] if "href" in values else []
        self.ids += [str(values["id"])] if "id" in values else []
        self.loads += [tag] if "src" in values or tag == "link" else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The last one that was opened."""
        assert self.open.pop() == tag


def test_html_is_one_page_that_loads_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deaf(monkeypatch)
    file = tmp_path / "conform.html"
    assert cli.main(["conform", "--role", "user", "--html", str(file), "q931/user/U4"]) == 1
    text = file.read_text(encoding="utf-8")
    page = Balanced()
    page.feed(text)
    assert page.open == []
    assert page.loads == []
    assert {link.removeprefix("#") for link in page.links} == set(page.ids)
    assert "as &lt;told&gt; &amp; so" in text
    assert text.startswith("<!DOCTYPE html>")


def test_what_was_done_before_ctrl_c_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, count = Session.run, iter(range(100))

    def interrupted(session: Session, case: Case) -> CaseResult:
        if next(count) == 3:
            session.tester.bring_up()
            for step in case.preamble:
                step.run(session.tester)
            raise KeyboardInterrupt
        return run(session, case)

    monkeypatch.setattr(Session, "run", interrupted)
    file = tmp_path / "conform.xml"
    assert cli.main(["conform", "--role", "user", "--junit", str(file), GROUP]) == 130
    assert len(ElementTree.fromstring(file.read_text(encoding="utf-8")).findall(".//testcase")) == 3
    out, err = capsys.readouterr()
    asked = len(select(catalogue(Side.USER), [GROUP]))
    assert f"broken off, 3 of {asked} cases were run" in out.splitlines()[-1]
    assert "3 of " in err
    assert "nothing is left over" in err


def test_a_report_that_cannot_be_written_is_found_out_before_the_run(tmp_path: Path) -> None:
    assert cli.main(["conform", "--role", "user", "--html", str(tmp_path / "no" / "c.html"), GROUP]) == 5
