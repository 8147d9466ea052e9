"""A row a call: times, digits, causes, who cleared, what was odd, what the trace lacks, the order of rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_traces import BEARER, decode, i_frame, trace

from trunkbench.trace import callrows, calls
from trunkbench.trace.callrows import AT_BEGINNING, AT_END, MOST_ANOMALIES, REUSED, CallRow, CallRows
from trunkbench.trace.calltable import CSV_HEADER, csv_line, json_line, table_lines, values
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.record import Direction, FrameRecord, Layer
from trunkbench.trace.views.parquet import CALL_COLUMNS, call_values
from trunkwire.lapd import GROUP_TEI
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    IE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    Coding,
    DisplayIE,
    KeypadIE,
    ProgressDescription,
    ProgressIndicatorIE,
    RawIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

SECOND = 1_000_000_000
THREE = ChannelIdentificationIE.of(3)
PROGRESS = ProgressIndicatorIE(description=ProgressDescription.INBAND_INFORMATION)


class Line:
    """A D channel of a PRI between a network and a user, whose frames are recorded at the network."""

    def __init__(self) -> None:
        self.records: list[FrameRecord] = []
        self._sent = {Side.NETWORK: 0, Side.USER: 0}

    def say(
        self,
        at: float,
        side: Side,
        kind: MessageType,
        *ies: IE | RawIE,
        reference: int = 65,
        answer: bool | None = None,
        again: bool = False,
        tei: int = 0,
    ) -> None:
        """One message; the network allocated the call reference unless `answer` says otherwise."""
        flag = side is Side.USER if answer is None else answer
        octets = build(Message(reference, kind, ies, to_originator=flag))
        n_s = self._sent[side] - again
        self._sent[side] = n_s + 1
        frame = bytes((2 if side is Side.NETWORK else 0, tei << 1 | 1, n_s << 1 & 0xFE, 0)) + octets
        if tei == GROUP_TEI:
            frame = bytes((2 if side is Side.NETWORK else 0, 0xFF, 3)) + octets
        self.record(at, side, frame)

    def record(self, at: float, side: Side, frame: bytes) -> None:
        direction = Direction.OUT if side is Side.NETWORK else Direction.IN
        number = len(self.records) + 1
        record = FrameRecord(round(at * SECOND), direction, frame, side=Side.NETWORK, number=number)
        self.records.append(record)


def rows(records: Iterable[FrameRecord]) -> list[CallRow]:
    """The rows of a trace."""
    decoder, found = Decoder(), CallRows()
    out: list[CallRow] = []
    for record in records:
        out += found.feed(decoder.decode(record))
    return [*out, *found.finish(decoder.finish())]


NETWORK, USER = Side.NETWORK, Side.USER
M = MessageType


def whole_call(line: Line, at: float = 1.0, reference: int = 65, cleared_by: Side = USER) -> None:
    """A call of the network side that is answered and cleared."""
    numbers = (CallingNumberIE(digits="4930"), CalledNumberIE(digits="200"))
    other = cleared_by.peer

    def say(after: float, side: Side, kind: MessageType, *ies: IE) -> None:
        line.say(at + after, side, kind, *ies, reference=reference)

    say(0, NETWORK, M.SETUP, BEARER, THREE, *numbers)
    say(0.1, USER, M.CALL_PROCEEDING, THREE)
    say(0.2, USER, M.ALERTING)
    say(2, USER, M.CONNECT)
    say(2.1, NETWORK, M.CONNECT_ACKNOWLEDGE)
    say(12, cleared_by, M.DISCONNECT, CauseIE(value=Cause.NORMAL_CLEARING))
    say(12.1, other, M.RELEASE)
    say(12.2, cleared_by, M.RELEASE_COMPLETE)


@pytest.mark.parametrize("cleared_by", Side)
def test_a_whole_call(cleared_by: Side) -> None:
    line = Line()
    whole_call(line, cleared_by=cleared_by)
    assert rows(line.records) == [
        CallRow(
            number=1,
            reference=65,
            origin="network",
            span="",
            slot=0,
            tei=0,
            caller="4930",
            called="200",
            channel=3,
            bearer="speech",
            setup_ns=1 * SECOND,
            alerting_ns=1_200_000_000,
            answer_ns=3 * SECOND,
            clear_ns=13 * SECOND,
            end_ns=13_200_000_000,
            cleared_by=cleared_by.value,
            cause=16,
            messages=8,
            retransmissions=0,
            anomalies=(),
            first=1,
            last=8,
            cut="",
        )
    ]
    [row] = rows(line.records)
    assert (row.duration_ns, row.meaning) == (10 * SECOND, "normal call clearing")


def test_a_call_that_the_trace_has_only_the_end_or_the_beginning_of() -> None:
    line = Line()
    whole_call(line)
    [late] = rows(line.records[3:])
    assert (late.setup_ns, late.answer_ns, late.cut) == (None, 3 * SECOND, AT_BEGINNING)
    assert late.caller == late.called == ""
    [early] = rows(line.records[:5])
    assert (early.clear_ns, early.duration_ns, early.cause, early.cut) == (None, None, None, AT_END)
    [middle] = rows(line.records[3:5])
    assert middle.cut == f"{AT_BEGINNING}; {AT_END}"


def test_digits_one_by_one_make_the_called_number() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, CalledNumberIE(digits="20"))
    line.say(1, NETWORK, M.INFORMATION, CalledNumberIE(digits="3"))
    line.say(1, NETWORK, M.INFORMATION, CalledNumberIE(digits="3"), again=True)
    line.say(2, NETWORK, M.INFORMATION, CalledNumberIE(digits="4"))
    line.say(3, NETWORK, M.NOTIFY, CalledNumberIE(digits="9"))
    [row] = rows(line.records)
    assert (row.called, row.messages, row.retransmissions) == ("2034", 4, 1)


def test_digits_on_the_keypad_count_where_there_is_no_called_number() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, KeypadIE(keys="*21"))
    line.say(1, NETWORK, M.INFORMATION, KeypadIE(keys="#"))
    assert rows(line.records)[0].called == "*21#"
    line.say(2, NETWORK, M.INFORMATION, CalledNumberIE(digits="5"))
    assert rows(line.records)[0].called == "5"


def test_the_last_single_channel_that_is_named_is_the_call_s() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, ChannelIdentificationIE.of(3, exclusive=False))
    line.say(1, USER, M.CALL_PROCEEDING, ChannelIdentificationIE.of(4))
    line.say(2, USER, M.ALERTING, ChannelIdentificationIE.of(5, 6))
    assert rows(line.records)[0].channel == 4


def test_a_refusal_clears_at_once() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, THREE)
    line.say(1, USER, M.RELEASE_COMPLETE, CauseIE(value=Cause.USER_BUSY))
    [row] = rows(line.records)
    assert (row.clear_ns, row.end_ns, row.cause, row.cleared_by) == (SECOND, SECOND, 17, "user")
    assert row.duration_ns is None


def test_a_cause_that_comes_with_the_second_message_of_the_clearing() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, THREE)
    line.say(1, NETWORK, M.RELEASE)
    line.say(2, USER, M.RELEASE_COMPLETE, CauseIE(value=Cause.NO_CIRCUIT))
    [row] = rows(line.records)
    assert (row.clear_ns, row.cleared_by, row.cause) == (SECOND, "network", 34)


def test_a_cause_in_a_foreign_coding_or_without_meaning() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, THREE)
    line.say(1, USER, M.RELEASE_COMPLETE, CauseIE(coding=Coding.NATIONAL, value=17))
    [row] = rows(line.records)
    assert (row.cause, row.meaning) == (None, "")
    line.say(20, NETWORK, M.SETUP, BEARER, THREE)
    line.say(21, USER, M.RELEASE_COMPLETE, CauseIE(value=126))
    assert (rows(line.records)[1].cause, rows(line.records)[1].meaning) == (126, "not in Q.850")


def test_retransmissions_change_nothing_but_their_number() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, THREE, CalledNumberIE(digits="1"))
    line.say(4, NETWORK, M.SETUP, BEARER, THREE, CalledNumberIE(digits="1"))  # T303, a frame of its own
    line.say(5, USER, M.CONNECT)
    line.say(6, USER, M.CONNECT, again=True)  # T200
    [row] = rows(line.records)
    assert (row.called, row.messages, row.retransmissions) == ("1", 2, 2)
    assert (row.setup_ns, row.answer_ns, row.last) == (0, 5 * SECOND, 4)
    assert row.anomalies == ()


def test_what_is_odd_is_told_with_its_frame() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, THREE)
    line.say(1, USER, M.PROGRESS)
    line.say(2, USER, M.ALERTING, RawIE(0, 0x1E, b"\x80"))
    [row] = rows(line.records)
    assert row.anomalies[0] == "frame 2: progress indicator is missing (5.8.6.1)"
    assert row.anomalies[1].startswith("frame 3: octet 9: ProgressIndicatorIE")
    for _ in range(MOST_ANOMALIES):
        line.say(3, USER, M.PROGRESS)
    [row] = rows(line.records)
    assert len(row.anomalies) == MOST_ANOMALIES + 1
    assert row.anomalies[-1] == "and 2 more"


def test_a_reference_that_is_used_again_before_its_call_was_cleared() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, THREE, CalledNumberIE(digits="1"))
    line.say(1, NETWORK, M.SETUP, BEARER, THREE, CalledNumberIE(digits="2"))
    first, second = rows(line.records)
    assert (first.called, first.anomalies, first.cut) == ("1", (REUSED,), "")
    assert (second.called, second.anomalies, second.cut) == ("2", (), AT_END)


def test_a_release_complete_that_is_sent_again_belongs_to_the_call() -> None:
    line = Line()
    whole_call(line)
    line.say(16, USER, M.RELEASE_COMPLETE, again=True)
    [row] = rows(line.records)
    assert (row.messages, row.retransmissions) == (8, 1)
    line.say(13.2 + calls.LINGER_NS / SECOND + 0.001, NETWORK, M.STATUS_ENQUIRY)
    first, second = rows(line.records)
    assert first == row
    assert second.cut == f"{AT_BEGINNING}; {AT_END}"


def test_of_several_terminals_the_one_that_got_the_call_clears_it() -> None:
    """Q.931 5.2.9: the others are released with cause 26 before."""
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, ChannelIdentificationIE.of_basic(1), tei=GROUP_TEI)
    for tei in (64, 65):
        line.say(1, USER, M.ALERTING, tei=tei)
    line.say(2, USER, M.CONNECT, tei=65)
    line.say(2.1, NETWORK, M.CONNECT_ACKNOWLEDGE, tei=65)
    line.say(2.2, NETWORK, M.RELEASE, CauseIE(value=Cause.NON_SELECTED_USER_CLEARING), tei=64)
    line.say(2.3, USER, M.RELEASE_COMPLETE, tei=64)
    line.say(9, USER, M.DISCONNECT, CauseIE(value=Cause.NORMAL_CLEARING), tei=65)
    [row] = rows(line.records)
    assert (row.tei, row.clear_ns, row.cause, row.cleared_by) == (65, 9 * SECOND, 16, "user")
    assert row.channel == 1


def test_without_layer_2_the_ends_are_known_by_their_direction() -> None:
    setup = build(Message(5, M.SETUP, (BEARER, THREE)))
    answer = build(Message(5, M.RELEASE_COMPLETE, (CauseIE(value=Cause.USER_BUSY),), to_originator=True))
    records = [
        FrameRecord(0, Direction.OUT, setup, layer=Layer.Q931, number=1),
        FrameRecord(1, Direction.IN, answer, layer=Layer.Q931, number=2),
    ]
    [row] = rows(records)
    assert (row.origin, row.cleared_by, row.tei, row.messages) == ("out", "in", None, 2)


# -- the order of rows, and memory -------------------------------------------------------------------------


def test_rows_come_in_the_order_of_their_beginning() -> None:
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, THREE, reference=1)
    whole_call(line, 1, reference=2)
    whole_call(line, 30, reference=3)
    line.say(60, USER, M.RELEASE_COMPLETE, reference=1)
    whole_call(line, 80, reference=4)
    decoder, found = Decoder(), CallRows()
    out = [[row.number for row in found.feed(decoder.decode(record))] for record in line.records]
    assert [numbers for numbers in out if numbers] == [[1, 2, 3]]
    assert [row.number for row in found.finish(decoder.finish())] == [4]


def test_a_call_that_stays_open_does_not_hold_back_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callrows, "WAITING", 2)
    line = Line()
    line.say(0, NETWORK, M.SETUP, BEARER, THREE, reference=1)
    for n in range(5):
        whole_call(line, 30 * n + 1, reference=2 + n)
    assert [row.number for row in rows(line.records)] == [2, 3, 1, 4, 5, 6]


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 7)), max_size=40))
def test_every_message_is_counted_in_one_row(sent: list[tuple[int, int]]) -> None:
    kinds = [M.SETUP, M.CALL_PROCEEDING, M.ALERTING, M.CONNECT, M.CONNECT_ACKNOWLEDGE]
    kinds += [M.DISCONNECT, M.RELEASE, M.RELEASE_COMPLETE]
    line = Line()
    for n, (reference, kind) in enumerate(sent):
        line.say(n * 7, NETWORK, kinds[kind], DisplayIE(text=str(n)), reference=reference)
    found = rows(line.records)
    assert sum(row.messages + row.retransmissions for row in found) == len(sent)
    assert [row.number for row in found] == list(range(1, len(found) + 1))


def test_ended_calls_are_forgotten() -> None:
    """However many there are, and even if no time goes by."""
    watch = Decoder()
    for n in range(3):
        line = Line()
        whole_call(line, n * 100)
        for record in line.records:
            watch.decode(record)
    assert len(watch.calls) == 1
    still = calls.CallWatch()
    for reference in range(1, calls.MOST_LINGERING + 50):
        for kind in (M.SETUP, M.RELEASE_COMPLETE):
            still.follow(Message(reference, kind), b"", ("", 16), NETWORK, 0)
    assert len(still) == calls.MOST_LINGERING + 1  # the last one included


# -- as text -----------------------------------------------------------------------------------------------


def two_rows() -> list[CallRow]:
    line = Line()
    whole_call(line)
    line.say(30, USER, M.SETUP, BEARER, CallingNumberIE(digits='1",\n2'), answer=False, reference=7)
    return rows(line.records)


def test_csv_and_json_have_the_same_values_by_the_same_names() -> None:
    found = two_rows()
    table = list(csv.DictReader(io.StringIO("\n".join([CSV_HEADER, *map(csv_line, found)]))))
    objects = [json.loads(json_line(row)) for row in found]
    assert list(values(found[0])) == list(table[0]) == list(objects[0]) == list(CALL_COLUMNS)
    assert len(call_values(found[0])) == len(CALL_COLUMNS)
    for text, plain in zip(table, objects, strict=True):
        anomalies = plain.pop("anomalies")
        assert text.pop("anomalies") == " | ".join(anomalies)
        assert text == {name: "" if value is None else str(value) for name, value in plain.items()}
    assert objects[0]["setup"] == "1.000000000"
    assert objects[0]["duration"] == "10.000000000"
    assert objects[1]["caller"] == '1",\\x0a2'
    assert objects[1]["cut"] == AT_END


def test_the_table_fits_80_and_160_columns() -> None:
    for width, columns in ((80, 9), (160, 16)):
        lines = list(table_lines(two_rows(), lambda: 0, width))
        assert max(map(len, lines)) <= width
        assert len(lines[0].split()) == columns
        assert any(AT_END in text for text in lines)
    narrow, wide = (list(table_lines(two_rows(), lambda: 0, width)) for width in (80, 160))
    assert narrow[1].split()[:9] == ["1", "4930", "200", "3", "1.000", "2.000", "10.000", "user", "16"]
    assert "0.200" in wide[1].split()


def test_calls_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    data = trace(
        i_frame(Message(65, M.SETUP, (BEARER, THREE, CalledNumberIE(digits="300")))),
        i_frame(Message(65, M.RELEASE_COMPLETE, (CauseIE(value=Cause.USER_BUSY),)), 1),
    )
    code, out, err = decode(data, "--calls")
    assert (code, err) == (0, "")
    assert out.splitlines()[1].split()[:2] == ["1", "65"]
    assert "17 user busy" in out
    monkeypatch.setenv("COLUMNS", "80")
    narrow = decode(data, "--calls", "--colour", "never", tty=True)[1]
    assert narrow.splitlines()[1].split()[:2] == ["1", "-"]
    assert decode(data, "--calls", "--csv")[1].startswith(CSV_HEADER + "\n1,65,network,")
    assert json.loads(decode(data, "--calls", "--json")[1])["cause"] == 17
    assert decode(trace(), "--calls")[1] == "No frames.\n"
    assert decode(trace(bytes.fromhex("02010102")), "--calls")[1] == "No call in this trace.\n"
    assert decode(trace(), "--calls", "--csv")[1] == CSV_HEADER + "\n"
    assert decode(trace(), "--calls", "--json")[1] == ""
