"""Named conversations with one side of call control, written as lines and checked to the last output.

A line is `step => outputs | status`. A step is what happens to the machine:

    do setup ch=3! called=300     a request of the local user, with its arguments
    get ALERTING pi=8             a message from the peer, of the call in hand unless `ref=` says otherwise
    octets 0802800162             octets from the peer
    wait T303                     time until that timer expires: one tick before, nothing may happen
    link down | link up           what the data link does; `up` while it is up is a reset

The outputs are all that the machine hands out, in order: messages as they are written here, indications in
brackets. The status is all that it then holds: the call's state, its timers and its channel, restart
machines that are not in R0, and channels that are out of use. `ch=3!` is channel 3 exclusively, `ch=3?`
preferred, `ch=*` any, `ch=-` no element.

On a point-to-multipoint interface a message from the peer says its TEI (`tei=64`) or `broadcast`; what goes
to a terminal is written `@64:RELEASE(26)`, what goes to all `@all:SETUP(...)`. The status then lists the
terminals as `@64:N7`, and T312.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import q931_extras as extras

from trunkwire.q931.call import Call, ChannelChoice, SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.channels import ChannelState
from trunkwire.q931.elements import cause_element
from trunkwire.q931.events import Broadcast, Indication, SendData
from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallStateIE,
    CauseIE,
    ChannelIdentificationIE,
    KeypadIE,
    NotificationIndicatorIE,
    ProgressIndicatorIE,
    RawIE,
    RestartIndicatorIE,
    Selection,
    SendingCompleteIE,
)
from trunkwire.q931.message import Element, Message, build, parse
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Timer
from trunkwire.q931.settings import CallControlSettings
from trunkwire.side import Side

PEER_REFERENCE = 7
"""The call reference of the call that the peer places."""

TEIS = (64, 65, 66)
"""The terminals whose data links are up on a point-to-multipoint interface."""

BEARER = BearerCapabilityIE()


@dataclass(frozen=True)
class Conversation:
    """One conversation: its name, the side under test, its lines, and settings that differ from the
    default.
    """

    name: str
    side: Side
    lines: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)


class Talk:
    """The machine under test, and what the lines mean to it."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self.machine = CallControl(conversation.side, CallControlSettings(**conversation.settings))
        self.now = 0
        self.call: Call | None = None
        self.machine.link_established(0, tei=TEIS[0] if self.machine.on_demand else 0)
        for tei in TEIS[1:] if self.machine.multipoint else ():
            self.machine.link_established(0, tei=tei)

    def run(self) -> None:
        """All lines. Raises AssertionError naming the line that came out differently."""
        for line in self.conversation.lines:
            step, _, rest = line.partition("=>")
            outputs, _, status = rest.partition("|")
            self.step(step.strip())
            found = f"{' '.join(self.drain())} | {self.status()}"
            wanted = f"{' '.join(outputs.split())} | {' '.join(status.split())}"
            if found != wanted:
                raise AssertionError(
                    f"{self.conversation.name}: {step.strip()}\n wanted {wanted}\n  found {found}"
                )

    def step(self, text: str) -> None:
        """One step."""
        verb, _, rest = text.partition(" ")
        words = rest.split()
        steps: dict[str, Callable[..., None]] = {
            "do": self.do,
            "get": self.get,
            "octets": self.octets,
            "wait": self.wait,
            "link": self.link,
        }
        steps[verb](*words)

    # the steps

    def do(self, request: str, *words: str) -> None:
        """A request of the local user."""
        arguments = dict(word.partition("=")[::2] for word in words)
        machine, call, now = self.machine, self.call, self.now
        if request == "setup":
            tei = int(arguments["tei"]) if "tei" in arguments else None
            self.call = machine.setup(_setup_request(arguments), now, insist="insist" in arguments, tei=tei)
            return
        if request == "restart":
            whole = words[0] in ("all", "interfaces")
            channels = None if whole else [int(number) for number in words[0].split(",")]
            machine.restart(channels, now, all_interfaces=words[0] == "interfaces")
            return
        if request == "confirm_restart":
            machine.confirm_restart(now)
            return
        if request in extras.REQUESTS:
            self.call = extras.REQUESTS[request](machine, call, arguments, now) or call
            return
        assert call is not None
        method: Callable[..., None] = getattr(machine, request)
        if request in ("disconnect", "reject"):
            more = {"progress": int(arguments["pi"])} if "pi" in arguments else {}
            method(call, int(arguments["cause"]), now, **more)
        elif request == "information":
            method(call, arguments.get("d", ""), now)
        elif request == "notify":
            method(call, now, ies=(NotificationIndicatorIE(description=0),))
        elif "pi" in arguments:
            method(
                call, now, **{"description" if request == "progress" else "progress": int(arguments["pi"])}
            )
        else:
            method(call, now)

    def get(self, name: str, *words: str) -> None:
        """A message from the peer."""
        arguments = dict(word.partition("=")[::2] for word in words)
        if name.startswith("SERVICE"):
            assert self.machine.settings.maintenance is not None
            self.machine.receive(
                extras.service_octets(self.machine.settings.maintenance, name, arguments), self.now
            )
            return
        kind = int(name, 16) if name.startswith("0x") else MessageType[name]
        ours = self.call is not None and self.call.outgoing
        reference = self.call.reference if self.call is not None else PEER_REFERENCE
        reference = int(arguments.pop("ref", reference))
        flag = bool(int(arguments.pop("flag", ours)))
        tei, broadcast = int(arguments.pop("tei", 0)), "broadcast" in arguments
        message = Message(reference, kind, _elements(kind, arguments), flag)
        self.machine.receive(build(message), self.now, tei=tei, broadcast=broadcast)
        if self.call is None:
            self.call = self.machine.calls.get(PEER_REFERENCE | 0x8000 | tei << 16)

    def octets(self, *words: str) -> None:
        """Octets from the peer, in hexadecimal."""
        self.machine.receive(bytes.fromhex("".join(words)), self.now)
        if self.call is None:
            self.call = self.machine.calls.get(PEER_REFERENCE | 0x8000)

    def wait(self, name: str) -> None:
        """Until the timer expires, and not a tick earlier."""
        running = {timer.name: at for timer, _owner, at in self.machine.timers.running()}
        at = running[name]
        assert self.machine.next_deadline() == at, f"{name} is not the first to expire"
        before = self.status()
        self.machine.handle_timer(at - 1)
        assert (self.drain(), self.status()) == ([], before), f"{name} expired a tick early"
        self.now = at
        self.machine.handle_timer(at)

    def link(self, what: str, tei: str = "0") -> None:
        """The data link comes or goes."""
        tell = self.machine.link_established if what == "up" else self.machine.link_released
        tell(self.now, tei=int(tei))

    # what is seen

    def drain(self) -> list[str]:
        """All outputs, as the lines write them."""
        found = []
        while (output := self.machine.poll_output()) is not None:
            if isinstance(output, SendData):
                to = f"@{output.tei}:" if self.machine.on_demand else ""
                found.append(to + self.written(output.data))
            elif isinstance(output, Broadcast):
                found.append("@all:" + _written(parse(output.data), self.call))
            elif isinstance(output, Indication):
                if (self.call is None and output.call is not None) or extras.follows(output, self.call):
                    self.call = output.call
                found.append(_told(output))
            else:
                found.append(f"({type(output).__name__})")
        return found

    def written(self, data: bytes) -> str:
        """A message that we have sent."""
        kind = self.machine.settings.maintenance
        if kind is not None and data[0] == kind.discriminator:
            return extras.service_written(kind, data)
        return _written(parse(data), self.call)

    def status(self) -> str:
        """All that the machine holds."""
        words = []
        machine = self.machine
        if self.call is not None:
            words += [self.call.state.name, *sorted(timer.name for timer in self.call.armed)]
            held = [number for number in machine.channels if machine.channels.owner(number) is self.call]
            words += [f"ch{number}" for number in held]
            known = machine.calls.get(self.call.key) is self.call
            assert known == (self.call.state.number != 0), "a call is known exactly while it is not null"
        words += extras.held(machine, self.call)
        for restart in (machine.asking, machine.answering):
            words += [restart.state.name] if restart.state.number else []
            words += [timer.name for timer in restart.armed]
        for offer in machine.offers.values():
            words += [f"@{tei}:{each.state.name}" for tei, each in offer.terminals.items()]
            words += [timer.name for each in offer.terminals.values() for timer in each.armed]
            words += [timer.name for timer in offer.armed]
        for number, state in machine.channels.busy():
            if state is not ChannelState.IN_USE:
                words.append(f"{number}:{state.value.replace(' ', '-')}")
            elif machine.channels.owner(number) is not self.call:
                words.append(f"{number}:taken")
        return " ".join(words)


