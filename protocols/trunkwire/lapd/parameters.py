"""Negotiation of a data link's parameters by XID frames (Q.921 5.4, Appendix IV), as a table.

Either side may ask; the other answers with what both can do: the smaller N201 and k, the longer T200. What is
not answered, or answered without values, leaves the settings as they are.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, ClassVar

import msgspec

from trunkwire.codec import Bits, DecodeError, Layout, Number, Record, Rest
from trunkwire.lapd import rows
from trunkwire.lapd.events import LapdSettings
from trunkwire.lapd.rows import NamedState
from trunkwire.ticks import SECOND, Tick

T200_UNIT: Tick = SECOND // 10
"""T200 is told in tenths of a second."""

LEAST_N201 = 32
"""No N201 below it is agreed on: the XID frames themselves must fit."""


class Parameter(enum.IntEnum):
    """Parameter identifiers of a negotiation (ISO/IEC 8885)."""

    N201_SENT = 5
    N201_RECEIVED = 6
    K = 7
    T200 = 9


_LENGTHS = {Parameter.N201_SENT: 2, Parameter.N201_RECEIVED: 2, Parameter.K: 1, Parameter.T200: 1}


class ParameterGroup(Record, frozen=True, kw_only=True):
    """The information field of an XID frame; octet 5 follows the control field."""

    layout: ClassVar[Layout[ParameterGroup]]

    format: Annotated[int, Bits("5", 8, 1)] = 0x82
    """General purpose."""
    group: Annotated[int, Bits("6", 8, 1)] = 0x80
    """Parameter negotiation."""
    length: Annotated[int, Number("7", 2)]
    parameters: Annotated[bytes, Rest("9")]


class ParameterField(Record, frozen=True, kw_only=True):
    """One parameter at the start of those that remain."""

    layout: ClassVar[Layout[ParameterField]]

    identifier: Annotated[int, Bits("1", 8, 1)]
    length: Annotated[int, Bits("2", 8, 1)]
    rest: Annotated[bytes, Rest("3")]


ParameterGroup.layout = Layout(ParameterGroup)
ParameterField.layout = Layout(ParameterField)


def offer(settings: LapdSettings) -> bytes:
    """The information field that offers these settings."""
    values = {
        Parameter.N201_SENT: settings.n201,
        Parameter.N201_RECEIVED: settings.n201,
        Parameter.K: settings.k,
        Parameter.T200: min(255, -(-settings.t200 // T200_UNIT)),
    }
    parameters = b"".join(
        ParameterField.layout.build(
            ParameterField(identifier=name, length=_LENGTHS[name], rest=value.to_bytes(_LENGTHS[name], "big"))
        )
        for name, value in values.items()
    )
    return ParameterGroup.layout.build(ParameterGroup(length=len(parameters), parameters=parameters))


def read(information: bytes) -> dict[int, int] | None:
    """The values by parameter identifier, or None if it is no negotiation of parameters, or a broken one."""
    try:
        group = ParameterGroup.layout.parse(information)
        known = (group.format, group.group, group.length) == (0x82, 0x80, len(group.parameters))
        found: dict[int, int] = {}
        left = group.parameters
        while known and left:
            parameter = ParameterField.layout.parse(left)
            value, left = parameter.rest[: parameter.length], parameter.rest[parameter.length :]
            if len(value) != parameter.length:
                return None
            found[parameter.identifier] = int.from_bytes(value, "big")
    except DecodeError:
        return None
    return found if known and found else None


def agreed(settings: LapdSettings, values: Mapping[int, int]) -> LapdSettings:
    """What both can do. A value that no link can have is not taken."""
    sizes = (values.get(Parameter.N201_SENT, 0), values.get(Parameter.N201_RECEIVED, 0), settings.n201)
    n201 = min(size for size in sizes if size >= LEAST_N201 or size == settings.n201)
    k = min(values.get(Parameter.K) or settings.k, settings.k)
    t200 = max(values.get(Parameter.T200, 0) * T200_UNIT, settings.t200)
    if t200 >= settings.t203:
        t200 = settings.t200
    return msgspec.structs.replace(settings, n201=n201, k=k, t200=t200)


class NegotiationState(NamedState):
    """Where the parameters of a link come from."""

    PRESET = 10
    AWAITING_RESPONSE = 20
    AGREED = 30


class NegotiationEvent(enum.IntEnum):
    """What a row answers."""

    NEGOTIATE = 1
    """Management wants the parameters negotiated."""
    COMMAND = 10
    """XID command with parameters."""
    COMMAND_UNKNOWN = 11
    """XID command with something else, or nothing."""
    RESPONSE = 12
    """XID response with parameters."""
    RESPONSE_UNKNOWN = 13
    """XID response with something else, or nothing."""
    TM20 = 20
    TM20_LAST = 21
    """TM20 expired and the XID command was sent NM20 times."""


class Answer(msgspec.Struct, frozen=True):
    """An XID frame to send."""

    data: bytes
    command: bool
    pf: bool


class Negotiation:
    """The negotiation of one link's parameters. What it wants sent is left in `outputs`."""

    def __init__(self, settings: LapdSettings) -> None:
        self.preset = settings
        """What this side can do."""
        self.settings = settings
        """What holds."""
        self.state = NegotiationState.PRESET
        self.outputs: deque[Answer] = deque()
        self.tm20: Tick | None = None
        self.attempts = 0
        self.now: Tick = 0
        self.pf = False
        self.values: Mapping[int, int] = {}
        self._transitions = TRANSITIONS

    def negotiate(self, now: Tick) -> None:
        """Ask the peer for its parameters, unless that is being done."""
        self._dispatch(NegotiationEvent.NEGOTIATE, now)

    def receive(self, information: bytes, command: bool, pf: bool, now: Tick) -> bool:
        """An XID frame came; whether it was one of this procedure."""
        values = read(information)
        self.values, self.pf = values or {}, pf
        on = NegotiationEvent
        if command:
            self._dispatch(on.COMMAND_UNKNOWN if values is None else on.COMMAND, now)
        else:
            self._dispatch(on.RESPONSE_UNKNOWN if values is None else on.RESPONSE, now)
        return values is not None

    def handle_timer(self, now: Tick) -> None:
        """Time has come to `now`."""
        if self.tm20 is not None and self.tm20 <= now:
            self.tm20 = None
            last = self.attempts >= self.preset.nm20
            self._dispatch(NegotiationEvent.TM20_LAST if last else NegotiationEvent.TM20, now)

    def next_deadline(self) -> Tick | None:
        """When `handle_timer` is due, or None."""
        return self.tm20

    def _dispatch(self, event: NegotiationEvent, now: Tick) -> None:
        self.now = now
        row = self._transitions[self.state].get(event)
        if row is None:
            raise LookupError(f"no row for {event.name} in state {self.state.title}: the table lacks it")
        for action in row.actions:
            action(self)
        self.state = row.next_state


