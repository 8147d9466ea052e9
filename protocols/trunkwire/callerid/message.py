"""The messages in which a line is told who is calling (ETSI EN 300 659-3; Telcordia GR-30-CORE; YDN 069).

A message is its type, the length of what follows, that, and a checksum: the two's complement of the sum of
all octets before it. The Call Setup message carries parameters of type, length and contents; the single data
message of Telcordia (SDMF) the date and one number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints

import msgspec

from trunkwire.callerid.coding import (
    CallType,
    Characters,
    Code,
    Coding,
    DateTime,
    Dialled,
    Forwarded,
    Moment,
    Reason,
)
from trunkwire.codec import Bits, Counted, DecodeError, EncodeError, Layout, Record, Rest, compile_layout

CALL_SETUP = 0x80
"""EN 300 659-3 clause 5.2.1; GR-30 calls it the multiple data message (MDMF)."""
SINGLE = 0x04
"""GR-30-CORE: calling number delivery in the single data message format (SDMF)."""
OTHERS = {
    0x06: "message waiting, in the single data message format",
    0x81: "a test of calling number delivery",
    0x82: "message waiting",
    0x86: "advice of charge",
    0x89: "short message service",
}
"""Messages that are no calls, so that they can be told by name (5.2)."""

CallerIdError = DecodeError
"""What `decode` raises."""

LONGEST = 255
"""Octets between the length octet and the checksum."""
HEADER = 2
WHEN_OCTETS = 8


class Envelope(Record, frozen=True, kw_only=True):
    """What every message is (clause 5.1)."""

    layout: ClassVar[Layout[Envelope]]

    type: Annotated[int, Bits("1", 8, 1)]
    length: Annotated[int, Bits("2", 8, 1)]
    contents: Annotated[bytes, Counted("3", by="length")]
    checksum: Annotated[int, Bits("4", 8, 1)]


class Parameter(Record, frozen=True, kw_only=True):
    """The first parameter of some contents, and what is behind it (clause 5.1)."""

    layout: ClassVar[Layout[Parameter]]

    type: Annotated[int, Bits("1", 8, 1)]
    length: Annotated[int, Bits("2", 8, 1)]
    contents: Annotated[bytes, Counted("3", by="length")]
    rest: Annotated[bytes, Rest("4")] = b""


Envelope.layout = compile_layout(Envelope)
Parameter.layout = compile_layout(Parameter)


class CallSetup(msgspec.Struct, frozen=True, kw_only=True):
    """A call is coming: the parameters in the order in which they are sent (clause 5.2.1).

    Either `calling` or `absence` is there. `others` keeps (type, contents) of parameters that are not
    declared here, and of one that comes a second time, as they came; they are sent last.
    """

    call_type: Annotated[int | None, Code(0x11, codes=CallType)] = None
    when: Annotated[Moment | None, DateTime(0x01)] = None
    calling: Annotated[str | None, Dialled(0x02)] = None
    absence: Annotated[str | None, Reason(0x04)] = None
    """A letter of `Absence`."""
    called: Annotated[str | None, Dialled(0x03)] = None
    """The number that the caller dialled; Telcordia's dialable directory number."""
    name: Annotated[str | None, Characters(0x07)] = None
    name_absence: Annotated[str | None, Reason(0x08)] = None
    complementary: Annotated[str | None, Dialled(0x10)] = None
    """A second number of the caller, which it sent itself."""
    first_called: Annotated[str | None, Dialled(0x12)] = None
    forwarded: Annotated[int | None, Code(0x15, codes=Forwarded)] = None
    redirecting: Annotated[str | None, Dialled(0x1A)] = None
    """The last number that forwarded the call."""
    others: tuple[tuple[int, bytes], ...] = ()


_CODINGS: dict[str, Coding] = {
    name: get_args(hint)[1]
    for name, hint in get_type_hints(CallSetup, include_extras=True).items()
    if get_origin(hint) is Annotated
}
"""The parameters by field, in the order of the class."""
_FIELDS = {coding.type: name for name, coding in _CODINGS.items()}


