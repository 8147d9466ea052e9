"""A call that the network offers to every terminal of the interface, and who gets it (Q.931 5.2).

Each terminal that answers has a state of its own towards the network (the note of 5.3.2 e), so there are
three owners of states in `table_broadcast`: the `Call`, which goes through N6, N25, N9, N7 and N8 with the
first answer of each kind and becomes an ordinary call with N10; a `Terminal` for each that has answered; and
the `Offer`, which outlives the selection, since terminals may answer until T312 expires (5.2.9) and have to
be released (cause 26). The call reference is taken for as long as the offer lasts.

Verbs and conditions of the tables follow the classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkwire.q931 import actions
from trunkwire.q931.call import BROADCAST_TEI, Call, called_elements
from trunkwire.q931.causes import Cause
from trunkwire.q931.elements import cause_element, indicated_channel
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import CauseIE, ChannelIdentificationIE
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType
from trunkwire.q931.procedure import Action, Answer, Cells, Timer
from trunkwire.q931.states import CallState
from trunkwire.ticks import Tick

if TYPE_CHECKING:
    from trunkwire.q931.engine import Engine

_ANSWERING = (CallState.N25, CallState.N9, CallState.N7, CallState.N8)
"""States of a terminal that has answered and has not cleared."""


class Offer:
    """A SETUP sent by broadcast, and the terminals' answers to it.

    In N6 the call is offered; in N22 it is not any more, because a terminal has it or because it is over,
    and whoever answers is released.
    """

    def __init__(self, call: Call, cells: Cells, terminal_cells: Cells) -> None:
        self.call = call
        self.cells = cells
        self.state = CallState.N6
        self.terminals: dict[int, Terminal] = {}
        """TEI -> the terminal that has answered and is not cleared yet."""
        self.armed: dict[Timer, Tick] = {}
        self.causes: list[int] = []
        """The causes with which terminals have refused or cleared, in the order of their coming (5.2.5.3)."""
        self.alerted = False
        """Whether a terminal has sent ALERTING."""
        self.digits = ""
        """The digits sent to terminals in overlap receiving."""
        self.first: Terminal | None = None
        """The terminal whose CONNECT came first."""
        self.parting: CauseIE | None = None
        """What terminals are told that answer when the call is no longer offered."""
        self._terminal_cells = terminal_cells

    def __repr__(self) -> str:
        return f"<broadcast SETUP of call {self.call.reference}, {len(self.terminals)} terminals answering>"

    def terminal(self, cc: Engine, tei: int) -> Terminal | None:
        """The terminal that a message comes from; None when it has not answered before T312 expired."""
        found = self.terminals.get(tei)
        if found is None and Timer.T312 in self.armed:
            found = self.terminals[tei] = Terminal(self, tei, self._terminal_cells)
        return found


class Terminal(Call):
    """One terminal's part in a call offered to all: its state, its timers, and its cause."""

    __slots__ = ("selection",)

    def __init__(self, offer: Offer, tei: int, cells: Cells) -> None:
        call = offer.call
        super().__init__(call.reference, True, CallState.N6, call.reference_length, cells=cells, tei=tei)
        self.selection = offer
        self.channel = call.channel
        self.choice = call.choice

    def __repr__(self) -> str:
        return f"<terminal {self.tei} of call {self.reference} in {self.state}>"


# conditions


def no_longer_offered(_cc: Engine, terminal: Terminal, _arg: Any) -> bool:
    """The call is over, or another terminal has it."""
    return terminal.selection.state is CallState.N22


def other_channel(_cc: Engine, terminal: Terminal, arg: Message) -> bool:
    """The terminal names another channel than the one it was offered (5.2.3.2)."""
    element = arg.get(ChannelIdentificationIE)
    return element is not None and indicated_channel(element) != terminal.channel


def refused(_cc: Engine, call: Call, _arg: Any) -> bool:
    """A terminal has refused the call, for another reason than being incompatible (5.2.5.3)."""
    return call.offer is not None and any(
        cause != Cause.INCOMPATIBLE_DESTINATION for cause in call.offer.causes
    )


