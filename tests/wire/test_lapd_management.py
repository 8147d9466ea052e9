"""Layer 2 management at work (Q.921 5.3, Table II.1): what is done about errors, TEIs lost and found."""

from __future__ import annotations

import msgspec
import pytest
from lapd_bus import MULTIPOINT, Bus, Draw, addressed, words
from lapd_talk import frame_of

from trunkwire.lapd import Error, ErrorCode, LapdEntity, LapdSettings, State
from trunkwire.lapd.reactions import REACTIONS, TABLE, Action
from trunkwire.side import Side

UP = State.MULTIPLE_FRAME_ESTABLISHED
PERSISTENT = msgspec.structs.replace(MULTIPOINT, reestablish_after=4000)


class Alone:
    """One entity whose link of TEI 64 is up, and a peer that says what the test says."""

    def __init__(self, side: Side, settings: LapdSettings = MULTIPOINT) -> None:
        self.side = side
        self.entity = LapdEntity(side, settings, random=Draw(9))
        self.now = 0
        if side is Side.USER:
            self.entity.establish(0)
            if settings.tei is None:
                self.entity.receive(bytes.fromhex("feff030f00090281"), 0)
            self.step("UA F")
        else:
            if settings.tei is None:
                self.entity.receive(bytes.fromhex("fcff030f000901ff"), 0)
            self.step("SABME P")
        assert self.entity.link().state is UP

    def step(self, text: str) -> list[str]:
        entity = self.entity
        if text == "expire":
            deadline = entity.next_deadline()
            assert deadline is not None
            self.now = deadline
            entity.handle_timer(self.now)
        elif text in ("establish", "release"):
            getattr(entity, text)(self.now)
        else:
            tei = 64 if entity.settings.tei is None else entity.settings.tei
            entity.receive(addressed(frame_of(text, self.side.peer), tei), self.now)
        out = []
        while (output := entity.poll_output()) is not None:
            out.append(words(output, self.side))
        return out


PROVOKED = {
    "A": "RR response F nr=0",
    "B": "DM F",
    "C": "UA F",
    "D": "UA",
    "E": "DM",
    "F": "SABME P",
    "G": "establish; expire; expire; expire",
    "H": "release; expire; expire; expire",
    "I": "expire; expire; expire; expire",
    "J": "RR response nr=1",
    "K": "FRMR F +0000000000",
    "L": "control:2f command",
    "M": "SABME P +00",
    "N": "RR command nr=0 +00",
    "O": "UI +*261",
}
CHECKED = {"C", "D", "G", "H"}


@pytest.mark.parametrize("side", list(Side), ids=lambda side: side.value)
@pytest.mark.parametrize("code", list(ErrorCode))
def test_each_error_and_what_management_does_about_it(code: ErrorCode, side: Side) -> None:
    alone = Alone(side)
    out: list[str] = []
    for step in PROVOKED[code].split("; "):
        out = alone.step(step)
    assert f"64 error {code}" in out
    request = "> identity check request ai=64" if side is Side.NETWORK else "> identity verify ai=64"
    found = [line for line in out if "identity" in line]
    assert found == ([request] if code in CHECKED else [])
    reaction = REACTIONS[code]
    assert (reaction.network is Action.CHECK, reaction.user is Action.VERIFY) == (code in CHECKED,) * 2


ELSEWHERE = [
    ("C", "release; UA F; UA F"),
    ("D", "release; UA F; UA"),
    ("D", "establish; UA"),
    ("D", "release; UA"),
    ("C", "expire; UA F"),
    ("D", "expire; UA"),
    ("B", "expire; DM F"),
    ("E", "expire; DM"),
    ("F", "expire; SABME P"),
    ("J", "expire; RR response nr=1"),
    ("K", "expire; FRMR F +0000000000"),
    *(
        (code, f"{way}{PROVOKED[code]}")
        for code in "LMNO"
        for way in ("release; UA F; ", "establish; ", "release; ", "expire; ")
    ),
]
"""Errors in the other states of Table II.1: 4, 5, 6 and 8."""


