"""Lines and data links where the kernels and the tables are read twice: stretches whose errors come again,
CRC-4 without the counter of bits of numpy 2, parameters at their limits, and what counters count.
"""

from __future__ import annotations

import numpy as np
import pytest
from e1_lines import Reference, framed
from lapd_bus import MULTIPOINT, Draw
from lapd_talk import Talk

from trunkwire.e1 import Defect, Framer, crc4, crc4_blocks, multiplex
from trunkwire.lapd import LapdSettings
from trunkwire.lapd.management import ManagementMessage, ManagementType
from trunkwire.lapd.parameters import offer, read
from trunkwire.lapd.terminal import Terminal, TerminalState
from trunkwire.ticks import SECOND


def test_a_stretch_with_one_bad_fas_and_three_later_is_lost_at_the_third() -> None:
    """One portion, in which the frame is whole again between the errors (G.706 4.1.1)."""
    _, line = framed(16 * 16, 11)
    line = line.copy()
    line[[64, 80, 82, 84], 0] ^= 1
    reference = Reference(True)
    reference.receive(line)
    result = Framer(crc4=True).receive(line)
    lof = [defect for defect in result.defects if defect.name == "LOF"]
    assert lof[:2] == [Defect(43, "LOF", False), Defect(84, "LOF", True)]
    assert lof == reference.lof


def test_parities_are_the_same_without_a_counter_of_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """numpy 1 has no `bitwise_count`."""
    slots = np.random.default_rng(5).integers(0, 256, (32, 8 * 40), dtype=np.uint8)
    line = multiplex(slots)
    expected = [crc4(line[8 * b : 8 * b + 8].tobytes()) for b in range(40)]
    monkeypatch.setitem(crc4_blocks.__globals__, "_COUNTS", False)
    assert crc4_blocks(slots).tolist() == expected


def test_a_t200_that_the_octet_cannot_hold_is_offered_as_the_longest() -> None:
    """The T200 parameter has one octet, in units of 0.1 s (Appendix IV)."""
    longest = LapdSettings(t200=26 * SECOND, t203=60 * SECOND)
    values = read(offer(longest))
    assert values is not None
    assert values[9] == 255


def test_rejects_are_counted_by_one() -> None:
    talk = Talk()
    talk.steps("establish; UA F; data; I ns=1 nr=0; REJ response nr=0")
    counters = talk.link.counters
    assert (counters.rejects_sent, counters.rejects_received, counters.out_of_sequence) == (1, 1, 1)
    assert counters.retransmissions == 1


def test_a_terminal_that_needed_its_last_request_may_still_verify() -> None:
    """T202 of a verification asks anew once (5.3.5.3), however often the TEI had been asked for (5.3.2.1)."""
    machine = Terminal(MULTIPOINT, Draw(1, 2, 3))
    machine.want(0)
    for expected in (2, 3):
        deadline = machine.next_deadline()
        assert deadline is not None
        machine.handle_timer(deadline)
        assert machine.attempts == expected
    machine.receive(ManagementMessage(type=ManagementType.IDENTITY_ASSIGNED, reference=3, tei=64), 9000)
    machine.verify(9000)
    machine.handle_timer(9000 + MULTIPOINT.t202)
    assert (machine.state, machine.tei) == (TerminalState.VERIFYING_TEI_AGAIN, 64)
    machine.handle_timer(9000 + 2 * MULTIPOINT.t202)
    assert (machine.state, machine.tei) == (TerminalState.NO_TEI, None)
