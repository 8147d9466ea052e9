"""Cases about audio: every octet both ways on every slot, changes on the sample, nothing heard twice over."""

from __future__ import annotations

import pytest
from portneeds import counts_samples, needs
from portrigs import MS, Rig, refused
from portvoices import Voice, assert_carried, hear

from trunkbench.device import Gap, Mode
from trunkbench.errors import PortError
from trunkwire.ticks import SAMPLE, SECOND, Tick


class AudioCases:
    """The B channels."""

    def test_audio_crosses_to_the_octet_both_ways(self, rig: Rig) -> None:
        """From the sample on at which it was to begin: silence before it, every octet behind it."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        looking_from = rig.now // SAMPLE
        start = rig.soon()
        for index, end in enumerate(rig.ends):
            end.port.play(slot, Voice(index), start)
        rig.run(start - rig.now + 600 * MS)
        for index, (_, receiver) in enumerate(rig.ways):
            assert_carried(rig, receiver, slot, [(start // SAMPLE, Voice(index))], looking_from)

    def test_every_slot_carries_its_own_audio_at_once(self, rig: Rig) -> None:
        """Each slot both ways, each with a voice of its own."""
        rig.open_audio(*rig.audio_slots)
        start = rig.soon()
        looking_from = start // SAMPLE - 40
        for index, end in enumerate(rig.ends):
            for slot in rig.audio_slots:
                end.port.play(slot, Voice(100 * index + slot), start)
        rig.run(start - rig.now + 500 * MS)
        for index, (_, receiver) in enumerate(rig.ways):
            for slot in rig.audio_slots:
                plan = [(start // SAMPLE, Voice(100 * index + slot))]
                assert_carried(rig, receiver, slot, plan, looking_from)

    def test_a_source_is_replaced_and_silenced_on_the_sample(self, rig: Rig) -> None:
        """Another voice, silence, and the first voice again, where it would have been by then."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        looking_from = rig.now // SAMPLE
        first = rig.soon() // SAMPLE
        plan = [(first, Voice(1)), (first + 333, Voice(2)), (first + 801, None), (first + 1300, Voice(1))]
        for end in rig.ends:
            for start, voice in plan:
                end.port.play(slot, voice, start * SAMPLE)
        rig.run(rig.most_delay + 700 * MS)
        for end in rig.ends:
            assert_carried(rig, end, slot, plan, looking_from)

    def test_a_later_wish_replaces_what_was_planned_behind_it(self, rig: Rig) -> None:
        """Plans from the new start on are forgotten, those before it stand."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        looking_from = rig.now // SAMPLE
        first = rig.soon() // SAMPLE
        for start, voice in ((first, Voice(1)), (first + 900, Voice(2)), (first + 500, Voice(3))):
            rig.near.port.play(slot, voice, start * SAMPLE)
        rig.run(rig.most_delay + 500 * MS)
        assert_carried(rig, rig.far, slot, [(first, Voice(1)), (first + 500, Voice(3))], looking_from)

    def test_a_change_while_audio_plays_lasts(self, rig: Rig) -> None:
        """Changed while it is on the line, it is heard from one sample on and stays so."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        looking_from = rig.now // SAMPLE
        first = rig.soon() // SAMPLE
        rig.near.port.play(slot, Voice(1), first * SAMPLE)
        rig.run(300 * MS + rig.most_delay)
        then = rig.soon() // SAMPLE
        rig.near.port.play(slot, Voice(2), then * SAMPLE)
        rig.run(300 * MS + 2 * rig.most_delay)
        assert_carried(rig, rig.far, slot, [(first, Voice(1)), (then, Voice(2))], looking_from)

    def test_an_idle_slot_is_silent(self, rig: Rig) -> None:
        """Nothing is played, so silence of the law is heard, both ways."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        first = rig.now // SAMPLE
        rig.run(200 * MS)
        for end in rig.ends:
            assert set(hear(end, slot, first)) == {0xD5}

    def test_the_horizon_only_rises_and_what_was_heard_stays(self, rig: Rig) -> None:
        """Read again later, in other portions, it is the same."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        first = rig.now // SAMPLE
        rig.near.port.play(slot, Voice(5), rig.soon())
        before: Tick = rig.far.port.horizon(slot)
        heard = b""
        for _ in range(20):
            rig.run(35 * MS)
            horizon = rig.far.port.horizon(slot)
            assert before <= horizon <= rig.now + SECOND // 10
            again = hear(rig.far, slot, first)
            assert again.startswith(heard)
            before, heard = horizon, again
        assert len(heard) > 20 * 35 * 8 - 800
        parts = [rig.far.port.heard(slot, first + at, 7) for at in range(0, 4200, 7)]
        assert b"".join(parts) == heard[:4200]
        assert rig.far.port.heard(slot, first, 0) == b""

    def test_what_has_not_come_cannot_be_heard(self, rig: Rig) -> None:
        """One sample beyond the horizon: an error with port, slot and horizon."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        rig.run(100 * MS)
        for end in rig.ends:
            horizon = end.port.horizon(slot) // SAMPLE
            text = refused(end.port.heard, slot, horizon - 9, 10)
            assert f"timeslot {slot}" in text
            assert "horizon" in text
            assert len(end.port.heard(slot, horizon - 10, 10)) == 10

    def test_what_is_too_old_cannot_be_heard(self, make_rig: object) -> None:
        """What has been let go is an error that says so, never silence."""
        assert callable(make_rig)
        rig: Rig = make_rig(history=SECOND)
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        first = rig.now // SAMPLE
        rig.run(3 * SECOND)
        for end in rig.ends:
            with pytest.raises(PortError, match="too old"):
                end.port.heard(slot, first, 10)
            horizon = end.port.horizon(slot) // SAMPLE
            assert len(end.port.heard(slot, horizon - 4000, 4000)) == 4000

    @needs(counts_samples)
    def test_nothing_is_lost_while_somebody_reads(self, rig: Rig) -> None:
        """No gap is told of, and `lost` has none."""
        rig.open_audio(*rig.audio_slots[:4])
        rig.run(SECOND)
        for end in rig.ends:
            assert [event for event in end.events if isinstance(event, Gap)] == []
            if end.traits.counts:
                for slot in rig.audio_slots[:4]:
                    assert end.port.lost(slot, 0, rig.now // SAMPLE) == []  # type: ignore[attr-defined]

    @needs(counts_samples)
    def test_samples_are_counted_at_the_rate_of_the_line(self, rig: Rig) -> None:
        """8000 a second, never backwards."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        for end in (end for end in rig.ends if end.traits.counts):
            began, counted = rig.now, end.port.counted()  # type: ignore[attr-defined]
            latest = counted
            for _ in range(20):
                rig.run(50 * MS)
                now = end.port.counted()  # type: ignore[attr-defined]
                assert now >= latest
                latest = now
            assert abs((latest - counted) - (rig.now - began)) <= 50 * MS

    def test_slots_of_one_port_have_one_horizon(self, rig: Rig) -> None:
        """No slot lags behind the others by more than a few blocks."""
        slots = rig.audio_slots[:6]
        for slot in slots:
            rig.open(slot, Mode.OCTETS)
            rig.run(13 * MS)
        rig.run(rig.warm_up + 100 * MS)
        for end in rig.ends:
            horizons = [end.port.horizon(slot) for slot in slots]
            assert max(horizons) - min(horizons) <= 100 * MS
            assert rig.now - min(horizons) <= 200 * MS