@pytest.mark.parametrize("side", list(Side), ids=lambda side: side.value)
@pytest.mark.parametrize(("code", "steps"), ELSEWHERE)
def test_an_error_means_the_same_in_every_state_it_arises_in(code: str, steps: str, side: Side) -> None:
    alone = Alone(side)
    *before, last = steps.split("; ")
    for step in before:
        alone.step(step)
    assert alone.entity.link().state.number in REACTIONS[ErrorCode(code)].states
    out = alone.step(last)
    assert f"64 error {code}" in out
    assert any("identity" in line for line in out) is (code in CHECKED)


def test_table_ii_1_has_every_code_once_and_its_states() -> None:
    assert [row.code for row in TABLE] == list(ErrorCode)
    assert {row.code.value for row in TABLE if row.states == (7, 8)} == set("BEFJK")
    assert {row.code.value for row in TABLE if 4 in row.states} == set("CDLMNO")
    assert all(row.condition for row in TABLE)


@pytest.mark.parametrize("side", list(Side), ids=lambda side: side.value)
def test_on_a_point_to_point_interface_errors_are_only_handed_out(side: Side) -> None:
    alone = Alone(side, LapdSettings(tei=0, t200=1000, t203=10_000))
    assert alone.step("UA F") == ["0 error C"]
    assert "identity" not in "".join(alone.step("expire"))


def test_the_error_says_its_link_and_state() -> None:
    alone = Alone(Side.NETWORK)
    alone.entity.receive(addressed(frame_of("UA F", Side.USER), 64), 0)
    assert alone.entity.poll_output() == Error(ErrorCode.C, UP, 64, 0)


def two_of_one_tei() -> Bus:
    """Two terminals that drew the same Ri and asked at the same time: both take the TEI of the answer."""
    bus = Bus(2, draws=[Draw(5), Draw(5, 77, 78)])
    for terminal in bus.terminals:
        terminal.establish(0)
    return bus


def test_two_terminals_with_one_reference_number_are_found_out() -> None:
    bus = two_of_one_tei()
    log = bus.run(1)
    assert log[:3] == [
        "t1 > identity request ri=5 ai=127",
        "t2 > identity request ri=5 ai=127",
        "net 64 assigned",
    ]
    assert "net > identity check request ai=64" in log
    assert log.count("net > identity remove ai=64") == 2
    assert {"t1 64 removed", "t2 64 removed", "net 64 removed"} <= set(log)
    for terminal in bus.terminals:
        terminal.establish(bus.now)
        bus.run()
    assert [terminal.teis for terminal in bus.terminals] == [(65,), (66,)]
    bus.run(2 * MULTIPOINT.t201)  # late frames of TEI 64 made the network ask for it
    assert bus.network.teis == (65, 66)
    assert [end.audit() for end in bus.ends] == [[], [], []]


def test_a_terminal_that_hears_its_tei_given_to_another_asks_for_a_check() -> None:
    bus = Bus(1)
    bus.terminals[0].establish(0)
    bus.run()
    bus.terminals[0].receive(bytes.fromhex("feff030f77770281"), bus.now)
    assert bus.run() == [
        "t1 > identity verify ai=64",
        "net > identity check request ai=64",
        f"t1 > identity check response ri={1002} ai=64",
    ]
    assert bus.terminals[0].audit() == []
    assert bus.network.audit() == ["TEI management is checking TEI 64"]
    assert "T201 of TEI 64" in bus.network.armed_timers()
    bus.run(2 * MULTIPOINT.t201)
    assert [bus.network.audit(), bus.network.teis] == [[], (64,)]


def test_a_network_that_does_not_answer_a_verification_costs_the_tei() -> None:
    bus = Bus(1)
    bus.terminals[0].establish(0)
    bus.run()
    bus.fate = lambda frame, now: iter(())
    bus.terminals[0].verify(bus.now)
    assert bus.run() == ["t1 > identity verify ai=64"]
    assert "T202" in bus.terminals[0].armed_timers()
    assert bus.terminals[0].audit() == ["TEI management is in state verifying TEI"]
    log = bus.run(2 * MULTIPOINT.t202)
    assert [line for line in log if line.startswith("t1 6") or "verify" in line] == [
        "t1 > identity verify ai=64",
        "t1 64 released",
        "t1 64 removed",
    ]
    assert (bus.terminals[0].teis, bus.terminals[0].audit()) == ((), [])


