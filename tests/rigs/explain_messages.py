"""Cases of messages: elements, causes, numbers, and the legs of a call."""

from __future__ import annotations

from explaincase import Case, Items
from tracetalk import SPEECH, Element, N, Talk, U

from trunkwire.q931.ies import (
    BearerCapabilityIE,
    CalledNumberIE,
    CallingNumberIE,
    CauseIE,
    ChannelIdentificationIE,
    HighLayer,
    HighLayerCompatibilityIE,
    Layer1,
    Location,
    NumberType,
    Presentation,
    ProgressDescription,
    ProgressIndicatorIE,
    Screening,
    SendingCompleteIE,
    ShiftIE,
    TransferCapability,
)
from trunkwire.q931.messages import MessageType as Type
from trunkwire.side import Side

CHANNEL = ChannelIdentificationIE.of(1)
INBAND = ProgressIndicatorIE(description=ProgressDescription.INBAND_INFORMATION)
DATA = BearerCapabilityIE(capability=TransferCapability.UNRESTRICTED_DIGITAL)
HEAD = bytes([8, 2, 0, 1])
BEARER = bytes([0x04, 3, 0x80, 0x90, 0xA3])
ONE = bytes([0x18, 3, 0xA9, 0x83, 0x81])


def setup(*elements: bytes) -> Items:
    """A SETUP of the network from the octets of its elements."""
    return Talk().up().carry(N, HEAD + b"\x05" + b"".join(elements)).items


def progress(*elements: Element) -> Items:
    return Talk().up().setup().say(U, Type.PROGRESS, 1, *elements).items


def typed(kind: int) -> Items:
    return Talk().up().setup().carry(U, bytes([8, 2, 0x80, 1, kind])).items


def shifted(*codesets: int) -> Items:
    shifts = tuple(ShiftIE(codeset=codeset) for codeset in codesets)
    return Talk().up().say(N, Type.SETUP, 1, SPEECH, CHANNEL, *shifts).items


def header(octets: bytes) -> Items:
    return Talk().up().carry(N, octets).items


def refused(
    cause: int, location: Location = Location.PUBLIC_LOCAL, diagnostics: bytes = b"", *, sender: Side = N
) -> Items:
    """A call that the called side refuses at once."""
    talk = Talk().up().setup(sender.peer)
    ie = CauseIE(value=cause, location=location, diagnostics=diagnostics)
    return talk.say(sender, Type.RELEASE_COMPLETE, 1, ie).items


def without_cause(disconnected: bool) -> Items:
    talk = Talk().up().setup().answer()
    if disconnected:
        talk.say(N, Type.DISCONNECT, 1, CauseIE(value=16))
    return talk.say(U, Type.RELEASE, 1).items


def sixteen(rang: bool, *more: Element) -> Items:
    talk = Talk().up().setup().say(U, Type.CALL_PROCEEDING, 1, CHANNEL)
    if rang:
        talk.say(U, Type.ALERTING, 1).wait(5)
    return talk.clear(U, 1, 16, *more).items


def answered(bearer: BearerCapabilityIE) -> Items:
    talk = Talk().up().say(N, Type.SETUP, 1, bearer, CHANNEL)
    return talk.say(U, Type.CONNECT, 1, CHANNEL).say(N, Type.CONNECT_ACKNOWLEDGE, 1).items


def dialled(digits: str, kind: NumberType, screening: Screening = Screening.NETWORK) -> Items:
    calling = CallingNumberIE(digits="301234", presentation=Presentation.ALLOWED, screening=screening)
    called = CalledNumberIE(digits=digits, kind=kind)
    return Talk().up().say(U, Type.SETUP, 1, SPEECH, CHANNEL, calling, called).items


def outcomes(*calls: tuple[str, str, int]) -> Items:
    """Calls of the user side: (called, calling, cause of the refusal or 0 for one that is answered)."""
    talk = Talk().up()
    for ref, (to, by, cause) in enumerate(calls, 1):
        talk.setup(U, ref, 1, to=to, by=by)
        if cause:
            talk.say(N, Type.RELEASE_COMPLETE, ref, CauseIE(value=cause, location=Location.PUBLIC_LOCAL))
        else:
            talk.answer(N, ref).clear(U, ref)
        talk.wait(5)
    return talk.items


