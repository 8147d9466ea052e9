"""Filters: what each of them lets through, and that every output shows the same frames and calls."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_traces import BEARER, decode, i_frame, trace

from trunkbench.cli import main
from trunkbench.trace import filters as module
from trunkbench.trace.decoder import Decoded, Decoder
from trunkbench.trace.filters import Filters, Time, matches
from trunkbench.trace.record import Direction, FrameRecord
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    IE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    ConnectedNumberIE,
    KeypadIE,
    RedirectingNumberIE,
)
from trunkwire.q931.message import Message
from trunkwire.q931.messages import MessageType

RR = bytes.fromhex("02010102")


def message(kind: MessageType, reference: int, *ies: IE, answer: bool = False) -> Message:
    return Message(reference, kind, ies, to_originator=answer)


def call(reference: int, number: str, channel: int, cause: Cause) -> list[Message]:
    """A call of the network side, refused with a cause."""
    which = ChannelIdentificationIE.of(channel)
    return [
        message(MessageType.SETUP, reference, BEARER, which, CalledNumberIE(digits=number)),
        message(MessageType.CALL_PROCEEDING, reference, which, answer=True),
        message(MessageType.DISCONNECT, reference, CauseIE(value=cause), answer=True),
        message(MessageType.RELEASE, reference),
        message(MessageType.RELEASE_COMPLETE, reference, answer=True),
    ]


def interleaved(*calls: list[Message]) -> list[bytes]:
    """Their messages in turn, an RR behind each, N(S) counted for each side."""
    frames = []
    sent = {False: 0, True: 0}
    for entry in itertools.zip_longest(*calls):
        for one in filter(None, entry):
            by_user = one.to_originator
            frames.append(i_frame(one, sent[by_user], c_r=0 if by_user else 1))
            sent[by_user] += 1
            frames.append(RR)
    return frames


def untold(*frames: bytes) -> bytes:
    """A capture that tells no sides."""
    return trace(*frames, direction=Direction.UNKNOWN, side=None)


TWO = untold(*interleaved(call(65, "8580", 1, Cause.USER_BUSY), call(66, "300", 2, Cause.NO_CIRCUIT)))
FIRST = [1, 5, 9, 13, 17]
SECOND = [3, 7, 11, 15, 19]


def lines(data: bytes, *options: str) -> list[int]:
    """The numbers of the frames that are shown, a line each."""
    code, out, err = decode(data, *options)
    assert (code, err) == (0, ""), err
    return [int(found[1]) for text in out.splitlines() if (found := re.match(r" +(\d+) +[\d.]+ ", text))]


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (("--call", "65"), FIRST),
        (("--number", "8580"), FIRST),
        (("--number", "80"), FIRST),
        (("--number", "+8580"), FIRST),
        (("--number", "8*0"), FIRST),
        (("--number", "30?"), SECOND),
        (("--number", "80", "--number", "00"), sorted(FIRST + SECOND)),
        (("--number", "58"), []),
        (("--cause", "34"), SECOND),
        (("--cause", "17,34"), sorted(FIRST + SECOND)),
        (("--cause", "16"), []),
        (("--channel", "2"), SECOND),
        (("--channel", "1-2"), sorted(FIRST + SECOND)),
        (("--channel", "3,5-7"), []),
        (("--message", "setup"), [1, 3]),
        (("--message", "Release-Complete,call_proceeding"), [5, 7, 17, 19]),
        (("--message", "0x45"), [9, 11]),
        (("--message", "RR", "--until", "1"), [2, 4]),
        (("--tei", "1"), []),
        (("--tei", "0", "--message", "setup"), [1, 3]),
        (("--since", "4.5"), [19, 20]),
        (("--until", "0.25"), [1, 2]),
        (("--since", "1", "--until", "1.5"), [5, 6, 7]),
        (("--where", "q931.cause_value == 34"), [11]),
        (("--where", "not q931", "--until", "1"), [2, 4]),
        (("--call", "65", "--cause", "34"), []),
        (("--call", "66", "--message", "setup"), [3]),
        (("--channel", "2", "--where", "q931.cause_value"), [11]),
        (("--number", "300", "--since", "3"), [15, 19]),
    ],
)
def test_what_each_filter_shows(options: tuple[str, ...], shown: list[int]) -> None:
    assert lines(TWO, *options) == shown


def test_nothing_shown_is_said_to_be_the_filters_doing() -> None:
    for view in ((), ("-V",), ("-x",), ("--ladder",), ("--calls",)):
        assert decode(TWO, "--call", "99", *view)[1] == "No frame is let through by the filters.\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--message", "stup"), "there is no such message; did you mean SETUP"),
        (("--where", "q931.cause == 3"), "column 1: there is no field 'q931.cause'"),
    ],
)
def test_names_that_do_not_exist_are_usage_errors(options: tuple[str, ...], says: str) -> None:
    code, out, err = decode(TWO, *options)
    assert (code, out) == (2, "")
    assert says in err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--cause", "128"), "a cause is 0 to 127"),
        (("--cause", "x"), "is not a cause"),
        (("--tei", "5-3"), "a TEI is 0 to 127"),
        (("--channel", "256"), "a channel is 0 to 255"),
        (("--number", "(1)"), "is not a number"),
        (("--since", "yesterday"), "write 1.5 (seconds)"),
        (("--since", "25:00:00"), "hour must be in 0..23"),
        (("--until", "2024-02-30T00:00:00"), "day"),
        (("--call", "0x8000"), "0 to 32767"),
    ],
)
def test_values_that_cannot_be_are_refused(
    options: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["decode", "-", *options])
    assert caught.value.code == 2
    assert says in capsys.readouterr().err


def test_clock_times() -> None:
    day = 86_400 * 10**9
    epoch = 20 * day + 5 * 10**9
    assert Time(7).at(epoch) == epoch + 7
    assert Time(7, "1970").at(epoch) == 7
    assert Time(7, "midnight").at(epoch) == 20 * day + 7
    assert lines(TWO, "--since", "00:00:04.5") == [19, 20]
    assert lines(TWO, "--until", "1970-01-01T00:00:00.25Z") == [1, 2]
    assert lines(TWO, "--until", "1970-01-02 00:00") == list(range(1, 21))


def test_a_number_is_matched_by_its_end_or_by_a_pattern() -> None:
    assert matches("85", "4885")
    assert not matches("85", "854")
    assert not matches("1", "")
    assert matches("4*5", "4885")
    assert not matches("4?5", "4885")


@pytest.mark.parametrize(
    "elements",
    [
        (CallingNumberIE(digits="12300"),),
        (ConnectedNumberIE(digits="12300"),),
        (RedirectingNumberIE(digits="12300"),),
        (CalledNumberIE(digits="12"), CalledNumberIE(digits="300")),
        (KeypadIE(keys="12"), KeypadIE(keys="300")),
    ],
)
def test_the_numbers_of_all_parties_count_and_digits_one_by_one_are_one_number(
    elements: tuple[IE, ...],
) -> None:
    frames = [i_frame(message(MessageType.SETUP, 1, BEARER), 0)]
    frames += [i_frame(message(MessageType.INFORMATION, 1, ie), n + 1) for n, ie in enumerate(elements)]
    assert lines(trace(*frames), "--number", "12300") == list(range(1, len(frames) + 1))
    assert lines(trace(*frames), "--number", "12301") == []


def test_the_global_call_reference_is_asked_for_by_zero() -> None:
    restart = Message(0, MessageType.RESTART, ())
    data = untold(i_frame(restart), *interleaved(call(65, "1", 1, Cause.USER_BUSY)))
    assert lines(data, "--call", "0") == [1]
    assert lines(data, "--call", "0", "--cause", "17") == []


def test_many_frames_behind_a_call_that_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are not held back for ever, and none is lost."""
    monkeypatch.setattr(module, "MOST_HELD", 4)
    open_call = [message(MessageType.SETUP, 9, BEARER, ChannelIdentificationIE.of(9))]
    cause = CauseIE(value=Cause.USER_BUSY)
    late = [message(MessageType.DISCONNECT, 9, cause, answer=True)]
    frames = interleaved(open_call)
    for n in range(5):
        frames += interleaved(call(20 + n, "1", 1, Cause.USER_BUSY))
    early = lines(untold(*frames, *interleaved(late)), "--cause", "17")
    assert sorted(early) == [1, *range(3, len(frames), 2), len(frames) + 1]
    assert early != sorted(early)
    assert lines(untold(*frames), "--cause", "17") == list(range(3, len(frames), 2))


