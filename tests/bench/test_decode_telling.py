"""The words of a line: channels, causes with their diagnostics, numbers, TEI management, call tracking."""

from __future__ import annotations

import pytest

from trunkbench.trace.calls import CallWatch
from trunkbench.trace.layer2 import describe_management, management, read_layer2
from trunkbench.trace.telling import cause_of, channel_of, element_name, facts_of, parties_of, ranges
from trunkwire.q931.causes import Cause
from trunkwire.q931.ies import (
    IE,
    CalledNumberIE,
    CallingNumberIE,
    CallStateIE,
    CallStateValue,
    CauseIE,
    ChannelIdentificationIE,
    Coding,
    ConnectedNumberIE,
    DisplayIE,
    KeypadIE,
    Location,
    Presentation,
    ProgressDescription,
    ProgressIndicatorIE,
    RawIE,
    RestartClass,
    RestartIndicatorIE,
    Selection,
    SendingCompleteIE,
    UserProtocol,
    UserUserIE,
)
from trunkwire.q931.message import Message, build
from trunkwire.q931.messages import MessageType
from trunkwire.side import Side

INBAND = ProgressDescription.INBAND_INFORMATION
BASIC_B2 = ChannelIdentificationIE(primary=False, selection=Selection.B2, exclusive=True)
SIGNALLING = ChannelIdentificationIE(d_channel=True, selection=Selection.NO_CHANNEL)


@pytest.mark.parametrize(
    ("ie", "text"),
    [
        (ChannelIdentificationIE.of(5), "channel 5 exclusive"),
        (ChannelIdentificationIE.of(5, exclusive=False), "channel 5 preferred"),
        (ChannelIdentificationIE.of_map(1, 2, 3, 17, 31), "channels 1-3,17,31 exclusive"),
        (ChannelIdentificationIE.any_channel(), "any channel"),
        (ChannelIdentificationIE(selection=Selection.NO_CHANNEL), "no channel"),
        (SIGNALLING, "D channel"),
        (BASIC_B2, "channel 2 exclusive"),
        (CauseIE(value=Cause.USER_BUSY), "cause 17 user busy (user)"),
        (CauseIE(value=Cause.NO_CIRCUIT, location=Location.TRANSIT), None),
        (CauseIE(value=75, location=12), "cause 75 not in Q.850 (location 12)"),
        (CauseIE(value=Cause.USER_BUSY, coding=Coding.NATIONAL), "cause 17 in national coding (user)"),
        (CauseIE(value=Cause.INVALID_IE_CONTENTS, diagnostics=b"\x18"), None),
        (CallStateIE(state=CallStateValue.ACTIVE), "state 10 active"),
        (RestartIndicatorIE(restart_class=RestartClass.SINGLE_INTERFACE), "single interface"),
        (ProgressIndicatorIE(description=INBAND), "progress 8 in-band information"),
        (ProgressIndicatorIE(description=99), "progress 99 of unknown meaning"),
        (CalledNumberIE(digits="300"), "to 300"),
        (CalledNumberIE(digits="3 \x00"), 'to "3 \\x00"'),
        (
            CallingNumberIE(digits="1", presentation=Presentation.RESTRICTED, screening=0),
            "from 1 (restricted)",
        ),
        (ConnectedNumberIE(digits="300"), "connected to 300"),
        (SendingCompleteIE(), "number complete"),
        (KeypadIE(keys="*21#"), 'keypad "*21#"'),
        (DisplayIE(text="Ann"), 'display "Ann"'),
        (UserUserIE(protocol=UserProtocol.IA5, data=b"abc"), "user-user 3 octets"),
        (RawIE(0, 0x1C, b"\x91"), "facility"),
        (RawIE(5, 0x32, b""), "party category"),
    ],
)
def test_each_element_in_words(ie: IE | RawIE, text: str | None) -> None:
    told = facts_of(Message(1, MessageType.SETUP, (ie,)))
    if text is None:  # the wording of Q.850 belongs to its own module
        assert isinstance(ie, CauseIE)
        assert isinstance(ie.value, Cause)
        assert told[0].startswith(f"cause {int(ie.value)} {ie.value.meaning} (")
    else:
        assert told == (text,)


