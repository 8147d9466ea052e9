"""A conformance run as one self-contained HTML page: nothing is loaded from anywhere."""

from __future__ import annotations

from html import escape
from itertools import groupby

from trunkbench.conform.case import CaseResult, Summary, Verdict
from trunkbench.pages import head

_STYLE = """
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
td a { color: inherit; }
details { border: 1px solid var(--line); border-left: .4rem solid; border-radius: .3rem; margin: .3rem 0; }
details.pass { border-left-color: var(--good); } details.fail { border-left-color: var(--bad); }
details.inconclusive { border-left-color: var(--doubt); }
summary { padding: .3rem .6rem; cursor: pointer; } summary code { margin-right: .6rem; }
.body { padding: 0 .9rem .6rem; }
pre { background: var(--back); padding: .6rem; overflow-x: auto; line-height: 1.3; }
.pass b { color: var(--good); } .fail b { color: var(--bad); }
.inconclusive b { color: var(--doubt); }
.figures { display: flex; gap: 2rem; font-size: 1.1rem; margin: 1rem 0; }
.figures b { font-size: 1.6rem; }
"""


def html(summary: Summary, name: str, headline: str) -> str:
    """The page: figures, the table of groups, and every case with its purpose, steps and ladder."""
    groups = [
        (group, list(results)) for group, results in groupby(summary.results, key=lambda r: r.case.group)
    ]
    parts = [
        head(f"Conformance of {name}", _STYLE),
        f"<h1>Conformance of {escape(name)}</h1><p>{escape(headline)}</p>",
        '<div class="figures">',
        *(
            f'<span class="{verdict.value}"><b>{summary.count(verdict)}</b> {verdict.value}</span>'
            for verdict in Verdict
        ),
        "</div>",
        _table(groups),
        *(_group(group, results) for group, results in groups),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _anchor(group: str) -> str:
    return group.replace("/", "-")


def _table(groups: list[tuple[str, list[CaseResult]]]) -> str:
    heads = "".join(
        f"<th>{word}</th>" for word in ("group", "cases", *(verdict.value for verdict in Verdict))
    )
    rows = []
    for group, results in groups:
        counts = [sum(result.verdict is verdict for result in results) for verdict in Verdict]
        cells = "".join(f"<td>{count or '–'}</td>" for count in counts)
        link = f'<a href="#{escape(_anchor(group))}">{escape(group)}</a>'
        rows.append(f"<tr><td>{link}</td><td>{len(results)}</td>{cells}</tr>")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _group(group: str, results: list[CaseResult]) -> str:
    cases = "\n".join(_case(result) for result in results)
    return f'<h2 id="{escape(_anchor(group))}">{escape(group)}</h2>\n{cases}'


def _case(result: CaseResult) -> str:
    case, verdict = result.case, result.verdict.value
    opened = " open" if result.verdict is Verdict.FAIL else ""
    steps = "".join(f"<li>{escape(step)}</li>" for step in case.steps())
    told = f"<p><b>{verdict}</b>"
    if result.reason:
        told += f": {escape(result.reason)}"
    if result.frame is not None:
        told += f"<br>decided by frame {result.frame + 1}: <code>{escape(result.decided_by)}</code>"
    told += "</p>" + "".join(f"<p>{escape(note)}</p>" for note in result.notes)
    return (
        f'<details class="{verdict}"{opened}><summary><code>{escape(case.id)}</code>'
        f"{escape(case.name)} <b>{verdict}</b></summary>"
        f'<div class="body"><p>{escape(case.purpose)} <i>({escape(case.clause)})</i></p>{told}'
        f"<ol>{steps}</ol><pre>{escape(result.ladder())}</pre></div></details>"
    )
