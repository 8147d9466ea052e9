"""Cases about timeslots: opened and closed, used and misused, and capabilities that are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from portneeds import faults, has_mode, needs
from portrigs import D_SLOT, MS, Rig, assert_names, refused

from trunkbench.device import Cas, LineFault, Mode, Port
from trunkbench.errors import PortError
from trunkwire.ticks import SECOND

FAULTS = {
    "slot-cross": LineFault("slot-cross", 0, SECOND, None, (5, 9)),
    "slot-dead": LineFault("slot-dead", 0, SECOND, 5),
    "bit-errors": LineFault("bit-errors", 0, 0, None, (300, 301)),
    "bit-error-rate": LineFault("bit-error-rate", 0, SECOND, None, (10, 1)),
    "slot-loop": LineFault("slot-loop", 0, SECOND, 1),
    "frame-drop": LineFault("frame-drop", 0, SECOND, D_SLOT, (1,)),
    "frame-corrupt": LineFault("frame-corrupt", 0, SECOND, D_SLOT, (1,)),
}
"""What a fault of that kind needs; one that is not listed needs neither slot nor arguments."""


def uses(port: Port, slot: int) -> dict[str, Callable[[], object]]:
    """Everything that a slot can be used for."""
    return {
        "send": lambda: port.send(slot, bytes(8)),
        "play": lambda: port.play(slot, None, SECOND << 10),
        "heard": lambda: port.heard(slot, 0, 1),
        "horizon": lambda: port.horizon(slot),
    }


class OpenCases:
    """Open, close, misuse, capabilities."""

    def test_it_is_a_port_with_the_capabilities_that_are_declared(self, rig: Rig) -> None:
        """Both ends have every method of a port, and say of themselves what the table says."""
        for end in rig.ends:
            assert isinstance(end.port, Port)
            assert end.port.caps == end.traits.caps

    @pytest.mark.parametrize("slot", [0, 32, -1, 255])
    def test_a_timeslot_that_there_is_not_is_refused(self, rig: Rig, slot: int) -> None:
        """Timeslot 0 carries the framing, and there is none above 31."""
        for end in rig.ends:
            assert_names(refused(end.port.open, slot, Mode.OCTETS), end, slot)

    def test_a_timeslot_is_opened_once(self, rig: Rig) -> None:
        """A second open names the slot and how it is open, and leaves it as it was."""
        slot = rig.audio_slots[0]
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(slot)
        for end in rig.ends:
            for known, mode in ((D_SLOT, Mode.FRAMES), (slot, Mode.OCTETS)):
                for wanted in (Mode.FRAMES, Mode.OCTETS):
                    text = refused(end.port.open, known, wanted)
                    assert_names(text, end, known)
                    assert mode.value in text
        rig.carry([bytes(8)], [bytes(9)])

    @pytest.mark.parametrize("mode", list(Mode))
    def test_a_mode_works_or_is_refused_as_declared(self, rig: Rig, mode: Mode) -> None:
        """What `caps.modes` lists can be opened; everything else is an error with port and slot."""
        slot = D_SLOT if mode is Mode.FRAMES else rig.audio_slots[-1]
        for end in rig.ends:
            if mode in end.traits.caps.modes:
                end.port.open(slot, mode)
            else:
                text = refused(end.port.open, slot, mode)
                assert_names(text, end, slot)
                assert mode.value in text
        rig.run(50 * MS)

    def test_abcd_bits_are_refused_without_the_mode_for_them(self, rig: Rig) -> None:
        """`cas` works on a slot that is open for it, and nowhere else."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        for end in rig.ends:
            for known in (slot, rig.audio_slots[-1]):
                text = refused(end.port.cas, known, 0b1101)
                assert_names(text, end, known)

    @needs(has_mode(Mode.CAS))
    def test_abcd_bits_cross(self, rig: Rig) -> None:
        """Each change is told of at the other end, with its slot."""
        slot = rig.audio_slots[-1]
        rig.open(slot, Mode.CAS)
        rig.run(rig.warm_up)
        for sender, receiver in rig.ways:
            for abcd in (0b0101, 0b1101, 0b1001):
                sender.port.cas(slot, abcd)
                rig.run(200 * MS)
                changes = [event for event in receiver.events if isinstance(event, Cas)]
                assert (changes[-1].slot, changes[-1].abcd) == (slot, abcd)

    @needs(faults)
    def test_every_fault_that_is_declared_can_be_inserted(self, rig: Rig) -> None:
        """On an open span, scheduled ahead of time."""
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(*rig.audio_slots[:2])
        for end in rig.ends:
            for kind in sorted(end.traits.caps.faults):
                form = FAULTS.get(kind, LineFault(kind, 0, SECOND))
                start = rig.now + 10 * MS
                end.port.insert(LineFault(kind, start, form.duration, form.slot, form.args))
        rig.run(2 * SECOND)

    def test_a_fault_that_is_not_declared_is_refused(self, rig: Rig) -> None:
        """By its name, and nothing happens to the line."""
        rig.open(D_SLOT, Mode.FRAMES)
        for end in rig.ends:
            for kind in {"squirrel", *FAULTS} - end.traits.caps.faults:
                text = refused(end.port.insert, LineFault(kind, SECOND << 10, 8))
                assert kind in text
                assert end.port.name in text  # type: ignore[attr-defined]
        rig.carry([bytes(8)], [bytes(9)])

    def test_what_a_slot_is_not_open_for_is_refused(self, rig: Rig) -> None:
        """By port, slot, and how it is open."""
        slot, closed = rig.audio_slots[0], rig.audio_slots[-1]
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(slot)
        for end in rig.ends:
            for wrong, names in (
                (slot, ("send",)),
                (D_SLOT, ("play",)),
                (closed, ("send", "play", "heard", "horizon")),
            ):
                for name in names:
                    assert_names(refused(uses(end.port, wrong)[name]), end, wrong)
            assert "octets" in refused(uses(end.port, slot)["send"])
            assert "frames" in refused(uses(end.port, D_SLOT)["play"])
            assert "closed" in refused(uses(end.port, closed)["send"])

    def test_audio_begins_between_octets(self, rig: Rig) -> None:
        """A start inside an octet is refused."""
        slot = rig.audio_slots[0]
        rig.open_audio(slot)
        for end in rig.ends:
            text = refused(end.port.play, slot, None, rig.soon() + 3)
            assert_names(text, end, slot)

    def test_close_is_final_and_idempotent(self, rig: Rig) -> None:
        """After it every use is an error that says so; nothing is told, waited for or due."""
        slot = rig.audio_slots[0]
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(slot)
        for end in rig.ends:
            port = end.port
            port.close()
            port.close()
            told = len(end.events)
            rig.run(SECOND // 2)
            assert len(end.events) == told
            assert port.next_deadline() is None
            assert list(port.fds()) == []
            for known, names in ((slot, ("play", "heard")), (D_SLOT, ("send",))):
                for name in names:
                    text = refused(uses(port, known)[name])
                    assert_names(text, end, known)
                    assert "closed" in text
            with pytest.raises(PortError, match="closed"):
                port.open(slot, Mode.OCTETS)
            port.close()

    def test_an_end_closes_while_the_other_goes_on(self, rig: Rig) -> None:
        """What is sent to nobody is no error, and the line at the other end falls silent."""
        slot = rig.audio_slots[0]
        rig.open(D_SLOT, Mode.FRAMES)
        rig.open_audio(slot)
        rig.far.port.close()
        for _ in range(5):
            rig.near.port.send(D_SLOT, bytes(8))
            rig.run(100 * MS)
        horizon = rig.near.port.horizon(slot) // 8
        assert len(set(rig.near.port.heard(slot, horizon - 400, 400))) == 1
