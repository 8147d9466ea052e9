"""The `--where` grammar: Wireshark's field names compared with values, read by a small parser of its own.

    expression  = term { ("or" | "||") term }
    term        = factor { ("and" | "&&") factor }
    factor      = ("not" | "!") factor | "(" expression ")" | test
    test        = NAME [ comparison value | "in" "{" value { "," value } "}"
                       | "contains" value | "matches" STRING ]
    comparison  = "==" | "!=" | "<" | "<=" | ">" | ">=" or eq, ne, lt, le, gt, ge
    value       = number (34, 0x22, -1, 1.5) | octets (80:90) | "text" | 'text' | true | false

A name alone asks whether the field is there; `lapd` or `q931` alone, whether any of theirs is. A field may
occur several times in a frame: a test holds if it holds for any occurrence, but `!=` only if it holds for all
of them, and no test holds of an absent field (as Wireshark 4 has it). Values are what `--fields` prints: a
number is compared as a number with fields that read as one, decimal or hexadecimal; anything else as text.
Nothing is evaluated as a program.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from trunkbench.errors import UsageError

Fields = Mapping[str, Sequence[str]]
"""The fields of a frame: name to the texts of its occurrences."""
Test = Callable[[Fields], bool]

LONGEST = 4096
"""Characters of an expression."""
PROTOCOLS = frozenset({"frame", "lapd", "q931"})
"""Names that stand for all fields that begin so."""
DEEPEST = 40
"""Parentheses and negations within each other."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<octets>[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})+)
    | (?P<number>-?0[xX][0-9A-Fa-f]+(?![\w.])|-?\d+(?:\.\d+)?(?![\w.]))
    | (?P<word>[A-Za-z_][\w.\-]*)
    | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign>==|!=|<=|>=|&&|\|\||[<>!(){},])
    )""",
    re.VERBOSE,
)
_COMPARISONS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
LARGEST_PATTERN = 1 << 20
"""Octets of memory that a compiled pattern may take; a larger one is refused."""

_RESERVED = frozenset({"and", "or", "not", "in", "contains", "matches", "true", "false", *_COMPARISONS})
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)


class WhereError(UsageError):
    """The expression cannot be understood; `column` counts its characters from 1."""

    def __init__(self, expression: str, at: int, problem: str) -> None:
        self.column = at + 1
        first = max(0, at - 60)
        shown = "".join(c if c.isprintable() else " " for c in expression[first : at + 40])
        super().__init__(f"--where, column {self.column}: {problem}\n  {shown}\n  {' ' * (at - first)}^")


@dataclass(frozen=True, slots=True)
class Where:
    """An expression that has been understood. `names` are the fields that it asks for."""

    expression: str
    names: frozenset[str]
    test: Test

    def __call__(self, fields: Fields) -> bool:
        """Whether it holds for a frame."""
        return self.test(fields)


def parse_where(expression: str, known: Collection[str]) -> Where:
    """The test that `expression` states, about fields whose names are in `known`.

    Raises WhereError with the column for what is no expression or names an unknown field.
    """
    if len(expression) > LONGEST:
        raise WhereError(expression, LONGEST, f"an expression may have {LONGEST} characters")
    parser = _Parser(expression, known)
    test = parser.whole()
    return Where(expression, frozenset(parser.names), test)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    """Recursive descent over the tokens; `names` collects the fields."""

    def __init__(self, expression: str, known: Collection[str]) -> None:
        self.expression = expression
        self.known = known
        self.names: set[str] = set()
        self.tokens = self._tokens()
        self.next = 0
        self.depth = 0

    def _tokens(self) -> list[_Token]:
        tokens, at = [], 0
        end = len(self.expression.rstrip())
        while at < end:
            found = _TOKEN.match(self.expression, at)
            if found is None:
                at += len(self.expression[at:]) - len(self.expression[at:].lstrip())
                what = self.expression[at]
                problem = "this text has no end" if what in "\"'" else f"{what!r} cannot stand here"
                raise WhereError(self.expression, at, problem)
            kind = found.lastgroup or ""
            tokens.append(_Token(kind, found[kind], found.start(kind)))
            at = found.end()
        tokens.append(_Token("end", "", end))
        return tokens

    def fail(self, token: _Token, wanted: str) -> WhereError:
        what = "the expression ends" if token.kind == "end" else f"{token.text!r} stands"
        return WhereError(self.expression, token.at, f"{what} where {wanted} is due")

    def peek(self) -> _Token:
        return self.tokens[self.next]

    def take(self, *texts: str) -> bool:
        """Take the next token if it is one of these signs or words."""
        token = self.peek()
        if token.kind in ("sign", "word") and token.text in texts:
            self.next += 1
            return True
        return False

    def whole(self) -> Test:
        test = self.either()
        if self.peek().kind != "end":
            raise self.fail(self.peek(), '"and", "or" or the end')
        return test

    def either(self) -> Test:
        tests = [self.both()]
        while self.take("or", "||"):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda fields: any(test(fields) for test in tests)

    def both(self) -> Test:
        tests = [self.factor()]
        while self.take("and", "&&"):
            tests.append(self.factor())
        return tests[0] if len(tests) == 1 else lambda fields: all(test(fields) for test in tests)

    def factor(self) -> Test:
        self.depth += 1
        token = self.peek()
        if self.depth > DEEPEST:
            raise WhereError(self.expression, token.at, f"more than {DEEPEST} levels within each other")
        try:
            if self.take("not", "!"):
                inner = self.factor()
                return lambda fields: not inner(fields)
            if self.take("("):
                test = self.either()
                if not self.take(")"):
                    raise self.fail(self.peek(), '")"')
                return test
            return self.test()
        finally:
            self.depth -= 1

    def test(self) -> Test:
        if (presence := self.protocol()) is not None:
            return presence
        name = self.name()
        token = self.peek()
        sign = _COMPARISONS.get(token.text, token.text) if token.kind in ("sign", "word") else ""
        if sign in _COMPARE:
            self.next += 1
            return _comparison(name, sign, self.value())
        if self.take("in"):
            return _any_of(name, self.values())
        if self.take("contains"):
            wanted = self.value().text
            return lambda fields: any(wanted in text for text in fields.get(name, ()))
        if self.take("matches"):
            found = self.pattern()
            return lambda fields: any(found(text) for text in fields.get(name, ()))
        return lambda fields: bool(fields.get(name))

    def name(self) -> str:
        token = self.peek()
        if token.kind != "word" or token.text in _RESERVED:
            raise self.fail(token, "a field's name")
        if token.text not in self.known:
            near = difflib.get_close_matches(token.text, list(self.known), 3, 0.6)
            near = near or [name for name in sorted(self.known) if token.text in name][:3]
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise WhereError(self.expression, token.at, f"there is no field {token.text!r}{hint}")
        self.next += 1
        self.names.add(token.text)
        return token.text

    def protocol(self) -> Test | None:
        """The presence of a whole protocol, if its name is next."""
        token = self.peek()
        if token.kind != "word" or token.text not in PROTOCOLS:
            return None
        self.next += 1
        prefix = token.text + "."
        self.names.add(prefix)
        return lambda fields: any(name.startswith(prefix) for name in fields)

    def value(self) -> _Value:
        token = self.peek()
        self.next += 1
        if token.kind == "number":
            return _Value(token.text, _number(token.text), numeric=True)
        if token.kind == "octets":
            return _Value(token.text.replace(":", "").lower(), None, octets=True)
        if token.kind == "text":
            return _Value(_unquoted(token.text), None)
        if token.kind == "word" and token.text in ("true", "false"):
            return _Value(token.text, Decimal(token.text == "true"), numeric=True)
        self.next -= 1
        raise self.fail(token, "a value")

    def values(self) -> list[_Value]:
        if not self.take("{"):
            raise self.fail(self.peek(), '"{"')
        values = [self.value()]
        while not self.take("}"):
            if not self.take(",") and self.peek().kind in ("end", "sign"):
                raise self.fail(self.peek(), '"," or "}"')
            values.append(self.value())
        return values

    def pattern(self) -> Callable[[str], object]:
        """Whether a text has the pattern somewhere. RE2 needs time in proportion to the text, whatever the
        pattern; the patterns of Python itself can need for ever.
        """
        import re2  # only where an expression has a pattern

        token = self.peek()
        if token.kind != "text":
            raise self.fail(token, "a pattern in quotes")
        self.next += 1
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        options.max_mem = LARGEST_PATTERN
        try:
            search: Callable[[str], object] = re2.compile(token.text[1:-1], options).search
        except (re2.error, UnicodeEncodeError) as error:
            reason = error.args[0] if error.args else error
            reason = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
            raise WhereError(self.expression, token.at, f"no regular expression: {reason}") from None
        return search


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of the expression: its text, and its number if it was written as one."""

    text: str
    number: Decimal | None
    numeric: bool = False
    octets: bool = False


