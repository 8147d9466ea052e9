"""What scenarios read out of a timeline, and the line of a basic access as its config has it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from trunkbench import Bench
from trunkbench.bri.build import basic_wire
from trunkbench.bri.bus import Bus
from trunkbench.bri.frame import D
from trunkbench.bri.wire import BUS_GAP, TERMINAL_GAP, BasicPort
from trunkbench.config import parse_config
from trunkbench.device import Mode
from trunkbench.errors import PortError
from trunkbench.scenarios import known_bugs, link_loss
from trunkbench.scenarios.crossed import crossed
from trunkbench.timeline import Entry, FrameEntry, NoteEntry
from trunkwire.lapd.frames import InformationFrame, build
from trunkwire.q931.causes import Cause
from trunkwire.q931.message import Message
from trunkwire.q931.message import build as build_message
from trunkwire.q931.messages import MessageType
from trunkwire.ticks import SECOND


def bench_with(*entries: Entry) -> Bench:
    return cast(Bench, SimpleNamespace(timeline=SimpleNamespace(entries=list(entries))))


def frame(at: int, reference: int, *, ns: int = 0, span: int = 0, out: bool = False) -> FrameEntry:
    information = build_message(Message(reference, MessageType.ALERTING, ()))
    header = InformationFrame(sapi=0, cr=True, tei=0, ns=ns, nr=0, pf=False, information=information)
    return FrameEntry(at, span, out, build(header))


def test_a_message_is_one_however_often_its_frame_came() -> None:
    """The same N(S) on the same span with the same information: anything else is another message."""
    bench = bench_with(
        frame(9, 1),  # before
        frame(10, 2),
        frame(11, 2),  # repeated
        frame(12, 3),  # N(S) comes round again
        FrameEntry(13, 0, False, b"\x00"),  # no frame of LAPD
        frame(14, 2, span=1),
        frame(15, 2, ns=1),
        frame(16, 4, out=True),
    )
    told = [(sent, message.reference) for sent, message in crossed(bench, 10)]
    assert told == [(False, 2), (False, 3), (False, 2), (False, 2), (True, 4)]
    far = known_bugs._said_by_far(bench, 10, MessageType.ALERTING)
    assert [message.reference for message in far] == [2, 3, 2, 2]
    assert known_bugs._said_by_far(bench, 10, MessageType.SUSPEND) == []


def test_only_what_became_of_data_links_since_then_is_a_reset() -> None:
    bench = bench_with(
        NoteEntry(9, "span1 near", "data link down"),
        NoteEntry(10, "span1 near", "data link reset"),
        NoteEntry(11, "span1 far", "remote alarm"),
        frame(12, 1),
    )
    assert link_loss._resets(bench, 10) == ["span1 near: data link reset"]


@pytest.mark.parametrize(
    ("cleared_at", "cause", "failed"),
    [
        (5, Cause.DESTINATION_OUT_OF_ORDER, True),
        (None, Cause.DESTINATION_OUT_OF_ORDER, False),
        (5, Cause.NORMAL_CLEARING, False),
    ],
)
def test_a_call_has_failed_once_it_is_cleared_with_27(
    cleared_at: int | None, cause: Cause, failed: bool
) -> None:
    call = SimpleNamespace(cleared_at=cleared_at, outcome=SimpleNamespace(cause=cause))
    assert link_loss._failed(cast(Any, call)) is failed


BRI = '[bench]\nname = "b"\n[[span]]\nname = "s"\nkind = "bri"\n'
BUS = 'mode = "point-to-multipoint"\n[[span.terminal]]\nname = "one"\n'


@pytest.mark.parametrize(
    ("span", "gaps"),
    [
        ("", {"far": TERMINAL_GAP}),
        ('near = "user"\n', {"near": TERMINAL_GAP}),
        (BUS, {"far": BUS_GAP}),
    ],
    ids=["network", "user", "bus"],
)
def test_the_user_side_keeps_its_distance_on_the_d_channel(span: str, gaps: dict[str, int]) -> None:
    """I.430 6.1: 8 ones between terminals of a bus, and 9 where one has just sent."""
    (config,) = parse_config(BRI + span, "b.toml").spans
    wire = basic_wire(config, "bits", 3 * SECOND)
    assert (wire.gaps, wire.depth) == (gaps, "bits")


def test_a_terminal_without_numbers_is_told_what_to_do_with_any() -> None:
    with Bench(parse_config(BRI + BUS, "b.toml")) as bench:
        bench.far.terminal("one").number("300").answers()
        call = bench.near.dial("300")
        bench.run_until(call.active, within="10s")
        call.hang_up()
        bench.run_until(call.cleared, within="10s")


def test_a_bus_that_is_closed_has_closed_its_port() -> None:
    (config,) = parse_config(BRI + BUS, "b.toml").spans
    port = basic_wire(config, "event", 3 * SECOND).far
    assert isinstance(port, BasicPort)
    bus = Bus(port, ("one",))
    bus.taps[0].open(D, Mode.FRAMES)
    bus.close()
    with pytest.raises(PortError, match="closed"):
        port.send(D, b"\x00\x01\x03")
