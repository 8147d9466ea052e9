"""LAPD: what counters count, what settings and TEIs may be, and that T200 runs from the last frame that was
acknowledged, not from any RR.
"""

from __future__ import annotations

import msgspec
import pytest
from lapd_bus import MULTIPOINT, Bus
from lapd_talk import AUTOMATIC, SETTINGS, Talk

from trunkwire.lapd import LapdEntity, LapdLink, LapdMisuse, LapdSettings
from trunkwire.side import Side

UP = "establish; UA F"


def test_an_acknowledgement_of_nothing_new_does_not_restart_t200() -> None:
    """5.6.3.2: T200 is restarted when an N(R) acknowledges some frames, not when it repeats the last one."""
    talk = Talk()
    talk.steps(f"{UP}; data; data")
    sent_at = talk.now
    talk.now += SETTINGS.t200 // 2
    assert talk.step("RR response nr=0") == []
    assert talk.link.next_deadline() == sent_at + SETTINGS.t200
    assert talk.step("RR response nr=1") == []
    assert talk.link.next_deadline() == talk.now + SETTINGS.t200


def test_counters_count_by_one() -> None:
    talk = Talk()
    talk.steps(f"{UP}; I ns=0 nr=0; RR response nr=0")
    talk.link.receive(b"\x02\x03\x01\x01", talk.now)  # another TEI
    talk.link.receive(b"\x02", talk.now)  # too short for an address
    talk.link.receive(b"\x00\x01", talk.now)  # an address and nothing else
    counters = talk.link.counters
    assert counters.frames_received == 6
    assert (counters.foreign, counters.invalid) == (2, 1)
    before = counters.errors
    assert talk.step("UA F") == ["error C"]
    assert counters.errors == before + 1


@pytest.mark.parametrize("name", ["n202", "t201", "t202", "nm20", "tm20"])
def test_settings_of_management_are_at_least_one(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} = 0: must be within 1"):
        LapdSettings(**{name: 0})
    assert getattr(LapdSettings(**{name: 1}), name) == 1


@pytest.mark.parametrize("tei", [-1, 127])
def test_a_link_takes_no_tei_that_is_none(tei: int) -> None:
    link = LapdLink(Side.USER, AUTOMATIC)
    with pytest.raises(ValueError, match=f"TEI {tei}: a point-to-point link has one of 0 to 126"):
        link.assign(tei, 0)
    assert link.tei is None


def test_a_link_answers_to_its_tei_while_it_has_one() -> None:
    link = LapdLink(Side.USER, AUTOMATIC)
    assert (link.tei, link.addresses) == (None, frozenset())
    with pytest.raises(LapdMisuse, match="state 1 TEI unassigned: xid"):
        link.send_exchange(b"", 0, command=True, pf=True)
    link.send_unit(b"1", 0)
    assert (link.queued_units, link.audit()[:1]) == (1, ["LAPD link is in state 2 assign awaiting TEI"])
    link.assign(126, 0)
    assert (link.queued_units, link.tei) == (0, 126)
    assert link.addresses == {bytes.fromhex("00fd"), bytes.fromhex("02fd")}
    assert LapdLink(Side.USER, msgspec.structs.replace(AUTOMATIC, tei=126)).addresses == link.addresses
    link.remove(0)
    assert (link.tei, link.addresses) == (None, frozenset())


def test_what_is_sent_after_a_new_tei_bears_it() -> None:
    talk = Talk(settings=AUTOMATIC)
    link = talk.link
    for tei, address in ((64, "0081"), (65, "0083")):
        link.establish(0)
        link.assign(tei, 0)
        link.receive(bytes.fromhex(f"{address}73"), 0)
        link.receive(bytes.fromhex(f"02{address[2:]}0101"), 0)
        frames = [output.frame.hex() for output in iter(link.poll_output, None) if hasattr(output, "frame")]
        assert frames == [f"{address}7f", f"02{address[2:]}0101"]
        link.remove(0)


def test_an_entity_counts_what_no_link_does() -> None:
    bus = Bus(2)
    for terminal in bus.terminals:
        terminal.establish(0)
        bus.run()
    bus.network.broadcast(b"1", 0)
    bus.run()
    network, first, second = (end.counters for end in bus.ends)
    assert (network.frames_sent, network.frames_received) == (3, 2)  # two assignments, one broadcast
    assert (first.frames_sent, second.frames_sent) == (1, 1)
    # Answers for the other terminal are heard too: the first hears its TEI, the other's and the broadcast; of
    # the other's link it hears UA, which is not for it. The second had no TEI at the first's UA.
    assert (first.frames_received, first.foreign) == (4, 1)
    assert (second.frames_received, second.foreign) == (4, 1)


def test_an_entity_without_settings_is_a_primary_rate_end() -> None:
    entity = LapdEntity(Side.USER)
    assert (entity.teis, entity.settings, entity.sapis) == ((0,), LapdSettings(), (0,))
    assert entity.armed_timers() == ()
    entity.establish(0)
    assert entity.armed_timers() == ("T200 of TEI 0 SAPI 0",)
    assert "LAPD entity has undrained outputs" in entity.audit()
    assert entity.next_deadline() == LapdSettings().t200


def test_the_sapi_left_out_is_that_of_the_settings() -> None:
    settings = msgspec.structs.replace(MULTIPOINT, tei=1, sapi=16)
    entity = LapdEntity(Side.USER, settings, sapis=(0, 16))
    entity.establish(0)
    assert entity.armed_timers() == ("T200 of TEI 1 SAPI 16",)
    assert LapdEntity(Side.USER, settings, sapis=(0,)).link().settings.sapi == 0
