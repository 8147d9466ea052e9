"""A bench on a public trunk: however a call is attempted, the carrier never sees what is not allowed."""

from __future__ import annotations

import pytest
from dutbox import Cards, DutBox, install

from trunkbench import Bench, Cause
from trunkbench.config import SpanConfig, parse_config
from trunkbench.errors import ConfigError, PortError
from trunkbench.numbers import Plan
from trunkbench.ports.guard import DialRefused
from trunkbench.scenarios import SCENARIOS
from trunkbench.scenarios.runner import play
from trunkbench.timeline import NoteEntry
from trunkwire.q931.call import SPEECH_A_LAW, SetupRequest
from trunkwire.q931.ies import CalledNumberIE, ChannelIdentificationIE, KeypadIE, SendingCompleteIE
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side
from trunkwire.ticks import SECOND

TEXT = """
[bench]
name = "public"
clock = "paced"
topology = "carrier"

[[span]]
name = "trunk"
port = "cards:a"
near = "user"
public = true

[safety]
allow = ["10086", "300"]
max_calls = 2
calls_per_minute = 4
max_call = "1m"
"""


class Carrier:
    """A public exchange where every number answers, so that whatever arrives is seen."""

    def __init__(self, cards: Cards) -> None:
        self.boxes: list[DutBox] = []

        def open_port(span: SpanConfig) -> object:
            box = DutBox([span], side=Side.NETWORK)
            numbers = ("10086", "300", "110", "301", "3001")
            self.boxes.append(box.becomes_exchange({number: Plan("answers") for number in numbers}))
            return box.ports[0]

        cards.ports["a"] = open_port  # type: ignore[assignment]

    @property
    def called(self) -> list[str]:
        """The numbers of every call that has reached it."""
        exchange = self.boxes[-1].exchange
        assert exchange is not None
        return [call.called for call in exchange.calls]

    @property
    def talking(self) -> int:
        exchange = self.boxes[-1].exchange
        assert exchange is not None
        return sum(bool(call.active) for call in exchange.calls)


@pytest.fixture
def carrier(monkeypatch: pytest.MonkeyPatch) -> Carrier:
    return Carrier(install(monkeypatch))


def bench(text: str = TEXT) -> Bench:
    return Bench(parse_config(text, "public.toml"))


def test_an_allowed_number_is_called(carrier: Carrier) -> None:
    with bench() as rig:
        call = rig.near.dial("10086")
        rig.run_until(call.active, within="5s")
        assert carrier.called == ["10086"]
        assert rig.audit() == []


@pytest.mark.parametrize("number", ["110", "0110", "301", "3001", "30", "*31#110"])
def test_dial_refuses_before_a_call_exists(carrier: Carrier, number: str) -> None:
    with bench() as rig:
        with pytest.raises(DialRefused):
            rig.near.dial(number)
        rig.run_for("3s")
        assert (rig.near.calls, carrier.called) == ([], [])


def test_overlap_digits_one_by_one(carrier: Carrier) -> None:
    with bench() as rig:
        call = rig.near.dial("1", complete=False)
        rig.run_for("1s")
        with pytest.raises(DialRefused, match="11 is not on its allowlist"):
            call.more_digits("1")
        rig.run_until(call.ended, within="5s")
        assert call.cause == Cause.CALL_REJECTED
        rig.run_for("20s")
        assert "110" not in carrier.called
        assert rig.audit() == []


def test_call_control_is_no_way_around(carrier: Carrier) -> None:
    with bench() as rig:
        span = rig.near.spans[0]
        for request in (
            SetupRequest(called="110", channel=1, sending_complete=True),
            SetupRequest(called="300", channel=1, ies=(KeypadIE(keys="110"),)),
            SetupRequest(channel=1, ies=(KeypadIE(keys="*21*110#"),)),
        ):
            call = span.control.setup(request, rig.pump.now)
            with pytest.raises(DialRefused):
                span.drain()
            assert call.state.number == 0
        rig.run_for("5s")
        assert carrier.called == []
        assert rig.audit() == []


def attack() -> bytes:
    elements = (
        SPEECH_A_LAW,
        ChannelIdentificationIE.of(5),
        CalledNumberIE(digits="110"),
        SendingCompleteIE(),
    )
    return build(Message(77, MessageType.SETUP, elements))


