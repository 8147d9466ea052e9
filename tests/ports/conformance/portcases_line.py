"""Cases about the line and the device: alarms, lost samples, descriptors, deadlines, and vanishing."""

from __future__ import annotations

from portneeds import alarm, counts_samples, means, needs
from portrigs import D_SLOT, MS, Harming, Rig, RigEnd, Starving, Vanishing, refused
from portvoices import Voice, delay_of

from trunkbench.device import Alarm, Gap, Gone, Mode
from trunkwire.ticks import SAMPLE, SECOND


def alarms(end: RigEnd, name: str) -> list[bool]:
    """The beginnings and ends of an alarm that an end has told of."""
    return [event.on for event in end.events if isinstance(event, Alarm) and event.name == name]


class LineCases:
    """Alarms, gaps, descriptors, deadlines, the end."""

    @needs(means("harm"), alarm("LOS"))
    def test_a_cut_line_is_a_loss_of_signal_that_passes(self, rig: Rig) -> None:
        """LOS begins at the receiving end, and ends (G.775)."""
        self._harmed(rig, "cut", "LOS")

    @needs(means("harm"), alarm("LOF"))
    def test_a_cut_line_is_a_loss_of_framing_that_passes(self, rig: Rig) -> None:
        """LOF begins at the receiving end, and ends (G.706)."""
        self._harmed(rig, "cut", "LOF")

    @needs(means("harm"), alarm("AIS"))
    def test_a_line_full_of_ones_is_an_alarm_indication_that_passes(self, rig: Rig) -> None:
        """AIS begins at the receiving end, and ends (G.775)."""
        self._harmed(rig, "ais", "AIS")

    @staticmethod
    def _harmed(rig: Rig, kind: str, name: str) -> None:
        assert isinstance(rig, Harming)
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(rig.audio_slots[0])
        rig.harm(rig.near, kind, 400 * MS)
        assert rig.run_until(lambda: alarms(rig.far, name) == [True], SECOND)
        assert rig.run_until(lambda: alarms(rig.far, name) == [True, False], SECOND)
        rig.run(100 * MS)
        assert alarms(rig.near, name) == []
        rig.carry([bytes(8)], [bytes(9)])

    @needs(means("harm"), alarm("RAI"))
    def test_the_end_that_is_heard_no_more_is_told(self, rig: Rig) -> None:
        """RAI comes back to the end whose line was cut, and passes (G.706)."""
        assert isinstance(rig, Harming)
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(rig.audio_slots[0])
        rig.harm(rig.near, "cut", 400 * MS)
        assert rig.run_until(lambda: alarms(rig.near, "RAI") == [True, False], 2 * SECOND)

    @needs(means("harm"), alarm("LOS"))
    def test_audio_is_right_again_behind_a_cut(self, rig: Rig) -> None:
        """Line time has gone on meanwhile: what is heard then is not shifted."""
        assert isinstance(rig, Harming)
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        voice, start = Voice(3), rig.soon()
        rig.near.port.play(slot, voice, start)
        rig.run(start - rig.now + 300 * MS)
        before = self._delay(rig, slot, voice)
        rig.harm(rig.near, "cut", 200 * MS)
        rig.run(SECOND)
        assert self._delay(rig, slot, voice) == before

    @needs(means("starve"), counts_samples)
    def test_what_nobody_read_in_time_is_a_gap(self, rig: Rig) -> None:
        """Each gap is told of and can be asked for; outside of it every octet is the line's, within it none
        is.
        """
        assert isinstance(rig, Starving)
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        start = rig.soon()
        voice = Voice(4)
        rig.near.port.play(slot, voice, start)
        rig.run(start - rig.now + 300 * MS)
        before = self._delay(rig, slot, voice)
        rig.far.asleep = True
        rig.run(rig.starving_time())
        rig.far.asleep = False
        rig.run(SECOND)
        port = rig.far.port
        horizon = port.horizon(slot) // SAMPLE
        lost = port.lost(slot, 0, horizon)  # type: ignore[attr-defined]
        told = [(event.first, event.n) for event in rig.far.events if isinstance(event, Gap)]
        assert lost
        assert set(lost) <= set(told)
        for first, n in lost:
            assert set(port.heard(slot, first, n)) == {0xD5}
        assert abs(rig.now // SAMPLE - horizon) <= 1600
        after = self._delay(rig, slot, voice)
        assert abs(after - before) <= 400
        # From the last gap on all is well: the gap is long enough, and no octet is told twice.
        first = lost[-1][0] + lost[-1][1]
        heard = port.heard(slot, first, horizon - first)
        assert delay_of(heard, [(start // SAMPLE, voice)], 0xD5, first, 2 * 1600) is not None

    @staticmethod
    def _delay(rig: Rig, slot: int, voice: Voice) -> int:
        """By how many samples the voice arrives later at the far end, as of the last 100 ms."""
        first = rig.far.port.horizon(slot) // SAMPLE - 800
        heard = rig.far.port.heard(slot, first, 800)
        delay = delay_of(heard, [(0, voice)], 0xD5, first, rig.most_delay // SAMPLE + 400)
        assert delay is not None, "what was heard of late is not what was played"
        return delay

    def test_descriptors_stay_the_same(self, rig: Rig) -> None:
        """Asked before each wait, they are the same ones, each with a mask, until the port is closed."""
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(*rig.audio_slots[:3])
        for end in rig.ends:
            before = list(end.port.fds())
            assert all(fd >= 0 and mask > 0 for fd, mask in before)
            rig.carry([bytes(8)] * 5, [bytes(8)] * 5)
            assert list(end.port.fds()) == before

    def test_deadlines_pass_and_are_never_left_behind(self, rig: Rig) -> None:
        """What is due is done by the poll that it was due at, in traffic and in silence.

        The rig counts the polls that leave a deadline where it is; so it does in every case.
        """
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(*rig.audio_slots[:3])
        for end in rig.ends:
            end.port.play(rig.audio_slots[1], Voice(1), rig.soon())
        rig.carry([bytes(20)] * 30, [bytes(30)] * 30)
        rig.run(300 * MS)
        for end in rig.ends:
            deadline = end.port.next_deadline()
            assert deadline is None or deadline > rig.now - 50 * MS
            assert end.problems == []

    def test_a_poll_at_the_same_tick_says_nothing_twice(self, rig: Rig) -> None:
        """Events are told once."""
        rig.open(D_SLOT, Mode.FRAMES)
        rig.run(30 * MS)
        rig.carry([bytes(8)] * 3, [bytes(8)] * 3)
        for end in rig.ends:
            assert list(end.poll(rig.now)) == []
            assert list(end.poll(rig.now)) == []

    @needs(means("vanish"))
    def test_a_device_that_vanishes_says_so_once(self, rig: Rig) -> None:
        """One Gone with a reason, then silence; what was heard can still be asked for, and close works."""
        assert isinstance(rig, Vanishing)
        slot = rig.audio_slots[0]
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(slot)
        rig.near.port.play(slot, Voice(6), rig.soon())
        rig.run(rig.most_delay + 300 * MS)
        port = rig.far.port
        horizon = port.horizon(slot) // SAMPLE
        heard = port.heard(slot, horizon - 800, 800)
        rig.vanish()
        assert rig.run_until(lambda: any(isinstance(event, Gone) for event in rig.far.events), 3 * SECOND)
        told = len(rig.far.events)
        rig.run(SECOND)
        [gone] = [event for event in rig.far.events if isinstance(event, Gone)]
        assert gone.reason
        assert len(rig.far.events) == told
        assert list(port.fds()) == []
        assert port.next_deadline() is None
        assert port.heard(slot, horizon - 800, 800) == heard
        port.send(D_SLOT, bytes(8))  # lost, as on a line that is down
        port.play(slot, None, rig.soon())
        assert "gone" in refused(port.open, rig.audio_slots[1], Mode.OCTETS)
        port.close()
        port.close()
        assert list(port.poll(rig.now + SECOND)) == []
