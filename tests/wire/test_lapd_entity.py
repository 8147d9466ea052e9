"""Layer 2 of a D channel with several terminals: TEIs, links, broadcast, management (Q.921 5.2, 5.3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lapd_bus import MULTIPOINT, Bus, Draw

from trunkwire.lapd import Data, LapdEntity, LapdMisuse, LapdSettings, State, UnitData
from trunkwire.side import Side

UP = State.MULTIPLE_FRAME_ESTABLISHED


def three() -> Bus:
    """Three terminals whose links are up, under TEIs 64, 65 and 66."""
    bus = Bus(3)
    for terminal in bus.terminals:
        terminal.establish(bus.now)
        bus.run()
    assert bus.network.teis == (64, 65, 66)
    return bus


def test_a_terminal_gets_a_tei_and_its_link() -> None:
    bus = Bus()
    bus.terminals[0].establish(0)
    assert bus.run() == [
        "t1 > identity request ri=100 ai=127",
        "net 64 assigned",
        "net > identity assigned ri=100 ai=64",
        "t1 64 assigned",
        "t1 > 64 SABME P",
        "net > 64 UA F",
        "net 64 established by peer",
        "t1 64 established",
    ]
    assert bus.network.audit() == bus.terminals[0].audit() == []


def test_each_terminal_has_a_link_of_its_own() -> None:
    bus = three()
    bus.network.send(b"two", bus.now, tei=65)
    bus.terminals[2].send(b"three", bus.now)
    bus.run()
    assert [bus.data(end) for end in range(4)] == [[(66, b"three")], [], [(65, b"two")], []]
    assert [end.audit() for end in bus.ends] == [[]] * 4


def test_a_broadcast_reaches_every_terminal_and_nobody_answers() -> None:
    bus = three()
    bus.network.broadcast(b"setup", bus.now)
    assert bus.run()[0] == "net > 127 UI +7365747570"
    assert [bus.data(end) for end in range(4)] == [[], *[[(127, b"setup")]] * 3]
    bus.terminals[0].broadcast(b"up", bus.now)
    bus.run()
    assert bus.data(0) == [(127, b"up")]


def test_a_broadcast_reaches_a_terminal_without_a_tei() -> None:
    bus = Bus(1)
    bus.network.broadcast(b"setup", 0)
    bus.run()
    assert bus.data(1) == [(127, b"setup")]
    assert bus.terminals[0].teis == ()


def test_releasing_one_link_leaves_the_others() -> None:
    bus = three()
    bus.network.release(bus.now, tei=65)
    bus.run()
    states = [bus.network.link(tei).state for tei in (64, 65, 66)]
    assert states == [UP, State.TEI_ASSIGNED, UP]
    assert bus.terminals[1].teis == (65,)


def test_fixed_terminals_are_taken_as_they_come_beside_automatic_ones() -> None:
    bus = Bus(1)
    fixed = bus.add(LapdSettings(tei=5, t200=1000, t203=10_000))
    for terminal in bus.terminals:
        terminal.establish(0)
    log = bus.run()
    assert "net 5 assigned" in log
    assert bus.network.teis == (5, 64)
    bus.network.send(b"to the fixed one", bus.now, tei=5)
    bus.run()
    assert bus.data(2) == [(5, b"to the fixed one")]
    assert fixed.teis == (5,)


def test_the_network_may_call_a_fixed_terminal_first() -> None:
    bus = Bus(0)
    bus.add(LapdSettings(tei=9, t200=1000, t203=10_000))
    bus.network.establish(0, tei=9)
    bus.run()
    assert bus.network.link(9).state is UP


def test_point_to_point_needs_no_tei_in_requests() -> None:
    settings = LapdSettings(t200=1000, t203=10_000)
    bus = Bus(1, settings=settings)
    bus.network.establish(0)
    assert bus.run()[-1] == "net 0 established"
    bus.network.send(b"down", bus.now)
    bus.terminals[0].send(b"up", bus.now)
    bus.run()
    assert (bus.data(0), bus.data(1)) == ([(0, b"up")], [(0, b"down")])


def test_requests_for_links_that_are_not_there_say_so() -> None:
    bus = three()
    with pytest.raises(LookupError, match=r"say which TEI: there are \[64, 65, 66\]"):
        bus.network.send(b"", bus.now)
    with pytest.raises(LookupError, match=r"no data link has TEI 80; there are \(64, 65, 66\)"):
        bus.network.establish(bus.now, tei=80)
    with pytest.raises(LookupError, match="TEI 65: this terminal has 64"):
        bus.terminals[0].send(b"", bus.now, tei=65)
    with pytest.raises(ValueError, match="SAPI 16: this entity has"):
        bus.network.broadcast(b"", bus.now, sapi=16)
    with pytest.raises(ValueError, match="261 octets: N201 of this entity is 260"):
        bus.network.broadcast(bytes(261), bus.now)
    with pytest.raises(LapdMisuse, match="state 1 TEI unassigned"):
        Bus().terminals[0].send(b"", 0)
    with pytest.raises(LookupError, match="network side asks for no verification"):
        bus.network.verify(0)
    with pytest.raises(LookupError, match="check of TEIs is the network side's"):
        bus.terminals[0].check(0)
    with pytest.raises(LookupError, match="network side's"):
        bus.terminals[0].remove(0, 64)
    assert bus.run() == []


def test_what_an_entity_cannot_be_made_of() -> None:
    with pytest.raises(ValueError, match="random reference number"):
        LapdEntity(Side.USER, MULTIPOINT)
    for sapis in ((), (0, 63)):
        with pytest.raises(ValueError, match="63 is management's own"):
            LapdEntity(Side.NETWORK, sapis=sapis)


def test_two_service_access_points_share_one_tei() -> None:
    network = LapdEntity(Side.NETWORK, MULTIPOINT, sapis=(0, 16))
    bus = Bus(0)
    bus.network = network
    terminal = LapdEntity(Side.USER, MULTIPOINT, random=Draw(7), sapis=(0, 16))
    bus.terminals.append(terminal)
    terminal.establish(0)
    terminal.establish(0, sapi=16)
    log = bus.run()
    assert log.count("t1 > identity request ri=7 ai=127") == 1
    assert [terminal.link(sapi=sapi).state for sapi in (0, 16)] == [UP, UP]
    terminal.send(b"packet", bus.now, sapi=16)
    network.broadcast(b"all", bus.now, sapi=16)
    bus.run()
    found = [
        (end, output.tei, output.sapi) for end, output in bus.heard if isinstance(output, Data | UnitData)
    ]
    assert sorted(found) == [(0, 64, 16), (1, 127, 16)]
    network.remove(bus.now, 64)
    assert bus.run().count("t1 64 released") == 2


def test_a_point_to_point_link_may_lose_its_tei_too() -> None:
    network = LapdEntity(Side.NETWORK)
    network.remove(0, 0)
    found = [type(output).__name__ for output in iter(network.poll_output, None)]
    assert found == ["TeiRemoved", "Transmit", "Transmit"]
    assert network.teis == ()


REQUESTS: dict[str, tuple[Callable[[LapdEntity], None], int]] = {
    "establish": (lambda end: end.establish(5, 64), 1),
    "release": (lambda end: end.release(5, 64), 1),
    "send": (lambda end: end.send(b"1", 5, 64), 1),
    "send_unit": (lambda end: end.send_unit(b"1", 5, 64), 1),
    "broadcast": (lambda end: end.broadcast(b"1", 5), 1),
    "busy": (lambda end: end.set_own_busy(True, 5, 64), 1),
    "negotiate": (lambda end: end.negotiate(5, 64), 1),
    "deactivate": (lambda end: end.deactivate(5), 1),
    "check": (lambda end: end.check(5, 64), 1),
    "remove": (lambda end: end.remove(5, 64), 4),
    "verify": (lambda end: end.verify(5), 1),
}


@pytest.mark.parametrize("side", list(Side), ids=lambda side: side.value)
@pytest.mark.parametrize("name", list(REQUESTS))
def test_what_a_request_causes_is_there_at_once(name: str, side: Side) -> None:
    bus = Bus(1)
    bus.terminals[0].establish(0)
    bus.run()
    end = bus.network if side is Side.NETWORK else bus.terminals[0]
    request, count = REQUESTS[name]
    if (name in ("check", "remove") and side is Side.USER) or (name == "verify" and side is Side.NETWORK):
        with pytest.raises(LookupError):
            request(end)
        return
    request(end)
    assert len(list(iter(end.poll_output, None))) == count
    assert end.poll_output() is None
