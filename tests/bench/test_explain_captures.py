"""Real captures explained: exactly these findings are true of them, each gone through by hand.

What each capture is stands in its index; the reasons for the findings stand here.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from trunkbench.trace.capture import NotACapture
from trunkbench.trace.decoder import Decoder
from trunkbench.trace.explain import Report, explain
from trunkbench.trace.inputs import open_trace
from trunkbench.trace.record import FrameRecord, Happening

DEFAULT = Path(__file__).resolve().parents[2].parent / "shared" / "captures"
FOLDER = Path(os.environ.get("TRUNKBENCH_CAPTURES") or DEFAULT)

TRUE: dict[str, list[tuple[str, tuple[int, ...]]]] = {
    # A whole call of an unrestricted data service: nothing is odd, CONNECT without ALERTING belongs to data.
    "e1/hp-comware.linuxlapd.pcap": [],
    # A user sends a display element (Q.931 table 3-15: network to user only). Call 2 goes to an IVR.
    "e1/libpri-e1-euroisdn.linuxlapd.pcap": [("ie-unexpected", (1,)), ("answer-without-alerting", (6,))],
    # Single messages of several vendors: refusals, a PROGRESS without its element, no call with a SETUP.
    "e1/q931-only-snippets.linuxlapd.pcap": [
        ("cause-protocol", (8,)),
        ("cause-provisioning", (3,)),
        ("progress-without-indicator", (2,)),
        ("begins-mid-call", (2, 3, 4, 5, 8)),
    ],
    "bri/auroraduet.linuxlapd.pcap": [],
    "bri/goeller-d2gsm.linuxlapd.pcap": [],
    # The network answers a terminal of the bus (TEI 64) whose own frames the trace cannot have.
    "bri/i4b-dchannel.linuxlapd.pcap": [("one-way-capture", ())],
    "text/ios-e1-net5-q931.txt": [],
    "other/h323.pcap": [],
}
KINDS_ONLY = {
    # The same D channel, and V.120 on a B channel.
    "bri/i4b.trace": {"one-way-capture", "other-protocol"},
    # "lock lost" on both sides before layer 1 comes up; then DPNSS.
    "e1/dpnss-eyesdn.trc": {"alarm", "other-protocol"},
    "e1/isup_load_generator.pcap": {"other-protocol"},
    # GSM Abis: radio signalling on SAPI 0, operation and maintenance on SAPI 62.
    "abis/abis-accept-network.pcap": {"other-protocol"},
    # The log has the same two calls; its display element is there too.
    "text/libpri-e1-euroisdn-pri-debug.txt": {"answer-without-alerting"},
}


def report_on(name: str) -> Report:
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"no real captures: {path.name} is not in the folder that TRUNKBENCH_CAPTURES names")
    decoder = Decoder()
    with path.open("rb") as file:
        try:
            items = list(open_trace(file, name))
        except NotACapture as error:  # a reader that is not there yet says so; that is no finding
            pytest.fail(f"{name}: {error}")
    return explain(
        decoder.decode(item) if isinstance(item, FrameRecord) else item
        for item in items
        if isinstance(item, FrameRecord | Happening)
    )


@pytest.mark.parametrize("name", TRUE)
def test_exactly_what_is_true_is_found(name: str) -> None:
    report = report_on(name)
    found = [(finding.kind.slug, tuple(finding.frames)) for finding in report.findings]
    assert found == TRUE[name]
    assert report.frames


@pytest.mark.parametrize("name", KINDS_ONLY)
def test_nothing_else_is_found(name: str) -> None:
    assert {finding.kind.slug for finding in report_on(name).findings} == KINDS_ONLY[name]


def test_the_refused_channel_is_named() -> None:
    finding = report_on("e1/q931-only-snippets.linuxlapd.pcap").findings[0]
    assert "cause 100 invalid information element contents" in finding.text
    assert "the element channel identification (0x18)" in finding.text