def encode(message: CallSetup, *, single: bool = False) -> bytes:
    """The octets of a message, from its type to its checksum.

    `single`: in Telcordia's single data message format, which has date and number only. Raises EncodeError
    naming the field that does not fit.
    """
    if (message.calling is None) == (message.absence is None):
        raise EncodeError(
            "CallSetup.calling", "either the number or the reason for its absence must be there"
        )
    if single:
        return _seal(SINGLE, _single(message))
    declared = [
        (_CODINGS[name].type, _contents(name, _CODINGS[name], value)) for name, value in _present(message)
    ]
    return _seal(CALL_SETUP, b"".join(_parameter(*each) for each in (*declared, *message.others)))


def decode(octets: bytes) -> CallSetup:
    """The message in octets that `encode` would write, or another network.

    Raises DecodeError naming field, octet and reason: octets that end too early or too late, a checksum that
    does not fit, another type of message, contents that are not what their parameter says.
    """
    envelope = Envelope.layout.parse(octets)
    if envelope.received:
        end = HEADER + envelope.length + 1
        raise DecodeError("Envelope", end, f"{len(octets) - end} octets behind the checksum")
    wanted = checksum(octets[:-1])
    if envelope.checksum != wanted:
        reason = f"{envelope.checksum:#04x} does not fit the octets before, which make {wanted:#04x}"
        raise DecodeError("Envelope.checksum", len(octets) - 1, reason)
    if envelope.type == SINGLE:
        return _read_single(envelope.contents)
    if envelope.type != CALL_SETUP:
        what = OTHERS.get(envelope.type, "unknown")
        raise DecodeError("Envelope.type", 0, f"message type {envelope.type:#04x} ({what}) is no call setup")
    return _read(envelope.contents)


def checksum(octets: bytes) -> int:
    """What makes the sum of all octets of a message a multiple of 256 (clause 5.1)."""
    return -sum(octets) % 256


def parameters(contents: bytes) -> Iterator[tuple[int, Parameter]]:
    """Parameters with their offset in the message. Raises DecodeError where they end too early."""
    rest = contents
    while rest:
        at = HEADER + len(contents) - len(rest)
        try:
            parameter = Parameter.layout.parse(rest)
        except DecodeError as error:
            raise DecodeError(error.where, at + error.offset, error.reason) from None
        yield at, parameter
        rest = parameter.rest


def _contents(name: str, coding: Coding, value: Any) -> bytes:
    try:
        return coding.write(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise EncodeError(f"CallSetup.{name}", f"{value!r}: {error}") from None


def _parameter(number: int, octets: bytes) -> bytes:
    return Parameter.layout.build(Parameter(type=number, length=len(octets), contents=octets))


def _seal(number: int, contents: bytes) -> bytes:
    if len(contents) > LONGEST:
        raise EncodeError("CallSetup", f"{len(contents)} octets of parameters; a message holds {LONGEST}")
    envelope = Envelope(type=number, length=len(contents), contents=contents, checksum=0)
    octets = Envelope.layout.build(envelope)[:-1]
    return octets + bytes([checksum(octets)])


def _single(message: CallSetup) -> bytes:
    surplus = [name for name, _ in _present(message) if name not in ("when", "calling", "absence")]
    if surplus or message.others:
        raise EncodeError(f"CallSetup.{(*surplus, 'others')[0]}", "has no place in a single data message")
    if message.when is None:
        raise EncodeError("CallSetup.when", "a single data message has a date")
    name = "calling" if message.absence is None else "absence"
    contents = _contents(name, _CODINGS[name], getattr(message, name))
    return _contents("when", _CODINGS["when"], message.when) + contents


def _present(message: CallSetup) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name in _CODINGS if (value := getattr(message, name)) is not None)


def _read_single(contents: bytes) -> CallSetup:
    when = _value("when", HEADER, contents[:WHEN_OCTETS])
    number = contents[WHEN_OCTETS:]
    name = "absence" if number[:1].isalpha() else "calling"
    return CallSetup(when=when, **{name: _value(name, HEADER + WHEN_OCTETS, number)})


def _read(contents: bytes) -> CallSetup:
    found: dict[str, Any] = {}
    others = []
    for at, parameter in parameters(contents):
        name = _FIELDS.get(parameter.type)
        if name is None or name in found:
            others.append((parameter.type, parameter.contents))
        else:
            found[name] = _value(name, at + HEADER, parameter.contents)
    return CallSetup(**found, others=tuple(others))


def _value(name: str, at: int, contents: bytes) -> Any:
    try:
        return _CODINGS[name].read(contents)
    except ValueError as error:
        raise DecodeError(f"CallSetup.{name}", at, str(error)) from None