def test_a_terminal_that_has_gone_loses_its_tei() -> None:
    bus = Bus(2)
    for terminal in bus.terminals:
        terminal.establish(0)
        bus.run()
    del bus.terminals[1]
    bus.network.send(b"anybody", bus.now, tei=65)
    log = bus.run(20_000)
    assert [line for line in log if " > " not in line] == [
        "net 65 error I",
        "net 65 error G",
        "net 65 released",
        "net 65 removed",
    ]
    assert log.count("net > identity check request ai=65") == 2
    assert bus.network.teis == (64,)
    with pytest.raises(LookupError, match="no data link has TEI 65"):
        bus.network.send(b"", bus.now, tei=65)


def test_a_network_that_has_forgotten_its_terminals_finds_them_again() -> None:
    bus = Bus(2, settings=PERSISTENT)
    for terminal in bus.terminals:
        terminal.establish(0)
        bus.run()
    bus.network = LapdEntity(Side.NETWORK, PERSISTENT)
    log = bus.run(40_000)
    checks = [line for line in log if line.endswith("ai=64") and "check request" in line]
    assert len(checks) == 4  # at its SABME, and when it asks for a check since nobody answers that
    assert log.count("net 64 assigned") == log.count("t1 64 established") == 1
    assert bus.network.teis == (64, 65)
    assert [end.audit() for end in bus.ends] == [[], [], []]
    assert all(bus.network.link(tei).state is UP for tei in (64, 65))


def test_what_is_no_first_frame_of_a_terminal_wakes_nobody() -> None:
    bus = Bus(0)
    for text in ("I ns=0 nr=0", "RR command P nr=0", "DISC P", "UA F"):
        bus.network.receive(addressed(frame_of(text, Side.USER), 70), 0)
    bus.network.receive(addressed(frame_of("SABME P", Side.NETWORK), 70), 0)
    bus.network.receive(addressed(frame_of("SABME P", Side.USER), 70, sapi=16), 0)
    assert bus.run() == []
    assert bus.network.counters.foreign == 6
    bus.network.receive(addressed(frame_of("UI +08", Side.USER), 7), 0)
    assert bus.run() == ["net 7 assigned", "net 7 unit 08"]


def test_no_answer_to_any_identity_request() -> None:
    bus = Bus(1, settings=PERSISTENT, fate=lambda frame, now: iter(()))
    terminal = bus.terminals[0]
    terminal.establish(0)
    terminal.send_unit(b"waits", 0)
    assert bus.run(2 * PERSISTENT.t202) == [
        f"t1 > identity request ri={ri} ai=127" for ri in (100, 1002, 1003)
    ]
    assert terminal.audit()[:2] == [
        "TEI none SAPI 0: LAPD link is in state 3 establish awaiting TEI",
        "TEI none SAPI 0: LAPD link has 1 UI frames queued",
    ]
    assert bus.run(PERSISTENT.t202) == ["t1 127 released"]
    assert terminal.armed_timers() == ("reestablish of TEI none SAPI 0",)
    del bus.fate
    bus.fate = lambda frame, now: iter([(now, frame)])
    log = bus.run(PERSISTENT.reestablish_after or 0)
    assert log[-1] == "t1 64 established"
    assert not any("UI" in line for line in log)


def test_a_denied_request_is_repeated_when_t202_expires() -> None:
    bus = Bus(1)
    bus.terminals[0].establish(0)
    bus.fate = lambda frame, now: iter(())
    bus.run()
    bus.terminals[0].receive(bytes.fromhex("feff030f006403ff"), 0)
    bus.run(MULTIPOINT.t202 - 1)
    assert bus.log == []
    assert bus.run(1) == ["t1 > identity request ri=1002 ai=127"]


