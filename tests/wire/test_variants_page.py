"""docs/variants.md says what the declarations say."""

from __future__ import annotations

import dataclasses

from variantpage import BEGIN, END, PAGE, ROWS, page_with, tables

from trunkwire.q931.variants import VARIANTS, Variant


def test_the_page_is_made_from_the_declarations() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page_with(tables(), text), "run tests/wire/variantpage.py as a program"
    assert text.count(BEGIN) == text.count(END) == 1


def test_every_field_of_a_variant_shows() -> None:
    """A change of any field changes the page; the name stands for all that other rows say."""
    made = tables()
    for name in VARIANTS:
        assert f"`{name}`" in made
    shown = {
        "symmetric": "both sides alike",
        "restart_at_start": "RESTART at the start",
        "exclusive_only": "channel may be preferred, or any",
        "explicit_interface": "interface may be named (NFAS)",
        "overlap": "digits behind SETUP (overlap)",
    }
    fields = {field.name for field in dataclasses.fields(Variant)}
    plain = VARIANTS["q931"]
    for field, row in shown.items():
        assert field in fields
        values = {name: getattr(plain, name) for name in fields} | {field: not getattr(plain, field)}
        changed = Variant(**values)
        assert ROWS[row](changed) != ROWS[row](plain)