def _setup_request(arguments: dict[str, str]) -> SetupRequest:
    channel, choice = _wish(arguments.get("ch", "3!"))
    return SetupRequest(
        called=arguments.get("called", ""),
        bearer=BEARER,
        channel=channel,
        choice=choice,
        sending_complete="complete" in arguments,
    )


def _wish(text: str) -> tuple[int | None, ChannelChoice]:
    if text == "*":
        return None, ChannelChoice.ANY
    return int(text[:-1]), ChannelChoice.EXCLUSIVE if text.endswith("!") else ChannelChoice.PREFERRED


def _elements(kind: int, arguments: dict[str, str]) -> tuple[Element, ...]:
    found: list[Element] = []
    if kind == MessageType.SETUP and "bare" not in arguments:
        found.append(BEARER)
        arguments.setdefault("ch", "3!")
    for name, value in arguments.items():
        found += _ELEMENTS[name](value) if name in _ELEMENTS else []
    return tuple(sorted(found, key=lambda element: element.identifier))


def _channel(text: str) -> list[Element]:
    if text == "-":
        return []
    if text == "*":
        return [ChannelIdentificationIE.any_channel()]
    if text == "none":
        return [ChannelIdentificationIE(selection=Selection.NO_CHANNEL)]
    numbers = [int(number) for number in text[:-1].split(",")]
    return [ChannelIdentificationIE.of(*numbers, exclusive=text.endswith("!"))]


