"""A terminal on a bus, as a tester has it: its numbers, its calls, and calling from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trunkbench.bri.compatibility import same_number
from trunkbench.bri.end import TerminalEnd
from trunkbench.errors import UsageError
from trunkbench.numbers import Number

if TYPE_CHECKING:
    from trunkbench.call import Call
    from trunkbench.exchange import Exchange
    from trunkbench.span import SpanEnd


class Terminal:
    """`bench.far.terminal("fax")`: one terminal on the bus of a basic access."""

    def __init__(self, exchange: Exchange, end: TerminalEnd) -> None:
        self._exchange = exchange
        self.end = end
        """The machines behind it."""

    @property
    def name(self) -> str:
        """Its name in the config."""
        return self.end.terminal.name

    @property
    def msn(self) -> tuple[str, ...]:
        """Its numbers; none: it takes calls to any."""
        return self.end.terminal.msn

    @property
    def subaddress(self) -> str | None:
        """Its subaddress."""
        return self.end.terminal.subaddress

    @property
    def tei(self) -> int | None:
        """The TEI that it has now."""
        return self.end.tei

    @property
    def calls(self) -> list[Call]:
        """Every call that it has placed or taken so far, in the order in which they began."""
        return [call for call in self._exchange.calls if call.span is self.end]

    def number(self, digits: str | None = None) -> Number:
        """One of its numbers, to be told what this terminal alone does with calls to it; None stands for
        whatever is not named. Raises UsageError for a number that is none of its own.
        """
        if digits is None:
            return Number(self._exchange, "", self.end.plans)
        if self.msn and not any(same_number(digits, msn) for msn in self.msn):
            raise UsageError(f"terminal {self.name}: {digits} is none of its numbers {', '.join(self.msn)}")
        return Number(self._exchange, digits, self.end.plans)

    def dial(self, called: str, **wishes: Any) -> Call:
        """Dial from this terminal; as `Exchange.dial`."""
        return self._exchange.dial(called, span=self.end.config.name, terminal=self.name, **wishes)


def terminal_named(exchange: Exchange, name: str) -> Terminal:
    """The terminal of that name. Raises UsageError if there is none, or several spans have one."""
    ends = [end for end in exchange.spans if isinstance(end, TerminalEnd)]
    found = [end for end in ends if end.terminal.name == name]
    if len(found) == 1:
        return Terminal(exchange, found[0])
    names = ", ".join(end.terminal.name for end in ends) or "none"
    count = f"{len(found)} have that name" if found else "there is none of that name"
    raise UsageError(f"terminal {name!r} at the {exchange.end} end: {count}; there are: {names}")


def known(digits: str, spans: Sequence[SpanEnd]) -> str:
    """`digits`. Raises UsageError where there are terminals only, and the number is none of theirs."""
    terminals = [end for end in spans if isinstance(end, TerminalEnd)]
    if not terminals or len(terminals) < len(spans):
        return digits
    numbers = [msn for end in terminals for msn in end.terminal.msn]
    if all(end.terminal.msn for end in terminals) and not any(same_number(digits, msn) for msn in numbers):
        raise UsageError(f"number {digits}: no terminal has it; theirs are {', '.join(numbers)}")
    return digits
