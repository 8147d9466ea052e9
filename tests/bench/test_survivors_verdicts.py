"""What the conformance tester keeps of the line, and how a verdict is shown with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import pytest

from trunkbench.conform import tester
from trunkbench.conform.case import Case, CaseResult, Summary, Verdict
from trunkbench.conform.catalogue import catalogue, select
from trunkbench.conform.rungs import rungs
from trunkbench.conform.tester import Arrival, Station
from trunkbench.trace.record import Direction, FrameRecord
from trunkwire.lapd import LapdSettings
from trunkwire.side import Side
from trunkwire.ticks import MILLISECOND, SECOND

SABME, UA = bytes.fromhex("00017f"), bytes.fromhex("000173")
KINDS = ("valid", "inopportune", "invalid", "timers")
CASE = Case("g/h", "one", Side.NETWORK, "U4", "to see", "5.1", (), id="Q931.X")

RECORDS = tuple(
    FrameRecord(at, direction, bytes.fromhex(octets))
    for at, direction, octets in (
        (0, Direction.OUT, "00017f"),
        (1_000_000, Direction.IN, "000173"),
        (500_999_999, Direction.IN, "02010000ab"),  # a tick before a pause
        (1_000_999_999, Direction.OUT, "02010102"),  # a pause
        (1_001_999_999, Direction.OUT, "00010102"),
        (1_002_999_999, Direction.IN, "00"),
    )
)
LADDER = """\
        time  tester (user)                    IUT (network)
    0.000000  │──────────────── SABME P=1 ────────────────▶│
    0.001000  │◀────────────────── UA F=1 ─────────────────│
    0.501000  │◀─────── I P=0 N(S)=0 N(R)=0 1 octets ──────│  ← decided by this
              │                     ⋮                      │
    1.001000  │────────── RR response F=0 N(R)=1 ─────────▶│
    1.002000  │────────── RR command P=0 N(R)=1 ──────────▶│
    1.003000  │◀─────────────── no frame: 00 ──────────────│
