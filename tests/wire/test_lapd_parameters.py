"""Parameters of a link by XID (Q.921 5.4, Appendix IV): octets, every cell, and two entities that agree."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapd_bus import MULTIPOINT, Bus, Recorder, lines

from trunkwire.lapd import LapdMisuse, LapdSettings, parameters
from trunkwire.lapd.parameters import Negotiation, NegotiationState, agreed, offer, read
from trunkwire.ticks import MILLISECOND, SECOND

OURS = LapdSettings(k=7, n201=260, t200=SECOND, tm20=2000, nm20=3)
OFFER = "82 80 000e 05 02 0104 06 02 0104 07 01 07 09 01 0a"
SMALL = "82 80 000e 05 02 0080 06 02 0040 07 01 03 09 01 14"
AGREED = "82 80 000e 05 02 0040 06 02 0040 07 01 03 09 01 14"
NAMES = {state.title: state for state in NegotiationState}


def test_the_offer_in_octets() -> None:
    """Format and group identifier, group length, then identifier, length and value of each parameter."""
    assert offer(OURS) == bytes.fromhex(OFFER)
    assert read(bytes.fromhex(SMALL)) == {5: 128, 6: 64, 7: 3, 9: 20}


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "82",
        "82800000",
        "8280000307010700",
        "81800003070107",
        "82810003070107",
        "8280000407010709",
        "828000030702ff",
    ],
)
def test_what_is_no_negotiation(octets: str) -> None:
    assert read(bytes.fromhex(octets)) is None


def test_parameters_may_come_alone_and_unknown_ones_are_left_out() -> None:
    assert read(bytes.fromhex("82800006 070103 630199")) == {7: 3, 0x63: 0x99}
    settings = agreed(OURS, {7: 3, 0x63: 0x99})
    assert (settings.k, settings.n201, settings.t200) == (3, 260, SECOND)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({5: 0, 6: 0, 7: 0, 9: 0}, (260, 7, SECOND)),
        ({5: 31, 6: 300}, (260, 7, SECOND)),
        ({5: 32}, (32, 7, SECOND)),
        ({7: 127, 9: 5}, (260, 7, SECOND)),
        ({9: 100}, (260, 7, SECOND)),  # not shorter than T203
        ({9: 99}, (260, 7, 99 * 100 * MILLISECOND)),
    ],
)
def test_the_smaller_sizes_and_the_longer_time_hold(
    values: dict[int, int], wanted: tuple[int, int, int]
) -> None:
    settings = agreed(OURS, values)
    assert (settings.n201, settings.k, settings.t200) == wanted


CELLS = {
    "preset": f"""
negotiate        | command {OFFER}  | awaiting response | TM20
command {SMALL}  | response {AGREED} | agreed |
command          | response          | = |
response {SMALL} |                   | = |
response         |                   | = |
""",
    "awaiting response": f"""
negotiate        |                   | = | TM20
command {SMALL}  | response {AGREED} | = | TM20
command          | response          | = | TM20
response {SMALL} |                   | agreed |
response         |                   | preset |
response ff      |                   | preset |
expire           | command {OFFER}   | = | TM20
expire; expire   | command {OFFER}   | = | TM20
expire; expire; expire |             | preset |
""",
    "agreed": f"""
