"""Call control of a switch variant, and two ends of one, for the tests of the variants."""

from __future__ import annotations

from trunkwire.q931.callcontrol import (
    Call,
    CallControl,
    CallControlSettings,
    Indication,
    IndicationKind,
    SendData,
    SetupRequest,
)
from trunkwire.q931.ies import (
    ChannelIdentificationIE,
    DisplayIE,
    HighLayerCompatibilityIE,
    NetworkFacilitiesIE,
    RawIE,
    SignalIE,
    UserProtocol,
    UserUserIE,
)
from trunkwire.q931.message import Element, Message, build, parse
from trunkwire.q931.messages import Id, MessageType
from trunkwire.q931.variants import (
    ATT_4ESS,
    ATT_5ESS,
    DMS100,
    NI2,
    Q931,
    VARIANTS,
    Variant,
)
from trunkwire.side import Side

ALL = list(VARIANTS.values())
NORTH_AMERICAN = [NI2, ATT_4ESS, ATT_5ESS, DMS100]
NETWORK, USER = Side.NETWORK, Side.USER


SIGNAL = SignalIE(signal=1)
HLC = HighLayerCompatibilityIE(characteristics=1)
UUI = UserUserIE(protocol=UserProtocol.IA5, data=b"x")
NSF = NetworkFacilitiesIE(length=0, facility=b"\xe0")
TNS = RawIE(0, Id.TRANSIT_NETWORK_SELECTION, b"\xa1288")
DATE = RawIE(0, Id.DATE_TIME, bytes((26, 11, 22, 23, 30)))
CUG = RawIE(0, Id.CLOSED_USER_GROUP, b"\x81")
DISPLAY = DisplayIE(text="Eve")


def machine(variant: Variant, side: Side = USER, **choices: object) -> CallControl:
    """Call control with its link up."""
    control = CallControl(side, CallControlSettings(variant=variant, **choices))  # type: ignore[arg-type]
    control.link_established(0)
    return control


def outputs(control: CallControl) -> list[object]:
    found: list[object] = []
    while (output := control.poll_output()) is not None:
        found.append(output)
    return found


def sent(control: CallControl) -> list[bytes]:
    return [output.data for output in outputs(control) if isinstance(output, SendData)]


def setup(variant: Variant, side: Side = USER, *, interface: int | None = None, **request: object) -> str:
    """The elements of a SETUP, in hexadecimal digits."""
    control = machine(variant, side, interface=interface)
    control.setup(SetupRequest(**request), 0)  # type: ignore[arg-type]
    (data,) = sent(control)
    return data[5:].hex()


def incoming(control: CallControl, *more: Element, channel: Element | None = None) -> Call:
    """A call that has just arrived."""
    request = SetupRequest(called="300", ies=more)
    other = machine(Q931, control.side.peer)
    other.setup(request, 0)
    (data,) = sent(other)
    if channel is not None:
        message = parse(data)
        ies = tuple(channel if isinstance(e, ChannelIdentificationIE) else e for e in message.ies)
        data = build(Message(message.reference, message.type, ies))
    control.receive(data, 0)
    (told,) = [told for told in outputs(control) if isinstance(told, Indication)]
    assert told.call is not None
    return told.call


class Talk:
    """Two ends of one variant, and what crosses between them."""

    def __init__(self, variant: Variant) -> None:
        self.ends = {side: machine(variant, side) for side in Side}
        self.told: dict[Side, list[Indication]] = {side: [] for side in Side}

    def settle(self) -> list[tuple[Side, int]]:
        """Hand messages across until both ends are quiet; who sent which message type."""
        crossed: list[tuple[Side, int]] = []
        busy = True
        while busy:
            busy = False
            for side, control in self.ends.items():
                for output in outputs(control):
                    busy = True
                    if isinstance(output, SendData):
                        crossed.append((side, output.data[4]))
                        self.ends[side.peer].receive(output.data, 0)
                    elif isinstance(output, Indication):
                        self.told[side].append(output)
        return crossed

    def call(self, caller: Side) -> tuple[Call, Call]:
        """A call that has arrived, as either end has it."""
        out = self.ends[caller].setup(SetupRequest(called="300"), 0)
        assert self.settle() == [(caller, MessageType.SETUP)]
        (arrived,) = [told for told in self.told[caller.peer] if told.kind is IndicationKind.SETUP]
        assert arrived.call is not None
        return out, arrived.call
