"""The fast paths of the decoder give the bytes of the general ones, on any capture: whole, broken, mixed."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
from bulk_captures import DAMAGED, FRAMES, OPENING, WHOLE, pcap, pcapng
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkbench.trace.bulk import batches
from trunkbench.trace.bulk.batches import Batch, Tap, read_frames, record
from trunkbench.trace.bulk.session import call_rows, can, fields_lines, json_lines
from trunkbench.trace.bulk.split import Output
from trunkbench.trace.capture import NotACapture
from trunkbench.trace.inputs.opening import open_trace
from trunkbench.trace.inputs.options import InputOptions, Item
from trunkbench.trace.objects import json_line
from trunkbench.trace.session import Session
from trunkbench.trace.views.calls import SelectedRows
from trunkbench.trace.wireshark.names import NAMES
from trunkbench.trace.wireshark.packets import line

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)
FILES = sorted(FOLDER.glob("*/*.pcap"))
ANY = st.one_of(WHOLE, DAMAGED)
View = Callable[[Session, Output], None]
USUAL = [
    *("frame.number", "frame.time_epoch", "lapd.tei", "lapd.control.ftype", "lapd.control.n_r"),
    *("lapd.control.n_s", "q931.message_type", "q931.call_ref", "q931.called_party_number.digits"),
    *("q931.calling_party_number.digits", "q931.cause_value", "q931.channel.number"),
]
COLUMNS = st.one_of(st.just(USUAL), st.lists(st.sampled_from(NAMES), min_size=1, max_size=12))


def session_of(data: bytes) -> Session:
    arguments = argparse.Namespace(strict=False, follow=False)
    return Session(io.BytesIO(data), "made", arguments, lambda text: None, None, InputOptions())


def outcome(data: bytes, make: Callable[[Session], Iterator[bytes]]) -> object:
    """What came of a run: its bytes, what was complained of, what is known at the end; or the refusal."""
    session = session_of(data)
    complaints = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaints):
            told = b"".join(make(session))
            session.finish()
    except NotACapture as refused:
        return str(refused)
    return told, complaints.getvalue(), session.epoch, session.damaged


class EveryOther(Output):
    """Every other part is made; of the others only what must be followed is."""

    def __init__(self, first: bool) -> None:
        self.parts: list[list[bytes]] = [[]]
        super().__init__(lambda octets: self.parts[-1].append(octets))
        self.mine = first

    def end(self) -> None:
        self.parts.append([])
        self.mine = not self.mine


def shared(view: View) -> Callable[[Session], Iterator[bytes]]:
    """The output of a view as two processes make it in turn, in small parts."""

    def make(session: Session) -> Iterator[bytes]:
        session.file.seek(0)
        other = session_of(session.file.read())
        session.file.seek(0)
        ours, theirs = EveryOther(True), EveryOther(False)
        with mock.patch.object(batches, "WINDOW", 200):
            view(session, ours)
            with contextlib.redirect_stderr(io.StringIO()):
                view(other, theirs)
        assert len(ours.parts) == len(theirs.parts)
        for number, (our, their) in enumerate(zip(ours.parts, theirs.parts, strict=True)):
            assert not (their if number % 2 == 0 else our)
            yield from our + their

    return make


def whole(view: View) -> Callable[[Session], Iterator[bytes]]:
    """The output of a view as one process makes it."""

    def make(session: Session) -> Iterator[bytes]:
        parts: list[bytes] = []
        view(session, Output(parts.append))
        return iter(parts)

    return make


def columns(names: list[str]) -> View:
    return lambda session, output: fields_lines(session, output, names)


def slow_json(session: Session) -> Iterator[bytes]:
    for item in session.shown():
        yield json_line(item) + b"\n"


def slow_fields(session: Session, names: list[str]) -> list[bytes]:
    lines: list[bytes] = []
    session.each_packet(lambda texts: lines.append(line(texts, names).encode() + b"\n"))
    return lines


def fast_calls(session: Session) -> Iterator[bytes]:
    return (repr(row).encode() for row in call_rows(session))


def slow_calls(session: Session) -> Iterator[bytes]:
    selected = SelectedRows(None)
    for item in session.decoded():
        yield from (repr(row).encode() for row in selected.feed(item))
    yield from (repr(row).encode() for row in selected.finish(session.decoder.finish()))


def read_in_bulk(data: bytes) -> Iterator[Item]:
    trace = open_trace(io.BytesIO(data), "made")
    for item in read_frames(trace.source, "made", InputOptions(), trace, Tap):
        if isinstance(item, Batch):
            yield from (record(item, packet) for packet in item.packets)
        else:
            yield item


@settings(deadline=None, max_examples=40)
@given(ANY)
def test_the_same_items_are_read(data: bytes) -> None:
    with contextlib.suppress(NotACapture):
        assert list(read_in_bulk(data)) == list(open_trace(io.BytesIO(data), "made"))


@settings(deadline=None, max_examples=40)
@given(ANY)
def test_the_same_json(data: bytes) -> None:
    expected = outcome(data, slow_json)
    assert outcome(data, whole(json_lines)) == expected
    assert outcome(data, shared(json_lines)) == expected


@settings(deadline=None, max_examples=40)
@given(ANY, COLUMNS)
def test_the_same_fields(data: bytes, names: list[str]) -> None:
    expected = outcome(data, lambda session: iter(slow_fields(session, names)))
    view = columns(names)
    assert outcome(data, whole(view)) == expected
    assert outcome(data, shared(view)) == expected


@settings(deadline=None, max_examples=40)
@given(ANY)
def test_the_same_calls(data: bytes) -> None:
    assert outcome(data, fast_calls) == outcome(data, slow_calls)


@pytest.mark.skipif(not FILES, reason="no real captures: set TRUNKBENCH_CAPTURES to the folder that has them")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_same_of_real_captures(path: Path) -> None:
    data = path.read_bytes()
    names = list(NAMES)
    assert outcome(data, whole(json_lines)) == outcome(data, slow_json)
    assert outcome(data, fast_calls) == outcome(data, slow_calls)
    fast = outcome(data, whole(columns(names)))
    assert fast == outcome(data, lambda session: iter(slow_fields(session, names)))


@pytest.mark.parametrize("order", "<>")
def test_nothing_is_read_behind_a_fatal_damage(order: str) -> None:
    """Not even packets that look ordinary."""
    data = bytearray(pcapng(OPENING * 2, order, 203, b""))
    data[-36 * 3 - 4 : -36 * 3] = bytes(4)  # the second length of the fourth block from the end
    for view in (json_lines, columns(USUAL)):
        told = outcome(bytes(data), whole(view))
        assert isinstance(told, tuple)
        assert told[0].count(b"\n") == 6
        assert "the next block cannot be found" in told[1]


def test_ordinary_frames_are_read_in_bulk() -> None:
    """Nothing above could fail if everything went the general way."""
    packets = [(frame, (n, 0), b"", 0, 0) for n, frame in enumerate(FRAMES * 3)]
    data = pcap(packets, "<", 0xA1B2C3D4, 203)
    trace = open_trace(io.BytesIO(data), "made")
    items = read_frames(trace.source, "made", InputOptions(), trace, Tap)
    found = [len([*item.packets]) for item in items if isinstance(item, Batch)]
    assert sum(found) > len(packets) - 10
    assert can(session_of(data))