"""


def test_a_case_of_layer_2_is_drawn_frame_by_frame() -> None:
    assert rungs(RECORDS, Side.USER, 2) == LADDER
    result = CaseResult(replace(CASE, layer=2), Verdict.FAIL, frame=2, records=RECORDS)
    assert result.ladder() == LADDER
    assert result.decided_by == "02 01 00 00 ab"


def test_a_case_of_layer_3_is_drawn_by_its_messages() -> None:
    result = CaseResult(CASE, Verdict.FAIL, records=RECORDS[:2])
    assert result.ladder() == "No call in 2 frames.\n"
    assert CaseResult(CASE, Verdict.PASS).ladder() == "no frame crossed\n"


def test_a_case_that_no_frame_decides_says_so() -> None:
    told = CaseResult(CASE, Verdict.INCONCLUSIVE, "why", line_time_s=0.123456789).to_json()
    assert (told["decided_by"], told["verdict"], told["line_time_s"]) == (None, "inconclusive", 0.123457)
    assert (told["id"], told["path"]) == ("Q931.X", "g/h/one")


def test_a_summary_counts_by_group() -> None:
    other = replace(CASE, group="g/i")
    results = [
        CaseResult(CASE, Verdict.PASS),
        CaseResult(CASE, Verdict.FAIL),
        CaseResult(CASE, Verdict.PASS),
        CaseResult(other, Verdict.INCONCLUSIVE),
    ]
    summary = Summary(results)
    assert summary.by_group() == {
        "g/h": {Verdict.PASS: 2, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 0},
        "g/i": {Verdict.PASS: 0, Verdict.FAIL: 0, Verdict.INCONCLUSIVE: 1},
    }
    assert [summary.count(verdict) for verdict in Verdict] == [2, 1, 1]
    assert list(summary.of(Verdict.FAIL)) == [results[1]]


@pytest.fixture
def station() -> Station:
    made = Station(Side.NETWORK, LapdSettings(), "span1")
    made.begin(SECOND)
    return made


def sent(station: Station) -> list[bytes]:
    return list(iter(station.poll_output, None))


def test_every_frame_is_recorded_from_the_beginning_of_its_case(station: Station) -> None:
    station.receive(SABME, SECOND + MILLISECOND)
    station.receive(SABME, SECOND + 2 * MILLISECOND)
    assert list(station.frames) == [
        Arrival(SECOND + MILLISECOND, 0, SABME),
        Arrival(SECOND + 2 * MILLISECOND, 1, SABME),
    ]
    assert (station.up, station.resets) == (True, 0)  # V(S) = V(A): no second DL-ESTABLISH indication
    assert sent(station) == [UA, UA]
    assert [(record.at_ns, record.direction) for record in station.records] == [
        (1_000_000, Direction.IN),
        (2_000_000, Direction.IN),
        (2_000_000, Direction.OUT),
        (2_000_000, Direction.OUT),
    ]


def test_a_line_that_is_cut_carries_nothing_either_way(station: Station) -> None:
    station.muted = True
    station.receive(SABME, SECOND)
    station.queue(UA, SECOND)
    assert (sent(station), station.records, list(station.frames), station.up) == ([], [], [], False)
    station.muted = False
    assert sent(station) == []  # what was lost is lost


@pytest.mark.parametrize("attribute", ["raw", "deaf"])
def test_what_is_only_listened_to_is_not_answered(station: Station, attribute: str) -> None:
    setattr(station, attribute, True)
    station.receive(SABME, SECOND)
    assert (sent(station), station.up, len(station.records), len(station.frames)) == ([], False, 1, 1)


def test_a_raw_frame_goes_out_at_once_and_time_counts_from_it(station: Station) -> None:
    pump = type("Line", (), {"now": SECOND})()
    out: list[bytes] = []
    nothing = cast(Any, None)
    its = tester.Tester(station, pump, lambda: out.extend(sent(station)), nothing, nothing)
    pump.now = 2 * SECOND
    its.begin()
    assert (its.mark, its.repeated_at, station.epoch) == (2 * SECOND,) * 3
    assert (its.tei, its.other_tei, its.numbered_from, its.requested_ri) == (0, 0, 0, 0)
    pump.now = 3 * SECOND
    its.send_frame(UA)
    assert (out, its.mark, its.repeated_at) == ([UA], 3 * SECOND, 2 * SECOND)


@pytest.mark.parametrize("role", Side)
def test_the_catalogue_is_in_the_order_of_protocols_states_and_kinds(role: Side) -> None:
    """Within a protocol the states count up, those without a number first; an id counts within its place."""
    cases = catalogue(role)
    protocols = [case.group.partition("/")[0] for case in cases]
    assert protocols == sorted(protocols)
    for protocol in set(protocols):
        states = [case.group.split("/")[2] for case in cases if case.group.startswith(f"{protocol}/")]
        numbers = [int("".join(filter(str.isdigit, state)) or -1) for state in states]
        assert numbers == sorted(numbers)
    for earlier, later in pairwise(cases):
        one, other = earlier.group.split("/"), later.group.split("/")
        if one[:3] == other[:3]:
            assert KINDS.index(one[3]) <= KINDS.index(other[3])
    seen: dict[str, int] = {}
    for case in cases:
        stem, _, number = case.id.rpartition("_")
        seen[stem] = seen.get(stem, 0) + 1
        assert int(number) == seen[stem]
        _protocol, _role, state, _kind = case.group.split("/")
        letter = state[0] if state[0].isalpha() else role.value[0]
        assert case.id.partition(".")[2].startswith((letter.upper(), f"{role.value[0].upper()}_"))
    assert len({case.id for case in cases}) == len({case.path for case in cases}) == len(cases)


def test_cases_are_chosen_by_group_by_path_and_by_id() -> None:
    cases = catalogue(Side.NETWORK)
    group = cases[0].group
    of_group = [case for case in cases if case.group == group]
    assert list(select(cases, [group])) == list(select(cases, [f"{group}/"])) == of_group
    protocol = group.partition("/")[0]
    assert list(select(cases, [protocol])) == [
        case for case in cases if case.group.startswith(f"{protocol}/")
    ]
    assert select(cases, [cases[5].path]) == select(cases, [cases[5].id]) == (cases[5],)
    assert select(cases, [cases[7].id, cases[2].id]) == (cases[2], cases[7])