def late_digits(complete: bool) -> Items:
    more = (SendingCompleteIE(),) if complete else ()
    talk = Talk().up().setup(U, 1, 1, *more)
    talk.say(N, Type.SETUP_ACKNOWLEDGE, 1, CHANNEL)
    return talk.say(U, Type.INFORMATION, 1, CalledNumberIE(digits="99")).items


def legs(second: BearerCapabilityIE, *more: Element, kind: NumberType = NumberType.NATIONAL) -> Items:
    """A call that comes in from the network and goes out again to it."""
    talk = Talk().up()
    fax = HighLayerCompatibilityIE(characteristics=HighLayer.FACSIMILE_G3)
    by = CallingNumberIE(digits="301234", kind=NumberType.NATIONAL)
    again = CallingNumberIE(digits="301234", kind=kind)
    to = CalledNumberIE(digits="4711000")
    talk.say(N, Type.SETUP, 1, DATA, CHANNEL, by, to, fax).wait(0.1)
    return talk.say(U, Type.SETUP, 2, second, ChannelIdentificationIE.of(2), again, to, *more).items


FAX = HighLayerCompatibilityIE(characteristics=HighLayer.FACSIMILE_G3)
NATIONAL, UNKNOWN = NumberType.NATIONAL, NumberType.UNKNOWN
OTHER_LAW = BearerCapabilityIE(layer1=Layer1.G711_MU_LAW)
ONE_CALLER_BARRED = (("500000", "111", 50), ("500001", "111", 50), ("500002", "222", 0))
ALL_BARRED = (("500000", "111", 50), ("500001", "111", 50), ("500002", "222", 50))
FORMS = (("030123456", "1", 1), ("30123456", "1", 0))
SUFFIXES = (("030123456", "1", 1), ("40123456", "1", 0))

RETURNED = bytes([0x1C, 11, 0x91, 0xA3, 8, 2, 1, 5, 2, 1, 3, 0x05, 0x00])
CUT = bytes([0x1C, 4, 0x91, 0xA1, 5, 2])