_COMPARE: Mapping[str, Callable[[int], bool]] = {
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def _comparison(name: str, sign: str, value: _Value) -> Test:
    holds = _COMPARE[sign]
    every = all if sign == "!=" else any

    def test(fields: Fields) -> bool:
        texts = fields.get(name, ())
        return bool(texts) and every(_held(holds, _order(text, value), sign) for text in texts)

    return test


def _held(holds: Callable[[int], bool], order: int | None, sign: str) -> bool:
    return sign == "!=" if order is None else holds(order)


def _any_of(name: str, values: Sequence[_Value]) -> Test:
    return lambda fields: any(_order(text, value) == 0 for text in fields.get(name, ()) for value in values)


def _order(text: str, value: _Value) -> int | None:
    """-1, 0, 1 as the field's text is below, equal to or above the value; None if they cannot be compared."""
    if value.octets:
        plain = text.replace(":", "").lower().removeprefix("0x")
        return (plain > value.text) - (plain < value.text)
    if value.number is None:
        return (text > value.text) - (text < value.text)
    if text == value.text:
        return 0
    number = _number(text)
    return None if number is None else (number > value.number) - (number < value.number)


def _number(text: str) -> Decimal | None:
    """The number that a text is, None for digits that begin with a zero (a telephone number) and the rest."""
    lowered = text.lower()
    if lowered.lstrip("-").startswith("0x"):
        try:
            return Decimal(int(lowered, 16))
        except ValueError:
            return None
    if lowered in ("true", "false"):
        return Decimal(lowered == "true")
    digits = text.lstrip("-")
    if len(digits) > 1 and digits[0] == "0" and digits[1] != ".":
        return None
    try:
        return Decimal(text) if digits[:1].isdigit() else None
    except InvalidOperation:
        return None


def _unquoted(text: str) -> str:
    """The text between quotes, with \\xNN, \\n, \\t, and any other character after a backslash as it is."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        return {"n": "\n", "t": "\t", "r": "\r"}.get(found[2], found[2])

    return _ESCAPE.sub(one, text[1:-1])
