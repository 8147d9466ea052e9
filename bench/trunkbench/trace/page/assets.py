"""The style and the script of a page. Without the script the page can be read all the same."""

from __future__ import annotations

from trunkbench.trace.page.svg import COLOURS

STYLE = (
    """\
* { box-sizing: border-box; }
body { max-width: 76rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
a { color: var(--note); } p { margin: .3rem 0; } .soft { color: var(--soft); }
.tools { display: none; position: sticky; top: 0; gap: .6rem; align-items: center; flex-wrap: wrap;
  z-index: 1;
  background: var(--paper); border-bottom: 1px solid var(--line); padding: .5rem 0; }
.js .tools { display: flex; } .tools input[type=search] { min-width: 16rem; }
.tools select { max-width: 24rem; }
.tools input, .tools select, .tools button { font: inherit; color: inherit; background: var(--back);
  border: 1px solid var(--line); border-radius: .3rem; padding: .15rem .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
th, td { text-align: left; padding: .15rem .6rem .15rem 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
td.text { white-space: normal; } .bar { width: 12rem; height: .7rem; display: block; }
.bar rect { fill: var(--line); } .bar .up { fill: var(--note); }
details { border: 1px solid var(--line); border-left: .3rem solid var(--line); border-radius: .3rem;
  margin: .25rem 0; }
summary { padding: .25rem .6rem; cursor: pointer; } .body { padding: 0 .9rem .5rem; }
.fault { border-left-color: var(--bad); } .suspect { border-left-color: var(--doubt); }
.note { border-left-color: var(--note); }
.fault b { color: var(--bad); } .suspect b { color: var(--doubt); }
.frame { border-width: 0 0 0 .3rem; border-radius: 0; margin: 0; }
.frame.odd { border-left-color: var(--doubt); }
.frame.broken { border-left-color: var(--bad); } .frame:target, .frame.here { background: var(--mark); }
.frame summary, pre { font: 12.5px/1.45 ui-monospace, monospace; unicode-bidi: isolate-override;
  direction: ltr; white-space: pre-wrap; overflow-wrap: anywhere; }
.frame summary { padding: .05rem .5rem .05rem 8em; text-indent: -8em; }
pre { background: var(--back); padding: .5rem; margin: .2rem 0 .5rem; }
.call { border-top: 1px solid var(--line); padding: .8rem 0; overflow-x: auto; }
.call svg { max-width: none; }
.hidden { display: none; } ul { margin: .3rem 0; padding-left: 1.3rem; }
"""
    + COLOURS
)

SCRIPT = """\
"use strict";
(() => {
  const one = (id) => document.getElementById(id);
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  document.documentElement.classList.add("js");
  const find = one("find"), call = one("call"), layer2 = one("layer2"), count = one("count");
  const frames = all("details.frame"), calls = all("section.call");
  const texts = frames.map((frame) => frame.textContent.toLowerCase());
  let shown = frames, place = -1;

  const show = () => {
    const wanted = find.value.trim().toLowerCase(), number = call.value;
    shown = frames.filter((frame, index) => {
      const fits = texts[index].includes(wanted) && (!number || frame.dataset.call === number)
        && (layer2.checked || frame.dataset.message === "1" || wanted !== "");
      frame.classList.toggle("hidden", !fits);
      return fits;
    });
    for (const ladder of calls) {
      ladder.classList.toggle("hidden", Boolean(number) && ladder.dataset.call !== number);
    }
    place = -1;
    count.textContent = `${shown.length} of ${frames.length} frames`;
  };

  const go = (frame) => {
    frame.classList.remove("hidden");
    frame.open = true;
    for (const other of all(".frame.here")) { other.classList.remove("here"); }
    frame.classList.add("here");
    frame.firstElementChild.scrollIntoView({ block: "center" });
  };

  const follow = () => {
    const wanted = decodeURIComponent(location.hash.slice(1));
    if (wanted.startsWith("find=")) {
      find.value = wanted.slice(5);
      show();
    } else if (wanted.startsWith("call=")) {
      call.value = wanted.slice(5);
      show();
    } else if (/^f[0-9]+$/.test(wanted)) {
      const frame = one(wanted);
      if (frame) { go(frame); }
    }
  };

  find.addEventListener("input", show);
  call.addEventListener("change", show);
  layer2.addEventListener("change", show);
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && shown.length) {
      event.preventDefault();
      place = (place + (event.shiftKey ? shown.length - 1 : 1)) % shown.length;
      go(shown[place]);
      find.focus();
    }
  });
  one("open").addEventListener("click", () => { for (const frame of shown) { frame.open = true; } });
  one("close").addEventListener("click", () => { for (const frame of frames) { frame.open = false; } });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='#f']") : null;
    const frame = link ? one(link.getAttribute("href").slice(1)) : null;
    if (frame) { go(frame); }
  });
  addEventListener("hashchange", follow);
  show();
  follow();
})();
"""