def all_settled(_cc: Engine, call: Call, _arg: Any) -> bool:
    """Every terminal has cleared completely, and none may answer any more."""
    offer = _offer_of(call)
    return not offer.terminals and Timer.T312 not in offer.armed


# verbs of the call


def send_setup(cc: Engine, call: Call, arg: Any) -> None:
    """Send SETUP to all terminals and keep its octets for a repetition."""
    call.setup_data = cc.encode(call, MessageType.SETUP, arg)
    cc.transmit_broadcast(call.setup_data)
    call.setups = 1


def send_setup_again(cc: Engine, call: Call, _arg: Any) -> None:
    """Repeat SETUP to all terminals."""
    cc.transmit_broadcast(call.setup_data)
    call.setups += 1


def open_offer(cc: Engine, call: Call, _arg: Any) -> None:
    """Terminals may answer from now on, until T312 expires."""
    offer = _offer_of(call)
    cc.offers[call.reference] = offer
    cc.timers.start(Timer.T312, offer, cc.now)


def restart_t312(cc: Engine, call: Call, _arg: Any) -> None:
    """SETUP was sent again: T312 anew (5.2.1)."""
    cc.timers.start(Timer.T312, _offer_of(call), cc.now)


def send_digits(cc: Engine, call: Call, arg: Any) -> None:
    """INFORMATION to every terminal that asks for digits."""
    offer = _offer_of(call)
    for element in arg:
        offer.digits += getattr(element, "digits", "")
    for terminal in tuple(offer.terminals.values()):
        cc.fire(terminal, Answer.DIGITS, arg)


def select(cc: Engine, call: Call, _arg: Any) -> None:
    """The first terminal to answer has the call: CONNECT ACKNOWLEDGE, and RELEASE 26 to the others (5.2.8,
    5.2.9).
    """
    offer = _offer_of(call)
    winner = offer.first
    assert winner is not None, "a terminal has sent CONNECT"
    del offer.terminals[winner.tei]
    call.tei = winner.tei
    call.cells = cc.call_cells
    cc.transmit(call, MessageType.CONNECT_ACKNOWLEDGE, ())
    _close(cc, offer, cc.cause_of(Cause.NON_SELECTED_USER_CLEARING))


def end_locally(cc: Engine, call: Call, arg: tuple[Any, ...]) -> None:
    """The calling user has cleared: every terminal is released with that cause (5.3.2 e)."""
    actions.clears_locally(call, arg[0])
    _close(cc, _offer_of(call), arg[0])


def end_expired(cc: Engine, call: Call, _arg: Any) -> None:
    """A timer has ended the call: every terminal is released with cause 102 (5.2.5.4)."""
    _close(cc, _offer_of(call), cc.cause_of(Cause.TIMER_EXPIRY))


def end_refused(cc: Engine, call: Call, _arg: Any) -> None:
    """No terminal takes the call: of their causes, the one that 5.2.5.3 prefers."""
    offer = _offer_of(call)
    call.cause = preferred_cause(offer.causes, offer.alerted)
    call.cause_location = cc.location
    call.cleared_by = "remote"
    _close(cc, offer, cause_element(call.cause, cc.location))


def end_restarted(cc: Engine, call: Call, arg: str) -> None:
    """The channel of the call was restarted."""
    actions.note_restart(cc, call, arg)
    _close(cc, _offer_of(call), cause_element(Cause.TEMPORARY_FAILURE, cc.location))


def preferred_cause(causes: list[int], alerted: bool) -> int:
    """The cause for the calling user of those that terminals have given (5.2.5.3): call rejected first, user
    busy next unless a terminal was alerting, incompatible last, and else the first to come.
    """
    for value in (Cause.CALL_REJECTED,) if alerted else (Cause.CALL_REJECTED, Cause.USER_BUSY):
        if value in causes:
            return value
    others = [cause for cause in causes if cause != Cause.INCOMPATIBLE_DESTINATION]
    return (others or causes)[0]