# -- every output shows the same ---------------------------------------------------------------------------

choices = st.fixed_dictionaries(
    {},
    optional={
        "--call": st.sampled_from(["65", "66", "99"]),
        "--number": st.sampled_from(["80", "3*", "7"]),
        "--cause": st.sampled_from(["17", "34", "17,34", "16"]),
        "--channel": st.sampled_from(["1", "2", "1-2"]),
        "--message": st.sampled_from(["setup", "setup,RR", "disconnect,release"]),
        "--tei": st.sampled_from(["0", "1"]),
        "--since": st.sampled_from(["0", "1", "2.3"]),
        "--until": st.sampled_from(["1", "3.25", "9"]),
        "--where": st.sampled_from(["q931.cause_value == 34", "lapd.tei == 0", "not q931"]),
    },
)


@settings(max_examples=30)
@given(choices)
def test_every_output_shows_the_same_frames(wanted: dict[str, str]) -> None:
    options = [word for pair in wanted.items() for word in pair]
    shown = lines(TWO, *options)
    trees = decode(TWO, "-V", *options)[1]
    assert [int(n) for n in re.findall(r"(?m)^Frame (\d+):", trees)] == shown
    octets = decode(TWO, "-x", *options)[1]
    assert [int(n) for n in re.findall(r"(?m)^Frame (\d+):", octets)] == shown
    fields = decode(TWO, "--fields", "frame.number", *options)[1]
    assert [int(n) for n in fields.split()] == shown
    objects = [json.loads(text) for text in decode(TWO, "--json", *options)[1].splitlines()]
    assert [entry["n"] for entry in objects] == shown
    of_calls = sorted({1 if n in FIRST else 2 for n in shown if n in FIRST or n in SECOND})
    rows = csv.DictReader(io.StringIO(decode(TWO, "--calls", "--csv", *options)[1]))
    assert sorted(int(row["call"]) for row in rows) == of_calls
    ladder = decode(TWO, "--ladder", *options)[1]
    assert sorted(map(int, re.findall(r"(?m)^Call (\d+):", ladder))) == of_calls


