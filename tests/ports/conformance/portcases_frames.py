"""Cases about frames: in order and intact both ways, whatever their length and contents; queues; errors."""

from __future__ import annotations

import random

import pytest
from portneeds import means, needs, tells_bad_frames
from portrigs import D_SLOT, MS, Rig, assert_names, refused, sent

from trunkbench.device import BadFrame, Frame, Mode, TimeBase
from trunkbench.errors import PortError, QueueFull
from trunkwire.hdlc import BitEncoder
from trunkwire.ticks import SAMPLE, SECOND

SHORTEST = 3
"""Octets of the shortest frame with an address and a control field (Q.921 2.2)."""

MANY = 2000
"""More frames than any queue takes at once."""


def numbered(count: int, octets: int = 8) -> list[bytes]:
    """Frames that tell their number."""
    return [number.to_bytes(4, "big") + bytes(octets - 4) for number in range(count)]


class FrameCases:
    """The D channel."""

    def test_frames_of_every_length_cross_both_ways(self, rig: Rig) -> None:
        """From 3 octets to N201 and its header (Q.921 5.9.3), and the longest that the port carries."""
        rig.open(D_SLOT, Mode.FRAMES)
        shared = min(end.traits.longest for end in rig.ends)
        lengths = [*range(SHORTEST, min(shared, 264) + 1), shared]
        rng = random.Random(1)
        frames = [rng.randbytes(length) for length in lengths]
        rig.carry(frames, frames[::-1])

    def test_frames_of_every_octet_cross_both_ways(self, rig: Rig) -> None:
        """Flags, aborts and the most inserted zeros among them."""
        rig.open(D_SLOT, Mode.FRAMES)
        frames = [bytes((octet,)) * 5 for octet in range(256)]
        every = bytes(range(256))
        rig.carry([*frames, every, b"\xff" * 250], [*frames[::-1], every[::-1], b"\x7e" * 250])

    def test_a_burst_crosses_in_order(self, rig: Rig) -> None:
        """A hundred frames handed over at once, then single ones."""
        rig.open(D_SLOT, Mode.FRAMES)
        rig.carry(numbered(100), numbered(100))
        for number in range(5):
            rig.carry([bytes((number,)) * 6])
            rig.carry(far=[bytes((number,)) * 7])

    def test_equal_frames_are_each_delivered(self, rig: Rig) -> None:
        """Two frames alike are two frames."""
        rig.open(D_SLOT, Mode.FRAMES)
        rig.carry([b"\x02\x01\x01\x00"] * 20, [b"\x02\x01\x01\x00"] * 20)

    def test_frames_are_told_with_their_slot_and_never_ahead_of_time(self, rig: Rig) -> None:
        """A frame's tick is not before it was sent, nor behind the poll that tells of it."""
        rig.open(D_SLOT, Mode.FRAMES)
        rig.run(30 * MS)
        began = rig.now
        rig.carry(numbered(10))
        assert {type(event) for event in rig.far.events} <= {Frame, BadFrame}
        assert all(event.slot == D_SLOT for event in rig.far.events if isinstance(event, Frame))
        assert all(began <= event.at <= rig.now for event in rig.far.events)

    def test_frames_do_not_disturb_audio_nor_audio_frames(self, rig: Rig) -> None:
        """Frames cross while every other slot plays what looks like flags."""
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(*rig.audio_slots)
        for end in rig.ends:
            for slot in rig.audio_slots:
                end.port.play(slot, lambda first, n: b"\x7e" * n, rig.soon())
        rig.carry(numbered(40, 60), numbered(40, 60))
        for end in rig.ends:
            for slot in rig.audio_slots:
                horizon = end.port.horizon(slot) // SAMPLE
                assert end.port.heard(slot, horizon - 80, 80) == b"\x7e" * 80

    def test_a_full_queue_refuses_whole_frames_and_empties(self, rig: Rig) -> None:
        """QueueFull names port and slot; what was accepted arrives, and nothing of what was refused."""
        rig.open(D_SLOT, Mode.FRAMES)
        rig.run(30 * MS)
        accepted: list[bytes] = []
        full = ""
        for frame in numbered(MANY, 40):
            try:
                rig.near.port.send(D_SLOT, frame)
            except QueueFull as error:
                full = str(error)
                break
            accepted.append(frame)
        assert 16 <= len(accepted) < MANY
        assert_names(full, rig.near, D_SLOT)
        for _ in range(3):
            assert not sent(rig.near, D_SLOT, b"refused" * 6)
        within = 2 * SECOND + 3 * len(accepted) * 46 * SAMPLE
        assert rig.run_until(lambda: len(rig.far.frames()) >= len(accepted), within)
        rig.carry([b"and after"])
        assert rig.far.frames() == [*accepted, b"and after"]

    def test_a_frame_that_does_not_fit_is_refused(self, rig: Rig) -> None:
        """One octet more than the port carries, and none at all: errors with port, slot and limit."""
        rig.open(D_SLOT, Mode.FRAMES)
        for end in rig.ends:
            too_long = end.traits.longest + 1
            text = refused(end.port.send, D_SLOT, bytes(too_long))
            assert_names(text, end, D_SLOT)
            assert f"{too_long} octets" in text
            assert str(end.traits.longest) in text
            assert_names(refused(end.port.send, D_SLOT, b""), end, D_SLOT)
        rig.carry([b"\x02\x01\x7f"], [b"\x00\x01\x7f"])

    @needs(means("mixed"))
    def test_frames_made_by_us_of_octets_are_frames_over_there(self, rig: Rig) -> None:
        """One end opens the slot as frames, the other as octets with HDLC of our own on top (Q.921 2)."""
        frames = self._send_octets(rig)
        good = [frames[0], frames[2], frames[3]]
        assert rig.run_until(lambda: len(rig.far.frames()) >= 3, 3 * SECOND)
        rig.run(50 * MS)
        assert rig.far.frames() == good

    @needs(means("mixed"), tells_bad_frames)
    def test_a_bad_frame_is_named(self, rig: Rig) -> None:
        """A frame with a bit inverted on the line is told of as bad: in its place, where time is exact.

        A card may tell of it beside its queue of frames (DAHDI's events), so before or after them.
        """
        self._send_octets(rig)
        assert rig.run_until(lambda: len(rig.far.frames()) >= 3, 3 * SECOND)
        rig.run(50 * MS)
        told = [event for event in rig.far.events if isinstance(event, Frame | BadFrame)]
        kinds = [event.error if isinstance(event, BadFrame) else "" for event in told]
        first = kinds.index("")
        if rig.far.port.caps.time is TimeBase.EXACT:
            assert kinds[first:] == ["", "bad-fcs", "", ""]
        assert "bad-fcs" in kinds
        assert kinds.count("") == 3
        assert all(event.slot == D_SLOT for event in told)

    @staticmethod
    def _send_octets(rig: Rig) -> list[bytes]:
        """Play four frames, the second with an inverted bit, as octets into a slot that the far end has as
        frames.
        """
        frames = [bytes(8), bytes(30), b"third" * 4, b"\x02\x01\x7f"]
        encoder = BitEncoder()
        for frame in frames:
            encoder.queue(frame)
        line = bytearray(encoder.octets(400))
        # Thirty octets of zeros have a one in every sixth bit's place at most: this bit is amid them.
        line[len(bytes(8)) + 4 + 14] ^= 0x10
        rig.near.port.open(D_SLOT, Mode.OCTETS)
        rig.far.port.open(D_SLOT, Mode.FRAMES)
        rig.run(rig.opening + rig.warm_up)
        start = rig.soon()
        first_sample = start // SAMPLE

        def source(first: int, n: int) -> bytes:
            octets = (
                line[k] if k < len(line) else line[-1]
                for k in range(first - first_sample, first - first_sample + n)
            )
            return bytes(octets)

        rig.near.port.play(D_SLOT, source, start)
        return frames

    def test_a_frame_is_refused_while_its_slot_is_closed_and_crosses_when_it_is_open(self, rig: Rig) -> None:
        """Slots are opened one by one, also while line time runs."""
        with pytest.raises(PortError, match="closed"):
            rig.near.port.send(D_SLOT, bytes(8))
        rig.open_audio(rig.audio_slots[0])
        rig.open(D_SLOT, Mode.FRAMES)
        rig.run(30 * MS)
        rig.carry(numbered(3), numbered(3))
