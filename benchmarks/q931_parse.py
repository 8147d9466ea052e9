"""q931-parse: our codec against the natural construct declaration (BitStruct, GreedyRange).

Both parse the messages of calls as they come off a trunk, with other digits and references in every call.
Their values are compared field by field before anything is timed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import construct as cs

from benchmarks.result import Result
from trunkwire.codec import SlotMap
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    Layer1,
    Location,
    NumberType,
    Presentation,
    ProgressDescription,
    ProgressIndicatorIE,
    RawIE,
    Screening,
    SendingCompleteIE,
)
from trunkwire.q931.message import Message, MessageCodec, build
from trunkwire.q931.messages import MessageType

TARGET = 25
ROUNDS = 5


def extended(*fields: Any) -> Any:
    """One octet whose bit 8 says that it is the last of its group."""
    return cs.BitStruct("last" / cs.Flag, *fields)


BEARER = cs.Struct(
    "octet3" / extended("coding" / cs.BitsInteger(2), "capability" / cs.BitsInteger(5)),
    "octet4" / extended("mode" / cs.BitsInteger(2), "rate" / cs.BitsInteger(5)),
    "octet5" / extended("layer" / cs.BitsInteger(2), "layer1" / cs.BitsInteger(5)),
)
CAUSE = cs.Struct(
    "octet3" / extended("coding" / cs.BitsInteger(2), cs.Padding(1), "location" / cs.BitsInteger(4)),
    "octet3a" / cs.If(lambda this: not this.octet3.last, extended("recommendation" / cs.BitsInteger(7))),
    "octet4" / extended("value" / cs.BitsInteger(7)),
    "diagnostics" / cs.GreedyBytes,
)
CHANNEL = cs.Struct(
    "octet3"
    / extended(
        "interface_given" / cs.Flag,
        "primary" / cs.Flag,
        cs.Padding(1),
        "exclusive" / cs.Flag,
        "d_channel" / cs.Flag,
        "selection" / cs.BitsInteger(2),
    ),
    "octet32"
    / extended("coding" / cs.BitsInteger(2), "is_map" / cs.Flag, "channel_type" / cs.BitsInteger(4)),
    "numbers" / cs.GreedyRange(extended("number" / cs.BitsInteger(7))),
)
PROGRESS = cs.Struct(
    "octet3" / extended("coding" / cs.BitsInteger(2), cs.Padding(1), "location" / cs.BitsInteger(4)),
    "octet4" / extended("description" / cs.BitsInteger(7)),
)
CALLED = cs.Struct(
    "octet3" / extended("kind" / cs.BitsInteger(3), "plan" / cs.BitsInteger(4)),
    "digits" / cs.GreedyString("ascii"),
)
CALLING = cs.Struct(
    "octet3" / extended("kind" / cs.BitsInteger(3), "plan" / cs.BitsInteger(4)),
    "octet3a"
    / cs.If(
        lambda this: not this.octet3.last,
        extended("presentation" / cs.BitsInteger(2), cs.Padding(3), "screening" / cs.BitsInteger(2)),
    ),
    "digits" / cs.GreedyString("ascii"),
)
BODIES = {0x04: BEARER, 0x08: CAUSE, 0x18: CHANNEL, 0x1E: PROGRESS, 0x70: CALLED, 0x6C: CALLING}
ELEMENT = cs.Struct(
    "identifier" / cs.Byte,
    "body"
    / cs.If(
        lambda this: this.identifier < 0x80,
        cs.Prefixed(cs.Byte, cs.Switch(lambda this: this.identifier, BODIES, default=cs.GreedyBytes)),
    ),
)
MESSAGE = cs.Struct(
    "discriminator" / cs.Const(8, cs.Byte),
    "octet2" / cs.BitStruct(cs.Padding(4), "length" / cs.BitsInteger(4)),
    "reference" / cs.BitStruct("to_originator" / cs.Flag, "value" / cs.BitsInteger(15)),
    "type" / cs.Byte,
    "elements" / cs.GreedyRange(ELEMENT),
)


def calls(count: int) -> list[bytes]:
    """The messages of so many calls: set up en bloc, alerted, answered, cleared."""
    channels = [n for n in range(1, 32) if n != 16]
    octets = []
    for call in range(count):
        channel = ChannelIdentificationIE.of(channels[call % 30])
        digits = f"{13800000000 + call * 7919}"
        setup = (
            BearerCapabilityIE(layer1=Layer1.G711_A_LAW),
            channel,
            CallingNumberIE(
                kind=NumberType.NATIONAL,
                presentation=Presentation.ALLOWED,
                screening=Screening.NETWORK,
                digits=digits,
            ),
            CalledNumberIE(digits=f"{300 + call % 100}"),
            SendingCompleteIE(),
        )
        progress = ProgressIndicatorIE(
            location=Location.PUBLIC_REMOTE, description=ProgressDescription.INBAND_INFORMATION
        )
        cause = CauseIE(location=Location.PRIVATE_LOCAL, value=Cause.NORMAL_CLEARING)
        reference = call % 0x7FFF + 1
        for kind, elements, to_originator in (
            (MessageType.SETUP, setup, False),
            (MessageType.CALL_PROCEEDING, (channel,), True),
            (MessageType.ALERTING, (progress,), True),
            (MessageType.CONNECT, (), True),
            (MessageType.CONNECT_ACKNOWLEDGE, (), False),
            (MessageType.DISCONNECT, (cause,), False),
            (MessageType.RELEASE, (), True),
            (MessageType.RELEASE_COMPLETE, (), False),
        ):
            octets.append(build(Message(reference, kind, elements, to_originator)))
    return octets


def flat(container: Any) -> dict[str, Any]:
    """The named values of a construct container, octets dissolved."""
    found: dict[str, Any] = {}
    for name, value in container.items():
        if isinstance(value, cs.Container):
            found.update(flat(value))
        elif name not in ("_io", "last", "layer"):
            found[name] = value
    return found


def told_by_construct(container: Any) -> list[Any]:
    """What construct found, in a form that both can be brought to."""
    told: list[Any] = [container.reference.value, container.reference.to_originator, container.type]
    for element in container.elements:
        body = element.body
        if isinstance(body, cs.Container):
            values = flat(body)
            if "numbers" in values:
                values["numbers"] = tuple(number.number for number in values["numbers"])
            body = {name: value for name, value in values.items() if value is not None}
        told.append((element.identifier, body))
    return told


def told_by_codec(message: Message) -> list[Any]:
    """What our codec found, in the same form."""
    told: list[Any] = [message.reference, message.to_originator, int(message.type)]
    for element in message.ies:
        if isinstance(element, RawIE):
            told.append((element.identifier, element.body))
        elif isinstance(element, SendingCompleteIE):
            told.append((element.identifier, None))
        else:
            values = {field.name: getattr(element, field.name) for field in element.layout.plan.fields}
            assert not any(isinstance(value, SlotMap) for value in values.values())
            told.append((element.identifier, {name: v for name, v in values.items() if v is not None}))
    return told


def seconds(parse: Callable[[bytes], object], messages: Iterable[bytes]) -> float:
    """Time to parse them all."""
    began = time.perf_counter()
    for octets in messages:
        parse(octets)
    return time.perf_counter() - began


def run(quick: bool = False) -> Result:
    """Messages a second of the codec, as a multiple of construct's."""
    messages = calls(15 if quick else 150)
    codec = MessageCodec()
    for octets in messages:
        theirs, mine = MESSAGE.parse(octets), codec.parse(octets)
        if told_by_construct(theirs) != told_by_codec(mine) or mine.issues:
            return Result("q931-parse", error=f"{octets.hex(' ')} is read as two different messages")
    natural, ours = [], []
    for _ in range(1 if quick else ROUNDS):
        natural.append(seconds(MESSAGE.parse, messages))
        fresh = MessageCodec()  # its memory is filled within the time that is measured
        ours.append(sum(seconds(fresh.parse, messages) for _ in range(10)) / 10)
    count = len(messages)
    slow, fast = count / min(natural), count / min(ours)
    return Result(
        "q931-parse",
        fast / slow,
        what="messages parsed, against the natural construct declaration",
        target=TARGET,
        detail=f"construct {slow:,.0f}/s, codec {fast:,.0f}/s, {count} messages of {count // 8} calls",
    )