Procedure = Callable[[Negotiation], None]


def begin_attempts(negotiation: Negotiation) -> None:
    """Begin to count XID commands."""
    negotiation.attempts = 0


def send_command(negotiation: Negotiation) -> None:
    """XID command with what this side can do, start TM20."""
    negotiation.attempts += 1
    negotiation.outputs.append(Answer(offer(negotiation.preset), command=True, pf=True))
    negotiation.tm20 = negotiation.now + negotiation.preset.tm20


def stop_tm20(negotiation: Negotiation) -> None:
    """Stop TM20."""
    negotiation.tm20 = None


def agree(negotiation: Negotiation) -> None:
    """Use what both can do."""
    negotiation.settings = agreed(negotiation.preset, negotiation.values)


def send_response(negotiation: Negotiation) -> None:
    """XID response with what holds now, F as P was."""
    negotiation.outputs.append(Answer(offer(negotiation.settings), command=False, pf=negotiation.pf))


def send_empty_response(negotiation: Negotiation) -> None:
    """XID response without information: nothing to agree on."""
    negotiation.outputs.append(Answer(b"", command=False, pf=negotiation.pf))


class Row(rows.Row[NegotiationState, NegotiationEvent, Procedure], frozen=True):
    """One cell of the table of a negotiation."""


PRESET = NegotiationState.PRESET
WAIT = NegotiationState.AWAITING_RESPONSE
AGREED = NegotiationState.AGREED
On = NegotiationEvent

TABLE: tuple[Row, ...] = (
    Row(PRESET, On.NEGOTIATE, (begin_attempts, send_command), WAIT, "Appendix IV"),
    Row(PRESET, On.COMMAND, (agree, send_response), AGREED, "Appendix IV"),
    Row(PRESET, On.COMMAND_UNKNOWN, (send_empty_response,), PRESET, "5.4"),
    Row(PRESET, On.RESPONSE, (), PRESET, "Appendix IV"),
    Row(PRESET, On.RESPONSE_UNKNOWN, (), PRESET, "5.4"),
    Row(WAIT, On.NEGOTIATE, (), WAIT, "Appendix IV"),
    Row(WAIT, On.COMMAND, (agree, send_response), WAIT, "Appendix IV"),
    Row(WAIT, On.COMMAND_UNKNOWN, (send_empty_response,), WAIT, "5.4"),
    Row(WAIT, On.RESPONSE, (stop_tm20, agree), AGREED, "Appendix IV"),
    Row(WAIT, On.RESPONSE_UNKNOWN, (stop_tm20,), PRESET, "Appendix IV"),
    Row(WAIT, On.TM20, (send_command,), WAIT, "Appendix IV"),
    Row(WAIT, On.TM20_LAST, (), PRESET, "Appendix IV"),
    Row(AGREED, On.NEGOTIATE, (begin_attempts, send_command), WAIT, "Appendix IV"),
    Row(AGREED, On.COMMAND, (agree, send_response), AGREED, "Appendix IV"),
    Row(AGREED, On.COMMAND_UNKNOWN, (send_empty_response,), AGREED, "5.4"),
    Row(AGREED, On.RESPONSE, (), AGREED, "Appendix IV"),
    Row(AGREED, On.RESPONSE_UNKNOWN, (), AGREED, "5.4"),
)

Transitions = Mapping[NegotiationState, Mapping[NegotiationEvent, Row]]


def compile_table(table: Iterable[Row]) -> Transitions:
    """The rows by state and event. Raises ValueError if two rows answer the same event in the same state."""
    return rows.compile_rows(table, NegotiationState)


TRANSITIONS = compile_table(TABLE)
