"""The report of an explanation: its order, its words, whose a finding is, its JSON, the command line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from explaincase import Items, explained, found
from hypothesis import given, settings
from hypothesis import strategies as st
from tracetalk import N, Talk, U, logged

from trunkbench.cli import main
from trunkbench.trace import Direction, FrameRecord, PcapngWriter
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.explain import KINDS, Explainer, Severity
from trunkbench.trace.explain.finding import CALLS_KEPT, FINDINGS_KEPT, FRAMES_KEPT, Notebook
from trunkbench.trace.explain.text import headline, lines_of, sentence, to_json
from trunkbench.trace.record import Happening
from trunkwire.q931.ies import CauseIE, Location
from trunkwire.q931.messages import MessageType as Type

ROOT = Path(__file__).resolve().parents[2]


def refused(side: object = N, cause: int = 1) -> Talk:
    talk = Talk(side).up()  # type: ignore[arg-type]
    talk.setup(N)
    return talk.say(U, Type.RELEASE_COMPLETE, 1, CauseIE(value=cause, location=Location.USER))


def text_of(items: Items) -> str:
    return "\n".join(lines_of(explained(items)))


def test_a_clean_trace_says_so_in_one_sentence_and_what_was_checked() -> None:
    report = explained(Talk().up().call().call(U, 2, 2).items)
    assert report.clean
    assert not report.findings
    said = headline(report)
    assert said.startswith(
        "Nothing is wrong in 18 frames and 2 calls: layer 1 alarms, FCS and frame formats,"
    )
    assert said.endswith("numbers and legs of transit calls were checked.")
    assert " ".join(lines_of(report)).startswith(said)


def test_nothing_to_examine() -> None:
    assert text_of([]) == "No frames: there is nothing to examine."


def test_the_worst_comes_first() -> None:
    talk = refused()
    talk.happen("loss of signal", True)
    talk.wait(60).setup(N, 2, 2).say(U, Type.CONNECT, 2).say(N, Type.CONNECT_ACKNOWLEDGE, 2)
    slugs = [finding.kind.slug for finding in explained(talk.items).findings]
    assert slugs == ["alarm", "cause-provisioning", "answer-without-alerting"]
    severities = [kind.severity for kind in KINDS]
    assert set(severities) == set(Severity)


def test_whose_it_is_and_how_that_is_known() -> None:
    talk = Talk(U).up().setup(N)
    talk.say(U, Type.PROGRESS, 1)
    told = text_of(talk.items)
    assert "Whose: the user side, the recording end (sides: told by the capture)" in told
    untold = Talk(None).up().setup(N).say(U, Type.PROGRESS, 1)
    assert "Whose: the user side (sides: inferred from the C/R bit)" in text_of(untold.items)
    assert text_of(untold.items).endswith("the capture does not tell them.")
    far = Talk(N).up().setup(N).say(U, Type.PROGRESS, 1)
    assert "Whose: the user side, the far end of this capture" in text_of(far.items)


def test_a_finding_is_told_with_clause_frames_calls_meaning_and_what_to_look_at() -> None:
    told = text_of(refused().items)
    assert told.startswith("4 frames, 1 call: 1 fault, the worst first.\n\n1. ✗ refused for a reason of")
    assert "[cause-provisioning, Q.850 2.2.7]" in told
    assert "    Frame 4; call 1 (reference 1).\n" in told
    assert "Cause 1 unallocated" in told
    assert "fails every time" in told
    assert "    → " in told
    assert max(map(len, told.splitlines())) <= 100


def test_an_alarm_around_a_fault_is_told_with_it() -> None:
    talk = Talk().up().happen("red alarm", True).wait(2)
    talk.setup(N).say(U, Type.RELEASE_COMPLETE, 1, CauseIE(value=1))
    (finding,) = found(talk.items, "cause-provisioning")
    assert finding.nearby == ["red alarm (-2.010 s)"]
    assert "At that time: red alarm" in text_of(talk.items)
    late = Talk().up().happen("red alarm", True).wait(9)
    late.setup(N).say(U, Type.RELEASE_COMPLETE, 1, CauseIE(value=1))
    (finding,) = found(late.items, "cause-provisioning")
    assert finding.nearby == []


def test_the_same_again_is_counted_and_kept_within_bounds() -> None:
    talk = Talk().up()
    for ref in range(1, FRAMES_KEPT + 10):
        talk.setup(N, ref).say(U, Type.RELEASE_COMPLETE, ref, CauseIE(value=34)).wait(1)
    (finding,) = found(talk.items, "cause-network")
    assert finding.count == FRAMES_KEPT + 9
    assert len(finding.frames) == FRAMES_KEPT
    assert len(finding.calls) == CALLS_KEPT
    assert f"{finding.count} times" in text_of(talk.items)


def test_a_notebook_is_bounded() -> None:
    book = Notebook()
    for number in range(FINDINGS_KEPT + 5):
        book.note(KINDS[0], f"{number}", number)
    assert len(book.findings()) == FINDINGS_KEPT
    assert book.left_out == 5


def test_a_log_without_sides_is_explained_by_its_directions() -> None:
    setup = bytes.fromhex("0802000105 04038090a3 1803a98381 7005a131323334")
    refusal = bytes.fromhex("080280015a 08028281")
    report = explained(logged([(0, Direction.OUT, setup), (1, Direction.IN, refusal)]))
    (finding,) = report.findings
    assert finding.kind.slug == "cause-provisioning"
    assert "by the far end" in finding.text
    lacking = explained(logged([(0, Direction.OUT, bytes.fromhex("0802000105"))]))
    assert [f.side for f in lacking.findings] == [Direction.OUT]
    rebuilt = explained(logged([(0, Direction.OUT, bytes.fromhex("0802000105"))], rebuilt=True))
    assert not rebuilt.findings


def test_json() -> None:
    talk = Talk(U).up().setup(N)
    talk.say(U, Type.PROGRESS, 1)
    told = to_json(explained(talk.items))
    assert (told["frames"], told["calls"], told["clean"], told["faults"]) == (4, 1, False, 1)
    assert told["recording_end"] == "user"
    (finding,) = told["findings"]
    assert finding["kind"] == "progress-without-indicator"
    assert finding["severity"] == "fault"
    assert finding["frames"] == [4]
    assert finding["calls"] == [{"call": 1, "reference": 1}]
    assert (finding["side"], finding["ours"], finding["known"]) == ("user", True, "told by the capture")
    assert finding["first_t"] == "0.030000000"
    assert finding["look"]
    assert finding["clause"]
    json.dumps(told)


@pytest.mark.parametrize(("text", "said"), [("a b", "A b."), ("Done.", "Done."), ("", ".")])
def test_sentences(text: str, said: str) -> None:
    assert sentence(text) == said


def written(tmp_path: Path, talk: Talk) -> str:
    path = tmp_path / "trace.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        for item in talk.items:
            if isinstance(item, FrameRecord):
                writer.write(item)
        writer.flush()
    return str(path)


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad, good = written(tmp_path, refused()), tmp_path / "good"
    good.mkdir()
    assert main(["explain", bad]) == 0
    assert "✗ refused for a reason of provisioning" in capsys.readouterr().out
    assert main(["explain", bad, "--strict"]) == 1
    assert main(["explain", written(good, Talk().up().call()), "--strict"]) == 0
    capsys.readouterr()
    assert main(["explain", bad, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["faults"] == 1
    assert main(["explain", bad, "--colour", "always"]) == 0
    assert "\x1b[1;31m1. ✗" in capsys.readouterr().out
    assert main(["explain", str(tmp_path / "none")]) == 5


def test_what_is_no_trace_and_what_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(b"\x00\x01noise of no kind")
    assert main(["explain", str(noise)]) == 2
    whole = Path(written(tmp_path, refused()))
    octets = whole.read_bytes()
    whole.write_bytes(octets[:-3])
    assert main(["explain", str(whole)]) == 1
    assert "trunkbench: " in capsys.readouterr().err


def test_a_terminal_without_unicode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    main(["explain", written(tmp_path, refused())])
    out.flush()
    assert b"1. x refused" in out.buffer.getvalue()


OCTETS = st.binary(max_size=40)
HEADS = st.sampled_from(
    [b"\x02\x01\x00\x00\x08", b"\x00\x01\x00\x00\x08\x01\x05", b"\xfe\xff\x03\x0f", b"\x00\x01"]
)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(HEADS, OCTETS, st.sampled_from(Direction)), max_size=30))
def test_noise_is_explained_without_a_fall(frames: list[tuple[bytes, bytes, Direction]]) -> None:
    decoder, explainer = Decoder(), Explainer()
    for at, (head, octets, direction) in enumerate(frames):
        explainer.frame(decoder.decode(FrameRecord(at * 10**9, direction, head + octets)))
    explainer.happening(Happening(10**9, "end", alarm=True))
    report = explainer.report()
    assert report.frames == len(frames)
    assert list(lines_of(report))
    assert to_json(report)
    assert all(1 <= number <= len(frames) for finding in report.findings for number in finding.frames)


def test_the_page_of_documentation_names_every_kind() -> None:
    rows = []
    for kind in sorted(KINDS, key=lambda kind: (list(Severity).index(kind.severity), -kind.weight)):
        clause = kind.clause or "–"
        rows.append(f"| `{kind.slug}` | {kind.severity.value} | {kind.title} | {clause} |")
    page = (ROOT / "docs" / "explain.md").read_text(encoding="utf-8")
    assert "\n".join(rows) in page


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls, channels and data links that never end are forgotten, the longest silent first."""
    from trunkbench.trace.explain import stories

    monkeypatch.setattr(stories, "OPEN_CALLS", 20)
    monkeypatch.setattr(stories, "OPEN_LINKS", 5)
    kept, links = stories.Stories(), stories.Links()
    decoder = Decoder()
    talk = Talk()
    for ref in range(1, 60):
        talk.tei = ref % 50
        talk.setup(N, ref, 1).s(U)
    for item in talk.items:
        assert isinstance(item, FrameRecord)
        frame = decoder.decode(item)
        links.follow(frame)
        if frame.message is not None:
            story, _ = kept.of(frame)
            assert story is not None
            story.follow(frame)
    assert [story.call.reference for story in kept] == list(range(40, 60))
    assert kept.count == 59
    assert len(list(links)) == 5
    place = ("", 16, 59 % 50)
    assert kept.up(place) == []


def test_a_call_is_up_from_its_first_answer_to_its_release() -> None:
    from trunkbench.trace.explain import stories

    def up(talk: Talk) -> list[int]:
        kept, decoder = stories.Stories(), Decoder()
        for item in talk.items:
            assert isinstance(item, FrameRecord)
            frame = decoder.decode(item)
            if frame.message is not None:
                story, _ = kept.of(frame)
                assert story is not None
                story.follow(frame)
        return [story.call.reference for story in kept.up(("", 16, 0))]

    talk = Talk().setup(N, 1, 1).setup(N, 2, 2)
    assert up(talk) == []
    talk.answer(U, 2, 2)
    assert up(talk) == [2]
    talk.say(N, Type.DISCONNECT, 2, CauseIE(value=16))
    assert up(talk) == [2]
    assert up(talk.say(U, Type.RELEASE, 2)) == []


def test_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    octets = Path(written(tmp_path, refused())).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(octets)))
    assert main(["explain", "-"]) == 0
    told = capsys.readouterr().out
    assert "refused for a reason of provisioning" in told
    assert told.endswith("Read as pcapng, link type 203 (LAPD).\n")