def test_persistent_deactivation_releases_links_and_keeps_teis() -> None:
    bus = Bus(1)
    bus.terminals[0].establish(0)
    bus.run()
    for end in bus.ends:
        end.deactivate(bus.now)
    assert bus.run() == ["net 64 released", "t1 64 released"]
    assert bus.network.teis == bus.terminals[0].teis == (64,)
    bus.terminals[0].establish(bus.now)
    assert bus.run()[-1] == "t1 64 established"


def test_deactivation_ends_an_attempt_to_get_a_tei() -> None:
    bus = Bus(1, fate=lambda frame, now: iter(()))
    bus.terminals[0].establish(0)
    bus.run()
    bus.terminals[0].deactivate(0)
    assert bus.run() == ["t1 127 released"]
    assert bus.terminals[0].next_deadline() is None


def test_a_fixed_tei_that_was_removed_is_taken_again_when_it_is_needed() -> None:
    fixed = LapdSettings(tei=5, t200=1000, t203=10_000, reestablish_after=4000)
    bus = Bus(0, settings=PERSISTENT)
    terminal = bus.add(fixed)
    terminal.establish(0)
    bus.run()
    bus.network.remove(bus.now, 5)
    log = bus.run()
    assert log.count("net > identity remove ai=5") == 2
    assert {"net 5 released", "net 5 removed", "t1 5 released", "t1 5 removed"} <= set(log)
    log = bus.run(4000)
    assert {"t1 5 assigned", "net 5 assigned"} <= set(log)
    assert bus.network.link(5).state is terminal.link().state is UP
    assert [end.audit() for end in bus.ends] == [[], []]


def test_a_fixed_tei_that_two_have_is_removed_when_checked() -> None:
    bus = Bus(0)
    for _ in range(2):
        bus.add(LapdSettings(tei=5, t200=1000, t203=10_000))
    bus.terminals[0].establish(0)
    bus.run()
    bus.network.check(bus.now, 5)
    assert "net 5 removed" in bus.run()


def test_management_that_is_none_is_counted_and_left_alone() -> None:
    bus = Bus(1)
    bus.terminals[0].establish(0)
    bus.run()
    for octets in (
        "feff030f000002",  # too short
        "feff030e00000681",  # another management entity
        "feff030f00000881",  # no such message
    ):
        bus.terminals[0].receive(bytes.fromhex(octets), bus.now)
    bus.terminals[0].receive(bytes.fromhex("fcff030f00000681"), bus.now)  # from a user side
    bus.terminals[0].receive(bytes.fromhex("feff7f"), bus.now)  # not a UI frame
    bus.terminals[0].receive(bytes.fromhex("42ff0308"), bus.now)  # another SAPI
    bus.terminals[0].receive(bytes.fromhex("02ff03") + bytes(261), bus.now)  # longer than N201
    bus.terminals[0].receive(b"\x02\xff", bus.now)
    assert bus.run() == []
    counters = bus.terminals[0].counters
    assert (counters.invalid, counters.foreign) == (5, 3)
    bus.terminals[0].receive(bytes.fromhex("feff030f0000068286"), bus.now)  # for TEI 65 and 67
    assert bus.run() == []
    bus.terminals[0].receive(bytes.fromhex("feff030f0000068281"), bus.now)  # for TEI 65 and 64
    assert "t1 64 removed" in bus.run()


def test_timers_of_the_whole_are_those_of_its_parts() -> None:
    bus = Bus(1)
    assert bus.network.next_deadline() is None
    bus.terminals[0].establish(0)
    bus.fate = lambda frame, now: iter(())
    bus.run()
    assert bus.terminals[0].next_deadline() == MULTIPOINT.t202
    bus.terminals[0].receive(bytes.fromhex("feff030f00640281"), 7)
    assert bus.terminals[0].next_deadline() == 7 + MULTIPOINT.t200
    bus.terminals[0].handle_timer(6 + MULTIPOINT.t200)
    bus.drain()
    assert bus.log[-1] == "t1 > 64 SABME P"
    count = len(bus.log)
    bus.terminals[0].handle_timer(7 + MULTIPOINT.t200)
    bus.drain()
    assert bus.log[count:] == ["t1 > 64 SABME P"]