_ELEMENTS: dict[str, Callable[[str], list[Element]]] = {
    "ch": _channel,
    "cause": lambda text: [cause_element(int(text), 0)],
    "st": lambda text: [CallStateIE(state=int(text))],
    "pi": lambda text: [ProgressIndicatorIE(description=int(text))],
    "called": lambda text: [CalledNumberIE(digits=text)],
    "keys": lambda text: [KeypadIE(keys=text)],
    "complete": lambda _text: [SendingCompleteIE()],
    "note": lambda text: [NotificationIndicatorIE(description=int(text))],
    "class": lambda text: [RestartIndicatorIE(restart_class=int(text))],
    **extras.ELEMENTS,
    "raw": lambda text: [RawIE(0, int(text[:2], 16), bytes.fromhex(text[2:]))],
}


def _written(message: Message, call: Call | None) -> str:
    """A sent message: its name and, in parentheses, what it carries."""
    kind = message.type
    name = kind.name if isinstance(kind, MessageType) else hex(kind)
    words = [word for element in message.ies for word in _word(element)]
    own = call is not None and message.reference == call.reference and message.to_originator != call.outgoing
    if not own:
        words.insert(0, f"ref={message.reference}{'f' if message.to_originator else ''}")
    assert not message.issues, f"{name}: {message.issues}"
    return f"{name}({','.join(words)})" if words else name


def _word(element: Element) -> list[str]:
    extra = extras.word(element)
    if extra is not None:
        return extra
    match element:
        case CauseIE(value=value, diagnostics=diagnostics):
            return [f"{int(value)}{':' + diagnostics.hex() if diagnostics else ''}"]
        case ChannelIdentificationIE(selection=Selection.ANY):
            return ["ch*"]
        case ChannelIdentificationIE(channels=channels, exclusive=exclusive):
            return [f"ch{'+'.join(map(str, channels))}{'!' if exclusive else '?'}"]
        case CallStateIE(state=state):
            return [f"st{int(state)}"]
        case ProgressIndicatorIE(description=description):
            return [f"pi{int(description)}"]
        case CalledNumberIE(digits=digits):
            return [f"d{digits}"]
        case RestartIndicatorIE(restart_class=which):
            return [f"class{int(which)}"]
        case NotificationIndicatorIE(description=description):
            return [f"note{int(description)}"]
        case SendingCompleteIE():
            return ["complete"]
        case BearerCapabilityIE():
            return []
    return [f"0x{element.identifier:02x}"]


def _told(indication: Indication) -> str:
    words = [indication.kind.value.replace(" ", "-")]
    call = indication.call
    if call is not None and call.cause is not None:
        assert indication.cause == call.cause
        words.append(f"{int(call.cause)}-{call.cleared_by}")
    words += extras.told(indication)
    if indication.channels:
        words.append("+".join(map(str, indication.channels)))
    return f"[{':'.join(words)}]"


def timer_digits(name: str) -> str:
    """The diagnostics of cause 102 for a timer, in hexadecimal."""
    return Timer[name].name[1:].encode().hex()