@pytest.mark.parametrize(
    ("cause", "diagnostics", "text"),
    [
        (Cause.MANDATORY_IE_MISSING, b"\x18\x70", "channel identification (0x18), called number (0x70)"),
        (Cause.INVALID_IE_CONTENTS, b"\xa1", "sending complete (0xa1)"),
        (Cause.UNKNOWN_IE, b"\x6f", "element 0x6f (0x6f)"),
        (Cause.WRONG_MESSAGE_FOR_STATE, b"\x7b", "INFORMATION"),
        (Cause.UNKNOWN_MESSAGE_TYPE, b"\x6b", "message 0x6b"),
        (Cause.TIMER_EXPIRY, b"310", "timer T310"),
        (Cause.USER_BUSY, b"\x80\x01", "80 01"),
    ],
)
def test_diagnostics_name_what_they_are_about(cause: Cause, diagnostics: bytes, text: str) -> None:
    message = Message(1, MessageType.STATUS, (CauseIE(value=cause, diagnostics=diagnostics),))
    assert facts_of(message)[0].endswith(f" (user): {text}")


def test_the_most_telling_stands_first() -> None:
    ies = (CauseIE(value=Cause.USER_BUSY), ChannelIdentificationIE.of(3), CalledNumberIE(digits="1"))
    assert [fact.split()[0] for fact in facts_of(Message(1, MessageType.SETUP, ies))] == [
        "channel",
        "cause",
        "to",
    ]


def test_titles_of_a_call() -> None:
    message = Message(1, MessageType.SETUP, (CallingNumberIE(digits="1001"), CalledNumberIE(digits="300")))
    assert parties_of(message) == "1001 to 300"
    assert (channel_of(message), cause_of(message)) == ("", "")
    assert (
        cause_of(Message(1, MessageType.RELEASE, (CauseIE(value=Cause.USER_BUSY),))) == "cause 17 user busy"
    )
    assert channel_of(Message(1, MessageType.SETUP, (ChannelIdentificationIE.of(4),))) == "channel 4"
    assert channel_of(Message(1, MessageType.RESTART, (ChannelIdentificationIE.of_map(4, 5),))) == ""


def test_names_and_ranges() -> None:
    assert ranges(()) == ""
    assert ranges((1, 2, 3, 5, 7, 8)) == "1-3,5,7-8"
    assert ranges((3, 1)) == "3,1"
    assert element_name(0x95) == "shift"
    assert element_name(0x18, codeset=6) == "element 0x18 of codeset 6"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("fcff030fc81e01ff", "identity request, Ri 51230, Ai 127"),
        ("feff030fc81e02c7", "identity assigned, Ri 51230, Ai 99"),
        ("feff030f000006ff", "identity remove, Ri 0, Ai 127"),
        ("feff030f000063ff", "message 99, Ri 0, Ai 127"),
    ],
)
def test_tei_management_in_words(octets: str, text: str) -> None:
    """Q.921 5.3.1, figure 8 and table 8."""
    message = management(read_layer2(bytes.fromhex(octets)))
    assert message is not None
    assert describe_management(message) == text


@pytest.mark.parametrize("octets", ["fcff030fc81e01", "fcff0308c81e01ff", "00ff030fc81e01ff"])
def test_what_is_no_tei_management(octets: str) -> None:
    """Too short, another management entity, another SAPI."""
    assert management(read_layer2(bytes.fromhex(octets))) is None


def test_a_flag_that_belongs_to_no_call_is_told() -> None:
    watch = CallWatch()
    channel = ("", 16)
    setup = Message(7, MessageType.SETUP)
    call, odd = watch.follow(setup, build(setup), channel, Side.NETWORK, 0)
    assert call is not None
    assert (call.setup_ns, call.allocated_by, odd) == (0, Side.NETWORK, "")
    wrong = Message(7, MessageType.ALERTING)  # flag 0 from the side that did not allocate the reference
    other, odd = watch.follow(wrong, build(wrong), channel, Side.USER, 5)
    assert other is not call
    assert "flag belongs to no call" in odd
    flagged = Message(8, MessageType.SETUP, to_originator=True)
    assert "flag 1" in watch.follow(flagged, build(flagged), channel, Side.USER, 6)[1]


def test_calls_of_different_d_channels_are_kept_apart() -> None:
    watch = CallWatch()
    setup = Message(7, MessageType.SETUP)
    first, _ = watch.follow(setup, build(setup), ("span 1", 16), Side.NETWORK, 0)
    second, _ = watch.follow(setup, build(setup), ("span 2", 16), Side.NETWORK, 1)
    assert first is not None
    assert second is not None
    assert (first.number, second.number) == (1, 2)
