"""The style and the script of an acceptance's page. Without the script the page can be read all the same."""

from __future__ import annotations

STYLE = """
* { box-sizing: border-box; }
body { max-width: 88rem; margin: 1.5rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; } h2 { font-size: 1.1rem; margin: 1.6rem 0 .4rem; }
p { margin: .3rem 0; } a { color: var(--note); } .soft { color: var(--soft); }
.figures { display: flex; gap: 2rem; font-size: 1.1rem; margin: 1rem 0; } .figures b { font-size: 1.6rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0;
  border-bottom: 1px solid var(--line); overflow-wrap: normal; }
#numbers { font-size: .87rem; } #numbers th:nth-child(2) { white-space: nowrap; }
#numbers td:nth-child(2), #numbers td:first-child a { white-space: nowrap; }
#numbers th, #numbers td { padding-right: .6rem; }
#numbers tr > :nth-child(n + 4):nth-child(-n + 6) { min-width: 5rem; overflow-wrap: anywhere; }
details { border: 1px solid var(--line); border-radius: .3rem; margin: .3rem 0; }
details.row { border-left: .4rem solid var(--line); }
summary { padding: .3rem .6rem; cursor: pointer; } summary span { color: var(--soft); }
.body { padding: 0 .9rem .6rem; } .body table { font-size: .9rem; }
ul.checks { list-style: none; margin: .3rem 0; padding: 0; }
details.held { border-left-color: var(--good); } details.failed { border-left-color: var(--bad); }
details.skipped { border-left-color: var(--doubt); }
.held b, #numbers .held > td:nth-child(2) { color: var(--good); }
.failed b, #numbers .failed > td:nth-child(2), tr.failed > td:nth-child(n + 3) { color: var(--bad); }
.skipped b, #numbers .skipped > td:nth-child(2) { color: var(--doubt); }
#numbers tr.failed > td:nth-child(n + 3) { color: inherit; }
details .held b { color: var(--good); } details .failed b { color: var(--bad); }
.tools { display: none; position: sticky; top: 0; gap: .6rem; align-items: center; flex-wrap: wrap;
  background: var(--paper); border-bottom: 1px solid var(--line); padding: .5rem 0; margin-top: 1rem; }
.js .tools { display: flex; } .tools input[type=search] { min-width: 16rem; }
.tools input, .tools button { font: inherit; color: inherit; background: var(--back);
  border: 1px solid var(--line); border-radius: .3rem; padding: .15rem .5rem; }
.hidden { display: none; }
@media print { .tools { display: none !important; } body { max-width: none; } }
"""

SCRIPT = """\
"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  document.documentElement.classList.add("js");
  const find = one("find"), failed = one("failed"), count = one("count");
  const rows = all("details.row"), sections = all("section");
  const texts = rows.map((row) => {
    const head = row.closest("section").querySelector("h2").textContent;
    return `${head} ${row.textContent}`.toLowerCase();
  });

  const show = () => {
    const wanted = find.value.trim().toLowerCase();
    let shown = 0;
    rows.forEach((row, index) => {
      const fits = texts[index].includes(wanted) && (!failed.checked || row.classList.contains("failed"));
      row.classList.toggle("hidden", !fits);
      shown += fits ? 1 : 0;
    });
    for (const section of sections) {
      section.classList.toggle("hidden", all("details.row:not(.hidden)", section).length === 0);
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  };

  const set = (open) => () => {
    for (const row of rows) { if (!row.classList.contains("hidden")) { row.open = open; } }
  };
  find.addEventListener("input", show);
  failed.addEventListener("change", show);
  one("open").addEventListener("click", set(true));
  one("close").addEventListener("click", set(false));
  show();
})();
"""
