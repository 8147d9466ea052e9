"""What a DAHDI driver can do to its line, and the slips that it counts, against a driver in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from dahdi_kernel import Kernel

from trunkbench.config import SpanConfig
from trunkbench.device import Event, Gap, LineFault, Mode
from trunkbench.errors import PortError
from trunkbench.ports import dahdi
from trunkbench.ports import dahdi_abi as abi
from trunkbench.ports.dahdi import DahdiPort
from trunkbench.ports.dahdi_driver import Driver
from trunkbench.ports.dahdi_faults import DEFECTS, LOOPS, SLOT_LOOP
from trunkbench.ports.dahdi_slips import timing_slips
from trunkbench.slips import SLIP
from trunkwire.ticks import SECOND

Make = Callable[..., DahdiPort]
ALL = {SLOT_LOOP, *DEFECTS, *LOOPS}
LOCAL = {SLOT_LOOP, "local-loop"}


class Host:
    """A host's monotonic clock, set by hand."""

    seconds = 50.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.shut()


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def make(kernel: Kernel, host: Host) -> Iterator[Make]:
    made: list[DahdiPort] = []

    def open_it(**options: bool) -> DahdiPort:
        config = SpanConfig(name="span1", port="dahdi:1")
        port = DahdiPort(1, config, Driver(kernel.system), monotonic=host, **options)
        made.append(port)
        return port

    yield open_it
    for port in made:
        port.close()


def commands(kernel: Kernel) -> list[int]:
    return [asked.command for asked in kernel.asked(abi.MAINT) if isinstance(asked, abi.MaintInfo)]


# -- maintenance --------------------------------------------------------------------------------------------


def test_what_the_driver_lacks_is_not_in_caps(kernel: Kernel, make: Make) -> None:
    port = make()
    assert commands(kernel) == [abi.Maint.NONE]
    assert port.caps.faults == {SLOT_LOOP}
    with pytest.raises(PortError, match="cannot insert the fault 'crc4-defect'; those it can: slot-loop"):
        port.insert(LineFault("crc4-defect", 0, 0))


@pytest.mark.parametrize(
    ("name", "card", "faults"),
    [
        ("TE4/0/1", "Wildcard TE410P (5th Gen)", ALL),
        ("WCTE2/0/1", "Wildcard TE235", ALL),
        ("WCT13x/0", "Wildcard TE131/TE133", ALL),
        ("WCT1/0", "Wildcard TE122 (VPMADT032)", LOCAL),
        ("WCT1/0", "Digium Wildcard E100P E1/PRA Board", LOCAL),
        ("Tor2/0/1", "Tormenta 2", LOCAL),
        ("WCT1/0", "Digium Wildcard TE110P T1/E1 Board", {SLOT_LOOP}),
        ("XPP_PRI/0", "Astribank", {SLOT_LOOP}),
    ],
)
def test_what_a_driver_has_is_known_without_harm(
    kernel: Kernel, make: Make, name: str, card: str, faults: set[str]
) -> None:
    """Opening a port asks for nothing that would touch the line."""
    kernel.maint = frozenset(abi.Maint)
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], name=name, devicetype=card)
    assert make().caps.faults == faults
    assert commands(kernel) == [abi.Maint.NONE]


def test_a_known_driver_that_says_no_to_all_has_none(kernel: Kernel, make: Make) -> None:
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], name="TE4/0/1")
    assert make().caps.faults == {SLOT_LOOP}


def test_what_is_found_by_trying_is_what_the_driver_did(kernel: Kernel, make: Make) -> None:
    """A loop that was closed is opened again, and nothing is tried that might last."""
    kernel.maint = frozenset({abi.Maint.NONE, abi.Maint.CRC_DEFECT, abi.Maint.LOCALLOOP})
    assert make(try_faults=True).caps.faults == {SLOT_LOOP, "crc4-defect", "local-loop"}
    asked = commands(kernel)
    assert set(asked) == {abi.Maint.NONE, *DEFECTS.values(), *LOOPS.values()}
    assert asked[asked.index(abi.Maint.LOCALLOOP) + 1] == abi.Maint.NONE


