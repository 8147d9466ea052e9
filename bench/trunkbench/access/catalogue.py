"""The access services in words, English and Chinese: what each is, who gets through, how it is configured.

The words stand in `data/services.toml`; `trunkbench services` prints them, and docs/services.md is made of
them (a test compares).
"""

from __future__ import annotations

import textwrap
import tomllib
from dataclasses import dataclass
from importlib import resources

_COLUMNS = 118


@dataclass(frozen=True, slots=True)
class Entry:
    """One service. `table` is its table in the configuration, `example` that table as it is written."""

    key: str
    title: str
    title_zh: str
    table: str
    text: str
    text_zh: str
    example: str


def catalogue() -> tuple[Entry, ...]:
    """All services, in the order in which they are told."""
    text = (resources.files("trunkbench") / "data" / "services.toml").read_text(encoding="utf-8")
    return tuple(_entry(table) for table in tomllib.loads(text)["service"])


def _entry(table: dict[str, str]) -> Entry:
    english = " ".join(table["text"].split())
    chinese = "".join(table["text_zh"].splitlines())  # no blanks between lines: Chinese has none
    return Entry(
        table["key"],
        table["title"],
        table["title_zh"],
        table["table"],
        english,
        chinese,
        table["example"].strip(),
    )


def page() -> str:
    """docs/services.md."""
    parts = [_HEAD]
    for n, entry in enumerate(catalogue(), 1):
        parts.append(f"## {n}. {entry.title} ({entry.title_zh})\n")
        parts.append(textwrap.fill(entry.text, _COLUMNS) + "\n")
        parts.append("\n".join(folded(entry.text_zh, _COLUMNS)) + "\n")
        parts.append(f"```text\n{entry.example}\n```\n")
    return "\n".join(parts)


_HEAD = """\
# The numbers people dial (接入号码)

A company chooses an access number for its customers. These are the services there are, what each caller
experiences when several call at once, and the table of a bench's configuration that describes it.
`trunkbench services` prints the same; `trunkbench services --hw FILE` lists the numbers of a configuration,
with how many calls at once each is sold for.

```console
$ trunkbench services one-number
$ trunkbench services --lang zh 400-800
```

The exchange that provides them is a model (`trunkbench.access`), which [simulate](simulate.md) runs under
random load. Numbers may be written with dashes and spaces. Within the area of `[access] area` they can be
dialled without its code. All keys are in [configuration](configuration.md); how leased channels are measured
is told in [leased](leased.md).

`--hw FILE` also says what each number looks like. The plan of the configuration decides what exists; this
rejects nothing. Where `phonenumbers` is installed (`pip install 'trunkbench[numbers]'`) it answers for the
country of `[access] country`, and with `--areas` names the place; without it a few rules of China's numbering
plan do.

```python
from trunkbench.access.classify import area_of, classify, is_mobile

assert classify("4008001234").kind == "shared cost"
assert classify("8008101234").kind == "toll-free"
assert classify("95566").kind == "short code"
assert classify("86082660", area="028").kind == "fixed line"
assert classify("99") is None
assert is_mobile("13800138000")
assert area_of("02886082660", ["010", "028"]) == "028"
```
"""


def folded(text: str, columns: int) -> list[str]:
    """Chinese text in lines of so many columns: it breaks anywhere but before a mark and inside a word."""
    lines, line, width = [], "", 0
    for word in _words(text):
        size = sum(2 if ord(each) > _WIDE else 1 for each in word)
        if width + size > columns and word not in "，。；：、）":
            lines.append(line.rstrip())
            line, width = "", 0
            word = word.lstrip()
        line, width = line + word, width + size
    return [*lines, line]


_WIDE = 0x2E80
"""From here on characters take two columns."""


def _words(text: str) -> list[str]:
    """Single Chinese characters; digits and Latin letters stay together."""
    found: list[str] = []
    for each in text:
        if found and ord(each) < _WIDE and each != " " and ord(found[-1][-1]) < _WIDE and found[-1] != " ":
            found[-1] += each
        else:
            found.append(each)
    return found
