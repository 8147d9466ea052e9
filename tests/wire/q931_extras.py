"""The supplementary part of the language of `q931_talk`: requests, elements, what is told and what is held.

do hold | do retrieve ch=4! | do suspend id=0102 | do resume_reject cause=83 | do facility
do user_information d=hello more | do congestion_control level=15 | do service 3,4 status=2
get SERVICE ch=3! status=2        a maintenance message, as the setting `maintenance` has it
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trunkwire.q931 import maintenance
from trunkwire.q931.call import Call
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import (
    CallIdentityIE,
    ChangeStatusIE,
    ChannelIdentificationIE,
    ChannelStatus,
    CongestionLevel,
    CongestionLevelIE,
    MoreDataIE,
    RawIE,
    UserUserIE,
)
from trunkwire.q931.maintenance import Maintenance, ServiceMessage
from trunkwire.q931.message import Element
from trunkwire.q931.states import HoldState

Arguments = dict[str, str]
_FACILITY = RawIE(0, 0x1C, b"\x91\xa1\x00")


def _plain(name: str) -> Callable[[CallControl, Any, Arguments, int], Call | None]:
    def ask(machine: CallControl, call: Any, _arguments: Arguments, now: int) -> None:
        getattr(machine, name)(call, now)

    return ask


def _refusal(name: str) -> Callable[[CallControl, Any, Arguments, int], Call | None]:
    def ask(machine: CallControl, call: Any, arguments: Arguments, now: int) -> None:
        getattr(machine, name)(call, int(arguments["cause"]), now)

    return ask


def _retrieve(machine: CallControl, call: Any, arguments: Arguments, now: int) -> None:
    wish = arguments.get("ch", "")
    machine.retrieve(call, now, channel=int(wish[:-1]) if wish else None, exclusive=wish.endswith("!"))


def _suspend(machine: CallControl, call: Any, arguments: Arguments, now: int) -> None:
    machine.suspend(call, now, identity=bytes.fromhex(arguments.get("id", "")))


def _resume(machine: CallControl, _call: Any, arguments: Arguments, now: int) -> Call:
    return machine.resume(now, identity=bytes.fromhex(arguments.get("id", "")))


def _user_information(machine: CallControl, call: Any, arguments: Arguments, now: int) -> None:
    machine.user_information(call, arguments["d"].encode(), now, more="more" in arguments)


def _congestion_control(machine: CallControl, call: Any, arguments: Arguments, now: int) -> None:
    machine.congestion_control(call, CongestionLevel(int(arguments["level"])), 43, now)


def _facility(machine: CallControl, call: Any, _arguments: Arguments, now: int) -> None:
    machine.facility(call, now, ies=(_FACILITY,))


def _service(machine: CallControl, _call: Any, arguments: Arguments, now: int) -> None:
    which = next(iter(arguments))
    channels = None if which == "all" else [int(number) for number in which.split(",")]
    machine.service(channels, ChannelStatus(int(arguments["status"])), now)


def _confirm_service(machine: CallControl, _call: Any, arguments: Arguments, now: int) -> None:
    which = next(iter(arguments))
    machine.confirm_service(None if which == "all" else int(which), now)


REQUESTS: dict[str, Callable[[CallControl, Any, Arguments, int], Call | None]] = {
    **{
        name: _plain(name)
        for name in ("hold", "hold_acknowledge", "retrieve_acknowledge", "suspend_accept", "resume_accept")
    },
    **{
        name: _refusal(name) for name in ("hold_reject", "retrieve_reject", "suspend_reject", "resume_reject")
    },
    "retrieve": _retrieve,
    "suspend": _suspend,
    "resume": _resume,
    "user_information": _user_information,
    "congestion_control": _congestion_control,
    "facility": _facility,
    "service": _service,
    "confirm_service": _confirm_service,
}

ELEMENTS: dict[str, Callable[[str], list[Element]]] = {
    "id": lambda text: [CallIdentityIE(identity=bytes.fromhex(text))],
    "b": lambda text: [ChannelIdentificationIE.of_basic(int(text[:-1]), exclusive=text.endswith("!"))],
    "level": lambda text: [CongestionLevelIE(level=int(text))],
    "user": lambda text: [UserUserIE(protocol=0, data=text.encode())],
    "facility": lambda _text: [_FACILITY],
}


def service_octets(kind: Maintenance, name: str, arguments: Arguments) -> bytes:
    """A maintenance message of the peer."""
    wish = arguments.get("ch", "")
    channels = [int(number) for number in wish[:-1].split(",")] if wish else []
    message = ServiceMessage(
        name == "SERVICE_ACKNOWLEDGE",
        ChangeStatusIE(channel=bool(channels), status=int(arguments["status"])),
        ChannelIdentificationIE.of(*channels) if channels else None,
    )
    return maintenance.build(kind, message)


def service_written(kind: Maintenance, data: bytes) -> str:
    """A maintenance message of ours."""
    message = maintenance.parse(kind, data)
    channel = "" if message.channel is None else f",ch{message.channel.channels[0]}"
    name = "SERVICE_ACKNOWLEDGE" if message.acknowledge else "SERVICE"
    assert message.status.channel == (message.channel is not None)
    return f"{name}({ChannelStatus(message.status.status).name}{channel})"


def word(element: Element) -> list[str] | None:
    """A supplementary element that we have sent; None for any other."""
    match element:
        case CallIdentityIE(identity=identity):
            return [f"id{identity.hex()}"]
        case CongestionLevelIE(level=level):
            return [f"level{int(level)}"]
        case UserUserIE(data=data):
            return [f"user{data.decode()}"]
        case MoreDataIE():
            return ["more"]
    return None


def told(indication: Indication) -> list[str]:
    """What an indication says besides its kind."""
    words = []
    if indication.cause is not None and (indication.call is None or indication.call.cause is None):
        words.append(str(int(indication.cause)))
    if indication.status is not None:
        words.append(indication.status.name)
    return words


def follows(indication: Indication, call: Call | None) -> bool:
    """Whether the call of the indication is the call in hand from now on, instead of that one."""
    if indication.kind is IndicationKind.SETUP:
        return call is not None and call.identity is not None and call.state.number == 0
    return indication.kind in (IndicationKind.RESUME, IndicationKind.RESUMED) and indication.call is not None


def held(machine: CallControl, call: Call | None) -> list[str]:
    """The auxiliary state, suspended calls, and changes of service under way."""
    words = []
    if call is not None and call.hold is not None and call.hold.state is not HoldState.IDLE:
        words += [call.hold.state.name, *(timer.name for timer in call.hold.armed)]
        words += [f"wish{call.hold.wished}"] if call.hold.wished is not None else []
    if call is not None and call.congested:
        words.append("congested")
    for identity, parked in machine.suspended.items():
        words.append(f"id{identity.hex()}:suspended")
        words += [timer.name for timer in parked.armed if parked is not call]
    for channel, service in machine.services.items():
        if service.state.number:
            where = "all" if channel is None else channel
            words += [f"{where}:{service.state.name}", *(timer.name for timer in service.armed)]
    return words