def test_trying_is_asked_for_in_the_address(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> None:
    kernel.maint = frozenset({abi.Maint.NONE, abi.Maint.BIPOLAR_DEFECT})
    monkeypatch.setattr(dahdi, "Driver", lambda: Driver(kernel.system))
    found = {}
    for address in ("1", "1,maint=try", "1,hdlc=own,maint=try"):
        port = dahdi.open_port(address, SpanConfig(name="s"))
        found[address] = port.caps.faults - {SLOT_LOOP}
        port.close()
    assert found == {
        "1": set(),
        "1,maint=try": {"bipolar-defect"},
        "1,hdlc=own,maint=try": {"bipolar-defect"},
    }


def test_maintenance_is_used_when_it_is_due(kernel: Kernel, make: Make) -> None:
    kernel.maint = frozenset({abi.Maint.NONE, abi.Maint.CRC_DEFECT, abi.Maint.LOCALLOOP})
    kernel.spans[1] = dataclasses.replace(kernel.spans[1], name="TE2/0/1")
    port = make()
    assert port.caps.faults == ALL
    kernel.log.clear()
    port.insert(LineFault("crc4-defect", 100, 0))
    port.insert(LineFault("local-loop", 200, 300))
    assert port.next_deadline() == 100
    for now, told in ((99, []), (100, [8]), (200, [8, 1]), (499, [8, 1]), (500, [8, 1, 0])):
        list(port.poll(now))
        assert commands(kernel) == told
    port.insert(LineFault("line-loop", 600, 10))
    with pytest.raises(PortError, match="the driver of this card refuses 'line-loop'"):
        list(port.poll(600))
    assert "line-loop" not in port.caps.faults


def test_the_buffers_chosen_are_shown(make: Make) -> None:
    assert make().describe() == (
        "Test card 1: 31 channels, 0 of them configured, no alarm; audio in 20 ms blocks, sent 60 ms ahead, "
        "16 buffers; transmit policy immediate"
    )


# -- slips --------------------------------------------------------------------------------------------------


def gaps(port: DahdiPort, now: int) -> list[Event]:
    return [event for event in port.poll(now) if isinstance(event, Gap)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (
            'Span 1: TE2/0/1 "T2XXP" (MASTER) HDB3/CCS/CRC4 \n\n\t   1 TE2/0/1/1 Clear \n',
            0,
        ),
        ("Span 1: x \n\tBPV count: 3\n\tIRQ misses: 4\n\tTiming slips: 17\n\n\t   1 x Clear \n", 17),
        ("Span 1: Timing slips: 9\n", 0),
    ],
)
def test_the_count_is_read_from_the_drivers_text(text: str, count: int) -> None:
    assert timing_slips(text) == count


def test_what_the_driver_counts_of_slips_is_told_on_every_b_channel(
    kernel: Kernel, make: Make, host: Host
) -> None:
    kernel.slips[1] = 5  # of before
    port = make()
    port.open(16, Mode.FRAMES)
    for slot in (1, 2):
        port.open(slot, Mode.OCTETS)
    assert gaps(port, 0) == []
    host.seconds += 0.2
    assert gaps(port, SECOND // 5) == []
    kernel.slips[1] = 6
    host.seconds += 0.05
    assert gaps(port, SECOND // 4) == []  # it is not looked at every time
    host.seconds += 0.1
    at = SECOND * 35 // 100
    told = gaps(port, at)
    assert [(gap.at, gap.slot, gap.n, gap.cause) for gap in told if isinstance(gap, Gap)] == [
        (at, 1, 1, SLIP),
        (at, 2, 1, SLIP),
    ]
    host.seconds += 0.2
    assert gaps(port, SECOND) == []
    assert port.stats()["timing slips"] == 1


def test_a_count_that_an_alarm_has_reset_begins_anew(kernel: Kernel, make: Make, host: Host) -> None:
    kernel.slips[1] = 7
    port = make()
    port.open(1, Mode.OCTETS)
    list(port.poll(0))
    for count, total in ((0, 0), (2, 2), (1, 3)):
        kernel.slips[1] = count
        host.seconds += 0.2
        list(port.poll(0))
        assert port.stats()["timing slips"] == total


def test_without_proc_there_are_no_slips(make: Make, host: Host) -> None:
    port = make()
    port.open(1, Mode.OCTETS)
    host.seconds += 1
    list(port.poll(0))
    assert port.stats()["timing slips"] == 0
