"""The `--where` grammar: what holds, what is refused and at which column, and that nothing else happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkbench.trace.where import DEEPEST, LONGEST, PROTOCOLS, WhereError, parse_where

FIELDS = {
    "frame.number": ["7"],
    "frame.time_epoch": ["1246900000.500000000"],
    "lapd.tei": ["0"],
    "lapd.control.ftype": ["0x0001"],
    "q931.cause_value": ["16", "34"],
    "q931.message_type": ["0x45"],
    "q931.called_party_number.digits": ["0300"],
    "q931.display_information": ['he said "no"'],
    "q931.call_ref": ["0041"],
}
KNOWN = frozenset({*FIELDS, "q931.segment"})


def holds(expression: str) -> bool:
    return parse_where(expression, KNOWN)(FIELDS)


@pytest.mark.parametrize(
    "expression",
    [
        "q931.cause_value == 34",
        "q931.cause_value eq 0x22",
        "q931.cause_value == 34 and lapd.tei == 0",
        "q931.cause_value==34&&lapd.tei==0",
        "q931.cause_value > 33",
        "q931.cause_value < 17",
        "q931.cause_value >= 34 and q931.cause_value <= 16",
        "q931.cause_value != 17",
        "not q931.cause_value == 17",
        "!(q931.cause_value == 17 or lapd.tei == 1)",
        "q931.cause_value in {1, 34}",
        "q931.cause_value in {1 34}",
        "q931.message_type == 69",
        'q931.called_party_number.digits == "0300"',
        "q931.called_party_number.digits == 0300",
        "q931.called_party_number.digits contains '30'",
        'q931.called_party_number.digits matches "^0+3"',
        'q931.display_information contains "NO" or q931.display_information matches "NO"',
        r"q931.display_information == 'he said \"no\"'",
        r'q931.display_information == "he said \x22no\""',
        "q931.call_ref == 00:41",
        "q931.call_ref > 00:40",
        "frame.time_epoch > 1246900000.499999999",
        "frame.time_epoch == 1246900000.5",
        "frame.number == 7.0",
        "lapd.tei == false",
        "lapd.control.ftype == true",
        "q931",
        "lapd and frame",
        "q931.call_ref",
        "lapd.tei == 1 or lapd.tei == 0 and q931",
    ],
)
def test_what_holds(expression: str) -> None:
    assert holds(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "q931.cause_value != 34",
        "q931.cause_value != 16",
        "not q931.cause_value == 34",
        "q931.segment",
        "q931.segment == 1",
        "q931.segment != 1",
        "q931.cause_value in {1, 2}",
        "q931.called_party_number.digits == 300",
        "q931.called_party_number.digits > 1",
        "q931.display_information == 7",
        "q931.call_ref == 00:42",
        'q931.call_ref == "00:41"',
        "(lapd.tei == 1 or lapd.tei == 0) and not q931",
        "frame.number < 7",
        "frame.number > 7",
        "frame.number != 7",
        'q931.display_information contains "NO"',
    ],
)
def test_what_does_not_hold(expression: str) -> None:
    assert not holds(expression)


@pytest.mark.parametrize(
    ("expression", "column", "says"),
    [
        ("", 1, "the expression ends where a field's name is due"),
        ("lapd.tei ==", 12, "the expression ends where a value is due"),
        ("lapd.tei == 0 lapd.tei", 15, "'lapd.tei' stands where"),
        ("(lapd.tei == 0", 15, 'where ")" is due'),
        ("lapd.tie == 0", 1, "there is no field 'lapd.tie'; did you mean lapd.tei"),
        ("lapd.tei = 0", 10, "'=' cannot stand here"),
        ("lapd.tei == 'x", 13, "this text has no end"),
        ("lapd.tei in 3", 13, 'where "{" is due'),
        ("lapd.tei in {3", 15, 'where "," or "}" is due'),
        ("lapd.tei in {}", 14, "where a value is due"),
        ("lapd.tei matches 3", 18, "where a pattern in quotes is due"),
        ("lapd.tei matches '('", 18, "no regular expression"),
        ("lapd.tei == __import__", 13, "'__import__' stands where a value is due"),
        ("lapd.tei == 0 and", 18, "the expression ends"),
        ("and", 1, "'and' stands where a field's name is due"),
        ("__import__('os')", 1, "there is no field '__import__'"),
        ("lapd.tei == 08x", 13, "cannot stand here"),
        ("!" * (DEEPEST + 1) + "lapd.tei", DEEPEST + 1, "levels within each other"),
        ("(" * 2000 + "lapd.tei", DEEPEST + 1, "levels within each other"),
        ("x" * (LONGEST + 1), LONGEST + 1, "characters"),
    ],
)
def test_what_is_refused_and_where(expression: str, column: int, says: str) -> None:
    with pytest.raises(WhereError) as refused:
        parse_where(expression, KNOWN)
    assert refused.value.column == column
    assert f"column {column}" in str(refused.value)
    assert says in str(refused.value)
    shown, mark = str(refused.value).splitlines()[1:]
    if column <= len(expression):
        assert shown[mark.index("^")] == expression[column - 1]


def test_the_fields_that_are_asked_for_are_told() -> None:
    assert parse_where("lapd.tei == 0 or not q931", KNOWN).names == {"lapd.tei", "q931."}
    assert frozenset(("frame", "lapd", "q931")) == PROTOCOLS


SIGNS = ("and", "or", "not", "!", "(", ")", "==", "!=", "<", ">=", "in", "{", "}", ",", "contains", "matches")
VALUES = ("34", "0x22", "'a'", '"', "00:41", "true", "\\", "\x00", "é", "=", ".5", "-1")
words = st.sampled_from((*sorted(KNOWN), "q931", *SIGNS, *VALUES))


@given(st.lists(words, max_size=12).map(" ".join) | st.text(max_size=30))
def test_any_text_is_understood_or_refused(expression: str) -> None:
    where = column = None
    try:
        where = parse_where(expression, KNOWN)
    except WhereError as refused:
        column = refused.column
    if where is None:
        assert column is not None
        assert 1 <= column <= len(expression) + 1
        return
    assert where(FIELDS) in (True, False)
    assert where({}) in (True, False)


def test_a_pattern_takes_time_in_proportion_to_the_text() -> None:
    """Python's own patterns would try 2 ** 40 ways through this one."""
    where = parse_where('q931.display_information matches "(a+)+$"', KNOWN)
    assert not where({"q931.display_information": ["a" * 40 + "!"]})
    assert where({"q931.display_information": ["!" + "A" * 40]})


@pytest.mark.parametrize("pattern", [r"(a)\1", "a{1000}{1000}", "((a{100}){100}){100}", "[", "*", "\ud800"])
def test_a_pattern_that_cannot_be_matched_so_is_refused(pattern: str) -> None:
    with pytest.raises(WhereError, match="no regular expression"):
        parse_where(f'q931.display_information matches "{pattern}"', KNOWN)