def test_the_data_link_is_no_way_around(carrier: Carrier) -> None:
    with bench() as rig:
        span = rig.near.spans[0]
        span.link.send(attack(), rig.pump.now)
        with pytest.raises(DialRefused, match="110"):
            span.drain()
        for _ in range(5):  # the data link tries again, and the port refuses again
            try:
                rig.run_for("2s")
            except DialRefused:
                continue
        assert carrier.called == []


def test_neither_end_nor_port_nor_trunk_holds_an_unguarded_port(carrier: Carrier) -> None:
    with bench() as rig:
        header = b"\x02\x01\x00\x00"
        for port in (rig.near.spans[0].port, *rig.trunk.ports):
            with pytest.raises(DialRefused, match="110"):
                port.send(16, header + attack())
            with pytest.raises(PortError):
                port.play(16, lambda first, n: bytes(n), rig.pump.now // 8 * 8 + 8)
            with pytest.raises(DialRefused):
                port.cas(1, 1)
        rig.run_for("5s")
        assert carrier.called == []


def test_a_wrapper_of_the_port_does_not_get_between(carrier: Carrier) -> None:
    """A fault injector may do with frames what it likes: the guard reads what it makes of them."""
    from trunkbench.build import Ends

    class Injector:
        def __init__(self, port: object) -> None:
            self.port = port

        def __getattr__(self, name: str) -> object:
            return getattr(self.port, name)

        def send(self, slot: int, frame: bytes) -> None:
            self.port.send(slot, frame.replace(b"300", b"110"))  # type: ignore[attr-defined]

    with Bench(parse_config(TEXT, "public.toml"), ends=Ends(wrap_near=Injector)) as rig:  # type: ignore[arg-type]
        with pytest.raises(DialRefused, match="110"):
            rig.near.dial("300")
        assert carrier.called == []


def test_ceilings(carrier: Carrier) -> None:
    with bench() as rig:
        calls = [rig.near.dial("300"), rig.near.dial("10086")]
        rig.run_for("1s")
        with pytest.raises(DialRefused, match="2 calls are up"):
            rig.near.dial("300")
        for call in calls:
            call.hang_up()
        rig.run_for("2s")
        for _ in range(2):
            call = rig.near.dial("300")
            rig.run_until(call.active, within="5s")
            call.hang_up()
            rig.run_until(call.cleared, within="5s")
        with pytest.raises(DialRefused, match="4 calls were placed within a minute"):
            rig.near.dial("300")
        rig.run_for("60s")
        rig.run_until(rig.near.dial("300").active, within="5s")
        assert len(carrier.called) == 5


def test_a_long_call_is_cleared(carrier: Carrier) -> None:
    with bench() as rig:
        call = rig.near.dial("300")
        rig.run_until(call.active, within="5s")
        rig.run_until(call.ended, within="61s")
        assert rig.now // SECOND in (60, 61)
        rig.run_for("5s")
        assert carrier.talking == 0
        notes = [entry.what for entry in rig.timeline.entries if isinstance(entry, NoteEntry)]
        assert "call 1 has lasted as long as [safety] max_call allows" in notes


def test_a_long_call_that_our_stack_does_not_clear_costs_the_line(carrier: Carrier) -> None:
    with bench() as rig:
        call = rig.near.dial("300")
        rig.run_until(call.active, within="5s")
        rig.near.spans[0].guard = None  # a stack that knows nothing of ceilings
        with pytest.raises(PortError, match="the port has gone: a call has lasted"):
            rig.run_for("300s")
        assert rig.now <= 106 * SECOND


@pytest.mark.parametrize(
    "name", ["thirty-calls", "busy-tone", "no-channel", "restart", "busy-as-16", "promised-tone-missing"]
)
def test_scenarios_are_skipped_with_the_reason_or_keep_to_the_rules(carrier: Carrier, name: str) -> None:
    result = play(SCENARIOS[name], parse_config(TEXT.replace('"300"', '"301"'), "public.toml"))
    assert result.verdict == "skipped"
    assert "is public and " in result.reason
    assert "not on its allowlist" in result.reason


@pytest.mark.parametrize("name", [name for name, each in SCENARIOS.items() if each.facing])
def test_what_does_things_at_both_ends_is_not_played_on_a_public_port(carrier: Carrier, name: str) -> None:
    result = play(SCENARIOS[name], parse_config(TEXT, "public.toml"))
    assert (result.verdict, result.calls) == ("skipped", ())


def test_an_allowlist_that_could_reach_an_emergency_is_no_configuration() -> None:
    with pytest.raises(ConfigError, match="9110 may reach the emergency number 911"):
        parse_config(TEXT.replace('"300"', '"9110"'), "public.toml")