def test_the_parquet_files_have_the_same_frames_and_calls(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    out = tmp_path / "trace.parquet"
    code, text, err = decode(TWO, "--parquet", str(out), "--cause", "34")
    assert (code, err) == (0, "")
    assert text == f"{out}: 5 frames; {tmp_path / 'trace.calls.parquet'}: 1 calls\n"
    frames = parquet.read_table(out).to_pylist()
    assert [row["n"] for row in frames] == SECOND
    assert frames[0]["message"] == "SETUP"
    assert frames[0]["octets"] == interleaved(call(66, "300", 2, Cause.NO_CIRCUIT))[0].replace(
        bytes((2, 1, 0, 0)), bytes((2, 1, 2, 0)), 1
    )
    [row] = parquet.read_table(tmp_path / "trace.calls.parquet").to_pylist()
    assert (row["called"], row["cause"], row["channel"], row["messages"]) == ("300", 34, 2, 5)
    assert row["anomalies"] == []


def test_a_pass_of_filters_can_be_repeated_from_its_beginning() -> None:
    """What a copy has seen is its own: `--parquet` asks twice."""
    wanted = Filters(number=("300",))
    decoder = Decoder()
    frames = interleaved(call(66, "300", 2, Cause.NO_CIRCUIT))
    records = [FrameRecord(n, Direction.UNKNOWN, data, number=n + 1) for n, data in enumerate(frames)]
    items = [decoder.decode(record) for record in records]
    first = list(dataclasses.replace(wanted).select(iter(items)))
    assert [item.record.number for item in first if isinstance(item, Decoded)] == [1, 3, 5, 7, 9]
    assert list(wanted.select(iter(items))) == first