def _close(cc: Engine, offer: Offer, parting: CauseIE) -> None:
    offer.state = CallState.N22
    offer.parting = parting
    for terminal in tuple(offer.terminals.values()):
        if not terminal.releases:
            cc.fire(terminal, Answer.DISMISSED, None)
    _settle(cc, offer)


def _offer_of(call: Call) -> Offer:
    assert call.offer is not None, "the call was offered by broadcast"
    return call.offer


# verbs of a terminal


def report(event: Answer) -> Action:
    """Let the call know what the terminal has answered."""

    def run(cc: Engine, terminal: Terminal, arg: Any) -> None:
        offer = terminal.selection
        offer.alerted |= event is Answer.ALERTING
        if event is Answer.CONNECT and offer.first is None:
            offer.first = terminal
        cc.fire(offer.call, event, arg)

    run.__name__ = f"report {event.name.replace('_', ' ').lower()}"
    return run


def pass_on(kind: IndicationKind) -> Action:
    """Hand the terminal's message to the user of the machine, as one of the call."""

    def run(cc: Engine, terminal: Terminal, arg: Message) -> None:
        cc.emit(Indication(terminal.selection.call, kind, arg))

    run.__name__ = f"pass on {kind.value}"
    return run


def part(cc: Engine, terminal: Terminal, _arg: Any) -> None:
    """RELEASE: the call is not offered any more."""
    parting = terminal.selection.parting
    assert parting is not None, "an offer that is closed says why"
    _release(cc, terminal, parting)


def send_release(cause: Cause) -> Action:
    """RELEASE with that cause."""

    def run(cc: Engine, terminal: Terminal, _arg: Any) -> None:
        _release(cc, terminal, cc.cause_of(cause))

    run.__name__ = f"send RELEASE {cause.value}"
    return run


def _release(cc: Engine, terminal: Terminal, cause: CauseIE) -> None:
    cc.transmit(terminal, MessageType.RELEASE, (cause,))
    terminal.releases = 1
    terminal.cause = cause.value


def send_known_digits(cc: Engine, terminal: Terminal, _arg: Any) -> None:
    """INFORMATION with the digits that other terminals were sent before (5.2.4)."""
    if terminal.selection.digits:
        cc.transmit(terminal, MessageType.INFORMATION, called_elements(terminal.selection.digits, cc.dialect))


def retain(cc: Engine, terminal: Terminal, _arg: Any) -> None:
    """The terminal does not take the call: keep its cause, and see who is left (5.2.5.3)."""
    offer = terminal.selection
    if offer.state is CallState.N6 and terminal.cause is not None:
        offer.causes.append(terminal.cause)
        if offer.first is terminal:
            offer.first = None
            cc.fire(offer.call, Answer.WITHDRAWN, None)
        else:
            _none_left(cc, offer, terminal)


def drop(cc: Engine, terminal: Terminal, _arg: Any) -> None:
    """The terminal is cleared, and forgotten."""
    cc.timers.stop_all(terminal)
    offer = terminal.selection
    offer.terminals.pop(terminal.tei, None)
    _settle(cc, offer)


# verbs of the offer


def no_more_answers(cc: Engine, offer: Offer, _arg: Any) -> None:
    """T312 has expired: whoever has not answered is late (5.8.3.2), and perhaps nobody is left."""
    _none_left(cc, offer, None)
    _settle(cc, offer)


def _none_left(cc: Engine, offer: Offer, leaving: Terminal | None) -> None:
    """Tell the call when T312 has expired and no terminal is left that could take it."""
    if Timer.T312 in offer.armed or offer.state is not CallState.N6:
        return
    left = (each for each in offer.terminals.values() if each is not leaving and each.state in _ANSWERING)
    if not any(left):
        cc.fire(offer.call, Answer.NONE_LEFT, None)


def _settle(cc: Engine, offer: Offer) -> None:
    """When nobody can answer any more and everybody has cleared, the call reference is free."""
    if offer.state is CallState.N22 and not offer.terminals and Timer.T312 not in offer.armed:
        cc.offers.pop(offer.call.reference, None)
        if offer.call.tei == BROADCAST_TEI:
            cc.fire(offer.call, Answer.SETTLED, None)