negotiate        | command {OFFER}   | awaiting response | TM20
negotiate; expire; expire | command {OFFER} | awaiting response | TM20
command {SMALL}  | response {AGREED} | = |
command          | response          | = |
response {SMALL} |                   | = |
response         |                   | = |
""",
}
REACH = {"preset": "", "awaiting response": "negotiate", "agreed": f"negotiate; response {SMALL}"}
LINES = list(lines(CELLS))


class Talk:
    """One negotiation and steps in words."""

    def __init__(self, state: str) -> None:
        self.machine: Any = Negotiation(OURS)
        self.now = 0
        self.steps(REACH[state])
        assert self.machine.state is NAMES[state]

    def steps(self, text: str) -> list[str]:
        out: list[str] = []
        for part in filter(str.strip, text.split(";")):
            name, _, octets = part.strip().partition(" ")
            if name == "negotiate":
                self.machine.negotiate(self.now)
            elif name == "expire":
                self.now = self.machine.next_deadline()
                self.machine.handle_timer(self.now)
            else:
                self.machine.receive(bytes.fromhex(octets), name == "command", True, self.now)
            answers = [self.machine.outputs.popleft() for _ in range(len(self.machine.outputs))]
            assert all(answer.pf for answer in answers)
            out = [f"{'command' if a.command else 'response'} {a.data.hex()}".strip() for a in answers]
        return out


@pytest.mark.parametrize(
    ("state", "steps", "out", "following", "timer"), LINES, ids=[f"{c[0]}: {c[1][:20]}" for c in LINES]
)
def test_cell(state: str, steps: str, out: list[str], following: str, timer: bool) -> None:
    talk = Talk(state)
    assert [line.replace(" ", "") for line in talk.steps(steps)] == [line.replace(" ", "") for line in out]
    assert talk.machine.state is NAMES[following]
    assert (talk.machine.next_deadline() is not None) is timer
    if steps in ("negotiate", "expire") and out:
        assert talk.machine.next_deadline() == talk.now + OURS.tm20


@pytest.mark.parametrize(
    ("steps", "k"), [("negotiate", 7), (f"negotiate; response {SMALL}", 3), (f"command {SMALL}", 3)]
)
def test_settings_change_when_there_is_an_agreement(steps: str, k: int) -> None:
    talk = Talk("preset")
    talk.steps(steps)
    assert talk.machine.settings.k == k


def test_every_row_is_exercised() -> None:
    seen: set[tuple[str, str]] = set()
    table = parameters.compile_table(parameters.TABLE)
    for state, steps, *_ in LINES:
        talk = Talk(state)
        talk.machine._transitions = {key: Recorder(rows, seen) for key, rows in table.items()}
        talk.steps(steps)
    assert seen == {(row.state.name, row.event.name) for row in parameters.TABLE}
    with pytest.raises(ValueError, match="two rows for"):
        parameters.compile_table((*parameters.TABLE, parameters.TABLE[0]))


def test_tm20_expires_at_its_tick_and_not_before() -> None:
    talk = Talk("awaiting response")
    talk.machine.handle_timer(OURS.tm20 - 1)
    assert not talk.machine.outputs
    talk.machine.handle_timer(OURS.tm20)
    assert len(talk.machine.outputs) == 1


def test_two_ends_agree_and_keep_to_it() -> None:
    bus = Bus(1, network=msgspec.structs.replace(MULTIPOINT, k=1, n201=100, t200=6400))
    bus.terminals[0].establish(0)
    bus.run()
    bus.terminals[0].negotiate(bus.now)
    log = bus.run()
    assert [line.split(" +")[0] for line in log] == ["t1 > 64 XID P", "net > 64 XID response F"]
    for link in (bus.network.link(), bus.terminals[0].link()):
        assert (link.settings.k, link.settings.n201, link.settings.t200) == (1, 100, 6400)
        assert link.settings.sapi == 0
    with pytest.raises(ValueError, match="101 octets: N201 of this link is 100"):
        bus.terminals[0].send(bytes(101), bus.now)
    bus.terminals[0].send(b"1", bus.now)
    bus.terminals[0].send(b"2", bus.now)
    frames = [line for line in bus.run() if "> 64 I" in line or "> 64 RR" in line]
    assert frames == [
        "t1 > 64 I ns=0 nr=0 +31",
        "net > 64 RR response nr=1",
        "t1 > 64 I ns=1 nr=0 +32",
        "net > 64 RR response nr=2",
    ]
    assert bus.data(0) == [(64, b"1"), (64, b"2")]
    assert [end.audit() for end in bus.ends] == [[], []]


def test_a_peer_that_does_not_answer_changes_nothing() -> None:
    bus = Bus(1)
    terminal = bus.terminals[0]
    terminal.establish(0)
    bus.run()
    bus.fate = lambda frame, now: iter(())
    terminal.negotiate(bus.now)
    assert "TM20 of TEI 64 SAPI 0" in terminal.armed_timers()
    assert "TEI 64 SAPI 0: parameters are being negotiated" in terminal.audit()
    log = bus.run(3 * MULTIPOINT.tm20)
    assert sum("XID P" in line for line in log) == 3
    assert terminal.link().settings.k == MULTIPOINT.k
    assert not any("TM20" in timer for timer in terminal.armed_timers())


def test_without_a_tei_there_is_nothing_to_negotiate_on() -> None:
    bus = Bus(1)
    with pytest.raises(LapdMisuse, match="state 1 TEI unassigned: xid"):
        bus.terminals[0].negotiate(0)


def test_another_xid_is_answered_empty_and_handed_out() -> None:
    bus = Bus(1)
    bus.terminals[0].establish(0)
    bus.run()
    bus.network.receive(bytes.fromhex("0081bf ff00"), bus.now)
    assert bus.run() == [
        "net 64 exchange command P/F ff00",
        "net > 64 XID response F",
        "t1 64 exchange response P/F",
    ]


def test_a_lost_tei_takes_the_agreement_with_it() -> None:
    bus = Bus(1, network=msgspec.structs.replace(MULTIPOINT, k=1))
    terminal = bus.terminals[0]
    terminal.establish(0)
    bus.run()
    terminal.negotiate(bus.now)
    bus.run()
    bus.network.remove(bus.now, 64)
    bus.run()
    assert terminal.link().settings.k == MULTIPOINT.k


@given(st.binary(max_size=24))
def test_any_octets_are_read_or_not_and_never_make_a_link_worse_than_possible(octets: bytes) -> None:
    for information in (octets, bytes.fromhex("8280") + len(octets).to_bytes(2, "big") + octets):
        values = read(information)
        if values is not None:
            settings = agreed(OURS, values)
            assert 32 <= settings.n201 <= 260
            assert 1 <= settings.k <= 7
            assert settings.t200 < settings.t203
