"""Calls offered to several terminals of ours at once: who wins, what the others are told, and that nothing is
left behind (Q.931 5.2.5 to 5.2.9).
"""

from __future__ import annotations

import random

import pytest
from terminalbus import TerminalBus

from trunkwire.q931.call import SetupRequest
from trunkwire.q931.callcontrol import CallControl
from trunkwire.q931.causes import Cause
from trunkwire.q931.events import Indication, IndicationKind
from trunkwire.q931.ies import CauseIE
from trunkwire.q931.messages import MessageType
from trunkwire.q931.states import CallState
from trunkwire.ticks import SECOND, Tick

REQUEST = SetupRequest(called="300", sending_complete=True)


def told(bus: TerminalBus, machine: CallControl) -> list[str]:
    return [each.kind.value for who, each in bus.told if who is machine]


def rings(machine: CallControl, indication: Indication, now: Tick) -> None:
    """A terminal that alerts and waits."""
    if indication.kind is IndicationKind.SETUP:
        assert indication.call is not None
        machine.alerting(indication.call, now)


def test_the_first_to_answer_wins_and_the_others_get_cause_26() -> None:
    bus = TerminalBus(rings)
    call = bus.network.setup(REQUEST, 0)
    bus.settle(SECOND)
    assert call.state is CallState.N7
    assert call.offer is not None
    assert {tei: each.state for tei, each in call.offer.terminals.items()} == dict.fromkeys(
        (64, 65, 66), CallState.N7
    )
    for tei in (65, 64):
        machine = bus.terminals[tei]
        machine.connect(next(iter(machine.calls.values())), bus.now)
    bus.settle(2 * SECOND)
    assert (call.state, call.tei) == (CallState.N10, 64)
    cleared = [
        (tei, message.get(CauseIE)) for tei, message in bus.sent if message.type == MessageType.RELEASE
    ]
    assert {(tei, cause.value) for tei, cause in cleared if cause is not None} == {
        (65, Cause.NON_SELECTED_USER_CLEARING),
        (66, Cause.NON_SELECTED_USER_CLEARING),
    }
    assert [len(machine.calls) for machine in bus.terminals.values()] == [1, 0, 0]
    bus.network.disconnect(call, Cause.NORMAL_CLEARING, bus.now)
    bus.settle(20 * SECOND)
    assert bus.audit() == []
    assert told(bus, bus.network) == ["alerting", "connect", "released"]


def test_two_calls_at_once_and_the_third_finds_no_channel() -> None:
    def answers(machine: CallControl, indication: Indication, now: Tick) -> None:
        if indication.kind is IndicationKind.SETUP and indication.call is not None:
            if len(machine.calls) == 1 and indication.call.called == str(bus.tei_of(machine)):
                machine.connect(indication.call, now)
            else:
                machine.ignore(indication.call, now)

    bus = TerminalBus(answers)
    calls = []
    for number in ("64", "66"):
        calls.append(bus.network.setup(SetupRequest(called=number), bus.now))
        bus.settle(bus.now + SECOND)
    assert [(call.state, call.tei, call.channel) for call in calls] == [
        (CallState.N10, 64, 1),
        (CallState.N10, 66, 2),
    ]
    out = bus.terminals[65].setup(SetupRequest(called="9", channel=1), bus.now)
    bus.settle(bus.now + SECOND)
    assert (out.state, out.cause, out.cleared_by) == (CallState.U0, Cause.CHANNEL_UNAVAILABLE, "remote")


def test_nobody_answers() -> None:
    def silent(machine: CallControl, indication: Indication, now: Tick) -> None:
        if indication.kind is IndicationKind.SETUP and indication.call is not None:
            machine.ignore(indication.call, now)

    bus = TerminalBus(silent)
    call = bus.network.setup(REQUEST, 0)
    bus.settle(60 * SECOND)
    assert (call.cause, call.cleared_by) == (Cause.NO_USER_RESPONDING, "local")
    assert [message.type for _tei, message in bus.sent] == [MessageType.SETUP] * 2
    assert bus.audit() == []


def test_all_are_busy() -> None:
    def busy(machine: CallControl, indication: Indication, now: Tick) -> None:
        if indication.kind is IndicationKind.SETUP and indication.call is not None:
            machine.reject(indication.call, Cause.USER_BUSY, now)

    bus = TerminalBus(busy)
    call = bus.network.setup(REQUEST, 0)
    bus.settle(60 * SECOND)
    assert (call.cause, call.cleared_by) == (Cause.USER_BUSY, "remote")
    assert bus.audit() == []


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_terminals_do_one_at_most_has_the_call_and_nothing_is_left(seed: int) -> None:
    draw = random.Random(seed)

    def moody(machine: CallControl, indication: Indication, now: Tick) -> None:
        call = indication.call
        if machine is bus.network or call is None or indication.kind is not IndicationKind.SETUP:
            return
        what = draw.choice(("alert", "proceed", "digits", "connect", "busy", "reject", "ignore", "both"))
        if what in ("alert", "both"):
            machine.alerting(call, now)
        elif what == "proceed":
            machine.proceeding(call, now)
        elif what == "digits":
            machine.more_info(call, now)
        elif what == "busy":
            machine.reject(call, Cause.USER_BUSY, now)
        elif what == "reject":
            machine.reject(call, Cause.CALL_REJECTED, now)
        elif what == "ignore":
            machine.ignore(call, now)
        if what in ("connect", "both"):
            machine.connect(call, now)

    bus = TerminalBus(moody)
    call = bus.network.setup(REQUEST, 0)
    for _ in range(12):
        bus.settle(bus.now + draw.randrange(4 * SECOND))
        machine = draw.choice(tuple(bus.terminals.values()))
        mine = next(iter(machine.calls.values()), None)
        if mine is not None and mine.state.number in (7, 9, 25):
            if draw.random() < 0.5:
                machine.disconnect(mine, draw.choice((Cause.USER_BUSY, Cause.CALL_REJECTED)), bus.now)
            elif draw.random() < 0.5:
                machine.connect(mine, bus.now)
        if draw.random() < 0.1 and call.state.number in (6, 7, 9, 25):
            bus.network.disconnect(call, Cause.NORMAL_CLEARING, bus.now)
    bus.settle(bus.now + 400 * SECOND)
    active = [machine for machine in bus.terminals.values() if machine.calls]
    assert len(active) == (call.state is CallState.N10)
    if active:
        assert active[0] is bus.terminals[call.tei]
        bus.network.disconnect(call, Cause.NORMAL_CLEARING, bus.now)
        bus.settle(bus.now + 60 * SECOND)
    assert bus.audit() == []
    assert told(bus, bus.network).count("released") == 1