CASES = (
    Case(
        "facility-refused", lambda: setup(BEARER, ONE, RETURNED), lambda: setup(BEARER, ONE), (3,), N, "error"
    ),
    Case(
        "facility-broken",
        lambda: setup(BEARER, ONE, CUT),
        lambda: setup(BEARER, ONE, RETURNED),
        (3,),
        N,
        "SETUP",
    ),
    Case(
        "ie-invalid-optional",
        lambda: setup(BEARER, ONE, bytes([0x43, 1, 0])),
        lambda: setup(BEARER, ONE),
        (3,),
        N,
        "transit delay",
    ),
    Case(
        "ie-missing", lambda: setup(BEARER), lambda: setup(BEARER, ONE), (3,), N, "no channel identification"
    ),
    Case("ie-missing", lambda: without_cause(False), lambda: without_cause(True), (8,), U, "has no cause"),
    Case("progress-without-indicator", lambda: progress(), lambda: progress(INBAND), (4,), U),
    Case(
        "ie-invalid", lambda: setup(bytes([4, 1, 0x80]), ONE), lambda: setup(BEARER, ONE), (3,), N, "bearer"
    ),
    Case(
        "ie-invalid-optional",
        lambda: setup(BEARER, ONE, bytes([0x1E, 1, 0x80])),
        lambda: setup(BEARER, ONE, bytes([0x1E, 2, 0x80, 0x88])),
        (3,),
        N,
        "progress indicator",
    ),
    Case(
        "message-truncated",
        lambda: setup(BEARER, ONE, bytes([0x70, 9, 0x80, 0x31])),
        lambda: setup(BEARER, ONE, bytes([0x70, 2, 0x80, 0x31])),
        (3,),
        N,
        "called number",
    ),
    Case("ie-duplicate", lambda: setup(BEARER, ONE, ONE), lambda: setup(BEARER, ONE), (3,), N, "channel"),
    Case("ie-order", lambda: setup(ONE, BEARER), lambda: setup(BEARER, ONE), (3,), N, "bearer capability"),
    Case(
        "ie-unexpected",
        lambda: setup(BEARER, bytes([0x14, 1, 10]), ONE),
        lambda: setup(BEARER, ONE),
        (3,),
        N,
        "call state",
    ),
    Case(
        "ie-unknown",
        lambda: setup(BEARER, ONE, bytes([0x75, 1, 0])),
        lambda: setup(BEARER, ONE),
        (3,),
        N,
        "0x75",
    ),
    Case(
        "ie-comprehension",
        lambda: setup(BEARER, bytes([0x09, 1, 0]), ONE),
        lambda: setup(BEARER, ONE),
        (3,),
        N,
        "0x09",
    ),
    Case("message-unknown", lambda: typed(0x6B), lambda: typed(Type.ALERTING), (4,), U, "0x6b"),
    Case("shift-down", lambda: shifted(6, 5), lambda: shifted(5, 6), (3,), N, "from codeset 6 down to 5"),
    Case("header-broken", lambda: header(b"\x08\x02\x00"), lambda: header(HEAD + b"\x7b"), (3,), N),
    Case(
        "cause-protocol",
        lambda: refused(100, Location.USER, b"\x18"),
        lambda: refused(17, Location.USER),
        (3, 4),
        U,
        "channel identification (0x18)",
    ),
    Case(
        "cause-protocol",
        lambda: refused(97, Location.USER, b"\x62"),
        lambda: refused(16),
        (3, 4),
        U,
        "FACILITY (0x62)",
    ),
    Case("cause-provisioning", lambda: refused(1), lambda: refused(17), (4,), None, "serves this line"),
    Case(
        "cause-network",
        lambda: refused(34, Location.TRANSIT),
        lambda: refused(17),
        (4,),
        None,
        "a transit network",
    ),
    Case("cause-user", lambda: refused(21, Location.USER), lambda: refused(17), (4,), None, "far party"),
    Case(
        "cause-location",
        lambda: refused(17, sender=U),
        lambda: refused(17, Location.PRIVATE_LOCAL, sender=U),
        (4,),
        U,
    ),
    Case(
        "busy-as-16", lambda: sixteen(False, INBAND), lambda: sixteen(True), (5,), U, "progress indicator 8"
    ),
    Case(
        "answer-without-alerting",
        lambda: answered(SPEECH),
        lambda: answered(DATA),
        (4,),
        None,
        "the user side",
    ),
    Case(
        "number-prefix",
        lambda: dialled("030123", NATIONAL),
        lambda: dialled("030123", UNKNOWN),
        (3,),
        U,
        "030123",
    ),
    Case(
        "number-digits",
        lambda: dialled("+4930", UNKNOWN),
        lambda: dialled("4930#*", UNKNOWN),
        (3,),
        U,
        "+4930",
    ),
    Case(
        "caller-not-verified",
        lambda: dialled("1", UNKNOWN, Screening.USER_VERIFIED_FAILED),
        lambda: dialled("1", UNKNOWN, Screening.USER_VERIFIED_PASSED),
        (3,),
        U,
        "301234",
    ),
    Case(
        "number-two-forms",
        lambda: outcomes(*FORMS),
        lambda: outcomes(*SUFFIXES),
        (3, 4, 5, 7),
        None,
        "030123456 (unknown) is refused",
    ),
    Case(
        "number-truncated",
        lambda: outcomes(("5000", "1", 28), ("500012", "1", 0)),
        lambda: outcomes(("5000", "1", 17), ("500012", "1", 0)),
        (3, 4, 5, 7),
        None,
        "5000 is refused, 500012 works",
    ),
    Case(
        "caller-refused",
        lambda: outcomes(*ONE_CALLER_BARRED),
        lambda: outcomes(*ALL_BARRED),
        (3, 4, 5, 6),
        None,
        '"111" was refused 2 times',
    ),
    Case("digits-after-complete", lambda: late_digits(True), lambda: late_digits(False), (5,), U, "99"),
    Case(
        "bearer-changed",
        lambda: legs(SPEECH, FAX),
        lambda: legs(DATA, FAX),
        (3, 4),
        None,
        "unrestricted digital became speech",
    ),
    Case(
        "element-lost", lambda: legs(DATA), lambda: legs(DATA, FAX), (3, 4), None, "high layer compatibility"
    ),
    Case(
        "caller-type-changed",
        lambda: legs(DATA, FAX, kind=UNKNOWN),
        lambda: legs(DATA, FAX),
        (3, 4),
        None,
        "301234 was national",
    ),
)
