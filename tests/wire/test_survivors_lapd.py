"""LAPD: what a counter counts, and that T200 runs from the last frame acknowledged, not from any RR."""

from __future__ import annotations

from lapd_talk import SETTINGS, Talk

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
